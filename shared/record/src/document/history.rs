//! The history of a record, from its decoded changes: about 0.4 ms, where asking automerge for
//! each state would take 5 ms.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ExpandedChange, ObjType};
use wardbook_base::{ChangeHash, Timestamp};

use super::{Document, ID_KEY, genesis, parse, scalar};
use crate::path::Path;
use crate::scalar::Scalar;
use crate::stamp::Message;

/// One change of a record: who, when, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The change.
    pub hash: ChangeHash,
    /// The device's time.
    pub time: Timestamp,
    /// The actor: author epoch plus optional fork counter.
    pub actor: Vec<u8>,
    /// Purpose and user.
    pub message: Message,
    /// What it wrote: path, the value that its author saw there, the new value (none = empty).
    pub edits: Vec<(Path, Option<Scalar>, Option<Scalar>)>,
}

impl Document {
    /// What happened to the record, each change after those that it knew of, without the genesis.
    pub fn history(&self) -> Vec<HistoryEntry> {
        let (genesis, _) = Self::genesis();
        let mut replay = Replay::default();
        let mut entries = Vec::new();
        for change in self.doc.get_changes(&[]) {
            let expanded = change.decode();
            let edits = replay.take(&expanded);
            let hash = ChangeHash(change.hash().0);
            if hash != genesis {
                entries.push(HistoryEntry {
                    hash,
                    time: Timestamp(expanded.time),
                    actor: expanded.actor_id.to_bytes().to_vec(),
                    message: message_of(&expanded),
                    edits,
                });
            }
        }
        entries
    }
}

/// What a change wrote, read without taking it into any document: for what was kept aside.
///
/// `before` are the changes it builds on, each after those that it builds on itself; those that
/// are missing only cost the old values and the places inside rows that they made. `None` when the
/// bytes are no change.
pub fn read_change<'a>(
    before: impl IntoIterator<Item = &'a [u8]>,
    change: &[u8],
) -> Option<HistoryEntry> {
    let mut replay = Replay::default();
    let genesis = genesis::genesis().change.bytes.as_slice();
    for known in std::iter::once(genesis).chain(before) {
        if let Ok(known) = parse(known) {
            replay.take(&known.decode());
        }
    }
    let change = parse(change).ok()?;
    let expanded = change.decode();
    Some(HistoryEntry {
        hash: ChangeHash(change.hash().0),
        time: Timestamp(expanded.time),
        actor: expanded.actor_id.to_bytes().to_vec(),
        message: message_of(&expanded),
        edits: replay.take(&expanded),
    })
}

fn message_of(change: &ExpandedChange) -> Message {
    let Ok(message) = change.message.as_deref().unwrap_or_default().parse();
    message
}

/// Which keys lead to each map, and what each operation wrote.
#[derive(Default)]
struct Replay {
    maps: BTreeMap<(u64, Vec<u8>), Vec<String>>,
    written: BTreeMap<(u64, Vec<u8>), Option<Scalar>>,
}

type Written = Vec<(Path, Option<Scalar>, Option<Scalar>)>;

impl Replay {
    fn take(&mut self, change: &ExpandedChange) -> Written {
        let mut edits: Written = Vec::new();
        for (at, op) in change.operations.iter().enumerate() {
            let counter = change.start_op.get() + at as u64;
            let id = (counter, change.actor_id.to_bytes().to_vec());
            let Some((path, old, new)) = self.take_op(id, op) else { continue };
            // A confirmation is a deletion and a put: one edit to the reader.
            match edits.iter_mut().find(|(known, _, _)| *known == path) {
                Some(known) => known.2 = new,
                None => edits.push((path, old, new)),
            }
        }
        edits
    }

    fn take_op(
        &mut self,
        id: (u64, Vec<u8>),
        op: &Op,
    ) -> Option<(Path, Option<Scalar>, Option<Scalar>)> {
        let Key::Map(key) = &op.key else { return None };
        let mut keys = match &op.obj {
            ObjectId::Root => Vec::new(),
            ObjectId::Id(map) => self.maps.get(&key_of(map))?.clone(),
        };
        keys.push(key.to_string());
        let new = match &op.action {
            OpType::Make(ObjType::Map) => {
                self.maps.insert(id, keys);
                return None;
            }
            OpType::Put(value) => scalar(value),
            OpType::Delete => None,
            _ => return None,
        };
        // Of several values in conflict its author saw the one with the highest operation id.
        let seen = op.pred.iter().map(key_of).max();
        let old = seen.and_then(|op| self.written.get(&op).cloned().flatten());
        self.written.insert(id, new.clone());
        Some((path_of(&keys)?, old, new))
    }
}

fn key_of(op: &OpId) -> (u64, Vec<u8>) {
    (op.counter(), op.actor().to_bytes().to_vec())
}

fn path_of(keys: &[String]) -> Option<Path> {
    match keys {
        [key] if key == ID_KEY => None,
        [key] => Some(Path::field(key)),
        [field, code] => Some(Path::code(field, code)),
        [table, row, column] => Some(Path::cell(table, row.parse().ok()?, column)),
        _ => None,
    }
}
