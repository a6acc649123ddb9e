//! Spreadsheets in and out: bytes in, values out, and back. No files, no clock, no state.
//!
//! [`read_table`] reads an .xlsx or .csv file under hard limits, [`match_columns`] finds what each
//! column means, [`check`] turns every row into [`wardbook_record::Edit`]s and names each cell that
//! does not fit. [`template`] and [`export`] write workbooks that can be imported again.

mod check;
mod columns;
mod convert;
mod csv_file;
mod error;
mod error_file;
mod limits;
mod marked;
mod matching;
mod note;
mod other_names;
mod peek;
mod plain;
mod problem;
mod raw;
mod serial;
mod template;
mod update;
mod write;
mod xlsx;
mod zip_guard;

pub use check::{Counts, Preview, PreviewRow, SameBy, check, person_of};
pub use columns::{Column, Target, column, columns};
pub use error::SheetError;
pub use error_file::{error_file, rows_file};
pub use matching::{
    Chosen, MappedColumn, Mapping, UnmappedColumn, Unused, header_key, map_columns, match_columns,
};
pub use note::Note;
pub use peek::{SheetTop, peek};
pub use plain::{PlainCell, PlainColumn, plain_table};
pub use problem::{CellProblem, Level, ProblemKind};
pub use raw::{
    RawCell, RawKind, RawRow, RawTable, ReadOptions, cell_name, column_name, place_of, read_table,
};
pub use template::{TEMPLATE_VERSION, template};
pub use update::update_edits;
pub use write::{code_text, export, export_csv, workbook};
