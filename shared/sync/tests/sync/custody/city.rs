//! Three wards and what is asked of them again and again.

use automerge::{ROOT, ReadDoc as _};
use wardbook_base::{DocumentId, SeededDice, WardId};
use wardbook_sync::digest;
use wardbook_sync::hub::custody::{self, CustodyError};
use wardbook_sync::memory::MemoryNode;
use wardbook_sync::message::{Digest, Notice, Refused};
use wardbook_sync::node::{CallLimits, Outcome};
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _};

use crate::support::{Hub, NOW, Node, Person, load, ward};

pub(crate) struct City {
    pub(crate) dice: SeededDice,
    pub(crate) hub: Hub,
    /// Ward 1, with two devices.
    pub(crate) a: Node,
    pub(crate) a2: Node,
    /// Ward 2.
    pub(crate) b: Node,
    /// Ward 3.
    pub(crate) c: Node,
}

pub(crate) fn city(seed: u64) -> City {
    let dice = SeededDice::new(seed);
    let mut hub = Hub::new(&dice);
    let a = hub.enrol(&ward(1), &dice);
    let a2 = hub.enrol(&ward(1), &dice);
    let b = hub.enrol(&ward(2), &dice);
    let c = hub.enrol(&ward(3), &dice);
    City { dice, hub, a, a2, b, c }
}

impl City {
    /// A person of ward 1 that both of its devices hold.
    pub(crate) fn person(&mut self) -> Person {
        let person = self.a.create(&self.dice);
        self.a.sync(&mut self.hub);
        self.a2.sync(&mut self.hub);
        person
    }

    pub(crate) fn transfer(&mut self, id: &DocumentId, to: u32) -> u64 {
        custody::transfer(&mut self.hub.store, id, &ward(to), "QĐ 12/QĐ-UBND", NOW).unwrap()
    }

    pub(crate) fn lend(&mut self, id: &DocumentId, to: u32) -> u64 {
        custody::lend(&mut self.hub.store, id, &ward(to), "QĐ 13/QĐ-UBND", NOW).unwrap()
    }

    pub(crate) fn end_loan(&mut self, id: &DocumentId, of: u32) -> u64 {
        custody::end_loan(&mut self.hub.store, id, &ward(of), "hết hạn", NOW).unwrap()
    }

    pub(crate) fn purge(&mut self, id: &DocumentId) -> u64 {
        custody::purge(&mut self.hub.store, id, "xóa theo yêu cầu", NOW).unwrap()
    }

    /// All devices call until nobody has anything new; then all must be equal.
    pub(crate) fn quiet(&mut self) {
        for _ in 0..3 {
            for node in [&mut self.a, &mut self.a2, &mut self.b, &mut self.c] {
                node.sync(&mut self.hub);
            }
        }
        for node in [&mut self.a, &mut self.a2, &mut self.b, &mut self.c] {
            equal(&mut self.hub, node);
        }
    }

    pub(crate) fn custodian(&self, id: &DocumentId) -> WardId {
        self.hub.store.document(id).unwrap().unwrap().ward
    }

    /// A field as the hub holds it.
    pub(crate) fn at_hub(&self, id: &DocumentId, key: &str) -> String {
        text(&load(*id, &self.hub.store.log), key)
    }

    /// The codes under which the hub keeps changes of a document aside.
    pub(crate) fn aside(&self, id: &DocumentId) -> Vec<String> {
        let all = self.hub.store.log.kept_aside();
        all.filter(|kept| kept.document == *id).map(|kept| kept.code.clone()).collect()
    }
}

