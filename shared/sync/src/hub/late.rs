//! Edits of a document by a ward that does not keep it (any more): late, or made in spite of that.
//!
//! A device notes a release in its push log when it takes it in. The log is chained, so whatever
//! stands before that note was written before the device could know: such an edit is late, and is
//! merged when nobody else touched what it touches. What stands behind the note is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, Lseq, WardId};

use super::custody::{lost_to, noticed, release_hash};
use crate::SyncSchema;
use crate::check::{Action, Operation, ParsedChange, RefusalCode, read_change};
use crate::message::{ForgetReason, Notice};
use crate::ports::{HubPort, Log, PortResult};

/// What a ward is to a document, for one item of a device's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It keeps the document, or the document is new.
    Custodian,
    /// It kept the document, and could not know better.
    Late,
    /// It may not write the document.
    Refused(RefusalCode),
}

/// Tells the standing of the items of one device's log, in their order.
pub(crate) struct Desk<'a> {
    port: &'a dyn HubPort,
    device: DeviceId,
    epoch: AuthorEpoch,
    ward: WardId,
    /// Notices of the batch that is being judged: they are not in the store yet.
    noticed: Vec<(DocumentId, ChangeHash, Lseq)>,
}

impl<'a> Desk<'a> {
    /// A desk for one log of a device of this ward.
    pub(crate) fn new(
        port: &'a dyn HubPort,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        ward: &WardId,
    ) -> Self {
        let noticed = Vec::new();
        Self { port, device: *device, epoch: *epoch, ward: ward.clone(), noticed }
    }

    /// Remembers a notice of a release in this batch.
    pub(crate) fn noticed(&mut self, document: &DocumentId, item: ChangeHash, lseq: Lseq) {
        self.noticed.push((*document, item, lseq));
    }

    /// What the ward is to a document of which it gives back changes that the hub lost: those
    /// stand in no log, so nothing says what the device knew.
    pub(crate) fn standing_returned(&self, document: &DocumentId) -> PortResult<Standing> {
        self.standing(document, Lseq(0))
    }

    /// What the ward is to a document at a place of the log.
    pub(crate) fn standing(&self, document: &DocumentId, lseq: Lseq) -> PortResult<Standing> {
        let grave = self.port.tombstone(document)?;
        if grave.is_some_and(|grave| grave.reason == ForgetReason::Purged) {
            return Ok(Standing::Refused(RefusalCode::Purged));
        }
        let Some(state) = self.port.document(document)? else { return Ok(Standing::Custodian) };
        if state.ward == self.ward {
            return Ok(Standing::Custodian);
        }
        let refused = Standing::Refused(RefusalCode::NotCustodian);
        let ledger = self.port.custody(document)?;
        let Some((version, custodian)) = lost_to(&ledger, &self.ward) else { return Ok(refused) };
        let release = release_hash(version, custodian);
        let in_batch = self
            .noticed
            .iter()
            .any(|(of, item, at)| of == document && *item == release && *at < lseq);
        // The newest notice is enough: no release of this ward is newer than this one.
        let log = (&self.device, &self.epoch);
        let knew = in_batch
            || noticed(self.port, log, document, Notice::Released)?
                .is_some_and(|(at, item)| item == release && at < lseq);
        Ok(if knew { refused } else { Standing::Late })
    }
}

