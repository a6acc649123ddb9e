//! The checks of a record. Nothing is refused: what is wrong is kept as typed and flagged.

mod across;
mod value;

use wardbook_base::RowId;

use crate::computed::{NO_DETAIL, computed_value};
use crate::date::PartialDate;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::problem::{Level, Problem};
use crate::scalar::Scalar;
use crate::schema::{Field, Kind, Table, schema};
use crate::units::units;

pub(crate) use across::identification_faults;

/// The code of a problem that says that a required field is empty.
pub(crate) const MISSING: &str = "missing";

/// Every problem of a record as of a date: the code lists and posts of that date count. Fields
/// first, in the order of the form, then tables, then what concerns several values. A record
/// that was retired has none.
pub fn validate(person: &Person, as_of: PartialDate) -> Vec<Problem> {
    let mut problems = Vec::new();
    if person.retired().is_some() {
        return problems;
    }
    for field in &schema().fields {
        check_field(person, field, as_of, &mut problems);
    }
    for table in &schema().tables {
        for (id, row) in person.rows(&table.key) {
            check_row(table, *id, row, as_of, &mut problems);
        }
    }
    across::check(person, as_of, &mut problems);
    problems
}

fn check_field(person: &Person, field: &Field, as_of: PartialDate, out: &mut Vec<Problem>) {
    if field.required && is_empty(person, field, as_of) {
        let is_name = field.key == "full_name";
        let level = if is_name { Level::Error } else { Level::Warning };
        out.push(found(Path::field(&field.key), "", level, MISSING));
    }
    if field.computed {
        return;
    }
    if field.kind == Kind::Codes {
        for code in person.codes(&field.key) {
            let path = Path::code(&field.key, code);
            out.extend(value::check(field, &code.into(), &path, &[as_of]));
        }
        return;
    }
    if !is_compound(field) {
        if let Some(value) = person.value(&field.key) {
            out.extend(value::check(field, value, &Path::field(&field.key), &[as_of]));
        }
        return;
    }
    for part in field.parts() {
        let key = format!("{}{}", field.key, part.suffix);
        let Some(value) = person.value(&key) else { continue };
        let path = Path::field(key);
        if part.suffix == ".unit" {
            out.extend(check_unit(value, path));
        } else {
            out.extend(value::check(field, value, &path, &[as_of]));
        }
    }
}

const fn is_compound(field: &Field) -> bool {
    matches!(field.kind, Kind::Place | Kind::Object(_))
}

fn is_empty(person: &Person, field: &Field, as_of: PartialDate) -> bool {
    if field.computed {
        return computed_value(person, &field.key, as_of).is_none();
    }
    match field.kind {
        Kind::Codes => person.codes(&field.key).next().is_none(),
        _ if !is_compound(field) => person.value(&field.key).is_none(),
        _ => field
            .parts()
            .iter()
            .all(|part| person.value(&format!("{}{}", field.key, part.suffix)).is_none()),
    }
}

fn check_unit(value: &Scalar, path: Path) -> Option<Problem> {
    let id = value.to_string();
    let known = units().find(&id).is_some();
    (!known).then(|| found(path, &id, Level::Error, "unknown_unit"))
}

fn check_row(table: &Table, id: RowId, row: &Row, as_of: PartialDate, out: &mut Vec<Problem>) {
    // A code in a row about the past is right when its list had it then.
    let mut days = vec![as_of];
    days.extend(date_of(row).into_iter().flat_map(|date| [date.earliest(), date.latest()]));
    let is_summary = row.bool(NO_DETAIL) == Some(true);
    for column in &table.columns {
        let path = Path::cell(&table.key, id, &column.key);
        match row.value(&column.key) {
            Some(value) => out.extend(value::check(column, value, &path, &days)),
            None if column.required && !is_summary => {
                out.push(found(path, "", Level::Warning, "missing_cell"));
            }
            None => {}
        }
    }
    across::check_row_dates(table, id, row, out);
}

/// The date that a row is about.
fn date_of(row: &Row) -> Option<PartialDate> {
    let keys = ["from_date", "effective", "since", "decision_date", "date"];
    let year = row.int("year").and_then(|year| u16::try_from(year).ok());
    let year = year.and_then(|year| PartialDate::new(year, None, None).ok());
    keys.iter().find_map(|key| row.date(key)).or(year)
}

fn found(path: Path, value: &str, level: Level, code: &'static str) -> Problem {
    Problem { path, value: value.to_owned(), level, code, args: Vec::new() }
}

#[cfg(test)]
mod tests;
