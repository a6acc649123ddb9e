//! Letting a ward forget what it gave away, and who has said that it did.

use std::collections::BTreeSet;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, Lseq, Timestamp, WardId};

use super::{Scope, append, forget, forget_hash, in_scope, release_hash};
use crate::message::{ForgetReason, Notice};
use crate::ports::{
    CustodyAct, CustodyEntry, DeviceRecord, DocumentState, FeedKind, HubPort, OpenRelease,
    PortResult,
};

/// Whether one device has said that it holds nothing of a document any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The device's ward, which once had the document in its scope.
    pub ward: WardId,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// It may not call any more: no receipt will come.
    pub revoked: bool,
    /// It has said so.
    pub forgotten: bool,
}

/// Tells a ward to forget what it gave away, where the hub has all that its devices wrote before
/// they knew. How many documents. To be called after a push brought notices, and after a device
/// was revoked.
///
/// # Errors
/// When the store fails.
pub fn settle(port: &mut dyn HubPort, ward: &WardId, now: Timestamp) -> PortResult<u64> {
    let open = port.open_releases(ward)?;
    if open.is_empty() {
        return Ok(0);
    }
    let devices = port.devices_of(ward)?;
    let mut settled = 0;
    for release in open {
        settled += u64::from(settle_one(port, &devices, &release, now)?);
    }
    Ok(settled)
}

/// The same for one release. Whether it is over.
pub(super) fn settle_one(
    port: &mut dyn HubPort,
    devices: &[DeviceRecord],
    release: &OpenRelease,
    now: Timestamp,
) -> PortResult<bool> {
    let Some(state) = port.document(&release.document)? else {
        port.put_open_release(release, false)?;
        return Ok(false);
    };
    if !all_noticed(port, devices, release)? {
        return Ok(false);
    }
    port.put_open_release(release, false)?;
    // Lent back meanwhile: the end of that loan tells it to forget.
    if in_scope(port, &state, &release.ward)? {
        return Ok(false);
    }
    append(
        port,
        &release.ward,
        &state,
        forget(state.custody_version, ForgetReason::Moved),
        Scope::Stays,
        now,
    )?;
    Ok(true)
}

/// Tells a ward once more what took a document out of its scope: a device that compared lists has
/// jumped over the items that said so. Nothing happens when it is in scope, and nothing when the
/// ledger does not name the ward: a hub that was put back may have lost how the ward came to it.
///
/// # Errors
/// When the store fails.
pub(crate) fn recall(
    port: &mut dyn HubPort,
    ward: &WardId,
    document: &DocumentId,
    now: Timestamp,
) -> PortResult<()> {
    let ledger = port.custody(document)?;
    if ledger.iter().all(|entry| entry.ward != *ward) {
        return Ok(());
    }
    let grave = port.tombstone(document)?;
    let state = match (port.document(document)?, &grave) {
        (Some(state), _) if in_scope(port, &state, ward)? => return Ok(()),
        (Some(state), _) => state,
        (None, Some(grave)) => DocumentState {
            id: *document,
            ward: ward.clone(),
            custody_version: ledger.last().map_or(1, |entry| entry.version),
            generation: grave.generation,
            heads: Vec::new(),
        },
        (None, None) => return Ok(()),
    };
    if let Some(grave) = grave {
        let purge = ledger.iter().find(|entry| entry.act == CustodyAct::Purge);
        let version = purge.map_or(state.custody_version, |entry| entry.version);
        append(port, ward, &state, forget(version, grave.reason), Scope::Stays, now)?;
        return Ok(());
    }
    let Some((version, custodian)) = lost_to(&ledger, ward) else {
        // It never kept the document: a loan that is over.
        append(
            port,
            ward,
            &state,
            forget(state.custody_version, ForgetReason::Moved),
            Scope::Stays,
            now,
        )?;
        return Ok(());
    };
    let custodian = custodian.clone();
    let released =
        FeedKind::Release { custody_version: version, custodian, decision: String::new() };
    let seq = append(port, ward, &state, released, Scope::Stays, now)?;
    close_release(port, document, ward)?;
    let release = OpenRelease {
        document: *document,
        ward: ward.clone(),
        custody_version: version,
        seq,
        at: now,
    };
    port.put_open_release(&release, true)
}

