//! What a device says: where it stands, what it gives, what it asks for.

use minicbor::{Decode, Encode};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp,
};

use super::{Detail, Digest, ShownCustody, Token};

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
    /// What the hub signed when it gave `pull` to this device (see [`crate::message::Response::feed_token`]).
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
    /// With `detail` as a list all that the hub ever said of custody, with `returned` what it said
    /// of those documents: it may have lost that too.
    #[n(16)]
    pub custody: Option<Vec<ShownCustody>>,
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
    /// What the hub signed when it acknowledged `after` (see [`crate::message::Response::ack_token`]).
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
