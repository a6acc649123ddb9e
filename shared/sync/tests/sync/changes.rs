//! Honest changes pass, whatever their form.

use automerge::transaction::Transactable as _;
use automerge::{ObjType, ROOT, ReadDoc as _};
use wardbook_base::{AuthorEpoch, ChangeHash, Dice as _, DocumentId, SeededDice};
use wardbook_sync::check::{
    Author, Custody, Judge, Judged, Rule, item_hash, operation_count, read_change,
};
use wardbook_sync::memory::MemoryNode;
use wardbook_sync::node;
use wardbook_sync::ports::Log as _;

use crate::support::{NOW, Person, genesis, object, schema, ward};

pub(crate) fn any() -> Rule {
    Rule { author: Author::Any, custody: Custody::Any(ward(1)) }
}

#[test]
fn what_is_read_of_a_change_is_what_automerge_says() {
    let dice = SeededDice::new(1);
    let (mut person, first) = Person::create(DocumentId([1; 16]), AuthorEpoch([7; 16]), &dice);
    let second = person.set(AuthorEpoch([8; 16]), "full_name", "Trần Thị Bình");
    for bytes in [genesis(), first, second] {
        let theirs = automerge::Change::from_bytes(bytes.clone()).unwrap();
        let ours = read_change(&person.id, &bytes).unwrap();
        assert_eq!(ours.meta.hash.0, theirs.hash().0);
        assert_eq!(item_hash(&bytes).0, theirs.hash().0);
        assert_eq!(ours.meta.actor, theirs.actor_id().to_bytes());
        assert_eq!((ours.meta.seq, ours.meta.start_op), (theirs.seq(), theirs.start_op().get()));
        assert_eq!(ours.meta.max_op, theirs.max_op());
        assert_eq!(ours.meta.time.0, theirs.timestamp());
        assert_eq!(ours.meta.message, theirs.message().cloned_or_empty());
        let deps: Vec<_> = theirs.deps().iter().map(|dep| ChangeHash(dep.0)).collect();
        assert_eq!(ours.meta.deps, deps);
        assert_eq!(operation_count(&bytes), Ok(theirs.len() as u64));
        assert_eq!(ours.operations.len(), theirs.len());
    }
}

trait ClonedOrEmpty {
    fn cloned_or_empty(&self) -> String;
}

impl ClonedOrEmpty for Option<&str> {
    fn cloned_or_empty(&self) -> String {
        self.map_or_else(String::new, str::to_owned)
    }
}

/// Random edits by five actors on four replicas that merge now and then: every change of every
/// kind a record can have must pass, in any order in which its ancestors come first.
#[test]
fn changes_of_concurrent_editors_pass() {
    for seed in 0..60 {
        let dice = SeededDice::new(seed);
        let id = DocumentId([1; 16]);
        let (first, change) = Person::create(id, AuthorEpoch([9; 16]), &dice);
        let mut replicas = vec![first; 4];
        let mut all = vec![change];
        for _ in 0..40 {
            let at = usize::try_from(dice.below(4)).unwrap();
            let actor = AuthorEpoch([[3, 200, 90, 17][at]; 16]);
            if dice.below(4) == 0 {
                for bytes in all.clone() {
                    replicas[at].apply(&bytes);
                }
            }
            all.extend(replicas[at].edit(actor, |document| random_edit(document, &dice)));
        }
        let mut store = MemoryNode::new(AuthorEpoch([5; 16]));
        let schema = schema();
        for (index, bytes) in all.iter().enumerate() {
            let mut judge = Judge::new(&store.log, &schema);
            let judged = judge.judge(&id, bytes, &any()).unwrap();
            assert!(matches!(judged, Judged::New(_)), "seed {seed}, change {index}: {judged:?}");
            drop(judge);
            store_as_is(&mut store, &id, bytes);
        }
        // All at once, each standing on those judged before it.
        let empty = MemoryNode::new(AuthorEpoch([5; 16]));
        let mut judge = Judge::new(&empty.log, &schema);
        for bytes in &all {
            let judged = judge.judge(&id, bytes, &any()).unwrap();
            assert!(matches!(judged, Judged::New(_)), "seed {seed}: {judged:?}");
            let again = judge.judge(&id, bytes, &any()).unwrap();
            assert!(matches!(again, Judged::Known(_)), "seed {seed}: {again:?}");
        }
    }
}

/// Puts a change into a store under whatever actor it has.
fn store_as_is(store: &mut MemoryNode, id: &DocumentId, bytes: &[u8]) {
    use wardbook_sync::ports::{DocumentState, StoredChange};
    let meta = read_change(id, bytes).unwrap().meta;
    let mut state = store.document(id).unwrap().unwrap_or(DocumentState {
        id: *id,
        ward: ward(1),
        custody_version: 1,
        generation: 0,
        heads: Vec::new(),
    });
    state.heads = wardbook_sync::digest::advance(&state.heads, &meta.deps, &meta.hash);
    store.put_document(&state).unwrap();
    let author = wardbook_base::DeviceId::default();
    let change = StoredChange { meta, bytes: bytes.to_vec(), author, received_at: NOW };
    store.put_change(&change).unwrap();
}

pub(crate) fn random_edit(document: &mut automerge::AutoCommit, dice: &SeededDice) {
    for _ in 0..=dice.below(4) {
        let key = format!("field_{}", dice.below(6));
        let degrees = object(document, "degrees");
        match dice.below(7) {
            0 => document.put(ROOT, key, dice.u64().cast_signed()).unwrap(),
            1 => document.put(ROOT, key, dice.below(2) == 0).unwrap(),
            2 => {
                if document.get(ROOT, key.as_str()).unwrap().is_some() {
                    document.delete(ROOT, key).unwrap();
                }
            }
            3 => {
                let row = format!("{:032x}", dice.below(6));
                let row = document.put_object(&degrees, row, ObjType::Map).unwrap();
                document.put(&row, "level", "thac_si").unwrap();
            }
            4 => {
                let row = document.map_range(&degrees, ..).map(|item| item.key.to_string()).next();
                if let Some(row) = row {
                    let row = document.get(&degrees, row).unwrap().unwrap().1;
                    document.put(&row, "retired", format!("lý do {}", dice.below(9))).unwrap();
                }
            }
            5 => {
                let policy = object(document, "policy_category");
                document.put(&policy, format!("ma_{}", dice.below(3)), true).unwrap();
            }
            _ => document.put(ROOT, key, format!("giá trị {}", dice.below(1000))).unwrap(),
        }
    }
}

#[test]
fn an_own_edit_is_checked_before_it_counts_as_saved() {
    let dice = SeededDice::new(3);
    let epoch = AuthorEpoch([5; 16]);
    let mut store = MemoryNode::new(epoch);
    let (mut person, first) = Person::create(DocumentId::random(&dice), epoch, &dice);
    let second = person.set(epoch, "full_name", "Lê Văn Cường");
    let refusal = node::record_local(&mut store, &person.id, &second, NOW, &schema());
    assert_eq!(refusal.unwrap_err().code(), "missing_ancestor");
    assert!(store.local().is_empty());
    let meta = node::record_local(&mut store, &person.id, &first, NOW, &schema()).unwrap();
    assert_eq!(meta.seq, 1);
    node::record_local(&mut store, &person.id, &second, NOW, &schema()).unwrap();
    node::record_local(&mut store, &person.id, &second, NOW, &schema()).unwrap();
    assert_eq!(store.local().len(), 2);
    let heads = store.document(&person.id).unwrap().unwrap().heads;
    assert_eq!(heads, [item_hash(&second)]);
}
