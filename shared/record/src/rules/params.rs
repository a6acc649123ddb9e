//! The thresholds of each rule, typed: what a row of the table may say.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::date::PartialDate;

/// Every rule may say how many days before the due day people are told, and when it gets urgent.
pub(super) const ALERT_DAYS: &str = "alert_days";

macro_rules! params {
    ($($field:ident: $kind:ty = $id:literal),* $(,)?) => {
        /// The thresholds in force on a day; a rule without a row then is none.
        #[derive(Debug, Default)]
        pub(crate) struct Params { $(pub(crate) $field: Option<$kind>),* }

        impl Params {
            /// Reads the values of every rule.
            ///
            /// # Errors
            /// Names the rule whose values are not what it needs, and why.
            pub(super) fn read(values: &BTreeMap<String, Map<String, Value>>) -> Result<Self, (String, String)> {
                Ok(Self { $($field: one(values, $id)?),* })
            }
        }
    };
}

params! {
    r01: LowRatings = "R01", r02: FailedRatings = "R02", r03: Scores = "R03", r04: Share = "R04",
    r05: Formula = "R05", r06: Standards = "R06", r07: Locality = "R07", r08: Conversion = "R08",
    r09: Term = "R09", r10: Heads = "R10", r11: Retirement = "R11", r12: YearOnly = "R12",
    r13: Planning = "R13", r14: PlanningShares = "R14", r15: Raise = "R15", r16: Restriction = "R16",
    r17: Months = "R17", r18: Nothing = "R18", r19: Training = "R19", r20: Nothing = "R20",
    r21: Months = "R21", r22: Establishment = "R22", r23: Contradictions = "R23",
    r24: WorkingDays = "R24", r25: WorkingDays = "R25", r26: Nothing = "R26", r27: Nothing = "R27",
    w01: Nothing = "W01", w02: Papers = "W02", w03: Nothing = "W03", calendar: Calendar = "CAL",
}

fn one<T: DeserializeOwned>(
    values: &BTreeMap<String, Map<String, Value>>,
    id: &str,
) -> Result<Option<T>, (String, String)> {
    let Some(values) = values.get(id) else { return Ok(None) };
    let mut values = values.clone();
    values.remove(ALERT_DAYS);
    serde_json::from_value(Value::Object(values))
        .map(Some)
        .map_err(|error| (id.to_owned(), error.to_string()))
}

/// A rule that has no threshold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// R01.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LowRatings {
    pub(crate) years: u8,
    pub(crate) ratings: Vec<String>,
}

/// R02.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedRatings {
    pub(crate) years: u8,
    pub(crate) rating: String,
}

/// R03: points from which a rating begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scores {
    pub(crate) excellent: u8,
    pub(crate) good: u8,
    pub(crate) completed: u8,
}

/// R04.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    pub(crate) percent: u8,
    pub(crate) exception_percent: u8,
}

/// R05.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Formula {
    #[expect(dead_code, reason = "the form's first part; the evaluation form reads it by name")]
    pub(crate) general_max: u8,
    pub(crate) task_max: u8,
    pub(crate) failure_percent: u8,
}

/// R06.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standards {
    pub(crate) standards: Vec<Standard>,
}

/// What people of a group must have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standard {
    pub(crate) who: Who,
    pub(crate) field: String,
    pub(crate) at_least: String,
}

/// Who must meet a standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Who {
    All,
    Leader,
    Key,
}

/// R07.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locality {
    pub(crate) compare: Compare,
    pub(crate) posts: Vec<String>,
}

/// Which level counts as the locality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Compare {
    Commune,
    District,
    Province,
}

/// R08.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversion {
    pub(crate) months: u16,
    pub(crate) by_post: BTreeMap<String, u16>,
    pub(crate) not_before_retirement_months: u16,
}

/// R09.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Term {
    pub(crate) months: u16,
    pub(crate) extend_if_retiring_months: u16,
}

/// R10.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heads {
    pub(crate) terms: u8,
    pub(crate) months: u16,
    pub(crate) posts: Vec<String>,
}

/// R11.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retirement {
    #[serde(rename = "M")]
    pub(crate) men: Ages,
    #[serde(rename = "F")]
    pub(crate) women: Ages,
}

/// Retirement ages in months.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ages {
    pub(crate) before_2021: u16,
    pub(crate) in_2021: u16,
    pub(crate) each_year: u16,
    pub(crate) end: u16,
}

/// R12: the day that a year alone stands for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct YearOnly {
    pub(crate) month: u8,
    pub(crate) day: u8,
}

/// R13.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planning {
    pub(crate) people_per_post: u8,
    pub(crate) posts_per_person: u8,
    pub(crate) review_months: u16,
    /// Whether planning is kept in this program at all: the city switches it on.
    pub(crate) recorded: bool,
}

/// R14.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanningShares {
    pub(crate) young_below: u8,
    pub(crate) young_percent: u8,
    pub(crate) female_percent: u8,
    pub(crate) serve_months: u16,
}

/// R15. The months in a step go by the first letter of the scale.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the table's values")]
pub(crate) struct Raise {
    pub(crate) step_months: BTreeMap<String, u16>,
    pub(crate) over_frame_months: u16,
    pub(crate) delay_months: BTreeMap<String, u16>,
    pub(crate) not_completed_months: u16,
    pub(crate) early_months: u16,
}

/// R16: months by form of discipline; `other` for the rest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restriction {
    pub(crate) months: BTreeMap<String, u16>,
}

/// R17, R21.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Months {
    pub(crate) months: u16,
}

/// R19.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Training {
    pub(crate) percent: u8,
}

/// R22: how many people by ward (`25888.2`) or ward and division (`25888.2/ub_vp`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Establishment {
    pub(crate) allotted: BTreeMap<String, u32>,
}

/// R23.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contradictions {
    pub(crate) gap_months: u16,
    pub(crate) degree_age_months: u16,
    pub(crate) not_in_future: Vec<String>,
    pub(crate) date_order: Vec<Order>,
    pub(crate) needs: Vec<Needs>,
}

/// `then` comes at least so many months after `first`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) first: String,
    pub(crate) then: String,
    pub(crate) months: u16,
}

/// When `when` is given, `then` should be given too.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Needs {
    pub(crate) when: String,
    pub(crate) then: String,
}

/// R24, R25.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkingDays {
    pub(crate) working_days: u8,
}

/// W02: which column names the paper of a row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Papers {
    pub(crate) papers: Vec<Paper>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paper {
    pub(crate) table: String,
    pub(crate) column: String,
}

/// Public holidays by year: first and last days. Weekends need no entry.
#[derive(Debug, Deserialize)]
pub(crate) struct Calendar(pub(crate) BTreeMap<String, Vec<(PartialDate, PartialDate)>>);
