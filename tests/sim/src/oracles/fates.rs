//! What became of every change: nothing vanishes, and nothing appears from nowhere.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::check::{Action, read_change};
use wardbook_sync::ports::{FeedKind, Log as _, Quarantined};

use crate::ends::holds;
use crate::ledger::Authored;
use crate::violation::{Oracle, Sim, Violation, name};
use crate::world::World;

/// Codes that say nothing about the edit itself: what was wished is still to be done.
const NOT_ITS_FAULT: [&str; 3] = ["superseded", "refused_ancestor", "duplicate_seq"];

/// O2: every change that is named in a log or a feed of the hub is merged, kept aside or waits;
/// every change of a node's log is there, kept aside or forgotten; and somebody wrote each.
pub(super) fn conserved(world: &mut World) -> Sim<()> {
    let lost = |what: String| Err(Violation::new(Oracle::Conserved, what));
    let hub = &world.hub.disk.store;
    let mut named: BTreeSet<(DocumentId, ChangeHash)> = BTreeSet::new();
    named.extend(
        hub.push_rows().filter(|row| row.notice.is_none()).map(|row| (row.document, row.hash)),
    );
    for ward in &world.wards {
        let rows = hub.feed(ward).iter().filter(|row| row.kind == FeedKind::Change);
        named.extend(rows.map(|row| (row.document, row.hash)));
    }
    let waits: BTreeSet<_> = hub.parked_all().map(|kept| (kept.document, kept.hash)).collect();
    for (id, hash) in &named {
        let merged = hub.change_meta(id, hash)?.is_some();
        let aside = hub.is_quarantined(id, hash)?;
        let waits = waits.contains(&(*id, *hash));
        let purged = hub.tombstone(id)?.is_some();
        if u8::from(merged) + u8::from(waits) > 1 {
            return lost(format!("{} is merged and waits", name(id, hash)));
        }
        if !merged && !aside && !waits && !purged {
            return lost(format!("{} was taken by the hub and is nowhere", name(id, hash)));
        }
        if !world.ledger.authored.contains_key(&(*id, *hash)) {
            return lost(format!("nobody wrote {}", name(id, hash)));
        }
    }
    for (at, node) in world.nodes.iter().enumerate() {
        let store = &node.disk.store;
        for row in store.local().iter().filter(|row| row.notice.is_none()) {
            let (id, hash) = (&row.document, &row.hash);
            let there = store.change_meta(id, hash)?.is_some()
                || store.is_quarantined(id, hash)?
                || store.tombstone(id)?.is_some();
            // Forgotten once and granted again: what was acknowledged came back with the grant.
            let known = hub.change_meta(id, hash)?.is_some() || hub.is_quarantined(id, hash)?;
            if !there && !known {
                return lost(format!("{} of node {at}'s log is nowhere", name(id, hash)));
            }
        }
    }
    Ok(())
}

/// No edit that a user was told is saved is lost: it is merged, or what took its place is, or it was
/// refused for a reason of its own, or the only disk it stood on was put back.
pub(super) fn nothing_lost(world: &mut World) -> Sim<()> {
    for ((id, hash), authored) in &world.ledger.authored {
        fate(world, id, hash, authored, 0)?;
    }
    for ((id, original), copy) in &world.ledger.copies {
        carries_the_text(world, id, original, copy)?;
    }
    Ok(())
}

fn fate(
    world: &World,
    id: &DocumentId,
    hash: &ChangeHash,
    authored: &Authored,
    depth: usize,
) -> Sim<()> {
    let hub = &world.hub.disk.store;
    let fine = authored.gone
        || world.ledger.purged.contains(id)
        || world.ledger.once_purged.contains(id)
        || hub.change_meta(id, hash)?.is_some()
        || world.ledger.empty_copies.contains(&(*id, *hash));
    if fine {
        return Ok(());
    }
    let aside = kept_aside(world, id, hash)?;
    let copy = world.ledger.copies.get(&(*id, *hash)).copied();
    let copy = copy.or_else(|| aside.iter().find_map(|kept| kept.replaced_by));
    if let Some(copy) = copy.filter(|_| depth < 50)
        && let Some(authored) = world.ledger.authored.get(&(*id, copy))
    {
        return fate(world, id, &copy, authored, depth + 1);
    }
    if aside.iter().any(|kept| !NOT_ITS_FAULT.contains(&kept.code.as_str())) {
        return Ok(());
    }
    let author = authored.at.map(|at| &world.nodes[at]);
    if let Some(author) = author {
        let device = author.device;
        let elsewhere = world
            .nodes
            .iter()
            .filter(|node| node.device == device)
            .any(|node| node.restores > 0 || node.revoked);
        // Its author can not write it anew any more; an admin finds it aside at the hub.
        if elsewhere && hub.is_quarantined(id, hash)? {
            return Ok(());
        }
    }
    // It is at a device that was thrown out and nowhere else since a disk was put back.
    for node in world.nodes.iter().filter(|node| node.revoked) {
        if holds(&node.disk.store, id, hash)? {
            return Ok(());
        }
    }
    // What it builds on stood on a disk alone that was put back.
    if let Some(kept) = hub.parked_all().find(|kept| kept.document == *id && kept.hash == *hash) {
        return waits_for_the_gone(world, id, &kept.bytes, hash);
    }
    let codes: Vec<&str> = aside.iter().map(|kept| kept.code.as_str()).collect();
    let what = format!("the edit {} is lost; kept aside as {codes:?}", name(id, hash));
    Err(Violation::new(Oracle::Kept, what))
}

fn kept_aside(world: &World, id: &DocumentId, hash: &ChangeHash) -> Sim<Vec<Quarantined>> {
    let mut out: Vec<Quarantined> =
        world.hub.disk.store.quarantined(id, hash)?.into_iter().collect();
    for node in &world.nodes {
        out.extend(node.disk.store.quarantined(id, hash)?);
    }
    Ok(out)
}

fn waits_for_the_gone(world: &World, id: &DocumentId, bytes: &[u8], hash: &ChangeHash) -> Sim<()> {
    let hub = &world.hub.disk.store;
    let deps = read_change(id, bytes).map(|change| change.meta.deps).unwrap_or_default();
    for dep in deps {
        let is_gone = world.ledger.authored.get(&(*id, dep)).is_none_or(|dep| dep.gone);
        let waits_too = hub.parked_all().any(|kept| kept.hash == dep);
        if hub.change_meta(id, &dep)?.is_none() && (is_gone || waits_too) {
            return Ok(());
        }
    }
    let what = format!("{} waits for changes that could come", name(id, hash));
    Err(Violation::new(Oracle::Kept, what))
}

/// A copy says what its original said.
fn carries_the_text(
    world: &World,
    id: &DocumentId,
    original: &ChangeHash,
    copy: &ChangeHash,
) -> Sim<()> {
    let authored = world.ledger.authored.get(&(*id, *original));
    let Some(token) = authored.and_then(|authored| authored.token.clone()) else { return Ok(()) };
    let Some(bytes) = world.hub.disk.store.change_bytes(id, copy)? else { return Ok(()) };
    let says = read_change(id, &bytes).is_ok_and(|change| {
        change
            .operations
            .iter()
            .any(|operation| matches!(&operation.action, Action::PutText(text) if **text == *token))
    });
    if says {
        return Ok(());
    }
    let what = format!("{} does not say what {} said", name(id, copy), name(id, original));
    Err(Violation::new(Oracle::Kept, what))
}
