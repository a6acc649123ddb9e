//! The messages of sync v1, as CBOR maps with numbered keys (docs/PROTOCOL.md).
//!
//! Keys are never reused. A reader skips keys that it does not know and takes the default for those
//! that are missing, so that old and new versions understand each other.

use minicbor::{Decode, Encode};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};

/// The protocol version this program speaks. Version 1 had changes in the feed and nothing else.
pub const PROTOCOL: u32 = 2;

/// What travels in an HTTP body: compressed bytes, and who signed them.
///
/// The signature is checked before anything is inflated.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Envelope {
    /// The sending device; all zeros in a hub's answer.
    #[n(0)]
    pub sender: DeviceId,
    /// Ed25519 over the context and `payload` (see [`crate::sign`]).
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: Vec<u8>,
    /// zstd of the CBOR message.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub payload: Vec<u8>,
}

/// One call of a device: what it has to give, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// Lowest protocol version the device speaks.
    #[n(0)]
    pub protocol_min: u32,
    /// Highest protocol version the device speaks.
    #[n(1)]
    pub protocol_max: u32,
    /// Version of the record schema the device knows.
    #[n(2)]
    pub schema: u32,
    /// Version of the program, for people.
    #[n(3)]
    pub app: String,
    /// The hub it means to speak to.
    #[n(4)]
    pub hub: HubId,
    /// The author epoch under which it writes.
    #[n(5)]
    pub epoch: AuthorEpoch,
    /// Its own changes, oldest first.
    #[n(6)]
    pub push: Push,
    /// Where its copy of the feed stands; `None` before the first pull.
    #[n(7)]
    pub pull: Option<FeedPosition>,
    /// The most bytes of feed items it wants, inflated; 0 asks for positions and digest only.
    #[n(8)]
    pub pull_bytes_max: u32,
    /// Its digest at `pull`.
    #[n(9)]
    pub digest: Digest,
    /// What it says about itself.
    #[n(10)]
    pub status: DeviceStatus,
    /// The author epoch that this database wrote under before `epoch`, and why it left it. Sent
    /// until the hub has acknowledged something of `epoch`.
    #[n(11)]
    pub rotated: Option<Rotated>,
    /// What the hub signed when it gave `pull` to this device (see [`Response::feed_token`]).
    #[n(12)]
    pub pull_token: Option<Token>,
    /// Its documents at `pull` in detail, when the digests differ or the feed is another one.
    #[n(13)]
    pub detail: Option<Detail>,
    /// Documents of which it lacks changes that the feed has named already.
    #[n(14)]
    pub wanted: Option<Vec<Wanted>>,
    /// Changes that it holds and the hub lost, in causal order: anybody's, not from its push log.
    #[n(15)]
    pub returned: Option<Vec<Returned>>,
}

/// Why a database took a new author epoch.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum RotationReason {
    /// A backup was put back by command.
    #[n(0)]
    Restored,
    /// The witness file knew of more than the database, was missing, or named another machine.
    #[n(1)]
    Witness,
    /// The hub knew of more than the database.
    #[n(2)]
    RolledBack,
    /// The hub knew another log at the same positions: the disk was copied.
    #[n(3)]
    Cloned,
}

impl RotationReason {
    /// A stable code, for events and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Witness => "witness",
            Self::RolledBack => "rolled_back",
            Self::Cloned => "cloned",
        }
    }
}

/// The author epoch a database left, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rotated {
    /// The epoch it wrote under before.
    #[n(0)]
    pub from: AuthorEpoch,
    /// Why it left it.
    #[n(1)]
    pub reason: RotationReason,
}

/// 16 bytes by which a hub recognises its own word later (see [`crate::token`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Token(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 16],
);

/// A device's documents at its feed position, in more detail than one digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Detail {
    /// The digest of each of the 64 buckets (see [`crate::digest::bucket`]), 32 bytes each.
    #[n(0)]
    Buckets(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// The documents of some buckets.
    #[n(1)]
    List(#[n(0)] DocumentList),
}

/// The documents of some buckets, by short keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentList {
    /// Bit n: bucket n is meant.
    #[n(0)]
    pub buckets: u64,
    /// For each document 16 bytes: the first 8 of its id, the first 8 of its leaf; sorted.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub entries: Vec<u8>,
}

