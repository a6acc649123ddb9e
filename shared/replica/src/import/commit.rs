//! Writing a preview's rows: one transaction, so that a cut leaves all of it or nothing.

use std::collections::BTreeSet;

use wardbook_base::{DocumentId, WardId};
use wardbook_record::{Document, Edit, Purpose};
use wardbook_sheet::{PreviewRow, update_edits};
use wardbook_store::{ImportItem, NewImport, Tx};

use super::{BatchId, DuplicateChoice, ImportChoices, ImportDone, ImportProgress, ImportToken};
use crate::End;
use crate::commit::{Commit, Written};
use crate::edit::{load, refuse_impossible};
use crate::error::{EditError, ImportError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What became of a row.
enum Done {
    Created(DocumentId, Written),
    Updated(DocumentId, Written),
    Unchanged,
    Skipped,
}

impl Replica {
    /// Writes a preview's rows, all or none, and forgets the preview. The rows that were left out
    /// stay at hand for [`Replica::import_left_out`].
    pub fn commit_import(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        choices: &ImportChoices,
        progress: &mut (dyn FnMut(ImportProgress) + Send),
    ) -> Result<ImportDone, ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let ward = self.import_ward(choices)?;
        let commit = self.commit_for(viewer)?;
        let preview = waiting.preview.ok_or(ImportError::UnknownToken)?;
        let (rows, purpose) = (&preview.rows, waiting.purpose);
        // What was chosen on the page counts unless the caller says otherwise.
        let mut choices = choices.clone();
        for (row, choice) in waiting.by_row {
            choices.by_row.entry(row).or_insert(choice);
        }
        let plan = Plan { commit: &commit, choices: &choices, ward: &ward, purpose };
        let (done, left) = self.write_noted(|tx| {
            let import =
                NewImport { at: commit.now, account: viewer.user, file_name: waiting.file_name };
            let batch = tx.add_import_batch(&import)?;
            let mut sum = ImportDone {
                batch: BatchId(batch),
                created: 0,
                updated: 0,
                unchanged: 0,
                skipped: 0,
            };
            let mut left = BTreeSet::new();
            for (at, row) in rows.iter().enumerate() {
                let done = self.import_row(tx, &plan, row);
                let done = done.map_err(|error| in_row(row.number, error))?;
                if matches!(done, Done::Skipped) {
                    left.insert(row.number);
                }
                note(tx, &mut sum, done)?;
                progress(ImportProgress { done: at + 1, total: rows.len() });
            }
            self.log_in(tx, viewer, "import", None, &batch.to_string())?;
            Ok::<_, ImportError>((sum, left))
        })?;
        self.end_import(token, left);
        Ok(done)
    }

    fn import_ward(&self, choices: &ImportChoices) -> Result<WardId, ImportError> {
        match self.end() {
            End::Node => {
                let member = self.membership()?;
                Ok(member.map(|member| member.ward).unwrap_or_default())
            }
            End::Hub => {
                let ward = choices.ward.clone().ok_or(ImportError::NoWard)?;
                let known = self.ward_names()?.contains_key(&ward);
                if known { Ok(ward) } else { Err(ImportError::NoWard) }
            }
        }
    }

    fn import_row(
        &self,
        tx: &mut dyn Tx,
        plan: &Plan<'_>,
        row: &PreviewRow,
    ) -> Result<Done, EditError> {
        let choices = plan.choices;
        let left_out = choices.skip_rows_with_errors && row.has_errors();
        if left_out || row.edits.is_empty() {
            return Ok(Done::Skipped);
        }
        let choice = choices.by_row.get(&row.number).copied().unwrap_or(choices.for_all);
        match (row.duplicate, choice) {
            (Some(_), DuplicateChoice::Skip) => Ok(Done::Skipped),
            (Some(document), DuplicateChoice::Update) => update(tx, plan, document, &row.edits),
            (Some(_), DuplicateChoice::Create) | (None, _) => {
                let document = Document::new(DocumentId::random(self.dice()));
                let id = document.id();
                refuse_impossible(&row.edits, &document)?;
                let written =
                    plan.commit.write(tx, document, plan.ward, &row.edits, plan.purpose)?;
                Ok(Done::Created(id, written))
            }
        }
    }
}

/// What all rows of a batch have in common.
struct Plan<'a> {
    commit: &'a Commit<'a>,
    choices: &'a ImportChoices,
    ward: &'a WardId,
    purpose: Purpose,
}

/// Changes only the cells that differ.
fn update(
    tx: &mut dyn Tx,
    plan: &Plan<'_>,
    id: DocumentId,
    edits: &[Edit],
) -> Result<Done, EditError> {
    let (document, ward) = load(tx, &id)?;
    let edits = update_edits(&document.read(), edits, plan.commit.as_of);
    if edits.is_empty() {
        return Ok(Done::Unchanged);
    }
    refuse_impossible(&edits, &document)?;
    let written = plan.commit.write(tx, document, &ward, &edits, plan.purpose)?;
    Ok(Done::Updated(id, written))
}

fn note(tx: &mut dyn Tx, sum: &mut ImportDone, done: Done) -> Result<(), ImportError> {
    let (document, written, created) = match done {
        Done::Created(document, written) => (document, written, true),
        Done::Updated(document, written) => (document, written, false),
        Done::Unchanged => {
            sum.unchanged += 1;
            return Ok(());
        }
        Done::Skipped => {
            sum.skipped += 1;
            return Ok(());
        }
    };
    let Some(hash) = written.hash else {
        sum.unchanged += 1;
        return Ok(());
    };
    tx.add_import_item(sum.batch.0, &ImportItem { document, hash, created })?;
    *(if created { &mut sum.created } else { &mut sum.updated }) += 1;
    Ok(())
}

/// An error with the row it happened in.
fn in_row(row: u32, error: EditError) -> ImportError {
    match error {
        EditError::Other(error) => ImportError::Other(error),
        EditError::Invalid(problems) => {
            ImportError::Impossible { row, problem: problems.into_iter().next().map(Box::new) }
        }
        other => ImportError::Refused { row, code: other.code().to_owned() },
    }
}
