//! The messages of sync v1, as CBOR maps with numbered keys (docs/PROTOCOL.md).
//!
//! Keys are never reused. A reader skips keys that it does not know and takes the default for those
//! that are missing, so that old and new versions understand each other.

use minicbor::{Decode, Encode};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};

/// The protocol version this program speaks.
pub const PROTOCOL: u32 = 1;

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
}

/// One change of a push.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PushItem {
    /// The document it belongs to.
    #[n(0)]
    pub document: DocumentId,
    /// The raw automerge change, chunk type 1.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// The custody version the device believed in; 0 for a document born on it.
    #[n(2)]
    pub custody_version: u64,
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
