//! Takes an answer in, from the word on the past to the proof of equality.

use super::intake::Intake;
use super::steps::{self, Spelled, Step};
use super::{Arrived, Context, NodeError, Outcome, ack, compare, custody, heal};
use crate::chain;
use crate::digest::ALL_BUCKETS;
use crate::message::{EpochState, Request, Response, RotationReason};
use crate::ports::{Membership, NodeMode, NodePort, PortResult};

/// Takes an answer in. To be called inside one write transaction, which an error must undo.
/// Taking the same answer twice, or an older one, changes nothing.
///
/// Afterwards, in the same transaction, the caller writes anew what stands in
/// [`NodePort::to_reauthor`] (see [`super::record_copy`]).
///
/// # Errors
/// When the answer contradicts itself or the store fails.
pub fn apply_response(
    port: &mut dyn NodePort,
    request: &Request,
    mut response: Response,
    ctx: &Context<'_>,
) -> Result<Outcome, NodeError> {
    let membership = port.membership()?.ok_or(NodeError::NotEnrolled)?;
    let (log_before, healing) = (port.push_head()?.0, !port.orphans()?.is_empty());
    let mut outcome = Outcome {
        acked: port.acked()?.0,
        position: port.feed_position()?,
        retry_after_s: response.retry_after_s,
        server_time: response.server_time,
        ..Outcome::default()
    };
    if request.epoch != port.author_epoch()? {
        // It was asked by what this database was before it took a new epoch.
        outcome.stale = true;
        return Ok(outcome);
    }
    if response.epoch_state != EpochState::Ok {
        disagreed(port, request, &response, ctx, &mut outcome)?;
        return Ok(outcome);
    }
    let items = std::mem::take(&mut response.feed.items);
    if !is_own_log(port, request, &response)? {
        // The hub holds other changes of this very log: this is an older copy, or one of two.
        outcome.epoch_state = EpochState::RolledBack;
        rotate(port, RotationReason::RolledBack, ctx, &mut outcome)?;
        return Ok(outcome);
    }
    let spelled = steps::spell(port, request, &response, items)?;
    if matches!(spelled, Spelled::Unknown) {
        outcome.epoch_state = EpochState::RolledBack;
        rotate(port, RotationReason::RolledBack, ctx, &mut outcome)?;
        return Ok(outcome);
    }
    ack::take(port, request, &response, ctx, &mut outcome)?;
    match spelled {
        Spelled::Next(steps) => {
            take_feed(port, &membership, steps, &mut response, ctx, &mut outcome)?;
            compare::take(port, &membership, request, &response, ctx, &mut outcome)?;
            heal::at_the_end(port, request, &response, ctx, &mut outcome)?;
            judge_equality(port, &response, ctx, &mut outcome)?;
        }
        Spelled::Stale | Spelled::Unknown => outcome.stale = true,
    }
    outcome.forgotten.extend(custody::finish_forgetting(port, ctx.now)?);
    // Notices of what the feed said are sent at once, and what waited until the orphans were judged.
    let noticed = port.push_head()?.0 > log_before;
    let freed = healing && port.orphans()?.is_empty();
    outcome.more = !outcome.stale && more(port, &response, &outcome, noticed || freed)?;
    Ok(outcome)
}

/// Whether what the hub has acknowledged is what stands here. It may have more than this request
/// brought: by an earlier one whose answer was lost, or from another copy of this database.
fn is_own_log(port: &dyn NodePort, request: &Request, response: &Response) -> PortResult<bool> {
    let push = &request.push;
    let Some(taken) = response.acked.0.checked_sub(push.after.0).filter(|taken| *taken > 0) else {
        return Ok(true);
    };
    let taken = usize::try_from(taken).unwrap_or(usize::MAX);
    let at_hub = match push.items.get(..taken) {
        Some(items) => {
            Some(items.iter().fold(push.chain, |chain, item| chain::next_pushed(&chain, item)))
        }
        None => response.acked_chain,
    };
    let here = heal::chain_at(port, response.acked)?;
    Ok(here.is_some() && here == at_hub)
}

/// The two ends tell the past differently. Only what was said of this very state counts: a late
/// answer is about another one.
fn disagreed(
    port: &mut dyn NodePort,
    request: &Request,
    response: &Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    let same_state =
        request.push.after == port.acked()?.0 && request.pull == port.feed_position()?;
    if !same_state {
        outcome.stale = true;
        return Ok(());
    }
    outcome.epoch_state = response.epoch_state;
    outcome.more = true;
    match response.epoch_state {
        EpochState::Ok => Ok(()),
        EpochState::RolledBack => rotate(port, RotationReason::RolledBack, ctx, outcome),
        EpochState::Cloned => rotate(port, RotationReason::Cloned, ctx, outcome),
        EpochState::HubRolledBack => {
            if !heal::step_back(port, response)? {
                return rotate(port, RotationReason::RolledBack, ctx, outcome);
            }
            outcome.acked = port.acked()?.0;
            Ok(())
        }
    }
}

