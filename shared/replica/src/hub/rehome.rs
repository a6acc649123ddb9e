//! Wards that merge or split: their records go to others, all at once, by a decision.

use std::collections::BTreeSet;

use wardbook_base::{DocumentId, WardId};
use wardbook_record::events::SLIP;
use wardbook_record::units::units;
use wardbook_store::{PeopleFilter, PeopleQuery, PersonRow, Tx};
use wardbook_sync::hub::custody;
use wardbook_sync::ports::HubPort;

use super::custody::{NamedWard, decision_text, known_ward};
use super::events::Names;
use crate::error::HubError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What became of a ward that was merged or split.
#[derive(Debug, Clone, serde::Serialize)]
pub struct WardMoved {
    /// The ward that gave.
    pub from: NamedWard,
    /// How many records went, by the ward that took them.
    pub to: Vec<(NamedWard, u64)>,
    /// Records that the giving ward keeps.
    pub left: u64,
}

/// Which records a split moves, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitBy {
    /// Each of these to its ward.
    Records(Vec<(DocumentId, WardId)>),
    /// All people of this division (the code of `org_unit`) to one ward.
    Division(String, WardId),
}

impl Replica {
    /// Gives all records of one ward to another one: the first was merged into the second.
    ///
    /// # Errors
    /// When the country's data do not say that the whole of `from` went to `to`, unless `force`.
    pub fn merge_ward(
        &self,
        viewer: &Viewer,
        from: &WardId,
        to: &WardId,
        decision: &str,
        force: bool,
    ) -> Result<WardMoved, HubError> {
        viewer.must_administer()?;
        let decision = decision_text(decision)?;
        let succession = units().succession(from.as_str(), to.as_str());
        if !force && succession.is_none_or(|to| !to.whole) {
            return Err(HubError::NoSuccession { from: from.to_string(), to: to.to_string() });
        }
        let now = self.now();
        let moved = self.inner.store.write(|tx| {
            known_ward(tx, from)?;
            known_ward(tx, to)?;
            let documents = tx.documents_of(from)?;
            let port: &mut dyn HubPort = tx;
            let custody::Rehomed { moved, .. } = custody::rehome(port, from, to, &decision, now)?;
            // Lists carry the ward.
            documents.iter().try_for_each(|state| tx.mark_dirty(&state.id, now))?;
            self.log_in(tx, viewer, "merge_ward", None, &format!("from={from} to={to} n={moved}"))?;
            Ok::<_, HubError>(moved)
        })?;
        self.project_soon();
        self.ward_moved(viewer, from, vec![(to.clone(), moved)])
    }

    /// Gives some records of one ward to others: the ward was split. All of them, or none.
    pub fn split_ward(
        &self,
        viewer: &Viewer,
        from: &WardId,
        by: &SplitBy,
        decision: &str,
    ) -> Result<WardMoved, HubError> {
        viewer.must_administer()?;
        let decision = decision_text(decision)?;
        let now = self.now();
        let moved = self.inner.store.write(|tx| {
            known_ward(tx, from)?;
            let records = records_to_move(tx, from, by)?;
            let targets: BTreeSet<&WardId> = records.iter().map(|(_, to)| to).collect();
            targets.iter().try_for_each(|to| known_ward(tx, to))?;
            let mut counts: Vec<(WardId, u64)> =
                targets.into_iter().map(|to| (to.clone(), 0)).collect();
            for (document, to) in &records {
                let port: &mut dyn HubPort = tx;
                custody::transfer(port, document, to, &decision, now)?;
                tx.mark_dirty(document, now)?;
                counts.iter_mut().filter(|(ward, _)| ward == to).for_each(|(_, n)| *n += 1);
            }
            let detail = format!("from={from} n={}", records.len());
            self.log_in(tx, viewer, "split_ward", None, &detail)?;
            Ok::<_, HubError>(counts)
        })?;
        self.project_soon();
        self.ward_moved(viewer, from, moved)
    }

    /// The records that carry a personal identification number, in one ward: for lists of people.
    pub fn documents_with_id_no(
        &self,
        viewer: &Viewer,
        ward: &WardId,
        number: &str,
    ) -> Result<Vec<DocumentId>, HubError> {
        viewer.must_read()?;
        let rows = self.inner.store.read(|tx| tx.people_with_id_no(number.trim()))?;
        let is_slip = |row: &PersonRow| row.facts.retired.as_deref() == Some(SLIP);
        let of_ward = rows.into_iter().filter(|row| row.ward == *ward && !is_slip(row));
        Ok(of_ward.map(|row| row.document).collect())
    }

    fn ward_moved(
        &self,
        viewer: &Viewer,
        from: &WardId,
        to: Vec<(WardId, u64)>,
    ) -> Result<WardMoved, HubError> {
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            Ok(WardMoved {
                from: names.named(from.clone()),
                to: to.into_iter().map(|(ward, n)| (names.named(ward), n)).collect(),
                left: tx.documents_of(from)?.len() as u64,
            })
        })
    }
}

/// Where the units of before July 2025 went: for a ward of this hub, the likeliest first. Each with
/// whether the whole ward went there.
pub fn successors(ward: &WardId) -> Vec<(WardId, String, bool)> {
    let found = units().successors(ward.as_str()).into_iter();
    found.filter_map(|to| Some((to.unit.id.parse().ok()?, to.unit.full_name(), to.whole))).collect()
}

fn records_to_move(
    tx: &dyn Tx,
    from: &WardId,
    by: &SplitBy,
) -> Result<Vec<(DocumentId, WardId)>, HubError> {
    let records = match by {
        SplitBy::Records(records) => records.clone(),
        SplitBy::Division(division, to) => {
            let filter = PeopleFilter {
                wards: vec![from.clone()],
                org_unit: vec![division.clone()],
                with_retired: true,
                ..PeopleFilter::default()
            };
            let query = PeopleQuery { filter, limit: u64::from(u32::MAX), ..Default::default() };
            let page = tx.people(&query)?;
            page.rows.into_iter().map(|row| (row.document, to.clone())).collect()
        }
    };
    if records.is_empty() {
        return Err(HubError::NothingToMove);
    }
    for (document, _) in &records {
        let state = tx.document(document)?;
        if state.is_none_or(|state| state.ward != *from) {
            return Err(HubError::NotInWard { document: *document, ward: from.to_string() });
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legacy_ward_knows_where_it_went() {
        let to = successors(&"25888.1".parse().unwrap());
        assert!(!to.is_empty() && to.iter().all(|(ward, _, _)| ward.as_str().ends_with(".2")));
    }
}
