//! The desk: what belongs to a user or to the office and is no part of a record, such as drafts,
//! saved filters, chosen columns and marks on reminders. It is not synced.
//!
//! What is about a record is sealed with the record's key: a draft or a proposal says what the
//! record says, and must be unreadable in every backup when that one was purged. Rows that an older
//! version wrote are read as they stand.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Row, params};
use sha2::{Digest as _, Sha256};
use wardbook_base::{ChangeHash, DocumentId, Timestamp};

use crate::error::StoreError;
use crate::rows::{maybe_id, time};
use crate::seal::SealKind;
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
        let value = match &item.document {
            None => Value::Text(item.value.clone()),
            // A purged record gets no new key by what comes late.
            Some(document) if !self.has_key(document)? && self.grave(document)?.is_some() => {
                return Err(StoreError::Refused("the record is gone".to_owned()));
            }
            Some(document) => {
                let bytes = item.value.as_bytes();
                Value::Blob(self.seal(document, SealKind::Desk, &name_of(item), bytes)?)
            }
        };
        let values = params![item.owner, item.kind, item.key, document, value, item.at.0];
        self.execute(sql, values).map(drop)
    }

    fn desk_item(
        &self,
        owner: &str,
        kind: &str,
        key: &str,
    ) -> Result<Option<DeskItem>, StoreError> {
        let found = self.first(&format!("{SELECT} AND key = ?3"), [owner, kind, key], item)?;
        Ok(found.map(|found| self.taken_up(found)).transpose()?.flatten())
    }

    fn desk_items(&self, owner: &str, kind: &str) -> Result<Vec<DeskItem>, StoreError> {
        let all = self.all(&format!("{SELECT} ORDER BY key"), [owner, kind], item)?;
        all.into_iter().filter_map(|found| self.taken_up(found).transpose()).collect()
    }

    fn remove_desk(&mut self, owner: &str, kind: &str, key: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM desk WHERE owner = ?1 AND kind = ?2 AND key = ?3";
        self.execute(sql, [owner, kind, key]).map(drop)
    }
}

impl SqlTx<'_> {
    /// The thing with its value; `None` when the record's key was destroyed.
    fn taken_up(&self, (mut item, sealed): Found) -> Result<Option<DeskItem>, StoreError> {
        let (Some(document), Some(sealed)) = (&item.document, sealed) else {
            return Ok(Some(item));
        };
        let name = name_of(&item);
        let Some(value) = self.unseal(document, SealKind::Desk, &name, &sealed)? else {
            return Ok(None);
        };
        item.value = String::from_utf8(value).map_err(|_| StoreError::Document {
            document: document.to_string(),
            reason: "what lies on a desk is no text".to_owned(),
        })?;
        Ok(Some(item))
    }
}

/// A row, and its value where that is sealed.
type Found = (DeskItem, Option<Vec<u8>>);

fn item(row: &Row<'_>) -> rusqlite::Result<Found> {
    let (value, sealed) = match row.get_ref(4)? {
        ValueRef::Blob(sealed) => (String::new(), Some(sealed.to_vec())),
        _ => (row.get(4)?, None),
    };
    let item = DeskItem {
        owner: row.get(0)?,
        kind: row.get(1)?,
        key: row.get(2)?,
        document: maybe_id(row, 3)?,
        value,
        at: time(row, 5)?,
    };
    Ok((item, sealed))
}

/// Under what a value is sealed.
fn name_of(DeskItem { owner, kind, key, .. }: &DeskItem) -> ChangeHash {
    let mut name = Sha256::new();
    for part in [owner, kind, key] {
        name.update((part.len() as u64).to_be_bytes());
        name.update(part);
    }
    ChangeHash(name.finalize().into())
}
