//! A disk that is full, and a file that is damaged.

use super::{document_id, fixture, opaque, open, state};
use crate::{Role, Store, StoreError};

/// SQLCipher's page, in bytes.
const PAGE: usize = 4096;

/// Lets the database grow by at most so many pages from now on.
pub(super) fn limit_pages(store: &Store, more: u32) {
    store.inner.writer.alone(&store.inner.shared, |connection| {
        let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = format!("PRAGMA max_page_count = {}", pages.saturating_add(more));
        connection.query_row(&limit, [], |_| Ok(())).unwrap();
    });
}

fn put_big(store: &Store, seq: u64) -> Result<(), StoreError> {
    store.write(|tx| Ok(tx.put_change(&opaque(document_id(1), seq, 40_000))?))
}

#[test]
fn a_full_disk_refuses_writes_keeps_what_was_saved_and_recovers_by_itself() {
    let f = fixture(Role::Node);
    let kept = state(document_id(1), &[]);
    f.store.write(|tx| tx.put_document(&kept).map_err(StoreError::from)).unwrap();
    limit_pages(&f.store, 20);
    let mut stored = 0;
    let error = loop {
        match put_big(&f.store, stored + 1) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::DiskFull);
    assert_eq!(put_big(&f.store, stored + 1), Err(StoreError::DiskFull));
    assert_eq!(f.store.sizes().unwrap().changes, stored, "reading goes on, nothing is lost");
    limit_pages(&f.store, 1_000);
    put_big(&f.store, stored + 1).unwrap();
    assert_eq!(f.store.sizes().unwrap().changes, stored + 1);
    assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_job_that_swallows_a_full_disk_is_not_told_that_it_was_saved() {
    let f = fixture(Role::Node);
    f.store
        .write(|tx| tx.put_document(&state(document_id(1), &[])).map_err(StoreError::from))
        .unwrap();
    limit_pages(&f.store, 2);
    let result = f.store.write(|tx| {
        tx.put_setting("a", "b")?;
        let swallowed = tx.put_change(&opaque(document_id(1), 1, 400_000));
        assert!(swallowed.is_err());
        Ok::<_, StoreError>(())
    });
    let saved = f.store.read(|tx| tx.get_setting("a")).unwrap();
    assert_eq!(result.is_ok(), saved.is_some(), "{result:?} {saved:?}");
}

#[test]
fn a_flipped_bit_is_noticed_and_costs_what_lies_on_its_page_only() {
    // A value of 40,000 bytes fills ten pages: these meet its beginning, its middle and its end.
    for page in 0..11 {
        flip_a_bit(page);
    }
}

fn flip_a_bit(page: usize) {
    let f = fixture(Role::Node);
    f.store
        .write(|tx| tx.put_document(&state(document_id(1), &[])).map_err(StoreError::from))
        .unwrap();
    for seq in 1..20 {
        put_big(&f.store, seq).unwrap();
    }
    let dir = f.dir;
    drop(f.store);
    let path = dir.path().join("wardbook.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let place = (bytes.len() / 2 / PAGE + page) * PAGE + PAGE / 2;
    bytes[place] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let store = open(dir.path(), Role::Node).unwrap();
    let read = |seq| {
        let hash = opaque(document_id(1), seq, 0).meta.hash;
        store.read(|tx| tx.stored_change(&document_id(1), &hash).map_err(StoreError::from))
    };
    let results: Vec<_> = (1..20).map(read).collect();
    let damaged = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(damaged, 1, "one change is lost, the others can be read");
    assert!(
        results.iter().flatten().all(|change| change.as_ref().unwrap().bytes == vec![3; 40_000])
    );
    assert_eq!(results.iter().find_map(|r| r.as_ref().err()).unwrap().code(), "corrupt");
    assert_eq!(store.check().unwrap().len(), 1);
    // The writer meets the page, and goes on afterwards.
    let met = store.write(|tx| tx.changes_of(&document_id(1)).map(drop));
    let met = met.unwrap_err();
    assert_eq!(met.code(), "corrupt", "page {page}: {met:?}");
    store.write(|tx| tx.put_setting("a", "b")).unwrap();
}
