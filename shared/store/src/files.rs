//! Files that records refer to: their bytes in sealed pieces, and how much of them is here and at the
//! hub. A file counts as on its way while a record that is here refers to it, rows out of use
//! included: what was put aside before it was sent waits for nobody. Its bytes stay, and it is on its
//! way again as soon as somebody brings the value back.

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId, FeedEpoch};

use crate::error::StoreError;
use crate::rows::{array, id, number, unsigned};
use crate::seal::SealKind;
use crate::tx::SqlTx;

/// How much of a file is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// The record that refers to it.
    pub document: DocumentId,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its size in bytes.
    pub size: u64,
    /// Bytes that are here, from the beginning on.
    pub have: u64,
    /// Node: bytes that the hub is known to have.
    pub sent: u64,
}

impl FileState {
    /// Whether all of it is here.
    pub const fn is_whole(&self) -> bool {
        self.have == self.size
    }
}

/// Files of records.
pub trait Files {
    /// Notes that a record refers to a file; one that is noted already stays as it is.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn note_file(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        size: u64,
    ) -> Result<(), StoreError>;
    /// A file that a record refers to.
    fn file(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
    ) -> Result<Option<FileState>, StoreError>;
    /// Adds the piece that follows what is here. Another place is refused.
    fn put_file_piece(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        start: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError>;
    /// What is here of a file from a place on, at most so many bytes; less when a piece is missing.
    fn file_bytes(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
        start: u64,
        max: u64,
    ) -> Result<Vec<u8>, StoreError>;
    /// Throws away the bytes of a file, which is noted still: they were not those of its hash.
    fn drop_file_bytes(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
    ) -> Result<(), StoreError>;
    /// Node: how much of a file the hub has, in this incarnation of its feed.
    fn put_file_sent(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        sent: u64,
        epoch: &FeedEpoch,
    ) -> Result<(), StoreError>;
    /// Lets a file wait behind all others: the other end can neither give nor take it now.
    fn put_file_last(&mut self, document: &DocumentId, sha256: &[u8; 32])
    -> Result<(), StoreError>;
    /// Files that records refer to and of which bytes are missing here, those noted first coming
    /// first, at most so many.
    fn files_missing(&self, max: usize) -> Result<Vec<FileState>, StoreError>;
    /// Node: whole files that records refer to and of which the hub, in this incarnation of its
    /// feed, is not known to have everything; those noted first come first.
    fn files_unsent(&self, epoch: &FeedEpoch, max: usize) -> Result<Vec<FileState>, StoreError>;
    /// How many files that records refer to, or this one record, are whole here and not at the hub,
    /// and of how many bytes are missing here.
    fn files_waiting(
        &self,
        epoch: Option<&FeedEpoch>,
        document: Option<&DocumentId>,
    ) -> Result<FilesWaiting, StoreError>;
    /// Hub: whether a change of the record names a file, whatever became of the change: it was written
    /// over, or is kept aside and somebody may still take it over.
    fn is_file_named(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
        size: u64,
    ) -> Result<bool, StoreError>;
}

/// Files on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FilesWaiting {
    /// Files that are here and not, or not wholly, at the hub.
    pub to_send: u64,
    /// Bytes of them that the hub is not known to have.
    pub bytes_to_send: u64,
    /// Files that are not, or not wholly, here.
    pub to_fetch: u64,
    /// Bytes of them that are missing here.
    pub bytes_to_fetch: u64,
}

const COLUMNS: &str = "document, sha256, size, have, sent";
/// Whether a record that is here refers to the file, by what lists know of the record: those are
/// written with every edit. Of a record that is about to be forgotten all files count: an edit that
/// came too late for it may name one.
const IS_REFERRED_TO: &str = "(EXISTS (
        SELECT 1 FROM document d JOIN person p ON p.document = d.key
        WHERE d.id = file.document
            AND instr(json_extract(p.facts, '$.files'), lower(hex(file.sha256))) > 0)
    OR file.document IN (SELECT document FROM forgetting))";

impl SqlTx<'_> {
    /// The documents with files that are whole here and of which the hub, in this incarnation of its
    /// feed, is not known to have everything.
    pub(crate) fn documents_with_unsent_files(
        &self,
        epoch: Option<&FeedEpoch>,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let sql = "SELECT DISTINCT document FROM file
                   WHERE have = size AND (sent < size OR sent_in IS NOT ?1)";
        self.all(sql, [epoch.map(FeedEpoch::as_bytes)], |row| id(row, 0))
    }
}

