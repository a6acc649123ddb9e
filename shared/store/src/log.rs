//! The log of documents and changes, for either end.

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::{
    ChangeMeta, DocumentState, Log, PortResult, Quarantined, StoredChange, Tombstone,
};

use crate::counters::count;
use crate::error::StoreError;
use crate::rows::{hash_bytes, hashes, id, number, time, unsigned, ward};
use crate::tx::SqlTx;

impl Log for SqlTx<'_> {
    fn document(&self, document: &DocumentId) -> PortResult<Option<DocumentState>> {
        let sql = "SELECT ward, custody_version, generation, heads FROM document
                   WHERE id = ?1 AND ward IS NOT NULL";
        let found = self.first(sql, [document.as_bytes()], |row| {
            Ok(DocumentState {
                id: *document,
                ward: ward(row, 0)?,
                custody_version: unsigned(row, 1)?,
                generation: row.get(2)?,
                heads: hashes(row, 3)?,
            })
        });
        Ok(found?)
    }

    fn change_meta(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<ChangeMeta>> {
        Ok(self.find_meta(document, hash)?)
    }

    fn change_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> PortResult<Option<ChangeHash>> {
        Ok(self.find_at(document, actor, seq)?)
    }

    fn change_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<ChangeHash>> {
        Ok(self.find_with_op(document, actor, counter)?)
    }

    fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
        Ok(self.is_kept_aside(document, hash)?)
    }

    fn change_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Vec<u8>>> {
        Ok(self.find_bytes(document, hash)?)
    }

    fn change_metas(&self, document: &DocumentId) -> PortResult<Vec<ChangeMeta>> {
        Ok(self.list_metas(document)?)
    }

    fn stored_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<StoredChange>> {
        Ok(self.find_change(document, hash)?)
    }

    fn quarantined(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Quarantined>> {
        Ok(self.find_kept_aside(document, hash)?)
    }

    fn put_replaced(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        by: &ChangeHash,
    ) -> PortResult<()> {
        Ok(self.link_replacement(document, hash, by)?)
    }

    fn tombstone(&self, document: &DocumentId) -> PortResult<Option<Tombstone>> {
        Ok(self.grave(document)?)
    }

    fn remove_changes(&mut self, document: &DocumentId, hashes: &[ChangeHash]) -> PortResult<()> {
        Ok(self.take_changes_out(document, hashes)?)
    }

    fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()> {
        Ok(self.bury(grave)?)
    }

    fn remove_tombstone(&mut self, document: &DocumentId) -> PortResult<()> {
        Ok(self.open_grave(document)?)
    }

    fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
        let sql = "SELECT key FROM document WHERE id = ?1 AND ward <> ?2";
        let place = params![state.id.as_bytes(), state.ward.as_str()];
        let moved = self.first(sql, place, |row| row.get(0))?;
        let sql = "INSERT INTO document (id, ward, custody_version, generation, heads)
                   VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (id) DO UPDATE SET ward = excluded.ward,
                       custody_version = excluded.custody_version,
                       generation = excluded.generation, heads = excluded.heads";
        let values = params![
            state.id.as_bytes(),
            state.ward.as_str(),
            number(state.custody_version),
            state.generation,
            hash_bytes(&state.heads),
        ];
        self.execute(sql, values)?;
        if let Some(key) = moved {
            // Lists and reports count people by custodian: at once, not with the next edit. A
            // projector that is at work with the former one must not have the last word.
            let sql = "UPDATE person SET ward = ?2 WHERE document = ?1";
            self.execute(sql, params![key, state.ward.as_str()])?;
            self.queue_projection(key)?;
        }
        Ok(())
    }

    fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
        let sql = "SELECT key FROM document WHERE id = ?1 AND ward IS NOT NULL";
        let key = self.first(sql, [change.meta.document.as_bytes()], |row| row.get(0))?;
        let document =
            key.ok_or_else(|| StoreError::Refused("a change of no document".to_owned()))?;
        if self.insert_change(document, change)? {
            self.mark_dirty(document, change)?;
            let counting = &self.shared.counting;
            count(&counting.changes, 1);
            count(&counting.change_bytes, change.bytes.len() as u64);
        }
        Ok(())
    }
}

impl SqlTx<'_> {
    /// Queues the document for projection, and counts what a snapshot would save.
    fn mark_dirty(&self, document: i64, change: &StoredChange) -> Result<(), StoreError> {
        let mark = self.connection.last_insert_rowid();
        let sql = "INSERT INTO dirty (document, mark, since) VALUES (?1, ?2, ?3)
                   ON CONFLICT (document) DO UPDATE SET mark = excluded.mark";
        self.execute(sql, [document, mark, change.received_at.0])?;
        let sql = "UPDATE document SET tail_changes = tail_changes + 1,
                       tail_bytes = tail_bytes + ?2 WHERE key = ?1";
        self.execute(sql, [document, number(change.bytes.len() as u64)]).map(drop)
    }
}

/// Columns: hash, actor, seq, `start_op`, `max_op`, deps, time, message.
pub(crate) fn meta(row: &Row<'_>, document: DocumentId) -> rusqlite::Result<ChangeMeta> {
    Ok(ChangeMeta {
        document,
        hash: id(row, 0)?,
        actor: row.get(1)?,
        seq: unsigned(row, 2)?,
        start_op: unsigned(row, 3)?,
        max_op: unsigned(row, 4)?,
        deps: hashes(row, 5)?,
        time: time(row, 6)?,
        message: row.get(7)?,
    })
}
