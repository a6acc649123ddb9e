//! Documents made with automerge, and a small city over the in-memory stores.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjId, ObjType, ROOT};
use wardbook_base::{
    AuthorEpoch, DeviceId, Dice, DocumentId, FeedEpoch, HubId, SeededDice, Timestamp, WardId,
};
use wardbook_sync::check::Condemned;
use wardbook_sync::hub::{self, HubError, Welcome};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::message::{DeviceStatus, Request, Response};
use wardbook_sync::node::{self, CallInfo, CallLimits, NodeError, Outcome};
use wardbook_sync::ports::{HubPort, Membership, NodePort};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::token::TokenKey;
use wardbook_sync::{RejectCode, SYNC_PATH, SyncSchema, enrol};

pub(crate) const NOW: Timestamp = Timestamp(1_750_000_000_000);

/// The fixed first change of the tests' documents.
pub(crate) fn genesis() -> Vec<u8> {
    let mut document = AutoCommit::new().with_actor(ActorId::from([0; 16]));
    for table in ["degrees", "policy_category"] {
        document.put_object(ROOT, table, ObjType::Map).unwrap();
    }
    document.commit_with(CommitOptions::default().with_time(0));
    document.get_last_local_change().unwrap().raw_bytes().to_vec()
}

pub(crate) fn schema() -> SyncSchema {
    SyncSchema::new(1, "id", &[genesis()]).unwrap()
}

/// A document as one end holds it.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: DocumentId,
    pub(crate) document: AutoCommit,
}

impl Person {
    /// Nothing but the genesis.
    pub(crate) fn empty(id: DocumentId) -> Self {
        let mut document = AutoCommit::new();
        document.apply_changes([Change::from_bytes(genesis()).unwrap()]).unwrap();
        Self { id, document }
    }

    /// A person with some fields; the change that makes it.
    pub(crate) fn create(id: DocumentId, epoch: AuthorEpoch, dice: &dyn Dice) -> (Self, Vec<u8>) {
        let mut person = Self::empty(id);
        let name = format!("Nguyễn Văn {}", dice.below(100_000));
        let change = person.edit(epoch, |document| {
            document.put(ROOT, "id", id.to_string()).unwrap();
            document.put(ROOT, "full_name", name).unwrap();
            document.put(ROOT, "birth_date", "1990-02-28").unwrap();
            document.put(ROOT, "party_member", true).unwrap();
            document.put(ROOT, "salary_grade", dice.below(12).cast_signed()).unwrap();
            let degrees = object(document, "degrees");
            let row = document.put_object(&degrees, "0123456789abcdef", ObjType::Map).unwrap();
            document.put(&row, "level", "dai_hoc").unwrap();
        });
        (person, change.unwrap())
    }

    /// One edit under an epoch; the change, or `None` when nothing came of it.
    pub(crate) fn edit(
        &mut self,
        epoch: AuthorEpoch,
        change: impl FnOnce(&mut AutoCommit),
    ) -> Option<Vec<u8>> {
        self.document.set_actor(ActorId::from(epoch.0));
        change(&mut self.document);
        let options = CommitOptions::default().with_time(NOW.0).with_message("e0011223344556677");
        self.document.commit_with(options)?;
        Some(self.document.get_last_local_change().unwrap().raw_bytes().to_vec())
    }

    /// Sets one field.
    pub(crate) fn set(&mut self, epoch: AuthorEpoch, key: &str, value: &str) -> Vec<u8> {
        self.edit(epoch, |document| document.put(ROOT, key, value).unwrap()).unwrap()
    }

    pub(crate) fn apply(&mut self, bytes: &[u8]) {
        self.document.apply_changes([Change::from_bytes(bytes.to_vec()).unwrap()]).unwrap();
    }
}

/// A map at the root of a document.
pub(crate) fn object(document: &AutoCommit, key: &str) -> ObjId {
    use automerge::ReadDoc as _;
    document.get(ROOT, key).unwrap().unwrap().1
}

/// A hub with its key.
pub(crate) struct Hub {
    pub(crate) store: MemoryHub,
    pub(crate) key: DeviceKey,
    pub(crate) id: HubId,
    pub(crate) epoch: AuthorEpoch,
    pub(crate) tokens: TokenKey,
    /// What the deep check would find.
    pub(crate) condemned: Condemned,
    pub(crate) dice: SeededDice,
}

