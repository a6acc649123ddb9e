//! The sync endpoint: bytes in, status and bytes out.
//!
//! A call is judged without writing, what it brings is tried on copies of the documents by a worker
//! process, and only then is it taken in, in one transaction. Whatever a worker does, the call is
//! answered.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DeviceId, DocumentId, HubId};
use wardbook_store::SyncLogRow;
use wardbook_sync::check::{Condemned, FreshDocument};
use wardbook_sync::hub::{
    Context, HubError as EngineError, commit, open_envelope, prepare, seal_rejection, seal_response,
};
use wardbook_sync::message::{FeedItem, Request, Response};
use wardbook_sync::ports::{DeviceRecord, HubPort};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::token::TokenKey;
use wardbook_sync::{RejectCode, SYNC_PATH};

use super::HttpAnswer;
use crate::deep::DeepWork;
use crate::error::{HubError, ReplicaError};
use crate::node::stored_key;
use crate::replica::Replica;
use crate::settings::HUB_KEY;

/// How often a call is judged anew because what it stands on moved meanwhile. Then the device is
/// told to come back.
const MOVED_TRIES: usize = 3;

/// A call that was answered with data.
pub(super) struct Answered {
    /// Who called.
    pub(super) device: DeviceRecord,
    /// What was asked.
    pub(super) request: Request,
    /// What was answered.
    pub(super) response: Response,
}

impl Replica {
    /// Answers `POST /sync/v1`.
    pub fn answer_sync(&self, path: &str, body: &[u8]) -> HttpAnswer {
        match self.hub_identity() {
            Ok((hub, key)) => self.answer_frame(path, body, &hub, &key).0,
            Err(error) => unable(&error),
        }
    }

    /// Answers one call, come by whatever way, and tells what it was when it was answered with data.
    pub(super) fn answer_frame(
        &self,
        path: &str,
        body: &[u8],
        hub: &HubId,
        key: &DeviceKey,
    ) -> (HttpAnswer, Option<Answered>) {
        let mut caller = None;
        match self.sync(path, body, hub, key, &mut caller) {
            Ok(answered) => {
                let Ok(sealed) = seal_response(&answered.response, SYNC_PATH, hub, body, key)
                else {
                    return (refusal(RejectCode::Busy, SYNC_PATH, hub, body, key), None);
                };
                self.log_call(&answered, body.len(), sealed.len());
                (HttpAnswer { status: 200, body: sealed }, Some(answered))
            }
            Err(code) => {
                self.log_refusal(caller.as_ref(), code, body.len());
                (refusal(code, SYNC_PATH, hub, body, key), None)
            }
        }
    }

    fn sync(
        &self,
        path: &str,
        body: &[u8],
        hub: &HubId,
        key: &DeviceKey,
        caller: &mut Option<DeviceRecord>,
    ) -> Result<Answered, RejectCode> {
        let (device, request) = self.inner.store.read(|tx| {
            open_envelope(body, path, hub, |id| tx.device(id)).map_err(Failed::Rejected)
        })?;
        *caller = Some(device.clone());
        let tokens = TokenKey::new(&key.to_bytes());
        for _ in 0..MOVED_TRIES {
            if let Some(response) = self.take_in(&device.id, &request, &tokens)? {
                return Ok(Answered { device, request, response });
            }
        }
        tracing::warn!("the documents of a call moved each time it was judged");
        Err(RejectCode::Busy)
    }

    /// Judges a call, tries what it brings, and takes it in; `None` when what it was judged against
    /// has moved meanwhile.
    fn take_in(
        &self,
        device: &DeviceId,
        request: &Request,
        tokens: &TokenKey,
    ) -> Result<Option<Response>, Failed> {
        let mut condemned = Condemned::default();
        let mut tried = BTreeSet::new();
        loop {
            let context = Context {
                schema: &self.inner.schema,
                condemned: &condemned,
                tokens,
                dice: self.dice(),
                now: self.now(),
            };
            let prepared = self.inner.store.read(|tx| {
                let port: &dyn HubPort = tx;
                // As it is now: another call of it may have ended since.
                let device = port.device(device)?;
                let device = device.ok_or(Failed::Rejected(RejectCode::UnknownDevice))?;
                prepare(port, &device, request, &context).map_err(Failed::from)
            })?;
            let found = self.try_on_copies(prepared.fresh(request), &mut tried)?;
            if found.is_empty() {
                let taken = self.inner.store.write(|tx| {
                    let port: &mut dyn HubPort = tx;
                    commit(port, prepared, request, &context).map_err(Failed::from)
                });
                return match taken {
                    Ok(response) => Ok(Some(response)),
                    Err(Failed::Moved) => Ok(None),
                    Err(failed) => Err(failed),
                };
            }
            // Each turn condemns at least one more of the changes at hand, so the turns end.
            condemned.extend(found);
        }
    }

