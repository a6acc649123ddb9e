//! Backup: the database and its key as one age file, and the keys of the documents as a second one.
//!
//! The first file may be kept for years. Without the second it holds no readable record, and the
//! second is to be kept for 35 days only (see [`Store::prune_key_backups`]): so a record that was
//! purged cannot be read in any backup once the key files made before are gone. Projections (lists,
//! search, problems) are left out of the copy, because they hold what records say in the clear; they
//! are made anew after a restore.
//!
//! The first line of a key file is plain text: whose it is and when it was made. The rest, like the
//! other file, is an age file for the recovery identity alone.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use wardbook_base::{HubId, Timestamp};
use wardbook_sync::message::ForgetReason;

use crate::connection;
use crate::container::{self, Hashing, Part, Temporary};
use crate::error::StoreError;
use crate::identity::RECOVERY_RECIPIENT;
use crate::key::{DatabaseKey, sync_folder_of};
use crate::store::Store;

pub(crate) const MAGIC: &[u8] = b"wardbook-backup/2\n";
pub(crate) const KEYS_MAGIC: &[u8] = b"wardbook-keys/1\n";
/// Begins the plain first line of a key file.
const LABEL: &str = "wardbook-keys/1";
/// A first line has at most so many bytes.
const LABEL_BYTES_MAX: u64 = 128;

/// How long a key file may be kept, in milliseconds (35 days).
pub const KEY_BACKUPS_KEPT_MS: i64 = 35 * 24 * 60 * 60 * 1_000;

/// A backup that was written and read again, or one that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the backup file, in bytes.
    pub bytes: u64,
    /// Documents in it.
    pub documents: u64,
    /// The second file, with the keys of the documents.
    pub keys: PathBuf,
}

/// The key file that belongs to a backup file: the same name with `.keys` behind it.
pub fn keys_file_of(backup: &Path) -> PathBuf {
    let mut name = OsString::from(backup);
    name.push(".keys");
    name.into()
}

impl Store {
    /// Writes one age file with the database and its key, and beside it (see [`keys_file_of`]) a
    /// second one with the keys of the documents; both for the recovery identity alone. Work goes on
    /// meanwhile. Older files of these names are replaced only when the new ones are whole.
    ///
    /// # Errors
    /// When the copy or a file cannot be written or does not read back the same.
    pub fn backup_to(&self, path: &Path) -> Result<BackupReport, StoreError> {
        let recipient = self.read(|tx| tx.get_setting(RECOVERY_RECIPIENT))?.unwrap_or_default();
        let recipient: age::x25519::Recipient = recipient
            .parse()
            .map_err(|_| StoreError::Corrupt("no recovery recipient".to_owned()))?;
        let config = &self.inner.config;
        let copy = Temporary::beside(&config.database(), &*self.inner.shared.dice);
        let documents = self.copy_without_projections(&copy.path)?;
        // After the database: so no key of a copied record is missing.
        let keys_copy = Temporary::beside(&config.keys(), &*self.inner.shared.dice);
        copy_all(&config.keys(), &keys_copy.path, &self.inner.key)?;
        // A key of its own that is forgotten with this call: by it the files are opened once more.
        let checking = age::x25519::Identity::generate();
        let recipients = [&recipient, &checking.to_public()];
        let parts = [("wardbook.db", copy.path.clone()), ("database.key", config.key_file())];
        let sealed = self.seal_verified(path, "", MAGIC, &recipients, &parts)?;
        let keys = keys_file_of(path);
        let label = self.label(self.inner.shared.clock.now())?;
        let parts = [("keys.db", keys_copy.path.clone())];
        let sealed_keys = self.seal_verified(&keys, &label, KEYS_MAGIC, &recipients, &parts)?;
        if self.reopened(&sealed.path, &sealed_keys.path, &checking)? != documents {
            return Err(StoreError::Io("the backup does not hold all records".to_owned()));
        }
        let bytes = std::fs::metadata(&sealed.path)?.len();
        // Keys first: newer keys open an older copy, older keys need not open a newer one.
        std::fs::rename(&sealed_keys.path, &keys)?;
        sync_folder_of(&keys)?;
        std::fs::rename(&sealed.path, path)?;
        sync_folder_of(path)?;
        Ok(BackupReport { bytes, documents, keys })
    }

