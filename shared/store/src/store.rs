//! The store itself: opening, reading, writing, checking.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex};

use wardbook_base::{Clock, Dice};

use crate::config::{Role, StoreConfig};
use crate::connection;
use crate::counters::{Counters, Counting, Sizes};
use crate::dictionary::Dictionaries;
use crate::error::StoreError;
use crate::identity;
use crate::key::DatabaseKey;
use crate::keys::KeyRing;
use crate::readers::Readers;
use crate::tx::Tx;
use crate::writer::{Writer, lock};

/// A node's or hub's database. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

/// Fields are dropped in order: the lock goes last.
pub(crate) struct Inner {
    pub(crate) readers: Readers,
    pub(crate) writer: Writer,
    pub(crate) shared: Shared,
    pub(crate) config: StoreConfig,
    pub(crate) key: DatabaseKey,
    fresh_recovery: Mutex<Option<String>>,
    _lock: File,
}

/// What every transaction needs besides its connection.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) dice: Arc<dyn Dice>,
    pub(crate) counting: Counting,
    pub(crate) keys: KeyRing,
    pub(crate) dictionaries: Dictionaries,
}

impl Store {
    /// Opens the database of a folder, or makes one with a new key when there is none.
    ///
    /// # Errors
    /// When another process holds the folder, when the key file is missing, exposed or wrong, when
    /// the database is newer than this program or belongs to the other role, and when the disk fails.
    pub fn open(
        config: &StoreConfig,
        clock: Arc<dyn Clock>,
        dice: Arc<dyn Dice>,
    ) -> Result<Self, StoreError> {
        make_folder(&config.dir)?;
        let lock_file = take_lock(config)?;
        let key = find_key(config, &*dice)?;
        let path = config.database();
        let mut connection = connection::open_writer(&path, &key)?;
        connection::migrate(&mut connection)?;
        let shared = Shared {
            clock,
            dice,
            counting: Counting::default(),
            keys: open_keys(config, &key, &connection)?,
            dictionaries: Dictionaries::default(),
        };
        let reader = opener(&path, &key, connection::open_reader);
        let readers = (0..config.readers.max(1)).map(|_| reader()).collect::<Result<_, _>>()?;
        let inner = Inner {
            readers: Readers::new(readers, reader),
            writer: Writer::new(connection, opener(&path, &key, connection::open_writer)),
            shared,
            config: config.clone(),
            key,
            fresh_recovery: Mutex::new(None),
            _lock: lock_file,
        };
        let store = Self { inner: Arc::new(inner) };
        store.establish(config.role)?;
        Ok(store)
    }

    /// Runs a query on one consistent state of the database. Blocking.
    ///
    /// # Errors
    /// What the query answers, or that the database does not answer.
    pub fn read<T, E: From<StoreError>>(
        &self,
        query: impl FnOnce(&dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.readers.read(&self.inner.shared, query)
    }

    /// Runs a job in the one writing transaction. Blocking; when it returns `Ok`, the changes are on
    /// the disk, and when it returns `Err`, none of them is. A write inside a write is refused.
    ///
    /// # Errors
    /// What the job answers, or that its changes could not be made durable.
    pub fn write<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.writer.write(&self.inner.shared, job)
    }

    /// What was counted since the store was opened.
    pub fn counters(&self) -> Counters {
        self.inner.shared.counting.read()
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let database = self.inner.config.database();
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let database_bytes = length(&database) + length(&database.with_extension("db-wal"));
        self.read(|tx| {
            let (documents, changes, people) = tx.row_counts()?;
            Ok(Sizes { database_bytes, free_bytes: self.free_bytes(), documents, changes, people })
        })
    }

    /// Bytes this process may still write where the database lies; `None` when the system does not
    /// tell.
    pub fn free_bytes(&self) -> Option<u64> {
        fs4::available_space(&self.inner.config.dir).ok()
    }

