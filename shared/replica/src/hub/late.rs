//! Late edits: what a former ward wrote before it could know that the record went elsewhere, and
//! that meets what was written since. A person sees both values and decides.
//!
//! The city's officers decide, and the ward that keeps the record now. Accepting is an ordinary edit;
//! dismissing leaves the record as it is. Either way the late change itself stays aside, with a code
//! that says what became of it, and the record says what was decided: so it is closed at every end
//! that holds the record, whoever decided, and both may decide at once.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId};
use wardbook_record::{
    Document, Edit, HistoryEntry, Lang, Path, Person, Purpose, Scalar, path_label, path_value,
    read_change,
};
use wardbook_store::{QuarantineFilter, Tx};
use wardbook_sync::ports::{Log, Quarantined, StoredChange};

use super::events::Names;
use crate::edit::{Saved, load, refuse_impossible};
use crate::error::{EditError, HubError, ReplicaError};
use crate::merge::{self, MergeView};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors, changes_by_hash};

/// The code under which the engine keeps a late edit aside.
pub(crate) const LATE: &str = "late_edit";
/// Its values were taken over.
pub(crate) const ACCEPTED: &str = "late_edit_accepted";
/// An officer left the record as it was.
pub(crate) const DISMISSED: &str = "late_edit_dismissed";

/// One late edit that waits for a decision.
#[derive(Debug, Clone)]
pub struct LateCard {
    /// The record.
    pub document: DocumentId,
    /// The change that names the card: the first of those that fell with it.
    pub hash: ChangeHash,
    /// The person's name.
    pub full_name: String,
    /// The ward that keeps the record now.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The machine that wrote late.
    pub device: DeviceId,
    /// What people call it.
    pub device_name: String,
    /// The name of the ward that wrote late.
    pub from_ward: String,
    /// Who wrote it, as far as that is known.
    pub user_name: String,
    /// When it was written, by that machine's clock.
    pub written_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
    /// The heads of the state the card was made from.
    pub heads: Vec<ChangeHash>,
    /// The fields it would change.
    pub fields: Vec<LateField>,
}

/// One field with both values; `None` is an empty one.
#[derive(Debug, Clone, PartialEq)]
pub struct LateField {
    /// Where.
    pub path: Path,
    /// The field's name for people.
    pub label: String,
    /// What stands in the record.
    pub present: Option<Scalar>,
    /// The same for people.
    pub present_shown: String,
    /// What the former ward wrote.
    pub late: Option<Scalar>,
    /// The same for people.
    pub late_shown: String,
}

/// What is to become of a late edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateChoice {
    /// Take its values over, at these places (all of them when empty).
    Accept {
        /// The heads the card was made from.
        base_heads: Vec<ChangeHash>,
        /// Where.
        paths: Vec<Path>,
    },
    /// Leave the record as it is.
    Dismiss,
}

impl Replica {
    /// The late edits that wait for a decision, oldest first.
    pub fn late_edits(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
    ) -> Result<Vec<LateCard>, HubError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut cards = Vec::new();
            for root in open_roots(tx, None)? {
                let card = card(tx, &names, &mut authors, &root, viewer.lang)?;
                let Some(card) = card else { continue };
                if ward.is_none_or(|ward| *ward == card.ward) {
                    cards.push(card);
                }
            }
            Ok(cards)
        })
    }

    /// Decides about a late edit.
    ///
    /// # Errors
    /// [`EditError::Settled`] when somebody decided before, [`EditError::Stale`] when a field that
    /// is to be taken over was changed since the card was made.
    pub fn settle_late_edit(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        hash: &ChangeHash,
        choice: &LateChoice,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let commit = self.commit_for(viewer)?;
        let now = self.now();
        self.write_noted(|tx| {
            let family = family(tx, document, hash)?;
            if family.is_empty() {
                return Err(EditError::NotFound);
            }
            let (mut loaded, ward) = load(tx, document)?;
            let undecided = undecided(&loaded, &family);
            if let (Some(settled), true) = (decision(tx, &loaded, hash)?, undecided.is_empty()) {
                let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
                let author = settled.author(&mut authors)?;
                return Err(EditError::Settled { by: author.line(), at: author.at });
            }
            let (edits, code) = match choice {
                LateChoice::Dismiss => (Vec::new(), DISMISSED),
                LateChoice::Accept { base_heads, paths } => {
                    let before: Vec<Vec<u8>> =
                        loaded.changes().into_iter().map(|change| change.bytes).collect();
                    let present = loaded.read();
                    let wanted = edits(&present, &fields_of(&before, &family, &undecided), paths);
                    if !base_heads.is_empty() && *base_heads != loaded.heads() {
                        let base = loaded.person_at(base_heads)?;
                        let sorted = merge::sort(&base, &present, &wanted);
                        if !sorted.stale.is_empty() {
                            let (fields, heads) = (sorted.stale, loaded.heads());
                            let view = MergeView { fields, heads, saved: 0 };
                            return Err(EditError::Stale(Box::new(view)));
                        }
                    }
                    refuse_impossible(&wanted, &loaded)?;
                    (wanted, ACCEPTED)
                }
            };
            let taken = code == ACCEPTED;
            loaded.decide_late(undecided.iter().copied(), taken);
            let written = commit.write(tx, loaded, &ward, &edits, Purpose::Resolve)?;
            for item in family.iter().filter(|item| undecided.contains(&item.hash)) {
                if let Some(by) = written.hash.as_ref().filter(|_| taken) {
                    tx.put_replaced(document, &item.hash, by)?;
                }
                tx.settle_quarantined(document, &item.hash, code)?;
                tx.put_kept_seen(document, &item.hash, now)?;
            }
            self.log_in(tx, viewer, code, Some(*document), &hash.to_string())?;
            Ok(Saved::of(*document, written))
        })
    }
}

