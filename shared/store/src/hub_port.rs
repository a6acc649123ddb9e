//! The hub's side of the engine's storage.

use rusqlite::{Row, params};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, WardId,
};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{
    DeviceRecord, FeedRow, HubPort, PortResult, PushRow, Quarantined, WardFeed,
};

use crate::error::StoreError;
use crate::rows::{
    array, hash_bytes, id, json, maybe_id, maybe_time, number, time, unsigned, ward,
};
use crate::tx::SqlTx;

/// The columns of a device in the order of [`device`].
pub(crate) const DEVICE_COLUMNS: &str = "id, ward, name, public_key, epoch, acked, acked_chain, confirmed, \
     sent_epoch, sent_seq, sent_chain, sent_digest_n, sent_digest_sum, last_contact, \
     proven_at, proven_seq, status, mismatches, app, enrolled_at, revoked_at";

impl HubPort for SqlTx<'_> {
    fn hub(&self) -> PortResult<(HubId, AuthorEpoch)> {
        Ok((self.own_hub_id()?, self.own_epoch()?))
    }

    fn feed_epoch(&self) -> PortResult<FeedEpoch> {
        Ok(self.own_feed_epoch()?)
    }

    fn device(&self, id: &DeviceId) -> PortResult<Option<DeviceRecord>> {
        let sql = format!("SELECT {DEVICE_COLUMNS} FROM device WHERE id = ?1");
        Ok(self.first(&sql, [id.as_bytes()], device)?)
    }

    fn ward_feed(&self, ward: &WardId) -> PortResult<Option<WardFeed>> {
        let sql = "SELECT epoch, seq, chain, digest_n, digest_sum FROM ward_feed WHERE ward = ?1";
        let feed = self.first(sql, [ward.as_str()], |row| {
            let position = FeedPosition {
                epoch: id(row, 0)?,
                seq: FeedSeq(unsigned(row, 1)?),
                chain: id(row, 2)?,
            };
            let digest = Digest { n: unsigned(row, 3)?, sum: array(row, 4)? };
            Ok(WardFeed { ward: ward.clone(), position, digest })
        });
        Ok(feed?)
    }

    fn feed_chain(&self, ward: &WardId, seq: FeedSeq) -> PortResult<Option<Chain>> {
        if seq == FeedSeq(0) {
            return Ok(Some(Chain::default()));
        }
        let sql = "SELECT chain FROM feed WHERE ward = ?1 AND seq = ?2";
        Ok(self.first(sql, params![ward.as_str(), number(seq.0)], |row| id(row, 0))?)
    }

    fn feed_rows(&self, ward: &WardId, after: FeedSeq, limit: usize) -> PortResult<Vec<FeedRow>> {
        let sql = "SELECT seq, chain, document, generation, hash, author, lseq, received_at
                   FROM feed WHERE ward = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let values = params![ward.as_str(), number(after.0), number(limit as u64)];
        let rows = self.all(sql, values, |row| {
            Ok(FeedRow {
                seq: FeedSeq(unsigned(row, 0)?),
                chain: id(row, 1)?,
                document: id(row, 2)?,
                generation: row.get(3)?,
                hash: id(row, 4)?,
                author: id(row, 5)?,
                lseq: Lseq(unsigned(row, 6)?),
                received_at: time(row, 7)?,
            })
        });
        Ok(rows?)
    }

    fn push_row(&self, device: &DeviceId, lseq: Lseq) -> PortResult<Option<PushRow>> {
        let sql = "SELECT chain, document, hash, refused, because_of FROM device_push
                   WHERE device = ?1 AND lseq = ?2";
        let found = self.first(sql, params![device.as_bytes(), number(lseq.0)], |row| {
            Ok(PushRow {
                device: *device,
                lseq,
                chain: id(row, 0)?,
                document: id(row, 1)?,
                hash: id(row, 2)?,
                refused: row.get(3)?,
                because_of: maybe_id(row, 4)?,
            })
        });
        Ok(found?)
    }

    fn put_device(&mut self, device: &DeviceRecord) -> PortResult<()> {
        Ok(self.replace_device(device)?)
    }

    fn put_ward_feed(&mut self, feed: &WardFeed) -> PortResult<()> {
        let sql = "INSERT INTO ward_feed (ward, epoch, seq, chain, digest_n, digest_sum)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6
                   WHERE ?3 = coalesce((SELECT max(seq) FROM feed WHERE ward = ?1), 0)
                   ON CONFLICT (ward) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq,
                       chain = excluded.chain, digest_n = excluded.digest_n,
                       digest_sum = excluded.digest_sum";
        let values = params![
            feed.ward.as_str(),
            feed.position.epoch.as_bytes(),
            number(feed.position.seq.0),
            feed.position.chain.as_bytes(),
            number(feed.digest.n),
            feed.digest.sum,
        ];
        Ok(self.must_change(sql, values, "the head of a feed is its last item")?)
    }

    fn append_feed(&mut self, ward: &WardId, row: &FeedRow) -> PortResult<()> {
        let sql = "INSERT INTO feed (ward, seq, chain, document, generation, hash, author, lseq,
                       received_at)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
                   WHERE ?2 = 1 + coalesce((SELECT max(seq) FROM feed WHERE ward = ?1), 0)";
        let values = params![
            ward.as_str(),
            number(row.seq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.generation,
            row.hash.as_bytes(),
            row.author.as_bytes(),
            number(row.lseq.0),
            row.received_at.0,
        ];
        Ok(self.must_change(sql, values, "a feed must have no gaps")?)
    }

    fn append_push(&mut self, row: &PushRow) -> PortResult<()> {
        let sql = "INSERT INTO device_push (device, lseq, chain, document, hash, refused,
                       because_of)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            row.device.as_bytes(),
            number(row.lseq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.hash.as_bytes(),
            row.refused,
            row.because_of.as_ref().map(ChangeHash::as_bytes),
        ];
        self.execute(sql, values)?;
        Ok(())
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        Ok(self.keep_aside(item)?)
    }

    fn put_custody(
        &mut self,
        document: &DocumentId,
        version: u64,
        ward: &WardId,
        heads: &[ChangeHash],
        at: Timestamp,
    ) -> PortResult<()> {
        let sql = "INSERT INTO custody (document, version, ward, heads, at)
                   VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (document, version) DO UPDATE SET ward = excluded.ward,
                       heads = excluded.heads, at = excluded.at";
        let heads = hash_bytes(heads);
        let values = params![document.as_bytes(), number(version), ward.as_str(), heads, at.0];
        self.execute(sql, values)?;
        Ok(())
    }
}

