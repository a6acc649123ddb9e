//! The hub's side of a call: judge the push, take it in, and answer with the feed.

mod append;
mod compare;
pub mod custody;
mod enrolment;
mod feed;
pub(crate) mod late;
mod logs;
mod prepared;
mod push;
mod standing;

use wardbook_base::{
    AuthorEpoch, Chain, DeviceId, Dice, DocumentId, FeedEpoch, FeedPosition, FeedSeq, Timestamp,
    WardId,
};

use crate::check::{Author, Condemned, Custody, Judge, Judged, Rule};
pub use crate::envelope::{
    open_file_call, open_request as open_envelope, open_rules_ask, open_wait,
    seal_answer as seal_response, seal_rejection,
};
use crate::message::{Compared, Digest, EpochState, Feed, Request, Response};
use crate::ports::{
    ChangeMeta, DeviceRecord, HubPort, Parked, PortError, PortResult, PushLog, PushRow,
    Quarantined, WardFeed,
};
use crate::token::TokenKey;
use crate::{Refusal, RefusalCode, RejectCode, SyncSchema};
use append::{Feeds, Origin};
pub use enrolment::{Welcome, enrol, find_enrolled};
use feed::Cut;
pub use prepared::Prepared;
use prepared::{Aside, JudgedRow, Source, Waiting};
use standing::Standing;

/// What the hub brings to a call beside its store.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The records.
    pub schema: &'a SyncSchema,
    /// What the deep check has found so far.
    pub condemned: &'a Condemned,
    /// The key of the hub's tokens.
    pub tokens: &'a TokenKey,
    /// Where new epochs come from.
    pub dice: &'a dyn Dice,
    /// The hub's clock.
    pub now: Timestamp,
}

/// Why the hub does not answer a call, or does not take an edit.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The whole call is refused.
    #[error(transparent)]
    Rejected(#[from] RejectCode),
    /// An officer's edit is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was judged is not what is there any more: the caller begins again.
    #[error("the store has moved since the call was judged")]
    Moved,
    /// The store failed; nothing was done.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl HubError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected(code) => code.as_str(),
            Self::Refused(refusal) => refusal.code(),
            Self::Moved => RejectCode::Busy.as_str(),
            Self::Store(_) => "store_failed",
        }
    }
}

