//! Spells a stretch of the feed out and checks it against the chain, before anything is written.

use wardbook_base::{Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, FeedSeq, Lseq};

use super::{Arrived, NodeError};
use crate::chain::{self, Kind};
use crate::message::{
    FeedItem, Forget, Grant, HeldChange, OwnStretch, Release, Request, Response, Review,
};
use crate::ports::NodePort;

/// One position of the feed, as far as something is to be done.
pub(super) enum Step {
    Change(Arrived),
    Grant(Grant),
    Release(Release),
    Forget(Forget),
    Review(Review),
}

/// A stretch of the feed.
pub(super) enum Spelled {
    /// The answer starts elsewhere than this node stands.
    Stale,
    /// The feed names own changes that this node does not have: it is an older copy.
    Unknown,
    /// What comes next.
    Next(Vec<Step>),
}

/// What the feed of an answer says, position by position.
pub(super) fn spell(
    port: &dyn NodePort,
    request: &Request,
    response: &Response,
    items: Vec<FeedItem>,
) -> Result<Spelled, NodeError> {
    let feed = &response.feed;
    if !begins_here(port, request, &feed.from)? {
        return Ok(Spelled::Stale);
    }
    let mut position = feed.from;
    let mut steps = Vec::new();
    for item in items {
        match item {
            FeedItem::Own(stretch) => {
                if !own(port, stretch, &mut position, &mut steps)? {
                    return Ok(Spelled::Unknown);
                }
            }
            FeedItem::Change(change) => {
                let arrived = Arrived { in_feed: true, ..Arrived::from(change) };
                advance(
                    &mut position,
                    Kind::FeedChange,
                    &arrived.document,
                    arrived.generation,
                    &arrived.hash,
                );
                steps.push(Step::Change(arrived));
            }
            FeedItem::Held(change) => {
                pass(&mut position, &change);
                steps.push(Step::Change(held(change.document, change.hash, change.generation)));
            }
            FeedItem::Gone(change) => pass(&mut position, &change),
            other => steps.push(custody(&mut position, other)?),
        }
    }
    if position == feed.to {
        Ok(Spelled::Next(steps))
    } else {
        Err(NodeError::BadAnswer("the chain does not fit the items"))
    }
}

/// Whether the stretch begins where this node stands. The feed may have a new incarnation since
/// the call was made, in which the past up to here is the same.
fn begins_here(
    port: &dyn NodePort,
    request: &Request,
    from: &FeedPosition,
) -> Result<bool, NodeError> {
    let here = port.feed_position()?;
    let Some(position) = here else {
        return Ok((from.seq, from.chain) == (FeedSeq(0), Chain::default()));
    };
    let same_place = (from.seq, from.chain) == (position.seq, position.chain);
    Ok(*from == position || same_place && request.pull == here)
}

/// The device's own changes. Whether this node has them in its log.
fn own(
    port: &dyn NodePort,
    stretch: OwnStretch,
    position: &mut FeedPosition,
    steps: &mut Vec<Step>,
) -> Result<bool, NodeError> {
    let count = usize::try_from(stretch.count).unwrap_or(usize::MAX);
    let Some(before) = stretch.first.0.checked_sub(1) else { return Ok(false) };
    let rows = port.local_rows(Lseq(before), count)?;
    if rows.len() != count {
        return Ok(false);
    }
    for row in rows {
        if row.notice.is_some() {
            return Err(NodeError::BadAnswer("a notice is no change"));
        }
        advance(position, Kind::FeedChange, &row.document, 0, &row.hash);
        steps.push(Step::Change(held(row.document, row.hash, 0)));
    }
    Ok(true)
}

fn held(document: DocumentId, hash: ChangeHash, generation: u32) -> Arrived {
    Arrived {
        document,
        hash,
        bytes: None,
        author: DeviceId::default(),
        received_at: wardbook_base::Timestamp::default(),
        generation,
        in_feed: true,
    }
}

fn custody(position: &mut FeedPosition, item: FeedItem) -> Result<Step, NodeError> {
    Ok(match item {
        FeedItem::Grant(grant) => {
            let custodian = grant.custodian.as_ref().map_or("", |ward| ward.as_str());
            let hash = chain::heads_hash(&grant.heads, grant.custody_version, custodian);
            advance(position, Kind::FeedGrant, &grant.document, grant.generation, &hash);
            Step::Grant(grant)
        }
        FeedItem::Release(release) => {
            let custodian = release.custodian.as_str();
            let hash = chain::custody_hash(release.custody_version, chain::RELEASED, custodian);
            advance(position, Kind::FeedRelease, &release.document, release.generation, &hash);
            Step::Release(release)
        }
        FeedItem::Forget(forget) => {
            let hash = chain::custody_hash(forget.custody_version, forget.reason as u8, "");
            advance(position, Kind::FeedForget, &forget.document, forget.generation, &hash);
            Step::Forget(forget)
        }
        FeedItem::Review(review) => {
            let Review { document, generation, hash, .. } = &review;
            advance(position, Kind::FeedReview, document, *generation, hash);
            Step::Review(review)
        }
        FeedItem::Change(_) | FeedItem::Own(_) | FeedItem::Held(_) | FeedItem::Gone(_) => {
            return Err(NodeError::BadAnswer("a change is no custody item"));
        }
    })
}

fn pass(position: &mut FeedPosition, change: &HeldChange) {
    advance(position, Kind::FeedChange, &change.document, change.generation, &change.hash);
}

fn advance(
    position: &mut FeedPosition,
    kind: Kind,
    document: &DocumentId,
    generation: u32,
    hash: &ChangeHash,
) {
    position.seq = position.seq.next();
    position.chain = chain::next(&position.chain, kind, document, generation, hash);
}