    /// Looks for damage: every page, every index, every reference, the audit chain. Slow.
    /// Returns what is wrong, in English; empty when all is well.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        // A connection of its own: one that met a damaged page may not answer any more.
        let path = self.inner.config.database();
        let mut found = connection::check(&connection::open_reader(&path, &self.inner.key)?)?;
        found.extend(self.inner.shared.keys.check()?);
        if !found.is_empty() {
            return Ok(found);
        }
        if let Some(n) = self.read(|tx| tx.check_audit())? {
            found.push(format!("the audit log was altered at entry {n}"));
        }
        Ok(found)
    }

    /// The recovery identity, once, right after the database was made: whoever holds it can open the
    /// backups, so it is shown to a person and never stored. `None` ever after.
    pub fn take_recovery_identity(&self) -> Option<String> {
        lock(&self.inner.fresh_recovery).take()
    }

    /// Draws a new recovery identity for the backups made from now on, and returns it, once.
    ///
    /// # Errors
    /// When the recipient cannot be stored.
    pub fn renew_recovery_identity(&self) -> Result<String, StoreError> {
        let (secret, recipient) = identity::draw_recovery();
        self.write(|tx| tx.put_setting(identity::RECOVERY_RECIPIENT, &recipient))?;
        Ok(secret)
    }

    /// The folder of this store.
    pub fn dir(&self) -> &Path {
        &self.inner.config.dir
    }

    /// The role of this store.
    pub fn role(&self) -> Role {
        self.inner.config.role
    }

    /// Gives a fresh database its identity; checks the role of an older one.
    fn establish(&self, role: Role) -> Result<(), StoreError> {
        match self.read(|tx| tx.get_setting(identity::ROLE))? {
            Some(found) if found == role.as_str() => {}
            Some(found) => return Err(StoreError::WrongRole { found }),
            None => {
                let (secret, recipient) = identity::draw_recovery();
                let Shared { clock, dice, .. } = &self.inner.shared;
                let now = clock.now();
                self.write(|tx| identity::establish(tx, role, &recipient, now, &**dice))?;
                *lock(&self.inner.fresh_recovery) = Some(secret);
            }
        }
        self.seal_what_is_open()?;
        self.finish_purges()?;
        // Hubs made by the first version have none yet.
        if role == Role::Hub && self.read(|tx| tx.sealing_recipient())?.is_none() {
            self.write(|tx| identity::ensure_sealing_identity(tx))?;
        }
        Ok(())
    }
}

/// A database whose content is sealed is of no use without the keys.
fn open_keys(
    config: &StoreConfig,
    key: &DatabaseKey,
    database: &rusqlite::Connection,
) -> Result<KeyRing, StoreError> {
    let path = config.keys();
    let sealed = "SELECT 1 FROM setting WHERE name = ?1";
    if !path.exists() && database.prepare(sealed)?.exists([identity::SEALED])? {
        return Err(StoreError::KeyMissing { path });
    }
    KeyRing::open(&path, key)
}

fn opener(
    path: &Path,
    key: &DatabaseKey,
    open: fn(&Path, &DatabaseKey) -> Result<rusqlite::Connection, StoreError>,
) -> connection::Opener {
    let (path, key) = (path.to_owned(), key.clone());
    Box::new(move || open(&path, &key))
}

fn make_folder(dir: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}

fn take_lock(config: &StoreConfig) -> Result<File, StoreError> {
    let path = config.lock_file();
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { dir: config.dir.clone() }),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A key is only made where there is no database that it could fail to open.
fn find_key(config: &StoreConfig, dice: &dyn Dice) -> Result<DatabaseKey, StoreError> {
    let path = config.key_file();
    let is_new = std::fs::metadata(config.database()).map_or(true, |file| file.len() == 0);
    if is_new && !path.exists() {
        return DatabaseKey::create(&path, dice);
    }
    DatabaseKey::read(&path)
}
