//! Files that records refer to: photos and scans. The record holds hash, size and kind; the bytes lie
//! beside it, sealed with the record's key, and travel after it.

mod by_hand;
mod error;
mod fetch;
mod hub;
mod photo;
mod whole;

use sha2::{Digest as _, Sha256};
use wardbook_base::DocumentId;
use wardbook_record::{ATTACHMENT_BYTES_MAX, Attachment, Edit, Media, Path, attachments, schema};
use wardbook_store::{FileState, FilesWaiting, Tx};
use wardbook_sync::message::FILE_PIECE_BYTES_MAX;

use crate::edit::{EditCommand, Saved};
use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

pub(crate) use by_hand::FilesOut;
pub use error::AttachError;
pub use fetch::FilesMoved;
pub use photo::{Crop, PHOTO_HEIGHT, PHOTO_WIDTH, for_screen, must_be_picture, photo};

/// The field that holds the photo.
const PHOTO: &str = "photo";

/// A file of a record, as far as it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// What the record holds of it.
    pub file: Attachment,
    /// Bytes that are here.
    pub have: u64,
    /// All bytes, when they were asked for and all are here.
    pub bytes: Option<Vec<u8>>,
}

impl Replica {
    /// Puts a scan into a cell or field of a record. It is kept as it is.
    ///
    /// # Errors
    /// See [`AttachError`]; nothing is half-written.
    pub fn attach(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        path: Path,
        bytes: &[u8],
    ) -> Result<Saved, AttachError> {
        if !holds_a_file(&path) {
            return Err(AttachError::NoPlace);
        }
        let media = kind_of(bytes)?;
        self.put_attachment(viewer, document, path, bytes, media)
    }

    /// Makes a photo of 4 by 6 out of a picture and puts it into a record: cut, turned upright,
    /// without what the camera wrote into it.
    ///
    /// # Errors
    /// See [`AttachError`]; nothing is half-written.
    pub fn put_photo(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        picture: &[u8],
        crop: Crop,
    ) -> Result<Saved, AttachError> {
        must_be_picture(picture)?;
        let made = photo(picture, crop)?;
        self.put_attachment(viewer, document, Path::field(PHOTO), &made, Media::Jpeg)
    }

    fn put_attachment(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        path: Path,
        bytes: &[u8],
        media: Media,
    ) -> Result<Saved, AttachError> {
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        let file = Attachment { sha256, bytes: bytes.len() as u64, media };
        let edits = vec![Edit::set(path, file.to_string().as_str())];
        viewer.must_write(&edits)?;
        // The bytes first: a record never names a file that was not kept. Bytes that no record
        // came to name are harmless, and the next try finds them.
        self.inner.store.write(|tx| {
            self.must_reach(tx, viewer, document).map_err(AttachError::from)?;
            Ok::<_, AttachError>(keep_whole(tx, document, &file, bytes)?)
        })?;
        let command = EditCommand { base_heads: Vec::new(), edits };
        Ok(self.edit_person(viewer, document, command)?)
    }

    /// A file that a record refers to and the viewer may read, by its hash in hexadecimal; with its
    /// bytes when `whole` is set and all are here.
    pub fn attached_file(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        hex: &str,
        whole: bool,
    ) -> Result<Option<AttachedFile>, ReplicaError> {
        let found = self.attached(viewer, document, |_, file| file.hex() == hex, whole)?;
        if whole && found.as_ref().is_some_and(|found| found.bytes.is_some()) {
            self.log_seen(viewer, "file", Some(*document), hex);
        }
        Ok(found)
    }

