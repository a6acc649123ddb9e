//! Taking the hub's answer in: the deep check before the write, then in one transaction the engine,
//! what must be written anew, and what people should know of it.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId};
use wardbook_record::Document;
use wardbook_store::Tx;
use wardbook_sync::check::{Condemned, FreshDocument, read_change};
use wardbook_sync::message::{EpochState, FeedItem, ForgetReason, Request, Response};
use wardbook_sync::node::{Context, Outcome, apply_response, fresh};
use wardbook_sync::ports::NodePort;

use super::begin::note_copies;
use super::events::{EventCode, note};
use super::kept::close_decided;
use crate::commit::next_fork;
use crate::deep::DeepWork;
use crate::error::{ReplicaError, SyncError};
use crate::moves::{Leaving, note_moves};
use crate::replica::Replica;
use crate::settings::{PROVEN_EPOCH, decision_setting};

/// What an answer says of custody: documents whose place changes.
#[derive(Default)]
struct Moves {
    /// With the decision behind each.
    granted: BTreeMap<DocumentId, String>,
    released: BTreeMap<DocumentId, String>,
    /// Of the granted ones, those that this ward keeps from now on.
    kept: BTreeMap<DocumentId, String>,
    /// Of the released ones, which ward keeps them.
    keepers: BTreeMap<DocumentId, WardId>,
    erased: Vec<DocumentId>,
}

impl Replica {
    /// Takes an answer in, whether it came over the line or by hand.
    pub(super) fn take_response(
        &self,
        request: &Request,
        response: Response,
    ) -> Result<Outcome, SyncError> {
        let condemned = self.condemned(&response)?;
        let moves = Moves::of(&response);
        let brings = !response.feed.items.is_empty();
        let now = self.now();
        let outcome = self.write_noted(|tx| {
            let left = moves.leaving(tx)?;
            let port: &mut dyn NodePort = tx;
            let ctx = Context {
                schema: &self.inner.schema,
                condemned: &condemned,
                dice: self.dice(),
                now,
            };
            let outcome = apply_response(port, request, response, &ctx)?;
            // The numbers of what was refused are used up: the document goes on under a fork.
            for document in outcome.refused_documents.iter().collect::<BTreeSet<_>>() {
                if tx.document(document)?.is_some() {
                    next_fork(tx, document)?;
                }
            }
            let copies = self.write_anew(tx)?;
            if brings {
                close_decided(tx, now)?;
            }
            tell(tx, &outcome, &moves, now)?;
            if !outcome.stale {
                note_moves(tx, &left, &moves.kept, &moves.erased, now)?;
            }
            note_copies(tx, now, copies)?;
            Ok::<_, SyncError>(outcome)
        })?;
        log(&outcome);
        Ok(outcome)
    }

    /// What of an answer would destroy a document. Runs outside any transaction: a worker tries it.
    fn condemned(&self, response: &Response) -> Result<Condemned, SyncError> {
        let mut condemned = Condemned::default();
        let Some(deep) = self.inner.deep.get() else { return Ok(condemned) };
        let coming = fresh(response);
        if coming.is_empty() {
            return Ok(condemned);
        }
        let work = self.inner.store.read(|tx| {
            let with_base = coming.into_iter().map(|coming| work_of(tx, coming));
            with_base.collect::<Result<Vec<_>, ReplicaError>>()
        })?;
        let report = deep.check(work)?;
        for document in report.damaged {
            tracing::error!(%document, "a stored document cannot be read");
        }
        for (document, hash) in report.condemned {
            tracing::error!(%document, %hash, "a change from the hub would destroy its document");
            condemned.insert(document, hash);
        }
        Ok(condemned)
    }
}

/// Writes down what people should know of a round.
fn tell(
    tx: &mut dyn Tx,
    outcome: &Outcome,
    moves: &Moves,
    now: Timestamp,
) -> Result<(), ReplicaError> {
    let code = match outcome.epoch_state {
        EpochState::Ok => None,
        EpochState::RolledBack => Some(EventCode::RolledBack),
        EpochState::Cloned => Some(EventCode::Cloned),
        EpochState::HubRolledBack => Some(EventCode::HubRolledBack),
    };
    if let Some(code) = code.filter(|_| !outcome.stale) {
        note(tx, now, code, 0)?;
    }
    if outcome.rotated.is_some() || outcome.mismatch {
        // What was proven before says nothing any more.
        tx.delete_setting(PROVEN_EPOCH)?;
    }
    if outcome.mismatch {
        note(tx, now, EventCode::Mismatch, 0)?;
    }
    if outcome.proven_equal
        && let Some(position) = tx.feed_position()?
        && tx.get_setting(PROVEN_EPOCH)?.as_deref() != Some(&position.epoch.to_string())
    {
        tx.put_setting(PROVEN_EPOCH, &position.epoch.to_string())?;
    }
    if outcome.stale {
        return Ok(());
    }
    let roots = outcome.refused.iter().filter(|refused| refused.because_of.is_none());
    let here = moved(tx, outcome, moves, now)?;
    for (code, count) in [
        (EventCode::Refused, roots.count() as u64),
        (EventCode::BadItems, outcome.bad_items),
        (EventCode::Granted, moves.granted.len() as u64),
        (EventCode::Released, here),
        (EventCode::Forgotten, outcome.forgotten.len() as u64),
    ] {
        if count > 0 {
            note(tx, now, code, count)?;
        }
    }
    Ok(())
}

