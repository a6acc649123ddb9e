//! Backup and restore.

use std::path::Path;

use wardbook_base::Timestamp;
use wardbook_record::Facts;
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::Tombstone;

use super::{Author, Fixture, document_id, fixture, open, ward};
use crate::{
    KEY_BACKUPS_KEPT_MS, PersonRow, Role, Store, StoreError, keys_file_of, open_backup,
    open_backup_with,
};

const NAME: &str = "Trần Văn Bình";

fn phone(store: &Store, n: u8) -> Option<String> {
    let document = store.read(|tx| tx.load_document(&document_id(n))).unwrap()?;
    document.read().text("phone").map(ToOwned::to_owned)
}

fn purge(store: &Store, n: u8, at: i64) {
    let grave = Tombstone {
        document: document_id(n),
        generation: 0,
        reason: ForgetReason::Purged,
        at: Timestamp(at),
    };
    store.write(|tx| Ok::<_, StoreError>(tx.forget_document(&grave)?)).unwrap();
}

/// A store with two records, and one projected.
fn two_records(role: Role) -> Fixture {
    let f = fixture(role);
    for n in [1, 2] {
        Author::new(document_id(n)).store(&f.store, "phone", &n.to_string());
    }
    let person = PersonRow {
        document: document_id(1),
        ward: ward(),
        facts: Facts { full_name: NAME.to_owned(), ..Facts::default() },
        heads: Vec::new(),
        updated_at: Timestamp(1),
    };
    f.store.write(|tx| tx.put_person(&person)).unwrap();
    f
}