    /// The photo of a record, when the viewer may read it.
    pub fn person_photo(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<Option<AttachedFile>, ReplicaError> {
        let is_photo = |path: &Path, _: &Attachment| path.owner() == PHOTO;
        self.attached(viewer, document, is_photo, true)
    }

    fn attached(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        wanted: impl Fn(&Path, &Attachment) -> bool,
        whole: bool,
    ) -> Result<Option<AttachedFile>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            if !self.reaches(tx, viewer, document)? {
                return Ok(None);
            }
            let Some(loaded) = tx.load_document(document)? else { return Ok(None) };
            let mut person = loaded.read();
            viewer.access().redact(&mut person);
            let found = attachments(&person).into_iter().find(|(path, file)| wanted(path, file));
            let Some((_, file)) = found else { return Ok(None) };
            let have = tx.file(document, &file.sha256)?.map_or(0, |state| state.have);
            let bytes = if whole && have == file.bytes {
                Some(tx.file_bytes(document, &file.sha256, 0, file.bytes)?)
            } else {
                None
            };
            Ok(Some(AttachedFile { file, have, bytes }))
        })
    }

    /// Files on their way to the hub and from it.
    pub fn files_waiting(&self) -> Result<FilesWaiting, ReplicaError> {
        self.inner.store.read(|tx| waiting(tx, None))
    }
}

/// Files on their way: all, or those of one record.
pub(crate) fn waiting(
    tx: &dyn Tx,
    document: Option<&DocumentId>,
) -> Result<FilesWaiting, ReplicaError> {
    let epoch = tx.feed_position()?.map(|position| position.epoch);
    Ok(tx.files_waiting(epoch.as_ref(), document)?)
}

/// Notes the files that a record refers to, so that their bytes are asked for.
pub(crate) fn note(
    tx: &mut dyn Tx,
    document: &DocumentId,
    files: &[String],
) -> Result<(), ReplicaError> {
    for text in files {
        if let Ok(file) = text.parse::<Attachment>() {
            tx.note_file(document, &file.sha256, file.bytes)?;
        }
    }
    Ok(())
}

pub(crate) fn keep_whole(
    tx: &mut dyn Tx,
    document: &DocumentId,
    file: &Attachment,
    bytes: &[u8],
) -> Result<(), ReplicaError> {
    tx.note_file(document, &file.sha256, file.bytes)?;
    let have = tx.file(document, &file.sha256)?.map_or(0, |state| state.have);
    if have == file.bytes {
        return Ok(());
    }
    // Pieces that were fetched so far are only known to be right when all are there.
    tx.drop_file_bytes(document, &file.sha256)?;
    for (at, piece) in bytes.chunks(FILE_PIECE_BYTES_MAX).enumerate() {
        let start = (at * FILE_PIECE_BYTES_MAX) as u64;
        tx.put_file_piece(document, &file.sha256, start, piece)?;
    }
    Ok(())
}

/// Takes a piece in; when it was the last one, the whole must have the hash it goes by. Says how
/// much is here then.
pub(crate) fn take_piece(
    tx: &mut dyn Tx,
    state: &FileState,
    start: u64,
    bytes: &[u8],
) -> Result<u64, ReplicaError> {
    let fits = start == state.have
        && bytes.len() <= FILE_PIECE_BYTES_MAX
        && state.have + bytes.len() as u64 <= state.size;
    if bytes.is_empty() || !fits {
        return Ok(state.have);
    }
    tx.put_file_piece(&state.document, &state.sha256, start, bytes)?;
    let have = state.have + bytes.len() as u64;
    if have < state.size {
        return Ok(have);
    }
    let whole = tx.file_bytes(&state.document, &state.sha256, 0, state.size)?;
    let found: [u8; 32] = Sha256::digest(&whole).into();
    if found == state.sha256 {
        return Ok(have);
    }
    tracing::warn!(document = %state.document, "a file did not have its hash; it is asked for again");
    tx.drop_file_bytes(&state.document, &state.sha256)?;
    Ok(0)
}

pub(crate) fn kind_of(bytes: &[u8]) -> Result<Media, AttachError> {
    if bytes.is_empty() {
        return Err(AttachError::Empty);
    }
    if bytes.len() as u64 > ATTACHMENT_BYTES_MAX {
        return Err(AttachError::TooLarge);
    }
    let media = Media::sniff(bytes).ok_or(AttachError::OtherKind)?;
    if whole::is_whole(media, bytes) { Ok(media) } else { Err(AttachError::Cut(media)) }
}

fn holds_a_file(path: &Path) -> bool {
    let kind = match path {
        Path::Field { key } => schema().field(key).map(|field| &field.kind),
        Path::Cell { table, column, .. } => schema().column(table, column).map(|f| &f.kind),
        Path::Code { .. } => None,
    };
    kind == Some(&wardbook_record::Kind::Blob)
}
