//! The push log, the feed's copy, and what a node is busy with.

use std::sync::Arc;

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, FeedEpoch, FeedPosition, FeedSeq, Lseq, ManualClock,
    SeededDice, Timestamp,
};
use wardbook_sync::message::{
    CustodyAct, CustodyWord, Digest, ForgetReason, Notice, Rotated, RotationReason, Token,
};
use wardbook_sync::ports::{
    DocumentState, LocalRow, NodeMode, NodePort, Quarantined, StoredChange, Tombstone,
};

use super::{document_id, opaque, quarantined, state};
use crate::{Role, Store, StoreConfig, StoreError, Tx};

pub(super) fn story(node: &mut (impl NodePort + ?Sized)) {
    assert_eq!(node.membership().unwrap(), None);
    push_log(node);
    feed(node);
    unequal(node);
    new_log(node);
    lists(node);
    custody_words(node);
}

/// One word for each entry; a newer one takes its place.
fn custody_words(node: &mut (impl NodePort + ?Sized)) {
    let word = |version: u64, token: u8| CustodyWord {
        version,
        act: CustodyAct::Lend,
        ward: "25889.1".parse().unwrap(),
        at: Timestamp(7),
        decision: "QĐ 12".to_owned(),
        token: Token([token; 16]),
    };
    assert_eq!(node.custody_words().unwrap(), []);
    let (one, two) = (document_id(61), document_id(62));
    for (id, said) in [(two, word(2, 1)), (one, word(3, 2)), (one, word(2, 3)), (one, word(3, 4))] {
        node.put_custody_word(&id, &said).unwrap();
    }
    let kept = [(one, word(2, 3)), (one, word(3, 4)), (two, word(2, 1))];
    assert_eq!(node.custody_words().unwrap(), kept);
}

fn row(lseq: u64) -> LocalRow {
    LocalRow {
        notice: (lseq == 3).then_some(Notice::Released),
        lseq: Lseq(lseq),
        chain: Chain([u8::try_from(lseq).unwrap(); 16]),
        document: document_id(1),
        hash: ChangeHash([u8::try_from(lseq).unwrap(); 32]),
        at: Timestamp(3),
    }
}

fn push_log(node: &mut (impl NodePort + ?Sized)) {
    assert_eq!(node.push_head().unwrap(), (Lseq(0), Chain::default()));
    assert_eq!(node.acked().unwrap(), (Lseq(0), Chain::default()));
    assert!(node.append_local(&row(2)).is_err(), "a push log has no gaps");
    for lseq in 1..=3 {
        node.append_local(&row(lseq)).unwrap();
    }
    assert!(node.append_local(&row(3)).is_err(), "a position is taken once");
    assert_eq!(node.push_head().unwrap(), (Lseq(3), Chain([3; 16])));
    assert_eq!(node.local_rows(Lseq(1), 1).unwrap(), [row(2)]);
    assert_eq!(node.local_rows(Lseq(1), 9).unwrap(), [row(2), row(3)]);
    assert_eq!(node.local_rows(Lseq(3), 9).unwrap(), []);
    node.put_acked(Lseq(2), Chain([2; 16])).unwrap();
    assert_eq!(node.acked().unwrap(), (Lseq(2), Chain([2; 16])));
}

