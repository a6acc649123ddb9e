//! The node's side of a call: what it asks, what it takes from the answer, and its own edits.

use std::collections::BTreeMap;

use wardbook_base::limits::{
    MESSAGE_COMPRESSED_BYTES_MAX, MESSAGE_INFLATED_BYTES_MAX, PUSH_CHANGES_MAX, PUSH_OPERATIONS_MAX,
};
use wardbook_base::{
    Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp, WardId,
};

use crate::chain::{self, Kind};
use crate::check::{Author, Custody, Judge, Judged, Rule, deps_of, item_hash};
use crate::digest;
pub use crate::envelope::{
    AnswerError, open_answer as open_response, open_enrolled, open_rejection, seal_request,
};
use crate::frame::{self, Meter};
use crate::message::{
    DeviceStatus, EpochState, FeedChange, FeedItem, PROTOCOL, Push, PushItem, Refused, Request,
    Response,
};
use crate::ports::{
    ChangeMeta, LocalRow, Membership, NodePort, PortError, PortResult, Quarantined, StoredChange,
};
use crate::{Refusal, SyncSchema};

/// What a request holds beside the push, in bytes, rounded up.
const REQUEST_BYTES: usize = 4 * 1024;
/// The ward of documents that were made before the device was enrolled.
const UNENROLLED: &str = "unenrolled";

/// Why the node's side of a call stops. Nothing is written then.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The device has not joined a hub yet.
    #[error("this device is not enrolled with a hub yet")]
    NotEnrolled,
    /// The answer is signed by the hub but contradicts itself.
    #[error("the hub's answer contradicts itself: {0}")]
    BadAnswer(&'static str),
    /// An own edit does not pass the checks that the hub would make.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl NodeError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::BadAnswer(_) => "bad_answer",
            Self::Refused(refusal) => refusal.code(),
            Self::Store(_) => "store_failed",
        }
    }
}

/// What the caller says of itself with a call.
#[derive(Debug, Clone, Default)]
pub struct CallInfo {
    /// Version of the program, for people.
    pub app: String,
    /// Version of the record schema.
    pub schema: u32,
    /// The device's status; `pending` is filled in here.
    pub status: DeviceStatus,
}

/// Where a request is cut. The defaults are what a hub takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Changes in the push.
    pub changes: usize,
    /// Bytes of the request, compressed.
    pub compressed_bytes: usize,
    /// Bytes of the request, inflated.
    pub inflated_bytes: usize,
    /// Operations in the push.
    pub operations: u64,
    /// Bytes of feed items wanted in the answer, inflated.
    pub pull_bytes: u32,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            changes: PUSH_CHANGES_MAX,
            compressed_bytes: MESSAGE_COMPRESSED_BYTES_MAX,
            inflated_bytes: MESSAGE_INFLATED_BYTES_MAX,
            operations: PUSH_OPERATIONS_MAX,
            pull_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What an answer came to.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Whether both ends agree about the past. If not, nothing else was done.
    pub epoch_state: EpochState,
    /// The last acknowledged position of the push log.
    pub acked: Lseq,
    /// Changes that the hub acknowledged with this answer, refused ones included.
    pub newly_acked: u64,
    /// The documents that others changed.
    pub pulled: Vec<DocumentId>,
    /// How many changes of others were taken in.
    pub pulled_changes: u64,
    /// Own changes that the hub refused; they are kept aside.
    pub refused: Vec<Refused>,
    /// The documents of those refused changes.
    pub refused_documents: Vec<DocumentId>,
    /// Changes in the feed that this node cannot accept; they are kept aside.
    pub bad_items: u64,
    /// Both ends hold the same, proven at [`Outcome::position`].
    pub proven_equal: bool,
    /// The digests differ although they should not.
    pub mismatch: bool,
    /// Another call would bring or take more at once.
    pub more: bool,
    /// Where the copy of the feed stands now.
    pub position: Option<FeedPosition>,
    /// The answer was to an older position and its feed was left alone.
    pub stale: bool,
    /// The hub asks not to be called for so many seconds.
    pub retry_after_s: u32,
    /// The hub's clock.
    pub server_time: Timestamp,
}

