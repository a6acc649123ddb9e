//! Documents and changes, as either end stores them.

use crate::RefusalCode;
use crate::message::ForgetReason;
use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId};

use super::PortResult;

/// What is known of a change without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMeta {
    /// The document it belongs to.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Author epoch and optional fork counter.
    pub actor: Vec<u8>,
    /// The actor's own count, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Counter of its last operation (`start_op - 1` when it has none).
    pub max_op: u64,
    /// The changes it builds on.
    pub deps: Vec<ChangeHash>,
    /// The author's clock.
    pub time: Timestamp,
    /// The commit message, at most 24 bytes: what kind of edit, by which user.
    pub message: String,
}

/// A change as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// What is known of it.
    pub meta: ChangeMeta,
    /// The raw chunk of type 1.
    pub bytes: Vec<u8>,
    /// The device that wrote it; all zeros for the hub itself.
    pub author: DeviceId,
    /// When this store took it in.
    pub received_at: Timestamp,
}

/// What is known of a document without loading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentState {
    /// Its id.
    pub id: DocumentId,
    /// The ward in whose custody it is.
    pub ward: WardId,
    /// The custody entry in force; 1 from creation.
    pub custody_version: u64,
    /// How often its history was reset.
    pub generation: u32,
    /// The heads of all stored changes, sorted.
    pub heads: Vec<ChangeHash>,
}

/// The documents and changes of either end.
pub trait Log {
    /// A document's state, or `None` when there is none.
    fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>>;
    /// What is known of one change.
    fn change_meta(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<ChangeMeta>>;
    /// The change that stands at (document, actor, seq).
    fn change_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> PortResult<Option<ChangeHash>>;
    /// The change by `actor` that holds the operation with this counter: the one with the greatest
    /// `start_op <= counter`, if its `max_op >= counter`.
    fn change_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<ChangeHash>>;
    /// Whether this change of this document was kept aside (see [`Quarantined`]).
    fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool>;
    /// The bytes of one change.
    fn change_bytes(&self, document: &DocumentId, hash: &ChangeHash)
    -> PortResult<Option<Vec<u8>>>;

    /// All changes of a document, each after those it builds on.
    fn change_metas(&self, document: &DocumentId) -> PortResult<Vec<ChangeMeta>>;
    /// One change with all that is kept beside it.
    fn stored_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<StoredChange>>;
    /// What was kept aside under this hash.
    fn quarantined(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Quarantined>>;
    /// Links what was kept aside with the change that took its place.
    fn put_replaced(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        by: &ChangeHash,
    ) -> PortResult<()>;
    /// The grave of a document that this end must not hold any more.
    fn tombstone(&self, document: &DocumentId) -> PortResult<Option<Tombstone>>;

    /// Takes changes out of a document's log: they and all their descendants, which the caller
    /// lists too. What is left gives the document without them. The caller has put the new heads
    /// and kept the bytes aside. Marks the document as waiting for projection.
    fn remove_changes(&mut self, document: &DocumentId, hashes: &[ChangeHash]) -> PortResult<()>;
    /// Removes a document with its changes, snapshots, projections and what was kept aside of it,
    /// so that its bytes are gone from the file, and leaves the grave. Forgetting twice is no error.
    fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()>;
    /// Opens a grave again: the document was granted anew. A purged one never is.
    fn remove_tombstone(&mut self, document: &DocumentId) -> PortResult<()>;
    /// Creates or replaces a document's state.
    fn put_document(&mut self, state: &DocumentState) -> PortResult<()>;
    /// Stores a change. Storing it twice is no error and changes nothing.
    /// Marks the document as waiting for projection.
    fn put_change(&mut self, change: &StoredChange) -> PortResult<()>;
}

/// What is left of a document that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The document.
    pub document: DocumentId,
    /// Its generation when it was forgotten.
    pub generation: u32,
    /// Why. A purged document never comes back.
    pub reason: ForgetReason,
    /// When.
    pub at: Timestamp,
}

/// A change kept aside: refused by the checks, never merged, never lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The document it claims.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Who sent it (hub) or wrote it (node: its own device id).
    pub device: DeviceId,
    /// The code of the refusal.
    pub code: String,
    /// The refused change it fell with.
    pub because_of: Option<ChangeHash>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When it was kept aside.
    pub at: Timestamp,
    /// The change by which its author's edit was written anew, when it was.
    pub replaced_by: Option<ChangeHash>,
}

impl Quarantined {
    /// Whether this is kept in the place of what was kept aside under the same hash before.
    ///
    /// The first judgement stays, but for one: what was refused only for its place and was not
    /// written anew can come back as a late edit, and that one a person has to decide about.
    pub fn overrules(&self, kept: &Self) -> bool {
        let code = RefusalCode::parse(&kept.code);
        self.code == RefusalCode::LateEdit.as_str()
            && kept.replaced_by.is_none()
            && code.is_some_and(RefusalCode::is_about_place)
    }
}
