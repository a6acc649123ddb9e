//! Edits that were made before a ward could know that the document had gone.

use automerge::transaction::Transactable as _;
use automerge::{ObjType, ROOT, ReadDoc as _};
use wardbook_base::AuthorEpoch;
use wardbook_sync::check::item_hash;
use wardbook_sync::message::RotationReason;
use wardbook_sync::node;
use wardbook_sync::ports::{HubPort, Log as _, Quarantined};

use super::city::{call, city, codes, defiant, edit, is_gone, refusals, refused, text};
use crate::support::{NOW, Node, object};

#[test]
fn a_late_edit_of_an_untouched_field_is_merged() {
    let mut city = city(20);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "0900 000 001");
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "email", "b@example.vn");
    city.b.sync(&mut city.hub);
    assert_eq!(refusals(&mut city.hub, &mut city.a), []);
    city.quiet();
    let person = city.b.person(&id);
    assert_eq!(
        (text(&person, "phone"), text(&person, "email")),
        ("0900 000 001".into(), "b@example.vn".into())
    );
    assert!(city.aside(&id).is_empty());
}

#[test]
fn a_late_edit_of_a_changed_field_goes_before_the_new_custodian() {
    let mut city = city(21);
    let id = city.person().id;
    let other = city.person().id;
    edit(&mut city.a, &other, "phone", "của người khác");
    edit(&mut city.a, &id, "phone", "phường 1");
    edit(&mut city.a, &id, "email", "dựa trên lần trước");
    edit(&mut city.a, &other, "email", "cũng của người khác");
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "phone", "phường 2");
    city.b.sync(&mut city.hub);
    let refused = refusals(&mut city.hub, &mut city.a);
    assert_eq!(codes(&refused), [(4, "late_edit"), (5, "late_edit")], "what builds on it goes too");
    assert_eq!(refused[1].because_of, Some(refused[0].hash));
    city.quiet();
    assert_eq!(city.at_hub(&id, "phone"), "phường 2");
    assert_eq!(city.at_hub(&other, "email"), "cũng của người khác", "other documents go through");
    // Both values are where they can be decided: at the hub and at the new custodian.
    assert_eq!(city.aside(&id), ["late_edit", "late_edit"]);
    for kept in refused {
        let at_b = city.b.store.quarantined(&id, &kept.hash).unwrap().unwrap();
        assert_eq!((at_b.code.as_str(), at_b.device), ("late_edit", city.a.device));
        assert_eq!(item_hash(&at_b.bytes), kept.hash);
    }
    assert_eq!(text(&city.b.person(&id), "phone"), "phường 2");
    // The old ward has nothing left, its card included.
    assert!(is_gone(&city.a, &id));
}

#[test]
fn the_same_value_on_both_sides_is_no_difference() {
    let mut city = city(22);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "0900");
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "phone", "0900");
    city.b.sync(&mut city.hub);
    assert_eq!(refusals(&mut city.hub, &mut city.a), []);
    city.quiet();
}

#[test]
fn an_edit_made_after_the_notice_is_refused() {
    let mut city = city(23);
    let id = city.person().id;
    let other = city.person().id;
    edit(&mut city.a, &id, "phone", "chưa biết");
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    assert_eq!(city.at_hub(&id, "phone"), "chưa biết");
    defiant(&mut city.a, &id, "phone", "đã biết");
    edit(&mut city.a, &other, "phone", "vẫn được");
    let refused = refusals(&mut city.hub, &mut city.a);
    assert_eq!(
        refused.iter().map(|refused| refused.code.as_str()).collect::<Vec<_>>(),
        ["not_custodian"]
    );
    assert_eq!(city.at_hub(&id, "phone"), "chưa biết");
    assert_eq!(city.at_hub(&other, "phone"), "vẫn được");
    assert_eq!(city.aside(&id), ["not_custodian"], "refused visibly, and kept");
    // The other device has not noticed anything: its log is judged by itself.
    edit(&mut city.a2, &id, "email", "máy thứ hai chưa biết");
    assert_eq!(refusals(&mut city.hub, &mut city.a2), []);
    assert_eq!(city.at_hub(&id, "email"), "máy thứ hai chưa biết");
}

