//! Documents, changes and graves.

use wardbook_base::{ChangeHash, Timestamp};
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{Log, StoredChange, Tombstone};

use super::{document_id, opaque, state};

pub(super) fn story(log: &mut (impl Log + ?Sized)) {
    changes_come(log);
    changes_go(log);
    documents_are_forgotten(log);
}

fn changes_come(log: &mut (impl Log + ?Sized)) {
    let id = document_id(1);
    let (first, second) = (opaque(id, 1, 10), opaque(id, 2, 20));
    assert!(log.put_change(&first).is_err(), "a change needs its document");
    assert_eq!(log.document(&id).unwrap(), None);
    let mut kept = state(id, &[first.meta.hash]);
    log.put_document(&kept).unwrap();
    log.put_change(&first).unwrap();
    log.put_change(&first).unwrap();
    log.put_change(&second).unwrap();
    kept.heads = vec![second.meta.hash];
    kept.custody_version = 2;
    log.put_document(&kept).unwrap();
    assert_eq!(log.document(&id).unwrap(), Some(kept));

    assert_eq!(log.change_meta(&id, &first.meta.hash).unwrap(), Some(first.meta.clone()));
    assert_eq!(log.change_meta(&document_id(2), &first.meta.hash).unwrap(), None);
    assert_eq!(log.change_bytes(&id, &second.meta.hash).unwrap(), Some(second.bytes.clone()));
    assert_eq!(log.stored_change(&id, &second.meta.hash).unwrap(), Some(second.clone()));
    assert_eq!(log.stored_change(&id, &ChangeHash([0xee; 32])).unwrap(), None);
    assert_eq!(log.change_metas(&id).unwrap(), [first.meta.clone(), second.meta.clone()]);
    assert_eq!(log.change_metas(&document_id(2)).unwrap(), []);
    let actor = &first.meta.actor;
    assert_eq!(log.change_at(&id, actor, 2).unwrap(), Some(second.meta.hash));
    assert_eq!(log.change_at(&id, actor, 3).unwrap(), None);
    let holding = |counter| log.change_with_op(&id, actor, counter).unwrap();
    let (one, two) = (Some(first.meta.hash), Some(second.meta.hash));
    assert_eq!([9, 10, 14, 15, 20, 24, 25].map(holding), [None, one, one, None, two, two, None]);
    let mut other = second.clone();
    other.meta.hash = ChangeHash([0xee; 32]);
    assert!(log.put_change(&other).is_err(), "two changes at one place");
}

/// A line of changes, each on the one before.
fn line(n: u8, length: u64) -> Vec<StoredChange> {
    let id = document_id(n);
    let mut line: Vec<StoredChange> = (1..=length).map(|seq| opaque(id, seq, 10)).collect();
    for at in 1..line.len() {
        line[at].meta.deps = vec![line[at - 1].meta.hash];
    }
    line
}

fn changes_go(log: &mut (impl Log + ?Sized)) {
    let id = document_id(31);
    let line = line(31, 4);
    let hashes: Vec<_> = line.iter().map(|change| change.meta.hash).collect();
    fill(log, &line);
    log.put_document(&state(id, &hashes[1..2])).unwrap();
    log.remove_changes(&id, &hashes[2..]).unwrap();
    log.remove_changes(&id, &hashes[2..]).unwrap();
    log.remove_changes(&document_id(32), &hashes).unwrap();
    let left: Vec<_> = log.change_metas(&id).unwrap().into_iter().map(|meta| meta.hash).collect();
    assert_eq!(left, hashes[..2]);
    let actor = &line[0].meta.actor;
    assert_eq!(log.change_at(&id, actor, 3).unwrap(), None);
    assert_eq!(log.change_with_op(&id, actor, line[3].meta.start_op).unwrap(), None);
    assert_eq!(log.change_meta(&id, &hashes[3]).unwrap(), None);
    assert_eq!(log.change_bytes(&id, &hashes[3]).unwrap(), None);
    assert_eq!(log.stored_change(&id, &hashes[0]).unwrap().as_ref(), Some(&line[0]));

    // Another change may take the place now, and the same ones may come again.
    let mut other = line[2].clone();
    other.meta.hash = ChangeHash([0xdd; 32]);
    log.put_change(&other).unwrap();
    assert_eq!(log.change_at(&id, actor, 3).unwrap(), Some(other.meta.hash));
    log.remove_changes(&id, &[other.meta.hash]).unwrap();
    log.put_change(&line[2]).unwrap();
    assert_eq!(log.change_metas(&id).unwrap().last().unwrap().hash, hashes[2]);

    // Without any change there is no document.
    log.remove_changes(&id, &hashes).unwrap();
    assert_eq!(log.document(&id).unwrap(), None);
    assert_eq!(log.change_metas(&id).unwrap(), []);
    log.put_document(&state(id, &hashes[..1])).unwrap();
    log.put_change(&line[0]).unwrap();
    assert_eq!(log.change_metas(&id).unwrap(), [line[0].meta.clone()]);
}

fn fill(log: &mut (impl Log + ?Sized), line: &[StoredChange]) {
    let head = &line[line.len() - 1].meta;
    log.put_document(&state(head.document, &[head.hash])).unwrap();
    for change in line {
        log.put_change(change).unwrap();
    }
}

fn documents_are_forgotten(log: &mut (impl Log + ?Sized)) {
    let id = document_id(41);
    let line = line(41, 3);
    let grave = |reason, at| Tombstone { document: id, generation: 0, reason, at: Timestamp(at) };
    let (moved, purged) = (grave(ForgetReason::Moved, 5), grave(ForgetReason::Purged, 6));
    fill(log, &line);
    assert_eq!(log.tombstone(&id).unwrap(), None);
    log.forget_document(&moved).unwrap();
    assert_eq!(log.document(&id).unwrap(), None);
    assert_eq!(log.change_metas(&id).unwrap(), []);
    assert_eq!(log.stored_change(&id, &line[0].meta.hash).unwrap(), None);
    assert_eq!(log.tombstone(&id).unwrap(), Some(moved.clone()));

    // Granted anew, then erased for good: that stays.
    log.remove_tombstone(&id).unwrap();
    assert_eq!(log.tombstone(&id).unwrap(), None);
    fill(log, &line);
    assert_eq!(log.stored_change(&id, &line[2].meta.hash).unwrap().as_ref(), Some(&line[2]));
    log.forget_document(&purged).unwrap();
    log.forget_document(&moved).unwrap();
    log.remove_tombstone(&id).unwrap();
    assert_eq!(log.tombstone(&id).unwrap(), Some(purged));
    assert_eq!(log.document(&id).unwrap(), None);
}
