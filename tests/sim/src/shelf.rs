//! Documents that any end of a city has loaded, so that two ends that apply the same change to the
//! same document do it once: nearly all of the time of a city goes into that.
//!
//! What is shared is a pure function of a document and a change, as long as a document is what its
//! changes make it. In one of 32 cities nothing is shared, so that this too is put to the
//! test: each end applies each change by itself, in its own order.

use std::collections::BTreeMap;
use std::rc::Rc;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Document, Path};

/// A document at some heads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stand {
    document: DocumentId,
    /// Not 0 when it came to be otherwise than change by change: then it is one of its own.
    apart: u64,
    heads: Vec<ChangeHash>,
}

/// What a change does to a document.
#[derive(Debug)]
struct Step {
    to: Stand,
    conflicted: Vec<Path>,
}

/// The documents and steps of a city.
#[derive(Debug)]
pub(crate) struct Shelf {
    sharing: bool,
    apart: u64,
    documents: BTreeMap<Stand, Rc<Document>>,
    steps: BTreeMap<(Stand, ChangeHash), Step>,
}

impl Stand {
    /// Where a document stands that is built change by change.
    pub(crate) fn new(document: &Document) -> Self {
        Self { document: document.id(), apart: 0, heads: document.heads() }
    }
}

impl Shelf {
    pub(crate) fn new(sharing: bool) -> Self {
        Self { sharing, apart: 0, documents: BTreeMap::new(), steps: BTreeMap::new() }
    }

    /// Where a document stands that nobody else has in the same way.
    pub(crate) fn apart(&mut self, document: &Document) -> Stand {
        self.apart += 1;
        Stand { apart: self.apart, ..Stand::new(document) }
    }

    /// Notes what a change has done to a document; where it stands now.
    pub(crate) fn step(
        &mut self,
        from: &Stand,
        change: ChangeHash,
        after: &Document,
        conflicted: Vec<Path>,
    ) -> Stand {
        let heads = after.heads();
        if !heads.contains(&change) {
            // It was there already, or waits inside for what it builds on: the heads do not tell all.
            return self.apart(after);
        }
        let to = Stand { heads, ..from.clone() };
        if self.sharing {
            let step = Step { to: to.clone(), conflicted };
            self.steps.entry((from.clone(), change)).or_insert(step);
        }
        to
    }

    /// Keeps a document for whoever comes to the same place.
    pub(crate) fn keep(&mut self, stand: &Stand, document: &Rc<Document>) {
        if self.sharing {
            self.documents.entry(stand.clone()).or_insert_with(|| Rc::clone(document));
        }
    }

    /// Goes the steps that are known, as far as there is a document at their end; how many that
    /// are.
    pub(crate) fn follow(
        &self,
        stand: &mut Stand,
        document: &mut Rc<Document>,
        changes: &[ChangeHash],
        conflicted: &mut impl Extend<Path>,
    ) -> usize {
        let mut gone = 0;
        let mut at = stand.clone();
        let mut doubtful = Vec::new();
        for (number, change) in changes.iter().enumerate() {
            let Some(step) = self.steps.get(&(at, *change)) else { break };
            doubtful.extend(step.conflicted.iter().cloned());
            at = step.to.clone();
            if let Some(there) = self.documents.get(&at) {
                (*stand, *document, gone) = (at.clone(), Rc::clone(there), number + 1);
                conflicted.extend(doubtful.drain(..));
            }
        }
        gone
    }
}
