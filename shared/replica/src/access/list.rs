//! Lists for those who do not see everybody or everything: whom a query may find, by what it may
//! ask, and what the rows may say. What is not known to be harmless is left out.

use wardbook_base::DocumentId;
use wardbook_record::rules::Due;
use wardbook_record::{Facts, PartialDate};
use wardbook_store::{DueRow, PeopleFilter, PeoplePage, PeopleQuery, PersonRow, Tx};

use super::{Access, Reach};
use crate::error::ReplicaError;
use crate::viewer::Viewer;

/// A query as a viewer may ask it; `None` when nobody may be found by it.
pub(crate) fn narrowed(viewer: &Viewer, query: &PeopleQuery) -> Option<PeopleQuery> {
    let access = viewer.access();
    if access.reads_all() {
        return Some(query.clone());
    }
    let asked = &query.filter;
    let codes = |key: &str, codes: &[String]| {
        if access.reads(key) { codes.to_vec() } else { Vec::new() }
    };
    let units = match access.reach {
        Reach::Nobody => return None,
        Reach::Division if viewer.scope.units.is_empty() => return None,
        Reach::Division if asked.org_unit.is_empty() => viewer.scope.units.clone(),
        Reach::Division => {
            let own = |unit: &&String| viewer.scope.units.contains(unit);
            let units: Vec<String> = asked.org_unit.iter().filter(own).cloned().collect();
            if units.is_empty() {
                return None;
            }
            units
        }
        Reach::Own | Reach::Ward => codes("org_unit", &asked.org_unit),
    };
    // A search by number would tell who has it.
    let hides_numbers = !(access.reads("person_id_no") && access.reads("phone"));
    if hides_numbers && query.search.chars().any(|letter| letter.is_ascii_digit()) {
        return None;
    }
    Some(PeopleQuery {
        search: query.search.clone(),
        filter: PeopleFilter {
            wards: asked.wards.clone(),
            sex: codes("sex", &asked.sex),
            title: codes("current_title", &asked.title),
            work_status: codes("work_status", &asked.work_status),
            not_work_status: codes("work_status", &asked.not_work_status),
            // A choice among those who may be found anyway.
            only: asked.only.clone(),
            org_unit: units,
            ..PeopleFilter::default()
        },
        sort: query.sort,
        offset: query.offset,
        limit: query.limit,
    })
}

/// A page of a list, by a viewer's reach, with nothing in it that the viewer may not read.
pub(crate) fn page(
    tx: &dyn Tx,
    viewer: &Viewer,
    query: &PeopleQuery,
) -> Result<PeoplePage, ReplicaError> {
    let access = viewer.access();
    if access.reach == Reach::Own {
        let rows = own_row(tx, viewer.scope.person)?;
        let total = rows.len() as u64;
        let rows = if query.offset == 0 { rows } else { Vec::new() };
        return Ok(shown(access, PeoplePage { rows, total }));
    }
    let Some(query) = narrowed(viewer, query) else { return Ok(PeoplePage::default()) };
    Ok(shown(access, tx.people(&query)?))
}

/// What falls due for the people of a query (its order and paging aside), by a viewer's reach and
/// about nothing that the viewer may not read; up to a day, when one is given.
pub(crate) fn dues(
    tx: &dyn Tx,
    viewer: &Viewer,
    query: &PeopleQuery,
    upto: Option<PartialDate>,
) -> Result<Vec<DueRow>, ReplicaError> {
    let access = viewer.access();
    let reached = match (access.reach, viewer.scope.person) {
        (Reach::Own, own) => own.map(|own| PeopleQuery {
            filter: PeopleFilter { only: vec![own], with_retired: true, ..PeopleFilter::default() },
            ..PeopleQuery::default()
        }),
        _ => narrowed(viewer, query),
    };
    let Some(reached) = reached else { return Ok(Vec::new()) };
    let mut rows = tx.dues(&reached, upto)?;
    if !access.reads_all() {
        rows.retain(|row| reads_due(access, &row.due));
        let hides_units = !access.reads("org_unit");
        rows.iter_mut().filter(|_| hides_units).for_each(|row| row.org_unit = None);
    }
    Ok(rows)
}

fn own_row(tx: &dyn Tx, person: Option<DocumentId>) -> Result<Vec<PersonRow>, ReplicaError> {
    let Some(person) = person else { return Ok(Vec::new()) };
    Ok(tx.person_row(&person)?.into_iter().collect())
}

fn shown(access: &Access, mut page: PeoplePage) -> PeoplePage {
    if !access.reads_all() {
        for row in &mut page.rows {
            row.facts = facts(access, &row.facts);
        }
    }
    page
}

/// A thing to do is told to those who may read the field that it is about.
fn reads_due(access: &Access, due: &Due) -> bool {
    due.path.as_ref().is_some_and(|path| access.reads_path(path))
}

/// The facts that may be read; all others as if they were not known.
fn facts(access: &Access, all: &Facts) -> Facts {
    let text = |key: &str, text: &Option<String>| text.clone().filter(|_| access.reads(key));
    let has_title = access.reads("current_title");
    Facts {
        full_name: all.full_name.clone(),
        fold: all.fold.clone(),
        initials: all.initials.clone(),
        sort_key: all.sort_key.clone(),
        person_id_no: text("person_id_no", &all.person_id_no),
        birth_date: all.birth_date.filter(|_| access.reads("birth_date")),
        sex: text("sex", &all.sex),
        title_code: text("current_title", &all.title_code),
        title_label: text("current_title", &all.title_label),
        org_unit: text("org_unit", &all.org_unit),
        subject_type: text("subject_type", &all.subject_type),
        is_leader: all.is_leader && has_title,
        is_key: all.is_key && has_title,
        rank_code: text("rank_code", &all.rank_code),
        work_status: text("work_status", &all.work_status),
        phone: text("phone", &all.phone),
        staff_code: text("staff_code", &all.staff_code),
        ..Facts::default()
    }
}
