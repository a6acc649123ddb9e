//! How many people each filter of a list would leave: the numbers on its chips.

use std::collections::BTreeMap;

use rusqlite::params_from_iter;

use crate::error::StoreError;
use crate::filter::{Condition, HAS_CONFLICTS, HAS_ERRORS, IS_INCOMPLETE, IS_UNSENT, PeopleFilter};
use crate::people::{PeopleQuery, meant};
use crate::tx::SqlTx;

/// How many people there are by code: absent codes are left out.
pub type ByCode = BTreeMap<String, u64>;

/// What further filters would leave. Each list of codes is counted as if it did not narrow itself,
/// so that a second code can be added to a first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// By sex.
    pub sex: ByCode,
    /// By title.
    pub title: ByCode,
    /// By division.
    pub org_unit: ByCode,
    /// By rank.
    pub rank: ByCode,
    /// By highest qualification.
    pub qualification: ByCode,
    /// By level of political theory.
    pub political_theory: ByCode,
    /// By work status.
    pub work_status: ByCode,
    /// Leaders among the people found.
    pub leaders: u64,
    /// Party members among them.
    pub party_members: u64,
    /// With wrong values.
    pub errors: u64,
    /// With missing required fields.
    pub incomplete: u64,
    /// With open conflicts.
    pub conflicts: u64,
    /// With changes that have not reached the hub.
    pub unsent: u64,
}

/// A column, where its counts go, and how a filter is widened to count it.
type List<'a> = (&'a str, &'a mut ByCode, fn(&mut PeopleFilter));

pub(crate) fn facets(tx: &SqlTx<'_>, query: &PeopleQuery) -> Result<Facets, StoreError> {
    let mut facets = Facets::default();
    let lists: [List<'_>; 7] = [
        ("sex", &mut facets.sex, |filter| filter.sex.clear()),
        ("title", &mut facets.title, |filter| filter.title.clear()),
        ("org_unit", &mut facets.org_unit, |filter| filter.org_unit.clear()),
        ("rank", &mut facets.rank, |filter| filter.rank.clear()),
        ("qualification", &mut facets.qualification, |filter| filter.qualification.clear()),
        ("political_theory", &mut facets.political_theory, |filter| {
            filter.political_theory.clear();
        }),
        ("work_status", &mut facets.work_status, |filter| filter.work_status.clear()),
    ];
    for (column, counts, widen) in lists {
        let mut wider = query.clone();
        widen(&mut wider.filter);
        if let Some((condition, _)) = meant(&wider) {
            *counts = by_code(tx, column, &condition)?;
        }
    }
    if let Some((condition, _)) = meant(query) {
        flags(tx, &condition, &mut facets)?;
    }
    Ok(facets)
}

fn by_code(tx: &SqlTx<'_>, column: &str, condition: &Condition) -> Result<ByCode, StoreError> {
    let narrowed = condition.sql();
    let sql = format!("SELECT p.{column}, count(*) FROM person p{narrowed} GROUP BY p.{column}");
    let rows = tx.all(&sql, params_from_iter(&condition.values), |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
    })?;
    Ok(rows.into_iter().filter_map(|(code, count)| Some((code?, count))).collect())
}

fn flags(tx: &SqlTx<'_>, condition: &Condition, facets: &mut Facets) -> Result<(), StoreError> {
    let flags =
        ["p.is_leader", "p.party_member", HAS_ERRORS, IS_INCOMPLETE, HAS_CONFLICTS, IS_UNSENT];
    let sums = flags.map(|flag| format!("coalesce(sum({flag}), 0)")).join(", ");
    let sql = format!("SELECT {sums} FROM person p{}", condition.sql());
    let counts = tx.first(&sql, params_from_iter(&condition.values), |row| {
        (0..flags.len()).map(|at| row.get::<_, i64>(at)).collect::<Result<Vec<i64>, _>>()
    })?;
    if let Some([leaders, party, errors, incomplete, conflicts, unsent]) = counts.as_deref() {
        facets.leaders = leaders.cast_unsigned();
        facets.party_members = party.cast_unsigned();
        facets.errors = errors.cast_unsigned();
        facets.incomplete = incomplete.cast_unsigned();
        facets.conflicts = conflicts.cast_unsigned();
        facets.unsent = unsent.cast_unsigned();
    }
    Ok(())
}
