//! Writing records: new ones, edits made from a form, retirement.

use std::convert::Infallible;

use wardbook_base::{ChangeHash, DocumentId, WardId};
use wardbook_record::events::is_slip;
use wardbook_record::{Document, DocumentError, Edit, Path, Person, Problem, Purpose, RETIRED};
use wardbook_store::Tx;

use crate::End;
use crate::approve::withdrawal;
use crate::commit::{Commit, Written};
use crate::error::EditError;
use crate::guard;
use crate::merge::{self, MergeField, MergeView};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What a form wants, and the state it was made from.
#[derive(Debug, Clone, Default)]
pub struct EditCommand {
    /// The heads the form carried; empty means "the present state" (no check for others' edits).
    pub base_heads: Vec<ChangeHash>,
    /// The touched fields.
    pub edits: Vec<Edit>,
}

/// What a save did. Problems are flagged and stored; they do not block.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The record.
    pub document: DocumentId,
    /// Its heads now.
    pub heads: Vec<ChangeHash>,
    /// False when the save changed nothing.
    pub changed: bool,
    /// What validation says of the record now.
    pub problems: Vec<Problem>,
}

impl Saved {
    pub(crate) fn of(document: DocumentId, written: Written) -> Self {
        Self {
            document,
            heads: written.heads,
            changed: written.hash.is_some(),
            problems: written.problems,
        }
    }
}

impl Replica {
    /// Makes a record: in the node's ward, or before enrolment in none yet. At the hub use
    /// [`Replica::create_person_in`].
    #[expect(clippy::needless_pass_by_value, reason = "a command is given away by its caller")]
    pub fn create_person(&self, viewer: &Viewer, edits: Vec<Edit>) -> Result<Saved, EditError> {
        match self.end() {
            End::Node => {
                let member = self.membership()?;
                let ward = member.map(|member| member.ward).unwrap_or_default();
                self.create(viewer, &ward, &edits)
            }
            End::Hub => Err(EditError::NoWard),
        }
    }

    /// Makes a record in a ward (hub).
    pub fn create_person_in(
        &self,
        viewer: &Viewer,
        ward: &WardId,
        edits: Vec<Edit>,
    ) -> Result<Saved, EditError> {
        if self.end() == End::Node {
            return self.create_person(viewer, edits);
        }
        if !self.ward_names()?.contains_key(ward) {
            return Err(EditError::NoWard);
        }
        self.create(viewer, ward, &edits)
    }

    fn create(&self, viewer: &Viewer, ward: &WardId, edits: &[Edit]) -> Result<Saved, EditError> {
        let made = self.create_unless(viewer, ward, edits, |_| Ok(None::<Infallible>))?;
        made.map_err(|never| match never {})
    }

    /// The same, unless something speaks against it in the transaction that writes it.
    pub(crate) fn create_unless<T>(
        &self,
        viewer: &Viewer,
        ward: &WardId,
        edits: &[Edit],
        unless: impl FnOnce(&dyn Tx) -> Result<Option<T>, EditError>,
    ) -> Result<Result<Saved, T>, EditError> {
        viewer.must_edit()?;
        let id = DocumentId::random(&*self.inner.dice);
        let document = Document::new(id);
        refuse_impossible(edits, &document)?;
        let commit = self.commit_for(viewer)?;
        self.write_noted(|tx| {
            if let Some(why) = unless(tx)? {
                return Ok(Err(why));
            }
            let written = commit.write(tx, document, ward, edits, Purpose::Create)?;
            Ok(Ok(Saved::of(id, written)))
        })
    }

    /// Saves the touched fields of a form.
    ///
    /// # Errors
    /// [`EditError::Stale`] when somebody changed a touched field since the form was made and
    /// wrote something else than this form wants; the form's other edits are saved then.
    #[expect(clippy::needless_pass_by_value, reason = "a command is given away by its caller")]
    pub fn edit_person(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        command: EditCommand,
    ) -> Result<Saved, EditError> {
        viewer.must_write(&command.edits)?;
        if command.edits.iter().any(touches_record_retirement) {
            // A record is retired by its own command, with its own purpose in the history.
            let problems = command.edits.iter().filter(|edit| touches_record_retirement(edit));
            return Err(EditError::Invalid(problems.map(guard::unknown).collect()));
        }
        self.edit(viewer, document, &command, Purpose::Edit)
    }

