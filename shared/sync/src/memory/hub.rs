//! A hub's store in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedSeq, HubId, Lseq, WardId,
};

use super::{MemoryLog, broken, log_through};
use crate::message::Notice;
use crate::ports::{
    ChangeMeta, CustodyEntry, DeviceEvent, DeviceRecord, DocumentState, FeedRow, HubPort,
    OpenRelease, Parked, PortResult, PushLog, PushRow, Quarantined, StoredChange, Tombstone,
    WardFeed,
};

type NoticeKey = (DeviceId, AuthorEpoch, DocumentId, Notice);

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
    feeds: BTreeMap<WardId, Arc<Vec<FeedRow>>>,
    logs: Vec<PushLog>,
    push: BTreeMap<(DeviceId, AuthorEpoch, Lseq), Arc<PushRow>>,
    noticed: BTreeMap<NoticeKey, Lseq>,
    parked: BTreeMap<(DocumentId, ChangeHash), Arc<Parked>>,
    readers: BTreeSet<(DocumentId, WardId)>,
    custody: BTreeMap<(DocumentId, u64), Arc<CustodyEntry>>,
    releases: BTreeMap<(WardId, FeedSeq), OpenRelease>,
    events: Arc<Vec<DeviceEvent>>,
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
            logs: Vec::new(),
            push: BTreeMap::new(),
            noticed: BTreeMap::new(),
            parked: BTreeMap::new(),
            readers: BTreeSet::new(),
            custody: BTreeMap::new(),
            releases: BTreeMap::new(),
            events: Arc::default(),
        }
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceRecord> {
        self.devices.values()
    }

    /// The heads of all feeds.
    pub fn wards(&self) -> impl Iterator<Item = &WardFeed> {
        self.wards.values()
    }

    /// A ward's feed, oldest item first.
    pub fn feed(&self, ward: &WardId) -> &[FeedRow] {
        self.feeds.get(ward).map_or(&[][..], |rows| rows)
    }

    /// The custody ledger, by document.
    pub fn ledger(&self) -> impl Iterator<Item = &CustodyEntry> {
        self.custody.values().map(Arc::as_ref)
    }

    /// What was noted for the admin, oldest first.
    pub fn events(&self) -> &[DeviceEvent] {
        &self.events
    }

    /// All that waits for its ancestors.
    pub fn parked_all(&self) -> impl Iterator<Item = &Parked> {
        self.parked.values().map(Arc::as_ref)
    }

    /// All positions of all push logs.
    pub fn push_rows(&self) -> impl Iterator<Item = &PushRow> {
        self.push.values().map(Arc::as_ref)
    }

    /// A new author epoch for the hub's own edits, as a program draws it at its start.
    pub fn set_author_epoch(&mut self, epoch: AuthorEpoch) {
        self.epoch = epoch;
    }

    /// A forgotten document has nothing waiting.
    fn after_write(&mut self, document: &DocumentId) {
        if !self.parked.is_empty() && self.log.graves().any(|grave| grave.document == *document) {
            self.parked.retain(|(of, _), _| of != document);
        }
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

    fn push_log(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<Option<PushLog>> {
        let log = self.logs.iter().find(|log| log.device == *device && log.epoch == *epoch);
        Ok(log.cloned())
    }

    fn push_logs(&self, device: &DeviceId) -> PortResult<Vec<PushLog>> {
        Ok(self.logs.iter().filter(|log| log.device == *device).cloned().collect())
    }

    fn log_owner(&self, epoch: &AuthorEpoch) -> PortResult<Option<DeviceId>> {
        Ok(self.logs.iter().find(|log| log.epoch == *epoch).map(|log| log.device))
    }

    fn push_row(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
    ) -> PortResult<Option<PushRow>> {
        Ok(self.push.get(&(*device, *epoch, lseq)).map(|row| row.as_ref().clone()))
    }

    fn noticed(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        document: &DocumentId,
        notice: Notice,
    ) -> PortResult<Option<Lseq>> {
        Ok(self.noticed.get(&(*device, *epoch, *document, notice)).copied())
    }

    fn devices_of(&self, ward: &WardId) -> PortResult<Vec<DeviceRecord>> {
        Ok(self.devices.values().filter(|device| device.ward == *ward).cloned().collect())
    }

    fn documents_in_scope(&self, ward: &WardId) -> PortResult<Vec<DocumentState>> {
        let read = |state: &DocumentState| self.readers.contains(&(state.id, ward.clone()));
        let documents = self.log.documents();
        Ok(documents.filter(|state| state.ward == *ward || read(state)).cloned().collect())
    }

    fn readers(&self, document: &DocumentId) -> PortResult<Vec<WardId>> {
        let of_document = self.readers.iter().filter(|(of, _)| of == document);
        Ok(of_document.map(|(_, ward)| ward.clone()).collect())
    }

    fn custody(&self, document: &DocumentId) -> PortResult<Vec<CustodyEntry>> {
        let entries = self.custody.range((*document, 0)..=(*document, u64::MAX));
        Ok(entries.map(|(_, entry)| entry.as_ref().clone()).collect())
    }

    fn open_releases(&self, ward: &WardId) -> PortResult<Vec<OpenRelease>> {
        let open =
            self.releases.range((ward.clone(), FeedSeq(0))..=(ward.clone(), FeedSeq(u64::MAX)));
        Ok(open.map(|(_, release)| release.clone()).collect())
    }

    fn parked_of(&self, document: &DocumentId) -> PortResult<Vec<Parked>> {
        let range = (*document, ChangeHash([0; 32]))..=(*document, ChangeHash([0xff; 32]));
        Ok(self.parked.range(range).map(|(_, parked)| parked.as_ref().clone()).collect())
    }

    fn documents_by_key(&self, key: &[u8; 8]) -> PortResult<Vec<DocumentId>> {
        let bound = |rest: u8| {
            let mut id = [rest; 16];
            id[..8].copy_from_slice(key);
            DocumentId(id)
        };
        Ok(self.log.ids_between(bound(0), bound(0xff)).into_iter().collect())
    }

    fn parked_count(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<u64> {
        let parked = self.parked.values();
        let of_log = parked.filter(|it| it.device == *device && it.epoch == *epoch);
        Ok(of_log.count() as u64)
    }

    fn put_push_log(&mut self, log: &PushLog) -> PortResult<()> {
        let taken = self.log_owner(&log.epoch)?.is_some();
        let same = |old: &&mut PushLog| old.device == log.device && old.epoch == log.epoch;
        match self.logs.iter_mut().find(same) {
            Some(old) => old.clone_from(log),
            None if taken => {
                return Err(broken("two devices share an epoch"));
            }
            None => self.logs.push(log.clone()),
        }
        Ok(())
    }

    fn put_push_row(&mut self, row: &PushRow) -> PortResult<()> {
        match self.push.get_mut(&(row.device, row.epoch, row.lseq)) {
            Some(old) => *old = Arc::new(row.clone()),
            None => return Err(broken("no such position in a push log")),
        }
        Ok(())
    }

    fn renew_epochs(&mut self, feed: FeedEpoch, author: AuthorEpoch) -> PortResult<()> {
        (self.feed_epoch, self.epoch) = (feed, author);
        for ward in self.wards.values_mut() {
            ward.position.epoch = feed;
        }
        for device in self.devices.values_mut() {
            device.reconciling = true;
        }
        for log in &mut self.logs {
            log.reconciling = true;
        }
        Ok(())
    }

    fn park(&mut self, parked: &Parked) -> PortResult<()> {
        let key = (parked.document, parked.hash);
        self.parked.entry(key).or_insert_with(|| Arc::new(parked.clone()));
        Ok(())
    }

    fn unpark(&mut self, document: &DocumentId, hash: &ChangeHash) -> PortResult<()> {
        self.parked.remove(&(*document, *hash));
        Ok(())
    }

    fn put_reader(&mut self, document: &DocumentId, ward: &WardId, reads: bool) -> PortResult<()> {
        let key = (*document, ward.clone());
        if reads {
            self.readers.insert(key);
        } else {
            self.readers.remove(&key);
        }
        Ok(())
    }

    fn put_open_release(&mut self, release: &OpenRelease, open: bool) -> PortResult<()> {
        let key = (release.ward.clone(), release.seq);
        if open {
            self.releases.insert(key, release.clone());
        } else {
            self.releases.remove(&key);
        }
        Ok(())
    }

    fn note_event(&mut self, event: &DeviceEvent) -> PortResult<()> {
        Arc::make_mut(&mut self.events).push(event.clone());
        Ok(())
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
        let rows = Arc::make_mut(self.feeds.entry(ward.clone()).or_default());
        if row.seq.0 != rows.len() as u64 + 1 {
            return Err(broken("a feed must have no gaps"));
        }
        rows.push(row.clone());
        Ok(())
    }

    fn append_push(&mut self, row: &PushRow) -> PortResult<()> {
        if let Some(notice) = row.notice {
            self.noticed.insert((row.device, row.epoch, row.document, notice), row.lseq);
        }
        match self.push.insert((row.device, row.epoch, row.lseq), Arc::new(row.clone())) {
            None => Ok(()),
            Some(_) => Err(broken("a position of a push log was taken twice")),
        }
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        self.log.keep_aside(item);
        Ok(())
    }

    fn put_custody(&mut self, entry: &CustodyEntry) -> PortResult<()> {
        let key = (entry.document, entry.version);
        match self.custody.insert(key, Arc::new(entry.clone())) {
            None => Ok(()),
            Some(_) => Err(broken("an entry of the custody ledger was written twice")),
        }
    }
}
