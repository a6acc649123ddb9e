//! What the engine asks of a store. The SQLite store and the in-memory store both implement it.
//!
//! Every call happens inside one transaction of the caller: a write that returns an error, or a
//! transaction that is not committed, leaves no trace.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};

use crate::message::{DeviceStatus, Digest};

/// A store could not answer. The engine gives up the transaction and says nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct PortError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// What the store answers.
pub type PortResult<T> = Result<T, PortError>;

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

    /// Creates or replaces a document's state.
    fn put_document(&mut self, state: &DocumentState) -> PortResult<()>;
    /// Stores a change. Storing it twice is no error and changes nothing.
    /// Marks the document as waiting for projection.
    fn put_change(&mut self, change: &StoredChange) -> PortResult<()>;
}

/// A device as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its id.
    pub id: DeviceId,
    /// Its ward.
    pub ward: WardId,
    /// What people call it.
    pub name: String,
    /// Its Ed25519 public key.
    pub public_key: [u8; 32],
    /// The author epoch it enrolled with or last announced.
    pub epoch: AuthorEpoch,
    /// The last position of its push log that is durable here.
    pub acked: Lseq,
    /// The chain at `acked`.
    pub acked_chain: Chain,
    /// The highest `push.after` it ever sent: what it is known to have been told.
    pub confirmed: Lseq,
    /// The feed position and digest last sent to it.
    pub last_sent: Option<(FeedPosition, Digest)>,
    /// When it last called.
    pub last_contact: Option<Timestamp>,
    /// When its digest was last proven equal to the hub's newest, and where.
    pub proven_equal: Option<(Timestamp, FeedSeq)>,
    /// What it last said of itself.
    pub status: DeviceStatus,
    /// Digests that did not match, counted.
    pub mismatches: u64,
    /// The program's version it last announced.
    pub app: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The head of a ward's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WardFeed {
    /// The ward.
    pub ward: WardId,
    /// Where the feed stands.
    pub position: FeedPosition,
    /// The digest of the ward's documents at that position.
    pub digest: Digest,
}

/// One item of a feed as it is stored. In v1 every item is a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Its position.
    pub seq: FeedSeq,
    /// The chain at it.
    pub chain: Chain,
    /// The document.
    pub document: DocumentId,
    /// The document's generation then.
    pub generation: u32,
    /// The change.
    pub hash: ChangeHash,
    /// Its author device; all zeros for the hub itself.
    pub author: DeviceId,
    /// Its place in the author's push log; 0 for the hub's own edits.
    pub lseq: Lseq,
    /// When the hub took it in.
    pub received_at: Timestamp,
}

/// One position of a device's push log as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRow {
    /// The device.
    pub device: DeviceId,
    /// The position.
    pub lseq: Lseq,
    /// The chain at it.
    pub chain: Chain,
    /// The change that stands there.
    pub document: DocumentId,
    /// Its hash.
    pub hash: ChangeHash,
    /// The code of the refusal, when it was refused.
    pub refused: Option<String>,
    /// The refused change it fell with, when it was only a descendant of one.
    pub because_of: Option<ChangeHash>,
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
}

/// What the hub's engine asks of its store.
pub trait HubPort: Log {
    /// This hub's id and the author epoch of its own edits.
    fn hub(&self) -> PortResult<(HubId, AuthorEpoch)>;
    /// The incarnation of the feeds.
    fn feed_epoch(&self) -> PortResult<FeedEpoch>;
    /// A device.
    fn device(&self, id: &DeviceId) -> PortResult<Option<DeviceRecord>>;
    /// The head of a ward's feed, or `None` for an unknown ward.
    fn ward_feed(&self, ward: &WardId) -> PortResult<Option<WardFeed>>;
    /// The chain at a feed position (position 0 has the all-zero chain).
    fn feed_chain(&self, ward: &WardId, seq: FeedSeq) -> PortResult<Option<Chain>>;
    /// Feed items after a position, oldest first, at most `limit`.
    fn feed_rows(&self, ward: &WardId, after: FeedSeq, limit: usize) -> PortResult<Vec<FeedRow>>;
    /// One position of a device's push log.
    fn push_row(&self, device: &DeviceId, lseq: Lseq) -> PortResult<Option<PushRow>>;

