//! What the engine asks of a store. The SQLite store and the in-memory store both implement it.
//!
//! Every call happens inside one transaction of the caller: a write that returns an error, or a
//! transaction that is not committed, leaves no trace.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};

use crate::message::{DeviceStatus, Digest, ForgetReason, Notice, Rotated, Token};

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

/// What one incarnation of a device's database has pushed, as the hub knows it. A device whose
/// disk was restored or copied has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushLog {
    /// The device.
    pub device: DeviceId,
    /// The author epoch of that incarnation.
    pub epoch: AuthorEpoch,
    /// The last position that is durable here.
    pub acked: Lseq,
    /// The chain at `acked`.
    pub acked_chain: Chain,
    /// The highest `push.after` it ever sent: what it is known to have been told.
    pub confirmed: Lseq,
    /// The feed position and digest last sent to it.
    pub last_sent: Option<(FeedPosition, Digest)>,
    /// When it was first heard of.
    pub opened_at: Timestamp,
    /// When it last called.
    pub last_contact: Option<Timestamp>,
    /// The incarnation it came from, and why.
    pub rotated: Option<Rotated>,
    /// The incarnation that said it came from this one: from then on this one should be silent.
    pub left_for: Option<AuthorEpoch>,
}

impl PushLog {
    /// The last position that is durable here, with its chain.
    pub const fn acknowledged(&self) -> (Lseq, Chain) {
        (self.acked, self.acked_chain)
    }
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
    /// The author epoch it enrolled with or last announced: its newest [`PushLog`].
    pub epoch: AuthorEpoch,
    /// The feeds have a new incarnation and it has not been proven equal since: what it gives back
    /// is taken, whoever wrote it.
    pub reconciling: bool,
    /// Since when two databases are known to use its key.
    pub two_places_since: Option<Timestamp>,
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

/// What stands at a feed position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedKind {
    /// A change.
    Change,
    /// The document comes into the ward's scope.
    Grant {
        /// The custody entry.
        custody_version: u64,
        /// The ward that may write, when it is not the feed's own.
        custodian: Option<WardId>,
        /// The heads that the chain commits to, sorted.
        heads: Vec<ChangeHash>,
        /// The decision, for people.
        decision: String,
    },
    /// The document leaves the ward's custody.
    Release {
        /// The custody entry.
        custody_version: u64,
        /// The ward that may write from then on.
        custodian: WardId,
        /// The decision, for people.
        decision: String,
    },
    /// The document leaves the ward's scope.
    Forget {
        /// The custody entry.
        custody_version: u64,
        /// Why.
        reason: ForgetReason,
    },
    /// A late edit was kept aside for this ward to decide: `FeedRow::hash` is the change,
    /// `FeedRow::author` the device that wrote it.
    Review,
}

/// One item of a feed as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Its position.
    pub seq: FeedSeq,
    /// The chain at it.
    pub chain: Chain,
    /// What it is.
    pub kind: FeedKind,
    /// The document.
    pub document: DocumentId,
    /// The document's generation then.
    pub generation: u32,
    /// The change, or what stands for the item in the chain (see [`crate::chain`]).
    pub hash: ChangeHash,
    /// The device that wrote it; all zeros for the hub itself.
    pub author: DeviceId,
    /// The author epoch of the push log that brought it; zeros for the hub's own. It tells to whom
    /// it goes back as a position only.
    pub epoch: AuthorEpoch,
    /// Its place in that push log; 0 for the hub's own edits and for what was given back.
    pub lseq: Lseq,
    /// When the hub took it in.
    pub received_at: Timestamp,
}

/// One position of a device's push log as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRow {
    /// The device.
    pub device: DeviceId,
    /// The incarnation of its database.
    pub epoch: AuthorEpoch,
    /// What the device noted here, when it is no change.
    pub notice: Option<Notice>,
    /// It waits for what it builds on (see [`Parked`]).
    pub parked: bool,
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
    /// The change by which its author's edit was written anew, when it was.
    pub replaced_by: Option<ChangeHash>,
}

/// A change that is durable at the hub but builds on one that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The document.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// Who pushed it.
    pub device: DeviceId,
    /// In which log.
    pub epoch: AuthorEpoch,
    /// Where in that log.
    pub lseq: Lseq,
    /// The custody version the device believed in.
    pub custody_version: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Since when it waits.
    pub at: Timestamp,
}

