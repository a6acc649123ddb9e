//! One transaction, and the groups of things that can be asked of it.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row, StatementStatus};
use wardbook_base::DocumentId;
use wardbook_sync::ports::{HubPort, NodePort};

use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::changes::Histories;
use crate::counters::count;
use crate::desk::Desk;
use crate::documents::Documents;
use crate::dues::Dues;
use crate::error::StoreError;
use crate::files::Files;
use crate::hub_admin::HubAdmin;
use crate::identity::Identity;
use crate::imports::Imports;
use crate::keys::KeyChanges;
use crate::ledger::Ledger;
use crate::people::Projections;
use crate::review::Review;
use crate::settled::Settled;
use crate::store::Shared;

/// Everything that can be asked of a store inside one transaction.
///
/// Object safe. `&mut dyn Tx` coerces to `&mut dyn HubPort` or `&mut dyn NodePort` for the engine.
pub trait Tx:
    HubPort
    + NodePort
    + Identity
    + Documents
    + Projections
    + Review
    + Accounts
    + Audit
    + HubAdmin
    + Ledger
    + Imports
    + Desk
    + Dues
    + Files
    + Settled
{
}

impl<T> Tx for T where
    T: HubPort
        + NodePort
        + Identity
        + Documents
        + Projections
        + Review
        + Accounts
        + Audit
        + HubAdmin
        + Ledger
        + Imports
        + Desk
        + Dues
        + Files
        + Settled
{
}

/// A transaction of SQLite. The writer or the readers began it and end it.
pub(crate) struct SqlTx<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) shared: &'a Shared,
    /// The last thing the database refused: the cause, when it takes back the whole transaction.
    failure: RefCell<Option<StoreError>>,
    /// Documents were forgotten, and the search index still holds their words.
    pub(crate) words_remain: Cell<bool>,
    /// Keys that were drawn or are to be destroyed.
    pub(crate) key_changes: RefCell<KeyChanges>,
    pub(crate) histories: Histories,
}

/// A statement from the connection's cache; counts the rows it stepped over without an index.
pub(crate) struct Statement<'a> {
    cached: CachedStatement<'a>,
    shared: &'a Shared,
}

impl<'a> Deref for Statement<'a> {
    type Target = CachedStatement<'a>;

    fn deref(&self) -> &CachedStatement<'a> {
        &self.cached
    }
}

impl<'a> DerefMut for Statement<'a> {
    fn deref_mut(&mut self) -> &mut CachedStatement<'a> {
        &mut self.cached
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        let scanned = self.cached.reset_status(StatementStatus::FullscanStep);
        count(&self.shared.counting.rows_scanned, u64::from(scanned.unsigned_abs()));
        let steps = self.cached.reset_status(StatementStatus::VmStep);
        count(&self.shared.counting.steps, u64::from(steps.unsigned_abs()));
        count(&self.shared.counting.statements, 1);
    }
}

impl<'a> SqlTx<'a> {
    pub(crate) fn new(connection: &'a Connection, shared: &'a Shared) -> Self {
        Self {
            connection,
            shared,
            failure: RefCell::new(None),
            words_remain: Cell::new(false),
            key_changes: RefCell::default(),
            histories: Histories::default(),
        }
    }

    /// Why the database took back the whole transaction.
    pub(crate) fn into_failure(self) -> StoreError {
        let unknown = || StoreError::Io("the transaction was taken back".to_owned());
        self.failure.into_inner().unwrap_or_else(unknown)
    }

    fn failed(&self, error: rusqlite::Error) -> StoreError {
        let error = StoreError::from(error);
        *self.failure.borrow_mut() = Some(error.clone());
        error
    }

    /// A statement from the connection's cache.
    pub(crate) fn statement(&self, sql: &str) -> Result<Statement<'a>, StoreError> {
        let cached = self.connection.prepare_cached(sql).map_err(|error| self.failed(error))?;
        Ok(Statement { cached, shared: self.shared })
    }

    /// Runs a statement; returns how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        self.statement(sql)?.execute(params).map_err(|error| self.failed(error))
    }

    /// The first row, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let found = self.statement(sql)?.query_row(params, read).optional();
        found.map_err(|error| self.failed(error))
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.statement(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A count.
    pub(crate) fn number(&self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        let found: i64 = self.statement(sql)?.query_row(params, |row| row.get(0))?;
        Ok(found.cast_unsigned())
    }

    /// The small key of a document, when it has one.
    pub(crate) fn key(&self, document: &DocumentId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT key FROM document WHERE id = ?1";
        self.first(sql, [document.as_bytes()], |row| row.get(0))
    }

    /// Runs a statement that must change something, else it was not allowed.
    pub(crate) fn must_change(
        &self,
        sql: &str,
        params: impl Params,
        rule: &str,
    ) -> Result<(), StoreError> {
        match self.execute(sql, params)? {
            0 => Err(StoreError::Refused(rule.to_owned())),
            _ => Ok(()),
        }
    }

    /// The small key of a document; reserves one when it has none.
    pub(crate) fn reserve_key(&self, document: &DocumentId) -> Result<i64, StoreError> {
        if let Some(key) = self.key(document)? {
            return Ok(key);
        }
        self.execute("INSERT INTO document (id) VALUES (?1)", [document.as_bytes()])?;
        Ok(self.connection.last_insert_rowid())
    }
}
