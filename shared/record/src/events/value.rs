//! What a written value is made of: inputs, present values, constants and a few computations.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::compute::{Computed, computed};
use super::table::{Cells, Event};
use crate::computed::computed_value;
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::names::fold;
use crate::person::{Person, Row};
use crate::scalar::Scalar;
use crate::schema::{Field, Kind, schema};
use crate::units::units;

/// From what a value is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Value {
    /// What was typed into a box.
    Input(String),
    /// A constant.
    Const(Scalar),
    /// What the record holds now, computed fields too.
    Field(String),
    /// The Vietnamese label of a code that was chosen: texts are stored in Vietnamese.
    Label(String),
    /// The Vietnamese label of a code that the record holds now.
    FieldLabel(String),
    /// The day before a date that was typed.
    DayBefore(String),
    /// So many months after a date that was typed.
    MonthsAfter(String, Months),
    /// The year of a date that was typed, or of `today`.
    YearOf(String),
    /// The first of these that is there.
    First(Vec<Value>),
    /// By the code that was chosen.
    Case {
        input: String,
        of: BTreeMap<String, String>,
        #[serde(rename = "else")]
        otherwise: Option<String>,
    },
    /// By a computation of its own.
    Computed(Computed),
    /// The day of the form.
    Today,
    /// The name of the office.
    Office,
    /// The id of its ward.
    Ward,
    /// What happened, in one line.
    Summary,
}

/// A number of months: fixed, or what was typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Months {
    Fixed(i32),
    Input(String),
}

/// When something is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Condition {
    /// A box is not empty.
    Given(String),
    /// The record holds a value.
    Has(String),
    /// A box holds one of these.
    Is {
        input: String,
        one_of: Vec<String>,
    },
    /// No row of the table is open.
    NoOpen {
        table: String,
        open: String,
        #[serde(default, rename = "where")]
        like: Cells,
    },
    /// The chosen code has a flag in its list.
    Flag {
        input: String,
        flag: String,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

/// The office that writes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Office<'a> {
    /// Its name, such as `UBND phường Uyên Hưng`.
    pub name: &'a str,
    /// The id of its ward; empty before it joined a city.
    pub ward: &'a str,
}

impl Office<'_> {
    /// Whether its own ward was typed, by id, code or name.
    pub(super) fn is_named(&self, text: &str) -> bool {
        let own = units().find(self.ward);
        own.is_some_and(|own| own.id == text || own.code == text || fold(&own.name) == fold(text))
    }
}

/// Everything that values are made from.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) event: &'a Event,
    pub(super) person: &'a Person,
    pub(super) values: &'a BTreeMap<String, Scalar>,
    pub(super) as_of: PartialDate,
    pub(super) office: Office<'a>,
    pub(super) summary: &'a str,
}

impl Scope<'_> {
    /// A typed value.
    pub(super) fn input(&self, key: &str) -> Option<&Scalar> {
        self.values.get(key)
    }

    /// A typed date.
    pub(super) fn date(&self, key: &str) -> Option<PartialDate> {
        if key == "today" {
            return Some(self.as_of);
        }
        PartialDate::parse_stored(self.input(key)?.as_text()?).ok()
    }

    /// The value, none when what it is made from is not there.
    pub(super) fn value(&self, value: &Value) -> Option<Scalar> {
        match value {
            Value::Input(key) => self.input(key).cloned(),
            Value::Const(scalar) => Some(scalar.clone()),
            Value::Field(key) => present(self.person, key, self.as_of),
            Value::Label(key) => {
                let field = &self.event.input(key)?.field;
                label(field, self.input(key)?)
            }
            Value::FieldLabel(key) => label(schema().field(key)?, self.person.value(key)?),
            Value::DayBefore(key) => Some(day_before(self.date(key)?).stored().into()),
            Value::MonthsAfter(key, months) => {
                let months = match months {
                    Months::Fixed(months) => *months,
                    Months::Input(key) => i32::try_from(self.input(key)?.as_int()?).ok()?,
                };
                Some(self.date(key)?.plus_months(months).stored().into())
            }
            Value::YearOf(key) => Some(Scalar::Int(self.date(key)?.year.into())),
            Value::First(values) => values.iter().find_map(|value| self.value(value)),
            Value::Case { input, of, otherwise } => {
                let chosen = of.get(self.input(input)?.as_text()?).or(otherwise.as_ref());
                chosen.map(|text| text.as_str().into())
            }
            Value::Computed(what) => computed(*what, self),
            Value::Today => Some(self.as_of.stored().into()),
            Value::Office => (!self.office.name.is_empty()).then(|| self.office.name.into()),
            Value::Ward => (!self.office.ward.is_empty()).then(|| self.office.ward.into()),
            Value::Summary => Some(self.summary.into()),
        }
    }

    /// Whether a condition holds.
    pub(super) fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Given(key) => self.input(key).is_some(),
            Condition::Has(key) => self.person.value(key).is_some(),
            Condition::Is { input, one_of } => {
                self.input(input).is_some_and(|value| one_of.contains(&value.to_string()))
            }
            Condition::NoOpen { table, open, like } => {
                !self.person.rows(table).any(|(_, row)| self.is_open(row, open, like))
            }
            Condition::Flag { input, flag } => {
                let field = self.event.input(input).map(|input| &input.field);
                let code = self.input(input).and_then(Scalar::as_text);
                let item = field.zip(code).and_then(|(field, code)| field.item(code));
                item.is_some_and(|item| item.flag(flag))
            }
            Condition::All(all) => all.iter().all(|one| self.holds(one)),
            Condition::Any(any) => any.iter().any(|one| self.holds(one)),
            Condition::Not(one) => !self.holds(one),
        }
    }

    /// Whether a row has no end yet and holds these cells.
    pub(super) fn is_open(&self, row: &Row, open: &str, like: &Cells) -> bool {
        row.value(open).is_none() && self.fits(row, like)
    }

    /// Whether a row holds these cells.
    pub(super) fn fits(&self, row: &Row, like: &Cells) -> bool {
        like.iter().all(|(column, value)| row.value(column) == self.value(value).as_ref())
    }
}

/// The day before a date; of a vague one the day before its earliest.
fn day_before(date: PartialDate) -> PartialDate {
    let first = date.earliest();
    match first.day {
        Some(day) if day > 1 => PartialDate { day: Some(day - 1), ..first },
        _ => PartialDate { day: None, ..first }.plus_months(-1).latest(),
    }
}

/// What the record holds under a key, computed or stored.
fn present(person: &Person, key: &str, as_of: PartialDate) -> Option<Scalar> {
    match schema().field(key) {
        Some(field) if field.computed => computed_value(person, key, as_of),
        _ => person.value(key).cloned(),
    }
}

/// The Vietnamese label of a code; text that is no code stands for itself.
fn label(field: &Field, value: &Scalar) -> Option<Scalar> {
    let text = value.as_text()?;
    if field.kind == Kind::Unit {
        return Some(units().find(text).map_or(text, |unit| unit.name.as_str()).into());
    }
    Some(field.item(text).map_or(text, |item| item.label(Lang::Vi)).into())
}
