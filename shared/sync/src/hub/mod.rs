//! The hub's side of a call: judge the push, take it in, and answer with the feed.

mod feed;
mod push;

use wardbook_base::{
    Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp, WardId,
};

use crate::chain::{self, Kind};
use crate::check::{Author, Custody, DocumentMoves, Judge, Judged, Rule};
use crate::digest;
pub use crate::envelope::{
    open_request as open_envelope, open_wait, seal_answer as seal_response, seal_rejection,
};
use crate::message::{EnrolRequest, Enrolled, EpochState, Feed, Request, Response};
use crate::ports::{
    ChangeMeta, DeviceRecord, FeedRow, HubPort, PortError, PortResult, PushRow, Quarantined,
    StoredChange, WardFeed,
};
use crate::{Refusal, RejectCode, SyncSchema, enrol, sign};
pub use push::Prepared;
use push::Verdict;

/// Why the hub does not answer a call, or does not take an edit.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The whole call is refused.
    #[error(transparent)]
    Rejected(#[from] RejectCode),
    /// An officer's edit is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
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
            Self::Store(_) => "store_failed",
        }
    }
}

/// Judges a request without writing: outside of the write transaction, where it may take its time.
///
/// # Errors
/// When the whole request is refused or the store fails.
pub fn prepare(
    read: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    schema: &SyncSchema,
) -> Result<Prepared, HubError> {
    push::prepare(read, device, request, schema)
}

/// Takes in what was judged and answers. To be called inside the write transaction; the answer may
/// be sent once that is durable.
///
/// When the documents or the device have moved since [`prepare`], everything is judged again here.
///
/// # Errors
/// When the device is unknown or revoked by now, or the store fails.
pub fn commit(
    port: &mut dyn HubPort,
    prepared: Prepared,
    request: &Request,
    schema: &SyncSchema,
    now: Timestamp,
) -> Result<Response, HubError> {
    let device = port.device(&prepared.device.id)?.ok_or(RejectCode::UnknownDevice)?;
    if device.revoked_at.is_some() {
        return Err(RejectCode::RevokedDevice.into());
    }
    let prepared = if prepared.still_holds(port, &device)? {
        prepared
    } else {
        push::prepare(port, &device, request, schema)?
    };
    if prepared.standing != EpochState::Ok {
        return disagreement(port, device, prepared.standing, request, now);
    }
    let ward = ward_feed(port, &device.ward)?;
    let agreed = digest_agreed(&device, &ward, request);
    let (acked, acked_chain) = take_in(port, &device, ward.clone(), &prepared, request, now)?;
    let cut = match prepared.feed {
        Some(cut) => cut,
        None => feed::cut(port, &device, request, prepared.refused.len())?,
    };
    remember(port, device, &ward, &cut, request, agreed, (acked, acked_chain), now)?;
    Ok(Response {
        acked,
        refused: prepared.refused,
        epoch_state: EpochState::Ok,
        more: cut.more,
        digest_at_to: cut.digest.unwrap_or_default(),
        feed: cut.feed,
        server_time: now,
        retry_after_s: 0,
        digest_agreed: agreed,
    })
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
    let mut judge = Judge::new(&*port, schema);
    let meta = match judge.judge(document, bytes, &rule)? {
        Judged::New(meta) => meta,
        Judged::Known(meta) => return Ok(meta),
        Judged::Refused(refusal) => return Err(refusal.into()),
    };
    let moves = judge.into_moves();
    let mut ward = ward_feed(port, ward)?;
    for moved in moves.values() {
        put_moved(port, moved, &mut ward, now)?;
    }
    let author = DeviceId::default();
    append(port, &mut ward, &meta, bytes, (author, Lseq(0)), now)?;
    port.put_ward_feed(&ward)?;
    Ok(meta)
}

/// What the hub tells a device that joins.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// The ward that the code was made for.
    pub ward: WardId,
    /// Its name for people.
    pub ward_name: String,
    /// The public key by which this hub signs its answers.
    pub hub_key: [u8; 32],
    /// Where bundles for this hub are sealed to.
    pub sealing_recipient: String,
    /// The day as of which units and posts are meant, `YYYY-MM-DD`; empty for today.
    pub units_as_of: String,
}

/// The device that holds the key of an enrolment request, when it is enrolled already: its first
/// answer was lost, and the code, burnt by now, need not be asked for.
///
/// # Errors
/// When the key is not one, or the store fails.
pub fn find_enrolled(
    port: &dyn HubPort,
    request: &EnrolRequest,
) -> Result<Option<DeviceRecord>, HubError> {
    let device = port.device(&sign::device_id(&enrol::public_key(request)?))?;
    Ok(device.filter(|device| device.revoked_at.is_none()))
}

