//! Custody items in the feeds: their positions, what stands for them in the chain, the digests.

use wardbook_base::{
    AuthorEpoch, ChangeHash, DeviceId, DocumentId, FeedSeq, Lseq, Timestamp, WardId,
};

use super::acts::Order;
use crate::chain::{self, Kind};
use crate::digest;
use crate::message::ForgetReason;
use crate::ports::{DocumentState, FeedKind, FeedRow, HubPort, PortError, PortResult};

/// How an item moves a ward's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Enters,
    Stays,
    Leaves,
}

/// Gives a custody item the next position of a ward's feed.
pub(super) fn append(
    port: &mut dyn HubPort,
    ward: &WardId,
    state: &DocumentState,
    kind: FeedKind,
    scope: Scope,
    now: Timestamp,
) -> PortResult<FeedSeq> {
    let (in_chain, hash) = stands_for(&kind);
    let item = Item { kind, in_chain, hash, author: DeviceId::default() };
    append_item(port, ward, state, item, scope, now)
}

/// Puts a late edit, which was kept aside, before the ward that keeps the document now.
///
/// # Errors
/// When the store fails.
pub(crate) fn review(
    port: &mut dyn HubPort,
    document: &DocumentId,
    hash: &ChangeHash,
    author: &DeviceId,
    now: Timestamp,
) -> PortResult<()> {
    let Some(state) = port.document(document)? else { return Ok(()) };
    let kind = FeedKind::Review;
    let item = Item { kind, in_chain: Kind::FeedReview, hash: *hash, author: *author };
    append_item(port, &state.ward, &state, item, Scope::Stays, now)?;
    Ok(())
}

/// A custody item before it has a position.
struct Item {
    kind: FeedKind,
    in_chain: Kind,
    hash: ChangeHash,
    author: DeviceId,
}

fn append_item(
    port: &mut dyn HubPort,
    ward: &WardId,
    state: &DocumentState,
    item: Item,
    scope: Scope,
    now: Timestamp,
) -> PortResult<FeedSeq> {
    let mut feed = port
        .ward_feed(ward)?
        .ok_or_else(|| PortError(format!("ward {ward} has no feed").into()))?;
    let (document, generation) = (state.id, state.generation);
    let Item { kind, in_chain, hash, author } = item;
    let position = &mut feed.position;
    position.seq = position.seq.next();
    position.chain = chain::next(&position.chain, in_chain, &document, generation, &hash);
    let seq = position.seq;
    let (before, after) = match scope {
        Scope::Enters => (&[][..], state.heads.as_slice()),
        Scope::Leaves => (state.heads.as_slice(), &[][..]),
        Scope::Stays => (&[][..], &[][..]),
    };
    digest::replace(&mut feed.digest, &document, generation, before, after);
    let row = FeedRow {
        seq,
        chain: feed.position.chain,
        kind,
        document,
        generation,
        hash,
        author,
        epoch: AuthorEpoch::default(),
        lseq: Lseq(0),
        received_at: now,
    };
    port.append_feed(ward, &row)?;
    port.put_ward_feed(&feed)?;
    Ok(seq)
}

/// What stands in the chain for a custody item.
fn stands_for(kind: &FeedKind) -> (Kind, ChangeHash) {
    match kind {
        FeedKind::Change => (Kind::FeedChange, ChangeHash::default()),
        FeedKind::Review => (Kind::FeedReview, ChangeHash::default()),
        FeedKind::Grant { custody_version, custodian, heads, .. } => {
            let custodian = custodian.as_ref().map_or("", WardId::as_str);
            (Kind::FeedGrant, chain::heads_hash(heads, *custody_version, custodian))
        }
        FeedKind::Release { custody_version, custodian, .. } => {
            (Kind::FeedRelease, release_hash(*custody_version, custodian))
        }
        FeedKind::Forget { custody_version, reason } => {
            (Kind::FeedForget, forget_hash(*custody_version, *reason))
        }
    }
}

pub(super) fn grant(state: &DocumentState, to: &WardId, order: &Order<'_>) -> FeedKind {
    FeedKind::Grant {
        custody_version: order.version,
        custodian: (state.ward != *to).then(|| state.ward.clone()),
        heads: state.heads.clone(),
        decision: order.decision.to_owned(),
    }
}

pub(super) const fn forget(custody_version: u64, reason: ForgetReason) -> FeedKind {
    FeedKind::Forget { custody_version, reason }
}

/// What stands for a release in the chains.
pub(crate) fn release_hash(custody_version: u64, custodian: &WardId) -> ChangeHash {
    chain::custody_hash(custody_version, chain::RELEASED, custodian.as_str())
}

/// What stands for a forget in the chains.
pub(crate) fn forget_hash(custody_version: u64, reason: ForgetReason) -> ChangeHash {
    chain::custody_hash(custody_version, reason as u8, "")
}
