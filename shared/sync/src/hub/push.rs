//! Judges a push: first whether the device and the hub agree about the past, then each change.

use std::collections::BTreeMap;

use wardbook_base::limits::{PUSH_CHANGES_MAX, PUSH_OPERATIONS_MAX};
use wardbook_base::{Chain, ChangeHash, DocumentId, Lseq};

use super::HubError;
use super::feed::{self, Cut};
use crate::chain::{self, Kind};
use crate::check::{Author, Custody, DocumentMoves, Judge, Judged, Rule, item_hash};
use crate::message::{EpochState, PROTOCOL, Refused, Request};
use crate::ports::{ChangeMeta, DeviceRecord, HubPort, PortResult};
use crate::{Refusal, RejectCode, SyncSchema};

/// A request that was judged. Nothing is written yet.
#[derive(Debug)]
pub struct Prepared {
    /// The device as it was then.
    pub(super) device: DeviceRecord,
    /// Whether device and hub agree about the device's log and the feed.
    pub(super) standing: EpochState,
    /// The items that are new to the push log.
    pub(super) judged: Vec<JudgedItem>,
    /// All refused items of this push, those of an earlier sending included.
    pub(super) refused: Vec<Refused>,
    /// The documents that were looked at.
    pub(super) moves: BTreeMap<DocumentId, DocumentMoves>,
    /// The feed, when the push brings nothing that would move it.
    pub(super) feed: Option<Cut>,
}

/// One item of a push and what becomes of it.
#[derive(Debug)]
pub(super) struct JudgedItem {
    pub(super) index: usize,
    pub(super) lseq: Lseq,
    pub(super) chain: Chain,
    pub(super) hash: ChangeHash,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
pub(super) enum Verdict {
    New(ChangeMeta),
    Known,
    Refused(Refusal),
}

impl Prepared {
    /// Whether what was judged is still what is there.
    pub(super) fn still_holds(
        &self,
        port: &dyn HubPort,
        device: &DeviceRecord,
    ) -> PortResult<bool> {
        let was = &self.device;
        let same_device = was.acked == device.acked
            && was.acked_chain == device.acked_chain
            && was.confirmed == device.confirmed
            && was.epoch == device.epoch
            && was.ward == device.ward;
        if !same_device {
            return Ok(false);
        }
        for (id, moved) in &self.moves {
            if port.document(id)? != moved.before {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

pub(super) fn prepare(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    schema: &SyncSchema,
) -> Result<Prepared, HubError> {
    if request.protocol_min > PROTOCOL || request.protocol_max < PROTOCOL {
        return Err(RejectCode::ProtocolNotSpoken.into());
    }
    if request.push.items.len() > PUSH_CHANGES_MAX {
        return Err(RejectCode::TooMuch.into());
    }
    let mut prepared = Prepared {
        device: device.clone(),
        standing: feed_standing(port, device, request)?,
        judged: Vec::new(),
        refused: Vec::new(),
        moves: BTreeMap::new(),
        feed: None,
    };
    if prepared.standing == EpochState::Ok {
        prepared.standing = log_standing(port, device, request, &mut prepared.refused)?;
    }
    if prepared.standing != EpochState::Ok {
        return Ok(prepared);
    }
    judge_items(port, request, schema, &mut prepared)?;
    if prepared.judged.is_empty() {
        prepared.feed = Some(feed::cut(port, device, request, prepared.refused.len())?);
    }
    Ok(prepared)
}

/// Whether the device's position stands on this hub's feed.
fn feed_standing(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
) -> PortResult<EpochState> {
    let Some(position) = request.pull else { return Ok(EpochState::Ok) };
    let known = position.epoch == port.feed_epoch()?
        && port.feed_chain(&device.ward, position.seq)? == Some(position.chain);
    Ok(if known { EpochState::Ok } else { EpochState::HubRolledBack })
}

/// Whether the device's log goes on from what the hub has of it. Collects the refusals of items
/// that were sent before and whose answer was lost.
fn log_standing(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    refused: &mut Vec<Refused>,
) -> PortResult<EpochState> {
    let push = &request.push;
    if push.after > device.acked {
        return Ok(EpochState::HubRolledBack);
    }
    if push.after < device.confirmed {
        return Ok(EpochState::RolledBack);
    }
    if request.epoch != device.epoch {
        return Ok(EpochState::Cloned);
    }
    if push.after == device.acked {
        let same = push.chain == device.acked_chain;
        return Ok(if same { EpochState::Ok } else { EpochState::Cloned });
    }
    if push.chain != chain_at(port, device, push.after)? {
        return Ok(EpochState::Cloned);
    }
    // The hub holds changes that a device with nothing to send does not remember.
    if push.items.is_empty() {
        return Ok(EpochState::RolledBack);
    }
    resent(port, device, request, refused)
}

fn chain_at(port: &dyn HubPort, device: &DeviceRecord, lseq: Lseq) -> PortResult<Chain> {
    if lseq == Lseq(0) {
        return Ok(Chain::default());
    }
    let row = port.push_row(&device.id, lseq)?;
    row.map(|row| row.chain).ok_or_else(|| super::PortError("a push log has a gap".into()))
}

/// Compares the items that were sent before with what is stored of them.
fn resent(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    refused: &mut Vec<Refused>,
) -> PortResult<EpochState> {
    let mut lseq = request.push.after;
    for item in &request.push.items {
        lseq = lseq.next();
        if lseq > device.acked {
            break;
        }
        let Some(row) = port.push_row(&device.id, lseq)? else {
            return Err(super::PortError("a push log has a gap".into()));
        };
        if row.document != item.document || row.hash != item_hash(&item.change) {
            return Ok(EpochState::Cloned);
        }
        if let Some(code) = row.refused {
            refused.push(Refused { lseq, hash: row.hash, code, because_of: row.because_of });
        }
    }
    Ok(EpochState::Ok)
}

/// Judges the items after `device.acked`, in order.
fn judge_items(
    port: &dyn HubPort,
    request: &Request,
    schema: &SyncSchema,
    prepared: &mut Prepared,
) -> Result<(), HubError> {
    let device = &prepared.device;
    let rule =
        Rule { author: Author::Epoch(device.epoch), custody: Custody::Ward(device.ward.clone()) };
    let mut judge = Judge::new(port, schema);
    let (mut lseq, mut chain) = (device.acked, device.acked_chain);
    let known = usize::try_from(device.acked.0 - request.push.after.0).unwrap_or(usize::MAX);
    for (index, item) in request.push.items.iter().enumerate().skip(known) {
        let hash = item_hash(&item.change);
        lseq = lseq.next();
        chain = chain::next(&chain, Kind::PushChange, &item.document, 0, &hash);
        let verdict = match judge.judge(&item.document, &item.change, &rule)? {
            Judged::New(meta) => Verdict::New(meta),
            Judged::Known(_) => Verdict::Known,
            Judged::Refused(refusal) => {
                let code = refusal.code().to_owned();
                let because_of = refusal.because_of;
                prepared.refused.push(Refused { lseq, hash, code, because_of });
                Verdict::Refused(refusal)
            }
        };
        prepared.judged.push(JudgedItem { index, lseq, chain, hash, verdict });
        if judge.operations() > PUSH_OPERATIONS_MAX {
            return Err(RejectCode::TooMuch.into());
        }
    }
    prepared.moves = judge.into_moves();
    Ok(())
}
