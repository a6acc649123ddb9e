//! One-time codes, and devices that join by them or are thrown out.

use sha2::{Digest as _, Sha256};
use wardbook_base::{DeviceId, HubId, Timestamp, WardId};
use wardbook_store::{StoreError, SyncLogRow, Tx};
use wardbook_sync::enrol::{EnrolString, new_code};
use wardbook_sync::ports::HubPort;

use super::EnrolCode;
use crate::error::HubError;
use crate::node::stored_key;
use crate::replica::Replica;
use crate::settings::HUB_KEY;
use crate::viewer::Viewer;

/// How long a code works when nothing else is said, in days.
const VALID_DAYS: u32 = 7;
/// At most so long.
const VALID_DAYS_MAX: u32 = 90;
const DAY_MS: i64 = 24 * 3600 * 1000;

impl Replica {
    /// A new one-time code for a device of a ward, valid for some days (7 when `None`).
    pub fn new_enrol_code(
        &self,
        viewer: &Viewer,
        ward: &WardId,
        valid_days: Option<u32>,
    ) -> Result<EnrolCode, HubError> {
        viewer.must_administer()?;
        self.require_hub()?;
        let address = self.hub_address()?.ok_or(HubError::NoAddress)?;
        let days = valid_days.unwrap_or(VALID_DAYS).clamp(1, VALID_DAYS_MAX);
        let now = self.now();
        let expires_at = now.plus_ms(i64::from(days) * DAY_MS);
        let code = new_code(self.dice());
        self.inner.store.write(|tx| {
            if tx.ward(ward)?.is_none() {
                return Err(HubError::UnknownWard(ward.to_string()));
            }
            let (hub, _) = HubPort::hub(tx)?;
            let key = stored_key(tx, HUB_KEY)?.ok_or(HubError::NotInitialised)?;
            tx.put_enrol_code(&wardbook_store::EnrolCode {
                code_hash: code_hash(&hub, &code),
                ward: ward.clone(),
                created_at: now,
                expires_at,
                tries: 0,
                used_at: None,
                used_by: None,
            })?;
            self.log_in(tx, viewer, "new_enrol_code", None, ward.as_str())?;
            let text = EnrolString {
                url: address.url,
                tls_pin: address.tls_pin,
                hub_key: key.public(),
                code: code.clone(),
            };
            Ok(EnrolCode { ward: ward.clone(), code, text: text.to_string(), expires_at })
        })
    }

    /// Takes a device's right to synchronise away.
    pub fn revoke_device(&self, viewer: &Viewer, device: &DeviceId) -> Result<(), HubError> {
        self.set_revoked(viewer, device, Some(self.now()), "revoke_device")
    }

    /// Gives a device that was revoked its right back: its data and its key are still good.
    pub fn readmit_device(&self, viewer: &Viewer, device: &DeviceId) -> Result<(), HubError> {
        self.set_revoked(viewer, device, None, "readmit_device")
    }

    fn set_revoked(
        &self,
        viewer: &Viewer,
        device: &DeviceId,
        revoked_at: Option<Timestamp>,
        action: &str,
    ) -> Result<(), HubError> {
        viewer.must_administer()?;
        self.inner.store.write(|tx| {
            let mut record = tx.device(device)?.ok_or(HubError::UnknownDevice)?;
            if record.revoked_at.is_some() == revoked_at.is_some() {
                return Ok(());
            }
            record.revoked_at = revoked_at;
            tx.put_device(&record)?;
            // What its ward gave away need not wait for a machine that calls no more.
            let port: &mut dyn HubPort = tx;
            wardbook_sync::hub::custody::settle(port, &record.ward, self.now())?;
            Ok(self.log_in(tx, viewer, action, None, &device.to_string())?)
        })
    }

    /// The newest calls of a ward's devices that moved something or were refused, newest first.
    pub fn sync_sessions(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<SyncLogRow>, HubError> {
        viewer.must_read()?;
        Ok(self.inner.store.read(|tx| tx.sync_log(ward, limit))?)
    }
}

/// What is stored of a code. The hub's id keeps hashes of different hubs apart.
pub(super) fn code_hash(hub: &HubId, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"wardbook enrolment code\0");
    hash.update(hub.as_bytes());
    hash.update(code.as_bytes());
    hash.finalize().into()
}

/// Whether a stored code may still be used.
pub(super) fn is_open(code: &wardbook_store::EnrolCode, now: Timestamp) -> bool {
    code.used_at.is_none() && now < code.expires_at && code.tries < TRIES_MAX
}

/// Wrong uses of one code before it is locked.
pub(super) const TRIES_MAX: u64 = 5;

/// Counts a use of a code that cannot be used.
pub(super) fn count_try(
    tx: &mut dyn Tx,
    code: &wardbook_store::EnrolCode,
) -> Result<(), StoreError> {
    let counted = wardbook_store::EnrolCode { tries: code.tries + 1, ..code.clone() };
    tx.put_enrol_code(&counted)
}