/// Whether a change writes what a change that it does not build on writes too, in other words:
/// whether somebody else touched the same since its author last saw the document.
///
/// Also touched are a row (or any map) that the other side took away or replaced as a whole. The
/// same text on both sides is no difference. `accepted` are the changes of this document that
/// were judged good in this batch and are not in the store yet.
pub(crate) fn touched(
    log: &dyn Log,
    schema: &SyncSchema,
    late: &ParsedChange,
    accepted: &[Rc<ParsedChange>],
) -> PortResult<bool> {
    let others = concurrent(log, late, accepted)?;
    if others.is_empty() {
        return Ok(false);
    }
    let document = &late.meta.document;
    let mut places = Places { log, schema, document, late, accepted, known: BTreeMap::new() };
    let ours = places.writes(late)?;
    for hash in others {
        let other = match accepted.iter().find(|change| change.meta.hash == hash) {
            Some(change) => Rc::clone(change),
            None => match read(log, document, &hash)? {
                Some(change) => Rc::new(change),
                None => return Ok(true),
            },
        };
        let theirs = places.writes(&other)?;
        if ours.iter().any(|our| theirs.iter().any(|their| our.collides(their))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The changes that neither are ancestors of `late` nor build on it.
fn concurrent(
    log: &dyn Log,
    late: &ParsedChange,
    accepted: &[Rc<ParsedChange>],
) -> PortResult<Vec<ChangeHash>> {
    let mut deps: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    for meta in log.change_metas(&late.meta.document)? {
        deps.insert(meta.hash, meta.deps);
    }
    for change in accepted {
        deps.insert(change.meta.hash, change.meta.deps.clone());
    }
    let mut ancestors: BTreeSet<ChangeHash> = BTreeSet::from([late.meta.hash]);
    let mut walk = late.meta.deps.clone();
    while let Some(hash) = walk.pop() {
        if ancestors.insert(hash) {
            walk.extend(deps.get(&hash).into_iter().flatten());
        }
    }
    Ok(deps.into_keys().filter(|hash| !ancestors.contains(hash)).collect())
}

fn read(
    log: &dyn Log,
    document: &DocumentId,
    hash: &ChangeHash,
) -> PortResult<Option<ParsedChange>> {
    let bytes = log.change_bytes(document, hash)?;
    Ok(bytes.and_then(|bytes| read_change(document, &bytes).ok()))
}

/// A map, by the operation that made it; `None` is the root.
type Map = Option<(u64, Vec<u8>)>;
/// A key of a map.
type Place = (Map, Box<str>);

/// One operation, in words that hold in every change.
struct Write {
    place: Place,
    text: Option<Box<str>>,
    /// Where the map stands in which it writes, and so on up to the root.
    above: Vec<Place>,
}

impl Write {
    fn collides(&self, other: &Self) -> bool {
        if self.place == other.place {
            return self.text.is_none() || self.text != other.text;
        }
        self.above.contains(&other.place) || other.above.contains(&self.place)
    }
}

/// Where the maps of a document stand.
struct Places<'a> {
    log: &'a dyn Log,
    schema: &'a SyncSchema,
    document: &'a DocumentId,
    late: &'a ParsedChange,
    accepted: &'a [Rc<ParsedChange>],
    known: BTreeMap<(u64, Vec<u8>), Option<Place>>,
}

impl Places<'_> {
    fn writes(&mut self, change: &ParsedChange) -> PortResult<Vec<Write>> {
        change
            .operations
            .iter()
            .map(|operation| {
                let place = place(change, operation);
                let mut above = Vec::new();
                let mut map = place.0.clone();
                while let Some(id) = map {
                    // A map lies in one that was made before it, so this comes to an end.
                    let Some(parent) = self.of(change, &id)? else { break };
                    map = parent.0.clone().filter(|(counter, _)| *counter < id.0);
                    above.push(parent);
                }
                let text = match &operation.action {
                    Action::PutText(text) => Some(text.clone()),
                    _ => None,
                };
                Ok(Write { place, text, above })
            })
            .collect()
    }

    /// Where the map that an operation made stands.
    fn of(&mut self, change: &ParsedChange, id: &(u64, Vec<u8>)) -> PortResult<Option<Place>> {
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let here = [change, self.late].into_iter();
        let mut near = here.chain(self.accepted.iter().map(Rc::as_ref));
        let found = match near.find_map(|change| made(change, id)) {
            Some(place) => Some(place),
            None => match self.schema.genesis_with_op(&id.1, id.0) {
                Some(genesis) => made(genesis, id),
                None => match self.log.change_with_op(self.document, &id.1, id.0)? {
                    Some(hash) => {
                        read(self.log, self.document, &hash)?.and_then(|holder| made(&holder, id))
                    }
                    None => None,
                },
            },
        };
        self.known.insert(id.clone(), found.clone());
        Ok(found)
    }
}

fn place(change: &ParsedChange, operation: &Operation) -> Place {
    let map = operation.object.map(|id| (id.counter, change.actors[id.actor].clone()));
    (map, operation.key.clone())
}

/// Where a change puts the map with this id, if it is the one that made it.
fn made(change: &ParsedChange, id: &(u64, Vec<u8>)) -> Option<Place> {
    if change.meta.actor != id.1 {
        return None;
    }
    let index = usize::try_from(id.0.checked_sub(change.meta.start_op)?).ok()?;
    change.operations.get(index).map(|operation| place(change, operation))
}
