//! A city of one hub and three nodes of two wards, from one seed: messages get lost, doubled,
//! late and out of order, programs die between any two steps, and in the end all is equal.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, Dice as _, DocumentId, SeededDice};
use wardbook_sync::check::item_hash;
use wardbook_sync::digest;
use wardbook_sync::message::{Digest, EpochState, Request};
use wardbook_sync::node::CallLimits;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use crate::changes::random_edit;
use crate::support::{Hub, Node, Person, load, ward};

/// How many histories a test run goes through, each of at most [`STEPS_MAX`] steps.
const SEEDS: u64 = 200;
const STEPS_MAX: u64 = 60;

#[test]
fn whatever_the_line_does_all_ends_become_equal_and_nothing_is_lost() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let mut city = City::new(seed);
        for _ in 0..20 + city.dice.below(STEPS_MAX - 20) {
            city.step();
        }
        city.settle();
        city.replay_everything();
        city.settle();
        city.check();
        seen.add(&city.seen);
    }
    println!("{seen:?}");
    // The line did all that it was meant to do.
    assert!(seen.lost > 100 && seen.answered_twice > 100 && seen.stale > 20, "{seen:?}");
    assert!(seen.died > 100 && seen.conflicts > 20 && seen.refused > 10, "{seen:?}");
    assert!(seen.rolled_back_answers > 100, "{seen:?}");
}

/// How often things happened, to know that the test tests.
#[derive(Debug, Default, Clone)]
struct Seen {
    authored: u64,
    lost: u64,
    answered_twice: u64,
    stale: u64,
    rolled_back_answers: u64,
    died: u64,
    conflicts: u64,
    refused: u64,
}

impl Seen {
    fn add(&mut self, other: &Self) {
        self.authored += other.authored;
        self.lost += other.lost;
        self.answered_twice += other.answered_twice;
        self.stale += other.stale;
        self.rolled_back_answers += other.rolled_back_answers;
        self.died += other.died;
        self.conflicts += other.conflicts;
        self.refused += other.refused;
    }
}

/// A call under way: what was asked, and what was answered.
#[derive(Clone)]
struct Call {
    node: usize,
    request: Request,
    body: Vec<u8>,
    answer: Option<Vec<u8>>,
}

struct City {
    seed: u64,
    dice: SeededDice,
    hub: Hub,
    nodes: Vec<Node>,
    calls: Vec<Call>,
    /// The bodies of all calls that were ever made.
    bodies: Vec<Vec<u8>>,
    /// Every change that was ever reported as saved.
    authored: BTreeMap<(DocumentId, ChangeHash), Author>,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    Node(usize),
    Officer,
}

