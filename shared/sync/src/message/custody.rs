//! Entries of the custody ledger as the hub signs them for a ward, so that a hub that was put back
//! to an older copy learns its own decisions again.

use minicbor::{Decode, Encode};
use wardbook_base::{DocumentId, Timestamp, WardId};

use super::Token;

/// What a custody entry did.
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
pub enum CustodyAct {
    /// The document was born in the ward.
    #[n(0)]
    Born,
    /// It went to the ward.
    #[n(1)]
    Transfer,
    /// The ward may read it (secondment).
    #[n(2)]
    Lend,
    /// The ward may read it no longer.
    #[n(3)]
    Return,
    /// It was erased for good.
    #[n(4)]
    Purge,
}

/// One entry of a document's custody ledger, in the hub's own word.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CustodyWord {
    /// The entry's number.
    #[n(0)]
    pub version: u64,
    /// What was done.
    #[n(1)]
    pub act: CustodyAct,
    /// The ward it was done to.
    #[n(2)]
    pub ward: WardId,
    /// When.
    #[n(3)]
    pub at: Timestamp,
    /// The decision behind it, for people.
    #[n(4)]
    pub decision: String,
    /// The hub's signature, for the ward that it was given to
    /// (see [`crate::token::TokenKey::custody`]).
    #[n(5)]
    pub token: Token,
}

/// What a device shows to a hub that may have lost it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ShownCustody {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// What the hub once said of it, by version.
    #[n(1)]
    pub words: Vec<CustodyWord>,
}
