//! Reading people: the list, one record with everything a page needs, duplicates.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId, WardId};
use wardbook_record::{Document, Facts, Person, Problem, facts_with, validate};
use wardbook_store::{PeoplePage, PeopleQuery, PersonRow, Tx};

use crate::End;
use crate::conflicts::{ConflictCard, card};
use crate::error::ReplicaError;
use crate::projector::open_paths;
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors, changes_by_hash, ward_names};

/// The view log forgets a repeated view of one record by one person within so long, in
/// milliseconds: a page and its forms are one view.
const VIEW_LOGGED_EVERY_MS: i64 = 10 * 60 * 1000;

/// One record with everything its page shows.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The record.
    pub person: Person,
    /// The heads of the state that was read: a form carries them.
    pub heads: Vec<ChangeHash>,
    /// What lists and reports know of it.
    pub facts: Facts,
    /// What validation says.
    pub problems: Vec<Problem>,
    /// The open conflicts, when there are any.
    pub conflicts: Option<ConflictCard>,
    /// The ward in whose custody it is; `unenrolled` before enrolment.
    pub ward: WardId,
    /// The ward's name.
    pub ward_name: String,
    /// The custody entry in force.
    pub custody_version: u64,
    /// Whether the viewer may edit it at this end.
    pub editable: bool,
    /// Who changed it last, by order of arrival at this end.
    pub last_change: Option<Author>,
    /// Local changes of it that have not reached the hub (node only).
    pub unsent: u64,
}

/// Records that carry one person id number.
#[derive(Debug, Clone)]
pub struct DuplicateView {
    /// The number.
    pub person_id_no: String,
    /// The records.
    pub people: Vec<PersonRow>,
}

impl Replica {
    /// People who fit a query, one page of them.
    pub fn people(&self, viewer: &Viewer, query: &PeopleQuery) -> Result<PeoplePage, ReplicaError> {
        viewer.must_read()?;
        Ok(self.inner.store.read(|tx| tx.people(query))?)
    }

    /// One record. The view is logged (decision 31).
    pub fn person(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<Option<PersonView>, ReplicaError> {
        viewer.must_read()?;
        let as_of = self.as_of()?;
        let view = self.inner.store.read(|tx| {
            let Some(state) = tx.document(document)? else { return Ok(None) };
            let Some(loaded) = tx.load_document(document)? else { return Ok(None) };
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let person = loaded.read();
            let conflicts = open_card(tx, &loaded, &mut authors, &state.ward, viewer)?;
            let changes = tx.changes_of(document)?;
            let problems = validate(&person, as_of);
            let view = PersonView {
                heads: loaded.heads(),
                facts: facts_with(&person, as_of, &problems),
                problems,
                conflicts,
                ward_name: authors.ward_name(&state.ward),
                ward: state.ward,
                custody_version: state.custody_version,
                editable: viewer.role.may_edit(),
                last_change: changes.last().map(|change| authors.of(change)).transpose()?,
                unsent: self.unsent(tx, document)?,
                person,
            };
            Ok::<_, ReplicaError>(Some(view))
        })?;
        if view.is_some() {
            self.log_view(viewer, document);
        }
        Ok(view)
    }

    /// The record alone, for programs: nothing but the values and the heads. Logged like a view.
    pub fn person_values(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<Option<(Person, Vec<ChangeHash>)>, ReplicaError> {
        viewer.must_read()?;
        let found = self.inner.store.read(|tx| tx.load_document(document))?;
        if found.is_some() {
            self.log_view(viewer, document);
        }
        Ok(found.map(|document| (document.read(), document.heads())))
    }

    /// People whose number stands in more than one record in use.
    pub fn duplicates(&self, viewer: &Viewer) -> Result<Vec<DuplicateView>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let mut views = Vec::new();
            for duplicate in tx.duplicates(None)? {
                let mut people = tx.people_with_id_no(&duplicate.person_id_no)?;
                people.retain(|row| row.facts.retired.is_none());
                views.push(DuplicateView { person_id_no: duplicate.person_id_no, people });
            }
            Ok(views)
        })
    }

    /// The names of the wards this end knows.
    pub fn ward_names(&self) -> Result<BTreeMap<WardId, String>, ReplicaError> {
        self.inner.store.read(|tx| ward_names(tx, self.end()))
    }

    fn unsent(&self, tx: &dyn Tx, document: &DocumentId) -> Result<u64, ReplicaError> {
        if self.end() == End::Hub {
            return Ok(0);
        }
        let (acked, _) = tx.acked()?;
        let rows = tx.local_rows(acked, usize::from(u16::MAX))?;
        Ok(rows.iter().filter(|row| row.document == *document).count() as u64)
    }

    /// Logs a view, unless the same person looked at the same record a moment ago.
    fn log_view(&self, viewer: &Viewer, document: &DocumentId) {
        let now = self.now();
        {
            let mut seen =
                self.inner.views.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.retain(|_, at| (now.0 - at.0).abs() < VIEW_LOGGED_EVERY_MS);
            if seen.contains_key(&(viewer.user, *document)) {
                return;
            }
            seen.insert((viewer.user, *document), now);
        }
        self.log_seen(viewer, "view_person", Some(*document), "");
    }
}

/// The card of a record's open conflicts, when there are any.
fn open_card(
    tx: &dyn Tx,
    document: &Document,
    authors: &mut Authors<'_>,
    ward: &WardId,
    viewer: &Viewer,
) -> Result<Option<ConflictCard>, ReplicaError> {
    let id = document.id();
    let paths: Vec<_> = open_paths(tx, &id)?.into_iter().collect();
    if paths.is_empty() {
        return Ok(None);
    }
    let changes = changes_by_hash(tx, &id)?;
    let card = card(document, &paths, &changes, authors, ward, viewer.lang)?;
    Ok((!card.fields.is_empty()).then_some(card))
}
