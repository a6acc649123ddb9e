//! Changes that are refused or must wait hold nothing else up.

use wardbook_base::{AuthorEpoch, SeededDice};
use wardbook_sync::check::item_hash;
use wardbook_sync::message::{PushItem, Returned};
use wardbook_sync::node;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _, Quarantined};

use crate::calls::city;
use crate::rotation::{at_hub, settle, text, write};
use crate::support::{NOW, Node, Person};

#[test]
fn one_refused_change_of_five_hundred_does_not_hurt_the_others() {
    let (dice, mut hub, mut one, mut two) = city(9);
    let mut persons: Vec<Person> = (0..498).map(|_| one.create(&dice)).collect();
    let bad = persons[7].set(one.epoch, "full_name", "Sau");
    one.record(&persons[7].id, &bad).unwrap();
    write(&mut one, &persons[7].id, "phone", "0900");
    hub.condemned.insert(persons[7].id, item_hash(&bad));
    assert_eq!(one.request().push.items.len(), 500);
    let (_, _, outcome) = one.call(&mut hub);
    let codes: Vec<_> = outcome
        .refused
        .iter()
        .map(|refused| (refused.lseq.0, refused.code.as_str(), refused.because_of))
        .collect();
    let root = Some(item_hash(&bad));
    assert_eq!(codes, [(499, "unsafe_change", None), (500, "refused_ancestor", root)]);
    assert_eq!((outcome.newly_acked, outcome.set_aside), (500, 2));
    assert_eq!(hub.store.log.changes().count(), 498);
    // The later edit of the same record was right, and is kept.
    settle(&mut hub, &mut [&mut one, &mut two]);
    let person = two.person(&persons[7].id);
    assert_eq!(text(&person, "phone"), "0900");
    assert_ne!(text(&person, "full_name"), "Sau");
    assert_eq!(hub.store.log.kept_aside().count(), 2);
    assert_eq!(one.store.log.kept_aside().count(), 2);
}

#[test]
fn later_edits_that_are_not_sent_yet_survive_a_refused_one() {
    let (dice, mut hub, mut one, mut two) = city(10);
    let person = one.create(&dice);
    one.sync(&mut hub);
    let bad = write(&mut one, &person.id, "full_name", "Sai");
    hub.condemned.insert(person.id, bad);
    let request = one.request();
    let body = one.seal(&request);
    let answer = hub.answer(&body).unwrap();
    // Six more edits while the answer is on its way.
    for n in 0..6 {
        write(&mut one, &person.id, &format!("field_{n}"), "đúng");
    }
    one.apply(&request, Node::open(&hub, &body, &answer)).unwrap();
    settle(&mut hub, &mut [&mut one, &mut two]);
    for n in 0..6 {
        assert_eq!(at_hub(&hub, &person.id, &format!("field_{n}")), "đúng");
    }
    assert_ne!(at_hub(&hub, &person.id, "full_name"), "Sai");
    // Both ends keep the originals: authored = merged + kept aside.
    assert_eq!(hub.store.log.kept_aside().count(), 7);
    let replaced = one.store.log.kept_aside().filter(|kept| kept.replaced_by.is_some());
    assert_eq!(replaced.count(), 6);
}

#[test]
fn a_record_whose_first_change_is_refused_goes_and_its_place_stays_free() {
    let (dice, mut hub, mut one, mut two) = city(11);
    let person = one.create(&dice);
    write(&mut one, &person.id, "phone", "0900");
    let first = one.store.local()[0].hash;
    hub.condemned.insert(person.id, first);
    one.sync(&mut hub);
    settle(&mut hub, &mut [&mut two]);
    assert!(hub.store.document(&person.id).unwrap().is_none());
    assert!(one.store.change_meta(&person.id, &first).unwrap().is_none());
}

/// A change that builds on one that has not come yet.
#[test]
fn a_change_whose_ancestor_is_missing_waits_for_it_and_holds_nothing_up() {
    let (dice, mut hub, mut one, mut two) = city(12);
    let mut person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let copy = hub.store.clone();
    let officers = crate::support::load(person.id, &hub.store.log).set(hub.epoch, "email", "a");
    hub.record(&one.ward, &person.id, &officers).unwrap();
    one.sync(&mut hub);
    person.apply(&officers);
    // The hub forgets the officer's edit; the ward builds on it and on nothing else.
    hub.put_back(copy);
    let later = write(&mut one, &person.id, "phone", "0900");
    let mut request = one.request();
    request.pull = None;
    let body = one.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(&hub, &body, &answer);
    assert_eq!((response.refused.len(), response.parked), (0, Some(1)));
    let parked = hub.store.parked_of(&person.id).unwrap();
    assert_eq!(parked[0].hash, later);
    assert!(hub.store.push_row(&one.device, &one.epoch, parked[0].lseq).unwrap().unwrap().parked);
    // The other device is not delayed, and once the ancestor is given back both are taken.
    assert!(two.sync(&mut hub).proven_equal);
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_eq!(hub.store.parked_all().count(), 0);
    assert_eq!(at_hub(&hub, &person.id, "phone"), "0900");
    let row = hub.store.push_row(&one.device, &one.epoch, parked[0].lseq).unwrap().unwrap();
    assert!(!row.parked && row.refused.is_none());
}

