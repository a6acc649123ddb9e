//! The same random work in memory and in SQLite: both stores must answer alike after every step.

use wardbook_base::{
    AuthorEpoch, ChangeHash, Dice, DocumentId, FeedEpoch, HubId, SeededDice, Timestamp,
};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{Log, NodePort, StoredChange, Tombstone};

use super::{document_id, fixture, opaque, state};
use crate::{Role, StoreError};

const STEPS: usize = 300;
const DOCUMENTS: u8 = 4;

/// One step, drawn before it is done, so that both stores do the same.
#[derive(Debug, Clone)]
enum Step {
    /// The next change of a document, under an actor.
    Change(DocumentId, u8),
    /// The newest changes go.
    Remove(DocumentId, usize),
    Forget(DocumentId, ForgetReason),
    OpenGrave(DocumentId),
    /// Node: the feed names a document as it stands, or with a change that is not here.
    Feed(DocumentId, bool),
}

impl Step {
    const fn document(&self) -> DocumentId {
        match self {
            Self::Change(document, _)
            | Self::Remove(document, _)
            | Self::Forget(document, _)
            | Self::OpenGrave(document)
            | Self::Feed(document, _) => *document,
        }
    }
}

fn draw(dice: &dyn Dice) -> Step {
    let [what, which, more, ..]: [u8; 4] = dice.bytes();
    let document = document_id(1 + which % DOCUMENTS);
    match what % 16 {
        0 => Step::Remove(document, 1 + usize::from(more % 4)),
        1 if more % 8 == 0 => Step::Forget(document, ForgetReason::Purged),
        1 => Step::Forget(document, ForgetReason::Moved),
        2 => Step::OpenGrave(document),
        3..=5 => Step::Feed(document, more % 3 == 0),
        _ => Step::Change(document, more % 2),
    }
}

fn act(log: &mut (impl Log + ?Sized), step: &Step) {
    match step {
        Step::Change(document, actor) => {
            let known = log.change_metas(document).unwrap();
            let own = known.iter().filter(|meta| meta.actor == [*actor; 16]).count() as u64;
            let next = change(*document, *actor, own + 1, known.last().map(|meta| meta.hash));
            log.put_document(&state(*document, &[next.meta.hash])).unwrap();
            log.put_change(&next).unwrap();
        }
        Step::Remove(document, count) => {
            let known = log.change_metas(document).unwrap();
            let keep = known.len().saturating_sub(*count);
            let gone: Vec<ChangeHash> = known[keep..].iter().map(|meta| meta.hash).collect();
            if let Some(head) = keep.checked_sub(1).map(|last| known[last].hash) {
                log.put_document(&state(*document, &[head])).unwrap();
            }
            log.remove_changes(document, &gone).unwrap();
        }
        Step::Forget(document, reason) => {
            let grave =
                Tombstone { document: *document, generation: 0, reason: *reason, at: Timestamp(7) };
            log.forget_document(&grave).unwrap();
        }
        Step::OpenGrave(document) => log.remove_tombstone(document).unwrap(),
        Step::Feed(..) => {}
    }
}

/// Each actor's operations follow one another; a change stands on the newest one.
fn change(id: DocumentId, actor: u8, seq: u64, on: Option<ChangeHash>) -> StoredChange {
    let mut change = opaque(id, seq, 5);
    change.meta.actor = vec![actor; 16];
    change.meta.deps = on.into_iter().collect();
    change.meta.hash.0[16] = actor;
    change
}

/// All that can be asked of all documents.
fn dump_all(log: &(impl Log + ?Sized)) -> String {
    (1..=DOCUMENTS).map(|n| dump(log, document_id(n))).collect()
}

/// All that can be asked of a document.
fn dump(log: &(impl Log + ?Sized), id: DocumentId) -> String {
    let metas = log.change_metas(&id).unwrap();
    let stored: Vec<StoredChange> =
        metas.iter().map(|meta| log.stored_change(&id, &meta.hash).unwrap().unwrap()).collect();
    for (meta, stored) in metas.iter().zip(&stored) {
        assert_eq!(stored.meta, *meta);
        assert_eq!(log.change_bytes(&id, &meta.hash).unwrap().as_ref(), Some(&stored.bytes));
    }
    let of = |actor: u8| {
        let places: Vec<_> = (1..9).map(|seq| log.change_at(&id, &[actor; 16], seq)).collect();
        let held: Vec<_> = (9..50).map(|op| log.change_with_op(&id, &[actor; 16], op)).collect();
        (places, held)
    };
    let (document, grave) = (log.document(&id).unwrap(), log.tombstone(&id).unwrap());
    format!("{document:?} {grave:?} {stored:?} {:?} {:?}\n", of(0), of(1))
}

#[test]
fn both_logs_answer_alike_after_random_work() {
    let dice = SeededDice::new(11);
    let steps: Vec<Step> = (0..STEPS).map(|_| draw(&dice)).collect();
    let mut memory = MemoryHub::new(HubId([1; 16]), AuthorEpoch([2; 16]), FeedEpoch([3; 16]));
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            for (at, step) in steps.iter().enumerate() {
                act(&mut memory, step);
                act(tx, step);
                let touched = step.document();
                assert_eq!(dump(&memory, touched), dump(tx, touched), "step {at}: {step:?}");
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    // The same on what was committed, by a reader.
    f.store
        .read(|tx| {
            assert_eq!(dump_all(&memory), dump_all(tx));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
}

fn feed(node: &mut (impl NodePort + ?Sized), step: &Step) {
    match step {
        Step::Feed(document, ahead) => {
            let heads = match (ahead, node.document(document).unwrap()) {
                (true, _) => vec![ChangeHash([0xfe; 32])],
                (false, Some(state)) => state.heads,
                (false, None) => Vec::new(),
            };
            node.put_feed_heads(document, &heads).unwrap();
        }
        // As the engine does it: what is forgotten is not named by the feed.
        Step::Forget(document, _) => node.put_feed_heads(document, &[]).unwrap(),
        _ => {}
    }
    act(node, step);
}

#[test]
fn both_nodes_know_which_documents_are_not_as_in_the_feed() {
    let dice = SeededDice::new(12);
    let steps: Vec<Step> = (0..STEPS).map(|_| draw(&dice)).collect();
    let mut memory = MemoryNode::new(AuthorEpoch([2; 16]));
    let f = fixture(Role::Node);
    let mut unequal = 0;
    f.store
        .write(|tx| {
            for (at, step) in steps.iter().enumerate() {
                feed(&mut memory, step);
                feed(tx, step);
                let expected = memory.unequal_documents(9)?;
                assert_eq!(tx.unequal_documents(9)?, expected, "step {at}: {step:?}");
                assert_eq!(tx.feed_documents()?, memory.feed_documents()?, "step {at}: {step:?}");
                unequal += expected.len();
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert!(unequal > STEPS / 4, "the work made a difference: {unequal}");
}
