//! The dated table: rows from data, rows that the city puts over them, and what is in force on a day.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::due::Due;
use super::finding::{Confidence, Effect, Finding, texts};
use super::params::{ALERT_DAYS, Params};
use crate::date::PartialDate;
use crate::lang::Lang;

/// Months, days or ages beyond this are slips of the pen.
const LARGEST_NUMBER: u64 = 1_500;
/// A file of overrides is a few rows.
const OVERRIDES_BYTES_MAX: usize = 256 * 1024;

/// One row: what a rule says from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRow {
    /// The rule, such as `R09`.
    pub rule: String,
    /// The first day; none = always.
    #[serde(default)]
    pub valid_from: Option<PartialDate>,
    /// The last day; none = still.
    #[serde(default)]
    pub valid_to: Option<PartialDate>,
    /// The thresholds. A row of the city names only those it changes.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// The effect of each sentence. A row of the city names only those it changes.
    #[serde(default)]
    pub effects: BTreeMap<String, Effect>,
    /// The legal basis, in Vietnamese.
    pub basis_vi: String,
    /// The legal basis, in English.
    pub basis_en: String,
    /// Where it was read.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

#[derive(Deserialize)]
struct Embedded {
    rows: Vec<RuleRow>,
}

/// What the city sends: a number that rises with each change, and the rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overrides {
    #[serde(default)]
    version: u64,
    rows: Vec<RuleRow>,
}

/// Why rows of the city cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// No JSON of the form that is expected.
    #[error("the file is no table of rules: {0}")]
    Form(String),
    /// The file is too large.
    #[error("the file is larger than {} KB", OVERRIDES_BYTES_MAX / 1024)]
    TooLarge,
    /// A row names a rule that does not exist.
    #[error("row {row}: there is no rule {rule}")]
    UnknownRule {
        /// Which row, from 1.
        row: usize,
        /// What it names.
        rule: String,
    },
    /// A row's last day is before its first.
    #[error("row {row}: its last day is before its first")]
    Days {
        /// Which row, from 1.
        row: usize,
    },
    /// A row names a sentence that its rule does not have.
    #[error("row {row}: rule {rule} has no sentence {code}")]
    UnknownCode {
        /// Which row, from 1.
        row: usize,
        /// The rule.
        rule: String,
        /// What it names.
        code: String,
    },
    /// An unverified row would block an action.
    #[error("row {row}: a threshold that is not verified must not block")]
    UnverifiedBlock {
        /// Which row, from 1.
        row: usize,
    },
    /// A number that cannot be meant.
    #[error("row {row}: {number} is too large")]
    Number {
        /// Which row, from 1.
        row: usize,
        /// The number.
        number: String,
    },
    /// Thresholds that the rule cannot work with.
    #[error("rule {rule}: {why}")]
    Values {
        /// The rule.
        rule: String,
        /// What is wrong.
        why: String,
    },
}

impl OverrideError {
    /// What is wrong and how to mend it, for people.
    pub fn sentence(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return format!("{}{self}. Nothing was changed.", "The table of rules was not taken: ");
        }
        let why = match self {
            Self::Form(why) => format!("tệp không đúng dạng bảng quy tắc ({why})"),
            Self::TooLarge => format!("tệp lớn hơn {} KB", OVERRIDES_BYTES_MAX / 1024),
            Self::UnknownRule { row, rule } => {
                format!("dòng {row}: không có quy tắc \"{rule}\"; dùng mã R01 đến R27")
            }
            Self::Days { row } => {
                format!("dòng {row}: ngày hết hiệu lực sớm hơn ngày bắt đầu hiệu lực")
            }
            Self::UnknownCode { row, rule, code } => {
                format!("dòng {row}: quy tắc {rule} không có nội dung \"{code}\"")
            }
            Self::UnverifiedBlock { row } => format!(
                "dòng {row}: ngưỡng chưa kiểm chứng (U) không được đặt là không cho phép (block)"
            ),
            Self::Number { row, number } => {
                format!("dòng {row}: số {number} quá lớn, hãy kiểm tra lại")
            }
            Self::Values { rule, why } => {
                format!("giá trị của quy tắc {rule} không dùng được ({why})")
            }
        };
        format!("Không nhận bảng quy tắc: {why}. Chưa có gì thay đổi.")
    }
}

