//! Documents and changes in memory.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wardbook_base::{ChangeHash, DocumentId};

use super::broken;
use crate::message::ForgetReason;
use crate::ports::{
    ChangeMeta, DocumentState, Log, PortResult, Quarantined, StoredChange, Tombstone,
};

/// The documents and changes that either end holds.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    documents: BTreeMap<DocumentId, DocumentState>,
    changes: BTreeMap<DocumentId, Changes>,
    quarantine: BTreeMap<(DocumentId, ChangeHash), Arc<Quarantined>>,
    graves: BTreeMap<DocumentId, Tombstone>,
    reads: Reads,
}

/// The changes of one document.
#[derive(Debug, Clone, Default)]
struct Changes {
    by_hash: BTreeMap<ChangeHash, Arc<StoredChange>>,
    by_seq: BTreeMap<(Vec<u8>, u64), ChangeHash>,
    /// As they came: each after those it builds on.
    order: Vec<ChangeHash>,
}

/// A counter that is no part of the state: two stores that print alike hold the same.
#[derive(Clone, Default)]
struct Reads(Cell<u64>);

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reads")
    }
}

impl MemoryLog {
    /// All documents, by id.
    pub fn documents(&self) -> impl Iterator<Item = &DocumentState> {
        self.documents.values()
    }

    /// All changes, by document; those of one document as they came.
    pub fn changes(&self) -> impl Iterator<Item = &StoredChange> {
        self.changes.values().flat_map(Changes::in_order)
    }

    /// The changes of one document, each after those it builds on.
    pub fn changes_of(&self, document: &DocumentId) -> impl Iterator<Item = &StoredChange> {
        self.changes.get(document).into_iter().flat_map(Changes::in_order)
    }

    /// What was kept aside.
    pub fn kept_aside(&self) -> impl Iterator<Item = &Quarantined> {
        self.quarantine.values().map(Arc::as_ref)
    }

    /// The graves, by document.
    pub fn graves(&self) -> impl Iterator<Item = &Tombstone> {
        self.graves.values()
    }

    /// How often the bytes of a change were read.
    pub fn bytes_read(&self) -> u64 {
        self.reads.0.get()
    }

    /// One document, without a copy of its state.
    pub(super) fn documents_entry(&self, id: &DocumentId) -> Option<&DocumentState> {
        self.documents.get(id)
    }

    /// The ids of documents and graves from `from` to `to`.
    pub(super) fn ids_between(&self, from: DocumentId, to: DocumentId) -> BTreeSet<DocumentId> {
        let documents = self.documents.range(from..=to).map(|(id, _)| *id);
        documents.chain(self.graves.range(from..=to).map(|(id, _)| *id)).collect()
    }

    /// Keeps the first copy, unless a later one overrules it.
    pub(super) fn keep_aside(&mut self, item: &Quarantined) {
        let key = (item.document, item.hash);
        if self.quarantine.get(&key).is_none_or(|kept| item.overrules(kept)) {
            self.quarantine.insert(key, Arc::new(item.clone()));
        }
    }

    fn change(&self, document: &DocumentId, hash: &ChangeHash) -> Option<&Arc<StoredChange>> {
        self.changes.get(document)?.by_hash.get(hash)
    }
}

impl Changes {
    fn in_order(&self) -> impl Iterator<Item = &StoredChange> {
        self.order.iter().filter_map(|hash| self.by_hash.get(hash)).map(Arc::as_ref)
    }
}

