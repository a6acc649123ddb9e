//! The hub's side of the engine's storage: each method stands with its topic.

use rusqlite::params;
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedSeq, HubId, Lseq, WardId,
};
use wardbook_sync::message::Notice;
use wardbook_sync::ports::{
    CustodyEntry, DeviceEvent, DeviceRecord, DocumentState, FeedRow, HubPort, OpenRelease, Parked,
    PortResult, PushLog, PushRow, Quarantined, WardFeed,
};

use crate::hub_admin::HubAdmin as _;
use crate::identity::Identity as _;
use crate::tx::SqlTx;

impl HubPort for SqlTx<'_> {
    fn hub(&self) -> PortResult<(HubId, AuthorEpoch)> {
        Ok((self.own_hub_id()?, self.own_epoch()?))
    }

    fn feed_epoch(&self) -> PortResult<FeedEpoch> {
        Ok(self.own_feed_epoch()?)
    }

    fn device(&self, id: &DeviceId) -> PortResult<Option<DeviceRecord>> {
        Ok(self.find_device(id)?)
    }

    fn ward_feed(&self, ward: &WardId) -> PortResult<Option<WardFeed>> {
        Ok(self.head_of_feed(ward)?)
    }

    fn feed_chain(&self, ward: &WardId, seq: FeedSeq) -> PortResult<Option<Chain>> {
        Ok(self.chain_of_feed(ward, seq)?)
    }

    fn feed_rows(&self, ward: &WardId, after: FeedSeq, limit: usize) -> PortResult<Vec<FeedRow>> {
        Ok(self.rows_of_feed(ward, after, limit)?)
    }

    fn push_log(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<Option<PushLog>> {
        Ok(self.find_log(device, epoch)?)
    }

    fn push_logs(&self, device: &DeviceId) -> PortResult<Vec<PushLog>> {
        Ok(self.logs_of(device)?)
    }

    fn push_row(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
    ) -> PortResult<Option<PushRow>> {
        Ok(self.find_push_row(device, epoch, lseq)?)
    }

    fn noticed(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        document: &DocumentId,
        notice: Notice,
    ) -> PortResult<Option<Lseq>> {
        Ok(self.noticed_at(device, epoch, document, notice)?)
    }

    fn devices_of(&self, ward: &WardId) -> PortResult<Vec<DeviceRecord>> {
        Ok(self.devices(Some(ward))?)
    }

    fn documents_in_scope(&self, ward: &WardId) -> PortResult<Vec<DocumentState>> {
        Ok(self.scope_of(ward)?)
    }

    fn readers(&self, document: &DocumentId) -> PortResult<Vec<WardId>> {
        Ok(self.readers_of(document)?)
    }

    fn custody(&self, document: &DocumentId) -> PortResult<Vec<CustodyEntry>> {
        Ok(self.custody_of(document)?)
    }

    fn open_releases(&self, ward: &WardId) -> PortResult<Vec<OpenRelease>> {
        Ok(self.releases_of(ward)?)
    }

    fn parked_of(&self, document: &DocumentId) -> PortResult<Vec<Parked>> {
        Ok(self.parked_in(document)?)
    }

    fn parked_count(&self, device: &DeviceId, epoch: &AuthorEpoch) -> PortResult<u64> {
        Ok(self.parked_by(device, epoch)?)
    }

    fn documents_by_key(&self, key: &[u8; 8]) -> PortResult<Vec<DocumentId>> {
        Ok(self.ids_beginning_with(*key)?)
    }

    fn log_owner(&self, epoch: &AuthorEpoch) -> PortResult<Option<DeviceId>> {
        Ok(self.owner_of(epoch)?)
    }

    fn put_push_log(&mut self, log: &PushLog) -> PortResult<()> {
        Ok(self.replace_log(log)?)
    }

    fn put_push_row(&mut self, row: &PushRow) -> PortResult<()> {
        Ok(self.replace_push_row(row)?)
    }

    fn renew_epochs(&mut self, feed: FeedEpoch, author: AuthorEpoch) -> PortResult<()> {
        self.put_feed_epoch(feed)?;
        self.put_author_epoch(author)?;
        self.execute("UPDATE device SET reconciling = 1", [])?;
        self.execute("UPDATE device_log SET reconciling = 1", [])?;
        Ok(())
    }

    fn park(&mut self, parked: &Parked) -> PortResult<()> {
        Ok(self.keep_parked(parked)?)
    }

    fn unpark(&mut self, document: &DocumentId, hash: &ChangeHash) -> PortResult<()> {
        Ok(self.take_parked(document, hash)?)
    }

    fn put_reader(&mut self, document: &DocumentId, ward: &WardId, reads: bool) -> PortResult<()> {
        Ok(self.set_reader(document, ward, reads)?)
    }

    fn put_open_release(&mut self, release: &OpenRelease, open: bool) -> PortResult<()> {
        Ok(self.set_release(release, open)?)
    }

    fn note_event(&mut self, event: &DeviceEvent) -> PortResult<()> {
        let sql = "INSERT INTO device_event (at, device, code, detail) VALUES (?1, ?2, ?3, ?4)";
        let values = params![event.at.0, event.device.as_bytes(), event.code, event.detail];
        self.execute(sql, values)?;
        Ok(())
    }

    fn put_device(&mut self, device: &DeviceRecord) -> PortResult<()> {
        Ok(self.replace_device(device)?)
    }

    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()> {
        Ok(self.replace_head_of_feed(feed)?)
    }

    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()> {
        Ok(self.append_to_feed(ward, row)?)
    }

    fn append_push(&mut self, row: &PushRow) -> PortResult<()> {
        Ok(self.append_push_row(row)?)
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        Ok(self.keep_aside(item)?)
    }

    fn put_custody(&mut self, entry: &CustodyEntry) -> PortResult<()> {
        Ok(self.append_custody(entry)?)
    }
}
