//! A database that is not what the hub remembers puts itself right.
//!
//! A *rotation* begins a new push log under a new author epoch. What the old one had not got
//! through becomes *orphans*. Until the whole feed is here nothing is pushed: an orphan may have
//! reached the hub after all, by the other copy or by a call whose answer was lost, and is in order
//! then. The others are set aside and written anew under the new epoch.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{AuthorEpoch, Chain, DocumentId, Lseq, Timestamp};

use super::aside::{self, Reasons};
use super::compare::LEFT;
use super::past::Past;
use super::{Context, NodeError, Outcome, compare, custody};
use crate::RefusalCode;
use crate::digest::ALL_BUCKETS;
use crate::message::{Request, Response, Rotated, RotationReason};
use crate::ports::{LocalRow, NodeMode, NodePort, PortResult};

/// Documents that are looked at in one go, when they do not stand as in the feed.
const STRANDED_MAX: usize = 100;

/// Takes a new author epoch: at start-up when this database was restored or copied, and by itself
/// when the hub says that it knows more. Always safe. `epoch` must never have been used.
///
/// # Errors
/// When the store fails.
pub fn rotate(
    port: &mut dyn NodePort,
    epoch: AuthorEpoch,
    reason: RotationReason,
    now: Timestamp,
) -> Result<(), NodeError> {
    let (acked, _) = port.acked()?;
    // What was acknowledged but not seen in the feed yet may be lost with a hub that was put back.
    let unseen: BTreeSet<DocumentId> = port.unequal_documents(usize::MAX)?.into_iter().collect();
    let mut refused = Vec::new();
    for row in port.local_rows(Lseq(0), usize::MAX)? {
        let open = row.lseq > acked || unseen.contains(&row.document);
        let here = open && row.notice.is_none() && is_outside_feed(port, &row)?;
        if here {
            port.put_orphan(&row.document, &row.hash, true)?;
        } else if row.lseq > acked && is_unheard_late_edit(port, &row)? {
            port.put_reauthor(&row.document, &row.hash, true)?;
        } else if is_refused(port, &row)? {
            refused.push(row);
        }
    }
    // An epoch of which the hub has acknowledged nothing is not worth naming.
    let from = match port.rotated()? {
        Some(rotated) if acked == Lseq(0) => rotated.from,
        _ => port.author_epoch()?,
    };
    let carried = custody::carried(port)?;
    port.open_push_log(epoch, Some(Rotated { from, reason }))?;
    for row in refused.into_iter().chain(carried) {
        custody::append(port, row.notice, &row.document, &row.hash, now)?;
    }
    Ok(())
}

/// Whether a change fell with a late edit before it was sent itself. The log that would have brought
/// it before the new custodian is left now, so it is written anew to go there.
fn is_unheard_late_edit(port: &dyn NodePort, row: &LocalRow) -> PortResult<bool> {
    let kept = port.quarantined(&row.document, &row.hash)?;
    Ok(row.notice.is_none()
        && port.change_meta(&row.document, &row.hash)?.is_none()
        && kept.is_some_and(|kept| {
            kept.replaced_by.is_none() && kept.code == RefusalCode::LateEdit.as_str()
        }))
}

/// Whether a change of the log was refused and nothing takes its place. A hub that was put back may
/// have lost it, and this device may have to forget it, so the new log brings it once more.
fn is_refused(port: &dyn NodePort, row: &LocalRow) -> PortResult<bool> {
    let kept = port.quarantined(&row.document, &row.hash)?;
    Ok(row.notice.is_none()
        && port.change_meta(&row.document, &row.hash)?.is_none()
        && kept.is_some_and(|kept| {
            let code = RefusalCode::parse(&kept.code);
            kept.replaced_by.is_none() && !code.is_some_and(RefusalCode::is_about_place)
        }))
}

/// Whether a change of the log is part of its document, but not of what the feed has shown of it.
fn is_outside_feed(port: &dyn NodePort, row: &LocalRow) -> PortResult<bool> {
    if port.change_meta(&row.document, &row.hash)?.is_none() {
        return Ok(false);
    }
    Ok(!Past::of(port, &row.document)?.names(&row.hash))
}

/// The hub was put back: goes on in the log from what it still has, under the same epoch, and
/// compares all documents. False when what it has is not this log.
pub(super) fn step_back(port: &mut dyn NodePort, response: &Response) -> PortResult<bool> {
    let (acked, _) = port.acked()?;
    if response.acked < acked {
        let chain = chain_at(port, response.acked)?;
        if chain.is_none() || chain != response.acked_chain {
            return Ok(false);
        }
        port.put_acked(response.acked, chain.unwrap_or_default())?;
        port.put_ack_token(response.ack_token)?;
    }
    if port.feed_position()?.is_some() {
        port.put_mode(NodeMode::CompareList(ALL_BUCKETS))?;
    }
    Ok(true)
}

/// The chain of the push log at a position, if it reaches that far.
pub(super) fn chain_at(port: &dyn NodePort, lseq: Lseq) -> PortResult<Option<Chain>> {
    let Some(before) = lseq.0.checked_sub(1) else { return Ok(Some(Chain::default())) };
    let row = port.local_rows(Lseq(before), 1)?.pop();
    Ok(row.filter(|row| row.lseq == lseq).map(|row| row.chain))
}

