//! What a personnel record is: schema, catalogs, units, dates, names, rules and its document.
//!
//! Pure: no I/O, no clock, no dice of its own. Facts (fields, codes, units, sentences, thresholds)
//! are data under `data/`, so a new code or field is no code change. Together with `sync` this is
//! the only crate that names automerge. Old schema versions stay readable for ever.

mod attachment;
mod career;
mod catalogs;
mod computed;
mod date;
mod document;
mod edit;
pub mod events;
mod facts;
pub mod find;
mod lang;
pub mod legacy;
pub mod names;
mod path;
mod person;
mod problem;
mod rows;
pub mod rules;
mod scalar;
mod schema;
mod show;
mod stamp;
mod typed;
pub mod units;
mod validate;

pub use attachment::{ATTACHMENT_BYTES_MAX, Attachment, Media, NoAttachment, attachments};
pub use career::{CareerFact, CareerKind, CareerLine, CareerMark, CareerWhat, career};
pub use catalogs::{Catalog, Catalogs, Item, catalogs};
pub use computed::{NO_DETAIL, SummaryRow, computed_value, is_summary_field, summary_row};
pub use date::{DateError, PartialDate};
pub use document::{
    Applied, Conflict, ConflictKind, ConflictValue, Copied, DeepBase, DeepFault, Document,
    DocumentError, Dropped, Fate, HistoryEntry, ID_KEY, LateDecision, Names, NewChange,
    decides_late, deep_check, read_change,
};
pub use edit::Edit;
pub use facts::{Facts, Graded, Move, facts, facts_with};
pub use lang::Lang;
pub use path::{Path, PathError, RETIRED};
pub use person::{Person, Row};
pub use problem::{Level, Problem};
pub use rows::RowIds;
pub use scalar::Scalar;
pub use schema::{Choice, Field, Kind, Part, Schema, Section, Sensitivity, Table, schema};
pub use show::{path_label, path_value, show, show_cell, show_computed, show_field, typed_text};
pub use stamp::{Message, Purpose, Stamp};
pub use typed::{cell_scalar, parse_typed, typed_edits};
pub use validate::validate;
