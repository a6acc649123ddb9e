//! What a hub does before it answers anybody: epochs of its own.
//!
//! A hub that was put back from a backup gives its feeds a new incarnation, so that the wards compare
//! and give back what it lost. The epoch of its officers' edits is new in every run of the program:
//! after a roll-back that nobody announced, two edits can then never claim one place in a document.

use wardbook_base::{AuthorEpoch, Timestamp};
use wardbook_store::Tx;
use wardbook_sync::hub::custody::{self, CustodyError};
use wardbook_sync::ports::HubPort;

use crate::error::{HubError, ReplicaError};
use crate::replica::Replica;
use crate::settings::{HUB_KEY, RESTORED};
use crate::viewer::Viewer;

/// Stands in the ledger when the decision itself is in a later state of the database.
const KEY_DESTROYED: &str = "Đã xóa theo quyết định ghi sau bản sao lưu này";

/// What a renewal of the feeds did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRenewed {
    /// When.
    pub at: Timestamp,
    /// Devices that will compare all they hold at their next call.
    pub devices: u64,
}

impl Replica {
    /// Gives the feeds a new incarnation when this database was restored from a backup, and erases
    /// for good what was erased after the backup was made: the key file knows. To be called before
    /// anything is answered; any other time it does nothing. Returns whether it was restored.
    pub fn begin_hub(&self) -> Result<bool, HubError> {
        let restored =
            self.inner.store.read(|tx| tx.get_setting(RESTORED))?.as_deref() == Some("yes");
        let keyless = self.inner.store.keyless()?;
        if !restored && keyless.is_empty() {
            return Ok(false);
        }
        let now = self.now();
        let system = Viewer::system(wardbook_record::Lang::Vi);
        self.inner.store.write(|tx| {
            // A folder that was never set up as a hub holds no devices either.
            if restored && tx.get_secret(HUB_KEY)?.is_some() {
                let port: &mut dyn HubPort = tx;
                wardbook_sync::hub::renew(port, self.dice(), now, "restored")?;
                self.log_in(tx, &system, "restored", None, "")?;
            }
            for grave in &keyless {
                let document = &grave.document;
                let port: &mut dyn HubPort = tx;
                match custody::purge(port, document, KEY_DESTROYED, now) {
                    // Only what was kept aside of it was left, or its state was gone already.
                    Err(CustodyError::Purged(_) | CustodyError::UnknownDocument(_)) => {
                        port.forget_document(grave)?;
                    }
                    done => drop(done?),
                }
                self.log_in(tx, &system, "purge_finished", Some(*document), "")?;
            }
            Ok::<_, HubError>(tx.delete_setting(RESTORED)?)
        })?;
        Ok(restored)
    }

    /// The epoch under which officers' edits are written in this run of the program: drawn with the
    /// first edit, so that a command that only looks writes nothing. A renewal of the feeds draws
    /// another by itself, which is then as good.
    pub(crate) fn hub_writing_epoch(&self, tx: &mut dyn Tx) -> Result<AuthorEpoch, ReplicaError> {
        let (_, stored) = HubPort::hub(tx)?;
        // Taken back with the transaction, the stored one is the found one again, and another is
        // drawn: so nothing is remembered here that the database does not know.
        if self.inner.found_epoch != Some(stored) {
            return Ok(stored);
        }
        let fresh = AuthorEpoch::random(self.dice());
        tx.put_author_epoch(fresh)?;
        Ok(fresh)
    }

    /// Asks all wards to compare what they hold with the hub, by a new incarnation of the feeds.
    pub fn renew_feeds(&self, viewer: &Viewer) -> Result<FeedRenewed, HubError> {
        viewer.must_administer()?;
        self.require_hub()?;
        let now = self.now();
        self.inner.store.write(|tx| {
            let port: &mut dyn HubPort = tx;
            wardbook_sync::hub::renew(port, self.dice(), now, "asked")?;
            self.log_in(tx, viewer, "renew_feeds", None, "")?;
            let devices = tx.devices(None)?;
            let devices = devices.iter().filter(|device| device.revoked_at.is_none()).count();
            Ok(FeedRenewed { at: now, devices: devices as u64 })
        })
    }
}
