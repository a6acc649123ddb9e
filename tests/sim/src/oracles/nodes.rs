//! What must hold between each node and the hub.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::DocumentId;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use crate::violation::{Oracle, Sim, Violation, short};
use crate::world::World;

/// O1: every node that may call holds the hub's heads and digest, at the hub's position.
pub(super) fn equal(world: &mut World) -> Sim<()> {
    let hub = &world.hub.disk.store;
    let differs = |what: String| Err(Violation::new(Oracle::Equal, what));
    for (at, node) in world.nodes.iter().enumerate().filter(|(_, node)| !node.revoked) {
        let store = &node.disk.store;
        let Some(feed) = hub.ward_feed(&node.ward)? else { continue };
        if store.feed_position()? != Some(feed.position) {
            return differs(format!("node {at} stands elsewhere than the feed of its ward"));
        }
        if store.feed_digest()? != feed.digest {
            return differs(format!("node {at} has another digest than the hub"));
        }
        for state in hub.documents_in_scope(&node.ward)? {
            let here = store.document(&state.id)?;
            let Some(here) = here else {
                return differs(format!("node {at} lacks document {}", short(&state.id.0)));
            };
            if here.heads != state.heads {
                return differs(format!("node {at} has other heads of {}", short(&state.id.0)));
            }
            if (here.ward == node.ward) != (state.ward == node.ward) {
                return differs(format!(
                    "node {at} is wrong about who writes {}",
                    short(&state.id.0)
                ));
            }
        }
    }
    Ok(())
}

/// O7: no node holds a document outside of its ward's scope, and nobody holds anything of an erased
/// one. A released document may stay until the city has told the ward to forget it.
pub(super) fn within_scope(world: &mut World) -> Sim<()> {
    let hub = &world.hub.disk.store;
    let out = |what: String| Err(Violation::new(Oracle::Scope, what));
    let mut scopes: BTreeMap<_, BTreeSet<DocumentId>> = BTreeMap::new();
    for ward in &world.wards {
        let held = hub.documents_in_scope(ward)?.into_iter().map(|state| state.id);
        let leaving = hub.open_releases(ward)?.into_iter().map(|release| release.document);
        scopes.insert(ward.clone(), held.chain(leaving).collect());
    }
    for (at, node) in world.nodes.iter().enumerate().filter(|(_, node)| !node.revoked) {
        let store = &node.disk.store;
        for state in store.log.documents() {
            if !state.heads.is_empty() && !scopes[&node.ward].contains(&state.id) {
                return out(format!("node {at} still holds document {}", short(&state.id.0)));
            }
        }
        for kept in store.log.kept_aside().filter(|kept| !kept.bytes.is_empty()) {
            if store.tombstone(&kept.document)?.is_some() {
                let id = short(&kept.document.0);
                return out(format!("node {at} keeps a change of forgotten document {id} aside"));
            }
        }
    }
    for id in &world.ledger.purged {
        let bytes_aside =
            hub.log.kept_aside().any(|kept| kept.document == *id && !kept.bytes.is_empty());
        let parked = hub.parked_all().any(|kept| kept.document == *id);
        if hub.document(id)?.is_some()
            || hub.log.changes_of(id).next().is_some()
            || bytes_aside
            || parked
        {
            return out(format!(
                "the hub still holds something of erased document {}",
                short(&id.0)
            ));
        }
    }
    Ok(())
}
