//! Whether a change fits the history that is here, without opening a document.

use std::collections::BTreeMap;
use std::rc::Rc;

use wardbook_base::{AuthorEpoch, ChangeHash, DocumentId, RowId, WardId};

use super::change::{Action, OpId, Operation, ParsedChange, item_hash, read_change};
use super::known::{Ancestry, Document};
use super::{Condemned, Refusal, RefusalCode};
use crate::SyncSchema;
use crate::hub::late;
use crate::message::ForgetReason;
use crate::ports::{ChangeMeta, DocumentState, Log, PortError, PortResult};

/// An actor is an author epoch and at most so many bytes of a fork counter.
const FORK_BYTES_MAX: usize = 8;
/// An author epoch, in bytes.
const EPOCH_BYTES: usize = 16;

/// By which rules a change is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Who may have written it.
    pub author: Author,
    /// Whose documents it may touch.
    pub custody: Custody,
}

/// Who may have written a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The holder of this author epoch.
    Epoch(AuthorEpoch),
    /// Anyone: the change comes from the hub, which has judged it.
    Any,
}

/// Whose documents a change may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Custody {
    /// This ward's, and new ones, which become this ward's.
    Ward(WardId),
    /// One that this ward gave away before it could know: taken when nobody else has touched
    /// meanwhile what it touches.
    Late(WardId),
    /// The same, given back to a hub that was put back: it may have been taken here before, and
    /// others may build on it, so it is taken in any case. What disagrees becomes a conflict.
    Regained(WardId),
    /// All; new ones become this ward's.
    Any(WardId),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It fits and is new.
    New(ChangeMeta),
    /// It is here already.
    Known(ChangeMeta),
    /// It must not be taken.
    Refused(Refusal),
}

/// Judges changes one after the other; each accepted one counts as there for those after it.
pub struct Judge<'a> {
    log: &'a dyn Log,
    schema: &'a SyncSchema,
    condemned: Option<&'a Condemned>,
    documents: BTreeMap<DocumentId, Document>,
    refused: BTreeMap<(DocumentId, ChangeHash), Refusal>,
    operations: u64,
}

/// Why the judging of one change stops.
enum Stop {
    Refused(Refusal),
    Known(Box<ChangeMeta>),
    Port(PortError),
}

impl From<RefusalCode> for Stop {
    fn from(code: RefusalCode) -> Self {
        Self::Refused(code.into())
    }
}

impl From<PortError> for Stop {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl<'a> Judge<'a> {
    /// A judge over what `log` holds.
    pub fn new(log: &'a dyn Log, schema: &'a SyncSchema) -> Self {
        Self {
            log,
            schema,
            condemned: None,
            documents: BTreeMap::new(),
            refused: BTreeMap::new(),
            operations: 0,
        }
    }

    /// Refuses, too, what the deep check has found.
    #[must_use]
    pub fn with_condemned(mut self, condemned: &'a Condemned) -> Self {
        self.condemned = Some(condemned);
        self
    }

    /// Operations of all changes that were read so far.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Judges one change for one document.
    ///
    /// # Errors
    /// When the store fails; a change that must not be taken is no error.
    pub fn judge(&mut self, id: &DocumentId, bytes: &[u8], rule: &Rule) -> PortResult<Judged> {
        let parsed = match read_change(id, bytes) {
            Ok(parsed) => parsed,
            Err(refusal) => return Ok(self.refuse(id, item_hash(bytes), refusal)),
        };
        self.operations += parsed.operations.len() as u64;
        let mut document = match self.documents.remove(id) {
            Some(document) => document,
            None => self.open(id)?,
        };
        let verdict = self.fits(&mut document, &parsed, rule);
        let judged = match verdict {
            Ok(()) => {
                let meta = parsed.meta.clone();
                document.take(parsed, rule);
                Ok(Judged::New(meta))
            }
            Err(Stop::Known(meta)) => Ok(Judged::Known(*meta)),
            Err(Stop::Refused(refusal)) => {
                Ok(self.refuse(id, parsed.meta.hash, put_before_custodian(refusal, rule)))
            }
            Err(Stop::Port(error)) => Err(error),
        };
        self.documents.insert(*id, document);
        judged
    }

    /// Every document that was looked at, as it was before.
    pub(crate) fn before(self) -> BTreeMap<DocumentId, Option<DocumentState>> {
        self.documents.into_iter().map(|(id, document)| (id, document.before)).collect()
    }

