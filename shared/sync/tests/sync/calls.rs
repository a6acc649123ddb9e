//! Calls between nodes and the hub, honest and unlucky.

use automerge::transaction::Transactable as _;
use wardbook_base::{Chain, DocumentId, Lseq, SeededDice};
use wardbook_sync::check::item_hash;
use wardbook_sync::hub::{self, HubError};
use wardbook_sync::message::{EpochState, FeedItem};
use wardbook_sync::node::CallLimits;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};
use wardbook_sync::{RejectCode, digest};

use crate::support::{Hub, NOW, Node, Person, load, schema, ward};

pub(crate) fn city(seed: u64) -> (SeededDice, Hub, Node, Node) {
    let dice = SeededDice::new(seed);
    let mut hub = Hub::new(&dice);
    let one = hub.enrol(&ward(1), &dice);
    let two = hub.enrol(&ward(1), &dice);
    (dice, hub, one, two)
}

#[test]
fn two_devices_of_a_ward_and_an_officer_end_up_equal() {
    let (dice, mut hub, mut one, mut two) = city(1);
    let person = one.create(&dice);
    let outcome = one.sync(&mut hub);
    assert!(outcome.proven_equal && !outcome.mismatch);
    assert_eq!((outcome.acked, outcome.newly_acked), (Lseq(1), 1));
    assert_eq!(hub.store.ledger().count(), 1);

    let outcome = two.sync(&mut hub);
    assert_eq!(outcome.pulled, [person.id]);
    assert!(outcome.proven_equal);

    // All three change the same field at the same time.
    let (mut at_one, mut at_two) = (one.person(&person.id), two.person(&person.id));
    let mut at_hub = load(person.id, &hub.store.log);
    one.record(&person.id, &at_one.set(one.epoch, "full_name", "Một")).unwrap();
    two.record(&person.id, &at_two.set(two.epoch, "full_name", "Hai")).unwrap();
    let officers = at_hub.set(hub.epoch, "full_name", "Ba");
    hub.record(&ward(1), &person.id, &officers).unwrap();
    for _ in 0..2 {
        one.sync(&mut hub);
        two.sync(&mut hub);
    }
    let heads = hub.store.document(&person.id).unwrap().unwrap().heads;
    assert_eq!(heads.len(), 3);
    for node in [&one, &two] {
        assert_eq!(node.store.document(&person.id).unwrap().unwrap().heads, heads);
        assert!(node.store.proven().is_some());
        let device = hub.store.device(&node.device).unwrap().unwrap();
        assert_eq!(device.mismatches, 0);
    }
    // The hub believes it once a device has nothing to say and stands at the newest position.
    one.sync(&mut hub);
    let device = hub.store.device(&one.device).unwrap().unwrap();
    assert_eq!(
        device.proven_equal,
        Some((NOW, hub.store.ward_feed(&ward(1)).unwrap().unwrap().position.seq))
    );
}

#[test]
fn own_changes_come_back_as_positions_and_refused_ones_leave_a_gap() {
    let (dice, mut hub, mut one, mut other) = city(2);
    let theirs = hub.enrol(&ward(2), &dice).create(&dice);
    let mut persons: Vec<Person> = (0..5).map(|_| one.create(&dice)).collect();
    let taken = persons[2].set(one.epoch, "full_name", "Sau");
    one.record(&persons[2].id, &taken).unwrap();
    // The third of the first five is another ward's by the time it arrives.
    let elsewhere = hub.enrol(&ward(2), &dice);
    let (_, change) = Person::create(persons[2].id, hub.epoch, &dice);
    hub.record(&elsewhere.ward, &persons[2].id, &change).unwrap();
    let (_, answer, outcome) = one.call(&mut hub);
    assert!(answer.len() < 700, "{}", answer.len());
    let refused: Vec<_> =
        outcome.refused.iter().map(|refused| (refused.lseq.0, refused.code.as_str())).collect();
    assert_eq!(refused, [(3, "not_custodian"), (6, "not_custodian")]);
    assert_eq!(outcome.acked, Lseq(6));
    assert!(outcome.proven_equal && !outcome.mismatch, "what is kept aside is in no document");
    assert_eq!(one.store.log.kept_aside().count(), 2);
    assert_eq!(hub.store.log.kept_aside().count(), 2);
    let seen = other.sync(&mut hub).pulled;
    assert_eq!(seen.len(), 4);
    assert!(!seen.contains(&theirs.id));
}