/// The whole table.
#[derive(Debug, Clone)]
pub struct RuleTable {
    rows: Vec<RuleRow>,
    own: usize,
    version: u64,
}

impl RuleTable {
    /// The table as it is released.
    pub fn embedded() -> Self {
        static ROWS: OnceLock<Vec<RuleRow>> = OnceLock::new();
        let rows = ROWS.get_or_init(|| {
            let table: Embedded = serde_json::from_str(include_str!("../../data/rules.json"))
                .expect("the embedded rules.json is checked by tests");
            table.rows
        });
        Self { rows: rows.clone(), own: rows.len(), version: 0 }
    }

    /// The released table with rows of the city over it: `{"version": 2, "rows": [..]}`. A row
    /// replaces the thresholds and effects that it names, from its first day to its last.
    ///
    /// # Errors
    /// When the text or one of its rows cannot be used on every day; see [`OverrideError::sentence`].
    pub fn with(overrides: &str) -> Result<Self, OverrideError> {
        if overrides.len() > OVERRIDES_BYTES_MAX {
            return Err(OverrideError::TooLarge);
        }
        let more: Overrides = serde_json::from_str(overrides)
            .map_err(|error| OverrideError::Form(error.to_string()))?;
        let mut table = Self::embedded();
        for (row, at) in more.rows.iter().zip(1..) {
            check(row, at)?;
        }
        // Of two rows of one rule the one that begins later counts, in whatever order they stand.
        let mut rows = more.rows;
        for row in rows.iter_mut().filter(|row| row.valid_from.is_none()) {
            row.valid_from = table.begin_of(&row.rule);
        }
        rows.sort_by_key(|row| row.valid_from);
        table.rows.extend(rows);
        table.version = more.version;
        for day in table.borders() {
            table.try_on(day)?;
        }
        Ok(table)
    }

    /// The city's version; 0 for the table as it is released.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Every row, the released ones first.
    pub fn rows(&self) -> &[RuleRow] {
        &self.rows
    }

    /// The rows of the city.
    pub fn overrides(&self) -> &[RuleRow] {
        self.rows.get(self.own..).unwrap_or_default()
    }

    /// What is in force on a day (its earliest).
    pub fn on(&self, day: PartialDate) -> RuleSet {
        // Every day between two borders was tried when the rows were taken.
        self.try_on(day).or_else(|_| Self::embedded().try_on(day)).unwrap_or_default()
    }

    fn try_on(&self, day: PartialDate) -> Result<RuleSet, OverrideError> {
        let day = day.earliest();
        let mut values: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        let mut set = RuleSet::default();
        for row in &self.rows {
            let begun = row.valid_from.is_none_or(|from| from.earliest() <= day);
            if !begun || row.valid_to.is_some_and(|to| to.latest() < day) {
                continue;
            }
            values.entry(row.rule.clone()).or_default().extend(row.values.clone());
            let basis = set.basis.entry(row.rule.clone()).or_default();
            basis.effects.extend(row.effects.clone());
            basis.vi.clone_from(&row.basis_vi);
            basis.en.clone_from(&row.basis_en);
            basis.confidence = Some(row.confidence);
        }
        for (rule, values) in &values {
            let alerts =
                values.get(ALERT_DAYS).cloned().unwrap_or_else(|| Value::Array(Vec::new()));
            let alerts = serde_json::from_value(alerts).map_err(|error| OverrideError::Values {
                rule: rule.clone(),
                why: error.to_string(),
            })?;
            set.basis.entry(rule.clone()).or_default().alerts = alerts;
        }
        set.fingerprint = fingerprint(&values, &set.basis);
        set.params =
            Params::read(&values).map_err(|(rule, why)| OverrideError::Values { rule, why })?;
        Ok(set)
    }