/// A node with its key.
pub(crate) struct Node {
    pub(crate) store: MemoryNode,
    pub(crate) key: DeviceKey,
    /// The author epoch of its database, for the next edit.
    pub(crate) epoch: AuthorEpoch,
    pub(crate) device: DeviceId,
    pub(crate) ward: WardId,
    pub(crate) dice: SeededDice,
    /// Forks of the author epoch that were used.
    pub(crate) forks: u32,
    /// Whether it writes anew by itself what is queued for that.
    pub(crate) writes_anew: bool,
}

pub(crate) fn ward(n: u32) -> WardId {
    format!("2588{n}.1").parse().unwrap()
}

impl Hub {
    pub(crate) fn new(dice: &SeededDice) -> Self {
        let (id, epoch) = (HubId::random(dice), AuthorEpoch::random(dice));
        let store = MemoryHub::new(id, epoch, FeedEpoch::random(dice));
        Self {
            store,
            key: DeviceKey::generate(dice),
            id,
            epoch,
            tokens: TokenKey::new(&[7; 32]),
            condemned: Condemned::default(),
            dice: SeededDice::new(dice.u64()),
        }
    }

    /// Takes a new device of a ward in, through the messages of enrolment.
    pub(crate) fn enrol(&mut self, ward: &WardId, dice: &SeededDice) -> Node {
        let key = DeviceKey::generate(dice);
        let epoch = AuthorEpoch::random(dice);
        let request = enrol::build_request("ABCD1021", &key, "Máy 1", epoch, "0.1.0");
        let body = enrol::seal_request(&request);
        let request = enrol::open_request(&body).unwrap();
        let welcome = Welcome {
            ward: ward.clone(),
            ward_name: "Phường".to_owned(),
            hub_key: self.key.public(),
            sealing_recipient: "age1".to_owned(),
            units_as_of: String::new(),
        };
        let enrolled = hub::enrol(&mut self.store, &request, &welcome, NOW).unwrap();
        let answer =
            hub::seal_response(&enrolled, wardbook_sync::ENROL_PATH, &self.id, &body, &self.key);
        let enrolled = node::open_enrolled(&answer.unwrap(), &body).unwrap();
        let mut store = MemoryNode::new(epoch);
        store.join(Membership {
            hub: enrolled.hub,
            hub_url: "http://127.0.0.1:1".to_owned(),
            tls_pin: None,
            hub_key: enrolled.hub_key.try_into().unwrap(),
            sealing_recipient: enrolled.sealing_recipient,
            hub_epoch: enrolled.hub_epoch,
            device: enrolled.device,
            ward: enrolled.ward,
            ward_name: enrolled.ward_name,
            units_as_of: enrolled.units_as_of,
        });
        let (device, ward) = (enrolled.device, ward.clone());
        let dice = SeededDice::new(dice.u64());
        Node { store, key, epoch, device, ward, dice, forks: 0, writes_anew: true }
    }

    /// Answers the body of a call, as the endpoint does: prepare, then commit, all or nothing.
    pub(crate) fn answer(&mut self, body: &[u8]) -> Result<Vec<u8>, RejectCode> {
        let (device, request) =
            hub::open_envelope(body, SYNC_PATH, &self.id, |id| self.store.device(id))?;
        let mut transaction = self.store.clone();
        let schema = schema();
        let ctx = self.context(&schema);
        let response = hub::prepare(&self.store, &device, &request, &ctx)
            .and_then(|ready| hub::commit(&mut transaction, ready, &request, &ctx));
        match response {
            Ok(response) => {
                self.store = transaction;
                Ok(hub::seal_response(&response, SYNC_PATH, &self.id, body, &self.key).unwrap())
            }
            Err(HubError::Rejected(code)) => Err(code),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn context<'a>(&'a self, schema: &'a SyncSchema) -> hub::Context<'a> {
        hub::Context {
            schema,
            condemned: &self.condemned,
            tokens: &self.tokens,
            dice: &self.dice,
            now: NOW,
        }
    }

    /// Puts an older copy back, as the restore command does: everybody hears of it.
    pub(crate) fn put_back(&mut self, copy: MemoryHub) {
        self.store = copy;
        hub::renew(&mut self.store, &self.dice, NOW, "restored").unwrap();
        (_, self.epoch) = self.store.hub().unwrap();
    }

    /// The codes of what was noted for the admin.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.store.events().iter().map(|event| event.code.as_str()).collect()
    }

    pub(crate) fn record(
        &mut self,
        ward: &WardId,
        document: &DocumentId,
        bytes: &[u8],
    ) -> Result<(), HubError> {
        hub::record_local(&mut self.store, ward, document, bytes, NOW, &schema()).map(|_| ())
    }
}

impl Node {
    pub(crate) fn request(&self) -> Request {
        self.request_with(&CallLimits::default())
    }

