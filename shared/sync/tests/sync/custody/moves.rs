//! Transfers, chains of them, and whole wards.

use wardbook_base::DocumentId;
use wardbook_sync::hub::custody::{self, CustodyError, Rehomed};
use wardbook_sync::message::{Digest, Notice};
use wardbook_sync::ports::{CustodyAct, HubPort as _, Log as _};

use super::city::{city, code, edit, is_gone, notices, refusals, refused, text};
use crate::support::{NOW, ward};

#[test]
fn a_document_moves_and_the_old_ward_forgets_it_when_all_its_devices_know() {
    let mut city = city(1);
    let id = city.person().id;
    let version = city.transfer(&id, 2);
    assert_eq!(version, 2);
    let (hub, a, a2, b) = (&mut city.hub, &mut city.a, &mut city.a2, &mut city.b);

    // The new ward has it at once and may write it; the old one may still read it.
    b.sync(hub);
    edit(b, &id, "phone", "0900 000 002");
    b.sync(hub);
    a.sync(hub);
    assert_eq!(refused(a, &id), "not_custodian");
    assert_eq!(
        text(&a.person(&id), "phone"),
        "",
        "a released record is read-only and stays as it is"
    );
    assert!(!is_gone(a, &id), "the other device may still hold edits");
    assert_eq!(notices(a, &id), [Notice::Released]);

    // The last device says so: both forget.
    a2.sync(hub);
    a.sync(hub);
    assert!(is_gone(a, &id) && is_gone(a2, &id));
    assert_eq!(notices(a, &id), [Notice::Released, Notice::Forgotten]);
    assert!(hub.store.open_releases(&ward(1)).unwrap().is_empty());
    city.quiet();
    assert_eq!(city.at_hub(&id, "phone"), "0900 000 002");
    let ledger = city.hub.store.custody(&id).unwrap();
    let acts: Vec<_> = ledger.iter().map(|entry| (entry.version, entry.act)).collect();
    assert_eq!(acts, [(1, CustodyAct::Born), (2, CustodyAct::Transfer)]);
}

#[test]
fn a_document_goes_through_a_ward_that_never_saw_it() {
    let mut city = city(2);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "chưa gửi");
    city.transfer(&id, 2);
    city.transfer(&id, 3);
    city.c.sync(&mut city.hub);
    edit(&mut city.c, &id, "email", "c@example.vn");
    city.quiet();
    assert!(is_gone(&city.a, &id) && is_gone(&city.b, &id) && !is_gone(&city.c, &id));
    assert_eq!(city.custodian(&id), ward(3));
    let at_c = city.c.person(&id);
    assert_eq!(
        (text(&at_c, "phone"), text(&at_c, "email")),
        ("chưa gửi".into(), "c@example.vn".into())
    );
    // In the middle ward not a byte of it was ever stored.
    assert!(notices(&city.b, &id).contains(&Notice::Forgotten));
}

#[test]
fn a_document_comes_back_to_a_ward_that_had_it() {
    let mut city = city(3);
    let id = city.person().id;
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "phone", "ở phường 2");
    // One device of ward 1 forgets it in between, the other slept all the time and wrote.
    edit(&mut city.a2, &id, "email", "khi ngoại tuyến");
    city.a.sync(&mut city.hub);
    city.b.sync(&mut city.hub);
    city.transfer(&id, 1);
    city.quiet();
    for node in [&city.a, &city.a2] {
        let person = node.person(&id);
        assert_eq!(text(&person, "phone"), "ở phường 2");
        assert_eq!(text(&person, "email"), "khi ngoại tuyến");
        assert!(node.store.tombstone(&id).unwrap().is_none());
    }
    assert!(is_gone(&city.b, &id));
    edit(&mut city.a, &id, "phone", "lại ở phường 1");
    city.quiet();

    // And once more, all the way, with everybody awake.
    city.transfer(&id, 2);
    city.quiet();
    assert!(is_gone(&city.a, &id) && is_gone(&city.a2, &id));
    city.transfer(&id, 1);
    city.quiet();
    edit(&mut city.a2, &id, "phone", "lần ba");
    city.quiet();
    assert_eq!(text(&city.a.person(&id), "phone"), "lần ba");
}

#[test]
fn edits_of_a_second_custody_are_late_and_not_in_spite_of_the_first_notice() {
    let mut city = city(4);
    let id = city.person().id;
    for to in [2, 1] {
        city.transfer(&id, to);
        city.quiet();
    }
    assert!(notices(&city.a, &id).contains(&Notice::Released));
    edit(&mut city.a, &id, "phone", "trong lần quản lý thứ hai");
    city.transfer(&id, 2);
    assert_eq!(refusals(&mut city.hub, &mut city.a), []);
    city.quiet();
    assert_eq!(text(&city.b.person(&id), "phone"), "trong lần quản lý thứ hai");
}