/// What can only be judged once the whole feed is here and nothing is being repaired.
pub(super) fn at_the_end(
    port: &mut dyn NodePort,
    request: &Request,
    response: &Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> PortResult<()> {
    let whole = !response.more && port.mode()? == NodeMode::Normal && port.wanted()?.is_empty();
    if !whole {
        return Ok(());
    }
    if !port.orphans()?.is_empty() {
        return adopt_or_replace(port, ctx, outcome);
    }
    let same_feed =
        response.digest_agreed != Some(false) && port.feed_digest()? == response.digest_at_to;
    if !same_feed || !port.returning()?.is_empty() {
        return Ok(());
    }
    // The answer must be to the whole push, or what it does not name may still be on its way.
    let all_judged = response.acked == port.push_head()?.0 && response.parked.is_none();
    for document in port.unequal_documents(STRANDED_MAX)? {
        let left = port.document(&document)?.is_some_and(|state| state.custody_version == LEFT);
        if left && port.feed_heads(&document)?.is_empty() {
            // The word on it was lost with a hub that was put back: it is asked once more.
            return port.put_mode(NodeMode::CompareList(ALL_BUCKETS));
        }
        let lost = holds_lost_changes(port, &document)?;
        if lost && !request.returned.iter().flatten().any(|item| item.document == document) {
            port.put_returning(&document, true)?;
        } else if lost || all_judged {
            set_stranded_aside(port, &document, ctx, outcome)?;
        }
    }
    Ok(())
}

/// Whether the copy that is here holds changes of others that the feed does not name, although it has
/// come to where it should: the hub gave them out with a grant, ahead of their places in the feed, and
/// lost them before those came.
pub(super) fn holds_lost_changes(port: &dyn NodePort, document: &DocumentId) -> PortResult<bool> {
    let device = port.membership()?.map(|member| member.device);
    for meta in compare::to_return(port, document)? {
        let author = port.stored_change(document, &meta.hash)?.map(|stored| stored.author);
        if author == device {
            continue;
        }
        // What was written before enrolment carries no device, but stands in the log.
        if port.local_rows(Lseq(0), usize::MAX)?.iter().all(|row| row.hash != meta.hash) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Orphans that are in the feed are in order. The others are set aside, with what was built on
/// them since, unless another change in the feed took their place already.
fn adopt_or_replace(
    port: &mut dyn NodePort,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> PortResult<()> {
    let orphans = port.orphans()?;
    let mut by_document: BTreeMap<DocumentId, Reasons> = BTreeMap::new();
    for (document, hash) in &orphans {
        let roots = by_document.entry(*document).or_default();
        roots.insert(*hash, RefusalCode::Superseded.into());
    }
    let mut pasts = Vec::new();
    for document in by_document.keys() {
        let past = Past::of(port, document)?;
        if !past.whole {
            // The feed names what is not here: it may have got there over an orphan.
            port.put_wanted(document, true)?;
        }
        pasts.push(past);
    }
    if !port.wanted()?.is_empty() {
        return Ok(());
    }
    let mut removed = 0;
    for ((document, mut roots), past) in by_document.into_iter().zip(pasts) {
        roots.retain(|hash, _| !past.names(hash));
        removed += aside::set_aside(port, &document, &roots, ctx.now)?;
    }
    for (document, hash) in &orphans {
        port.put_orphan(document, hash, false)?;
    }
    close_ranks(port)?;
    outcome.set_aside += removed;
    Ok(())
}

/// Takes what was set aside since the rotation out of the log, of which the hub has seen nothing
/// yet: it builds on what the hub will never get.
fn close_ranks(port: &mut dyn NodePort) -> PortResult<()> {
    let (acked, _) = port.acked()?;
    for row in port.truncate_local(acked)? {
        if is_to_be_sent(port, &row)? {
            custody::append(port, row.notice, &row.document, &row.hash, row.at)?;
        }
    }
    Ok(())
}

fn is_to_be_sent(port: &dyn NodePort, row: &LocalRow) -> PortResult<bool> {
    Ok(row.notice.is_some()
        || port.change_meta(&row.document, &row.hash)?.is_some()
        || is_refused(port, row)?
        || port.tombstone(&row.document)?.is_some())
}

/// Changes that the hub has acknowledged and that are neither in the whole feed nor parked nor
/// refused in so many words: it judged them later (they were parked), or lost them in between.
/// They are set aside like refused ones, so that no document stays unlike the hub's for ever.
fn set_stranded_aside(
    port: &mut dyn NodePort,
    document: &DocumentId,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> PortResult<()> {
    let past = Past::of(port, document)?;
    if !past.whole {
        return Ok(());
    }
    let metas = port.change_metas(document)?;
    let outside = metas.iter().map(|meta| meta.hash).filter(|hash| !past.names(hash));
    let outside: BTreeSet<_> = outside.collect();
    let on_feed = metas.iter().filter(|meta| {
        outside.contains(&meta.hash) && !meta.deps.iter().any(|dep| outside.contains(dep))
    });
    let roots: Reasons = on_feed.map(|meta| (meta.hash, RefusalCode::Stranded.into())).collect();
    outcome.set_aside += aside::set_aside(port, document, &roots, ctx.now)?;
    Ok(())
}