#[test]
fn a_lost_answer_is_given_again() {
    let (dice, mut hub, mut one, _) = city(3);
    one.create(&dice);
    one.sync(&mut hub);
    one.create(&dice);
    let mut bad = one.create(&dice);
    hub_takes(&mut hub, &mut bad, &dice);
    let request = one.request();
    let body = one.seal(&request);
    let first = hub.answer(&body).unwrap();
    let feed = hub.store.feed(&ward(1)).to_vec();
    let second = hub.answer(&body).unwrap();
    let first_response = Node::open(&hub, &body, &first);
    let mut again = Node::open(&hub, &body, &second);
    // All is the same but that the hub no longer remembers the digest of the older position.
    assert_eq!((first_response.digest_agreed, again.digest_agreed), (Some(true), None));
    again.digest_agreed = first_response.digest_agreed;
    assert_eq!(again, first_response);
    assert_eq!(hub.store.feed(&ward(1)), feed);
    // The resend may bring more than the lost call did.
    one.create(&dice);
    let outcome = one.sync(&mut hub);
    assert_eq!((outcome.acked, outcome.newly_acked), (Lseq(4), 3));
    assert_eq!(outcome.refused.len(), 1);
    assert_eq!(hub.store.feed(&ward(1)).len(), 3);
    // The first answer arrives at last: it changes nothing.
    let before = format!("{:?}", one.store);
    let late = Node::open(&hub, &body, &first);
    let outcome = one.apply(&request, late).unwrap();
    assert!(outcome.stale && !outcome.proven_equal);
    assert!(format!("{:?}", one.store) == before, "the store has changed");
}

/// Another ward gets the document first, so that it will be refused.
fn hub_takes(hub: &mut Hub, person: &mut Person, dice: &SeededDice) {
    let elsewhere = hub.enrol(&ward(2), dice);
    let (_, change) = Person::create(person.id, hub.epoch, dice);
    hub.record(&elsewhere.ward, &person.id, &change).unwrap();
}

#[test]
fn a_replayed_old_request_changes_nothing_and_gets_nothing() {
    let (dice, mut hub, mut one, mut two) = city(4);
    one.create(&dice);
    let old = one.seal(&one.request());
    one.sync(&mut hub);
    one.create(&dice);
    one.sync(&mut hub);
    two.create(&dice);
    two.sync(&mut hub);
    let feed = hub.store.feed(&ward(1)).to_vec();
    let answer = hub.answer(&old).unwrap();
    let response = Node::open(&hub, &old, &answer);
    assert_eq!(response.epoch_state, EpochState::RolledBack);
    assert!(response.feed.items.is_empty() && response.refused.is_empty());
    assert_eq!(hub.store.feed(&ward(1)), feed);
    let log = hub.store.push_log(&one.device, &one.epoch).unwrap().unwrap();
    assert_eq!((log.acked, log.confirmed), (Lseq(2), Lseq(1)));
    let device = hub.store.device(&one.device).unwrap().unwrap();
    assert_eq!(device.status.last_error, "rolled_back");
    // The true device goes on as if nothing had happened.
    assert!(one.sync(&mut hub).proven_equal);
    assert_eq!(hub.store.device(&one.device).unwrap().unwrap().status.last_error, "");
}

