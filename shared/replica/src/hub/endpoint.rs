//! The sync endpoint: bytes in, status and bytes out.

use wardbook_base::HubId;
use wardbook_store::{EnrolCode, SyncLogRow, Tx};
use wardbook_sync::hub::{
    HubError as EngineError, Welcome, commit, enrol, find_enrolled, open_envelope, prepare,
    seal_rejection, seal_response,
};
use wardbook_sync::message::{EnrolRequest, Enrolled, FeedItem, Request, Response};
use wardbook_sync::ports::{DeviceRecord, HubPort};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::{ENROL_PATH, RejectCode, SYNC_PATH, enrol as codes};

use super::HttpAnswer;
use super::codes::{TRIES_MAX, code_hash, count_try, is_open};
use crate::error::{HubError, ReplicaError};
use crate::node::stored_key;
use crate::replica::Replica;
use crate::sessions::{failures_wait_s, forget_if_old};
use crate::settings::{HUB_KEY, UNITS_AS_OF};

impl Replica {
    /// Answers `POST /sync/v1`.
    pub fn answer_sync(&self, path: &str, body: &[u8]) -> HttpAnswer {
        let (hub, key) = match self.hub_identity() {
            Ok(identity) => identity,
            Err(error) => return unable(&error),
        };
        let mut caller = None;
        match self.sync(path, body, &hub, &mut caller) {
            Ok((request, response)) => {
                let Ok(sealed) = seal_response(&response, SYNC_PATH, &hub, body, &key) else {
                    return refusal(RejectCode::Busy, SYNC_PATH, &hub, body, &key);
                };
                self.log_call(caller.as_ref(), &request, &response, body.len(), sealed.len());
                HttpAnswer { status: 200, body: sealed }
            }
            Err(code) => {
                self.log_refusal(caller.as_ref(), code, body.len());
                refusal(code, SYNC_PATH, &hub, body, &key)
            }
        }
    }

    fn sync(
        &self,
        path: &str,
        body: &[u8],
        hub: &HubId,
        caller: &mut Option<DeviceRecord>,
    ) -> Result<(Request, Response), RejectCode> {
        let (request, prepared) = self.inner.store.read(|tx| {
            let (device, request) =
                open_envelope(body, path, hub, |id| tx.device(id)).map_err(Failed::Rejected)?;
            *caller = Some(device.clone());
            let port: &dyn HubPort = tx;
            let prepared = prepare(port, &device, &request, &self.inner.schema)?;
            Ok::<_, Failed>((request, prepared))
        })?;
        let response = self.inner.store.write(|tx| {
            let port: &mut dyn HubPort = tx;
            commit(port, prepared, &request, &self.inner.schema, self.now()).map_err(Failed::from)
        })?;
        Ok((request, response))
    }

    /// Answers `POST /sync/v1/enrol`; `address` is the caller's, for the limiter.
    pub fn answer_enrol(&self, path: &str, body: &[u8], address: &str) -> HttpAnswer {
        let key = match self.hub_identity() {
            Ok((_, key)) => key,
            Err(error) => return unable(&error),
        };
        // The device does not know the hub's id yet: refusals are signed for the id of zeros.
        let refuse = |code| refusal(code, ENROL_PATH, &HubId::default(), body, &key);
        if path != ENROL_PATH {
            return refuse(RejectCode::Malformed);
        }
        match self.enrol_device(body, address, &key) {
            Ok(enrolled) => match seal_response(&enrolled, ENROL_PATH, &enrolled.hub, body, &key) {
                Ok(body) => HttpAnswer { status: 200, body },
                Err(_) => refuse(RejectCode::Busy),
            },
            Err(code) => refuse(code),
        }
    }

    fn enrol_device(
        &self,
        body: &[u8],
        address: &str,
        key: &DeviceKey,
    ) -> Result<Enrolled, RejectCode> {
        let subject = format!("enrol:{address}");
        let now = self.now();
        let failures = self.inner.store.read(|tx| tx.login_failures(&subject));
        let failures = failures.map_err(Failed::from)?;
        if failures_wait_s(&failures, now) > 0 {
            return Err(RejectCode::TooManyTries);
        }
        let opened = codes::open_request(body);
        // A refusal is written down too, so it must not undo its own transaction.
        self.inner.store.write(|tx| {
            let outcome = match opened {
                Ok(request) => self.admit(tx, &request, key)?,
                Err(code) => Err(code),
            };
            if matches!(outcome, Err(RejectCode::BadCode | RejectCode::CodeExpired)) {
                forget_if_old(tx, &subject, now)?;
                tx.add_login_failure(&subject, now)?;
            }
            Ok::<_, Failed>(outcome)
        })?
    }