/// Takes a device in. The request must be verified ([`enrol::open_request`]) and its code found
/// good and burnt in this transaction. Asking twice gives the same answer.
///
/// # Errors
/// `RevokedDevice` for a key that was thrown out, `BadCode` when the key belongs to another ward.
pub fn enrol(
    port: &mut dyn HubPort,
    request: &EnrolRequest,
    welcome: &Welcome,
    now: Timestamp,
) -> Result<Enrolled, HubError> {
    let public_key = enrol::public_key(request)?;
    let id = sign::device_id(&public_key);
    let (hub, hub_epoch) = port.hub()?;
    match port.device(&id)? {
        Some(device) if device.revoked_at.is_some() => return Err(RejectCode::RevokedDevice.into()),
        Some(device) if device.ward != welcome.ward => return Err(RejectCode::BadCode.into()),
        Some(_) => {}
        None => port.put_device(&new_device(id, public_key, request, &welcome.ward, now))?,
    }
    if port.ward_feed(&welcome.ward)?.is_none() {
        let position = FeedPosition { epoch: port.feed_epoch()?, ..FeedPosition::default() };
        let ward = welcome.ward.clone();
        port.put_ward_feed(&WardFeed {
            ward,
            position,
            digest: crate::message::Digest::default(),
        })?;
    }
    Ok(Enrolled {
        hub,
        device: id,
        ward: welcome.ward.clone(),
        ward_name: welcome.ward_name.clone(),
        hub_key: welcome.hub_key.to_vec(),
        sealing_recipient: welcome.sealing_recipient.clone(),
        units_as_of: welcome.units_as_of.clone(),
        hub_epoch,
    })
}

fn new_device(
    id: DeviceId,
    public_key: [u8; 32],
    request: &EnrolRequest,
    ward: &WardId,
    now: Timestamp,
) -> DeviceRecord {
    DeviceRecord {
        id,
        ward: ward.clone(),
        name: request.device_name.clone(),
        public_key,
        epoch: request.epoch,
        acked: Lseq(0),
        acked_chain: Chain::default(),
        confirmed: Lseq(0),
        last_sent: None,
        last_contact: None,
        proven_equal: None,
        status: crate::message::DeviceStatus::default(),
        mismatches: 0,
        app: request.app.clone(),
        enrolled_at: now,
        revoked_at: None,
    }
}

/// The device and the hub disagree about their past: nothing is taken and nothing is given. The
/// disagreement stands in the device's status, so that an admin sees it.
fn disagreement(
    port: &mut dyn HubPort,
    mut device: DeviceRecord,
    standing: EpochState,
    request: &Request,
    now: Timestamp,
) -> Result<Response, HubError> {
    standing.code().clone_into(&mut device.status.last_error);
    port.put_device(&device)?;
    let position = request.pull.unwrap_or_default();
    Ok(Response {
        acked: device.acked,
        refused: Vec::new(),
        epoch_state: standing,
        feed: Feed { from: position, to: position, items: Vec::new() },
        digest_at_to: crate::message::Digest::default(),
        more: false,
        server_time: now,
        retry_after_s: 0,
        digest_agreed: None,
    })
}

/// Writes what was judged good to the feed, what was not to the quarantine, and all of it to the
/// device's push log. The last position of that log and its chain.
fn take_in(
    port: &mut dyn HubPort,
    device: &DeviceRecord,
    mut ward: WardFeed,
    prepared: &Prepared,
    request: &Request,
    now: Timestamp,
) -> PortResult<(Lseq, Chain)> {
    for moved in prepared.moves.values() {
        put_moved(port, moved, &mut ward, now)?;
    }
    let mut log = (device.acked, device.acked_chain);
    for found in &prepared.judged {
        let item = &request.push.items[found.index];
        log = (found.lseq, found.chain);
        let refusal = match &found.verdict {
            Verdict::Known => None,
            Verdict::New(meta) => {
                append(port, &mut ward, meta, &item.change, (device.id, found.lseq), now)?;
                None
            }
            Verdict::Refused(refusal) => {
                let kept =
                    kept_aside(device.id, &item.document, found.hash, *refusal, &item.change, now);
                port.quarantine(&kept)?;
                Some(*refusal)
            }
        };
        port.append_push(&PushRow {
            device: device.id,
            lseq: found.lseq,
            chain: found.chain,
            document: item.document,
            hash: found.hash,
            refused: refusal.map(|refusal| refusal.code().to_owned()),
            because_of: refusal.and_then(|refusal| refusal.because_of),
        })?;
    }
    if !prepared.judged.is_empty() {
        port.put_ward_feed(&ward)?;
    }
    Ok(log)
}

