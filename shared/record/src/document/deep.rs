//! The deep check: whether a document survives some changes.
//!
//! Automerge accepts changes that make a document unreadable once it is saved, and panics on
//! others. So what comes from elsewhere is tried on a copy first: taken in, edited, saved, loaded,
//! read and edited again. Automerge may panic or never end in here: this runs in a process
//! of its own (`wardbook_replica::deep`).

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, PatchLog, ROOT};
use wardbook_base::{ChangeHash, DocumentId};

use super::{Document, genesis, parse};

/// The actor of the edit that is tried; no author epoch of ours.
const PROBE_ACTOR: [u8; 16] = [0xfe; 16];
/// The key it writes, which no schema has.
const PROBE_KEY: &str = "deep-check";

/// What a document holds before some changes come.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeepBase<'a> {
    /// Its saved form, when there is one.
    pub saved: Option<&'a [u8]>,
    /// The changes that are not in the saved form, each after those that it builds on.
    pub changes: &'a [Vec<u8>],
}

/// Why a document would not survive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeepFault {
    /// The document could not be read before the changes came: they are not to blame.
    #[error("the document is damaged already: {0}")]
    Base(String),
    /// It would be destroyed, at this step.
    #[error("the document would be destroyed: {0}")]
    Fresh(&'static str),
}

/// Tries changes, each after those that it builds on, on a copy of a document.
///
/// # Errors
/// When the document would not survive them, or is damaged already.
pub fn deep_check(
    document: DocumentId,
    base: DeepBase<'_>,
    fresh: &[(ChangeHash, Vec<u8>)],
) -> Result<(), DeepFault> {
    let (doc, unmade) = stored(base)?;
    let (mut doc, apart) = take(doc, unmade, fresh)?;
    // One saving and one loading prove the document and the edit on top of it. To save and load
    // once more after the second edit costs as much again and found nothing in any mutant.
    probe(&mut doc, true)?;
    let mut loaded = Document::of(document, same_after_loading(&doc)?);
    if super::stored_id(&loaded.doc) != Some(document) {
        return Err(DeepFault::Fresh("id"));
    }
    // What conflict cards will ask of it. Most changes build on all that is there, and cannot be in
    // conflict: imports, which come by the thousand, among them.
    if apart {
        drop(loaded.all_conflicts());
    }
    probe(&mut loaded.doc, false)
}

/// What the store puts together. Where there is nothing yet, what comes first is put together with
/// the genesis, which is given beside the empty document.
fn stored(base: DeepBase<'_>) -> Result<(Automerge, Option<Change>), DeepFault> {
    let damaged = |what: &dyn std::fmt::Display| DeepFault::Base(what.to_string());
    let changes = base.changes.iter().map(Vec::as_slice);
    let Some(saved) = base.saved else {
        return if base.changes.is_empty() {
            Ok((Automerge::new(), Some(genesis::genesis().made.clone())))
        } else {
            Ok((genesis::with(changes).map_err(|e| damaged(&e))?, None))
        };
    };
    let mut doc = Automerge::load(saved).map_err(|e| damaged(&e))?;
    let tail = changes.map(parse).collect::<Result<Vec<_>, _>>().map_err(|e| damaged(&e))?;
    doc.apply_changes(tail).map_err(|e| damaged(&e))?;
    Ok((doc, None))
}

/// Takes the changes in as intake does, with the patches that conflicts are found by; whether one
/// of them did not know all that was there.
fn take(
    mut doc: Automerge,
    mut unmade: Option<Change>,
    fresh: &[(ChangeHash, Vec<u8>)],
) -> Result<(Automerge, bool), DeepFault> {
    let mut apart = false;
    for (hash, bytes) in fresh {
        let change = parse(bytes).map_err(|_| DeepFault::Fresh("parse"))?;
        if change.hash().0 != hash.0 {
            return Err(DeepFault::Fresh("hash"));
        }
        let heads = unmade.as_ref().map_or_else(|| doc.get_heads(), |made| vec![made.hash()]);
        apart |= !heads.iter().all(|head| change.deps().contains(head));
        let batch: Vec<Change> = unmade.take().into_iter().chain([change]).collect();
        if apart {
            let mut log = PatchLog::active();
            doc.apply_changes_log_patches(batch, &mut log)
                .map_err(|_| DeepFault::Fresh("apply"))?;
            drop(doc.make_patches(&mut log));
        } else {
            doc.apply_changes(batch).map_err(|_| DeepFault::Fresh("apply"))?;
        }
        if doc.get_change_meta_by_hash(&automerge::ChangeHash(hash.0)).is_none() {
            return Err(DeepFault::Fresh("apply"));
        }
    }
    Ok((doc, apart))
}

fn same_after_loading(doc: &Automerge) -> Result<Automerge, DeepFault> {
    let saved = doc.save_nocompress();
    let loaded = Automerge::load(&saved).map_err(|_| DeepFault::Fresh("load"))?;
    if loaded.get_heads() == doc.get_heads() { Ok(loaded) } else { Err(DeepFault::Fresh("heads")) }
}

/// An edit; the second one in a document must say something else, or it makes no change.
fn probe(doc: &mut Automerge, value: bool) -> Result<(), DeepFault> {
    doc.set_actor(ActorId::from(PROBE_ACTOR.as_slice()));
    let mut tx = doc.transaction();
    tx.put(ROOT, PROBE_KEY, value).map_err(|_| DeepFault::Fresh("edit"))?;
    match tx.commit_with(CommitOptions::default().with_time(0)).0 {
        Some(_) => Ok(()),
        None => Err(DeepFault::Fresh("edit")),
    }
}

#[cfg(test)]
mod tests;
