//! Envelopes: who signed a body, checked before anything inside is looked at.

use minicbor::{Decode, Encode};
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;
use wardbook_base::{DeviceId, HubId};

use crate::frame::{self, FrameError};
use crate::message::{AskRules, Enrolled, Envelope, FileCall, Rejection, Request, Wait};
use crate::ports::{DeviceRecord, PortResult};
use crate::sign::{self, DeviceKey};
use crate::{ENROL_PATH, RejectCode, WAIT_BYTES_MAX};

/// A device's message as the body of a call.
///
/// # Errors
/// When it is larger than the hub would take.
pub fn seal_request<T: Encode<()>>(
    message: &T,
    path: &str,
    hub: &HubId,
    device: &DeviceId,
    key: &DeviceKey,
) -> Result<Vec<u8>, FrameError> {
    let payload = frame::encode(message)?;
    let signature = key.sign(&sign::request_message(path, hub, device, &payload)).to_vec();
    Ok(frame::to_cbor(&Envelope { sender: *device, signature, payload }))
}

/// The hub's side of [`seal_request`]: who asks, and what.
///
/// The order is the point: size, device, signature over the bytes as they came, and only then
/// inflating and reading.
///
/// # Errors
/// With the code that says why the request is not answered.
pub fn open_request(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    lookup: impl FnOnce(&DeviceId) -> PortResult<Option<DeviceRecord>>,
) -> Result<(DeviceRecord, Request), RejectCode> {
    let (device, request): (_, Request) = open_signed(bytes, path, hub, lookup)?;
    if request.hub != *hub {
        return Err(RejectCode::WrongHub);
    }
    Ok((device, request))
}

/// What this device once asked, read back from a bundle's reply: its own signature vouches for it.
///
/// # Errors
/// When it is not this device's own call of this hub.
pub fn open_own_request(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    own_key: &[u8; 32],
) -> Result<Request, RejectCode> {
    let request: Request = open_own(bytes, path, hub, own_key)?;
    if request.hub == *hub { Ok(request) } else { Err(RejectCode::WrongHub) }
}

/// The same of a call about a piece of a file.
///
/// # Errors
/// When it is not this device's own call of this hub.
pub fn open_own_file_call(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    own_key: &[u8; 32],
) -> Result<FileCall, RejectCode> {
    let call: FileCall = open_own(bytes, path, hub, own_key)?;
    if call.hub == *hub { Ok(call) } else { Err(RejectCode::WrongHub) }
}

fn open_own<T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    own_key: &[u8; 32],
) -> Result<T, RejectCode> {
    let envelope = read_envelope(bytes)?;
    let message = sign::request_message(path, hub, &envelope.sender, &envelope.payload);
    if !sign::verify(own_key, &message, &envelope.signature) {
        return Err(RejectCode::BadSignature);
    }
    Ok(frame::decode(&envelope.payload)?)
}

/// Who waits for news, and from where on. The checks are those of [`open_request`].
///
/// # Errors
/// With the code that says why the device is not let wait.
pub fn open_wait(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    lookup: impl FnOnce(&DeviceId) -> PortResult<Option<DeviceRecord>>,
) -> Result<(DeviceRecord, Wait), RejectCode> {
    if bytes.len() > WAIT_BYTES_MAX {
        return Err(RejectCode::TooLarge);
    }
    let (device, wait): (_, Wait) = open_signed(bytes, path, hub, lookup)?;
    if wait.hub != *hub {
        return Err(RejectCode::WrongHub);
    }
    Ok((device, wait))
}

/// Who asks for newer rules. The checks are those of [`open_request`].
///
/// # Errors
/// With the code that says why the device is not answered.
pub fn open_rules_ask(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    lookup: impl FnOnce(&DeviceId) -> PortResult<Option<DeviceRecord>>,
) -> Result<AskRules, RejectCode> {
    if bytes.len() > WAIT_BYTES_MAX {
        return Err(RejectCode::TooLarge);
    }
    let (_, ask): (_, AskRules) = open_signed(bytes, path, hub, lookup)?;
    if ask.hub == *hub { Ok(ask) } else { Err(RejectCode::WrongHub) }
}

/// Who gives or wants a piece of a file. The checks are those of [`open_request`].
///
/// # Errors
/// With the code that says why the device is not answered.
pub fn open_file_call(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    lookup: impl FnOnce(&DeviceId) -> PortResult<Option<DeviceRecord>>,
) -> Result<(DeviceRecord, FileCall), RejectCode> {
    let (device, call): (_, FileCall) = open_signed(bytes, path, hub, lookup)?;
    if call.hub != *hub {
        return Err(RejectCode::WrongHub);
    }
    Ok((device, call))
}

