//! What a node is busy with: its mode, the hub's signed words, logs that began anew, and the lists
//! of what is to be written anew, fetched, given back or forgotten.

use rusqlite::{Row, params};
use wardbook_base::{AuthorEpoch, ChangeHash, DocumentId, Lseq};
use wardbook_sync::message::{Rotated, Token};
use wardbook_sync::ports::{LocalRow, NodeMode, Tombstone};

use crate::error::StoreError;
use crate::rows::{id, malformed, maybe_id, maybe_notice, number, time, unsigned, word, word_of};
use crate::tx::SqlTx;

const NORMAL: i64 = 0;
const COMPARE_BUCKETS: i64 = 1;
const COMPARE_LIST: i64 = 2;

/// In the order of [`local_row`].
pub(crate) const LOCAL_COLUMNS: &str = "lseq, chain, document, hash, at, notice";

/// A list of documents that a node works through.
#[derive(Clone, Copy)]
pub(crate) enum Todo {
    Wanted,
    Returning,
}

/// A list of changes that a node works through, oldest first.
#[derive(Clone, Copy)]
pub(crate) enum Queue {
    Orphans,
    Reauthor,
}

impl SqlTx<'_> {
    pub(crate) fn node_mode(&self) -> Result<NodeMode, StoreError> {
        let found = self.first("SELECT mode, mode_buckets FROM node_state", [], |row| match row
            .get(0)?
        {
            NORMAL => Ok(NodeMode::Normal),
            COMPARE_BUCKETS => Ok(NodeMode::CompareBuckets),
            COMPARE_LIST => Ok(NodeMode::CompareList(unsigned(row, 1)?)),
            other => Err(malformed(0, rusqlite::types::FromSqlError::OutOfRange(other))),
        })?;
        Ok(found.unwrap_or_default())
    }

    pub(crate) fn set_node_mode(&self, mode: NodeMode) -> Result<(), StoreError> {
        let (mode, buckets) = match mode {
            NodeMode::Normal => (NORMAL, 0),
            NodeMode::CompareBuckets => (COMPARE_BUCKETS, 0),
            NodeMode::CompareList(buckets) => (COMPARE_LIST, buckets),
        };
        let sql = "UPDATE node_state SET mode = ?1, mode_buckets = ?2";
        self.execute(sql, [mode, number(buckets)]).map(drop)
    }

    /// `column` is `ack_token` or `feed_token`.
    pub(crate) fn token(&self, column: &str) -> Result<Option<Token>, StoreError> {
        let sql = format!("SELECT {column} FROM node_state");
        let token = self.first(&sql, [], |row| row.get::<_, Option<[u8; 16]>>(0))?;
        Ok(token.flatten().map(Token))
    }

    pub(crate) fn set_token(&self, column: &str, token: Option<Token>) -> Result<(), StoreError> {
        let sql = format!("UPDATE node_state SET {column} = ?1");
        self.execute(&sql, [token.map(|token| token.0)]).map(drop)
    }

    pub(crate) fn left_epoch(&self) -> Result<Option<Rotated>, StoreError> {
        let sql = "SELECT rotated_from, rotated_why FROM node_state";
        let found = self.first(sql, [], |row| match maybe_id(row, 0)? {
            Some(from) => Ok(Some(Rotated { from, reason: word(row, 1)? })),
            None => Ok(None),
        })?;
        Ok(found.flatten())
    }

    /// Begins an empty log under a new epoch. What the old one held stays known as written here.
    pub(crate) fn begin_log(
        &self,
        epoch: AuthorEpoch,
        rotated: Option<Rotated>,
    ) -> Result<(), StoreError> {
        // Hearing of one change in two logs keeps the first acknowledgement.
        let sql = "INSERT INTO former_push (document, hash, at, acked_at)
                   SELECT p.document, p.hash, p.at, CASE
                       WHEN p.lseq <= (SELECT acked_lseq FROM node_state)
                           AND NOT EXISTS (SELECT 1 FROM quarantine q
                                           WHERE q.document = p.document AND q.hash = p.hash)
                       THEN (SELECT a.at FROM acknowledgement a
                             WHERE a.upto >= p.lseq ORDER BY a.upto LIMIT 1)
                   END FROM push_log p WHERE p.notice IS NULL
                   ON CONFLICT (document, hash) DO UPDATE
                       SET acked_at = coalesce(acked_at, excluded.acked_at)";
        self.execute(sql, [])?;
        self.execute("DELETE FROM push_log", [])?;
        self.execute("DELETE FROM acknowledgement", [])?;
        self.set_author_epoch(epoch)?;
        let why = rotated.map(|rotated| word_of(&rotated.reason)).transpose()?;
        let sql = "UPDATE node_state SET acked_lseq = 0, acked_chain = zeroblob(16),
                       ack_token = NULL, rotated_from = ?1, rotated_why = ?2";
        self.execute(sql, params![rotated.map(|rotated| rotated.from.0), why]).map(drop)
    }

    pub(crate) fn cut_log(&self, after: Lseq) -> Result<Vec<LocalRow>, StoreError> {
        let sql = "SELECT 1 FROM node_state WHERE acked_lseq > ?1";
        if self.first(sql, [number(after.0)], |_| Ok(()))?.is_some() {
            let rule = "what was acknowledged stays in the push log";
            return Err(StoreError::Refused(rule.to_owned()));
        }
        let sql = format!("SELECT {LOCAL_COLUMNS} FROM push_log WHERE lseq > ?1 ORDER BY lseq");
        let rows = self.all(&sql, [number(after.0)], local_row)?;
        self.execute("DELETE FROM push_log WHERE lseq > ?1", [number(after.0)])?;
        Ok(rows)
    }

    pub(crate) fn queue(&self, queue: Queue) -> Result<Vec<(DocumentId, ChangeHash)>, StoreError> {
        let sql = format!("SELECT document, hash FROM {} ORDER BY n", queue.table());
        self.all(&sql, [], |row| Ok((id(row, 0)?, id(row, 1)?)))
    }

    pub(crate) fn set_queued(
        &self,
        queue: Queue,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> Result<(), StoreError> {
        let table = queue.table();
        if let (Queue::Orphans, false) = (queue, is) {
            // The feed brought it back, so the hub has it. (What was set aside shows no time.)
            let sql = "UPDATE former_push SET acked_at = ?3
                       WHERE document = ?1 AND hash = ?2 AND acked_at IS NULL";
            let now = self.shared.clock.now().0;
            self.execute(sql, params![document.as_bytes(), hash.as_bytes(), now])?;
        }
        let sql = if is {
            format!("INSERT INTO {table} (document, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        } else {
            format!("DELETE FROM {table} WHERE document = ?1 AND hash = ?2")
        };
        self.execute(&sql, [document.as_bytes(), hash.as_bytes()]).map(drop)
    }

    pub(crate) fn todo(&self, todo: Todo) -> Result<Vec<DocumentId>, StoreError> {
        let sql = format!("SELECT document FROM {} ORDER BY document", todo.table());
        self.all(&sql, [], |row| id(row, 0))
    }

    pub(crate) fn set_todo(
        &self,
        todo: Todo,
        document: &DocumentId,
        is: bool,
    ) -> Result<(), StoreError> {
        let table = todo.table();
        let sql = if is {
            format!("INSERT INTO {table} (document) VALUES (?1) ON CONFLICT DO NOTHING")
        } else {
            format!("DELETE FROM {table} WHERE document = ?1")
        };
        self.execute(&sql, [document.as_bytes()]).map(drop)
    }

    /// Documents that are not as the feed has them, of those that this ward holds or reads.
    pub(crate) fn unequal(&self, limit: usize) -> Result<Vec<DocumentId>, StoreError> {
        let sql = "SELECT id FROM document INDEXED BY document_unequal
                   WHERE heads <> feed_heads AND (feed_heads <> x'' OR ward IN (
                       'unenrolled', coalesce((SELECT ward FROM membership), ward)))
                   ORDER BY id LIMIT ?1";
        self.all(sql, [number(limit as u64)], |row| id(row, 0))
    }

    pub(crate) fn to_forget(&self) -> Result<Vec<(Tombstone, ChangeHash)>, StoreError> {
        let sql = "SELECT document, generation, reason, at, item FROM forgetting ORDER BY document";
        self.all(sql, [], |row| {
            let grave = Tombstone {
                document: id(row, 0)?,
                generation: row.get(1)?,
                reason: word(row, 2)?,
                at: time(row, 3)?,
            };
            Ok((grave, id(row, 4)?))
        })
    }

    pub(crate) fn set_to_forget(
        &self,
        grave: &Tombstone,
        item: &ChangeHash,
        is: bool,
    ) -> Result<(), StoreError> {
        if !is {
            let sql = "DELETE FROM forgetting WHERE document = ?1";
            return self.execute(sql, [grave.document.as_bytes()]).map(drop);
        }
        let sql = "INSERT OR REPLACE INTO forgetting (document, generation, reason, at, item)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let reason = word_of(&grave.reason)?;
        let document = grave.document.as_bytes();
        let values = params![document, grave.generation, reason, grave.at.0, item.as_bytes()];
        self.execute(sql, values).map(drop)
    }
}

impl Todo {
    const fn table(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Returning => "give_back",
        }
    }
}

impl Queue {
    const fn table(self) -> &'static str {
        match self {
            Self::Orphans => "orphan",
            Self::Reauthor => "reauthor",
        }
    }
}

/// Reads [`LOCAL_COLUMNS`].
pub(crate) fn local_row(row: &Row<'_>) -> rusqlite::Result<LocalRow> {
    Ok(LocalRow {
        lseq: Lseq(unsigned(row, 0)?),
        chain: id(row, 1)?,
        document: id(row, 2)?,
        hash: id(row, 3)?,
        at: time(row, 4)?,
        notice: maybe_notice(row, 5)?,
    })
}
