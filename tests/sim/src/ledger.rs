//! What really happened, kept beside the city: no end can forget it or lie about it.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, Lseq, RowId};

/// A change that a user was told is saved.
#[derive(Debug, Clone)]
pub(crate) struct Authored {
    /// The node it was written at; none at the hub.
    pub(crate) at: Option<usize>,
    /// A text that no other edit writes, when it writes a text.
    pub(crate) token: Option<String>,
    /// It stood on a disk alone that was put back to an older copy: nobody can have it any more.
    pub(crate) gone: bool,
    /// It is one that the deep check condemns.
    pub(crate) hostile: bool,
}

/// Everything that was ever written, and what the line really carried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) authored: BTreeMap<(DocumentId, ChangeHash), Authored>,
    /// What was written anew, by the original.
    pub(crate) copies: BTreeMap<(DocumentId, ChangeHash), ChangeHash>,
    /// Changes that were to be written anew, but would have changed nothing.
    pub(crate) empty_copies: BTreeSet<(DocumentId, ChangeHash)>,
    /// The rows that exist, by document.
    pub(crate) rows: BTreeMap<DocumentId, Vec<RowId>>,
    /// All documents that were ever made.
    pub(crate) documents: Vec<DocumentId>,
    /// Documents that were erased.
    pub(crate) purged: BTreeSet<DocumentId>,
    /// Documents that were erased, by a hub that was then put back to before it knew them.
    pub(crate) once_purged: BTreeSet<DocumentId>,
    /// The chain that came to the hub at each position of each log.
    pub(crate) logs: BTreeMap<(DeviceId, AuthorEpoch, Lseq), Chain>,
    /// Devices of which two logs came to the hub that claim the same position.
    pub(crate) forked: BTreeSet<DeviceId>,
    tokens: u64,
}

impl Ledger {
    /// A text that was never written before.
    pub(crate) fn token(&mut self) -> String {
        self.tokens += 1;
        format!("v{}", self.tokens)
    }

    /// A position of a log came to the hub.
    pub(crate) fn arrived(&mut self, at: (DeviceId, AuthorEpoch, Lseq), chain: Chain) {
        if *self.logs.entry(at).or_insert(chain) != chain {
            self.forked.insert(at.0);
        }
    }
}
