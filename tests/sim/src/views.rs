//! What an end keeps beside its log: loaded documents and the table of conflicts, brought up to
//! date step by step, as the projector of the product does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Path};
use wardbook_sync::ports::Log;

use crate::shelf::{Shelf, Stand};
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
    /// Where the document stands, for the shelf.
    stand: Stand,
}

impl View {
    /// A record that holds nothing yet.
    pub(crate) fn new(id: DocumentId) -> Self {
        let document = Rc::new(Document::new(id));
        Self {
            stand: Stand::new(&document),
            document,
            covers: BTreeSet::new(),
            heads: Vec::new(),
            conflicts: BTreeSet::new(),
            from_snapshot: false,
        }
    }
}

/// All of an end's documents that were looked at.
#[derive(Debug, Clone)]
pub(crate) struct Views {
    by_id: BTreeMap<DocumentId, View>,
    /// What any end of the city has loaded.
    shelf: Rc<RefCell<Shelf>>,
}

impl Views {
    /// Those of the first end of a city. With `sharing`, ends that apply the same change to the
    /// same document do it once.
    pub(crate) fn new(sharing: bool) -> Self {
        Self { by_id: BTreeMap::new(), shelf: Rc::new(RefCell::new(Shelf::new(sharing))) }
    }

    /// Those of another end in the same city.
    pub(crate) fn of_another_end(&self) -> Self {
        Self { by_id: BTreeMap::new(), shelf: Rc::clone(&self.shelf) }
    }

    /// Everything that was ever looked at.
    pub(crate) fn ids(&self) -> Vec<DocumentId> {
        self.by_id.keys().copied().collect()
    }

    /// A view as it is, up to date or not.
    pub(crate) fn get(&self, id: &DocumentId) -> Option<&View> {
        self.by_id.get(id)
    }

    /// Takes a view out to edit its document; whoever does puts it back, or it is built anew.
    pub(crate) fn take(&mut self, id: &DocumentId) -> Option<View> {
        self.by_id.remove(id)
    }

    /// Puts a view back as it was.
    pub(crate) fn put(&mut self, view: View) {
        self.by_id.insert(view.document.id(), view);
    }

    /// Puts a view back whose document an edit has moved on; its open conflicts are judged again.
    pub(crate) fn edited(&mut self, mut view: View, change: ChangeHash) {
        view.covers.insert(change);
        view.heads = view.document.heads();
        view.conflicts = still_open(&view.document, view.conflicts);
        // Whoever writes knows all that is there, so that nothing comes into doubt.
        let mut shared = self.shelf.borrow_mut();
        view.stand = shared.step(&view.stand, change, &view.document, Vec::new());
        shared.keep(&view.stand, &view.document);
        drop(shared);
        self.put(view);
    }

    /// Exchanges the loaded document for what its saved form gives.
    pub(crate) fn snapshot(&mut self, id: &DocumentId, skip: bool) -> Sim<()> {
        let Some(view) = self.by_id.get_mut(id) else { return Ok(()) };
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
                view.stand = self.shelf.borrow_mut().apart(&view.document);
            }
            Err(error) if !skip => return Err(error.into()),
            Err(_) => {}
        }
        Ok(())
    }

    /// Forgets the rows of the conflict table: only for the fault that the oracle must find.
    pub(crate) fn drop_conflicts(&mut self) {
        self.by_id.values_mut().for_each(|view| view.conflicts.clear());
    }

    /// Brings one document up to date with the log; `None` when it is not there.
    /// Nor is one of which the end knows the name alone, and no change.
    pub(crate) fn refresh(&mut self, log: &dyn Log, id: &DocumentId) -> Sim<Option<&View>> {
        let Some(state) = log.document(id)?.filter(|state| !state.heads.is_empty()) else {
            self.by_id.remove(id);
            return Ok(None);
        };
        let is_current = self.by_id.get(id).is_some_and(|view| view.heads == state.heads);
        if !is_current {
            let view = self.by_id.remove(id);
            let mut view = advance(log, id, view, &mut self.shelf.borrow_mut())?;
            view.heads = state.heads;
            self.by_id.insert(*id, view);
        }
        Ok(self.by_id.get(id))
    }
}

/// Applies what the log has and the view has not. When changes were taken out of the log the
/// document is built anew, and every change may open a conflict.
fn advance(log: &dyn Log, id: &DocumentId, view: Option<View>, shelf: &mut Shelf) -> Sim<View> {
    let metas = log.change_metas(id)?;
    let there: BTreeSet<ChangeHash> = metas.iter().map(|meta| meta.hash).collect();
    let kept = view.filter(|view| view.covers.is_subset(&there));
    let mut view = kept.unwrap_or_else(|| View::new(*id));
    let mut found = std::mem::take(&mut view.conflicts);
    let fresh = metas.iter().map(|meta| meta.hash).filter(|hash| !view.covers.contains(hash));
    let fresh: Vec<ChangeHash> = fresh.collect();
    let known = shelf.follow(&mut view.stand, &mut view.document, &fresh, &mut found);
    for hash in &fresh[known..] {
        let bytes = bytes(log, id, hash)?;
        let conflicted = Rc::make_mut(&mut view.document).apply(&bytes)?.conflicted;
        found.extend(conflicted.iter().cloned());
        view.stand = shelf.step(&view.stand, *hash, &view.document, conflicted);
    }
    shelf.keep(&view.stand, &view.document);
    view.covers = there;
    view.conflicts = still_open(&view.document, found);
    Ok(view)
}

fn still_open(document: &Document, open: BTreeSet<Path>) -> BTreeSet<Path> {
    if open.is_empty() {
        return open;
    }
    let open: Vec<Path> = open.into_iter().collect();
    document.conflicts(&open).into_iter().map(|conflict| conflict.path).collect()
}

/// The bytes of a change that the log says it has.
pub(crate) fn bytes(log: &dyn Log, id: &DocumentId, hash: &ChangeHash) -> Sim<Vec<u8>> {
    log.change_bytes(id, hash)?.ok_or_else(|| {
        Violation::new(Oracle::Loads, format!("change {hash} is stored without its bytes"))
    })
}