#[test]
fn notice_and_edits_in_one_push_are_told_apart_by_their_order() {
    let mut city = city(24);
    let id = city.person().id;
    city.transfer(&id, 2);
    edit(&mut city.a, &id, "phone", "trước");
    // The release is pulled while the push is lost: both edits and the notice go in one push.
    let request = city.a.request();
    let mut pull_only = request.clone();
    pull_only.push.items.clear();
    let body = city.a.seal(&pull_only);
    let answer = city.hub.answer(&body).unwrap();
    let response = Node::open(&city.hub, &body, &answer);
    city.a.apply(&pull_only, response).unwrap();
    defiant(&mut city.a, &id, "email", "sau");
    assert_eq!(codes(&refusals(&mut city.hub, &mut city.a)), [(4, "not_custodian")]);
    assert_eq!(
        (city.at_hub(&id, "phone"), city.at_hub(&id, "email")),
        ("trước".into(), String::new())
    );
}

#[test]
fn a_ward_that_never_kept_a_document_cannot_be_late() {
    let mut city = city(25);
    let id = city.person().id;
    city.lend(&id, 3);
    city.c.sync(&mut city.hub);
    defiant(&mut city.c, &id, "phone", "chỉ được đọc");
    assert_eq!(codes(&refusals(&mut city.hub, &mut city.c)), [(1, "not_custodian")]);
}

#[test]
fn the_second_of_two_late_devices_meets_the_first() {
    let mut city = city(26);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "máy một");
    edit(&mut city.a2, &id, "phone", "máy hai");
    city.transfer(&id, 2);
    assert_eq!(refusals(&mut city.hub, &mut city.a), []);
    assert_eq!(refusals(&mut city.hub, &mut city.a2)[0].code, "late_edit");
    city.quiet();
    assert_eq!(text(&city.b.person(&id), "phone"), "máy một");
}

#[test]
fn late_edits_follow_a_chain_of_transfers() {
    let mut city = city(27);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "phường 1, muộn");
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "email", "phường 2, muộn");
    city.transfer(&id, 3);
    city.c.sync(&mut city.hub);
    city.quiet();
    let person = city.c.person(&id);
    assert_eq!(text(&person, "phone"), "phường 1, muộn");
    assert_eq!(text(&person, "email"), "phường 2, muộn");
    assert!(is_gone(&city.a, &id) && is_gone(&city.b, &id));
}

/// A row that one side edits and the other takes away, whichever of them is late.
#[test]
fn an_edit_inside_a_row_meets_the_deletion_of_the_row() {
    for late_deletes in [false, true] {
        let mut city = city(28);
        let id = city.person().id;
        city.transfer(&id, 2);
        city.b.sync(&mut city.hub);
        let inside = |node: &mut Node| {
            let change = node.person(&id).edit(node.epoch, |document| {
                let degrees = object(document, "degrees");
                let row = document.get(&degrees, "0123456789abcdef").unwrap().unwrap().1;
                document.put(&row, "level", "tien_si").unwrap();
            });
            node.record(&id, &change.unwrap()).unwrap();
        };
        let delete = |node: &mut Node| {
            let change = node.person(&id).edit(node.epoch, |document| {
                let degrees = object(document, "degrees");
                document.delete(&degrees, "0123456789abcdef").unwrap();
            });
            node.record(&id, &change.unwrap()).unwrap();
        };
        if late_deletes {
            inside(&mut city.b);
            delete(&mut city.a);
        } else {
            delete(&mut city.b);
            inside(&mut city.a);
        }
        city.b.sync(&mut city.hub);
        assert_eq!(refusals(&mut city.hub, &mut city.a)[0].code, "late_edit");
        // Another row of the same table is nobody's business.
        let change = city.a2.person(&id).edit(city.a2.epoch, |document| {
            let degrees = object(document, "degrees");
            let row = document.put_object(&degrees, "fedcba9876543210", ObjType::Map).unwrap();
            document.put(&row, "level", "cao_cap").unwrap();
            document.put(ROOT, "note", "thêm một dòng").unwrap();
        });
        city.a2.record(&id, &change.unwrap()).unwrap();
        assert_eq!(refusals(&mut city.hub, &mut city.a2), []);
        city.quiet();
    }
}

fn put_back_disk(node: &mut Node) {
    let epoch = AuthorEpoch::random(&node.dice);
    node::rotate(&mut node.store, epoch, RotationReason::Restored, NOW).unwrap();
    node.epoch = epoch;
    crate::anew::write(node);
}

