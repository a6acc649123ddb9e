//! Synchronising in the background and on demand. It never holds up editing: a round reads and
//! writes in short transactions of its own, and a cut only means that the next round repeats it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;
use utoipa::ToSchema;
use wardbook_base::Dice;
use wardbook_replica::{Replica, SyncError, SyncRound};

use crate::backoff::{Backoff, jittered};
use crate::news::News;
use crate::transport::{HubClient, LineCounters};

/// Edits that follow each other closely go out together.
const DEBOUNCE: Duration = Duration::from_secs(1);
/// Rounds of one session; a cold pull of a ward takes about twenty.
const ROUNDS_MAX: u32 = 10_000;
/// Rounds in a row that may move nothing visible before the session is given up for now.
const IDLE_ROUNDS_MAX: u32 = 50;
/// After changes were taken the hub learns from one more call that both ends are equal.
const CONFIRM_AFTER: Duration = Duration::from_secs(5);

/// One round of a session, as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct SyncSummary {
    /// Changes the hub acknowledged.
    pub pushed: u64,
    /// Documents that got changes.
    pub pulled: u64,
    /// Changes the hub refused; they are kept aside on this machine.
    pub refused: u64,
    /// Whether both ends were proven equal by the last round.
    pub proven_equal: bool,
    /// Calls that were answered.
    pub round_trips: u64,
    /// Bytes sent, HTTP headers included.
    pub bytes_up: u64,
    /// Bytes received, HTTP headers included.
    pub bytes_down: u64,
    /// The hub asks to wait so many seconds before the next call.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retry_after_s: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The one who talks to the hub; one session at a time.
pub struct Synchroniser {
    replica: Replica,
    client: HubClient,
    dice: Arc<dyn Dice>,
    session: Mutex<()>,
    edited: Notify,
    progress: std::sync::Mutex<Progress>,
}

/// How far the session under way is, or how the last one ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// A session is under way.
    pub running: bool,
    /// What it did so far.
    pub sum: SyncSummary,
    /// Why it ended badly, by its code.
    pub failed: Option<String>,
    /// There was a session at all.
    pub any: bool,
}

/// Pieces of files moved after one session: 16 MB, so that edits never wait long behind scans.
const PIECES_MAX: u64 = 256;
/// How often newer rules are asked for, while the line is up.
const RULES_EVERY: Duration = Duration::from_hours(6);

impl Synchroniser {
    /// One that has not called yet.
    pub fn new(replica: Replica, dice: Arc<dyn Dice>) -> Self {
        let (session, edited) = (Mutex::new(()), Notify::new());
        let progress = std::sync::Mutex::default();
        Self { replica, client: HubClient::new(), dice, session, edited, progress }
    }

    /// The client, for enrolment.
    pub fn client(&self) -> &HubClient {
        &self.client
    }

    /// Says that something was edited here: the next session starts about a second later.
    pub fn wake(&self) {
        self.edited.notify_one();
    }

    /// Rounds until nothing is left, each reported with the sums so far.
    ///
    /// # Errors
    /// See [`SyncError`]; what earlier rounds brought is kept.
    pub async fn run_now(
        &self,
        mut report: impl FnMut(&SyncSummary) + Send,
    ) -> Result<SyncSummary, SyncError> {
        let _one_at_a_time = self.session.lock().await;
        self.note(Progress { running: true, any: true, ..Progress::default() });
        let result = self.rounds(&mut report).await;
        if result.is_ok() {
            self.move_files().await;
        }
        let last = self.progress();
        self.note(match &result {
            Ok(sum) => Progress { running: false, sum: *sum, failed: None, any: true },
            // Nobody to call is no failure.
            Err(SyncError::NotEnrolled) => Progress::default(),
            Err(error) => Progress { running: false, failed: Some(error.code()), ..last },
        });
        result
    }

