//! A worker may die or hang of what it is given: the server finds the guilty change and goes on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wardbook_base::{ChangeHash, SeededDice};
use wardbook_hostile::histories::{History, history};
use wardbook_hostile::mutate_raw::predecessor_bomb;
use wardbook_hostile::raw::RawChange;
use wardbook_replica::deep::{DeepCheck, DeepReport, DeepWork, Patience, Workers};
use wardbook_sync::check::item_hash;

fn workers(max: usize, patience: Patience) -> Workers {
    Workers::new(PathBuf::from(env!("CARGO_BIN_EXE_wardbook-hostile-worker")), max, patience)
}

fn work(history: &History) -> DeepWork {
    DeepWork { document: history.id, fresh: history.changes.clone(), ..DeepWork::default() }
}

/// A hundred bytes that claim a million million earlier values: a worker runs out of memory and is
/// aborted, which no code can catch. The shallow check refuses them; here they come through.
fn killer(n: u8) -> (ChangeHash, Vec<u8>) {
    let honest = history(&SeededDice::new(n.into()), 1).changes.remove(0).1;
    let bytes = predecessor_bomb(&RawChange::read(&honest).unwrap(), 1 << 40);
    (item_hash(&bytes), bytes)
}

#[test]
fn a_change_that_kills_the_worker_is_found_among_many_and_the_rest_is_judged() {
    let workers = workers(1, Patience { document: Duration::from_mins(2), ..Patience::default() });
    let histories: Vec<History> = (0..4).map(|seed| history(&SeededDice::new(seed), 12)).collect();
    let mut all: Vec<DeepWork> = histories.iter().map(work).collect();
    let killer = killer(1);
    all[2].fresh.insert(1, killer.clone());
    // What only fails is found beside what kills.
    let (cut, bytes) = all[2].fresh.pop().unwrap();
    all[2].fresh.push((cut, bytes[..bytes.len() - 1].to_vec()));
    let report = workers.check(all.clone()).unwrap();
    assert_eq!(report.condemned, [(histories[2].id, killer.0), (histories[2].id, cut)]);
    assert!(report.deaths > 0);
    all.remove(2);
    assert_eq!(workers.check(all), Ok(DeepReport::default()), "a new worker has taken over");
}

#[test]
fn a_worker_that_hangs_is_ended_and_all_is_refused_once_too_many_died() {
    // Once too many have died there is no patience at all: every document seems to hang.
    let patience = Patience {
        document: Duration::from_secs(20),
        strained: Duration::ZERO,
        idle: Duration::from_mins(1),
    };
    let workers = workers(1, patience);
    let histories: Vec<History> = (0..2).map(|seed| history(&SeededDice::new(seed), 6)).collect();
    let mut all: Vec<DeepWork> = histories.iter().map(work).collect();
    // More killers than are looked into.
    all[0].fresh = (0..20).map(killer).collect();
    let report = workers.check(all).unwrap();
    assert!(report.deaths > 12, "{}", report.deaths);
    assert!((0..20).all(|n| report.condemned.contains(&(histories[0].id, killer(n).0))));
}

#[test]
fn several_checks_at_once_wait_for_the_few_workers() {
    let workers = Arc::new(workers(2, Patience::default()));
    let threads: Vec<_> = (0..6)
        .map(|seed| {
            let workers = Arc::clone(&workers);
            std::thread::spawn(move || {
                let history = history(&SeededDice::new(seed), 10);
                workers.check(vec![work(&history), DeepWork::default()])
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Ok(DeepReport::default()));
    }
}

#[test]
fn an_idle_worker_ends_and_another_takes_over() {
    let idle = Duration::from_millis(1);
    let workers = workers(1, Patience { idle, ..Patience::default() });
    let history = history(&SeededDice::new(1), 5);
    for _ in 0..5 {
        assert_eq!(workers.check(vec![work(&history)]).unwrap().condemned, []);
    }
}
