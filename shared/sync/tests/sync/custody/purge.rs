//! Erasing for good: receipts, no bytes, and no way back.

use wardbook_base::DocumentId;
use wardbook_sync::check::item_hash;
use wardbook_sync::hub::custody;
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{Log as _, NodePort as _};

use super::city::{city, codes, edit, equal, is_gone, refusals};
use crate::support::{Node, Person, ward};

#[test]
fn a_purged_document_is_forgotten_by_every_ward_that_ever_had_it_with_a_receipt_each() {
    let mut city = city(60);
    let id = city.person().id;
    city.transfer(&id, 2);
    city.lend(&id, 3);
    city.quiet();
    city.purge(&id);
    assert!(city.hub.store.document(&id).unwrap().is_none());
    assert_eq!(city.hub.store.log.changes_of(&id).count(), 0);
    let count = |city: &super::city::City| {
        let receipts = custody::receipts(&city.hub.store, &id).unwrap();
        assert_eq!(receipts.len(), 4);
        receipts.iter().filter(|receipt| receipt.forgotten).count()
    };
    assert_eq!(count(&city), 0, "what ward 1 forgot when the document moved is no receipt of this");
    city.b.sync(&mut city.hub);
    assert!(is_gone(&city.b, &id));
    assert_eq!(city.b.store.tombstone(&id).unwrap().unwrap().reason, ForgetReason::Purged);
    assert_eq!(count(&city), 1);
    city.quiet();
    assert_eq!(count(&city), 4);
}

#[test]
fn a_ward_that_was_offline_does_not_bring_it_back() {
    let mut city = city(61);
    let id = city.person().id;
    let other = city.person().id;
    edit(&mut city.a2, &id, "phone", "chưa gửi");
    edit(&mut city.a2, &other, "phone", "cũng chưa gửi");
    city.purge(&id);
    assert_eq!(codes(&refusals(&mut city.hub, &mut city.a2)), [(1, "purged")]);
    assert!(is_gone(&city.a2, &id));
    assert_eq!(city.at_hub(&other, "phone"), "cũng chưa gửi");
    city.quiet();
    assert!(city.hub.store.document(&id).unwrap().is_none());
    for kept in city.hub.store.log.kept_aside().filter(|kept| kept.document == id) {
        assert!(kept.bytes.is_empty(), "no byte of it is kept");
    }
}

#[test]
fn edits_that_were_never_sent_go_as_positions_without_bytes() {
    let mut city = city(62);
    let id = city.person().id;
    let other = city.person().id;
    edit(&mut city.a, &id, "phone", "chưa gửi");
    edit(&mut city.a, &other, "phone", "của người khác");
    city.purge(&id);
    // The forget arrives while the push does not: the rows of the log stay, their bytes do not.
    let mut pull_only = city.a.request();
    pull_only.push.items.clear();
    let body = city.a.seal(&pull_only);
    let answer = city.hub.answer(&body).unwrap();
    city.a.apply(&pull_only, Node::open(&city.hub, &body, &answer)).unwrap();
    assert!(is_gone(&city.a, &id));
    let request = city.a.request();
    let gone: Vec<_> = request.push.items.iter().filter(|item| item.document == id).collect();
    assert!(gone.iter().all(|item| item.change.is_empty() && item.gone.is_some()));
    assert_eq!(gone.len(), 2, "the edit and the receipt");
    city.quiet();
    assert_eq!(city.at_hub(&other, "phone"), "của người khác");
}

#[test]
fn the_id_is_never_taken_again() {
    let mut city = city(63);
    let id = city.person().id;
    city.quiet();
    city.purge(&id);
    city.quiet();
    // By a ward that has never heard of it, and by the hub itself.
    let (_, again) = Person::create(id, city.c.epoch, &city.dice);
    city.c.record(&id, &again).unwrap();
    assert_eq!(codes(&refusals(&mut city.hub, &mut city.c))[0].1, "purged");
    let (_, officers) = Person::create(id, city.hub.epoch, &city.dice);
    assert_eq!(city.hub.record(&ward(1), &id, &officers).unwrap_err().code(), "purged");
    assert!(city.hub.store.document(&id).unwrap().is_none());
    let kept = city.hub.store.quarantined(&id, &item_hash(&again)).unwrap();
    assert!(kept.is_none_or(|kept| kept.bytes.is_empty()));
    // And at a ward that has forgotten it an own edit under that id is refused at once.
    let (_, again) = Person::create(id, city.a.epoch, &city.dice);
    assert_eq!(city.a.record(&id, &again).unwrap_err().code(), "purged");
}

#[test]
fn parked_and_refused_changes_of_it_go_too() {
    let mut city = city(64);
    let id = city.person().id;
    let mut ahead = city.a.person(&id);
    let missing = ahead.set(city.a.epoch, "phone", "một");
    let parked = ahead.set(city.a.epoch, "email", "hai");
    city.a.record(&id, &missing).unwrap();
    city.a.record(&id, &parked).unwrap();
    // A request whose first change got lost on the way and whose second did not cannot be made by
    // an honest node; the hub parks it all the same.
    let mut request = city.a.request();
    request.push.items.remove(0);
    let body = city.a.seal(&request);
    city.hub.answer(&body).unwrap();
    assert_eq!(city.hub.store.parked_all().count(), 1);
    city.purge(&id);
    assert_eq!(city.hub.store.parked_all().count(), 0);
    let rows = city.hub.store.push_rows().filter(|row| row.document == id && row.parked);
    assert_eq!(rows.count(), 0);
}

#[test]
fn a_purge_reaches_wards_that_still_wait_to_forget() {
    let mut city = city(65);
    let id = city.person().id;
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    city.purge(&id);
    city.quiet();
    for node in [&city.a, &city.a2, &city.b] {
        assert!(is_gone(node, &id));
        assert_eq!(node.store.tombstone(&id).unwrap().unwrap().reason, ForgetReason::Purged);
        assert!(node.store.forgetting().unwrap().is_empty());
    }
    let mut newcomer = city.hub.enrol(&ward(2), &city.dice);
    equal(&mut city.hub, &mut newcomer);
    assert!(is_gone(&newcomer, &id));
    assert!(city.hub.store.document(&DocumentId([7; 16])).unwrap().is_none());
}
