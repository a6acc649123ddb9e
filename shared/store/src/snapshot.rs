//! Snapshots: a document as one sealed, compressed piece, from which every change comes back.

use rusqlite::params;
use sha2::{Digest as _, Sha256};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::Document;

use crate::counters::count;
use crate::error::StoreError;
use crate::rows::{hash_bytes, hashes};
use crate::seal::SealKind;
use crate::tx::SqlTx;

impl SqlTx<'_> {
    /// Writes the snapshot of a document that holds all its stored changes.
    pub(crate) fn write_snapshot(&self, key: i64, document: &Document) -> Result<(), StoreError> {
        let (id, heads) = (document.id(), document.heads());
        let (dictionary, packed) = self.pack(&document.save())?;
        let sealed = self.seal(&id, SealKind::Snapshot, &place_of(&heads), &packed)?;
        let sql = "INSERT OR REPLACE INTO snapshot (document, upto, heads, dictionary, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![key, self.newest(key)?, hash_bytes(&heads), dictionary, sealed];
        self.execute(sql, values)?;
        self.execute("UPDATE document SET tail_changes = 0, tail_bytes = 0 WHERE key = ?1", [key])?;
        self.histories.forget(&id);
        count(&self.shared.counting.snapshots, 1);
        Ok(())
    }

    /// The saved snapshot of a document and how far it goes; `None` when there is none, or when the
    /// document was purged.
    pub(crate) fn saved_snapshot(
        &self,
        key: i64,
        document: &DocumentId,
    ) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let sql = "SELECT upto, heads, dictionary, bytes FROM snapshot WHERE document = ?1";
        let found = self.first(sql, [key], |row| {
            let (upto, heads) = (row.get::<_, i64>(0)?, hashes(row, 1)?);
            Ok((upto, heads, row.get::<_, Option<i64>>(2)?, row.get::<_, Vec<u8>>(3)?))
        })?;
        let Some((upto, heads, dictionary, sealed)) = found else { return Ok(None) };
        let place = place_of(&heads);
        let Some(packed) = self.unseal(document, SealKind::Snapshot, &place, &sealed)? else {
            return Ok(None);
        };
        Ok(Some((upto, self.unpack(document, dictionary, &packed)?)))
    }

    /// The same, loaded.
    pub(crate) fn read_snapshot(
        &self,
        key: i64,
        document: &DocumentId,
    ) -> Result<Option<(i64, Document)>, StoreError> {
        let Some((upto, saved)) = self.saved_snapshot(key, document)? else { return Ok(None) };
        let loaded = Document::load(&saved).map_err(|error| unreadable(document, &error))?;
        if loaded.id() == *document {
            Ok(Some((upto, loaded)))
        } else {
            let reason = "its snapshot is another document".to_owned();
            Err(StoreError::Document { document: document.to_string(), reason })
        }
    }

    /// The same by id.
    pub(crate) fn snapshot_of(
        &self,
        document: &DocumentId,
    ) -> Result<Option<Document>, StoreError> {
        let Some(key) = self.key(document)? else { return Ok(None) };
        Ok(self.read_snapshot(key, document)?.map(|(_, loaded)| loaded))
    }
}

/// What a snapshot is sealed under: its heads in one hash.
fn place_of(heads: &[ChangeHash]) -> ChangeHash {
    ChangeHash(Sha256::digest(hash_bytes(heads)).into())
}

pub(crate) fn unreadable(document: &DocumentId, error: &dyn std::error::Error) -> StoreError {
    StoreError::Document { document: document.to_string(), reason: error.to_string() }
}