    /// The day on which a rule begins; a row of the city without a day begins with the rule.
    fn begin_of(&self, rule: &str) -> Option<PartialDate> {
        let released = self.rows.get(..self.own).unwrap_or_default().iter();
        released.filter(|row| row.rule == rule).map(|row| row.valid_from).min().flatten()
    }

    /// The days on which something begins or has just ended.
    fn borders(&self) -> Vec<PartialDate> {
        let begins = self.rows.iter().filter_map(|row| row.valid_from.map(PartialDate::earliest));
        let ends =
            self.rows.iter().filter_map(|row| row.valid_to.map(|to| to.latest().plus_days(1)));
        let first = PartialDate { year: 1800, month: Some(1), day: Some(1) };
        std::iter::once(first).chain(begins).chain(ends).collect()
    }
}

fn check(row: &RuleRow, at: usize) -> Result<(), OverrideError> {
    let Some(texts) = texts().get(&row.rule) else {
        return Err(OverrideError::UnknownRule { row: at, rule: row.rule.clone() });
    };
    if let (Some(from), Some(to)) = (row.valid_from, row.valid_to)
        && to.latest() < from.earliest()
    {
        return Err(OverrideError::Days { row: at });
    }
    for (code, effect) in &row.effects {
        if !texts.sentences.contains_key(code) {
            let (rule, code) = (row.rule.clone(), code.clone());
            return Err(OverrideError::UnknownCode { row: at, rule, code });
        }
        if *effect == Effect::Block && row.confidence == Confidence::U {
            return Err(OverrideError::UnverifiedBlock { row: at });
        }
    }
    let values = Value::Object(row.values.clone());
    too_large(&values).map_or(Ok(()), |number| Err(OverrideError::Number { row: at, number }))
}

fn too_large(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let fits = number.as_u64().is_some_and(|number| number <= LARGEST_NUMBER);
            (!fits).then(|| number.to_string())
        }
        Value::Array(items) => items.iter().find_map(too_large),
        Value::Object(items) => items.values().find_map(too_large),
        _ => None,
    }
}

/// The same for the same thresholds, effects and bases: a change asks for projecting anew.
fn fingerprint(
    values: &BTreeMap<String, Map<String, Value>>,
    basis: &BTreeMap<String, Basis>,
) -> u64 {
    let text = format!("{values:?}{basis:?}");
    // FNV-1a: stable between builds, unlike the hasher of the standard library.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What is in force on one day.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub(crate) params: Params,
    basis: BTreeMap<String, Basis>,
    fingerprint: u64,
}

#[derive(Debug, Clone, Default)]
struct Basis {
    effects: BTreeMap<String, Effect>,
    vi: String,
    en: String,
    confidence: Option<Confidence>,
    alerts: Vec<u16>,
}

impl RuleSet {
    /// What a finding of a rule does; none when the rule is not in force.
    pub fn effect(&self, rule: &str, code: &str) -> Option<Effect> {
        self.basis.get(rule)?.effects.get(code).copied()
    }

    /// How many days before the due day people are told, and from when it is urgent.
    pub fn alert_days(&self, rule: &str) -> &[u16] {
        self.basis.get(rule).map_or(&[], |basis| &basis.alerts)
    }

    /// The longest time, in days, that any rule tells people in advance.
    pub fn longest_alert(&self) -> u16 {
        self.basis.values().filter_map(|basis| basis.alerts.first()).copied().max().unwrap_or(0)
    }

    /// The same number for the same rules in force.
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What a rule found, with what the table says about it; none when the rule is not in force.
    pub fn finding(&self, due: &Due) -> Option<Finding> {
        let basis = self.basis.get(&due.rule)?;
        Some(Finding {
            rule: due.rule.clone(),
            code: due.code.clone(),
            effect: *basis.effects.get(&due.code)?,
            due: due.due,
            path: due.path.clone(),
            args: due.args.clone(),
            people: due.people.clone(),
            basis_vi: basis.vi.clone(),
            basis_en: basis.en.clone(),
            confidence: basis.confidence.unwrap_or(Confidence::U),
        })
    }
}