/// Judges a request without writing: outside of the write transaction, where it may take its time.
/// The deep check of [`Prepared::fresh`] comes next; when it condemns something, everything is
/// judged again with that in `ctx`.
///
/// # Errors
/// When the whole request is refused or the store fails.
pub fn prepare(
    read: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Prepared, HubError> {
    push::prepare(read, device, request, ctx)
}

/// Takes in what was judged and answers. To be called inside the write transaction, which an error
/// must undo; the answer may be sent once that is durable.
///
/// # Errors
/// [`HubError::Moved`] when documents, device or feeds are not those of [`prepare`] any more: then
/// all is to be judged again. When the device is unknown or revoked by now, or the store fails.
pub fn commit(
    port: &mut dyn HubPort,
    prepared: Prepared,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Response, HubError> {
    let mut device = port.device(&prepared.device.id)?.ok_or(RejectCode::UnknownDevice)?;
    if device.revoked_at.is_some() {
        return Err(RejectCode::RevokedDevice.into());
    }
    if !prepared.still_holds(port, &device, request)? {
        return Err(HubError::Moved);
    }
    if let Standing::Disagreed { state, renew: renews } = prepared.standing {
        if renews {
            renew(port, ctx.dice, ctx.now, "noticed")?;
            device = port.device(&device.id)?.ok_or(RejectCode::UnknownDevice)?;
        }
        return disagreement(port, device, prepared.log.as_ref(), state, request, ctx);
    }
    let mut log = logs::open(port, &mut device, prepared.log.as_ref(), request, ctx.now)?;
    let brought = !prepared.rows.is_empty();
    logs::watch_places(port, &mut device, &log, request, brought, ctx.now)?;
    let ward = ward_feed(port, &device.ward)?;
    let agreed = digest_agreed(&log, &ward, request);
    take_in(port, &device, &mut log, &prepared, request, ctx.now)?;
    let shown = request.custody.as_deref().unwrap_or_default();
    let mut untold = custody::learn(port, &device.ward, shown, ctx.tokens, ctx.now)?;
    if request.detail.is_none() {
        for document in std::mem::take(&mut untold) {
            custody::recall(port, &device.ward, &document, ctx.now)?;
        }
    }
    let Prepared { rows, refused, feed, .. } = prepared;
    if rows.iter().any(|row| row.notice.is_some()) {
        // The log must stand where the notices are, or the release seems unnoticed.
        log.last_contact = Some(ctx.now);
        port.put_push_log(&log)?;
        custody::settle(port, &device.ward, ctx.now)?;
    }
    let cut = match feed {
        Some(cut) => cut,
        None if request.detail.is_some() => feed::nothing(port, request)?,
        None => {
            let wanted = request.wanted.clone().unwrap_or_default();
            feed::cut(port, &device, request, refused.len(), wanted, ctx)?
        }
    };
    let compared = match &request.detail {
        Some(detail) => Some(compare::answer(port, &device, detail, ctx)?),
        None => None,
    };
    untold.extend(compared.iter().flat_map(compare::departed));
    for document in untold {
        custody::recall(port, &device.ward, &document, ctx.now)?;
    }
    let parked = port.parked_count(&device.id, &request.epoch)?;
    let call = Call { request, agreed, parked, now: ctx.now };
    remember(port, device, &mut log, &ward, &cut, &call)?;
    let returned = request.returned.as_ref().map(|_| prepared.returned as u64);
    let answer = Response { refused, returned, ..answer(&log, cut, compared, &call, ctx) };
    Ok(answer)
}

/// More of the feed after an answer, without another request: for a bundle, which carries all that
/// there is. To be called like [`commit`], in the write transaction, until `more` is false.
///
/// # Errors
/// When the device is unknown or revoked, when `from` is not on its feed, or the store fails.
pub fn continue_feed(
    port: &mut dyn HubPort,
    device: &DeviceId,
    request: &Request,
    from: FeedPosition,
    ctx: &Context<'_>,
) -> Result<Response, HubError> {
    let device = port.device(device)?.ok_or(RejectCode::UnknownDevice)?;
    if device.revoked_at.is_some() {
        return Err(RejectCode::RevokedDevice.into());
    }
    let mut log = port.push_log(&device.id, &request.epoch)?.ok_or(RejectCode::Malformed)?;
    if port.feed_chain(&device.ward, from.seq)? != Some(from.chain) {
        return Err(RejectCode::Malformed.into());
    }
    let mut further = request.clone();
    further.push.items.clear();
    (further.pull, further.pull_token) = (Some(from), None);
    (further.detail, further.wanted, further.returned) = (None, None, None);
    let cut = feed::cut(port, &device, &further, 0, Vec::new(), ctx)?;
    log.last_sent = cut.digest.map(|digest| (cut.feed.to, digest));
    port.put_push_log(&log)?;
    let parked = port.parked_count(&device.id, &request.epoch)?;
    let call = Call { request: &further, agreed: None, parked, now: ctx.now };
    Ok(answer(&log, cut, None, &call, ctx))
}

/// Gives the feeds and the hub's own edits new epochs, because this database is an older copy, or
/// because someone wants all devices to compare what they hold. Positions and chains stay.
///
/// # Errors
/// When the store fails.
pub fn renew(port: &mut dyn HubPort, dice: &dyn Dice, now: Timestamp, why: &str) -> PortResult<()> {
    let feed = FeedEpoch::random(dice);
    port.renew_epochs(feed, AuthorEpoch::random(dice))?;
    let detail = format!("reason={why} feed_epoch={feed}");
    logs::note(port, DeviceId::default(), "hub_rolled_back", detail, now)
}

/// An officer's edit: the checks of a push, under the hub's own epoch, straight into the feed.
///
/// # Errors
/// With the refusal when the change does not fit, or when the store fails.
pub fn record_local(
    port: &mut dyn HubPort,
    ward: &WardId,
    document: &DocumentId,
    bytes: &[u8],
    now: Timestamp,
    schema: &SyncSchema,
) -> Result<ChangeMeta, HubError> {
    let (_, epoch) = port.hub()?;
    let rule = Rule { author: Author::Epoch(epoch), custody: Custody::Ward(ward.clone()) };
    let meta = match Judge::new(&*port, schema).judge(document, bytes, &rule)? {
        Judged::New(meta) => meta,
        Judged::Known(meta) => return Ok(meta),
        Judged::Refused(refusal) => return Err(refusal.into()),
    };
    let mut feeds = Feeds::new(now);
    feeds.change(port, &meta, bytes, &Origin::officer(), ward)?;
    feeds.finish(port)?;
    Ok(meta)
}

/// The device and the hub disagree about their past: nothing is taken and nothing is given. The
/// disagreement stands in the device's status, so that an admin sees it.
fn disagreement(
    port: &mut dyn HubPort,
    mut device: DeviceRecord,
    log: Option<&PushLog>,
    state: EpochState,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Response, HubError> {
    state.code().clone_into(&mut device.status.last_error);
    // The incarnation that it stands in may be a former one, or one that was lost with what came
    // after this copy of the hub: it may have to give back what others wrote.
    let given_out = request
        .pull
        .is_some_and(|at| request.pull_token == Some(ctx.tokens.feed(&device.ward, &at)));
    if state == EpochState::HubRolledBack && given_out {
        device.reconciling = true;
        if let Some(log) = log {
            port.put_push_log(&PushLog { reconciling: true, ..log.clone() })?;
        }
    }
    port.put_device(&device)?;
    let position = request.pull.unwrap_or_default();
    let (acked, chain) = log.map_or_else(Default::default, PushLog::acknowledged);
    let word = ctx.tokens.acknowledged(&device.id, &request.epoch, acked, &chain);
    Ok(Response {
        acked,
        refused: Vec::new(),
        epoch_state: state,
        feed: Feed { from: position, to: position, items: Vec::new() },
        digest_at_to: Digest::default(),
        more: true,
        server_time: ctx.now,
        retry_after_s: 0,
        digest_agreed: None,
        acked_chain: Some(chain),
        ack_token: Some(word),
        feed_token: None,
        compared: None,
        supplied: None,
        supplied_whole: None,
        parked: None,
        returned: None,
    })
}

/// Writes what was judged good to the feeds, what was not to the quarantine, what waits to the
/// parked, and all that was pushed to the device's log.
fn take_in(
    port: &mut dyn HubPort,
    device: &DeviceRecord,
    log: &mut PushLog,
    prepared: &Prepared,
    request: &Request,
    now: Timestamp,
) -> PortResult<()> {
    let mut feeds = Feeds::new(now);
    for taken in &prepared.taken {
        let bytes = taken.source.bytes(request);
        feeds.change(port, &taken.meta, bytes, &taken.origin, &taken.ward)?;
    }
    feeds.finish(port)?;
    for aside in &prepared.aside {
        keep_aside(port, device.id, aside, request, now)?;
    }
    for (parked, refusal) in &prepared.unparked {
        unpark(port, parked, *refusal)?;
    }
    for waiting in &prepared.parking {
        port.park(&parked(device, waiting, request, now))?;
    }
    for row in &prepared.rows {
        port.append_push(&push_row(log, row))?;
        (log.acked, log.acked_chain) = (row.lseq, row.chain);
    }
    Ok(())
}

/// Keeps what was refused. The new custodian hears of a late edit; of an erased document nothing
/// is kept, not even what comes late.
fn keep_aside(
    port: &mut dyn HubPort,
    sender: DeviceId,
    aside: &Aside,
    request: &Request,
    at: Timestamp,
) -> PortResult<()> {
    let device = match &aside.source {
        Source::Parked(parked) => parked.device,
        Source::Pushed(_) | Source::Returned(_) | Source::Gone => sender,
    };
    let (document, hash, refusal) = (aside.document, aside.hash, aside.refusal);
    let erased = refusal.code == RefusalCode::Purged;
    port.quarantine(&Quarantined {
        document,
        hash,
        device,
        code: refusal.code().to_owned(),
        because_of: refusal.because_of,
        bytes: if erased { Vec::new() } else { aside.source.bytes(request).to_vec() },
        at,
        replaced_by: None,
    })?;
    if refusal.code == RefusalCode::LateEdit {
        custody::review(port, &document, &hash, &device, at)?;
    }
    Ok(())
}

fn parked(device: &DeviceRecord, waiting: &Waiting, request: &Request, at: Timestamp) -> Parked {
    Parked {
        document: waiting.document,
        hash: waiting.hash,
        device: device.id,
        epoch: request.epoch,
        lseq: waiting.origin.lseq,
        custody_version: waiting.custody_version,
        bytes: waiting.source.bytes(request).to_vec(),
        at,
    }
}

/// A change waits no longer. What was given back has no place in a push log.
fn unpark(port: &mut dyn HubPort, parked: &Parked, refusal: Option<Refusal>) -> PortResult<()> {
    port.unpark(&parked.document, &parked.hash)?;
    if let Some(mut row) = port.push_row(&parked.device, &parked.epoch, parked.lseq)? {
        row.parked = false;
        row.refused = refusal.map(|refusal| refusal.code().to_owned());
        row.because_of = refusal.and_then(|refusal| refusal.because_of);
        port.put_push_row(&row)?;
    }
    Ok(())
}

fn push_row(log: &PushLog, row: &JudgedRow) -> PushRow {
    PushRow {
        device: log.device,
        epoch: log.epoch,
        notice: row.notice,
        parked: row.parked,
        lseq: row.lseq,
        chain: row.chain,
        document: row.document,
        hash: row.hash,
        refused: row.refusal.map(|refusal| refusal.code().to_owned()),
        because_of: row.refusal.and_then(|refusal| refusal.because_of),
    }
}

/// Whether the digest of a request is the hub's at that position, where the hub can tell.
fn digest_agreed(log: &PushLog, ward: &WardFeed, request: &Request) -> Option<bool> {
    let position = request.pull.filter(|_| request.detail.is_none())?;
    if same_place(&position, &ward.position) {
        return Some(request.digest == ward.digest);
    }
    let (sent, digest) = log.last_sent?;
    same_place(&sent, &position).then_some(request.digest == digest)
}

/// Positions and chains stay when the feed gets a new epoch.
fn same_place(one: &FeedPosition, other: &FeedPosition) -> bool {
    (one.seq, one.chain) == (other.seq, other.chain)
}

/// One call's facts.
struct Call<'a> {
    request: &'a Request,
    agreed: Option<bool>,
    parked: u64,
    now: Timestamp,
}

/// What the hub will know of the device and its log at the next call.
fn remember(
    port: &mut dyn HubPort,
    mut device: DeviceRecord,
    log: &mut PushLog,
    ward_before: &WardFeed,
    cut: &Cut,
    call: &Call<'_>,
) -> PortResult<()> {
    let request = call.request;
    let status = &request.status;
    let at_newest = request.pull.is_some_and(|pull| same_place(&pull, &ward_before.position));
    let nothing_waits =
        request.push.items.is_empty() && (status.pending, status.unequal, call.parked) == (0, 0, 0);
    if at_newest && call.agreed == Some(true) && nothing_waits {
        device.proven_equal = Some((call.now, ward_before.position.seq));
        // A request from before the feeds were renewed, sent again, says nothing of what the hub
        // has lost since.
        let is_of_now = request.pull == Some(ward_before.position);
        if is_of_now {
            logs::reconciled(port, &mut device, log, ward_before.position.seq, call.now)?;
        }
    }
    device.mismatches += u64::from(call.agreed == Some(false));
    device.last_contact = Some(call.now);
    device.status = status.clone();
    device.app.clone_from(&request.app);
    port.put_device(&device)?;
    log.confirmed = log.confirmed.max(logs::confirms(request));
    log.last_sent = cut.digest.map(|digest| (cut.feed.to, digest));
    log.last_contact = Some(call.now);
    port.put_push_log(log)
}

/// An answer to a call that both ends agree about. Tokens that the device has already are left out.
fn answer(
    log: &PushLog,
    cut: Cut,
    compared: Option<Compared>,
    call: &Call<'_>,
    ctx: &Context<'_>,
) -> Response {
    let push = &call.request.push;
    let word = ctx.tokens.acknowledged(&log.device, &log.epoch, log.acked, &log.acked_chain);
    let ack_token =
        if (push.after, push.token) == (log.acked, Some(word)) { None } else { Some(word) };
    // More than this request brought: the device must see whether it is its own.
    let brought = push.after.0.saturating_add(push.items.len() as u64);
    let acked_chain = (log.acked.0 > brought).then_some(log.acked_chain);
    let Cut { feed, digest, more, token: feed_token, supplied } = cut;
    Response {
        acked: log.acked,
        refused: Vec::new(),
        epoch_state: EpochState::Ok,
        more,
        digest_at_to: digest.unwrap_or_default(),
        feed,
        server_time: call.now,
        retry_after_s: 0,
        digest_agreed: call.agreed,
        acked_chain,
        ack_token,
        feed_token,
        compared,
        supplied: some_unless_empty(supplied.changes),
        supplied_whole: some_unless_empty(supplied.whole),
        parked: Some(call.parked).filter(|parked| *parked > 0),
        returned: None,
    }
}

fn some_unless_empty<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// The head of a ward's feed; a device's ward always has one.
fn ward_feed(port: &dyn HubPort, ward: &WardId) -> PortResult<WardFeed> {
    port.ward_feed(ward)?.ok_or_else(|| PortError(format!("ward {ward} has no feed").into()))
}

/// A position that stands before everything in this incarnation of the feed.
fn start(port: &dyn HubPort) -> PortResult<FeedPosition> {
    Ok(FeedPosition { epoch: port.feed_epoch()?, seq: FeedSeq(0), chain: Chain::default() })
}
