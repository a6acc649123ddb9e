//! Tells the devices that wait when the feed of their ward has moved.
//!
//! The bell only says "look": after a device's call, and after any request of a person or a program
//! that may have written. What is told is what the database says.

use std::time::Duration;

use crate::app::App;

/// The pause after a failed look.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Runs until the program ends.
pub async fn run(app: App) {
    loop {
        app.waits.moved.notified().await;
        let wards = app.waits.wards();
        if wards.is_empty() {
            continue;
        }
        let looked = app.replica.run(move |replica| replica.feed_ends(&wards)).await;
        match looked.and_then(|ends| ends) {
            Ok(ends) => app.waits.announce(&ends),
            Err(error) => {
                tracing::error!(code = error.code(), "waiting devices could not be told");
                tokio::time::sleep(RETRY_AFTER).await;
                app.waits.moved.notify_one();
            }
        }
    }
}