impl Log for MemoryLog {
    fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
        Ok(self.documents.get(id).cloned())
    }

    fn change_meta(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<ChangeMeta>> {
        Ok(self.change(document, hash).map(|change| change.meta.clone()))
    }

    fn change_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> PortResult<Option<ChangeHash>> {
        let changes = self.changes.get(document);
        Ok(changes.and_then(|changes| changes.by_seq.get(&(actor.to_vec(), seq)).copied()))
    }

    fn change_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<ChangeHash>> {
        let Some(changes) = self.changes.get(document) else { return Ok(None) };
        let of_actor = (actor.to_vec(), 0)..=(actor.to_vec(), u64::MAX);
        let mut newest_first = changes.by_seq.range(of_actor).rev().map(|(_, hash)| hash);
        let holds = newest_first.find(|hash| {
            changes.by_hash.get(*hash).is_some_and(|change| {
                (change.meta.start_op..=change.meta.max_op).contains(&counter)
            })
        });
        Ok(holds.copied())
    }

    fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
        Ok(self.quarantine.contains_key(&(*document, *hash)))
    }

    fn change_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Vec<u8>>> {
        self.reads.0.set(self.reads.0.get() + 1);
        Ok(self.change(document, hash).map(|change| change.bytes.clone()))
    }

    fn change_metas(&self, document: &DocumentId) -> PortResult<Vec<ChangeMeta>> {
        Ok(self.changes_of(document).map(|change| change.meta.clone()).collect())
    }

    fn stored_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<StoredChange>> {
        self.reads.0.set(self.reads.0.get() + 1);
        Ok(self.change(document, hash).map(|change| change.as_ref().clone()))
    }

    fn quarantined(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Quarantined>> {
        Ok(self.quarantine.get(&(*document, *hash)).map(|kept| kept.as_ref().clone()))
    }

    fn put_replaced(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        by: &ChangeHash,
    ) -> PortResult<()> {
        let kept = self.quarantine.get_mut(&(*document, *hash));
        let kept = kept.ok_or_else(|| broken("what was not kept aside cannot be replaced"))?;
        Arc::make_mut(kept).replaced_by = Some(*by);
        Ok(())
    }

    fn tombstone(&self, document: &DocumentId) -> PortResult<Option<Tombstone>> {
        Ok(self.graves.get(document).cloned())
    }

    fn remove_changes(&mut self, document: &DocumentId, hashes: &[ChangeHash]) -> PortResult<()> {
        let Some(changes) = self.changes.get_mut(document) else { return Ok(()) };
        for hash in hashes {
            if let Some(change) = changes.by_hash.remove(hash) {
                changes.by_seq.remove(&(change.meta.actor.clone(), change.meta.seq));
            }
        }
        changes.order.retain(|hash| changes.by_hash.contains_key(hash));
        let left: BTreeSet<ChangeHash> = changes.by_hash.keys().copied().collect();
        let closed = changes.in_order().all(|change| {
            change.meta.deps.iter().all(|dep| left.contains(dep) || !hashes.contains(dep))
        });
        if !closed {
            return Err(broken("a change was taken out from under another"));
        }
        if left.is_empty() {
            self.changes.remove(document);
            self.documents.remove(document);
        }
        Ok(())
    }

    fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()> {
        let document = grave.document;
        self.documents.remove(&document);
        self.changes.remove(&document);
        self.quarantine.retain(|(of, _), _| *of != document);
        let purged =
            self.graves.get(&document).is_some_and(|old| old.reason == ForgetReason::Purged);
        if !purged {
            self.graves.insert(document, grave.clone());
        }
        Ok(())
    }

    fn remove_tombstone(&mut self, document: &DocumentId) -> PortResult<()> {
        let moved = |grave: &Tombstone| grave.reason == ForgetReason::Moved;
        if self.graves.get(document).is_some_and(moved) {
            self.graves.remove(document);
        }
        Ok(())
    }

    fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
        self.documents.insert(state.id, state.clone());
        Ok(())
    }

    fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
        let meta = &change.meta;
        if !self.documents.contains_key(&meta.document) {
            return Err(broken("a change of no document"));
        }
        let changes = self.changes.entry(meta.document).or_default();
        let at = (meta.actor.clone(), meta.seq);
        if changes.by_seq.get(&at).is_some_and(|hash| *hash != meta.hash) {
            return Err(broken("two changes at one (document, actor, seq)"));
        }
        if changes.by_hash.contains_key(&meta.hash) {
            return Ok(());
        }
        changes.by_seq.insert(at, meta.hash);
        changes.order.push(meta.hash);
        changes.by_hash.insert(meta.hash, Arc::new(change.clone()));
        Ok(())
    }
}
