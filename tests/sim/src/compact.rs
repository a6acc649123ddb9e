//! Compaction, as the database does it: a document is saved whole, and from then on the bytes of
//! the changes in it are those that the saved form gives back.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::{Log, StoredChange};

use crate::faults::Fault;
use crate::views::View;
use crate::violation::{Oracle, Sim, Violation, name};
use crate::world::World;

impl World {
    /// A document of some end is saved whole; what comes later is applied to what is loaded from
    /// that. Now and then its rows are dropped: the store then serves what the saved form gives.
    pub(crate) fn compact(&mut self) -> Sim<()> {
        let fault = self.fault;
        let skip = fault == Some(Fault::SnapshotMissesChange);
        let at = self.dice.index(self.nodes.len() + 1);
        let (log, views): (&mut dyn Log, _) = match self.nodes.get_mut(at) {
            Some(node) => (&mut node.disk.store, &mut node.disk.views),
            None => (&mut self.hub.disk.store, &mut self.hub.disk.views),
        };
        let Some(id) = self.dice.pick(&views.ids()).copied() else { return Ok(()) };
        views.snapshot(&id, skip)?;
        let dropped = match views.get(&id) {
            Some(view) if !skip && self.side.one_in(2) => drop_rows(log, view, fault)?,
            _ => 0,
        };
        self.count("snapshots");
        *self.seen.entry("rows dropped").or_insert(0) += dropped;
        Ok(())
    }
}

/// Exchanges the bytes of the oldest changes, as far as the saved form holds them, for what it
/// gives back; how many.
fn drop_rows(log: &mut dyn Log, view: &View, fault: Option<Fault>) -> Sim<u64> {
    let id: DocumentId = view.document.id();
    let Some(state) = log.document(&id)? else { return Ok(0) };
    let given: BTreeMap<ChangeHash, Vec<u8>> =
        view.document.changes().into_iter().map(|change| (change.hash, change.bytes)).collect();
    let mut rows: Vec<StoredChange> = Vec::new();
    for meta in log.change_metas(&id)? {
        rows.extend(log.stored_change(&id, &meta.hash)?);
    }
    let mut dropped = 0;
    for row in rows.iter_mut().take_while(|row| view.covers.contains(&row.meta.hash)) {
        let Some(bytes) = given.get(&row.meta.hash).filter(|bytes| **bytes == row.bytes) else {
            let what = format!("no snapshot gives {} back", name(&id, &row.meta.hash));
            return Err(Violation::new(Oracle::Snapshot, what));
        };
        row.bytes.clone_from(bytes);
        dropped += 1;
    }
    if fault == Some(Fault::RowsDroppedTooSoon)
        && let Some(last) = rows.last_mut()
    {
        last.bytes.clear();
    }
    let hashes: Vec<ChangeHash> = rows.iter().map(|row| row.meta.hash).collect();
    log.remove_changes(&id, &hashes)?;
    log.put_document(&state)?;
    for row in &rows {
        log.put_change(row)?;
    }
    Ok(dropped)
}
