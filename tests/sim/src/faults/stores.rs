//! Stores with a fault: everything goes through to the store in memory but what the fault spoils.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};
use wardbook_sync::chain::{self, Kind};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::message::{CustodyWord, Digest, Notice, Rotated, Token};
use wardbook_sync::ports::{
    ChangeMeta, CustodyEntry, DeviceEvent, DeviceRecord, DocumentState, FeedKind, FeedRow, HubPort,
    LocalRow, Log, Membership, NodeMode, NodePort, OpenRelease, Parked, PortResult, PushLog,
    PushRow, Quarantined, StoredChange, Tombstone, WardFeed,
};

use super::Fault;

/// A hub's store with a fault.
pub(crate) struct FaultyHub<'a> {
    store: &'a mut MemoryHub,
    fault: Fault,
    /// The ward that asks.
    asking: Option<WardId>,
    /// A row that is put behind the next one.
    held: Option<FeedRow>,
}

impl<'a> FaultyHub<'a> {
    pub(crate) fn new(store: &'a mut MemoryHub, fault: Fault, asking: Option<WardId>) -> Self {
        Self { store, fault, asking, held: None }
    }

    /// Appends a row with the chain that fits where it now stands.
    fn append(&mut self, ward: &WardId, mut row: FeedRow) -> PortResult<()> {
        let rows = self.store.feed(ward);
        let before = rows.last().map(|row| row.chain).unwrap_or_default();
        row.seq = FeedSeq(rows.len() as u64 + 1);
        let kind = match row.kind {
            FeedKind::Change => Kind::FeedChange,
            FeedKind::Grant { .. } => Kind::FeedGrant,
            FeedKind::Release { .. } => Kind::FeedRelease,
            FeedKind::Forget { .. } => Kind::FeedForget,
            FeedKind::Review => Kind::FeedReview,
        };
        row.chain = chain::next(&before, kind, &row.document, row.generation, &row.hash);
        self.store.append_feed(ward, &row)
    }
}

/// A node's store with a fault.
pub(crate) struct FaultyNode<'a> {
    store: &'a mut MemoryNode,
    fault: Fault,
}

impl<'a> FaultyNode<'a> {
    pub(crate) fn new(store: &'a mut MemoryNode, fault: Fault) -> Self {
        Self { store, fault }
    }
}

/// Whether a fault strikes this change: some are spared, so that it is not seen at once.
fn strikes(hash: &ChangeHash) -> bool {
    hash.0[0].is_multiple_of(4)
}

macro_rules! pass {
    (read { $(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)* }) => {
        $(fn $name(&self, $($arg: $ty),*) -> PortResult<$ret> { self.store.$name($($arg),*) })*
    };
    (write { $(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)* }) => {
        $(fn $name(&mut self, $($arg: $ty),*) -> PortResult<$ret> { self.store.$name($($arg),*) })*
    };
}

macro_rules! pass_log { () => {
    pass! {
        read {
            fn change_meta(document: &DocumentId, hash: &ChangeHash) -> Option<ChangeMeta>;
            fn change_at(document: &DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash>;
            fn change_with_op(document: &DocumentId, actor: &[u8], counter: u64) -> Option<ChangeHash>;
            fn is_quarantined(document: &DocumentId, hash: &ChangeHash) -> bool;
            fn change_bytes(document: &DocumentId, hash: &ChangeHash) -> Option<Vec<u8>>;
            fn change_metas(document: &DocumentId) -> Vec<ChangeMeta>;
            fn stored_change(document: &DocumentId, hash: &ChangeHash) -> Option<StoredChange>;
            fn quarantined(document: &DocumentId, hash: &ChangeHash) -> Option<Quarantined>;
            fn tombstone(document: &DocumentId) -> Option<Tombstone>;
        }
    }
    pass! {
        write {
            fn put_replaced(document: &DocumentId, hash: &ChangeHash, by: &ChangeHash) -> ();
            fn remove_changes(document: &DocumentId, hashes: &[ChangeHash]) -> ();
            fn remove_tombstone(document: &DocumentId) -> ();
            fn put_document(state: &DocumentState) -> ();
        }
    }

}}

impl Log for FaultyHub<'_> {
    fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
        let mut state = self.store.document(id)?;
        if let (Fault::NoWardCheck, Some(state), Some(ward)) =
            (self.fault, &mut state, &self.asking)
        {
            state.ward.clone_from(ward);
        }
        Ok(state)
    }

    fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
        match self.fault {
            Fault::ChangeDropped if strikes(&change.meta.hash) => Ok(()),
            Fault::BytesDamaged if strikes(&change.meta.hash) => {
                let mut damaged = change.clone();
                if let Some(last) = damaged.bytes.last_mut() {
                    *last ^= 1;
                }
                self.store.put_change(&damaged)
            }
            _ => self.store.put_change(change),
        }
    }

    fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()> {
        self.store.forget_document(grave)
    }

    pass_log!();
}

