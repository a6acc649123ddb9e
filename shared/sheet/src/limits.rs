//! How much of a file is read before it is refused. An honest ward's workbook stays far below.

/// Files inside an .xlsx archive.
pub(crate) const ARCHIVE_ENTRIES_MAX: usize = 2_000;
/// All files of an .xlsx archive together, really inflated, in bytes.
pub(crate) const INFLATED_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// Texts that a workbook may announce; the reader reserves room for as many.
pub(crate) const SHARED_STRINGS_MAX: usize = 1_000_000;
/// Rows that hold anything.
pub(crate) const ROWS_MAX: usize = 20_000;
/// Columns, counted from A.
pub(crate) const COLUMNS_MAX: u32 = 500;
/// Cells that hold anything.
pub(crate) const CELLS_MAX: usize = 600_000;
/// All text of the table together, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How far down the header is looked for.
pub(crate) const HEADER_SEARCH_ROWS: u32 = 30;
/// Sheets that are looked at for a header.
pub(crate) const SHEETS_MAX: usize = 50;
