//! Pieces of files that records refer to. They are no part of a feed: they travel after it, one
//! piece a call, and go on where they stopped.

use minicbor::{Decode, Encode};
use wardbook_base::{DocumentId, HubId};

/// The largest piece, in bytes: two seconds on a line of 256 kbit/s.
pub const FILE_PIECE_BYTES_MAX: usize = 64 * 1024;

/// A device gives or asks for one piece of a file that a record refers to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FileCall {
    /// The hub it means to speak to.
    #[n(0)]
    pub hub: HubId,
    /// The record that refers to the file.
    #[n(1)]
    pub document: DocumentId,
    /// SHA-256 of the whole file, 32 bytes.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub sha256: Vec<u8>,
    /// The file's size in bytes.
    #[n(3)]
    pub size: u64,
    /// Where the piece begins.
    #[n(4)]
    pub start: u64,
    /// The piece that the device gives; empty when it only asks how much the hub has.
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// How many bytes the device wants from `start` on; 0 when it gives.
    #[n(6)]
    pub want: u32,
}

/// The hub's answer to a [`FileCall`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct FileAnswer {
    /// Whether a record that the device's ward may read refers to the file, as far as the hub has
    /// worked it out by now; nothing else is said when not.
    #[n(0)]
    pub known: bool,
    /// How many bytes the hub has, from the beginning on.
    #[n(1)]
    pub have: u64,
    /// The bytes that were wanted, as many as one piece holds.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Nothing that the hub has of the record names the file, what is kept aside included. It will
    /// not ask for it, unless an edit that is on its way does.
    #[n(3)]
    pub unwanted: Option<bool>,
}