impl HubPort for FaultyHub<'_> {
    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()> {
        let mut feed = feed.clone();
        if let Some(held) = self.held.take() {
            self.append(&feed.ward, held)?;
        }
        if self.fault == Fault::FeedOutOfOrder
            && let Some(last) = self.store.feed(&feed.ward).last()
        {
            feed.position.chain = last.chain;
        }
        if self.fault == Fault::DigestStuck
            && feed.position.chain.0[0].is_multiple_of(4)
            && let Some(before) = self.store.ward_feed(&feed.ward)?
        {
            feed.digest = before.digest;
        }
        self.store.put_ward_feed(&feed)
    }

    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()> {
        if self.fault != Fault::FeedOutOfOrder {
            return self.store.append_feed(ward, row);
        }
        if self.held.is_none() && row.kind == FeedKind::Change {
            self.held = Some(row.clone());
            return Ok(());
        }
        self.append(ward, row.clone())?;
        match self.held.take() {
            Some(held) => self.append(ward, held),
            None => Ok(()),
        }
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        if self.fault == Fault::RefusedThrownAway {
            return Ok(());
        }
        self.store.quarantine(item)
    }

    fn park(&mut self, parked: &Parked) -> PortResult<()> {
        if self.fault == Fault::WaitingThrownAway {
            return Ok(());
        }
        self.store.park(parked)
    }

    fn note_event(&mut self, event: &DeviceEvent) -> PortResult<()> {
        if self.fault == Fault::EventsDropped {
            return Ok(());
        }
        self.store.note_event(event)
    }

    pass! {
        read {
            fn hub() -> (HubId, AuthorEpoch);
            fn feed_epoch() -> FeedEpoch;
            fn device(id: &DeviceId) -> Option<DeviceRecord>;
            fn ward_feed(ward: &WardId) -> Option<WardFeed>;
            fn feed_chain(ward: &WardId, seq: FeedSeq) -> Option<Chain>;
            fn feed_rows(ward: &WardId, after: FeedSeq, limit: usize) -> Vec<FeedRow>;
            fn push_log(device: &DeviceId, epoch: &AuthorEpoch) -> Option<PushLog>;
            fn push_logs(device: &DeviceId) -> Vec<PushLog>;
            fn push_row(device: &DeviceId, epoch: &AuthorEpoch, lseq: Lseq) -> Option<PushRow>;
            fn noticed(device: &DeviceId, epoch: &AuthorEpoch, document: &DocumentId, notice: Notice) -> Option<Lseq>;
            fn devices_of(ward: &WardId) -> Vec<DeviceRecord>;
            fn documents_in_scope(ward: &WardId) -> Vec<DocumentState>;
            fn readers(document: &DocumentId) -> Vec<WardId>;
            fn custody(document: &DocumentId) -> Vec<CustodyEntry>;
            fn open_releases(ward: &WardId) -> Vec<OpenRelease>;
            fn parked_of(document: &DocumentId) -> Vec<Parked>;
            fn documents_by_key(key: &[u8; 8]) -> Vec<DocumentId>;
            fn log_owner(epoch: &AuthorEpoch) -> Option<DeviceId>;
            fn parked_count(device: &DeviceId, epoch: &AuthorEpoch) -> u64;
        }
    }
    pass! {
        write {
            fn put_push_log(log: &PushLog) -> ();
            fn put_push_row(row: &PushRow) -> ();
            fn renew_epochs(feed: FeedEpoch, author: AuthorEpoch) -> ();
            fn unpark(document: &DocumentId, hash: &ChangeHash) -> ();
            fn put_reader(document: &DocumentId, ward: &WardId, reads: bool) -> ();
            fn put_open_release(release: &OpenRelease, open: bool) -> ();
            fn put_device(device: &DeviceRecord) -> ();
            fn append_push(row: &PushRow) -> ();
            fn put_custody(entry: &CustodyEntry) -> ();
        }
    }
}

