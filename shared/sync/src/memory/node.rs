//! A node's store in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DocumentId, FeedPosition, FeedSeq, Lseq, Timestamp,
};

use super::{MemoryLog, broken, log_through};
use crate::message::{CustodyWord, Digest, Rotated, Token};
use crate::node::UNENROLLED;
use crate::ports::{
    ChangeMeta, DocumentState, LocalRow, Log as _, Membership, NodeMode, NodePort, PortResult,
    Quarantined, StoredChange, Tombstone,
};

type Named = (DocumentId, ChangeHash);

/// A node's store in memory.
#[derive(Debug, Clone)]
pub struct MemoryNode {
    /// Documents and changes.
    pub log: MemoryLog,
    epoch: AuthorEpoch,
    rotated: Option<Rotated>,
    membership: Option<Membership>,
    local: Vec<LocalRow>,
    acked: (Lseq, Chain),
    ack_token: Option<Token>,
    feed: Option<FeedPosition>,
    feed_token: Option<Token>,
    digest: Digest,
    feed_heads: BTreeMap<DocumentId, Arc<[ChangeHash]>>,
    /// Documents in scope that do not stand as in the feed; kept up to date by every write.
    unequal: BTreeSet<DocumentId>,
    mode: NodeMode,
    orphans: Vec<Named>,
    reauthor: Vec<Named>,
    wanted: BTreeSet<DocumentId>,
    returning: BTreeSet<DocumentId>,
    forgetting: BTreeMap<DocumentId, (Tombstone, ChangeHash)>,
    words: BTreeMap<(DocumentId, u64), CustodyWord>,
    proven: Option<(Timestamp, FeedSeq)>,
}

impl MemoryNode {
    /// An empty node, not enrolled.
    pub fn new(epoch: AuthorEpoch) -> Self {
        Self {
            log: MemoryLog::default(),
            epoch,
            rotated: None,
            membership: None,
            local: Vec::new(),
            acked: (Lseq(0), Chain::default()),
            ack_token: None,
            feed: None,
            feed_token: None,
            digest: Digest::default(),
            feed_heads: BTreeMap::new(),
            unequal: BTreeSet::new(),
            mode: NodeMode::Normal,
            orphans: Vec::new(),
            reauthor: Vec::new(),
            wanted: BTreeSet::new(),
            returning: BTreeSet::new(),
            forgetting: BTreeMap::new(),
            words: BTreeMap::new(),
            proven: None,
        }
    }

    /// Remembers what enrolment gave.
    pub fn join(&mut self, membership: Membership) {
        self.membership = Some(membership);
    }

    /// The push log, oldest first.
    pub fn local(&self) -> &[LocalRow] {
        &self.local
    }

    /// When and where both ends were last proven equal.
    pub fn proven(&self) -> Option<(Timestamp, FeedSeq)> {
        self.proven
    }

    /// The graves, by document.
    pub fn graves(&self) -> impl Iterator<Item = &Tombstone> {
        self.log.graves()
    }

    /// Compares a document with what the feed says of it.
    fn after_write(&mut self, document: &DocumentId) {
        let state = self.log.documents_entry(document);
        let heads = state.map_or(&[][..], |state| &state.heads);
        let feed: &[ChangeHash] = self.feed_heads.get(document).map_or(&[], |heads| heads);
        let own = |state: &DocumentState| {
            state.ward.as_str() == UNENROLLED
                || self.membership.as_ref().is_none_or(|member| member.ward == state.ward)
        };
        let in_scope = !feed.is_empty() || state.is_some_and(own);
        if in_scope && heads != feed {
            self.unequal.insert(*document);
        } else {
            self.unequal.remove(document);
        }
    }
}

/// Puts a value at the end of a list, or takes it out. Putting it twice changes nothing.
fn keep(list: &mut Vec<Named>, value: Named, is: bool) {
    let at = list.iter().position(|known| *known == value);
    match (at, is) {
        (None, true) => list.push(value),
        (Some(at), false) => {
            list.remove(at);
        }
        _ => {}
    }
}

fn keep_in(set: &mut BTreeSet<DocumentId>, document: &DocumentId, is: bool) {
    if is {
        set.insert(*document);
    } else {
        set.remove(document);
    }
}

log_through!(MemoryNode);

impl NodePort for MemoryNode {
    fn membership(&self) -> PortResult<Option<Membership>> {
        Ok(self.membership.clone())
    }

    fn author_epoch(&self) -> PortResult<AuthorEpoch> {
        Ok(self.epoch)
    }

    fn push_head(&self) -> PortResult<(Lseq, Chain)> {
        Ok(self.local.last().map_or((Lseq(0), Chain::default()), |row| (row.lseq, row.chain)))
    }

    fn acked(&self) -> PortResult<(Lseq, Chain)> {
        Ok(self.acked)
    }

    fn local_rows(&self, after: Lseq, limit: usize) -> PortResult<Vec<LocalRow>> {
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        Ok(self.local.iter().skip(after).take(limit).cloned().collect())
    }

    fn feed_position(&self) -> PortResult<Option<FeedPosition>> {
        Ok(self.feed)
    }

    fn feed_digest(&self) -> PortResult<Digest> {
        Ok(self.digest)
    }

    fn feed_heads(&self, document: &DocumentId) -> PortResult<Vec<ChangeHash>> {
        Ok(self.feed_heads.get(document).map_or_else(Vec::new, |heads| heads.to_vec()))
    }

