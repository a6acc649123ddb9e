//! Both ports in memory: the second implementation, for tests and the simulator.
//!
//! A transaction is a clone that takes the place of the original when all went well.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};

use crate::message::Digest;
use crate::ports::{
    ChangeMeta, DeviceRecord, DocumentState, FeedRow, HubPort, LocalRow, Log, Membership, NodePort,
    PortError, PortResult, PushRow, Quarantined, StoredChange, WardFeed,
};

/// The documents and changes that either end holds.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    documents: BTreeMap<DocumentId, DocumentState>,
    changes: BTreeMap<(DocumentId, ChangeHash), StoredChange>,
    by_seq: BTreeMap<(DocumentId, Vec<u8>, u64), ChangeHash>,
    quarantine: BTreeMap<(DocumentId, ChangeHash), Quarantined>,
    reads: Reads,
}

/// A counter that is no part of the state: two stores that print alike hold the same.
#[derive(Clone, Default)]
struct Reads(Cell<u64>);

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reads")
    }
}

impl MemoryLog {
    /// All documents, by id.
    pub fn documents(&self) -> impl Iterator<Item = &DocumentState> {
        self.documents.values()
    }

    /// All changes, by document and hash.
    pub fn changes(&self) -> impl Iterator<Item = &StoredChange> {
        self.changes.values()
    }

    /// The changes of one document.
    pub fn changes_of(&self, document: &DocumentId) -> impl Iterator<Item = &StoredChange> {
        let range = (*document, ChangeHash([0; 32]))..=(*document, ChangeHash([0xff; 32]));
        self.changes.range(range).map(|(_, change)| change)
    }

    /// What was kept aside.
    pub fn quarantined(&self) -> impl Iterator<Item = &Quarantined> {
        self.quarantine.values()
    }

    /// How often the bytes of a change were read.
    pub fn bytes_read(&self) -> u64 {
        self.reads.0.get()
    }
}

impl Log for MemoryLog {
    fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
        Ok(self.documents.get(id).cloned())
    }

    fn change_meta(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<ChangeMeta>> {
        Ok(self.changes.get(&(*document, *hash)).map(|change| change.meta.clone()))
    }

    fn change_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> PortResult<Option<ChangeHash>> {
        Ok(self.by_seq.get(&(*document, actor.to_vec(), seq)).copied())
    }

    fn change_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<ChangeHash>> {
        let of_actor = (*document, actor.to_vec(), 0)..=(*document, actor.to_vec(), u64::MAX);
        let mut newest_first = self.by_seq.range(of_actor).rev().map(|(_, hash)| hash);
        let holds = newest_first.find(|hash| {
            self.changes.get(&(*document, **hash)).is_some_and(|change| {
                (change.meta.start_op..=change.meta.max_op).contains(&counter)
            })
        });
        Ok(holds.copied())
    }

    fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
        Ok(self.quarantine.contains_key(&(*document, *hash)))
    }

    fn change_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> PortResult<Option<Vec<u8>>> {
        self.reads.0.set(self.reads.0.get() + 1);
        Ok(self.changes.get(&(*document, *hash)).map(|change| change.bytes.clone()))
    }

    fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
        self.documents.insert(state.id, state.clone());
        Ok(())
    }

    fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
        let meta = &change.meta;
        if !self.documents.contains_key(&meta.document) {
            return Err(broken("a change of no document"));
        }
        let at = (meta.document, meta.actor.clone(), meta.seq);
        if self.by_seq.get(&at).is_some_and(|hash| *hash != meta.hash) {
            return Err(broken("two changes at one (document, actor, seq)"));
        }
        self.by_seq.insert(at, meta.hash);
        self.changes.entry((meta.document, meta.hash)).or_insert_with(|| change.clone());
        Ok(())
    }
}

fn broken(what: &str) -> PortError {
    PortError(what.into())
}

/// Keeps the first copy: keeping aside twice changes nothing.
fn keep_aside(log: &mut MemoryLog, item: &Quarantined) {
    log.quarantine.entry((item.document, item.hash)).or_insert_with(|| item.clone());
}