    /// How far the session under way is, or how the last one ended.
    pub fn progress(&self) -> Progress {
        self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn note(&self, progress: Progress) {
        *self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = progress;
    }

    async fn rounds(
        &self,
        report: &mut (impl FnMut(&SyncSummary) + Send),
    ) -> Result<SyncSummary, SyncError> {
        let before = self.client.counters();
        let mut sum = SyncSummary::default();
        let mut idle_rounds = 0;
        for _ in 0..ROUNDS_MAX {
            // One round at a time, so that each step can be reported.
            let round = self.replica.sync_all(&self.client, 1).await?;
            add(&mut sum, &round, self.client.counters().since(before));
            report(&sum);
            self.note(Progress { running: true, sum, failed: None, any: true });
            let moved = round.pushed + round.pulled + round.refused > 0;
            idle_rounds = if moved { 0 } else { idle_rounds + 1 };
            if !round.more || round.retry_after_s > 0 || idle_rounds > IDLE_ROUNDS_MAX {
                break;
            }
        }
        Ok(sum)
    }

    /// Files of records travel after the records. They are no part of the session's result: what is
    /// left goes with the next one.
    async fn move_files(&self) {
        match self.replica.move_files(&self.client, PIECES_MAX).await {
            Ok(moved) if moved.pieces > 0 => {
                tracing::info!(sent = moved.sent, fetched = moved.fetched, "files were moved");
            }
            Ok(_) => {}
            Err(error) => tracing::info!(code = error.code(), "files could not be moved"),
        }
    }

    /// Calls the hub for as long as the program runs: at once, after edits, every so often, and, if
    /// it `listens`, when the hub says that it has something new.
    pub async fn run_in_background(self: Arc<Self>, every: Duration, listens: bool) {
        let mut backoff = Backoff::default();
        let mut news = News::new(listens);
        let mut reached = false;
        let mut not_before = Instant::now();
        let mut pause = Duration::ZERO;
        let mut rules_asked = None;
        let caught_up =
            self.replica.run(Replica::project_all).await.and_then(|done| done.map(drop));
        if let Err(error) = caught_up {
            tracing::error!(code = error.code(), "lists could not be brought up to date");
        }
        loop {
            let woken_by_news = self.wait(pause, reached.then_some(&mut news)).await;
            // A hub that asked for patience gets it, whatever happens here meanwhile.
            tokio::time::sleep_until(not_before).await;
            let result = self.run_now(|_| {}).await;
            log(&result);
            if woken_by_news {
                news.called(&result, &*self.dice);
            }
            // There is no use in listening to a hub that could not be called.
            reached = result.is_ok();
            if reached {
                self.ask_for_rules(&mut rules_asked).await;
            }
            pause = self.next_pause(&result, &mut backoff, every);
            not_before = Instant::now() + patience_after(&result);
        }
    }

    /// Asks for newer rules after the first call that reached the hub, and then a few times a day.
    async fn ask_for_rules(&self, asked: &mut Option<Instant>) {
        if asked.is_some_and(|at| at.elapsed() < RULES_EVERY) {
            return;
        }
        match self.replica.fetch_rules(&self.client).await {
            Ok(taken) => {
                if taken {
                    tracing::info!("the city's newer rules are in force");
                }
                *asked = Some(Instant::now());
            }
            // The next call tries again.
            Err(error) => tracing::debug!(code = error.code(), "the rules were not asked for"),
        }
    }

    /// Waits for the pause to pass, or for an edit here or at the hub and then for the edits that
    /// follow it. Says whether it was one at the hub.
    async fn wait(&self, pause: Duration, news: Option<&mut News>) -> bool {
        let at_the_hub = async {
            match news {
                Some(news) => news.wait(&self.replica, &*self.dice).await,
                None => std::future::pending().await,
            }
        };
        let woken_by_news = tokio::select! {
            () = tokio::time::sleep(pause) => return false,
            () = self.edited.notified() => false,
            () = at_the_hub => true,
        };
        tokio::time::sleep(DEBOUNCE).await;
        woken_by_news
    }

    fn next_pause(
        &self,
        result: &Result<SyncSummary, SyncError>,
        backoff: &mut Backoff,
        every: Duration,
    ) -> Duration {
        match result {
            Ok(sum) => {
                backoff.reset();
                let usual = jittered(every, &*self.dice);
                if sum.pushed > 0 { usual.min(CONFIRM_AFTER) } else { usual }
            }
            Err(SyncError::NotEnrolled) => every,
            Err(error) if error.is_permanent() => backoff.longest(),
            Err(_) => backoff.next_wait(&*self.dice),
        }
    }
}

fn add(sum: &mut SyncSummary, round: &SyncRound, line: LineCounters) {
    sum.pushed += round.pushed;
    sum.pulled += round.pulled;
    sum.refused += round.refused;
    sum.proven_equal = round.proven_equal;
    sum.retry_after_s = round.retry_after_s;
    sum.round_trips = line.round_trips;
    sum.bytes_up = line.bytes_up;
    sum.bytes_down = line.bytes_down;
}

fn patience_after(result: &Result<SyncSummary, SyncError>) -> Duration {
    match result {
        Ok(sum) => Duration::from_secs(sum.retry_after_s.into()),
        Err(error) => asked_patience(error),
    }
}

/// How long a hub that refused asks to be left alone.
pub(crate) fn asked_patience(error: &SyncError) -> Duration {
    match error {
        SyncError::Rejected { retry_after_s, .. } => Duration::from_secs((*retry_after_s).into()),
        _ => Duration::ZERO,
    }
}

/// A failure is logged here and nowhere else. Being offline is normal and no warning.
fn log(result: &Result<SyncSummary, SyncError>) {
    match result {
        Ok(sum) => tracing::debug!(pushed = sum.pushed, pulled = sum.pulled, "synchronised"),
        Err(SyncError::NotEnrolled) => {}
        Err(error @ SyncError::Transport(_)) => tracing::info!(code = error.code(), "no line"),
        Err(error) => tracing::warn!(code = error.code(), %error, "synchronising failed"),
    }
}
