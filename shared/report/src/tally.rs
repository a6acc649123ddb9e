//! Counting people: by the store in SQL, and the same as a pure fold over rows.

use std::collections::BTreeMap;

use wardbook_record::{Facts, PartialDate};
use wardbook_store::{CountQuery, Dimension, PeopleFilter, PersonRow, Tx};

use crate::definition::{BreakdownDefinition, By, Definition};
use crate::error::ReportError;

/// How many people, and how many of them are leaders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// All staff, the leaders included.
    pub people: u64,
    /// Leaders.
    pub leaders: u64,
}

impl Group {
    fn add(&mut self, people: u64, leads: bool) {
        self.people += people;
        if leads {
            self.leaders += people;
        }
    }
}

/// The counts of one report, before lines are made of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Everybody.
    pub total: Group,
    /// By the key of the breakdown, then by the group's key; none = unknown.
    pub groups: BTreeMap<String, BTreeMap<Option<String>, Group>>,
}

/// Counts people one by one. Retired records, and people who left, are passed over.
pub fn fold<'a>(
    definition: &Definition,
    as_of: PartialDate,
    people: impl IntoIterator<Item = &'a PersonRow>,
) -> Tally {
    let mut tally = empty(definition);
    for row in people {
        let facts = &row.facts;
        if facts.retired.is_some() || has_left(definition, facts.work_status.as_deref()) {
            continue;
        }
        tally.total.add(1, facts.is_leader);
        for breakdown in &definition.breakdowns {
            let key = key_of(breakdown, row, as_of);
            let groups = tally.groups.entry(breakdown.key.clone()).or_default();
            groups.entry(key).or_default().add(1, facts.is_leader);
        }
    }
    tally
}

/// Counts people in the store.
pub fn count(
    tx: &dyn Tx,
    definition: &Definition,
    as_of: PartialDate,
) -> Result<Tally, ReportError> {
    let mut tally = empty(definition);
    let ask =
        |dimension: Option<Dimension>| -> Result<Vec<(Option<String>, bool, u64)>, ReportError> {
            let mut group_by = vec![Dimension::IsLeader, Dimension::WorkStatus];
            group_by.extend(dimension);
            let query = CountQuery { filter: PeopleFilter::default(), group_by };
            let rows = tx.count_people(&query)?.into_iter().filter_map(|row| {
                let mut keys = row.keys.into_iter();
                let leads = keys.next().flatten().as_deref() == Some("1");
                let status = keys.next().flatten();
                let left = has_left(definition, status.as_deref());
                (!left).then(|| (keys.next().flatten(), leads, row.n))
            });
            Ok(rows.collect())
        };
    for (_, leads, people) in ask(None)? {
        tally.total.add(people, leads);
    }
    for breakdown in &definition.breakdowns {
        let groups = tally.groups.entry(breakdown.key.clone()).or_default();
        for (key, leads, people) in ask(Some(breakdown.dimension(as_of)))? {
            groups.entry(key).or_default().add(people, leads);
        }
    }
    Ok(tally)
}

fn empty(definition: &Definition) -> Tally {
    let groups = definition.breakdowns.iter().map(|b| (b.key.clone(), BTreeMap::new())).collect();
    Tally { total: Group::default(), groups }
}

fn has_left(definition: &Definition, status: Option<&str>) -> bool {
    status.is_some_and(|status| definition.not_counted_statuses.iter().any(|code| code == status))
}

fn key_of(breakdown: &BreakdownDefinition, row: &PersonRow, as_of: PartialDate) -> Option<String> {
    let facts: &Facts = &row.facts;
    match breakdown.dimension {
        By::Sex => facts.sex.clone(),
        By::Age => {
            let age = facts.birth_date?.years_until(as_of);
            let reached = breakdown.age_from.iter().filter(|from| i32::from(**from) <= age);
            Some(reached.count().to_string())
        }
        By::Qualification => facts.qualification.as_ref().map(|graded| graded.code.clone()),
        By::PoliticalTheory => facts.political_theory.as_ref().map(|graded| graded.code.clone()),
        By::Ward => Some(row.ward.as_str().to_owned()),
        By::Rank => facts.rank_code.clone(),
        By::Party => Some(if facts.party_member { "1" } else { "0" }.to_owned()),
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