/// Which devices of the wards that ever had a document have said that they hold nothing of it. Of
/// a purged document only what they said of the purge counts.
///
/// # Errors
/// When the store fails.
pub fn receipts(port: &dyn HubPort, document: &DocumentId) -> PortResult<Vec<Receipt>> {
    let ledger = port.custody(document)?;
    let purge = ledger.iter().find(|entry| entry.act == CustodyAct::Purge);
    let item = purge.map(|entry| forget_hash(entry.version, ForgetReason::Purged));
    let mut receipts = Vec::new();
    for ward in wards_of(port, document)? {
        for device in port.devices_of(&ward)? {
            let mut forgotten = false;
            for log in port.push_logs(&device.id)? {
                let said = noticed(port, (&device.id, &log.epoch), document, Notice::Forgotten)?;
                forgotten |= said.is_some_and(|(_, hash)| item.is_none_or(|item| item == hash));
            }
            receipts.push(Receipt {
                ward: ward.clone(),
                device: device.id,
                name: device.name,
                revoked: device.revoked_at.is_some(),
                forgotten,
            });
        }
    }
    Ok(receipts)
}

/// The newest notice of a log about a document: where it stands and which feed item it is about.
pub(in crate::hub) fn noticed(
    port: &dyn HubPort,
    (device, epoch): (&DeviceId, &AuthorEpoch),
    document: &DocumentId,
    notice: Notice,
) -> PortResult<Option<(Lseq, ChangeHash)>> {
    let Some(lseq) = port.noticed(device, epoch, document, notice)? else { return Ok(None) };
    let row = port.push_row(device, epoch, lseq)?;
    Ok(row.map(|row| (lseq, row.hash)))
}

/// The entry by which a ward last lost a document, and to whom. `None` when it never had it.
pub(in crate::hub) fn lost_to<'l>(
    ledger: &'l [CustodyEntry],
    ward: &WardId,
) -> Option<(u64, &'l WardId)> {
    let kept: Vec<_> = ledger.iter().filter(|entry| moves(entry)).collect();
    let lost = kept.windows(2).rfind(|pair| pair[0].ward == *ward)?;
    Some((lost[1].version, &lost[1].ward))
}

/// The ward that could write once an entry of the ledger was in force.
fn custodian_at(ledger: &[CustodyEntry], version: u64) -> Option<&WardId> {
    let last = ledger.iter().rfind(|entry| entry.version <= version && moves(entry));
    last.map(|entry| &entry.ward)
}

/// Whether an entry says which ward may write.
pub(super) const fn moves(entry: &CustodyEntry) -> bool {
    is_move(entry.act)
}

/// Whether an act says which ward may write.
pub(super) const fn is_move(act: CustodyAct) -> bool {
    matches!(act, CustodyAct::Born | CustodyAct::Transfer)
}

pub(super) fn close_release(
    port: &mut dyn HubPort,
    document: &DocumentId,
    ward: &WardId,
) -> PortResult<()> {
    for open in port.open_releases(ward)? {
        if open.document == *document {
            port.put_open_release(&open, false)?;
        }
    }
    Ok(())
}

/// Every ward that ever had a document in its scope.
pub(super) fn wards_of(port: &dyn HubPort, document: &DocumentId) -> PortResult<BTreeSet<WardId>> {
    Ok(port.custody(document)?.into_iter().map(|entry| entry.ward).collect())
}

/// Whether all devices that may hold late edits have said that they know of a release. What a
/// device wrote before it said so is in front of it in the same log, and so it is here.
fn all_noticed(
    port: &dyn HubPort,
    devices: &[DeviceRecord],
    release: &OpenRelease,
) -> PortResult<bool> {
    let ledger = port.custody(&release.document)?;
    let Some(custodian) = custodian_at(&ledger, release.custody_version) else {
        return Ok(false);
    };
    let item = release_hash(release.custody_version, custodian);
    for device in devices.iter().filter(|device| device.revoked_at.is_none()) {
        // It joined later: it got no bytes of the document.
        if device.enrolled_at > release.at {
            continue;
        }
        let mut called = false;
        for log in port.push_logs(&device.id)? {
            // A log that was left is silent; one that has not called since may be a machine that
            // is switched off, but the device must have called with one of them.
            if log.left_for.is_some() || log.last_contact.is_none_or(|at| at < release.at) {
                continue;
            }
            let said =
                noticed(port, (&device.id, &log.epoch), &release.document, Notice::Released)?;
            if said.is_none_or(|(_, hash)| hash != item) {
                return Ok(false);
            }
            called = true;
        }
        if !called {
            return Ok(false);
        }
    }
    Ok(true)
}