fn rotate(
    port: &mut dyn NodePort,
    reason: RotationReason,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    heal::rotate(port, wardbook_base::AuthorEpoch::random(ctx.dice), reason, ctx.now)?;
    outcome.rotated = Some(reason);
    outcome.acked = port.acked()?.0;
    outcome.more = true;
    Ok(())
}

/// Takes what was asked for and the feed, in its order, and moves the feed position.
fn take_feed(
    port: &mut dyn NodePort,
    membership: &Membership,
    steps: Vec<Step>,
    response: &mut Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    let digest = port.feed_digest()?;
    let mut intake = Intake { port, membership, ctx, now: ctx.now, digest, outcome, owed: None };
    let supplied = response.supplied.take().unwrap_or_default();
    intake.take(supplied.into_iter().map(Arrived::from).collect())?;
    let mut changes = Vec::new();
    for step in steps {
        // Custody counts for the changes after it, so those before it go first.
        match step {
            Step::Change(change) => changes.push(change),
            Step::Grant(grant) => {
                intake.take(std::mem::take(&mut changes))?;
                custody::grant(&mut intake, grant)?;
            }
            Step::Release(release) => {
                intake.take(std::mem::take(&mut changes))?;
                custody::release(&mut intake, &release)?;
            }
            Step::Review(review) => {
                intake.take(std::mem::take(&mut changes))?;
                custody::review(&mut intake, review)?;
            }
            Step::Forget(forget) => {
                intake.take(std::mem::take(&mut changes))?;
                custody::forget(&mut intake, &forget)?;
            }
        }
    }
    intake.take(changes)?;
    let Intake { port, digest, outcome, .. } = intake;
    outcome.pulled.sort_unstable();
    outcome.pulled.dedup();
    outcome.position = Some(response.feed.to);
    let before = port.feed_position()?;
    if before != outcome.position || response.feed_token.is_some() {
        port.put_feed_token(response.feed_token)?;
    }
    // A hub that was put back may have lost the word that something here is to be forgotten, although
    // this position still stands.
    let renewed = before.is_some_and(|before| before.epoch != response.feed.to.epoch);
    if renewed && port.mode()? == NodeMode::Normal && !compare::left_scope(port)?.is_empty() {
        port.put_mode(NodeMode::CompareList(ALL_BUCKETS))?;
    }
    port.put_feed(&response.feed.to, &digest)?;
    Ok(())
}

/// Both ends are equal only when everything says so at one position in this very answer.
fn judge_equality(
    port: &mut dyn NodePort,
    response: &Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> PortResult<()> {
    outcome.mismatch |= response.digest_agreed == Some(false);
    let compared = port.mode()? != NodeMode::Normal;
    if !response.more && !compared {
        outcome.mismatch |= port.feed_digest()? != response.digest_at_to;
        if !outcome.mismatch && nothing_open(port, response)? {
            outcome.proven_equal = true;
            port.put_proven(ctx.now, response.feed.to.seq)?;
        }
    }
    if outcome.mismatch && !compared {
        port.put_mode(NodeMode::CompareBuckets)?;
    }
    Ok(())
}

/// Whether nothing is on its way in either direction and every document stands as in the feed.
fn nothing_open(port: &dyn NodePort, response: &Response) -> PortResult<bool> {
    Ok(port.push_head()?.0 == port.acked()?.0
        && response.parked.is_none()
        && port.orphans()?.is_empty()
        && port.to_reauthor()?.is_empty()
        && port.wanted()?.is_empty()
        && port.returning()?.is_empty()
        && port.unequal_documents(1)?.is_empty())
}

/// Whether another call would bring or take more at once.
fn more(
    port: &dyn NodePort,
    response: &Response,
    outcome: &Outcome,
    sendable: bool,
) -> PortResult<bool> {
    let moved = sendable || outcome.newly_acked > 0 || outcome.set_aside > 0;
    let unsent = moved && (port.push_head()?.0 > outcome.acked || !port.to_reauthor()?.is_empty());
    Ok(response.more
        || unsent
        || port.mode()? != NodeMode::Normal
        || !port.wanted()?.is_empty()
        || !port.returning()?.is_empty())
}
