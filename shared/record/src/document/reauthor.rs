//! Writing changes again under another actor, after changes that they build on were taken out.
//!
//! What a user wrote after an edit that was refused, or that collides with another of the same
//! actor and number, stays valid as an intent, but no longer as a change: it names what is gone.
//! So each such change is made anew at the place in history where it stood: on its own deps as far
//! as they are left, not on the newest heads. What it did not know of it still does not know of,
//! and conflicts with others show as they would have.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, ChangeHash as Hash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, Value,
};
use wardbook_base::ChangeHash;

use super::who::{self, Directory};
use super::{Document, DocumentError, ID_KEY, NewChange, own_change, parse, stored_id};

/// A change that was taken out of a document.
#[derive(Debug, Clone, Copy)]
pub struct Dropped<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What is to become of it.
    pub fate: Fate,
}

/// What becomes of a change that was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is written again.
    Copy,
    /// It is gone: refused, or not this device's to write again.
    Leave,
    /// This change of the document has taken its place already.
    CopiedAs(ChangeHash),
}

/// What became of a change that was to be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The change that was taken out.
    pub original: ChangeHash,
    /// The change in its place; none when it would change nothing.
    pub copy: Option<NewChange>,
}

impl Document {
    /// Writes changes that were taken out of this document again, under another actor.
    ///
    /// `dropped` names everything that was taken out and that one of them builds on, each after
    /// those that it builds on. A copy has the deps of its original, with a dropped one replaced by
    /// its copy or, when it has none, by its own deps; the same operations by path, with maps that
    /// are missing made on the way; the original's time and message. Beside it stand the names of
    /// who wrote the original, also under the new actor.
    ///
    /// # Errors
    /// When bytes are no change, or a change that is to be copied builds on one that is neither here
    /// nor in the list.
    pub fn copy_changes(
        &mut self,
        dropped: &[Dropped<'_>],
        actor: &[u8],
    ) -> Result<Vec<Copied>, DocumentError> {
        let actor = ActorId::from(actor);
        let mut past = Past::new(self);
        let mut last = past.last_of(&actor);
        let mut copied = Vec::new();
        for Dropped { bytes, fate } in dropped {
            let original = parse(bytes)?;
            let hash = original.hash();
            let expanded = original.decode();
            let on = match past.standing(&expanded.deps) {
                Ok(on) => on,
                // A late edit of another ward may build on what never came here.
                Err(_) if matches!(fate, Fate::Leave) => continue,
                Err(error) => return Err(error),
            };
            past.take(hash, &expanded);
            let copy = match fate {
                Fate::Leave => None,
                Fate::CopiedAs(copy) => Some(Hash(copy.0)),
                Fate::Copy => {
                    // The actor's own count must go on within what the copy builds on.
                    let heads: BTreeSet<Hash> = on.iter().copied().chain(last).collect();
                    let change = self.copy(&past, hash, &expanded, &heads, &actor)?;
                    let copy = change.as_ref().map(|change| Hash(change.hash.0));
                    last = copy.or(last);
                    copied.push(Copied { original: ChangeHash(hash.0), copy: change });
                    copy
                }
            };
            past.replaced.insert(hash, copy.map_or(on, |copy| BTreeSet::from([copy])));
        }
        Ok(copied)
    }

    fn copy(
        &mut self,
        past: &Past,
        hash: Hash,
        original: &ExpandedChange,
        heads: &BTreeSet<Hash>,
        actor: &ActorId,
    ) -> Result<Option<NewChange>, DocumentError> {
        let at_newest = self.doc.get_heads().into_iter().collect::<BTreeSet<_>>() == *heads;
        // `isolate` would do without the second document, but changes the actor.
        let mut fork = if at_newest {
            self.doc.clone()
        } else {
            let heads: Vec<Hash> = heads.iter().copied().collect();
            self.doc.fork_at(&heads).map_err(|_| DocumentError::UnknownHeads)?
        };
        fork.set_actor(actor.clone());
        let is_first = stored_id(&fork).is_none();
        let mut tx = fork.transaction();
        if is_first {
            tx.put(ROOT, ID_KEY, self.id.to_string()).map_err(|e| refused(&e))?;
        }
        let before = tx.pending_ops();
        past.replay(&mut tx, hash, original)?;
        if tx.pending_ops() == before {
            tx.rollback();
            return Ok(None);
        }
        past.directory.put_beside_copy(&mut tx, original, actor.to_bytes())?;
        let mut options = CommitOptions::default().with_time(original.time);
        options.message.clone_from(&original.message);
        let (Some(copy), _) = tx.commit_with(options) else { return Ok(None) };
        let change = fork.get_change_by_hash(&copy).ok_or(DocumentError::UnknownHeads)?;
        let new = own_change(&change);
        self.doc.apply_changes([change]).map_err(|e| refused(&e))?;
        Ok(Some(new))
    }
}

/// The id of an operation. Two changes that collide both have operations of the same ids.
type OpKey = (u64, Vec<u8>);

/// What is known of the changes that are in the document and of those that were taken out.
struct Past {
    deps: BTreeMap<Hash, Vec<Hash>>,
    /// Which operations made maps: in which change, in which map, under which key.
    maps: BTreeMap<OpKey, Vec<(Hash, ObjectId, String)>>,
    /// What stands in the place of each change that was taken out.
    replaced: BTreeMap<Hash, BTreeSet<Hash>>,
    /// The newest change of each actor in the document.
    last: BTreeMap<Vec<u8>, (u64, Hash)>,
    /// Who writes here, by name.
    directory: Directory,
}

impl Past {
    fn new(document: &Document) -> Self {
        let mut past = Self {
            deps: BTreeMap::new(),
            maps: BTreeMap::new(),
            replaced: BTreeMap::new(),
            last: BTreeMap::new(),
            directory: Directory::default(),
        };
        for change in document.doc.get_changes(&[]) {
            let expanded = change.decode();
            past.take(change.hash(), &expanded);
            let newest = (expanded.seq, change.hash());
            let last = past.last.entry(expanded.actor_id.to_bytes().to_vec()).or_insert(newest);
            *last = newest.max(*last);
        }
        past
    }

