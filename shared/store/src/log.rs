//! The log of documents and changes, for either end.

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::{ChangeMeta, DocumentState, Log, PortResult, Quarantined, StoredChange};

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
        let sql = "SELECT c.hash, actor, seq, start_op, max_op, deps, time, message
                   FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        Ok(self.first(sql, ids, |row| meta(row, *document))?)
    }

    fn change_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> PortResult<Option<ChangeHash>> {
        let sql = "SELECT c.hash FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.actor = ?2 AND c.seq = ?3";
        let values = params![document.as_bytes(), actor, number(seq)];
        Ok(self.first(sql, values, |row| id(row, 0))?)
    }

    fn change_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<ChangeHash>> {
        // An actor's operations are numbered without overlap in the order of its changes.
        let sql = "SELECT c.hash, c.max_op FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.actor = ?2 AND c.start_op <= ?3
                   ORDER BY c.seq DESC LIMIT 1";
        let values = params![document.as_bytes(), actor, number(counter)];
        let found = self.first(sql, values, |row| Ok((id(row, 0)?, unsigned(row, 1)?)))?;
        Ok(found.filter(|(_, max_op)| *max_op >= counter).map(|(hash, _)| hash))
    }

    fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
        let sql = "SELECT 1 FROM quarantine WHERE document = ?1 AND hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        Ok(self.first(sql, ids, |_| Ok(()))?.is_some())
    }

    fn change_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Vec<u8>>> {
        let sql = "SELECT c.bytes FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.hash = ?2";
        Ok(self.first(sql, [document.as_bytes(), hash.as_bytes()], |row| row.get(0))?)
    }

    fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
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
    /// True when the change was not there before.
    fn insert_change(&self, document: i64, change: &StoredChange) -> Result<bool, StoreError> {
        let sql = "INSERT INTO change (document, hash, actor, seq, start_op, max_op, deps, time,
                       message, author, received_at, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT (document, hash) DO NOTHING";
        let meta = &change.meta;
        let values = params![
            document,
            meta.hash.as_bytes(),
            meta.actor,
            number(meta.seq),
            number(meta.start_op),
            number(meta.max_op),
            hash_bytes(&meta.deps),
            meta.time.0,
            meta.message,
            change.author.as_bytes(),
            change.received_at.0,
            change.bytes,
        ];
        Ok(self.execute(sql, values)? == 1)
    }

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

    /// Keeps a refused change aside; twice is no error.
    pub(crate) fn keep_aside(&self, item: &Quarantined) -> Result<(), StoreError> {
        let sql = "INSERT INTO quarantine (document, hash, device, code, because_of, bytes, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (document, hash) DO NOTHING";
        let values = params![
            item.document.as_bytes(),
            item.hash.as_bytes(),
            item.device.as_bytes(),
            item.code,
            item.because_of.as_ref().map(ChangeHash::as_bytes),
            item.bytes,
            item.at.0,
        ];
        self.execute(sql, values).map(drop)
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
