//! Keys of documents: what is sealed, what is destroyed, and what reads how afterwards.

use rusqlite::params;
use wardbook_base::Timestamp;
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{HubPort, Quarantined, Tombstone};

use super::town::Record;
use super::{Author, Fixture, document_id, fixture, opaque, open, state};
use crate::{Role, Store, StoreError};

fn grave(n: u8) -> Tombstone {
    Tombstone {
        document: document_id(n),
        generation: 0,
        reason: ForgetReason::Purged,
        at: Timestamp(5),
    }
}

fn run(store: &Store, sql: &str) {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        connection.execute_batch(sql).unwrap();
    });
}

/// Writes to `keys.db` behind the store's back; the store is opened again.
fn with_keys(f: Fixture, sql: &str) -> Fixture {
    let Fixture { store, dir } = f;
    let key = store.inner.key.clone();
    drop(store);
    let keys = crate::keys::open_file(&dir.path().join("keys.db"), &key).unwrap();
    keys.execute(sql, params![document_id(1).as_bytes()]).unwrap();
    drop(keys);
    Fixture { store: open(dir.path(), Role::Node).unwrap(), dir }
}

#[test]
fn what_a_record_says_is_in_no_row_of_the_database() {
    let f = fixture(Role::Node);
    let mut record = Record::new(document_id(1), 1, 1);
    (0..40).for_each(|_| record.edit());
    record.store(&f.store, 0, |_| 0);
    let bytes = record.changes[0].bytes.clone();
    let aside = Quarantined {
        document: document_id(2),
        hash: record.changes[0].meta.hash,
        device: record.changes[0].author,
        code: "unsafe_change".to_owned(),
        because_of: None,
        bytes: bytes.clone(),
        at: Timestamp(1),
        replaced_by: None,
    };
    f.store.write(|tx| Ok::<_, StoreError>(HubPort::quarantine(tx, &aside)?)).unwrap();
    f.store.compact_step(Timestamp(i64::MAX / 2), None, 9).unwrap();
    let found = |table: &str, word: &str| -> i64 {
        f.store.inner.writer.alone(&f.store.inner.shared, |connection| {
            let sql = format!("SELECT count(*) FROM {table} WHERE instr(bytes, ?1) > 0");
            connection.query_row(&sql, [word.as_bytes()], |row| row.get(0)).unwrap()
        })
    };
    assert!(String::from_utf8_lossy(&bytes).contains("personal_field_01"));
    for table in ["change", "snapshot", "archive", "quarantine"] {
        assert_eq!(found(table, "personal_field_01"), 0, "{table}");
        assert_eq!(found(table, "Tân Uyên"), 0, "{table}");
    }
    let kept =
        f.store.read(|tx| Ok::<_, StoreError>(tx.quarantined(&document_id(2), &aside.hash)?));
    assert_eq!(kept.unwrap(), Some(aside));
}

#[test]
fn a_purged_record_is_gone_and_may_come_again_under_another_key() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    author.store(&f.store, "phone", "1");
    let before = f.store.inner.shared.keys.get(&document_id(1)).unwrap().unwrap();
    // A purge that is taken back leaves everything as it was.
    let undone = f.store.write(|tx| {
        tx.forget_document(&grave(1))?;
        assert!(tx.load_document(&document_id(1))?.is_none());
        Err::<(), _>(StoreError::Busy)
    });
    assert_eq!(undone, Err(StoreError::Busy));
    assert!(f.store.read(|tx| tx.load_document(&document_id(1))).unwrap().is_some());
    f.store.write(|tx| Ok::<_, StoreError>(tx.forget_document(&grave(1))?)).unwrap();
    assert!(f.store.read(|tx| tx.load_document(&document_id(1))).unwrap().is_none());
    assert_eq!(f.store.inner.shared.keys.get(&document_id(1)).unwrap(), None);
    let on_disk = std::fs::read(f.dir.path().join("keys.db-wal")).unwrap_or_default();
    assert!(on_disk.is_empty(), "the log beside the keys is cut");
    Author::new(document_id(1)).store(&f.store, "phone", "2");
    let after = f.store.inner.shared.keys.get(&document_id(1)).unwrap().unwrap();
    assert_ne!(before, after);
}

