//! Listening for the hub's word that there is something new: one waiting call while nothing else
//! goes on. It is a comfort: whatever goes wrong with it, the regular calls still bring everything.

use std::time::Duration;

use tokio::time::Instant;
use wardbook_base::Dice;
use wardbook_replica::{Replica, SyncError, TransportError};
use wardbook_sync::WAIT_SECONDS_MAX;

use crate::backoff::Backoff;
use crate::sync_task::{SyncSummary, asked_patience};
use crate::transport::HubClient;

/// A wait that ended before without news was ended by somebody: a proxy, or a second machine.
const HONEST_WAIT: Duration = Duration::from_secs(WAIT_SECONDS_MAX as u64 / 2);

/// The one who waits for news. Its calls go over a connection of its own, so that they count as no
/// round trip and hold up none.
pub(crate) struct News {
    client: HubClient,
    backoff: Backoff,
    not_before: Instant,
    on: bool,
}

impl News {
    /// One that has not asked yet; not `on`, it never asks.
    pub(crate) fn new(on: bool) -> Self {
        let (client, backoff) = (HubClient::new(), Backoff::default());
        Self { client, backoff, not_before: Instant::now(), on }
    }

    /// Ends when the hub has something new, never when it cannot be asked. May be dropped at any
    /// time: that closes the connection, and the hub forgets the call.
    pub(crate) async fn wait(&mut self, replica: &Replica, dice: &dyn Dice) {
        while self.on {
            tokio::time::sleep_until(self.not_before).await;
            let asked_at = Instant::now();
            let result = replica.wait_for_news(&self.client, WAIT_SECONDS_MAX).await;
            if self.take(&result, asked_at.elapsed(), dice) {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    /// Whether it is news; if not, when to ask again.
    fn take(&mut self, result: &Result<bool, SyncError>, took: Duration, dice: &dyn Dice) -> bool {
        match result {
            Ok(true) => return true,
            Ok(false) if took >= HONEST_WAIT => self.backoff.reset(),
            Ok(false) => self.pause(Duration::ZERO, dice),
            // A hub of an older version.
            Err(SyncError::Transport(TransportError::NotAHub(404))) => self.on = false,
            Err(error) => {
                tracing::debug!(code = error.code(), "not told of news for now");
                let asked = asked_patience(error);
                let least = if error.is_permanent() { self.backoff.longest() } else { asked };
                self.pause(least, dice);
            }
        }
        false
    }

    /// What came of a call that was made because of news. Nothing: then asking again at once would
    /// bring the same word.
    pub(crate) fn called(&mut self, result: &Result<SyncSummary, SyncError>, dice: &dyn Dice) {
        match result {
            Ok(sum) if sum.pulled > 0 => self.backoff.reset(),
            _ => self.pause(Duration::ZERO, dice),
        }
    }

    fn pause(&mut self, least: Duration, dice: &dyn Dice) {
        self.not_before = Instant::now() + self.backoff.next_wait(dice).max(least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    const AT_ONCE: Duration = Duration::ZERO;

    /// A listener that was told this, and how long it lets the hub alone now.
    fn told(result: &Result<bool, SyncError>, took: Duration) -> (News, bool, Duration) {
        let mut news = News::new(true);
        let before = Instant::now();
        news.not_before = before;
        let is_news = news.take(result, took, &SeededDice::new(5));
        let pause = news.not_before - before;
        (news, is_news, pause)
    }

    #[test]
    fn silence_is_asked_on_at_once_and_a_broken_wait_later() {
        let (_, is_news, pause) = told(&Ok(true), AT_ONCE);
        assert!(is_news && pause == AT_ONCE);
        let (_, is_news, pause) = told(&Ok(false), HONEST_WAIT);
        assert!(!is_news && pause == AT_ONCE);
        let cut = || Err(SyncError::Transport(TransportError::TimedOut));
        for result in [Ok(false), cut()] {
            let (news, is_news, pause) = told(&result, AT_ONCE);
            assert!(!is_news && news.on && pause >= Duration::from_secs(2), "{result:?}");
        }
    }

    #[test]
    fn a_hub_that_asks_for_patience_or_refuses_gets_it() {
        let rejected = |code: &str, retry_after_s| {
            Err(SyncError::Rejected { code: code.to_owned(), retry_after_s })
        };
        let (_, _, pause) = told(&rejected("busy", 30), AT_ONCE);
        assert!(pause >= Duration::from_secs(30), "{pause:?}");
        let (_, _, pause) = told(&rejected("device_revoked", 0), AT_ONCE);
        assert!(pause >= Duration::from_mins(15), "{pause:?}");
    }

    #[tokio::test]
    async fn a_hub_without_waits_is_not_asked_again() {
        let unknown = Err(SyncError::Transport(TransportError::NotAHub(404)));
        assert!(!told(&unknown, AT_ONCE).0.on);
        let bad_gateway = Err(SyncError::Transport(TransportError::NotAHub(502)));
        assert!(told(&bad_gateway, AT_ONCE).0.on);
    }

    #[test]
    fn news_that_brings_nothing_is_not_asked_for_in_a_loop() {
        let (mut news, dice, before) = (News::new(true), SeededDice::new(5), Instant::now());
        news.not_before = before;
        news.called(&Ok(SyncSummary { pulled: 3, ..SyncSummary::default() }), &dice);
        assert_eq!(news.not_before, before);
        news.called(&Ok(SyncSummary::default()), &dice);
        assert!(news.not_before >= before + Duration::from_secs(2));
    }
}
