//! Comparing what both ends hold, document by document, when the digests differ.

use minicbor::{Decode, Encode};
use wardbook_base::{ChangeHash, DocumentId, FeedPosition, WardId};

use super::{CustodyWord, Digest, Token};

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
    /// For each document 16 bytes: the first 8 of its id, the first 8 of its leaf (with
    /// the last bit turned where another ward writes it); sorted.
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
    /// The custody entries about the ward, and the last one by which the document moved, in the
    /// hub's own word: the device has jumped over the items of the feed that held them.
    #[n(6)]
    pub words: Option<Vec<CustodyWord>>,
}
