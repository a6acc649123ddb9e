//! What a record holds once edits are written, without a document.

use crate::edit::Edit;
use crate::path::{Path, RETIRED};
use crate::person::Person;
use crate::scalar::Scalar;

/// The record after the edits.
pub fn applied(person: &Person, edits: &[Edit]) -> Person {
    let mut after = person.clone();
    for edit in edits {
        apply(&mut after, edit);
    }
    after
}

fn apply(person: &mut Person, edit: &Edit) {
    match edit {
        Edit::Set { path, value } => set(person, path, Some(value.clone())),
        Edit::Clear { path } => set(person, path, None),
        Edit::AddRow { table, row, cells } => {
            let rows = person.tables.entry(table.clone()).or_default();
            rows.entry(*row).or_default().cells.extend(cells.clone());
        }
        Edit::RetireRow { table, row, reason } => {
            let path = Path::cell(table, *row, RETIRED);
            set(person, &path, Some(Scalar::Text(reason.clone())));
        }
    }
}

fn set(person: &mut Person, path: &Path, value: Option<Scalar>) {
    // An empty text empties.
    let value = value.filter(|value| value.as_text() != Some(""));
    match path {
        Path::Field { key } => put(&mut person.values, key, value),
        Path::Code { field, code } => {
            let codes = person.codes.entry(field.clone()).or_default();
            if value.and_then(|value| value.as_bool()) == Some(true) {
                codes.insert(code.clone());
            } else {
                codes.remove(code);
            }
        }
        Path::Cell { table, row, column } => {
            let row = person.tables.get_mut(table).and_then(|rows| rows.get_mut(row));
            if let Some(row) = row {
                put(&mut row.cells, column, value);
            }
        }
    }
}

fn put(values: &mut std::collections::BTreeMap<String, Scalar>, key: &str, value: Option<Scalar>) {
    match value {
        Some(value) => values.insert(key.to_owned(), value),
        None => values.remove(key),
    };
}
