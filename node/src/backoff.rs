//! How long to wait after a failed call: decorrelated jitter, so that many nodes that lost the
//! same line do not come back in the same second.

use std::time::Duration;

use wardbook_base::Dice;

/// The shortest wait.
const BASE_MS: u64 = 2_000;
/// The longest wait: 15 minutes.
const CAP_MS: u64 = 15 * 60 * 1_000;

/// The waits between failed calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    last_ms: u64,
}

impl Backoff {
    /// Forgets the failures: the last call went through.
    pub(crate) fn reset(&mut self) {
        self.last_ms = 0;
    }

    /// The next wait: between the base and three times the last one, never above the cap.
    pub(crate) fn next_wait(&mut self, dice: &dyn Dice) -> Duration {
        let upper = (self.last_ms.max(BASE_MS) * 3).min(CAP_MS * 3);
        let rolled = BASE_MS + dice.below(upper - BASE_MS + 1);
        self.last_ms = rolled.min(CAP_MS);
        Duration::from_millis(self.last_ms)
    }

    /// The longest wait, for failures that only a person can end.
    pub(crate) fn longest(&mut self) -> Duration {
        self.last_ms = CAP_MS;
        Duration::from_millis(CAP_MS)
    }
}

/// A regular pause, up to a tenth longer or shorter.
pub(crate) fn jittered(pause: Duration, dice: &dyn Dice) -> Duration {
    let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX / 2);
    let tenth = ms / 10;
    Duration::from_millis(ms - tenth + dice.below(2 * tenth + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn waits_stay_between_base_and_cap_and_reach_the_cap() {
        let dice = SeededDice::new(3);
        let mut backoff = Backoff::default();
        let (base, cap) = (Duration::from_millis(BASE_MS), Duration::from_millis(CAP_MS));
        let waits: Vec<Duration> = (0..200).map(|_| backoff.next_wait(&dice)).collect();
        assert!(waits.iter().all(|wait| (base..=cap).contains(wait)), "{waits:?}");
        assert!(waits.contains(&cap), "a long cut leads to the cap");
        assert!(waits[0] <= base * 3, "the first wait is short");
        backoff.reset();
        assert!(backoff.next_wait(&dice) <= base * 3);
    }

    #[test]
    fn two_nodes_do_not_wait_in_step() {
        let waits = |seed| {
            let (dice, mut backoff) = (SeededDice::new(seed), Backoff::default());
            (0..5).map(|_| backoff.next_wait(&dice)).collect::<Vec<_>>()
        };
        assert_ne!(waits(1), waits(2));
    }
}
