//! What a user, an import or a resolution wants changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_base::RowId;

use crate::path::{Path, RETIRED};
use crate::scalar::Scalar;

/// One wish to change a record. Several go into one automerge change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// Put a value. An equal value makes no change (unless the key is in conflict, or the change
    /// is a resolution). For [`Path::Code`] the value is `Bool(true)`; `Bool(false)` takes the
    /// code out.
    Set {
        /// Where.
        path: Path,
        /// What.
        value: Scalar,
    },
    /// Empty a value. Stored as null, so that a concurrent put shows up as a conflict.
    Clear {
        /// Where.
        path: Path,
    },
    /// Add a row, with an id from [`crate::RowIds`].
    AddRow {
        /// The key of the table.
        table: String,
        /// The new row's id.
        row: RowId,
        /// Its cells.
        cells: BTreeMap<String, Scalar>,
    },
    /// Take a row out of use; it stays readable, with the reason.
    RetireRow {
        /// The key of the table.
        table: String,
        /// The row.
        row: RowId,
        /// Why; not empty.
        reason: String,
    },
}

impl Edit {
    /// Put a value at a path.
    pub fn set(path: Path, value: impl Into<Scalar>) -> Self {
        Self::Set { path, value: value.into() }
    }

    /// Put a single value.
    pub fn set_field(key: &str, value: impl Into<Scalar>) -> Self {
        Self::set(Path::field(key), value)
    }

    /// Retire the whole record with a reason (decision 31).
    pub fn retire_record(reason: &str) -> Self {
        Self::set_field(RETIRED, reason)
    }

    /// Every path that this edit writes.
    pub fn paths(&self) -> Vec<Path> {
        match self {
            Self::Set { path, .. } | Self::Clear { path } => vec![path.clone()],
            Self::AddRow { table, row, cells } => {
                cells.keys().map(|column| Path::cell(table, *row, column)).collect()
            }
            Self::RetireRow { table, row, .. } => vec![Path::cell(table, *row, RETIRED)],
        }
    }
}
