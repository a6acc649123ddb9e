//! What an end keeps beside its log: loaded documents and the table of conflicts, brought up to
//! date step by step, as the projector of the product does.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Path};
use wardbook_sync::ports::Log;

use crate::violation::{Oracle, Sim, Violation};

/// One document as an end has it loaded.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The document, from a snapshot and what came after it.
    pub(crate) document: Rc<Document>,
    /// The changes that it is said to hold: a snapshot is trusted, not looked into.
    pub(crate) covers: BTreeSet<ChangeHash>,
    /// The heads that it is said to have.
    pub(crate) heads: Vec<ChangeHash>,
    /// Where values stand against each other.
    pub(crate) conflicts: BTreeSet<Path>,
    /// It was once exchanged for what its saved form gave.
    pub(crate) from_snapshot: bool,
}

impl View {
    /// A record that holds nothing yet.
    pub(crate) fn new(id: DocumentId) -> Self {
        Self {
            document: Rc::new(Document::new(id)),
            covers: BTreeSet::new(),
            heads: Vec::new(),
            conflicts: BTreeSet::new(),
            from_snapshot: false,
        }
    }
}

/// All of an end's documents that were looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Views(BTreeMap<DocumentId, View>);

impl Views {
    /// Everything that was ever looked at.
    pub(crate) fn ids(&self) -> Vec<DocumentId> {
        self.0.keys().copied().collect()
    }

    /// Takes a view out to edit its document; whoever does puts it back, or it is built anew.
    pub(crate) fn take(&mut self, id: &DocumentId) -> Option<View> {
        self.0.remove(id)
    }

    /// Puts a view back as it was.
    pub(crate) fn put(&mut self, view: View) {
        self.0.insert(view.document.id(), view);
    }

    /// Puts a view back whose document an edit has moved on; its open conflicts are judged again.
    pub(crate) fn edited(&mut self, mut view: View, change: ChangeHash) {
        view.covers.insert(change);
        view.heads = view.document.heads();
        view.conflicts = still_open(&view.document, view.conflicts);
        self.put(view);
    }

    /// Exchanges the loaded document for what its saved form gives.
    pub(crate) fn snapshot(&mut self, id: &DocumentId, skip: bool) -> Sim<()> {
        let Some(view) = self.0.get_mut(id) else { return Ok(()) };
        let loaded = if skip {
            let all = view.document.changes();
            let some = all.split_last().map_or(&all[..], |(_, some)| some);
            Document::from_changes(some.iter().map(|change| change.bytes.as_slice()))
        } else {
            Document::load(&view.document.save())
        };
        // With one change only there is nothing to leave out.
        match loaded {
            Ok(document) => {
                view.document = Rc::new(document);
                view.from_snapshot = true;
            }
            Err(error) if !skip => return Err(error.into()),
            Err(_) => {}
        }
        Ok(())
    }

    /// Forgets the rows of the conflict table: only for the fault that the oracle must find.
    pub(crate) fn drop_conflicts(&mut self) {
        self.0.values_mut().for_each(|view| view.conflicts.clear());
    }

    /// Brings one document up to date with the log; `None` when it is not there.
    pub(crate) fn refresh(&mut self, log: &dyn Log, id: &DocumentId) -> Sim<Option<&View>> {
        let Some(state) = log.document(id)? else {
            self.0.remove(id);
            return Ok(None);
        };
        let is_current = self.0.get(id).is_some_and(|view| view.heads == state.heads);
        if !is_current {
            let view = self.0.remove(id);
            let mut view = advance(log, id, view)?;
            view.heads = state.heads;
            self.0.insert(*id, view);
        }
        Ok(self.0.get(id))
    }
}

/// Applies what the log has and the view has not. When changes were taken out of the log the
/// document is built anew, and every change may open a conflict.
fn advance(log: &dyn Log, id: &DocumentId, view: Option<View>) -> Sim<View> {
    let metas = log.change_metas(id)?;
    let there: BTreeSet<ChangeHash> = metas.iter().map(|meta| meta.hash).collect();
    let kept = view.filter(|view| view.covers.is_subset(&there));
    let mut view = kept.unwrap_or_else(|| View::new(*id));
    let mut found = std::mem::take(&mut view.conflicts);
    let document = Rc::make_mut(&mut view.document);
    for meta in metas.iter().filter(|meta| !view.covers.contains(&meta.hash)) {
        let bytes = bytes(log, id, &meta.hash)?;
        found.extend(document.apply(&bytes)?.conflicted);
    }
    view.covers = there;
    view.conflicts = still_open(&view.document, found);
    Ok(view)
}

fn still_open(document: &Document, open: BTreeSet<Path>) -> BTreeSet<Path> {
    let open: Vec<Path> = open.into_iter().collect();
    document.conflicts(&open).into_iter().map(|conflict| conflict.path).collect()
}

/// The bytes of a change that the log says it has.
pub(crate) fn bytes(log: &dyn Log, id: &DocumentId, hash: &ChangeHash) -> Sim<Vec<u8>> {
    log.change_bytes(id, hash)?.ok_or_else(|| {
        Violation::new(Oracle::Loads, format!("change {hash} is stored without its bytes"))
    })
}
