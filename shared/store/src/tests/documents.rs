//! Documents from snapshot and tail, and the projector's queue.

use wardbook_base::{Timestamp, limits};
use wardbook_record::{Document, Person};

use super::{Author, document_id, fixture};
use crate::{Role, Store, StoreError};

/// The record as the store puts it together, beside a replay of every raw change.
fn loaded_and_replayed(store: &Store, n: u8) -> (Person, Person) {
    let id = document_id(n);
    store
        .read(|tx| {
            let loaded = tx.load_document(&id)?.unwrap();
            let mut replayed = Document::new(id);
            for change in tx.changes_of(&id)? {
                replayed.apply(&change.bytes).unwrap();
            }
            assert_eq!(loaded.heads(), replayed.heads());
            Ok::<_, StoreError>((loaded.read(), replayed.read()))
        })
        .unwrap()
}

#[test]
fn snapshot_and_tail_equal_the_full_replay_at_every_length() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    for n in 0..limits::SNAPSHOT_AFTER_CHANGES * 2 + 10 {
        author.store(&f.store, "phone", &format!("09{n:08}"));
        f.store
            .write(|tx| {
                let document = tx.load_document(&document_id(1))?.unwrap();
                tx.write_snapshot_if_due(&document)
            })
            .unwrap();
        let (loaded, replayed) = loaded_and_replayed(&f.store, 1);
        assert_eq!(loaded, replayed);
        assert_eq!(loaded.text("phone"), Some(format!("09{n:08}").as_str()));
    }
    assert_eq!(f.store.counters().snapshots, 2);
    assert_eq!(f.store.sizes().unwrap().changes, limits::SNAPSHOT_AFTER_CHANGES as u64 * 2 + 10);
}

#[test]
fn a_document_that_lacks_a_stored_change_never_becomes_the_snapshot() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    for n in 0..=limits::SNAPSHOT_AFTER_CHANGES {
        author.store(&f.store, "phone", &n.to_string());
    }
    let older = author.document.clone();
    author.store(&f.store, "phone", "last");
    assert!(!f.store.write(|tx| tx.write_snapshot_if_due(&older)).unwrap());
    assert!(f.store.write(|tx| tx.write_snapshot_if_due(&author.document)).unwrap());
    assert!(!f.store.write(|tx| tx.write_snapshot_if_due(&author.document)).unwrap());
}

#[test]
fn the_queue_tells_what_the_projection_does_not_know_yet() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    author.store(&f.store, "full_name", "Trần Văn Bình");
    author.store(&f.store, "phone", "1");
    let first = f.store.read(|tx| tx.next_dirty(9)).unwrap();
    assert_eq!((first.len(), first[0].projected), (1, 0));
    author.store(&f.store, "phone", "2");
    // The projector read before the third change came: the document must stay in the queue.
    let second = f
        .store
        .write(|tx| {
            tx.clear_dirty_upto(&document_id(1), first[0].mark)?;
            tx.next_dirty(9)
        })
        .unwrap();
    assert_eq!((second.len(), second[0].projected), (1, first[0].mark));
    let (before, new) = f
        .store
        .read(|tx| {
            let before = tx.load_document_at(&document_id(1), second[0].projected)?.unwrap();
            Ok::<_, StoreError>((before, tx.changes_after(&document_id(1), second[0].projected)?))
        })
        .unwrap();
    assert_eq!(before.read().text("phone"), Some("1"));
    assert_eq!(new.len(), 1);
    f.store.write(|tx| tx.clear_dirty(&document_id(1))).unwrap();
    assert_eq!(f.store.read(|tx| tx.dirty_count()).unwrap(), (0, None));
    f.store.write(|tx| tx.mark_all_dirty(Timestamp(3))).unwrap();
    assert_eq!(f.store.read(|tx| tx.dirty_count()).unwrap(), (1, Some(Timestamp(3))));
}

#[test]
fn a_stored_change_that_is_no_change_is_named_and_harms_no_other_record() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    author.store(&f.store, "phone", "1");
    let bad = super::opaque(document_id(2), 1, 50);
    f.store
        .write(|tx| {
            tx.put_document(&super::state(document_id(2), &[bad.meta.hash]))?;
            tx.put_change(&bad)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let load = |n| f.store.read(|tx| tx.load_document(&document_id(n)));
    assert_eq!(load(2).unwrap_err().code(), "document_unreadable");
    assert!(load(1).unwrap().is_some());
    assert!(load(3).unwrap().is_none());
}