/// What a custody entry did.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum CustodyAct {
    /// The document was born in the ward.
    Born,
    /// It went to the ward.
    Transfer,
    /// The ward may read it (secondment).
    Lend,
    /// The ward may read it no longer.
    Return,
    /// It was erased for good.
    Purge,
}

/// One entry of the custody ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyEntry {
    /// The document.
    pub document: DocumentId,
    /// The entry's number: 1 from birth.
    pub version: u64,
    /// What was done.
    pub act: CustodyAct,
    /// The ward it was done to: the custodian after a transfer, the reader of a loan.
    pub ward: WardId,
    /// The heads at that moment.
    pub heads: Vec<ChangeHash>,
    /// The decision behind it, for people: number, day, signer.
    pub decision: String,
    /// When.
    pub at: Timestamp,
}

/// A ward that gave a document away and may still hold late edits of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRelease {
    /// The document.
    pub document: DocumentId,
    /// The ward that gave it away.
    pub ward: WardId,
    /// The custody entry by which it went.
    pub custody_version: u64,
    /// Where the release stands in that ward's feed.
    pub seq: FeedSeq,
    /// When.
    pub at: Timestamp,
}

/// Something about a device that an admin should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEvent {
    /// When.
    pub at: Timestamp,
    /// Which device; zeros for the hub itself.
    pub device: DeviceId,
    /// A stable code: `rotated`, `two_places`, `hub_rolled_back`, `reconciled`, `purged`, ...
    pub code: String,
    /// Facts for people, such as `reason=restored from=<epoch>`; no personal data.
    pub detail: String,
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
    /// One log of a device.
    fn push_log(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<Option<PushLog>>;
    /// All logs of a device, oldest first.
    fn push_logs(&self, device: &DeviceId) -> PortResult<Vec<PushLog>>;
    /// One position of a device's push log.
    fn push_row(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
    ) -> PortResult<Option<PushRow>>;
    /// Where in a device's log it noted something of a document: the newest such position.
    fn noticed(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        document: &DocumentId,
        notice: Notice,
    ) -> PortResult<Option<Lseq>>;
    /// The devices of a ward, revoked ones included.
    fn devices_of(&self, ward: &WardId) -> PortResult<Vec<DeviceRecord>>;
    /// The documents in a ward's scope, by id: in its custody, or lent to it.
    fn documents_in_scope(&self, ward: &WardId) -> PortResult<Vec<DocumentState>>;
    /// The wards that a document is lent to, sorted.
    fn readers(&self, document: &DocumentId) -> PortResult<Vec<WardId>>;
    /// The custody ledger of a document, oldest first.
    fn custody(&self, document: &DocumentId) -> PortResult<Vec<CustodyEntry>>;
    /// Documents that a ward gave away and whose late edits may still come.
    fn open_releases(&self, ward: &WardId) -> PortResult<Vec<OpenRelease>>;
    /// What waits for its ancestors in a document.
    fn parked_of(&self, document: &DocumentId) -> PortResult<Vec<Parked>>;
    /// The documents and graves whose ids begin with these bytes.
    fn documents_by_key(&self, key: &[u8; 8]) -> PortResult<Vec<DocumentId>>;
    /// The device that has a push log under this epoch. No two devices share one.
    fn log_owner(&self, epoch: &AuthorEpoch) -> PortResult<Option<DeviceId>>;
    /// How many changes of a device wait.
    fn parked_count(&self, device: &DeviceId) -> PortResult<u64>;

    /// Creates or replaces one log of a device.
    fn put_push_log(&mut self, log: &PushLog) -> PortResult<()>;
    /// Replaces how a position of a push log was judged: a parked change was taken in or refused.
    fn put_push_row(&mut self, row: &PushRow) -> PortResult<()>;
    /// Takes new incarnations of the feeds (all wards; positions and chains stay) and of the hub's
    /// own author epoch, and marks every device as reconciling.
    fn renew_epochs(&mut self, feed: FeedEpoch, author: AuthorEpoch) -> PortResult<()>;
    /// Keeps a change until its ancestors come.
    fn park(&mut self, parked: &Parked) -> PortResult<()>;
    /// Takes a parked change away again.
    fn unpark(&mut self, document: &DocumentId, hash: &ChangeHash) -> PortResult<()>;
    /// Lends a document to a ward, or ends that.
    fn put_reader(&mut self, document: &DocumentId, ward: &WardId, reads: bool) -> PortResult<()>;
    /// Remembers a release, or closes it.
    fn put_open_release(&mut self, release: &OpenRelease, open: bool) -> PortResult<()>;
    /// Writes down what an admin should know.
    fn note_event(&mut self, event: &DeviceEvent) -> PortResult<()>;

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
    /// Appends to the custody ledger.
    fn put_custody(&mut self, entry: &CustodyEntry) -> PortResult<()>;
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

/// What a node's side of the engine is busy with. Durable.
///
/// Healing after a rotation is no mode of its own: it lasts as long as there are
/// [`NodePort::orphans`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum NodeMode {
    /// Pushing and pulling.
    #[default]
    Normal,
    /// The digests differ: the buckets are asked for next.
    CompareBuckets,
    /// The documents of these buckets are compared next (bit n: bucket n).
    CompareList(u64),
}

