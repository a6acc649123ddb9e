//! Taking a choice on a conflict back. What makes a conflict is that values were written without
//! knowing of each other, and only that can make it one again: so each value is written anew, by
//! changes that do not build on each other. Like any other changes they go to the city, and the
//! conflict is open at every place.

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, HistoryEntry, Path, Purpose, Scalar};

use crate::edit::{Saved, load};
use crate::error::EditError;
use crate::replica::Replica;
use crate::viewer::Viewer;

impl Replica {
    /// Opens the conflicts again that the newest change of a record settled.
    pub(crate) fn reopen(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        choice: &ChangeHash,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let commit = self.commit_for(viewer)?;
        self.write_noted(|tx| {
            let (loaded, ward) = load(tx, document)?;
            if loaded.heads() != [*choice] {
                return Err(EditError::NotFound);
            }
            let history = loaded.history();
            let chosen = history.iter().filter(|entry| entry.hash == *choice);
            let paths: Vec<Path> = chosen
                .flat_map(|entry| entry.edits.iter().map(|(path, _, _)| path.clone()))
                .collect();
            let before = loaded.changes().into_iter().filter(|change| change.hash != *choice);
            let before: Vec<Vec<u8>> = before.map(|change| change.bytes).collect();
            let before = Document::from_good_changes(before.iter().map(Vec::as_slice))?;
            let sides = before.sides(&paths);
            let written = commit.write_apart(tx, loaded, &ward, &sides, Purpose::Undo)?;
            Ok(Saved::of(*document, written))
        })
    }
}

/// Whether a choice was taken back later.
pub(crate) fn was_taken_back(later: &[HistoryEntry], path: &Path) -> bool {
    later.iter().any(|entry| {
        entry.message.purpose == Purpose::Undo
            && entry.edits.iter().any(|(touched, _, _)| touched == path)
    })
}

/// The change that wrote a value first: the one that is asked about when `hash` only wrote it anew
/// to open a conflict again.
pub(crate) fn origin(
    history: &[HistoryEntry],
    hash: ChangeHash,
    path: &Path,
    value: Option<&Scalar>,
) -> ChangeHash {
    let Some(at) = history.iter().position(|entry| entry.hash == hash) else { return hash };
    if history[at].message.purpose != Purpose::Undo {
        return hash;
    }
    let again = [Purpose::Undo, Purpose::Resolve];
    let wrote = |entry: &&HistoryEntry| {
        !again.contains(&entry.message.purpose)
            && entry.edits.iter().any(|(at, _, new)| at == path && new.as_ref() == value)
    };
    history[..at].iter().rev().find(wrote).map_or(hash, |entry| entry.hash)
}
