//! A request that was judged, and what is to be done with each of its changes.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{Chain, ChangeHash, DocumentId, FeedEpoch, Lseq, WardId};

use super::append::Origin;
use super::feed::Cut;
use super::standing::Standing;
use crate::Refusal;
use crate::check::{FreshDocument, Rule, group_fresh};
use crate::message::{Notice, Refused, Request};
use crate::ports::{ChangeMeta, DeviceRecord, DocumentState, HubPort, Parked, PortResult, PushLog};

/// A request that was judged. Nothing is written yet.
#[derive(Debug)]
pub struct Prepared {
    /// The device as it was then.
    pub(super) device: DeviceRecord,
    /// Its log; `None` when this request opens it.
    pub(super) log: Option<PushLog>,
    /// What it gives back is taken, whoever wrote it.
    pub(super) reconciling: bool,
    /// The incarnation of the feeds then.
    pub(super) feed_epoch: FeedEpoch,
    /// Whether device and hub agree about the past.
    pub(super) standing: Standing,
    /// The positions that are new to the push log.
    pub(super) rows: Vec<JudgedRow>,
    /// What is taken, in an order in which ancestors come first.
    pub(super) taken: Vec<Taken>,
    /// What is kept aside.
    pub(super) aside: Vec<Aside>,
    /// What waits for its ancestors from now on.
    pub(super) parking: Vec<Waiting>,
    /// What has waited and does so no longer; with the refusal when it was in vain.
    pub(super) unparked: Vec<(Parked, Option<Refusal>)>,
    /// All refused items of this push, those of an earlier sending included.
    pub(super) refused: Vec<Refused>,
    /// How much of what was given back was judged.
    pub(super) returned: usize,
    /// The documents that were looked at.
    pub(super) before: BTreeMap<DocumentId, Option<DocumentState>>,
    /// What waited in the documents that change.
    pub(super) waited: BTreeMap<DocumentId, BTreeSet<ChangeHash>>,
    /// The feed, when the call brings nothing that would move it.
    pub(super) feed: Option<Cut>,
}

/// One new position of a push log.
#[derive(Debug)]
pub(super) struct JudgedRow {
    pub(super) document: DocumentId,
    pub(super) lseq: Lseq,
    pub(super) chain: Chain,
    pub(super) hash: ChangeHash,
    pub(super) notice: Option<Notice>,
    pub(super) parked: bool,
    pub(super) refusal: Option<Refusal>,
}

/// Where the bytes of a change are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Pushed(usize),
    Returned(usize),
    Parked(Parked),
    Gone,
}

impl Source {
    pub(super) fn bytes<'a>(&'a self, request: &'a Request) -> &'a [u8] {
        match self {
            Self::Pushed(index) => &request.push.items[*index].change,
            Self::Returned(index) => {
                request.returned.as_ref().map_or(&[], |all| all[*index].change.as_slice())
            }
            Self::Parked(parked) => &parked.bytes,
            Self::Gone => &[],
        }
    }
}

/// A change that is taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) meta: ChangeMeta,
    pub(super) source: Source,
    pub(super) origin: Origin,
    /// Where its document is born, if it is.
    pub(super) ward: WardId,
}

/// A change that is kept aside.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) document: DocumentId,
    pub(super) hash: ChangeHash,
    pub(super) refusal: Refusal,
    pub(super) source: Source,
}

/// A change on its way: to be judged, perhaps more than once.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) document: DocumentId,
    pub(super) hash: ChangeHash,
    pub(super) source: Source,
    pub(super) origin: Origin,
    pub(super) custody_version: u64,
    pub(super) rule: Rule,
    pub(super) ward: WardId,
    /// Its place in [`Prepared::rows`], when it is pushed by this request.
    pub(super) row: Option<usize>,
}

impl Prepared {
    /// What the deep check has to look at, before [`commit`](super::commit).
    pub fn fresh(&self, request: &Request) -> Vec<FreshDocument> {
        group_fresh(self.taken.iter().map(|taken| {
            (taken.meta.document, taken.meta.hash, taken.source.bytes(request).to_vec())
        }))
    }

    /// Whether what was judged is still what is there.
    pub(super) fn still_holds(
        &self,
        port: &dyn HubPort,
        device: &DeviceRecord,
        request: &Request,
    ) -> PortResult<bool> {
        let same_device = self.device.ward == device.ward
            && self.device.reconciling == device.reconciling
            && self.device.two_places_since == device.two_places_since
            && self.log == port.push_log(&device.id, &request.epoch)?
            && self.feed_epoch == port.feed_epoch()?;
        if !same_device {
            return Ok(false);
        }
        for (id, before) in &self.before {
            if port.document(id)? != *before {
                return Ok(false);
            }
        }
        for (id, before) in &self.waited {
            if waiting_in(port, id)? != *before {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the call moves the feed.
    pub(super) fn moves_nothing(&self) -> bool {
        self.rows.is_empty() && self.taken.is_empty()
    }
}

fn waiting_in(port: &dyn HubPort, document: &DocumentId) -> PortResult<BTreeSet<ChangeHash>> {
    Ok(port.parked_of(document)?.into_iter().map(|parked| parked.hash).collect())
}
