//! Whether a device and the hub agree about the past: about the device's log and about the feed.
//!
//! A restored hub hears of positions that it does not know. Whether they are its own lost word or
//! an error of the sender, only a token can tell (see [`crate::token`]).

use wardbook_base::{AuthorEpoch, Chain, FeedEpoch, Lseq};

use super::{Context, HubError, logs};
use crate::RejectCode;
use crate::chain;
use crate::message::{EpochState, Refused, Request};
use crate::ports::{DeviceRecord, HubPort, PortResult, PushLog, PushRow};

/// What a request shows about the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Both ends tell the same.
    Agreed,
    /// They do not.
    Disagreed {
        /// What to tell the device.
        state: EpochState,
        /// The hub was put back to an older copy and did not know it: its feeds need a new
        /// incarnation.
        renew: bool,
    },
}

impl Standing {
    const fn device(state: EpochState) -> Self {
        Self::Disagreed { state, renew: false }
    }

    const fn hub(renew: bool) -> Self {
        Self::Disagreed { state: EpochState::HubRolledBack, renew }
    }
}

/// Whether the device's position stands on this hub's feed.
///
/// A new incarnation of the feed keeps positions and chains, so a device that has seen nothing of
/// what was lost simply goes on in it.
pub(super) fn of_feed(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Standing, HubError> {
    let Some(position) = request.pull else { return Ok(Standing::Agreed) };
    if port.feed_chain(&device.ward, position.seq)? == Some(position.chain) {
        return Ok(Standing::Agreed);
    }
    if position.epoch != port.feed_epoch()? {
        // A device that compares documents is on its way out of this already.
        let comparing = request.detail.is_some();
        return Ok(if comparing { Standing::Agreed } else { Standing::hub(false) });
    }
    if request.pull_token == Some(ctx.tokens.feed(&device.ward, &position)) {
        return Ok(Standing::hub(true));
    }
    Err(RejectCode::Malformed.into())
}

/// Whether the device's log goes on from what the hub has of it. Collects the refusals of items
/// that were sent before and whose answer was lost.
pub(super) fn of_log(
    port: &dyn HubPort,
    device: &DeviceRecord,
    log: Option<&PushLog>,
    request: &Request,
    ctx: &Context<'_>,
    refused: &mut Vec<Refused>,
) -> Result<Standing, HubError> {
    let push = &request.push;
    let Some(log) = log.filter(|log| push.after <= log.acked) else {
        return beyond(port, device, log, request, ctx);
    };
    if push.after < log.confirmed {
        return Ok(Standing::device(EpochState::RolledBack));
    }
    if push.chain != chain_at(port, log, push.after)? {
        return Ok(Standing::device(EpochState::Cloned));
    }
    // The hub holds changes that a device with nothing to send does not remember.
    if push.after < log.acked && push.items.is_empty() {
        return Ok(Standing::device(EpochState::RolledBack));
    }
    resent(port, log, request, refused)
}

/// The device names a position that the hub does not know: the beginning of a new log, or
/// something that the hub lost.
fn beyond(
    port: &dyn HubPort,
    device: &DeviceRecord,
    log: Option<&PushLog>,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Standing, HubError> {
    let push = &request.push;
    if log.is_none() && push.after == Lseq(0) && push.chain == Chain::default() {
        return opens(port, &request.epoch);
    }
    let word = ctx.tokens.acknowledged(&device.id, &request.epoch, push.after, &push.chain);
    if push.token != Some(word) {
        return Err(RejectCode::Malformed.into());
    }
    Ok(Standing::hub(in_epoch(request, port.feed_epoch()?)))
}

/// Positions of a former incarnation prove nothing about this one: so a request that is sent
/// again and again cannot renew the feeds again and again.
fn in_epoch(request: &Request, feed: FeedEpoch) -> bool {
    request.pull.is_some_and(|position| position.epoch == feed)
}

/// An epoch belongs to one database for ever: else one device could write as another.
fn opens(port: &dyn HubPort, epoch: &AuthorEpoch) -> Result<Standing, HubError> {
    let (_, own) = port.hub()?;
    let taken = *epoch == own || *epoch == AuthorEpoch::default();
    if taken || port.log_owner(epoch)?.is_some() {
        return Err(RejectCode::Malformed.into());
    }
    Ok(Standing::Agreed)
}

fn chain_at(port: &dyn HubPort, log: &PushLog, lseq: Lseq) -> PortResult<Chain> {
    if lseq == log.acked {
        return Ok(log.acked_chain);
    }
    if lseq == Lseq(0) {
        return Ok(Chain::default());
    }
    Ok(logs::row(port, log, lseq)?.chain)
}

/// Compares the items that were sent before with what is stored of them. The answer leads the device to
/// where its log stands here, so it also tells what was refused of a longer request that came before.
fn resent(
    port: &dyn HubPort,
    log: &PushLog,
    request: &Request,
    refused: &mut Vec<Refused>,
) -> Result<Standing, HubError> {
    let mut lseq = request.push.after;
    for item in &request.push.items {
        lseq = lseq.next();
        if lseq > log.acked {
            break;
        }
        let row = logs::row(port, log, lseq)?;
        let sent = (item.document, chain::pushed_hash(item), item.notice);
        if (row.document, row.hash, row.notice) != sent {
            return Ok(Standing::device(EpochState::Cloned));
        }
        refused.extend(refusal(row));
    }
    while lseq < log.acked {
        lseq = lseq.next();
        refused.extend(refusal(logs::row(port, log, lseq)?));
    }
    Ok(Standing::Agreed)
}

fn refusal(row: PushRow) -> Option<Refused> {
    let PushRow { lseq, hash, refused, because_of, .. } = row;
    refused.map(|code| Refused { lseq, hash, code, because_of })
}