#[test]
fn a_merger_moves_a_whole_ward_and_can_be_repeated() {
    let mut city = city(5);
    let mut ids: Vec<DocumentId> = (0..4).map(|_| city.person().id).collect();
    let of_c = city.c.create(&city.dice).id;
    let of_b = city.b.create(&city.dice).id;
    city.quiet();
    city.lend(&ids[0], 2); // the reader becomes the custodian
    city.lend(&ids[1], 3); // a third ward goes on reading
    city.lend(&of_c, 1); // lent to the ward that goes: lent to the new one from now on
    city.lend(&of_b, 1); // lent to it by the ward that takes it in
    city.quiet();
    edit(&mut city.a2, &ids[2], "phone", "sát giờ sáp nhập");
    let born = city.a.create(&city.dice).id;

    let merge = |city: &mut super::city::City| {
        custody::rehome(&mut city.hub.store, &ward(1), &ward(2), "NQ 1685/NQ-UBTVQH15", NOW)
    };
    assert_eq!(merge(&mut city).unwrap(), Rehomed { moved: 4, lent: 1 });
    city.quiet();
    // What was born in the old ward without knowing of it comes along with the next.
    assert_eq!(city.custodian(&born), ward(1));
    assert_eq!(merge(&mut city).unwrap(), Rehomed { moved: 1, lent: 0 });
    assert_eq!(merge(&mut city).unwrap(), Rehomed::default());
    city.quiet();
    ids.push(born);
    for id in &ids {
        assert_eq!(city.custodian(id), ward(2));
        assert!(is_gone(&city.a, id) && is_gone(&city.a2, id));
        edit(&mut city.b, id, "email", "sau@sapnhap.vn");
    }
    city.quiet();
    assert_eq!(city.at_hub(&ids[2], "phone"), "sát giờ sáp nhập");
    assert!(city.hub.store.documents_in_scope(&ward(1)).unwrap().is_empty());
    assert_eq!(city.hub.store.readers(&ids[0]).unwrap(), []);
    assert_eq!(city.hub.store.readers(&ids[1]).unwrap(), [ward(3)]);
    assert_eq!(city.hub.store.readers(&of_c).unwrap(), [ward(2)]);
    assert_eq!(city.hub.store.readers(&of_b).unwrap(), []);
    assert_eq!(refused(&mut city.c, &ids[1]), "not_custodian");
    // The digest of an empty ward is that of nothing.
    assert_eq!(city.hub.store.ward_feed(&ward(1)).unwrap().unwrap().digest, Digest::default());
}

#[test]
fn a_ward_without_devices_gives_and_takes() {
    let mut city = city(7);
    let id = city.person().id;
    custody::open_ward(&mut city.hub.store, &ward(4)).unwrap();
    city.transfer(&id, 4);
    city.quiet();
    city.transfer(&id, 2);
    assert!(city.hub.store.open_releases(&ward(4)).unwrap().is_empty(), "nobody there to wait for");
    city.quiet();
    assert!(!is_gone(&city.b, &id));
    // Its first device pulls a history of documents that it may not see.
    let mut late = city.hub.enrol(&ward(4), &city.dice);
    super::city::equal(&mut city.hub, &mut late);
    assert!(is_gone(&late, &id));
}

#[test]
fn a_revoked_device_is_not_waited_for() {
    let mut city = city(8);
    let id = city.person().id;
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    assert!(!is_gone(&city.a, &id));
    let mut device = city.hub.store.device(&city.a2.device).unwrap().unwrap();
    device.revoked_at = Some(NOW);
    city.hub.store.put_device(&device).unwrap();
    assert_eq!(custody::settle(&mut city.hub.store, &ward(1), NOW).unwrap(), 1);
    city.a.sync(&mut city.hub);
    assert!(is_gone(&city.a, &id));
}

#[test]
fn what_cannot_be_done_is_said_with_its_remedy_and_changes_nothing() {
    let mut city = city(9);
    let id = city.person().id;
    let nobody = DocumentId([9; 16]);
    city.lend(&id, 3);
    let gone = city.person().id;
    city.purge(&gone);
    let before = format!("{:?}", city.hub.store);
    let hub = &mut city.hub.store;
    assert_eq!(code(custody::transfer(hub, &nobody, &ward(2), "", NOW)), "unknown_document");
    assert_eq!(code(custody::transfer(hub, &id, &ward(8), "", NOW)), "unknown_ward");
    assert_eq!(code(custody::transfer(hub, &id, &ward(1), "", NOW)), "same_ward");
    assert_eq!(code(custody::lend(hub, &id, &ward(1), "", NOW)), "same_ward");
    assert_eq!(code(custody::lend(hub, &id, &ward(3), "", NOW)), "already_lent");
    assert_eq!(code(custody::end_loan(hub, &id, &ward(2), "", NOW)), "not_lent");
    assert_eq!(code(custody::transfer(hub, &gone, &ward(2), "", NOW)), "purged");
    assert_eq!(code(custody::purge(hub, &gone, "", NOW)), "purged");
    assert_eq!(code(custody::rehome(hub, &ward(1), &ward(1), "", NOW)), "same_ward");
    assert_eq!(code(custody::rehome(hub, &ward(1), &ward(8), "", NOW)), "unknown_ward");
    assert_eq!(code(custody::purge(hub, &id, &"x".repeat(301), NOW)), "decision_too_long");
    assert_eq!(format!("{hub:?}"), before);
    for error in [
        CustodyError::UnknownDocument(id),
        CustodyError::UnknownWard(ward(8)),
        CustodyError::SameWard(ward(8)),
        CustodyError::AlreadyLent(ward(8)),
        CustodyError::NotLent(ward(8)),
        CustodyError::Purged(id),
        CustodyError::DecisionTooLong,
    ] {
        for sentence in [error.vietnamese(), error.english()] {
            assert!(sentence.contains(": ") && sentence.contains(';') && sentence.ends_with('.'));
        }
    }
}
