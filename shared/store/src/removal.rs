//! Taking changes out of a document, and forgetting a document altogether.

use rusqlite::params;
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::Tombstone;

use crate::error::StoreError;
use crate::rows::{number, time, unsigned, word, word_of};
use crate::tx::SqlTx;

impl SqlTx<'_> {
    /// Takes changes out of the log, with whatever was packed together with them: the rest of the
    /// document is read from its raw changes until the next snapshot is written.
    pub(crate) fn take_changes_out(
        &self,
        document: &DocumentId,
        hashes: &[ChangeHash],
    ) -> Result<(), StoreError> {
        let Some(key) = self.key(document)? else { return Ok(()) };
        self.thaw(document)?;
        let find = "SELECT length(bytes) FROM change WHERE document = ?1 AND hash = ?2";
        let delete = "DELETE FROM change WHERE document = ?1 AND hash = ?2";
        let (mut count, mut bytes) = (0_u64, 0_u64);
        for hash in hashes {
            let size = self.first(find, params![key, hash.as_bytes()], |row| unsigned(row, 0))?;
            let Some(size) = size else { continue };
            self.execute(delete, params![key, hash.as_bytes()])?;
            (count, bytes) = (count + 1, bytes + size);
        }
        let sql = "UPDATE document SET tail_changes = max(0, tail_changes - ?2),
                       tail_bytes = max(0, tail_bytes - ?3) WHERE key = ?1";
        self.execute(sql, [key, number(count), number(bytes)])?;
        let left = self.list_metas(document)?;
        if left.iter().flat_map(|meta| &meta.deps).any(|dep| hashes.contains(dep)) {
            let rule = "a change was taken out from under another";
            return Err(StoreError::Refused(rule.to_owned()));
        }
        if left.is_empty() { self.vanish(key) } else { self.project_anew(key) }
    }

    /// A document without a change is none; the feed may name it still.
    fn vanish(&self, key: i64) -> Result<(), StoreError> {
        self.clear_projection(key)?;
        self.execute("DELETE FROM dirty WHERE document = ?1", [key])?;
        let sql = "UPDATE document SET ward = NULL, heads = x'', custody_version = 0,
                       generation = 0, projected = 0, tail_changes = 0, tail_bytes = 0
                   WHERE key = ?1";
        self.execute(sql, [key]).map(drop)
    }

    /// Queues a document whose projection knows too much.
    fn project_anew(&self, key: i64) -> Result<(), StoreError> {
        self.execute("UPDATE document SET projected = 0 WHERE key = ?1", [key])?;
        self.queue_projection(key)
    }

    /// Queues a document for projection without a new change. The mark is drawn like a change's, so
    /// that a projector that read the document before cannot take it off the queue.
    pub(crate) fn queue_projection(&self, key: i64) -> Result<(), StoreError> {
        self.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'change'", [])?;
        let sql = "INSERT INTO dirty (document, mark, since)
                   SELECT ?1, seq, ?2 FROM sqlite_sequence WHERE name = 'change'
                   ON CONFLICT (document) DO UPDATE SET mark = excluded.mark";
        self.execute(sql, [key, self.shared.clock.now().0]).map(drop)
    }

    /// Removes a document with all that was made from it, and leaves the grave. The freed places of
    /// the file are overwritten.
    pub(crate) fn bury(&self, grave: &Tombstone) -> Result<(), StoreError> {
        let document = &grave.document;
        // FAST, the usual setting, leaves long values as they were on pages that become free.
        self.connection.pragma_update(None, "secure_delete", true)?;
        let removed = self.remove_all_of(document);
        self.connection.pragma_update(None, "secure_delete", "FAST")?;
        removed?;
        self.doom_key(grave);
        let sql = "INSERT INTO tombstone (document, generation, reason, at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (document) DO UPDATE SET generation = excluded.generation,
                       reason = excluded.reason, at = excluded.at
                   WHERE reason <> 'purged'";
        let reason = word_of(&grave.reason)?;
        let values = params![document.as_bytes(), grave.generation, reason, grave.at.0];
        self.execute(sql, values).map(drop)
    }

    fn remove_all_of(&self, document: &DocumentId) -> Result<(), StoreError> {
        if let Some(key) = self.key(document)? {
            self.clear_projection(key)?;
            for sql in [
                "DELETE FROM dirty WHERE document = ?1",
                "DELETE FROM snapshot WHERE document = ?1",
                "DELETE FROM archive WHERE document = ?1",
                "DELETE FROM change WHERE document = ?1",
                "DELETE FROM document WHERE key = ?1",
            ] {
                self.execute(sql, [key])?;
            }
        }
        self.histories.forget(document);
        for sql in [
            "DELETE FROM quarantine WHERE document = ?1",
            "DELETE FROM parked WHERE document = ?1",
            "DELETE FROM import_item WHERE document = ?1",
            "DELETE FROM former_push WHERE document = ?1",
            "DELETE FROM orphan WHERE document = ?1",
            "DELETE FROM reauthor WHERE document = ?1",
            "DELETE FROM forgetting WHERE document = ?1",
            "DELETE FROM wanted WHERE document = ?1",
            "DELETE FROM give_back WHERE document = ?1",
            "DELETE FROM desk WHERE document = ?1",
            "DELETE FROM file_piece WHERE document = ?1",
            "DELETE FROM file WHERE document = ?1",
        ] {
            self.execute(sql, [document.as_bytes()])?;
        }
        Ok(())
    }

    fn clear_projection(&self, key: i64) -> Result<(), StoreError> {
        self.delete_person_row(key)?;
        // The search index only marks its words as gone until it is written again.
        self.words_remain.set(true);
        Ok(())
    }

    /// Writes the search index again, without the words of what was removed. Once a job, because it
    /// takes time in the size of the index.
    pub(crate) fn clear_remaining_words(&self) -> Result<(), StoreError> {
        if !self.words_remain.replace(false) {
            return Ok(());
        }
        self.connection.pragma_update(None, "secure_delete", true)?;
        let sql = "INSERT INTO person_search (person_search) VALUES ('optimize')";
        let cleared = self.execute(sql, []);
        self.connection.pragma_update(None, "secure_delete", "FAST")?;
        cleared.map(drop)
    }

    pub(crate) fn grave(&self, document: &DocumentId) -> Result<Option<Tombstone>, StoreError> {
        let sql = "SELECT generation, reason, at FROM tombstone WHERE document = ?1";
        self.first(sql, [document.as_bytes()], |row| {
            Ok(Tombstone {
                document: *document,
                generation: row.get(0)?,
                reason: word::<ForgetReason>(row, 1)?,
                at: time(row, 2)?,
            })
        })
    }

    /// Opens a grave again; a purged document's stays.
    pub(crate) fn open_grave(&self, document: &DocumentId) -> Result<(), StoreError> {
        let sql = "DELETE FROM tombstone WHERE document = ?1 AND reason <> 'purged'";
        self.execute(sql, [document.as_bytes()]).map(drop)
    }
}
