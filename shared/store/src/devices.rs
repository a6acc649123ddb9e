//! The devices of a hub, and the logs of each of their incarnations.

use rusqlite::{Row, params};
use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, Lseq};
use wardbook_sync::message::{Digest, Notice, Rotated};
use wardbook_sync::ports::{DeviceRecord, PushLog, PushRow};

use crate::error::StoreError;
use crate::rows::{
    array, id, json, maybe_id, maybe_notice, maybe_time, notice_number, number, time, unsigned,
    ward, word, word_of,
};
use crate::tx::SqlTx;

/// The columns of a device in the order of [`device`].
pub(crate) const DEVICE_COLUMNS: &str = "id, ward, name, public_key, epoch, reconciling, \
     two_places_since, last_contact, proven_at, proven_seq, status, mismatches, app, enrolled_at, \
     revoked_at";

/// The columns of a position of a push log in the order of [`push_row`].
pub(crate) const PUSH_COLUMNS: &str =
    "device, epoch, lseq, chain, document, hash, notice, parked, refused, because_of";

/// The columns of a log in the order of [`log`].
const LOG: &str = "SELECT device, epoch, acked, acked_chain, confirmed, sent_epoch, sent_seq, \
     sent_chain, sent_digest_n, sent_digest_sum, opened_at, last_contact, rotated_from, \
     rotated_why, left_for, reconciling FROM device_log";

