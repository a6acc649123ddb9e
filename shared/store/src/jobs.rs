//! Where the background jobs stand: they go through all documents in bounded steps, again and again.

use rusqlite::params;
use wardbook_base::{DocumentId, Timestamp};

use crate::error::StoreError;
use crate::rows::{id, maybe_time, number, time, unsigned};
use crate::tx::SqlTx;

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Job {
    /// The key of the last document it looked at; 0 before a pass.
    pub(crate) cursor: i64,
    /// When the pass under way began.
    pub(crate) started_at: Timestamp,
    /// Documents seen in it.
    pub(crate) seen: u64,
    /// When the last full pass ended.
    pub(crate) passed_at: Option<Timestamp>,
    /// Documents seen in that one.
    pub(crate) passed: u64,
}

impl Job {
    /// The job after a step that saw some documents; `last` is the key of the last of them, and none
    /// when there were no more.
    pub(crate) fn after(mut self, last: Option<i64>, seen: usize, now: Timestamp) -> Self {
        if self.cursor == 0 {
            self.started_at = now;
            self.seen = 0;
        }
        self.seen += seen as u64;
        self.cursor = last.unwrap_or_default();
        if last.is_none() {
            self.passed_at = Some(now);
            self.passed = self.seen;
        }
        self
    }
}

impl SqlTx<'_> {
    pub(crate) fn job(&self, name: &str) -> Result<Job, StoreError> {
        let sql = "SELECT cursor, started_at, seen, passed_at, passed FROM job WHERE name = ?1";
        let found = self.first(sql, [name], |row| {
            Ok(Job {
                cursor: row.get(0)?,
                started_at: time(row, 1)?,
                seen: unsigned(row, 2)?,
                passed_at: maybe_time(row, 3)?,
                passed: unsigned(row, 4)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    pub(crate) fn put_job(&self, name: &str, job: &Job) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO job (name, cursor, started_at, seen, passed_at, passed)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (seen, passed) = (number(job.seen), number(job.passed));
        let passed_at = job.passed_at.map(|at| at.0);
        let values = params![name, job.cursor, job.started_at.0, seen, passed_at, passed];
        self.execute(sql, values).map(drop)
    }

    /// The next documents after a key.
    pub(crate) fn documents_after(
        &self,
        key: i64,
        limit: usize,
    ) -> Result<Vec<(i64, DocumentId)>, StoreError> {
        let sql = "SELECT key, id FROM document WHERE key > ?1 AND ward IS NOT NULL
                   ORDER BY key LIMIT ?2";
        let values = [key, number(limit as u64)];
        self.all(sql, values, |row| Ok((row.get(0)?, id(row, 1)?)))
    }
}
