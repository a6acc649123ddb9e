//! The messages of sync, as CBOR maps with numbered keys (docs/PROTOCOL.md).
//!
//! Keys are never reused. A reader skips keys that it does not know and takes the default for those
//! that are missing, so that old and new versions understand each other.

mod compare;
mod custody;
mod enrol;
mod feed;
mod file;
mod request;
mod response;
mod rules;

use minicbor::{Decode, Encode};
use wardbook_base::DeviceId;

pub use compare::{Compared, Detail, Difference, Differences, DocumentList};
pub use custody::{CustodyAct, CustodyWord, ShownCustody};
pub use enrol::{EnrolRequest, Enrolled};
pub use feed::{
    Feed, FeedChange, FeedItem, Forget, ForgetReason, Grant, HeldChange, OwnStretch, Release,
    Review,
};
pub use file::{FILE_PIECE_BYTES_MAX, FileAnswer, FileCall};
pub use request::{
    DeviceStatus, Notice, Push, PushItem, Request, Returned, Rotated, RotationReason, Wait, Waited,
    Wanted,
};
pub use response::{EpochState, Refused, Response};
pub use rules::{AskRules, ToldRules};

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

/// 16 bytes by which a hub recognises its own word later (see [`crate::token`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Token(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 16],
);

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
