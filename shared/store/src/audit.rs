//! The log of who did and who saw what. Each entry's chain covers the one before, so that an entry
//! can be neither changed nor taken out unnoticed.

use rusqlite::params;
use sha2::{Digest as _, Sha256};
use wardbook_base::{DocumentId, Timestamp, UserId};

use crate::error::StoreError;
use crate::rows::{array, maybe_id, number, time, unsigned};
use crate::tx::SqlTx;

/// Something that was done or seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// By whom; `None` for the program itself.
    pub account: Option<UserId>,
    /// What: a stable code, such as `view_person` or `login_failed`.
    pub action: String,
    /// With which record.
    pub document: Option<DocumentId>,
    /// What else there is to say. Never personal data.
    pub detail: String,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, from 1, without gaps.
    pub n: u64,
    /// The entry.
    pub entry: AuditEntry,
    /// SHA-256 of the chain before and this entry.
    pub chain: [u8; 32],
}

/// The audit log.
pub trait Audit {
    /// Appends an entry.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
    /// The newest entries, newest first; those about one record when it is given.
    fn audit_rows(
        &self,
        document: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError>;
    /// The first entry whose place or chain is wrong, or `None`. Removing the newest entries is
    /// only noticed by who remembers the last chain.
    fn check_audit(&self) -> Result<Option<u64>, StoreError>;
}

const SELECT: &str = "SELECT n, at, account, action, document, detail, chain FROM audit";

impl Audit for SqlTx<'_> {
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let last = self.first("SELECT n, chain FROM audit ORDER BY n DESC LIMIT 1", [], |row| {
            Ok((unsigned(row, 0)?, array(row, 1)?))
        })?;
        let (n, before) = last.unwrap_or_default();
        let sql = "INSERT INTO audit (n, at, account, action, document, detail, chain)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            number(n + 1),
            entry.at.0,
            entry.account.as_ref().map(UserId::as_bytes),
            entry.action,
            entry.document.as_ref().map(DocumentId::as_bytes),
            entry.detail,
            next_chain(&before, n + 1, entry),
        ];
        self.execute(sql, values).map(drop)
    }

    fn audit_rows(
        &self,
        document: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("{SELECT} WHERE ?1 IS NULL OR document = ?1 ORDER BY n DESC LIMIT ?2");
        let values = params![document.map(DocumentId::as_bytes), number(limit as u64)];
        self.all(&sql, values, read)
    }

    fn check_audit(&self) -> Result<Option<u64>, StoreError> {
        let mut statement = self.statement(&format!("{SELECT} ORDER BY n"))?;
        let mut rows = statement.query([])?;
        let (mut n, mut before) = (0, [0; 32]);
        while let Some(row) = rows.next()? {
            n += 1;
            let found = read(row)?;
            if found.n != n || found.chain != next_chain(&before, n, &found.entry) {
                return Ok(Some(n));
            }
            before = found.chain;
        }
        Ok(None)
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<AuditRow> {
    let entry = AuditEntry {
        at: time(row, 1)?,
        account: maybe_id(row, 2)?,
        action: row.get(3)?,
        document: maybe_id(row, 4)?,
        detail: row.get(5)?,
    };
    Ok(AuditRow { n: unsigned(row, 0)?, entry, chain: array(row, 6)? })
}

/// Each part goes in with its length, so that no two entries have the same bytes.
fn next_chain(before: &[u8; 32], n: u64, entry: &AuditEntry) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(n.to_le_bytes());
    hash.update(entry.at.0.to_le_bytes());
    let account = entry.account.as_ref().map_or(&[][..], UserId::as_bytes);
    let document = entry.document.as_ref().map_or(&[][..], DocumentId::as_bytes);
    for part in [account, entry.action.as_bytes(), document, entry.detail.as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
