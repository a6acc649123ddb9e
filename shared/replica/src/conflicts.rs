//! Fields with more than one value: shown with who wrote each, settled by an ordinary change.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId, WardId};
use wardbook_record::{
    Conflict, ConflictKind, ConflictValue, Document, Edit, HistoryEntry, Lang, Path, Purpose,
    Scalar, path_label, path_value,
};
use wardbook_store::Tx;
use wardbook_sync::ports::StoredChange;

use crate::edit::{Saved, load, refuse_impossible};
use crate::error::{EditError, ReplicaError};
use crate::reopen::origin;
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors, changes_by_hash};

/// Which conflicts to show.
#[derive(Debug, Clone, Default)]
pub struct ConflictFilter {
    /// Only this ward.
    pub ward: Option<WardId>,
    /// Only this record.
    pub document: Option<DocumentId>,
    /// Skip so many cards.
    pub offset: usize,
    /// At most so many cards; 0 for all.
    pub limit: usize,
}

/// The open conflicts of one person.
#[derive(Debug, Clone)]
pub struct ConflictCard {
    /// The record.
    pub document: DocumentId,
    /// The person's name.
    pub full_name: String,
    /// The ward.
    pub ward: WardId,
    /// The ward's name.
    pub ward_name: String,
    /// The heads of the state the card was made from.
    pub heads: Vec<ChangeHash>,
    /// The fields, in the order of their paths.
    pub fields: Vec<ConflictField>,
}

/// One field with its values.
#[derive(Debug, Clone)]
pub struct ConflictField {
    /// Where.
    pub path: Path,
    /// What kind of conflict.
    pub kind: ConflictKind,
    /// The field's name for people, with the table's name before it for a cell.
    pub label: String,
    /// What stood there before any of the values was written, for people.
    pub before: String,
    /// The values, the one now shown in the record first.
    pub options: Vec<ConflictOption>,
}

/// One value of a field in conflict.
#[derive(Debug, Clone)]
pub struct ConflictOption {
    /// The change that wrote it: names the choice.
    pub hash: ChangeHash,
    /// The value as stored; `None` for a value that was cleared.
    pub value: Option<Scalar>,
    /// The value for people.
    pub shown: String,
    /// Whether the record shows this one until somebody chooses. It says nothing about "latest".
    pub winner: bool,
    /// Who wrote it.
    pub author: Author,
}

/// What was chosen for one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The value that this change wrote.
    Of(ChangeHash),
    /// Another value.
    Other(Scalar),
}

/// Choices for the fields of one card.
#[derive(Debug, Clone, Default)]
pub struct ResolveCommand {
    /// The heads the card was made from.
    pub base_heads: Vec<ChangeHash>,
    /// The chosen values.
    pub choices: Vec<(Path, Choice)>,
}

impl Replica {
    /// Open conflicts, one card a person, by ward and name.
    pub fn conflicts(
        &self,
        viewer: &Viewer,
        filter: &ConflictFilter,
    ) -> Result<Vec<ConflictCard>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let most = if filter.limit == 0 { usize::MAX } else { filter.limit };
            let mut cards = Vec::new();
            let open = self.open_to(tx, viewer, filter)?;
            for (document, paths) in open.into_iter().skip(filter.offset).take(most) {
                let Some(state) = tx.document(&document)? else { continue };
                let Some(loaded) = tx.load_document(&document)? else { continue };
                let changes = changes_by_hash(tx, &document)?;
                let card = card(&loaded, &paths, &changes, &mut authors, &state.ward, viewer.lang)?;
                // Changes that wait for projection may have settled all of it.
                if !card.fields.is_empty() {
                    cards.push(card);
                }
            }
            Ok(cards)
        })
    }

    /// How many people have open conflicts.
    pub fn conflicts_open(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
    ) -> Result<u64, ReplicaError> {
        viewer.must_read()?;
        let filter = ConflictFilter { ward: ward.cloned(), ..ConflictFilter::default() };
        self.inner.store.read(|tx| Ok(self.open_to(tx, viewer, &filter)?.len() as u64))
    }

    /// The open places that a viewer may know of.
    fn open_to(
        &self,
        tx: &dyn Tx,
        viewer: &Viewer,
        filter: &ConflictFilter,
    ) -> Result<Vec<(DocumentId, Vec<Path>)>, ReplicaError> {
        let mut found = open(tx, filter)?;
        let access = viewer.access();
        if access.reads_all() {
            return Ok(found);
        }
        let mut seen = Vec::new();
        for (document, mut paths) in found.drain(..) {
            paths.retain(|path| access.reads_path(path));
            if !paths.is_empty() && self.reaches(tx, viewer, &document)? {
                seen.push((document, paths));
            }
        }
        Ok(seen)
    }

    /// Settles conflicts by an ordinary change, all of a card's choices or none.
    ///
    /// # Errors
    /// [`EditError::Settled`] when somebody settled one of them since the card was made.
    #[expect(clippy::needless_pass_by_value, reason = "a command is given away by its caller")]
    pub fn resolve(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        command: ResolveCommand,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let commit = self.commit_for(viewer)?;
        self.write_noted(|tx| {
            let (loaded, ward) = load(tx, document)?;
            let paths: Vec<Path> = command.choices.iter().map(|(path, _)| path.clone()).collect();
            let conflicts = loaded.conflicts(&paths);
            let mut edits = Vec::new();
            for (path, choice) in &command.choices {
                match chosen(&conflicts, path, choice) {
                    Some(edit) => edits.push(edit),
                    None => return Err(self.settled(tx, &loaded, path, viewer)?),
                }
            }
            refuse_impossible(&edits, &loaded)?;
            let written = commit.write(tx, loaded, &ward, &edits, Purpose::Resolve)?;
            Ok(Saved::of(*document, written))
        })
    }

    /// Who settled a conflict that is not open any more: the last to write there.
    fn settled(
        &self,
        tx: &dyn Tx,
        document: &Document,
        path: &Path,
        viewer: &Viewer,
    ) -> Result<EditError, ReplicaError> {
        let history = document.history();
        let touched = |edits: &[(Path, Option<Scalar>, Option<Scalar>)]| {
            edits.iter().any(|(touched, _, _)| touched == path)
        };
        let last = history.iter().rev().find(|entry| touched(&entry.edits));
        let changes = changes_by_hash(tx, &document.id())?;
        let Some(change) = last.and_then(|entry| changes.get(&entry.hash)) else {
            return Ok(EditError::NotFound);
        };
        let author = Authors::new(tx, self.end(), viewer.lang)?.of(change)?;
        Ok(EditError::Settled { by: author.line(), at: author.at })
    }
}

