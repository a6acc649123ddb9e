//! Taking the last save back, and bringing a value back from the history: ordinary changes, so
//! both stay in the history and go to the city like any other.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId, RowId, UserId};
use wardbook_record::{
    Document, Edit, HistoryEntry, Message, Path, Person, Purpose, Scalar, decides_late, path_value,
};
use wardbook_store::Tx;
use wardbook_sync::ports::StoredChange;

use crate::edit::{EditCommand, Saved, load};
use crate::error::{EditError, ReplicaError, pair};
use crate::reopen::{origin, was_taken_back};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors};

/// Among so many of the newest changes settled conflicts are looked for.
const NEWEST_CHANGES: u32 = 3_000;

/// So many records with settled conflicts are told of at most.
const RECORDS_TOLD: usize = 20;

/// Which value of a line of the history comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one before the change.
    Old,
    /// The one that the change wrote.
    New,
}

/// A value that somebody wrote and that another one's choice put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Where.
    pub path: Path,
    /// The value that was put aside, for people.
    pub lost: String,
    /// Who had written it.
    pub lost_by: Author,
    /// The value that was chosen, for people.
    pub chosen: String,
    /// Who chose.
    pub chosen_by: Author,
    /// The change that wrote the lost value: it can be brought back from there.
    pub from: ChangeHash,
}

impl Replica {
    /// Takes the viewer's last save of a record back, while nobody edited the record since. A choice
    /// on a conflict that is taken back leaves the conflict open, as it was.
    ///
    /// # Errors
    /// [`EditError::EditedSince`] when `save` is not the last change any more.
    pub fn undo_save(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        save: &ChangeHash,
    ) -> Result<Saved, EditError> {
        viewer.must_read()?;
        if !viewer.access().writes_something() {
            return Err(ReplicaError::NotAllowed.into());
        }
        let reason = pair(viewer.lang, "Hoàn tác lần lưu", "The save was undone");
        let command = self.inner.store.read(|tx| {
            // Who changed it last is nobody's business who does not reach it.
            self.must_reach(tx, viewer, document)?;
            let (loaded, _) = load(tx, document)?;
            let changes = tx.changes_of(document)?;
            let is_choice = changes.iter().any(|change| change.meta.hash == *save && chose(change));
            if last_save(&loaded.heads(), &changes, viewer.user) != Some(*save) {
                return Err(self.edited_since(tx, &changes, viewer)?);
            }
            if is_choice {
                return Ok(None);
            }
            Ok(Some(EditCommand {
                base_heads: loaded.heads(),
                edits: inverse(&loaded, &changes, save, &reason)?,
            }))
        })?;
        match command {
            Some(command) => self.write_back(viewer, document, &command, Purpose::Undo),
            None => self.reopen(viewer, document, save),
        }
    }

    /// Brings a value of the history back.
    ///
    /// # Errors
    /// [`EditError::NotFound`] when the history has no such line; what an edit can fail with.
    pub fn restore_value(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        (from, path, side): (&ChangeHash, &Path, Side),
    ) -> Result<Saved, EditError> {
        viewer.must_write(&[Edit::Clear { path: path.clone() }])?;
        let command = self.inner.store.read(|tx| {
            self.must_reach(tx, viewer, document)?;
            let (loaded, _) = load(tx, document)?;
            let history = loaded.history();
            let line = history.iter().filter(|entry| entry.hash == *from).flat_map(|e| &e.edits);
            let found = line.into_iter().find(|(touched, _, _)| touched == path);
            let (_, old, new) = found.ok_or(EditError::NotFound)?;
            let value = if side == Side::Old { old } else { new };
            let edits = vec![put(path.clone(), value.clone())];
            Ok::<_, EditError>(EditCommand { base_heads: loaded.heads(), edits })
        })?;
        self.write_back(viewer, document, &command, Purpose::Edit)
    }

    /// The records in which a choice put values aside of late, latest first, with the person's name.
    pub fn not_taken_lately(
        &self,
        viewer: &Viewer,
    ) -> Result<Vec<(DocumentId, String, Vec<NotTaken>)>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut found = Vec::new();
            let late = tx.changed_lately(Purpose::Resolve.letter(), NEWEST_CHANGES)?;
            for document in late.into_iter().take(RECORDS_TOLD) {
                if !self.reaches(tx, viewer, &document)? {
                    continue;
                }
                let Some(loaded) = tx.load_document(&document)? else { continue };
                let changes = tx.changes_of(&document)?;
                let lost = not_taken(&loaded, &changes, &mut authors, viewer)?;
                let name = loaded.read().text("full_name").unwrap_or_default().to_owned();
                if !lost.is_empty() {
                    found.push((document, name, lost));
                }
            }
            Ok(found)
        })
    }

    fn edited_since(
        &self,
        tx: &dyn Tx,
        changes: &[StoredChange],
        viewer: &Viewer,
    ) -> Result<EditError, EditError> {
        let Some(last) = changes.last() else { return Ok(EditError::NotFound) };
        let author = Authors::new(tx, self.end(), viewer.lang)?.of(last)?;
        Ok(EditError::EditedSince { by: author.line() })
    }
}

