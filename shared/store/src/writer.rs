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

use rusqlite::Connection;

use crate::connection::{Opener, met_damage, replace_if_broken};
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
            group: Mutex::new(Group { connection, batch: None, jobs: 0 }),
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
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.jobs += 1;
        self.connection.execute_batch("SAVEPOINT job").map_err(StoreError::from)?;
        let mut tx = SqlTx::new(&self.connection, shared);
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut tx)));
        let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        if self.connection.is_autocommit() {
            // A full disk or a failed write makes SQLite take back the whole transaction.
            let lost = tx.into_failure();
            self.finish(Err(lost.clone()));
            return outcome.and_then(|_| Err(lost.into()));
        }
        let outcome = match outcome {
            Ok(_) if met_damage(&self.connection) => Err(StoreError::met_damage().into()),
            outcome => outcome,
        };
        let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        match self.connection.execute_batch(end) {
            Ok(()) => outcome,
            Err(error) => {
                let error = StoreError::from(error);
                self.abandon(&error);
                outcome.and_then(|_| Err(error.into()))
            }
        }
    }

    /// Commits the open transaction, if there is one, and tells all its jobs.
    fn settle(&mut self, shared: &Shared) {
        if self.batch.is_none() {
            return;
        }
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => {
                count(&shared.counting.commits, 1);
                self.finish(Ok(()));
            }
            Err(error) => self.abandon(&error.into()),
        }
    }

    fn abandon(&mut self, error: &StoreError) {
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
