//! What the engine must know of the records it carries: a value, handed in by who knows them.

use wardbook_base::{ChangeHash, DocumentId};

use crate::check::{ParsedChange, Refusal, RefusalCode, read_change};

/// The fixed beginning of every document and the key under which a document names itself.
#[derive(Debug, Clone)]
pub struct SyncSchema {
    /// Version of the record schema, told to the hub with every call.
    pub version: u32,
    /// The root key whose text is the document's id in hexadecimal.
    pub id_key: String,
    genesis: Vec<ParsedChange>,
}

impl SyncSchema {
    /// The schema for documents that begin with these changes, oldest first.
    ///
    /// Genesis changes are never sent and never stored: both ends know them.
    ///
    /// # Errors
    /// When one of them is not a change by the rules of [`crate::check`], or there is none.
    pub fn new(version: u32, id_key: &str, genesis: &[Vec<u8>]) -> Result<Self, Refusal> {
        if genesis.is_empty() {
            return Err(RefusalCode::MissingAncestor.into());
        }
        let parsed = genesis
            .iter()
            .map(|bytes| read_change(&DocumentId::default(), bytes))
            .collect::<Result<_, _>>()?;
        Ok(Self { version, id_key: id_key.to_owned(), genesis: parsed })
    }

    /// The genesis change with this hash.
    pub(crate) fn genesis(&self, hash: &ChangeHash) -> Option<&ParsedChange> {
        self.genesis.iter().find(|change| change.meta.hash == *hash)
    }

    /// Whether a key of the root holds a map from the beginning.
    pub(crate) fn is_table(&self, key: &str) -> bool {
        let all = self.genesis.iter().flat_map(|change| &change.operations);
        all.into_iter().any(|operation| operation.object.is_none() && *operation.key == *key)
    }

    /// Whether the actor is one that only genesis changes have.
    pub(crate) fn is_genesis_actor(&self, actor: &[u8]) -> bool {
        self.genesis.iter().any(|change| change.meta.actor == actor)
    }

    /// The genesis change that holds the operation with this actor and counter.
    pub(crate) fn genesis_with_op(&self, actor: &[u8], counter: u64) -> Option<&ParsedChange> {
        self.genesis.iter().find(|change| {
            change.meta.actor == actor
                && (change.meta.start_op..=change.meta.max_op).contains(&counter)
        })
    }
}
