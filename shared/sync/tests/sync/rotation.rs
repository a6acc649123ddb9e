//! A node's database that was put back or copied: nothing is lost and nobody is asked anything.

use automerge::{ROOT, ReadDoc as _};
use wardbook_base::{AuthorEpoch, ChangeHash, DocumentId, Lseq};
use wardbook_sync::check::item_hash;
use wardbook_sync::message::{EpochState, RotationReason};
use wardbook_sync::node;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use crate::calls::city;
use crate::support::{Hub, NOW, Node, Person, load};

/// Writes one field of a record.
pub(crate) fn write(node: &mut Node, id: &DocumentId, key: &str, value: &str) -> ChangeHash {
    let change = node.person(id).set(node.epoch, key, value);
    node.record(id, &change).unwrap();
    item_hash(&change)
}

/// What a field shows, at the hub.
pub(crate) fn at_hub(hub: &Hub, id: &DocumentId, key: &str) -> String {
    text(&load(*id, &hub.store.log), key)
}

pub(crate) fn text(person: &Person, key: &str) -> String {
    let value = person.document.get(ROOT, key).unwrap();
    value.and_then(|(value, _)| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn settle(hub: &mut Hub, nodes: &mut [&mut Node]) {
    for _ in 0..3 {
        for node in &mut *nodes {
            node.sync(hub);
        }
    }
    for node in nodes {
        let outcome = node.sync(hub);
        assert!(outcome.proven_equal && outcome.epoch_state == EpochState::Ok, "{outcome:?}");
        for state in node.store.log.documents() {
            assert_eq!(Some(state), hub.store.document(&state.id).unwrap().as_ref());
        }
    }
}

#[test]
fn a_copy_thirty_edits_old_that_is_edited_again_loses_no_edit() {
    let (dice, mut hub, mut one, mut two) = city(1);
    let person = one.create(&dice);
    one.sync(&mut hub);
    let copy = one.store.clone();
    for n in 0..30 {
        write(&mut one, &person.id, &format!("field_{n}"), "trước");
        one.sync(&mut hub);
    }
    one.start_from(copy);
    let original = write(&mut one, &person.id, "phone", "0900");
    let more = one.create(&dice);
    let before = one.epoch;
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_ne!(one.epoch, before);
    for node in [&one, &two] {
        let person = node.person(&person.id);
        assert!((0..30).all(|n| text(&person, &format!("field_{n}")) == "trước"));
        assert_eq!(text(&person, "phone"), "0900");
        assert_eq!(text(&node.person(&more.id), "full_name"), text(&more, "full_name"));
    }
    let kept = one.store.quarantined(&person.id, &original).unwrap().unwrap();
    // The copy wrote it at a place that the feed gives to another edit.
    assert_eq!(kept.code, "duplicate_seq");
    assert!(one.store.change_meta(&person.id, &kept.replaced_by.unwrap()).unwrap().is_some());
    let rotated = hub.store.events().iter().find(|event| event.code == "rotated").unwrap();
    assert_eq!(rotated.device, one.device);
    assert!(rotated.detail.starts_with(&format!("reason=rolled_back from={before}")));
    assert!(!hub.events().contains(&"two_places"));
}

#[test]
fn two_copies_of_one_disk_both_keep_their_edits_and_do_not_chase_each_other() {
    let (dice, mut hub, mut one, mut two) = city(2);
    let person = one.create(&dice);
    one.sync(&mut hub);
    let mut copy = Node {
        store: one.store.clone(),
        key: one.key.clone(),
        dice: wardbook_base::SeededDice::new(77),
        ward: one.ward.clone(),
        ..one
    };
    for round in 0..6 {
        write(&mut one, &person.id, &format!("one_{round}"), "một");
        write(&mut copy, &person.id, &format!("copy_{round}"), "hai");
        one.sync(&mut hub);
        copy.sync(&mut hub);
    }
    settle(&mut hub, &mut [&mut one, &mut copy, &mut two]);
    for round in 0..6 {
        assert_eq!(at_hub(&hub, &person.id, &format!("one_{round}")), "một");
        assert_eq!(at_hub(&hub, &person.id, &format!("copy_{round}")), "hai");
    }
    let logs = hub.store.push_logs(&one.device).unwrap();
    assert_eq!(logs.len(), 2, "one rotation is enough for both");
    assert_eq!(hub.events().iter().filter(|code| **code == "two_places").count(), 1);
    assert!(hub.store.device(&one.device).unwrap().unwrap().two_places_since.is_some());
}

#[test]
fn what_reached_the_hub_before_the_copy_knew_is_not_written_twice() {
    let (dice, mut hub, mut one, mut two) = city(3);
    let person = one.create(&dice);
    one.sync(&mut hub);
    write(&mut one, &person.id, "phone", "0900");
    let copy = one.store.clone();
    one.sync(&mut hub);
    write(&mut one, &person.id, "phone", "0901");
    one.sync(&mut hub);
    one.sync(&mut hub);
    one.start_from(copy);
    node::rotate(&mut one.store, AuthorEpoch::random(&dice), RotationReason::Restored, NOW)
        .unwrap();
    one.epoch = one.store.author_epoch().unwrap();
    assert_eq!(one.store.orphans().unwrap().len(), 1);
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_eq!(one.store.log.kept_aside().count(), 0);
    assert_eq!(hub.store.log.changes().count(), 3);
    assert_eq!(text(&one.person(&person.id), "phone"), "0901");
}

#[test]
fn edits_made_while_it_heals_are_kept_too() {
    let (dice, mut hub, mut one, mut two) = city(4);
    let person = one.create(&dice);
    one.sync(&mut hub);
    let copy = one.store.clone();
    write(&mut one, &person.id, "phone", "0900");
    one.sync(&mut hub);
    one.start_from(copy);
    write(&mut one, &person.id, "email", "a@x.vn");
    let (_, _, outcome) = one.call(&mut hub);
    assert_eq!(outcome.epoch_state, EpochState::Cloned);
    assert_eq!(outcome.rotated, Some(RotationReason::Cloned));
    // Built on an edit that the hub will never take as it is.
    write(&mut one, &person.id, "address", "Số 1");
    assert!(one.request().push.items.is_empty(), "while it heals, it only listens");
    settle(&mut hub, &mut [&mut one, &mut two]);
    for (key, value) in [("phone", "0900"), ("email", "a@x.vn"), ("address", "Số 1")] {
        assert_eq!(text(&two.person(&person.id), key), value);
    }
}

#[test]
fn answers_to_what_a_database_was_before_change_nothing() {
    let (dice, mut hub, mut one, _) = city(5);
    one.create(&dice);
    let request = one.request();
    let body = one.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(&hub, &body, &answer);
    node::rotate(&mut one.store, AuthorEpoch::random(&dice), RotationReason::Witness, NOW).unwrap();
    let before = format!("{:?}", one.store);
    assert!(one.apply(&request, response).unwrap().stale);
    assert!(format!("{:?}", one.store) == before, "the store has changed");
    assert_eq!(one.store.acked().unwrap().0, Lseq(0));
}

#[test]
fn rotating_twice_before_the_first_call_names_the_epoch_that_the_hub_knows() {
    let (dice, mut hub, mut one, mut two) = city(6);
    let person = one.create(&dice);
    one.sync(&mut hub);
    let known = one.epoch;
    for value in ["1", "2", "3"] {
        write(&mut one, &person.id, "phone", value);
        let epoch = AuthorEpoch::random(&dice);
        node::rotate(&mut one.store, epoch, RotationReason::Restored, NOW).unwrap();
        one.epoch = epoch;
    }
    assert_eq!(one.request().rotated.unwrap().from, known);
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_eq!(text(&two.person(&person.id), "phone"), "3");
    assert_eq!(one.store.log.kept_aside().count(), 3);
}

#[test]
fn an_epoch_of_another_device_opens_no_log() {
    let (dice, mut hub, mut one, two) = city(7);
    one.create(&dice);
    one.sync(&mut hub);
    for epoch in [one.epoch, hub.epoch, AuthorEpoch::default()] {
        let mut request = two.request();
        request.epoch = epoch;
        assert_eq!(hub.answer(&two.seal(&request)), Err(wardbook_sync::RejectCode::Malformed));
    }
}
