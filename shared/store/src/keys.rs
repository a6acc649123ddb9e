//! `keys.db`: one random key a document, in a second SQLCipher file beside the database.
//!
//! Whatever holds the content of a document is sealed with its key (see [`crate::seal`]). To purge a
//! document is to destroy its key: every copy of the database, older backups included, holds nothing
//! but noise of it from then on. Keys are few and small, so they are backed up apart and kept for a
//! short time only (see [`crate::backup`]).
//!
//! Order on the disk: a transaction's new keys are committed here right before the database commits
//! what they seal, and destroyed keys right before the database forgets. A crash in between leaves a
//! key that seals nothing, or a document without a key that the next opening forgets.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, RwLock};

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use wardbook_base::{Dice, DocumentId, Timestamp};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::Tombstone;

use crate::connection::{self, Opener, replace_if_broken};
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::rows::{array, id, time};
use crate::writer::lock;

/// Keys kept in memory (about 100 B each). Beyond that the cache begins anew.
const CACHED_MAX: usize = 65_536;
/// The shape of the file, in its `setting` table.
const VERSION: &str = "1";

/// The key of one document, with the short name under which sealed bytes refer to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct DocumentKey {
    pub(crate) id: KeyId,
    pub(crate) key: [u8; 32],
}

impl std::fmt::Debug for DocumentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[a document's key]")
    }
}

/// Four bytes that tell a document's keys apart.
pub(crate) type KeyId = [u8; 4];

impl DocumentKey {
    fn new(key: [u8; 32]) -> Self {
        let mut sha = Sha256::new();
        sha.update(b"wardbook document key");
        sha.update(key);
        let digest: [u8; 32] = sha.finalize().into();
        let [a, b, c, d, ..] = digest;
        Self { id: [a, b, c, d], key }
    }

    pub(crate) fn draw(dice: &dyn Dice) -> Self {
        Self::new(dice.bytes())
    }
}

/// A key that was destroyed, and for which grave.
#[derive(Debug, Clone)]
pub(crate) struct Destroyed {
    pub(crate) key: KeyId,
    pub(crate) grave: Tombstone,
}

/// What a transaction wants to change: graves first, then new keys.
#[derive(Debug, Default)]
pub(crate) struct KeyChanges {
    pub(crate) made: BTreeMap<DocumentId, DocumentKey>,
    pub(crate) doomed: BTreeMap<DocumentId, Tombstone>,
}

impl KeyChanges {
    fn is_empty(&self) -> bool {
        self.made.is_empty() && self.doomed.is_empty()
    }

    /// Adds what a later job of the same commit did.
    fn extend(&mut self, later: Self) {
        for (document, grave) in later.doomed {
            self.made.remove(&document);
            self.doomed.insert(document, grave);
        }
        self.made.extend(later.made);
    }
}

/// The keys of all documents.
pub(crate) struct KeyRing {
    connection: Mutex<Connection>,
    opener: Opener,
    cache: RwLock<HashMap<DocumentId, DocumentKey>>,
    /// Of the commit that is being prepared.
    staged: RwLock<KeyChanges>,
}