/// What the hub answers to a [`Detail`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Compared {
    /// Bit n: bucket n differs.
    #[n(0)]
    Buckets(#[n(0)] u64),
    /// The documents that differ.
    #[n(1)]
    List(#[n(0)] Differences),
}

/// How the hub's documents differ from those of a list, at one position of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Differences {
    /// The newest position of the hub's feed: what is not listed is equal there.
    #[n(0)]
    pub at: FeedPosition,
    /// The hub's digest there.
    #[n(1)]
    pub digest: Digest,
    /// What the hub holds of each document that differs.
    #[n(2)]
    pub documents: Vec<Difference>,
    /// The device's position, signed.
    #[n(3)]
    pub token: Token,
}

/// One document that the two ends do not hold alike.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Difference {
    /// The first 8 bytes of its id: the whole id is not known when the hub does not hold it.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub key: [u8; 8],
    /// Its id, when the hub knows that the ward has it, or once had it.
    #[n(1)]
    pub document: Option<DocumentId>,
    /// The hub's heads, sorted; empty when it is not in the ward's scope.
    #[n(2)]
    pub heads: Vec<ChangeHash>,
    /// Its generation at the hub.
    #[n(3)]
    pub generation: u32,
    /// The custody entry in force at the hub; 0 when it is not in the ward's scope.
    #[n(4)]
    pub custody_version: u64,
    /// The ward that may write it; absent for the asking device's own, and when it is not in scope.
    #[n(5)]
    pub custodian: Option<WardId>,
}

/// A document of which a device lacks changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wanted {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The heads of what the device holds and the hub may know; changes before them are not sent.
    #[n(1)]
    pub have: Vec<ChangeHash>,
}

/// A change that the hub lost, given back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Returned {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The raw change.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The device that wrote it, as far as the sender knows.
    #[n(2)]
    pub author: DeviceId,
}

/// A question that is answered when there is something new, or when its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wait {
    /// The hub it means to speak to.
    #[n(0)]
    pub hub: HubId,
    /// Where the device's copy of the feed stands.
    #[n(1)]
    pub seq: FeedSeq,
    /// The incarnation of the feed that `seq` counts.
    #[n(2)]
    pub epoch: FeedEpoch,
    /// How long the device would wait at most, in seconds; the hub may answer sooner.
    #[n(3)]
    pub seconds_max: u32,
}

/// The answer to a [`Wait`]. It carries no data: those come by a sync call alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Waited {
    /// Whether a sync call would bring something.
    #[n(0)]
    pub something_new: bool,
}

/// A stretch of a device's push log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Push {
    /// The position before the first item; equals the last acknowledged position the device knows.
    #[n(0)]
    pub after: Lseq,
    /// The chain at `after`.
    #[n(1)]
    pub chain: Chain,
    /// The changes at `after + 1`, `after + 2`, ...
    #[n(2)]
    pub items: Vec<PushItem>,
    /// What the hub signed when it acknowledged `after` (see [`Response::ack_token`]).
    #[n(3)]
    pub token: Option<Token>,
    /// `after` is only assumed: the request stands in a file behind others whose answers are not
    /// known. So it does not confirm that the device was told of `after`.
    #[n(4)]
    pub assumed: Option<bool>,
}

/// One change of a push.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PushItem {
    /// The document it belongs to.
    #[n(0)]
    pub document: DocumentId,
    /// The raw automerge change, chunk type 1. Empty when [`PushItem::notice`] stands here, and
    /// when the document was forgotten since, with its changes ([`PushItem::gone`]).
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The custody version the device believed in; 0 for a document born on it.
    #[n(2)]
    pub custody_version: u64,
    /// Not a change: the device notes at this place of its log what it has learnt.
    #[n(3)]
    pub notice: Option<Notice>,
    /// What stands here in the chain when there are no bytes: the hash of a change whose bytes are
    /// gone with its document, or of the feed item that a [`PushItem::notice`] is about.
    #[n(4)]
    pub gone: Option<ChangeHash>,
}

