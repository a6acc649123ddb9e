//! Runs seeds: one, or a range on all cores.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::faults::Fault;
use crate::oracles;
use crate::violation::{Oracle, Sim, Violation};
use crate::world::World;

/// Seeds that are taken by a core at once.
const SHARE: u64 = 64;

/// What one seed came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Steps taken.
    pub steps: u64,
    /// What happened, counted.
    pub seen: BTreeMap<&'static str, u64>,
    /// Promises that were broken.
    pub violations: Vec<Violation>,
    /// The steps in words, when asked for.
    pub trace: String,
}

/// Lives through the history of one seed.
#[must_use]
pub fn run_seed(seed: u64, fault: Option<Fault>, trace: bool) -> Report {
    let lived = catch_unwind(AssertUnwindSafe(|| live(seed, fault, trace)));
    lived.unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no words");
        let violation = Violation::new(Oracle::Rest, format!("it panicked: {what}"));
        Report { seed, violations: vec![violation], ..Report::default() }
    })
}

fn live(seed: u64, fault: Option<Fault>, trace: bool) -> Report {
    let mut world = match World::new(seed, fault, trace) {
        Ok(world) => world,
        Err(violation) => {
            return Report { seed, violations: vec![violation], ..Report::default() };
        }
    };
    let mut violations = Vec::new();
    let steps = world.plan.steps;
    if let Err(violation) = history(&mut world, steps) {
        world.say(|| format!("!! {violation}"));
        violations.push(violation);
    }
    // A history that broke off in the middle is not at rest: only its first fault counts. But one
    // that has come to its end is asked everything, so that a planted fault is named by its oracle.
    let at_rest = violations.iter().all(|violation| violation.oracle == Oracle::Equal);
    if at_rest || fault.is_some() {
        violations.extend(oracles::check(&mut world));
    }
    Report { seed, steps, violations, trace: world.trace(), seen: world.seen }
}

fn history(world: &mut World, steps: u64) -> Sim<()> {
    for _ in 0..steps {
        world.step()?;
    }
    world.settle()?;
    if world.dice.one_in(4) {
        world.replay_everything()?;
        world.settle()?;
    }
    Ok(())
}

/// What a range of seeds came to.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Seeds that were lived through.
    pub seeds: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// What happened, counted.
    pub seen: BTreeMap<&'static str, u64>,
    /// The seeds that broke a promise, the lowest first; at most 20.
    pub failed: Vec<Report>,
}

/// Runs `count` seeds from `from` on `threads` cores. Ends early when `stop_at_first` is set and a
/// seed fails. `progress` is told now and then how many are done.
#[must_use]
pub fn run_range(
    from: u64,
    count: u64,
    threads: usize,
    fault: Option<Fault>,
    stop_at_first: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Totals {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let begin = next.fetch_add(SHARE, Ordering::Relaxed);
                    if begin >= count || stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let mut share = Totals::default();
                    for at in begin..count.min(begin + SHARE) {
                        share.add(run_seed(from + at, fault, false));
                        if stop_at_first && !share.failed.is_empty() {
                            stop.store(true, Ordering::Relaxed);
                            break;
                        }
                    }
                    let mut totals =
                        totals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    totals.merge(share);
                    progress(totals.seeds);
                }
            });
        }
    });
    totals.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Totals {
    fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.steps += report.steps;
        for (what, count) in &report.seen {
            *self.seen.entry(what).or_insert(0) += count;
        }
        if !report.violations.is_empty() {
            self.failed.push(report);
        }
    }

    fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        for (what, count) in other.seen {
            *self.seen.entry(what).or_insert(0) += count;
        }
        self.failed.extend(other.failed);
        self.failed.sort_by_key(|report| report.seed);
        self.failed.truncate(20);
    }
}