impl KeyRing {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let (at, with) = (path.to_owned(), key.clone());
        let opener: Opener = Box::new(move || open_file(&at, &with));
        Ok(Self {
            connection: Mutex::new(opener()?),
            opener,
            cache: RwLock::new(HashMap::new()),
            staged: RwLock::new(KeyChanges::default()),
        })
    }

    /// The key of a document; `None` when it has none (any more).
    pub(crate) fn get(&self, document: &DocumentId) -> Result<Option<DocumentKey>, StoreError> {
        {
            let staged = read(&self.staged);
            if let Some(key) = staged.made.get(document) {
                return Ok(Some(*key));
            }
            if staged.doomed.contains_key(document) {
                return Ok(None);
            }
        }
        if let Some(key) = read(&self.cache).get(document) {
            return Ok(Some(*key));
        }
        // The cache is filled under the same lock under which keys are destroyed, so that a key
        // cannot come back into it afterwards.
        self.with(|connection| {
            let sql = "SELECT key FROM document_key WHERE document = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let found =
                statement.query_row([document.as_bytes()], |row| array(row, 0)).optional()?;
            let key = found.map(DocumentKey::new);
            if let Some(key) = key {
                let mut cache = write(&self.cache);
                if cache.len() >= CACHED_MAX {
                    cache.clear();
                }
                cache.insert(*document, key);
            }
            Ok(key)
        })
    }

    /// Whether a document once had a key of this name that was destroyed.
    pub(crate) fn was_destroyed(
        &self,
        document: &DocumentId,
        key: KeyId,
    ) -> Result<bool, StoreError> {
        self.with(|connection| {
            let sql = "SELECT 1 FROM destroyed_key WHERE document = ?1 AND key_id = ?2";
            Ok(connection.prepare_cached(sql)?.exists(params![document.as_bytes(), key])?)
        })
    }

    /// Every key that was destroyed.
    pub(crate) fn destroyed(&self) -> Result<Vec<Destroyed>, StoreError> {
        self.with(|connection| {
            let sql = "SELECT document, key_id, generation, reason, at FROM destroyed_key";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                let reason = if row.get::<_, String>(3)? == "moved" {
                    ForgetReason::Moved
                } else {
                    ForgetReason::Purged
                };
                let grave = Tombstone {
                    document: id(row, 0)?,
                    generation: row.get(2)?,
                    reason,
                    at: time(row, 4)?,
                };
                Ok(Destroyed { key: array(row, 1)?, grave })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Takes over what a job did, until the commit.
    pub(crate) fn stage(&self, changes: KeyChanges) {
        if !changes.is_empty() {
            write(&self.staged).extend(changes);
        }
    }

    /// Drops what was staged: the commit did not happen.
    pub(crate) fn unstage(&self) {
        *write(&self.staged) = KeyChanges::default();
    }

    /// Makes what was staged durable.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        if read(&self.staged).is_empty() {
            return Ok(());
        }
        self.with(|connection| {
            let mut staged = write(&self.staged);
            put(connection, &staged)?;
            let mut cache = write(&self.cache);
            for document in staged.doomed.keys() {
                cache.remove(document);
            }
            if cache.len() + staged.made.len() > CACHED_MAX {
                cache.clear();
            }
            cache.extend(std::mem::take(&mut staged.made));
            if !std::mem::take(&mut staged.doomed).is_empty() {
                // The log beside the file must not keep what was destroyed either.
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            }
            Ok(())
        })
    }

    /// Damage of the file, in English.
    pub(crate) fn check(&self) -> Result<Vec<String>, StoreError> {
        let found = connection::check(&(self.opener)()?)?;
        Ok(found.into_iter().map(|text| format!("keys.db: {text}")).collect())
    }

    /// Lets the file grow by one page at most.
    #[cfg(test)]
    pub(crate) fn limit_pages_for_test(&self) {
        let limited = self.with(|connection| {
            let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = format!("PRAGMA max_page_count = {}", pages + 1);
            Ok(connection.query_row(&limit, [], |_| Ok(()))?)
        });
        limited.unwrap();
    }

    fn with<T>(
        &self,
        f: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = lock(&self.connection);
        let result = f(&mut connection);
        if result.is_err() {
            replace_if_broken(&mut connection, &self.opener);
        }
        result
    }
}

/// Opens `keys.db` for writing.
pub(crate) fn open_file(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = connection::open_writer(path, key)?;
    // What is deleted here is deleted for good: this file is small, so it costs nothing.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS document_key (document BLOB PRIMARY KEY, key BLOB NOT NULL)
             WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS destroyed_key (
             document BLOB NOT NULL, key_id BLOB NOT NULL, generation INTEGER NOT NULL,
             reason TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (document, key_id)
         ) WITHOUT ROWID;
         INSERT OR IGNORE INTO setting (name, value) VALUES ('version', '1');",
    )?;
    let sql = "SELECT value FROM setting WHERE name = 'version'";
    let found: String = connection.query_row(sql, [], |row| row.get(0))?;
    if found != VERSION {
        return Err(StoreError::TooNew { found: found.parse().unwrap_or(u32::MAX), known: 1 });
    }
    Ok(connection)
}

fn put(connection: &mut Connection, changes: &KeyChanges) -> Result<(), StoreError> {
    let tx = connection.transaction()?;
    for (document, grave) in &changes.doomed {
        let sql = "SELECT key FROM document_key WHERE document = ?1";
        let found = tx
            .prepare_cached(sql)?
            .query_row([document.as_bytes()], |row| array(row, 0))
            .optional()?;
        let Some(key) = found.map(DocumentKey::new) else { continue };
        let Timestamp(at) = grave.at;
        let reason = if grave.reason == ForgetReason::Moved { "moved" } else { "purged" };
        let sql = "INSERT OR REPLACE INTO destroyed_key (document, key_id, generation, reason, at)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![document.as_bytes(), key.id, grave.generation, reason, at];
        tx.prepare_cached(sql)?.execute(values)?;
        tx.prepare_cached("DELETE FROM document_key WHERE document = ?1")?
            .execute([document.as_bytes()])?;
    }
    let mut insert =
        tx.prepare_cached("INSERT INTO document_key (document, key) VALUES (?1, ?2)")?;
    for (document, key) in &changes.made {
        insert.execute(params![document.as_bytes(), key.key])?;
    }
    drop(insert);
    Ok(tx.commit()?)
}

fn read<T>(guarded: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    guarded.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(guarded: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    guarded.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
