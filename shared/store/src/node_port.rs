//! A node's side of the engine's storage.

use rusqlite::params;
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp,
};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{LocalRow, Membership, NodePort, PortResult, Quarantined};

use crate::rows::{array, hash_bytes, hashes, id, maybe_id, number, time, unsigned};
use crate::tx::SqlTx;

impl NodePort for SqlTx<'_> {
    fn membership(&self) -> PortResult<Option<Membership>> {
        Ok(self.own_membership()?)
    }

    fn author_epoch(&self) -> PortResult<AuthorEpoch> {
        Ok(self.own_epoch()?)
    }

    fn push_head(&self) -> PortResult<(Lseq, Chain)> {
        let sql = "SELECT lseq, chain FROM push_log ORDER BY lseq DESC LIMIT 1";
        let head = self.first(sql, [], |row| Ok((Lseq(unsigned(row, 0)?), id(row, 1)?)))?;
        Ok(head.unwrap_or_default())
    }

    fn acked(&self) -> PortResult<(Lseq, Chain)> {
        let sql = "SELECT acked_lseq, acked_chain FROM node_state";
        let acked = self.first(sql, [], |row| Ok((Lseq(unsigned(row, 0)?), id(row, 1)?)))?;
        Ok(acked.unwrap_or_default())
    }

    fn local_rows(&self, after: Lseq, limit: usize) -> PortResult<Vec<LocalRow>> {
        let sql = "SELECT lseq, chain, document, hash, at FROM push_log
                   WHERE lseq > ?1 ORDER BY lseq LIMIT ?2";
        let rows = self.all(sql, [number(after.0), number(limit as u64)], |row| {
            Ok(LocalRow {
                lseq: Lseq(unsigned(row, 0)?),
                chain: id(row, 1)?,
                document: id(row, 2)?,
                hash: id(row, 3)?,
                at: time(row, 4)?,
            })
        });
        Ok(rows?)
    }

    fn feed_position(&self) -> PortResult<Option<FeedPosition>> {
        let sql = "SELECT feed_epoch, feed_seq, feed_chain FROM node_state";
        let position = self.first(sql, [], |row| {
            let epoch = maybe_id(row, 0)?;
            let (seq, chain) = (FeedSeq(unsigned(row, 1)?), id(row, 2)?);
            Ok(epoch.map(|epoch| FeedPosition { epoch, seq, chain }))
        });
        Ok(position?.flatten())
    }

    fn feed_digest(&self) -> PortResult<Digest> {
        let sql = "SELECT digest_n, digest_sum FROM node_state";
        let digest =
            self.first(sql, [], |row| Ok(Digest { n: unsigned(row, 0)?, sum: array(row, 1)? }))?;
        Ok(digest.unwrap_or_default())
    }

    fn feed_heads(&self, document: &DocumentId) -> PortResult<Vec<ChangeHash>> {
        let sql = "SELECT feed_heads FROM document WHERE id = ?1";
        let heads = self.first(sql, [document.as_bytes()], |row| hashes(row, 0))?;
        Ok(heads.unwrap_or_default())
    }

    fn append_local(&mut self, row: &LocalRow) -> PortResult<()> {
        let sql = "INSERT INTO push_log (lseq, chain, document, hash, at)
                   SELECT ?1, ?2, ?3, ?4, ?5
                   WHERE ?1 = 1 + coalesce((SELECT max(lseq) FROM push_log), 0)";
        let values = params![
            number(row.lseq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.hash.as_bytes(),
            row.at.0,
        ];
        Ok(self.must_change(sql, values, "a push log must have no gaps")?)
    }

    fn put_acked(&mut self, lseq: Lseq, chain: Chain) -> PortResult<()> {
        let sql = "UPDATE node_state SET acked_lseq = ?1, acked_chain = ?2";
        self.execute(sql, params![number(lseq.0), chain.as_bytes()])?;
        Ok(self.remember_acknowledgement(lseq)?)
    }

    fn put_feed(&mut self, position: &FeedPosition, digest: &Digest) -> PortResult<()> {
        let sql = "UPDATE node_state SET feed_epoch = ?1, feed_seq = ?2, feed_chain = ?3,
                       digest_n = ?4, digest_sum = ?5";
        let values = params![
            position.epoch.as_bytes(),
            number(position.seq.0),
            position.chain.as_bytes(),
            number(digest.n),
            digest.sum,
        ];
        self.execute(sql, values)?;
        Ok(())
    }

    fn put_feed_heads(&mut self, document: &DocumentId, heads: &[ChangeHash]) -> PortResult<()> {
        let key = self.reserve_key(document)?;
        let sql = "UPDATE document SET feed_heads = ?2 WHERE key = ?1";
        self.execute(sql, params![key, hash_bytes(heads)])?;
        Ok(())
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        Ok(self.keep_aside(item)?)
    }

    fn put_proven(&mut self, at: Timestamp, seq: FeedSeq) -> PortResult<()> {
        Ok(self.remember_proven(at, seq)?)
    }
}
