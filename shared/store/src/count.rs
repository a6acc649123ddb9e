//! Counting people in groups, in SQL: the fast half of a report.

use std::fmt::Write as _;

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use wardbook_record::PartialDate;

use crate::error::StoreError;
use crate::filter::{Condition, PeopleFilter};
use crate::rows::unsigned;
use crate::tx::SqlTx;

/// By what people are grouped. The key of a group is a code as stored, or as said below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// The ward's id.
    Ward,
    /// `M` or `F`.
    Sex,
    /// The band of the age on a date: the number of bounds that are not above the age, as text. So
    /// the bounds 30, 40 make the bands `0` (under 30), `1` (30 to 39) and `2` (40 and over).
    AgeBand {
        /// The date; one that is not exact means its first day.
        as_of: PartialDate,
        /// Ages in years, growing.
        bounds: Vec<u8>,
    },
    /// Highest qualification, by code.
    Qualification,
    /// Highest qualification, by level: `0`, `1`, ..; 0 also when there is none.
    QualificationLevel,
    /// Political theory, by code.
    PoliticalTheory,
    /// Political theory, by level: `0` to `4`; 0 also when there is none.
    PoliticalTheoryLevel,
    /// State management, by code.
    StateManagement,
    /// `0` or `1`.
    IsLeader,
    /// `0` or `1`.
    IsKey,
    /// `0` or `1`.
    PartyMember,
    /// Category, by code.
    SubjectType,
    /// Title, by code.
    Title,
    /// Division, by code.
    OrgUnit,
    /// Rank, by code.
    Rank,
    /// Ethnic group, by code.
    Ethnic,
    /// Religion, by code.
    Religion,
    /// Work status, by code.
    WorkStatus,
}

/// What to count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountQuery {
    /// Who is meant.
    pub filter: PeopleFilter,
    /// By what; empty for one number.
    pub group_by: Vec<Dimension>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// One key a dimension, in their order; `None` for people of whom it is not known.
    pub keys: Vec<Option<String>>,
    /// How many people; at least 1, except that a count without groups may be 0.
    pub n: u64,
}

pub(crate) fn count_people(
    tx: &SqlTx<'_>,
    query: &CountQuery,
) -> Result<Vec<CountRow>, StoreError> {
    let keys: Vec<_> =
        query.group_by.iter().map(|d| format!("CAST({} AS TEXT)", expression(d))).collect();
    let condition = Condition::of(&query.filter);
    let mut sql = String::from("SELECT count(*)");
    for key in &keys {
        let _ = write!(sql, ", {key}");
    }
    let _ = write!(sql, " FROM person p{}", condition.sql());
    if !keys.is_empty() {
        let places = (2..keys.len() + 2).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        let _ = write!(sql, " GROUP BY {places} ORDER BY {places}");
    }
    let values: Vec<&Value> = condition.values.iter().collect();
    tx.all(&sql, params_from_iter(values), |row| {
        let keys = (1..=keys.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        Ok(CountRow { keys, n: unsigned(row, 0)? })
    })
}

/// A dimension over the table `person p`. Nothing in it comes from outside but numbers.
fn expression(dimension: &Dimension) -> String {
    let column = match dimension {
        Dimension::AgeBand { as_of, bounds } => return age_band(*as_of, bounds),
        Dimension::Ward => "p.ward",
        Dimension::Sex => "p.sex",
        Dimension::Qualification => "p.qualification",
        Dimension::QualificationLevel => "p.qualification_level",
        Dimension::PoliticalTheory => "p.political_theory",
        Dimension::PoliticalTheoryLevel => "p.political_theory_level",
        Dimension::StateManagement => "p.state_management",
        Dimension::IsLeader => "p.is_leader",
        Dimension::IsKey => "p.is_key",
        Dimension::PartyMember => "p.party_member",
        Dimension::SubjectType => "p.subject_type",
        Dimension::Title => "p.title",
        Dimension::OrgUnit => "p.org_unit",
        Dimension::Rank => "p.rank",
        Dimension::Ethnic => "p.ethnic",
        Dimension::Religion => "p.religion",
        Dimension::WorkStatus => "p.work_status",
    };
    column.to_owned()
}

/// Full years between two dates `YYYY-MM-DD`, then how many bounds they reach.
fn age_band(as_of: PartialDate, bounds: &[u8]) -> String {
    let day = as_of.earliest().stored();
    let (year, rest) = day.split_at(4);
    let age = format!(
        "({year} - CAST(substr(p.birth_earliest, 1, 4) AS INTEGER) \
         - (substr(p.birth_earliest, 5) > '{rest}'))"
    );
    let reached = bounds.iter().fold(String::from("0"), |mut sum, bound| {
        let _ = write!(sum, " + ({age} >= {bound})");
        sum
    });
    format!("CASE WHEN p.birth_earliest IS NULL THEN NULL ELSE {reached} END")
}
