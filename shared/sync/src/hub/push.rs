//! Judges a call without writing: its push, what it gives back, and what waited for either.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::limits::{PUSH_CHANGES_MAX, PUSH_OPERATIONS_MAX};
use wardbook_base::{Chain, ChangeHash, DocumentId, Lseq, WardId};

use super::append::Origin;
use super::feed;
use super::late::{self, Desk};
use super::prepared::{Aside, JudgedRow, Prepared, Source, Taken, Waiting};
use super::standing::{self, Standing};
use super::{Context, HubError, custody, logs};
use crate::chain;
use crate::check::{Author, Custody, Judge, Judged, Rule, item_hash};
use crate::message::{Notice, PROTOCOL, PushItem, Refused, Request, ShownCustody};
use crate::ports::{DeviceRecord, HubPort, Parked, PortResult};
use crate::token::TokenKey;
use crate::{Refusal, RefusalCode, RejectCode};

/// By which rule a late edit is judged.
fn late_custody(reconciling: bool, ward: &WardId) -> Custody {
    if reconciling { Custody::Regained(ward.clone()) } else { Custody::Late(ward.clone()) }
}

pub(super) fn prepare(
    port: &dyn HubPort,
    device: &DeviceRecord,
    request: &Request,
    ctx: &Context<'_>,
) -> Result<Prepared, HubError> {
    if request.protocol_min > PROTOCOL || request.protocol_max < PROTOCOL {
        return Err(RejectCode::ProtocolNotSpoken.into());
    }
    let returned = request.returned.as_ref().map_or(0, Vec::len);
    if request.push.items.len() > PUSH_CHANGES_MAX || returned > PUSH_CHANGES_MAX {
        return Err(RejectCode::TooMuch.into());
    }
    let log = port.push_log(&device.id, &request.epoch)?;
    let mut refused = Vec::new();
    let mut standing = standing::of_feed(port, device, request, ctx)?;
    if standing == Standing::Agreed {
        standing = standing::of_log(port, device, log.as_ref(), request, ctx, &mut refused)?;
    }
    let mut prepared = Prepared {
        device: device.clone(),
        reconciling: logs::reconciles(port, device, log.as_ref(), request)?,
        log,
        feed_epoch: port.feed_epoch()?,
        standing,
        rows: Vec::new(),
        taken: Vec::new(),
        aside: Vec::new(),
        parking: Vec::new(),
        unparked: Vec::new(),
        refused,
        returned: 0,
        before: BTreeMap::new(),
        waited: BTreeMap::new(),
        feed: None,
    };
    if standing != Standing::Agreed {
        return Ok(prepared);
    }
    // Lost decisions first: what is pushed is judged by them, with the next call.
    let shown = request.custody.as_deref().unwrap_or_default();
    if custody::can_learn(port, &device.ward, shown, ctx.tokens)? {
        return Ok(prepared);
    }
    let judge = Judge::new(port, ctx.schema).with_condemned(ctx.condemned);
    let mut bench = Bench { port, request, tokens: ctx.tokens, judge, prepared: &mut prepared };
    if !bench.judge_push()? {
        bench.judge_returned()?;
    }
    bench.judge_waiting()?;
    let before = bench.judge.before();
    prepared.before = before;
    if prepared.moves_nothing() && feed::goes_alone(request) {
        let refused = prepared.refused.len();
        prepared.feed = Some(feed::cut(port, device, request, refused, Vec::new(), ctx)?);
    }
    Ok(prepared)
}

/// Where the changes of one request are judged.
struct Bench<'a> {
    port: &'a dyn HubPort,
    request: &'a Request,
    tokens: &'a TokenKey,
    judge: Judge<'a>,
    prepared: &'a mut Prepared,
}

