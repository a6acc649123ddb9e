//! Restore: a backup and a key file into an empty folder, which then opens as a store.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use rusqlite::Connection;
use wardbook_base::DocumentId;

use crate::backup::{BackupReport, KEYS_MAGIC, MAGIC, keys_file_of, prove, read_label};
use crate::changes::NEWEST;
use crate::config::{database_in, key_file_in, keys_in};
use crate::connection;
use crate::container;
use crate::error::StoreError;
use crate::identity::HUB_ID;
use crate::key::{DatabaseKey, sync_folder_of};
use crate::keys;

/// Restores a backup with the key file beside it into an empty folder. The setting `store.restored`
/// is `yes` in it: the owner decides what follows (a restored node takes a new author epoch). Every
/// document waits for projection. A document whose key was destroyed since is forgotten when the
/// folder is first opened by a node; a hub erases it with its feeds (see [`crate::Store::keyless`]).
///
/// # Errors
/// When the file is no whole backup, the identity is another one, the key file is gone or does not
/// belong to it, or the folder is not empty.
pub fn open_backup(path: &Path, identity: &str, dir: &Path) -> Result<BackupReport, StoreError> {
    open_backup_with(path, &keys_file_of(path), identity, dir)
}

/// The same with another key file of the same store, of the same day or later.
///
/// # Errors
/// As [`open_backup`].
pub fn open_backup_with(
    path: &Path,
    keys: &Path,
    identity: &str,
    dir: &Path,
) -> Result<BackupReport, StoreError> {
    let identity: age::x25519::Identity =
        identity.trim().parse().map_err(|_| StoreError::WrongIdentity)?;
    std::fs::create_dir_all(dir)?;
    if std::fs::read_dir(dir)?.next().is_some() {
        return Err(StoreError::NotEmpty { dir: dir.to_owned() });
    }
    let backup = File::open(path)?;
    if !keys.exists() {
        return Err(StoreError::KeysExpired { path: keys.to_owned() });
    }
    let unpacked = unpack(backup, keys, &identity, dir).and_then(|()| adopt(dir, keys));
    if unpacked.is_err() {
        // Half a store must not look like a store. The folder was empty before.
        for file in std::fs::read_dir(dir)?.flatten() {
            let _ = std::fs::remove_file(file.path());
        }
    }
    let documents = unpacked?;
    let bytes = std::fs::metadata(path)?.len();
    Ok(BackupReport { bytes, documents, keys: keys.to_owned() })
}

fn unpack(
    backup: File,
    keys: &Path,
    identity: &age::x25519::Identity,
    dir: &Path,
) -> Result<(), StoreError> {
    let parts = [("wardbook.db", database_in(dir)), ("database.key", key_file_in(dir))];
    container::unseal(backup, MAGIC, identity, &parts)?;
    if read_label(keys).is_none() {
        return Err(StoreError::KeysMismatch { path: keys.to_owned() });
    }
    let mut from = BufReader::new(File::open(keys)?);
    from.skip_until(b'\n')?;
    container::unseal(from, KEYS_MAGIC, identity, &[("keys.db", keys_in(dir))])?;
    sync_folder_of(&key_file_in(dir))
}

/// Proves that an unpacked store opens and that its keys are there, and marks it as restored.
fn adopt(dir: &Path, keys_file: &Path) -> Result<u64, StoreError> {
    let key = DatabaseKey::read(&key_file_in(dir))?;
    let documents = prove(&database_in(dir), &key)?;
    let mismatch = || StoreError::KeysMismatch { path: keys_file.to_owned() };
    let keys = match keys::open_file(&keys_in(dir), &key) {
        Ok(keys) => keys,
        Err(StoreError::WrongKey) => return Err(mismatch()),
        Err(error) => return Err(error),
    };
    let mut connection = connection::open_writer(&database_in(dir), &key)?;
    connection::migrate(&mut connection)?;
    let own: String =
        connection
            .query_row("SELECT value FROM setting WHERE name = ?1", [HUB_ID], |row| row.get(0))?;
    let labelled = read_label(keys_file).map(|(store, _)| store.to_string());
    if labelled != Some(own) || !all_known(&connection, &keys)? {
        return Err(mismatch());
    }
    connection.execute_batch(&format!(
        "BEGIN;
         INSERT OR REPLACE INTO setting (name, value) VALUES ('store.restored', 'yes');
         DELETE FROM dirty;
         INSERT INTO dirty (document, mark, since)
             SELECT key, {NEWEST}, 0 FROM document WHERE ward IS NOT NULL AND heads <> x'';
         COMMIT;"
    ))?;
    Ok(documents)
}

/// Whether each document has a key, or had one that was destroyed: else the key file is older than
/// the backup.
fn all_known(database: &Connection, keys: &Connection) -> Result<bool, StoreError> {
    let ids = |of: &Connection, sql: &str| -> Result<HashSet<DocumentId>, StoreError> {
        let mut statement = of.prepare(sql)?;
        let rows = statement.query_map([], |row| crate::rows::id(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let sql = "SELECT document FROM document_key UNION SELECT document FROM destroyed_key";
    let known = ids(keys, sql)?;
    let sql = "SELECT id FROM document WHERE ward IS NOT NULL AND heads <> x''";
    Ok(ids(database, sql)?.is_subset(&known))
}
