//! What an import changes in a record that is here already.

use wardbook_record::{Edit, PartialDate, Path, Person, Scalar, computed_value, summary_row};

use crate::columns::columns;

/// The edits that would change anything in a record; the rest says what the record says already.
///
/// A summary is left out when the record's own rows give the same: it would only add a second row
/// without detail.
pub fn update_edits(person: &Person, edits: &[Edit], as_of: PartialDate) -> Vec<Edit> {
    edits.iter().filter(|edit| changes(person, edit, as_of)).cloned().collect()
}

fn changes(person: &Person, edit: &Edit, as_of: PartialDate) -> bool {
    match edit {
        Edit::Set { path: path @ Path::Code { .. }, value } => {
            person.at(path).is_some() != (*value == Scalar::Bool(true))
        }
        Edit::Set { path, value } => person.at(path).as_ref() != Some(value),
        Edit::AddRow { table, cells, .. } => !columns().iter().any(|column| {
            column.summary
                && computed_value(person, &column.key, as_of)
                    .as_ref()
                    .and_then(Scalar::as_text)
                    .and_then(|code| summary_row(&column.key, code))
                    .is_some_and(|row| row.table == table && row.cells == *cells)
        }),
        Edit::Clear { .. } | Edit::RetireRow { .. } => true,
    }
}
