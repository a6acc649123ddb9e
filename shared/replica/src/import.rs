//! Import: look first, write after a person confirmed, undo as one batch.

mod bulk;
mod commit;
mod known;
mod look;
mod preview;
mod undo;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use wardbook_base::{DocumentId, Timestamp, WardId};
use wardbook_sheet::{Preview, RawTable};

use crate::error::ImportError;
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::Author;

pub use bulk::{BulkChange, BulkCodes, BulkLine, BulkPreview, bulk_columns};
pub use look::SideBySide;
pub(crate) use preview::Previews;

/// A batch can be put back for so long, in milliseconds.
const UNDO_MS: i64 = 30 * 24 * 3600 * 1000;

/// Names a preview that waits to be confirmed. Kept in memory for a few hours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportToken(pub String);

/// Names a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BatchId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What a file would do.
#[derive(Debug, Clone)]
pub struct ImportPreview {
    /// Names it when confirming.
    pub token: ImportToken,
    /// The file's name.
    pub file_name: String,
    /// Rows, problems, duplicates, unmapped columns.
    pub preview: Arc<Preview>,
    /// The table as it was read and corrected; none for changes that came from no file.
    pub table: Option<Arc<RawTable>>,
    /// Texts in an old encoding are in it, which can be turned into Unicode.
    pub has_old_letters: bool,
    /// What was chosen for single duplicates, by the row's number.
    pub by_row: BTreeMap<u32, DuplicateChoice>,
}

/// What became of a file that somebody chose.
#[derive(Debug, Clone)]
pub enum ImportBegun {
    /// It was read and checked.
    Checked(ImportPreview),
    /// No header was found: a person must say in which sheet and row it is.
    WhereIsTheTable(ImportToken),
}

/// What to do with a row whose person id is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateChoice {
    /// Change the cells that differ and are not empty in the file.
    #[default]
    Update,
    /// Make a second record.
    Create,
    /// Leave the row out.
    Skip,
}

/// What was chosen before confirming.
#[derive(Debug, Clone, Default)]
pub struct ImportChoices {
    /// For every duplicate without a choice of its own.
    pub for_all: DuplicateChoice,
    /// For single rows, by the row's number in the file.
    pub by_row: BTreeMap<u32, DuplicateChoice>,
    /// Leave rows with errors out (they are imported and flagged otherwise).
    pub skip_rows_with_errors: bool,
    /// The ward of new records (hub only).
    pub ward: Option<WardId>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows done.
    pub done: usize,
    /// Rows in all.
    pub total: usize,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct ImportDone {
    /// The batch.
    pub batch: BatchId,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Rows whose record held the same already.
    pub unchanged: u64,
    /// Rows left out.
    pub skipped: u64,
}

/// One import of the past.
#[derive(Debug, Clone)]
pub struct BatchView {
    /// The batch.
    pub batch: BatchId,
    /// The file's name.
    pub file_name: String,
    /// Who did it.
    pub user_name: String,
    /// When.
    pub at: Timestamp,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
    /// It can be put back: it was not yet, and it is not too long ago.
    pub can_be_undone: bool,
}

/// What undoing a batch did.
#[derive(Debug, Clone)]
pub struct UndoResult {
    /// Records put back (created ones retired, changed ones restored).
    pub undone: u64,
    /// Records somebody edited since: left as they are.
    pub kept: Vec<KeptRecord>,
}

/// A record that an undo left alone.
#[derive(Debug, Clone)]
pub struct KeptRecord {
    /// The record.
    pub document: DocumentId,
    /// The person's name.
    pub full_name: String,
    /// Who edited it since.
    pub edited_by: Author,
}

impl Replica {
    /// The imports of the past, newest first.
    pub fn import_batches(&self, viewer: &Viewer) -> Result<Vec<BatchView>, ImportError> {
        viewer.must_read_all()?;
        self.inner.store.read(|tx| {
            let mut views = Vec::new();
            for batch in tx.import_batches()? {
                let account = tx.account(&batch.account)?;
                views.push(BatchView {
                    batch: BatchId(batch.batch),
                    file_name: batch.file_name,
                    // No account stands for the command line: the machine itself did it.
                    user_name: account
                        .map_or_else(|| Viewer::system(viewer.lang).name, |account| account.name),
                    at: batch.at,
                    created: batch.created,
                    updated: batch.updated,
                    undone_at: batch.undone_at,
                    can_be_undone: batch.undone_at.is_none() && !too_old(batch.at, self.now()),
                });
            }
            Ok(views)
        })
    }
}

/// Whether a batch is too long ago to be put back.
fn too_old(at: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(at.0) > UNDO_MS
}
