//! Own edits, and own edits that are written anew.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId};

use super::{NodeError, UNENROLLED, custody};
use crate::check::{Author, Custody, Judge, Judged, Rule};
use crate::message::ForgetReason;
use crate::ports::{ChangeMeta, Membership, NodePort, PortError, PortResult, StoredChange};
use crate::{Refusal, RefusalCode, SyncSchema};

/// An own edit: the checks that the hub will make, then the store, the heads and the push log. Only
/// when this is durable may a screen say "đã lưu". Nothing is written when it is refused.
///
/// # Errors
/// With the refusal when the change would be refused by the hub: `NotCustodian` for a document
/// that another ward keeps.
pub fn record_local(
    port: &mut dyn NodePort,
    document: &DocumentId,
    bytes: &[u8],
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<ChangeMeta, NodeError> {
    let ward = ward_of(port.membership()?.as_ref())?;
    let state = port.document(document)?;
    if state.is_none()
        && port.tombstone(document)?.is_some_and(|it| it.reason == ForgetReason::Moved)
    {
        // It was forgotten here: another ward keeps it, under this id.
        return Err(Refusal::from(RefusalCode::NotCustodian).into());
    }
    // Made before enrolment: the ward's own, though it does not say so yet.
    let unenrolled = state.is_some_and(|state| state.ward.as_str() == UNENROLLED);
    let custody = if unenrolled { Custody::Any(ward.clone()) } else { Custody::Ward(ward.clone()) };
    let (meta, new) = store(port, document, bytes, custody, Some(&ward), now, schema)?;
    if new {
        custody::append(port, None, document, &meta.hash, now)?;
    }
    Ok(meta)
}

/// An edit that was set aside, written anew: `bytes` take the place of `original`, which is off
/// the queue then. The document may be another ward's by now: the edit was made before that.
///
/// # Errors
/// With the refusal when the copy would be refused by the hub.
pub fn record_copy(
    port: &mut dyn NodePort,
    document: &DocumentId,
    original: &ChangeHash,
    bytes: &[u8],
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<ChangeMeta, NodeError> {
    let ward = ward_of(port.membership()?.as_ref())?;
    let (meta, new) = store(port, document, bytes, Custody::Any(ward), None, now, schema)?;
    if new {
        custody::append_before_notice(port, document, &meta.hash, now)?;
    }
    port.put_replaced(document, original, &meta.hash)?;
    port.put_reauthor(document, original, false)?;
    Ok(meta)
}

/// The change of the document that stands in the place of one that was set aside: as what it was
/// written anew, through several times if need be. None when that was taken out as well, or when it
/// was never written anew.
///
/// # Errors
/// When the store fails.
pub fn stands_as(
    port: &dyn NodePort,
    document: &DocumentId,
    original: &ChangeHash,
) -> PortResult<Option<ChangeHash>> {
    let mut seen = BTreeSet::new();
    let mut at = *original;
    // Something that would have changed nothing is noted as its own copy.
    while seen.insert(at) {
        let Some(kept) = port.quarantined(document, &at)? else { return Ok(None) };
        let Some(copy) = kept.replaced_by else { return Ok(None) };
        if port.change_meta(document, &copy)?.is_some() {
            return Ok(Some(copy));
        }
        at = copy;
    }
    Ok(None)
}

/// Checks and stores one own change; whether it is new. `ward`: whose the document is from now on.
fn store(
    port: &mut dyn NodePort,
    document: &DocumentId,
    bytes: &[u8],
    custody: Custody,
    ward: Option<&WardId>,
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<(ChangeMeta, bool), NodeError> {
    let rule = Rule { author: Author::Epoch(port.author_epoch()?), custody };
    let mut judge = Judge::new(&*port, schema);
    let meta = match judge.judge(document, bytes, &rule)? {
        Judged::New(meta) => meta,
        Judged::Known(meta) => return Ok((meta, false)),
        Judged::Refused(refusal) => return Err(refusal.into()),
    };
    let after: Vec<_> = judge.moved().collect();
    for mut moved in after {
        if let Some(ward) = ward {
            moved.ward.clone_from(ward);
        }
        port.put_document(&moved)?;
    }
    let author = port.membership()?.map_or(DeviceId::default(), |member| member.device);
    let bytes = bytes.to_vec();
    port.put_change(&StoredChange { meta: meta.clone(), bytes, author, received_at: now })?;
    Ok((meta, true))
}

fn ward_of(membership: Option<&Membership>) -> PortResult<WardId> {
    match membership {
        Some(membership) => Ok(membership.ward.clone()),
        None => UNENROLLED.parse().map_err(|error| PortError(Box::new(error))),
    }
}
