//! Changes that are taken out, and documents that are forgotten.

use wardbook_base::{ChangeHash, DocumentId, Timestamp, UserId};
use wardbook_record::{Document, Facts, Path};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{HubPort, Parked, Quarantined, StoredChange, Tombstone};

use super::{Author, document_id, fixture, opaque, state, ward};
use crate::{
    ConflictFilter, ImportItem, NewImport, PeopleQuery, PersonRow, ProblemRow, Role, Store,
    StoreError, Tx,
};

/// A record with a snapshot in the middle of its changes; returns those.
fn edited(store: &Store, n: u8, count: usize, snapshot_after: usize) -> Vec<StoredChange> {
    let mut author = Author::new(document_id(n));
    let mut changes = Vec::new();
    for at in 0..count {
        author.store(store, "phone", &format!("09{at:08}"));
        if at + 1 == snapshot_after {
            store.write(|tx| tx.write_snapshot_if_due(&author.document)).unwrap();
        }
    }
    let read = |tx: &dyn Tx| tx.changes_of(&document_id(n));
    changes.extend(store.read(read).unwrap());
    changes
}

/// Takes all but the first `left` changes out, as the engine does.
fn cut(tx: &mut dyn Tx, id: DocumentId, changes: &[StoredChange], left: usize) {
    let gone: Vec<ChangeHash> = changes[left..].iter().map(|change| change.meta.hash).collect();
    tx.put_document(&state(id, &[changes[left - 1].meta.hash])).unwrap();
    tx.remove_changes(&id, &gone).unwrap();
}

fn replay(id: DocumentId, changes: &[StoredChange]) -> Document {
    let mut document = Document::new(id);
    for change in changes {
        document.apply(&change.bytes).unwrap();
    }
    document
}

