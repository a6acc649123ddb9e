//! The hub's side of a piece of a file: given by one ward, wanted by another.

use wardbook_base::HubId;
use wardbook_record::ATTACHMENT_BYTES_MAX;
use wardbook_store::{FileState, Tx};
use wardbook_sync::hub::{open_file_call, seal_response};
use wardbook_sync::message::{FILE_PIECE_BYTES_MAX, FileAnswer, FileCall};
use wardbook_sync::ports::{DeviceRecord, HubPort, PortError};
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
        let known = self.inner.store.read(|tx| known(tx, device, call, sha256))?;
        let state = match known {
            Known::Yes(state) => state,
            Known::NotYet => return Ok(FileAnswer::default()),
            Known::Never => {
                return Ok(FileAnswer { unwanted: Some(true), ..FileAnswer::default() });
            }
        };
        if call.want > 0 {
            let most = u64::from(call.want).min(FILE_PIECE_BYTES_MAX as u64);
            let bytes = self.inner.store.read(|tx| {
                tx.file_bytes(&call.document, &sha256, call.start, most).map_err(ReplicaError::from)
            })?;
            return Ok(FileAnswer { known: true, have: state.have, bytes, unwanted: None });
        }
        let have = if call.bytes.is_empty() {
            state.have
        } else {
            self.inner.store.write(|tx| {
                if tx.document(&call.document).map_err(wrong)?.is_some() {
                    tx.note_file(&call.document, &sha256, state.size)?;
                }
                // It may have moved since it was looked up.
                match tx.file(&call.document, &sha256)? {
                    Some(state) => take_piece(tx, &state, call.start, &call.bytes),
                    None => Ok(0),
                }
            })?
        };
        Ok(FileAnswer { known: true, have, ..FileAnswer::default() })
    }
}

/// What the hub knows of a file that a device gives or wants.
enum Known {
    /// A record refers to it, or a change of it that is no more or not yet in force.
    Yes(FileState),
    /// Nothing that it has worked out by now; or it is none of the device's business.
    NotYet,
    /// Nothing that it has of the record names the file.
    Never,
}

fn known(
    tx: &dyn Tx,
    device: &DeviceRecord,
    call: &FileCall,
    sha256: [u8; 32],
) -> Result<Known, ReplicaError> {
    let document = call.document;
    // Who kept the record before gives what was attached there, the record itself being gone.
    let may = may_read(tx, device, call)? || (call.want == 0 && kept_once(tx, device, call)?);
    if !may {
        return Ok(Known::NotYet);
    }
    let state = tx.file(&document, &sha256)?;
    if call.want > 0 || state.is_some() || call.size > ATTACHMENT_BYTES_MAX {
        let state = state.filter(|state| state.size == call.size);
        return Ok(state.map_or(Known::NotYet, Known::Yes));
    }
    let named = tx.is_file_named(&document, &sha256, call.size)?;
    let state = FileState { document, sha256, size: call.size, have: 0, sent: 0 };
    Ok(if named { Known::Yes(state) } else { Known::Never })
}

/// Whether the device's ward keeps or reads the record.
fn may_read(tx: &dyn Tx, device: &DeviceRecord, call: &FileCall) -> Result<bool, ReplicaError> {
    let Some(state) = tx.document(&call.document).map_err(wrong)? else { return Ok(false) };
    if state.ward == device.ward {
        return Ok(true);
    }
    let readers = HubPort::readers(tx, &call.document).map_err(wrong)?;
    Ok(readers.contains(&device.ward))
}

/// Whether the device's ward ever kept the record.
fn kept_once(tx: &dyn Tx, device: &DeviceRecord, call: &FileCall) -> Result<bool, ReplicaError> {
    let ledger = HubPort::custody(tx, &call.document).map_err(wrong)?;
    Ok(ledger.iter().any(|entry| entry.ward == device.ward))
}

fn wrong(error: PortError) -> ReplicaError {
    ReplicaError::from(wardbook_store::StoreError::from(error))
}