fn feed(node: &mut (impl NodePort + ?Sized)) {
    assert_eq!(node.feed_position().unwrap(), None);
    assert_eq!(node.feed_digest().unwrap(), Digest::default());
    let position =
        FeedPosition { epoch: FeedEpoch([3; 16]), seq: FeedSeq(9), chain: Chain([4; 16]) };
    let digest = Digest { n: 5, sum: [6; 32] };
    node.put_feed(&position, &digest).unwrap();
    assert_eq!(node.feed_position().unwrap(), Some(position));
    assert_eq!(node.feed_digest().unwrap(), digest);
    let heads = vec![ChangeHash([1; 32]), ChangeHash([2; 32])];
    for id in [document_id(77), document_id(1)] {
        assert_eq!(node.feed_heads(&id).unwrap(), []);
        node.put_feed_heads(&id, &heads).unwrap();
        assert_eq!(node.feed_heads(&id).unwrap(), heads);
    }
    assert_eq!(node.document(&document_id(77)).unwrap(), None);
    let named = [(document_id(1), 0, heads.clone()), (document_id(77), 0, heads)];
    assert_eq!(node.feed_documents().unwrap(), named, "by id");
    node.put_feed_heads(&document_id(77), &[]).unwrap();
    assert_eq!(node.feed_documents().unwrap().len(), 1);
    node.quarantine(&quarantined()).unwrap();
    assert!(node.is_quarantined(&document_id(8), &ChangeHash([8; 32])).unwrap());
    node.put_proven(Timestamp(1), FeedSeq(9)).unwrap();
    for token in [Some(Token([7; 16])), None] {
        assert_ne!(node.ack_token().unwrap(), token.or(Some(Token::default())));
        node.put_ack_token(token).unwrap();
        node.put_feed_token(token.map(|_| Token([8; 16]))).unwrap();
        assert_eq!(node.ack_token().unwrap(), token);
        assert_eq!(node.feed_token().unwrap(), token.map(|_| Token([8; 16])));
    }
}

/// Documents 1 and 31 stem from the story of the log; the feed names 1 with other heads.
fn unequal(node: &mut (impl NodePort + ?Sized)) {
    let mut expected = node.unequal_documents(99).unwrap();
    assert!(expected.is_sorted());
    assert_eq!(expected, [document_id(1), document_id(31)]);
    assert_eq!(node.unequal_documents(1).unwrap(), [document_id(1)]);
    let change: StoredChange = opaque(document_id(61), 1, 5);
    let heads = [change.meta.hash];
    node.put_document(&state(document_id(61), &heads)).unwrap();
    node.put_change(&change).unwrap();
    expected.push(document_id(61));
    assert_eq!(node.unequal_documents(99).unwrap(), expected);
    node.put_feed_heads(&document_id(61), &heads).unwrap();
    expected.pop();
    assert_eq!(node.unequal_documents(99).unwrap(), expected, "as in the feed");
    // The feed names what is not here.
    node.put_feed_heads(&document_id(62), &heads).unwrap();
    expected.push(document_id(62));
    assert_eq!(node.unequal_documents(99).unwrap(), expected);
    node.put_feed_heads(&document_id(62), &[]).unwrap();
    // Read along, of another ward: in scope by the feed alone.
    let lent = DocumentState {
        ward: "25900.1".parse().unwrap(),
        ..state(document_id(61), &[ChangeHash([9; 32])])
    };
    node.put_document(&lent).unwrap();
    expected.pop();
    expected.push(document_id(61));
    assert_eq!(node.unequal_documents(99).unwrap(), expected);
}

fn new_log(node: &mut (impl NodePort + ?Sized)) {
    assert_eq!(node.rotated().unwrap(), None);
    let old = node.author_epoch().unwrap();
    let epoch = AuthorEpoch([0x55; 16]);
    assert!(node.truncate_local(Lseq(1)).is_err(), "what was acknowledged stays");
    assert_eq!(node.truncate_local(Lseq(3)).unwrap(), []);
    assert_eq!(node.truncate_local(Lseq(2)).unwrap(), [row(3)]);
    assert_eq!(node.push_head().unwrap(), (Lseq(2), Chain([2; 16])));
    node.append_local(&row(3)).unwrap();
    node.put_ack_token(Some(Token([9; 16]))).unwrap();
    let rotated = Rotated { from: old, reason: RotationReason::Restored };
    node.open_push_log(epoch, Some(rotated)).unwrap();
    assert_eq!(node.author_epoch().unwrap(), epoch);
    assert_eq!(node.rotated().unwrap(), Some(rotated));
    assert_eq!(node.push_head().unwrap(), (Lseq(0), Chain::default()));
    assert_eq!(node.acked().unwrap(), (Lseq(0), Chain::default()));
    assert_eq!(node.ack_token().unwrap(), None);
    assert_eq!(node.local_rows(Lseq(0), 9).unwrap(), []);
    node.append_local(&row(1)).unwrap();
    assert_eq!(node.push_head().unwrap(), (Lseq(1), Chain([1; 16])));
    for mode in [
        NodeMode::CompareBuckets,
        NodeMode::CompareList(u64::MAX),
        NodeMode::CompareList(1 << 63),
        NodeMode::Normal,
    ] {
        node.put_mode(mode).unwrap();
        assert_eq!(node.mode().unwrap(), mode);
    }
}

