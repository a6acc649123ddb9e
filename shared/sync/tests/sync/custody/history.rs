//! Feeds are never rewritten: every old position must stay servable, whatever became of what
//! stands there.

use std::fmt::Write as _;

use wardbook_base::{Dice as _, DocumentId};
use wardbook_sync::message::{EpochState, FeedItem};
use wardbook_sync::node::CallLimits;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use super::city::{City, call, city, edit, equal, is_gone};
use crate::support::{Node, ward};

/// Twelve documents that go through everything.
fn eventful(seed: u64) -> (City, Vec<DocumentId>) {
    let mut city = city(seed);
    let ids: Vec<DocumentId> = (0..12).map(|_| city.person().id).collect();
    for round in 0..3 {
        for (index, id) in ids.iter().enumerate() {
            if city.hub.store.document(id).unwrap().is_none() {
                continue;
            }
            let keeps = city.custodian(id);
            let to = (1..=3).find(|n| ward(*n) != keeps).unwrap();
            match (index + round) % 5 {
                0 => drop(city.transfer(id, to)),
                1 => {
                    let readers = city.hub.store.readers(id).unwrap();
                    match readers.first() {
                        Some(reader) => {
                            let n = (1..=3).find(|n| ward(*n) == *reader).unwrap();
                            city.end_loan(id, n);
                        }
                        None => drop(city.lend(id, to)),
                    }
                }
                2 if city.dice.below(3) == 0 => drop(city.purge(id)),
                _ => {}
            }
            let City { a, b, c, .. } = &mut city;
            for node in [a, b, c] {
                let own = node.store.document(id).unwrap();
                if own.is_some_and(|state| state.ward == node.ward && !state.heads.is_empty()) {
                    edit(node, id, &format!("field_{round}"), "x");
                }
            }
            if city.dice.below(2) == 0 {
                city.b.sync(&mut city.hub);
            }
        }
        city.c.sync(&mut city.hub);
    }
    (city, ids)
}

#[test]
fn a_new_device_pulls_all_history_in_pieces_of_any_size() {
    for seed in 80..83 {
        let (mut city, ids) = eventful(seed);
        city.quiet();
        for n in 1..=3 {
            for bytes in [1, 700, 5_000, 4 << 20] {
                let mut node = city.hub.enrol(&ward(n), &city.dice);
                let small = CallLimits { pull_bytes: bytes, ..CallLimits::default() };
                while call(&mut city.hub, &mut node, &small).more {}
                equal(&mut city.hub, &mut node);
                for id in &ids {
                    let in_scope = city.hub.store.document(id).unwrap().is_some_and(|state| {
                        state.ward == ward(n)
                            || city.hub.store.readers(id).unwrap().contains(&ward(n))
                    });
                    assert_eq!(in_scope, !is_gone(&node, id), "seed {seed}, ward {n}");
                }
            }
        }
    }
}

#[test]
fn nothing_of_a_document_out_of_scope_travels() {
    let mut city = city(91);
    let id = city.person().id;
    edit(&mut city.a, &id, "phone", "bí mật");
    city.quiet();
    city.transfer(&id, 2);
    city.quiet();
    city.purge(&id);
    let node = city.hub.enrol(&ward(1), &city.dice);
    let request = node.request();
    let body = node.seal(&request);
    let answer = city.hub.answer(&body).unwrap();
    let response = Node::open(&city.hub, &body, &answer);
    let kinds: Vec<_> = response
        .feed
        .items
        .iter()
        .map(|item| match item {
            FeedItem::Gone(_) => "gone",
            FeedItem::Release(_) => "release",
            FeedItem::Forget(_) => "forget",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["gone", "gone", "release", "forget", "forget"]);
}

/// A device that stands anywhere in the past finds its way, whatever happened since.
#[test]
fn every_old_position_stays_good() {
    for seed in 92..96 {
        let mut city = city(seed);
        let ids: Vec<DocumentId> = (0..4).map(|_| city.person().id).collect();
        let mut sleepers: Vec<(u32, wardbook_sync::memory::MemoryNode)> = Vec::new();
        let steps: [(usize, u32); 9] =
            [(0, 2), (1, 3), (0, 3), (2, 2), (0, 1), (3, 0), (1, 2), (2, 0), (1, 1)];
        for (index, to) in steps {
            if to == 0 {
                city.purge(&ids[index]);
            } else {
                city.transfer(&ids[index], to);
            }
            sleepers.push((2, city.b.store.clone()));
            sleepers.push((3, city.c.store.clone()));
            city.b.sync(&mut city.hub);
            city.c.sync(&mut city.hub);
        }
        city.quiet();
        for (n, store) in sleepers {
            // Only pulling: what a restored device pushes is another matter.
            let node = if n == 2 { &mut city.b } else { &mut city.c };
            let now = std::mem::replace(&mut node.store, store);
            let mut request = node.request();
            request.push.items.clear();
            let body = node.seal(&request);
            let answer = city.hub.answer(&body).unwrap();
            let response = Node::open(&city.hub, &body, &answer);
            if response.epoch_state == EpochState::Ok {
                node.apply(&request, response).unwrap();
                assert_eq!(
                    node.store.feed_digest().unwrap(),
                    city.hub.store.ward_feed(&ward(n)).unwrap().unwrap().digest
                );
            }
            node.store = now;
        }
    }
}

/// A document whose history is larger than a grant comes in parts.
#[test]
fn a_large_document_is_granted_and_the_rest_is_asked_for() {
    let mut city = city(97);
    let id = city.person().id;
    for n in 0..12 {
        let mut text = String::new();
        while text.len() < 36_000 {
            write!(text, "{:016x}", city.dice.u64()).unwrap();
        }
        for (part, chunk) in text.as_bytes().chunks(9_000).enumerate() {
            edit(
                &mut city.a,
                &id,
                &format!("note_{n}_{part}"),
                std::str::from_utf8(chunk).unwrap(),
            );
        }
    }
    city.a.sync(&mut city.hub);
    city.transfer(&id, 2);
    let first = call(&mut city.hub, &mut city.b, &CallLimits::default());
    assert!(!first.proven_equal && first.more, "it does not fit one grant");
    city.quiet();
    let heads = city.hub.store.document(&id).unwrap().unwrap().heads;
    assert_eq!(city.b.store.document(&id).unwrap().unwrap().heads, heads);
    assert!(city.b.store.wanted().unwrap().is_empty());
}
