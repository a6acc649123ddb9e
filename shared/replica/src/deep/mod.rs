//! The deep check, apart from the server: what comes from elsewhere is tried on a copy of its
//! document by a worker process with limits, because automerge may panic, use up all memory or
//! never end on bytes that pass every other check (sync design, section 5).
//!
//! The worker is this very program, started with [`SUBCOMMAND`]: see [`serve_if_asked`].

pub mod frame;
mod pool;
mod search;
mod worker;

use std::panic::{AssertUnwindSafe, catch_unwind};

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{DeepBase, DeepFault, deep_check};

pub use pool::{Patience, Workers};
use search::{Tried, guilty};
pub use worker::serve_if_asked;

/// The hidden command by which a program becomes a worker.
pub const SUBCOMMAND: &str = "deep-check";
/// How often one document is tried when something in it is wrong.
const TRIES_MAX: u32 = 100;

/// A change with its hash.
pub type HashedChange = (ChangeHash, Vec<u8>);

/// A document and what is to come into it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeepWork {
    /// Which.
    pub document: DocumentId,
    /// Its saved form, when there is one.
    pub saved: Option<Vec<u8>>,
    /// Its changes that are not in the saved form, each after those that it builds on.
    pub changes: Vec<Vec<u8>>,
    /// What is to come, each after what it builds on. All of it has passed the shallow checks.
    pub fresh: Vec<HashedChange>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeepReport {
    /// The changes that must not come in. What builds on one of them is not named.
    pub condemned: Vec<(DocumentId, ChangeHash)>,
    /// Documents that could not be read before anything came: nothing was condemned for them.
    pub damaged: Vec<DocumentId>,
    /// How often a worker died or had to be ended.
    pub deaths: u32,
}

/// No worker could be started: nothing is known of the changes, so none may come in now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the worker process for the deep check cannot be started: {0}")]
pub struct DeepUnavailable(pub String);

/// Tries changes on copies of their documents.
pub trait DeepCheck: Send + Sync {
    /// Blocks until all is tried: call it off the async threads and outside any transaction.
    ///
    /// # Errors
    /// When nothing can be tried now.
    fn check(&self, work: Vec<DeepWork>) -> Result<DeepReport, DeepUnavailable>;
}

/// Tries within this process: a panic is caught, but not an abort or an endless loop. For tests
/// and for what this program wrote itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl DeepCheck for InProcess {
    fn check(&self, work: Vec<DeepWork>) -> Result<DeepReport, DeepUnavailable> {
        let mut report = DeepReport::default();
        for work in &work {
            match try_out(work) {
                Verdict::Fine => {}
                Verdict::Damaged => report.damaged.push(work.document),
                Verdict::Guilty(hashes) => {
                    report.condemned.extend(hashes.into_iter().map(|hash| (work.document, hash)));
                }
            }
        }
        Ok(report)
    }
}

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It survives.
    Fine,
    /// It is damaged already.
    Damaged,
    /// It survives without these.
    Guilty(Vec<ChangeHash>),
}

/// Tries one document, and finds the guilty changes when it does not survive.
fn try_out(work: &DeepWork) -> Verdict {
    let base = DeepBase { saved: work.saved.as_deref(), changes: &work.changes };
    let mut count = 0;
    let mut damaged = false;
    let found = guilty(&work.document, &work.fresh, |changes| {
        count += 1;
        let tried = catch_unwind(AssertUnwindSafe(|| deep_check(work.document, base, changes)));
        match tried {
            Ok(Ok(())) => Tried::Passes,
            Ok(Err(DeepFault::Base(_))) => {
                damaged = true;
                Tried::Passes
            }
            Ok(Err(DeepFault::Fresh(_))) | Err(_) if count > TRIES_MAX => Tried::GivenUp,
            Ok(Err(DeepFault::Fresh(_))) | Err(_) => Tried::Fails,
        }
    });
    match (damaged, found.is_empty()) {
        (true, _) => Verdict::Damaged,
        (false, true) => Verdict::Fine,
        (false, false) => Verdict::Guilty(found),
    }
}

#[cfg(test)]
mod tests;
