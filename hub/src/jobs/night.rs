//! The work of the night: conflicts against a full scan, a look over all documents, compaction, and
//! key backups whose time is over.
//!
//! Small steps with pauses, so that a ward's call never waits for them; what a stop interrupts goes
//! on at the next start, because how far each pass has come stands in the database.

use std::time::Duration;

use wardbook_base::Timestamp;
use wardbook_replica::{NightlyCheck, Replica, ReplicaError};

use crate::app::App;

/// The pause between two steps.
const PAUSE: Duration = Duration::from_millis(250);
/// The pause after a round, and after a step that failed.
const REST: Duration = Duration::from_mins(15);
/// A round begins when the last one ended so long ago, in milliseconds, and the offices are closed.
const ROUND_EVERY_MS: i64 = 20 * 3600 * 1000;
/// Documents in one step of the check of conflicts.
const CHECKED_PER_STEP: usize = 32;
/// The hours of the day, in Vietnam, in which a round may begin.
const HOURS: std::ops::Range<i64> = 1..5;
const HOUR_MS: i64 = 3600 * 1000;
/// Vietnam is seven hours ahead of UTC, summer and winter.
const VIETNAM_MS: i64 = 7 * HOUR_MS;

/// Runs until the program ends.
pub async fn run(app: App) {
    let mut last_round: Option<Timestamp> = None;
    loop {
        tokio::time::sleep(REST).await;
        let now = app.replica.now();
        if !is_due(now, last_round) {
            continue;
        }
        match round(&app).await {
            Ok(()) => last_round = Some(now),
            Err(error) => {
                tracing::error!(code = error.code(), "the night's work will be tried again");
            }
        }
    }
}

/// Whether a round is to begin.
fn is_due(now: Timestamp, last_round: Option<Timestamp>) -> bool {
    let hour = (now.0 + VIETNAM_MS).div_euclid(HOUR_MS).rem_euclid(24);
    HOURS.contains(&hour) && last_round.is_none_or(|last| now.0 - last.0 > ROUND_EVERY_MS)
}

async fn round(app: &App) -> Result<(), ReplicaError> {
    // Rows of the table of rules begin on their day.
    app.replica.run(Replica::rules_of_today).await??;
    app.intake.notify_one();
    let mut check = NightlyCheck::default();
    while !check.done {
        let so_far = check;
        let step = move |replica: &Replica| replica.nightly_step(so_far, CHECKED_PER_STEP);
        check = app.replica.run(step).await??;
        tokio::time::sleep(PAUSE).await;
    }
    if check.differing > 0 {
        tracing::warn!(documents = check.differing, "the table of conflicts was put right");
    }
    until_done(app, Replica::scrub_some).await?;
    until_done(app, Replica::compact_some).await?;
    app.replica.run(Replica::prune_keys).await??;
    Ok(())
}

async fn until_done(
    app: &App,
    step: fn(&Replica) -> Result<bool, ReplicaError>,
) -> Result<(), ReplicaError> {
    while !app.replica.run(step).await?? {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_begins_at_night_and_once() {
        let midnight = Timestamp(20_000 * 24 * HOUR_MS - VIETNAM_MS);
        let at = |hour: i64| midnight.plus_ms(hour * HOUR_MS);
        assert!(!is_due(at(0), None) && is_due(at(1), None) && !is_due(at(12), None));
        assert!(!is_due(at(3), Some(at(1))));
        assert!(is_due(at(25), Some(at(1))));
    }
}
