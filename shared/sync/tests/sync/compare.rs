//! A damaged copy of the feed is found by its digest and repaired by buckets and lists.

use wardbook_sync::digest;
use wardbook_sync::message::{Compared, Detail};
use wardbook_sync::ports::{DocumentState, Log as _, NodeMode, NodePort as _};

use crate::calls::city;
use crate::rotation::settle;
use crate::support::{Node, Person};

/// Both devices hold these, and say so.
fn equal(seed: u64) -> (crate::support::Hub, Node, Node, Vec<Person>) {
    let (dice, mut hub, mut one, mut two) = city(seed);
    let persons = (0..300).map(|_| one.create(&dice)).collect();
    settle(&mut hub, &mut [&mut one, &mut two]);
    (hub, one, two, persons)
}

/// The calls until both are proven equal again, and the bytes that went up and down.
fn repair(hub: &mut crate::support::Hub, node: &mut Node) -> (usize, usize) {
    let (mut calls, mut bytes) = (0, 0);
    loop {
        let (up, down, outcome) = node.call(hub);
        calls += 1;
        bytes += up.len() + down.len();
        if outcome.proven_equal {
            return (calls, bytes);
        }
        assert!(outcome.more && calls < 20, "{outcome:?}");
    }
}

#[test]
fn a_document_that_vanished_from_a_node_comes_back() {
    let (mut hub, _, mut two, persons) = equal(1);
    let id = persons[40].id;
    let heads = two.store.feed_heads(&id).unwrap();
    two.store.remove_changes(&id, &heads).unwrap();
    two.store.put_feed_heads(&id, &[]).unwrap();
    let position = two.store.feed_position().unwrap().unwrap();
    let mut sum = two.store.feed_digest().unwrap();
    digest::remove(&mut sum, &digest::leaf(&id, 0, &heads));
    two.store.put_feed(&position, &sum).unwrap();
    let (calls, bytes) = repair(&mut hub, &mut two);
    println!("one of 300 documents gone: {calls} calls, {bytes} bytes");
    // The mismatch, the buckets, the list, the changes.
    assert!(calls <= 4 && bytes < 8 * 1024, "{calls} calls, {bytes} bytes");
    assert_eq!(two.store.document(&id).unwrap().unwrap().heads, heads);
}

#[test]
fn heads_that_the_feed_never_named_are_put_right() {
    let (mut hub, _, mut two, persons) = equal(2);
    let (a, b) = (persons[1].id, persons[2].id);
    let heads = two.store.feed_heads(&a).unwrap();
    two.store.put_feed_heads(&b, &heads).unwrap();
    let position = two.store.feed_position().unwrap().unwrap();
    let mut sum = two.store.feed_digest().unwrap();
    digest::replace(&mut sum, &b, 0, &two.store.document(&b).unwrap().unwrap().heads, &heads);
    two.store.put_feed(&position, &sum).unwrap();
    repair(&mut hub, &mut two);
    let state: DocumentState = two.store.document(&b).unwrap().unwrap();
    assert_eq!(two.store.feed_heads(&b).unwrap(), state.heads);
}

#[test]
fn a_sum_that_is_wrong_by_itself_is_counted_again() {
    let (mut hub, _, mut two, _) = equal(3);
    let position = two.store.feed_position().unwrap().unwrap();
    let good = two.store.feed_digest().unwrap();
    let mut sum = good;
    digest::add(&mut sum, &[1; 32]);
    two.store.put_feed(&position, &sum).unwrap();
    let (calls, _) = repair(&mut hub, &mut two);
    assert_eq!((calls, two.store.feed_digest().unwrap()), (3, good));
}

#[test]
fn the_feed_may_go_on_between_the_buckets_and_the_list() {
    let (mut hub, mut one, mut two, persons) = equal(4);
    let id = persons[7].id;
    let heads = two.store.feed_heads(&id).unwrap();
    two.store.put_feed_heads(&id, &[]).unwrap();
    let position = two.store.feed_position().unwrap().unwrap();
    let mut sum = two.store.feed_digest().unwrap();
    digest::remove(&mut sum, &digest::leaf(&id, 0, &heads));
    two.store.put_feed(&position, &sum).unwrap();
    two.call(&mut hub);
    assert_eq!(two.store.mode().unwrap(), NodeMode::CompareBuckets);
    let request = two.request();
    assert!(matches!(&request.detail, Some(Detail::Buckets(sums)) if sums.len() == 2_048));
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(&hub, &body, &answer);
    assert!(matches!(response.compared, Some(Compared::Buckets(mask)) if mask.is_power_of_two()));
    two.apply(&request, response).unwrap();
    for person in persons.iter().take(20) {
        crate::rotation::write(&mut one, &person.id, "phone", "0900");
    }
    one.sync(&mut hub);
    repair(&mut hub, &mut two);
    settle(&mut hub, &mut [&mut one, &mut two]);
}

#[test]
fn a_late_answer_to_a_comparison_is_left_alone() {
    let (mut hub, mut one, mut two, persons) = equal(5);
    two.store.put_mode(NodeMode::CompareList(digest::ALL_BUCKETS)).unwrap();
    let request = two.request();
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    two.store.put_mode(NodeMode::Normal).unwrap();
    crate::rotation::write(&mut one, &persons[0].id, "phone", "0900");
    one.sync(&mut hub);
    two.sync(&mut hub);
    let before = format!("{:?}", two.store);
    let outcome = two.apply(&request, Node::open(&hub, &body, &answer)).unwrap();
    assert!(outcome.stale);
    assert!(format!("{:?}", two.store) == before, "the store has changed");
}
