//! What the node's engine asks of its store.

use crate::message::{CustodyWord, Digest, Notice, Rotated, Token};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, HubId, Lseq,
    Timestamp, WardId,
};

use super::{Log, PortResult, Quarantined, Tombstone};

/// The identity a node got at enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The hub.
    pub hub: HubId,
    /// The hub's address, such as `https://10.0.0.1:8443`.
    pub hub_url: String,
    /// SHA-256 of the hub's TLS `SubjectPublicKeyInfo`; `None` for plain HTTP on loopback.
    pub tls_pin: Option<[u8; 32]>,
    /// The key by which the hub signs.
    pub hub_key: [u8; 32],
    /// Where bundles for the hub are sealed to.
    pub sealing_recipient: String,
    /// The author epoch of the hub's own edits.
    pub hub_epoch: AuthorEpoch,
    /// This device.
    pub device: DeviceId,
    /// Its ward.
    pub ward: WardId,
    /// The ward's name.
    pub ward_name: String,
    /// The day as of which units and posts are meant; empty for today.
    pub units_as_of: String,
}

/// What a node's side of the engine is busy with. Durable.
///
/// Healing after a rotation is no mode of its own: it lasts as long as there are
/// [`NodePort::orphans`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum NodeMode {
    /// Pushing and pulling.
    #[default]
    Normal,
    /// The digests differ: the buckets are asked for next.
    CompareBuckets,
    /// The documents of these buckets are compared next (bit n: bucket n).
    CompareList(u64),
}

/// One position of a node's push log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRow {
    /// What was noted here, when it is no change.
    pub notice: Option<Notice>,
    /// Its position.
    pub lseq: Lseq,
    /// The chain at it.
    pub chain: Chain,
    /// The document.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// When it was written.
    pub at: Timestamp,
}

/// What the node's engine asks of its store.
pub trait NodePort: Log {
    /// The identity from enrolment, or `None` before.
    fn membership(&self) -> PortResult<Option<Membership>>;
    /// The author epoch of this database.
    fn author_epoch(&self) -> PortResult<AuthorEpoch>;
    /// The last position of the push log and its chain.
    fn push_head(&self) -> PortResult<(Lseq, Chain)>;
    /// The last acknowledged position and its chain.
    fn acked(&self) -> PortResult<(Lseq, Chain)>;
    /// Push-log rows after a position, at most `limit`.
    fn local_rows(&self, after: Lseq, limit: usize) -> PortResult<Vec<LocalRow>>;
    /// Where this node's copy of the feed stands; `None` before the first pull.
    fn feed_position(&self) -> PortResult<Option<FeedPosition>>;
    /// The digest over the heads at the feed position.
    fn feed_digest(&self) -> PortResult<Digest>;
    /// A document's heads at the feed position, sorted; empty when the feed has not named it.
    fn feed_heads(&self, document: &DocumentId) -> PortResult<Vec<ChangeHash>>;

