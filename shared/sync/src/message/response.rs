//! What the hub answers to a request.

use minicbor::{Decode, Encode};
use wardbook_base::{Chain, ChangeHash, DocumentId, Lseq, Timestamp};

use super::{Compared, Digest, Feed, FeedChange, Token};

/// The hub's answer to a [`crate::message::Request`].
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
    /// The answer to [`crate::message::Request::detail`].
    #[n(12)]
    pub compared: Option<Compared>,
    /// The changes of the documents of [`crate::message::Request::wanted`], in causal order.
    #[n(13)]
    pub supplied: Option<Vec<FeedChange>>,
    /// The wanted documents that `supplied` completes.
    #[n(14)]
    pub supplied_whole: Option<Vec<DocumentId>>,
    /// Changes of this device's log that are acknowledged but wait for what they build on.
    #[n(15)]
    pub parked: Option<u64>,
    /// How many of [`crate::message::Request::returned`] the hub has judged; the rest comes again.
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
