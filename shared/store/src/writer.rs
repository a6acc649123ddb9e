//! The one writer: jobs run one after the other, and several share a commit.
//!
//! A commit waits for the disk (2 to 30 ms); that wait is the whole cost of a write. So while one
//! commit is under way, the jobs that arrive queue up; then each runs in a savepoint of one
//! transaction, and the last of them commits for all. Jobs run on the threads of their callers,
//! which therefore may lend them what they like.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use rusqlite::Connection;

use crate::connection::{BUSY_TIMEOUT, Opener, met_damage, replace_if_broken};
use crate::counters::count;
use crate::error::StoreError;
use crate::store::Shared;
use crate::tx::{SqlTx, Tx};

/// The most jobs that share a commit: bounds how long the first of them waits.
const GROUP_JOBS_MAX: usize = 64;

/// The connection that writes, and the queue before it.
pub(crate) struct Writer {
    group: Mutex<Group>,
    waiting: AtomicUsize,
    holder: Mutex<Option<ThreadId>>,
    opener: Opener,
}

/// The transaction that is open at the moment, if any.
struct Group {
    connection: Connection,
    batch: Option<Arc<Batch>>,
    jobs: usize,
    /// Documents were forgotten: their old pages must leave the write-ahead log too.
    forgot: bool,
}

/// The fate that the jobs of one transaction share.
#[derive(Default)]
struct Batch {
    result: Mutex<Option<Result<(), StoreError>>>,
    settled: Condvar,
}

impl Writer {
    pub(crate) fn new(connection: Connection, opener: Opener) -> Self {
        Self {
            group: Mutex::new(Group { connection, batch: None, jobs: 0, forgot: false }),
            waiting: AtomicUsize::new(0),
            holder: Mutex::new(None),
            opener,
        }
    }

    /// Runs a job; returns when its changes are on the disk, or when they are gone.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        shared: &Shared,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_sql(shared, |tx| job(tx))
    }

    /// The same for jobs of this crate.
    pub(crate) fn write_sql<T, E: From<StoreError>>(
        &self,
        shared: &Shared,
        job: impl FnOnce(&mut SqlTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let me = std::thread::current().id();
        if *lock(&self.holder) == Some(me) {
            return Err(StoreError::Nested.into());
        }
        let mut group = self.queue();
        let batch = group.begin()?;
        *lock(&self.holder) = Some(me);
        let outcome = group.run(shared, job);
        *lock(&self.holder) = None;
        count(&shared.counting.jobs, 1);
        let others_follow = self.waiting.load(Ordering::SeqCst) > 0;
        if !others_follow || group.jobs >= GROUP_JOBS_MAX {
            group.settle(shared);
        }
        if outcome.is_err() && group.batch.is_none() {
            replace_if_broken(&mut group.connection, &self.opener);
        }
        drop(group);
        let value = outcome?;
        batch.wait()?;
        Ok(value)
    }

    /// Runs something on the connection outside any transaction.
    #[cfg(test)]
    pub(crate) fn alone<T>(&self, shared: &Shared, f: impl FnOnce(&mut Connection) -> T) -> T {
        let mut group = self.queue();
        group.settle(shared);
        f(&mut group.connection)
    }

    /// How many jobs wait for their turn.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    fn queue(&self) -> MutexGuard<'_, Group> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let group = lock(&self.group);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        group
    }
}

impl Group {
    fn begin(&mut self) -> Result<Arc<Batch>, StoreError> {
        if let Some(batch) = &self.batch {
            return Ok(Arc::clone(batch));
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let batch = Arc::new(Batch::default());
        self.batch = Some(Arc::clone(&batch));
        self.jobs = 0;
        Ok(batch)
    }

    /// Runs one job in a savepoint, and takes back its changes when it fails.
    fn run<T, E: From<StoreError>>(
        &mut self,
        shared: &Shared,
        job: impl FnOnce(&mut SqlTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.jobs += 1;
        self.connection.execute_batch("SAVEPOINT job").map_err(StoreError::from)?;
        let mut tx = SqlTx::new(&self.connection, shared);
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut tx)));
        let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        let forgot = tx.words_remain.get();
        let outcome = match outcome {
            Ok(value) if !self.connection.is_autocommit() => {
                tx.clear_remaining_words().map(|()| value).map_err(E::from)
            }
            outcome => outcome,
        };
        if self.connection.is_autocommit() {
            // A full disk or a failed write makes SQLite take back the whole transaction.
            let lost = tx.into_failure();
            shared.keys.unstage();
            self.finish(Err(lost.clone()));
            return outcome.and_then(|_| Err(lost.into()));
        }
        let outcome = match outcome {
            _ if met_damage(&self.connection) => Err(StoreError::met_damage().into()),
            outcome => outcome,
        };
        self.forgot |= forgot && outcome.is_ok();
        let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        match self.connection.execute_batch(end) {
            Ok(()) => {
                if outcome.is_ok() {
                    shared.keys.stage(tx.key_changes.take());
                }
                outcome
            }
            Err(error) => {
                let error = StoreError::from(error);
                self.abandon(shared, &error);
                outcome.and_then(|_| Err(error.into()))
            }
        }
    }

    /// Commits the open transaction, if there is one, and tells all its jobs.
    fn settle(&mut self, shared: &Shared) {
        if self.batch.is_none() {
            return;
        }
        // Keys first: see `keys`.
        if let Err(error) = shared.keys.flush() {
            self.abandon(shared, &error);
            return;
        }
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => {
                count(&shared.counting.commits, 1);
                if self.forgot {
                    self.forgot = !self.clear_journal();
                }
                self.finish(Ok(()));
            }
            Err(error) => self.abandon(shared, &error.into()),
        }
    }

    /// Moves the write-ahead log into the database and cuts it to nothing. False when a reader at
    /// work stands in the way: nobody waits for it, the next commit tries again.
    fn clear_journal(&self) -> bool {
        let checkpoint = || -> rusqlite::Result<bool> {
            self.connection.busy_timeout(Duration::ZERO)?;
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            Ok(busy == 0)
        };
        let cleared = checkpoint();
        let restored = self.connection.busy_timeout(BUSY_TIMEOUT);
        match cleared.and_then(|cleared| restored.map(|()| cleared)) {
            Ok(cleared) => cleared,
            Err(error) => {
                tracing::warn!(%error, "the journal could not be cleared after forgetting");
                false
            }
        }
    }

    fn abandon(&mut self, shared: &Shared, error: &StoreError) {
        shared.keys.unstage();
        if !self.connection.is_autocommit()
            && let Err(second) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%second, "a transaction could not be taken back");
        }
        self.finish(Err(error.clone()));
    }

    fn finish(&mut self, result: Result<(), StoreError>) {
        if let Some(batch) = self.batch.take() {
            *lock(&batch.result) = Some(result);
            batch.settled.notify_all();
        }
    }
}

impl Batch {
    fn wait(&self) -> Result<(), StoreError> {
        let mut result = lock(&self.result);
        loop {
            if let Some(result) = result.as_ref() {
                return result.clone();
            }
            result = self.settled.wait(result).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A panic is caught inside [`Group::run`], so a poisoned lock never guards half-done work.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
