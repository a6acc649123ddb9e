//! Opening: keys, roles, locks, versions, and what a lost process leaves behind.

use super::{Fixture, document_id, fixture, open, state};
use crate::{Role, StoreError};

#[test]
fn a_store_keeps_its_identity_and_shows_the_recovery_identity_once() {
    let Fixture { store, dir } = fixture(Role::Hub);
    let first = store.read(|tx| Ok::<_, StoreError>((tx.hub()?, tx.feed_epoch()?))).unwrap();
    assert!(store.take_recovery_identity().unwrap().starts_with("AGE-SECRET-KEY-1"));
    assert_eq!(store.take_recovery_identity(), None);
    drop(store);
    let store = open(dir.path(), Role::Hub).unwrap();
    let again = store.read(|tx| Ok::<_, StoreError>((tx.hub()?, tx.feed_epoch()?))).unwrap();
    assert_eq!(first, again);
    assert_eq!(store.take_recovery_identity(), None);
}

#[test]
fn a_hub_has_one_sealing_identity_and_an_older_hub_gets_it_when_opened() {
    let recipient = |store: &crate::Store| store.read(|tx| tx.sealing_recipient()).unwrap();
    let Fixture { store, dir } = fixture(Role::Hub);
    let first = recipient(&store).unwrap();
    first.parse::<age::x25519::Recipient>().unwrap();
    drop(store);
    let store = open(dir.path(), Role::Hub).unwrap();
    assert_eq!(recipient(&store).as_ref(), Some(&first), "it stays");

    // What is sealed to the recipient opens with the secret the hub keeps.
    let secret = store.read(|tx| tx.get_secret("store.sealing_identity")).unwrap().unwrap();
    let identity: age::x25519::Identity = String::from_utf8(secret).unwrap().parse().unwrap();
    let sealed =
        age::encrypt(&first.parse::<age::x25519::Recipient>().unwrap(), b"bundle").unwrap();
    assert_eq!(age::decrypt(&identity, &sealed).unwrap(), b"bundle");

    let without = "DELETE FROM secret WHERE name = 'store.sealing_identity'";
    store.inner.writer.alone(&store.inner.shared, |c| c.execute_batch(without)).unwrap();
    assert_eq!(recipient(&store), None);
    drop(store);
    let made = recipient(&open(dir.path(), Role::Hub).unwrap()).unwrap();
    assert_ne!(made, first);
    assert_eq!(recipient(&fixture(Role::Node).store), None);
}

#[test]
fn the_free_space_is_that_of_the_disk_below_the_database() {
    let Fixture { store, dir } = fixture(Role::Node);
    let total = fs4::total_space(dir.path()).unwrap();
    let free = store.sizes().unwrap().free_bytes.unwrap();
    assert!(free > 0 && free <= total, "{free} of {total}");
}

#[test]
fn nothing_of_the_database_can_be_read_without_the_key() {
    let Fixture { store, dir } = fixture(Role::Node);
    store.write(|tx| tx.put_setting("name", "Nguyen Thi Bong Sen")).unwrap();
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"Thi Bong Sen"));
        assert!(!bytes.starts_with(b"SQLite format"));
    }
}

#[test]
fn a_wrong_key_is_named_and_the_right_one_still_opens() {
    let Fixture { store, dir } = fixture(Role::Node);
    drop(store);
    let key = dir.path().join("database.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    assert_eq!(open(dir.path(), Role::Node).err().unwrap(), StoreError::WrongKey);
    std::fs::remove_file(&key).unwrap();
    assert_eq!(open(dir.path(), Role::Node).err().unwrap().code(), "key_missing");
    crate::key::write_private(&key, &right).unwrap();
    assert!(open(dir.path(), Role::Node).is_ok());
}

#[test]
fn a_second_process_and_the_other_role_are_refused() {
    let Fixture { store, dir } = fixture(Role::Node);
    assert_eq!(open(dir.path(), Role::Node).err().unwrap().code(), "locked");
    drop(store);
    assert_eq!(open(dir.path(), Role::Hub).err().unwrap().code(), "wrong_role");
    assert!(open(dir.path(), Role::Node).is_ok());
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let Fixture { store, dir } = fixture(Role::Node);
    let newer = "UPDATE refinery_schema_history SET version = 99 WHERE version = 2";
    let known = store.inner.writer.alone(&store.inner.shared, |c| {
        let known = "SELECT max(version) FROM refinery_schema_history";
        let known: u32 = c.query_row(known, [], |row| row.get(0)).unwrap();
        c.execute_batch(newer).unwrap();
        known
    });
    drop(store);
    let error = open(dir.path(), Role::Node).err().unwrap();
    assert_eq!(error, StoreError::TooNew { found: 99, known });
}

#[test]
fn what_was_acknowledged_is_there_after_the_process_is_gone() {
    let Fixture { store, dir } = fixture(Role::Node);
    let document = state(document_id(1), &[]);
    store.write(|tx| tx.put_document(&document).map_err(StoreError::from)).unwrap();
    // The files as a kill leaves them: the log not yet in the database, nothing closed.
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let name = file.unwrap().file_name();
        if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(dir.path().join(&name), left.path().join(&name)).unwrap();
        }
    }
    let found = open(left.path(), Role::Node).unwrap();
    let found = found.read(|tx| tx.document(&document.id).map_err(StoreError::from)).unwrap();
    assert_eq!(found, Some(document));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}
