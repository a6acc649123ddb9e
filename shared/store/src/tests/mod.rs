//! The store on real SQLCipher files.

mod backup;
mod compaction;
mod custody;
mod desk;
mod documents;
mod faults;
mod finding;
mod ledger;
mod no_scan;
mod opening;
mod people;
mod ports;
mod registers;
mod removal;
mod scrub;
mod sealing;
mod town;
mod upgrade;
mod writing;

use std::sync::Arc;

use tempfile::TempDir;
use wardbook_base::{
    ChangeHash, DeviceId, DocumentId, ManualClock, SeededDice, Timestamp, UserId, WardId,
};
use wardbook_record::{Document, Edit, Message, Path, Purpose, Scalar, Stamp};
use wardbook_sync::ports::{ChangeMeta, DocumentState, StoredChange};

use crate::{Role, Store, StoreConfig, StoreError};

/// A store in a folder that goes away with it.
pub(super) struct Fixture {
    pub(super) store: Store,
    pub(super) dir: TempDir,
}

pub(super) fn fixture(role: Role) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), role).unwrap();
    Fixture { store, dir }
}

pub(super) fn open(dir: &std::path::Path, role: Role) -> Result<Store, StoreError> {
    let clock = Arc::new(ManualClock::new(Timestamp(1_000)));
    Store::open(&StoreConfig::new(dir, role), clock, Arc::new(SeededDice::new(7)))
}

pub(super) fn ward() -> WardId {
    "25888.1".parse().unwrap()
}

pub(super) fn document_id(n: u8) -> DocumentId {
    DocumentId([n; 16])
}

pub(super) fn state(id: DocumentId, heads: &[ChangeHash]) -> DocumentState {
    DocumentState { id, ward: ward(), custody_version: 1, generation: 0, heads: heads.to_vec() }
}

/// A change whose bytes mean nothing: the log does not look into them.
pub(super) fn opaque(document: DocumentId, seq: u64, size: usize) -> StoredChange {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&seq.to_be_bytes());
    hash[31] = document.0[0];
    StoredChange {
        meta: ChangeMeta {
            document,
            hash: ChangeHash(hash),
            actor: vec![9; 16],
            seq,
            start_op: seq * 10,
            max_op: seq * 10 + 4,
            deps: vec![ChangeHash([1; 32])],
            time: Timestamp(5),
            message: "e0011223344556677".to_owned(),
        },
        bytes: vec![3; size],
        author: DeviceId([4; 16]),
        received_at: Timestamp(6),
    }
}

/// A real record and one edit after the other on it, as stored changes.
pub(super) struct Author {
    pub(super) document: Document,
    seq: u64,
}

impl Author {
    pub(super) fn new(id: DocumentId) -> Self {
        Self { document: Document::new(id), seq: 0 }
    }

    pub(super) fn set(&mut self, key: &str, value: &str) -> StoredChange {
        let path = Path::field(key);
        let edit = Edit::Set { path, value: Scalar::Text(value.to_owned()) };
        self.seq += 1;
        let mut stored = opaque(self.document.id(), self.seq, 0);
        let stamp = Stamp {
            actor: stored.meta.actor.clone(),
            time: Timestamp(1),
            message: Message { purpose: Purpose::Edit, user: UserId([1; 8]) },
        };
        let change = self.document.edit(&[edit], &stamp).unwrap().unwrap();
        stored.meta.hash = change.hash;
        stored.bytes = change.bytes;
        stored
    }

    pub(super) fn store(&mut self, store: &Store, key: &str, value: &str) {
        let change = self.set(key, value);
        let state = state(self.document.id(), &self.document.heads());
        store
            .write(|tx| {
                tx.put_document(&state)?;
                tx.put_change(&change)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
