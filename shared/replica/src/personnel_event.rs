//! Personnel actions: all their edits as one change or none, what was written, and its undoing.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Edit, HistoryEntry, PartialDate, Path, Purpose};

use crate::approve::withdrawal;
use crate::edit::{EditCommand, Saved, load, refuse_impossible};
use crate::error::{EditError, pair};
use crate::replica::Replica;
use crate::take_back::inverse;
use crate::viewer::Viewer;
use crate::who::Authors;

/// A personnel action that was saved.
#[derive(Debug, Clone)]
pub struct EventDone {
    /// What the save did.
    pub saved: Saved,
    /// The change: by it the action can be undone.
    pub change: ChangeHash,
}

impl Replica {
    /// Saves the edits of a personnel action as one change, if the record is still as it was when
    /// they were made; `None` when somebody changed it since, and nothing is written then.
    ///
    /// # Errors
    /// What an edit can fail with, and [`EditError::Invalid`] when it changes nothing.
    pub fn save_event(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        heads: &[ChangeHash],
        mut edits: Vec<Edit>,
    ) -> Result<Option<EventDone>, EditError> {
        viewer.must_edit()?;
        let commit = self.commit_for(viewer)?;
        self.write_noted(|tx| {
            let (loaded, ward) = load(tx, document)?;
            if loaded.heads() != heads {
                return Ok(None);
            }
            edits.extend(withdrawal(&loaded.read(), &edits));
            refuse_impossible(&edits, &loaded)?;
            let written = commit.write(tx, loaded, &ward, &edits, Purpose::Event)?;
            let Some(change) = written.hash else { return Err(EditError::Invalid(Vec::new())) };
            Ok(Some(EventDone { saved: Saved::of(*document, written), change }))
        })
    }

    /// Puts everything back that a personnel action wrote, as an ordinary change, while nobody
    /// edited since what it wrote.
    ///
    /// # Errors
    /// [`EditError::NotFound`] when there is no such action, [`EditError::EditedSince`] when one of
    /// its places was changed after it.
    pub fn undo_event(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        change: &ChangeHash,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let reason = pair(viewer.lang, "Hoàn tác việc đã ghi", "The action was undone");
        let command = self.inner.store.read(|tx| {
            let (loaded, _) = load(tx, document)?;
            let changes = tx.changes_of(document)?;
            let history = loaded.history();
            let event = history.iter().find(|entry| entry.hash == *change);
            let event = event.filter(|entry| entry.message.purpose == Purpose::Event);
            let event = event.ok_or(EditError::NotFound)?;
            if let Some(later) = touched_later(&history, event) {
                let by = changes.iter().find(|known| known.meta.hash == later);
                let by = by.ok_or(EditError::NotFound)?;
                let author = Authors::new(tx, self.end(), viewer.lang)?.of(by)?;
                return Err(EditError::EditedSince { by: author.line() });
            }
            let edits = inverse(&loaded, &changes, change, &reason)?;
            Ok(EditCommand { base_heads: loaded.heads(), edits })
        })?;
        self.write_back(viewer, document, &command, Purpose::Undo)
    }

    /// The day that it is, for decisions; values are judged by [`Replica::as_of`].
    pub fn today(&self) -> PartialDate {
        PartialDate::in_vietnam(self.now())
    }
}

/// The first change after an action that touched what the action wrote.
fn touched_later(history: &[HistoryEntry], event: &HistoryEntry) -> Option<ChangeHash> {
    let places: BTreeSet<&Path> = event.edits.iter().map(|(path, _, _)| path).collect();
    let rows: BTreeSet<(&str, &wardbook_base::RowId)> =
        event.edits.iter().filter_map(|(path, old, _)| new_row(path, old.is_none())).collect();
    let touches =
        |path: &Path| places.contains(path) || row_of(path).is_some_and(|r| rows.contains(&r));
    let later = history.iter().skip_while(|entry| entry.hash != event.hash).skip(1);
    let mut later = later.filter(|entry| entry.edits.iter().any(|(path, _, _)| touches(path)));
    later.next().map(|entry| entry.hash)
}

fn new_row(path: &Path, was_empty: bool) -> Option<(&str, &wardbook_base::RowId)> {
    row_of(path).filter(|_| was_empty)
}

fn row_of(path: &Path) -> Option<(&str, &wardbook_base::RowId)> {
    match path {
        Path::Cell { table, row, .. } => Some((table, row)),
        _ => None,
    }
}
