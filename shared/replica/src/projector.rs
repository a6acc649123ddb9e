//! Documents into lists, problems and conflicts: idempotent, driven by the dirty queue.
//!
//! A projection is a function of the document, except for conflicts: those come from the patches of
//! the changes that arrived since the last projection, plus what was open before. A history without
//! a fork cannot hold a conflict, so most documents need no patches at all.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId};
use wardbook_record::find::INDEX_VERSION;
use wardbook_record::rules::{Due, in_force, reminders};
use wardbook_record::{Document, PartialDate, Path, Problem, facts_with, validate};
use wardbook_store::{ConflictFilter, Dirty, PersonRow, ProblemRow, Tx};
use wardbook_sync::ports::StoredChange;

use crate::error::ReplicaError;
use crate::files;
use crate::replica::Replica;
use crate::settings::INDEXED_BY;

/// How far the projections are behind the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// Documents that wait.
    pub documents: u64,
    /// Since when the first of them waits.
    pub since: Option<Timestamp>,
}

impl Replica {
    /// Projects at most `limit` waiting documents; returns how many it took. 0 means none waits.
    ///
    /// Documents are read and judged outside the write transaction, so that intake goes on.
    pub fn project_pending(&self, limit: usize) -> Result<usize, ReplicaError> {
        let _turn = self.inner.projecting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (as_of, now) = (self.as_of()?, self.now());
        let work = self.inner.store.read(|tx| {
            let mut work = Vec::new();
            for dirty in tx.next_dirty(limit)? {
                work.push((dirty, compute(tx, &dirty.document, as_of)?));
            }
            Ok::<_, ReplicaError>(work)
        })?;
        if work.is_empty() {
            return Ok(0);
        }
        self.inner.store.write(|tx| {
            work.iter()
                .try_for_each(|(dirty, projection)| store(tx, *dirty, projection.as_ref(), now))
        })?;
        Ok(work.len())
    }

    /// Projects until nothing waits.
    pub fn project_all(&self) -> Result<u64, ReplicaError> {
        let mut done = 0;
        loop {
            match self.project_pending(256)? {
                0 => return Ok(done),
                n => done += n as u64,
            }
        }
    }

    /// How many documents wait for projection.
    pub fn lag(&self) -> Result<Lag, ReplicaError> {
        let (documents, since) = self.inner.store.read(|tx| tx.dirty_count())?;
        Ok(Lag { documents, since })
    }

    /// Queues every document: after the day that rules are judged by has changed, or for repair.
    pub fn reproject_all(&self) -> Result<u64, ReplicaError> {
        let now = self.now();
        Ok(self.inner.store.write(|tx| tx.mark_all_dirty(now))?)
    }
}

impl Replica {
    /// Queues every document when another version of the program indexed them: what search finds
    /// people by has changed. The projector does the work.
    pub(crate) fn reindex_if_outdated(&self) -> Result<(), ReplicaError> {
        let wanted = INDEX_VERSION.to_string();
        if self.inner.store.read(|tx| tx.get_setting(INDEXED_BY))?.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let now = self.now();
        let queued = self.inner.store.write(|tx| {
            let queued = tx.mark_all_dirty(now)?;
            tx.put_setting(INDEXED_BY, &wanted)?;
            Ok::<_, ReplicaError>(queued)
        })?;
        tracing::info!(queued, "people are indexed again for search");
        Ok(())
    }
}

/// What a document looks like to lists, and what it was judged from.
pub(crate) struct Projection {
    pub(crate) row: PersonRow,
    pub(crate) problems: Vec<Problem>,
    pub(crate) dues: Vec<Due>,
    conflicts: Vec<Path>,
    /// The heads of the projection this one replaces.
    replaces: Option<Vec<ChangeHash>>,
    document: Document,
}

/// Writes a projection unless a newer one was written since it was computed.
fn store(
    tx: &mut dyn Tx,
    dirty: Dirty,
    projection: Option<&Projection>,
    now: Timestamp,
) -> Result<(), ReplicaError> {
    let Some(projection) = projection else {
        tx.delete_person(&dirty.document)?;
        tx.clear_dirty_upto(&dirty.document, dirty.mark)?;
        return Ok(());
    };
    let present = tx.person_row(&dirty.document)?.map(|row| row.heads);
    if present != projection.replaces {
        // A local edit projected the document meanwhile; it stays queued if more came after that.
        return Ok(());
    }
    put(tx, projection, now)?;
    tx.clear_dirty_upto(&dirty.document, dirty.mark)?;
    Ok(())
}

