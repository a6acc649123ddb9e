//! The two kinds of ends: the engine over a store in memory, with the glue around it that the
//! programs have (deep check, witness; for what is written anew see `anew.rs`).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, HubId, Lseq, Timestamp, WardId,
};
use wardbook_record::{Document, Message, Purpose, Stamp};
use wardbook_sync::SyncSchema;
use wardbook_sync::check::{Condemned, FreshDocument, read_change};
use wardbook_sync::hub::{self, HubError, Welcome};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::message::{DeviceStatus, EnrolRequest, Request, Response, RotationReason};
use wardbook_sync::node::{self, CallInfo, CallLimits, NodeError, Outcome};
use wardbook_sync::ports::{HubPort, Log, Membership, NodePort};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::token::TokenKey;
use wardbook_sync::{RefusalCode, RejectCode};

use crate::anew::Copied;
use crate::dice::SimDice;
use crate::edits::Wish;
use crate::faults::{Fault, FaultyHub, FaultyNode};
use crate::views::{View, Views};
use crate::violation::{Oracle, Sim, Violation};

/// The user who writes what the deep check condemns.
const HOSTILE_USER: [u8; 8] = [0x66; 8];
const HONEST_USER: [u8; 8] = [0x11; 8];
/// Which of the keys is the hub's.
const HUB_KEY: usize = 15;

/// The schema of all cities.
pub(crate) fn schema() -> &'static SyncSchema {
    static SCHEMA: OnceLock<SyncSchema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        SyncSchema::new(1, "id", &[Document::genesis().1]).expect("the genesis is a good change")
    })
}

/// Keys are the same in all cities: making one costs more than a whole step.
pub(crate) fn device_key(number: usize) -> &'static DeviceKey {
    static KEYS: OnceLock<Vec<DeviceKey>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let dice = SimDice::new(1);
        (0..16).map(|_| DeviceKey::generate(&dice)).collect()
    });
    &keys[number % keys.len()]
}

/// The key of the hubs of all cities.
pub(crate) fn hub_key() -> &'static DeviceKey {
    device_key(HUB_KEY)
}

/// The hub: its disk, and what only the running program has.
#[derive(Debug)]
pub(crate) struct HubEnd {
    pub(crate) disk: HubDisk,
    pub(crate) id: HubId,
    pub(crate) tokens: TokenKey,
    pub(crate) fault: Option<Fault>,
    /// The ward that asks just now.
    asking: Option<WardId>,
    /// How often it was put back to an older copy.
    pub(crate) restores: u64,
}

/// What an older copy of a hub brings back.
#[derive(Debug, Clone)]
pub(crate) struct HubDisk {
    pub(crate) store: MemoryHub,
    pub(crate) views: Views,
}

/// A node: its disk, and what only the running program has.
#[derive(Debug)]
pub(crate) struct NodeEnd {
    pub(crate) disk: NodeDisk,
    pub(crate) key: usize,
    pub(crate) device: DeviceId,
    pub(crate) ward: WardId,
    pub(crate) revoked: bool,
    /// How far its clock is off.
    pub(crate) clock_ms: i64,
    /// The small file beside the data folder.
    pub(crate) witness: (AuthorEpoch, Lseq, Chain),
    /// How often the program was started on another disk: answers to before are no news.
    pub(crate) restores: u64,
    /// It runs an older program, that does not know the newest keys of messages.
    pub(crate) older: bool,
    pub(crate) fault: Option<Fault>,
}

/// What an older copy of a node brings back.
#[derive(Debug, Clone)]
pub(crate) struct NodeDisk {
    pub(crate) store: MemoryNode,
    pub(crate) views: Views,
    /// Next free fork of the author epoch, by document.
    pub(crate) forks: BTreeMap<DocumentId, u32>,
}

/// What somebody else does at the hub while a call is judged.
pub(crate) type Between<'a> = dyn FnMut(&mut HubEnd) -> Sim<()> + 'a;

/// What became of a wish to edit.
#[derive(Debug)]
pub(crate) enum Edited {
    /// It is on the disk: the user may be told.
    Saved(ChangeHash),
    /// The record is not there, or the wish changes nothing.
    Nothing,
    /// The user is told that it may not be.
    Refused,
}

