//! The desk: what belongs to a user or to the office and is no part of a record, such as drafts,
//! saved filters, chosen columns and marks on reminders. It is not synced.

use rusqlite::{Row, params};
use wardbook_base::{DocumentId, Timestamp};

use crate::error::StoreError;
use crate::rows::{maybe_id, time};
use crate::tx::SqlTx;

/// One thing on a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskItem {
    /// Whose desk: an account's id in hexadecimal, or a word for what all of the office share.
    pub owner: String,
    /// What it is, such as `draft` or `filter`.
    pub kind: String,
    /// Its name among those of its kind.
    pub key: String,
    /// The record it is about: it goes when that one is forgotten or purged.
    pub document: Option<DocumentId>,
    /// What it holds, as JSON.
    pub value: String,
    /// When it was put there.
    pub at: Timestamp,
}

/// The desks of this end.
pub trait Desk {
    /// Puts something on a desk, in place of what has the same name.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn put_desk(&mut self, item: &DeskItem) -> Result<(), StoreError>;
    /// One thing by its name.
    fn desk_item(&self, owner: &str, kind: &str, key: &str)
    -> Result<Option<DeskItem>, StoreError>;
    /// All things of a kind, by name.
    fn desk_items(&self, owner: &str, kind: &str) -> Result<Vec<DeskItem>, StoreError>;
    /// Takes something away; nothing happens when it is not there.
    fn remove_desk(&mut self, owner: &str, kind: &str, key: &str) -> Result<(), StoreError>;
}

const SELECT: &str =
    "SELECT owner, kind, key, document, value, at FROM desk WHERE owner = ?1 AND kind = ?2";

impl Desk for SqlTx<'_> {
    fn put_desk(&mut self, item: &DeskItem) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO desk (owner, kind, key, document, value, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let document = item.document.as_ref().map(DocumentId::as_bytes);
        let values = params![item.owner, item.kind, item.key, document, item.value, item.at.0];
        self.execute(sql, values).map(drop)
    }

    fn desk_item(
        &self,
        owner: &str,
        kind: &str,
        key: &str,
    ) -> Result<Option<DeskItem>, StoreError> {
        self.first(&format!("{SELECT} AND key = ?3"), [owner, kind, key], item)
    }

    fn desk_items(&self, owner: &str, kind: &str) -> Result<Vec<DeskItem>, StoreError> {
        self.all(&format!("{SELECT} ORDER BY key"), [owner, kind], item)
    }

    fn remove_desk(&mut self, owner: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM desk WHERE owner = ?1 AND kind = ?2 AND key = ?3";
        self.execute(sql, [owner, kind, key]).map(drop)
    }
}

fn item(row: &Row<'_>) -> rusqlite::Result<DeskItem> {
    Ok(DeskItem {
        owner: row.get(0)?,
        kind: row.get(1)?,
        key: row.get(2)?,
        document: maybe_id(row, 3)?,
        value: row.get(4)?,
        at: time(row, 5)?,
    })
}
