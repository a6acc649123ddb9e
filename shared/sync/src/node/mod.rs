//! The node's side of a call: what it asks, what it takes from the answer, and its own edits.
//!
//! Three things may be unlike at a node and are put right here without anyone being asked: its log
//! (an older copy, a copied disk: [`rotate`] and what follows), its copy of the feed (compared by
//! buckets and lists), and single changes that the hub does not take (set aside with all that
//! builds on them, and written anew where nothing is wrong with them).

mod ack;
mod answer;
mod aside;
mod compare;
mod custody;
mod heal;
mod intake;
mod local;
mod past;
mod request;
mod steps;

use wardbook_base::{ChangeHash, DeviceId, Dice, DocumentId, FeedPosition, Lseq, Timestamp};

use crate::check::{Condemned, FreshDocument, group_fresh, item_hash};
pub use crate::envelope::{
    AnswerError, open_answer as open_response, open_enrolled, open_rejection, seal_request,
};
use crate::message::{EpochState, FeedChange, FeedItem, Refused, Response, RotationReason};
use crate::ports::PortError;
use crate::{Refusal, SyncSchema};
pub use answer::apply_response;
pub use custody::edits_owed;
pub use heal::rotate;
pub use local::{record_copy, record_local, stands_as};
pub use request::{CallInfo, CallLimits, Cursor, next_request, next_request_after};

/// The ward of documents that were made before the device was enrolled.
pub(crate) const UNENROLLED: &str = "unenrolled";

/// What a node brings to an answer beside its store.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The records.
    pub schema: &'a SyncSchema,
    /// What the deep check of [`fresh`] has found.
    pub condemned: &'a Condemned,
    /// Where a new author epoch comes from.
    pub dice: &'a dyn Dice,
    /// The node's clock.
    pub now: Timestamp,
}

/// Why the node's side of a call stops. Nothing is written then.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The device has not joined a hub yet.
    #[error("this device is not enrolled with a hub yet")]
    NotEnrolled,
    /// The answer is signed by the hub but contradicts itself.
    #[error("the hub's answer contradicts itself: {0}")]
    BadAnswer(&'static str),
    /// An own edit does not pass the checks that the hub would make.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl NodeError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::BadAnswer(_) => "bad_answer",
            Self::Refused(refusal) => refusal.code(),
            Self::Store(_) => "store_failed",
        }
    }
}

/// What an answer came to.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Whether both ends agree about the past. If not, only that was put right.
    pub epoch_state: EpochState,
    /// This database took a new author epoch, and why.
    pub rotated: Option<RotationReason>,
    /// The last acknowledged position of the push log.
    pub acked: Lseq,
    /// Changes that the hub acknowledged with this answer, refused ones included.
    pub newly_acked: u64,
    /// The documents that others changed.
    pub pulled: Vec<DocumentId>,
    /// How many changes of others were taken in.
    pub pulled_changes: u64,
    /// Documents that came into scope or are another ward's now.
    pub custody: Vec<DocumentId>,
    /// Documents that are not here any more.
    pub forgotten: Vec<DocumentId>,
    /// Own changes that the hub refused; they are kept aside.
    pub refused: Vec<Refused>,
    /// The documents of those refused changes.
    pub refused_documents: Vec<DocumentId>,
    /// Changes that were taken out of their documents: refused, or to be written anew. What to
    /// write anew stands in [`crate::ports::NodePort::to_reauthor`].
    pub set_aside: u64,
    /// Changes in the feed that this node cannot accept; they are kept aside.
    pub bad_items: u64,
    /// Documents that the two ends were found to hold unlike.
    pub differed: u64,
    /// Both ends hold the same, proven at [`Outcome::position`].
    pub proven_equal: bool,
    /// The digests differ although they should not.
    pub mismatch: bool,
    /// Another call would bring or take more at once.
    pub more: bool,
    /// Where the copy of the feed stands now.
    pub position: Option<FeedPosition>,
    /// The answer was to an older position and its feed was left alone.
    pub stale: bool,
    /// The hub asks not to be called for so many seconds.
    pub retry_after_s: u32,
    /// The hub's clock.
    pub server_time: Timestamp,
}

/// What the deep check has to look at before [`apply_response`]: the changes of an answer that may
/// be new here, each after those it builds on.
pub fn fresh(response: &Response) -> Vec<FreshDocument> {
    let supplied = response.supplied.iter().flatten();
    let in_feed = response.feed.items.iter().flat_map(|item| match item {
        FeedItem::Change(change) => std::slice::from_ref(change),
        FeedItem::Grant(grant) => &grant.changes,
        _ => &[],
    });
    group_fresh(
        supplied
            .chain(in_feed)
            .map(|change| (change.document, item_hash(&change.change), change.change.clone())),
    )
}

/// A change that an answer brings, or a position for one that is here.
#[derive(Debug)]
struct Arrived {
    document: DocumentId,
    hash: ChangeHash,
    /// Absent when the hub knows that it is here.
    bytes: Option<Vec<u8>>,
    author: DeviceId,
    received_at: Timestamp,
    generation: u32,
    /// It stands at a position of the feed, and so moves the document's heads there.
    in_feed: bool,
}

impl From<FeedChange> for Arrived {
    fn from(change: FeedChange) -> Self {
        Self {
            document: change.document,
            hash: item_hash(&change.change),
            bytes: Some(change.change),
            author: change.author,
            received_at: change.received_at,
            generation: change.generation,
            in_feed: false,
        }
    }
}
