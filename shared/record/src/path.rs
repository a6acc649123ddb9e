//! Where a value stands in a record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wardbook_base::RowId;

/// The key under which a row, or a whole record, carries the reason why it was retired.
pub const RETIRED: &str = "retired";

/// The place of one value in a record.
///
/// Text form: `full_name` | `birth_place.text` | `policy_category/con_ls` |
/// `degrees/<32 hex>/level`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Path {
    /// A single value; places and objects have flat keys such as `birth_place.text`.
    Field {
        /// The key, with the part after a point for compound fields.
        key: String,
    },
    /// One code of a field that holds a set of codes.
    Code {
        /// The key of the field.
        field: String,
        /// The code.
        code: String,
    },
    /// One cell of a row of a table.
    Cell {
        /// The key of the table.
        table: String,
        /// The row.
        row: RowId,
        /// The key of the column, or [`RETIRED`].
        column: String,
    },
}

impl Path {
    /// The path of a single value.
    pub fn field(key: impl Into<String>) -> Self {
        Self::Field { key: key.into() }
    }

    /// The path of one code of a set.
    pub fn code(field: impl Into<String>, code: impl Into<String>) -> Self {
        Self::Code { field: field.into(), code: code.into() }
    }

    /// The path of a cell.
    pub fn cell(table: impl Into<String>, row: RowId, column: impl Into<String>) -> Self {
        Self::Cell { table: table.into(), row, column: column.into() }
    }

    /// The key of the schema field or table that this path belongs to (`birth_place` for
    /// `birth_place.text`).
    pub fn owner(&self) -> &str {
        match self {
            Self::Field { key } => key.split('.').next().unwrap_or(key),
            Self::Code { field, .. } => field,
            Self::Cell { table, .. } => table,
        }
    }
}

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the path of a value")]
pub struct PathError(pub String);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { key } => f.write_str(key),
            Self::Code { field, code } => write!(f, "{field}/{code}"),
            Self::Cell { table, row, column } => write!(f, "{table}/{row}/{column}"),
        }
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = || PathError(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(error());
        }
        match parts.as_slice() {
            [key] => Ok(Self::field(*key)),
            [field, code] => Ok(Self::code(*field, *code)),
            [table, row, column] => {
                Ok(Self::cell(*table, row.parse().map_err(|_| error())?, *column))
            }
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_its_text_form() {
        for text in ["full_name", "birth_place.text", "policy_category/con_ls"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        let cell = Path::cell("degrees", RowId([7; 16]), "level");
        assert_eq!(cell.to_string().parse(), Ok(cell));
        for wrong in ["", "a//b", "degrees/xyz/level", "a/b/c/d", "/a"] {
            assert_eq!(wrong.parse::<Path>(), Err(PathError(wrong.to_owned())));
        }
    }
}