    /// What the hub signed for the acknowledged position.
    fn ack_token(&self) -> PortResult<Option<Token>>;
    /// What the hub signed for the feed position.
    fn feed_token(&self) -> PortResult<Option<Token>>;
    /// What the engine is busy with.
    fn mode(&self) -> PortResult<NodeMode>;
    /// The epoch that was left and why, until the hub acknowledges something of the new one.
    fn rotated(&self) -> PortResult<Option<Rotated>>;
    /// Local changes of former epochs that the hub had not acknowledged, oldest first.
    fn orphans(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>>;
    /// Own changes that were kept aside and are to be written anew, oldest first.
    fn to_reauthor(&self) -> PortResult<Vec<(DocumentId, ChangeHash)>>;
    /// Documents of which the feed has named changes that are not here.
    fn wanted(&self) -> PortResult<Vec<DocumentId>>;
    /// Documents of which the hub lost changes.
    fn returning(&self) -> PortResult<Vec<DocumentId>>;
    /// Documents in scope whose heads are not those at the feed position, at most `limit`. Asked
    /// with every call: it must not look at all documents. Out of scope is what the feed does not
    /// name and another ward keeps.
    fn unequal_documents(&self, limit: usize) -> PortResult<Vec<DocumentId>>;
    /// The documents that the feed has named, with their heads there, by id.
    fn feed_documents(&self) -> PortResult<Vec<(DocumentId, u32, Vec<ChangeHash>)>>;

    /// Documents of which the hub has not got all files that are whole here. An end that keeps no
    /// files owes none.
    fn files_owed(&self) -> PortResult<Vec<DocumentId>> {
        Ok(Vec::new())
    }

    /// Documents to be forgotten once the hub has all own edits and files of them, each with the hash of the
    /// feed item that says so, by document.
    fn forgetting(&self) -> PortResult<Vec<(Tombstone, ChangeHash)>>;

    /// What the hub said of custody in its own word, by document and version; of forgotten
    /// documents too.
    fn custody_words(&self) -> PortResult<Vec<(DocumentId, CustodyWord)>>;

    /// Keeps what the hub said of custody: one word for each (document, version), the newer stays.
    fn put_custody_word(&mut self, document: &DocumentId, word: &CustodyWord) -> PortResult<()>;
    /// Remembers a document to be forgotten (one entry a document), or that it is done.
    fn put_forgetting(&mut self, grave: &Tombstone, item: &ChangeHash, is: bool) -> PortResult<()>;
    /// Keeps what the hub signed for the acknowledged position.
    fn put_ack_token(&mut self, token: Option<Token>) -> PortResult<()>;
    /// Keeps what the hub signed for the feed position.
    fn put_feed_token(&mut self, token: Option<Token>) -> PortResult<()>;
    /// Sets what the engine is busy with.
    fn put_mode(&mut self, mode: NodeMode) -> PortResult<()>;
    /// Takes a new author epoch: the push log begins anew, empty, with nothing acknowledged.
    fn open_push_log(&mut self, epoch: AuthorEpoch, rotated: Option<Rotated>) -> PortResult<()>;
    /// Takes all positions after `after` off the push log and returns them, oldest first.
    fn truncate_local(&mut self, after: Lseq) -> PortResult<Vec<LocalRow>>;
    /// Remembers a local change of a former epoch, or that it is one no longer.
    fn put_orphan(&mut self, document: &DocumentId, hash: &ChangeHash, is: bool) -> PortResult<()>;
    /// Queues a change that was kept aside for writing anew, or takes it off.
    fn put_reauthor(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        is: bool,
    ) -> PortResult<()>;
    /// Remembers a wanted document, or that it is complete.
    fn put_wanted(&mut self, document: &DocumentId, is: bool) -> PortResult<()>;
    /// Remembers a document to give back, or that it is done.
    fn put_returning(&mut self, document: &DocumentId, is: bool) -> PortResult<()>;
    /// Appends to the push log.
    fn append_local(&mut self, row: &LocalRow) -> PortResult<()>;
    /// Moves the acknowledged position.
    fn put_acked(&mut self, lseq: Lseq, chain: Chain) -> PortResult<()>;
    /// Moves the feed position, with the digest there.
    fn put_feed(&mut self, position: &FeedPosition, digest: &Digest) -> PortResult<()>;
    /// Sets a document's heads at the feed position.
    fn put_feed_heads(&mut self, document: &DocumentId, heads: &[ChangeHash]) -> PortResult<()>;
    /// Keeps a refused change aside. Keeping (document, hash) aside twice is no error: the first
    /// stays, unless the later one [`overrules`](Quarantined::overrules) it.
    fn quarantine(&mut self, item: &Quarantined) -> PortResult<()>;
    /// Remembers that both ends were proven equal at a feed position.
    fn put_proven(&mut self, at: Timestamp, seq: FeedSeq) -> PortResult<()>;
}
