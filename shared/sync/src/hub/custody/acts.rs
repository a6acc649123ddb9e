//! What each act of custody does: an entry of the ledger, and items in the feeds of the wards it
//! concerns. Whether it may be done was asked before.

use wardbook_base::{DeviceId, Timestamp, WardId};

use super::append::{Scope, append, forget, grant};
use super::settle::{close_release, settle_one, wards_of};
use crate::message::ForgetReason;
use crate::ports::{
    CustodyAct, CustodyEntry, DeviceEvent, DocumentState, FeedKind, HubPort, OpenRelease,
    PortResult, Tombstone,
};

/// A decision about a document.
pub(super) struct Order<'a> {
    /// The number of its entry.
    pub(super) version: u64,
    /// Its text, for people.
    pub(super) decision: &'a str,
    /// When it was made.
    pub(super) at: Timestamp,
    /// When it is carried out: later, when it was lost and is learnt again.
    pub(super) now: Timestamp,
}

impl<'a> Order<'a> {
    /// The next decision about a document.
    pub(super) const fn next(before: &DocumentState, decision: &'a str, now: Timestamp) -> Self {
        Self { version: before.custody_version + 1, decision, at: now, now }
    }
}

/// Writes the entry of an order. The document's state with it.
pub(super) fn enter(
    port: &mut dyn HubPort,
    before: &DocumentState,
    act: CustodyAct,
    ward: &WardId,
    order: &Order<'_>,
) -> PortResult<DocumentState> {
    let mut state = before.clone();
    state.custody_version = before.custody_version.max(order.version);
    if act == CustodyAct::Transfer {
        state.ward.clone_from(ward);
    }
    port.put_custody(&CustodyEntry {
        document: state.id,
        version: order.version,
        act,
        ward: ward.clone(),
        heads: state.heads.clone(),
        decision: order.decision.to_owned(),
        at: order.at,
    })?;
    port.put_document(&state)?;
    Ok(state)
}

pub(super) fn transfer(
    port: &mut dyn HubPort,
    before: &DocumentState,
    to: &WardId,
    order: &Order<'_>,
) -> PortResult<()> {
    let (document, now) = (&before.id, order.now);
    let readers = port.readers(document)?;
    let state = enter(port, before, CustodyAct::Transfer, to, order)?;
    let released = FeedKind::Release {
        custody_version: order.version,
        custodian: to.clone(),
        decision: order.decision.to_owned(),
    };
    let seq = append(port, &before.ward, &state, released, Scope::Leaves, now)?;
    let release = OpenRelease {
        document: *document,
        ward: before.ward.clone(),
        custody_version: order.version,
        seq,
        at: now,
    };
    port.put_open_release(&release, true)?;
    // It may hold edits of an earlier custody still: they are ordinary edits again.
    close_release(port, document, to)?;
    for reader in &readers {
        if reader == to {
            port.put_reader(document, reader, false)?;
        } else {
            append(port, reader, &state, grant(&state, reader, order), Scope::Stays, now)?;
        }
    }
    let scope = if readers.contains(to) { Scope::Stays } else { Scope::Enters };
    append(port, to, &state, grant(&state, to, order), scope, now)?;
    // Where no device is left to say anything, nothing is waited for.
    let devices = port.devices_of(&before.ward)?;
    settle_one(port, &devices, &release, now)?;
    Ok(())
}

pub(super) fn lend(
    port: &mut dyn HubPort,
    before: &DocumentState,
    to: &WardId,
    order: &Order<'_>,
) -> PortResult<()> {
    let state = enter(port, before, CustodyAct::Lend, to, order)?;
    port.put_reader(&state.id, to, true)?;
    append(port, to, &state, grant(&state, to, order), Scope::Enters, order.now)?;
    Ok(())
}

pub(super) fn end_loan(
    port: &mut dyn HubPort,
    before: &DocumentState,
    ward: &WardId,
    order: &Order<'_>,
) -> PortResult<()> {
    let state = enter(port, before, CustodyAct::Return, ward, order)?;
    port.put_reader(&state.id, ward, false)?;
    // If it kept the document before the loan it may hold late edits: a node sends those first.
    close_release(port, &state.id, ward)?;
    let item = forget(order.version, ForgetReason::Moved);
    append(port, ward, &state, item, Scope::Leaves, order.now)?;
    Ok(())
}

pub(super) fn purge(
    port: &mut dyn HubPort,
    before: &DocumentState,
    order: &Order<'_>,
) -> PortResult<()> {
    let (document, now) = (&before.id, order.now);
    let readers = port.readers(document)?;
    let state = enter(port, before, CustodyAct::Purge, &before.ward, order)?;
    // Also to wards that have forgotten it: a machine that was restored there may hold it again.
    for ward in wards_of(port, document)? {
        if port.ward_feed(&ward)?.is_none() {
            continue;
        }
        let scope = if ward == before.ward || readers.contains(&ward) {
            Scope::Leaves
        } else {
            Scope::Stays
        };
        let item = forget(order.version, ForgetReason::Purged);
        append(port, &ward, &state, item, scope, now)?;
        close_release(port, document, &ward)?;
        port.put_reader(document, &ward, false)?;
    }
    for parked in port.parked_of(document)? {
        if let Some(mut row) = port.push_row(&parked.device, &parked.epoch, parked.lseq)? {
            row.parked = false;
            row.refused = Some(crate::RefusalCode::Purged.as_str().to_owned());
            port.put_push_row(&row)?;
        }
        port.unpark(document, &parked.hash)?;
    }
    port.forget_document(&Tombstone {
        document: *document,
        generation: state.generation,
        reason: ForgetReason::Purged,
        at: now,
    })?;
    port.note_event(&DeviceEvent {
        at: now,
        device: DeviceId::default(),
        code: "purged".to_owned(),
        detail: format!("document={document} custody={}", order.version),
    })
}