impl City {
    fn new(seed: u64) -> Self {
        let dice = SeededDice::new(seed);
        let mut hub = Hub::new(&dice);
        let nodes = [1, 1, 2].into_iter().map(|number| hub.enrol(&ward(number), &dice)).collect();
        Self {
            seed,
            dice,
            hub,
            nodes,
            calls: Vec::new(),
            bodies: Vec::new(),
            authored: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    fn pick(&self, count: usize) -> usize {
        usize::try_from(self.dice.below(count as u64)).unwrap()
    }

    fn step(&mut self) {
        match self.dice.below(14) {
            0 | 1 => self.create(),
            2..=4 => self.edit_at_node(),
            5 => self.edit_at_hub(),
            6 => self.same_id_elsewhere(),
            7..=9 => self.ask(),
            10 | 11 => self.hub_answers(),
            _ => self.answer_arrives(),
        }
    }

    fn create(&mut self) {
        let at = self.pick(self.nodes.len());
        let id = DocumentId::random(&self.dice);
        self.create_at(at, id);
    }

    fn create_at(&mut self, at: usize, id: DocumentId) {
        let epoch = self.nodes[at].epoch;
        let (_, change) = Person::create(id, epoch, &self.dice);
        self.save_at_node(at, id, &change);
    }

    /// Two wards make one id: never by chance, but the second must be refused.
    fn same_id_elsewhere(&mut self) {
        let theirs = self.nodes[2].store.log.documents().map(|state| state.id).next();
        if let Some(id) = theirs.filter(|id| self.nodes[0].store.document(id).unwrap().is_none()) {
            self.create_at(0, id);
        }
    }

    fn edit_at_node(&mut self) {
        let at = self.pick(self.nodes.len());
        let node = &self.nodes[at];
        let ids: Vec<_> = node.store.log.documents().map(|state| state.id).collect();
        if ids.is_empty() {
            return;
        }
        let id = ids[self.pick(ids.len())];
        let change = load(id, &node.store.log)
            .edit(node.epoch, |document| random_edit(document, &self.dice));
        if let Some(change) = change {
            self.save_at_node(at, id, &change);
        }
    }

    /// The program may die before the save is durable: then nobody was told that it was.
    fn save_at_node(&mut self, at: usize, id: DocumentId, change: &[u8]) {
        let before = self.nodes[at].store.clone();
        self.nodes[at].record(&id, change).unwrap();
        if self.dice.below(10) == 0 {
            self.nodes[at].store = before;
            self.seen.died += 1;
            return;
        }
        self.authored.insert((id, item_hash(change)), Author::Node(at));
        self.seen.authored += 1;
    }

    fn edit_at_hub(&mut self) {
        let states: Vec<_> = self.hub.store.log.documents().cloned().collect();
        if states.is_empty() {
            return;
        }
        let state = &states[self.pick(states.len())];
        let change = load(state.id, &self.hub.store.log)
            .edit(self.hub.epoch, |document| random_edit(document, &self.dice));
        if let Some(change) = change {
            self.hub.record(&state.ward, &state.id, &change).unwrap();
            self.authored.insert((state.id, item_hash(&change)), Author::Officer);
            self.seen.authored += 1;
        }
    }

    fn ask(&mut self) {
        let node = self.pick(self.nodes.len());
        let limits = CallLimits {
            changes: 1 + self.pick(5),
            pull_bytes: [0, 600, 4_000_000][self.pick(3)],
            ..CallLimits::default()
        };
        let request = self.nodes[node].request_with(&limits);
        let body = self.nodes[node].seal(&request);
        self.bodies.push(body.clone());
        self.calls.push(Call { node, request, body, answer: None });
    }

    /// Any request that ever was on the line may arrive, also for the second time.
    fn hub_answers(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let at = self.pick(self.calls.len());
        let before = self.hub.store.clone();
        let answer = self.hub.answer(&self.calls[at].body).unwrap();
        if self.dice.below(8) == 0 {
            // The hub dies before its transaction is durable; no answer leaves it.
            self.hub.store = before;
            self.seen.died += 1;
            return;
        }
        if self.dice.below(4) == 0 {
            self.seen.lost += 1;
            return;
        }
        self.seen.answered_twice += u64::from(self.calls[at].answer.is_some());
        self.calls[at].answer = Some(answer);
    }

    /// Any answer may arrive, late or twice; the node may die before it has taken it in.
    fn answer_arrives(&mut self) {
        let answered: Vec<_> = self.calls.iter().filter(|call| call.answer.is_some()).collect();
        if answered.is_empty() {
            return;
        }
        let Call { node: at, request, body, answer } = answered[self.pick(answered.len())].clone();
        let node = &mut self.nodes[at];
        let response = Node::open(&self.hub, &body, &answer.unwrap());
        let before = node.store.clone();
        let outcome = node.apply(&request, response).unwrap();
        assert!(!outcome.mismatch, "seed {}", self.seed);
        assert_ne!(outcome.epoch_state, EpochState::Cloned, "seed {}", self.seed);
        assert_ne!(outcome.epoch_state, EpochState::HubRolledBack, "seed {}", self.seed);
        self.seen.stale += u64::from(outcome.stale);
        if outcome.proven_equal {
            self.assert_equal(at);
        }
        if self.dice.below(8) == 0 {
            self.nodes[at].store = before;
            self.seen.died += 1;
        } else if self.dice.below(4) == 0 {
            self.calls.clear();
        }
    }

    /// The line is whole again: every node calls until nobody has anything to say.
    fn settle(&mut self) {
        for _ in 0..2 {
            for node in &mut self.nodes {
                let outcome = node.sync(&mut self.hub);
                assert_eq!(outcome.epoch_state, EpochState::Ok, "seed {}", self.seed);
                assert!(!outcome.mismatch, "seed {}", self.seed);
                let aside = node.store.log.quarantined().count();
                assert_eq!(outcome.proven_equal, aside == 0, "seed {}", self.seed);
            }
        }
    }

    /// Someone who kept every request sends them all again: the hub takes nothing from them.
    fn replay_everything(&mut self) {
        let changes = self.hub.store.log.changes().count();
        let feeds = [1, 2].map(|number| self.hub.store.ward_feed(&ward(number)).unwrap());
        for body in std::mem::take(&mut self.bodies) {
            let answer = self.hub.answer(&body).unwrap();
            let response = Node::open(&self.hub, &body, &answer);
            let rolled_back = response.epoch_state == EpochState::RolledBack;
            assert!(!rolled_back || response.feed.items.is_empty(), "seed {}", self.seed);
            self.seen.rolled_back_answers += u64::from(rolled_back);
        }
        let after = [1, 2].map(|number| self.hub.store.ward_feed(&ward(number)).unwrap());
        assert_eq!(feeds, after, "seed {}", self.seed);
        assert_eq!(changes, self.hub.store.log.changes().count(), "seed {}", self.seed);
    }

    /// A node that says it is equal holds the hub's heads at that position, and no others.
    fn assert_equal(&self, at: usize) {
        let node = &self.nodes[at];
        for state in node.store.log.documents() {
            let feed_heads = node.store.feed_heads(&state.id).unwrap();
            assert_eq!(state.heads, feed_heads, "seed {}", self.seed);
        }
    }

    fn check(&mut self) {
        for ward_number in [1, 2] {
            self.check_feed(ward_number);
        }
        for at in 0..self.nodes.len() {
            self.check_node(at);
        }
        self.check_conservation();
    }

    /// Every prefix of the feed is causally closed, and the digest is what a recount gives.
    fn check_feed(&mut self, ward_number: u32) {
        let (hub, seed) = (&self.hub.store, self.seed);
        let feed = hub.ward_feed(&ward(ward_number)).unwrap().unwrap();
        let mut there = BTreeSet::new();
        let genesis = item_hash(&crate::support::genesis());
        for row in hub.feed(&ward(ward_number)) {
            let meta = hub.change_meta(&row.document, &row.hash).unwrap().unwrap();
            for dep in meta.deps {
                assert!(dep == genesis || there.contains(&(row.document, dep)), "seed {seed}");
            }
            assert!(there.insert((row.document, row.hash)), "seed {seed}: twice in the feed");
        }
        let mut recount = Digest::default();
        for state in hub.log.documents().filter(|state| state.ward == ward(ward_number)) {
            let heads: Vec<_> = heads_of(&mut load(state.id, &hub.log));
            assert_eq!(state.heads, heads, "seed {seed}");
            digest::add(&mut recount, &digest::leaf(&state.id, 0, &heads));
            self.seen.conflicts += u64::from(heads.len() > 1);
        }
        assert_eq!(feed.digest, recount, "seed {seed}");
        assert_eq!(feed.position.seq.0, there.len() as u64, "seed {seed}");
    }

    fn check_node(&self, at: usize) {
        let (node, seed) = (&self.nodes[at], self.seed);
        let feed = self.hub.store.ward_feed(&node.ward).unwrap().unwrap();
        assert_eq!(node.store.feed_position().unwrap(), Some(feed.position), "seed {seed}");
        assert_eq!(node.store.feed_digest().unwrap(), feed.digest, "seed {seed}");
        assert_eq!(node.store.acked().unwrap(), node.store.push_head().unwrap(), "seed {seed}");
        let device = self.hub.store.device(&node.device).unwrap().unwrap();
        assert_eq!(device.mismatches, 0, "seed {seed}");
        assert_eq!((device.acked, device.acked_chain), node.store.acked().unwrap(), "seed {seed}");
        for state in node.store.log.documents() {
            let mut person = load(state.id, &node.store.log);
            assert_eq!(heads_of(&mut person), state.heads, "seed {seed}");
        }
    }

    /// Authored = in the feed + kept aside, by hash; both at the hub and at the author.
    fn check_conservation(&mut self) {
        let hub = &self.hub.store;
        let mut refused = 0;
        for ((document, hash), author) in &self.authored {
            let merged = hub.change_meta(document, hash).unwrap().is_some();
            let aside = hub.is_quarantined(document, hash).unwrap();
            refused += u64::from(aside);
            assert!(merged != aside, "seed {}: {hash} is {merged}, {aside}", self.seed);
            if let Author::Node(at) = author {
                let store = &self.nodes[*at].store;
                assert!(store.change_meta(document, hash).unwrap().is_some(), "seed {}", self.seed);
                assert_eq!(
                    store.is_quarantined(document, hash).unwrap(),
                    aside,
                    "seed {}",
                    self.seed
                );
            }
        }
        let stored = hub.log.changes().count() + hub.log.quarantined().count();
        assert_eq!(stored, self.authored.len(), "seed {}: nobody wrote the others", self.seed);
        self.seen.refused += refused;
    }
}

fn heads_of(person: &mut Person) -> Vec<ChangeHash> {
    let mut heads: Vec<_> =
        person.document.get_heads().into_iter().map(|head| ChangeHash(head.0)).collect();
    heads.sort_unstable();
    heads
}
