//! One document's changes, wherever they lie: a row of their own, or archive and snapshot.
//!
//! A change is first a row. Once it is old and a snapshot holds it, [`crate::compact`] drops the row;
//! what is known of the change then stands in the document's archive, and its bytes are in the
//! snapshot. No answer given here depends on which of the two it is.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{Row, params};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::Document;
use wardbook_sync::ports::{ChangeMeta, StoredChange};

use crate::archive::{Archive, Archived};
use crate::compact::inflate;
use crate::error::StoreError;
use crate::log::meta;
use crate::rows::{hash_bytes, id, number, time, unsigned};
use crate::seal::SealKind;
use crate::tx::SqlTx;

/// Documents whose archive or inflated history one transaction keeps at hand.
const CACHED_MAX: usize = 256;

/// The changes of a document, inflated.
type ByHash = HashMap<ChangeHash, Vec<u8>>;

/// What a transaction remembers of archives: they do not change under it, except by its own hand.
#[derive(Default)]
pub(crate) struct Histories {
    archives: RefCell<HashMap<DocumentId, Option<Rc<Archive>>>>,
    bytes: RefCell<HashMap<DocumentId, Rc<ByHash>>>,
}

impl Histories {
    /// After an archive or a snapshot was written or dropped.
    pub(crate) fn forget(&self, document: &DocumentId) {
        self.archives.borrow_mut().remove(document);
        self.bytes.borrow_mut().remove(document);
    }
}