/// A message of a device that is known, signed it, and may still call.
fn open_signed<T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    lookup: impl FnOnce(&DeviceId) -> PortResult<Option<DeviceRecord>>,
) -> Result<(DeviceRecord, T), RejectCode> {
    let envelope = read_envelope(bytes)?;
    let device =
        lookup(&envelope.sender).map_err(|_| RejectCode::Busy)?.ok_or(RejectCode::UnknownDevice)?;
    let message = sign::request_message(path, hub, &envelope.sender, &envelope.payload);
    if !sign::verify(&device.public_key, &message, &envelope.signature) {
        return Err(RejectCode::BadSignature);
    }
    if device.revoked_at.is_some() {
        return Err(RejectCode::RevokedDevice);
    }
    let message = frame::decode(&envelope.payload)?;
    Ok((device, message))
}

/// A hub's message as the body of the answer to `request`, the bytes as they came.
///
/// # Errors
/// When it is larger than a device would take.
pub fn seal_answer<T: Encode<()>>(
    message: &T,
    path: &str,
    hub: &HubId,
    request: &[u8],
    key: &DeviceKey,
) -> Result<Vec<u8>, FrameError> {
    let payload = frame::encode(message)?;
    let signature = key.sign(&sign::answer_message(path, hub, request, &payload)).to_vec();
    Ok(frame::to_cbor(&Envelope { sender: DeviceId::default(), signature, payload }))
}

/// A signed refusal as the body of an answer with [`RejectCode::http_status`].
///
/// # Errors
/// Never in practice: a refusal is small.
pub fn seal_rejection(
    code: RejectCode,
    path: &str,
    hub: &HubId,
    request: &[u8],
    key: &DeviceKey,
) -> Result<Vec<u8>, FrameError> {
    let rejection =
        Rejection { code: code.as_str().to_owned(), retry_after_s: code.retry_after_s() };
    seal_answer(&rejection, path, hub, request, key)
}

/// Why an answer is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not signed by the pinned key for this very request: a captive portal, an inspecting proxy
    /// or another hub answered.
    #[error("the answer does not come from the hub this device is enrolled with")]
    NotFromHub,
    /// Signed by the hub, but not readable: another version, or a fault.
    #[error("the hub's answer could not be read: {0}")]
    Unreadable(FrameError),
}

impl AnswerError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFromHub => "not_from_hub",
            Self::Unreadable(_) => "unreadable_answer",
        }
    }
}

/// The device's side of [`seal_answer`]: the hub's word on `request`, or nothing.
///
/// # Errors
/// When the answer is not the hub's, or cannot be read.
pub fn open_answer<T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    request: &[u8],
    hub_key: &[u8; 32],
) -> Result<T, AnswerError> {
    let envelope = read_envelope(bytes).map_err(|_| AnswerError::NotFromHub)?;
    let message = sign::answer_message(path, hub, request, &envelope.payload);
    if !sign::verify(hub_key, &message, &envelope.signature) {
        return Err(AnswerError::NotFromHub);
    }
    frame::decode(&envelope.payload).map_err(AnswerError::Unreadable)
}

/// The hub's word that a device has joined.
///
/// It names its own key, which is taken on trust here: the transport's pinned key vouches for it.
///
/// # Errors
/// When the answer is not signed by the key it names for this very request.
pub fn open_enrolled(bytes: &[u8], request: &[u8]) -> Result<Enrolled, AnswerError> {
    let envelope = read_envelope(bytes).map_err(|_| AnswerError::NotFromHub)?;
    let enrolled: Enrolled =
        frame::decode(&envelope.payload).map_err(|_| AnswerError::NotFromHub)?;
    let key: [u8; 32] =
        enrolled.hub_key.as_slice().try_into().map_err(|_| AnswerError::NotFromHub)?;
    let message = sign::answer_message(ENROL_PATH, &enrolled.hub, request, &envelope.payload);
    if sign::verify(&key, &message, &envelope.signature) {
        Ok(enrolled)
    } else {
        Err(AnswerError::NotFromHub)
    }
}

/// What a device reads from the body of a 4xx or 5xx answer, when it is the hub's.
pub fn open_rejection(
    bytes: &[u8],
    path: &str,
    hub: &HubId,
    request: &[u8],
    hub_key: &[u8; 32],
) -> Option<Rejection> {
    open_answer(bytes, path, hub, request, hub_key).ok()
}

fn read_envelope(bytes: &[u8]) -> Result<Envelope, FrameError> {
    if bytes.len() > MESSAGE_COMPRESSED_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    frame::from_cbor(bytes)
}
