//! The rows of a table on paper: taken from one or several tables of the record.

use wardbook_record::{Person, Row, schema};

use super::form::{Rows, Source};
use super::value::{Origin, Reading};

impl Reading<'_> {
    /// The cells of every row, in order; none when the record has no row for this table.
    pub(crate) fn rows(&self, rows: &Rows, person: &Person) -> Vec<Vec<String>> {
        let mut lines: Vec<Vec<String>> = Vec::new();
        for source in &rows.sources {
            for line in self.source(source, person) {
                match lines.iter_mut().find(|known| rows.merge && known.first() == line.first()) {
                    Some(known) => merge(known, line),
                    None => lines.push(line),
                }
            }
        }
        if rows.merge {
            lines.sort_by(|a, b| a.first().cmp(&b.first()));
        }
        lines
    }

    fn source(&self, source: &Source, person: &Person) -> Vec<Vec<String>> {
        let Some(table) = schema().table(&source.table) else { return Vec::new() };
        if (self.hidden)(&table.key) {
            return Vec::new();
        }
        let fits = |row: &Row| {
            source.only.iter().all(|(column, code)| row.text(column) == Some(code.as_str()))
        };
        let mut rows: Vec<&Row> =
            person.rows(&table.key).map(|(_, row)| row).filter(|row| fits(row)).collect();
        // Stored dates sort as text, and so do years; rows without one stand last, as entered.
        rows.sort_by_cached_key(|row| {
            let value = row.value(&source.sort).map(ToString::to_string);
            (value.is_none(), value)
        });
        let line = |row: &Row| -> Vec<String> {
            source.cells.iter().map(|cell| self.words(cell, Origin::Row(table, row))).collect()
        };
        rows.into_iter().map(line).filter(|line| line.iter().any(|cell| !cell.is_empty())).collect()
    }
}

/// Adds what another source says of the same thing.
fn merge(known: &mut [String], line: Vec<String>) {
    for (cell, more) in known.iter_mut().zip(line).skip(1) {
        if cell.is_empty() {
            *cell = more;
        } else if !more.is_empty() && *cell != more {
            cell.push_str("; ");
            cell.push_str(&more);
        }
    }
}
