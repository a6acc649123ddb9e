//! What a history may break.

use std::fmt;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::DocumentError;
use wardbook_sync::hub::HubError;
use wardbook_sync::node::NodeError;
use wardbook_sync::ports::PortError;

/// The promises that are checked (sync design, section 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Oracle {
    /// The engine never stops with an error, and comes to rest when the line is whole.
    Rest,
    /// O1: equal heads and digests in every scope.
    Equal,
    /// O2: authored = merged + kept aside + pending, by hash.
    Conserved,
    /// O3: every prefix of a feed is causally closed.
    Causal,
    /// O4: the digest kept step by step is what a recount gives.
    Digest,
    /// O5: snapshot and tail give what a full replay gives.
    Snapshot,
    /// O6: the conflict table is what a full scan finds.
    Conflicts,
    /// O7: no document outside of its custody.
    Scope,
    /// O8: no fork of a log stays unnoticed.
    Noticed,
    /// O9: every stored document loads.
    Loads,
    /// O10: nobody was told "equal" when it was not.
    Honest,
    /// No edit that a user was told is saved is lost.
    Kept,
}

impl Oracle {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Equal => "O1 equal",
            Self::Conserved => "O2 conserved",
            Self::Causal => "O3 causal",
            Self::Digest => "O4 digest",
            Self::Snapshot => "O5 snapshot",
            Self::Conflicts => "O6 conflicts",
            Self::Scope => "O7 scope",
            Self::Noticed => "O8 noticed",
            Self::Loads => "O9 loads",
            Self::Honest => "O10 honest",
            Self::Kept => "kept",
        }
    }
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub oracle: Oracle,
    /// What was found.
    pub what: String,
}

/// What a step of the simulator comes to.
pub type Sim<T> = Result<T, Violation>;

impl Violation {
    /// A broken promise in words.
    pub fn new(oracle: Oracle, what: impl Into<String>) -> Self {
        Self { oracle, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.oracle.name(), self.what)
    }
}

impl From<PortError> for Violation {
    fn from(error: PortError) -> Self {
        Self::new(Oracle::Rest, format!("the store failed: {error}"))
    }
}

impl From<NodeError> for Violation {
    fn from(error: NodeError) -> Self {
        Self::new(Oracle::Rest, format!("a node stopped: {error}"))
    }
}

impl From<HubError> for Violation {
    fn from(error: HubError) -> Self {
        Self::new(Oracle::Rest, format!("the hub stopped: {error}"))
    }
}

impl From<DocumentError> for Violation {
    fn from(error: DocumentError) -> Self {
        Self::new(Oracle::Loads, format!("a document does not load: {error}"))
    }
}

/// The first bytes of an id or hash: enough to tell them apart in a report.
pub(crate) fn short(bytes: &[u8]) -> String {
    wardbook_base::to_hex(&bytes[..bytes.len().min(3)])
}

/// A change in a report.
pub(crate) fn name(document: &DocumentId, hash: &ChangeHash) -> String {
    format!("{}/{}", short(&document.0), short(&hash.0))
}