/// The next call: the oldest unacknowledged changes, cut by all limits, and where the feed stands.
///
/// # Errors
/// Before enrolment, or when the store fails.
pub fn next_request(
    port: &dyn NodePort,
    info: &CallInfo,
    limits: &CallLimits,
) -> Result<Request, NodeError> {
    let membership = port.membership()?.ok_or(NodeError::NotEnrolled)?;
    let (head, _) = port.push_head()?;
    let (after, chain) = port.acked()?;
    let mut status = info.status.clone();
    status.pending = head.0.saturating_sub(after.0);
    Ok(Request {
        protocol_min: PROTOCOL,
        protocol_max: PROTOCOL,
        schema: info.schema,
        app: info.app.clone(),
        hub: membership.hub,
        epoch: port.author_epoch()?,
        push: Push { after, chain, items: push_items(port, after, limits)? },
        pull: port.feed_position()?,
        pull_bytes_max: limits.pull_bytes,
        digest: port.feed_digest()?,
        status,
    })
}

fn push_items(port: &dyn NodePort, after: Lseq, limits: &CallLimits) -> PortResult<Vec<PushItem>> {
    let mut items = Vec::new();
    let mut operations = 0;
    let mut meter = Meter::new().ok_or_else(|| PortError("no compressor".into()))?;
    for row in port.local_rows(after, limits.changes.min(PUSH_CHANGES_MAX))? {
        let (meta, change) = own_change(port, &row)?;
        let born_here = port.feed_heads(&row.document)?.is_empty();
        let state = port.document(&row.document)?.filter(|_| !born_here);
        let custody_version = state.map_or(0, |state| state.custody_version);
        let item = PushItem { document: row.document, change, custody_version };
        meter.add(&frame::to_cbor(&item));
        operations += (meta.max_op + 1).saturating_sub(meta.start_op);
        let full = operations > limits.operations
            || meter.inflated() + REQUEST_BYTES > limits.inflated_bytes
            || meter.compressed_at_most() + REQUEST_BYTES > limits.compressed_bytes;
        // One change always fits by its own limits; it must go, or nothing ever would.
        if full && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    Ok(items)
}

fn own_change(port: &dyn NodePort, row: &LocalRow) -> PortResult<(ChangeMeta, Vec<u8>)> {
    let meta = port.change_meta(&row.document, &row.hash)?;
    let bytes = port.change_bytes(&row.document, &row.hash)?;
    meta.zip(bytes).ok_or_else(|| not_stored(row))
}

fn not_stored(row: &LocalRow) -> PortError {
    PortError(format!("change {} of the push log is not stored", row.hash).into())
}

/// Takes an answer in. To be called inside one write transaction, which an error must undo.
/// Taking the same answer twice, or an older one, changes nothing.
///
/// # Errors
/// When the answer contradicts itself or the store fails.
pub fn apply_response(
    port: &mut dyn NodePort,
    request: &Request,
    mut response: Response,
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<Outcome, NodeError> {
    let membership = port.membership()?.ok_or(NodeError::NotEnrolled)?;
    let mut outcome = Outcome {
        epoch_state: response.epoch_state,
        acked: port.acked()?.0,
        position: port.feed_position()?,
        retry_after_s: response.retry_after_s,
        server_time: response.server_time,
        ..Outcome::default()
    };
    if response.epoch_state == EpochState::Ok && response.acked > port.push_head()?.0 {
        // The hub holds changes that this database does not know: it is the older copy.
        outcome.epoch_state = EpochState::RolledBack;
    }
    if outcome.epoch_state != EpochState::Ok {
        return Ok(outcome);
    }
    let items = std::mem::take(&mut response.feed.items);
    let steps = match feed_steps(port, &response, items)? {
        FeedSteps::Stale => None,
        FeedSteps::Unknown => {
            outcome.epoch_state = EpochState::RolledBack;
            return Ok(outcome);
        }
        FeedSteps::Next(steps) => Some(steps),
    };
    take_ack(port, &membership, request, &response, now, &mut outcome)?;
    outcome.stale = steps.is_none();
    if let Some(steps) = steps {
        take_feed(port, &membership, steps, &response, now, schema, &mut outcome)?;
        judge_equality(port, request, &response, now, &mut outcome)?;
    }
    outcome.mismatch |= response.digest_agreed == Some(false);
    let unsent = port.push_head()?.0 > outcome.acked && outcome.newly_acked > 0;
    outcome.more = !outcome.stale && (response.more || unsent);
    Ok(outcome)
}

/// An own edit: the checks that the hub will make, then the store, the heads and the push log. Only
/// when this is durable may a screen say "đã lưu".
///
/// # Errors
/// With the refusal when the change would be refused by the hub.
pub fn record_local(
    port: &mut dyn NodePort,
    document: &DocumentId,
    bytes: &[u8],
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<ChangeMeta, NodeError> {
    let membership = port.membership()?;
    let ward = ward_of(membership.as_ref())?;
    let rule =
        Rule { author: Author::Epoch(port.author_epoch()?), custody: Custody::Any(ward.clone()) };
    let mut judge = Judge::new(&*port, schema);
    let meta = match judge.judge(document, bytes, &rule)? {
        Judged::New(meta) => meta,
        Judged::Known(meta) => return Ok(meta),
        Judged::Refused(refusal) => return Err(refusal.into()),
    };
    for moved in judge.into_moves().into_values() {
        if let Some(mut after) = moved.after {
            after.ward.clone_from(&ward);
            port.put_document(&after)?;
        }
    }
    let author = membership.map_or(DeviceId::default(), |membership| membership.device);
    let (head, chain) = port.push_head()?;
    port.put_change(&StoredChange {
        meta: meta.clone(),
        bytes: bytes.to_vec(),
        author,
        received_at: now,
    })?;
    port.append_local(&LocalRow {
        lseq: head.next(),
        chain: chain::next(&chain, Kind::PushChange, document, 0, &meta.hash),
        document: *document,
        hash: meta.hash,
        at: now,
    })?;
    Ok(meta)
}

fn ward_of(membership: Option<&Membership>) -> PortResult<WardId> {
    match membership {
        Some(membership) => Ok(membership.ward.clone()),
        None => UNENROLLED.parse().map_err(|error| PortError(Box::new(error))),
    }
}

/// One position of the feed.
enum Step {
    Own(LocalRow),
    Foreign(FeedChange, ChangeHash),
}

enum FeedSteps {
    /// The answer starts elsewhere than this node stands.
    Stale,
    /// The feed names own changes that this node does not have.
    Unknown,
    /// What comes next.
    Next(Vec<Step>),
}

/// Spells the feed out and checks it against the chain, before anything is written.
fn feed_steps(
    port: &dyn NodePort,
    response: &Response,
    items: Vec<FeedItem>,
) -> Result<FeedSteps, NodeError> {
    let feed = &response.feed;
    let start = FeedPosition { epoch: feed.from.epoch, seq: FeedSeq(0), chain: Chain::default() };
    if feed.from != port.feed_position()?.unwrap_or(start) {
        return Ok(FeedSteps::Stale);
    }
    let mut position = feed.from;
    let mut steps = Vec::new();
    for item in items {
        match item {
            FeedItem::Own(stretch) => {
                let before = Lseq(stretch.first.0.wrapping_sub(1));
                let count = usize::try_from(stretch.count).unwrap_or(usize::MAX);
                let rows = port.local_rows(before, count)?;
                if stretch.first == Lseq(0) || rows.len() != count {
                    return Ok(FeedSteps::Unknown);
                }
                for row in rows {
                    advance(&mut position, &row.document, 0, &row.hash);
                    steps.push(Step::Own(row));
                }
            }
            FeedItem::Change(change) => {
                let hash = item_hash(&change.change);
                advance(&mut position, &change.document, change.generation, &hash);
                steps.push(Step::Foreign(change, hash));
            }
        }
    }
    if position == feed.to {
        Ok(FeedSteps::Next(steps))
    } else {
        Err(NodeError::BadAnswer("the chain does not fit the items"))
    }
}

fn advance(position: &mut FeedPosition, document: &DocumentId, generation: u32, hash: &ChangeHash) {
    position.seq = position.seq.next();
    position.chain = chain::next(&position.chain, Kind::FeedChange, document, generation, hash);
}

/// Moves the acknowledged position forward and keeps refused changes aside.
fn take_ack(
    port: &mut dyn NodePort,
    membership: &Membership,
    request: &Request,
    response: &Response,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    for refused in &response.refused {
        let row = local_row(port, refused.lseq)?;
        if row.hash != refused.hash || refused.lseq <= request.push.after {
            return Err(NodeError::BadAnswer("a refused change is not ours"));
        }
        let (_, bytes) = own_change(port, &row)?;
        outcome.refused_documents.push(row.document);
        port.quarantine(&Quarantined {
            document: row.document,
            hash: row.hash,
            device: membership.device,
            code: refused.code.clone(),
            because_of: refused.because_of,
            bytes,
            at: now,
        })?;
    }
    outcome.refused.clone_from(&response.refused);
    if response.acked > outcome.acked {
        let row = local_row(port, response.acked)?;
        port.put_acked(response.acked, row.chain)?;
        outcome.newly_acked = response.acked.0 - outcome.acked.0;
        outcome.acked = response.acked;
    }
    Ok(())
}

fn local_row(port: &dyn NodePort, lseq: Lseq) -> Result<LocalRow, NodeError> {
    let before = Lseq(lseq.0.wrapping_sub(1));
    let row = port.local_rows(before, 1)?.into_iter().next();
    row.filter(|row| row.lseq == lseq).ok_or(NodeError::BadAnswer("a position is not ours"))
}

/// Takes the feed's changes in and moves the feed's heads, its digest and its position.
fn take_feed(
    port: &mut dyn NodePort,
    membership: &Membership,
    steps: Vec<Step>,
    response: &Response,
    now: Timestamp,
    schema: &SyncSchema,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    let rule = Rule { author: Author::Any, custody: Custody::Any(membership.ward.clone()) };
    let mut judge = Judge::new(&*port, schema);
    let mut heads = FeedHeads::default();
    let mut stored = Vec::new();
    let mut aside = Vec::new();
    for step in steps {
        match step {
            Step::Own(row) => {
                let meta = port.change_meta(&row.document, &row.hash)?;
                let meta = meta.ok_or_else(|| not_stored(&row))?;
                heads.advance(port, &row.document, &meta.deps, &row.hash)?;
            }
            Step::Foreign(change, hash) => {
                let document = change.document;
                let deps = match judge.judge(&document, &change.change, &rule)? {
                    Judged::Known(meta) => meta.deps,
                    Judged::New(meta) => {
                        let deps = meta.deps.clone();
                        stored.push((meta, change));
                        deps
                    }
                    Judged::Refused(refusal) => {
                        let deps = deps_of(&change.change);
                        aside.push(kept_aside(change, hash, refusal, now));
                        deps
                    }
                };
                heads.advance(port, &document, &deps, &hash)?;
            }
        }
    }
    for moved in judge.into_moves().into_values() {
        if let Some(after) = moved.after.filter(|after| moved.before.as_ref() != Some(after)) {
            port.put_document(&after)?;
        }
    }
    outcome.pulled_changes = stored.len() as u64;
    outcome.bad_items = aside.len() as u64;
    for (meta, change) in stored {
        outcome.pulled.push(meta.document);
        let FeedChange { change: bytes, author, received_at, .. } = change;
        port.put_change(&StoredChange { meta, bytes, author, received_at })?;
    }
    outcome.pulled.sort_unstable();
    outcome.pulled.dedup();
    for kept in aside {
        port.quarantine(&kept)?;
    }
    let digest = heads.write(port)?;
    port.put_feed(&response.feed.to, &digest)?;
    outcome.position = Some(response.feed.to);
    Ok(())
}

fn kept_aside(
    change: FeedChange,
    hash: ChangeHash,
    refusal: Refusal,
    at: Timestamp,
) -> Quarantined {
    Quarantined {
        document: change.document,
        hash,
        device: change.author,
        code: refusal.code().to_owned(),
        because_of: refusal.because_of,
        bytes: change.change,
        at,
    }
}

/// The heads at the feed position, of the documents that a stretch of the feed touches.
#[derive(Default)]
struct FeedHeads(BTreeMap<DocumentId, (Vec<ChangeHash>, Vec<ChangeHash>)>);

impl FeedHeads {
    fn advance(
        &mut self,
        port: &dyn NodePort,
        document: &DocumentId,
        deps: &[ChangeHash],
        hash: &ChangeHash,
    ) -> PortResult<()> {
        if !self.0.contains_key(document) {
            let heads = port.feed_heads(document)?;
            self.0.insert(*document, (heads.clone(), heads));
        }
        if let Some((_, after)) = self.0.get_mut(document) {
            *after = digest::advance(after, deps, hash);
        }
        Ok(())
    }

    fn write(self, port: &mut dyn NodePort) -> PortResult<crate::message::Digest> {
        let mut sum = port.feed_digest()?;
        for (document, (before, after)) in self.0 {
            digest::replace(&mut sum, &document, 0, &before, &after);
            port.put_feed_heads(&document, &after)?;
        }
        Ok(sum)
    }
}

/// Both ends are equal only when everything says so at one position in this very answer.
fn judge_equality(
    port: &mut dyn NodePort,
    request: &Request,
    response: &Response,
    now: Timestamp,
    outcome: &mut Outcome,
) -> PortResult<()> {
    if response.more {
        return Ok(());
    }
    let same = port.feed_digest()? == response.digest_at_to;
    outcome.mismatch = !same;
    let nothing_aside =
        request.status.quarantined == 0 && response.refused.is_empty() && outcome.bad_items == 0;
    let nothing_pending = port.push_head()?.0 == outcome.acked;
    if same && nothing_aside && nothing_pending {
        outcome.proven_equal = true;
        port.put_proven(now, response.feed.to.seq)?;
    }
    Ok(())
}
