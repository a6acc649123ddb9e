//! The facts behind the sync words of the header.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use wardbook_base::Timestamp;
use wardbook_record::{Lang, PartialDate};
use wardbook_store::{ConflictFilter, Tx};
use wardbook_sync::ports::NodeMode;

use crate::error::ReplicaError;
use crate::files;
use crate::replica::Replica;
use crate::settings::{LAST_ERROR, OFFLINE, PROVEN_EPOCH};
use crate::status::{SyncFacts, SyncStatus, sync_status};

/// Vietnam is 7 hours ahead of UTC all year.
const VIETNAM_OFFSET_MS: i64 = 7 * 3600 * 1000;

impl Replica {
    /// What the header says about synchronising.
    pub fn sync_status(&self, lang: Lang) -> Result<SyncStatus, ReplicaError> {
        let facts = self.sync_facts()?;
        let now = facts.now;
        Ok(sync_status(&facts, lang, &|at| local_time(at, now)))
    }

    /// What is known about synchronising at this moment.
    pub fn sync_facts(&self) -> Result<SyncFacts, ReplicaError> {
        let running = *self.inner.running.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        self.inner.store.read(|tx| {
            let (waiting, oldest_waiting) = tx.pending()?;
            let position = tx.feed_position()?;
            // A proof on another incarnation of the feed says nothing of this one.
            let proven_epoch = tx.get_setting(PROVEN_EPOCH)?;
            let on_this_feed =
                position.is_some_and(|at| proven_epoch == Some(at.epoch.to_string()));
            let enrolled = tx.membership()?.is_some();
            let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
            Ok(SyncFacts {
                enrolled,
                running,
                waiting,
                oldest_waiting,
                files_to_send: if enrolled { files::waiting(tx, None)?.to_send } else { 0 },
                proven: tx.proven()?.filter(|_| on_this_feed),
                position: position.map(|position| position.seq),
                conflicts: people_in_conflict(tx)?,
                refused: tx.kept_aside_open()?,
                repairing: is_repairing(tx)?,
                offline: filled(tx.get_setting(OFFLINE)?).is_some(),
                error: filled(tx.get_setting(LAST_ERROR)?),
                free_bytes: self.inner.store.free_bytes(),
                now,
            })
        })
    }

    /// Remembers how a round ended. An error that needs somebody stays until a round succeeds,
    /// even when the line is cut after it.
    pub(crate) fn note_outcome(&self, error: &str, offline: &str) -> Result<(), ReplicaError> {
        let known = self.inner.store.read(|tx| {
            Ok::<_, ReplicaError>((tx.get_setting(LAST_ERROR)?, tx.get_setting(OFFLINE)?))
        })?;
        let error = match &known.0 {
            Some(before) if error.is_empty() && !offline.is_empty() => before.as_str(),
            _ => error,
        };
        let unchanged = known.0.as_deref().unwrap_or_default() == error
            && known.1.as_deref().unwrap_or_default() == offline;
        // Most rounds end like the one before: no need for another flush of the disk.
        if unchanged {
            return Ok(());
        }
        self.inner.store.write(|tx| {
            tx.put_setting(LAST_ERROR, error)?;
            Ok(tx.put_setting(OFFLINE, offline)?)
        })
    }
}

/// Whether the two ends are being made equal again, so that no older proof holds.
fn is_repairing(tx: &dyn Tx) -> Result<bool, ReplicaError> {
    Ok(tx.mode()? != NodeMode::Normal
        || !tx.orphans()?.is_empty()
        || !tx.to_reauthor()?.is_empty()
        || !tx.wanted()?.is_empty()
        || !tx.returning()?.is_empty())
}

/// How many people have open conflicts.
pub(crate) fn people_in_conflict(tx: &dyn Tx) -> Result<u64, ReplicaError> {
    let rows = tx.conflicts(&ConflictFilter::default())?;
    Ok(rows.into_iter().map(|row| row.document).collect::<BTreeSet<_>>().len() as u64)
}

/// `14:02`, with the day before it when that is not today.
fn local_time(at: Timestamp, now: Timestamp) -> String {
    let minutes = at.plus_ms(VIETNAM_OFFSET_MS).0.div_euclid(60_000);
    let (hour, minute) = (minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60));
    let day = PartialDate::in_vietnam(at);
    if day == PartialDate::in_vietnam(now) {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02} {day}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_vietnamese_time_with_the_day_when_it_is_not_today() {
        let at = Timestamp(1_763_794_920_000); // 2025-11-22T07:02:00Z
        assert_eq!(local_time(at, at), "14:02");
        let next_day = at.plus_ms(24 * 3600 * 1000);
        assert_eq!(local_time(at, next_day), "14:02 22/11/2025");
    }
}