#[test]
fn a_crash_between_key_and_record_is_finished_at_the_next_opening() {
    let f = fixture(Role::Node);
    Author::new(document_id(1)).store(&f.store, "phone", "1");
    Author::new(document_id(2)).store(&f.store, "phone", "2");
    // The key is destroyed, the database does not get to its own commit.
    f.store
        .write(|tx| {
            tx.put_setting("a", "b")?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let staged =
        crate::keys::KeyChanges { made: [].into(), doomed: [(document_id(1), grave(1))].into() };
    f.store.inner.shared.keys.stage(staged);
    f.store.inner.shared.keys.flush().unwrap();
    // Until then it reads as purged: never as damage.
    let hash = f
        .store
        .read(|tx| Ok::<_, StoreError>(tx.document(&document_id(1))?))
        .unwrap()
        .unwrap()
        .heads[0];
    f.store
        .read(|tx| {
            assert!(tx.load_document(&document_id(1))?.is_none());
            assert!(tx.changes_of(&document_id(1))?.is_empty());
            assert_eq!(tx.change_bytes(&document_id(1), &hash)?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let dir = f.dir;
    drop(f.store);
    let store = open(dir.path(), Role::Node).unwrap();
    store
        .read(|tx| {
            assert_eq!(tx.document(&document_id(1))?, None);
            assert_eq!(tx.tombstone(&document_id(1))?, Some(grave(1)));
            assert!(tx.load_document(&document_id(2))?.is_some());
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_missing_key_reads_as_purged_and_a_changed_row_as_damage() {
    let f = fixture(Role::Node);
    Author::new(document_id(1)).store(&f.store, "phone", "1");
    Author::new(document_id(2)).store(&f.store, "phone", "2");
    f.store.inner.writer.alone(&f.store.inner.shared, |connection| {
        let sql = "SELECT bytes FROM change WHERE n = 2";
        let mut bytes: Vec<u8> = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        connection.execute("UPDATE change SET bytes = ?1 WHERE n = 2", [bytes]).unwrap();
    });
    let damaged = f.store.read(|tx| tx.load_document(&document_id(2))).unwrap_err();
    assert_eq!(damaged.code(), "document_unreadable");
    // A row of another document in its place is damage too.
    run(&f.store, "UPDATE change SET bytes = (SELECT bytes FROM change WHERE n = 1) WHERE n = 2");
    let swapped = f.store.read(|tx| tx.load_document(&document_id(2))).unwrap_err();
    assert_eq!(swapped.code(), "document_unreadable");
    let f = with_keys(f, "DELETE FROM document_key WHERE document = ?1");
    assert!(f.store.read(|tx| tx.load_document(&document_id(1))).unwrap().is_none());
    let codes = |store: &Store| -> Vec<String> {
        let found = store.scrub_step(9).unwrap().findings;
        found.into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&f.store), ["key_missing", "unreadable"]);
    assert!(
        f.store.read(|tx| Ok::<_, StoreError>(tx.document(&document_id(1))?)).unwrap().is_some()
    );
}

#[test]
fn a_key_is_on_the_disk_before_what_it_seals() {
    let f = fixture(Role::Node);
    let keys = &f.store.inner.shared.keys;
    // The keys cannot be written: then the database must not keep the row either.
    keys.limit_pages_for_test();
    let mut refused = false;
    for n in 1..=255 {
        let stored = f.store.write(|tx| {
            tx.put_document(&state(document_id(n), &[]))?;
            Ok::<_, StoreError>(tx.put_change(&opaque(document_id(n), 1, 10))?)
        });
        if stored == Err(StoreError::DiskFull) {
            refused = true;
            assert_eq!(f.store.sizes().unwrap().changes, u64::from(n) - 1);
            assert_eq!(keys.get(&document_id(n)).unwrap(), None);
            break;
        }
        stored.unwrap();
    }
    assert!(refused);
}

#[test]
fn a_folder_without_its_keys_is_refused_in_words() {
    let f = fixture(Role::Node);
    let dir = f.dir;
    drop(f.store);
    std::fs::remove_file(dir.path().join("keys.db")).unwrap();
    assert_eq!(open(dir.path(), Role::Node).err().unwrap().code(), "key_missing");
}

#[test]
fn what_an_older_version_wrote_is_sealed_at_the_first_opening() {
    let f = fixture(Role::Node);
    let mut author = Author::new(document_id(1));
    author.store(&f.store, "phone", "1");
    let change = f.store.read(|tx| tx.changes_of(&document_id(1))).unwrap().remove(0);
    f.store.inner.writer.alone(&f.store.inner.shared, |connection| {
        connection.execute("UPDATE change SET bytes = ?1", [&change.bytes]).unwrap();
        connection.execute("DELETE FROM setting WHERE name = 'store.sealed'", []).unwrap();
    });
    let dir = f.dir;
    drop(f.store);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.path().join(format!("keys.db{ending}")));
    }
    let store = open(dir.path(), Role::Node).unwrap();
    assert_eq!(
        store.read(|tx| tx.changes_of(&document_id(1))).unwrap(),
        std::slice::from_ref(&change)
    );
    let sealed: Vec<u8> = store.inner.writer.alone(&store.inner.shared, |connection| {
        connection.query_row("SELECT bytes FROM change", [], |row| row.get(0)).unwrap()
    });
    assert_eq!(sealed.len(), change.bytes.len() + 33);
}
