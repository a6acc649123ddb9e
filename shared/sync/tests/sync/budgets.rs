//! What sync may cost on the line, in bytes.

use wardbook_sync::ports::Log;

use crate::calls::city;
use crate::support::Person;

/// A call that has nothing to say, with the answer to it.
const NO_OP_BYTES_MAX: usize = 600;
/// 29 documents with one changed field, in either direction.
const ONE_PERCENT_BYTES_MAX: usize = 4 * 1024;

#[test]
fn a_call_that_brings_nothing_costs_a_few_hundred_bytes_and_reads_no_change() {
    let (dice, mut hub, mut one, mut two) = city(1);
    for _ in 0..300 {
        one.create(&dice);
    }
    one.sync(&mut hub);
    two.sync(&mut hub);
    let read = (hub.store.log.bytes_read(), two.store.log.bytes_read());
    let (up, down, outcome) = two.call(&mut hub);
    assert!(outcome.proven_equal);
    println!("no-op: {} bytes up, {} down", up.len(), down.len());
    assert!(up.len() + down.len() <= NO_OP_BYTES_MAX, "{} + {}", up.len(), down.len());
    assert_eq!((hub.store.log.bytes_read(), two.store.log.bytes_read()), read);
}

#[test]
fn twenty_nine_changed_fields_fit_four_kilobytes_each_way() {
    let (dice, mut hub, mut one, mut two) = city(2);
    let mut persons: Vec<Person> = (0..60).map(|_| one.create(&dice)).collect();
    one.sync(&mut hub);
    two.sync(&mut hub);
    let head = one.push_head();
    for (n, person) in persons.iter_mut().take(29).enumerate() {
        let change = person.set(one.epoch, "full_name", &format!("Lê Thị Hoa {n}"));
        one.record(&person.id, &change).unwrap();
    }
    assert_eq!(one.push_head() - head, 29);
    let (push, positions, outcome) = one.call(&mut hub);
    assert_eq!(outcome.newly_acked, 29);
    let (ask, pull, outcome) = two.call(&mut hub);
    assert_eq!(outcome.pulled.len(), 29);
    assert!(outcome.proven_equal);
    println!(
        "29 fields: {} bytes up, {} down to the author, {} + {} to another device",
        push.len(),
        positions.len(),
        ask.len(),
        pull.len()
    );
    for bytes in [push.len(), positions.len(), ask.len(), pull.len()] {
        assert!(bytes <= ONE_PERCENT_BYTES_MAX, "{bytes}");
    }
    assert!(positions.len() <= NO_OP_BYTES_MAX / 2, "own changes come back without bytes");
    let heads = |store: &dyn Log| store.document(&persons[0].id).unwrap().unwrap().heads;
    assert_eq!(heads(&one.store), heads(&two.store));
}

#[test]
fn a_cold_pull_fills_its_answers() {
    let (dice, mut hub, mut one, mut two) = city(3);
    for _ in 0..1200 {
        one.create(&dice);
    }
    one.sync(&mut hub);
    let (mut calls, mut bytes) = (0, 0);
    loop {
        let (up, down, outcome) = two.call(&mut hub);
        calls += 1;
        bytes += up.len() + down.len();
        assert!(down.len() <= wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX);
        assert!(outcome.pulled.len() >= 256 || !outcome.more, "{}", outcome.pulled.len());
        if !outcome.more {
            break;
        }
    }
    println!("cold pull of 1,200 small documents: {calls} calls, {bytes} bytes");
    assert!(calls <= 2, "{calls}");
}
