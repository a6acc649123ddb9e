//! Compaction, archive and dictionary.

use std::io::Write as _;

use wardbook_base::{DocumentId, Timestamp};

use super::town::{Record, ask};
use super::{document_id, faults, fixture, open};
use crate::{CompactReport, RAW_CHANGES_KEPT_MS, Role, Store, StoreError};

const DAY: i64 = 24 * 60 * 60 * 1_000;
/// No difference.
const NONE: [&str; 0] = [];
/// Long after everything was taken in.
const LATER: Timestamp = Timestamp(RAW_CHANGES_KEPT_MS + 100 * DAY);

fn compact(store: &Store, now: Timestamp) -> CompactReport {
    let mut sum = CompactReport::default();
    loop {
        let step = store.compact_step(now, None, 3).unwrap();
        sum.documents += step.documents;
        sum.dropped += step.dropped;
        sum.unfit += step.unfit;
        if step.finished {
            return sum;
        }
    }
}

fn rows(store: &Store) -> i64 {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        connection.query_row("SELECT count(*) FROM change", [], |row| row.get(0)).unwrap()
    })
}

#[test]
fn no_answer_changes_when_rows_are_dropped() {
    for seed in 0..4 {
        let f = fixture(Role::Hub);
        let twin = fixture(Role::Hub);
        let hands = 1 + usize::try_from(seed % 4).unwrap();
        let mut record = Record::new(document_id(1), hands, seed);
        for _ in 0..10 + seed * 7 {
            record.edit();
        }
        let first = record.changes.len();
        // The last few are young: they stay rows.
        let time = |n: usize| if n + 3 < first { 0 } else { LATER.0 };
        record.store(&f.store, 0, time);
        record.store(&twin.store, 0, time);
        let marks = first as u64 + 2;
        let before = ask(&f.store, &record, marks);
        assert_eq!(ask(&twin.store, &record, marks).differ(&before), NONE);
        let report = compact(&f.store, LATER);
        assert_eq!((report.dropped, report.unfit), (first as u64 - 3, 0), "seed {seed}");
        assert_eq!(rows(&f.store), 3);
        assert_eq!(ask(&f.store, &record, marks).differ(&before), NONE, "seed {seed}");
        // More edits come, and are dropped in turn.
        for _ in 0..20 {
            record.edit();
        }
        record.store(&f.store, first, |_| LATER.0);
        record.store(&twin.store, first, |_| LATER.0);
        let marks = record.changes.len() as u64 + 2;
        let before = ask(&twin.store, &record, marks);
        assert_eq!(ask(&f.store, &record, marks).differ(&before), NONE, "seed {seed}");
        assert!(compact(&f.store, Timestamp(LATER.0 * 2)).dropped > 20);
        assert_eq!(rows(&f.store), 0);
        let dir = f.dir;
        drop(f.store);
        let store = open(dir.path(), Role::Hub).unwrap();
        assert_eq!(ask(&store, &record, marks).differ(&before), NONE, "seed {seed}");
        // Storing again what was dropped changes nothing.
        store
            .write(|tx| {
                for change in &record.changes {
                    tx.put_change(change)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        assert_eq!(ask(&store, &record, marks).differ(&before), NONE, "seed {seed}");
        assert_eq!(rows(&store), 0);
        // And back: taking out the last change makes rows of everything again.
        let last = record.changes.last().unwrap().meta.hash;
        for store in [&store, &twin.store] {
            store.write(|tx| Ok::<_, StoreError>(tx.remove_changes(&record.id, &[last])?)).unwrap();
        }
        let without = ask(&twin.store, &record, marks);
        assert_eq!(ask(&store, &record, marks).differ(&without), NONE, "seed {seed}");
        assert_eq!(rows(&store), i64::try_from(record.changes.len()).unwrap() - 1);
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn two_changes_of_one_number_stay_apart_after_the_first_was_dropped() {
    let f = fixture(Role::Hub);
    let mut record = Record::new(document_id(1), 1, 1);
    let mut other = Record::new(document_id(1), 1, 2);
    for _ in 0..10 {
        record.edit();
        other.edit();
    }
    record.store(&f.store, 0, |_| 0);
    assert_eq!(compact(&f.store, LATER).dropped, record.changes.len() as u64);
    let second = other.changes[0].clone();
    let refused = f.store.write(|tx| Ok::<_, StoreError>(tx.put_change(&second)?)).unwrap_err();
    assert_eq!(refused.code(), "internal");
}

#[test]
fn young_changes_stay_unless_every_device_has_them() {
    let f = fixture(Role::Hub);
    let mut record = Record::new(document_id(1), 2, 3);
    for _ in 0..19 {
        record.edit();
    }
    record.store(&f.store, 0, |_| LATER.0);
    assert_eq!(compact(&f.store, LATER).dropped, 0);
    let step = f.store.compact_step(LATER, Some(Timestamp(LATER.0 + 1)), 9).unwrap();
    assert_eq!((step.dropped, step.finished), (record.changes.len() as u64, true));
}

#[test]
fn a_disk_that_is_full_while_compacting_changes_nothing() {
    let f = fixture(Role::Hub);
    let records: Vec<Record> = [250, 20, 20]
        .iter()
        .zip(1..)
        .map(|(edits, n)| {
            let mut record = Record::new(document_id(n), 2, u64::from(n));
            (0..*edits).for_each(|_| record.edit());
            record.store(&f.store, 0, |_| 0);
            record
        })
        .collect();
    let all = || -> Vec<_> {
        let given = |record: &Record| f.store.read(|tx| tx.changes_of(&record.id)).unwrap();
        records.iter().map(given).collect()
    };
    let before = all();
    let (mut room, mut refused) = (0, 0);
    loop {
        faults::limit_pages(&f.store, room);
        match f.store.compact_step(LATER, None, 9) {
            Err(error) => assert_eq!(error, StoreError::DiskFull),
            Ok(_) => break,
        }
        assert!(all() == before, "room for {room} pages");
        refused += 1;
        room += 1;
    }
    assert!(refused > 0, "it must have failed at least once");
    assert!(all() == before);
    assert_eq!(rows(&f.store), 0);
}

/// Bytes of everything that is stored of the documents: rows, indexes and all.
fn bytes_of_documents(store: &Store) -> i64 {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        let sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat
                   WHERE name IN ('change', 'snapshot', 'archive', 'sqlite_autoindex_change_1',
                                  'sqlite_autoindex_change_2')";
        connection.query_row(sql, [], |row| row.get(0)).unwrap_or_default()
    })
}

fn bytes_in(store: &Store, what: &str) -> i64 {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        connection.query_row(what, [], |row| row.get(0)).unwrap()
    })
}

#[test]
fn a_dictionary_makes_snapshots_smaller_and_older_ones_stay_readable() {
    let count: u16 =
        std::env::var("WARDBOOK_DOCUMENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(210);
    let edits: usize =
        std::env::var("WARDBOOK_EDITS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let f = fixture(Role::Hub);
    let id = |n: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        DocumentId(id)
    };
    let records: Vec<Record> = (0..count)
        .map(|n| {
            let mut record = Record::new(id(n), 2, u64::from(n));
            (0..edits).for_each(|_| record.edit());
            record
        })
        .collect();
    // The first hundred are compacted before there are enough to learn from.
    records[..100].iter().for_each(|record| record.store(&f.store, 0, |_| 0));
    let raw = bytes_of_documents(&f.store);
    compact(&f.store, LATER);
    let sum = "SELECT sum(length(bytes)) FROM snapshot WHERE dictionary IS";
    let plain = bytes_in(&f.store, &format!("{sum} NULL"));
    let plain_archives = bytes_in(&f.store, "SELECT sum(length(bytes)) FROM archive");
    let before = ask(&f.store, &records[0], 0);
    records[100..].iter().for_each(|record| record.store(&f.store, 0, |_| 0));
    compact(&f.store, LATER);
    assert_eq!(bytes_in(&f.store, "SELECT count(*) FROM dictionary"), 1);
    assert_eq!(bytes_in(&f.store, "SELECT count(*) FROM snapshot WHERE dictionary IS NULL"), 100);
    let learnt = bytes_in(&f.store, &format!("{sum} NOT NULL")) / i64::from(count - 100);
    let (raw, plain, archive) = (raw / 100, plain / 100, plain_archives / 100);
    let whole = bytes_of_documents(&f.store) / i64::from(count);
    let dictionary = bytes_in(&f.store, "SELECT sum(length(bytes)) FROM dictionary");
    writeln!(
        std::io::stderr(),
        "bytes per document with {edits} edits: rows {raw}, snapshot {plain}, with dictionary \
         {learnt} (dictionary {dictionary}), archive {archive}, whole store after {whole}"
    )
    .unwrap();
    assert!(learnt * 10 < plain * 8, "{learnt} of {plain}");
    // What was written before the dictionary, and with it, is read as ever.
    let mut expected = before;
    expected.set_counted(f.store.read(|tx| tx.row_counts()).unwrap());
    assert_eq!(ask(&f.store, &records[0], 0).differ(&expected), NONE);
    let dir = f.dir;
    drop(f.store);
    let store = open(dir.path(), Role::Hub).unwrap();
    for record in [&records[0], &records[99], &records[usize::from(count) - 1]] {
        let given = store.read(|tx| tx.changes_of(&record.id)).unwrap();
        let bytes: Vec<_> = given.iter().map(|change| &change.bytes).collect();
        assert_eq!(bytes, record.changes.iter().map(|change| &change.bytes).collect::<Vec<_>>());
    }
}
