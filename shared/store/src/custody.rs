//! Custody at the hub: the ledger, the wards that read along, releases, and what waits.

use rusqlite::{Row, params};
use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, FeedSeq, Lseq, WardId};
use wardbook_sync::message::{CustodyWord, Token};
use wardbook_sync::ports::{CustodyEntry, DocumentState, OpenRelease, Parked};

use crate::error::StoreError;
use crate::rows::{hash_bytes, hashes, id, number, time, unsigned, ward, word, word_of};
use crate::seal::SealKind;
use crate::tx::SqlTx;

impl SqlTx<'_> {
    pub(crate) fn scope_of(&self, of: &WardId) -> Result<Vec<DocumentState>, StoreError> {
        let sql = "SELECT id, ward, custody_version, generation, heads FROM document
                   WHERE ward = ?1
                   UNION
                   SELECT d.id, d.ward, d.custody_version, d.generation, d.heads
                   FROM reader r JOIN document d ON d.id = r.document
                   WHERE r.ward = ?1 AND d.ward IS NOT NULL
                   ORDER BY 1";
        self.all(sql, [of.as_str()], |row| {
            Ok(DocumentState {
                id: id(row, 0)?,
                ward: ward(row, 1)?,
                custody_version: unsigned(row, 2)?,
                generation: row.get(3)?,
                heads: hashes(row, 4)?,
            })
        })
    }

    /// The documents and graves whose id begins with these bytes.
    pub(crate) fn ids_beginning_with(&self, key: [u8; 8]) -> Result<Vec<DocumentId>, StoreError> {
        let (mut first, mut last) = ([0; 16], [0xff; 16]);
        first[..8].copy_from_slice(&key);
        last[..8].copy_from_slice(&key);
        let sql = "SELECT id FROM document
                   WHERE id BETWEEN ?1 AND ?2 AND ward IS NOT NULL
                   UNION
                   SELECT document FROM tombstone WHERE document BETWEEN ?1 AND ?2
                   ORDER BY 1";
        self.all(sql, [first, last], |row| id(row, 0))
    }

    pub(crate) fn readers_of(&self, document: &DocumentId) -> Result<Vec<WardId>, StoreError> {
        let sql = "SELECT ward FROM reader WHERE document = ?1 ORDER BY ward";
        self.all(sql, [document.as_bytes()], |row| ward(row, 0))
    }

    pub(crate) fn set_reader(
        &self,
        document: &DocumentId,
        ward: &WardId,
        reads: bool,
    ) -> Result<(), StoreError> {
        let sql = if reads {
            "INSERT INTO reader (document, ward) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM reader WHERE document = ?1 AND ward = ?2"
        };
        self.execute(sql, params![document.as_bytes(), ward.as_str()]).map(drop)
    }

    pub(crate) fn custody_of(
        &self,
        document: &DocumentId,
    ) -> Result<Vec<CustodyEntry>, StoreError> {
        let sql = "SELECT version, act, ward, heads, decision, at FROM custody
                   WHERE document = ?1 ORDER BY version";
        self.all(sql, [document.as_bytes()], |row| {
            Ok(CustodyEntry {
                document: *document,
                version: unsigned(row, 0)?,
                act: word(row, 1)?,
                ward: ward(row, 2)?,
                heads: hashes(row, 3)?,
                decision: row.get(4)?,
                at: time(row, 5)?,
            })
        })
    }

    pub(crate) fn append_custody(&self, entry: &CustodyEntry) -> Result<(), StoreError> {
        let sql = "INSERT INTO custody (document, version, act, ward, heads, decision, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            entry.document.as_bytes(),
            number(entry.version),
            word_of(&entry.act)?,
            entry.ward.as_str(),
            hash_bytes(&entry.heads),
            entry.decision,
            entry.at.0,
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn custody_words_kept(&self) -> Result<Vec<(DocumentId, CustodyWord)>, StoreError> {
        let sql = "SELECT document, version, act, ward, at, decision, token FROM custody_word
                   ORDER BY document, version";
        self.all(sql, [], |row| {
            let word = CustodyWord {
                version: unsigned(row, 1)?,
                act: word(row, 2)?,
                ward: ward(row, 3)?,
                at: time(row, 4)?,
                decision: row.get(5)?,
                token: Token(row.get(6)?),
            };
            Ok((id(row, 0)?, word))
        })
    }

    pub(crate) fn keep_custody_word(
        &self,
        document: &DocumentId,
        word: &CustodyWord,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO custody_word
                       (document, version, act, ward, at, decision, token)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            document.as_bytes(),
            number(word.version),
            word_of(&word.act)?,
            word.ward.as_str(),
            word.at.0,
            word.decision,
            word.token.0,
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn releases_of(&self, ward: &WardId) -> Result<Vec<OpenRelease>, StoreError> {
        let sql = "SELECT document, ward, custody_version, seq, at FROM open_release
                   WHERE ward = ?1 ORDER BY seq";
        self.all(sql, [ward.as_str()], release)
    }

    pub(crate) fn set_release(&self, release: &OpenRelease, open: bool) -> Result<(), StoreError> {
        if !open {
            let sql = "DELETE FROM open_release WHERE ward = ?1 AND seq = ?2";
            let values = params![release.ward.as_str(), number(release.seq.0)];
            return self.execute(sql, values).map(drop);
        }
        let sql = "INSERT OR REPLACE INTO open_release (document, ward, custody_version, seq, at)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![
            release.document.as_bytes(),
            release.ward.as_str(),
            number(release.custody_version),
            number(release.seq.0),
            release.at.0,
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn parked_in(&self, document: &DocumentId) -> Result<Vec<Parked>, StoreError> {
        let sql = "SELECT hash, device, epoch, lseq, custody_version, bytes, at FROM parked
                   WHERE document = ?1 ORDER BY hash";
        let mut found = self.all(sql, [document.as_bytes()], |row| {
            Ok(Parked {
                document: *document,
                hash: id(row, 0)?,
                device: id(row, 1)?,
                epoch: id(row, 2)?,
                lseq: Lseq(unsigned(row, 3)?),
                custody_version: unsigned(row, 4)?,
                bytes: row.get(5)?,
                at: time(row, 6)?,
            })
        })?;
        for parked in &mut found {
            let whole = self.unseal(document, SealKind::Parked, &parked.hash, &parked.bytes)?;
            parked.bytes = whole.unwrap_or_default();
        }
        Ok(found)
    }

    pub(crate) fn parked_by(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM parked WHERE device = ?1 AND epoch = ?2";
        self.number(sql, params![device.as_bytes(), epoch.as_bytes()])
    }

    /// Keeps a change until its ancestors come; twice is no error, and the first stays.
    pub(crate) fn keep_parked(&self, parked: &Parked) -> Result<(), StoreError> {
        let sql = "INSERT INTO parked (document, hash, device, epoch, lseq, custody_version, bytes,
                       at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (document, hash) DO NOTHING";
        let values = params![
            parked.document.as_bytes(),
            parked.hash.as_bytes(),
            parked.device.as_bytes(),
            parked.epoch.as_bytes(),
            number(parked.lseq.0),
            number(parked.custody_version),
            self.seal(&parked.document, SealKind::Parked, &parked.hash, &parked.bytes)?,
            parked.at.0,
        ];
        self.execute(sql, values).map(drop)
    }

    pub(crate) fn take_parked(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM parked WHERE document = ?1 AND hash = ?2";
        self.execute(sql, [document.as_bytes(), hash.as_bytes()]).map(drop)
    }
}

/// Columns: document, ward, `custody_version`, seq, at.
pub(crate) fn release(row: &Row<'_>) -> rusqlite::Result<OpenRelease> {
    Ok(OpenRelease {
        document: id(row, 0)?,
        ward: ward(row, 1)?,
        custody_version: unsigned(row, 2)?,
        seq: FeedSeq(unsigned(row, 3)?),
        at: time(row, 4)?,
    })
}
