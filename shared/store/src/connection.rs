//! Opening SQLCipher: key, pragmas, migrations.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::key::DatabaseKey;

mod embedded {
    //! The migrations, embedded.
    refinery::embed_migrations!("migrations");
}

/// How long to wait for a lock that something outside the program holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Memory for decrypted pages, in KiB a connection. A page that falls out must be decrypted and
/// authenticated again; and in a large transaction SQLite's usual 2 MiB spill pages several times.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
const READER_CACHE_KIB: i64 = 16 * 1024;
/// A large import grows the write-ahead log; afterwards it shrinks to this.
const JOURNAL_BYTES_KEPT: i64 = 16 * 1024 * 1024;
/// Prepared statements that a connection keeps.
const STATEMENTS_KEPT: usize = 128;

/// Opens the one connection that writes, and makes the file when it is missing.
pub(crate) fn open_writer(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = open_plain(path, key)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Acknowledged means on the disk: at node and hub alike (decision 14).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES_KEPT)?;
    // Negative means KiB instead of pages.
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    Ok(connection)
}

/// Opens or makes a file without choosing a journal: for copies.
pub(crate) fn open_plain(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    open(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = open(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(connection)
}

/// SQLite calls itself ready before SQLCipher is: of two threads that open their first database at
/// once, one would be told that its key is none (`sqlite3_initialize` runs `SQLITE_EXTRA_INIT` last,
/// outside its lock). So the first one alone makes it ready. An error comes again with the opening.
fn make_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| drop(Connection::open_in_memory()));
}

fn open(path: &Path, key: &DatabaseKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    make_ready();
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // SQLCipher would write its own lines to standard error; its errors reach us as results.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", key.pragma_value())?;
    // The first read shows whether the key fits.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// True when the connection met a damaged page. SQLCipher hands out that one page as zeros, without
/// an error when nothing follows it (the end of a long value); only the next question fails.
pub(crate) fn met_damage(connection: &Connection) -> bool {
    let probe = connection.prepare_cached("SELECT 1 FROM setting LIMIT 1");
    probe.and_then(|mut probe| probe.exists([])).is_err()
}

/// How to open another connection of the same kind.
pub(crate) type Opener = Box<dyn Fn() -> Result<Connection, StoreError> + Send + Sync>;

/// SQLCipher gives no more answers on a connection that met a damaged page, not even about whole
/// ones; a new connection does.
pub(crate) fn replace_if_broken(connection: &mut Connection, opener: &Opener) {
    if !met_damage(connection) {
        return;
    }
    match opener() {
        Ok(fresh) => *connection = fresh,
        Err(error) => tracing::error!(%error, "a broken connection could not be replaced"),
    }
}

/// Brings the schema to this program's version; refuses one that is newer.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let (found, known) = refuse_newer(connection)?;
    if found < known {
        embedded::migrations::runner().run(connection).map_err(|error| migration_error(&error))?;
    }
    Ok(())
}

/// Brings the schema to an older version: what an older program left behind.
#[cfg(test)]
pub(crate) fn migrate_only_to(connection: &mut Connection, target: refinery::Target) {
    embedded::migrations::runner().set_target(target).run(connection).unwrap();
}

/// The version found in a database and the newest one known; an error when the former is newer.
pub(crate) fn refuse_newer(connection: &Connection) -> Result<(u32, u32), StoreError> {
    let (found, known) = (version(connection)?, newest(&embedded::migrations::runner()));
    if found > known { Err(StoreError::TooNew { found, known }) } else { Ok((found, known)) }
}

/// The newest migration in a database; 0 when there is none.
fn version(connection: &Connection) -> Result<u32, StoreError> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn newest(runner: &refinery::Runner) -> u32 {
    let versions = runner.get_migrations().iter().map(refinery::Migration::version);
    versions.max().and_then(|v| u32::try_from(v).ok()).unwrap_or(0)
}

fn migration_error(error: &refinery::Error) -> StoreError {
    if let refinery::error::Kind::Connection(_, source) = error.kind()
        && let Some(rusqlite::Error::SqliteFailure(code, text)) = source.downcast_ref()
    {
        return rusqlite::Error::SqliteFailure(*code, text.clone()).into();
    }
    StoreError::Refused(error.to_string())
}

/// Everything that SQLite and SQLCipher find wrong.
pub(crate) fn check(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut found = texts(connection, "PRAGMA cipher_integrity_check")?;
    if !found.is_empty() {
        // A page that cannot be decrypted makes every further question fail.
        return Ok(found);
    }
    found.extend(texts(connection, "PRAGMA integrity_check")?.into_iter().filter(|t| t != "ok"));
    let orphans = texts(connection, "SELECT \"table\" FROM pragma_foreign_key_check")?;
    found.extend(orphans.into_iter().map(|table| format!("{table} names a row that is missing")));
    Ok(found)
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