    /// Deletes this store's key files in a folder that are older than 35 days, whatever their names;
    /// returns how many. The newest one stays while nobody was purged since it was made: it then
    /// holds nothing that should be gone, and without it the newest backup could not be read.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be deleted.
    pub fn prune_key_backups(&self, folder: &Path, now: Timestamp) -> Result<u64, StoreError> {
        let own = self.own_id()?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Some((store, made_at)) = read_label(&entry.path())
                && store == own
            {
                found.push((made_at, entry.path()));
            }
        }
        found.sort();
        let destroyed = self.inner.shared.keys.destroyed()?;
        let purges = destroyed.iter().filter(|gone| gone.grave.reason == ForgetReason::Purged);
        let last_purge = purges.map(|gone| gone.grave.at).max();
        let newest = found.last().map(|(made_at, _)| *made_at);
        let mut deleted = 0;
        for (made_at, path) in found {
            let is_old = now.0.saturating_sub(made_at.0) > KEY_BACKUPS_KEPT_MS;
            let is_needed = Some(made_at) == newest && last_purge.is_none_or(|at| at < made_at);
            if is_old && !is_needed {
                std::fs::remove_file(&path)?;
                sync_folder_of(&path)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Opens both files as a restore would, and counts the documents.
    fn reopened(
        &self,
        sealed: &Path,
        sealed_keys: &Path,
        identity: &age::x25519::Identity,
    ) -> Result<u64, StoreError> {
        let (config, dice) = (&self.inner.config, &*self.inner.shared.dice);
        let database = Temporary::beside(&config.database(), dice);
        let key = Temporary::beside(&config.key_file(), dice);
        let keys = Temporary::beside(&config.keys(), dice);
        let parts = [("wardbook.db", database.path.clone()), ("database.key", key.path.clone())];
        container::unseal(File::open(sealed)?, MAGIC, identity, &parts)?;
        let mut from = BufReader::new(File::open(sealed_keys)?);
        from.skip_until(b'\n')?;
        container::unseal(from, KEYS_MAGIC, identity, &[("keys.db", keys.path.clone())])?;
        let key = DatabaseKey::read(&key.path)?;
        crate::keys::open_file(&keys.path, &key)?;
        prove(&database.path, &key)
    }

    fn label(&self, now: Timestamp) -> Result<String, StoreError> {
        Ok(format!("{LABEL} {} {}\n", self.own_id()?, now.0))
    }

    fn own_id(&self) -> Result<HubId, StoreError> {
        self.read(|tx| Ok(tx.hub()?.0))
    }

    /// Seals into a temporary file beside `path`, and reads it again.
    fn seal_verified(
        &self,
        path: &Path,
        label: &str,
        magic: &[u8],
        recipients: &[&age::x25519::Recipient],
        parts: &[Part<'_>],
    ) -> Result<Temporary, StoreError> {
        let sealed = Temporary::beside(path, &*self.inner.shared.dice);
        let mut out = Hashing::new(BufWriter::new(container::create(&sealed.path)?));
        out.write_all(label.as_bytes())?;
        container::seal(&mut out, magic, recipients, parts)?;
        let (out, written) = out.finish();
        let file = out.into_inner().map_err(|error| StoreError::from(error.into_error()))?;
        file.sync_all()?;
        if container::digest_of(&sealed.path)? != written {
            return Err(StoreError::Io("the backup does not read back as written".to_owned()));
        }
        Ok(sealed)
    }

    /// Copies the database as it stands at one moment, takes the projections out of the copy, and
    /// proves that it opens.
    fn copy_without_projections(&self, to: &Path) -> Result<u64, StoreError> {
        let whole = Temporary::beside(to, &*self.inner.shared.dice);
        copy_all(&self.inner.config.database(), &whole.path, &self.inner.key)?;
        let copy = connection::open_plain(&whole.path, &self.inner.key)?;
        copy.pragma_update(None, "secure_delete", true)?;
        copy.execute_batch(
            "DELETE FROM person;
             INSERT INTO person_search (person_search) VALUES ('delete-all');
             DELETE FROM problem;
             DELETE FROM due;
             DELETE FROM conflict;
             UPDATE document SET projected = 0;",
        )?;
        // Into a new file: no page that was freed goes along.
        let text = to.to_str().ok_or_else(|| StoreError::Io("the path is no text".to_owned()))?;
        copy.execute("VACUUM INTO ?1", [text])?;
        drop(copy);
        prove(to, &self.inner.key)
    }
}

/// When the backup of a key file was made; `None` when the file is none.
pub fn backup_made_at(keys: &Path) -> Option<Timestamp> {
    read_label(keys).map(|(_, made_at)| made_at)
}

/// Whose a key file is and when it was made; `None` for any other file.
pub(crate) fn read_label(path: &Path) -> Option<(HubId, Timestamp)> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?.take(LABEL_BYTES_MAX)).read_line(&mut line).ok()?;
    let mut words = line.strip_suffix('\n')?.split(' ');
    if words.next() != Some(LABEL) {
        return None;
    }
    let store = words.next()?.parse().ok()?;
    let made_at = words.next()?.parse().ok()?;
    words.next().is_none().then_some((store, Timestamp(made_at)))
}

fn copy_all(from: &Path, to: &Path, key: &DatabaseKey) -> Result<(), StoreError> {
    let from = connection::open_reader(from, key)?;
    let mut copy: Connection = connection::open_plain(to, key)?;
    let backup = Backup::new(&from, &mut copy)?;
    while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
    Ok(())
}

/// Every page of a copy must be whole. Returns how many documents it holds.
pub(crate) fn prove(path: &Path, key: &DatabaseKey) -> Result<u64, StoreError> {
    let connection = connection::open_plain(path, key)?;
    connection::refuse_newer(&connection)?;
    if let Some(wrong) = connection::check(&connection)?.into_iter().next() {
        return Err(StoreError::Corrupt(wrong));
    }
    let sql = "SELECT count(*) FROM document WHERE ward IS NOT NULL";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}
