//! The hub's side of a piece of a file: given by one ward, wanted by another.

use wardbook_base::HubId;
use wardbook_store::Tx;
use wardbook_sync::hub::{open_file_call, seal_response};
use wardbook_sync::message::{FILE_PIECE_BYTES_MAX, FileAnswer, FileCall};
use wardbook_sync::ports::{DeviceRecord, HubPort};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::{FILE_PATH, RejectCode};

use crate::error::ReplicaError;
use crate::hub::HttpAnswer;
use crate::hub::endpoint::{Failed, refusal, unable};
use crate::replica::Replica;

use super::take_piece;

impl Replica {
    /// The answer to the body of a `POST /sync/v1/file`.
    pub fn answer_file(&self, body: &[u8]) -> HttpAnswer {
        match self.hub_identity() {
            Ok((hub, key)) => self.answer_file_frame(body, &hub, &key).0,
            Err(error) => unable(&error),
        }
    }

    /// Answers one call, come by whatever way, and tells what it was when it was answered with data.
    pub(crate) fn answer_file_frame(
        &self,
        body: &[u8],
        hub: &HubId,
        key: &DeviceKey,
    ) -> (HttpAnswer, Option<(FileCall, FileAnswer)>) {
        let refuse = |code| (refusal(code, FILE_PATH, hub, body, key), None);
        let opened = self.inner.store.read(|tx| {
            open_file_call(body, FILE_PATH, hub, |id| tx.device(id)).map_err(Failed::Rejected)
        });
        let answered = opened.and_then(|(device, call)| {
            let answer = self.file_answer(&device, &call)?;
            Ok((call, answer))
        });
        let (call, answer) = match answered {
            Ok(answered) => answered,
            Err(failed) => return refuse(failed.into()),
        };
        match seal_response(&answer, FILE_PATH, hub, body, key) {
            Ok(body) => (HttpAnswer { status: 200, body }, Some((call, answer))),
            Err(_) => refuse(RejectCode::Busy),
        }
    }

    fn file_answer(&self, device: &DeviceRecord, call: &FileCall) -> Result<FileAnswer, Failed> {
        let sha256: [u8; 32] = call
            .sha256
            .as_slice()
            .try_into()
            .map_err(|_| Failed::Rejected(RejectCode::Malformed))?;
        if call.bytes.len() > FILE_PIECE_BYTES_MAX {
            return Err(Failed::Rejected(RejectCode::TooLarge));
        }
        let known = self.inner.store.read(|tx| {
            let in_scope = may_read(tx, device, call)?;
            let state = if in_scope { tx.file(&call.document, &sha256)? } else { None };
            Ok::<_, ReplicaError>(state.filter(|state| state.size == call.size))
        })?;
        let Some(state) = known else { return Ok(FileAnswer::default()) };
        if call.want > 0 {
            let most = u64::from(call.want).min(FILE_PIECE_BYTES_MAX as u64);
            let bytes = self.inner.store.read(|tx| {
                tx.file_bytes(&call.document, &sha256, call.start, most).map_err(ReplicaError::from)
            })?;
            return Ok(FileAnswer { known: true, have: state.have, bytes });
        }
        let have = if call.bytes.is_empty() {
            state.have
        } else {
            self.inner.store.write(|tx| {
                // It may have moved since it was looked up.
                match tx.file(&call.document, &sha256)? {
                    Some(state) => take_piece(tx, &state, call.start, &call.bytes),
                    None => Ok(0),
                }
            })?
        };
        Ok(FileAnswer { known: true, have, bytes: Vec::new() })
    }
}

/// Whether the device's ward keeps or reads the record.
fn may_read(tx: &dyn Tx, device: &DeviceRecord, call: &FileCall) -> Result<bool, ReplicaError> {
    let wrong = |error| ReplicaError::from(wardbook_store::StoreError::from(error));
    let Some(state) = tx.document(&call.document).map_err(wrong)? else { return Ok(false) };
    if state.ward == device.ward {
        return Ok(true);
    }
    let readers = HubPort::readers(tx, &call.document).map_err(wrong)?;
    Ok(readers.contains(&device.ward))
}