/// All of a record was set aside to be written anew while it went to another ward: it stays that
/// ward's.
#[test]
fn a_record_that_is_written_anew_as_a_whole_stays_the_other_wards() {
    let mut city = city(27);
    city.quiet();
    let id = city.a.create(&city.dice).id;
    let request = city.a.request();
    city.hub.answer(&city.a.seal(&request)).unwrap();
    city.transfer(&id, 2);
    put_back_disk(&mut city.a);
    let (_, _, outcome) = city.a.call(&mut city.hub);
    assert_eq!(outcome.set_aside, 1);
    assert_eq!(text(&city.a.person(&id), "birth_date"), "1990-02-28", "it is written anew");
    assert_eq!(refused(&mut city.a, &id), "not_custodian");
    city.quiet();
    assert!(is_gone(&city.a, &id));
}

/// What fell with a late edit before it was sent is not lost with the log that would have sent it.
#[test]
fn what_fell_with_a_late_edit_is_written_anew_in_a_new_log() {
    let mut city = city(28);
    let id = city.person().id;
    city.quiet();
    edit(&mut city.a, &id, "phone", "phường 1");
    edit(&mut city.a, &id, "email", "dựa trên lần trước");
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "phone", "phường 2");
    city.b.sync(&mut city.hub);
    let limits = node::CallLimits { changes: 1, ..node::CallLimits::default() };
    let outcome = call(&mut city.hub, &mut city.a, &limits);
    assert_eq!((codes(&outcome.refused), outcome.set_aside), (vec![(2, "late_edit")], 2));
    put_back_disk(&mut city.a);
    city.quiet();
    assert_eq!(city.at_hub(&id, "email"), "dựa trên lần trước");
    assert_eq!(city.aside(&id), ["late_edit"]);
    assert!(is_gone(&city.a, &id));
}

/// What was kept aside only because another edit held its place, on a hub that was put back since,
/// goes before the new ward when its author gives it back. What was decided stays decided.
#[test]
fn a_late_edit_that_was_aside_for_its_place_is_decided_all_the_same() {
    for (before, after) in [
        ("duplicate_seq", "late_edit"),
        ("foreign_actor", "late_edit"),
        ("bad_value", "bad_value"),
        ("late_edit_dismissed", "late_edit_dismissed"),
    ] {
        let mut city = city(29);
        let id = city.person().id;
        city.quiet();
        let late = city.a.person(&id).set(city.a.epoch, "phone", "phường 1");
        city.a.record(&id, &late).unwrap();
        let kept = Quarantined {
            document: id,
            hash: item_hash(&late),
            device: city.b.device,
            code: before.to_owned(),
            because_of: None,
            bytes: late,
            at: NOW,
            replaced_by: None,
        };
        HubPort::quarantine(&mut city.hub.store, &kept).unwrap();
        city.transfer(&id, 2);
        city.b.sync(&mut city.hub);
        edit(&mut city.b, &id, "phone", "phường 2");
        city.b.sync(&mut city.hub);
        assert_eq!(codes(&refusals(&mut city.hub, &mut city.a)), [(2, "late_edit")]);
        city.quiet();
        let at_hub = city.hub.store.quarantined(&id, &kept.hash).unwrap().unwrap();
        assert_eq!(at_hub.code, after);
        if after == "late_edit" {
            assert_eq!(at_hub.device, city.a.device, "whose edit it is");
            let at_b = city.b.store.quarantined(&id, &kept.hash).unwrap().unwrap();
            assert_eq!(at_b.code, "late_edit");
        }
    }
}

/// A refused edit is not lost with the log that brought it and the hub that kept it aside.
#[test]
fn what_was_refused_goes_once_more_in_a_new_log() {
    for hub_too in [false, true] {
        let mut city = city(29);
        let id = city.person().id;
        city.quiet();
        edit(&mut city.a, &id, "phone", "phường 1");
        city.transfer(&id, 2);
        city.b.sync(&mut city.hub);
        edit(&mut city.b, &id, "phone", "phường 2");
        city.b.sync(&mut city.hub);
        let old = city.hub.store.clone();
        let (_, _, outcome) = city.a.call(&mut city.hub);
        assert_eq!(codes(&outcome.refused), [(2, "late_edit")]);
        put_back_disk(&mut city.a);
        if hub_too {
            city.hub.put_back(old);
        }
        city.quiet();
        assert_eq!(city.aside(&id), [if hub_too { "foreign_actor" } else { "late_edit" }]);
        assert!(is_gone(&city.a, &id));
    }
}