    /// The changes that would destroy their documents, among those not tried before in this call.
    fn try_on_copies(
        &self,
        fresh: Vec<FreshDocument>,
        tried: &mut BTreeSet<(DocumentId, Vec<ChangeHash>)>,
    ) -> Result<Vec<(DocumentId, ChangeHash)>, Failed> {
        let Some(deep) = self.inner.deep.get() else { return Ok(Vec::new()) };
        let mut work = Vec::new();
        for FreshDocument { document, changes } in fresh {
            let hashes = changes.iter().map(|(hash, _)| *hash).collect();
            if !tried.insert((document, hashes)) {
                continue;
            }
            let parts = self.inner.store.read(|tx| tx.document_parts(&document))?;
            let (saved, stored) = parts.unwrap_or_default();
            work.push(DeepWork { document, saved, changes: stored, fresh: changes });
        }
        if work.is_empty() {
            return Ok(Vec::new());
        }
        // Nothing is known of what cannot be tried: the device is told to come back.
        let report = deep.check(work).map_err(|error| {
            tracing::error!(%error, "what a device sent cannot be tried");
            Failed::Rejected(RejectCode::Busy)
        })?;
        for document in &report.damaged {
            tracing::error!(%document, "a stored document cannot be read: run scrub");
        }
        for (document, hash) in &report.condemned {
            tracing::warn!(%document, %hash, "a change that would destroy its document was refused");
        }
        Ok(report.condemned)
    }

    pub(crate) fn hub_identity(&self) -> Result<(HubId, DeviceKey), HubError> {
        self.inner.store.read(|tx| {
            let (hub, _) = HubPort::hub(tx)?;
            let key = stored_key(tx, HUB_KEY)?.ok_or(HubError::NotInitialised)?;
            Ok((hub, key))
        })
    }

    /// Notes a call that moved something. One that moved nothing only moves the time of the last
    /// contact: a ward calls every few minutes, and each note is a flush of the disk.
    fn log_call(&self, answered: &Answered, bytes_in: usize, bytes_out: usize) {
        let Answered { device, request, response } = answered;
        let disagreement = response.epoch_state.code();
        if !disagreement.is_empty() {
            let numbers = [bytes_in as u64, bytes_out as u64, 0, 0];
            self.note_call(Some(device), numbers, disagreement);
            return;
        }
        let returned = request.returned.as_ref().map_or(0, Vec::len);
        let pushed = (request.push.items.len() + returned) as u64;
        let supplied = response.supplied.as_ref().map_or(0, Vec::len) as u64;
        let pulled = response.feed.items.iter().map(item_count).sum::<u64>() + supplied;
        if pushed + pulled > 0 {
            let numbers = [bytes_in as u64, bytes_out as u64, pushed, pulled];
            self.note_call(Some(device), numbers, "ok");
        }
    }

    fn log_refusal(&self, device: Option<&DeviceRecord>, code: RejectCode, bytes_in: usize) {
        self.note_call(device, [bytes_in as u64, 0, 0, 0], code.as_str());
    }

    fn note_call(&self, device: Option<&DeviceRecord>, numbers: [u64; 4], result: &str) {
        // Nobody's call is nobody's note: a stranger must not fill the disk.
        let Some(device) = device else { return };
        let [bytes_in, bytes_out, pushed, pulled] = numbers;
        let row = SyncLogRow {
            at: self.now(),
            ward: device.ward.clone(),
            device: device.id,
            bytes_in,
            bytes_out,
            pushed,
            pulled,
            result: result.to_owned(),
        };
        if let Err(error) = self.inner.store.write(|tx| tx.append_sync_log(&row)) {
            tracing::warn!(code = error.code(), "a call of a device was not noted");
        }
    }
}

/// Why a call is not answered with data.
pub(crate) enum Failed {
    Rejected(RejectCode),
    /// What it was judged against has moved.
    Moved,
    Store(ReplicaError),
}

impl<E: Into<ReplicaError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Rejected(code) => Self::Rejected(code),
            EngineError::Refused(_) => Self::Rejected(RejectCode::Malformed),
            EngineError::Moved => Self::Moved,
            EngineError::Store(error) => Self::Store(error.into()),
        }
    }
}

impl From<Failed> for RejectCode {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Rejected(code) => code,
            Failed::Moved => Self::Busy,
            Failed::Store(error) => {
                tracing::error!(code = error.code(), %error, "the store could not answer a device");
                Self::Busy
            }
        }
    }
}

pub(crate) fn refusal(
    code: RejectCode,
    path: &str,
    hub: &HubId,
    body: &[u8],
    key: &DeviceKey,
) -> HttpAnswer {
    let sealed = seal_rejection(code, path, hub, body, key).unwrap_or_default();
    HttpAnswer { status: code.http_status(), body: sealed }
}

/// A hub that was not set up, or whose keys cannot be read, has nothing to sign with.
pub(crate) fn unable(error: &HubError) -> HttpAnswer {
    tracing::error!(code = error.code(), "this hub cannot answer devices");
    HttpAnswer { status: 503, body: Vec::new() }
}

fn item_count(item: &FeedItem) -> u64 {
    match item {
        // The device's own changes come back as positions, without bytes.
        FeedItem::Own(_) | FeedItem::Held(_) => 0,
        _ => 1,
    }
}
