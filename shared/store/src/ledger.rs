//! What the city's admin reads of custody, of devices that were restored or copied, of changes that
//! were not merged, and of the balance of all changes.

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};
use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, FeedSeq, Lseq, WardId};
use wardbook_sync::ports::{DeviceEvent, OpenRelease, Parked, PushRow, Quarantined, Tombstone};

use crate::conservation::Conservation;
use crate::custody::release;
use crate::devices::{PUSH_COLUMNS, push_row};
use crate::error::StoreError;
use crate::quarantine::{KEPT, quarantined};
use crate::rows::{id, number, time, unsigned, ward, word};
use crate::tx::SqlTx;

/// Which changes that were kept aside to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuarantineFilter {
    /// Sent by the devices of this ward.
    pub ward: Option<WardId>,
    /// Of this document.
    pub document: Option<DocumentId>,
    /// Sent by this device.
    pub device: Option<DeviceId>,
    /// With this code.
    pub code: Option<String>,
}

/// A document that several wards read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// The document.
    pub document: DocumentId,
    /// The ward that writes it.
    pub custodian: WardId,
    /// The wards that read it besides, sorted.
    pub readers: Vec<WardId>,
}

/// The hub's books. (The custody history of one document is `HubPort::custody`.)
pub trait Ledger {
    /// What happened to a device, or to any, the newest first.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn device_events(
        &self,
        of: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<DeviceEvent>, StoreError>;
    /// All changes that wait for what they build on, the longest waiting first; without bytes.
    fn parked_changes(&self) -> Result<Vec<Parked>, StoreError>;
    /// Changes that were kept aside, the newest first; without bytes (`Log::quarantined` has them).
    fn quarantine_rows(
        &self,
        filter: &QuarantineFilter,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StoreError>;
    /// How many changes were kept aside under each code; of a ward's devices, or all.
    fn quarantine_codes(&self, of: Option<&WardId>) -> Result<Vec<(String, u64)>, StoreError>;
    /// Gives a change that was kept aside another code, once a person has decided about it.
    fn settle_quarantined(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        code: &str,
    ) -> Result<(), StoreError>;
    /// All graves, by document.
    fn tombstones(&self) -> Result<Vec<Tombstone>, StoreError>;
    /// A stretch of a device's push log.
    fn push_rows(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        after: Lseq,
        limit: usize,
    ) -> Result<Vec<PushRow>, StoreError>;
    /// The wards that ever had a document in their scope, by id; with the position of the item that
    /// told them to forget it, when none of them came after that.
    fn holders(&self, document: &DocumentId) -> Result<Vec<(WardId, Option<FeedSeq>)>, StoreError>;
    /// All releases whose late edits may still come, the oldest first.
    fn all_open_releases(&self) -> Result<Vec<OpenRelease>, StoreError>;
    /// The documents that a ward lends or reads, or all that are lent, by id.
    fn lent_documents(&self, of: Option<&WardId>) -> Result<Vec<Lent>, StoreError>;
    /// What became of every change that a ward ever sent. Reads all its logs: not for every page.
    fn conservation(&self, ward: &WardId) -> Result<Conservation, StoreError>;
}

impl Ledger for SqlTx<'_> {
    fn device_events(
        &self,
        of: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<DeviceEvent>, StoreError> {
        let which = if of.is_some() { "device = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT at, device, code, detail FROM device_event WHERE {which}
             ORDER BY n DESC LIMIT ?2"
        );
        let values = params![of.map(DeviceId::as_bytes), number(limit as u64)];
        self.all(&sql, values, |row| {
            Ok(DeviceEvent {
                at: time(row, 0)?,
                device: id(row, 1)?,
                code: row.get(2)?,
                detail: row.get(3)?,
            })
        })
    }

    fn parked_changes(&self) -> Result<Vec<Parked>, StoreError> {
        let sql = "SELECT document, hash, device, epoch, lseq, custody_version, at FROM parked
                   ORDER BY at, rowid";
        self.all(sql, [], |row| {
            Ok(Parked {
                document: id(row, 0)?,
                hash: id(row, 1)?,
                device: id(row, 2)?,
                epoch: id(row, 3)?,
                lseq: Lseq(unsigned(row, 4)?),
                custody_version: unsigned(row, 5)?,
                bytes: Vec::new(),
                at: time(row, 6)?,
            })
        })
    }

    fn quarantine_rows(
        &self,
        filter: &QuarantineFilter,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let (condition, mut values) = condition(filter);
        values.extend([limit, offset].map(|n| Value::Integer(number(n))));
        let columns = KEPT.replace(" bytes,", " x'',");
        let sql = format!("{columns}{condition} ORDER BY at DESC, rowid DESC LIMIT ? OFFSET ?");
        self.all(&sql, params_from_iter(values), quarantined)
    }

    fn quarantine_codes(&self, of: Option<&WardId>) -> Result<Vec<(String, u64)>, StoreError> {
        let filter = QuarantineFilter { ward: of.cloned(), ..QuarantineFilter::default() };
        let (condition, values) = condition(&filter);
        let sql =
            format!("SELECT code, count(*) FROM quarantine{condition} GROUP BY code ORDER BY code");
        self.all(&sql, params_from_iter(values), |row| Ok((row.get(0)?, unsigned(row, 1)?)))
    }

    fn settle_quarantined(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        code: &str,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE quarantine SET code = ?3 WHERE document = ?1 AND hash = ?2";
        self.execute(sql, params![document.as_bytes(), hash.as_bytes(), code]).map(drop)
    }

    fn tombstones(&self) -> Result<Vec<Tombstone>, StoreError> {
        let sql = "SELECT document, generation, reason, at FROM tombstone ORDER BY document";
        self.all(sql, [], |row| {
            Ok(Tombstone {
                document: id(row, 0)?,
                generation: row.get(1)?,
                reason: word(row, 2)?,
                at: time(row, 3)?,
            })
        })
    }

    fn push_rows(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        after: Lseq,
        limit: usize,
    ) -> Result<Vec<PushRow>, StoreError> {
        let sql = format!(
            "SELECT {PUSH_COLUMNS} FROM device_push WHERE device = ?1 AND epoch = ?2 AND lseq > ?3
             ORDER BY lseq LIMIT ?4"
        );
        let (device, epoch) = (device.as_bytes(), epoch.as_bytes());
        let values = params![device, epoch, number(after.0), number(limit as u64)];
        self.all(&sql, values, push_row)
    }

    fn holders(&self, document: &DocumentId) -> Result<Vec<(WardId, Option<FeedSeq>)>, StoreError> {
        // A ward's newest item about custody; births stand in the ledger alone.
        let sql = "SELECT w.ward, (
                       SELECT CASE WHEN kind = 3 THEN seq END FROM feed INDEXED BY feed_custody
                       WHERE document = ?1 AND ward = w.ward AND kind <> 0 AND kind <> 4
                       ORDER BY seq DESC LIMIT 1)
                   FROM (SELECT ward FROM feed
                         WHERE document = ?1 AND kind <> 0 AND kind <> 4
                         UNION SELECT ward FROM custody WHERE document = ?1) w
                   ORDER BY w.ward";
        self.all(sql, [document.as_bytes()], |row| {
            let seq = row.get::<_, Option<i64>>(1)?;
            Ok((ward(row, 0)?, seq.map(|seq| FeedSeq(seq.cast_unsigned()))))
        })
    }

