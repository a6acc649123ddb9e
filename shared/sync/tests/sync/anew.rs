//! Writes edits anew that were set aside: a small stand-in for what the record crate does.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Change, ObjId, ObjType, ROOT, ReadDoc as _};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::check::{Action, Operation, ParsedChange, read_change};
use wardbook_sync::node::{self, NodeError};
use wardbook_sync::ports::{Log as _, NodePort as _};

use crate::support::{NOW, Node, Person, genesis, load, schema};

/// Writes the whole queue anew, document by document, each under a fork of its own.
pub(crate) fn write(node: &mut Node) {
    let queue = node.store.to_reauthor().unwrap();
    let documents: BTreeSet<DocumentId> = queue.iter().map(|(document, _)| *document).collect();
    for document in documents {
        node.forks += 1;
        let mut actor = node.epoch.0.to_vec();
        actor.extend_from_slice(&node.forks.to_be_bytes());
        let all = Everything::of(node, document);
        for (_, original) in queue.iter().filter(|(of, _)| *of == document) {
            let mut person = if node.store.document(&document).unwrap().is_some() {
                load(document, &node.store.log)
            } else {
                Person::empty(document)
            };
            person.document.set_actor(ActorId::from(actor.as_slice()));
            all.repeat(original, &mut person);
            let options = CommitOptions::default().with_time(NOW.0);
            if person.document.commit_with(options).is_none() {
                node.store.put_reauthor(&document, original, false).unwrap();
                continue;
            }
            let bytes = person.document.get_last_local_change().unwrap().raw_bytes().to_vec();
            let (store, schema) = (&mut node.store, schema());
            match node::record_copy(store, &document, original, &bytes, NOW, &schema) {
                Ok(_) => {}
                // Nothing is left that it could be part of: it stays aside.
                Err(NodeError::Refused(_)) => {
                    node.store.put_reauthor(&document, original, false).unwrap();
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// All changes of a document, those that were set aside included.
struct Everything {
    document: DocumentId,
    changes: BTreeMap<ChangeHash, (ParsedChange, Vec<u8>)>,
}

impl Everything {
    fn of(node: &Node, document: DocumentId) -> Self {
        let log = &node.store.log;
        let stored = log.changes_of(&document).map(|change| change.bytes.clone());
        let aside = log.kept_aside().filter(|kept| kept.document == document);
        let all = stored.chain(aside.map(|kept| kept.bytes.clone()));
        let parsed = all.filter_map(|bytes| Some((read_change(&document, &bytes).ok()?, bytes)));
        let changes = parsed.map(|(parsed, bytes)| (parsed.meta.hash, (parsed, bytes)));
        Self { document, changes: changes.collect() }
    }

    /// The document as the author of a change saw it, with that change.
    fn at(&self, hash: &ChangeHash) -> Person {
        let (mut walk, mut found) = (vec![*hash], BTreeSet::new());
        while let Some(hash) = walk.pop() {
            if let Some((parsed, _)) = self.changes.get(&hash)
                && found.insert(hash)
            {
                walk.extend(&parsed.meta.deps);
            }
        }
        let bytes = found.iter().map(|hash| self.changes[hash].1.clone());
        let changes: Vec<_> = bytes.map(|bytes| Change::from_bytes(bytes).unwrap()).collect();
        let mut person = Person::empty(self.document);
        person.document.apply_changes(changes).unwrap();
        person
    }

    /// Does what a change did, by path, in another document.
    fn repeat(&self, original: &ChangeHash, into: &mut Person) {
        let (parsed, seen) = (&self.changes[original].0, self.at(original));
        let at = [automerge::ChangeHash(original.0)];
        for operation in &parsed.operations {
            let path = self.path(parsed, operation);
            let source = walk(&path, |object, key| {
                seen.document.get_at(object, key, &at).unwrap().map(|(_, id)| id)
            });
            let target = walk(&path, |object, key| {
                into.document.get(object, key).unwrap().map(|(_, id)| id)
            });
            let (Some(source), Some(target)) = (source, target) else { continue };
            let key = &*operation.key;
            match &operation.action {
                Action::MakeMap => {
                    if into.document.get(&target, key).unwrap().is_none() {
                        into.document.put_object(&target, key, ObjType::Map).unwrap();
                    }
                }
                Action::Delete => into.document.delete(&target, key).unwrap(),
                Action::PutText(_) | Action::PutOther => {
                    let (value, _) = seen.document.get_at(&source, key, &at).unwrap().unwrap();
                    into.document.put(&target, key, value.into_scalar().unwrap()).unwrap();
                }
            }
        }
    }

    /// The keys from the root to the map that an operation is about.
    fn path(&self, holder: &ParsedChange, operation: &Operation) -> Vec<String> {
        let Some(object) = operation.object else { return Vec::new() };
        let genesis = read_change(&DocumentId::default(), &genesis()).unwrap();
        let actor = &holder.actors[object.actor];
        let all = self.changes.values().map(|(parsed, _)| parsed);
        let maker = all.chain([&genesis]).find(|change| {
            change.meta.actor == *actor
                && (change.meta.start_op..=change.meta.max_op).contains(&object.counter)
        });
        let maker = maker.unwrap();
        let index = usize::try_from(object.counter - maker.meta.start_op).unwrap();
        let made = &maker.operations[index];
        let mut path = self.path(maker, made);
        path.push(made.key.to_string());
        path
    }
}

fn walk(path: &[String], step: impl Fn(&ObjId, &str) -> Option<ObjId>) -> Option<ObjId> {
    path.iter().try_fold(ROOT, |object, key| step(&object, key))
}
