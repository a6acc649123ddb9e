//! Runs seeds: one, or a range on all cores.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
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

/// Reports of failed seeds that are kept.
const FAILED_MAX: usize = 20;

/// What a range of seeds came to. Its size does not grow with the range.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Seeds that were lived through.
    pub seeds: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// What happened, counted.
    pub seen: BTreeMap<&'static str, u64>,
    /// Seeds that broke a promise.
    pub failures: u64,
    /// Which promise was broken by how many seeds.
    pub broken: BTreeMap<&'static str, u64>,
    /// The seeds that broke a promise, the lowest first; at most 20.
    pub failed: Vec<Report>,
}

/// What is told while a range runs.
#[derive(Debug)]
pub enum News<'a> {
    /// A seed broke a promise.
    Failed(&'a Report),
    /// So far this was done.
    Progress(&'a Totals),
}

/// Runs `count` seeds from `from` on `threads` cores. `watch` is told of every seed that fails and
/// now and then how far it is; nothing new is begun once it says `Break`.
#[must_use]
pub fn run_watched(
    from: u64,
    count: u64,
    threads: usize,
    fault: Option<Fault>,
    watch: &(dyn Fn(News<'_>) -> ControlFlow<()> + Sync),
) -> Totals {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let totals = Mutex::new(Totals::default());
    let tell = |news: News<'_>| {
        if watch(news).is_break() {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let begin = next.fetch_add(SHARE, Ordering::Relaxed);
            if begin >= count {
                break;
            }
            let mut share = Totals::default();
            for at in begin..count.min(begin + SHARE) {
                let report = run_seed(from + at, fault, false);
                if !report.violations.is_empty() {
                    tell(News::Failed(&report));
                }
                share.add(report);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            let mut totals = totals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            totals.merge(share);
            tell(News::Progress(&totals));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        // A program of one thread gets memory faster.
        work();
    });
    totals.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The same for tests. Ends early when `stop_at_first` is set and a seed fails. `progress` is told
/// now and then how many are done.
#[must_use]
pub fn run_range(
    from: u64,
    count: u64,
    threads: usize,
    fault: Option<Fault>,
    stop_at_first: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Totals {
    run_watched(from, count, threads, fault, &|news| {
        match news {
            News::Failed(_) if stop_at_first => return ControlFlow::Break(()),
            News::Failed(_) => {}
            News::Progress(totals) => progress(totals.seeds),
        }
        ControlFlow::Continue(())
    })
}

impl Totals {
    fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.steps += report.steps;
        for (what, count) in &report.seen {
            *self.seen.entry(what).or_insert(0) += count;
        }
        if report.violations.is_empty() {
            return;
        }
        self.failures += 1;
        let oracles = report.violations.iter().map(|violation| violation.oracle);
        for oracle in oracles.collect::<BTreeSet<_>>() {
            *self.broken.entry(oracle.name()).or_insert(0) += 1;
        }
        self.failed.push(report);
    }

    fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        for (what, count) in other.seen {
            *self.seen.entry(what).or_insert(0) += count;
        }
        self.failures += other.failures;
        for (oracle, count) in other.broken {
            *self.broken.entry(oracle).or_insert(0) += count;
        }
        self.failed.extend(other.failed);
        self.failed.sort_by_key(|report| report.seed);
        self.failed.truncate(FAILED_MAX);
    }
}