/// The edit that a choice asks for; `None` when that conflict or that value is not there any more.
fn chosen(conflicts: &[Conflict], path: &Path, choice: &Choice) -> Option<Edit> {
    let conflict = conflicts.iter().find(|conflict| conflict.path == *path)?;
    let value = match choice {
        Choice::Other(value) => Some(value.clone()),
        Choice::Of(hash) => conflict.values.iter().find(|value| value.hash == *hash)?.value.clone(),
    };
    Some(match value {
        Some(value) => Edit::set(path.clone(), value),
        None => Edit::Clear { path: path.clone() },
    })
}

/// The open places by record, in the order of ward and name.
fn open(
    tx: &dyn Tx,
    filter: &ConflictFilter,
) -> Result<Vec<(DocumentId, Vec<Path>)>, ReplicaError> {
    let asked =
        wardbook_store::ConflictFilter { ward: filter.ward.clone(), document: filter.document };
    let mut found: Vec<(DocumentId, Vec<Path>)> = Vec::new();
    for row in tx.conflicts(&asked)? {
        match found.last_mut() {
            Some((document, paths)) if *document == row.document => paths.push(row.path),
            _ => found.push((row.document, vec![row.path])),
        }
    }
    Ok(found)
}

/// The card of one record.
pub(crate) fn card(
    document: &Document,
    paths: &[Path],
    changes: &BTreeMap<ChangeHash, StoredChange>,
    authors: &mut Authors<'_>,
    ward: &WardId,
    lang: Lang,
) -> Result<ConflictCard, ReplicaError> {
    let mut fields = Vec::new();
    let history = document.history();
    authors.read(document.id(), &history);
    for conflict in document.conflicts(paths) {
        let before = before(&history, &conflict);
        let mut options = Vec::new();
        for value in conflict.values {
            let wrote = origin(&history, value.hash, &conflict.path, value.value.as_ref());
            let change = changes.get(&wrote);
            options.push(option(&conflict.path, value, change, authors, lang)?);
        }
        fields.push(ConflictField {
            label: path_label(&conflict.path, lang),
            before: path_value(&conflict.path, before.as_ref(), lang),
            kind: conflict.kind,
            path: conflict.path,
            options,
        });
    }
    Ok(ConflictCard {
        document: document.id(),
        full_name: document.read().text("full_name").unwrap_or_default().to_owned(),
        ward_name: authors.ward_name(ward),
        ward: ward.clone(),
        heads: document.heads(),
        fields,
    })
}

/// What the author of the first of the values saw there.
fn before(history: &[HistoryEntry], conflict: &Conflict) -> Option<Scalar> {
    let values = conflict.values.iter();
    let first: Vec<ChangeHash> = values
        .map(|value| origin(history, value.hash, &conflict.path, value.value.as_ref()))
        .collect();
    let wrote = |entry: &&HistoryEntry| first.contains(&entry.hash);
    let mut edits = history.iter().filter(wrote).flat_map(|entry| &entry.edits);
    let (_, old, _) = edits.find(|(path, _, _)| *path == conflict.path)?;
    old.clone()
}

fn option(
    path: &Path,
    value: ConflictValue,
    change: Option<&StoredChange>,
    authors: &mut Authors<'_>,
    lang: Lang,
) -> Result<ConflictOption, ReplicaError> {
    let author = match change {
        Some(change) => authors.of(change)?,
        None => Author::unknown(value.user, value.time),
    };
    Ok(ConflictOption {
        hash: value.hash,
        shown: path_value(path, value.value.as_ref(), lang),
        value: value.value,
        winner: value.winner,
        author,
    })
}
