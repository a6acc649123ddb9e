//! What the hub writes down of feeds, push logs, custody and devices.

use crate::message::{CustodyAct, DeviceStatus, Digest, ForgetReason, Notice, Rotated};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp,
    WardId,
};

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
    /// The feeds have a new incarnation and the database has not been proven equal since: what it
    /// gives back is taken, whoever wrote it.
    pub reconciling: bool,
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
    /// One of its logs is reconciling, or it has none in this incarnation of the feeds: a log that it
    /// opens begins so.
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
