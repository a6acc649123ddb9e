//! The node's side: gives the hub the files of its records and fetches those that others added, one
//! piece a call, after the records themselves are through. A cut costs one piece.

use wardbook_base::FeedEpoch;
use wardbook_store::{FileState, StoreError, Tx};
use wardbook_sync::FILE_PATH;
use wardbook_sync::message::{FILE_PIECE_BYTES_MAX, FileAnswer, FileCall};
use wardbook_sync::node::{edits_owed, open_rejection, open_response, seal_request};
use wardbook_sync::ports::{Membership, PortError};
use wardbook_sync::sign::DeviceKey;

use crate::error::{ReplicaError, SyncError, TransportError};
use crate::node::{Transport, stored_key, target_of};
use crate::replica::Replica;
use crate::settings::DEVICE_KEY;

use super::take_piece;

/// Files looked at in one go; what is left comes with the next.
const FILES_AT_ONCE: usize = 64;
/// After so many files that must wait, the rest is not asked for in this go. Those wait behind all
/// others then: what never comes must not stand in anybody's way.
const WAITING_MAX: u64 = 4;

/// What one go moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FilesMoved {
    /// Files of which the hub has all bytes now.
    pub sent: u64,
    /// Files of which all bytes are here now.
    pub fetched: u64,
    /// Pieces given and taken.
    pub pieces: u64,
    /// Files that the hub did not know of yet, or had not got whole itself: they wait.
    pub waiting: u64,
}

impl Replica {
    /// Gives and fetches files, at most `pieces_max` pieces of them.
    ///
    /// # Errors
    /// See [`SyncError`]; what was moved by then is kept. A hub that knows no files answers
    /// `NotAHub(404)`.
    pub async fn move_files<T: Transport>(
        &self,
        transport: &T,
        pieces_max: u64,
    ) -> Result<FilesMoved, SyncError> {
        let mut moved = FilesMoved::default();
        let Some((epoch, unsent, missing)) = self.run(Self::files_to_move).await?? else {
            return Ok(moved);
        };
        for file in unsent {
            self.give(transport, &epoch, file, pieces_max, &mut moved).await?;
        }
        let given = moved.waiting;
        for file in missing {
            if moved.waiting - given >= WAITING_MAX {
                break;
            }
            self.fetch(transport, file, pieces_max, &mut moved).await?;
        }
        Ok(moved)
    }

    #[expect(clippy::type_complexity, reason = "read once, right above")]
    fn files_to_move(
        &self,
    ) -> Result<Option<(FeedEpoch, Vec<FileState>, Vec<FileState>)>, SyncError> {
        self.inner.store.read(|tx| {
            let Some(position) = tx.feed_position()? else { return Ok(None) };
            let unsent = tx.files_unsent(&position.epoch, FILES_AT_ONCE)?;
            Ok(Some((position.epoch, unsent, tx.files_missing(FILES_AT_ONCE)?)))
        })
    }

    async fn give<T: Transport>(
        &self,
        transport: &T,
        epoch: &FeedEpoch,
        file: FileState,
        pieces_max: u64,
        moved: &mut FilesMoved,
    ) -> Result<(), SyncError> {
        // A hub that was put back may have lost what it had: it is asked first.
        let mut at_hub = None;
        while moved.pieces < pieces_max {
            let (asked, start) = (file.clone(), at_hub);
            let (membership, body) =
                self.run(move |replica| replica.give_body(&asked, start)).await??;
            let answer = self.call_file(transport, &membership, body).await?;
            if !answer.known {
                moved.waiting += 1;
                return self.put_off(&file, &answer).await;
            }
            moved.pieces += u64::from(at_hub.is_some());
            if at_hub == Some(answer.have) {
                // It does not take the piece: the next go tries again.
                return self.put_last(&file).await;
            }
            at_hub = Some(answer.have);
            let (done, epoch, have) = (file.clone(), *epoch, answer.have);
            self.run(move |replica| {
                replica.inner.store.write(|tx| {
                    tx.put_file_sent(&done.document, &done.sha256, have, &epoch)
                        .map_err(ReplicaError::from)
                })
            })
            .await??;
            if answer.have >= file.size {
                moved.sent += 1;
                return Ok(());
            }
        }
        Ok(())
    }

    fn give_body(
        &self,
        file: &FileState,
        start: Option<u64>,
    ) -> Result<(Membership, Vec<u8>), SyncError> {
        let piece = FILE_PIECE_BYTES_MAX as u64;
        let bytes = match start {
            None => Vec::new(),
            Some(start) => self.inner.store.read(|tx| {
                tx.file_bytes(&file.document, &file.sha256, start, piece)
                    .map_err(ReplicaError::from)
            })?,
        };
        self.file_body(file, start.unwrap_or(0), bytes, 0)
    }

