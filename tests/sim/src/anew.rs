//! Own edits that were set aside are written anew, as the product does it in the transaction that set
//! them aside.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId, Timestamp};
use wardbook_record::{Document, Dropped, Fate};
use wardbook_sync::check::read_change;
use wardbook_sync::memory::MemoryNode;
use wardbook_sync::node;
use wardbook_sync::ports::NodePort as _;

use crate::ends::{NodeEnd, schema};
use crate::violation::{Oracle, Sim, Violation};

/// A change that was written anew.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) document: DocumentId,
    pub(crate) original: ChangeHash,
    /// None when it would have changed nothing.
    pub(crate) copy: Option<ChangeHash>,
}

impl NodeEnd {
    /// Writes what was kept aside anew, under a fork of the author epoch for each document.
    pub(crate) fn write_anew(&mut self, now: Timestamp) -> Sim<Vec<Copied>> {
        let queue = self.disk.store.to_reauthor()?;
        if queue.is_empty() {
            return Ok(Vec::new());
        }
        let queued: BTreeSet<(DocumentId, ChangeHash)> = queue.iter().copied().collect();
        let documents: BTreeSet<DocumentId> = queue.iter().map(|(id, _)| *id).collect();
        let mut copies = Vec::new();
        for id in documents {
            let aside = in_causal_order(&self.disk.store, &id)?;
            let mut dropped = Vec::new();
            for (hash, bytes) in &aside {
                let fate = if queued.contains(&(id, *hash)) {
                    Fate::Copy
                } else {
                    let copy = node::stands_as(&self.disk.store, &id, hash)?;
                    copy.map_or(Fate::Leave, Fate::CopiedAs)
                };
                dropped.push(Dropped { bytes, fate });
            }
            let mut survivor = match self.disk.views.refresh(&self.disk.store, &id)? {
                Some(view) => (*view.document).clone(),
                None => Document::new(id),
            };
            let fork = self.disk.forks.get(&id).map_or(1, |fork| fork + 1);
            self.disk.forks.insert(id, fork);
            let actor = self.actor(&id)?;
            for copied in survivor.copy_changes(&dropped, &actor)? {
                let (original, copy) = (copied.original, copied.copy);
                let hash = copy.as_ref().map(|copy| copy.hash);
                match copy {
                    Some(copy) => {
                        self.with(|port| {
                            node::record_copy(port, &id, &original, &copy.bytes, now, schema())
                        })?;
                    }
                    None => self.with(|port| port.put_reauthor(&id, &original, false))?,
                }
                copies.push(Copied { document: id, original, copy: hash });
            }
        }
        Ok(copies)
    }
}

type Aside = (ChangeHash, Vec<u8>);

/// What a node keeps aside of one document, each after what it builds on.
fn in_causal_order(store: &MemoryNode, id: &DocumentId) -> Sim<Vec<Aside>> {
    let mut waiting = Vec::new();
    for kept in store.log.kept_aside().filter(|kept| kept.document == *id) {
        let deps = read_change(id, &kept.bytes).map(|change| change.meta.deps).unwrap_or_default();
        waiting.push((kept.hash, kept.bytes.clone(), deps));
    }
    let mut done: Vec<Aside> = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<ChangeHash> = waiting.iter().map(|(hash, ..)| *hash).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(.., deps)| !deps.iter().any(|dep| names.contains(dep)));
        if ready.is_empty() {
            return Err(Violation::new(Oracle::Loads, "changes kept aside build on each other"));
        }
        done.extend(ready.into_iter().map(|(hash, bytes, _)| (hash, bytes)));
        waiting = rest;
    }
    Ok(done)
}
