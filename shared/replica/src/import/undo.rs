//! Undoing a batch, record by record, where nobody edited since (decision 32).

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Edit, Lang, Path, Person, Purpose, Scalar};
use wardbook_store::{ImportItem, Tx};
use wardbook_sync::ports::StoredChange;

use super::{BatchId, KeptRecord, UndoResult, too_old};
use crate::commit::Commit;
use crate::edit::load;
use crate::error::{EditError, ImportError};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::Authors;

/// What a batch did to one record.
#[derive(Debug, Default)]
struct Part {
    created: bool,
    hashes: BTreeSet<ChangeHash>,
}

impl Replica {
    /// Puts a batch back: created records are retired with a reason, changed cells get their old
    /// values. Records that somebody edited since are left alone and listed.
    pub fn undo_import(&self, viewer: &Viewer, batch: &BatchId) -> Result<UndoResult, ImportError> {
        viewer.must_edit()?;
        let commit = self.commit_for(viewer)?;
        let reason = reason(*batch, viewer.lang);
        self.write_noted(|tx| {
            let found = tx.import_batch(batch.0)?.ok_or(ImportError::UnknownBatch)?;
            if found.undone_at.is_some() {
                return Err(ImportError::AlreadyUndone);
            }
            if too_old(found.at, commit.now) {
                return Err(ImportError::TooOld);
            }
            let mut result = UndoResult { undone: 0, kept: Vec::new() };
            for (document, part) in parts(tx.import_items(batch.0)?) {
                if let Some(kept) = self.kept(tx, viewer, &document, &part)? {
                    result.kept.push(kept);
                } else {
                    put_back(tx, &commit, &document, &part, &reason).map_err(undo_error)?;
                    result.undone += 1;
                }
            }
            tx.put_import_undone(batch.0, commit.now)?;
            self.log_in(tx, viewer, "undo_import", None, &batch.to_string())?;
            Ok(result)
        })
    }

    /// The record as one to leave alone, when somebody edited it since.
    fn kept(
        &self,
        tx: &dyn Tx,
        viewer: &Viewer,
        document: &DocumentId,
        part: &Part,
    ) -> Result<Option<KeptRecord>, ImportError> {
        let changes = tx.changes_of(document)?;
        let since = changes.iter().skip_while(|change| !part.hashes.contains(&change.meta.hash));
        let others = since.filter(|change| !part.hashes.contains(&change.meta.hash));
        let Some(last) = others.last() else { return Ok(None) };
        let edited_by = Authors::new(tx, self.end(), viewer.lang)?.of(last)?;
        let row = tx.person_row(document)?;
        let full_name = row.map(|row| row.facts.full_name).unwrap_or_default();
        Ok(Some(KeptRecord { document: *document, full_name, edited_by }))
    }
}

fn parts(items: Vec<ImportItem>) -> BTreeMap<DocumentId, Part> {
    let mut parts: BTreeMap<DocumentId, Part> = BTreeMap::new();
    for item in items {
        let part = parts.entry(item.document).or_default();
        part.created |= item.created;
        part.hashes.insert(item.hash);
    }
    parts
}

fn put_back(
    tx: &mut dyn Tx,
    commit: &Commit<'_>,
    id: &DocumentId,
    part: &Part,
    reason: &str,
) -> Result<(), EditError> {
    let (document, ward) = load(tx, id)?;
    let edits = if part.created {
        vec![Edit::retire_record(reason)]
    } else {
        restoring_edits(&document, &tx.changes_of(id)?, part, reason)?
    };
    commit.write(tx, document, &ward, &edits, Purpose::Undo).map(drop)
}

/// The edits that bring the places a batch wrote back to what they held before it.
fn restoring_edits(
    document: &Document,
    changes: &[StoredChange],
    part: &Part,
    reason: &str,
) -> Result<Vec<Edit>, EditError> {
    let first = changes.iter().find(|change| part.hashes.contains(&change.meta.hash));
    let Some(first) = first else { return Ok(Vec::new()) };
    let before = document.person_at(&first.meta.deps)?;
    let history = document.history();
    let written = history.iter().filter(|entry| part.hashes.contains(&entry.hash));
    let paths: BTreeSet<Path> =
        written.flat_map(|entry| entry.edits.iter().map(|(path, _, _)| path.clone())).collect();
    let mut retired = BTreeSet::new();
    Ok(paths
        .into_iter()
        .filter_map(|path| restoring_edit(path, &before, reason, &mut retired))
        .collect())
}

fn restoring_edit(
    path: Path,
    before: &Person,
    reason: &str,
    retired: &mut BTreeSet<(String, wardbook_base::RowId)>,
) -> Option<Edit> {
    match (&path, before.at(&path)) {
        (Path::Cell { table, row, .. }, _) if before.row(table, row).is_none() => {
            let (table, row) = (table.clone(), *row);
            let is_first = retired.insert((table.clone(), row));
            is_first.then(|| Edit::RetireRow { table, row, reason: reason.to_owned() })
        }
        (_, Some(value)) => Some(Edit::Set { path, value }),
        (Path::Code { .. }, None) => Some(Edit::Set { path, value: Scalar::Bool(false) }),
        (_, None) => Some(Edit::Clear { path }),
    }
}

fn reason(batch: BatchId, lang: Lang) -> String {
    match lang {
        Lang::Vi => format!("Hoàn tác lần nhập số {batch}"),
        Lang::En => format!("Import {batch} undone"),
    }
}

fn undo_error(error: EditError) -> ImportError {
    match error {
        EditError::Other(error) => ImportError::Other(error),
        other => ImportError::Refused { row: 0, code: other.code().to_owned() },
    }
}
