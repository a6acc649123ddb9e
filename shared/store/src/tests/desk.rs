//! The desk: what is put there is found by its name, and goes with the record it is about.

use wardbook_base::{DocumentId, Timestamp};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::Tombstone;

use super::{document_id, fixture, state};
use crate::{DeskItem, Role, Store, StoreError};

fn item(key: &str, document: Option<DocumentId>, value: &str) -> DeskItem {
    let text = str::to_owned;
    DeskItem {
        owner: text("01"),
        kind: text("draft"),
        key: text(key),
        document,
        value: text(value),
        at: Timestamp(5),
    }
}

fn keys(store: &Store, owner: &str, kind: &str) -> Vec<String> {
    let items = store.read(|tx| tx.desk_items(owner, kind)).unwrap();
    items.into_iter().map(|item| item.key).collect()
}

#[test]
fn things_are_put_found_replaced_and_removed_by_their_names() {
    let f = fixture(Role::Node);
    let mut other = item("b", None, "2");
    f.store
        .write(|tx| {
            tx.put_desk(&other)?;
            tx.put_desk(&item("a", None, "1"))?;
            tx.put_desk(&DeskItem { owner: "office".to_owned(), ..item("c", None, "3") })?;
            tx.put_desk(&DeskItem { kind: "filter".to_owned(), ..item("d", None, "4") })
        })
        .unwrap();
    assert_eq!(keys(&f.store, "01", "draft"), ["a", "b"]);
    assert_eq!(keys(&f.store, "office", "draft"), ["c"]);
    assert_eq!(keys(&f.store, "02", "draft"), Vec::<String>::new());
    other.value = "again".to_owned();
    f.store.write(|tx| tx.put_desk(&other)).unwrap();
    assert_eq!(f.store.read(|tx| tx.desk_item("01", "draft", "b")).unwrap(), Some(other));
    f.store.write(|tx| tx.remove_desk("01", "draft", "b")).unwrap();
    f.store.write(|tx| tx.remove_desk("01", "draft", "b")).unwrap();
    assert_eq!(keys(&f.store, "01", "draft"), ["a"]);
}

#[test]
fn what_is_about_a_record_goes_with_it() {
    let f = fixture(Role::Node);
    let (gone, stays) = (document_id(1), document_id(2));
    f.store
        .write(|tx| {
            tx.put_document(&state(gone, &[]))?;
            tx.put_document(&state(stays, &[]))?;
            tx.put_desk(&item("gone", Some(gone), "\"Nguyễn Thị Hòa\""))?;
            tx.put_desk(&item("stays", Some(stays), "2"))?;
            tx.put_desk(&item("free", None, "3"))
        })
        .unwrap();
    let grave =
        Tombstone { document: gone, generation: 0, reason: ForgetReason::Purged, at: Timestamp(9) };
    f.store.write(|tx| Ok::<_, StoreError>(tx.forget_document(&grave)?)).unwrap();
    assert_eq!(keys(&f.store, "01", "draft"), ["free", "stays"]);
}

#[test]
fn what_is_about_a_record_is_sealed_with_its_key_and_older_rows_are_still_read() {
    let f = fixture(Role::Node);
    let (about, free) = (document_id(1), item("free", None, "[\"cột\"]"));
    let draft = item("draft", Some(about), "\"Nguyễn Thị Hòa\"");
    let database = f.dir.path().join("wardbook.db");
    let key = crate::key::DatabaseKey::read(&f.dir.path().join("database.key")).unwrap();
    f.store
        .write(|tx| {
            tx.put_document(&state(about, &[]))?;
            tx.put_desk(&draft)?;
            tx.put_desk(&free)
        })
        .unwrap();
    let raw = crate::connection::open_plain(&database, &key).unwrap();
    let bytes = |key: &str| {
        let sql = "SELECT CAST(value AS BLOB) FROM desk WHERE key = ?1";
        raw.query_row(sql, [key], |row| row.get::<_, Vec<u8>>(0)).unwrap()
    };
    let says = |key: &str, text: &str| {
        bytes(key).windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(!says("draft", "Nguy") && says("free", "cột"));
    assert_eq!(f.store.read(|tx| tx.desk_item("01", "draft", "draft")).unwrap(), Some(draft));
    // As an older version wrote it.
    let sql = "UPDATE desk SET value = 'clear' WHERE key = 'draft'";
    raw.execute(sql, []).unwrap();
    let read = f.store.read(|tx| tx.desk_items("01", "draft")).unwrap();
    let read: Vec<&str> = read.iter().map(|item| item.value.as_str()).collect();
    assert_eq!(read, ["clear", "[\"cột\"]"]);
    // A record that was purged gets no key again by a draft that comes late.
    let grave = Tombstone {
        document: about,
        generation: 0,
        reason: ForgetReason::Purged,
        at: Timestamp(9),
    };
    f.store.write(|tx| Ok::<_, StoreError>(tx.forget_document(&grave)?)).unwrap();
    let late = f.store.write(|tx| tx.put_desk(&item("late", Some(about), "2")));
    assert!(late.is_err(), "{late:?}");
    assert_eq!(keys(&f.store, "01", "draft"), ["free"]);
}
