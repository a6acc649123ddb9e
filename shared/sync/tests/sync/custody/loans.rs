//! Secondment: readable by two wards, writable by one.

use wardbook_sync::hub::custody;
use wardbook_sync::node::CallLimits;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use super::city::{call, city, edit, equal, is_gone, refused, text};
use crate::support::{NOW, ward};

#[test]
fn a_lent_document_is_read_by_two_and_written_by_one() {
    let mut city = city(40);
    let id = city.person().id;
    city.lend(&id, 2);
    city.quiet();
    assert_eq!(city.custodian(&id), ward(1));
    assert_eq!(refused(&mut city.b, &id), "not_custodian");
    edit(&mut city.a, &id, "phone", "người giữ sửa");
    city.quiet();
    assert_eq!(text(&city.b.person(&id), "phone"), "người giữ sửa");
    // An officer's edit goes to both, too.
    let change =
        crate::support::load(id, &city.hub.store.log).set(city.hub.epoch, "email", "tp@x.vn");
    city.hub.record(&ward(1), &id, &change).unwrap();
    city.quiet();
    assert_eq!(text(&city.b.person(&id), "email"), "tp@x.vn");
    // In one ward it is counted by custody: nobody else's document names that ward.
    let kept = |n| {
        let scope = city.hub.store.documents_in_scope(&ward(n)).unwrap();
        scope.into_iter().filter(|state| state.ward == ward(n)).count()
    };
    assert_eq!((kept(1), kept(2)), (1, 0));
    city.end_loan(&id, 2);
    city.quiet();
    assert!(is_gone(&city.b, &id) && !is_gone(&city.a, &id));
    // Lent once more: the grave is opened again.
    city.lend(&id, 2);
    city.quiet();
    assert_eq!(text(&city.b.person(&id), "phone"), "người giữ sửa");
}

#[test]
fn a_reader_becomes_the_custodian_and_other_readers_learn_who_writes() {
    let mut city = city(41);
    let id = city.person().id;
    city.lend(&id, 2);
    city.lend(&id, 3);
    city.quiet();
    city.transfer(&id, 2);
    city.quiet();
    edit(&mut city.b, &id, "phone", "người giữ mới");
    city.quiet();
    assert_eq!(city.c.store.document(&id).unwrap().unwrap().ward, ward(2));
    assert_eq!(text(&city.c.person(&id), "phone"), "người giữ mới");
    assert!(is_gone(&city.a, &id));
    assert_eq!(city.hub.store.readers(&id).unwrap(), [ward(3)]);
}

#[test]
fn a_ward_that_gives_a_person_away_may_go_on_reading() {
    let mut city = city(42);
    let id = city.person().id;
    edit(&mut city.a2, &id, "phone", "sửa muộn");
    city.transfer(&id, 2);
    city.lend(&id, 1);
    city.quiet();
    assert_eq!(refused(&mut city.a, &id), "not_custodian");
    assert_eq!(text(&city.a.person(&id), "phone"), "sửa muộn");
    edit(&mut city.b, &id, "email", "b@x.vn");
    city.quiet();
    assert_eq!(text(&city.a2.person(&id), "email"), "b@x.vn");
    city.end_loan(&id, 1);
    city.quiet();
    assert!(is_gone(&city.a, &id) && is_gone(&city.a2, &id));
}

/// A forget that arrives before all own edits were sent waits for them.
#[test]
fn unsent_edits_are_sent_before_a_document_is_forgotten() {
    let mut city = city(43);
    let id = city.person().id;
    for (key, value) in [("phone", "một"), ("email", "hai"), ("note", "ba")] {
        edit(&mut city.a, &id, key, value);
    }
    city.transfer(&id, 2);
    city.lend(&id, 1);
    city.end_loan(&id, 1);
    let one_change = CallLimits { changes: 1, ..CallLimits::default() };
    call(&mut city.hub, &mut city.a, &one_change);
    assert!(!is_gone(&city.a, &id), "two edits are not sent yet");
    assert_eq!(city.a.store.forgetting().unwrap().len(), 1);
    assert_eq!(refused(&mut city.a, &id), "not_custodian");
    while call(&mut city.hub, &mut city.a, &one_change).more {}
    assert!(is_gone(&city.a, &id));
    assert!(city.a.store.forgetting().unwrap().is_empty());
    city.quiet();
    let person = city.b.person(&id);
    let fields = ["phone", "email", "note"].map(|key| text(&person, key));
    assert_eq!(fields, ["một", "hai", "ba"]);
}

#[test]
fn a_loan_that_ends_before_anybody_called_leaves_nothing() {
    let mut city = city(44);
    let id = city.person().id;
    city.lend(&id, 2);
    city.end_loan(&id, 2);
    city.quiet();
    assert!(is_gone(&city.b, &id));
    assert_eq!(city.b.store.log.changes().count(), 0);
    let mut second = city.hub.enrol(&ward(2), &city.dice);
    equal(&mut city.hub, &mut second);
    assert!(custody::lend(&mut city.hub.store, &id, &ward(2), "", NOW).is_ok());
    equal(&mut city.hub, &mut second);
    assert!(!is_gone(&second, &id));
}
