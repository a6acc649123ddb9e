//! Random histories of three wards whose documents move, are lent and purged, whose calls get lost
//! and whose disks are put back. After all of it nothing is lost and everybody is equal.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, ROOT};
use wardbook_base::{ChangeHash, Dice as _, DocumentId, SeededDice};
use wardbook_sync::check::{Action, item_hash, read_change};
use wardbook_sync::hub::custody;
use wardbook_sync::memory::MemoryNode;
use wardbook_sync::message::ForgetReason;
use wardbook_sync::node::{self, CallLimits};
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use super::city::equal;
use crate::support::{Hub, NOW, Node, Person, schema, ward};

type Named = (DocumentId, ChangeHash);

/// A node, what its user has written, and an older copy of both.
struct Desk {
    node: Node,
    written: BTreeSet<Named>,
    copy: Option<(MemoryNode, BTreeSet<Named>)>,
}

struct Chaos {
    dice: SeededDice,
    hub: Hub,
    desks: Vec<Desk>,
    ids: Vec<DocumentId>,
    /// By which copies originals were replaced.
    anew: BTreeMap<Named, Option<ChangeHash>>,
    forks: u32,
}

impl Chaos {
    fn new(seed: u64) -> Self {
        let dice = SeededDice::new(seed);
        let mut hub = Hub::new(&dice);
        let desks = [1, 1, 2, 3].map(|n| Desk {
            node: Node { writes_anew: false, ..hub.enrol(&ward(n), &dice) },
            written: BTreeSet::new(),
            copy: None,
        });
        let (ids, anew) = (Vec::new(), BTreeMap::new());
        Self { dice, hub, desks: desks.into(), ids, anew, forks: 0 }
    }

    fn below(&self, n: usize) -> usize {
        usize::try_from(self.dice.below(n as u64)).unwrap()
    }

    fn step(&mut self) {
        let at = self.below(self.desks.len());
        match self.below(24) {
            0 => self.create(at),
            1..=8 => self.edit(at),
            9..=15 => self.call(at),
            16..=18 => self.move_one(),
            19 => self.lend_one(),
            20 => self.end_one(),
            21 if self.below(3) == 0 => self.purge_one(),
            22 => {
                let desk = &mut self.desks[at];
                desk.copy = Some((desk.node.store.clone(), desk.written.clone()));
            }
            23 => self.put_back(at),
            _ => {}
        }
    }

    fn create(&mut self, at: usize) {
        let id = DocumentId::random(&self.dice);
        let mut person = Person::empty(id);
        let node = &self.desks[at].node;
        let change = person.edit(node.epoch, |document| {
            document.put(ROOT, "id", id.to_string()).unwrap();
            document.put(ROOT, "full_name", "Nguyễn Văn An").unwrap();
        });
        self.write(at, &id, &change.unwrap());
        self.ids.push(id);
    }

    fn edit(&mut self, at: usize) {
        let node = &self.desks[at].node;
        let own = node
            .store
            .log
            .documents()
            .filter(|state| state.ward == node.ward && !state.heads.is_empty());
        let own: Vec<DocumentId> = own.map(|state| state.id).collect();
        if own.is_empty() {
            return;
        }
        let id = own[self.below(own.len())];
        let (key, value) = (format!("field_{}", self.below(5)), format!("{:x}", self.dice.u64()));
        let change = node.person(&id).set(node.epoch, &key, &value);
        self.write(at, &id, &change);
    }

    fn write(&mut self, at: usize, id: &DocumentId, change: &[u8]) {
        self.desks[at].node.record(id, change).unwrap();
        self.desks[at].written.insert((*id, item_hash(change)));
    }

    /// One call, whole or cut off on the way there or on the way back.
    fn call(&mut self, at: usize) {
        let limits = CallLimits {
            changes: [1, 2, 500][self.below(3)],
            pull_bytes: [1, 600, 4 << 20][self.below(3)],
            ..CallLimits::default()
        };
        let fate = self.below(6);
        let node = &mut self.desks[at].node;
        let request = node.request_with(&limits);
        let body = node.seal(&request);
        if fate == 0 {
            return;
        }
        let answer = self.hub.answer(&body).unwrap();
        if fate == 1 {
            return;
        }
        let response = Node::open(&self.hub, &body, &answer);
        node.apply(&request, response).unwrap();
        self.write_anew(at);
    }

