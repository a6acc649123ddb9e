//! The next call.

use std::collections::BTreeSet;

use wardbook_base::limits::{
    MESSAGE_COMPRESSED_BYTES_MAX, MESSAGE_INFLATED_BYTES_MAX, PUSH_CHANGES_MAX, PUSH_OPERATIONS_MAX,
};
use wardbook_base::{Chain, ChangeHash, DocumentId, Lseq};

use super::{NodeError, compare};
use crate::check::operation_count;
use crate::frame::{self, Meter};
use crate::message::{DeviceStatus, PROTOCOL, Push, PushItem, Request, Returned, Wanted};
use crate::ports::{LocalRow, NodeMode, NodePort, PortResult};

/// What a request holds beside what is metered, in bytes, rounded up.
const REQUEST_BYTES: usize = 4 * 1024;
/// Documents of which changes are asked for in one call.
const WANTED_MAX: usize = 200;
/// So many documents that stand unlike the feed are counted, not more.
const UNEQUAL_COUNTED_MAX: usize = 1_000;

/// What the caller says of itself with a call.
#[derive(Debug, Clone, Default)]
pub struct CallInfo {
    /// Version of the program, for people.
    pub app: String,
    /// Version of the record schema.
    pub schema: u32,
    /// The device's status; `pending` and `unequal` are filled in here.
    pub status: DeviceStatus,
}

/// Where a request is cut. The defaults are what a hub takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Changes in the push.
    pub changes: usize,
    /// Bytes of the request, compressed.
    pub compressed_bytes: usize,
    /// Bytes of the request, inflated.
    pub inflated_bytes: usize,
    /// Operations in the push.
    pub operations: u64,
    /// Bytes of feed items wanted in the answer, inflated.
    pub pull_bytes: u32,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            changes: PUSH_CHANGES_MAX,
            compressed_bytes: MESSAGE_COMPRESSED_BYTES_MAX,
            inflated_bytes: MESSAGE_INFLATED_BYTES_MAX,
            operations: PUSH_OPERATIONS_MAX,
            pull_bytes: 4 * 1024 * 1024,
        }
    }
}

/// A position of the push log up to which calls were made whose answers are not here: in a bundle,
/// each call begins where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The last position that those calls hold.
    pub after: Lseq,
    /// The chain there.
    pub chain: Chain,
}

/// The next call: the oldest unacknowledged changes, cut by all limits, and where the feed stands.
///
/// # Errors
/// Before enrolment, or when the store fails.
pub fn next_request(
    port: &dyn NodePort,
    info: &CallInfo,
    limits: &CallLimits,
) -> Result<Request, NodeError> {
    let (after, chain) = port.acked()?;
    let mut request = build(port, info, limits, Cursor { after, chain })?;
    request.push.token = port.ack_token()?;
    if after == Lseq(0) {
        request.rotated = port.rotated()?;
    }
    request.detail = compare::detail(port)?;
    if request.detail.is_none() {
        request.wanted = wanted(port)?;
    }
    request.custody = compare::shown(port, &request)?;
    Ok(request)
}

/// The call after others whose answers are not here yet, for a file that holds several.
///
/// # Errors
/// Before enrolment, or when the store fails.
pub fn next_request_after(
    port: &dyn NodePort,
    info: &CallInfo,
    limits: &CallLimits,
    cursor: &Cursor,
) -> Result<Request, NodeError> {
    let mut request = build(port, info, limits, *cursor)?;
    request.push.assumed = Some(true);
    request.returned = None;
    Ok(request)
}

fn build(
    port: &dyn NodePort,
    info: &CallInfo,
    limits: &CallLimits,
    from: Cursor,
) -> Result<Request, NodeError> {
    let membership = port.membership()?.ok_or(NodeError::NotEnrolled)?;
    let Cursor { after, chain } = from;
    // While it heals, a database only listens: what it would push may build on what is not there.
    let healing = !port.orphans()?.is_empty();
    let mut room = Room::new(limits);
    let mut items = Vec::new();
    let mut returned = None;
    if !healing {
        let whole = room.push_items(port, after, &mut items)?;
        if whole && port.mode()? == NodeMode::Normal {
            returned = room.returned(port)?;
        }
    }
    Ok(Request {
        protocol_min: PROTOCOL,
        protocol_max: PROTOCOL,
        schema: info.schema,
        app: info.app.clone(),
        hub: membership.hub,
        epoch: port.author_epoch()?,
        push: Push { after, chain, items, token: None, assumed: None },
        pull: port.feed_position()?,
        pull_bytes_max: limits.pull_bytes,
        digest: port.feed_digest()?,
        status: status(port, &info.status)?,
        rotated: None,
        pull_token: port.feed_token()?,
        detail: None,
        wanted: None,
        returned,
        custody: None,
    })
}

/// What the caller says, with what only the engine can count.
fn status(port: &dyn NodePort, said: &DeviceStatus) -> PortResult<DeviceStatus> {
    let unacknowledged = port.push_head()?.0.0.saturating_sub(port.acked()?.0.0);
    let to_write = port.orphans()?.len() + port.to_reauthor()?.len();
    let unequal = port.unequal_documents(UNEQUAL_COUNTED_MAX)?.len()
        + port.wanted()?.len()
        + port.returning()?.len();
    let pending = unacknowledged + to_write as u64;
    Ok(DeviceStatus { pending, unequal: unequal as u64, ..said.clone() })
}

