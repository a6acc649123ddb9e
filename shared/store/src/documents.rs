//! Documents as a whole: loading, snapshots, and the queue of those to project.

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId, limits};
use wardbook_record::Document;
use wardbook_sync::ports::{DocumentState, StoredChange};

use crate::counters::count;
use crate::error::StoreError;
use crate::log::meta;
use crate::rows::{hash_bytes, hashes, id, number, time, unsigned, ward};
use crate::tx::SqlTx;

/// zstd's default: half the size of a saved document for about 0.1 ms.
const SNAPSHOT_LEVEL: i32 = 3;
/// A snapshot inflates to at most this; far above any document the checks let in.
const SNAPSHOT_INFLATED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A document whose projection is older than its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dirty {
    /// The document.
    pub document: DocumentId,
    /// How far its changes have come; give it back to [`Documents::clear_dirty_upto`].
    pub mark: u64,
    /// How far its projection has come; see [`Documents::load_document_at`] and
    /// [`Documents::changes_after`]. 0 when it was never projected.
    pub projected: u64,
    /// Since when it waits.
    pub since: Timestamp,
}

/// Documents, snapshots and the projector's queue.
pub trait Documents {
    /// Puts a document together from its snapshot and the changes after it; `None` when the store
    /// does not hold it. Counted in [`crate::Counters::documents_loaded`].
    ///
    /// # Errors
    /// When the stored changes do not make a document, or the database does not answer.
    fn load_document(&self, document: &DocumentId) -> Result<Option<Document>, StoreError>;
    /// The document as it was when its changes had come to `mark` (see [`Dirty`]).
    ///
    /// # Errors
    /// As [`Documents::load_document`].
    fn load_document_at(
        &self,
        document: &DocumentId,
        mark: u64,
    ) -> Result<Option<Document>, StoreError>;
    /// Writes a snapshot of a document that the caller has at hand, when its tail is long enough
    /// (`limits::SNAPSHOT_AFTER_CHANGES` or `_BYTES`) and it holds all stored changes. Returns
    /// whether one was written. Call it wherever a document was loaded for writing. Raw changes stay.
    fn write_snapshot_if_due(&mut self, document: &Document) -> Result<bool, StoreError>;
    /// The documents in a ward's custody, by id.
    fn documents_of(&self, ward: &WardId) -> Result<Vec<DocumentState>, StoreError>;
    /// All documents, by id.
    fn all_documents(&self) -> Result<Vec<DocumentState>, StoreError>;
    /// A document's changes with their bytes, each after those it builds on.
    fn changes_of(&self, document: &DocumentId) -> Result<Vec<StoredChange>, StoreError>;
    /// The changes that came after `mark` (see [`Dirty`]), in the order of arrival.
    fn changes_after(
        &self,
        document: &DocumentId,
        mark: u64,
    ) -> Result<Vec<StoredChange>, StoreError>;
    /// One change with its author device and the time it was taken in.
    fn stored_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<StoredChange>, StoreError>;
    /// The documents that wait for projection, longest first.
    fn next_dirty(&self, limit: usize) -> Result<Vec<Dirty>, StoreError>;
    /// How many wait, and since when the first of them.
    fn dirty_count(&self) -> Result<(u64, Option<Timestamp>), StoreError>;
    /// Takes a document from the queue: for one that was loaded and projected in this transaction.
    fn clear_dirty(&mut self, document: &DocumentId) -> Result<(), StoreError>;
    /// Takes a document from the queue unless changes came after `mark`: for one that was loaded in
    /// an earlier transaction.
    fn clear_dirty_upto(&mut self, document: &DocumentId, mark: u64) -> Result<(), StoreError>;
    /// Queues one document, to project it again.
    fn mark_dirty(&mut self, document: &DocumentId, now: Timestamp) -> Result<(), StoreError>;
    /// Queues every document, to rebuild the projections. Returns how many.
    fn mark_all_dirty(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// Changes kept aside, counted; for a ward's node these are all its own.
    fn quarantined_count(&self) -> Result<u64, StoreError>;
}

impl Documents for SqlTx<'_> {
    fn load_document(&self, document: &DocumentId) -> Result<Option<Document>, StoreError> {
        self.load_document_at(document, i64::MAX.cast_unsigned())
    }

