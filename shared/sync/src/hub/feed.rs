//! Cuts what goes down so that it fits one answer: changes that were asked for, then the feed.

use wardbook_base::FeedPosition;
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;

use super::{Context, custody, start, ward_feed};
use crate::frame::{self, ENVELOPE_OVERHEAD_BYTES_MAX, Meter};
use crate::message::{
    Digest, Feed, FeedChange, FeedItem, HeldChange, OwnStretch, Request, Token, Wanted,
};
use crate::ports::{DeviceRecord, FeedKind, FeedRow, HubPort, PortResult};
use crate::token::TokenKey;

/// Feed positions in one answer.
pub(crate) const FEED_ITEMS_MAX: usize = 2_000;
/// Bytes of feed items in one answer, inflated.
pub(crate) const FEED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Documents of which changes are supplied in one answer.
const SUPPLIED_DOCUMENTS_MAX: usize = 200;
/// Changes with bytes in one answer, those in grants included: an answer holds at most 100,000 CBOR
/// items, and a change takes about 12.
const CHANGES_MAX: usize = 6_000;
/// What else an answer holds, in bytes, without the refusals.
const ANSWER_BYTES: usize = 2 * 1024;
/// What one refusal takes at most, in bytes.
const REFUSAL_BYTES: usize = 128;
/// What one document takes in the list of those that are whole, in bytes.
const WHOLE_BYTES: usize = 20;

/// What goes down, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) feed: Feed,
    /// The hub's digest at `feed.to`, when that is the newest position.
    pub(super) digest: Option<Digest>,
    pub(super) more: bool,
    /// The hub's word for `feed.to`, when the device has not got it yet.
    pub(super) token: Option<Token>,
    pub(super) supplied: Supplied,
}

/// Changes of wanted documents.
#[derive(Debug, Default)]
pub(super) struct Supplied {
    pub(super) changes: Vec<FeedChange>,
    /// The documents that are complete with them.
    pub(super) whole: Vec<wardbook_base::DocumentId>,
}

/// Whether the feed can be cut before anything is written.
pub(super) fn goes_alone(request: &Request) -> bool {
    request.detail.is_none() && request.wanted.is_none()
}

/// The room in one answer.
struct Room {
    meter: Meter,
    bytes_max: usize,
    compressed_max: usize,
    changes: usize,
    used: bool,
}

impl Room {
    fn new(request: &Request, refused: usize) -> Self {
        let wanted = usize::try_from(request.pull_bytes_max).unwrap_or(usize::MAX);
        let wholes = request.wanted.as_ref().map_or(0, Vec::len) * WHOLE_BYTES;
        let reserved =
            ENVELOPE_OVERHEAD_BYTES_MAX + ANSWER_BYTES + refused * REFUSAL_BYTES + wholes;
        Self {
            meter: Meter::new(),
            bytes_max: wanted.min(FEED_BYTES_MAX),
            compressed_max: MESSAGE_COMPRESSED_BYTES_MAX.saturating_sub(reserved),
            changes: 0,
            used: false,
        }
    }

    /// Whether one more item fits, which holds so many changes. The first always does: else a
    /// large one would never go.
    fn takes(&mut self, cbor: &[u8], changes: usize) -> bool {
        self.meter.add(cbor);
        self.changes += changes;
        let full = self.meter.inflated() > self.bytes_max
            || self.changes > CHANGES_MAX
            || self.meter.compressed_at_most() > self.compressed_max;
        let takes = !(full && self.used);
        self.used = true;
        takes
    }

    fn bytes_left(&self) -> usize {
        self.bytes_max.saturating_sub(self.meter.inflated())
    }
}

/// What is wanted and the feed after the position of the request, as much as fits.
pub(super) fn cut(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    refused: usize,
    wanted: Vec<Wanted>,
    ctx: &Context<'_>,
) -> PortResult<Cut> {
    let ward = ward_feed(port, &device.ward)?;
    let mut room = Room::new(request, refused);
    let supplied = supply(port, device, wanted, &mut room)?;
    // The chain is the same in every incarnation of the feed; the epoch is the present one.
    let from = match request.pull {
        Some(position) => FeedPosition { epoch: ward.position.epoch, ..position },
        None => start(port)?,
    };
    let (to, items) = if request.pull_bytes_max == 0 || from.seq == ward.position.seq {
        (from, Vec::new())
    } else {
        fill(port, device, request, from, ctx.tokens, &mut room)?
    };
    let newest = to.seq == ward.position.seq;
    let token = ctx.tokens.feed(&device.ward, &to);
    let has_it = request.pull == Some(to) && request.pull_token == Some(token);
    Ok(Cut {
        feed: Feed { from, to, items },
        digest: newest.then_some(ward.digest),
        more: !newest,
        token: (!has_it).then_some(token),
        supplied,
    })
}

/// Nothing but the device's own position: it compares documents first.
pub(super) fn nothing(port: &dyn HubPort, request: &Request) -> PortResult<Cut> {
    let position = match request.pull {
        Some(position) => position,
        None => start(port)?,
    };
    let feed = Feed { from: position, to: position, items: Vec::new() };
    Ok(Cut { feed, more: true, ..Cut::default() })
}

fn fill(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    from: FeedPosition,
    tokens: &TokenKey,
    room: &mut Room,
) -> PortResult<(FeedPosition, Vec<FeedItem>)> {
    let mut to = from;
    let mut items: Vec<FeedItem> = Vec::new();
    for row in port.feed_rows(&device.ward, from.seq, FEED_ITEMS_MAX)? {
        let own = row.kind == FeedKind::Change && row.epoch == request.epoch;
        if !(own && extends_stretch(&mut items, &row)) {
            let item = match (own, row.lseq.0) {
                (false, _) => {
                    let left = room.bytes_left();
                    custody::feed_item(port, tokens, &device.ward, &row, left)?
                }
                (true, 0) => FeedItem::Held(held(&row)),
                (true, _) => FeedItem::Own(OwnStretch { first: row.lseq, count: 1 }),
            };
            let changes = match &item {
                FeedItem::Grant(grant) => grant.changes.len(),
                _ => 1,
            };
            if !room.takes(&frame::to_cbor(&item), changes) {
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

const fn held(row: &FeedRow) -> HeldChange {
    HeldChange { document: row.document, hash: row.hash, generation: row.generation }
}

/// What the device lacks of the documents it wants. One that is not in its ward's scope is whole as
/// it is.
fn supply(
    port: &dyn HubPort,
    device: &DeviceRecord,
    wanted: Vec<Wanted>,
    room: &mut Room,
) -> PortResult<Supplied> {
    let mut supplied = Supplied::default();
    for Wanted { document, have } in wanted.into_iter().take(SUPPLIED_DOCUMENTS_MAX) {
        if let Some(state) = port.document(&document)?
            && custody::in_scope(port, &state, &device.ward)?
        {
            let metas = port.change_metas(&document)?;
            let held = crate::graph::closure(&metas, &have);
            for meta in metas.iter().filter(|meta| !held.contains(&meta.hash)) {
                let Some(stored) = port.stored_change(&document, &meta.hash)? else { continue };
                let change = FeedChange {
                    document,
                    change: stored.bytes,
                    author: stored.author,
                    received_at: stored.received_at,
                    generation: state.generation,
                };
                if !room.takes(&frame::to_cbor(&change), 1) {
                    return Ok(supplied);
                }
                supplied.changes.push(change);
            }
        }
        supplied.whole.push(document);
    }
    Ok(supplied)
}