    /// Burns the code and takes the device in, or says why not.
    fn admit(
        &self,
        tx: &mut dyn Tx,
        request: &EnrolRequest,
        key: &DeviceKey,
    ) -> Result<Result<Enrolled, RejectCode>, Failed> {
        let now = self.now();
        let (hub, _) = HubPort::hub(tx)?;
        if let Some(device) = find_enrolled(tx, request)? {
            // The first answer was lost. The key proves that it is the same device.
            let welcome = welcome(tx, &device.ward, key)?;
            return admitted(enrol(tx, request, &welcome, now));
        }
        let Some(code) = tx.enrol_code(&code_hash(&hub, &request.code))? else {
            return Ok(Err(RejectCode::BadCode));
        };
        if !is_open(&code, now) {
            count_try(tx, &code)?;
            let locked = code.tries >= TRIES_MAX;
            return Ok(Err(if locked {
                RejectCode::TooManyTries
            } else {
                RejectCode::CodeExpired
            }));
        }
        let welcome = welcome(tx, &code.ward, key)?;
        let enrolled = match admitted(enrol(tx, request, &welcome, now))? {
            Ok(enrolled) => enrolled,
            Err(code) => return Ok(Err(code)),
        };
        let used_by = Some(enrolled.device);
        tx.put_enrol_code(&EnrolCode { used_at: Some(now), used_by, ..code })?;
        Ok(Ok(enrolled))
    }

    pub(super) fn hub_identity(&self) -> Result<(HubId, DeviceKey), HubError> {
        self.inner.store.read(|tx| {
            let (hub, _) = HubPort::hub(tx)?;
            let key = stored_key(tx, HUB_KEY)?.ok_or(HubError::NotInitialised)?;
            Ok((hub, key))
        })
    }

    /// Notes a call that moved something. One that moved nothing only moves the time of the last
    /// contact: a ward calls every few minutes, and each note is a flush of the disk.
    fn log_call(
        &self,
        device: Option<&DeviceRecord>,
        request: &Request,
        response: &Response,
        bytes_in: usize,
        bytes_out: usize,
    ) {
        let disagreement = response.epoch_state.code();
        if !disagreement.is_empty() {
            self.note_call(device, [bytes_in as u64, bytes_out as u64, 0, 0], disagreement);
            return;
        }
        let pushed = request.push.items.len() as u64;
        let pulled: u64 = response.feed.items.iter().map(item_count).sum();
        if pushed + pulled > 0 {
            let numbers = [bytes_in as u64, bytes_out as u64, pushed, pulled];
            self.note_call(device, numbers, "ok");
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
pub(super) enum Failed {
    Rejected(RejectCode),
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
            EngineError::Store(error) => Self::Store(error.into()),
        }
    }
}

impl From<Failed> for RejectCode {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Rejected(code) => code,
            Failed::Store(error) => {
                tracing::error!(code = error.code(), %error, "the store could not answer a device");
                Self::Busy
            }
        }
    }
}

/// What a device learns of the ward it joins.
fn welcome(tx: &dyn Tx, ward: &wardbook_base::WardId, key: &DeviceKey) -> Result<Welcome, Failed> {
    let name = tx.ward(ward)?.map(|ward| ward.name);
    Ok(Welcome {
        ward: ward.clone(),
        ward_name: name.unwrap_or_else(|| ward.to_string()),
        hub_key: key.public(),
        sealing_recipient: tx.sealing_recipient()?.unwrap_or_default(),
        units_as_of: tx.get_setting(UNITS_AS_OF)?.unwrap_or_default(),
    })
}

fn admitted(result: Result<Enrolled, EngineError>) -> Result<Result<Enrolled, RejectCode>, Failed> {
    match result.map_err(Failed::from) {
        Ok(enrolled) => Ok(Ok(enrolled)),
        Err(Failed::Rejected(code)) => Ok(Err(code)),
        Err(failed) => Err(failed),
    }
}

pub(super) fn refusal(
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
pub(super) fn unable(error: &HubError) -> HttpAnswer {
    tracing::error!(code = error.code(), "this hub cannot answer devices");
    HttpAnswer { status: 503, body: Vec::new() }
}

fn item_count(item: &FeedItem) -> u64 {
    match item {
        FeedItem::Change(_) => 1,
        // The device's own changes come back as positions, without bytes.
        FeedItem::Own(_) => 0,
    }
}
