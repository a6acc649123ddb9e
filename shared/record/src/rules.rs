//! Thresholds and date rules, read from `data/rules.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The rules.
#[derive(Debug, Deserialize)]
pub(crate) struct Rules {
    pub(crate) retirement: Retirement,
    /// Length of a term of appointment.
    pub(crate) term_months: i32,
    /// From one over-frame allowance to the next.
    pub(crate) over_frame_months: i32,
    /// By how much a discipline of some form delays the next raise.
    pub(crate) raise_delay_months: BTreeMap<String, i32>,
    pub(crate) not_in_future: Vec<String>,
    pub(crate) date_order: Vec<Order>,
    pub(crate) needs: Vec<Needs>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Retirement {
    #[serde(rename = "M")]
    pub(crate) men: Ages,
    #[serde(rename = "F")]
    pub(crate) women: Ages,
}

/// Retirement ages in months.
#[derive(Debug, Deserialize)]
pub(crate) struct Ages {
    pub(crate) before_2021: i32,
    pub(crate) in_2021: i32,
    pub(crate) each_year: i32,
    pub(crate) end: i32,
}

/// `then` comes at least so many months after `first`.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) first: String,
    pub(crate) then: String,
    pub(crate) months: i32,
}

/// When `when` is given, `then` should be given too.
#[derive(Debug, Deserialize)]
pub(crate) struct Needs {
    pub(crate) when: String,
    pub(crate) then: String,
}

/// The rules, parsed once.
pub(crate) fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        serde_json::from_str(include_str!("../data/rules.json"))
            .expect("the embedded rules.json is checked by tests")
    })
}
