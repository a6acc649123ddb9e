//! Cuts the next stretch of a ward's feed so that it fits one answer.

use wardbook_base::FeedPosition;
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;

use super::{start, ward_feed};
use crate::frame::{self, ENVELOPE_OVERHEAD_BYTES_MAX, Meter};
use crate::message::{Digest, Feed, FeedChange, FeedItem, OwnStretch, Request};
use crate::ports::{DeviceRecord, FeedRow, HubPort, PortError, PortResult};

/// Feed positions in one answer.
pub(crate) const FEED_ITEMS_MAX: usize = 2_000;
/// Bytes of feed items in one answer, inflated.
pub(crate) const FEED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What else an answer holds, in bytes, without the refusals.
const ANSWER_BYTES: usize = 2 * 1024;
/// What one refusal takes at most, in bytes.
const REFUSAL_BYTES: usize = 128;

/// A stretch of the feed, ready to be sent.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) feed: Feed,
    /// The hub's digest at `feed.to`, when that is the newest position.
    pub(crate) digest: Option<Digest>,
    pub(crate) more: bool,
}

/// The feed after the position of the request, as much as fits. At least one item, however large.
pub(crate) fn cut(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    refused: usize,
) -> PortResult<Cut> {
    let ward = ward_feed(port, &device.ward)?;
    let from = match request.pull {
        Some(position) => position,
        None => start(port)?,
    };
    let wanted = usize::try_from(request.pull_bytes_max).unwrap_or(usize::MAX);
    let (to, items) = if wanted == 0 || from.seq == ward.position.seq {
        (from, Vec::new())
    } else {
        fill(port, device, from, wanted.min(FEED_BYTES_MAX), refused)?
    };
    let newest = to.seq == ward.position.seq;
    let digest = newest.then_some(ward.digest);
    Ok(Cut { feed: Feed { from, to, items }, digest, more: !newest })
}

fn fill(
    port: &dyn HubPort,
    device: &DeviceRecord,
    from: FeedPosition,
    bytes_max: usize,
    refused: usize,
) -> PortResult<(FeedPosition, Vec<FeedItem>)> {
    let reserved = ENVELOPE_OVERHEAD_BYTES_MAX + ANSWER_BYTES + refused * REFUSAL_BYTES;
    let compressed_max = MESSAGE_COMPRESSED_BYTES_MAX.saturating_sub(reserved);
    let mut meter = Meter::new().ok_or_else(|| PortError("no compressor".into()))?;
    let mut to = from;
    let mut items: Vec<FeedItem> = Vec::new();
    for row in port.feed_rows(&device.ward, from.seq, FEED_ITEMS_MAX)? {
        let own = row.author == device.id;
        if !(own && extends_stretch(&mut items, &row)) {
            let item = if own {
                FeedItem::Own(OwnStretch { first: row.lseq, count: 1 })
            } else {
                FeedItem::Change(with_bytes(port, &row)?)
            };
            meter.add(&frame::to_cbor(&item));
            let full = meter.inflated() > bytes_max || meter.compressed_at_most() > compressed_max;
            if full && !items.is_empty() {
                break;
            }
            items.push(item);
        }
        to = FeedPosition { epoch: from.epoch, seq: row.seq, chain: row.chain };
    }
    Ok((to, items))
}

/// Whether a change of the asking device goes on from the last item, which then covers it.
fn extends_stretch(items: &mut [FeedItem], row: &FeedRow) -> bool {
    match items.last_mut() {
        Some(FeedItem::Own(stretch)) if stretch.first.0 + stretch.count == row.lseq.0 => {
            stretch.count += 1;
            true
        }
        _ => false,
    }
}

fn with_bytes(port: &dyn HubPort, row: &FeedRow) -> PortResult<FeedChange> {
    let change = port.change_bytes(&row.document, &row.hash)?.ok_or_else(|| {
        PortError(format!("change {} of the feed is not stored", row.hash).into())
    })?;
    Ok(FeedChange {
        document: row.document,
        change,
        author: row.author,
        received_at: row.received_at,
        generation: row.generation,
    })
}