/// What a device notes in its push log: the proof of what it knew when it wrote what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Notice {
    /// It has taken in that the document is released: it writes it no longer.
    #[n(0)]
    Released,
    /// It has forgotten the document: nothing of it is stored any more.
    #[n(1)]
    Forgotten,
}

/// The set digest of (document, heads): see [`crate::digest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Digest {
    /// Documents counted.
    #[n(0)]
    pub n: u64,
    /// Sum of the leaves modulo 2^256, little-endian.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub sum: [u8; 32],
}

/// What a device says about itself with every call. Shown to the city's admin.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(map)]
pub struct DeviceStatus {
    /// Changes not yet acknowledged by the hub.
    #[n(0)]
    pub pending: u64,
    /// Open conflicts on the device.
    #[n(1)]
    pub conflicts: u64,
    /// Changes the hub refused and the device keeps aside.
    #[n(2)]
    pub quarantined: u64,
    /// Age of the oldest unacknowledged change, in seconds.
    #[n(3)]
    pub oldest_unsent_s: u64,
    /// Size of the database, in bytes.
    #[n(4)]
    pub database_bytes: u64,
    /// Free space where the database lies, in bytes.
    #[n(5)]
    pub free_bytes: u64,
    /// The device's clock.
    #[n(6)]
    pub clock: Timestamp,
    /// A short code of the last failure, empty when there is none.
    #[n(7)]
    pub last_error: String,
    /// Documents that do not stand as they do in the feed, beside what is pending: wanted, to be
    /// given back, or not acceptable here. Not equal as long as there are any.
    #[n(8)]
    #[serde(default)]
    pub unequal: u64,
}

/// The hub's answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Response {
    /// Everything in the push log up to here is durable at the hub (or listed in `refused`).
    #[n(0)]
    pub acked: Lseq,
    /// Changes the hub did not take, each with the reason.
    #[n(1)]
    pub refused: Vec<Refused>,
    /// Whether the two ends agree about the device's log.
    #[n(2)]
    pub epoch_state: EpochState,
    /// The feed after the device's position.
    #[n(3)]
    pub feed: Feed,
    /// The hub's digest at `feed.to`.
    #[n(4)]
    pub digest_at_to: Digest,
    /// True when a next call would bring or take more at once.
    #[n(5)]
    pub more: bool,
    /// The hub's clock.
    #[n(6)]
    pub server_time: Timestamp,
    /// Ask again after so many seconds at the earliest; 0 when there is no wish.
    #[n(7)]
    pub retry_after_s: u32,
    /// Whether the digest sent with the request was the hub's at that position; `None` when the
    /// hub could not tell (a position that it did not give to this device).
    #[n(8)]
    pub digest_agreed: Option<bool>,
    /// The chain of the device's push log at `acked`, as the hub holds it. Absent when the request
    /// itself brings the log up to there, and so shows it.
    #[n(9)]
    pub acked_chain: Option<Chain>,
    /// By this the hub recognises (device, epoch, `acked`, `acked_chain`) as its own word.
    #[n(10)]
    pub ack_token: Option<Token>,
    /// By this the hub recognises (ward, `feed.to`) as its own word.
    #[n(11)]
    pub feed_token: Option<Token>,
    /// The answer to [`Request::detail`].
    #[n(12)]
    pub compared: Option<Compared>,
    /// The changes of the documents of [`Request::wanted`], in causal order.
    #[n(13)]
    pub supplied: Option<Vec<FeedChange>>,
    /// The wanted documents that `supplied` completes.
    #[n(14)]
    pub supplied_whole: Option<Vec<DocumentId>>,
    /// Changes of this device's log that are acknowledged but wait for what they build on.
    #[n(15)]
    pub parked: Option<u64>,
    /// How many of [`Request::returned`] the hub has judged; the rest comes again.
    #[n(16)]
    pub returned: Option<u64>,
}