impl Files for SqlTx<'_> {
    fn note_file(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        size: u64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO file (document, sha256, size, noted)
                   VALUES (?1, ?2, ?3, (SELECT coalesce(max(noted), 0) + 1 FROM file))
                   ON CONFLICT (document, sha256) DO NOTHING";
        self.execute(sql, params![document.as_bytes(), sha256, number(size)]).map(drop)
    }

    fn file(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
    ) -> Result<Option<FileState>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM file WHERE document = ?1 AND sha256 = ?2");
        self.first(&sql, params![document.as_bytes(), sha256], state)
    }

    fn put_file_piece(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        start: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let whole = bytes.len() as u64;
        let sql = "UPDATE file SET have = have + ?4
                   WHERE document = ?1 AND sha256 = ?2 AND have = ?3 AND have + ?4 <= size";
        let place = params![document.as_bytes(), sha256, number(start), number(whole)];
        self.must_change(sql, place, "a piece of a file must follow those before it")?;
        let sealed = self.seal(document, SealKind::File, &piece_hash(sha256, start), bytes)?;
        let sql = "INSERT OR REPLACE INTO file_piece (document, sha256, start, bytes)
                   VALUES (?1, ?2, ?3, ?4)";
        let values = params![document.as_bytes(), sha256, number(start), sealed];
        self.execute(sql, values).map(drop)
    }

    fn file_bytes(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
        start: u64,
        max: u64,
    ) -> Result<Vec<u8>, StoreError> {
        // The piece that holds `start` begins at or before it.
        let sql = "SELECT start, bytes FROM file_piece
                   WHERE document = ?1 AND sha256 = ?2 AND start < ?4 AND start >= coalesce(
                       (SELECT max(start) FROM file_piece
                        WHERE document = ?1 AND sha256 = ?2 AND start <= ?3), 0)
                   ORDER BY start";
        let end = start.saturating_add(max);
        let place = params![document.as_bytes(), sha256, number(start), number(end)];
        let pieces: Vec<(u64, Vec<u8>)> =
            self.all(sql, place, |row| Ok((unsigned(row, 0)?, row.get(1)?)))?;
        let mut bytes = Vec::new();
        let mut next = start;
        for (at, sealed) in pieces {
            let hash = piece_hash(sha256, at);
            let Some(piece) = self.unseal(document, SealKind::File, &hash, &sealed)? else { break };
            let skip = usize::try_from(next.saturating_sub(at)).unwrap_or(usize::MAX);
            if at > next || skip >= piece.len() {
                break;
            }
            bytes.extend_from_slice(&piece[skip..]);
            next = at + piece.len() as u64;
        }
        bytes.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    fn drop_file_bytes(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
    ) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM file_piece WHERE document = ?1 AND sha256 = ?2",
            "UPDATE file SET have = 0 WHERE document = ?1 AND sha256 = ?2",
        ] {
            self.execute(sql, params![document.as_bytes(), sha256])?;
        }
        Ok(())
    }

    fn put_file_sent(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
        sent: u64,
        epoch: &FeedEpoch,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE file SET sent = ?3, sent_in = ?4 WHERE document = ?1 AND sha256 = ?2";
        let values = params![document.as_bytes(), sha256, number(sent), epoch.as_bytes()];
        self.execute(sql, values).map(drop)
    }

    fn put_file_last(
        &mut self,
        document: &DocumentId,
        sha256: &[u8; 32],
    ) -> Result<(), StoreError> {
        let sql = "UPDATE file SET noted = (SELECT max(noted) + 1 FROM file)
                   WHERE document = ?1 AND sha256 = ?2";
        self.execute(sql, params![document.as_bytes(), sha256]).map(drop)
    }

    fn files_missing(&self, max: usize) -> Result<Vec<FileState>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM file WHERE have < size AND {IS_REFERRED_TO}
             ORDER BY noted LIMIT ?1"
        );
        self.all(&sql, [number(max as u64)], state)
    }

    fn files_unsent(&self, epoch: &FeedEpoch, max: usize) -> Result<Vec<FileState>, StoreError> {
        let sql = format!(
            "SELECT document, sha256, size, have, iif(sent_in IS ?1, sent, 0) FROM file
             WHERE have = size AND (sent < size OR sent_in IS NOT ?1) AND {IS_REFERRED_TO}
             ORDER BY noted LIMIT ?2"
        );
        self.all(&sql, params![epoch.as_bytes(), number(max as u64)], state)
    }

    fn files_waiting(
        &self,
        epoch: Option<&FeedEpoch>,
        document: Option<&DocumentId>,
    ) -> Result<FilesWaiting, StoreError> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE have = size AND at_hub < size),
                 coalesce(sum(size - at_hub) FILTER (WHERE have = size), 0),
                 count(*) FILTER (WHERE have < size),
                 coalesce(sum(size - have), 0)
             FROM (SELECT size, have, iif(sent_in IS ?1, sent, 0) AS at_hub FROM file
                   WHERE (have < size OR sent < size OR sent_in IS NOT ?1)
                       AND (?2 IS NULL OR document = ?2) AND {IS_REFERRED_TO})"
        );
        let read = |row: &Row<'_>| {
            Ok(FilesWaiting {
                to_send: unsigned(row, 0)?,
                bytes_to_send: unsigned(row, 1)?,
                to_fetch: unsigned(row, 2)?,
                bytes_to_fetch: unsigned(row, 3)?,
            })
        };
        let asked = params![epoch.map(FeedEpoch::as_bytes), document.map(DocumentId::as_bytes)];
        Ok(self.first(&sql, asked, read)?.unwrap_or_default())
    }

    fn is_file_named(
        &self,
        document: &DocumentId,
        sha256: &[u8; 32],
        size: u64,
    ) -> Result<bool, StoreError> {
        // As a record names it; the bytes of a change are never deflated.
        let name = format!("{} {size} ", ChangeHash(*sha256));
        let names = |bytes: &[u8]| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        let is_aside = self.kept_aside_of(document)?.iter().any(|item| names(&item.bytes));
        Ok(is_aside || {
            let changes = self.list_changes(document, 0, i64::MAX)?;
            changes.iter().any(|change| names(&change.bytes))
        })
    }
}

/// Under what a piece is sealed: the file's hash with the piece's place in its last eight bytes.
fn piece_hash(sha256: &[u8; 32], start: u64) -> ChangeHash {
    let mut hash = *sha256;
    for (byte, with) in hash[24..].iter_mut().zip(start.to_be_bytes()) {
        *byte ^= with;
    }
    ChangeHash(hash)
}

fn state(row: &Row<'_>) -> rusqlite::Result<FileState> {
    Ok(FileState {
        document: id(row, 0)?,
        sha256: array(row, 1)?,
        size: unsigned(row, 2)?,
        have: unsigned(row, 3)?,
        sent: unsigned(row, 4)?,
    })
}
