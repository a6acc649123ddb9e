//! What the city's admin keeps at the hub: wards, devices, enrolment codes, the log of calls.

use rusqlite::{Row, params};
use wardbook_base::{Chain, DeviceId, FeedPosition, FeedSeq, Timestamp, WardId};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{DeviceRecord, HubPort as _, WardFeed};

use crate::devices::{DEVICE_COLUMNS, device};
use crate::error::StoreError;
use crate::rows::{array, id, maybe_id, maybe_time, number, time, unsigned, ward};
use crate::tx::SqlTx;

/// One ward of the city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ward {
    /// Its id.
    pub id: WardId,
    /// Its name.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A one-time code by which a device joins a ward. The code itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The ward it opens.
    pub ward: WardId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Wrong tries, counted by the caller's rule.
    pub tries: u64,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// By which device.
    pub used_by: Option<DeviceId>,
}

/// One call of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLogRow {
    /// When.
    pub at: Timestamp,
    /// The device's ward.
    pub ward: WardId,
    /// The device.
    pub device: DeviceId,
    /// Bytes of the request.
    pub bytes_in: u64,
    /// Bytes of the answer.
    pub bytes_out: u64,
    /// Changes taken in.
    pub pushed: u64,
    /// Feed items sent.
    pub pulled: u64,
    /// `ok`, or the code of the rejection.
    pub result: String,
}

/// The hub's registers.
pub trait HubAdmin {
    /// Adds or renames a ward; a new one gets an empty feed.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn put_ward(&mut self, ward: &Ward) -> Result<(), StoreError>;
    /// A ward.
    fn ward(&self, id: &WardId) -> Result<Option<Ward>, StoreError>;
    /// All wards, by id.
    fn wards(&self) -> Result<Vec<Ward>, StoreError>;
    /// The devices of a ward, or all; by ward and the time they joined.
    fn devices(&self, of: Option<&WardId>) -> Result<Vec<DeviceRecord>, StoreError>;
    /// Creates or replaces an enrolment code.
    fn put_enrol_code(&mut self, code: &EnrolCode) -> Result<(), StoreError>;
    /// The enrolment code with a hash.
    fn enrol_code(&self, code_hash: &[u8; 32]) -> Result<Option<EnrolCode>, StoreError>;
    /// The enrolment codes of a ward, or all, the newest first; used and expired ones too.
    fn enrol_codes(&self, of: Option<&WardId>) -> Result<Vec<EnrolCode>, StoreError>;
    /// Notes a call of a device.
    fn append_sync_log(&mut self, row: &SyncLogRow) -> Result<(), StoreError>;
    /// The newest calls of a ward, or all, the newest first.
    fn sync_log(&self, of: Option<&WardId>, limit: usize) -> Result<Vec<SyncLogRow>, StoreError>;
    /// Removes the notes of calls before a moment. Returns how many.
    fn trim_sync_log(&mut self, before: Timestamp) -> Result<u64, StoreError>;
    /// Projected people of a ward, the retired ones not counted.
    fn people_of(&self, ward: &WardId) -> Result<u64, StoreError>;
}

const CODE: &str =
    "SELECT code_hash, ward, created_at, expires_at, tries, used_at, used_by FROM enrol_code";

