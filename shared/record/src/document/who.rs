//! Who wrote in a record, by name, and what was decided about edits that are not in it: entries
//! beside the person's values, under keys of the root that no field has.
//!
//! A change carries the id of its user and the code of its machine. What these are called stands in
//! the record itself: whoever writes puts the own name and that of the machine beside the change,
//! when they do not stand there already. So names go wherever the record goes, and are erased with
//! it. They are for people to read; nothing is decided by them, and they never conflict.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::transaction::{Transactable, Transaction};
use automerge::{ExpandedChange, ROOT, ReadDoc, ScalarValue};
use wardbook_base::{ChangeHash, UserId, to_hex};

use super::{Document, DocumentError, ID_KEY, parse};
use crate::stamp::{Message, Stamp};

/// What the keys of entries begin with. The key of a field begins with a letter.
const MARK: char = '@';
/// Before the id of a user; the value is the name.
const USER: &str = "@u";
/// Before the first bytes of an author epoch; the value is ward id, [`PARTED`], machine.
const MACHINE: &str = "@m";
/// Before the hash of a late edit; the value tells whether its values were taken over.
const LATE: &str = "@l";
/// Between ward and machine. No ward id has it.
const PARTED: char = '|';
/// So many bytes of an epoch of random bytes tell the few machines of one record apart.
const EPOCH_BYTES: usize = 8;
/// The longest name that is kept or shown.
const NAME_CHARACTERS_MAX: usize = 100;

/// What those who write are called, as it stands in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The user; empty for the program itself.
    pub user: String,
    /// The machine; empty when it has no name yet, and for the city's hub.
    pub machine: String,
    /// The id of the machine's ward; empty when it is in none.
    pub ward: String,
}

impl Names {
    /// Takes from others what is missing.
    pub(super) fn fill(&mut self, others: Self) {
        if self.user.is_empty() {
            self.user = others.user;
        }
        if self.machine.is_empty() && self.ward.is_empty() {
            (self.machine, self.ward) = (others.machine, others.ward);
        }
    }
}

/// What was decided about an edit that came too late to be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateDecision {
    /// Values of it were taken over; otherwise the record stayed as it was.
    pub taken: bool,
    /// The change that says so.
    pub by: ChangeHash,
}

/// What a change says beside its edits.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    pub(super) names: Names,
    pub(super) late: Vec<(ChangeHash, bool)>,
}

/// Whether a key of the root is no value of the person: the document's id, or an entry of these.
pub(super) fn is_beside(key: &str) -> bool {
    key == ID_KEY || key.starts_with(MARK)
}

/// Whether a key is the entry of a name.
pub(super) fn is_name(key: &str) -> bool {
    key.starts_with(USER) || key.starts_with(MACHINE)
}

impl Document {
    /// From now on edits are made under these names. Each is put beside the first change that finds
    /// another one, or none, in the record.
    pub fn write_as(&mut self, names: Names) {
        self.beside.names = names;
    }

    /// The next change also says what was decided about late edits.
    pub fn decide_late(&mut self, late: impl IntoIterator<Item = ChangeHash>, taken: bool) {
        self.beside.late.extend(late.into_iter().map(|hash| (hash, taken)));
    }

    /// What was decided about a late edit of this record.
    pub fn late_decision(&self, late: &ChangeHash) -> Option<LateDecision> {
        let (value, op) = self.doc.get(ROOT, late_key(late)).ok()??;
        let by = ChangeHash(self.doc.hash_for_opid(&op)?.0);
        Some(LateDecision { taken: value.as_bool()?, by })
    }
}

/// Whether a change says what was decided about a late edit.
pub fn decides_late(change: &[u8]) -> bool {
    let Ok(change) = parse(change) else { return false };
    entries(&change.decode()).any(|(key, _)| key.starts_with(LATE))
}

fn late_key(hash: &ChangeHash) -> String {
    format!("{LATE}{hash}")
}

fn user_key(user: UserId) -> String {
    format!("{USER}{user}")
}