/// Whether the hub's memory of a device and the device itself agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum EpochState {
    /// They agree.
    #[default]
    #[n(0)]
    Ok,
    /// The device stands before a position it had confirmed: an older copy was put back.
    #[n(1)]
    RolledBack,
    /// Two logs claim one position: the disk was copied.
    #[n(2)]
    Cloned,
    /// The device is ahead of the hub: the hub was put back to an older copy.
    #[n(3)]
    HubRolledBack,
}

impl EpochState {
    /// A stable code, for logs and the device's status; empty when they agree.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "",
            Self::RolledBack => "rolled_back",
            Self::Cloned => "cloned",
            Self::HubRolledBack => "hub_rolled_back",
        }
    }
}

/// A change that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// Its place in the push log.
    #[n(0)]
    pub lseq: Lseq,
    /// Its hash.
    #[n(1)]
    pub hash: ChangeHash,
    /// Why: a stable code, such as `not_custodian` (see [`crate::check::RefusalCode`]).
    #[n(2)]
    pub code: String,
    /// The change it fell with, when it is only a descendant of a refused one.
    #[n(3)]
    pub because_of: Option<ChangeHash>,
}

/// A stretch of a ward's feed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Feed {
    /// The position before the first item.
    #[n(0)]
    pub from: FeedPosition,
    /// The position after the last item.
    #[n(1)]
    pub to: FeedPosition,
    /// The items, in order, without gaps.
    #[n(2)]
    pub items: Vec<FeedItem>,
}

/// One item of a feed, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum FeedItem {
    /// A change by another device, or by an officer at the hub.
    #[n(0)]
    Change(#[n(0)] FeedChange),
    /// `count` changes of the asking device itself, from its push log, one feed position each.
    /// Refused changes take no position, so the stretch may skip `lseq`s: one item each stretch.
    #[n(1)]
    Own(#[n(0)] OwnStretch),
    /// A change that the asking device itself gave back: it holds the bytes.
    #[n(2)]
    Held(#[n(0)] HeldChange),
    /// The ward may read, and perhaps write, a document from here on; with all its changes.
    #[n(3)]
    Grant(#[n(0)] Grant),
    /// The ward may not write a document any more.
    #[n(4)]
    Release(#[n(0)] Release),
    /// The ward must not hold a document any more.
    #[n(5)]
    Forget(#[n(0)] Forget),
    /// A change of a document that left the ward's scope since: a position only. What took it out
    /// of scope (a release, a forget) stands later in the feed.
    #[n(6)]
    Gone(#[n(0)] HeldChange),
    /// A late edit of the ward that had the document before: not merged, because it touches what
    /// was changed since; the ward decides.
    #[n(7)]
    Review(#[n(0)] Review),
}

/// A change without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeldChange {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The change.
    #[n(1)]
    pub hash: ChangeHash,
    /// The document's generation.
    #[n(2)]
    pub generation: u32,
}

/// A change that was kept aside for the ward to decide.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Review {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The change.
    #[n(1)]
    pub hash: ChangeHash,
    /// The document's generation.
    #[n(2)]
    pub generation: u32,
    /// The raw change; empty when the document left the ward's scope since.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The device that wrote it.
    #[n(4)]
    pub author: DeviceId,
    /// When the hub received it.
    #[n(5)]
    pub received_at: Timestamp,
}

/// A document comes into the scope of a ward.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its generation.
    #[n(1)]
    pub generation: u32,
    /// The custody entry in force from here on.
    #[n(2)]
    pub custody_version: u64,
    /// The ward that may write it; absent when it is the receiving ward itself.
    #[n(3)]
    pub custodian: Option<WardId>,
    /// The heads that the chain commits to, sorted.
    #[n(4)]
    pub heads: Vec<ChangeHash>,
    /// Its changes in causal order, as many as fit an answer; perhaps newer ones than `heads`
    /// too, whose feed items follow. What is missing up to `heads` is asked for by
    /// [`Request::wanted`].
    #[n(5)]
    pub changes: Vec<FeedChange>,
    /// The decision behind it, for people: number and day.
    #[n(6)]
    pub decision: String,
    /// The document left the ward's scope again since: a position only, without changes.
    #[n(7)]
    pub gone: Option<bool>,
}

/// A document leaves the custody of a ward.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Release {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its generation.
    #[n(1)]
    pub generation: u32,
    /// The custody entry in force from here on.
    #[n(2)]
    pub custody_version: u64,
    /// The ward that may write it now.
    #[n(3)]
    pub custodian: WardId,
    /// The decision behind it, for people.
    #[n(4)]
    pub decision: String,
}

/// Why a document is to be forgotten.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ForgetReason {
    /// Another ward keeps it now, or a secondment is over.
    #[n(0)]
    Moved,
    /// It was erased at the hub, for good.
    #[n(1)]
    Purged,
}

/// A document leaves the scope of a ward.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Forget {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its generation.
    #[n(1)]
    pub generation: u32,
    /// The custody entry in force from here on.
    #[n(2)]
    pub custody_version: u64,
    /// Why.
    #[n(3)]
    pub reason: ForgetReason,
}

/// A change with its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FeedChange {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The raw automerge change.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The device that wrote it; all zeros for the hub itself.
    #[n(2)]
    pub author: DeviceId,
    /// When the hub received it.
    #[n(3)]
    pub received_at: Timestamp,
    /// The document's history reset count; 0 in v1.
    #[n(4)]
    pub generation: u32,
}