/// One position of a node's push log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRow {
    /// What was noted here, when it is no change.
    pub notice: Option<Notice>,
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

    /// What the hub signed for the acknowledged position.
    fn ack_token(&self) -> PortResult<Option<Token>>;
    /// What the hub signed for the feed position.
    fn feed_token(&self) -> PortResult<Option<Token>>;
    /// What the engine is busy with.
    fn mode(&self) -> PortResult<NodeMode>;
    /// The epoch that was left and why, until the hub acknowledges something of the new one.
    fn rotated(&self) -> PortResult<Option<Rotated>>;
    /// Local changes of former epochs that the hub had not acknowledged, oldest first.
    fn orphans(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>>;
    /// Own changes that were kept aside and are to be written anew, oldest first.
    fn to_reauthor(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>>;
    /// Documents of which the feed has named changes that are not here.
    fn wanted(&self) -> PortResult<Vec<DocumentId>>;
    /// Documents of which the hub lost changes.
    fn returning(&self) -> PortResult<Vec<DocumentId>>;
    /// Documents in scope whose heads are not those at the feed position, at most `limit`. Asked
    /// with every call: it must not look at all documents. Out of scope is what the feed does not
    /// name and another ward keeps.
    fn unequal_documents(&self, limit: usize) -> PortResult<Vec<DocumentId>>;
    /// The documents that the feed has named, with their heads there, by id.
    fn feed_documents(&self) -> PortResult<Vec<(DocumentId, u32, Vec<ChangeHash>)>>;

    /// Documents to be forgotten once the hub has all own edits of them, each with the hash of the
    /// feed item that says so, by document.
    fn forgetting(&self) -> PortResult<Vec<(Tombstone, ChangeHash)>>;

    /// Remembers a document to be forgotten (one entry a document), or that it is done.
    fn put_forgetting(&mut self, grave: &Tombstone, item: &ChangeHash, is: bool) -> PortResult<()>;
    /// Keeps what the hub signed for the acknowledged position.
    fn put_ack_token(&mut self, token: Option<Token>) -> PortResult<()>;
    /// Keeps what the hub signed for the feed position.
    fn put_feed_token(&mut self, token: Option<Token>) -> PortResult<()>;
    /// Sets what the engine is busy with.
    fn put_mode(&mut self, mode: NodeMode) -> PortResult<()>;
    /// Takes a new author epoch: the push log begins anew, empty, with nothing acknowledged.
    fn open_push_log(&mut self, epoch: AuthorEpoch, rotated: Option<Rotated>) -> PortResult<()>;
    /// Takes all positions after `after` off the push log and returns them, oldest first.
    fn truncate_local(&mut self, after: Lseq) -> PortResult<Vec<LocalRow>>;
    /// Remembers a local change of a former epoch, or that it is one no longer.
    fn put_orphan(&mut self, document: &DocumentId, hash: &ChangeHash, is: bool) -> PortResult<()>;
    /// Queues a change that was kept aside for writing anew, or takes it off.
    fn put_reauthor(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> PortResult<()>;
    /// Remembers a wanted document, or that it is complete.
    fn put_wanted(&mut self, document: &DocumentId, is: bool) -> PortResult<()>;
    /// Remembers a document to give back, or that it is done.
    fn put_returning(&mut self, document: &DocumentId, is: bool) -> PortResult<()>;
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