    fn load_document_at(
        &self,
        document: &DocumentId,
        mark: u64,
    ) -> Result<Option<Document>, StoreError> {
        let sql = "SELECT key FROM document WHERE id = ?1 AND ward IS NOT NULL";
        let Some(key) = self.first(sql, [document.as_bytes()], |row| row.get(0))? else {
            return Ok(None);
        };
        count(&self.shared.counting.documents_loaded, 1);
        let (upto, mut loaded) = match self.snapshot(key, number(mark))? {
            Some((upto, bytes)) => (upto, inflate(document, &bytes)?),
            None => (0, Document::new(*document)),
        };
        let sql = "SELECT bytes FROM change WHERE document = ?1 AND n > ?2 AND n <= ?3 ORDER BY n";
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query([key, upto, number(mark)])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().map_err(|error| unreadable(document, &error))?;
            loaded.apply(bytes).map_err(|error| unreadable(document, &error))?;
        }
        Ok(Some(loaded))
    }

    fn write_snapshot_if_due(&mut self, document: &Document) -> Result<bool, StoreError> {
        let sql = "SELECT key, tail_changes, tail_bytes, heads FROM document WHERE id = ?1";
        let id = document.id();
        let found = self.first(sql, [id.as_bytes()], |row| {
            Ok((row.get::<_, i64>(0)?, unsigned(row, 1)?, unsigned(row, 2)?, hashes(row, 3)?))
        })?;
        let Some((key, changes, bytes, heads)) = found else { return Ok(false) };
        let due = changes > limits::SNAPSHOT_AFTER_CHANGES as u64
            || bytes > limits::SNAPSHOT_AFTER_BYTES as u64;
        // One that lacks a stored change, or holds one that is not stored yet, must not stand for them.
        if !due || document.heads() != heads {
            return Ok(false);
        }
        let saved = zstd::bulk::compress(&document.save(), SNAPSHOT_LEVEL)?;
        let sql = "INSERT OR REPLACE INTO snapshot (document, upto, heads, bytes)
                   SELECT ?1, max(n), ?2, ?3 FROM change WHERE document = ?1";
        self.execute(sql, params![key, hash_bytes(&heads), saved])?;
        self.execute("UPDATE document SET tail_changes = 0, tail_bytes = 0 WHERE key = ?1", [key])?;
        count(&self.shared.counting.snapshots, 1);
        Ok(true)
    }

    fn documents_of(&self, ward: &WardId) -> Result<Vec<DocumentState>, StoreError> {
        let sql = "SELECT id, ward, custody_version, generation, heads FROM document
                   WHERE ward = ?1 ORDER BY id";
        self.all(sql, [ward.as_str()], state)
    }

    fn all_documents(&self) -> Result<Vec<DocumentState>, StoreError> {
        let sql = "SELECT id, ward, custody_version, generation, heads FROM document
                   WHERE ward IS NOT NULL ORDER BY id";
        self.all(sql, [], state)
    }

    fn changes_of(&self, document: &DocumentId) -> Result<Vec<StoredChange>, StoreError> {
        self.changes_after(document, 0)
    }

    fn changes_after(
        &self,
        document: &DocumentId,
        mark: u64,
    ) -> Result<Vec<StoredChange>, StoreError> {
        let sql = format!("{SELECT_CHANGE} AND n > ?2 ORDER BY n");
        let values = params![document.as_bytes(), number(mark)];
        self.all(&sql, values, |row| stored(row, *document))
    }

    fn stored_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<StoredChange>, StoreError> {
        let sql = format!("{SELECT_CHANGE} AND c.hash = ?2");
        let ids = [document.as_bytes(), hash.as_bytes()];
        self.first(&sql, ids, |row| stored(row, *document))
    }

    fn next_dirty(&self, limit: usize) -> Result<Vec<Dirty>, StoreError> {
        let sql = "SELECT d.id, mark, projected, since FROM dirty JOIN document d ON d.key = dirty.document
                   WHERE d.ward IS NOT NULL ORDER BY since, dirty.document LIMIT ?1";
        self.all(sql, [number(limit as u64)], |row| {
            Ok(Dirty {
                document: id(row, 0)?,
                mark: unsigned(row, 1)?,
                projected: unsigned(row, 2)?,
                since: time(row, 3)?,
            })
        })
    }

    fn dirty_count(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let sql = "SELECT count(*), min(since) FROM dirty";
        let found = self.first(sql, [], |row| {
            Ok((unsigned(row, 0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp)))
        })?;
        Ok(found.unwrap_or_default())
    }

    fn clear_dirty(&mut self, document: &DocumentId) -> Result<(), StoreError> {
        self.clear_dirty_upto(document, i64::MAX.cast_unsigned())
    }

    fn clear_dirty_upto(&mut self, document: &DocumentId, mark: u64) -> Result<(), StoreError> {
        let Some(key) = self.key(document)? else { return Ok(()) };
        let values = [key, number(mark)];
        self.execute("DELETE FROM dirty WHERE document = ?1 AND mark <= ?2", values)?;
        let sql = "UPDATE document SET projected = max(projected,
                       (SELECT coalesce(max(n), 0) FROM change WHERE document = ?1 AND n <= ?2))
                   WHERE key = ?1";
        self.execute(sql, values).map(drop)
    }

    fn mark_dirty(&mut self, document: &DocumentId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO dirty (document, mark, since)
                   SELECT key, (SELECT coalesce(max(n), 0) FROM change WHERE document = key), ?2
                   FROM document WHERE id = ?1
                   ON CONFLICT (document) DO NOTHING";
        self.execute(sql, params![document.as_bytes(), now.0]).map(drop)
    }

    fn mark_all_dirty(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "INSERT INTO dirty (document, mark, since)
                   SELECT key, (SELECT coalesce(max(n), 0) FROM change WHERE document = key), ?1
                   FROM document WHERE ward IS NOT NULL
                   ON CONFLICT (document) DO NOTHING";
        Ok(self.execute(sql, [now.0])? as u64)
    }

    fn quarantined_count(&self) -> Result<u64, StoreError> {
        self.number("SELECT count(*) FROM quarantine", [])
    }
}

