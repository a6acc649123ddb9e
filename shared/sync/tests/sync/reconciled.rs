//! What is given back to a hub that was put back, where it goes wrong for a while.

use automerge::{ROOT, ReadDoc as _};
use wardbook_base::AuthorEpoch;
use wardbook_sync::check::RefusalCode;
use wardbook_sync::message::RotationReason;
use wardbook_sync::node;
use wardbook_sync::ports::{HubPort as _, NodePort as _};

use crate::calls::city;
use crate::custody::city::{city as wards, edit, is_gone};
use crate::rotation::{at_hub, settle, write};
use crate::support::{NOW, Node, load, ward};

/// An old request, sent again by the line after the hub was put back, once ended the reconciling.
#[test]
fn an_old_request_does_not_end_the_reconciling() {
    let (dice, mut hub, mut one, mut two) = city(150);
    two.sync(&mut hub);
    let before = two.request();
    let empty = hub.store.clone();
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let change = load(person.id, &hub.store.log).set(hub.epoch, "note", "Sở");
    hub.record(&ward(1), &person.id, &change).unwrap();
    settle(&mut hub, &mut [&mut one, &mut two]);
    hub.put_back(empty);
    hub.answer(&two.seal(&before)).unwrap();
    let device = hub.store.device(&two.device).unwrap().unwrap();
    assert!(device.reconciling, "it has not been heard of since");
    // So it may give back what others wrote.
    settle(&mut hub, &mut [&mut two, &mut one]);
    assert_eq!(at_hub(&hub, &person.id, "note"), "Sở");
}

/// A copied disk goes on beside the first one: that one of the two has lost nothing does not end the
/// reconciling of the other.
#[test]
fn each_database_of_a_device_reconciles_by_itself() {
    let (dice, mut hub, mut one, mut two) = city(158);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let mut copy = Node {
        store: one.store.clone(),
        key: one.key.clone(),
        dice: wardbook_base::SeededDice::new(77),
        ward: one.ward.clone(),
        ..one
    };
    copy.epoch = AuthorEpoch::random(&dice);
    node::rotate(&mut copy.store, copy.epoch, RotationReason::Cloned, NOW).unwrap();
    copy.sync(&mut hub);
    let old = hub.store.clone();
    let change = load(person.id, &hub.store.log).set(hub.epoch, "note", "Sở");
    hub.record(&ward(1), &person.id, &change).unwrap();
    one.sync(&mut hub);
    hub.put_back(old);
    one.call(&mut hub);
    copy.sync(&mut hub);
    assert!(copy.sync(&mut hub).proven_equal, "it has seen nothing of what was lost");
    settle(&mut hub, &mut [&mut one, &mut copy, &mut two]);
    assert_eq!(at_hub(&hub, &person.id, "note"), "Sở");
    assert_eq!(hub.store.log.kept_aside().count(), 0, "the officer's own change is back");
    let logs = hub.store.push_logs(&one.device).unwrap();
    assert!(logs.len() == 2 && logs.iter().all(|log| !log.reconciling));
    assert!(hub.store.devices().all(|device| !device.reconciling));
}

/// What was given back is lost a second time before the feed has brought it.
#[test]
fn what_was_given_back_once_is_given_back_again() {
    let (dice, mut hub, mut one, mut two) = city(151);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let old = hub.store.clone();
    let change = load(person.id, &hub.store.log).set(hub.epoch, "note", "Sở");
    hub.record(&ward(1), &person.id, &change).unwrap();
    one.sync(&mut hub);
    write(&mut one, &person.id, "phone", "0900");
    hub.put_back(old.clone());
    let limits = node::CallLimits { pull_bytes: 0, ..node::CallLimits::default() };
    while at_hub(&hub, &person.id, "note").is_empty() {
        let request = one.request_with(&limits);
        let body = one.seal(&request);
        let answer = hub.answer(&body).unwrap();
        let response = Node::open(&hub, &body, &answer);
        one.apply(&request, response).unwrap();
    }
    hub.put_back(old);
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_eq!(at_hub(&hub, &person.id, "note"), "Sở");
    assert_eq!(at_hub(&hub, &person.id, "phone"), "0900");
}

/// The files are swapped for those of before an earlier restore: the incarnation in which the
/// devices stand is none that this hub has ever had.
#[test]
fn a_hub_that_lost_its_own_incarnation_is_filled_again() {
    let (dice, mut hub, mut one, mut two) = city(156);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let old = hub.store.clone();
    hub.put_back(old.clone());
    settle(&mut hub, &mut [&mut one, &mut two]);
    let change = load(person.id, &hub.store.log).set(hub.epoch, "note", "Sở");
    hub.record(&ward(1), &person.id, &change).unwrap();
    settle(&mut hub, &mut [&mut one, &mut two]);
    hub.store = old;
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert_eq!(at_hub(&hub, &person.id, "note"), "Sở");
    assert!(hub.store.devices().all(|device| !device.reconciling));
}