#[test]
fn a_backup_gives_back_every_record_and_setting_but_no_projection() {
    let f = two_records(Role::Node);
    let identity = f.store.take_recovery_identity().unwrap();
    f.store.write(|tx| tx.clear_dirty(&document_id(1))).unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("ward.backup");
    std::fs::write(&file, "an older backup").unwrap();
    let report = f.store.backup_to(&file).unwrap();
    assert_eq!((report.documents, &report.keys), (2, &keys_file_of(&file)));
    assert_eq!(report.bytes, std::fs::metadata(&file).unwrap().len());
    // What came after the backup is not in it.
    Author::new(document_id(3)).store(&f.store, "phone", "3");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 2, "no temporary file stays");
    let own = std::fs::read_dir(f.dir.path()).unwrap().flatten().map(|entry| entry.file_name());
    let left: Vec<_> = own.filter(|name| name.to_string_lossy().contains(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");

    let dir = out.path().join("data");
    assert_eq!(open_backup(&file, &identity, &dir).unwrap(), report);
    let store = open(&dir, Role::Node).unwrap();
    assert_eq!((phone(&store, 1).as_deref(), phone(&store, 3)), (Some("1"), None));
    store
        .read(|tx| {
            assert_eq!(tx.get_setting("store.restored")?.as_deref(), Some("yes"));
            assert_eq!(tx.person_row(&document_id(1))?, None, "projections are made anew");
            assert_eq!(tx.dirty_count()?.0, 2);
            assert!(tx.next_dirty(9)?.iter().all(|dirty| dirty.projected == 0));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let again = open_backup(&file, &identity, &dir);
    assert_eq!(again.unwrap_err().code(), "not_empty");
}

#[test]
fn the_copy_inside_is_encrypted_and_holds_no_name() {
    let f = two_records(Role::Hub);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("hub.backup");
    f.store.backup_to(&file).unwrap();
    let dir = out.path().join("data");
    open_backup(&file, &identity, &dir).unwrap();
    let database = std::fs::read(dir.join("wardbook.db")).unwrap();
    assert!(!database.starts_with(b"SQLite format 3"));
    let key = crate::key::DatabaseKey::read(&dir.join("database.key")).unwrap();
    let open = crate::connection::open_reader(&dir.join("wardbook.db"), &key).unwrap();
    for table in ["person", "person_search", "problem", "conflict", "due"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(open.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
    // No page that was freed holds a rest of it either.
    let free: i64 = open.query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
    assert_eq!(free, 0);
}

#[test]
fn a_record_purged_since_is_not_readable_in_an_earlier_backup_with_later_keys() {
    let f = two_records(Role::Node);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let (early, late) = (out.path().join("early"), out.path().join("late"));
    f.store.backup_to(&early).unwrap();
    purge(&f.store, 1, 77);
    f.store.backup_to(&late).unwrap();
    let dir = out.path().join("data");
    open_backup_with(&early, &keys_file_of(&late), &identity, &dir).unwrap();
    let store = open(&dir, Role::Node).unwrap();
    assert_eq!((phone(&store, 1), phone(&store, 2).as_deref()), (None, Some("2")));
    store
        .read(|tx| {
            assert_eq!(tx.document(&document_id(1))?, None);
            assert_eq!(tx.tombstone(&document_id(1))?.unwrap().at, Timestamp(77));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert!(store.scrub_step(9).unwrap().findings.is_empty());
    // The other way round: the key file of the earlier day knows nothing of newer records.
    Author::new(document_id(3)).store(&f.store, "phone", "3");
    f.store.backup_to(&late).unwrap();
    let mixed = open_backup_with(&late, &keys_file_of(&early), &identity, &out.path().join("x"));
    assert_eq!(mixed.unwrap_err().code(), "keys_mismatch");
    assert_eq!(std::fs::read_dir(out.path().join("x")).unwrap().count(), 0);
}

#[test]
fn a_hub_leaves_a_record_whose_key_is_gone_to_its_owner_and_names_it() {
    let f = two_records(Role::Hub);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let (early, late) = (out.path().join("early"), out.path().join("late"));
    f.store.backup_to(&early).unwrap();
    purge(&f.store, 1, 77);
    f.store.backup_to(&late).unwrap();
    assert_eq!(f.store.keyless().unwrap(), []);
    let dir = out.path().join("data");
    open_backup_with(&early, &keys_file_of(&late), &identity, &dir).unwrap();
    let store = open(&dir, Role::Hub).unwrap();
    let keyless = store.keyless().unwrap();
    assert_eq!(keyless.iter().map(|grave| grave.document).collect::<Vec<_>>(), [document_id(1)]);
    assert!(store.read(|tx| tx.document(&document_id(1))).unwrap().is_some(), "a feed counts it");
    purge(&store, 1, 77);
    assert_eq!(store.keyless().unwrap(), []);
}

#[test]
fn without_its_key_file_a_backup_is_refused_in_words() {
    let f = two_records(Role::Hub);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("hub.backup");
    let keys = f.store.backup_to(&file).unwrap().keys;
    std::fs::remove_file(&keys).unwrap();
    let refused = open_backup(&file, &identity, &out.path().join("data")).unwrap_err();
    assert_eq!(refused.code(), "keys_expired");
    assert!(refused.sentence(wardbook_record::Lang::Vi).contains("35 ngày"));
    // Another store's keys do not fit.
    let other = fixture(Role::Hub);
    other.store.backup_to(&out.path().join("other")).unwrap();
    std::fs::copy(keys_file_of(&out.path().join("other")), &keys).unwrap();
    let refused = open_backup(&file, &identity, &out.path().join("data")).unwrap_err();
    assert_eq!(refused.code(), "wrong_recovery_key");
    std::fs::write(&keys, "hello").unwrap();
    let refused = open_backup(&file, &identity, &out.path().join("data")).unwrap_err();
    assert_eq!(refused.code(), "keys_mismatch");
}

#[test]
fn key_files_older_than_35_days_are_deleted() {
    let f = two_records(Role::Hub);
    let out = tempfile::tempdir().unwrap();
    let folder = out.path();
    // The fixture's clock says 1,000; a later key file is the same with another day on its label.
    f.store.backup_to(&folder.join("first")).unwrap();
    let whole = std::fs::read(keys_file_of(&folder.join("first"))).unwrap();
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let label = String::from_utf8(whole[..line].to_vec()).unwrap();
    let later = label.replace(" 1000", &format!(" {}", 1_000 + KEY_BACKUPS_KEPT_MS));
    assert_ne!(label, later);
    std::fs::write(folder.join("second, renamed"), [later.as_bytes(), &whole[line..]].concat())
        .unwrap();
    std::fs::write(folder.join("stranger.keys"), "wardbook-keys/1 00 5\n").unwrap();
    let names = |folder: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let all = ["first", "first.keys", "second, renamed", "stranger.keys"];
    assert_eq!(
        f.store.prune_key_backups(folder, Timestamp(1_000 + KEY_BACKUPS_KEPT_MS)).unwrap(),
        0
    );
    assert_eq!(names(folder), all);
    let after = Timestamp(1_001 + KEY_BACKUPS_KEPT_MS);
    assert_eq!(f.store.prune_key_backups(folder, after).unwrap(), 1);
    assert_eq!(names(folder), ["first", "second, renamed", "stranger.keys"]);
    // The newest stays, until somebody was purged after it was made.
    let long_after = Timestamp(KEY_BACKUPS_KEPT_MS * 9);
    assert_eq!(f.store.prune_key_backups(folder, long_after).unwrap(), 0);
    purge(&f.store, 1, 1_000 + KEY_BACKUPS_KEPT_MS);
    assert_eq!(f.store.prune_key_backups(folder, long_after).unwrap(), 1);
    assert_eq!(names(folder), ["first", "stranger.keys"]);
}

#[test]
fn a_foreign_key_a_cut_file_and_another_file_are_refused() {
    let f = fixture(Role::Hub);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("hub.backup");
    let keys = f.store.backup_to(&file).unwrap().keys;
    let restore = |identity: &str, file: &str, keys: &Path| {
        let dir = out.path().join("into");
        let result = open_backup_with(&out.path().join(file), keys, identity, &dir);
        assert_eq!(std::fs::read_dir(&dir).map_or(0, Iterator::count), 0, "nothing half is left");
        result.unwrap_err().code()
    };
    let (foreign, _) = crate::identity::draw_recovery();
    assert_eq!(restore(&foreign, "hub.backup", &keys), "wrong_recovery_key");
    assert_eq!(restore("not a key", "hub.backup", &keys), "wrong_recovery_key");
    let write = |name: &str, bytes: &[u8]| std::fs::write(out.path().join(name), bytes).unwrap();
    let whole = std::fs::read(&file).unwrap();
    write("cut", &whole[..whole.len() - 100]);
    assert_eq!(restore(&identity, "cut", &keys), "not_a_backup");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    write("changed", &changed);
    assert_eq!(restore(&identity, "changed", &keys), "not_a_backup");
    write("text", b"hello");
    assert_eq!(restore(&identity, "text", &keys), "not_a_backup");
    // The same for the key file; its first line cannot be used to pass off another store's.
    let whole = std::fs::read(&keys).unwrap();
    write("cut.keys", &whole[..whole.len() - 100]);
    assert_eq!(restore(&identity, "hub.backup", &out.path().join("cut.keys")), "not_a_backup");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    write("changed.keys", &changed);
    assert_eq!(restore(&identity, "hub.backup", &out.path().join("changed.keys")), "not_a_backup");
    let mut labelled = whole;
    labelled[20] = if labelled[20] == b'0' { b'1' } else { b'0' };
    write("labelled.keys", &labelled);
    assert_eq!(
        restore(&identity, "hub.backup", &out.path().join("labelled.keys")),
        "keys_mismatch"
    );
}

#[test]
fn a_failed_backup_leaves_the_one_before() {
    let f = fixture(Role::Node);
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("ward.backup");
    f.store.backup_to(&file).unwrap();
    let before = std::fs::read(&file).unwrap();
    // Where the key file should go stands a folder: nothing may be replaced.
    std::fs::remove_file(keys_file_of(&file)).unwrap();
    std::fs::create_dir(keys_file_of(&file)).unwrap();
    std::fs::write(keys_file_of(&file).join("x"), "x").unwrap();
    assert!(f.store.backup_to(&file).is_err());
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 2, "no temporary file stays");
    assert!(f.store.backup_to(&out.path().join("nowhere").join("x")).is_err());
}

#[test]
fn a_renewed_recovery_identity_opens_new_backups_only() {
    let f = fixture(Role::Node);
    let first = f.store.take_recovery_identity().unwrap();
    let second = f.store.renew_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("ward.backup");
    f.store.backup_to(&file).unwrap();
    let refused = open_backup(&file, &first, &out.path().join("a")).unwrap_err();
    assert_eq!(refused, StoreError::WrongIdentity);
    open_backup(&file, &second, &out.path().join("b")).unwrap();
}
