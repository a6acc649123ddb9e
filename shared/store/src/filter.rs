//! Which people are meant: a filter as data, compiled to SQL here and judged in memory by reports.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use wardbook_base::{DocumentId, WardId};

/// Which people are meant. Empty parts do not narrow; the default means everybody who is not retired.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleFilter {
    /// One of these wards; empty for all.
    pub wards: Vec<WardId>,
    /// One of these sexes (`M`, `F`).
    pub sex: Vec<String>,
    /// One of these titles.
    pub title: Vec<String>,
    /// One of these divisions.
    pub org_unit: Vec<String>,
    /// One of these categories.
    pub subject_type: Vec<String>,
    /// One of these qualifications.
    pub qualification: Vec<String>,
    /// One of these levels of political theory, by code.
    pub political_theory: Vec<String>,
    /// One of these ranks.
    pub rank: Vec<String>,
    /// One of these work statuses.
    pub work_status: Vec<String>,
    /// None of these work statuses; who has none is meant too.
    pub not_work_status: Vec<String>,
    /// Born on this day or later, `YYYY-MM-DD`, by the earliest day that a partial date can mean.
    pub born_from: Option<String>,
    /// Born on this day or earlier.
    pub born_to: Option<String>,
    /// These records alone, when there are any here.
    pub only: Vec<DocumentId>,
    /// Leaders, or all but leaders.
    pub is_leader: Option<bool>,
    /// Key posts, or all but these.
    pub is_key: Option<bool>,
    /// Party members, or all but these.
    pub party_member: Option<bool>,
    /// With (or without) values that are wrong.
    pub has_errors: Option<bool>,
    /// With (or without) required fields that are empty.
    pub is_incomplete: Option<bool>,
    /// With (or without) open conflicts.
    pub has_conflicts: Option<bool>,
    /// With (or without) changes that have not reached the hub (node).
    pub is_unsent: Option<bool>,
    /// With (or without) moves that were asked of the city, whatever became of them.
    pub has_requests: Option<bool>,
    /// Retired records too.
    pub with_retired: bool,
    /// Retired records alone; wins over `with_retired`.
    pub only_retired: bool,
}

/// What can be asked of `person p` besides its columns.
pub(crate) const HAS_ERRORS: &str = "(p.errors > 0)";
pub(crate) const IS_INCOMPLETE: &str = "(p.missing_required > 0)";
pub(crate) const HAS_CONFLICTS: &str = "(p.document IN (SELECT c.document FROM conflict c))";
/// The push log names documents by their ids; what the hub acknowledged lies before `acked_lseq`.
pub(crate) const IS_UNSENT: &str = "(p.document IN (SELECT u.key FROM push_log l \
     JOIN document u ON u.id = l.document WHERE l.lseq > (SELECT acked_lseq FROM node_state)))";

/// In the words of the index `person_asks`, which has these people alone.
const HAS_REQUESTS: &str = "(json_type(p.facts, '$.requests') IS NOT NULL)";

/// The WHERE clause of a filter over the table `person p`, with its values.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    clauses: Vec<String>,
    pub(crate) values: Vec<Value>,
}

impl Condition {
    pub(crate) fn of(filter: &PeopleFilter) -> Self {
        let mut condition = Self::default();
        let wards: Vec<_> = filter.wards.iter().map(|ward| ward.as_str().to_owned()).collect();
        condition.one_of("p.ward", &wards);
        condition.one_of("p.sex", &filter.sex);
        condition.one_of("p.title", &filter.title);
        condition.one_of("p.org_unit", &filter.org_unit);
        condition.one_of("p.subject_type", &filter.subject_type);
        condition.one_of("p.qualification", &filter.qualification);
        condition.one_of("p.political_theory", &filter.political_theory);
        condition.one_of("p.rank", &filter.rank);
        condition.one_of("p.work_status", &filter.work_status);
        condition.none_of("p.work_status", &filter.not_work_status);
        condition.limit("p.birth_earliest >= ?", filter.born_from.as_ref());
        condition.limit("p.birth_earliest <= ?", filter.born_to.as_ref());
        condition.only(&filter.only);
        condition.equals("p.is_leader", filter.is_leader);
        condition.equals("p.is_key", filter.is_key);
        condition.equals("p.party_member", filter.party_member);
        condition.is(HAS_ERRORS, filter.has_errors);
        condition.is(IS_INCOMPLETE, filter.is_incomplete);
        condition.is(HAS_CONFLICTS, filter.has_conflicts);
        condition.is(IS_UNSENT, filter.is_unsent);
        condition.is(HAS_REQUESTS, filter.has_requests);
        if filter.only_retired {
            condition.equals("p.retired", Some(true));
        } else if !filter.with_retired {
            condition.equals("p.retired", Some(false));
        }
        condition
    }

    /// Adds `sql`, which holds one `?`.
    pub(crate) fn with(&mut self, sql: &str, value: Value) {
        self.clauses.push(sql.to_owned());
        self.values.push(value);
    }

    /// ` WHERE ..`, or nothing.
    pub(crate) fn sql(&self) -> String {
        if self.clauses.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", self.clauses.join(" AND "))
        }
    }

    fn one_of(&mut self, column: &str, codes: &[String]) {
        if codes.is_empty() {
            return;
        }
        let marks = vec!["?"; codes.len()].join(", ");
        self.clauses.push(format!("{column} IN ({marks})"));
        self.values.extend(codes.iter().cloned().map(Value::Text));
    }

    fn none_of(&mut self, column: &str, codes: &[String]) {
        if codes.is_empty() {
            return;
        }
        let marks = vec!["?"; codes.len()].join(", ");
        self.clauses.push(format!("({column} IS NULL OR {column} NOT IN ({marks}))"));
        self.values.extend(codes.iter().cloned().map(Value::Text));
    }

    fn limit(&mut self, clause: &str, day: Option<&String>) {
        if let Some(day) = day {
            self.with(clause, Value::Text(day.clone()));
        }
    }

    fn only(&mut self, documents: &[DocumentId]) {
        if documents.is_empty() {
            return;
        }
        let marks = vec!["?"; documents.len()].join(", ");
        self.clauses
            .push(format!("p.document IN (SELECT key FROM document WHERE id IN ({marks}))"));
        self.values.extend(documents.iter().map(|id| Value::Blob(id.as_bytes().to_vec())));
    }

    /// A column of 0 and 1, in the form that an index understands.
    fn equals(&mut self, column: &str, wanted: Option<bool>) {
        if let Some(wanted) = wanted {
            self.clauses.push(format!("{column} = {}", i64::from(wanted)));
        }
    }

    fn is(&mut self, expression: &str, wanted: Option<bool>) {
        match wanted {
            Some(true) => self.clauses.push(expression.to_owned()),
            Some(false) => self.clauses.push(format!("NOT {expression}")),
            None => {}
        }
    }
}