    /// Retires a mistaken record with a reason; an empty reason brings it back (decision 31).
    pub fn retire_person(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        reason: &str,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let slip = self.inner.store.read(|tx| {
            Ok::<_, EditError>(tx.load_document(document)?.is_some_and(|it| is_slip(&it.read())))
        })?;
        if slip {
            return Err(EditError::Slip);
        }
        let edit = match reason.trim() {
            "" => Edit::Clear { path: Path::field(RETIRED) },
            reason => Edit::retire_record(reason),
        };
        let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
        self.edit(viewer, document, &command, Purpose::Retire)
    }

    /// Writes edits that were worked out from the history: with the rights of the viewer, and
    /// under a purpose of their own.
    pub(crate) fn write_back(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        command: &EditCommand,
        purpose: Purpose,
    ) -> Result<Saved, EditError> {
        viewer.must_write(&command.edits)?;
        self.edit(viewer, document, command, purpose)
    }

    /// Writes what was decided on a proposal: whoever approves need not have the right to change the
    /// field otherwise.
    pub(crate) fn write_decided(
        &self,
        tx: &mut dyn Tx,
        (viewer, commit): (&Viewer, &Commit<'_>),
        document: &DocumentId,
        edits: Vec<Edit>,
    ) -> Result<Saved, EditError> {
        let command = EditCommand { base_heads: Vec::new(), edits };
        let done = self.edit_in(tx, (viewer, commit), document, &command, Purpose::Edit)?;
        let mut written = done.written;
        viewer.access().redact_problems(&mut written.problems);
        Ok(Saved::of(*document, written))
    }

    fn edit(
        &self,
        viewer: &Viewer,
        id: &DocumentId,
        command: &EditCommand,
        purpose: Purpose,
    ) -> Result<Saved, EditError> {
        let commit = self.commit_for(viewer)?;
        let EditDone { mut written, stale, saved } =
            self.write_noted(|tx| self.edit_in(tx, (viewer, &commit), id, command, purpose))?;
        viewer.access().redact_problems(&mut written.problems);
        if stale.is_empty() {
            return Ok(Saved::of(*id, written));
        }
        let heads = written.heads;
        Err(EditError::Stale(Box::new(MergeView { fields: stale, heads, saved })))
    }

    fn edit_in(
        &self,
        tx: &mut dyn Tx,
        (viewer, commit): (&Viewer, &Commit<'_>),
        id: &DocumentId,
        command: &EditCommand,
        purpose: Purpose,
    ) -> Result<EditDone, EditError> {
        self.must_reach(tx, viewer, id)?;
        let (document, ward) = load(tx, id)?;
        let mut sorted = sort(&document, command)?;
        if purpose == Purpose::Edit && !sorted.clean.is_empty() {
            let withdrawn = withdrawal(&document.read(), &sorted.clean);
            sorted.clean.extend(withdrawn);
        }
        refuse_impossible(&sorted.clean, &document)?;
        let saved = sorted.clean.len();
        let written = commit.write(tx, document, &ward, &sorted.clean, purpose)?;
        Ok(EditDone { written, stale: sorted.stale, saved })
    }
}

/// What became of the edits of a form.
struct EditDone {
    written: Written,
    /// Those that met something else, which were not written.
    stale: Vec<MergeField>,
    /// How many were.
    saved: usize,
}

/// A document with the ward in whose custody it is.
pub(crate) fn load(tx: &dyn Tx, id: &DocumentId) -> Result<(Document, WardId), EditError> {
    let state = tx.document(id)?.ok_or(EditError::NotFound)?;
    let document = tx.load_document(id)?.ok_or(EditError::NotFound)?;
    Ok((document, state.ward))
}

fn sort(document: &Document, command: &EditCommand) -> Result<merge::Sorted, EditError> {
    let heads = document.heads();
    if command.base_heads.is_empty() || command.base_heads == heads {
        return Ok(merge::Sorted { clean: command.edits.clone(), stale: Vec::new() });
    }
    let base = match document.person_at(&command.base_heads) {
        // A form of another life of this database, or nonsense: compared with nothing, so that no
        // value which stands there is replaced unseen.
        Err(DocumentError::UnknownHeads) => Person::new(document.id()),
        base => base?,
    };
    Ok(merge::sort(&base, &document.read(), &command.edits))
}

/// Refuses edits that cannot be stored at all.
pub(crate) fn refuse_impossible(edits: &[Edit], document: &Document) -> Result<(), EditError> {
    let problems = guard::impossible(edits, &document.read());
    if problems.is_empty() { Ok(()) } else { Err(EditError::Invalid(problems)) }
}

fn touches_record_retirement(edit: &Edit) -> bool {
    edit.paths().contains(&Path::field(RETIRED))
}