/// Queues what changed its place for the lists, and remembers why; counts what is still here to
/// read.
fn moved(
    tx: &mut dyn Tx,
    outcome: &Outcome,
    moves: &Moves,
    now: Timestamp,
) -> Result<u64, ReplicaError> {
    let mut here = 0;
    for (document, decision) in moves.granted.iter().chain(&moves.released) {
        if tx.document(document)?.is_some() {
            tx.mark_dirty(document, now)?;
            tx.put_setting(&decision_setting(document), decision)?;
            here += u64::from(moves.released.contains_key(document));
        }
    }
    for document in &outcome.custody {
        if tx.document(document)?.is_some() {
            tx.mark_dirty(document, now)?;
        }
    }
    for document in &outcome.forgotten {
        tx.delete_setting(&decision_setting(document))?;
    }
    Ok(here)
}

impl Moves {
    fn of(response: &Response) -> Self {
        let mut moves = Self::default();
        for item in &response.feed.items {
            match item {
                FeedItem::Grant(grant) => {
                    if grant.custodian.is_none() && grant.gone != Some(true) {
                        moves.kept.insert(grant.document, grant.decision.clone());
                    }
                    moves.granted.insert(grant.document, grant.decision.clone());
                }
                FeedItem::Release(release) => {
                    moves.released.insert(release.document, release.decision.clone());
                    moves.keepers.insert(release.document, release.custodian.clone());
                    moves.kept.remove(&release.document);
                }
                FeedItem::Forget(forget) if forget.reason == ForgetReason::Purged => {
                    moves.erased.push(forget.document);
                }
                _ => {}
            }
        }
        moves
    }
}

impl Moves {
    /// Who leaves by this answer, read before it is taken in: the record may be gone after it.
    fn leaving(
        &self,
        tx: &dyn Tx,
    ) -> Result<BTreeMap<DocumentId, (Leaving, WardId, String)>, ReplicaError> {
        let mut left = BTreeMap::new();
        for (document, ward) in &self.keepers {
            // It came back within the same answer.
            if self.kept.contains_key(document) {
                continue;
            }
            if let Some(leaving) = Leaving::of(tx, document)? {
                let decision = self.released.get(document).cloned().unwrap_or_default();
                left.insert(*document, (leaving, ward.clone(), decision));
            }
        }
        Ok(left)
    }
}

/// What is to be tried for one document. What builds on changes that are not here is left out: the
/// engine does not take it in, but asks for the whole document later.
fn work_of(tx: &dyn Tx, coming: FreshDocument) -> Result<DeepWork, ReplicaError> {
    let FreshDocument { document, changes } = coming;
    let mut fresh = Vec::new();
    let mut here: BTreeSet<ChangeHash> = BTreeSet::from([Document::genesis().0]);
    let mut in_the_way = Vec::new();
    for (hash, bytes) in changes {
        // What is not in the one strict form is refused without a look at the document.
        let Ok(read) = read_change(&document, &bytes) else { continue };
        for dep in &read.meta.deps {
            if !here.contains(dep) && tx.change_meta(&document, dep)?.is_some() {
                here.insert(*dep);
            }
        }
        if !read.meta.deps.iter().all(|dep| here.contains(dep)) {
            continue;
        }
        let stands = tx.change_at(&document, &read.meta.actor, read.meta.seq)?;
        in_the_way.extend(stands.filter(|stands| *stands != hash));
        here.insert(hash);
        fresh.push((hash, bytes));
    }
    let (saved, changes) = if in_the_way.is_empty() {
        tx.document_parts(&document)?.unwrap_or_default()
    } else {
        (None, without(tx, &document, in_the_way)?)
    };
    Ok(DeepWork { document, saved, changes, fresh })
}

/// A document's changes without some and all that builds on them: where the feed and this node
/// wrote under one number, the feed's is taken, and that is what must be tried.
fn without(
    tx: &dyn Tx,
    document: &DocumentId,
    gone: Vec<ChangeHash>,
) -> Result<Vec<Vec<u8>>, ReplicaError> {
    let mut gone: BTreeSet<ChangeHash> = gone.into_iter().collect();
    let mut left = Vec::new();
    for change in tx.changes_of(document)? {
        if gone.contains(&change.meta.hash) || change.meta.deps.iter().any(|d| gone.contains(d)) {
            gone.insert(change.meta.hash);
        } else {
            left.push(change.bytes);
        }
    }
    Ok(left)
}

/// One line in the log for what heals by itself; data and names never stand in it.
fn log(outcome: &Outcome) {
    if outcome.epoch_state != EpochState::Ok && !outcome.stale {
        tracing::warn!(
            state = outcome.epoch_state.code(),
            "this machine and the hub remember different pasts: it heals by itself, no edit is lost"
        );
    }
    if outcome.mismatch {
        tracing::warn!("the digests of the two ends differ: comparing record by record");
    }
}
