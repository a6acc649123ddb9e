//! Compares this copy of the feed with the hub's, document by document, and repairs both.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId};

use super::intake::Intake;
use super::past::Past;
use super::{Context, NodeError, Outcome, custody, request};
use crate::digest::{self, ALL_BUCKETS};
use crate::message::{
    Compared, Detail, Difference, Differences, Digest, DocumentList, ForgetReason, Notice, Request,
    Response, ShownCustody,
};
use crate::ports::{
    ChangeMeta, DocumentState, Membership, NodeMode, NodePort, PortResult, Tombstone,
};

/// The documents that the feed names: generation and heads there.
type FeedDocuments = BTreeMap<DocumentId, (u32, Vec<ChangeHash>)>;

/// What the next call tells of the documents here, when they are to be compared.
pub(super) fn detail(port: &dyn NodePort) -> PortResult<Option<Detail>> {
    Ok(match port.mode()? {
        NodeMode::Normal => None,
        NodeMode::CompareBuckets => Some(Detail::Buckets(buckets(&feed_documents(port)?))),
        NodeMode::CompareList(mask) => {
            let mut list = list(port, &feed_documents(port)?, mask)?;
            for document in unlisted(port, mask)? {
                list.entries.extend_from_slice(&digest::key(&document));
                list.entries.extend_from_slice(&NO_LEAF);
            }
            Some(Detail::List(list))
        }
    })
}

/// In place of a leaf: the document is here, but no longer in the feed.
const NO_LEAF: [u8; 8] = [0; 8];

/// The custody version of a document that left the scope by what a comparison said, until the feed
/// says how. Should it never say so, the hub was put back meanwhile, and is asked again.
pub(super) const LEFT: u64 = 0;
/// The custody version of a document that the hub does not know this ward to have had.
const BORN: u64 = 1;

/// Documents that are still here although they left the scope: released ones, and others of which
/// the hub gave its word and that the feed names no longer. The comparison may jump over the item
/// that they are to be forgotten, or the hub may have lost it, so it is asked about each.
pub(super) fn left_scope(port: &dyn NodePort) -> PortResult<BTreeSet<DocumentId>> {
    let carried = custody::carried(port)?.into_iter();
    let releases = carried.filter(|row| row.notice == Some(Notice::Released));
    let mut left: BTreeSet<DocumentId> = releases.map(|row| row.document).collect();
    for (document, _) in port.custody_words()? {
        if port.document(&document)?.is_some() && port.feed_heads(&document)?.is_empty() {
            left.insert(document);
        }
    }
    Ok(left)
}

/// Documents that are not in the feed and that the hub is asked about all the same: those that left
/// the scope, and what was sent and not seen in the feed yet, which may have been moved on meanwhile.
fn unlisted(port: &dyn NodePort, buckets: u64) -> PortResult<BTreeSet<DocumentId>> {
    let mut unlisted = left_scope(port)?;
    for document in port.unequal_documents(usize::MAX)? {
        if digest::in_buckets(&document, buckets) && port.feed_heads(&document)?.is_empty() {
            unlisted.insert(document);
        }
    }
    Ok(unlisted)
}

fn feed_documents(port: &dyn NodePort) -> PortResult<FeedDocuments> {
    let documents = port.feed_documents()?.into_iter();
    Ok(documents.map(|(id, generation, heads)| (id, (generation, heads))).collect())
}

fn buckets(documents: &FeedDocuments) -> Vec<u8> {
    let documents = documents.iter();
    digest::bucket_sums(
        documents.map(|(id, (generation, heads))| (id, *generation, heads.as_slice())),
    )
}

fn list(port: &dyn NodePort, documents: &FeedDocuments, buckets: u64) -> PortResult<DocumentList> {
    let own = port.membership()?.map(|member| member.ward);
    let mut entries = Vec::new();
    for (id, (generation, heads)) in documents {
        if digest::in_buckets(id, buckets) {
            let writes = port.document(id)?.map(|state| state.ward) == own;
            entries.extend_from_slice(&digest::key(id));
            entries.extend_from_slice(&digest::listed_leaf(id, *generation, heads, writes));
        }
    }
    Ok(DocumentList { buckets, entries })
}

/// Decisions that are shown in one call at most, the newest first.
const SHOWN_MAX: usize = 4_000;