macro_rules! log_through {
    ($name:ident) => {
        impl Log for $name {
            fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
                self.log.document(id)
            }
            fn change_meta(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<ChangeMeta>> {
                self.log.change_meta(document, hash)
            }
            fn change_at(
                &self,
                document: &DocumentId,
                actor: &[u8],
                seq: u64,
            ) -> PortResult<Option<ChangeHash>> {
                self.log.change_at(document, actor, seq)
            }
            fn change_with_op(
                &self,
                document: &DocumentId,
                actor: &[u8],
                counter: u64,
            ) -> PortResult<Option<ChangeHash>> {
                self.log.change_with_op(document, actor, counter)
            }
            fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
                self.log.is_quarantined(document, hash)
            }
            fn change_bytes(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<Vec<u8>>> {
                self.log.change_bytes(document, hash)
            }
            fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
                self.log.put_document(state)
            }
            fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
                self.log.put_change(change)
            }
        }
    };
}

/// One entry of the custody ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyEntry {
    /// The document.
    pub document: DocumentId,
    /// The entry's number.
    pub version: u64,
    /// The ward that may write from then on.
    pub ward: WardId,
    /// The heads at that moment.
    pub heads: Vec<ChangeHash>,
    /// When it was decided.
    pub at: Timestamp,
}

/// A hub's store in memory.
#[derive(Debug, Clone)]
pub struct MemoryHub {
    /// Documents and changes.
    pub log: MemoryLog,
    id: HubId,
    epoch: AuthorEpoch,
    feed_epoch: FeedEpoch,
    devices: BTreeMap<DeviceId, DeviceRecord>,
    wards: BTreeMap<WardId, WardFeed>,
    feeds: BTreeMap<WardId, Vec<FeedRow>>,
    push: BTreeMap<(DeviceId, Lseq), PushRow>,
    custody: Vec<CustodyEntry>,
}

impl MemoryHub {
    /// An empty hub.
    pub fn new(id: HubId, epoch: AuthorEpoch, feed_epoch: FeedEpoch) -> Self {
        Self {
            log: MemoryLog::default(),
            id,
            epoch,
            feed_epoch,
            devices: BTreeMap::new(),
            wards: BTreeMap::new(),
            feeds: BTreeMap::new(),
            push: BTreeMap::new(),
            custody: Vec::new(),
        }
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceRecord> {
        self.devices.values()
    }

    /// The custody ledger, oldest entry first.
    pub fn custody(&self) -> &[CustodyEntry] {
        &self.custody
    }

    /// A ward's feed, oldest item first.
    pub fn feed(&self, ward: &WardId) -> &[FeedRow] {
        self.feeds.get(ward).map_or(&[][..], |rows| rows)
    }
}

log_through!(MemoryHub);

impl HubPort for MemoryHub {
    fn hub(&self) -> PortResult<(HubId, AuthorEpoch)> {
        Ok((self.id, self.epoch))
    }

    fn feed_epoch(&self) -> PortResult<FeedEpoch> {
        Ok(self.feed_epoch)
    }

    fn device(&self, id: &DeviceId) -> PortResult<Option<DeviceRecord>> {
        Ok(self.devices.get(id).cloned())
    }

    fn ward_feed(&self, ward: &WardId) -> PortResult<Option<WardFeed>> {
        Ok(self.wards.get(ward).cloned())
    }

    fn feed_chain(&self, ward: &WardId, seq: FeedSeq) -> PortResult<Option<Chain>> {
        let Some(index) = seq.0.checked_sub(1) else { return Ok(Some(Chain::default())) };
        let row = usize::try_from(index).ok().and_then(|index| self.feed(ward).get(index));
        Ok(row.map(|row| row.chain))
    }

    fn feed_rows(&self, ward: &WardId, after: FeedSeq, limit: usize) -> PortResult<Vec<FeedRow>> {
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        Ok(self.feed(ward).iter().skip(after).take(limit).cloned().collect())
    }

    fn push_row(&self, device: &DeviceId, lseq: Lseq) -> PortResult<Option<PushRow>> {
        Ok(self.push.get(&(*device, lseq)).cloned())
    }

    fn put_device(&mut self, device: &DeviceRecord) -> PortResult<()> {
        self.devices.insert(device.id, device.clone());
        Ok(())
    }

    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()> {
        if feed.position.seq.0 != self.feed(&feed.ward).len() as u64 {
            return Err(broken("the head of a feed is not its last item"));
        }
        self.wards.insert(feed.ward.clone(), feed.clone());
        Ok(())
    }

    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()> {
        let rows = self.feeds.entry(ward.clone()).or_default();
        if row.seq.0 != rows.len() as u64 + 1 {
            return Err(broken("a feed must have no gaps"));
        }
        rows.push(row.clone());
        Ok(())
    }