/// How many late edits of the records that a ward keeps wait for a decision.
pub(super) fn open_in(tx: &dyn Tx, ward: &WardId) -> Result<u64, HubError> {
    let mut open = 0;
    for root in open_roots(tx, None)? {
        let state = tx.document(&root.document)?;
        if state.is_some_and(|state| state.ward == *ward) {
            let read = values(tx, &root.document, &root.hash, Lang::Vi)?;
            open += u64::from(read.is_some_and(|read| read.is_open()));
        }
    }
    Ok(open)
}

/// What a late edit says beside what the record says.
pub(crate) struct LateValues {
    /// The heads of the record.
    pub(crate) heads: Vec<ChangeHash>,
    /// The fields it would change.
    pub(crate) fields: Vec<LateField>,
    full_name: String,
    written_at: Option<Timestamp>,
    is_decided: bool,
}

impl LateValues {
    /// Whether nobody has decided, and something of it does not stand in the record yet.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_decided && self.says_something_else()
    }

    fn says_something_else(&self) -> bool {
        self.fields.is_empty() || self.fields.iter().any(|field| field.present != field.late)
    }
}

/// Reads a late edit against the record as it is; none when the record is not here.
pub(crate) fn values(
    tx: &dyn Tx,
    document: &DocumentId,
    root: &ChangeHash,
    lang: Lang,
) -> Result<Option<LateValues>, ReplicaError> {
    let Some(loaded) = tx.load_document(document)? else { return Ok(None) };
    let family = family(tx, document, root)?;
    let before: Vec<Vec<u8>> = loaded.changes().into_iter().map(|change| change.bytes).collect();
    let undecided = undecided(&loaded, &family);
    let written = fields_of(&before, &family, &undecided);
    let present = loaded.read();
    let fields = last_values(&written).into_iter().map(|(path, late)| {
        let stands = present.at(&path);
        LateField {
            label: path_label(&path, lang),
            present_shown: path_value(&path, stands.as_ref(), lang),
            present: stands,
            late_shown: path_value(&path, late.as_ref(), lang),
            late,
            path,
        }
    });
    Ok(Some(LateValues {
        fields: fields.collect(),
        heads: loaded.heads(),
        full_name: present.text("full_name").unwrap_or_default().to_owned(),
        written_at: written.first().map(|entry| entry.time),
        is_decided: undecided.is_empty() && !family.is_empty(),
    }))
}

/// What was decided about a late edit, by whom.
pub(crate) struct Decided {
    /// Values of it were taken over.
    pub(crate) taken: bool,
    change: StoredChange,
}

impl Decided {
    /// Who decided, and when.
    pub(crate) fn author(&self, authors: &mut Authors<'_>) -> Result<Author, ReplicaError> {
        authors.of(&self.change)
    }
}

/// What a record says was decided about a late edit.
pub(crate) fn decision(
    tx: &dyn Tx,
    loaded: &Document,
    late: &ChangeHash,
) -> Result<Option<Decided>, ReplicaError> {
    let Some(decision) = loaded.late_decision(late) else { return Ok(None) };
    let change = changes_by_hash(tx, &loaded.id())?.remove(&decision.by);
    Ok(change.map(|change| Decided { taken: decision.taken, change }))
}

/// The late changes that did not fall with another one, oldest first.
fn open_roots(tx: &dyn Tx, document: Option<&DocumentId>) -> Result<Vec<Quarantined>, HubError> {
    let filter = QuarantineFilter {
        document: document.copied(),
        code: Some(LATE.to_owned()),
        ..QuarantineFilter::default()
    };
    let mut roots = tx.quarantine_rows(&filter, 0, u64::from(u16::MAX))?;
    roots.retain(|item| item.because_of.is_none());
    roots.reverse();
    Ok(roots)
}

