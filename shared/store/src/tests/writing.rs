//! The writer: group commit, failing jobs, panics, reads that cannot write.

use std::sync::Barrier;

use super::{document_id, fixture, opaque, state};
use crate::{Role, StoreError};

#[test]
fn a_failing_job_takes_back_its_own_changes_only() {
    let f = fixture(Role::Node);
    f.store.write(|tx| tx.put_setting("kept", "yes")).unwrap();
    let failed = f.store.write(|tx| {
        tx.put_setting("kept", "no")?;
        Err::<(), _>(StoreError::DiskFull)
    });
    assert_eq!(failed, Err(StoreError::DiskFull));
    let kept = f.store.read(|tx| tx.get_setting("kept")).unwrap();
    assert_eq!(kept.as_deref(), Some("yes"));
}

#[test]
fn jobs_that_arrive_together_share_commits_and_only_the_bad_ones_fail() {
    let f = fixture(Role::Node);
    let before = f.store.counters();
    let (threads, rounds) = (16, 8);
    let barrier = Barrier::new(threads);
    let (store, barrier) = (&f.store, &barrier);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for round in 0..rounds {
                    barrier.wait();
                    let bad = thread % 4 == 0;
                    let name = format!("{thread}.{round}");
                    let result = store.write(|tx| {
                        tx.put_setting(&name, "x")?;
                        if bad { Err(StoreError::Busy) } else { Ok(()) }
                    });
                    assert_eq!(result.is_err(), bad);
                }
            });
        }
    });
    for thread in 0..threads {
        for round in 0..rounds {
            let name = format!("{thread}.{round}");
            let found = store.read(|tx| tx.get_setting(&name)).unwrap();
            assert_eq!(found.is_some(), thread % 4 != 0, "{name}");
        }
    }
    let after = store.counters();
    let (jobs, commits) = (after.jobs - before.jobs, after.commits - before.commits);
    assert_eq!(jobs, (threads * rounds) as u64);
    assert!(commits < jobs, "{commits} commits for {jobs} jobs");
}

#[test]
fn a_job_that_waits_in_the_queue_joins_the_open_transaction() {
    let f = fixture(Role::Node);
    let store = &f.store;
    let before = store.counters().commits;
    let queued = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let second = scope.spawn(move || {
            queued.1.recv().unwrap();
            store.write(|tx| tx.put_setting("second", "x"))
        });
        store
            .write(|tx| {
                queued.0.send(()).unwrap();
                // The second job is in the queue before this one ends.
                while store.inner.writer.waiting() == 0 {
                    std::thread::yield_now();
                }
                tx.put_setting("first", "x")
            })
            .unwrap();
        second.join().unwrap().unwrap();
    });
    assert_eq!(store.counters().commits - before, 1);
}

#[test]
fn a_panic_in_a_job_is_answered_and_the_store_goes_on() {
    let f = fixture(Role::Node);
    let result: Result<(), StoreError> = f.store.write(|tx| {
        tx.put_setting("half", "done")?;
        panic!("on purpose");
    });
    assert_eq!(result, Err(StoreError::Panicked));
    assert_eq!(f.store.read(|tx| tx.get_setting("half")).unwrap(), None);
    f.store.write(|tx| tx.put_setting("whole", "done")).unwrap();
}

#[test]
fn a_write_inside_a_write_is_refused_instead_of_waiting_for_itself() {
    let f = fixture(Role::Node);
    let inner = f
        .store
        .write(|_| Ok::<_, StoreError>(f.store.write(|tx| tx.put_setting("a", "b")).unwrap_err()));
    assert_eq!(inner, Ok(StoreError::Nested));
}

#[test]
fn a_change_is_stored_once_and_its_place_is_not_given_twice() {
    let f = fixture(Role::Node);
    let change = opaque(document_id(1), 1, 10);
    let mut other = change.clone();
    other.meta.hash.0[0] = 0xff;
    f.store
        .write(|tx| {
            tx.put_document(&state(document_id(1), &[]))?;
            tx.put_change(&change)?;
            tx.put_change(&change)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(f.store.counters().changes, 1);
    let twice = f.store.write(|tx| tx.put_change(&other).map_err(StoreError::from));
    assert_eq!(twice.unwrap_err().code(), "internal");
    assert_eq!(f.store.sizes().unwrap().changes, 1);
}
