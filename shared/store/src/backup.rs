//! Backup: the database and its key as one age file, for the recovery identity alone.
//!
//! Inside the age file: a line of magic, then for each file its name (one byte of length, text), its
//! length (8 bytes, little-endian) and its bytes. age itself notices a file that was cut or changed.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age::{Decryptor, Encryptor};
use rusqlite::backup::Backup;
use sha2::{Digest as _, Sha256};
use wardbook_base::{Dice, to_hex};

use crate::config::{database_in, key_file_in};
use crate::connection;
use crate::error::StoreError;
use crate::identity::RECOVERY_RECIPIENT;
use crate::key::{DatabaseKey, sync_folder_of};
use crate::store::Store;

const MAGIC: &[u8] = b"wardbook-backup/1\n";
/// Bytes that travel at once.
const BLOCK: usize = 64 * 1024;

/// A backup that was written and read again, or one that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the backup file, in bytes.
    pub bytes: u64,
    /// Documents in it.
    pub documents: u64,
}

impl Store {
    /// Writes one age file with the database and its key, readable with the recovery identity alone.
    /// Work goes on meanwhile. An older file at `path` is replaced only when the new one is whole.
    ///
    /// # Errors
    /// When the copy or the file cannot be written or does not read back the same.
    pub fn backup_to(&self, path: &Path) -> Result<BackupReport, StoreError> {
        let recipient = self.read(|tx| tx.get_setting(RECOVERY_RECIPIENT))?.unwrap_or_default();
        let recipient: age::x25519::Recipient = recipient
            .parse()
            .map_err(|_| StoreError::Corrupt("no recovery recipient".to_owned()))?;
        let dice = &*self.inner.shared.dice;
        let copy = Temporary::beside(&self.inner.config.database(), dice);
        let documents = self.copy_database(&copy.path)?;
        let sealed = Temporary::beside(path, dice);
        let key = self.inner.config.key_file();
        let written = seal(&sealed.path, &recipient, &[&copy.path, &key])?;
        if digest_of(&sealed.path)? != written {
            return Err(StoreError::Io("the backup does not read back as written".to_owned()));
        }
        let bytes = std::fs::metadata(&sealed.path)?.len();
        std::fs::rename(&sealed.path, path)?;
        sync_folder_of(path)?;
        Ok(BackupReport { bytes, documents })
    }

    /// Copies the database as it stands at one moment, and proves that the copy opens.
    fn copy_database(&self, to: &Path) -> Result<u64, StoreError> {
        let from = connection::open_reader(&self.inner.config.database(), &self.inner.key)?;
        let mut copy = connection::open_plain(to, &self.inner.key)?;
        let backup = Backup::new(&from, &mut copy)?;
        while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
        drop(backup);
        drop(copy);
        prove(to, &self.inner.key)
    }
}

/// Restores a backup into an empty folder, which then opens as a store. The setting `store.restored`
/// is `yes` in it: the owner decides what follows (a restored node is a new device).
///
/// # Errors
/// When the file is no whole backup, the identity is another one, or the folder is not empty.
pub fn open_backup(path: &Path, identity: &str, dir: &Path) -> Result<BackupReport, StoreError> {
    let identity: age::x25519::Identity =
        identity.trim().parse().map_err(|_| StoreError::WrongIdentity)?;
    std::fs::create_dir_all(dir)?;
    if std::fs::read_dir(dir)?.next().is_some() {
        return Err(StoreError::NotEmpty { dir: dir.to_owned() });
    }
    let unpacked = unseal(path, &identity, dir).and_then(|()| adopt(dir));
    if unpacked.is_err() {
        // Half a store must not look like a store. The folder was empty before.
        for file in [database_in(dir), key_file_in(dir)] {
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(BackupReport { bytes: std::fs::metadata(path)?.len(), documents: unpacked? })
}

/// Encrypts some files into one; returns the digest of what was written.
fn seal(
    to: &Path,
    recipient: &age::x25519::Recipient,
    files: &[&Path],
) -> Result<[u8; 32], StoreError> {
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient as &dyn age::Recipient))
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let out = Hashing { to: BufWriter::with_capacity(BLOCK, create(to)?), hash: Sha256::new() };
    let mut sealed = encryptor.wrap_output(out)?;
    sealed.write_all(MAGIC)?;
    for (path, name) in files.iter().zip(["wardbook.db", "database.key"]) {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        sealed.write_all(&[u8::try_from(name.len()).unwrap_or(0)])?;
        sealed.write_all(name.as_bytes())?;
        sealed.write_all(&length.to_le_bytes())?;
        if std::io::copy(&mut file, &mut sealed)? != length {
            return Err(StoreError::Io("a file changed while it was copied".to_owned()));
        }
    }
    let Hashing { to, hash } = sealed.finish()?;
    let file = to.into_inner().map_err(|error| StoreError::from(error.into_error()))?;
    file.sync_all()?;
    Ok(hash.finalize().into())
}