#[test]
fn what_falls_with_a_refused_change_names_it_in_this_call_and_in_later_ones() {
    let (dice, mut hub, mut one, _) = city(10);
    let mut person = one.create(&dice);
    one.sync(&mut hub);
    // A change that automerge makes but records do not have.
    let list = person.edit(one.epoch, |document| {
        document.put_object(automerge::ROOT, "list", automerge::ObjType::List).unwrap();
    });
    let list = list.unwrap();
    let after = person.set(one.epoch, "full_name", "Sau");
    let later = person.set(one.epoch, "full_name", "Sau nữa");
    let push = |one: &Node, hub: &mut Hub, changes: &[&Vec<u8>]| {
        let mut request = one.request();
        let log = hub.store.push_log(&one.device, &one.epoch).unwrap().unwrap();
        (request.push.after, request.push.chain) = log.acknowledged();
        request.push.items = changes
            .iter()
            .map(|change| wardbook_sync::message::PushItem {
                document: person.id,
                change: (*change).clone(),
                custody_version: 1,
                notice: None,
                gone: None,
            })
            .collect();
        let body = one.seal(&request);
        let answer = hub.answer(&body).unwrap();
        Node::open(hub, &body, &answer)
    };
    let response = push(&one, &mut hub, &[&list, &after]);
    let bad = item_hash(&list);
    assert_eq!(response.refused[0].code, "bad_operation");
    assert_eq!(response.refused[1].code, "refused_ancestor");
    assert_eq!(response.refused[1].because_of, Some(bad));
    let response = push(&one, &mut hub, &[&later]);
    assert_eq!(response.refused[0].because_of, Some(bad));
    assert_eq!(hub.store.feed(&ward(1)).len(), 1);
}

#[test]
fn a_long_feed_comes_in_chunks_that_each_count() {
    let (dice, mut hub, mut one, mut two) = city(11);
    let persons: Vec<Person> = (0..120).map(|_| one.create(&dice)).collect();
    let limits = CallLimits { changes: 50, ..CallLimits::default() };
    let mut calls = 0;
    while one.push_head() > one.store.acked().unwrap().0.0 {
        let request = one.request_with(&limits);
        assert!(request.push.items.len() <= 50);
        let body = one.seal(&request);
        let answer = hub.answer(&body).unwrap();
        let response = Node::open(&hub, &body, &answer);
        one.apply(&request, response).unwrap();
        calls += 1;
    }
    assert_eq!(calls, 3);
    let limits = CallLimits { pull_bytes: 8 * 1024, ..CallLimits::default() };
    let mut seen = 0;
    loop {
        let request = two.request_with(&limits);
        let body = two.seal(&request);
        let answer = hub.answer(&body).unwrap();
        let response = Node::open(&hub, &body, &answer);
        let inflated: usize = response
            .feed
            .items
            .iter()
            .map(|item| match item {
                FeedItem::Change(change) => change.change.len(),
                _ => 0,
            })
            .sum();
        assert!(inflated <= 8 * 1024);
        let outcome = two.apply(&request, response).unwrap();
        assert!(outcome.pulled_changes > 0);
        seen += outcome.pulled_changes;
        if !outcome.more {
            assert!(outcome.proven_equal);
            break;
        }
        assert!(!outcome.proven_equal && !outcome.mismatch);
    }
    assert_eq!(seen, persons.len() as u64);
}

#[test]
fn a_push_is_cut_by_operations_and_by_bytes() {
    let (dice, _, mut one, _) = city(12);
    for _ in 0..20 {
        one.create(&dice);
    }
    let cut = |limits: CallLimits| one.request_with(&limits).push.items.len();
    let all = CallLimits::default();
    assert_eq!(cut(all), 20);
    assert_eq!(cut(CallLimits { operations: 35, ..all }), 5);
    assert_eq!(cut(CallLimits { operations: 1, ..all }), 1);
    assert!((1..20).contains(&cut(CallLimits { inflated_bytes: 8 * 1024, ..all })));
    assert!((1..20).contains(&cut(CallLimits { compressed_bytes: 6 * 1024, ..all })));
}