    /// The documents that changes were accepted for, as they are with them.
    pub(crate) fn moved(self) -> impl Iterator<Item = DocumentState> {
        let documents = self.documents.into_values();
        documents.filter(|document| document.now != document.before).filter_map(|it| it.now)
    }

    /// What waits for its ancestors is not refused: what builds on it waits too.
    fn refuse(&mut self, id: &DocumentId, hash: ChangeHash, refusal: Refusal) -> Judged {
        if refusal.code != RefusalCode::MissingAncestor {
            self.refused.insert((*id, hash), refusal);
        }
        Judged::Refused(refusal)
    }

    fn open(&self, id: &DocumentId) -> PortResult<Document> {
        let state = self.log.document(id)?;
        let grave = if state.is_none() { self.log.tombstone(id)? } else { None };
        let purged = grave.is_some_and(|grave| grave.reason == ForgetReason::Purged);
        Ok(Document::new(state, purged))
    }

    fn fits(
        &self,
        document: &mut Document,
        parsed: &ParsedChange,
        rule: &Rule,
    ) -> Result<(), Stop> {
        let meta = &parsed.meta;
        if let Some(known) = self.meta(document, &meta.hash, &meta.document)? {
            return Err(Stop::Known(Box::new(known)));
        }
        if document.purged {
            return Err(RefusalCode::Purged.into());
        }
        author_fits(&meta.actor, rule.author)?;
        if self.schema.is_genesis_actor(&meta.actor) {
            return Err(RefusalCode::ForeignActor.into());
        }
        if let (Some(now), Custody::Ward(ward)) = (&document.now, &rule.custody)
            && now.ward != *ward
        {
            return Err(RefusalCode::NotCustodian.into());
        }
        let on_genesis_alone = self.builds_on(document, meta)?;
        names_its_document(parsed, &self.schema.id_key, on_genesis_alone)?;
        let mut ancestry = Ancestry::new(document, meta);
        self.follows_its_actor(document, &mut ancestry, meta)?;
        self.references(document, &mut ancestry, parsed)?;
        if self.condemned.is_some_and(|bad| bad.contains(&(meta.document, meta.hash))) {
            return Err(RefusalCode::Unsafe.into());
        }
        let late = matches!(rule.custody, Custody::Late(_));
        if late && late::touched(self.log, self.schema, parsed, &document.accepted)? {
            return Err(RefusalCode::LateEdit.into());
        }
        Ok(())
    }

    /// The deps are here and the operations count on from them. Whether the deps are genesis alone.
    fn builds_on(&self, document: &mut Document, meta: &ChangeMeta) -> Result<bool, Stop> {
        let mut max_op = None;
        let mut on_genesis_alone = true;
        for dep in &meta.deps {
            let dep_max = if let Some(genesis) = self.schema.genesis(dep) {
                genesis.meta.max_op
            } else if let Some(known) = self.meta(document, dep, &meta.document)? {
                on_genesis_alone = false;
                known.max_op
            } else {
                return Err(self.missing(dep, &meta.document)?);
            };
            max_op = max_op.max(Some(dep_max));
        }
        let max_op = max_op.ok_or(RefusalCode::MissingAncestor)?;
        if meta.start_op == max_op + 1 {
            Ok(on_genesis_alone)
        } else {
            Err(RefusalCode::BadCounter.into())
        }
    }

    fn missing(&self, dep: &ChangeHash, id: &DocumentId) -> PortResult<Stop> {
        if let Some(refusal) = self.refused.get(&(*id, *dep)) {
            let root = refusal.because_of.unwrap_or(*dep);
            return Ok(Stop::Refused(fell_with(root, refusal.code)));
        }
        if let Some(kept) = self.log.quarantined(id, dep)? {
            let code = RefusalCode::parse(&kept.code).unwrap_or(RefusalCode::RefusedAncestor);
            return Ok(Stop::Refused(fell_with(kept.because_of.unwrap_or(*dep), code)));
        }
        Ok(RefusalCode::MissingAncestor.into())
    }

    /// The actor's own count goes on from a change that this one builds on.
    fn follows_its_actor(
        &self,
        document: &mut Document,
        ancestry: &mut Ancestry,
        meta: &ChangeMeta,
    ) -> Result<(), Stop> {
        if self.change_at(document, meta, meta.seq)?.is_some() {
            return Err(RefusalCode::DuplicateSequence.into());
        }
        if meta.seq == 1 {
            return Ok(());
        }
        let before =
            self.change_at(document, meta, meta.seq - 1)?.ok_or(RefusalCode::BadSequence)?;
        if self.is_ancestor(document, ancestry, &before, &meta.document)? {
            Ok(())
        } else {
            Err(RefusalCode::BadSequence.into())
        }
    }

