//! Walks over the changes of one document.

use std::collections::BTreeSet;

use wardbook_base::ChangeHash;

use crate::ports::ChangeMeta;

/// `heads` and all their ancestors among `metas`, which stand in causal order. Heads that are not
/// among them are in it too, without ancestors.
pub(crate) fn closure(metas: &[ChangeMeta], heads: &[ChangeHash]) -> BTreeSet<ChangeHash> {
    let mut found: BTreeSet<ChangeHash> = heads.iter().copied().collect();
    for meta in metas.iter().rev() {
        if found.contains(&meta.hash) {
            found.extend(&meta.deps);
        }
    }
    found
}

/// `roots` and all that build on them, in causal order.
pub(crate) fn descendants(metas: &[ChangeMeta], roots: &BTreeSet<ChangeHash>) -> Vec<ChangeHash> {
    let mut found = BTreeSet::new();
    let mut in_order = Vec::new();
    for meta in metas {
        if roots.contains(&meta.hash) || meta.deps.iter().any(|dep| found.contains(dep)) {
            found.insert(meta.hash);
            in_order.push(meta.hash);
        }
    }
    in_order
}

/// The changes of a set on which no other of them builds: the heads of a document that has these.
pub(crate) fn heads<'a>(metas: impl Iterator<Item = &'a ChangeMeta> + Clone) -> Vec<ChangeHash> {
    let built_on: BTreeSet<ChangeHash> =
        metas.clone().flat_map(|meta| meta.deps.iter().copied()).collect();
    let mut heads: Vec<ChangeHash> =
        metas.map(|meta| meta.hash).filter(|hash| !built_on.contains(hash)).collect();
    heads.sort_unstable();
    heads
}
