//! Writing own changes anew: what was taken out of a document by a refusal, a restore or a copied
//! disk stays an edit that somebody made, so it is made again under an actor of its own.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Dropped, Fate};
use wardbook_store::Tx;
use wardbook_sync::check::read_change;
use wardbook_sync::node::{NodeError, record_copy, stands_as};
use wardbook_sync::ports::{NodePort, Quarantined};

use super::events::{EventCode, note};
use crate::commit::next_fork;
use crate::error::ReplicaError;
use crate::replica::Replica;

impl Replica {
    /// Writes anew what is queued for it, each document under a fork of its own. Returns how many
    /// changes were written. Belongs into the transaction that queued them.
    pub(super) fn write_anew(&self, tx: &mut dyn Tx) -> Result<u64, ReplicaError> {
        let mut queued: BTreeMap<DocumentId, Vec<ChangeHash>> = BTreeMap::new();
        for (document, hash) in tx.to_reauthor()? {
            queued.entry(document).or_default().push(hash);
        }
        let (mut written, mut given_up) = (0, 0);
        for (document, hashes) in queued {
            match self.copies(tx, &document, &hashes) {
                Ok(copies) => written += copies,
                Err(Failed::Store(error)) => return Err(error),
                Err(Failed::Document(why)) => {
                    // One document must not hold up all others. What it was stays kept aside.
                    tracing::error!(%document, why, "changes could not be written anew");
                    for hash in &hashes {
                        tx.put_reauthor(&document, hash, false)?;
                    }
                    given_up += hashes.len() as u64;
                }
            }
        }
        if given_up > 0 {
            note(tx, self.now(), EventCode::NotWrittenAnew, given_up)?;
        }
        Ok(written)
    }

    fn copies(
        &self,
        tx: &mut dyn Tx,
        id: &DocumentId,
        queued: &[ChangeHash],
    ) -> Result<u64, Failed> {
        let set_aside = Past::of(tx, id, queued)?;
        let mut survivor = match tx.load_document(id) {
            Ok(found) => found.unwrap_or_else(|| Document::new(*id)),
            Err(error) => return Err(Failed::Document(error.to_string())),
        };
        let queued: BTreeSet<ChangeHash> = queued.iter().copied().collect();
        let mut dropped = Vec::new();
        for hash in &set_aside.order {
            let Some(item) = set_aside.items.get(hash) else { continue };
            let fate = if queued.contains(hash) {
                Fate::Copy
            } else {
                stands_as(&*tx, id, hash)?.map_or(Fate::Leave, Fate::CopiedAs)
            };
            dropped.push(Dropped { bytes: &item.bytes, fate });
        }
        let actor = next_fork(tx, id)?;
        let copies = survivor
            .copy_changes(&dropped, &actor)
            .map_err(|error| Failed::Document(error.to_string()))?;
        let mut written = 0;
        for copied in copies {
            let port: &mut dyn NodePort = tx;
            if let Some(copy) = copied.copy {
                let (now, schema) = (self.now(), &self.inner.schema);
                record_copy(port, id, &copied.original, &copy.bytes, now, schema)
                    .map_err(failed)?;
                written += 1;
            } else {
                // Nothing is left to write: it stands there already. So it replaces itself.
                port.put_replaced(id, &copied.original, &copied.original)?;
                port.put_reauthor(id, &copied.original, false)?;
            }
        }
        Ok(written)
    }
}

/// Why a document's changes were not written anew.
enum Failed {
    /// The store, or the engine: the transaction is over.
    Store(ReplicaError),
    /// This document alone.
    Document(String),
}

impl<E: Into<ReplicaError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// A copy that the engine refuses must not wedge the round that brought it.
fn failed(error: NodeError) -> Failed {
    match error {
        NodeError::Store(error) => Failed::Store(error.into()),
        other => Failed::Document(other.code().to_owned()),
    }
}

/// What was taken out of a document and matters to the changes that are to be written anew.
#[derive(Default)]
struct Past {
    items: BTreeMap<ChangeHash, Quarantined>,
    /// Each after those that it builds on.
    order: Vec<ChangeHash>,
}

impl Past {
    fn of(tx: &dyn Tx, id: &DocumentId, wanted: &[ChangeHash]) -> Result<Self, Failed> {
        let mut past = Self::default();
        let mut deps: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
        let mut open = wanted.to_vec();
        while let Some(hash) = open.pop() {
            if deps.contains_key(&hash) {
                continue;
            }
            // What stands in the log was not taken out.
            if tx.change_meta(id, &hash)?.is_some() {
                continue;
            }
            let Some(item) = tx.quarantined(id, &hash)? else { continue };
            let read = read_change(id, &item.bytes);
            let on = read.map_err(|error| Failed::Document(error.to_string()))?.meta.deps;
            open.extend_from_slice(&on);
            deps.insert(hash, on);
            past.items.insert(hash, item);
        }
        past.order = in_order(&deps, wanted);
        Ok(past)
    }
}

/// The keys of `deps`, each after those that it builds on; otherwise in the order of `wanted`.
fn in_order(
    deps: &BTreeMap<ChangeHash, Vec<ChangeHash>>,
    wanted: &[ChangeHash],
) -> Vec<ChangeHash> {
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    for root in wanted {
        // (change, whether what it builds on is in the order)
        let mut open = vec![(*root, false)];
        while let Some((hash, ready)) = open.pop() {
            let Some(on) = deps.get(&hash) else { continue };
            if ready {
                if done.insert(hash) {
                    order.push(hash);
                }
            } else if !done.contains(&hash) {
                open.push((hash, true));
                open.extend(on.iter().map(|dep| (*dep, false)));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_comes_after_what_it_builds_on() {
        let hash = |n: u8| ChangeHash([n; 32]);
        // 4 and 3 build on 2 and 1; 5 on both; 9 stands in the log.
        let deps = BTreeMap::from([
            (hash(5), vec![hash(3), hash(4)]),
            (hash(4), vec![hash(2), hash(9)]),
            (hash(3), vec![hash(1)]),
            (hash(2), vec![hash(1)]),
            (hash(1), vec![hash(9)]),
        ]);
        for wanted in [vec![hash(5)], vec![hash(3), hash(5), hash(2)], vec![hash(1), hash(5)]] {
            let order = in_order(&deps, &wanted);
            assert_eq!(order.len(), deps.len());
            for (at, hash) in order.iter().enumerate() {
                let before = &order[..at];
                let on = deps[hash].iter().filter(|dep| deps.contains_key(dep));
                assert!(on.into_iter().all(|dep| before.contains(dep)), "{wanted:?}");
            }
        }
    }
}