impl SqlTx<'_> {
    /// A snapshot that holds nothing beyond `mark`.
    fn snapshot(&self, key: i64, mark: i64) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let sql = "SELECT upto, bytes FROM snapshot WHERE document = ?1 AND upto <= ?2";
        self.first(sql, [key, mark], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// In the order of [`stored`]; the document is parameter 1.
const SELECT_CHANGE: &str = "SELECT c.hash, actor, seq, start_op, max_op, deps, time, message, \
     bytes, author, received_at FROM change c JOIN document d ON d.key = c.document WHERE d.id = ?1";

fn stored(row: &Row<'_>, document: DocumentId) -> rusqlite::Result<StoredChange> {
    Ok(StoredChange {
        meta: meta(row, document)?,
        bytes: row.get(8)?,
        author: id(row, 9)?,
        received_at: time(row, 10)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<DocumentState> {
    Ok(DocumentState {
        id: id(row, 0)?,
        ward: ward(row, 1)?,
        custody_version: unsigned(row, 2)?,
        generation: row.get(3)?,
        heads: hashes(row, 4)?,
    })
}

fn inflate(document: &DocumentId, bytes: &[u8]) -> Result<Document, StoreError> {
    let saved = zstd::bulk::decompress(bytes, SNAPSHOT_INFLATED_BYTES_MAX)
        .map_err(|error| unreadable(document, &error))?;
    Document::load(&saved).map_err(|error| unreadable(document, &error))
}

fn unreadable(document: &DocumentId, error: &dyn std::error::Error) -> StoreError {
    StoreError::Document { document: document.to_string(), reason: error.to_string() }
}