    async fn fetch<T: Transport>(
        &self,
        transport: &T,
        mut file: FileState,
        pieces_max: u64,
        moved: &mut FilesMoved,
    ) -> Result<(), SyncError> {
        while moved.pieces < pieces_max {
            let want = u32::try_from(FILE_PIECE_BYTES_MAX).unwrap_or(u32::MAX);
            let asked = file.clone();
            let (membership, body) = self
                .run(move |replica| replica.file_body(&asked, asked.have, Vec::new(), want))
                .await??;
            let answer = self.call_file(transport, &membership, body).await?;
            if !answer.known || answer.bytes.is_empty() {
                moved.waiting += 1;
                return self.put_last(&file).await;
            }
            moved.pieces += 1;
            let state = file.clone();
            let have = self
                .run(move |replica| {
                    replica
                        .inner
                        .store
                        .write(|tx| take_piece(tx, &state, state.have, &answer.bytes))
                })
                .await??;
            if have >= file.size {
                moved.fetched += 1;
                return Ok(());
            }
            if have <= file.have {
                moved.waiting += 1;
                return self.put_last(&file).await;
            }
            file.have = have;
        }
        Ok(())
    }

    async fn put_off(&self, file: &FileState, answer: &FileAnswer) -> Result<(), SyncError> {
        let (file, unwanted) = (file.clone(), answer.unwanted == Some(true));
        let put =
            self.run(move |replica| replica.inner.store.write(|tx| put_off(tx, &file, unwanted)));
        Ok(put.await??)
    }

    async fn put_last(&self, file: &FileState) -> Result<(), SyncError> {
        let FileState { document, sha256, .. } = *file;
        let put = self.run(move |replica| {
            let store = &replica.inner.store;
            store.write(|tx| tx.put_file_last(&document, &sha256).map_err(ReplicaError::from))
        });
        Ok(put.await??)
    }

    fn file_body(
        &self,
        file: &FileState,
        start: u64,
        bytes: Vec<u8>,
        want: u32,
    ) -> Result<(Membership, Vec<u8>), SyncError> {
        self.inner.store.read(|tx| {
            let membership = tx.membership()?.ok_or(SyncError::NotEnrolled)?;
            let key = stored_key(tx, DEVICE_KEY)?.ok_or(ReplicaError::Setting(DEVICE_KEY))?;
            let piece = Piece { start, bytes, want };
            let body = sealed_call(&membership, &key, file, piece)?;
            Ok((membership, body))
        })
    }

    async fn call_file<T: Transport>(
        &self,
        transport: &T,
        membership: &Membership,
        body: Vec<u8>,
    ) -> Result<FileAnswer, SyncError> {
        let answer = transport.call(&target_of(membership), FILE_PATH, body.clone()).await?;
        let Membership { hub, hub_key, .. } = membership;
        if answer.status == 200 {
            return open_response(&answer.body, FILE_PATH, hub, &body, hub_key)
                .map_err(|error| SyncError::BadAnswer(error.code().to_owned()));
        }
        match open_rejection(&answer.body, FILE_PATH, hub, &body, hub_key) {
            Some(rejection) => Err(SyncError::Rejected {
                code: rejection.code,
                retry_after_s: rejection.retry_after_s,
            }),
            None => Err(TransportError::NotAHub(answer.status).into()),
        }
    }
}

/// A file that the hub does not know waits behind all others. One that nothing there names keeps no
/// record here that is to be forgotten, once the hub has all that was written of it.
pub(super) fn put_off(
    tx: &mut dyn Tx,
    file: &FileState,
    unwanted: bool,
) -> Result<(), ReplicaError> {
    let FileState { document, sha256, size, .. } = file;
    let is_in_vain = unwanted && {
        let leaving = tx.forgetting().map_err(wrong)?;
        leaving.iter().any(|(grave, _)| grave.document == *document)
            && !edits_owed(tx).map_err(wrong)?.contains(document)
    };
    match tx.feed_position()? {
        Some(position) if is_in_vain => {
            tx.put_file_sent(document, sha256, *size, &position.epoch)?;
        }
        _ => tx.put_file_last(document, sha256)?,
    }
    Ok(())
}

fn wrong(error: PortError) -> ReplicaError {
    ReplicaError::from(StoreError::from(error))
}

/// What a call is about: bytes that are given, or as many as are wanted, or neither, to ask how much
/// the hub has.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) start: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) want: u32,
}

/// The body of a call about a file.
pub(super) fn sealed_call(
    membership: &Membership,
    key: &DeviceKey,
    file: &FileState,
    Piece { start, bytes, want }: Piece,
) -> Result<Vec<u8>, SyncError> {
    let Membership { hub, device, .. } = membership;
    let call = FileCall {
        hub: *hub,
        document: file.document,
        sha256: file.sha256.to_vec(),
        size: file.size,
        start,
        bytes,
        want,
    };
    seal_request(&call, FILE_PATH, hub, device, key)
        .map_err(|_| SyncError::BadAnswer("own_request".to_owned()))
}
