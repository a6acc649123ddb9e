//! What the hub's engine asks of its store.

use crate::message::Notice;
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedSeq, HubId, Lseq, WardId,
};

use super::{
    CustodyEntry, DeviceEvent, DeviceRecord, DocumentState, FeedRow, Log, OpenRelease, Parked,
    PortResult, PushLog, PushRow, Quarantined, WardFeed,
};

/// What the hub's engine asks of its store.
pub trait HubPort: Log {
    /// This hub's id and the author epoch of its own edits.
    fn hub(&self) -> PortResult<(HubId, AuthorEpoch)>;
    /// The incarnation of the feeds.
    fn feed_epoch(&self) -> PortResult<FeedEpoch>;
    /// A device.
    fn device(&self, id: &DeviceId) -> PortResult<Option<DeviceRecord>>;
    /// The head of a ward's feed, or `None` for an unknown ward.
    fn ward_feed(&self, ward: &WardId) -> PortResult<Option<WardFeed>>;
    /// The chain at a feed position (position 0 has the all-zero chain).
    fn feed_chain(&self, ward: &WardId, seq: FeedSeq) -> PortResult<Option<Chain>>;
    /// Feed items after a position, oldest first, at most `limit`.
    fn feed_rows(&self, ward: &WardId, after: FeedSeq, limit: usize) -> PortResult<Vec<FeedRow>>;
    /// One log of a device.
    fn push_log(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<Option<PushLog>>;
    /// All logs of a device, oldest first.
    fn push_logs(&self, device: &DeviceId) -> PortResult<Vec<PushLog>>;
    /// One position of a device's push log.
    fn push_row(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
    ) -> PortResult<Option<PushRow>>;
    /// Where in a device's log it noted something of a document: the newest such position.
    fn noticed(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        document: &DocumentId,
        notice: Notice,
    ) -> PortResult<Option<Lseq>>;
    /// The devices of a ward, revoked ones included.
    fn devices_of(&self, ward: &WardId) -> PortResult<Vec<DeviceRecord>>;
    /// The documents in a ward's scope, by id: in its custody, or lent to it.
    fn documents_in_scope(&self, ward: &WardId) -> PortResult<Vec<DocumentState>>;
    /// The wards that a document is lent to, sorted.
    fn readers(&self, document: &DocumentId) -> PortResult<Vec<WardId>>;
    /// The custody ledger of a document, oldest first.
    fn custody(&self, document: &DocumentId) -> PortResult<Vec<CustodyEntry>>;
    /// Documents that a ward gave away and whose late edits may still come.
    fn open_releases(&self, ward: &WardId) -> PortResult<Vec<OpenRelease>>;
    /// What waits for its ancestors in a document.
    fn parked_of(&self, document: &DocumentId) -> PortResult<Vec<Parked>>;
    /// The documents and graves whose ids begin with these bytes.
    fn documents_by_key(&self, key: &[u8; 8]) -> PortResult<Vec<DocumentId>>;
    /// The device that has a push log under this epoch. No two devices share one.
    fn log_owner(&self, epoch: &AuthorEpoch) -> PortResult<Option<DeviceId>>;
    /// How many changes of one log of a device wait.
    fn parked_count(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<u64>;

    /// Creates or replaces one log of a device.
    fn put_push_log(&mut self, log: &PushLog) -> PortResult<()>;
    /// Replaces how a position of a push log was judged: a parked change was taken in or refused.
    fn put_push_row(&mut self, row: &PushRow) -> PortResult<()>;
    /// Takes new incarnations of the feeds (all wards; positions and chains stay) and of the hub's
    /// own author epoch, and marks every device and every log as reconciling.
    fn renew_epochs(&mut self, feed: FeedEpoch, author: AuthorEpoch) -> PortResult<()>;
    /// Keeps a change until its ancestors come.
    fn park(&mut self, parked: &Parked) -> PortResult<()>;
    /// Takes a parked change away again.
    fn unpark(&mut self, document: &DocumentId, hash: &ChangeHash) -> PortResult<()>;
    /// Lends a document to a ward, or ends that.
    fn put_reader(&mut self, document: &DocumentId, ward: &WardId, reads: bool) -> PortResult<()>;
    /// Remembers a release, or closes it.
    fn put_open_release(&mut self, release: &OpenRelease, open: bool) -> PortResult<()>;
    /// Writes down what an admin should know.
    fn note_event(&mut self, event: &DeviceEvent) -> PortResult<()>;

    /// Creates or replaces a device.
    fn put_device(&mut self, device: &DeviceRecord) -> PortResult<()>;
    /// Replaces the head of a ward's feed. `row.seq` of appended rows must be dense.
    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()>;
    /// Appends one feed item.
    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()>;
    /// Appends one position of a device's push log.
    fn append_push(&mut self, row: &PushRow) -> PortResult<()>;
    /// Keeps a refused change aside. Keeping (document, hash) aside twice is no error: the first
    /// stays, unless the later one [`overrules`](Quarantined::overrules) it.
    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()>;
    /// Appends to the custody ledger.
    fn put_custody(&mut self, entry: &CustodyEntry) -> PortResult<()>;
}
