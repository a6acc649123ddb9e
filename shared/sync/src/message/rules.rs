//! The city's rows of the table of rules, asked for by themselves: they are no part of a feed, and
//! the engine does not look inside.

use minicbor::{Decode, Encode};
use wardbook_base::HubId;

/// A device's question whether there are newer rows than it holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AskRules {
    /// The hub it means to speak to.
    #[n(0)]
    pub hub: HubId,
    /// The version it holds; 0 = none.
    #[n(1)]
    pub version: u64,
}

/// The answer to [`AskRules`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct ToldRules {
    /// The version that the hub holds; 0 = none.
    #[n(0)]
    pub version: u64,
    /// The rows as JSON; empty when the device holds this version already.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub json: Vec<u8>,
}
