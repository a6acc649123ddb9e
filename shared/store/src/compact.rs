//! Compaction: the rows of old changes are dropped once a snapshot holds them.
//!
//! Nothing is lost by it and no answer changes: what is known of a dropped change stands in the
//! document's archive, its bytes come out of the snapshot (see [`crate::changes`]). Each document is
//! one transaction, in which every single change is first compared with what the snapshot gives back.

use std::collections::HashMap;

use rusqlite::params;
use wardbook_base::{ChangeHash, DocumentId, FeedSeq, Timestamp};
use wardbook_sync::ports::StoredChange;

use crate::archive::{Archive, Archived};
use crate::error::StoreError;
use crate::jobs::Job;
use crate::rows::number;
use crate::seal::SealKind;
use crate::store::Store;
use crate::tx::{SqlTx, Tx};

/// Rows younger than this stay, in milliseconds (35 days), unless every device has them.
pub const RAW_CHANGES_KEPT_MS: i64 = 35 * 24 * 60 * 60 * 1_000;
/// It is worth it for so many changes ...
const CHANGES_MIN: i64 = 8;
/// ... or so many bytes.
const BYTES_MIN: i64 = 2 * 1024;
const JOB: &str = "compact";
/// Level for archives: mostly hashes, little to gain.
const ARCHIVE_LEVEL: i32 = 3;
const ARCHIVE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What a step of the compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompactReport {
    /// Documents looked at.
    pub documents: u64,
    /// Rows dropped.
    pub dropped: u64,
    /// Documents that were left alone because something about them is wrong; the scrub says what.
    pub unfit: u64,
    /// True when the pass came to the last document.
    pub finished: bool,
}

impl Store {
    /// Drops the rows of changes that were taken in more than 35 days before `now`, or before
    /// `keep_after` (see [`served_to_all`]), of the next `limit` documents. Each document is a
    /// transaction of its own. Call it again until the report says `finished`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn compact_step(
        &self,
        now: Timestamp,
        keep_after: Option<Timestamp>,
        limit: usize,
    ) -> Result<CompactReport, StoreError> {
        let kept = Timestamp(now.0.saturating_sub(RAW_CHANGES_KEPT_MS));
        let before = keep_after.map_or(kept, |after| after.max(kept));
        let job: Job = self.inner.readers.read_sql(&self.inner.shared, |tx| tx.job(JOB))?;
        if job.cursor == 0 {
            self.train_dictionary(now)?;
        }
        let documents = self
            .inner
            .readers
            .read_sql(&self.inner.shared, |tx| tx.documents_after(job.cursor, limit))?;
        let mut report = CompactReport::default();
        for (key, document) in &documents {
            let job = |tx: &mut SqlTx<'_>| tx.compact(*key, document, before);
            match self.inner.writer.write_sql(&self.inner.shared, job) {
                Ok(dropped) => report.dropped += dropped,
                Err(StoreError::Document { reason, .. }) => {
                    tracing::warn!(%document, reason, "a document was not compacted");
                    report.unfit += 1;
                }
                // The document made automerge panic: nothing was changed.
                Err(StoreError::Panicked) => report.unfit += 1,
                Err(error) => return Err(error),
            }
        }
        report.documents = documents.len() as u64;
        report.finished = documents.len() < limit;
        let last = documents.last().map(|(key, _)| *key).filter(|_| !report.finished);
        let job = job.after(last, documents.len(), now);
        self.inner.writer.write_sql(&self.inner.shared, |tx| tx.put_job(JOB, &job))?;
        Ok(report)
    }
}

/// The moment before which every device that is not revoked has everything it was to get: for
/// [`Store::compact_step`] at the hub. None when a device has not called yet.
///
/// # Errors
/// When the database does not answer.
pub fn served_to_all(tx: &dyn Tx) -> Result<Option<Timestamp>, StoreError> {
    let mut earliest: Option<Timestamp> = None;
    for ward in tx.wards()? {
        let mut slowest: Option<FeedSeq> = None;
        for device in tx.devices_of(&ward.id)?.iter().filter(|d| d.revoked_at.is_none()) {
            let logs = tx.push_logs(&device.id)?;
            let mut sent =
                logs.iter().filter_map(|log| log.last_sent.as_ref()).map(|(at, _)| at.seq);
            // The newest log is the database in use; an older one is a copy that was left.
            let Some(sent) = sent.next_back() else { return Ok(None) };
            slowest = Some(slowest.map_or(sent, |before| before.min(sent)));
        }
        let Some(FeedSeq(seq)) = slowest else { continue };
        let next = tx.feed_rows(&ward.id, FeedSeq(seq.saturating_sub(1)), 1)?;
        let Some(at) = next.first().map(|row| row.received_at) else { continue };
        earliest = Some(earliest.map_or(at, |before| before.min(at)));
    }
    Ok(earliest)
}