/// Proven equal in one call, and so it is: documents, heads and digests, all counted again.
pub(crate) fn equal(hub: &mut Hub, node: &mut Node) {
    let outcome = node.sync(hub);
    assert!(outcome.proven_equal && !outcome.mismatch, "{outcome:?} {}", open(&node.store));
    let mut sum = Digest::default();
    let scope = hub.store.documents_in_scope(&node.ward).unwrap();
    for state in &scope {
        digest::replace(&mut sum, &state.id, state.generation, &[], &state.heads);
        let here = node.store.document(&state.id).unwrap().unwrap();
        assert_eq!((&here.heads, &here.ward), (&state.heads, &state.ward));
        assert!(load(state.id, &node.store.log).document.get_heads().len() == here.heads.len());
    }
    assert_eq!(hub.store.ward_feed(&node.ward).unwrap().unwrap().digest, sum);
    assert_eq!(node.store.feed_digest().unwrap(), sum);
}

/// What keeps a node from being equal, for messages.
fn open(store: &MemoryNode) -> String {
    let log = (store.push_head().unwrap().0, store.acked().unwrap().0);
    let (orphans, anew) = (store.orphans().unwrap(), store.to_reauthor().unwrap());
    let (wanted, returning) = (store.wanted().unwrap(), store.returning().unwrap());
    let unequal = store.unequal_documents(9).unwrap();
    format!(
        "log {log:?}, orphans {orphans:?}, anew {anew:?}, wanted {wanted:?}, returning \
         {returning:?}, unequal {unequal:?}"
    )
}

pub(crate) fn text(person: &Person, key: &str) -> String {
    let value = person.document.get(ROOT, key).unwrap();
    value.map_or_else(String::new, |(value, _)| value.as_str().unwrap_or_default().to_owned())
}

/// One edit of one field at a node.
pub(crate) fn edit(node: &mut Node, id: &DocumentId, key: &str, value: &str) {
    let change = node.person(id).set(node.epoch, key, value);
    node.record(id, &change).unwrap();
}

/// The code with which a node refuses an edit of its own.
pub(crate) fn refused(node: &mut Node, id: &DocumentId) -> &'static str {
    let change = node.person(id).set(node.epoch, "phone", "không được ghi");
    node.record(id, &change).unwrap_err().code()
}

/// An edit by a node that ignores that it does not keep the document.
pub(crate) fn defiant(node: &mut Node, id: &DocumentId, key: &str, value: &str) {
    let mut state = node.store.document(id).unwrap().unwrap();
    let keeps = std::mem::replace(&mut state.ward, node.ward.clone());
    node.store.put_document(&state).unwrap();
    edit(node, id, key, value);
    let mut state = node.store.document(id).unwrap().unwrap();
    state.ward = keeps;
    node.store.put_document(&state).unwrap();
}

/// Nothing of a document is stored at a node.
pub(crate) fn is_gone(node: &Node, id: &DocumentId) -> bool {
    node.store.document(id).unwrap().is_none()
        && node.store.log.changes_of(id).next().is_none()
        && node.store.log.kept_aside().all(|kept| kept.document != *id)
        && node.store.feed_heads(id).unwrap().is_empty()
}

pub(crate) fn notices(node: &Node, id: &DocumentId) -> Vec<Notice> {
    let rows = node.store.local().iter().filter(|row| row.document == *id);
    rows.filter_map(|row| row.notice).collect()
}

/// Calls until there is no more to bring or take; all refusals of all answers.
pub(crate) fn refusals(hub: &mut Hub, node: &mut Node) -> Vec<Refused> {
    let mut refused = Vec::new();
    loop {
        let (_, _, outcome) = node.call(hub);
        refused.extend(outcome.refused);
        if !outcome.more {
            return refused;
        }
    }
}

pub(crate) fn codes(refused: &[Refused]) -> Vec<(u64, &str)> {
    refused.iter().map(|refused| (refused.lseq.0, refused.code.as_str())).collect()
}

/// One call with limits.
pub(crate) fn call(hub: &mut Hub, node: &mut Node, limits: &CallLimits) -> Outcome {
    let request = node.request_with(limits);
    let body = node.seal(&request);
    let answer = hub.answer(&body).unwrap();
    let response = Node::open(hub, &body, &answer);
    node.apply(&request, response).unwrap()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, CustodyError>) -> &'static str {
    result.unwrap_err().code()
}
