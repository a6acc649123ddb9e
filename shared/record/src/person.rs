//! A record as plain values, read out of its document.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wardbook_base::{DocumentId, RowId};

use crate::date::PartialDate;
use crate::path::{Path, RETIRED};
use crate::scalar::Scalar;

/// One person's record at some state of its document.
///
/// Also holds keys that this version's schema does not know, so that nothing is lost on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The document.
    pub id: DocumentId,
    /// Single values by key; compound fields under flat keys such as `birth_place.text`.
    pub values: BTreeMap<String, Scalar>,
    /// The sets of codes by field.
    pub codes: BTreeMap<String, BTreeSet<String>>,
    /// The rows of each table, the retired ones included, oldest id first.
    pub tables: BTreeMap<String, BTreeMap<RowId, Row>>,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The cells by column.
    pub cells: BTreeMap<String, Scalar>,
}

impl Person {
    /// An empty record.
    pub fn new(id: DocumentId) -> Self {
        Self { id, ..Self::default() }
    }

    /// A single value.
    pub fn value(&self, key: &str) -> Option<&Scalar> {
        self.values.get(key)
    }

    /// A single value that is text and not empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        text_of(self.values.get(key))
    }

    /// A single value that is a whole number.
    pub fn int(&self, key: &str) -> Option<i64> {
        self.values.get(key).and_then(Scalar::as_int)
    }

    /// A single value that is yes or no.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.values.get(key).and_then(Scalar::as_bool)
    }

    /// A single value that is a well-formed date.
    pub fn date(&self, key: &str) -> Option<PartialDate> {
        self.text(key).and_then(|text| PartialDate::parse_stored(text).ok())
    }

    /// The codes of a set, in order.
    pub fn codes(&self, field: &str) -> impl Iterator<Item = &str> {
        self.codes.get(field).into_iter().flatten().map(String::as_str)
    }

    /// The rows of a table that are in use, oldest id first.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = (&RowId, &Row)> {
        self.tables.get(table).into_iter().flatten().filter(|(_, row)| row.retired().is_none())
    }

    /// One row, retired or not.
    pub fn row(&self, table: &str, row: &RowId) -> Option<&Row> {
        self.tables.get(table)?.get(row)
    }

    /// The value at a path; a code that is in its set gives `Bool(true)`.
    pub fn at(&self, path: &Path) -> Option<Scalar> {
        match path {
            Path::Field { key } => self.values.get(key).cloned(),
            Path::Code { field, code } => {
                self.codes.get(field)?.contains(code).then_some(Scalar::Bool(true))
            }
            Path::Cell { table, row, column } => self.row(table, row)?.cells.get(column).cloned(),
        }
    }

    /// The reason why the whole record was retired.
    pub fn retired(&self) -> Option<&str> {
        self.text(RETIRED)
    }
}

impl Row {
    /// A cell.
    pub fn value(&self, column: &str) -> Option<&Scalar> {
        self.cells.get(column)
    }

    /// A cell that is text and not empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        text_of(self.cells.get(column))
    }

    /// A cell that is a whole number.
    pub fn int(&self, column: &str) -> Option<i64> {
        self.cells.get(column).and_then(Scalar::as_int)
    }

    /// A cell that is yes or no.
    pub fn bool(&self, column: &str) -> Option<bool> {
        self.cells.get(column).and_then(Scalar::as_bool)
    }

    /// A cell that is a well-formed date.
    pub fn date(&self, column: &str) -> Option<PartialDate> {
        self.text(column).and_then(|text| PartialDate::parse_stored(text).ok())
    }

    /// The reason why this row was retired.
    pub fn retired(&self) -> Option<&str> {
        self.text(RETIRED)
    }
}

fn text_of(value: Option<&Scalar>) -> Option<&str> {
    value.and_then(Scalar::as_text).filter(|text| !text.is_empty())
}
