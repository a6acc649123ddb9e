//! What must hold in the hub's books, and in the sums on both sides.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::Document;
use wardbook_sync::digest;
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{FeedKind, HubPort as _, Log as _, NodePort as _};

use crate::violation::{Oracle, Sim, Violation, name, short};
use crate::world::World;

/// O3: every prefix of a feed has, with each change, all that it builds on.
pub(super) fn causally_closed(world: &mut World) -> Sim<()> {
    let hub = &world.hub.disk.store;
    let genesis = Document::genesis().0;
    for ward in &world.wards {
        let mut there: BTreeSet<(DocumentId, ChangeHash)> = BTreeSet::new();
        for row in hub.feed(ward) {
            let id = row.document;
            if world.ledger.purged.contains(&id) || world.ledger.once_purged.contains(&id) {
                continue;
            }
            match &row.kind {
                FeedKind::Change => {
                    let Some(meta) = hub.change_meta(&id, &row.hash)? else {
                        let what = format!("{} of a feed is not stored", name(&id, &row.hash));
                        return Err(Violation::new(Oracle::Causal, what));
                    };
                    let missing = meta
                        .deps
                        .iter()
                        .find(|dep| **dep != genesis && !there.contains(&(id, **dep)));
                    if let Some(dep) = missing {
                        let what = format!(
                            "{} stands in a feed before {}",
                            name(&id, &row.hash),
                            short(&dep.0)
                        );
                        return Err(Violation::new(Oracle::Causal, what));
                    }
                    there.insert((id, row.hash));
                }
                FeedKind::Grant { heads, .. } => {
                    let mut open = heads.clone();
                    while let Some(hash) = open.pop() {
                        if let Some(meta) = hub.change_meta(&id, &hash)?
                            && there.insert((id, hash))
                        {
                            open.extend(meta.deps);
                        }
                    }
                }
                FeedKind::Release { .. } | FeedKind::Forget { .. } | FeedKind::Review => {}
            }
        }
    }
    Ok(())
}

/// O4: the digests that were kept step by step are what a recount gives, at the hub and at each
/// node.
pub(super) fn digests_recount(world: &mut World) -> Sim<()> {
    let hub = &world.hub.disk.store;
    for ward in &world.wards {
        let mut sum = Digest::default();
        for state in hub.documents_in_scope(ward)? {
            digest::add(&mut sum, &digest::leaf(&state.id, state.generation, &state.heads));
        }
        if hub.ward_feed(ward)?.is_some_and(|feed| feed.digest != sum) {
            let what = format!("the hub's digest of ward {ward} is not that of its documents");
            return Err(Violation::new(Oracle::Digest, what));
        }
    }
    for (at, node) in world.nodes.iter().enumerate() {
        let mut sum = Digest::default();
        for (id, generation, heads) in node.disk.store.feed_documents()? {
            digest::add(&mut sum, &digest::leaf(&id, generation, &heads));
        }
        if node.disk.store.feed_digest()? != sum {
            let what = format!("node {at}'s digest is not that of the documents in its feed");
            return Err(Violation::new(Oracle::Digest, what));
        }
    }
    Ok(())
}

/// O8: when two logs came to the hub that claim one position, an admin was told of that device.
pub(super) fn forks_noticed(world: &mut World) -> Sim<()> {
    // A hub that was put back has forgotten what it was told; its own restore is an event.
    if world.hub.restores > 0 {
        return Ok(());
    }
    let mut codes: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for event in world.hub.disk.store.events() {
        codes.entry(event.device).or_default().insert(event.code.as_str());
    }
    for device in &world.ledger.forked {
        let is_revoked = world.nodes.iter().any(|node| node.device == *device && node.revoked);
        let is_told = codes
            .get(device)
            .is_some_and(|codes| codes.contains("rotated") || codes.contains("two_places"));
        if !is_revoked && !is_told {
            let what = format!("the log of device {} forked and nobody was told", short(&device.0));
            return Err(Violation::new(Oracle::Noticed, what));
        }
    }
    Ok(())
}