/// Writes a projection.
pub(crate) fn put(
    tx: &mut dyn Tx,
    projection: &Projection,
    now: Timestamp,
) -> Result<(), ReplicaError> {
    let document = projection.row.document;
    tx.put_person(&projection.row)?;
    tx.put_problems(&document, &projection.problems.iter().map(problem_row).collect::<Vec<_>>())?;
    tx.put_dues(&document, &projection.dues)?;
    tx.put_conflicts(&document, &projection.conflicts, now)?;
    files::note(tx, &document, &projection.row.facts.files)?;
    tx.write_snapshot_if_due(&projection.document)?;
    Ok(())
}

/// Projects a stored document; `None` when the store does not hold it.
pub(crate) fn compute(
    tx: &dyn Tx,
    id: &DocumentId,
    as_of: PartialDate,
) -> Result<Option<Projection>, ReplicaError> {
    let Some(state) = tx.document(id)? else { return Ok(None) };
    let changes = tx.changes_of(id)?;
    let before = tx.person_row(id)?;
    let projected = before.as_ref().map(|row| row.heads.clone());
    let mut paths: BTreeSet<Path> = open_paths(tx, id)?;
    let document = if is_linear(&changes) {
        match tx.load_document(id)? {
            Some(document) => document,
            None => return Ok(None),
        }
    } else {
        let (document, found) = replay(id, &changes, projected.as_deref().unwrap_or_default())?;
        paths.extend(found);
        document
    };
    let updated_at = changes.iter().map(author_time).max().unwrap_or_default();
    Ok(Some(project(document, paths, state.ward, updated_at, projected, as_of)))
}

/// Projects a document at hand.
pub(crate) fn project(
    document: Document,
    open: BTreeSet<Path>,
    ward: WardId,
    updated_at: Timestamp,
    replaces: Option<Vec<ChangeHash>>,
    as_of: PartialDate,
) -> Projection {
    let person = document.read();
    let problems = validate(&person, as_of);
    let dues = reminders(&in_force(as_of), &person, as_of, &problems);
    let open: Vec<Path> = open.into_iter().collect();
    let conflicts = document.conflicts(&open).into_iter().map(|conflict| conflict.path).collect();
    Projection {
        row: PersonRow {
            document: document.id(),
            ward,
            facts: facts_with(&person, as_of, &problems),
            heads: document.heads(),
            updated_at,
        },
        problems,
        dues,
        conflicts,
        replaces,
        document,
    }
}

/// The places of a record that are in conflict, as projected.
pub(crate) fn open_paths(tx: &dyn Tx, id: &DocumentId) -> Result<BTreeSet<Path>, ReplicaError> {
    let filter = ConflictFilter { document: Some(*id), ..ConflictFilter::default() };
    Ok(tx.conflicts(&filter)?.into_iter().map(|row| row.path).collect())
}

fn problem_row(problem: &Problem) -> ProblemRow {
    let args = problem.args.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
    ProblemRow {
        path: problem.path.clone(),
        value: problem.value.clone(),
        level: problem.level,
        code: problem.code.to_owned(),
        args: args.collect(),
    }
}

/// The author's clock, but never later than this end's when the change came: clocks of ward PCs
/// run ahead, and a list by newest change must not be led by them for ever.
pub(crate) fn author_time(change: &StoredChange) -> Timestamp {
    change.meta.time.min(change.received_at)
}

/// Whether each change builds on the one before it and nothing else.
fn is_linear(changes: &[StoredChange]) -> bool {
    changes.windows(2).all(|pair| pair[1].meta.deps == [pair[0].meta.hash])
}

/// Applies the changes that `projected` covers, then the rest, and collects where the rest made
/// values stand against each other.
fn replay(
    id: &DocumentId,
    changes: &[StoredChange],
    projected: &[ChangeHash],
) -> Result<(Document, BTreeSet<Path>), ReplicaError> {
    let known = ancestry(changes, projected);
    let mut document = Document::new(*id);
    let mut found = BTreeSet::new();
    let (old, new): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| known.contains(&change.meta.hash));
    for change in old {
        document.apply(&change.bytes)?;
    }
    for change in new {
        found.extend(document.apply(&change.bytes)?.conflicted);
    }
    Ok((document, found))
}

/// The changes that some heads stand for, themselves included.
fn ancestry(changes: &[StoredChange], heads: &[ChangeHash]) -> BTreeSet<ChangeHash> {
    let deps: BTreeMap<ChangeHash, &[ChangeHash]> =
        changes.iter().map(|change| (change.meta.hash, change.meta.deps.as_slice())).collect();
    let mut known = BTreeSet::new();
    let mut open = heads.to_vec();
    while let Some(hash) = open.pop() {
        if let Some(deps) = deps.get(&hash)
            && known.insert(hash)
        {
            open.extend_from_slice(deps);
        }
    }
    known
}
