//! The scrub finds each kind of damage, and changes nothing.

use wardbook_base::{Chain, FeedEpoch, FeedPosition, FeedSeq, Timestamp};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::WardFeed;

use super::town::Record;
use super::{document_id, fixture, ward};
use crate::{Role, Store, StoreError, Ward};

fn stored(role: Role) -> (super::Fixture, Vec<Record>) {
    let f = fixture(role);
    let records: Vec<Record> = (1..=5)
        .map(|n| {
            let mut record = Record::new(document_id(n), 3, u64::from(n));
            (0..30).for_each(|_| record.edit());
            record.store(&f.store, 0, |_| 0);
            record
        })
        .collect();
    (f, records)
}

fn run(store: &Store, sql: &str) {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        connection.execute_batch(sql).unwrap();
    });
}

/// One full pass in steps of two.
fn pass(store: &Store) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for _ in 0..9 {
        let step = store.scrub_step(2).unwrap();
        found.extend(step.findings.into_iter().map(|finding| (finding.subject, finding.code)));
        if step.finished {
            return found;
        }
    }
    panic!("the pass does not end");
}

#[test]
fn a_whole_store_has_no_findings_before_and_after_compaction() {
    let (f, _) = stored(Role::Node);
    assert_eq!(pass(&f.store), []);
    let status = f.store.scrub_status().unwrap();
    assert_eq!((status.last_pass, status.documents), (Some(Timestamp(1_000)), 5));
    while !f.store.compact_step(Timestamp(i64::MAX / 2), None, 2).unwrap().finished {}
    assert_eq!(pass(&f.store), []);
    f.store.scrub_step(2).unwrap();
    assert_eq!(f.store.scrub_status().unwrap().seen, 2);
}

#[test]
fn each_kind_of_damage_is_found_once_and_nothing_is_removed() {
    let (f, records) = stored(Role::Node);
    let before = f.store.sizes().unwrap().changes;
    let key = |n: u8| format!("(SELECT key FROM document WHERE id = x'{}')", document_id(n));
    let last = |n: u8| format!("(SELECT max(n) FROM change WHERE document = {})", key(n));
    // 1: other heads than its changes. 2: a row that does not open. 4: a hash that is not the
    // bytes': nothing opens under it. 5: a number lost on the way.
    run(&f.store, &format!("UPDATE document SET heads = zeroblob(32) WHERE key = {}", key(1)));
    run(&f.store, &format!("UPDATE change SET bytes = x'01' WHERE n = {}", last(2)));
    run(&f.store, &format!("UPDATE change SET hash = zeroblob(32) WHERE n = {}", last(4)));
    let names: Vec<String> = (0..=5).map(|n| document_id(n).to_string()).collect();
    let found = pass(&f.store);
    let codes = |n: usize| -> Vec<&str> {
        found.iter().filter(|(of, _)| *of == names[n]).map(|(_, code)| code.as_str()).collect()
    };
    assert!(codes(1).contains(&"heads"), "{found:?}");
    assert_eq!(codes(2), ["unreadable"]);
    assert_eq!(codes(4), ["unreadable"]);
    assert!(codes(3).is_empty() && codes(5).is_empty(), "{found:?}");
    assert_eq!(f.store.sizes().unwrap().changes, before);
    assert_eq!(f.store.scrub_status().unwrap().findings.len(), found.len());
    // What is right again is taken off the list.
    let heads: Vec<u8> = {
        let state = f.store.read(|tx| tx.load_document(&document_id(3))).unwrap();
        state.unwrap().heads().iter().flat_map(|head| head.0).collect()
    };
    assert!(!heads.is_empty() && !records.is_empty());
    run(&f.store, &format!("DELETE FROM change WHERE n IN ({}, {})", last(2), last(4)));
    let again = pass(&f.store);
    assert!(again.iter().filter(|(of, _)| *of == names[2]).all(|(_, code)| code == "heads"));
}

#[test]
fn a_snapshot_of_other_values_is_found() {
    let (f, _) = stored(Role::Node);
    // The snapshot of another state of the same record, under the heads of this one.
    let other = {
        let mut record = Record::new(document_id(1), 3, 99);
        record.edit();
        let g = fixture(Role::Node);
        record.store(&g.store, 0, |_| 0);
        g.store.read(|tx| tx.load_document(&document_id(1))).unwrap().unwrap()
    };
    f.store
        .inner
        .writer
        .write_sql(&f.store.inner.shared, |tx| {
            let key = tx.key(&document_id(1))?.unwrap();
            tx.write_snapshot(key, &other)
        })
        .unwrap();
    let found = pass(&f.store);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, document_id(1).to_string());
    assert_eq!(found[0].1, "heads");
}

#[test]
fn a_digest_that_does_not_add_up_is_found_at_both_ends() {
    let (node, records) = stored(Role::Node);
    let heads = |n: usize| {
        let document = node.store.read(|tx| tx.load_document(&records[n].id)).unwrap();
        document.unwrap().heads()
    };
    let mut sum = Digest::default();
    wardbook_sync::digest::replace(&mut sum, &records[0].id, 0, &[], &heads(0));
    let position =
        FeedPosition { epoch: FeedEpoch([1; 16]), seq: FeedSeq(0), chain: Chain::default() };
    node.store
        .write(|tx| {
            tx.put_feed_heads(&records[0].id, &heads(0))?;
            tx.put_feed(&position, &sum)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(pass(&node.store), []);
    sum.sum[0] ^= 1;
    node.store.write(|tx| Ok::<_, StoreError>(tx.put_feed(&position, &sum)?)).unwrap();
    assert_eq!(pass(&node.store), [("feed".to_owned(), "digest".to_owned())]);

    let (hub, _) = stored(Role::Hub);
    let digest = {
        let mut sum = Digest::default();
        for (n, record) in records.iter().enumerate() {
            wardbook_sync::digest::replace(&mut sum, &record.id, 0, &[], &heads(n));
        }
        sum
    };
    let feed = |digest| WardFeed { ward: ward(), position, digest };
    hub.store
        .write(|tx| {
            let name = "Uyên Hưng".to_owned();
            tx.put_ward(&Ward { id: ward(), name, created_at: Timestamp(1) })?;
            tx.put_ward_feed(&feed(digest))?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(pass(&hub.store), []);
    let wrong = feed(Digest { n: 4, ..digest });
    hub.store.write(|tx| Ok::<_, StoreError>(tx.put_ward_feed(&wrong)?)).unwrap();
    assert_eq!(pass(&hub.store), [("ward:25888.1".to_owned(), "digest".to_owned())]);
    let status = hub.store.scrub_status().unwrap();
    assert_eq!(status.findings[0].detail, "5 documents add up, 4 were counted");
}
