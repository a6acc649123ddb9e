//! A few read-only connections, lent one at a time.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use crate::connection::{Opener, met_damage, replace_if_broken};
use crate::error::StoreError;
use crate::store::Shared;
use crate::tx::{SqlTx, Tx};
use crate::writer::lock;

/// The pool. A reader that finds it empty waits.
pub(crate) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    opener: Opener,
}

/// A connection on loan; goes back when dropped, with its transaction ended.
struct Loan<'a> {
    pool: &'a Readers,
    connection: Option<Connection>,
    failed: bool,
}

impl Readers {
    pub(crate) fn new(connections: Vec<Connection>, opener: Opener) -> Self {
        Self { idle: Mutex::new(connections), returned: Condvar::new(), opener }
    }

    /// Runs a query on one consistent state of the database.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        shared: &Shared,
        query: impl FnOnce(&dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.read_sql(shared, |tx| query(tx))
    }

    /// The same for queries of this crate.
    pub(crate) fn read_sql<T, E: From<StoreError>>(
        &self,
        shared: &Shared,
        query: impl FnOnce(&SqlTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.lend();
        let Some(connection) = &loan.connection else {
            return Err(StoreError::Busy.into());
        };
        connection.execute_batch("BEGIN").map_err(StoreError::from)?;
        let result = query(&SqlTx::new(connection, shared));
        let result = match result {
            // What the query was given may hold zeros in place of the page, which looks like an
            // altered record to it.
            _ if met_damage(connection) => Err(StoreError::met_damage().into()),
            result => result,
        };
        loan.failed = result.is_err();
        result
    }

    fn lend(&self) -> Loan<'_> {
        let mut idle = lock(&self.idle);
        loop {
            if let Some(connection) = idle.pop() {
                return Loan { pool: self, connection: Some(connection), failed: false };
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::warn!(%error, "a read could not be ended");
            }
            if self.failed {
                replace_if_broken(&mut connection, &self.pool.opener);
            }
            lock(&self.pool.idle).push(connection);
            self.pool.returned.notify_one();
        }
    }
}