    pub(crate) fn request_with(&self, limits: &CallLimits) -> Request {
        let quarantined = self.store.log.kept_aside().count() as u64;
        let status = DeviceStatus { quarantined, clock: NOW, ..DeviceStatus::default() };
        let info = CallInfo { app: "0.1.0".to_owned(), schema: 1, status };
        node::next_request(&self.store, &info, limits).unwrap()
    }

    pub(crate) fn seal(&self, request: &Request) -> Vec<u8> {
        node::seal_request(request, SYNC_PATH, &request.hub, &self.device, &self.key).unwrap()
    }

    pub(crate) fn open(hub: &Hub, body: &[u8], answer: &[u8]) -> Response {
        node::open_response(answer, SYNC_PATH, &hub.id, body, &hub.key.public()).unwrap()
    }

    /// Takes an answer in, all or nothing, and writes anew what is to be written anew.
    pub(crate) fn apply(
        &mut self,
        request: &Request,
        response: Response,
    ) -> Result<Outcome, NodeError> {
        let mut transaction = self.store.clone();
        let (schema, condemned) = (schema(), Condemned::default());
        let ctx =
            node::Context { schema: &schema, condemned: &condemned, dice: &self.dice, now: NOW };
        let outcome = node::apply_response(&mut transaction, request, response, &ctx)?;
        self.store = transaction;
        self.epoch = self.store.author_epoch().unwrap();
        if self.writes_anew {
            crate::anew::write(self);
        }
        Ok(outcome)
    }

    /// One whole call; the bytes that went up and down, and what came of it.
    pub(crate) fn call(&mut self, hub: &mut Hub) -> (Vec<u8>, Vec<u8>, Outcome) {
        let request = self.request();
        let body = self.seal(&request);
        let answer = hub.answer(&body).unwrap();
        let response = Node::open(hub, &body, &answer);
        let outcome = self.apply(&request, response).unwrap();
        (body, answer, outcome)
    }

    /// Calls until there is no more to bring or take.
    pub(crate) fn sync(&mut self, hub: &mut Hub) -> Outcome {
        loop {
            let (_, _, outcome) = self.call(hub);
            if !outcome.more {
                return outcome;
            }
        }
    }

    pub(crate) fn record(&mut self, document: &DocumentId, bytes: &[u8]) -> Result<(), NodeError> {
        node::record_local(&mut self.store, document, bytes, NOW, &schema()).map(|_| ())
    }

    /// Makes a person and writes it to the push log.
    pub(crate) fn create(&mut self, dice: &SeededDice) -> Person {
        let (person, change) = Person::create(DocumentId::random(dice), self.epoch, dice);
        self.record(&person.id, &change).unwrap();
        person
    }

    /// Starts the program on another copy of its disk.
    pub(crate) fn start_from(&mut self, copy: MemoryNode) {
        self.store = copy;
        self.epoch = self.store.author_epoch().unwrap();
    }

    /// The document as this node's store gives it back.
    pub(crate) fn person(&self, id: &DocumentId) -> Person {
        load(*id, &self.store.log)
    }

    pub(crate) fn push_head(&self) -> u64 {
        self.store.push_head().unwrap().0.0
    }
}

/// Replays a document from its stored changes.
pub(crate) fn load(id: DocumentId, log: &wardbook_sync::memory::MemoryLog) -> Person {
    let mut person = Person::empty(id);
    let changes: Vec<Change> = log
        .changes_of(&id)
        .map(|stored| Change::from_bytes(stored.bytes.clone()).unwrap())
        .collect();
    let count = changes.len();
    person.document.apply_changes(changes).unwrap();
    assert_eq!(person.document.get_changes(&[]).len(), count + 1, "every change has its ancestors");
    person
}
