//! Papers for many people, prepared in the background: how far each is, and what it made.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wardbook_base::{Dice, Timestamp, UserId, to_hex};
use wardbook_web::Markup;
use wardbook_web::print::Form;

use crate::refusal::Refusal;

/// Papers kept; the oldest goes first. A new one of a person takes the place of their last.
const KEPT_MAX: usize = 8;

/// One paper in the making, or made.
#[derive(Debug)]
pub(crate) struct PrintJob {
    /// Its key in addresses.
    pub(crate) key: String,
    /// Who asked for it; nobody else sees it.
    pub(crate) owner: UserId,
    /// The form.
    pub(crate) form: &'static Form,
    /// How many people it is for.
    pub(crate) total: usize,
    /// When it was asked for.
    pub(crate) started: Timestamp,
    done: AtomicUsize,
    cancelled: AtomicBool,
    outcome: Mutex<Option<Result<Arc<Made>, Refusal>>>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// The sheets.
    pub(crate) sheets: Vec<Markup>,
    /// The people on them.
    pub(crate) people: usize,
    /// How many of them lack something that the form needs.
    pub(crate) incomplete: usize,
}

impl PrintJob {
    /// How many people are done.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// One more is done. False when the work is to end.
    pub(crate) fn step(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.is_cancelled()
    }

    /// Asks the work to end.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked the work to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Notes what came of it.
    pub(crate) fn end(&self, outcome: Result<Made, Refusal>) {
        let mut place = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(outcome.map(Arc::new));
    }

    /// What came of it; none while it is in the making.
    pub(crate) fn outcome(&self) -> Option<Result<Arc<Made>, Refusal>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seconds that are left, by the pace so far; none before the first is done.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        let done = i64::try_from(self.done()).ok().filter(|done| *done > 0)?;
        let left = i64::try_from(self.total).ok()?.saturating_sub(done);
        let spent = now.0.saturating_sub(self.started.0).max(0);
        Some((spent.saturating_mul(left) / done).div_euclid(1_000) + 1)
    }
}

/// The papers of this program's life.
#[derive(Debug, Default)]
pub(crate) struct PrintJobs {
    kept: Mutex<VecDeque<Arc<PrintJob>>>,
}

impl PrintJobs {
    /// A new one; the last of the same person is dropped.
    pub(crate) fn begin(
        &self,
        owner: UserId,
        form: &'static Form,
        total: usize,
        started: Timestamp,
        dice: &dyn Dice,
    ) -> Arc<PrintJob> {
        let job = Arc::new(PrintJob {
            key: to_hex(&dice.bytes::<8>()),
            owner,
            form,
            total,
            started,
            done: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
            outcome: Mutex::new(None),
        });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|known| {
            let stays = known.owner != owner;
            if !stays {
                known.cancel();
            }
            stays
        });
        if kept.len() >= KEPT_MAX
            && let Some(oldest) = kept.pop_front()
        {
            oldest.cancel();
        }
        kept.push_back(Arc::clone(&job));
        job
    }

    /// The paper of a key, for the one who asked for it.
    pub(crate) fn get(&self, key: &str, owner: UserId) -> Option<Arc<PrintJob>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|job| job.key == key && job.owner == owner).cloned()
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::SeededDice;
    use wardbook_web::print::forms;

    use super::*;

    #[test]
    fn a_paper_belongs_to_one_person_and_gives_way_to_their_next() {
        let (jobs, dice) = (PrintJobs::default(), SeededDice::new(4));
        let me = UserId([1; 8]);
        let other = UserId([2; 8]);
        let form = &forms()[0];
        let first = jobs.begin(me, form, 3, Timestamp(0), &dice);
        assert!(jobs.get(&first.key, me).is_some());
        assert!(jobs.get(&first.key, other).is_none());
        assert!(first.step() && !first.is_cancelled());
        let second = jobs.begin(me, form, 1, Timestamp(0), &dice);
        assert!(first.is_cancelled() && jobs.get(&first.key, me).is_none());
        assert!(!first.step(), "the work of the old one ends");
        second.end(Ok(Made { people: 1, ..Made::default() }));
        assert_eq!(second.outcome().unwrap().unwrap().people, 1);
    }

    #[test]
    fn the_time_left_follows_the_pace() {
        let (jobs, dice) = (PrintJobs::default(), SeededDice::new(4));
        let job = jobs.begin(UserId([1; 8]), &forms()[0], 10, Timestamp(1_000), &dice);
        assert_eq!(job.seconds_left(Timestamp(2_000)), None);
        job.step();
        assert_eq!(job.seconds_left(Timestamp(2_000)), Some(10));
        assert_eq!(job.seconds_left(Timestamp(500)), Some(1), "a clock that went back");
    }
}