/// What the hub said of custody and may have lost: of all documents when they are compared, else of
/// those that are given back, as soon as something of them is sent.
pub(super) fn shown(
    port: &dyn NodePort,
    request: &Request,
) -> PortResult<Option<Vec<ShownCustody>>> {
    let listed = matches!(request.detail, Some(Detail::List(_)));
    let returned: BTreeSet<DocumentId> = port.returning()?.into_iter().collect();
    let pushed = request.push.items.iter().any(|item| returned.contains(&item.document));
    if !listed && !pushed && request.returned.is_none() {
        return Ok(None);
    }
    let mut words = port.custody_words()?;
    words.retain(|(document, _)| listed || returned.contains(document));
    words.sort_by_key(|(_, word)| std::cmp::Reverse(word.at));
    words.truncate(SHOWN_MAX);
    words.sort_by_key(|(document, word)| (*document, word.version));
    let mut shown: Vec<ShownCustody> = Vec::new();
    for (document, word) in words {
        match shown.last_mut() {
            Some(last) if last.document == document => last.words.push(word),
            _ => shown.push(ShownCustody { document, words: vec![word] }),
        }
    }
    Ok((!shown.is_empty()).then_some(shown))
}

fn sum(documents: &FeedDocuments) -> Digest {
    let mut sum = Digest::default();
    for (id, (generation, heads)) in documents {
        digest::add(&mut sum, &digest::leaf(id, *generation, heads));
    }
    sum
}

/// What an answer says to a comparison, to what was wanted, and to what was given back. The answer
/// begins where this node stands.
pub(super) fn take(
    port: &mut dyn NodePort,
    membership: &Membership,
    request: &Request,
    response: &Response,
    ctx: &Context<'_>,
    outcome: &mut Outcome,
) -> Result<(), NodeError> {
    take_returned(port, request, response)?;
    for document in response.supplied_whole.iter().flatten() {
        port.put_wanted(document, false)?;
        give_back_if_more(port, document)?;
    }
    match (&response.compared, port.mode()?) {
        (Some(Compared::Buckets(mask)), NodeMode::CompareBuckets) => take_buckets(port, *mask)?,
        (Some(Compared::List(found)), NodeMode::CompareList(mask)) => {
            let digest = port.feed_digest()?;
            let intake =
                Intake { port, membership, ctx, now: ctx.now, digest, outcome, owed: None };
            take_differences(intake, mask, found)?;
        }
        _ => {}
    }
    Ok(())
}

/// The next call lists the buckets that differ. When none does, the sum alone was wrong here.
fn take_buckets(port: &mut dyn NodePort, mask: u64) -> PortResult<()> {
    if mask != 0 {
        return port.put_mode(NodeMode::CompareList(mask));
    }
    if let Some(position) = port.feed_position()? {
        let recount = sum(&feed_documents(port)?);
        port.put_feed(&position, &recount)?;
    }
    port.put_mode(NodeMode::Normal)
}

/// Moves this copy of the feed to the hub's newest position, where all that is not listed is equal,
/// and remembers what to ask for and what to give back.
fn take_differences(
    mut intake: Intake<'_>,
    mask: u64,
    found: &Differences,
) -> Result<(), NodeError> {
    let mut documents = feed_documents(intake.port)?;
    let listed = documents.keys().copied().chain(unlisted(intake.port, mask)?);
    let by_key: BTreeMap<[u8; 8], DocumentId> = listed.map(|id| (digest::key(&id), id)).collect();
    let mut differing = Vec::new();
    for difference in &found.documents {
        let id = difference.document.or_else(|| by_key.get(&difference.key).copied());
        let Some(id) = id else {
            if difference.heads.is_empty() {
                // It was forgotten here since it was listed.
                continue;
            }
            return Err(NodeError::BadAnswer("a difference names no document"));
        };
        if difference.heads.is_empty() {
            documents.remove(&id);
        } else {
            documents.insert(id, (difference.generation, difference.heads.clone()));
        }
        differing.push((id, difference));
    }
    let digest = sum(&documents);
    if digest != found.digest {
        if mask == ALL_BUCKETS {
            return Err(NodeError::BadAnswer("the differences do not lead to the hub's digest"));
        }
        // The feed went on in other buckets since they were asked for.
        return Ok(intake.port.put_mode(NodeMode::CompareList(ALL_BUCKETS))?);
    }
    let words = intake.port.custody_words()?;
    let claimed: BTreeSet<DocumentId> = words.into_iter().map(|(document, _)| document).collect();
    for (id, difference) in differing {
        let lost = mask == ALL_BUCKETS;
        let said = Said { difference, has_words: claimed.contains(&id), lost };
        take_difference(&mut intake, &id, &said)?;
    }
    // What is here beyond the feed may have reached a hub that was put back again since.
    for document in intake.port.unequal_documents(usize::MAX)? {
        give_back_if_more(intake.port, &document)?;
    }
    let Intake { port, outcome, .. } = intake;
    port.put_feed(&found.at, &digest)?;
    port.put_feed_token(Some(found.token))?;
    port.put_mode(NodeMode::Normal)?;
    outcome.position = Some(found.at);
    outcome.differed += found.documents.len() as u64;
    Ok(())
}