/// Decrypts the two files of a backup into a folder.
fn unseal(path: &Path, identity: &age::x25519::Identity, dir: &Path) -> Result<(), StoreError> {
    let input = BufReader::with_capacity(BLOCK, File::open(path)?);
    let decryptor = Decryptor::new_buffered(input).map_err(|error| broken(&error))?;
    let identities = std::iter::once(identity as &dyn age::Identity);
    let mut plain = match decryptor.decrypt(identities) {
        Ok(plain) => plain,
        Err(age::DecryptError::NoMatchingKeys) => return Err(StoreError::WrongIdentity),
        Err(error) => return Err(broken(&error)),
    };
    let mut magic = [0; MAGIC.len()];
    plain.read_exact(&mut magic).map_err(|error| broken(&error))?;
    if magic != MAGIC {
        return Err(StoreError::NotABackup("another kind of file".to_owned()));
    }
    for (to, name) in [(database_in(dir), "wardbook.db"), (key_file_in(dir), "database.key")] {
        unseal_file(&mut plain, &to, name)?;
    }
    match plain.read(&mut [0]) {
        Ok(0) => sync_folder_of(&key_file_in(dir)),
        Ok(_) => Err(StoreError::NotABackup("there is more than expected".to_owned())),
        Err(error) => Err(broken(&error)),
    }
}

fn unseal_file(plain: &mut impl Read, to: &Path, expected: &str) -> Result<(), StoreError> {
    let mut length = [0; 1];
    plain.read_exact(&mut length).map_err(|error| broken(&error))?;
    let mut name = vec![0; usize::from(length[0])];
    plain.read_exact(&mut name).map_err(|error| broken(&error))?;
    if name != expected.as_bytes() {
        return Err(StoreError::NotABackup(format!("{expected} is missing")));
    }
    let mut length = [0; 8];
    plain.read_exact(&mut length).map_err(|error| broken(&error))?;
    let length = u64::from_le_bytes(length);
    let mut file = create(to)?;
    let mut left = plain.take(length);
    let mut block = vec![0; BLOCK];
    loop {
        // A failure to read means a bad backup, a failure to write a bad disk.
        let n = left.read(&mut block).map_err(|error| broken(&error))?;
        if n == 0 {
            break;
        }
        file.write_all(&block[..n])?;
    }
    if left.limit() > 0 {
        return Err(StoreError::NotABackup("it ends too early".to_owned()));
    }
    Ok(file.sync_all()?)
}

/// Proves that an unpacked store opens, and marks it as restored.
fn adopt(dir: &Path) -> Result<u64, StoreError> {
    let key = DatabaseKey::read(&key_file_in(dir))?;
    let documents = prove(&database_in(dir), &key)?;
    let connection = connection::open_writer(&database_in(dir), &key)?;
    connection.execute(
        "INSERT OR REPLACE INTO setting (name, value) VALUES ('store.restored', 'yes')",
        [],
    )?;
    Ok(documents)
}

/// Every page of a copy must be whole. Returns how many documents it holds.
fn prove(path: &Path, key: &DatabaseKey) -> Result<u64, StoreError> {
    let connection = connection::open_plain(path, key)?;
    connection::refuse_newer(&connection)?;
    if let Some(wrong) = connection::check(&connection)?.into_iter().next() {
        return Err(StoreError::Corrupt(wrong));
    }
    let sql = "SELECT count(*) FROM document WHERE ward IS NOT NULL";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

fn digest_of(path: &Path) -> Result<[u8; 32], StoreError> {
    let mut sink = Hashing { to: std::io::sink(), hash: Sha256::new() };
    std::io::copy(&mut BufReader::with_capacity(BLOCK, File::open(path)?), &mut sink)?;
    Ok(sink.hash.finalize().into())
}

fn create(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}

fn broken(error: &dyn std::error::Error) -> StoreError {
    StoreError::NotABackup(error.to_string())
}

/// Hashes what passes through.
struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// A file of our own that goes away with us, with what SQLite may leave beside it.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn beside(path: &Path, dice: &dyn Dice) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", to_hex(&dice.bytes::<6>())));
        Self { path: path.with_file_name(name) }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.path.clone().into_os_string();
            name.push(ending);
            let _ = std::fs::remove_file(name);
        }
    }
}
