//! Documents as a whole: loading, snapshots, and the queue of those to project.

use rusqlite::{Row, params};
use wardbook_base::{DocumentId, Timestamp, WardId, limits};
use wardbook_record::Document;
use wardbook_sync::ports::{DocumentState, StoredChange};

use crate::changes::NEWEST;
use crate::counters::count;
use crate::error::StoreError;
use crate::review::Review as _;
use crate::rows::{hashes, id, number, time, unsigned, ward};
use crate::snapshot::unreadable;
use crate::tx::SqlTx;

/// A document that was not put together: a saved one, if there is a snapshot, and changes.
pub type DocumentParts = (Option<Vec<u8>>, Vec<Vec<u8>>);

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
    /// What [`Documents::load_document`] would put together: the saved snapshot, inflated, and the
    /// changes after it, each after those it builds on. For checks in another process.
    fn document_parts(&self, document: &DocumentId) -> Result<Option<DocumentParts>, StoreError>;
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
    /// Changes kept aside that nothing replaced and nobody has seen; at a node these are all its own.
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
        let loaded = self.put_together(document, number(mark))?;
        count(&self.shared.counting.documents_loaded, u64::from(loaded.is_some()));
        Ok(loaded)
    }

    fn document_parts(&self, document: &DocumentId) -> Result<Option<DocumentParts>, StoreError> {
        let Some(key) = self.readable(document)? else { return Ok(None) };
        let (upto, saved) = self.saved_snapshot(key, document)?.unzip();
        let tail = self.list_changes(document, upto.unwrap_or_default(), i64::MAX)?;
        Ok(Some((saved, tail.into_iter().map(|change| change.bytes).collect())))
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
        self.write_snapshot(key, document)?;
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
        self.list_changes(document, number(mark), i64::MAX)
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
        let sql = format!(
            "UPDATE document SET projected = max(projected, min(?2, {NEWEST})) WHERE key = ?1"
        );
        self.execute(&sql, values).map(drop)
    }

    fn mark_dirty(&mut self, document: &DocumentId, now: Timestamp) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO dirty (document, mark, since)
             SELECT key, {NEWEST}, ?2 FROM document WHERE id = ?1
             ON CONFLICT (document) DO NOTHING"
        );
        self.execute(&sql, params![document.as_bytes(), now.0]).map(drop)
    }

    fn mark_all_dirty(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = format!(
            "INSERT INTO dirty (document, mark, since)
             SELECT key, {NEWEST}, ?1 FROM document WHERE ward IS NOT NULL AND heads <> x''
             ON CONFLICT (document) DO NOTHING"
        );
        Ok(self.execute(&sql, [now.0])? as u64)
    }

    fn quarantined_count(&self) -> Result<u64, StoreError> {
        self.kept_aside_open()
    }
}

impl SqlTx<'_> {
    /// Loads a document uncounted: for jobs that look after the store.
    pub(crate) fn put_together(
        &self,
        document: &DocumentId,
        mark: i64,
    ) -> Result<Option<Document>, StoreError> {
        let Some(key) = self.readable(document)? else { return Ok(None) };
        let snapshot = self.read_snapshot(key, document)?.filter(|(upto, _)| *upto <= mark);
        let (upto, mut loaded) = snapshot.unwrap_or_else(|| (0, Document::new(*document)));
        let tail = self.list_changes(document, upto, mark)?;
        let tail = tail.iter().map(|change| change.bytes.as_slice());
        loaded.apply_good(tail).map_err(|error| unreadable(document, &error))?;
        Ok(Some(loaded))
    }

    /// The small key of a document that is here and can be read. Without heads there is none: the
    /// feed named it, and nothing of it is here. Without a key it was purged.
    fn readable(&self, document: &DocumentId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT key FROM document
                   WHERE id = ?1 AND ward IS NOT NULL AND heads <> x''";
        let Some(key) = self.first(sql, [document.as_bytes()], |row| row.get(0))? else {
            return Ok(None);
        };
        Ok(self.has_key(document)?.then_some(key))
    }
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