impl SqlTx<'_> {
    fn replace_device(&self, device: &DeviceRecord) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO device (id, ward, name, public_key, epoch, acked,
                       acked_chain, confirmed, sent_epoch, sent_seq, sent_chain, sent_digest_n,
                       sent_digest_sum, last_contact, proven_at, proven_seq, status, mismatches,
                       app, enrolled_at, revoked_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                       ?17, ?18, ?19, ?20, ?21)";
        let sent = device.last_sent.as_ref();
        let values = params![
            device.id.as_bytes(),
            device.ward.as_str(),
            device.name,
            device.public_key,
            device.epoch.as_bytes(),
            number(device.acked.0),
            device.acked_chain.as_bytes(),
            number(device.confirmed.0),
            sent.map(|(position, _)| position.epoch.0),
            sent.map(|(position, _)| number(position.seq.0)),
            sent.map(|(position, _)| position.chain.0),
            sent.map(|(_, digest)| number(digest.n)),
            sent.map(|(_, digest)| digest.sum),
            device.last_contact.map(|at| at.0),
            device.proven_equal.map(|(at, _)| at.0),
            device.proven_equal.map(|(_, seq)| number(seq.0)),
            serde_json::to_string(&device.status)?,
            number(device.mismatches),
            device.app,
            device.enrolled_at.0,
            device.revoked_at.map(|at| at.0),
        ];
        self.execute(sql, values).map(drop)
    }
}

/// Reads [`DEVICE_COLUMNS`].
pub(crate) fn device(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    let proven_seq = row.get::<_, Option<i64>>(15)?.map(|seq| FeedSeq(seq.cast_unsigned()));
    Ok(DeviceRecord {
        id: id(row, 0)?,
        ward: ward(row, 1)?,
        name: row.get(2)?,
        public_key: array(row, 3)?,
        epoch: id(row, 4)?,
        acked: Lseq(unsigned(row, 5)?),
        acked_chain: id(row, 6)?,
        confirmed: Lseq(unsigned(row, 7)?),
        last_sent: last_sent(row)?,
        last_contact: maybe_time(row, 13)?,
        proven_equal: maybe_time(row, 14)?.zip(proven_seq),
        status: json(row, 16)?,
        mismatches: unsigned(row, 17)?,
        app: row.get(18)?,
        enrolled_at: time(row, 19)?,
        revoked_at: maybe_time(row, 20)?,
    })
}

fn last_sent(row: &Row<'_>) -> rusqlite::Result<Option<(FeedPosition, Digest)>> {
    let Some(epoch) = maybe_id(row, 8)? else { return Ok(None) };
    let position = FeedPosition { epoch, seq: FeedSeq(unsigned(row, 9)?), chain: id(row, 10)? };
    Ok(Some((position, Digest { n: unsigned(row, 11)?, sum: array(row, 12)? })))
}
