//! The automerge document of a record: the only place, beside `sync`, that names automerge.
//!
//! One document holds one person. Single values stand under the root, flat (`birth_place.text`);
//! a set of codes is a map of code to true; a table is a map of row id to row; a row is a map of
//! column to value. All tables and sets exist from the fixed genesis on, so that two replicas can
//! never create the same table twice. Rows are retired, never deleted; keys that this version
//! does not know are kept.

mod apply;
mod conflicts;
mod deep;
mod error;
mod genesis;
mod history;
mod read;
mod reauthor;
mod sides;
mod who;
mod write;

use std::collections::BTreeSet;

use automerge::{ActorId, Automerge, Change, ROOT, ReadDoc, ScalarValue, Value};
use wardbook_base::{ChangeHash, DocumentId};

pub use apply::Applied;
pub use conflicts::{Conflict, ConflictKind, ConflictValue};
pub use deep::{DeepBase, DeepFault, deep_check};
pub use error::DocumentError;
pub use history::{HistoryEntry, read_change};
pub use reauthor::{Copied, Dropped, Fate};
pub use who::{LateDecision, Names, decides_late};

use crate::edit::Edit;
use crate::path::Path;
use crate::scalar::Scalar;
use crate::stamp::Stamp;

/// The root key that holds the document's own id, as hexadecimal text.
pub const ID_KEY: &str = "id";

/// The document of one record.
#[derive(Debug, Clone)]
pub struct Document {
    id: DocumentId,
    doc: Automerge,
    beside: who::Beside,
}

/// A change with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its bytes: a raw chunk of type 1, never deflated.
    pub bytes: Vec<u8>,
}

impl Document {
    /// The fixed first change of every document: its hash and bytes. Actor zero, time 0.
    pub fn genesis() -> (ChangeHash, Vec<u8>) {
        let genesis = genesis::genesis();
        (genesis.change.hash, genesis.change.bytes.clone())
    }

    /// All fixed changes, oldest first. One so far; a table added later brings another.
    pub fn genesis_chain() -> Vec<(ChangeHash, Vec<u8>)> {
        vec![Self::genesis()]
    }

    /// A document that holds nothing but the genesis; its first edit also writes its id.
    pub fn new(id: DocumentId) -> Self {
        Self::of(id, genesis::genesis().document.clone())
    }

    fn of(id: DocumentId, doc: Automerge) -> Self {
        Self { id, doc, beside: who::Beside::default() }
    }