fn machine_key(actor: &[u8]) -> String {
    format!("{MACHINE}{}", to_hex(&actor[..actor.len().min(EPOCH_BYTES)]))
}

/// Writes what was decided: this alone makes a change.
pub(super) fn put_decisions(
    tx: &mut Transaction<'_>,
    decisions: &[(ChangeHash, bool)],
) -> Result<(), DocumentError> {
    decisions.iter().try_for_each(|(hash, taken)| put(tx, late_key(hash), (*taken).into()))
}

/// Writes the names, beside a change that says something. What stands there makes no operation.
pub(super) fn put_names(
    tx: &mut Transaction<'_>,
    names: &Names,
    stamp: &Stamp,
) -> Result<(), DocumentError> {
    let user = tidy(&names.user);
    if !user.is_empty() && stamp.message.user != UserId::default() {
        put(tx, user_key(stamp.message.user), user.into())?;
    }
    let machine = tidy(&names.machine);
    if !machine.is_empty() || !names.ward.is_empty() {
        let text = format!("{}{PARTED}{machine}", names.ward);
        put(tx, machine_key(&stamp.actor), text.into())?;
    }
    Ok(())
}

fn put(tx: &mut Transaction<'_>, key: String, value: ScalarValue) -> Result<(), DocumentError> {
    tx.put(ROOT, key, value).map_err(|e| DocumentError::Refused(e.to_string()))
}

/// What a change puts under keys of the root, as far as it is no value of the person.
fn entries(change: &ExpandedChange) -> impl Iterator<Item = (&str, &ScalarValue)> {
    change.operations.iter().filter_map(|op| match (&op.obj, &op.key, &op.action) {
        (ObjectId::Root, Key::Map(key), OpType::Put(value)) if key.starts_with(MARK) => {
            Some((key.as_str(), value))
        }
        _ => None,
    })
}

/// The names that some changes brought, the latest of each.
#[derive(Default)]
pub(super) struct Directory(BTreeMap<String, String>);

impl Directory {
    pub(super) fn take(&mut self, change: &ExpandedChange) {
        for (key, value) in entries(change).filter(|(key, _)| is_name(key)) {
            if let ScalarValue::Str(text) = value {
                self.0.insert(key.to_owned(), text.to_string());
            }
        }
    }

    /// What is known of who wrote a change.
    pub(super) fn names(&self, user: UserId, actor: &[u8]) -> Names {
        let of = |key: String| self.0.get(&key).map(String::as_str).unwrap_or_default();
        let machine = of(machine_key(actor));
        let (ward, machine) = machine.split_once(PARTED).unwrap_or(("", machine));
        Names { user: tidy(of(user_key(user))), machine: tidy(machine), ward: ward.to_owned() }
    }

    /// Puts the names beside a copy of a change: under the copy's actor it is still the machine that
    /// wrote the original.
    pub(super) fn put_beside_copy(
        &self,
        tx: &mut Transaction<'_>,
        original: &ExpandedChange,
        actor: &[u8],
    ) -> Result<(), DocumentError> {
        let Ok(Message { user, .. }) = original.message.as_deref().unwrap_or_default().parse();
        let machine = (machine_key(original.actor_id.to_bytes()), machine_key(actor));
        for (from, to) in [(user_key(user), user_key(user)), machine] {
            if let Some(name) = self.0.get(&from) {
                put(tx, to, name.as_str().into())?;
            }
        }
        Ok(())
    }
}

/// What a change says of late edits.
pub(super) fn decisions(change: &ExpandedChange) -> Vec<(ChangeHash, bool)> {
    let told = entries(change).filter_map(|(key, value)| {
        let hash = key.strip_prefix(LATE)?.parse().ok()?;
        Some((hash, matches!(value, ScalarValue::Boolean(true))))
    });
    told.collect()
}

/// A name as it is kept and shown: of whatever a ward wrote, one short line.
fn tidy(name: &str) -> String {
    let line = name.trim().chars().filter(|letter| !letter.is_control());
    line.take(NAME_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests;
