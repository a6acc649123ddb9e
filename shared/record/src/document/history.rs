//! The history of a record, from its decoded changes: about 0.4 ms, where asking automerge for
//! each state would take 5 ms.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ExpandedChange, ObjType};
use wardbook_base::{ChangeHash, Timestamp};

use super::who::{self, Directory, Names};
use super::{Document, genesis, parse, scalar};
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
    /// What user and machine were called then, as the record tells it.
    pub names: Names,
    /// What it says of late edits: which, and whether values of it were taken over.
    pub late: Vec<(ChangeHash, bool)>,
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
            let hash = ChangeHash(change.hash().0);
            let entry = replay.entry(hash, &expanded);
            if hash != genesis {
                entries.push(entry);
            }
        }
        // Where the change that brought a name was taken out, a later one may have brought it again.
        for entry in &mut entries {
            let latest = replay.directory.names(entry.message.user, &entry.actor);
            entry.names.fill(latest);
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
    Some(replay.entry(ChangeHash(change.hash().0), &expanded))
}

fn message_of(change: &ExpandedChange) -> Message {
    let Ok(message) = change.message.as_deref().unwrap_or_default().parse();
    message
}

/// An operation: its counter and its actor. Of several that stand at one key the greatest shows.
type OpKey = (u64, Vec<u8>);

/// Which keys lead to each map, what each operation wrote, and which ones stand at each place.
#[derive(Default)]
struct Replay {
    maps: BTreeMap<OpKey, Vec<String>>,
    written: BTreeMap<OpKey, Option<Scalar>>,
    standing: BTreeMap<Vec<String>, BTreeSet<OpKey>>,
    directory: Directory,
}

type Written = Vec<(Path, Option<Scalar>, Option<Scalar>)>;

impl Replay {
    fn entry(&mut self, hash: ChangeHash, change: &ExpandedChange) -> HistoryEntry {
        let edits = self.take(change);
        let (actor, message) = (change.actor_id.to_bytes().to_vec(), message_of(change));
        HistoryEntry {
            hash,
            time: Timestamp(change.time),
            names: self.directory.names(message.user, &actor),
            late: who::decisions(change),
            actor,
            message,
            edits,
        }
    }

    fn take(&mut self, change: &ExpandedChange) -> Written {
        self.directory.take(change);
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

    fn take_op(&mut self, id: OpKey, op: &Op) -> Option<(Path, Option<Scalar>, Option<Scalar>)> {
        let Key::Map(key) = &op.key else { return None };
        let mut keys = match &op.obj {
            ObjectId::Root => Vec::new(),
            ObjectId::Id(map) => self.maps.get(&key_of(map))?.clone(),
        };
        keys.push(key.to_string());
        let standing = self.standing.entry(keys.clone()).or_default();
        for gone in op.pred.iter().map(key_of) {
            standing.remove(&gone);
        }
        let new = match &op.action {
            OpType::Make(ObjType::Map) => {
                self.maps.insert(id, keys);
                return None;
            }
            OpType::Put(value) => {
                standing.insert(id.clone());
                scalar(value)
            }
            // A conflict is settled for the value that shows by deleting the other ones.
            OpType::Delete => {
                standing.last().and_then(|op| self.written.get(op).cloned().flatten())
            }
            _ => return None,
        };
        // Of several values in conflict its author saw the one with the highest operation id.
        let seen = op.pred.iter().map(key_of).max();
        let old = seen.and_then(|op| self.written.get(&op).cloned().flatten());
        self.written.insert(id, new.clone());
        Some((path_of(&keys)?, old, new))
    }
}

fn key_of(op: &OpId) -> OpKey {
    (op.counter(), op.actor().to_bytes().to_vec())
}

fn path_of(keys: &[String]) -> Option<Path> {
    match keys {
        [key] if who::is_beside(key) => None,
        [key] => Some(Path::field(key)),
        [field, code] => Some(Path::code(field, code)),
        [table, row, column] => Some(Path::cell(table, row.parse().ok()?, column)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::{DocumentId, UserId};

    use super::*;
    use crate::edit::Edit;
    use crate::stamp::{Purpose, Stamp};

    fn stamp(actor: u8, purpose: Purpose) -> Stamp {
        let message = Message { purpose, user: UserId([actor; 8]) };
        Stamp { actor: vec![actor; 16], time: Timestamp(1_749_949_200_000), message }
    }

    #[test]
    fn a_conflict_settled_for_either_value_tells_that_value() {
        for chosen in ["0901", "0902"] {
            let mut first = Document::new(DocumentId([7; 16]));
            let phone = |value: &str| [Edit::set_field("phone", value)];
            first.edit(&phone("0900"), &stamp(1, Purpose::Create)).unwrap();
            let mut second = first.clone();
            first.edit(&phone("0901"), &stamp(1, Purpose::Edit)).unwrap();
            second.edit(&phone("0902"), &stamp(2, Purpose::Edit)).unwrap();
            let mut changes = first.changes();
            changes.extend(second.changes());
            let bytes = changes.iter().map(|change| change.bytes.as_slice());
            let mut both = Document::from_changes(bytes).unwrap();
            both.edit(&phone(chosen), &stamp(3, Purpose::Resolve)).unwrap().unwrap();
            let history = both.history();
            let choice = history.last().unwrap();
            assert_eq!(choice.message.purpose, Purpose::Resolve);
            let [(path, _, new)] = choice.edits.as_slice() else { panic!("{:?}", choice.edits) };
            assert_eq!((path, new), (&Path::field("phone"), &Some(Scalar::from(chosen))));
        }
    }
}