impl HubAdmin for SqlTx<'_> {
    fn put_ward(&mut self, ward: &Ward) -> Result<(), StoreError> {
        let sql = "INSERT INTO ward (id, name, created_at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name";
        self.execute(sql, params![ward.id.as_str(), ward.name, ward.created_at.0])?;
        if self.ward_feed(&ward.id)?.is_none() {
            let epoch = self.own_feed_epoch()?;
            let position = FeedPosition { epoch, seq: FeedSeq(0), chain: Chain::default() };
            let feed = WardFeed { ward: ward.id.clone(), position, digest: Digest::default() };
            self.put_ward_feed(&feed)?;
        }
        Ok(())
    }

    fn ward(&self, id: &WardId) -> Result<Option<Ward>, StoreError> {
        let sql = "SELECT id, name, created_at FROM ward WHERE id = ?1";
        self.first(sql, [id.as_str()], read_ward)
    }

    fn wards(&self) -> Result<Vec<Ward>, StoreError> {
        self.all("SELECT id, name, created_at FROM ward ORDER BY id", [], read_ward)
    }

    fn devices(&self, of: Option<&WardId>) -> Result<Vec<DeviceRecord>, StoreError> {
        let which = if of.is_some() { "ward = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT {DEVICE_COLUMNS} FROM device WHERE {which} ORDER BY ward, enrolled_at, id"
        );
        self.all(&sql, [of.map(WardId::as_str)], device)
    }

    fn put_enrol_code(&mut self, code: &EnrolCode) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO enrol_code (code_hash, ward, created_at, expires_at,
                       tries, used_at, used_by)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            code.code_hash,
            code.ward.as_str(),
            code.created_at.0,
            code.expires_at.0,
            number(code.tries),
            code.used_at.map(|at| at.0),
            code.used_by.as_ref().map(DeviceId::as_bytes),
        ];
        self.execute(sql, values).map(drop)
    }

    fn enrol_code(&self, code_hash: &[u8; 32]) -> Result<Option<EnrolCode>, StoreError> {
        self.first(&format!("{CODE} WHERE code_hash = ?1"), [code_hash], read_code)
    }

    fn enrol_codes(&self, of: Option<&WardId>) -> Result<Vec<EnrolCode>, StoreError> {
        let sql =
            format!("{CODE} WHERE ?1 IS NULL OR ward = ?1 ORDER BY created_at DESC, code_hash");
        self.all(&sql, [of.map(WardId::as_str)], read_code)
    }

    fn append_sync_log(&mut self, row: &SyncLogRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO sync_log (at, ward, device, bytes_in, bytes_out, pushed, pulled,
                       result)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![
            row.at.0,
            row.ward.as_str(),
            row.device.as_bytes(),
            number(row.bytes_in),
            number(row.bytes_out),
            number(row.pushed),
            number(row.pulled),
            row.result,
        ];
        self.execute(sql, values).map(drop)
    }

    fn sync_log(&self, of: Option<&WardId>, limit: usize) -> Result<Vec<SyncLogRow>, StoreError> {
        let sql = "SELECT at, ward, device, bytes_in, bytes_out, pushed, pulled, result
                   FROM sync_log WHERE ?1 IS NULL OR ward = ?1 ORDER BY n DESC LIMIT ?2";
        self.all(sql, params![of.map(WardId::as_str), number(limit as u64)], |row| {
            Ok(SyncLogRow {
                at: time(row, 0)?,
                ward: ward(row, 1)?,
                device: id(row, 2)?,
                bytes_in: unsigned(row, 3)?,
                bytes_out: unsigned(row, 4)?,
                pushed: unsigned(row, 5)?,
                pulled: unsigned(row, 6)?,
                result: row.get(7)?,
            })
        })
    }

    fn trim_sync_log(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.execute("DELETE FROM sync_log WHERE at < ?1", [before.0])? as u64)
    }

    fn people_of(&self, ward: &WardId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM person WHERE ward = ?1 AND NOT retired";
        self.number(sql, [ward.as_str()])
    }
}

fn read_ward(row: &Row<'_>) -> rusqlite::Result<Ward> {
    Ok(Ward { id: ward(row, 0)?, name: row.get(1)?, created_at: time(row, 2)? })
}

fn read_code(row: &Row<'_>) -> rusqlite::Result<EnrolCode> {
    Ok(EnrolCode {
        code_hash: array(row, 0)?,
        ward: ward(row, 1)?,
        created_at: time(row, 2)?,
        expires_at: time(row, 3)?,
        tries: unsigned(row, 4)?,
        used_at: maybe_time(row, 5)?,
        used_by: maybe_id(row, 6)?,
    })
}