#[test]
fn what_was_judged_before_the_transaction_is_judged_again_when_the_document_moved() {
    let (dice, mut hub, mut one, _) = city(13);
    let person = one.create(&dice);
    let request = one.request();
    let device = hub.store.device(&one.device).unwrap().unwrap();
    let (schema, before) = (schema(), hub.store.clone());
    let ready = hub::prepare(&before, &device, &request, &hub.context(&schema)).unwrap();
    // Another ward's document of the same id comes first.
    let (_, change) = Person::create(person.id, hub.epoch, &dice);
    hub.enrol(&ward(2), &dice);
    hub.record(&ward(2), &person.id, &change).unwrap();
    let mut store = hub.store.clone();
    let moved = hub::commit(&mut store, ready, &request, &hub.context(&schema)).unwrap_err();
    assert!(matches!(moved, HubError::Moved), "{moved}");
    let answer = hub.answer(&one.seal(&request)).unwrap();
    let response = Node::open(&hub, &one.seal(&request), &answer);
    assert_eq!(response.refused[0].code, "not_custodian");
    assert!(hub.store.feed(&ward(1)).is_empty());
}

#[test]
fn a_revoked_device_is_turned_away_even_between_judging_and_writing() {
    let (dice, mut hub, mut one, _) = city(14);
    one.create(&dice);
    let request = one.request();
    let mut device = hub.store.device(&one.device).unwrap().unwrap();
    let schema = schema();
    let ready = hub::prepare(&hub.store, &device, &request, &hub.context(&schema)).unwrap();
    device.revoked_at = Some(NOW);
    hub.store.put_device(&device).unwrap();
    let mut store = hub.store.clone();
    let error = hub::commit(&mut store, ready, &request, &hub.context(&schema)).unwrap_err();
    assert!(matches!(error, HubError::Rejected(RejectCode::RevokedDevice)));
    assert_eq!(hub.answer(&one.seal(&request)), Err(RejectCode::RevokedDevice));
}

#[test]
fn a_digest_that_differs_is_counted_and_reported_at_both_ends() {
    let (dice, mut hub, mut one, _) = city(15);
    one.create(&dice);
    one.sync(&mut hub);
    let mut digest = one.store.feed_digest().unwrap();
    digest::add(&mut digest, &[1; 32]);
    let position = one.store.feed_position().unwrap().unwrap();
    one.store.put_feed(&position, &digest).unwrap();
    let (_, _, outcome) = one.call(&mut hub);
    assert!(outcome.mismatch && !outcome.proven_equal);
    let device = hub.store.device(&one.device).unwrap().unwrap();
    assert_eq!(device.mismatches, 1);
}

#[test]
fn asking_for_no_bytes_brings_the_position_alone() {
    let (dice, mut hub, mut one, mut two) = city(16);
    one.create(&dice);
    one.sync(&mut hub);
    let request = two.request_with(&CallLimits { pull_bytes: 0, ..CallLimits::default() });
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(&hub, &body, &answer);
    assert!(response.feed.items.is_empty() && response.more);
    let outcome = two.apply(&request, response).unwrap();
    assert!(outcome.more && !outcome.proven_equal && !outcome.mismatch);
}

#[test]
fn a_change_that_the_node_cannot_accept_is_kept_aside_and_does_not_stop_the_rest() {
    let (dice, mut hub, mut one, mut two) = city(17);
    let person = one.create(&dice);
    one.sync(&mut hub);
    two.sync(&mut hub);
    // A hub of a newer version lets something through that this node does not know.
    let mut at_hub = load(person.id, &hub.store.log);
    let newer = at_hub.edit(hub.epoch, |document| {
        document.put_object(automerge::ROOT, "notes", automerge::ObjType::Text).unwrap();
    });
    force_into_feed(&mut hub, &person.id, &newer.unwrap());
    let other = one.create(&dice);
    one.sync(&mut hub);
    let (_, _, outcome) = two.call(&mut hub);
    assert_eq!((outcome.bad_items, outcome.pulled.as_slice()), (1, &[other.id][..]));
    assert!(!outcome.proven_equal && !outcome.mismatch);
    assert_eq!(two.store.log.kept_aside().next().unwrap().code, "bad_operation");
    assert!(!two.sync(&mut hub).proven_equal, "it stays aside");
}

