//! The custody ledger: which ward may write a document, which may read it, and who must forget it.
//!
//! Every act is an entry of the ledger and items in the feeds of the wards it concerns, in one
//! transaction. Rows of a feed are never rewritten: what a ward may not see any more is served as
//! a bare position (`feed_item`), so that any old position can still be pulled from.

mod append;
mod error;
mod serve;
mod settle;

use wardbook_base::{DeviceId, DocumentId, FeedPosition, Timestamp, WardId};

use crate::message::{Digest, ForgetReason};
use crate::ports::{
    CustodyAct, CustodyEntry, DeviceEvent, DocumentState, FeedKind, HubPort, OpenRelease,
    PortResult, Tombstone, WardFeed,
};

use append::{Scope, append, forget, forget_hash, grant};
pub(crate) use append::{release_hash, review};
pub use error::CustodyError;
pub(crate) use serve::feed_item;
pub(crate) use settle::recall;
pub use settle::{Receipt, receipts, settle};
use settle::{close_release, settle_one, wards_of};
pub(super) use settle::{lost_to, noticed};

/// The longest decision text, in bytes: it travels in the feed items.
pub const DECISION_BYTES_MAX: usize = 300;

/// What a re-homing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rehomed {
    /// Documents whose custody went to the other ward.
    pub moved: u64,
    /// Documents of third wards that were lent to the one and are lent to the other now.
    pub lent: u64,
}

/// Gives a document to another ward (điều động, luân chuyển). The number of the ledger entry.
///
/// A ward to which the document was lent becomes its custodian without losing it; other readers
/// stay readers.
///
/// # Errors
/// When there is nothing to give or nobody to give it to, and when the store fails.
pub fn transfer(
    port: &mut dyn HubPort,
    document: &DocumentId,
    to: &WardId,
    decision: &str,
    now: Timestamp,
) -> Result<u64, CustodyError> {
    let before = held(port, document, decision)?;
    known(port, to)?;
    if before.ward == *to {
        return Err(CustodyError::SameWard(to.clone()));
    }
    let readers = port.readers(document)?;
    let state = enter(port, &before, CustodyAct::Transfer, to, decision, now)?;
    let version = state.custody_version;
    let released = FeedKind::Release {
        custody_version: version,
        custodian: to.clone(),
        decision: decision.to_owned(),
    };
    let seq = append(port, &before.ward, &state, released, Scope::Leaves, now)?;
    let release = OpenRelease {
        document: *document,
        ward: before.ward.clone(),
        custody_version: version,
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
            append(port, reader, &state, grant(&state, reader, decision), Scope::Stays, now)?;
        }
    }
    let scope = if readers.contains(to) { Scope::Stays } else { Scope::Enters };
    append(port, to, &state, grant(&state, to, decision), scope, now)?;
    // Where no device is left to say anything, nothing is waited for.
    let devices = port.devices_of(&before.ward)?;
    settle_one(port, &devices, &release, now)?;
    Ok(version)
}

/// Lends a document to a ward, which may read it from then on (biệt phái). The number of the
/// ledger entry.
///
/// # Errors
/// When the ward has it already, or is not known, and when the store fails.
pub fn lend(
    port: &mut dyn HubPort,
    document: &DocumentId,
    to: &WardId,
    decision: &str,
    now: Timestamp,
) -> Result<u64, CustodyError> {
    let before = held(port, document, decision)?;
    known(port, to)?;
    if before.ward == *to {
        return Err(CustodyError::SameWard(to.clone()));
    }
    if port.readers(document)?.contains(to) {
        return Err(CustodyError::AlreadyLent(to.clone()));
    }
    let state = enter(port, &before, CustodyAct::Lend, to, decision, now)?;
    port.put_reader(document, to, true)?;
    append(port, to, &state, grant(&state, to, decision), Scope::Enters, now)?;
    Ok(state.custody_version)
}

/// Ends a loan: the reader must forget the document. The number of the ledger entry.
///
/// # Errors
/// When the document is not lent to that ward, and when the store fails.
pub fn end_loan(
    port: &mut dyn HubPort,
    document: &DocumentId,
    ward: &WardId,
    decision: &str,
    now: Timestamp,
) -> Result<u64, CustodyError> {
    let before = held(port, document, decision)?;
    if !port.readers(document)?.contains(ward) {
        return Err(CustodyError::NotLent(ward.clone()));
    }
    let state = enter(port, &before, CustodyAct::Return, ward, decision, now)?;
    port.put_reader(document, ward, false)?;
    // If it kept the document before the loan it may hold late edits: a node sends those first.
    close_release(port, document, ward)?;
    append(port, ward, &state, forget(&state, ForgetReason::Moved), Scope::Leaves, now)?;
    Ok(state.custody_version)
}

