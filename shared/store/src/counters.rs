//! What a store counts: for budgets in tests, and for the status page.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Transactions that were made durable.
    pub commits: u64,
    /// Write jobs that were run (several share a commit).
    pub jobs: u64,
    /// Documents that were put together from their snapshot and changes.
    pub documents_loaded: u64,
    /// Changes that were stored.
    pub changes: u64,
    /// Their bytes.
    pub change_bytes: u64,
    /// Snapshots that were written.
    pub snapshots: u64,
    /// Rows that questions stepped over because no index led to the answer. A call that brings
    /// nothing new adds none, however much is stored.
    pub rows_scanned: u64,
    /// Statements that were run.
    pub statements: u64,
    /// Steps of the database's own machine: how much work the statements were, on any computer.
    pub steps: u64,
}

/// How much a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// The database file and its write-ahead log, in bytes.
    pub database_bytes: u64,
    /// Free space where the database lies, in bytes; `None` when the system does not tell.
    pub free_bytes: Option<u64>,
    /// Documents in the log.
    pub documents: u64,
    /// Changes in the log.
    pub changes: u64,
    /// People in the projections.
    pub people: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
    pub(crate) documents_loaded: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) change_bytes: AtomicU64,
    pub(crate) snapshots: AtomicU64,
    pub(crate) rows_scanned: AtomicU64,
    pub(crate) statements: AtomicU64,
    pub(crate) steps: AtomicU64,
}

impl Counting {
    pub(crate) fn read(&self) -> Counters {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            commits: of(&self.commits),
            jobs: of(&self.jobs),
            documents_loaded: of(&self.documents_loaded),
            changes: of(&self.changes),
            change_bytes: of(&self.change_bytes),
            snapshots: of(&self.snapshots),
            rows_scanned: of(&self.rows_scanned),
            statements: of(&self.statements),
            steps: of(&self.steps),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}