/// The room in one request.
struct Room<'a> {
    limits: &'a CallLimits,
    meter: Meter,
    changes: usize,
    operations: u64,
}

impl<'a> Room<'a> {
    fn new(limits: &'a CallLimits) -> Self {
        Self { limits, meter: Meter::new(), changes: 0, operations: 0 }
    }

    /// Whether one more change fits. One always does by its own limits; it must go, or nothing
    /// ever would.
    fn takes(&mut self, cbor: &[u8], change: &[u8]) -> bool {
        self.meter.add(cbor);
        self.operations += operation_count(change).unwrap_or_default();
        self.changes += 1;
        let full = self.changes > self.limits.changes.min(PUSH_CHANGES_MAX)
            || self.operations > self.limits.operations
            || self.meter.inflated() + REQUEST_BYTES > self.limits.inflated_bytes
            || self.meter.compressed_at_most() + REQUEST_BYTES > self.limits.compressed_bytes;
        !full || self.changes == 1
    }

    /// The rows of the push log after a position. Whether they are all there.
    fn push_items(
        &mut self,
        port: &dyn NodePort,
        after: Lseq,
        items: &mut Vec<PushItem>,
    ) -> PortResult<bool> {
        let limit = self.limits.changes.min(PUSH_CHANGES_MAX);
        for row in port.local_rows(after, limit + 1)? {
            let item = push_item(port, &row)?;
            if !self.takes(&frame::to_cbor(&item), &item.change) {
                return Ok(false);
            }
            items.push(item);
        }
        Ok(true)
    }

    /// What the hub lost, as much as fits. Comes after all own changes, on which it may build.
    fn returned(&mut self, port: &dyn NodePort) -> PortResult<Option<Vec<Returned>>> {
        let documents = port.returning()?;
        if documents.is_empty() {
            return Ok(None);
        }
        let mut returned = Vec::new();
        for document in documents {
            for meta in compare::to_return(port, &document)? {
                let Some(stored) = port.stored_change(&document, &meta.hash)? else { continue };
                let item = Returned { document, change: stored.bytes, author: stored.author };
                if !self.takes(&frame::to_cbor(&item), &item.change) {
                    return Ok(Some(returned));
                }
                returned.push(item);
            }
        }
        Ok(Some(returned))
    }
}

/// One position of the push log as it travels. What was set aside since still goes to the hub,
/// which keeps it aside too; of what was forgotten since, only the hash is left.
fn push_item(port: &dyn NodePort, row: &LocalRow) -> PortResult<PushItem> {
    let mut item = PushItem {
        document: row.document,
        change: Vec::new(),
        custody_version: 0,
        notice: row.notice,
        gone: None,
    };
    if row.notice.is_none() {
        item.change = bytes_of(port, &row.document, &row.hash)?;
        if !port.feed_heads(&row.document)?.is_empty() {
            let state = port.document(&row.document)?;
            item.custody_version = state.map_or(0, |state| state.custody_version);
        }
    }
    item.gone = item.change.is_empty().then_some(row.hash);
    Ok(item)
}

/// The bytes of a change wherever they are; empty when they are gone.
pub(super) fn bytes_of(
    port: &dyn NodePort,
    document: &DocumentId,
    hash: &ChangeHash,
) -> PortResult<Vec<u8>> {
    if let Some(bytes) = port.change_bytes(document, hash)? {
        return Ok(bytes);
    }
    Ok(port.quarantined(document, hash)?.map(|kept| kept.bytes).unwrap_or_default())
}

/// The documents whose changes are missing here, each with what is here and the hub knows too.
fn wanted(port: &dyn NodePort) -> PortResult<Option<Vec<Wanted>>> {
    let documents = port.wanted()?;
    if documents.is_empty() {
        return Ok(None);
    }
    let own = unsent(port)?;
    let mut wanted = Vec::new();
    for document in documents.into_iter().take(WANTED_MAX) {
        let metas = port.change_metas(&document)?;
        let unsent =
            metas.iter().map(|meta| meta.hash).filter(|hash| own.contains(&(document, *hash)));
        let only_here: BTreeSet<ChangeHash> =
            crate::graph::descendants(&metas, &unsent.collect()).into_iter().collect();
        let known = metas.iter().filter(|meta| !only_here.contains(&meta.hash));
        wanted.push(Wanted { document, have: crate::graph::heads(known) });
    }
    Ok(Some(wanted))
}

/// Own changes that the hub does not know of yet.
pub(super) fn unsent(port: &dyn NodePort) -> PortResult<BTreeSet<(DocumentId, ChangeHash)>> {
    let rows = port.local_rows(port.acked()?.0, usize::MAX)?;
    let rows = rows.into_iter().filter(|row| row.notice.is_none());
    let rows = rows.map(|row| (row.document, row.hash));
    Ok(rows.chain(port.orphans()?).collect())
}
