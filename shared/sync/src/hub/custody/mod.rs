//! The custody ledger: which ward may write a document, which may read it, and who must forget it.
//!
//! Every act is an entry of the ledger and items in the feeds of the wards it concerns, in one
//! transaction. Rows of a feed are never rewritten: what a ward may not see any more is served as
//! a bare position (`feed_item`), so that any old position can still be pulled from.

mod acts;
mod append;
mod error;
mod relearn;
mod serve;
mod settle;

use wardbook_base::{DocumentId, FeedPosition, Timestamp, WardId};

use crate::message::{Digest, ForgetReason};
use crate::ports::{DocumentState, HubPort, PortResult, WardFeed};

use acts::Order;
use append::{Scope, append, forget, forget_hash};
pub(crate) use append::{release_hash, review};
pub use error::CustodyError;
pub(crate) use relearn::words_for;
pub(super) use relearn::{birthplace, can_learn, learn, teaches};
pub(crate) use serve::feed_item;
pub(crate) use settle::recall;
pub use settle::{Receipt, receipts, settle};
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
    let order = Order::next(&before, decision, now);
    acts::transfer(port, &before, to, &order)?;
    Ok(order.version)
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
    let order = Order::next(&before, decision, now);
    acts::lend(port, &before, to, &order)?;
    Ok(order.version)
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
    let order = Order::next(&before, decision, now);
    acts::end_loan(port, &before, ward, &order)?;
    Ok(order.version)
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
    let order = Order::next(&before, decision, now);
    acts::purge(port, &before, &order)?;
    Ok(order.version)
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