impl Log for FaultyNode<'_> {
    fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
        self.store.document(id)
    }

    fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
        self.store.put_change(change)
    }

    fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()> {
        if self.fault == Fault::ForgetIgnored {
            return Ok(());
        }
        self.store.forget_document(grave)
    }

    pass_log!();
}

impl NodePort for FaultyNode<'_> {
    fn open_push_log(&mut self, epoch: AuthorEpoch, rotated: Option<Rotated>) -> PortResult<()> {
        if self.fault == Fault::ActorReused {
            let same = self.store.author_epoch()?;
            return self.store.open_push_log(same, None);
        }
        self.store.open_push_log(epoch, rotated)
    }

    fn put_orphan(&mut self, document: &DocumentId, hash: &ChangeHash, is: bool) -> PortResult<()> {
        self.store.put_orphan(document, hash, is)
    }

    fn put_reauthor(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> PortResult<()> {
        if self.fault == Fault::NothingWrittenAnew {
            return Ok(());
        }
        self.store.put_reauthor(document, hash, is)
    }

    fn put_wanted(&mut self, document: &DocumentId, is: bool) -> PortResult<()> {
        self.store.put_wanted(document, is)
    }

    pass! {
        read {
            fn membership() -> Option<Membership>;
            fn author_epoch() -> AuthorEpoch;
            fn push_head() -> (Lseq, Chain);
            fn acked() -> (Lseq, Chain);
            fn local_rows(after: Lseq, limit: usize) -> Vec<LocalRow>;
            fn feed_position() -> Option<FeedPosition>;
            fn feed_digest() -> Digest;
            fn feed_heads(document: &DocumentId) -> Vec<ChangeHash>;
            fn ack_token() -> Option<Token>;
            fn feed_token() -> Option<Token>;
            fn mode() -> NodeMode;
            fn rotated() -> Option<Rotated>;
            fn orphans() -> Vec<(DocumentId, ChangeHash)>;
            fn to_reauthor() -> Vec<(DocumentId, ChangeHash)>;
            fn wanted() -> Vec<DocumentId>;
            fn returning() -> Vec<DocumentId>;
            fn unequal_documents(limit: usize) -> Vec<DocumentId>;
            fn feed_documents() -> Vec<(DocumentId, u32, Vec<ChangeHash>)>;
            fn forgetting() -> Vec<(Tombstone, ChangeHash)>;
            fn custody_words() -> Vec<(DocumentId, CustodyWord)>;
        }
    }
    pass! {
        write {
            fn put_custody_word(document: &DocumentId, word: &CustodyWord) -> ();
            fn put_forgetting(grave: &Tombstone, item: &ChangeHash, is: bool) -> ();
            fn put_ack_token(token: Option<Token>) -> ();
            fn put_feed_token(token: Option<Token>) -> ();
            fn put_mode(mode: NodeMode) -> ();
            fn truncate_local(after: Lseq) -> Vec<LocalRow>;
            fn put_returning(document: &DocumentId, is: bool) -> ();
            fn append_local(row: &LocalRow) -> ();
            fn put_acked(lseq: Lseq, chain: Chain) -> ();
            fn put_feed(position: &FeedPosition, digest: &Digest) -> ();
            fn put_feed_heads(document: &DocumentId, heads: &[ChangeHash]) -> ();
            fn quarantine(item: &Quarantined) -> ();
            fn put_proven(at: Timestamp, seq: FeedSeq) -> ();
        }
    }
}
