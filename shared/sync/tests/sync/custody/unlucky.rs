//! Custody together with restored devices, parked and refused changes.

use automerge::ROOT;
use automerge::transaction::Transactable as _;
use wardbook_base::AuthorEpoch;
use wardbook_sync::check::{Action, read_change};
use wardbook_sync::message::RotationReason;
use wardbook_sync::node;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use super::city::{call, city, codes, defiant, edit, is_gone, refusals, text};
use crate::support::{NOW, Node, schema};

#[test]
fn a_parked_change_of_the_old_ward_is_late_when_its_ancestor_comes() {
    let mut city = city(120);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "một");
    edit(&mut city.a, &id, "email", "hai");
    // The two arrive the wrong way round: no honest node does that, but a hub that lost a change
    // sees the like of it.
    let request = city.a.request();
    let mut second = request.clone();
    let first = second.push.items.remove(0);
    city.hub.answer(&city.a.seal(&second)).unwrap();
    assert_eq!(city.hub.store.parked_all().count(), 1);
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "note", "phường 2");
    city.b.sync(&mut city.hub);
    assert_eq!(city.hub.store.parked_all().count(), 1, "it waits on through a transfer");
    let log = city.hub.store.push_log(&city.a.device, &city.a.epoch).unwrap().unwrap();
    let mut late = request;
    (late.push.after, late.push.chain, late.push.token) = (log.acked, log.acked_chain, None);
    late.push.items = vec![first];
    city.hub.answer(&city.a.seal(&late)).unwrap();
    assert_eq!(city.hub.store.parked_all().count(), 0);
    assert_eq!(
        (city.at_hub(&id, "phone"), city.at_hub(&id, "email")),
        ("một".into(), "hai".into())
    );
    city.b.sync(&mut city.hub);
    assert_eq!(text(&city.b.person(&id), "email"), "hai");
}

#[test]
fn a_refused_change_stays_aside_when_its_document_moves() {
    let mut city = city(121);
    let id = city.person().id;
    let bad = {
        let mut person = city.a.person(&id);
        person.set(city.b.epoch, "phone", "mang tên máy khác")
    };
    let mut request = city.a.request();
    request.push.items.push(wardbook_sync::message::PushItem {
        document: id,
        change: bad.clone(),
        custody_version: 1,
        notice: None,
        gone: None,
    });
    city.hub.answer(&city.a.seal(&request)).unwrap();
    assert_eq!(city.aside(&id), ["foreign_actor"]);
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    assert_eq!(city.aside(&id), ["foreign_actor"]);
    assert!(!is_gone(&city.b, &id));
    assert_eq!(text(&city.b.person(&id), "phone"), "");
}

#[test]
fn edits_made_on_an_old_copy_reach_the_new_custodian() {
    let mut city = city(122);
    let id = city.person().id;
    let (copy, before) = (city.a.store.clone(), city.a.epoch);
    city.transfer(&id, 2);
    city.quiet();
    assert!(is_gone(&city.a, &id));
    // The disk is put back to before the transfer, and edited there before anything is noticed.
    city.a.store = copy;
    edit(&mut city.a, &id, "phone", "trên bản cũ");
    for _ in 0..6 {
        city.a.call(&mut city.hub);
        write_anew(&mut city.a);
    }
    assert_ne!(city.a.store.author_epoch().unwrap(), before, "the copy took a new epoch");
    city.quiet();
    assert!(is_gone(&city.a, &id));
    assert_eq!(text(&city.b.person(&id), "phone"), "trên bản cũ", "late, and nobody touched it");
}

/// The same on a field that the new custodian has changed: it stands in a review card.
#[test]
fn edits_made_on_an_old_copy_meet_those_of_the_new_custodian() {
    let mut city = city(123);
    let id = city.person().id;
    let copy = city.a.store.clone();
    city.transfer(&id, 2);
    city.quiet();
    edit(&mut city.b, &id, "phone", "phường 2");
    city.quiet();
    city.a.store = copy;
    edit(&mut city.a, &id, "phone", "trên bản cũ");
    for _ in 0..6 {
        city.a.call(&mut city.hub);
        write_anew(&mut city.a);
    }
    city.quiet();
    assert!(is_gone(&city.a, &id));
    assert_eq!(city.aside(&id), ["late_edit"]);
    assert_eq!(text(&city.b.person(&id), "phone"), "phường 2");
    assert_eq!(city.b.store.log.kept_aside().filter(|kept| kept.code == "late_edit").count(), 1);
}

