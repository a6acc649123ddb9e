//! The first rows of every sheet, for a person to say where the table begins.

use crate::error::SheetError;
use crate::raw::RawRow;
use crate::{csv_file, xlsx, zip_guard};

/// Rows shown of a sheet.
pub(crate) const TOP_ROWS: u32 = 10;
/// Sheets shown.
pub(crate) const TOP_SHEETS: usize = 12;
/// Columns shown.
const TOP_COLUMNS: u32 = 12;

/// The top of one sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetTop {
    /// The sheet's name; empty for a text file.
    pub name: String,
    /// The first rows that hold anything: the row's number and its first cells.
    pub rows: Vec<(u32, Vec<String>)>,
}

impl SheetTop {
    pub(crate) fn of(name: &str, rows: &[RawRow]) -> Self {
        let shown = rows.iter().take(TOP_ROWS as usize);
        let cells = |row: &RawRow| {
            let last = row.cells.last().map_or(0, |cell| cell.column + 1).min(TOP_COLUMNS);
            let text = |column| row.cell(column).map_or(String::new(), |cell| cell.text.clone());
            (row.number, (0..last).map(text).collect())
        };
        Self { name: name.to_owned(), rows: shown.map(cells).collect() }
    }
}

/// The tops of the sheets of a file whose header was not found, or not rightly.
///
/// # Errors
/// When the file cannot be read at all.
pub fn peek(bytes: &[u8], file_name: &str) -> Result<Vec<SheetTop>, SheetError> {
    if bytes.starts_with(b"PK") {
        zip_guard::inspect(bytes)?;
        return xlsx::peek(bytes);
    }
    csv_file::peek(bytes, file_name)
}