fn kept_aside(
    device: DeviceId,
    document: &DocumentId,
    hash: ChangeHash,
    refusal: Refusal,
    bytes: &[u8],
    at: Timestamp,
) -> Quarantined {
    Quarantined {
        document: *document,
        hash,
        device,
        code: refusal.code().to_owned(),
        because_of: refusal.because_of,
        bytes: bytes.to_vec(),
        at,
    }
}

/// Writes a document's state and the custody of a new one, and moves the ward's digest.
fn put_moved(
    port: &mut dyn HubPort,
    moved: &DocumentMoves,
    ward: &mut WardFeed,
    now: Timestamp,
) -> PortResult<()> {
    let Some(after) = moved.after.as_ref().filter(|_| moved.after != moved.before) else {
        return Ok(());
    };
    port.put_document(after)?;
    let before = moved.before.as_ref().map_or(&[][..], |before| &before.heads);
    if moved.before.is_none() {
        port.put_custody(&after.id, after.custody_version, &after.ward, &[], now)?;
    }
    digest::replace(&mut ward.digest, &after.id, after.generation, before, &after.heads);
    Ok(())
}

/// Stores a change and gives it the next position of the feed.
fn append(
    port: &mut dyn HubPort,
    ward: &mut WardFeed,
    meta: &ChangeMeta,
    bytes: &[u8],
    (author, lseq): (DeviceId, Lseq),
    now: Timestamp,
) -> PortResult<()> {
    let generation = 0;
    let position = &mut ward.position;
    position.seq = position.seq.next();
    position.chain =
        chain::next(&position.chain, Kind::FeedChange, &meta.document, generation, &meta.hash);
    port.put_change(&StoredChange {
        meta: meta.clone(),
        bytes: bytes.to_vec(),
        author,
        received_at: now,
    })?;
    port.append_feed(
        &ward.ward,
        &FeedRow {
            seq: position.seq,
            chain: position.chain,
            document: meta.document,
            generation,
            hash: meta.hash,
            author,
            lseq,
            received_at: now,
        },
    )
}

/// Whether the digest of a request is the hub's at that position, where the hub can tell.
fn digest_agreed(device: &DeviceRecord, ward: &WardFeed, request: &Request) -> Option<bool> {
    let position = request.pull?;
    if position == ward.position {
        return Some(request.digest == ward.digest);
    }
    let (sent, digest) = device.last_sent?;
    (sent == position).then_some(request.digest == digest)
}

/// What the hub will know of the device at the next call.
#[expect(clippy::too_many_arguments, reason = "one call's facts, used in one place")]
fn remember(
    port: &mut dyn HubPort,
    mut device: DeviceRecord,
    ward_before: &WardFeed,
    cut: &feed::Cut,
    request: &Request,
    agreed: Option<bool>,
    (acked, acked_chain): (Lseq, Chain),
    now: Timestamp,
) -> PortResult<()> {
    let at_newest = request.pull == Some(ward_before.position);
    let nothing_waits = request.push.items.is_empty()
        && request.status.pending == 0
        && request.status.quarantined == 0;
    if at_newest && agreed == Some(true) && nothing_waits {
        device.proven_equal = Some((now, ward_before.position.seq));
    }
    device.mismatches += u64::from(agreed == Some(false));
    device.acked = acked;
    device.acked_chain = acked_chain;
    device.confirmed = device.confirmed.max(request.push.after);
    device.last_sent = cut.digest.map(|digest| (cut.feed.to, digest));
    device.last_contact = Some(now);
    device.status = request.status.clone();
    device.app.clone_from(&request.app);
    port.put_device(&device)
}

/// The head of a ward's feed; a device's ward always has one.
fn ward_feed(port: &dyn HubPort, ward: &WardId) -> PortResult<WardFeed> {
    port.ward_feed(ward)?.ok_or_else(|| PortError(format!("ward {ward} has no feed").into()))
}

/// A position that stands before everything in this incarnation of the feed.
fn start(port: &dyn HubPort) -> PortResult<FeedPosition> {
    Ok(FeedPosition { epoch: port.feed_epoch()?, seq: FeedSeq(0), chain: Chain::default() })
}
