//! What the deep check, which stands outside of this crate, asks and says.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId};

/// Changes by which a document would be destroyed: they are refused with
/// [`RefusalCode::Unsafe`](super::RefusalCode::Unsafe).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condemned(BTreeSet<(DocumentId, ChangeHash)>);

impl Condemned {
    /// Whether this change of this document is one of them.
    pub fn contains(&self, key: &(DocumentId, ChangeHash)) -> bool {
        self.0.contains(key)
    }

    /// Adds one; whether it is new.
    pub fn insert(&mut self, document: DocumentId, hash: ChangeHash) -> bool {
        self.0.insert((document, hash))
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<(DocumentId, ChangeHash)> for Condemned {
    fn extend<T: IntoIterator<Item = (DocumentId, ChangeHash)>>(&mut self, more: T) {
        self.0.extend(more);
    }
}

impl FromIterator<(DocumentId, ChangeHash)> for Condemned {
    fn from_iter<T: IntoIterator<Item = (DocumentId, ChangeHash)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

/// Changes that passed the shallow checks and are new to one document, each after those it builds
/// on: what the deep check has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshDocument {
    /// The document.
    pub document: DocumentId,
    /// Hash and bytes of each change.
    pub changes: Vec<(ChangeHash, Vec<u8>)>,
}

/// Groups changes by document; within one their order stays.
pub(crate) fn group_fresh(
    changes: impl Iterator<Item = (DocumentId, ChangeHash, Vec<u8>)>,
) -> Vec<FreshDocument> {
    let mut found: std::collections::BTreeMap<DocumentId, Vec<(ChangeHash, Vec<u8>)>> =
        std::collections::BTreeMap::new();
    for (document, hash, bytes) in changes {
        let of_document = found.entry(document).or_default();
        if !of_document.iter().any(|(known, _)| *known == hash) {
            of_document.push((hash, bytes));
        }
    }
    found.into_iter().map(|(document, changes)| FreshDocument { document, changes }).collect()
}