impl Bench<'_> {
    /// The items after the last acknowledged one, in order. Whether it stopped before their end.
    fn judge_push(&mut self) -> Result<bool, HubError> {
        let (acked, mut chain) = match &self.prepared.log {
            Some(log) => (log.acked, log.acked_chain),
            None => (Lseq(0), Chain::default()),
        };
        let device = self.prepared.device.clone();
        let epoch = self.request.epoch;
        let mut desk = Desk::new(self.port, &device.id, &epoch, &device.ward);
        let mut lseq = acked;
        let known = usize::try_from(acked.0 - self.request.push.after.0).unwrap_or(usize::MAX);
        for (index, item) in self.request.push.items.iter().enumerate().skip(known) {
            let hash = chain::pushed_hash(item);
            lseq = lseq.next();
            chain = chain::next_pushed(&chain, item);
            self.prepared.rows.push(JudgedRow {
                document: item.document,
                lseq,
                chain,
                hash,
                notice: item.notice,
                parked: false,
                refusal: None,
            });
            match item.notice {
                Some(Notice::Released) => desk.noticed(&item.document, hash, lseq),
                Some(Notice::Forgotten) => {}
                None => self.judge_item(&desk, index, item, (hash, lseq))?,
            }
            if self.judge.operations() > PUSH_OPERATIONS_MAX {
                return Err(RejectCode::TooMuch.into());
            }
            if self.is_reborn(&item.document)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the change that was judged last gives birth again to a document that the hub lost,
    /// and of which the device shows decisions. They are learnt at the end of this call, and what
    /// follows is judged by them, with the next one.
    fn is_reborn(&self, document: &DocumentId) -> PortResult<bool> {
        let taken = self.prepared.taken.last();
        let Some(shown) = self.shown(document) else { return Ok(false) };
        Ok(taken.is_some_and(|taken| taken.meta.document == *document)
            && custody::teaches(self.tokens, &self.prepared.device.ward, shown)
            && self.port.document(document)?.is_none())
    }

    /// What the device shows about the custody of a document.
    fn shown(&self, document: &DocumentId) -> Option<&ShownCustody> {
        self.request.custody.iter().flatten().find(|shown| shown.document == *document)
    }

    fn judge_item(
        &mut self,
        desk: &Desk<'_>,
        index: usize,
        item: &PushItem,
        (hash, lseq): (ChangeHash, Lseq),
    ) -> PortResult<()> {
        // What stands in its log may be an edit of a record that it only reads: the hub that lost the
        // record must not take the reader for its keeper.
        let keeper =
            if self.prepared.reconciling { self.birthplace(&item.document)? } else { None };
        let device = &self.prepared.device;
        let origin = Origin { author: device.id, epoch: self.request.epoch, lseq };
        let (ward, custody) = match keeper {
            Some(keeper) => (keeper.clone(), Custody::Any(keeper)),
            None => (device.ward.clone(), Custody::Ward(device.ward.clone())),
        };
        let gone = item.change.is_empty() && item.gone.is_some();
        let waiting = Waiting {
            document: item.document,
            hash,
            source: if gone { Source::Gone } else { Source::Pushed(index) },
            origin,
            custody_version: item.custody_version,
            rule: Rule { author: Author::Epoch(self.request.epoch), custody },
            ward,
            row: Some(self.prepared.rows.len() - 1),
        };
        if gone {
            // The document was erased at the device, and this change with it before it was sent.
            if self.port.change_meta(&item.document, &hash)?.is_none() {
                self.refuse(waiting, RefusalCode::Purged.into());
            }
            return Ok(());
        }
        self.judge_at(desk, waiting)
    }

    /// What the device gives back. What does not fit the limits comes again.
    fn judge_returned(&mut self) -> PortResult<()> {
        let device = self.prepared.device.clone();
        let epoch = self.request.epoch;
        let desk = Desk::new(self.port, &device.id, &epoch, &device.ward);
        let reconciling = self.prepared.reconciling;
        let author = if reconciling { Author::Any } else { Author::Epoch(epoch) };
        for (index, item) in self.request.returned.iter().flatten().enumerate() {
            if self.judge.operations() > PUSH_OPERATIONS_MAX {
                break;
            }
            let wrote = if reconciling { item.author } else { device.id };
            // What it gives back of a document that it may read was taken here once.
            let keeper = if !reconciling {
                None
            } else if self.reads(&item.document, &device.ward)? {
                Some(device.ward.clone())
            } else {
                self.birthplace(&item.document)?
            };
            let (ward, custody) = match keeper {
                Some(keeper) => (keeper.clone(), Custody::Any(keeper)),
                None => (device.ward.clone(), Custody::Ward(device.ward.clone())),
            };
            let waiting = Waiting {
                document: item.document,
                hash: item_hash(&item.change),
                source: Source::Returned(index),
                origin: Origin { author: wrote, epoch, lseq: Lseq(0) },
                custody_version: 0,
                rule: Rule { author, custody },
                ward,
                row: None,
            };
            self.judge_at(&desk, waiting)?;
            self.prepared.returned += 1;
            if self.is_reborn(&item.document)? {
                break;
            }
        }
        Ok(())
    }

    /// Whether a ward may read a document.
    fn reads(&self, document: &DocumentId, ward: &WardId) -> PortResult<bool> {
        match self.port.document(document)? {
            Some(state) => custody::in_scope(self.port, &state, ward),
            None => Ok(false),
        }
    }

    /// Where a document that the hub lost is born again, when that is not the device's ward.
    fn birthplace(&self, document: &DocumentId) -> PortResult<Option<WardId>> {
        let shown = self.shown(document);
        let (Some(shown), None) = (shown, self.port.document(document)?) else { return Ok(None) };
        custody::birthplace(self.port, self.tokens, &self.prepared.device.ward, shown)
    }

    /// Judges a change by what its ward is to the document.
    fn judge_at(&mut self, desk: &Desk<'_>, mut waiting: Waiting) -> PortResult<()> {
        let standing = match (&waiting.rule.custody, waiting.origin.lseq) {
            (Custody::Any(_), _) => late::Standing::Custodian,
            (_, Lseq(0)) => desk.standing_returned(&waiting.document)?,
            (_, lseq) => desk.standing(&waiting.document, lseq)?,
        };
        match standing {
            late::Standing::Custodian => {}
            late::Standing::Late => {
                waiting.rule.custody = late_custody(self.prepared.reconciling, &waiting.ward);
            }
            late::Standing::Refused(code) => {
                // Known is known, whoever brings it: nothing is refused that is here already.
                if self.port.change_meta(&waiting.document, &waiting.hash)?.is_none() {
                    self.refuse(waiting, code.into());
                }
                return Ok(());
            }
        }
        if let Some(waiting) = self.judge_one(waiting)? {
            if let Some(row) = waiting.row {
                self.prepared.rows[row].parked = true;
            }
            self.prepared.parking.push(waiting);
        }
        Ok(())
    }

    /// What has waited in the documents that change now is judged again, until nothing moves.
    fn judge_waiting(&mut self) -> PortResult<()> {
        let taken = self.prepared.taken.iter().map(|taken| taken.meta.document);
        let aside = self.prepared.aside.iter().map(|aside| aside.document);
        let moved: BTreeSet<DocumentId> = taken.chain(aside).collect();
        let mut waiting = std::mem::take(&mut self.prepared.parking);
        for document in moved {
            let parked = self.port.parked_of(&document)?;
            let hashes = parked.iter().map(|parked| parked.hash).collect();
            self.prepared.waited.insert(document, hashes);
            for parked in parked {
                waiting.extend(self.parked_before(parked)?);
            }
        }
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for one in waiting {
                still.extend(self.judge_one(one)?);
            }
            waiting = still;
            if waiting.len() == before {
                break;
            }
        }
        waiting.retain(|one| !matches!(one.source, Source::Parked(_)));
        self.prepared.parking = waiting;
        Ok(())
    }

    /// A change that an earlier call has parked, by the rules for its own device and log.
    fn parked_before(&mut self, parked: Parked) -> PortResult<Option<Waiting>> {
        let Some(device) = self.port.device(&parked.device)? else { return Ok(None) };
        let desk = Desk::new(self.port, &device.id, &parked.epoch, &device.ward);
        let returned = parked.lseq == Lseq(0);
        let author = if returned { Author::Any } else { Author::Epoch(parked.epoch) };
        // What was given back by a ward that reads the document was taken here once.
        let standing = if returned && self.reads(&parked.document, &device.ward)? {
            late::Standing::Custodian
        } else {
            desk.standing(&parked.document, parked.lseq)?
        };
        let custody = match standing {
            _ if returned && standing == late::Standing::Custodian => {
                Custody::Any(device.ward.clone())
            }
            late::Standing::Late => {
                let log = self.port.push_log(&parked.device, &parked.epoch)?;
                late_custody(log.is_some_and(|log| log.reconciling), &device.ward)
            }
            _ => Custody::Ward(device.ward.clone()),
        };
        let waiting = Waiting {
            document: parked.document,
            hash: parked.hash,
            origin: Origin { author: device.id, epoch: parked.epoch, lseq: parked.lseq },
            custody_version: parked.custody_version,
            rule: Rule { author, custody },
            ward: device.ward,
            row: None,
            source: Source::Parked(parked),
        };
        if let late::Standing::Refused(code) = standing {
            self.refuse(waiting, code.into());
            return Ok(None);
        }
        Ok(Some(waiting))
    }

    /// Judges one change; gives it back when it must wait for its ancestors.
    fn judge_one(&mut self, waiting: Waiting) -> PortResult<Option<Waiting>> {
        let bytes = waiting.source.bytes(self.request);
        match self.judge.judge(&waiting.document, bytes, &waiting.rule)? {
            Judged::New(meta) => {
                self.unpark(&waiting, None);
                let Waiting { source, origin, ward, .. } = waiting;
                self.prepared.taken.push(Taken { meta, source, origin, ward });
                Ok(None)
            }
            Judged::Known(_) => {
                self.unpark(&waiting, None);
                Ok(None)
            }
            Judged::Refused(refusal) if refusal.code == RefusalCode::MissingAncestor => {
                Ok(Some(waiting))
            }
            Judged::Refused(refusal) => {
                self.refuse(waiting, refusal);
                Ok(None)
            }
        }
    }

    fn refuse(&mut self, waiting: Waiting, refusal: Refusal) {
        self.unpark(&waiting, Some(refusal));
        let Waiting { document, hash, source, .. } = waiting;
        self.prepared.aside.push(Aside { document, hash, refusal, source });
    }

    /// The change waits no longer, wherever it stands.
    fn unpark(&mut self, waiting: &Waiting, refusal: Option<Refusal>) {
        if let Source::Parked(parked) = &waiting.source {
            self.prepared.unparked.push((parked.clone(), refusal));
        }
        let Some(row) = waiting.row.map(|row| &mut self.prepared.rows[row]) else { return };
        (row.parked, row.refusal) = (false, refusal);
        if let Some(refusal) = refusal {
            self.prepared.refused.push(Refused {
                lseq: row.lseq,
                hash: row.hash,
                code: refusal.code().to_owned(),
                because_of: refusal.because_of,
            });
        }
    }
}
