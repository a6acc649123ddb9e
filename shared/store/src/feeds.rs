//! The wards' feeds, at the hub.

use rusqlite::{Row, params};
use wardbook_base::{Chain, FeedPosition, FeedSeq, Lseq, WardId};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{FeedKind, FeedRow, WardFeed};

use crate::error::StoreError;
use crate::rows::{
    array, hash_bytes, hashes, id, malformed, maybe_ward, number, time, unsigned, ward, word,
    word_of,
};
use crate::tx::SqlTx;

const CHANGE: i64 = 0;
const GRANT: i64 = 1;
const RELEASE: i64 = 2;
const FORGET: i64 = 3;
const REVIEW: i64 = 4;

/// The columns of a kind of item, of which each kind fills some.
#[derive(Default)]
struct Columns<'a> {
    kind: i64,
    custody_version: Option<u64>,
    custodian: Option<&'a WardId>,
    heads: Option<Vec<u8>>,
    reason: Option<String>,
    decision: Option<&'a str>,
}

impl SqlTx<'_> {
    pub(crate) fn head_of_feed(&self, ward: &WardId) -> Result<Option<WardFeed>, StoreError> {
        let sql = "SELECT epoch, seq, chain, digest_n, digest_sum FROM ward_feed WHERE ward = ?1";
        self.first(sql, [ward.as_str()], |row| {
            let position = FeedPosition {
                epoch: id(row, 0)?,
                seq: FeedSeq(unsigned(row, 1)?),
                chain: id(row, 2)?,
            };
            let digest = Digest { n: unsigned(row, 3)?, sum: array(row, 4)? };
            Ok(WardFeed { ward: ward.clone(), position, digest })
        })
    }

    pub(crate) fn replace_head_of_feed(&self, feed: &WardFeed) -> Result<(), StoreError> {
        let sql = "INSERT INTO ward_feed (ward, epoch, seq, chain, digest_n, digest_sum)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6
                   WHERE ?3 = coalesce((SELECT max(seq) FROM feed WHERE ward = ?1), 0)
                   ON CONFLICT (ward) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq,
                       chain = excluded.chain, digest_n = excluded.digest_n,
                       digest_sum = excluded.digest_sum";
        let values = params![
            feed.ward.as_str(),
            feed.position.epoch.as_bytes(),
            number(feed.position.seq.0),
            feed.position.chain.as_bytes(),
            number(feed.digest.n),
            feed.digest.sum,
        ];
        self.must_change(sql, values, "the head of a feed is its last item")
    }

    pub(crate) fn chain_of_feed(
        &self,
        ward: &WardId,
        seq: FeedSeq,
    ) -> Result<Option<Chain>, StoreError> {
        if seq == FeedSeq(0) {
            return Ok(Some(Chain::default()));
        }
        let sql = "SELECT chain FROM feed WHERE ward = ?1 AND seq = ?2";
        self.first(sql, params![ward.as_str(), number(seq.0)], |row| id(row, 0))
    }

    pub(crate) fn rows_of_feed(
        &self,
        ward: &WardId,
        after: FeedSeq,
        limit: usize,
    ) -> Result<Vec<FeedRow>, StoreError> {
        let sql = "SELECT seq, chain, document, generation, hash, author, epoch, lseq, received_at,
                       kind, custody_version, custodian, heads, reason, decision
                   FROM feed WHERE ward = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let values = params![ward.as_str(), number(after.0), number(limit as u64)];
        self.all(sql, values, feed_row)
    }

    pub(crate) fn append_to_feed(&self, ward: &WardId, row: &FeedRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO feed (ward, seq, chain, document, generation, hash, author, epoch,
                       lseq, received_at, kind, custody_version, custodian, heads, reason, decision)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16
                   WHERE ?2 = 1 + coalesce((SELECT max(seq) FROM feed WHERE ward = ?1), 0)";
        let kind = columns(&row.kind)?;
        let values = params![
            ward.as_str(),
            number(row.seq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.generation,
            row.hash.as_bytes(),
            row.author.as_bytes(),
            row.epoch.as_bytes(),
            number(row.lseq.0),
            row.received_at.0,
            kind.kind,
            kind.custody_version.map(number),
            kind.custodian.map(WardId::as_str),
            kind.heads,
            kind.reason,
            kind.decision,
        ];
        self.must_change(sql, values, "a feed must have no gaps")
    }
}

fn columns(kind: &FeedKind) -> Result<Columns<'_>, StoreError> {
    Ok(match kind {
        FeedKind::Change => Columns::default(),
        FeedKind::Review => Columns { kind: REVIEW, ..Columns::default() },
        FeedKind::Grant { custody_version, custodian, heads, decision } => Columns {
            kind: GRANT,
            custody_version: Some(*custody_version),
            custodian: custodian.as_ref(),
            heads: Some(hash_bytes(heads)),
            decision: Some(decision),
            reason: None,
        },
        FeedKind::Release { custody_version, custodian, decision } => Columns {
            kind: RELEASE,
            custody_version: Some(*custody_version),
            custodian: Some(custodian),
            decision: Some(decision),
            ..Columns::default()
        },
        FeedKind::Forget { custody_version, reason } => Columns {
            kind: FORGET,
            custody_version: Some(*custody_version),
            reason: Some(word_of(reason)?),
            ..Columns::default()
        },
    })
}

fn feed_row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    Ok(FeedRow {
        seq: FeedSeq(unsigned(row, 0)?),
        chain: id(row, 1)?,
        document: id(row, 2)?,
        generation: row.get(3)?,
        hash: id(row, 4)?,
        author: id(row, 5)?,
        epoch: id(row, 6)?,
        lseq: Lseq(unsigned(row, 7)?),
        received_at: time(row, 8)?,
        kind: kind(row)?,
    })
}

fn kind(row: &Row<'_>) -> rusqlite::Result<FeedKind> {
    match row.get(9)? {
        CHANGE => Ok(FeedKind::Change),
        REVIEW => Ok(FeedKind::Review),
        GRANT => Ok(FeedKind::Grant {
            custody_version: unsigned(row, 10)?,
            custodian: maybe_ward(row, 11)?,
            heads: hashes(row, 12)?,
            decision: row.get(14)?,
        }),
        RELEASE => Ok(FeedKind::Release {
            custody_version: unsigned(row, 10)?,
            custodian: ward(row, 11)?,
            decision: row.get(14)?,
        }),
        FORGET => {
            Ok(FeedKind::Forget { custody_version: unsigned(row, 10)?, reason: word(row, 13)? })
        }
        other => Err(malformed(9, rusqlite::types::FromSqlError::OutOfRange(other))),
    }
}