/// Puts a change into the feed without asking the checks.
fn force_into_feed(hub: &mut Hub, document: &DocumentId, bytes: &[u8]) {
    use wardbook_sync::chain::{self, Kind};
    use wardbook_sync::ports::{ChangeMeta, FeedKind, FeedRow, StoredChange};
    let change = automerge::Change::from_bytes(bytes.to_vec()).unwrap();
    let meta = ChangeMeta {
        document: *document,
        hash: item_hash(bytes),
        actor: change.actor_id().to_bytes().to_vec(),
        seq: change.seq(),
        start_op: change.start_op().get(),
        max_op: change.max_op(),
        deps: change.deps().iter().map(|dep| wardbook_base::ChangeHash(dep.0)).collect(),
        time: wardbook_base::Timestamp(change.timestamp()),
        message: String::new(),
    };
    let mut state = hub.store.document(document).unwrap().unwrap();
    let mut feed = hub.store.ward_feed(&state.ward).unwrap().unwrap();
    let before = std::mem::take(&mut state.heads);
    state.heads = digest::advance(&before, &meta.deps, &meta.hash);
    digest::replace(&mut feed.digest, document, 0, &before, &state.heads);
    feed.position.seq = feed.position.seq.next();
    feed.position.chain =
        chain::next(&feed.position.chain, Kind::FeedChange, document, 0, &meta.hash);
    let row = FeedRow {
        seq: feed.position.seq,
        chain: feed.position.chain,
        kind: FeedKind::Change,
        document: *document,
        generation: 0,
        hash: meta.hash,
        author: wardbook_base::DeviceId::default(),
        epoch: wardbook_base::AuthorEpoch::default(),
        lseq: Lseq(0),
        received_at: NOW,
    };
    let author = wardbook_base::DeviceId::default();
    hub.store.put_document(&state).unwrap();
    hub.store
        .put_change(&StoredChange { meta, bytes: bytes.to_vec(), author, received_at: NOW })
        .unwrap();
    hub.store.append_feed(&feed.ward, &row).unwrap();
    hub.store.put_ward_feed(&feed).unwrap();
}

#[test]
fn a_feed_that_does_not_fit_its_chain_is_thrown_away_whole() {
    let (dice, mut hub, mut one, mut two) = city(18);
    one.create(&dice);
    one.create(&dice);
    one.sync(&mut hub);
    let request = two.request();
    let body = two.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let good = Node::open(&hub, &body, &answer);
    let mut wrong_chain = good.clone();
    wrong_chain.feed.to.chain = Chain([1; 16]);
    let mut missing_item = good.clone();
    missing_item.feed.items.pop();
    let mut swapped = good.clone();
    swapped.feed.items.swap(0, 1);
    let before = format!("{:?}", two.store);
    for response in [wrong_chain, missing_item, swapped] {
        assert_eq!(two.apply(&request, response).unwrap_err().code(), "bad_answer");
        assert!(format!("{:?}", two.store) == before, "the store has changed");
    }
    assert!(two.apply(&request, good).unwrap().proven_equal);
}

#[test]
fn enrolling_twice_with_one_key_is_one_device() {
    let (_, mut hub, one, _) = city(19);
    let request = wardbook_sync::enrol::build_request("ABCD1021", &one.key, "Máy", one.epoch, "1");
    let known = hub::find_enrolled(&hub.store, &request).unwrap().unwrap();
    assert_eq!(known.id, one.device);
    let welcome = |n| hub::Welcome {
        ward: ward(n),
        ward_name: String::new(),
        hub_key: [0; 32],
        sealing_recipient: String::new(),
        units_as_of: String::new(),
    };
    let again = hub::enrol(&mut hub.store, &request, &welcome(1), NOW).unwrap();
    assert_eq!(again.device, one.device);
    assert_eq!(hub.store.devices().count(), 2);
    let elsewhere = hub::enrol(&mut hub.store, &request, &welcome(2), NOW).unwrap_err();
    assert_eq!(elsewhere.code(), "bad_code");
    hub.store
        .put_device(&wardbook_sync::ports::DeviceRecord { revoked_at: Some(NOW), ..known })
        .unwrap();
    let revoked = hub::enrol(&mut hub.store, &request, &welcome(1), NOW).unwrap_err();
    assert_eq!(revoked.code(), "device_revoked");
    assert!(hub::find_enrolled(&hub.store, &request).unwrap().is_none());
}