    fn write_anew(&mut self, at: usize) {
        for (id, original) in self.desks[at].node.store.to_reauthor().unwrap() {
            self.forks += 1;
            let node = &mut self.desks[at].node;
            let kept = node.store.quarantined(&id, &original).unwrap().unwrap();
            let mut actor = node.store.author_epoch().unwrap().0.to_vec();
            actor.extend(self.forks.to_be_bytes());
            let parsed = read_change(&id, &kept.bytes).unwrap();
            let mut person = node.person(&id);
            person.document.set_actor(ActorId::from(actor));
            for operation in &parsed.operations {
                let Action::PutText(text) = &operation.action else { panic!("a text was put") };
                person.document.put(ROOT, operation.key.to_string(), text.to_string()).unwrap();
            }
            let options = CommitOptions::default().with_time(NOW.0);
            let copy = person
                .document
                .commit_with(options)
                .map(|_| person.document.get_last_local_change().unwrap().raw_bytes().to_vec());
            let schema = schema();
            let recorded = copy
                .as_ref()
                .map(|copy| node::record_copy(&mut node.store, &id, &original, copy, NOW, &schema));
            let hash = match recorded {
                Some(Ok(meta)) => Some(meta.hash),
                Some(Err(error)) => panic!("{error}"),
                None => {
                    node.store.put_reauthor(&id, &original, false).unwrap();
                    None
                }
            };
            if let Some(hash) = hash {
                self.desks[at].written.insert((id, hash));
            }
            self.anew.insert((id, original), hash);
        }
    }

    fn some(&self) -> Option<DocumentId> {
        let held: Vec<_> = self.hub.store.log.documents().map(|state| state.id).collect();
        (!held.is_empty()).then(|| held[self.below(held.len())])
    }

    fn a_ward(&self) -> wardbook_base::WardId {
        ward(1 + u32::try_from(self.below(3)).unwrap())
    }

    fn move_one(&mut self) {
        let Some(id) = self.some() else { return };
        let to = self.a_ward();
        drop(custody::transfer(&mut self.hub.store, &id, &to, "QĐ", NOW));
    }

    fn lend_one(&mut self) {
        let Some(id) = self.some() else { return };
        let to = self.a_ward();
        drop(custody::lend(&mut self.hub.store, &id, &to, "QĐ", NOW));
    }

    fn end_one(&mut self) {
        let Some(id) = self.some() else { return };
        for reader in self.hub.store.readers(&id).unwrap() {
            custody::end_loan(&mut self.hub.store, &id, &reader, "QĐ", NOW).unwrap();
        }
    }

    fn purge_one(&mut self) {
        let Some(id) = self.some() else { return };
        custody::purge(&mut self.hub.store, &id, "QĐ", NOW).unwrap();
    }

    /// What was written since the copy and never reached the hub is gone with the disk.
    fn put_back(&mut self, at: usize) {
        let Some((store, written)) = self.desks[at].copy.take() else { return };
        let hub = &self.hub.store;
        let desk = &mut self.desks[at];
        desk.written.retain(|(id, hash)| {
            written.contains(&(*id, *hash))
                || hub.change_meta(id, hash).unwrap().is_some()
                || hub.is_quarantined(id, hash).unwrap()
        });
        desk.node.store = store;
        desk.node.epoch = desk.node.store.author_epoch().unwrap();
    }

    fn quiet(&mut self, seed: u64) {
        for _ in 0..40 {
            for at in 0..self.desks.len() {
                self.desks[at].node.call(&mut self.hub);
                self.write_anew(at);
            }
        }
        for desk in &mut self.desks {
            equal(&mut self.hub, &mut desk.node);
            let scope = self.hub.store.documents_in_scope(&desk.node.ward).unwrap();
            let scope: BTreeSet<_> = scope.into_iter().map(|state| state.id).collect();
            for state in desk.node.store.log.documents() {
                assert!(scope.contains(&state.id), "seed {seed}: {} is still here", state.id);
            }
        }
        for desk in &self.desks {
            for named in &desk.written {
                assert!(self.is_known(named), "seed {seed}: {} {} is lost", named.0, named.1);
            }
        }
        for ward in 1..=3 {
            let open = self.hub.store.open_releases(&crate::support::ward(ward)).unwrap();
            assert_eq!(open, [], "seed {seed}");
        }
    }

    /// Merged, kept aside, purged, or written anew in a change of which the same holds.
    fn is_known(&self, (id, hash): &Named) -> bool {
        let hub = &self.hub.store;
        let purged =
            hub.tombstone(id).unwrap().is_some_and(|grave| grave.reason == ForgetReason::Purged);
        purged
            || hub.change_meta(id, hash).unwrap().is_some()
            || hub.is_quarantined(id, hash).unwrap()
            || match self.anew.get(&(*id, *hash)) {
                Some(Some(copy)) => self.is_known(&(*id, *copy)),
                Some(None) => true,
                None => false,
            }
    }
}

#[test]
fn nothing_is_lost_and_all_are_equal_whatever_moves() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let from = number("CUSTODY_FROM").unwrap_or(0);
    for seed in from..from + number("CUSTODY_SEEDS").unwrap_or(12) {
        // Shown only when it fails.
        println!("seed {seed}");
        let mut chaos = Chaos::new(seed);
        for at in 0..4 {
            chaos.create(at);
        }
        for _ in 0..80 {
            chaos.step();
        }
        chaos.quiet(seed);
    }
}