    fn all_open_releases(&self) -> Result<Vec<OpenRelease>, StoreError> {
        let sql = "SELECT document, ward, custody_version, seq, at FROM open_release
                   ORDER BY at, ward, seq";
        self.all(sql, [], release)
    }

    fn lent_documents(&self, of: Option<&WardId>) -> Result<Vec<Lent>, StoreError> {
        let sql = "SELECT d.id, d.ward, r.ward FROM reader r JOIN document d ON d.id = r.document
                   WHERE d.ward IS NOT NULL AND (?1 IS NULL OR d.ward = ?1
                       OR EXISTS (SELECT 1 FROM reader o
                                  WHERE o.document = r.document AND o.ward = ?1))
                   ORDER BY d.id, r.ward";
        let rows = self.all(sql, [of.map(WardId::as_str)], |row| {
            Ok((id(row, 0)?, ward(row, 1)?, ward(row, 2)?))
        })?;
        let mut found: Vec<Lent> = Vec::new();
        for (document, custodian, reader) in rows {
            match found.last_mut() {
                Some(last) if last.document == document => last.readers.push(reader),
                _ => found.push(Lent { document, custodian, readers: vec![reader] }),
            }
        }
        Ok(found)
    }

    fn conservation(&self, ward: &WardId) -> Result<Conservation, StoreError> {
        self.balance(ward)
    }
}

/// WHERE of changes that were kept aside.
fn condition(filter: &QuarantineFilter) -> (String, Vec<Value>) {
    let (mut terms, mut values) = (Vec::new(), Vec::new());
    if let Some(ward) = &filter.ward {
        terms.push("device IN (SELECT id FROM device WHERE ward = ?)");
        values.push(Value::Text(ward.to_string()));
    }
    if let Some(document) = &filter.document {
        terms.push("document = ?");
        values.push(Value::Blob(document.0.to_vec()));
    }
    if let Some(device) = &filter.device {
        terms.push("device = ?");
        values.push(Value::Blob(device.0.to_vec()));
    }
    if let Some(code) = &filter.code {
        terms.push("code = ?");
        values.push(Value::Text(code.clone()));
    }
    let condition =
        if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) };
    (condition, values)
}