    /// What the operations name is there, and is what they take it for.
    fn references(
        &self,
        document: &mut Document,
        ancestry: &mut Ancestry,
        parsed: &ParsedChange,
    ) -> Result<(), Stop> {
        for (index, operation) in parsed.operations.iter().enumerate() {
            match operation.object {
                Some(object) => {
                    let holds = |_: &ParsedChange, target: &Operation| may_hold(target, operation);
                    self.refers(document, ancestry, parsed, index, object, &holds)?;
                }
                // A map under a field's key, or a value under a table's, would bar it for ever.
                None if operation.action == Action::MakeMap
                    || self.schema.is_table(&operation.key) =>
                {
                    return Err(RefusalCode::BadOperation.into());
                }
                None => {}
            }
            let same_place = |holder: &ParsedChange, target: &Operation| {
                target.action != Action::Delete
                    && target.key == operation.key
                    && holder.place(target) == parsed.place(operation)
            };
            for predecessor in &operation.predecessors {
                self.refers(document, ancestry, parsed, index, *predecessor, &same_place)?;
            }
            if operation.action == Action::Delete && operation.predecessors.is_empty() {
                return Err(RefusalCode::BadReference.into());
            }
        }
        Ok(())
    }

    /// The operation `id`, named by operation `index` of `parsed`, exists and `is` what it must be.
    fn refers(
        &self,
        document: &mut Document,
        ancestry: &mut Ancestry,
        parsed: &ParsedChange,
        index: usize,
        id: OpId,
        is: &dyn Fn(&ParsedChange, &Operation) -> bool,
    ) -> Result<(), Stop> {
        let actor = parsed.actors[id.actor].as_slice();
        let good = if id.actor == 0 && id.counter >= parsed.meta.start_op {
            let at = usize::try_from(id.counter - parsed.meta.start_op).unwrap_or(usize::MAX);
            at < index && is(parsed, &parsed.operations[at])
        } else if let Some(genesis) = self.schema.genesis_with_op(actor, id.counter) {
            genesis.operation(id.counter).is_some_and(|target| is(genesis, target))
        } else {
            let Some(holder) = self.holder(document, &parsed.meta.document, actor, id.counter)?
            else {
                return Err(RefusalCode::BadReference.into());
            };
            holder.operation(id.counter).is_some_and(|target| is(&holder, target))
                && self.is_ancestor(document, ancestry, &holder.meta.hash, &parsed.meta.document)?
        };
        if good { Ok(()) } else { Err(RefusalCode::BadReference.into()) }
    }

    /// The change that holds an operation, read from its bytes.
    fn holder(
        &self,
        document: &mut Document,
        id: &DocumentId,
        actor: &[u8],
        counter: u64,
    ) -> PortResult<Option<Rc<ParsedChange>>> {
        if let Some(change) = document.read_with_op(actor, counter) {
            return Ok(Some(change));
        }
        let Some(hash) = self.log.change_with_op(id, actor, counter)? else { return Ok(None) };
        let Some(bytes) = self.log.change_bytes(id, &hash)? else { return Ok(None) };
        let Ok(parsed) = read_change(id, &bytes) else { return Ok(None) };
        Ok(Some(document.keep(parsed)))
    }

    fn change_at(
        &self,
        document: &Document,
        meta: &ChangeMeta,
        seq: u64,
    ) -> PortResult<Option<ChangeHash>> {
        match document.new_by_seq.get(&(meta.actor.clone(), seq)) {
            Some(hash) => Ok(Some(*hash)),
            None => self.log.change_at(&meta.document, &meta.actor, seq),
        }
    }

    fn meta(
        &self,
        document: &mut Document,
        hash: &ChangeHash,
        id: &DocumentId,
    ) -> PortResult<Option<ChangeMeta>> {
        if let Some(meta) = document.metas.get(hash) {
            return Ok(Some(meta.clone()));
        }
        let found = match document.before {
            Some(_) => self.log.change_meta(id, hash)?,
            None => None,
        };
        if let Some(meta) = &found {
            document.metas.insert(*hash, meta.clone());
        }
        Ok(found)
    }