    /// Loads what [`Document::save`] gave.
    ///
    /// # Errors
    /// When the bytes are damaged, or the document does not carry its id.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        let doc = Automerge::load(bytes).map_err(|e| DocumentError::Unreadable(e.to_string()))?;
        let id = stored_id(&doc).ok_or(DocumentError::NoId)?;
        Ok(Self::of(id, doc))
    }

    /// Builds a document from its changes, each after those that it depends on. The genesis may
    /// be left out.
    ///
    /// # Errors
    /// When a change is damaged or refused, or none of them writes the document's id.
    pub fn from_changes<'a>(
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, DocumentError> {
        let mut doc = genesis::genesis().document.clone();
        for bytes in changes {
            // One by one: a single bad change would make automerge refuse a whole batch.
            let change = parse(bytes)?;
            if doc.get_change_meta_by_hash(&change.hash()).is_none() {
                doc.apply_changes([change]).map_err(|error| refused(&error))?;
            }
        }
        let id = stored_id(&doc).ok_or(DocumentError::NoId)?;
        Ok(Self::of(id, doc))
    }

    /// The same from changes that stood in one document before, all at once: several times faster,
    /// but one bad change spoils all.
    ///
    /// # Errors
    /// As [`Document::from_changes`].
    pub fn from_good_changes<'a>(
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, DocumentError> {
        let doc = genesis::with(changes)?;
        let id = stored_id(&doc).ok_or(DocumentError::NoId)?;
        Ok(Self::of(id, doc))
    }

    /// Takes changes in that stood in this document before, all at once and without asking what they
    /// touch: for a store that puts a document together.
    ///
    /// # Errors
    /// When a change is damaged or refused, or belongs to another document: discard this one then.
    pub fn apply_good<'a>(
        &mut self,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), DocumentError> {
        let has_nothing = self.doc.get_heads() == genesis::genesis().document.get_heads();
        if has_nothing {
            self.doc = genesis::with(changes)?;
        } else {
            let all = changes.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
            let is_new =
                |change: &Change| self.doc.get_change_meta_by_hash(&change.hash()).is_none();
            let fresh: Vec<Change> = all.into_iter().filter(is_new).collect();
            self.doc.apply_changes(fresh).map_err(|error| refused(&error))?;
        }
        match stored_id(&self.doc) {
            Some(found) if found != self.id => {
                Err(DocumentError::OtherDocument { expected: self.id, found })
            }
            _ => Ok(()),
        }
    }

    /// The saved form, not deflated. Not canonical: never hash or compare it.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// Which document this is.
    pub const fn id(&self) -> DocumentId {
        self.id
    }

    /// The hashes of the newest changes, sorted.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.doc.get_heads().into_iter().map(|hash| ChangeHash(hash.0)).collect()
    }

    /// Every change, the genesis first, each after those that it depends on.
    pub fn changes(&self) -> Vec<NewChange> {
        self.doc.get_changes(&[]).iter().map(own_change).collect()
    }

    /// Whether a change is in the document.
    pub fn has_change(&self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(&automerge::ChangeHash(hash.0)).is_some()
    }

    /// Makes one change of some edits; none when nothing would change. Beside it stand the names of
    /// who writes ([`Document::write_as`]).
    ///
    /// # Errors
    /// When an edit names a table, a row or a key that cannot be written; nothing is changed then.
    pub fn edit(
        &mut self,
        edits: &[Edit],
        stamp: &Stamp,
    ) -> Result<Option<NewChange>, DocumentError> {
        let confirmed = write::confirmed(self, edits, stamp.message.purpose);
        self.make(edits, Some(&confirmed), stamp)
    }

    /// The same, and what stands there already is written again: for a change that shall stand
    /// against another one, whatever both of them write.
    ///
    /// # Errors
    /// As [`Document::edit`].
    pub fn edit_for_certain(
        &mut self,
        edits: &[Edit],
        stamp: &Stamp,
    ) -> Result<Option<NewChange>, DocumentError> {
        self.make(edits, None, stamp)
    }

    fn make(
        &mut self,
        edits: &[Edit],
        confirmed: Option<&BTreeSet<Path>>,
        stamp: &Stamp,
    ) -> Result<Option<NewChange>, DocumentError> {
        // Automerge picks a random actor at each load, so it is set before each change.
        self.doc.set_actor(ActorId::from(stamp.actor.as_slice()));
        let written = write::write(self, edits, confirmed, stamp);
        // What was decided beside these edits goes with them or not at all.
        self.beside.late.clear();
        Ok(written?.and_then(|hash| self.doc.get_change_by_hash(&hash)).as_ref().map(own_change))
    }
}

fn parse(bytes: &[u8]) -> Result<Change, DocumentError> {
    Change::from_bytes(bytes.to_vec()).map_err(|e| DocumentError::Unreadable(e.to_string()))
}

fn refused(error: &automerge::AutomergeError) -> DocumentError {
    DocumentError::Refused(error.to_string())
}

fn own_change(change: &Change) -> NewChange {
    NewChange { hash: ChangeHash(change.hash().0), bytes: change.raw_bytes().to_vec() }
}

fn stored_id(doc: &Automerge) -> Option<DocumentId> {
    match doc.get(ROOT, ID_KEY).ok()?? {
        (Value::Scalar(value), _) => value.as_str()?.parse().ok(),
        (Value::Object(_), _) => None,
    }
}

/// A stored value as ours: an empty text means emptied, and kinds that no schema has are absent.
fn scalar(value: &ScalarValue) -> Option<Scalar> {
    match value {
        ScalarValue::Str(text) if text.is_empty() => None,
        ScalarValue::Str(text) => Some(Scalar::Text(text.to_string())),
        ScalarValue::Int(number) | ScalarValue::Timestamp(number) => Some(Scalar::Int(*number)),
        ScalarValue::Uint(number) => i64::try_from(*number).ok().map(Scalar::Int),
        ScalarValue::Boolean(value) => Some(Scalar::Bool(*value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
