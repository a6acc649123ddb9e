//! Which of several changes it is that a document does not survive.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::check::read_change;

use super::HashedChange;

/// What came of trying some changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// The document survives.
    Passes,
    /// It does not.
    Fails,
    /// It does not, and that is enough: whatever is left is condemned.
    GivenUp,
}

/// The changes that must go so that the rest, without what builds on them, passes.
///
/// A prefix of the changes holds all that its changes build on, so the first prefix that fails
/// ends with a guilty one: found by halving.
pub(super) fn guilty(
    document: &DocumentId,
    fresh: &[HashedChange],
    mut passes: impl FnMut(&[HashedChange]) -> Tried,
) -> Vec<ChangeHash> {
    let mut found = Vec::new();
    let mut left: Vec<HashedChange>;
    let mut trying = fresh;
    loop {
        match first_that_fails(trying, &mut passes) {
            Ok(None) => return found,
            Ok(Some(at)) => {
                found.push(trying[at].0);
                left = without(document, trying, at);
                trying = &left;
            }
            Err(GivenUp) => {
                found.extend(trying.iter().map(|(hash, _)| *hash));
                return found;
            }
        }
    }
}

struct GivenUp;

fn first_that_fails(
    changes: &[HashedChange],
    passes: &mut impl FnMut(&[HashedChange]) -> Tried,
) -> Result<Option<usize>, GivenUp> {
    let mut pass = |changes: &[HashedChange]| match passes(changes) {
        Tried::Passes => Ok(true),
        Tried::Fails => Ok(false),
        Tried::GivenUp => Err(GivenUp),
    };
    if changes.is_empty() || pass(changes)? {
        return Ok(None);
    }
    let (mut good, mut bad) = (0, changes.len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if pass(&changes[..middle])? { good = middle } else { bad = middle }
    }
    Ok(Some(good))
}

/// The changes without one of them and all that build on it.
fn without(document: &DocumentId, changes: &[HashedChange], at: usize) -> Vec<HashedChange> {
    let mut gone = BTreeSet::from([changes[at].0]);
    let mut left = Vec::new();
    for (hash, bytes) in changes {
        // Never by automerge: this runs in the server too. What cannot be read is tried on.
        let builds_on_gone = read_change(document, bytes)
            .is_ok_and(|parsed| parsed.meta.deps.iter().any(|dep| gone.contains(dep)));
        if gone.contains(hash) || builds_on_gone {
            gone.insert(*hash);
        } else {
            left.push((*hash, bytes.clone()));
        }
    }
    left
}