/// A late change with those that fell with it, in the order in which they were written.
fn family(
    tx: &dyn Tx,
    document: &DocumentId,
    root: &ChangeHash,
) -> Result<Vec<Quarantined>, ReplicaError> {
    let filter = QuarantineFilter {
        document: Some(*document),
        code: Some(LATE.to_owned()),
        ..QuarantineFilter::default()
    };
    let mut members = tx.quarantine_rows(&filter, 0, u64::from(u16::MAX))?;
    members.retain(|item| item.hash == *root || item.because_of == Some(*root));
    // Kept aside in the order of the machine's log, newest first in the list.
    members.reverse();
    if members.first().is_none_or(|first| first.hash != *root) {
        members.sort_by_key(|item| item.hash != *root);
    }
    // Lists may leave the bytes out.
    for item in &mut members {
        if let Some(whole) = Log::quarantined(tx, document, &item.hash)? {
            item.bytes = whole.bytes;
        }
    }
    Ok(members)
}

fn card(
    tx: &dyn Tx,
    names: &Names,
    authors: &mut Authors<'_>,
    root: &Quarantined,
    lang: Lang,
) -> Result<Option<LateCard>, HubError> {
    let Some(state) = tx.document(&root.document)? else { return Ok(None) };
    let read = values(tx, &root.document, &root.hash, lang)?;
    let Some(read) = read.filter(LateValues::is_open) else { return Ok(None) };
    let (device_name, from) = names.device(&root.device);
    let whole = Log::quarantined(tx, &root.document, &root.hash)?;
    let author = whole.map(|whole| authors.of_kept(&whole)).transpose()?;
    Ok(Some(LateCard {
        document: root.document,
        hash: root.hash,
        full_name: read.full_name,
        ward_name: names.ward(&state.ward),
        ward: state.ward,
        device: root.device,
        device_name,
        from_ward: from.map(|ward| names.ward(&ward)).unwrap_or_default(),
        user_name: author.map(|author| author.user_name).unwrap_or_default(),
        written_at: read.written_at.unwrap_or(root.at),
        received_at: root.at,
        heads: read.heads,
        fields: read.fields,
    }))
}

/// Those of some late changes about which nobody has decided. Of a family that fell together, a ward
/// may have looked at one alone.
fn undecided(loaded: &Document, family: &[Quarantined]) -> BTreeSet<ChangeHash> {
    let hashes = family.iter().map(|item| item.hash);
    hashes.filter(|hash| loaded.late_decision(hash).is_none()).collect()
}

/// What each of these late changes wrote; nothing is applied for it.
fn fields_of(
    before: &[Vec<u8>],
    family: &[Quarantined],
    of: &BTreeSet<ChangeHash>,
) -> Vec<HistoryEntry> {
    let mut known: Vec<&[u8]> = before.iter().map(Vec::as_slice).collect();
    let mut entries = Vec::new();
    for item in family {
        if of.contains(&item.hash)
            && let Some(entry) = read_change(known.iter().copied(), &item.bytes)
        {
            entries.push(entry);
        }
        known.push(&item.bytes);
    }
    entries
}

/// Each place once, with the value that was written there last.
fn last_values(written: &[HistoryEntry]) -> Vec<(Path, Option<Scalar>)> {
    let mut values: Vec<(Path, Option<Scalar>)> = Vec::new();
    for (path, _, new) in written.iter().flat_map(|entry| &entry.edits) {
        match values.iter_mut().find(|(known, _)| known == path) {
            Some(known) => known.1.clone_from(new),
            None => values.push((path.clone(), new.clone())),
        }
    }
    values
}

/// The edits that take the late values over; a row that the record lacks is made.
fn edits(present: &Person, written: &[HistoryEntry], only: &[Path]) -> Vec<Edit> {
    let mut wanted = last_values(written);
    wanted.retain(|(path, _)| only.is_empty() || only.contains(path));
    let mut edits = Vec::new();
    let mut made = BTreeSet::new();
    for (path, value) in &wanted {
        match (path, value) {
            (Path::Cell { table, row, .. }, _) if present.row(table, row).is_none() => {
                if made.insert((table.clone(), *row)) {
                    let cells = wanted.iter().filter_map(|(other, value)| match other {
                        Path::Cell { table: t, row: r, column } if t == table && r == row => {
                            Some((column.clone(), value.clone()?))
                        }
                        _ => None,
                    });
                    let cells = cells.collect();
                    edits.push(Edit::AddRow { table: table.clone(), row: *row, cells });
                }
            }
            (Path::Code { .. }, None) => edits.push(Edit::set(path.clone(), false)),
            (_, None) => edits.push(Edit::Clear { path: path.clone() }),
            (_, Some(value)) => edits.push(Edit::set(path.clone(), value.clone())),
        }
    }
    edits
}