    /// Whether a change that is here is among the ancestors. Walks back only as far as it must:
    /// an ancestor's counters are lower than its descendants'.
    fn is_ancestor(
        &self,
        document: &mut Document,
        ancestry: &mut Ancestry,
        target: &ChangeHash,
        id: &DocumentId,
    ) -> PortResult<bool> {
        if ancestry.everything || ancestry.seen.contains(target) {
            return Ok(true);
        }
        let Some(lowest) = self.meta(document, target, id)?.map(|meta| meta.max_op) else {
            return Ok(false);
        };
        for dep in std::mem::take(&mut ancestry.unvisited) {
            if let Some(meta) = self.meta(document, &dep, id)? {
                ancestry.frontier.push((meta.max_op, dep));
            }
        }
        while let Some((max_op, hash)) = ancestry.frontier.peek().copied() {
            if ancestry.seen.contains(target) || max_op < lowest {
                break;
            }
            ancestry.frontier.pop();
            let deps = self.meta(document, &hash, id)?.map(|meta| meta.deps).unwrap_or_default();
            for dep in deps {
                if let Some(meta) = self.meta(document, &dep, id)?
                    && ancestry.seen.insert(dep)
                {
                    ancestry.frontier.push((meta.max_op, dep));
                }
            }
        }
        Ok(ancestry.seen.contains(target))
    }
}

/// A late edit with which nothing is wrong but its place is put before the new custodian: its author
/// may have forgotten the document by now, and nobody else would write it anew.
const fn put_before_custodian(refusal: Refusal, rule: &Rule) -> Refusal {
    let of_place = match refusal.code {
        RefusalCode::RefusedAncestor
        | RefusalCode::DuplicateSequence
        | RefusalCode::BadSequence => true,
        RefusalCode::NotCustodian => refusal.because_of.is_some(),
        _ => false,
    };
    match rule.custody {
        Custody::Late(_) | Custody::Regained(_) if of_place => {
            Refusal { code: RefusalCode::LateEdit, ..refusal }
        }
        _ => refusal,
    }
}

/// What builds on a refused change falls with it; what builds on a late edit goes before the new
/// custodian together with it; and what builds on an edit of a document that its ward did not keep is
/// none of that ward either, whoever keeps it now: its author does not write it anew.
const fn fell_with(root: ChangeHash, code: RefusalCode) -> Refusal {
    let code = match code {
        RefusalCode::LateEdit | RefusalCode::NotCustodian => code,
        _ => RefusalCode::RefusedAncestor,
    };
    Refusal { code, because_of: Some(root) }
}

fn author_fits(actor: &[u8], author: Author) -> Result<(), RefusalCode> {
    let long_enough = (EPOCH_BYTES..=EPOCH_BYTES + FORK_BYTES_MAX).contains(&actor.len());
    let fits = match author {
        Author::Epoch(epoch) => actor.starts_with(&epoch.0),
        Author::Any => true,
    };
    if long_enough && fits { Ok(()) } else { Err(RefusalCode::ForeignActor) }
}

/// Whether `target` makes a map in which an operation may write what it does: tables and sets of
/// codes stand under the root, rows in tables, nothing in rows; and where a row belongs there is a
/// row or nothing, as a value there would bar it.
fn may_hold(target: &Operation, operation: &Operation) -> bool {
    target.action == Action::MakeMap
        && match (&operation.action, target.object) {
            (Action::MakeMap, above) => above.is_none(),
            (Action::PutText(_) | Action::PutOther, None) => {
                operation.key.parse::<RowId>().is_err()
            }
            _ => true,
        }
}

/// The first change of a document puts the document's id, and no later one touches it. This binds
/// a change to its document: equal edits of two documents would else have equal hashes.
fn names_its_document(parsed: &ParsedChange, id_key: &str, first: bool) -> Result<(), RefusalCode> {
    let mut naming = parsed
        .operations
        .iter()
        .filter(|operation| operation.object.is_none() && *operation.key == *id_key);
    let named = match (naming.next(), naming.next()) {
        (None, None) => !first,
        (Some(operation), None) => {
            let id = parsed.meta.document.to_string();
            first && operation.action == Action::PutText(id.into())
        }
        _ => false,
    };
    if named { Ok(()) } else { Err(RefusalCode::WrongDocument) }
}

impl ParsedChange {
    /// The operation with this counter.
    pub(super) fn operation(&self, counter: u64) -> Option<&Operation> {
        let index = counter.checked_sub(self.meta.start_op)?;
        self.operations.get(usize::try_from(index).ok()?)
    }

    /// The map that an operation of this change is about, in words that hold in every change.
    fn place(&self, operation: &Operation) -> Option<(u64, &[u8])> {
        operation.object.map(|id| (id.counter, self.actors[id.actor].as_slice()))
    }
}
