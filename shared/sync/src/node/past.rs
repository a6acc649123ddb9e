//! What the feed has named of a document up to this node's position.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};

use crate::check::deps_of;
use crate::ports::{NodePort, PortResult};

/// The changes of a document that are in the feed.
pub(super) struct Past {
    named: BTreeSet<ChangeHash>,
    /// Every step back was found here, stored or kept aside. If not, the feed may name more.
    pub(super) whole: bool,
}

impl Past {
    /// Walks back from the heads at the feed position, also over changes that are kept aside.
    pub(super) fn of(port: &dyn NodePort, document: &DocumentId) -> PortResult<Self> {
        let heads = port.feed_heads(document)?;
        let mut past = Self { named: BTreeSet::new(), whole: true };
        if heads.is_empty() {
            return Ok(past);
        }
        let metas = port.change_metas(document)?.into_iter();
        let stored: BTreeMap<_, _> = metas.map(|meta| (meta.hash, meta.deps)).collect();
        // What a stored change builds on is stored too, or a genesis that both ends know.
        let mut walk: Vec<(ChangeHash, bool)> = heads.iter().map(|head| (*head, false)).collect();
        while let Some((hash, below_stored)) = walk.pop() {
            if !past.named.insert(hash) {
                continue;
            }
            if let Some(deps) = stored.get(&hash) {
                walk.extend(deps.iter().map(|dep| (*dep, true)));
            } else if let Some(kept) = port.quarantined(document, &hash)? {
                walk.extend(deps_of(&kept.bytes).into_iter().map(|dep| (dep, false)));
            } else {
                past.whole &= below_stored;
            }
        }
        Ok(past)
    }

    /// Whether a change that is stored here is in the feed.
    pub(super) fn names(&self, hash: &ChangeHash) -> bool {
        self.named.contains(hash)
    }
}
