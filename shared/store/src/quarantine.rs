//! What was kept aside: never merged, never lost, and linked with what took its place.

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::Quarantined;

use crate::error::StoreError;
use crate::review::KeptAside;
use crate::rows::{id, maybe_id, maybe_time, number, time};
use crate::seal::SealKind;
use crate::tx::SqlTx;

/// In the order of [`quarantined`]; after it `seen_at`.
pub(crate) const KEPT: &str = "SELECT document, hash, device, code, because_of, bytes, at, \
     replaced_by, seen_at FROM quarantine";

impl SqlTx<'_> {
    /// Keeps a refused change aside; twice is no error, and the first stays unless it is overruled.
    /// What takes its place was not seen by anybody yet, and is the newest.
    pub(crate) fn keep_aside(&self, item: &Quarantined) -> Result<(), StoreError> {
        let kept = self.find_kept_aside(&item.document, &item.hash)?;
        if kept.is_some_and(|kept| !item.overrules(&kept)) {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO quarantine (document, hash, device, code, because_of,
                       bytes, at, replaced_by)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![
            item.document.as_bytes(),
            item.hash.as_bytes(),
            item.device.as_bytes(),
            item.code,
            item.because_of.as_ref().map(ChangeHash::as_bytes),
            self.seal(&item.document, SealKind::Quarantine, &item.hash, &item.bytes)?,
            item.at.0,
            item.replaced_by.as_ref().map(ChangeHash::as_bytes),
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn find_kept_aside(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<Quarantined>, StoreError> {
        let sql = format!("{KEPT} WHERE document = ?1 AND hash = ?2");
        let ids = [document.as_bytes(), hash.as_bytes()];
        match self.first(&sql, ids, quarantined)? {
            Some(item) => self.unsealed(item).map(Some),
            None => Ok(None),
        }
    }

    /// All of one document, with bytes.
    pub(crate) fn kept_aside_of(
        &self,
        document: &DocumentId,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let sql = format!("{KEPT} WHERE document = ?1 ORDER BY rowid");
        let found = self.all(&sql, [document.as_bytes()], quarantined)?;
        found.into_iter().map(|item| self.unsealed(item)).collect()
    }

    /// With bytes; a page for people.
    pub(crate) fn newest_kept_aside(&self, limit: usize) -> Result<Vec<KeptAside>, StoreError> {
        let sql = format!("{KEPT} ORDER BY at DESC, rowid DESC LIMIT ?1");
        let rows = self.all(&sql, [number(limit as u64)], |row| {
            Ok((quarantined(row)?, maybe_time(row, 8)?))
        })?;
        let opened = rows
            .into_iter()
            .map(|(item, seen_at)| Ok(KeptAside { item: self.unsealed(item)?, seen_at }));
        opened.collect()
    }

    fn unsealed(&self, mut item: Quarantined) -> Result<Quarantined, StoreError> {
        let kind = SealKind::Quarantine;
        let bytes = self.unseal(&item.document, kind, &item.hash, &item.bytes)?;
        item.bytes = bytes.unwrap_or_default();
        Ok(item)
    }

    pub(crate) fn is_kept_aside(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM quarantine WHERE document = ?1 AND hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        Ok(self.first(sql, ids, |_| Ok(()))?.is_some())
    }

    pub(crate) fn link_replacement(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
        by: &ChangeHash,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE quarantine SET replaced_by = ?3 WHERE document = ?1 AND hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes(), by.as_bytes()];
        self.must_change(sql, ids, "what was not kept aside cannot be replaced")
    }
}

/// Reads [`KEPT`]; the bytes are still sealed.
pub(crate) fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        document: id(row, 0)?,
        hash: id(row, 1)?,
        device: id(row, 2)?,
        code: row.get(3)?,
        because_of: maybe_id(row, 4)?,
        bytes: row.get(5)?,
        at: time(row, 6)?,
        replaced_by: maybe_id(row, 7)?,
    })
}
