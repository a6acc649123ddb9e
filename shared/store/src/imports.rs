//! Imports: which changes came from which file, so that a batch can be undone.

use rusqlite::params;
use wardbook_base::{ChangeHash, DocumentId, Timestamp, UserId};

use crate::error::StoreError;
use crate::rows::{id, maybe_time, number, time, unsigned};
use crate::tx::SqlTx;

/// An import that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImport {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub account: UserId,
    /// The name of the file.
    pub file_name: String,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBatch {
    /// Its number.
    pub batch: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub account: UserId,
    /// The name of the file.
    pub file_name: String,
    /// Records it made.
    pub created: u64,
    /// Records it changed.
    pub updated: u64,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// One change of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportItem {
    /// The record.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// Whether the record was made by it.
    pub created: bool,
}

/// The imports of a node.
pub trait Imports {
    /// Begins an import; returns its number.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn add_import_batch(&mut self, import: &NewImport) -> Result<u64, StoreError>;
    /// Notes a change of an import, after those before.
    fn add_import_item(&mut self, batch: u64, item: &ImportItem) -> Result<(), StoreError>;
    /// One import.
    fn import_batch(&self, batch: u64) -> Result<Option<ImportBatch>, StoreError>;
    /// All imports, the newest first.
    fn import_batches(&self) -> Result<Vec<ImportBatch>, StoreError>;
    /// The changes of an import, in order.
    fn import_items(&self, batch: u64) -> Result<Vec<ImportItem>, StoreError>;
    /// Notes that an import was undone.
    fn put_import_undone(&mut self, batch: u64, at: Timestamp) -> Result<(), StoreError>;
}

const BATCH: &str = "SELECT n, at, account, file_name, undone_at, \
     (SELECT count(*) FROM import_item WHERE batch = n AND created), \
     (SELECT count(*) FROM import_item WHERE batch = n AND NOT created) FROM import_batch";

impl Imports for SqlTx<'_> {
    fn add_import_batch(&mut self, import: &NewImport) -> Result<u64, StoreError> {
        let sql = "INSERT INTO import_batch (at, account, file_name) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![import.at.0, import.account.as_bytes(), import.file_name])?;
        Ok(self.connection.last_insert_rowid().cast_unsigned())
    }

    fn add_import_item(&mut self, batch: u64, item: &ImportItem) -> Result<(), StoreError> {
        let sql = "INSERT INTO import_item (batch, place, document, hash, created)
                   SELECT ?1, coalesce(max(place), 0) + 1, ?2, ?3, ?4
                   FROM import_item WHERE batch = ?1";
        let values =
            params![number(batch), item.document.as_bytes(), item.hash.as_bytes(), item.created,];
        self.execute(sql, values).map(drop)
    }

    fn import_batch(&self, batch: u64) -> Result<Option<ImportBatch>, StoreError> {
        self.first(&format!("{BATCH} WHERE n = ?1"), [number(batch)], read_batch)
    }

    fn import_batches(&self) -> Result<Vec<ImportBatch>, StoreError> {
        self.all(&format!("{BATCH} ORDER BY n DESC"), [], read_batch)
    }

    fn import_items(&self, batch: u64) -> Result<Vec<ImportItem>, StoreError> {
        let sql = "SELECT document, hash, created FROM import_item
                   WHERE batch = ?1 ORDER BY place";
        self.all(sql, [number(batch)], |row| {
            Ok(ImportItem { document: id(row, 0)?, hash: id(row, 1)?, created: row.get(2)? })
        })
    }

    fn put_import_undone(&mut self, batch: u64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE import_batch SET undone_at = ?2 WHERE n = ?1";
        self.execute(sql, [number(batch), at.0]).map(drop)
    }
}

fn read_batch(row: &rusqlite::Row<'_>) -> rusqlite::Result<ImportBatch> {
    Ok(ImportBatch {
        batch: unsigned(row, 0)?,
        at: time(row, 1)?,
        account: id(row, 2)?,
        file_name: row.get(3)?,
        undone_at: maybe_time(row, 4)?,
        created: unsigned(row, 5)?,
        updated: unsigned(row, 6)?,
    })
}
