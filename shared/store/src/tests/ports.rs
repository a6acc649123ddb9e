//! One story of the engine's storage, told to the memory stores and to SQLite.

use std::sync::Arc;

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, FeedEpoch, FeedPosition, FeedSeq, HubId, Lseq,
    ManualClock, SeededDice, Timestamp,
};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::message::{DeviceStatus, Digest};
use wardbook_sync::ports::{
    DeviceRecord, FeedRow, HubPort, LocalRow, Log, NodePort, PushRow, Quarantined, WardFeed,
};

use super::{document_id, fixture, opaque, state, ward};
use crate::{Role, Store, StoreConfig, StoreError, Tx};

#[test]
fn both_hubs_tell_the_same_story() {
    let mut memory = MemoryHub::new(HubId([1; 16]), AuthorEpoch([2; 16]), FeedEpoch([3; 16]));
    log_story(&mut memory);
    hub_story(&mut memory);
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            log_story(tx);
            hub_story(tx);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn both_nodes_tell_the_same_story() {
    let mut memory = MemoryNode::new(AuthorEpoch([2; 16]));
    log_story(&mut memory);
    node_story(&mut memory);
    let f = fixture(Role::Node);
    f.store
        .write(|tx| {
            log_story(tx);
            node_story(tx);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn log_story(log: &mut (impl Log + ?Sized)) {
    let id = document_id(1);
    let (first, second) = (opaque(id, 1, 10), opaque(id, 2, 20));
    assert!(log.put_change(&first).is_err(), "a change needs its document");
    assert_eq!(log.document(&id).unwrap(), None);
    let mut kept = state(id, &[first.meta.hash]);
    log.put_document(&kept).unwrap();
    log.put_change(&first).unwrap();
    log.put_change(&first).unwrap();
    log.put_change(&second).unwrap();
    kept.heads = vec![second.meta.hash];
    kept.custody_version = 2;
    log.put_document(&kept).unwrap();
    assert_eq!(log.document(&id).unwrap(), Some(kept));

    assert_eq!(log.change_meta(&id, &first.meta.hash).unwrap(), Some(first.meta.clone()));
    assert_eq!(log.change_meta(&document_id(2), &first.meta.hash).unwrap(), None);
    assert_eq!(log.change_bytes(&id, &second.meta.hash).unwrap(), Some(second.bytes.clone()));
    let actor = &first.meta.actor;
    assert_eq!(log.change_at(&id, actor, 2).unwrap(), Some(second.meta.hash));
    assert_eq!(log.change_at(&id, actor, 3).unwrap(), None);
    let holding = |counter| log.change_with_op(&id, actor, counter).unwrap();
    assert_eq!(
        [9, 10, 14, 15, 20, 24, 25].map(holding),
        [
            None,
            Some(first.meta.hash),
            Some(first.meta.hash),
            None,
            Some(second.meta.hash),
            Some(second.meta.hash),
            None
        ]
    );
    let mut other = second.clone();
    other.meta.hash = ChangeHash([0xee; 32]);
    assert!(log.put_change(&other).is_err(), "two changes at one place");
}

fn quarantined() -> Quarantined {
    Quarantined {
        document: document_id(8),
        hash: ChangeHash([8; 32]),
        device: DeviceId([4; 16]),
        code: "too_many_ops".to_owned(),
        because_of: Some(ChangeHash([7; 32])),
        bytes: vec![1, 2],
        at: Timestamp(9),
    }
}

fn hub_story(hub: &mut (impl HubPort + ?Sized)) {
    let epoch = hub.feed_epoch().unwrap();
    hub.hub().unwrap();
    assert_eq!(hub.ward_feed(&ward()).unwrap(), None);
    feed_story(hub, epoch);

    let device = device(epoch);
    assert_eq!(hub.device(&device.id).unwrap(), None);
    for device in [
        DeviceRecord { last_sent: None, proven_equal: None, last_contact: None, ..device.clone() },
        device,
    ] {
        hub.put_device(&device).unwrap();
        assert_eq!(hub.device(&device.id).unwrap(), Some(device));
    }
    let push = PushRow {
        device: DeviceId([4; 16]),
        lseq: Lseq(1),
        chain: Chain([5; 16]),
        document: document_id(1),
        hash: ChangeHash([6; 32]),
        refused: Some("later".to_owned()),
        because_of: Some(ChangeHash([7; 32])),
    };
    hub.append_push(&push).unwrap();
    assert!(hub.append_push(&push).is_err(), "a position is taken once");
    assert_eq!(hub.push_row(&push.device, Lseq(1)).unwrap(), Some(push.clone()));
    assert_eq!(hub.push_row(&push.device, Lseq(2)).unwrap(), None);

    hub.quarantine(&quarantined()).unwrap();
    hub.quarantine(&quarantined()).unwrap();
    assert!(hub.is_quarantined(&document_id(8), &ChangeHash([8; 32])).unwrap());
    assert!(!hub.is_quarantined(&document_id(1), &ChangeHash([8; 32])).unwrap());
    hub.put_custody(&document_id(1), 1, &ward(), &[], Timestamp(1)).unwrap();
}

fn feed_story(hub: &mut (impl HubPort + ?Sized), epoch: FeedEpoch) {
    let head = |seq: u64, n| WardFeed {
        ward: ward(),
        position: FeedPosition { epoch, seq: FeedSeq(seq), chain: Chain([1; 16]) },
        digest: Digest { n, sum: [9; 32] },
    };
    let row = |seq: u64| FeedRow {
        seq: FeedSeq(seq),
        chain: Chain([u8::try_from(seq).unwrap(); 16]),
        document: document_id(1),
        generation: 0,
        hash: ChangeHash([6; 32]),
        author: DeviceId([4; 16]),
        lseq: Lseq(seq),
        received_at: Timestamp(3),
    };
    hub.put_ward_feed(&head(0, 0)).unwrap();
    assert!(hub.append_feed(&ward(), &row(2)).is_err(), "a feed has no gaps");
    for seq in 1..=3 {
        hub.append_feed(&ward(), &row(seq)).unwrap();
    }
    assert!(hub.append_feed(&ward(), &row(3)).is_err(), "a position is taken once");
    assert!(hub.put_ward_feed(&head(2, 1)).is_err(), "the head is the last item");
    hub.put_ward_feed(&head(3, 1)).unwrap();
    assert_eq!(hub.ward_feed(&ward()).unwrap(), Some(head(3, 1)));
    assert_eq!(hub.feed_rows(&ward(), FeedSeq(1), 1).unwrap(), vec![row(2)]);
    assert_eq!(hub.feed_rows(&ward(), FeedSeq(1), 9).unwrap(), vec![row(2), row(3)]);
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(0)).unwrap(), Some(Chain::default()));
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(3)).unwrap(), Some(Chain([3; 16])));
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(4)).unwrap(), None);
}