#[test]
fn what_is_left_is_the_document_without_them_wherever_its_snapshot_stood() {
    // 40 changes, a snapshot of the first 36; then the cut falls before it, at it and after it.
    for left in [3, 35, 36, 38] {
        let f = fixture(Role::Node);
        let changes = edited(&f.store, 1, 40, 36);
        assert_eq!(f.store.counters().snapshots, 1);
        let id = document_id(1);
        f.store
            .write(|tx| {
                cut(tx, id, &changes, left);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let expected = replay(id, &changes[..left]);
        f.store
            .read(|tx| {
                let loaded = tx.load_document(&id)?.unwrap();
                assert_eq!(loaded.heads(), expected.heads());
                assert_eq!(loaded.read(), expected.read());
                assert_eq!(tx.changes_of(&id)?, changes[..left]);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        // And it goes on: the same changes come again, and a snapshot is written again.
        f.store
            .write(|tx| {
                for change in &changes[left..] {
                    tx.put_change(change)?;
                }
                tx.put_document(&state(id, &[changes[39].meta.hash]))?;
                let document = tx.load_document(&id)?.unwrap();
                assert!(tx.write_snapshot_if_due(&document)?, "{left} left");
                assert_eq!(tx.load_document(&id)?.unwrap().read(), replay(id, &changes).read());
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}

#[test]
fn a_change_stays_under_those_that_build_on_it() {
    let f = fixture(Role::Node);
    let (id, first, mut second) =
        (document_id(1), opaque(document_id(1), 1, 9), opaque(document_id(1), 2, 9));
    second.meta.deps = vec![first.meta.hash];
    f.store
        .write(|tx| {
            tx.put_document(&state(id, &[second.meta.hash]))?;
            tx.put_change(&first)?;
            Ok::<_, StoreError>(tx.put_change(&second)?)
        })
        .unwrap();
    let under = [first.meta.hash];
    let refused = f.store.write(|tx| Ok::<_, StoreError>(tx.remove_changes(&id, &under)?));
    assert_eq!(refused.unwrap_err().code(), "internal");
    assert_eq!(f.store.read(|tx| tx.changes_of(&id)).unwrap(), [first, second]);
}

#[test]
fn a_projector_that_read_before_the_cut_does_not_take_the_document_off_the_queue() {
    let f = fixture(Role::Node);
    let id = document_id(1);
    let changes = edited(&f.store, 1, 4, 0);
    let before = f.store.read(|tx| tx.next_dirty(9)).unwrap()[0];
    f.store
        .write(|tx| {
            cut(tx, id, &changes, 2);
            tx.clear_dirty_upto(&id, before.mark)
        })
        .unwrap();
    let after = f.store.read(|tx| tx.next_dirty(9)).unwrap();
    assert_eq!(after.len(), 1);
    assert!(after[0].mark > before.mark);
    // The next change gets a later place than the cut, so that the queue tells them apart too.
    f.store.write(|tx| Ok::<_, StoreError>(tx.put_change(&changes[2])?)).unwrap();
    let next = f.store.read(|tx| tx.next_dirty(9)).unwrap()[0];
    assert!(next.mark > after[0].mark);
    f.store.write(|tx| tx.clear_dirty_upto(&id, next.mark)).unwrap();
    assert_eq!(f.store.read(|tx| tx.dirty_count()).unwrap(), (0, None));
}

#[test]
fn a_person_moves_to_the_new_custodian_at_once_and_whatever_a_projector_knows() {
    let f = fixture(Role::Hub);
    let id = document_id(1);
    let changes = edited(&f.store, 1, 2, 0);
    f.store
        .write(|tx| {
            person(tx, 1, "Trần Văn Bình");
            tx.clear_dirty(&id)
        })
        .unwrap();
    let moved = wardbook_sync::ports::DocumentState {
        ward: "25900.1".parse().unwrap(),
        ..state(id, &[changes[1].meta.hash])
    };
    let (row, waiting) = f
        .store
        .write(|tx| {
            tx.put_document(&moved)?;
            tx.put_document(&moved)?;
            Ok::<_, StoreError>((tx.person_row(&id)?.unwrap(), tx.next_dirty(9)?))
        })
        .unwrap();
    assert_eq!(row.ward, moved.ward);
    assert_eq!(waiting.len(), 1, "projected once more, in case one was under way");
    assert!(waiting[0].mark > waiting[0].projected);
}

fn person(tx: &mut dyn Tx, n: u8, name: &str) {
    let facts = Facts { full_name: name.to_owned(), ..Facts::default() };
    let row = PersonRow {
        document: document_id(n),
        ward: ward(),
        facts,
        heads: vec![ChangeHash([1; 32])],
        updated_at: Timestamp(5),
    };
    tx.put_person(&row).unwrap();
}

/// Everything a store can hold of a document.
fn fill(tx: &mut dyn Tx, n: u8) {
    let id = document_id(n);
    person(tx, n, "Nguyễn Thị Bông Sen");
    tx.put_conflicts(&id, &[Path::field("phone")], Timestamp(1)).unwrap();
    let problem = ProblemRow {
        path: Path::field("phone"),
        value: "x".to_owned(),
        level: wardbook_record::Level::Error,
        code: "bad".to_owned(),
        args: Vec::new(),
    };
    tx.put_problems(&id, &[problem]).unwrap();
    let due = wardbook_record::rules::Due { rule: "R11".to_owned(), ..Default::default() };
    tx.put_dues(&id, &[due]).unwrap();
    let (account, file_name) = (UserId([1; 8]), "danh sách.xlsx".to_owned());
    let batch = tx.add_import_batch(&NewImport { at: Timestamp(1), account, file_name }).unwrap();
    let item = ImportItem { document: id, hash: ChangeHash([1; 32]), created: true };
    tx.add_import_item(batch, &item).unwrap();
    let quarantined = Quarantined {
        document: id,
        hash: ChangeHash([3; 32]),
        device: wardbook_base::DeviceId([4; 16]),
        code: "x".to_owned(),
        because_of: None,
        bytes: vec![1],
        at: Timestamp(1),
        replaced_by: None,
    };
    HubPort::quarantine(tx, &quarantined).unwrap();
    let parked = Parked {
        document: id,
        hash: ChangeHash([5; 32]),
        device: quarantined.device,
        epoch: wardbook_base::AuthorEpoch([6; 16]),
        lseq: wardbook_base::Lseq(1),
        custody_version: 1,
        bytes: vec![1],
        at: Timestamp(1),
    };
    tx.park(&parked).unwrap();
    tx.put_orphan(&id, &ChangeHash([7; 32]), true).unwrap();
    tx.put_reauthor(&id, &ChangeHash([7; 32]), true).unwrap();
    tx.put_wanted(&id, true).unwrap();
    tx.put_returning(&id, true).unwrap();
}

#[test]
fn nothing_of_a_forgotten_document_stays_and_nothing_of_another_goes() {
    let f = fixture(Role::Node);
    edited(&f.store, 1, 40, 36);
    let kept = edited(&f.store, 2, 40, 36);
    let grave = Tombstone {
        document: document_id(1),
        generation: 0,
        reason: ForgetReason::Purged,
        at: Timestamp(9),
    };
    f.store
        .write(|tx| {
            fill(tx, 1);
            fill(tx, 2);
            tx.forget_document(&grave)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let search = |text: &str| {
        let query = PeopleQuery { search: text.to_owned(), limit: 9, ..PeopleQuery::default() };
        f.store.read(|tx| tx.people(&query)).unwrap().rows
    };
    assert_eq!(search("bong sen").len(), 1);
    f.store
        .read(|tx| {
            let (gone, there) = (document_id(1), document_id(2));
            assert_eq!(tx.tombstones()?, [grave]);
            assert!(tx.load_document(&gone)?.is_none());
            assert_eq!(tx.changes_of(&there)?, kept);
            assert!(tx.person_row(&gone)?.is_none());
            let conflicts = tx.conflicts(&ConflictFilter::default())?;
            assert!(conflicts.iter().all(|row| row.document == there) && conflicts.len() == 1);
            assert_eq!((tx.problems(&gone)?.len(), tx.problems(&there)?.len()), (0, 1));
            let everybody = PeopleQuery::default();
            let due = tx.dues(&everybody, None)?;
            assert!(due.len() == 1 && due[0].document == there);
            assert_eq!((tx.import_items(1)?.len(), tx.import_items(2)?.len()), (0, 1));
            assert_eq!(tx.kept_aside(9)?.len(), 1);
            assert_eq!(tx.parked_changes()?.len(), 1);
            assert_eq!((tx.orphans()?.len(), tx.to_reauthor()?.len()), (1, 1));
            assert_eq!((tx.wanted()?, tx.returning()?), (vec![there], vec![there]));
            assert_eq!(tx.next_dirty(9)?.len(), 1);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
}

/// Rows of the index that hold a word.
fn word_stands_in_the_index(store: &Store, word: &str) -> bool {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        let sql =
            "SELECT count(*) FROM person_search_data WHERE instr(block, CAST(?1 AS BLOB)) > 0";
        connection.query_row(sql, [word], |row| row.get::<_, i64>(0)).unwrap() > 0
    })
}

#[test]
fn the_words_of_a_forgotten_person_leave_the_search_index_and_the_journal() {
    let f = fixture(Role::Node);
    edited(&f.store, 1, 1, 0);
    edited(&f.store, 2, 1, 0);
    f.store
        .write(|tx| {
            person(tx, 1, "Xuyenzzz");
            person(tx, 2, "Hoa");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert!(word_stands_in_the_index(&f.store, "xuyenzzz"), "the test sees words");
    let grave = Tombstone {
        document: document_id(1),
        generation: 0,
        reason: ForgetReason::Moved,
        at: Timestamp(9),
    };
    f.store.write(|tx| Ok::<_, StoreError>(tx.forget_document(&grave)?)).unwrap();
    assert!(!word_stands_in_the_index(&f.store, "xuyenzzz"));
    assert!(word_stands_in_the_index(&f.store, "hoa"));
    let journal = f.dir.path().join("wardbook.db-wal");
    assert_eq!(std::fs::metadata(journal).unwrap().len(), 0, "old pages are not kept there");
    // Outside of forgetting the cheaper setting is back.
    let setting = f.store.inner.writer.alone(&f.store.inner.shared, |connection| {
        connection.query_row("PRAGMA secure_delete", [], |row| row.get::<_, i64>(0)).unwrap()
    });
    assert_eq!(setting, 2, "FAST");
}
