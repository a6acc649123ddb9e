//! Moves between wards as a ward sees them: what it asked the city for, what became of it, asking
//! for a person who is not here, and who came and went.

mod notes;

use wardbook_base::{DocumentId, RowId, WardId};
use wardbook_record::events::{
    AskedInVain, MoveAct, Request, RequestState, SLIP, withdraw_request,
};
use wardbook_record::{Edit, PartialDate, Purpose};
use wardbook_store::{PeopleFilter, PeopleQuery, PersonRow, Tx};

pub(crate) use notes::{Leaving, note_moves};
pub use notes::{MoveNote, Way};

use crate::edit::{EditCommand, Saved, load};
use crate::error::{EditError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// How long an answered request is still told, in days.
const TOLD_DAYS: i32 = 60;

/// A move that a ward asked the city for, with the person it is about.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// The record; for a person who is not in the ward, the slip that asks.
    pub document: DocumentId,
    /// The person.
    pub full_name: String,
    /// The post held now.
    pub title: String,
    /// The person's number, as the ward knows it.
    pub person_id_no: String,
    /// The date of birth, as the ward knows it.
    pub birth_date: Option<PartialDate>,
    /// The work status, by code.
    pub work_status: String,
    /// The ward that keeps the record: the one that asks.
    pub ward: WardId,
    /// The move.
    pub request: Request,
}

impl RequestView {
    /// What a yes does with the record.
    pub fn act(&self) -> Option<MoveAct> {
        self.request.act()
    }

    /// Whether it waits for the city.
    pub fn waits(&self) -> bool {
        self.request.state == RequestState::Waits
    }
}

impl Replica {
    /// The moves that the own ward asked for: those that wait first, then the latest answers (node).
    pub fn own_requests(&self, viewer: &Viewer) -> Result<Vec<RequestView>, ReplicaError> {
        viewer.must_edit()?;
        let today = self.today();
        let since = today.plus_days(-TOLD_DAYS);
        let mut found = self.inner.store.read(|tx| {
            let own = self.own_ward_only(tx, &PeopleQuery::default())?.filter.wards;
            let member = tx.membership()?.map(|member| member.ward).unwrap_or_default();
            let filter = PeopleFilter {
                wards: own,
                has_requests: Some(true),
                with_retired: true,
                ..PeopleFilter::default()
            };
            let mut found = Vec::new();
            tx.scan_people(&filter, &mut |row| found.extend(asked_for(row)))?;
            found.retain(|view| view.request.is_of(member.as_str()));
            Ok::<_, ReplicaError>(found)
        })?;
        let is_told =
            |view: &RequestView| view.request.answered.is_some_and(|on| on.latest() >= since);
        found.retain(|view| view.waits() || is_told(view));
        found.sort_by_key(|view| (!view.waits(), std::cmp::Reverse(view.request.answered)));
        Ok(found)
    }

    /// Takes a request back that the city has not answered (node).
    ///
    /// # Errors
    /// [`EditError::Answered`] when it does not wait any more.
    pub fn withdraw_move(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        row: &RowId,
    ) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let today = self.today();
        let command = self.inner.store.read(|tx| {
            let (loaded, _) = load(tx, document)?;
            let edits = withdraw_request(&loaded.read(), row, today);
            let edits = edits.ok_or(EditError::Answered)?;
            Ok::<_, EditError>(EditCommand { base_heads: loaded.heads(), edits })
        })?;
        self.write_back(viewer, document, &command, Purpose::Event)
    }

    /// Why the ward need not ask for the person with a number, as things are; none when it may.
    ///
    /// # Errors
    /// When the viewer may not edit, or the store fails.
    pub fn asked_in_vain(
        &self,
        viewer: &Viewer,
        number: &str,
    ) -> Result<Option<AskedInVain>, ReplicaError> {
        viewer.must_edit()?;
        self.inner.store.read(|tx| match tx.membership()? {
            Some(member) => in_vain(tx, &member.ward, number),
            None => Ok(Some(AskedInVain::NoCity)),
        })
    }

    /// Asks the city for the person with a number, whom the ward does not hold: a slip with what the
    /// ward knows. Or why there is no need to ask; who sends a form twice asks once.
    ///
    /// # Errors
    /// What an edit can fail with.
    pub fn ask_for_person(
        &self,
        viewer: &Viewer,
        number: &str,
        mut edits: Vec<Edit>,
    ) -> Result<Result<Saved, AskedInVain>, EditError> {
        viewer.must_edit()?;
        edits.push(Edit::retire_record(SLIP));
        let Some(member) = self.membership()? else { return Ok(Err(AskedInVain::NoCity)) };
        let ward = member.ward;
        self.create_unless(viewer, &ward, &edits, |tx| Ok(in_vain(tx, &ward, number)?))
    }
}

/// Why a ward need not ask for the person with a number; none when it may.
fn in_vain(tx: &dyn Tx, ward: &WardId, number: &str) -> Result<Option<AskedInVain>, ReplicaError> {
    let mut why = None;
    for row in tx.people_with_id_no(number)? {
        let is_own = tx.document(&row.document)?.is_some_and(|state| state.ward == *ward);
        match row.facts.retired.as_deref() {
            None if is_own => return Ok(Some(AskedInVain::Here)),
            Some(SLIP) if asked_for(row.clone()).any(|view| view.waits()) => {
                why = Some(AskedInVain::Waits);
            }
            _ => {}
        }
    }
    Ok(why)
}

/// What was asked for about a person; of a record that is out of use, only by a slip.
pub(crate) fn asked_for(row: PersonRow) -> impl Iterator<Item = RequestView> {
    let PersonRow { document, ward, mut facts, .. } = row;
    let is_meant = facts.retired.as_deref().is_none_or(|reason| reason == SLIP);
    let requests = if is_meant { std::mem::take(&mut facts.requests) } else { Vec::new() };
    requests.into_iter().map(move |request| RequestView {
        document,
        full_name: facts.full_name.clone(),
        title: facts.title_label.clone().unwrap_or_default(),
        person_id_no: facts.person_id_no.clone().unwrap_or_default(),
        birth_date: facts.birth_date,
        work_status: facts.work_status.clone().unwrap_or_default(),
        ward: ward.clone(),
        request,
    })
}