    fn ack_token(&self) -> PortResult<Option<Token>> {
        Ok(self.ack_token)
    }

    fn feed_token(&self) -> PortResult<Option<Token>> {
        Ok(self.feed_token)
    }

    fn mode(&self) -> PortResult<NodeMode> {
        Ok(self.mode)
    }

    fn rotated(&self) -> PortResult<Option<Rotated>> {
        Ok(self.rotated)
    }

    fn orphans(&self) -> PortResult<Vec<Named>> {
        Ok(self.orphans.clone())
    }

    fn to_reauthor(&self) -> PortResult<Vec<Named>> {
        Ok(self.reauthor.clone())
    }

    fn wanted(&self) -> PortResult<Vec<DocumentId>> {
        Ok(self.wanted.iter().copied().collect())
    }

    fn returning(&self) -> PortResult<Vec<DocumentId>> {
        Ok(self.returning.iter().copied().collect())
    }

    fn forgetting(&self) -> PortResult<Vec<(Tombstone, ChangeHash)>> {
        Ok(self.forgetting.values().cloned().collect())
    }

    fn unequal_documents(&self, limit: usize) -> PortResult<Vec<DocumentId>> {
        Ok(self.unequal.iter().take(limit).copied().collect())
    }

    fn feed_documents(&self) -> PortResult<Vec<(DocumentId, u32, Vec<ChangeHash>)>> {
        let named = self.feed_heads.iter().filter(|(_, heads)| !heads.is_empty());
        named
            .map(|(id, heads)| {
                let generation = self.log.document(id)?.map_or(0, |state| state.generation);
                Ok((*id, generation, heads.to_vec()))
            })
            .collect()
    }

    fn put_ack_token(&mut self, token: Option<Token>) -> PortResult<()> {
        self.ack_token = token;
        Ok(())
    }

    fn put_feed_token(&mut self, token: Option<Token>) -> PortResult<()> {
        self.feed_token = token;
        Ok(())
    }

    fn put_mode(&mut self, mode: NodeMode) -> PortResult<()> {
        self.mode = mode;
        Ok(())
    }

    fn open_push_log(&mut self, epoch: AuthorEpoch, rotated: Option<Rotated>) -> PortResult<()> {
        (self.epoch, self.rotated) = (epoch, rotated);
        self.local.clear();
        self.acked = (Lseq(0), Chain::default());
        self.ack_token = None;
        Ok(())
    }

    fn truncate_local(&mut self, after: Lseq) -> PortResult<Vec<LocalRow>> {
        if after < self.acked.0 {
            return Err(broken("what was acknowledged stays in the push log"));
        }
        let at = usize::try_from(after.0).unwrap_or(usize::MAX).min(self.local.len());
        Ok(self.local.split_off(at))
    }

    fn put_orphan(&mut self, document: &DocumentId, hash: &ChangeHash, is: bool) -> PortResult<()> {
        keep(&mut self.orphans, (*document, *hash), is);
        Ok(())
    }

    fn put_reauthor(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> PortResult<()> {
        keep(&mut self.reauthor, (*document, *hash), is);
        Ok(())
    }

    fn put_wanted(&mut self, document: &DocumentId, is: bool) -> PortResult<()> {
        keep_in(&mut self.wanted, document, is);
        Ok(())
    }

    fn put_returning(&mut self, document: &DocumentId, is: bool) -> PortResult<()> {
        keep_in(&mut self.returning, document, is);
        Ok(())
    }

    fn custody_words(&self) -> PortResult<Vec<(DocumentId, CustodyWord)>> {
        Ok(self.words.iter().map(|((document, _), word)| (*document, word.clone())).collect())
    }

    fn put_custody_word(&mut self, document: &DocumentId, word: &CustodyWord) -> PortResult<()> {
        self.words.insert((*document, word.version), word.clone());
        Ok(())
    }

    fn put_forgetting(&mut self, grave: &Tombstone, item: &ChangeHash, is: bool) -> PortResult<()> {
        if is {
            self.forgetting.insert(grave.document, (grave.clone(), *item));
        } else {
            self.forgetting.remove(&grave.document);
        }
        Ok(())
    }

    fn append_local(&mut self, row: &LocalRow) -> PortResult<()> {
        if row.lseq.0 != self.local.len() as u64 + 1 {
            return Err(broken("a push log must have no gaps"));
        }
        self.local.push(row.clone());
        Ok(())
    }

    fn put_acked(&mut self, lseq: Lseq, chain: Chain) -> PortResult<()> {
        self.acked = (lseq, chain);
        Ok(())
    }

    fn put_feed(&mut self, position: &FeedPosition, digest: &Digest) -> PortResult<()> {
        self.feed = Some(*position);
        self.digest = *digest;
        Ok(())
    }

    fn put_feed_heads(&mut self, document: &DocumentId, heads: &[ChangeHash]) -> PortResult<()> {
        if heads.is_empty() {
            self.feed_heads.remove(document);
        } else {
            self.feed_heads.insert(*document, heads.into());
        }
        self.after_write(document);
        Ok(())
    }

    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()> {
        self.log.keep_aside(item);
        Ok(())
    }

    fn put_proven(&mut self, at: Timestamp, seq: FeedSeq) -> PortResult<()> {
        self.proven = Some((at, seq));
        Ok(())
    }
}
