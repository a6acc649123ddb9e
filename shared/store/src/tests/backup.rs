//! Backup and restore.

use super::{Author, document_id, fixture, open};
use crate::{Role, StoreError, open_backup};

#[test]
fn a_backup_gives_back_every_record_and_setting() {
    let f = fixture(Role::Node);
    let identity = f.store.take_recovery_identity().unwrap();
    let mut author = Author::new(document_id(1));
    author.store(&f.store, "full_name", "Trần Văn Bình");
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("ward.backup");
    std::fs::write(&file, "an older backup").unwrap();
    let report = f.store.backup_to(&file).unwrap();
    assert_eq!(report.documents, 1);
    assert_eq!(report.bytes, std::fs::metadata(&file).unwrap().len());
    // What came after the backup is not in it.
    author.store(&f.store, "full_name", "Trần Văn Bình Minh");
    let left: Vec<_> = std::fs::read_dir(out.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays");

    let restored = tempfile::tempdir().unwrap();
    let dir = restored.path().join("data");
    assert_eq!(open_backup(&file, &identity, &dir).unwrap(), report);
    let store = open(&dir, Role::Node).unwrap();
    let person = store.read(|tx| tx.load_document(&document_id(1))).unwrap().unwrap().read();
    assert_eq!(person.text("full_name"), Some("Trần Văn Bình"));
    let mark = store.read(|tx| tx.get_setting("store.restored")).unwrap();
    assert_eq!(mark.as_deref(), Some("yes"));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let again = open_backup(&file, &identity, &dir);
    assert_eq!(again.unwrap_err().code(), "not_empty");
}

#[test]
fn a_foreign_key_a_cut_file_and_another_file_are_refused() {
    let f = fixture(Role::Hub);
    let identity = f.store.take_recovery_identity().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("hub.backup");
    f.store.backup_to(&file).unwrap();
    let restore = |identity: &str, file: &str| {
        let dir = out.path().join("into");
        let result = open_backup(&out.path().join(file), identity, &dir);
        assert_eq!(std::fs::read_dir(&dir).map_or(0, Iterator::count), 0, "nothing half is left");
        result.unwrap_err().code()
    };
    let (foreign, _) = crate::identity::draw_recovery();
    assert_eq!(restore(&foreign, "hub.backup"), "wrong_recovery_key");
    assert_eq!(restore("not a key", "hub.backup"), "wrong_recovery_key");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(out.path().join("cut"), &whole[..whole.len() - 100]).unwrap();
    assert_eq!(restore(&identity, "cut"), "not_a_backup");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(out.path().join("changed"), changed).unwrap();
    assert_eq!(restore(&identity, "changed"), "not_a_backup");
    std::fs::write(out.path().join("text"), "hello").unwrap();
    assert_eq!(restore(&identity, "text"), "not_a_backup");
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
