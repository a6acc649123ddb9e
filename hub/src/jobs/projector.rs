//! Brings lists, problems and conflicts up to date after the wards have sent something.
//!
//! Intake only marks documents as waiting (decision 22). This job works them off in small steps and
//! sleeps until the bell rings; a step that fails is tried again after a pause, and nothing is lost,
//! because the marks stand in the database.

use std::time::Duration;

use crate::app::App;

/// Documents in one transaction: small, so that a ward's call never waits long for the writer.
const DOCUMENTS_PER_STEP: usize = 64;
/// The pause after a failed step.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Runs until the program ends.
pub async fn run(app: App) {
    loop {
        match step(&app).await {
            Ok(0) => app.intake.notified().await,
            Ok(_) => {}
            Err(code) => {
                tracing::error!(code, "the projector failed and will try again");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

async fn step(app: &App) -> Result<usize, &'static str> {
    app.replica
        .run(|replica| replica.project_pending(DOCUMENTS_PER_STEP))
        .await
        .and_then(|done| done)
        .map_err(|error| error.code())
}
