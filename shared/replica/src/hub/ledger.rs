//! The conservation ledger: every change that the wards' machines named here is merged, kept aside,
//! waiting, or erased by a decision. What is none of these is missing, and said.

use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId};
use wardbook_store::Tx;
use wardbook_sync::digest;
use wardbook_sync::message::{Digest, ForgetReason};
use wardbook_sync::ports::{DeviceRecord, HubPort};

use super::aside::{ParkedView, parked_views};
use super::custody::{OpenView, open_releases};
use super::events::{EventView, Names};
use crate::error::HubError;
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::Authors;

/// How many events are looked through for what an audit lists.
const EVENTS_LOOKED_AT: usize = 1_000;

/// Whether everything adds up, and what an administrator should look at.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LedgerReport {
    /// When it was made.
    pub at: Timestamp,
    /// Every ward adds up, and the log of who did what is unbroken.
    pub ok: bool,
    /// One line a ward.
    pub wards: Vec<WardLedger>,
    /// Records that were erased by a decision.
    pub purged_documents: u64,
    /// Changes that wait for more than a day.
    pub parked_late: Vec<ParkedView>,
    /// Devices that run in two places.
    pub two_places: Vec<TwoPlaces>,
    /// Databases that took a new incarnation, newest first.
    pub rotations: Vec<EventView>,
    /// Records that left a ward whose machines have not all said so.
    pub open_releases: Vec<OpenView>,
    /// The first entry of the log of who did what that was altered, if any.
    pub audit_altered_at: Option<u64>,
}

/// One ward's account.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct WardLedger {
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub name: String,
    /// It adds up.
    pub ok: bool,
    /// Changes named in the machines' logs or in the ward's feed, and those that the machines report
    /// as not sent yet.
    pub authored: u64,
    /// In a record.
    pub merged: u64,
    /// Kept aside.
    pub quarantined: u64,
    /// `parked` and `unsent` together.
    pub pending: u64,
    /// Waiting here for what they build on.
    pub parked: u64,
    /// Not sent yet, as the machines last said.
    pub unsent: u64,
    /// Gone with a record that was erased by a decision.
    pub purged: u64,
    /// Named and nowhere: what does not add up.
    pub missing: Vec<Named>,
    /// In a record and in no feed: no ward would ever get them.
    pub unfed: Vec<Named>,
    /// Whether the digest that stands at the feed is that of the ward's records.
    pub digest_ok: bool,
    /// What is kept aside, by code.
    pub codes: Vec<(String, u64)>,
}

/// A change of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Named {
    /// The record.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
}

/// A device that runs in two places.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TwoPlaces {
    /// The device.
    pub device: wardbook_base::DeviceId,
    /// What people call it.
    pub name: String,
    /// The name of its ward.
    pub ward_name: String,
    /// Since when it is known.
    pub since: Timestamp,
}

impl Replica {
    /// Draws up the account of every ward.
    pub fn ledger(&self, viewer: &Viewer) -> Result<LedgerReport, HubError> {
        viewer.must_administer()?;
        let now = self.now();
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut wards = Vec::new();
            for ward in tx.wards()? {
                wards.push(ward_ledger(tx, &ward.id, ward.name)?);
            }
            let audit_altered_at = tx.check_audit()?;
            let rotations = tx.device_events(None, EVENTS_LOOKED_AT)?.into_iter();
            let rotations = rotations.filter(|event| event.code == "rotated");
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut parked_late = parked_views(tx, &names, &mut authors, now)?;
            parked_late.retain(|parked| parked.late);
            Ok(LedgerReport {
                at: now,
                ok: audit_altered_at.is_none() && wards.iter().all(|ward| ward.ok),
                purged_documents: tx
                    .tombstones()?
                    .iter()
                    .filter(|grave| grave.reason == ForgetReason::Purged)
                    .count() as u64,
                wards,
                parked_late,
                two_places: two_places(tx.devices(None)?, &names),
                rotations: rotations.map(|event| names.event(event, viewer.lang)).collect(),
                open_releases: open_releases(tx, &names)?,
                audit_altered_at,
            })
        })
    }
}

fn ward_ledger(tx: &dyn Tx, ward: &WardId, name: String) -> Result<WardLedger, HubError> {
    let known = tx.conservation(ward)?;
    let named = |(document, hash)| Named { document, hash };
    let devices = tx.devices(Some(ward))?;
    let unsent: u64 = devices
        .iter()
        .filter(|device| device.revoked_at.is_none())
        .map(|device| device.status.pending)
        .sum();
    let mut recomputed = Digest::default();
    for state in HubPort::documents_in_scope(tx, ward)? {
        digest::replace(&mut recomputed, &state.id, state.generation, &[], &state.heads);
    }
    let stated = tx.ward_feed(ward)?.map(|feed| feed.digest).unwrap_or_default();
    let mut line = WardLedger {
        ward: ward.clone(),
        name,
        authored: known.authored + unsent,
        merged: known.merged,
        quarantined: known.quarantined,
        pending: known.parked + unsent,
        parked: known.parked,
        unsent,
        purged: known.purged,
        missing: known.missing.into_iter().map(named).collect(),
        unfed: known.unfed.into_iter().map(named).collect(),
        digest_ok: recomputed == stated,
        codes: tx.quarantine_codes(Some(ward))?,
        ok: false,
    };
    line.ok = line.adds_up();
    Ok(line)
}

impl WardLedger {
    /// authored = merged + quarantined + pending + purged, nothing missing, and the digest is right.
    pub fn adds_up(&self) -> bool {
        self.authored == self.merged + self.quarantined + self.pending + self.purged
            && self.missing.is_empty()
            && self.unfed.is_empty()
            && self.digest_ok
    }
}

fn two_places(devices: Vec<DeviceRecord>, names: &Names) -> Vec<TwoPlaces> {
    let in_two = devices.into_iter().filter(|device| device.revoked_at.is_none());
    in_two
        .filter_map(|device| {
            Some(TwoPlaces {
                since: device.two_places_since?,
                ward_name: names.ward(&device.ward),
                device: device.id,
                name: device.name,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_adds_up_only_when_every_change_is_somewhere() {
        let right = WardLedger {
            authored: 10,
            merged: 5,
            quarantined: 2,
            pending: 2,
            purged: 1,
            digest_ok: true,
            ..WardLedger::default()
        };
        assert!(right.adds_up());
        let named = Named { document: DocumentId([1; 16]), hash: ChangeHash([2; 32]) };
        let wrong = [
            WardLedger { authored: 11, ..right.clone() },
            WardLedger { missing: vec![named], ..right.clone() },
            WardLedger { unfed: vec![named], ..right.clone() },
            WardLedger { digest_ok: false, ..right.clone() },
        ];
        assert!(wrong.iter().all(|line| !line.adds_up()));
    }
}
