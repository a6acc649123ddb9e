//! The items of a ward's feed as they travel.

use minicbor::{Decode, Encode};
use wardbook_base::{ChangeHash, DeviceId, DocumentId, FeedPosition, Lseq, Timestamp, WardId};

use super::CustodyWord;

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
    /// [`crate::message::Request::wanted`].
    #[n(5)]
    pub changes: Vec<FeedChange>,
    /// The decision behind it, for people: number and day.
    #[n(6)]
    pub decision: String,
    /// The document left the ward's scope again since: a position only, without changes.
    #[n(7)]
    pub gone: Option<bool>,
    /// The custody entry, and the one by which the document came to its custodian, in the hub's own
    /// word, to be kept.
    #[n(8)]
    pub words: Option<Vec<CustodyWord>>,
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
    /// The custody entry in the hub's own word, to be kept.
    #[n(5)]
    pub word: Option<CustodyWord>,
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
    /// The custody entry in the hub's own word, to be kept, where it is about this ward.
    #[n(4)]
    pub word: Option<CustodyWord>,
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
    /// The document's history reset count.
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