    fn append_push(&mut self, row: &PushRow) -> PortResult<()> {
        match self.push.insert((row.device, row.lseq), row.clone()) {
            None => Ok(()),
            Some(_) => Err(broken("a position of a push log was taken twice")),
        }
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        keep_aside(&mut self.log, item);
        Ok(())
    }

    fn put_custody(
        &mut self,
        document: &DocumentId,
        version: u64,
        ward: &WardId,
        heads: &[ChangeHash],
        at: Timestamp,
    ) -> PortResult<()> {
        let (ward, heads) = (ward.clone(), heads.to_vec());
        self.custody.push(CustodyEntry { document: *document, version, ward, heads, at });
        Ok(())
    }
}

/// A node's store in memory.
#[derive(Debug, Clone)]
pub struct MemoryNode {
    /// Documents and changes.
    pub log: MemoryLog,
    epoch: AuthorEpoch,
    membership: Option<Membership>,
    local: Vec<LocalRow>,
    acked: (Lseq, Chain),
    feed: Option<FeedPosition>,
    digest: Digest,
    feed_heads: BTreeMap<DocumentId, Vec<ChangeHash>>,
    proven: Option<(Timestamp, FeedSeq)>,
}

impl MemoryNode {
    /// An empty node, not enrolled.
    pub fn new(epoch: AuthorEpoch) -> Self {
        Self {
            log: MemoryLog::default(),
            epoch,
            membership: None,
            local: Vec::new(),
            acked: (Lseq(0), Chain::default()),
            feed: None,
            digest: Digest::default(),
            feed_heads: BTreeMap::new(),
            proven: None,
        }
    }

    /// Remembers what enrolment gave.
    pub fn join(&mut self, membership: Membership) {
        self.membership = Some(membership);
    }

    /// The push log, oldest first.
    pub fn local(&self) -> &[LocalRow] {
        &self.local
    }

    /// When and where both ends were last proven equal.
    pub fn proven(&self) -> Option<(Timestamp, FeedSeq)> {
        self.proven
    }

    /// The documents that the feed has named.
    pub fn feed_documents(&self) -> BTreeSet<DocumentId> {
        self.feed_heads.keys().copied().collect()
    }
}

log_through!(MemoryNode);

impl NodePort for MemoryNode {
    fn membership(&self) -> PortResult<Option<Membership>> {
        Ok(self.membership.clone())
    }

    fn author_epoch(&self) -> PortResult<AuthorEpoch> {
        Ok(self.epoch)
    }

    fn push_head(&self) -> PortResult<(Lseq, Chain)> {
        Ok(self.local.last().map_or((Lseq(0), Chain::default()), |row| (row.lseq, row.chain)))
    }

    fn acked(&self) -> PortResult<(Lseq, Chain)> {
        Ok(self.acked)
    }

    fn local_rows(&self, after: Lseq, limit: usize) -> PortResult<Vec<LocalRow>> {
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        Ok(self.local.iter().skip(after).take(limit).cloned().collect())
    }

    fn feed_position(&self) -> PortResult<Option<FeedPosition>> {
        Ok(self.feed)
    }

    fn feed_digest(&self) -> PortResult<Digest> {
        Ok(self.digest)
    }

    fn feed_heads(&self, document: &DocumentId) -> PortResult<Vec<ChangeHash>> {
        Ok(self.feed_heads.get(document).cloned().unwrap_or_default())
    }

    fn append_local(&mut self, row: &LocalRow) -> PortResult<()> {
        if row.lseq.0 != self.local.len() as u64 + 1 {
            return Err(broken("a push log must have no gaps"));
        }
        self.local.push(row.clone());
        Ok(())
    }

    fn put_acked(&mut self, lseq: Lseq, chain: Chain) -> PortResult<()> {
        self.acked = (lseq, chain);
        Ok(())
    }

    fn put_feed(&mut self, position: &FeedPosition, digest: &Digest) -> PortResult<()> {
        self.feed = Some(*position);
        self.digest = *digest;
        Ok(())
    }

    fn put_feed_heads(&mut self, document: &DocumentId, heads: &[ChangeHash]) -> PortResult<()> {
        self.feed_heads.insert(*document, heads.to_vec());
        Ok(())
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        keep_aside(&mut self.log, item);
        Ok(())
    }

    fn put_proven(&mut self, at: Timestamp, seq: FeedSeq) -> PortResult<()> {
        self.proven = Some((at, seq));
        Ok(())
    }
}
