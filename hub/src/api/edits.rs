//! Edits as JSON, the same as at a ward's node.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;
use wardbook_base::{ChangeHash, RowId};
use wardbook_record::{Edit, Path, RowIds, Scalar};

use crate::failure::Refusal;

/// A save: what to change, and the state it was made from.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EditBody {
    /// The heads that were read; empty means "whatever is there now".
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub base_heads: Vec<ChangeHash>,
    /// The edits, all of them or none.
    pub edits: Vec<EditItem>,
}

/// One edit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum EditItem {
    /// Put a value.
    Set {
        /// Such as `phone` or `degrees/<row>/level`.
        path: String,
        /// Text, whole number, true or false.
        #[schema(value_type = Object)]
        value: Scalar,
    },
    /// Empty a value.
    Clear {
        /// Such as `phone`.
        path: String,
    },
    /// Add a row.
    AddRow {
        /// The table's key.
        table: String,
        /// The cells by column.
        #[schema(value_type = Object)]
        cells: BTreeMap<String, Scalar>,
    },
    /// Take a row out of use.
    RetireRow {
        /// The table's key.
        table: String,
        /// The row's id, 32 hexadecimal digits.
        row: String,
        /// Why.
        reason: String,
    },
}

impl EditItem {
    /// The edit, with an id for a new row.
    ///
    /// # Errors
    /// When a path or a row id cannot be read.
    pub fn read(self, rows: &mut RowIds) -> Result<Edit, Refusal> {
        Ok(match self {
            Self::Set { path, value } => Edit::Set { path: read_path(&path)?, value },
            Self::Clear { path } => Edit::Clear { path: read_path(&path)? },
            Self::AddRow { table, cells } => Edit::AddRow { table, row: rows.next_id(), cells },
            Self::RetireRow { table, row, reason } => {
                let row = row.parse::<RowId>().map_err(|e| Refusal::Unreadable(e.to_string()))?;
                Edit::RetireRow { table, row, reason }
            }
        })
    }
}

/// A path from its text.
///
/// # Errors
/// When it is none.
pub fn read_path(text: &str) -> Result<Path, Refusal> {
    text.parse().map_err(|_| Refusal::Unreadable(format!("path {text:?}")))
}

#[cfg(test)]
mod tests {
    use wardbook_base::{SeededDice, Timestamp};

    use super::*;

    #[test]
    fn every_kind_of_edit_reads_and_a_wrong_path_is_refused() {
        let text = r#"{"base_heads":[],"edits":[{"op":"set","path":"phone","value":"1"},
            {"op":"clear","path":"email"},{"op":"add_row","table":"degrees","cells":{"level":"dh"}},
            {"op":"retire_row","table":"degrees","row":"00000000000000000000000000000001","reason":"x"},
            {"op":"clear","path":"a//b"}]}"#;
        let body: EditBody = serde_json::from_str(text).unwrap();
        let mut rows = RowIds::new(Timestamp(1), &SeededDice::new(1));
        let read: Vec<_> = body.edits.into_iter().map(|item| item.read(&mut rows)).collect();
        assert_eq!(read[0], Ok(Edit::set_field("phone", "1")));
        assert!(read[..4].iter().all(Result::is_ok));
        assert!(read[4].is_err());
    }
}
