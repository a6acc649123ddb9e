//! Reading people: the list, one record with everything a page needs, duplicates.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId, WardId};
use wardbook_record::{Document, Facts, Person, Problem, facts_with, validate};
use wardbook_store::{Facets, PeoplePage, PeopleQuery, PersonRow, Tx};

use crate::End;
use crate::access::{Reach, list};
use crate::commit::elsewhere;
use crate::conflicts::{ConflictCard, card};
use crate::error::ReplicaError;
use crate::files;
use crate::projector::open_paths;
use crate::replica::Replica;
use crate::settings::decision_setting;
use crate::take_back::{NotTaken, last_save, not_taken};
use crate::viewer::Viewer;
use crate::who::{Author, Authors, UNENROLLED, changes_by_hash, unit_name, ward_names};

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
    /// Node: who keeps it, when that is another ward: here it is only to read.
    pub keeper: Option<Keeper>,
    /// Whether the viewer may edit it at this end.
    pub editable: bool,
    /// Who changed it last, by order of arrival at this end.
    pub last_change: Option<Author>,
    /// That change, when it is the viewer's own save and can still be taken back.
    pub undo: Option<ChangeHash>,
    /// Values that choices on conflicts put aside, newest first.
    pub not_taken: Vec<NotTaken>,
    /// Local changes of it that have not reached the hub (node only).
    pub unsent: u64,
    /// Files of it that have not reached the hub whole (node only).
    pub unsent_files: u64,
}

/// The ward that keeps a record which another ward may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// That ward.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The decision behind it, for people; empty when it is not known here.
    pub decision: String,
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
    /// People who fit a query, one page of them. At a node: those its own ward keeps, so that a
    /// person who moved or is lent is counted in one ward.
    pub fn people(&self, viewer: &Viewer, query: &PeopleQuery) -> Result<PeoplePage, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| list::page(tx, viewer, &self.own_ward_only(tx, query)?))
    }

    /// People who fit a query and whose records another ward keeps: lent to this one, or on their
    /// way out (node).
    pub fn people_elsewhere(
        &self,
        viewer: &Viewer,
        query: &PeopleQuery,
    ) -> Result<PeoplePage, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let Some(own) = self.own_wards(tx)? else { return Ok(PeoplePage::default()) };
            let all = tx.all_documents()?.into_iter().map(|state| state.ward);
            let others: BTreeSet<WardId> = all.filter(|ward| !own.contains(ward)).collect();
            if others.is_empty() {
                return Ok(PeoplePage::default());
            }
            if viewer.access().reach == Reach::Own {
                // The own record stands in the first list, whoever keeps it.
                return Ok(PeoplePage::default());
            }
            let mut query = query.clone();
            query.filter.wards = others.into_iter().collect();
            list::page(tx, viewer, &query)
        })
    }

    /// How many people each further filter of a list would leave. Nothing for who does not read
    /// everything: a count tells what it counts.
    pub fn facets(&self, viewer: &Viewer, query: &PeopleQuery) -> Result<Facets, ReplicaError> {
        viewer.must_read()?;
        if !viewer.access().reads_all() {
            return Ok(Facets::default());
        }
        self.inner.store.read(|tx| Ok(tx.facets(&self.own_ward_only(tx, query)?)?))
    }

    /// The same query for what the own ward keeps.
    pub(crate) fn own_ward_only(
        &self,
        tx: &dyn Tx,
        query: &PeopleQuery,
    ) -> Result<PeopleQuery, ReplicaError> {
        let mut query = query.clone();
        if let Some(own) = self.own_wards(tx)?
            && query.filter.wards.is_empty()
        {
            query.filter.wards = own;
        }
        Ok(query)
    }

    /// Under which wards a node's own records stand in its lists: `None` where all do. What was
    /// written before enrolment stands under a word of its own until it is projected again.
    fn own_wards(&self, tx: &dyn Tx) -> Result<Option<Vec<WardId>>, ReplicaError> {
        if self.end() == End::Hub {
            return Ok(None);
        }
        let Some(member) = tx.membership()? else { return Ok(None) };
        let before = UNENROLLED.parse().unwrap_or_default();
        Ok(Some(vec![member.ward, before, WardId::default()]))
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
            if !self.reaches(tx, viewer, document)? {
                return Ok(None);
            }
            let Some(state) = tx.document(document)? else { return Ok(None) };
            let Some(loaded) = tx.load_document(document)? else { return Ok(None) };
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut person = loaded.read();
            let conflicts = open_card(tx, &loaded, &mut authors, &state.ward, viewer)?;
            let changes = tx.changes_of(document)?;
            // Judged as a whole, then told as far as it is the viewer's to know.
            let mut problems = validate(&person, as_of);
            viewer.access().redact_problems(&mut problems);
            viewer.access().redact(&mut person);
            let keeper = match elsewhere(tx, document)? {
                None => None,
                Some(ward) => Some(Keeper {
                    ward_name: unit_name(&ward),
                    decision: tx.get_setting(&decision_setting(document))?.unwrap_or_default(),
                    ward,
                }),
            };
            let view = PersonView {
                heads: loaded.heads(),
                facts: facts_with(&person, as_of, &problems),
                problems,
                conflicts,
                ward_name: authors.ward_name(&state.ward),
                ward: state.ward,
                custody_version: state.custody_version,
                editable: viewer.access().writes_something() && keeper.is_none(),
                keeper,
                last_change: changes.last().map(|change| authors.of(change)).transpose()?,
                undo: last_save(&loaded.heads(), &changes, viewer.user),
                not_taken: not_taken(&loaded, &changes, &mut authors, viewer)?,
                unsent: self.unsent(tx, document)?,
                unsent_files: self.unsent_files(tx, document)?,
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
        let found = self.inner.store.read(|tx| {
            if !self.reaches(tx, viewer, document)? {
                return Ok(None);
            }
            Ok::<_, ReplicaError>(tx.load_document(document)?)
        })?;
        if found.is_some() {
            self.log_view(viewer, document);
        }
        Ok(found.map(|document| {
            let mut person = document.read();
            viewer.access().redact(&mut person);
            (person, document.heads())
        }))
    }

    /// People whose number stands in more than one record in use.
    pub fn duplicates(&self, viewer: &Viewer) -> Result<Vec<DuplicateView>, ReplicaError> {
        viewer.must_read_all()?;
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

    fn unsent_files(&self, tx: &dyn Tx, document: &DocumentId) -> Result<u64, ReplicaError> {
        if self.end() == End::Hub {
            return Ok(0);
        }
        Ok(files::waiting(tx, Some(document))?.to_send)
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
    let mut card = card(document, &paths, &changes, authors, ward, viewer.lang)?;
    card.fields.retain(|field| viewer.access().reads_path(&field.path));
    Ok((!card.fields.is_empty()).then_some(card))
}