#[test]
fn the_feed_wins_where_two_changes_claim_one_place() {
    let (dice, mut hub, mut one, mut two) = city(13);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    // A copy of this disk wrote another edit under the same epoch, and another machine brought it.
    let mut copy = one.person(&person.id);
    let theirs = copy.set(one.epoch, "phone", "của bản sao");
    let ours = write(&mut one, &person.id, "phone", "của máy này");
    let mut request = two.request();
    request.returned =
        Some(vec![Returned { document: person.id, change: theirs, author: one.device }]);
    let mut log = hub.store.push_log(&two.device, &two.epoch).unwrap().unwrap();
    log.reconciling = true;
    hub.store.put_push_log(&log).unwrap();
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    assert_eq!(Node::open(&hub, &body, &answer).returned, Some(1));
    settle(&mut hub, &mut [&mut one, &mut two]);
    let kept = one.store.quarantined(&person.id, &ours).unwrap().unwrap();
    assert_eq!(kept.code, "duplicate_seq");
    assert!(kept.replaced_by.is_some(), "and the edit is written anew");
    let phones = crate::support::load(person.id, &hub.store.log);
    let all = automerge::ReadDoc::get_all(&phones.document, automerge::ROOT, "phone").unwrap();
    assert!(all.iter().any(|(value, _)| value.as_str() == Some("của máy này")), "{all:?}");
}

#[test]
fn only_a_device_that_reconciles_may_bring_what_others_wrote() {
    let (dice, mut hub, mut one, mut two) = city(14);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let stranger = AuthorEpoch::random(&SeededDice::new(99));
    let forged = two.person(&person.id).set(stranger, "phone", "giả");
    let mut request = two.request();
    let (document, author) = (person.id, one.device);
    request.returned = Some(vec![Returned { document, change: forged.clone(), author }]);
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    assert_eq!(Node::open(&hub, &body, &answer).returned, Some(1), "judged, and refused");
    let kept = hub.store.quarantined(&person.id, &item_hash(&forged)).unwrap().unwrap();
    assert_eq!((kept.code.as_str(), kept.device), ("foreign_actor", two.device));
    assert_eq!(hub.store.log.changes().count(), 1);
}

#[test]
fn what_was_erased_here_before_it_was_sent_leaves_its_hash_alone() {
    let (dice, mut hub, one, _) = city(15);
    let mut request = one.request();
    request.push.items = vec![PushItem {
        document: wardbook_base::DocumentId::random(&dice),
        change: Vec::new(),
        custody_version: 0,
        notice: None,
        gone: Some(wardbook_base::ChangeHash([5; 32])),
    }];
    let body = one.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(&hub, &body, &answer);
    assert_eq!(response.refused[0].code, "purged");
    let kept = hub.store.log.kept_aside().next().unwrap();
    assert!(kept.bytes.is_empty());
    assert_eq!(kept.hash.0, [5; 32]);
}

/// A change that was written anew came with the feed all the same, and both were lost with the hub:
/// what took its place is what the copy was written anew as in its turn, or nothing.
#[test]
fn what_took_the_place_of_a_change_is_found_through_copies_that_were_taken_out() {
    let (dice, mut hub, mut one, mut two) = city(16);
    let person = one.create(&dice);
    let there = write(&mut one, &person.id, "phone", "0900");
    settle(&mut hub, &mut [&mut one, &mut two]);
    let hash = |n: u8| wardbook_base::ChangeHash([n; 32]);
    let mut keep = |n: u8, by: Option<wardbook_base::ChangeHash>| {
        let kept = Quarantined {
            document: person.id,
            hash: hash(n),
            device: one.device,
            code: "stranded".to_owned(),
            because_of: None,
            bytes: Vec::new(),
            at: NOW,
            replaced_by: by,
        };
        one.store.quarantine(&kept).unwrap();
    };
    keep(1, Some(hash(2)));
    keep(2, Some(there));
    keep(3, Some(hash(4)));
    keep(4, None);
    // It would have changed nothing, and so it replaces itself.
    keep(5, Some(hash(5)));
    let stands = |n: u8| node::stands_as(&one.store, &person.id, &hash(n)).unwrap();
    assert_eq!((stands(1), stands(2)), (Some(there), Some(there)));
    assert_eq!((stands(3), stands(4), stands(5), stands(6)), (None, None, None, None));
}
