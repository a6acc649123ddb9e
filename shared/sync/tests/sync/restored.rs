//! A hub that was put back to an older copy gets back what it lost, from whoever holds it.

use wardbook_base::{Chain, FeedSeq, Lseq};
use wardbook_sync::RejectCode;
use wardbook_sync::message::{EpochState, Token};
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use crate::calls::city;
use crate::rotation::{at_hub, settle, write};
use crate::support::{Hub, Node, load, ward};

/// Two devices, an officer, and a hub that has lost the last of what all three wrote.
fn lost(seed: u64) -> (Hub, Hub, Node, Node, wardbook_base::DocumentId) {
    let (dice, mut hub, mut one, mut two) = city(seed);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let old = hub.store.clone();
    write(&mut one, &person.id, "phone", "0900");
    one.sync(&mut hub);
    two.sync(&mut hub);
    write(&mut two, &person.id, "email", "a@x.vn");
    two.sync(&mut hub);
    let change = load(person.id, &hub.store.log).set(hub.epoch, "address", "Số 1");
    hub.record(&ward(1), &person.id, &change).unwrap();
    settle(&mut hub, &mut [&mut one, &mut two]);
    let new = one.create(&dice);
    one.sync(&mut hub);
    let other = Hub {
        store: old,
        key: hub.key.clone(),
        tokens: hub.tokens.clone(),
        dice: wardbook_base::SeededDice::new(seed + 100),
        condemned: hub.condemned.clone(),
        ..hub
    };
    let _ = new;
    (hub, other, one, two, person.id)
}

fn all_is_back(hub: &Hub, id: &wardbook_base::DocumentId) {
    for (key, value) in [("phone", "0900"), ("email", "a@x.vn"), ("address", "Số 1")] {
        assert_eq!(at_hub(hub, id, key), value);
    }
    assert_eq!(hub.store.log.documents().count(), 2);
    assert_eq!(hub.store.log.kept_aside().count(), 0);
    assert!(hub.store.devices().all(|device| !device.reconciling));
    assert_eq!(hub.events().iter().filter(|code| **code == "hub_rolled_back").count(), 1);
    assert_eq!(hub.events().iter().filter(|code| **code == "reconciled").count(), 2);
}

#[test]
fn a_hub_restored_by_command_gets_everything_back() {
    let (_, mut hub, mut one, mut two, id) = lost(1);
    let copy = hub.store.clone();
    hub.put_back(copy);
    let (epoch_one, epoch_two) = (one.epoch, two.epoch);
    settle(&mut hub, &mut [&mut two, &mut one]);
    all_is_back(&hub, &id);
    assert_eq!((one.epoch, two.epoch), (epoch_one, epoch_two), "no node is to blame");
}

#[test]
fn a_hub_whose_file_was_swapped_finds_out_by_itself() {
    let (_, mut hub, mut one, mut two, id) = lost(2);
    let before = hub.store.feed_epoch().unwrap();
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_ne!(hub.store.feed_epoch().unwrap(), before);
    all_is_back(&hub, &id);
}

#[test]
fn a_hub_that_went_on_after_it_was_swapped_keeps_both_pasts() {
    let (_, mut hub, mut one, mut two, id) = lost(3);
    let dice = wardbook_base::SeededDice::new(33);
    let mut three = hub.enrol(&ward(1), &dice);
    three.sync(&mut hub);
    let seen = |node: &Node| node.store.feed_position().unwrap().unwrap().seq;
    while seen(&three) < seen(&one) {
        let value = seen(&three).0.to_string();
        write(&mut three, &id, "note", &value);
        three.sync(&mut hub);
    }
    settle(&mut hub, &mut [&mut one, &mut three, &mut two]);
    for (key, value) in [("phone", "0900"), ("email", "a@x.vn"), ("address", "Số 1")] {
        assert_eq!(at_hub(&hub, &id, key), value);
    }
    assert!(!at_hub(&hub, &id, "note").is_empty());
}

#[test]
fn a_device_that_saw_nothing_of_what_was_lost_just_goes_on() {
    let (dice, mut hub, mut one, mut two) = city(4);
    one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let copy = hub.store.clone();
    hub.put_back(copy);
    two.create(&dice);
    let (_, _, outcome) = two.call(&mut hub);
    assert_eq!((outcome.epoch_state, outcome.newly_acked), (EpochState::Ok, 1));
    assert!(outcome.proven_equal);
    assert_eq!(outcome.position.unwrap().epoch, hub.store.feed_epoch().unwrap());
    settle(&mut hub, &mut [&mut one, &mut two]);
}

#[test]
fn both_ends_put_back_at_once_still_come_together() {
    let (_, mut hub, mut one, mut two, id) = lost(5);
    let old = one.store.clone();
    write(&mut one, &id, "note", "sau");
    one.start_from(old);
    write(&mut one, &id, "note", "khác");
    let copy = hub.store.clone();
    hub.put_back(copy);
    settle(&mut hub, &mut [&mut one, &mut two]);
    all_is_back(&hub, &id);
    assert_eq!(at_hub(&hub, &id, "note"), "khác");
}

#[test]
fn positions_without_the_hubs_own_word_are_turned_away() {
    let (_, _, one, _, _) = lost(6);
    let (_, mut hub, _, _, _) = lost(6);
    let before = format!("{:?}", hub.store);
    let forged = Some(Token([9; 16]));
    let good = one.request();
    let mut requests = Vec::new();
    for token in [None, forged] {
        let mut log = good.clone();
        (log.push.token, log.pull) = (token, None);
        let mut feed = good.clone();
        feed.pull_token = token;
        let mut other_chain = feed.clone();
        if let Some(pull) = &mut other_chain.pull {
            (pull.seq, pull.chain) = (FeedSeq(1), Chain([9; 16]));
        }
        let mut other_epoch = good.clone();
        other_epoch.epoch.0[0] ^= 1;
        (other_epoch.push.token, other_epoch.pull) = (token, None);
        requests.extend([log, feed, other_chain, other_epoch]);
    }
    for request in requests {
        assert!(request.push.after > Lseq(0));
        assert_eq!(hub.answer(&one.seal(&request)), Err(RejectCode::Malformed));
    }
    assert!(format!("{:?}", hub.store) == before, "nothing is renewed for a forged word");
}

#[test]
fn a_hub_that_has_lost_everything_is_filled_again() {
    let (_, _, mut one, mut two, id) = lost(7);
    let (_, mut hub, _, _, _) = lost(7);
    let (hub_id, epoch) = hub.store.hub().unwrap();
    let dice = wardbook_base::SeededDice::new(70);
    let mut empty = wardbook_sync::memory::MemoryHub::new(
        hub_id,
        epoch,
        wardbook_base::FeedEpoch::random(&dice),
    );
    for device in hub.store.devices() {
        empty.put_device(device).unwrap();
    }
    let feed_epoch = empty.feed_epoch().unwrap();
    let position =
        wardbook_base::FeedPosition { epoch: feed_epoch, ..wardbook_base::FeedPosition::default() };
    let digest = wardbook_sync::message::Digest::default();
    let feed = wardbook_sync::ports::WardFeed { ward: ward(1), position, digest };
    empty.put_ward_feed(&feed).unwrap();
    hub.put_back(empty);
    settle(&mut hub, &mut [&mut one, &mut two]);
    all_is_back(&hub, &id);
    assert!(one.store.document(&id).unwrap().is_some());
}