/// The asking device's own changes, which it has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnStretch {
    /// The first of them in the push log.
    #[n(0)]
    pub first: Lseq,
    /// How many, one position of the log and of the feed each.
    #[n(1)]
    pub count: u64,
}

/// A new device asks to join (not enveloped: it proves itself by the code and its own key).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The one-time code, eight characters of Crockford base 32.
    #[n(0)]
    pub code: String,
    /// The device's Ed25519 public key, 32 bytes.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub public_key: Vec<u8>,
    /// What people call this machine.
    #[n(2)]
    pub device_name: String,
    /// The author epoch of its database.
    #[n(3)]
    pub epoch: AuthorEpoch,
    /// Version of the program.
    #[n(4)]
    pub app: String,
    /// Ed25519 by that key over the context and the fields 0 to 4 (see [`crate::sign`]).
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

/// The hub's word that a device has joined. Travels in an [`Envelope`] signed by the hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolled {
    /// The hub.
    #[n(0)]
    pub hub: HubId,
    /// The device's id from now on.
    #[n(1)]
    pub device: DeviceId,
    /// Its ward.
    #[n(2)]
    pub ward: WardId,
    /// The ward's name for people.
    #[n(3)]
    pub ward_name: String,
    /// The Ed25519 key by which the hub signs its answers; pinned from now on.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hub_key: Vec<u8>,
    /// The age recipient to which bundles for the hub are sealed; pinned from now on.
    #[n(5)]
    pub sealing_recipient: String,
    /// The day as of which the city's units and posts are meant, `YYYY-MM-DD`; empty for today.
    #[n(6)]
    pub units_as_of: String,
    /// The author epoch of the hub's own edits.
    #[n(7)]
    pub hub_epoch: AuthorEpoch,
}

/// A refusal of a whole request. Travels in an [`Envelope`] signed by the hub when the hub can
/// tell who asks, with HTTP status 4xx or 5xx.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rejection {
    /// A stable code, such as `unknown_device` (see [`crate::RejectCode`]).
    #[n(0)]
    pub code: String,
    /// Ask again after so many seconds; 0 when asking again does not help.
    #[n(1)]
    pub retry_after_s: u32,
}

/// The feed's position, for [`FeedPosition`] values that stand before everything.
pub const FEED_START: FeedSeq = FeedSeq(0);
