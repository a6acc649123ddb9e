//! Content of documents at rest: sealed with the document's key.
//!
//! A sealed blob is one byte of form, the name of the key (4 bytes), a nonce (12 bytes) and the
//! ChaCha20-Poly1305 of the content; what it belongs to is authenticated with it, so that a blob in
//! another place is damage. A blob whose key was destroyed reads as "not there": the document was
//! purged. Metadata (hashes, actors, times, positions) is not sealed: it names no person.

use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit as _, Nonce, Tag};
use rusqlite::params;
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::Tombstone;

use crate::connection::met_damage;
use crate::error::StoreError;
use crate::keys::{DocumentKey, KeyId};
use crate::tx::SqlTx;

const FORM: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 4 + NONCE_BYTES;

/// What a blob is; part of what is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealKind {
    /// The bytes of a change; under its hash.
    Change = 1,
    /// A compressed snapshot; under the hash of its heads.
    Snapshot = 2,
    /// A change kept aside; under its hash.
    Quarantine = 3,
    /// A change that waits for its ancestors; under its hash.
    Parked = 4,
    /// What is known of changes whose rows were dropped; under zeros.
    Archive = 5,
    /// A piece of a file; under the file's hash and the piece's place.
    File = 6,
    /// What lies on a desk about the document; under the digest of its name.
    Desk = 7,
}

impl SqlTx<'_> {
    /// Seals content of a document, whose key is drawn when it has none. Nothing stays nothing.
    pub(crate) fn seal(
        &self,
        document: &DocumentId,
        kind: SealKind,
        hash: &ChangeHash,
        bytes: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        let key = if let Some(key) = self.document_key(document)? {
            key
        } else {
            let key = DocumentKey::draw(&*self.shared.dice);
            self.key_changes.borrow_mut().made.insert(*document, key);
            key
        };
        let nonce: [u8; NONCE_BYTES] = self.shared.dice.bytes();
        let mut sealed = Vec::with_capacity(HEAD_BYTES + bytes.len() + TAG_BYTES);
        sealed.push(FORM);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(bytes);
        let place = place(document, kind, hash);
        let tag = cipher(&key)
            .encrypt_in_place_detached(&Nonce::from(nonce), &place, &mut sealed[HEAD_BYTES..])
            .map_err(|_| StoreError::Refused("too much to seal".to_owned()))?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what [`SqlTx::seal`] made; `None` when the key was destroyed.
    pub(crate) fn unseal(
        &self,
        document: &DocumentId,
        kind: SealKind,
        hash: &ChangeHash,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if sealed.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let Some((name, nonce, content, tag)) = parts(sealed) else {
            return Err(self.damaged(document, "a sealed row has no known form"));
        };
        let key = match self.document_key(document)? {
            None => return Ok(None),
            Some(key) if key.id == name => key,
            Some(_) if self.shared.keys.was_destroyed(document, name)? => return Ok(None),
            Some(_) => {
                return Err(self.damaged(document, "a sealed row names a key that never was"));
            }
        };
        let mut opened = content.to_vec();
        cipher(&key)
            .decrypt_in_place_detached(
                &Nonce::from(nonce),
                &place(document, kind, hash),
                &mut opened,
                &Tag::from(tag),
            )
            .map_err(|_| self.damaged(document, "a sealed row was altered"))?;
        Ok(Some(opened))
    }

    /// Destroys a document's key when this transaction commits; from now on it reads as purged.
    pub(crate) fn doom_key(&self, grave: &Tombstone) {
        let mut changes = self.key_changes.borrow_mut();
        changes.made.remove(&grave.document);
        changes.doomed.insert(grave.document, grave.clone());
    }

    /// Whether the document has a key: without one nothing of it can be read.
    pub(crate) fn has_key(&self, document: &DocumentId) -> Result<bool, StoreError> {
        Ok(self.document_key(document)?.is_some())
    }

    fn document_key(&self, document: &DocumentId) -> Result<Option<DocumentKey>, StoreError> {
        {
            let changes = self.key_changes.borrow();
            if let Some(key) = changes.made.get(document) {
                return Ok(Some(*key));
            }
            if changes.doomed.contains_key(document) {
                return Ok(None);
            }
        }
        self.shared.keys.get(document)
    }

    /// Either the page under the row is damaged, or the row itself was changed.
    fn damaged(&self, document: &DocumentId, reason: &str) -> StoreError {
        if met_damage(self.connection) {
            return StoreError::met_damage();
        }
        StoreError::Document { document: document.to_string(), reason: reason.to_owned() }
    }

    /// Seals what an older version of this program wrote in the clear. Returns how many rows.
    pub(crate) fn seal_everything(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        let sql = "SELECT c.n, d.id, c.hash, c.bytes FROM change c
                   JOIN document d ON d.key = c.document";
        let update = "UPDATE change SET bytes = ?2 WHERE n = ?1";
        sealed += self.seal_rows(sql, update, SealKind::Change)?;
        let sql = "SELECT rowid, document, hash, bytes FROM quarantine WHERE bytes <> x''";
        let update = "UPDATE quarantine SET bytes = ?2 WHERE rowid = ?1";
        sealed += self.seal_rows(sql, update, SealKind::Quarantine)?;
        // Snapshots are quicker made anew than carried over.
        self.execute("DELETE FROM snapshot", [])?;
        let sql = "UPDATE document SET
                       tail_changes = (SELECT count(*) FROM change WHERE document = key),
                       tail_bytes = (SELECT coalesce(sum(length(bytes)), 0) FROM change
                                     WHERE document = key)";
        self.execute(sql, [])?;
        Ok(sealed)
    }

    fn seal_rows(&self, select: &str, update: &str, kind: SealKind) -> Result<u64, StoreError> {
        let rows = self.all(select, [], |row| {
            let (document, hash) = (crate::rows::id(row, 1)?, crate::rows::id(row, 2)?);
            Ok((row.get::<_, i64>(0)?, document, hash, row.get::<_, Vec<u8>>(3)?))
        })?;
        for (n, document, hash, bytes) in &rows {
            self.execute(update, params![n, self.seal(document, kind, hash, bytes)?])?;
        }
        Ok(rows.len() as u64)
    }
}

/// The name of the key that a blob was sealed with.
pub(crate) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    parts(sealed).map(|(name, ..)| name)
}

type Parts<'a> = (KeyId, [u8; NONCE_BYTES], &'a [u8], [u8; TAG_BYTES]);

fn parts(sealed: &[u8]) -> Option<Parts<'_>> {
    let (form, rest) = sealed.split_first()?;
    let (name, rest) = rest.split_first_chunk()?;
    let (nonce, rest) = rest.split_first_chunk()?;
    let (content, tag) = rest.split_last_chunk()?;
    (*form == FORM).then_some((*name, *nonce, content, *tag))
}

fn cipher(key: &DocumentKey) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(key.key))
}

fn place(document: &DocumentId, kind: SealKind, hash: &ChangeHash) -> [u8; 49] {
    let mut place = [0; 49];
    place[..16].copy_from_slice(document.as_bytes());
    place[16] = kind as u8;
    place[17..].copy_from_slice(hash.as_bytes());
    place
}