/// Erases a document for good, here and at every ward that ever had it. The number of the ledger
/// entry. Its id is never taken again.
///
/// # Errors
/// When the document is not here (any more), and when the store fails.
pub fn purge(
    port: &mut dyn HubPort,
    document: &DocumentId,
    decision: &str,
    now: Timestamp,
) -> Result<u64, CustodyError> {
    // A purge that was begun elsewhere (its key is destroyed already) is brought to its end.
    let before = match port.document(document)? {
        Some(state) if decision.len() <= DECISION_BYTES_MAX => state,
        _ => held(port, document, decision)?,
    };
    let readers = port.readers(document)?;
    let state = enter(port, &before, CustodyAct::Purge, &before.ward, decision, now)?;
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
        append(port, &ward, &state, forget(&state, ForgetReason::Purged), scope, now)?;
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
        detail: format!("document={document} custody={}", state.custody_version),
    })?;
    Ok(state.custody_version)
}

/// Gives all that a ward has to another one: a merger. Documents that were lent to it are lent to
/// the other, or are the other's own. Doing it again moves what has come since.
///
/// # Errors
/// When one of the wards is not known or both are one, and when the store fails.
pub fn rehome(
    port: &mut dyn HubPort,
    from: &WardId,
    to: &WardId,
    decision: &str,
    now: Timestamp,
) -> Result<Rehomed, CustodyError> {
    known(port, from)?;
    known(port, to)?;
    if from == to {
        return Err(CustodyError::SameWard(to.clone()));
    }
    let mut rehomed = Rehomed::default();
    for state in port.documents_in_scope(from)? {
        if state.ward == *from {
            transfer(port, &state.id, to, decision, now)?;
            rehomed.moved += 1;
            continue;
        }
        if state.ward != *to && !port.readers(&state.id)?.contains(to) {
            lend(port, &state.id, to, decision, now)?;
            rehomed.lent += 1;
        }
        end_loan(port, &state.id, from, decision, now)?;
    }
    Ok(rehomed)
}

/// Gives a ward that has no device yet a feed, so that documents can go there. Opening it again
/// changes nothing.
///
/// # Errors
/// When the store fails.
pub fn open_ward(port: &mut dyn HubPort, ward: &WardId) -> PortResult<()> {
    if port.ward_feed(ward)?.is_some() {
        return Ok(());
    }
    let position = FeedPosition { epoch: port.feed_epoch()?, ..FeedPosition::default() };
    port.put_ward_feed(&WardFeed { ward: ward.clone(), position, digest: Digest::default() })
}

/// Whether a ward may read a document.
pub(crate) fn in_scope(
    port: &dyn HubPort,
    state: &DocumentState,
    ward: &WardId,
) -> PortResult<bool> {
    Ok(state.ward == *ward || port.readers(&state.id)?.contains(ward))
}

/// The document, where custody of it can change.
fn held(
    port: &dyn HubPort,
    document: &DocumentId,
    decision: &str,
) -> Result<DocumentState, CustodyError> {
    if decision.len() > DECISION_BYTES_MAX {
        return Err(CustodyError::DecisionTooLong);
    }
    if port.tombstone(document)?.is_some_and(|grave| grave.reason == ForgetReason::Purged) {
        return Err(CustodyError::Purged(*document));
    }
    port.document(document)?.ok_or(CustodyError::UnknownDocument(*document))
}

fn known(port: &dyn HubPort, ward: &WardId) -> Result<(), CustodyError> {
    match port.ward_feed(ward)? {
        Some(_) => Ok(()),
        None => Err(CustodyError::UnknownWard(ward.clone())),
    }
}

/// Writes the next entry of the ledger. The document's state with it.
fn enter(
    port: &mut dyn HubPort,
    before: &DocumentState,
    act: CustodyAct,
    ward: &WardId,
    decision: &str,
    now: Timestamp,
) -> PortResult<DocumentState> {
    let mut state = before.clone();
    state.custody_version += 1;
    if act == CustodyAct::Transfer {
        state.ward.clone_from(ward);
    }
    port.put_custody(&CustodyEntry {
        document: state.id,
        version: state.custody_version,
        act,
        ward: ward.clone(),
        heads: state.heads.clone(),
        decision: decision.to_owned(),
        at: now,
    })?;
    port.put_document(&state)?;
    Ok(state)
}
