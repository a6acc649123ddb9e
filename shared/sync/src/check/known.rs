//! What the judge knows of a document and of a change's ancestors, as far as it has asked.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use wardbook_base::ChangeHash;

use super::change::ParsedChange;
use super::judge::{Custody, Rule};
use crate::digest;
use crate::ports::{ChangeMeta, DocumentState};

/// What is known of one document while its changes are judged.
pub(super) struct Document {
    pub(super) before: Option<DocumentState>,
    pub(super) now: Option<DocumentState>,
    /// Erased for good: nothing of it is taken again.
    pub(super) purged: bool,
    pub(super) accepted: Vec<Rc<ParsedChange>>,
    pub(super) metas: BTreeMap<ChangeHash, ChangeMeta>,
    pub(super) new_by_seq: BTreeMap<(Vec<u8>, u64), ChangeHash>,
    pub(super) read: BTreeMap<Vec<u8>, BTreeMap<u64, Rc<ParsedChange>>>,
}

impl Document {
    pub(super) fn new(state: Option<DocumentState>, purged: bool) -> Self {
        Self {
            before: state.clone(),
            now: state,
            purged,
            accepted: Vec::new(),
            metas: BTreeMap::new(),
            new_by_seq: BTreeMap::new(),
            read: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, parsed: ParsedChange, rule: &Rule) {
        let meta = &parsed.meta;
        let (Custody::Ward(ward)
        | Custody::Late(ward)
        | Custody::Regained(ward)
        | Custody::Any(ward)) = &rule.custody;
        let now = self.now.get_or_insert_with(|| DocumentState {
            id: meta.document,
            ward: ward.clone(),
            custody_version: 1,
            generation: 0,
            heads: Vec::new(),
        });
        now.heads = digest::advance(&now.heads, &meta.deps, &meta.hash);
        self.metas.insert(meta.hash, meta.clone());
        self.new_by_seq.insert((meta.actor.clone(), meta.seq), meta.hash);
        let parsed = self.keep(parsed);
        self.accepted.push(parsed);
    }

    pub(super) fn keep(&mut self, parsed: ParsedChange) -> Rc<ParsedChange> {
        let parsed = Rc::new(parsed);
        let of_actor = self.read.entry(parsed.meta.actor.clone()).or_default();
        // A change without operations holds none, and must not hide one that does.
        if !parsed.operations.is_empty() {
            of_actor.insert(parsed.meta.start_op, Rc::clone(&parsed));
        }
        parsed
    }

    pub(super) fn read_with_op(&self, actor: &[u8], counter: u64) -> Option<Rc<ParsedChange>> {
        let (_, change) = self.read.get(actor)?.range(..=counter).next_back()?;
        change.operation(counter).map(|_| Rc::clone(change))
    }
}

/// The ancestors of one change, found as far as anyone asked.
pub(super) struct Ancestry {
    /// The change builds on all heads, so all that is here is an ancestor.
    pub(super) everything: bool,
    pub(super) seen: BTreeSet<ChangeHash>,
    pub(super) unvisited: Vec<ChangeHash>,
    pub(super) frontier: BinaryHeap<(u64, ChangeHash)>,
}

impl Ancestry {
    pub(super) fn new(document: &Document, meta: &ChangeMeta) -> Self {
        let heads = document.now.as_ref().map_or(&[][..], |now| &now.heads);
        Self {
            everything: heads.iter().all(|head| meta.deps.contains(head)),
            seen: meta.deps.iter().copied().collect(),
            unvisited: meta.deps.clone(),
            frontier: BinaryHeap::new(),
        }
    }
}