impl SqlTx<'_> {
    /// What is known of one change.
    pub(crate) fn find_meta(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<ChangeMeta>, StoreError> {
        let sql = "SELECT c.hash, actor, seq, start_op, max_op, deps, time, message
                   FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        if let Some(found) = self.first(sql, ids, |row| meta(row, *document))? {
            return Ok(Some(found));
        }
        let archive = self.archive(document)?;
        Ok(archive.and_then(|archive| archive.get(hash).map(|change| change.meta.clone())))
    }

    /// The change at a place of an actor's own count.
    pub(crate) fn find_at(
        &self,
        document: &DocumentId,
        actor: &[u8],
        seq: u64,
    ) -> Result<Option<ChangeHash>, StoreError> {
        let sql = "SELECT c.hash FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.actor = ?2 AND c.seq = ?3";
        let values = params![document.as_bytes(), actor, number(seq)];
        if let Some(found) = self.first(sql, values, |row| id(row, 0))? {
            return Ok(Some(found));
        }
        let archive = self.archive(document)?;
        Ok(archive.and_then(|archive| archive.at(actor, seq).map(|change| change.meta.hash)))
    }

    /// The change of an actor that holds the operation with this counter.
    pub(crate) fn find_with_op(
        &self,
        document: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> Result<Option<ChangeHash>, StoreError> {
        // An actor's operations are numbered without overlap in the order of its changes; those in
        // the archive come before those in rows.
        let sql = "SELECT c.hash, c.max_op FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.actor = ?2 AND c.start_op <= ?3
                   ORDER BY c.seq DESC LIMIT 1";
        let values = params![document.as_bytes(), actor, number(counter)];
        let mut last = self.first(sql, values, |row| Ok((id(row, 0)?, unsigned(row, 1)?)))?;
        if last.is_none()
            && let Some(archive) = self.archive(document)?
        {
            let archived = archive.last_begun(actor, counter);
            last = archived.map(|change| (change.meta.hash, change.meta.max_op));
        }
        Ok(last.filter(|(_, max_op)| *max_op >= counter).map(|(hash, _)| hash))
    }

    /// The bytes of one change; `None` when it is not here, or its document was purged.
    pub(crate) fn find_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT c.bytes FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 AND c.hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        if let Some(sealed) = self.first(sql, ids, |row| row.get::<_, Vec<u8>>(0))? {
            return self.unseal(document, SealKind::Change, hash, &sealed);
        }
        match self.archive(document)? {
            Some(archive) if archive.get(hash).is_some() => self.archived_bytes(document, hash),
            _ => Ok(None),
        }
    }

    /// What is known of all changes of a document, each after those it builds on.
    pub(crate) fn list_metas(&self, document: &DocumentId) -> Result<Vec<ChangeMeta>, StoreError> {
        let mut metas = self.archive(document)?.map_or_else(Vec::new, |archive| {
            archive.changes.iter().map(|change| change.meta.clone()).collect()
        });
        let sql = "SELECT c.hash, actor, seq, start_op, max_op, deps, time, message
                   FROM change c JOIN document d ON d.key = c.document
                   WHERE d.id = ?1 ORDER BY n";
        metas.extend(self.all(sql, [document.as_bytes()], |row| meta(row, *document))?);
        Ok(metas)
    }

    /// The changes that came after one mark and up to another, with their bytes, in the order of
    /// arrival; none when the document was purged.
    pub(crate) fn list_changes(
        &self,
        document: &DocumentId,
        after: i64,
        upto: i64,
    ) -> Result<Vec<StoredChange>, StoreError> {
        let mut changes = Vec::new();
        // Most ask for what came after the snapshot: then the archive need not be opened.
        let sql = "SELECT a.upto FROM archive a JOIN document d ON d.key = a.document
                   WHERE d.id = ?1";
        let archived: Option<i64> = self.first(sql, [document.as_bytes()], |row| row.get(0))?;
        if archived.is_some_and(|upto| upto > after)
            && let Some(archive) = self.archive(document)?
        {
            for change in archive.changes.iter().filter(|c| c.n > after && c.n <= upto) {
                let bytes = self.archived_bytes(document, &change.meta.hash)?;
                changes.extend(bytes.map(|bytes| stored(change, bytes)));
            }
        }
        let sql = format!("{SELECT_CHANGE} AND n > ?2 AND n <= ?3 ORDER BY n");
        let values = params![document.as_bytes(), after, upto];
        for row in self.all(&sql, values, |row| sealed_row(row, *document))? {
            changes.extend(self.opened(row)?);
        }
        Ok(changes)
    }

    /// One change with its bytes.
    pub(crate) fn find_change(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<StoredChange>, StoreError> {
        let sql = format!("{SELECT_CHANGE} AND c.hash = ?2");
        let ids = [document.as_bytes(), hash.as_bytes()];
        if let Some(row) = self.first(&sql, ids, |row| sealed_row(row, *document))? {
            return self.opened(row);
        }
        let Some(archive) = self.archive(document)? else { return Ok(None) };
        let Some(change) = archive.get(hash) else { return Ok(None) };
        let bytes = self.archived_bytes(document, hash)?;
        Ok(bytes.map(|bytes| stored(change, bytes)))
    }

    /// Writes a change as a row. True when it was not there before.
    pub(crate) fn insert_change(
        &self,
        key: i64,
        change: &StoredChange,
    ) -> Result<bool, StoreError> {
        let meta = &change.meta;
        if let Some(archive) = self.archive(&meta.document)? {
            if archive.get(&meta.hash).is_some() {
                return Ok(false);
            }
            if archive.at(&meta.actor, meta.seq).is_some() {
                let rule = "two changes of one actor with one number";
                return Err(StoreError::Refused(rule.to_owned()));
            }
        }
        let sealed = self.seal(&meta.document, SealKind::Change, &meta.hash, &change.bytes)?;
        let sql = "INSERT INTO change (document, hash, actor, seq, start_op, max_op, deps, time,
                       message, author, received_at, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT (document, hash) DO NOTHING";
        let values = params![
            key,
            meta.hash.as_bytes(),
            meta.actor,
            number(meta.seq),
            number(meta.start_op),
            number(meta.max_op),
            hash_bytes(&meta.deps),
            meta.time.0,
            meta.message,
            change.author.as_bytes(),
            change.received_at.0,
            sealed,
        ];
        Ok(self.execute(sql, values)? == 1)
    }

    /// How far a document's changes have come; 0 when it has none.
    pub(crate) fn newest(&self, key: i64) -> Result<i64, StoreError> {
        let sql = format!("SELECT {NEWEST} FROM document WHERE key = ?1");
        Ok(self.first(&sql, [key], |row| row.get(0))?.unwrap_or_default())
    }

    /// The archive of a document, when it has one that can be read.
    pub(crate) fn archive(&self, document: &DocumentId) -> Result<Option<Rc<Archive>>, StoreError> {
        if let Some(known) = self.histories.archives.borrow().get(document) {
            return Ok(known.clone());
        }
        let sql = "SELECT a.bytes FROM archive a JOIN document d ON d.key = a.document
                   WHERE d.id = ?1";
        let found = match self.first(sql, [document.as_bytes()], |row| row.get::<_, Vec<u8>>(0))? {
            Some(sealed) => self.open_archive(document, &sealed)?,
            None => None,
        };
        let mut archives = self.histories.archives.borrow_mut();
        if archives.len() >= CACHED_MAX {
            archives.clear();
        }
        archives.insert(*document, found.clone());
        Ok(found)
    }

    fn open_archive(
        &self,
        document: &DocumentId,
        sealed: &[u8],
    ) -> Result<Option<Rc<Archive>>, StoreError> {
        let nowhere = ChangeHash::default();
        let Some(packed) = self.unseal(document, SealKind::Archive, &nowhere, sealed)? else {
            return Ok(None);
        };
        let plain = inflate(document, &packed)?;
        let archive = Archive::decode(*document, &plain).ok_or_else(|| {
            let reason = "its archive has no known form".to_owned();
            StoreError::Document { document: document.to_string(), reason }
        })?;
        Ok(Some(Rc::new(archive)))
    }

    /// The bytes of a change whose row was dropped: out of the snapshot.
    fn archived_bytes(
        &self,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let known = self.histories.bytes.borrow().get(document).cloned();
        let bytes = match known {
            Some(bytes) => bytes,
            None => match self.snapshot_of(document)? {
                Some(snapshot) => self.remember_bytes(&snapshot),
                // Dropped rows always have a snapshot: without one it cannot be read any more.
                None => return Ok(None),
            },
        };
        match bytes.get(hash) {
            Some(bytes) => Ok(Some(bytes.clone())),
            None => Err(StoreError::Document {
                document: document.to_string(),
                reason: format!("its snapshot lacks the change {hash}"),
            }),
        }
    }

    fn remember_bytes(&self, snapshot: &Document) -> Rc<ByHash> {
        let bytes: ByHash =
            snapshot.changes().into_iter().map(|change| (change.hash, change.bytes)).collect();
        let bytes = Rc::new(bytes);
        let mut known = self.histories.bytes.borrow_mut();
        if known.len() >= CACHED_MAX {
            known.clear();
        }
        known.insert(snapshot.id(), Rc::clone(&bytes));
        bytes
    }

    fn opened(&self, mut row: StoredChange) -> Result<Option<StoredChange>, StoreError> {
        let (document, hash) = (row.meta.document, row.meta.hash);
        let opened = self.unseal(&document, SealKind::Change, &hash, &row.bytes)?;
        Ok(opened.map(|bytes| {
            row.bytes = bytes;
            row
        }))
    }
}

/// How far the changes of a row of `document` have come, as an SQL expression.
pub(crate) const NEWEST: &str = "max(\
     coalesce((SELECT max(c.n) FROM change c WHERE c.document = document.key), 0), \
     coalesce((SELECT a.upto FROM archive a WHERE a.document = document.key), 0))";

/// In the order of [`sealed_row`]; the document is parameter 1.
const SELECT_CHANGE: &str = "SELECT c.hash, actor, seq, start_op, max_op, deps, time, message, \
     bytes, author, received_at FROM change c JOIN document d ON d.key = c.document WHERE d.id = ?1";

/// A row whose bytes are still sealed.
fn sealed_row(row: &Row<'_>, document: DocumentId) -> rusqlite::Result<StoredChange> {
    Ok(StoredChange {
        meta: meta(row, document)?,
        bytes: row.get(8)?,
        author: id(row, 9)?,
        received_at: time(row, 10)?,
    })
}

fn stored(change: &Archived, bytes: Vec<u8>) -> StoredChange {
    StoredChange {
        meta: change.meta.clone(),
        bytes,
        author: change.author,
        received_at: change.received_at,
    }
}