/// An edit of a document that the ward only reads is refused; what builds on it comes when the ward
/// keeps the document. Its author has put both away for the same reason, and so does the hub.
#[test]
fn what_builds_on_an_edit_of_a_foreign_document_is_refused_like_it() {
    let mut city = city(125);
    let id = city.person().id;
    city.lend(&id, 2);
    city.quiet();
    defiant(&mut city.b, &id, "phone", "chỉ được đọc");
    defiant(&mut city.b, &id, "email", "dựa trên lần trước");
    let limits = node::CallLimits { changes: 1, ..node::CallLimits::default() };
    let refused = call(&mut city.hub, &mut city.b, &limits).refused;
    assert_eq!(codes(&refused), [(1, "not_custodian")]);
    city.transfer(&id, 2);
    city.quiet();
    let at_hub: Vec<_> = city.hub.store.log.kept_aside().cloned().collect();
    assert!(at_hub.iter().any(|kept| kept.because_of == Some(refused[0].hash)));
    assert_eq!(at_hub.len(), 2);
    for kept in at_hub {
        let here = city.b.store.quarantined(&id, &kept.hash).unwrap().unwrap();
        assert_eq!((kept.code.as_str(), kept.replaced_by), ("not_custodian", None));
        assert_eq!((here.code, here.replaced_by), (kept.code, None));
    }
}

/// A short request is answered after a longer one, whose answer is lost: the device goes on from where
/// its log stands at the hub, so it hears what was refused of all of it.
#[test]
fn an_answer_that_acknowledges_more_tells_what_was_refused_of_it() {
    let mut city = city(126);
    let id = city.person().id;
    city.lend(&id, 2);
    city.quiet();
    city.b.create(&city.dice);
    defiant(&mut city.b, &id, "phone", "chỉ được đọc");
    let longer = city.b.request();
    city.hub.answer(&city.b.seal(&longer)).unwrap();
    let mut short = longer;
    short.push.items.truncate(1);
    let body = city.b.seal(&short);
    let answer = city.hub.answer(&body).unwrap();
    let response = Node::open(&city.hub, &body, &answer);
    let outcome = city.b.apply(&short, response).unwrap();
    assert_eq!((outcome.newly_acked, outcome.set_aside), (2, 1));
    assert_eq!(outcome.refused[0].code, "not_custodian");
    assert_eq!(text(&city.b.person(&id), "phone"), "", "it is not taken for part of the record");
}

/// A database that takes a new epoch while its ward still waits to forget a document.
#[test]
fn a_new_epoch_repeats_what_the_device_knows_of_releases() {
    let mut city = city(124);
    let id = city.person().id;
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    assert!(!is_gone(&city.a, &id), "the other device has not said anything yet");
    let epoch = AuthorEpoch::random(&city.dice);
    node::rotate(&mut city.a.store, epoch, RotationReason::Witness, NOW).unwrap();
    city.a.epoch = epoch;
    defiant(&mut city.a, &id, "phone", "biết rồi mà vẫn sửa");
    assert_eq!(refusals(&mut city.hub, &mut city.a)[0].code, "not_custodian");
    city.quiet();
    assert!(is_gone(&city.a, &id) && is_gone(&city.a2, &id));
}

/// What the caller does with the queue after an answer, for edits of single fields at the root.
fn write_anew(node: &mut Node) {
    for (id, original) in node.store.to_reauthor().unwrap() {
        let kept = node.store.quarantined(&id, &original).unwrap().unwrap();
        let parsed = read_change(&id, &kept.bytes).unwrap();
        let epoch = node.store.author_epoch().unwrap();
        let copy = node.person(&id).edit(epoch, |document| {
            for operation in &parsed.operations {
                let Action::PutText(text) = &operation.action else { panic!("a text was put") };
                document.put(ROOT, operation.key.to_string(), text.to_string()).unwrap();
            }
        });
        let copy = copy.unwrap();
        node::record_copy(&mut node.store, &id, &original, &copy, NOW, &schema()).unwrap();
    }
}