fn stamp(actor: Vec<u8>, now: Timestamp, purpose: Purpose, hostile: bool) -> Stamp {
    let user = wardbook_base::UserId(if hostile { HOSTILE_USER } else { HONEST_USER });
    Stamp { actor, time: now, message: Message { purpose, user } }
}

/// What the isolated worker would say: a change of the hostile user harms documents.
fn deep_check(fresh: &[FreshDocument]) -> Vec<(DocumentId, ChangeHash)> {
    static MARK: OnceLock<String> = OnceLock::new();
    let mark = MARK.get_or_init(|| wardbook_base::UserId(HOSTILE_USER).to_string());
    let names_it = |bytes: &[u8]| bytes.windows(mark.len()).any(|part| part == mark.as_bytes());
    let mut found = Vec::new();
    for document in fresh {
        for (hash, bytes) in document.changes.iter().filter(|(_, bytes)| names_it(bytes)) {
            let is_hostile = read_change(&document.document, bytes)
                .is_ok_and(|change| change.meta.message.ends_with(mark));
            if is_hostile {
                found.push((document.document, *hash));
            }
        }
    }
    found
}

impl HubEnd {
    pub(crate) fn new(dice: &SimDice, fault: Option<Fault>, sharing: bool) -> Self {
        let (id, epoch) = (HubId::random(dice), AuthorEpoch::random(dice));
        let store = MemoryHub::new(id, epoch, FeedEpoch::random(dice));
        let tokens = TokenKey::new(&[7; 32]);
        let disk = HubDisk { store, views: Views::new(sharing) };
        Self { disk, id, tokens, fault, asking: None, restores: 0 }
    }

