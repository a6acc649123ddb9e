//! Gives changes their place in the feeds of all wards that may read their document.

use std::collections::BTreeMap;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, Lseq, Timestamp, WardId};

use super::ward_feed;
use crate::chain::{self, Kind};
use crate::digest;
use crate::ports::{
    ChangeMeta, CustodyAct, CustodyEntry, DocumentState, FeedKind, FeedRow, HubPort, PortResult,
    StoredChange, WardFeed,
};

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Who wrote it; zeros for the hub itself.
    pub(super) author: DeviceId,
    /// In whose push log it came; zeros for the hub's own.
    pub(super) epoch: AuthorEpoch,
    /// Its place there; 0 for the hub's own and for what was given back.
    pub(super) lseq: Lseq,
}

impl Origin {
    /// An officer's edit at the hub.
    pub(super) fn officer() -> Self {
        let (author, epoch) = (DeviceId::default(), AuthorEpoch::default());
        Self { author, epoch, lseq: Lseq(0) }
    }
}

/// Writes a batch of changes. Heads, digests and feed positions are written by [`Feeds::finish`],
/// once each: until then the store is in between.
pub(super) struct Feeds {
    now: Timestamp,
    wards: BTreeMap<WardId, WardFeed>,
    documents: BTreeMap<DocumentId, Moving>,
}

/// A document that the batch changes.
struct Moving {
    before: Vec<ChangeHash>,
    state: DocumentState,
    scope: Vec<WardId>,
}

impl Feeds {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, wards: BTreeMap::new(), documents: BTreeMap::new() }
    }

    /// Stores a change and appends it to the feeds. A document that is not here is born in `ward`.
    pub(super) fn change(
        &mut self,
        port: &mut dyn HubPort,
        meta: &ChangeMeta,
        bytes: &[u8],
        origin: &Origin,
        ward: &WardId,
    ) -> PortResult<()> {
        let mut moving = match self.documents.remove(&meta.document) {
            Some(moving) => moving,
            None => self.open(port, &meta.document, ward)?,
        };
        moving.state.heads = digest::advance(&moving.state.heads, &meta.deps, &meta.hash);
        port.put_change(&StoredChange {
            meta: meta.clone(),
            bytes: bytes.to_vec(),
            author: origin.author,
            received_at: self.now,
        })?;
        for ward in &moving.scope {
            self.append(port, ward, &moving.state, meta.hash, origin)?;
        }
        self.documents.insert(meta.document, moving);
        Ok(())
    }

    /// Writes what the batch came to.
    pub(super) fn finish(mut self, port: &mut dyn HubPort) -> PortResult<()> {
        for moving in self.documents.values() {
            let state = &moving.state;
            port.put_document(state)?;
            for ward in &moving.scope {
                if let Some(feed) = self.wards.get_mut(ward) {
                    let sum = &mut feed.digest;
                    digest::replace(sum, &state.id, state.generation, &moving.before, &state.heads);
                }
            }
        }
        self.wards.values().try_for_each(|feed| port.put_ward_feed(feed))
    }

    fn open(
        &self,
        port: &mut dyn HubPort,
        document: &DocumentId,
        ward: &WardId,
    ) -> PortResult<Moving> {
        let state = match port.document(document)? {
            Some(state) => state,
            None => born(port, document, ward, self.now)?,
        };
        let mut scope = port.readers(document)?;
        scope.retain(|reader| *reader != state.ward);
        scope.push(state.ward.clone());
        Ok(Moving { before: state.heads.clone(), state, scope })
    }

    fn append(
        &mut self,
        port: &mut dyn HubPort,
        ward: &WardId,
        state: &DocumentState,
        hash: ChangeHash,
        origin: &Origin,
    ) -> PortResult<()> {
        if !self.wards.contains_key(ward) {
            self.wards.insert(ward.clone(), ward_feed(port, ward)?);
        }
        let Some(feed) = self.wards.get_mut(ward) else { return Ok(()) };
        let (document, generation) = (state.id, state.generation);
        let position = &mut feed.position;
        position.seq = position.seq.next();
        position.chain =
            chain::next(&position.chain, Kind::FeedChange, &document, generation, &hash);
        let row = FeedRow {
            seq: position.seq,
            chain: position.chain,
            kind: FeedKind::Change,
            document,
            generation,
            hash,
            author: origin.author,
            epoch: origin.epoch,
            lseq: origin.lseq,
            received_at: self.now,
        };
        port.append_feed(ward, &row)
    }
}

/// The first custody entry of a document, and its state before its first change.
fn born(
    port: &mut dyn HubPort,
    document: &DocumentId,
    ward: &WardId,
    at: Timestamp,
) -> PortResult<DocumentState> {
    let state = DocumentState {
        id: *document,
        ward: ward.clone(),
        custody_version: 1,
        generation: 0,
        heads: Vec::new(),
    };
    port.put_document(&state)?;
    port.put_custody(&CustodyEntry {
        document: *document,
        version: 1,
        act: CustodyAct::Born,
        ward: ward.clone(),
        heads: Vec::new(),
        decision: String::new(),
        at,
    })?;
    Ok(state)
}