fn device(epoch: FeedEpoch) -> DeviceRecord {
    let position = FeedPosition { epoch, seq: FeedSeq(3), chain: Chain([3; 16]) };
    DeviceRecord {
        id: DeviceId([4; 16]),
        ward: ward(),
        name: "Máy văn thư".to_owned(),
        public_key: [5; 32],
        epoch: AuthorEpoch([6; 16]),
        acked: Lseq(7),
        acked_chain: Chain([8; 16]),
        confirmed: Lseq(6),
        last_sent: Some((position, Digest { n: 2, sum: [9; 32] })),
        last_contact: Some(Timestamp(10)),
        proven_equal: Some((Timestamp(11), FeedSeq(3))),
        status: DeviceStatus { pending: 12, last_error: "x".to_owned(), ..Default::default() },
        mismatches: 13,
        app: "0.1.0".to_owned(),
        enrolled_at: Timestamp(14),
        revoked_at: Some(Timestamp(15)),
    }
}

fn node_story(node: &mut (impl NodePort + ?Sized)) {
    node.author_epoch().unwrap();
    assert_eq!(node.membership().unwrap(), None);
    assert_eq!(node.push_head().unwrap(), (Lseq(0), Chain::default()));
    assert_eq!(node.acked().unwrap(), (Lseq(0), Chain::default()));
    assert_eq!(node.feed_position().unwrap(), None);
    assert_eq!(node.feed_digest().unwrap(), Digest::default());

    let row = |lseq: u64| LocalRow {
        lseq: Lseq(lseq),
        chain: Chain([u8::try_from(lseq).unwrap(); 16]),
        document: document_id(1),
        hash: ChangeHash([6; 32]),
        at: Timestamp(3),
    };
    assert!(node.append_local(&row(2)).is_err(), "a push log has no gaps");
    for lseq in 1..=3 {
        node.append_local(&row(lseq)).unwrap();
    }
    assert!(node.append_local(&row(3)).is_err(), "a position is taken once");
    assert_eq!(node.push_head().unwrap(), (Lseq(3), Chain([3; 16])));
    assert_eq!(node.local_rows(Lseq(1), 1).unwrap(), vec![row(2)]);
    assert_eq!(node.local_rows(Lseq(3), 9).unwrap(), vec![]);
    node.put_acked(Lseq(2), Chain([2; 16])).unwrap();
    assert_eq!(node.acked().unwrap(), (Lseq(2), Chain([2; 16])));

    let position =
        FeedPosition { epoch: FeedEpoch([3; 16]), seq: FeedSeq(9), chain: Chain([4; 16]) };
    let digest = Digest { n: 5, sum: [6; 32] };
    node.put_feed(&position, &digest).unwrap();
    assert_eq!(node.feed_position().unwrap(), Some(position));
    assert_eq!(node.feed_digest().unwrap(), digest);
    let heads = vec![ChangeHash([1; 32]), ChangeHash([2; 32])];
    for id in [document_id(1), document_id(77)] {
        assert_eq!(node.feed_heads(&id).unwrap(), vec![]);
        node.put_feed_heads(&id, &heads).unwrap();
        assert_eq!(node.feed_heads(&id).unwrap(), heads);
    }
    assert_eq!(node.document(&document_id(77)).unwrap(), None);
    node.quarantine(&quarantined()).unwrap();
    node.quarantine(&quarantined()).unwrap();
    assert!(node.is_quarantined(&document_id(8), &ChangeHash([8; 32])).unwrap());
    node.put_proven(Timestamp(1), FeedSeq(9)).unwrap();
}

