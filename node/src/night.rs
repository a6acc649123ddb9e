//! What `serve` does once a day when nobody waits for it: the check of what is stored, the check of
//! conflicts, compaction. In small steps with pauses, so that an old PC stays usable; an office PC is
//! off at night, so "once a day" begins a while after the start.

use std::time::Duration;

use wardbook_replica::{NightlyCheck, Replica, ReplicaError};

/// After a start the people at the screen come first.
const FIRST_AFTER: Duration = Duration::from_mins(10);
/// From the end of one run to the next.
const EVERY: Duration = Duration::from_hours(24);
/// Between two steps.
const BREATH: Duration = Duration::from_millis(250);
/// Documents of one step of the conflict check.
const STEP: usize = 32;

/// Runs for as long as the program does.
pub(crate) async fn run(replica: Replica) {
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        if let Err(error) = one_night(&replica).await {
            tracing::error!(code = error.code(), "the nightly check was not finished");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn one_night(replica: &Replica) -> Result<(), ReplicaError> {
    // Rows of the table of rules begin on their day.
    replica.run(Replica::rules_of_today).await??;
    replica.run(Replica::project_all).await??;
    while !replica.run(Replica::scrub_some).await?? {
        tokio::time::sleep(BREATH).await;
    }
    let mut check = NightlyCheck::default();
    while !check.done {
        check = replica.run(move |replica| replica.nightly_step(check, STEP)).await??;
        tokio::time::sleep(BREATH).await;
    }
    while !replica.run(Replica::compact_some).await?? {
        tokio::time::sleep(BREATH).await;
    }
    tracing::info!(
        checked = check.checked,
        differing = check.differing,
        unreadable = check.unreadable,
        "the nightly check is done"
    );
    Ok(())
}