    /// The store, or a store with a fault in it.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&mut dyn HubPort) -> R) -> R {
        match self.fault {
            None => work(&mut self.disk.store),
            Some(fault) => {
                work(&mut FaultyHub::new(&mut self.disk.store, fault, self.asking.clone()))
            }
        }
    }

    /// Takes a new device of a ward in.
    pub(crate) fn enrol(
        &mut self,
        number: usize,
        ward: &WardId,
        dice: &SimDice,
        now: Timestamp,
    ) -> Sim<NodeEnd> {
        let key = device_key(number);
        let epoch = AuthorEpoch::random(dice);
        let request = EnrolRequest {
            code: "ABCD1021".to_owned(),
            public_key: key.public().to_vec(),
            device_name: format!("Máy {number}"),
            epoch,
            app: String::new(),
            signature: Vec::new(),
        };
        let welcome = Welcome {
            ward: ward.clone(),
            ward_name: "Phường".to_owned(),
            hub_key: hub_key().public(),
            sealing_recipient: String::new(),
            units_as_of: String::new(),
        };
        let enrolled = self.with(|port| hub::enrol(port, &request, &welcome, now))?;
        let mut store = MemoryNode::new(epoch);
        store.join(Membership {
            hub: enrolled.hub,
            hub_url: String::new(),
            tls_pin: None,
            hub_key: hub_key().public(),
            sealing_recipient: String::new(),
            hub_epoch: enrolled.hub_epoch,
            device: enrolled.device,
            ward: enrolled.ward,
            ward_name: enrolled.ward_name,
            units_as_of: String::new(),
        });
        Ok(NodeEnd {
            disk: NodeDisk {
                store,
                views: self.disk.views.of_another_end(),
                forks: BTreeMap::new(),
            },
            key: number,
            device: enrolled.device,
            ward: ward.clone(),
            revoked: false,
            clock_ms: 0,
            witness: (epoch, Lseq(0), Chain::default()),
            restores: 0,
            older: false,
            fault: self.fault,
        })
    }

    /// Judges and answers a call, as the endpoint does: prepare, deep check, commit. `between` is
    /// done by somebody else after the first preparing.
    pub(crate) fn answer(
        &mut self,
        device: &DeviceId,
        request: &Request,
        dice: &SimDice,
        now: Timestamp,
        mut between: Option<&mut Between<'_>>,
    ) -> Sim<Result<Response, RejectCode>> {
        let mut condemned = Condemned::default();
        for _ in 0..8 {
            let record = match self.disk.store.device(device)? {
                None => return Ok(Err(RejectCode::UnknownDevice)),
                Some(record) if record.revoked_at.is_some() => {
                    return Ok(Err(RejectCode::RevokedDevice));
                }
                Some(record) => record,
            };
            self.asking = Some(record.ward.clone());
            let tokens = self.tokens.clone();
            let context = hub::Context {
                schema: schema(),
                condemned: &condemned,
                tokens: &tokens,
                dice,
                now,
            };
            let prepared = self.with(|port| hub::prepare(&*port, &record, request, &context));
            let prepared = match prepared {
                Ok(prepared) => prepared,
                Err(HubError::Rejected(code)) => return Ok(Err(code)),
                Err(error) => return Err(error.into()),
            };
            let found = deep_check(&prepared.fresh(request));
            if self.fault != Some(Fault::NoDeepCheck)
                && found.iter().any(|key| !condemned.contains(key))
            {
                condemned.extend(found);
                continue;
            }
            if let Some(between) = between.take() {
                between(self)?;
            }
            match self.with(|port| hub::commit(port, prepared, request, &context)) {
                Ok(response) => return Ok(Ok(response)),
                Err(HubError::Moved) => {}
                Err(HubError::Rejected(code)) => return Ok(Err(code)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Violation::new(Oracle::Rest, "the hub never comes to the end of judging a call"))
    }

    /// An officer's edit.
    pub(crate) fn edit(&mut self, id: &DocumentId, wish: &Wish, now: Timestamp) -> Sim<Edited> {
        let Some(state) = self.disk.store.document(id)? else { return Ok(Edited::Nothing) };
        self.disk.views.refresh(&self.disk.store, id)?;
        let Some(mut view) = self.disk.views.take(id) else { return Ok(Edited::Nothing) };
        let (_, epoch) = self.disk.store.hub()?;
        self.asking = None;
        let stamp = stamp(epoch.0.to_vec(), now, wish.purpose, false);
        let Ok(Some(change)) = Rc::make_mut(&mut view.document).edit(&wish.edits, &stamp) else {
            self.disk.views.put(view);
            return Ok(Edited::Nothing);
        };
        let recorded = self
            .with(|port| hub::record_local(port, &state.ward, id, &change.bytes, now, schema()));
        match recorded {
            Ok(_) => {
                self.disk.views.edited(view, change.hash);
                Ok(Edited::Saved(change.hash))
            }
            Err(HubError::Refused(_)) => Ok(Edited::Refused),
            Err(error) => Err(error.into()),
        }
    }
}

impl NodeEnd {
    /// The store, or a store with a fault in it.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&mut dyn NodePort) -> R) -> R {
        match self.fault {
            None => work(&mut self.disk.store),
            Some(fault) => work(&mut FaultyNode::new(&mut self.disk.store, fault)),
        }
    }

    /// Whether this end may write a document now.
    pub(crate) fn may_write(&self, id: &DocumentId) -> Sim<bool> {
        Ok(self.disk.store.document(id)?.is_some_and(|state| state.ward == self.ward))
    }

    /// A new record.
    pub(crate) fn create(&mut self, id: DocumentId, wish: &Wish, now: Timestamp) -> Sim<Edited> {
        self.write(View::new(id), wish, now, false)
    }

    /// An edit of a record that is here.
    pub(crate) fn edit(
        &mut self,
        id: &DocumentId,
        wish: &Wish,
        now: Timestamp,
        hostile: bool,
    ) -> Sim<Edited> {
        self.disk.views.refresh(&self.disk.store, id)?;
        match self.disk.views.take(id) {
            Some(view) => self.write(view, wish, now, hostile),
            None => Ok(Edited::Nothing),
        }
    }

    fn write(&mut self, mut view: View, wish: &Wish, now: Timestamp, hostile: bool) -> Sim<Edited> {
        let id = view.document.id();
        let stamp = stamp(self.actor(&id)?, now, wish.purpose, hostile);
        let Ok(Some(change)) = Rc::make_mut(&mut view.document).edit(&wish.edits, &stamp) else {
            if !view.covers.is_empty() {
                self.disk.views.put(view);
            }
            return Ok(Edited::Nothing);
        };
        match self.with(|port| node::record_local(port, &id, &change.bytes, now, schema())) {
            Ok(_) => {
                self.disk.views.edited(view, change.hash);
                self.bear_witness()?;
                Ok(Edited::Saved(change.hash))
            }
            // Another ward writes it now: the form says so, nothing was promised.
            Err(NodeError::Refused(refusal))
                if matches!(refusal.code, RefusalCode::NotCustodian | RefusalCode::Purged) =>
            {
                Ok(Edited::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The actor of the next edit of a document.
    pub(crate) fn actor(&self, id: &DocumentId) -> Sim<Vec<u8>> {
        let mut actor = self.disk.store.author_epoch()?.0.to_vec();
        if let Some(fork) = self.disk.forks.get(id) {
            actor.extend_from_slice(&fork.to_be_bytes());
        }
        Ok(actor)
    }

    /// The next call.
    pub(crate) fn request(&mut self, limits: &CallLimits, now: Timestamp) -> Sim<Request> {
        let quarantined = self.disk.store.log.kept_aside().count() as u64;
        let status = DeviceStatus { quarantined, clock: now, ..DeviceStatus::default() };
        let info = CallInfo { app: String::new(), schema: 1, status };
        Ok(self.with(|port| node::next_request(&*port, &info, limits))?)
    }

    /// Takes an answer in: deep check, the engine, and the drain of what is to be written anew.
    /// The copies that were written, as (original, copy).
    pub(crate) fn apply(
        &mut self,
        request: &Request,
        response: &Response,
        dice: &SimDice,
        now: Timestamp,
    ) -> Result<(Outcome, Vec<Copied>), ApplyError> {
        let condemned: Condemned = deep_check(&node::fresh(response)).into_iter().collect();
        let context = node::Context { schema: schema(), condemned: &condemned, dice, now };
        let outcome = self
            .with(|port| node::apply_response(port, request, response.clone(), &context))
            .map_err(ApplyError::Node)?;
        let copies = self.write_anew(now).map_err(ApplyError::Other)?;
        self.bear_witness().map_err(ApplyError::Other)?;
        Ok((outcome, copies))
    }

    /// A new author epoch, as at start-up.
    pub(crate) fn rotate(
        &mut self,
        reason: RotationReason,
        dice: &SimDice,
        now: Timestamp,
    ) -> Sim<Vec<Copied>> {
        let epoch = AuthorEpoch::random(dice);
        self.with(|port| node::rotate(port, epoch, reason, now))?;
        let copies = self.write_anew(now)?;
        self.bear_witness()?;
        Ok(copies)
    }

    /// Writes the small file beside the data folder, after each commit.
    pub(crate) fn bear_witness(&mut self) -> Sim<()> {
        let (lseq, chain) = self.disk.store.push_head()?;
        self.witness = (self.disk.store.author_epoch()?, lseq, chain);
        Ok(())
    }

    /// Whether the witness knows of more than the disk.
    pub(crate) fn witness_disagrees(&self) -> Sim<bool> {
        let (epoch, lseq, chain) = self.witness;
        if epoch != self.disk.store.author_epoch()? {
            return Ok(true);
        }
        if lseq == Lseq(0) {
            return Ok(false);
        }
        let before = Lseq(lseq.0 - 1);
        let row = self.disk.store.local_rows(before, 1)?.pop();
        Ok(row.is_none_or(|row| row.chain != chain))
    }
}

/// Why an answer was not taken in.
#[derive(Debug)]
pub(crate) enum ApplyError {
    /// The engine's word.
    Node(NodeError),
    /// Something around it.
    Other(Violation),
}

impl From<ApplyError> for Violation {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Node(error) => error.into(),
            ApplyError::Other(violation) => violation,
        }
    }
}

/// Whether an end's log holds a change, merged or kept aside.
pub(crate) fn holds(log: &dyn Log, id: &DocumentId, hash: &ChangeHash) -> Sim<bool> {
    Ok(log.change_meta(id, hash)?.is_some() || log.is_quarantined(id, hash)?)
}