    fn take(&mut self, hash: Hash, change: &ExpandedChange) {
        self.deps.insert(hash, change.deps.clone());
        self.directory.take(change);
        for (at, op) in change.operations.iter().enumerate() {
            if let (OpType::Make(ObjType::Map), Key::Map(key)) = (&op.action, &op.key) {
                let id = (change.start_op.get() + at as u64, change.actor_id.to_bytes().to_vec());
                let made = (hash, op.obj.clone(), key.to_string());
                self.maps.entry(id).or_default().push(made);
            }
        }
    }

    fn last_of(&self, actor: &ActorId) -> Option<Hash> {
        self.last.get(actor.to_bytes()).map(|(_, hash)| *hash)
    }

    /// What a change with these deps builds on now.
    fn standing(&self, deps: &[Hash]) -> Result<BTreeSet<Hash>, DocumentError> {
        let mut on = BTreeSet::new();
        for dep in deps {
            match self.replaced.get(dep) {
                Some(instead) => on.extend(instead),
                None if self.deps.contains_key(dep) => {
                    on.insert(*dep);
                }
                None => return Err(DocumentError::UnknownHeads),
            }
        }
        Ok(on)
    }

    /// The keys that lead to a map that the change `of` names.
    fn keys_to(&self, map: &ObjectId, of: Hash) -> Option<Vec<&str>> {
        let (mut map, mut of) = (map, of);
        let mut keys = Vec::new();
        while let ObjectId::Id(id) = map {
            let made = self.maps.get(&(id.counter(), id.actor().to_bytes().to_vec()))?;
            let (by, above, key) = match made.as_slice() {
                [only] => only,
                // A collision: meant is the one that the change knew.
                several => several.iter().find(|(by, _, _)| self.knows(of, *by))?,
            };
            keys.push(key.as_str());
            (map, of) = (above, *by);
        }
        keys.reverse();
        Some(keys)
    }

    fn knows(&self, change: Hash, other: Hash) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![change];
        while let Some(hash) = open.pop() {
            if hash == other {
                return true;
            }
            if seen.insert(hash) {
                open.extend(self.deps.get(&hash).into_iter().flatten());
            }
        }
        false
    }

    fn replay(
        &self,
        tx: &mut Transaction<'_>,
        hash: Hash,
        original: &ExpandedChange,
    ) -> Result<(), DocumentError> {
        for op in &original.operations {
            let (Key::Map(key), Some(keys)) = (&op.key, self.keys_to(&op.obj, hash)) else {
                continue;
            };
            // Names stand beside a copy, and make none by themselves.
            if keys.is_empty() && (key == ID_KEY || who::is_name(key)) {
                continue;
            }
            let map = map_at(tx, &keys)?;
            match &op.action {
                OpType::Make(ObjType::Map) => drop(map_in(tx, &map, key)?),
                OpType::Put(value) => {
                    tx.put(&map, key.as_str(), value.clone()).map_err(|e| refused(&e))?;
                }
                OpType::Delete if tx.get(&map, key.as_str()).is_ok_and(|at| at.is_some()) => {
                    tx.delete(&map, key.as_str()).map_err(|e| refused(&e))?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The map at the end of some keys; those that are missing are made.
fn map_at(tx: &mut Transaction<'_>, keys: &[&str]) -> Result<ObjId, DocumentError> {
    keys.iter().try_fold(ROOT, |map, key| map_in(tx, &map, key))
}

fn map_in(tx: &mut Transaction<'_>, map: &ObjId, key: &str) -> Result<ObjId, DocumentError> {
    match tx.get(map, key).map_err(|e| refused(&e))? {
        Some((Value::Object(ObjType::Map), found)) => Ok(found),
        _ => tx.put_object(map, key, ObjType::Map).map_err(|e| refused(&e)),
    }
}

fn refused(error: &automerge::AutomergeError) -> DocumentError {
    DocumentError::Refused(error.to_string())
}

#[cfg(test)]
mod tests;