/// What is said of one document that differs.
struct Said<'a> {
    difference: &'a Difference,
    /// The hub's word about its custody is here.
    has_words: bool,
    /// All documents were compared, as they are when the hub was put back.
    lost: bool,
}

fn take_difference(
    intake: &mut Intake<'_>,
    document: &DocumentId,
    said: &Said<'_>,
) -> PortResult<()> {
    let difference = said.difference;
    for word in difference.words.iter().flatten() {
        intake.port.put_custody_word(document, word)?;
    }
    if !difference.heads.is_empty() {
        return take_heads(intake, document, difference);
    }
    // It left the scope, which the feed says behind this position, or the hub lost it. Either way
    // the hub may lack what was written here: it gets all of it before anything is forgotten.
    intake.port.put_feed_heads(document, &[])?;
    let state = intake.port.document(document)?;
    let empty = state.as_ref().is_some_and(|state| state.heads.is_empty());
    if empty && !custody::owed(intake.port)?.contains(document) {
        // A name only: its changes were lost with the hub before they came.
        let (generation, at) = (difference.generation, intake.now);
        let grave = Tombstone { document: *document, generation, reason: ForgetReason::Moved, at };
        intake.port.put_wanted(document, false)?;
        return intake.port.forget_document(&grave);
    }
    // What it does not know is born anew in the ward that brings it. So its custodian does, or who
    // read or released it and can show whose it is.
    let keeper = state.as_ref().map(|state| state.ward.clone());
    if let Some(mut state) = state.filter(|state| state.ward == intake.membership.ward) {
        state.custody_version = if difference.document.is_some() { LEFT } else { BORN };
        intake.port.put_document(&state)?;
    }
    if difference.document.is_none() && said.has_words {
        // Also when all of it stands in the log: the words go with what is given back.
        return intake.port.put_returning(document, true);
    }
    // Who released it may be the only one that saw the last edits of before.
    if said.lost || keeper.as_ref() == Some(&intake.membership.ward) {
        give_back_if_more(intake.port, document)?;
    }
    Ok(())
}

/// The hub holds the document in this ward's scope.
fn take_heads(
    intake: &mut Intake<'_>,
    document: &DocumentId,
    difference: &Difference,
) -> PortResult<()> {
    let port = &mut *intake.port;
    port.put_feed_heads(document, &difference.heads)?;
    if let Some(grave) = port.tombstone(document)? {
        if grave.reason == ForgetReason::Purged {
            // A hub that was put back to before the purge: it must be purged there again.
            return Ok(());
        }
        port.remove_tombstone(document)?;
    }
    custody::stop_forgetting(port, document)?;
    let ward = difference.custodian.clone().unwrap_or_else(|| intake.membership.ward.clone());
    // One that is not here yet has a state without heads until its changes come.
    let heads = port.document(document)?.map_or_else(Vec::new, |state| state.heads);
    let (custody_version, generation) = (difference.custody_version, difference.generation);
    port.put_document(&DocumentState { id: *document, ward, custody_version, generation, heads })?;
    for head in &difference.heads {
        if port.change_meta(document, head)?.is_none() {
            return port.put_wanted(document, true);
        }
    }
    give_back_if_more(port, document)
}

/// Changes of a document that the hub lost: not in its feed, and not to be pushed from the log of
/// this database either. In causal order.
pub(super) fn to_return(port: &dyn NodePort, document: &DocumentId) -> PortResult<Vec<ChangeMeta>> {
    let unsent = request::unsent(port)?;
    let past = Past::of(port, document)?;
    let mut metas = port.change_metas(document)?;
    metas.retain(|meta| !past.names(&meta.hash) && !unsent.contains(&(*document, meta.hash)));
    Ok(metas)
}

/// Also of a document that this ward only reads: it may be the only one that saw the hub's last
/// edits of it.
fn give_back_if_more(port: &mut dyn NodePort, document: &DocumentId) -> PortResult<()> {
    if !to_return(port, document)?.is_empty() {
        port.put_returning(document, true)?;
    }
    Ok(())
}

/// What the hub has judged need not be given back again, whatever became of it.
fn take_returned(
    port: &mut dyn NodePort,
    request: &Request,
    response: &Response,
) -> PortResult<()> {
    let Some(count) = response.returned else { return Ok(()) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let judged: Vec<(DocumentId, ChangeHash)> = request
        .returned
        .iter()
        .flatten()
        .take(count)
        .map(|item| (item.document, crate::check::item_hash(&item.change)))
        .collect();
    for document in port.returning()? {
        let left = to_return(port, &document)?;
        if left.iter().all(|meta| judged.contains(&(document, meta.hash))) {
            port.put_returning(&document, false)?;
        }
    }
    Ok(())
}