#[test]
fn a_node_knows_when_each_of_its_changes_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp(1_000)));
    let config = StoreConfig::new(dir.path(), Role::Node);
    let store = Store::open(&config, clock.clone(), Arc::new(SeededDice::new(7))).unwrap();
    let hash = |lseq: u8| ChangeHash([lseq; 32]);
    let own = || store.read(|tx| tx.own_changes(&document_id(8))).unwrap();
    let acked = |lseq: u8| {
        let put = |tx: &mut dyn Tx| tx.put_acked(Lseq(u64::from(lseq)), Chain([lseq; 16]));
        store.write(|tx| put(tx).map_err(StoreError::from)).unwrap();
    };
    store
        .write(|tx| {
            for lseq in 1..=5 {
                let document = document_id(if lseq == 4 { 9 } else { 8 });
                let (chain, at) = (Chain([lseq; 16]), Timestamp(3));
                let lseq_row = Lseq(u64::from(lseq));
                let hash = hash(lseq);
                tx.append_local(&LocalRow { lseq: lseq_row, chain, document, hash, at })?;
            }
            NodePort::quarantine(tx, &Quarantined { hash: hash(2), ..quarantined() })?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let none = [1, 2, 3, 5].map(|lseq| (hash(lseq), None));
    assert_eq!(own(), none.into(), "only this document's, none acknowledged");

    acked(1);
    clock.advance_ms(500);
    acked(1);
    acked(3);
    let at = |ms| Some(Timestamp(ms));
    let expected = [(1, at(1_000)), (2, None), (3, at(1_500)), (5, None)];
    assert_eq!(own(), expected.map(|(lseq, at)| (hash(lseq), at)).into(), "2 was refused");
}
