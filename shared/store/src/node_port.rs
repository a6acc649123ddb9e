//! A node's side of the engine's storage.

use rusqlite::params;
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp,
};
use wardbook_sync::message::{CustodyWord, Digest, Rotated, Token};
use wardbook_sync::ports::{
    LocalRow, Membership, NodeMode, NodePort, PortResult, Quarantined, Tombstone,
};

use crate::healing::{LOCAL_COLUMNS, Queue, Todo, local_row};
use crate::rows::{array, hash_bytes, hashes, id, maybe_id, notice_number, number, unsigned};
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
        let sql =
            format!("SELECT {LOCAL_COLUMNS} FROM push_log WHERE lseq > ?1 ORDER BY lseq LIMIT ?2");
        Ok(self.all(&sql, [number(after.0), number(limit as u64)], local_row)?)
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

    fn ack_token(&self) -> PortResult<Option<Token>> {
        Ok(self.token("ack_token")?)
    }

    fn feed_token(&self) -> PortResult<Option<Token>> {
        Ok(self.token("feed_token")?)
    }

    fn mode(&self) -> PortResult<NodeMode> {
        Ok(self.node_mode()?)
    }

    fn rotated(&self) -> PortResult<Option<Rotated>> {
        Ok(self.left_epoch()?)
    }

    fn orphans(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>> {
        Ok(self.queue(Queue::Orphans)?)
    }

    fn to_reauthor(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>> {
        Ok(self.queue(Queue::Reauthor)?)
    }

    fn wanted(&self) -> PortResult<Vec<DocumentId>> {
        Ok(self.todo(Todo::Wanted)?)
    }

    fn returning(&self) -> PortResult<Vec<DocumentId>> {
        Ok(self.todo(Todo::Returning)?)
    }

    fn unequal_documents(&self, limit: usize) -> PortResult<Vec<DocumentId>> {
        Ok(self.unequal(limit)?)
    }

    fn feed_documents(&self) -> PortResult<Vec<(DocumentId, u32, Vec<ChangeHash>)>> {
        let sql = "SELECT id, generation, feed_heads FROM document
                   WHERE feed_heads <> x'' ORDER BY id";
        Ok(self.all(sql, [], |row| Ok((id(row, 0)?, row.get(1)?, hashes(row, 2)?)))?)
    }

    fn files_owed(&self) -> PortResult<Vec<DocumentId>> {
        let epoch = NodePort::feed_position(self)?.map(|position| position.epoch);
        Ok(self.documents_with_unsent_files(epoch.as_ref())?)
    }

    fn forgetting(&self) -> PortResult<Vec<(Tombstone, ChangeHash)>> {
        Ok(self.to_forget()?)
    }

    fn custody_words(&self) -> PortResult<Vec<(DocumentId, CustodyWord)>> {
        Ok(self.custody_words_kept()?)
    }

    fn put_custody_word(&mut self, document: &DocumentId, word: &CustodyWord) -> PortResult<()> {
        Ok(self.keep_custody_word(document, word)?)
    }

    fn put_forgetting(&mut self, grave: &Tombstone, item: &ChangeHash, is: bool) -> PortResult<()> {
        Ok(self.set_to_forget(grave, item, is)?)
    }

    fn put_ack_token(&mut self, token: Option<Token>) -> PortResult<()> {
        Ok(self.set_token("ack_token", token)?)
    }

    fn put_feed_token(&mut self, token: Option<Token>) -> PortResult<()> {
        Ok(self.set_token("feed_token", token)?)
    }

    fn put_mode(&mut self, mode: NodeMode) -> PortResult<()> {
        Ok(self.set_node_mode(mode)?)
    }

    fn open_push_log(&mut self, epoch: AuthorEpoch, rotated: Option<Rotated>) -> PortResult<()> {
        Ok(self.begin_log(epoch, rotated)?)
    }

    fn truncate_local(&mut self, after: Lseq) -> PortResult<Vec<LocalRow>> {
        Ok(self.cut_log(after)?)
    }

    fn put_orphan(&mut self, document: &DocumentId, hash: &ChangeHash, is: bool) -> PortResult<()> {
        Ok(self.set_queued(Queue::Orphans, document, hash, is)?)
    }

    fn put_reauthor(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> PortResult<()> {
        Ok(self.set_queued(Queue::Reauthor, document, hash, is)?)
    }

    fn put_wanted(&mut self, document: &DocumentId, is: bool) -> PortResult<()> {
        Ok(self.set_todo(Todo::Wanted, document, is)?)
    }

    fn put_returning(&mut self, document: &DocumentId, is: bool) -> PortResult<()> {
        Ok(self.set_todo(Todo::Returning, document, is)?)
    }

    fn append_local(&mut self, row: &LocalRow) -> PortResult<()> {
        let sql = "INSERT INTO push_log (lseq, chain, document, hash, at, notice)
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6
                   WHERE ?1 = 1 + coalesce((SELECT max(lseq) FROM push_log), 0)";
        let values = params![
            number(row.lseq.0),
            row.chain.as_bytes(),
            row.document.as_bytes(),
            row.hash.as_bytes(),
            row.at.0,
            row.notice.map(notice_number),
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