/// An officer's edit that only the ward of before has seen, and an edit of that ward on top of it,
/// which the new ward's edits build on or stand beside.
#[test]
fn the_ward_of_before_gives_back_what_it_alone_has_seen() {
    let mut city = wards(157);
    let id = city.person().id;
    city.quiet();
    let old = city.hub.store.clone();
    let change = load(id, &city.hub.store.log).set(city.hub.epoch, "note", "Sở");
    city.hub.record(&ward(1), &id, &change).unwrap();
    city.a.sync(&mut city.hub);
    edit(&mut city.a, &id, "phone", "một");
    city.a.sync(&mut city.hub);
    city.transfer(&id, 2);
    city.a.call(&mut city.hub);
    city.hub.put_back(old);
    city.transfer(&id, 2);
    city.b.sync(&mut city.hub);
    edit(&mut city.b, &id, "phone", "hai");
    city.b.sync(&mut city.hub);
    city.quiet();
    assert_eq!(city.at_hub(&id, "note"), "Sở");
    assert_eq!(city.b.person(&id).document.get_all(ROOT, "phone").unwrap().len(), 2);
    assert!(city.aside(&id).is_empty() && is_gone(&city.a, &id));
}

/// A device that has seen nothing of its own record in the feed yet compares lists, and jumps over
/// the release of it.
#[test]
fn a_record_that_was_never_seen_in_the_feed_is_released_too() {
    let mut city = wards(155);
    city.a.sync(&mut city.hub);
    city.a2.sync(&mut city.hub);
    let person = city.a2.create(&city.dice);
    let request = city.a2.request();
    city.hub.answer(&city.a2.seal(&request)).unwrap();
    city.a.sync(&mut city.hub);
    city.transfer(&person.id, 2);
    // Its feed is lost and it compares: as after a hub that was put back.
    city.a2.store.put_mode(wardbook_sync::ports::NodeMode::CompareList(u64::MAX)).unwrap();
    city.quiet();
    assert!(is_gone(&city.a2, &person.id) && is_gone(&city.a, &person.id));
    assert!(!is_gone(&city.b, &person.id));
}

/// A change waits for ever for one that was lost with two disks: that is no reason to call the
/// device's new database unequal for ever.
#[test]
fn what_waits_in_a_log_that_was_left_does_not_count() {
    let (dice, mut hub, mut one, mut two) = city(152);
    let person = one.create(&dice);
    settle(&mut hub, &mut [&mut one, &mut two]);
    let (old, disk) = (hub.store.clone(), one.store.clone());
    let change = load(person.id, &hub.store.log).set(hub.epoch, "note", "mất");
    hub.record(&ward(1), &person.id, &change).unwrap();
    one.sync(&mut hub);
    write(&mut one, &person.id, "phone", "0900");
    hub.put_back(old);
    one.call(&mut hub);
    let request = one.request();
    hub.answer(&one.seal(&request)).unwrap();
    assert_eq!(hub.store.parked_all().count(), 1);
    one.start_from(disk);
    let epoch = AuthorEpoch::random(&dice);
    node::rotate(&mut one.store, epoch, RotationReason::Witness, NOW).unwrap();
    one.epoch = epoch;
    settle(&mut hub, &mut [&mut one, &mut two]);
    assert!(one.sync(&mut hub).proven_equal);
    assert_eq!(hub.store.parked_all().count(), 1, "it is kept all the same");
}

/// A grant was named and its changes never came, for the hub lost them: no name stays behind.
#[test]
fn a_record_of_which_only_the_name_came_is_forgotten() {
    let mut city = wards(153);
    let old = city.hub.store.clone();
    let id = city.person().id;
    city.transfer(&id, 2);
    // The first answer holds the grant; that it is cut here is as if its changes were too many.
    let request = city.b.request();
    let body = city.b.seal(&request);
    let answer = city.hub.answer(&body).unwrap();
    let mut response = Node::open(&city.hub, &body, &answer);
    for item in &mut response.feed.items {
        if let wardbook_sync::message::FeedItem::Grant(grant) = item {
            grant.changes.clear();
        }
    }
    city.b.apply(&request, response).unwrap();
    assert_eq!(city.b.store.wanted().unwrap(), [id]);
    city.hub.put_back(old);
    city.b.sync(&mut city.hub);
    assert!(is_gone(&city.b, &id));
    assert!(city.b.store.wanted().unwrap().is_empty());
}

/// An edit waits for an officer's edit that its ward gives back, and before that comes the record
/// moves away: the edit that fell with another one is put before the new ward.
#[test]
fn a_late_edit_that_falls_with_another_goes_before_the_new_ward() {
    let mut city = wards(154);
    let id = city.person().id;
    city.quiet();
    edit(&mut city.a, &id, "phone", "hỏng");
    let bad = city.a.store.local().last().unwrap().hash;
    edit(&mut city.a, &id, "email", "tốt");
    city.hub.condemned = [(id, bad)].into_iter().collect();
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    city.quiet();
    let mut codes = city.aside(&id);
    codes.sort();
    assert_eq!(codes, [RefusalCode::LateEdit.as_str(), RefusalCode::Unsafe.as_str()]);
    assert!(is_gone(&city.a, &id));
    let kept: Vec<_> = city.b.store.log.kept_aside().map(|kept| kept.code.as_str()).collect();
    assert_eq!(kept, ["late_edit"]);
}
