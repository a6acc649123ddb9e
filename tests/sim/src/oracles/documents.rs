//! What must hold of the documents at every end.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Path};
use wardbook_sync::check::item_hash;
use wardbook_sync::memory::MemoryLog;
use wardbook_sync::ports::{DocumentState, Log};

use super::Seen;
use crate::views::{Views, bytes};
use crate::violation::{Oracle, Sim, Violation, name, short};
use crate::world::World;

/// Every end with its name, its log and what it has loaded. A document without any change is a name
/// only, which waits for its changes: there is nothing to load. Where it should have some, O1 says so.
fn ends(world: &mut World) -> Vec<(String, Vec<DocumentId>, &dyn Log, &mut Views)> {
    let World { hub, nodes, .. } = world;
    let disk = &mut hub.disk;
    let ids = here(&disk.store.log);
    let mut ends: Vec<(String, Vec<DocumentId>, &dyn Log, &mut Views)> =
        vec![("the hub".to_owned(), ids, &disk.store, &mut disk.views)];
    for (at, node) in nodes.iter_mut().enumerate() {
        let ids = here(&node.disk.store.log);
        ends.push((format!("node {at}"), ids, &node.disk.store, &mut node.disk.views));
    }
    ends
}

fn here(log: &MemoryLog) -> Vec<DocumentId> {
    let here = |state: &&DocumentState| {
        !state.heads.is_empty() || log.changes_of(&state.id).next().is_some()
    };
    log.documents().filter(here).map(|state| state.id).collect()
}

/// The document as all of its stored changes give it.
fn replay(log: &dyn Log, id: &DocumentId) -> Sim<Document> {
    let mut all = Vec::new();
    for meta in log.change_metas(id)? {
        all.push(bytes(log, id, &meta.hash)?);
    }
    Document::from_good_changes(all.iter().map(Vec::as_slice)).map_err(|error| {
        let what = format!("{} does not load from its changes: {error}", short(&id.0));
        Violation::new(Oracle::Loads, what)
    })
}

fn heads(log: &dyn Log, id: &DocumentId) -> Sim<Vec<ChangeHash>> {
    Ok(log.document(id)?.map(|state| state.heads).unwrap_or_default())
}

/// O5: what was loaded from a snapshot and moved on change by change is what a full replay gives.
pub(super) fn snapshot_and_tail(world: &mut World) -> Sim<()> {
    let mut replays = std::mem::take(&mut world.replays);
    for (end, ids, log, views) in ends(world) {
        for id in ids {
            let Some(view) = views.refresh(log, &id)? else { continue };
            let full = full(&mut replays, log, &id)?;
            let differs = view.document.heads() != full.heads()
                || (view.from_snapshot && view.document.read() != full.read());
            if differs {
                let what = format!("{end}: {} differs from a full replay", short(&id.0));
                return Err(Violation::new(Oracle::Snapshot, what));
            }
        }
    }
    world.replays = replays;
    Ok(())
}

/// The full replay of what an end holds; ends that hold the same are replayed once.
fn full<'a>(replays: &'a mut Seen<Document>, log: &dyn Log, id: &DocumentId) -> Sim<&'a Document> {
    let key = (*id, heads(log, id)?);
    if !replays.contains_key(&key) {
        replays.insert(key.clone(), replay(log, id)?);
    }
    Ok(&replays[&key])
}

/// O6: the conflict table that was kept step by step is what a full scan finds.
pub(super) fn conflict_table(world: &mut World) -> Sim<()> {
    let mut seen: Seen<BTreeSet<Path>> = Seen::new();
    let mut open = 0;
    for (end, ids, log, views) in ends(world) {
        for id in ids {
            let Some(view) = views.refresh(log, &id)? else { continue };
            let scan = seen.entry((id, view.heads.clone())).or_insert_with(|| {
                view.document.all_conflicts().into_iter().map(|conflict| conflict.path).collect()
            });
            open += scan.len() as u64;
            if view.conflicts != *scan {
                let list = |paths: BTreeSet<Path>| {
                    paths.iter().map(Path::to_string).collect::<Vec<_>>().join(", ")
                };
                let missing = list(scan.difference(&view.conflicts).cloned().collect());
                let extra = list(view.conflicts.difference(scan).cloned().collect());
                let what = format!(
                    "{end}: the conflict table of {} lacks [{missing}] and has [{extra}] too many",
                    short(&id.0)
                );
                return Err(Violation::new(Oracle::Conflicts, what));
            }
        }
    }
    *world.seen.entry("open conflicts").or_insert(0) += open;
    Ok(())
}

/// O9: every stored document loads and has the heads that are written beside it, every stored
/// change has the bytes of its hash, and nothing that the deep check condemns is in one.
pub(super) fn all_load(world: &mut World) -> Sim<()> {
    let broken = |what: String| Err(Violation::new(Oracle::Loads, what));
    let mut replays = std::mem::take(&mut world.replays);
    let hostile: BTreeSet<(DocumentId, ChangeHash)> = world
        .ledger
        .authored
        .iter()
        .filter(|(_, authored)| authored.hostile)
        .map(|(key, _)| *key)
        .collect();
    // Bytes that are those of a change that was hashed need no hashing.
    let mut good: BTreeMap<ChangeHash, Vec<u8>> = BTreeMap::new();
    for (end, ids, log, _) in ends(world) {
        for id in ids {
            for meta in log.change_metas(&id)? {
                let bytes = bytes(log, &id, &meta.hash)?;
                let is_good = good.get(&meta.hash) == Some(&bytes);
                if !is_good && item_hash(&bytes) != meta.hash {
                    return broken(format!("{end}: {} is damaged", name(&id, &meta.hash)));
                }
                good.entry(meta.hash).or_insert(bytes);
                if end == "the hub" && hostile.contains(&(id, meta.hash)) {
                    return broken(format!("{end}: harmful {} is stored", name(&id, &meta.hash)));
                }
            }
            let heads = heads(log, &id)?;
            if full(&mut replays, log, &id)?.heads() != heads {
                return broken(format!("{end}: {} has other heads than its changes", short(&id.0)));
            }
        }
    }
    Ok(())
}