    /// Creates or replaces a device.
    fn put_device(&mut self, device: &DeviceRecord) -> PortResult<()>;
    /// Replaces the head of a ward's feed. `row.seq` of appended rows must be dense.
    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()>;
    /// Appends one feed item.
    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()>;
    /// Appends one position of a device's push log.
    fn append_push(&mut self, row: &PushRow) -> PortResult<()>;
    /// Keeps a refused change aside. Keeping (document, hash) aside twice is no error.
    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()>;
    /// Writes the custody ledger: `(document, version, ward, from_heads)`.
    fn put_custody(
        &mut self,
        document: &DocumentId,
        version: u64,
        ward: &WardId,
        heads: &[ChangeHash],
        at: Timestamp,
    ) -> PortResult<()>;
}

/// The identity a node got at enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The hub.
    pub hub: HubId,
    /// The hub's address, such as `https://10.0.0.1:8443`.
    pub hub_url: String,
    /// SHA-256 of the hub's TLS `SubjectPublicKeyInfo`; `None` for plain HTTP on loopback.
    pub tls_pin: Option<[u8; 32]>,
    /// The key by which the hub signs.
    pub hub_key: [u8; 32],
    /// Where bundles for the hub are sealed to.
    pub sealing_recipient: String,
    /// The author epoch of the hub's own edits.
    pub hub_epoch: AuthorEpoch,
    /// This device.
    pub device: DeviceId,
    /// Its ward.
    pub ward: WardId,
    /// The ward's name.
    pub ward_name: String,
    /// The day as of which units and posts are meant; empty for today.
    pub units_as_of: String,
}

/// One local change in a node's push log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRow {
    /// Its position.
    pub lseq: Lseq,
    /// The chain at it.
    pub chain: Chain,
    /// The document.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// When it was written.
    pub at: Timestamp,
}

/// What the node's engine asks of its store.
pub trait NodePort: Log {
    /// The identity from enrolment, or `None` before.
    fn membership(&self) -> PortResult<Option<Membership>>;
    /// The author epoch of this database.
    fn author_epoch(&self) -> PortResult<AuthorEpoch>;
    /// The last position of the push log and its chain.
    fn push_head(&self) -> PortResult<(Lseq, Chain)>;
    /// The last acknowledged position and its chain.
    fn acked(&self) -> PortResult<(Lseq, Chain)>;
    /// Push-log rows after a position, at most `limit`.
    fn local_rows(&self, after: Lseq, limit: usize) -> PortResult<Vec<LocalRow>>;
    /// Where this node's copy of the feed stands; `None` before the first pull.
    fn feed_position(&self) -> PortResult<Option<FeedPosition>>;
    /// The digest over the heads at the feed position.
    fn feed_digest(&self) -> PortResult<Digest>;
    /// A document's heads at the feed position, sorted; empty when the feed has not named it.
    fn feed_heads(&self, document: &DocumentId) -> PortResult<Vec<ChangeHash>>;

    /// Appends to the push log.
    fn append_local(&mut self, row: &LocalRow) -> PortResult<()>;
    /// Moves the acknowledged position.
    fn put_acked(&mut self, lseq: Lseq, chain: Chain) -> PortResult<()>;
    /// Moves the feed position, with the digest there.
    fn put_feed(&mut self, position: &FeedPosition, digest: &Digest) -> PortResult<()>;
    /// Sets a document's heads at the feed position.
    fn put_feed_heads(&mut self, document: &DocumentId, heads: &[ChangeHash]) -> PortResult<()>;
    /// Keeps a refused change aside. Keeping (document, hash) aside twice is no error.
    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()>;
    /// Remembers that both ends were proven equal at a feed position.
    fn put_proven(&mut self, at: Timestamp, seq: FeedSeq) -> PortResult<()>;
}
