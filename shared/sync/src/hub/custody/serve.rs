//! Feed rows as they travel: what a ward may not see any more goes as a bare position.

use wardbook_base::{DocumentId, WardId};

use super::{in_scope, relearn};
use crate::message::{
    CustodyAct, CustodyWord, FeedChange, FeedItem, Forget, Grant, HeldChange, Release, Review,
};
use crate::ports::{CustodyEntry, FeedKind, FeedRow, HubPort, PortError, PortResult};
use crate::token::TokenKey;

/// Bytes of changes in one grant. A first change always goes, and fits an answer with this.
const GRANT_BYTES_MAX: usize = 320 * 1024;
/// Changes in one grant: an answer holds at most 100,000 CBOR items.
const GRANT_CHANGES_MAX: usize = 2_000;

/// A feed's row as it travels to a device that did not bring it. A ward that may not see the
/// document any more gets the position alone: what took it out of scope stands later in the feed.
///
/// # Errors
/// When the store fails.
pub(crate) fn feed_item(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    row: &FeedRow,
    bytes_max: usize,
) -> PortResult<FeedItem> {
    let (document, generation) = (row.document, row.generation);
    let visible = match port.document(&document)? {
        Some(state) => in_scope(port, &state, ward)?,
        None => false,
    };
    Ok(match &row.kind {
        FeedKind::Change if visible => FeedItem::Change(with_bytes(port, row)?),
        FeedKind::Change => FeedItem::Gone(HeldChange { document, hash: row.hash, generation }),
        FeedKind::Review => {
            let kept = if visible { port.quarantined(&document, &row.hash)? } else { None };
            FeedItem::Review(Review {
                document,
                hash: row.hash,
                generation,
                change: kept.map_or_else(Vec::new, |kept| kept.bytes),
                author: row.author,
                received_at: row.received_at,
            })
        }
        FeedKind::Grant { custody_version, custodian, heads, decision } => FeedItem::Grant(Grant {
            document,
            generation,
            custody_version: *custody_version,
            custodian: custodian.clone(),
            heads: heads.clone(),
            changes: if visible {
                changes_of(port, &document, generation, bytes_max)?
            } else {
                Vec::new()
            },
            decision: decision.clone(),
            gone: (!visible).then_some(true),
            words: relearn::words_at(port, tokens, ward, &document, *custody_version)?,
        }),
        FeedKind::Release { custody_version, custodian, decision } => FeedItem::Release(Release {
            document,
            generation,
            custody_version: *custody_version,
            custodian: custodian.clone(),
            decision: decision.clone(),
            word: word_of(port, tokens, ward, &document, *custody_version, |_| true)?,
        }),
        FeedKind::Forget { custody_version, reason } => FeedItem::Forget(Forget {
            document,
            generation,
            custody_version: *custody_version,
            reason: *reason,
            // The entry in force may be about others.
            word: word_of(port, tokens, ward, &document, *custody_version, |entry| {
                entry.ward == *ward || entry.act == CustodyAct::Purge
            })?,
        }),
    })
}

/// The custody entry of an item in the hub's own word, if the ward may see it.
fn word_of(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    document: &DocumentId,
    version: u64,
    may_see: impl Fn(&CustodyEntry) -> bool,
) -> PortResult<Option<CustodyWord>> {
    let ledger = port.custody(document)?;
    let entry = ledger.iter().find(|entry| entry.version == version);
    let entry = entry.filter(|entry| entry.act != CustodyAct::Born && may_see(entry));
    Ok(entry.map(|entry| relearn::word(tokens, ward, entry)))
}

fn with_bytes(port: &dyn HubPort, row: &FeedRow) -> PortResult<FeedChange> {
    let stored = port.stored_change(&row.document, &row.hash)?.ok_or_else(|| {
        PortError(format!("change {} of the feed is not stored", row.hash).into())
    })?;
    Ok(FeedChange {
        document: row.document,
        change: stored.bytes,
        author: row.author,
        received_at: row.received_at,
        generation: row.generation,
    })
}

/// The changes of a document in causal order, as many as fit; at least one.
fn changes_of(
    port: &dyn HubPort,
    document: &DocumentId,
    generation: u32,
    bytes_max: usize,
) -> PortResult<Vec<FeedChange>> {
    let limit = bytes_max.min(GRANT_BYTES_MAX);
    let (mut changes, mut bytes) = (Vec::new(), 0);
    for meta in port.change_metas(document)?.into_iter().take(GRANT_CHANGES_MAX) {
        let stored = port.stored_change(document, &meta.hash)?.ok_or_else(|| {
            PortError(format!("change {} of a document is not stored", meta.hash).into())
        })?;
        bytes += stored.bytes.len() + 64;
        if bytes > limit && !changes.is_empty() {
            break;
        }
        changes.push(FeedChange {
            document: *document,
            change: stored.bytes,
            author: stored.author,
            received_at: stored.received_at,
            generation,
        });
    }
    Ok(changes)
}