/// The last change of a record, when it is this person's own and of a kind that is taken back here:
/// imports and new records have their own way back.
pub(crate) fn last_save(
    heads: &[ChangeHash],
    changes: &[StoredChange],
    user: UserId,
) -> Option<ChangeHash> {
    let [head] = heads else { return None };
    let last = changes.iter().rev().find(|change| change.meta.hash == *head)?;
    let message: Message = match last.meta.message.parse() {
        Ok(message) => message,
        Err(never) => match never {},
    };
    let other_way = [Purpose::Import, Purpose::Create, Purpose::Retire];
    let is_own = message.user == user && user != UserId::default();
    let has_way = is_own && !other_way.contains(&message.purpose);
    // What was decided about a late edit is settled for all who were asked.
    (has_way && !decides_late(&last.bytes)).then_some(*head)
}

/// Whether a change is a choice on a conflict.
fn chose(change: &StoredChange) -> bool {
    change.meta.message.starts_with(Purpose::Resolve.letter())
}

/// The values of a record that a choice on a conflict put aside, newest first.
pub(crate) fn not_taken(
    document: &Document,
    changes: &[StoredChange],
    authors: &mut Authors<'_>,
    viewer: &Viewer,
) -> Result<Vec<NotTaken>, ReplicaError> {
    if !changes.iter().any(chose) {
        return Ok(Vec::new());
    }
    let history = document.history();
    authors.read(document.id(), &history);
    let author = |hash: &ChangeHash, authors: &mut Authors<'_>| {
        let change = changes.iter().find(|change| change.meta.hash == *hash);
        change.map(|change| authors.of(change)).transpose()
    };
    let mut found = Vec::new();
    for (at, choice) in history.iter().enumerate().rev() {
        if choice.message.purpose != Purpose::Resolve {
            continue;
        }
        for (path, _, chosen) in &choice.edits {
            if !viewer.access().reads(path.owner()) || was_taken_back(&history[at + 1..], path) {
                continue;
            }
            let Some((from, lost)) = lost_value(&history[..at], path, chosen.as_ref()) else {
                continue;
            };
            let (Some(lost_by), Some(chosen_by)) =
                (author(&from, authors)?, author(&choice.hash, authors)?)
            else {
                continue;
            };
            found.push(NotTaken {
                lost: path_value(path, lost.as_ref(), viewer.lang),
                chosen: path_value(path, chosen.as_ref(), viewer.lang),
                path: path.clone(),
                lost_by,
                chosen_by,
                from,
            });
        }
    }
    Ok(found)
}

/// The newest value at a place, before a choice, that is not the chosen one.
fn lost_value(
    before: &[HistoryEntry],
    path: &Path,
    chosen: Option<&Scalar>,
) -> Option<(ChangeHash, Option<Scalar>)> {
    before.iter().rev().take_while(|entry| entry.message.purpose != Purpose::Resolve).find_map(
        |entry| {
            let (_, _, new) = entry.edits.iter().find(|(touched, _, _)| touched == path)?;
            let wrote = || origin(before, entry.hash, path, new.as_ref());
            (new.as_ref() != chosen).then(|| (wrote(), new.clone()))
        },
    )
}

/// The edits that bring every place that a change wrote back to what stood there before it.
pub(crate) fn inverse(
    document: &Document,
    changes: &[StoredChange],
    save: &ChangeHash,
    reason: &str,
) -> Result<Vec<Edit>, EditError> {
    let change = changes.iter().find(|change| change.meta.hash == *save);
    let before = document.person_at(&change.ok_or(EditError::NotFound)?.meta.deps)?;
    let history = document.history();
    let written = history.iter().filter(|entry| entry.hash == *save).flat_map(|e| &e.edits);
    let paths: BTreeSet<&Path> = written.map(|(path, _, _)| path).collect();
    let mut new_rows = BTreeSet::new();
    Ok(paths.into_iter().filter_map(|path| back(path, &before, reason, &mut new_rows)).collect())
}

/// The edit that brings one place back; a row that was new is retired once.
fn back(
    path: &Path,
    before: &Person,
    reason: &str,
    new_rows: &mut BTreeSet<(String, RowId)>,
) -> Option<Edit> {
    if let Path::Cell { table, row, .. } = path
        && before.row(table, row).is_none()
    {
        let is_first = new_rows.insert((table.clone(), *row));
        let (table, row, reason) = (table.clone(), *row, reason.to_owned());
        return is_first.then_some(Edit::RetireRow { table, row, reason });
    }
    Some(put(path.clone(), before.at(path)))
}

fn put(path: Path, value: Option<Scalar>) -> Edit {
    match (value, &path) {
        (Some(value), _) => Edit::Set { path, value },
        (None, Path::Code { .. }) => Edit::Set { path, value: Scalar::Bool(false) },
        (None, _) => Edit::Clear { path },
    }
}