impl SqlTx<'_> {
    pub(crate) fn find_device(&self, id: &DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
        let sql = format!("SELECT {DEVICE_COLUMNS} FROM device WHERE id = ?1");
        self.first(&sql, [id.as_bytes()], device)
    }

    pub(crate) fn replace_device(&self, device: &DeviceRecord) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO device (id, ward, name, public_key, epoch, reconciling,
                       two_places_since, last_contact, proven_at, proven_seq, status, mismatches,
                       app, enrolled_at, revoked_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let values = params![
            device.id.as_bytes(),
            device.ward.as_str(),
            device.name,
            device.public_key,
            device.epoch.as_bytes(),
            device.reconciling,
            device.two_places_since.map(|at| at.0),
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

    pub(crate) fn find_log(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
    ) -> Result<Option<PushLog>, StoreError> {
        let sql = format!("{LOG} WHERE device = ?1 AND epoch = ?2");
        self.first(&sql, [device.as_bytes(), epoch.as_bytes()], log)
    }

    pub(crate) fn logs_of(&self, device: &DeviceId) -> Result<Vec<PushLog>, StoreError> {
        let sql = format!("{LOG} WHERE device = ?1 ORDER BY n");
        self.all(&sql, [device.as_bytes()], log)
    }

    /// The device whose incarnation an epoch is.
    pub(crate) fn owner_of(&self, epoch: &AuthorEpoch) -> Result<Option<DeviceId>, StoreError> {
        let sql = "SELECT device FROM device_log WHERE epoch = ?1 ORDER BY n LIMIT 1";
        self.first(sql, [epoch.as_bytes()], |row| id(row, 0))
    }

    pub(crate) fn replace_log(&self, log: &PushLog) -> Result<(), StoreError> {
        let taken = self.owner_of(&log.epoch)?.is_some_and(|owner| owner != log.device);
        // One that is there already goes on, whatever an older version let in.
        if taken && self.find_log(&log.device, &log.epoch)?.is_none() {
            return Err(StoreError::Refused("two devices share an epoch".to_owned()));
        }
        let sql =
            "INSERT INTO device_log (device, epoch, acked, acked_chain, confirmed, sent_epoch,
                       sent_seq, sent_chain, sent_digest_n, sent_digest_sum, opened_at,
                       last_contact, rotated_from, rotated_why, left_for, reconciling)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                   ON CONFLICT (device, epoch) DO UPDATE SET acked = excluded.acked,
                       acked_chain = excluded.acked_chain, confirmed = excluded.confirmed,
                       sent_epoch = excluded.sent_epoch, sent_seq = excluded.sent_seq,
                       sent_chain = excluded.sent_chain, sent_digest_n = excluded.sent_digest_n,
                       sent_digest_sum = excluded.sent_digest_sum, opened_at = excluded.opened_at,
                       last_contact = excluded.last_contact, rotated_from = excluded.rotated_from,
                       rotated_why = excluded.rotated_why, left_for = excluded.left_for,
                       reconciling = excluded.reconciling";
        let sent = log.last_sent.as_ref();
        let why = log.rotated.map(|rotated| word_of(&rotated.reason)).transpose()?;
        let values = params![
            log.device.as_bytes(),
            log.epoch.as_bytes(),
            number(log.acked.0),
            log.acked_chain.as_bytes(),
            number(log.confirmed.0),
            sent.map(|(position, _)| position.epoch.0),
            sent.map(|(position, _)| number(position.seq.0)),
            sent.map(|(position, _)| position.chain.0),
            sent.map(|(_, digest)| number(digest.n)),
            sent.map(|(_, digest)| digest.sum),
            log.opened_at.0,
            log.last_contact.map(|at| at.0),
            log.rotated.map(|rotated| rotated.from.0),
            why,
            log.left_for.map(|epoch| epoch.0),
            log.reconciling,
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn find_push_row(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
    ) -> Result<Option<PushRow>, StoreError> {
        let sql = format!(
            "SELECT {PUSH_COLUMNS} FROM device_push WHERE device = ?1 AND epoch = ?2 AND lseq = ?3"
        );
        let place = params![device.as_bytes(), epoch.as_bytes(), number(lseq.0)];
        self.first(&sql, place, push_row)
    }

    /// Takes the next position of a log. A position is taken once.
    pub(crate) fn append_push_row(&self, row: &PushRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO device_push (device, epoch, lseq, chain, document, hash, notice,
                       parked, refused, because_of)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.put_row(sql, row).map(drop)
    }

    /// Judges a position again.
    pub(crate) fn replace_push_row(&self, row: &PushRow) -> Result<(), StoreError> {
        let sql = "UPDATE device_push SET chain = ?4, document = ?5, hash = ?6, notice = ?7,
                       parked = ?8, refused = ?9, because_of = ?10
                   WHERE device = ?1 AND epoch = ?2 AND lseq = ?3";
        match self.put_row(sql, row)? {
            0 => Err(StoreError::Refused("no such position in a push log".to_owned())),
            _ => Ok(()),
        }
    }

    fn put_row(&self, sql: &str, row: &PushRow) -> Result<usize, StoreError> {
        let values = params![
            row.device.as_bytes(),
            row.epoch.as_bytes(),
            number(row.lseq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.hash.as_bytes(),
            row.notice.map(notice_number),
            row.parked,
            row.refused,
            row.because_of.as_ref().map(ChangeHash::as_bytes),
        ];
        self.execute(sql, values)
    }

    /// The newest place of a log where something was noted of a document.
    pub(crate) fn noticed_at(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        document: &DocumentId,
        notice: Notice,
    ) -> Result<Option<Lseq>, StoreError> {
        let sql = "SELECT lseq FROM device_push
                   WHERE device = ?1 AND epoch = ?2 AND document = ?3 AND notice = ?4
                   ORDER BY lseq DESC LIMIT 1";
        let values = params![
            device.as_bytes(),
            epoch.as_bytes(),
            document.as_bytes(),
            notice_number(notice),
        ];
        self.first(sql, values, |row| unsigned(row, 0).map(Lseq))
    }
}

/// Reads [`DEVICE_COLUMNS`].
pub(crate) fn device(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    let proven_seq = row.get::<_, Option<i64>>(9)?.map(|seq| FeedSeq(seq.cast_unsigned()));
    Ok(DeviceRecord {
        id: id(row, 0)?,
        ward: ward(row, 1)?,
        name: row.get(2)?,
        public_key: array(row, 3)?,
        epoch: id(row, 4)?,
        reconciling: row.get(5)?,
        two_places_since: maybe_time(row, 6)?,
        last_contact: maybe_time(row, 7)?,
        proven_equal: maybe_time(row, 8)?.zip(proven_seq),
        status: json(row, 10)?,
        mismatches: unsigned(row, 11)?,
        app: row.get(12)?,
        enrolled_at: time(row, 13)?,
        revoked_at: maybe_time(row, 14)?,
    })
}

/// Reads [`PUSH_COLUMNS`].
pub(crate) fn push_row(row: &Row<'_>) -> rusqlite::Result<PushRow> {
    Ok(PushRow {
        device: id(row, 0)?,
        epoch: id(row, 1)?,
        lseq: Lseq(unsigned(row, 2)?),
        chain: id(row, 3)?,
        document: id(row, 4)?,
        hash: id(row, 5)?,
        notice: maybe_notice(row, 6)?,
        parked: row.get(7)?,
        refused: row.get(8)?,
        because_of: maybe_id(row, 9)?,
    })
}

/// Reads [`LOG`].
fn log(row: &Row<'_>) -> rusqlite::Result<PushLog> {
    let rotated = match maybe_id(row, 12)? {
        Some(from) => Some(Rotated { from, reason: word(row, 13)? }),
        None => None,
    };
    Ok(PushLog {
        device: id(row, 0)?,
        epoch: id(row, 1)?,
        acked: Lseq(unsigned(row, 2)?),
        acked_chain: id(row, 3)?,
        confirmed: Lseq(unsigned(row, 4)?),
        last_sent: last_sent(row)?,
        opened_at: time(row, 10)?,
        last_contact: maybe_time(row, 11)?,
        rotated,
        left_for: maybe_id(row, 14)?,
        reconciling: row.get(15)?,
    })
}

fn last_sent(row: &Row<'_>) -> rusqlite::Result<Option<(FeedPosition, Digest)>> {
    let Some(epoch) = maybe_id(row, 5)? else { return Ok(None) };
    let position = FeedPosition { epoch, seq: FeedSeq(unsigned(row, 6)?), chain: id(row, 7)? };
    Ok(Some((position, Digest { n: unsigned(row, 8)?, sum: array(row, 9)? })))
}
