//! Reports: definitions as data, a pure fold over projected people, and the values that pages,
//! workbooks and the terminal render.
//!
//! SQL stays in the store: [`count`] asks it to count, [`fold`] does the same over rows, and a
//! property test holds the two equal.

mod definition;
mod error;
mod json;
mod report;
mod statistics;
mod table;
mod tally;
mod text;
mod xlsx;

pub use definition::{Band, BreakdownDefinition, By, Definition, definition};
pub use error::ReportError;
pub use report::{
    Breakdown, BreakdownRow, LEADERS_QUALITY, Mismatch, Report, WardFigures, WardSource,
    leaders_quality,
};
pub use statistics::{MOVEMENTS, Statistics, WARD_STAFF};
pub use table::{Cell, Chart, Table};
pub use tally::{Group, Tally, count, fold};
