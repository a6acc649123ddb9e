//! Files in bundles: the same calls as over a line, written down one after the other. A device gives
//! what the hub is not known to have, the oldest first, and asks for what is missing here; what does
//! not fit waits for the next bundle, which goes on where this one ends.

use wardbook_store::{FileState, Tx};
use wardbook_sync::FILE_PATH;
use wardbook_sync::bundle::{BUNDLE_FILES_MAX, FileFrame};
use wardbook_sync::envelope::open_own_file_call;
use wardbook_sync::message::{FILE_PIECE_BYTES_MAX, FileAnswer, FileCall};
use wardbook_sync::node::open_response;
use wardbook_sync::ports::Membership;
use wardbook_sync::sign::DeviceKey;

use super::fetch::{FilesMoved, Piece, put_off, sealed_call};
use super::take_piece;
use crate::error::{ReplicaError, SyncError};
use crate::replica::Replica;

/// Files looked at for one bundle.
const FILES_AT_ONCE: usize = 100_000;
/// Pieces asked for in one bundle: 16 MB in the reply.
const WANTED_MAX: usize = 256;

/// The calls about files of one bundle.
#[derive(Debug, Default)]
pub(crate) struct FilesOut {
    pub(crate) frames: Vec<FileFrame>,
    /// Files that this bundle carries to their end.
    pub(crate) files: u64,
    /// Files that wait for the next bundle.
    pub(crate) left: u64,
    /// Pieces that this bundle and those before it carry: where the next one goes on.
    pub(crate) pieces: u64,
}

impl FilesOut {
    /// Gives files, from the `skip`th piece of what the hub lacks on, until `room` bytes are full.
    pub(crate) fn give(
        &mut self,
        tx: &dyn Tx,
        (member, key): (&Membership, &DeviceKey),
        skip: u64,
        room: usize,
    ) -> Result<(), SyncError> {
        // Before the first answer of the hub it is not known to have anything.
        let epoch = tx.feed_position()?.map(|position| position.epoch).unwrap_or_default();
        let mut size = 0;
        let mut is_full = false;
        for file in tx.files_unsent(&epoch, FILES_AT_ONCE)? {
            let before = self.frames.len();
            let mut start = file.sent;
            while !is_full && start < file.size {
                if self.pieces >= skip {
                    let bytes = tx.file_bytes(
                        &file.document,
                        &file.sha256,
                        start,
                        FILE_PIECE_BYTES_MAX as u64,
                    )?;
                    let piece = Piece { start, bytes, want: 0 };
                    let call = sealed_call(member, key, &file, piece)?;
                    // Room is kept for the question behind the last piece.
                    is_full = size + call.len() > room || self.frames.len() + 2 > BUNDLE_FILES_MAX;
                    if is_full {
                        break;
                    }
                    size += call.len();
                    self.frames.push(up(call));
                }
                self.pieces += 1;
                start += FILE_PIECE_BYTES_MAX as u64;
            }
            let carried = self.frames.len() > before;
            if carried {
                self.frames.push(up(sealed_call(member, key, &file, Piece::default())?));
            }
            self.files += u64::from(carried && start >= file.size);
            self.left += u64::from(start < file.size);
        }
        Ok(())
    }

    /// Asks for what is missing here.
    pub(crate) fn want(
        &mut self,
        tx: &dyn Tx,
        (member, key): (&Membership, &DeviceKey),
    ) -> Result<(), SyncError> {
        let want = u32::try_from(FILE_PIECE_BYTES_MAX).unwrap_or(u32::MAX);
        let mut asked = 0;
        for file in tx.files_missing(WANTED_MAX)? {
            for start in (file.have..file.size).step_by(FILE_PIECE_BYTES_MAX) {
                if asked == WANTED_MAX {
                    return Ok(());
                }
                let piece = Piece { start, bytes: Vec::new(), want };
                self.frames.push(up(sealed_call(member, key, &file, piece)?));
                asked += 1;
            }
        }
        Ok(())
    }
}

fn up(call: Vec<u8>) -> FileFrame {
    FileFrame { call, status: 0, answer: Vec::new() }
}

impl Replica {
    /// Takes in what a reply says and brings of files. What it says of the hub counts only when it
    /// was written in the incarnation of the feed that this device stands in.
    pub(crate) fn take_files(
        &self,
        member: &Membership,
        key: &DeviceKey,
        frames: &[FileFrame],
        is_current: bool,
    ) -> Result<FilesMoved, SyncError> {
        let mut moved = FilesMoved::default();
        let bad = |code: &str| SyncError::BadAnswer(code.to_owned());
        for frame in frames.iter().filter(|frame| frame.status == 200) {
            let call = open_own_file_call(&frame.call, FILE_PATH, &member.hub, &key.public())
                .map_err(|code| bad(code.as_str()))?;
            let Membership { hub, hub_key, .. } = member;
            let answer: FileAnswer =
                open_response(&frame.answer, FILE_PATH, hub, &frame.call, hub_key)
                    .map_err(|error| bad(error.code()))?;
            self.inner.store.write(|tx| take_answer(tx, &call, &answer, is_current, &mut moved))?;
        }
        Ok(moved)
    }
}

fn take_answer(
    tx: &mut dyn Tx,
    call: &FileCall,
    answer: &FileAnswer,
    is_current: bool,
    moved: &mut FilesMoved,
) -> Result<(), ReplicaError> {
    let Ok(sha256) = call.sha256.as_slice().try_into() else { return Ok(()) };
    // The record may have been forgotten since.
    let Some(state) = tx.file(&call.document, &sha256)? else { return Ok(()) };
    if !answer.known || (call.want > 0 && answer.bytes.is_empty()) {
        moved.waiting += u64::from(!answer.known);
        // The next bundle begins with others.
        put_off(tx, &state, is_current && answer.unwanted == Some(true))?;
    } else if call.want > 0 {
        take_wanted(tx, &state, call.start, &answer.bytes, moved)?;
    } else if let Some(position) = tx.feed_position()?.filter(|_| is_current) {
        let have = answer.have.min(state.size);
        moved.sent += u64::from(state.sent < state.size && have == state.size);
        tx.put_file_sent(&call.document, &sha256, have, &position.epoch)?;
    }
    Ok(())
}

fn take_wanted(
    tx: &mut dyn Tx,
    state: &FileState,
    start: u64,
    bytes: &[u8],
    moved: &mut FilesMoved,
) -> Result<(), ReplicaError> {
    let have = take_piece(tx, state, start, bytes)?;
    if have > state.have {
        moved.pieces += 1;
        moved.fetched += u64::from(have == state.size);
    }
    Ok(())
}