impl SqlTx<'_> {
    /// Compacts one document; returns how many rows were dropped.
    fn compact(
        &self,
        key: i64,
        document: &DocumentId,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let Some(upto) = self.droppable(key, before)? else { return Ok(0) };
        let covered = self
            .first("SELECT upto FROM snapshot WHERE document = ?1", [key], |row| {
                row.get::<_, i64>(0)
            })?
            .is_some_and(|covered| covered >= upto);
        if !covered && !self.renew_snapshot(key, document)? {
            return Ok(0);
        }
        let Some((_, snapshot)) = self.read_snapshot(key, document)? else { return Ok(0) };
        let given: HashMap<ChangeHash, Vec<u8>> =
            snapshot.changes().into_iter().map(|change| (change.hash, change.bytes)).collect();
        let mut changes = self.archive(document)?.map_or_else(Vec::new, |old| old.changes.clone());
        let after = changes.last().map_or(0, |change| change.n);
        let rows =
            self.places(key, upto)?.into_iter().zip(self.list_changes(document, after, upto)?);
        let mut dropped = 0;
        for ((n, hash), row) in rows {
            if hash != row.meta.hash || given.get(&hash) != Some(&row.bytes) {
                return Err(StoreError::Document {
                    document: document.to_string(),
                    reason: format!("its snapshot does not give back the change {hash}"),
                });
            }
            let StoredChange { meta, author, received_at, .. } = row;
            changes.push(Archived { n, meta, author, received_at });
            dropped += 1;
        }
        self.write_archive(key, document, &Archive::new(changes))?;
        self.execute("DELETE FROM change WHERE document = ?1 AND n <= ?2", [key, upto])?;
        self.histories.forget(document);
        Ok(dropped)
    }

    /// How far a document's rows are old, when that is worth dropping them.
    fn droppable(&self, key: i64, before: Timestamp) -> Result<Option<i64>, StoreError> {
        // Only what came first can go: archive, then rows, is the order of arrival.
        let sql = "SELECT max(n), count(*), coalesce(sum(length(bytes)), 0) FROM change
                   WHERE document = ?1 AND n < coalesce(
                       (SELECT min(n) FROM change WHERE document = ?1 AND received_at >= ?2),
                       9223372036854775807)";
        let found = self.first(sql, [key, before.0], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        let worth = found.filter(|(_, count, bytes)| *count >= CHANGES_MIN || *bytes >= BYTES_MIN);
        Ok(worth.and_then(|(upto, ..)| upto))
    }

    /// Writes a snapshot of everything a document holds; false when it cannot stand for it.
    fn renew_snapshot(&self, key: i64, document: &DocumentId) -> Result<bool, StoreError> {
        let Some(loaded) = self.put_together(document, i64::MAX)? else { return Ok(false) };
        let heads = self.heads_of(key)?;
        if loaded.heads() != heads {
            let reason = "its heads are not those of its changes".to_owned();
            return Err(StoreError::Document { document: document.to_string(), reason });
        }
        self.write_snapshot(key, &loaded)?;
        Ok(true)
    }

    fn places(&self, key: i64, upto: i64) -> Result<Vec<(i64, ChangeHash)>, StoreError> {
        let sql = "SELECT n, hash FROM change WHERE document = ?1 AND n <= ?2 ORDER BY n";
        self.all(sql, [key, upto], |row| Ok((row.get(0)?, crate::rows::id(row, 1)?)))
    }

    fn write_archive(
        &self,
        key: i64,
        document: &DocumentId,
        archive: &Archive,
    ) -> Result<(), StoreError> {
        let packed = zstd::bulk::compress(&archive.encode(), ARCHIVE_LEVEL)?;
        let sealed = self.seal(document, SealKind::Archive, &ChangeHash::default(), &packed)?;
        let sql = "INSERT OR REPLACE INTO archive (document, upto, changes, bytes)
                   VALUES (?1, ?2, ?3, ?4)";
        let changes = number(archive.changes.len() as u64);
        self.execute(sql, params![key, archive.upto(), changes, sealed]).map(drop)
    }

    /// Makes rows of everything again and drops snapshot and archive: before changes are taken out
    /// of a document.
    pub(crate) fn thaw(&self, document: &DocumentId) -> Result<(), StoreError> {
        let Some(key) = self.key(document)? else { return Ok(()) };
        if let Some(archive) = self.archive(document)? {
            let changes = self.list_changes(document, 0, archive.upto())?;
            let known: HashMap<ChangeHash, i64> =
                archive.changes.iter().map(|change| (change.meta.hash, change.n)).collect();
            self.execute("DELETE FROM archive WHERE document = ?1", [key])?;
            self.histories.forget(document);
            for change in changes {
                let Some(n) = known.get(&change.meta.hash) else { continue };
                self.insert_change(key, &change)?;
                let sql = "UPDATE change SET n = ?2 WHERE n = ?1";
                self.execute(sql, [self.connection.last_insert_rowid(), *n])?;
            }
        }
        self.execute("DELETE FROM snapshot WHERE document = ?1", [key])?;
        let sql = "UPDATE document SET
                       tail_changes = (SELECT count(*) FROM change WHERE document = ?1),
                       tail_bytes = (SELECT coalesce(sum(length(bytes)), 0) FROM change
                                     WHERE document = ?1)
                   WHERE key = ?1";
        self.execute(sql, [key])?;
        self.histories.forget(document);
        Ok(())
    }

    fn heads_of(&self, key: i64) -> Result<Vec<ChangeHash>, StoreError> {
        let sql = "SELECT heads FROM document WHERE key = ?1";
        let heads = self.first(sql, [key], |row| crate::rows::hashes(row, 0))?;
        Ok(heads.unwrap_or_default())
    }
}

/// Inflates an archive.
pub(crate) fn inflate(document: &DocumentId, packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok());
    let capacity = size.unwrap_or(ARCHIVE_BYTES_MAX).min(ARCHIVE_BYTES_MAX);
    zstd::bulk::decompress(packed, capacity)
        .map_err(|error| crate::snapshot::unreadable(document, &error))
}