fn lists(node: &mut (impl NodePort + ?Sized)) {
    let change = |n: u8| (document_id(1), ChangeHash([n; 32]));
    for n in [3, 1, 2, 3] {
        node.put_orphan(&change(n).0, &change(n).1, true).unwrap();
        node.put_reauthor(&change(n).0, &change(n).1, true).unwrap();
    }
    assert_eq!(node.orphans().unwrap(), [3, 1, 2].map(change), "as they came");
    assert_eq!(node.to_reauthor().unwrap(), [3, 1, 2].map(change));
    node.put_orphan(&change(1).0, &change(1).1, false).unwrap();
    node.put_reauthor(&change(3).0, &change(3).1, false).unwrap();
    assert_eq!(node.orphans().unwrap(), [3, 2].map(change));
    assert_eq!(node.to_reauthor().unwrap(), [1, 2].map(change));

    for n in [9, 7, 9] {
        node.put_wanted(&document_id(n), true).unwrap();
        node.put_returning(&document_id(n + 1), true).unwrap();
    }
    assert_eq!(node.wanted().unwrap(), [7, 9].map(document_id), "by id");
    assert_eq!(node.returning().unwrap(), [8, 10].map(document_id));
    node.put_wanted(&document_id(7), false).unwrap();
    node.put_returning(&document_id(10), false).unwrap();
    assert_eq!(node.wanted().unwrap(), [document_id(9)]);
    assert_eq!(node.returning().unwrap(), [document_id(8)]);

    let grave =
        |reason| Tombstone { document: document_id(71), generation: 1, reason, at: Timestamp(4) };
    let (moved, purged) = (grave(ForgetReason::Moved), grave(ForgetReason::Purged));
    assert_eq!(node.forgetting().unwrap(), []);
    node.put_forgetting(&moved, &ChangeHash([1; 32]), true).unwrap();
    node.put_forgetting(&purged, &ChangeHash([2; 32]), true).unwrap();
    assert_eq!(node.forgetting().unwrap(), [(purged.clone(), ChangeHash([2; 32]))]);
    node.put_forgetting(&purged, &ChangeHash([2; 32]), false).unwrap();
    assert_eq!(node.forgetting().unwrap(), []);
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
                let notice = None;
                tx.append_local(&LocalRow { notice, lseq: lseq_row, chain, document, hash, at })?;
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

    // A new log: what was written before keeps its times, and the rest waits still.
    let pending = || store.read(|tx| tx.pending()).unwrap();
    assert_eq!(pending(), (2, at(3)));
    store
        .write(|tx| {
            tx.put_orphan(&document_id(8), &hash(5), true)?;
            tx.open_push_log(AuthorEpoch([1; 16]), None)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let (again, was) = (own(), [(1, at(1_000)), (2, None), (3, at(1_500)), (5, None)]);
    assert_eq!(again, was.map(|(lseq, at)| (hash(lseq), at)).into());
    assert_eq!(pending(), (1, at(3)), "the orphan, since it was written");
    // The feed brings the orphan back: the hub has it.
    store
        .write(|tx| tx.put_orphan(&document_id(8), &hash(5), false).map_err(StoreError::from))
        .unwrap();
    assert_eq!(own()[&hash(5)], at(1_500));
    assert_eq!(pending(), (0, None));
}
