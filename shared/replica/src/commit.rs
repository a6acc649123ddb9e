//! One change on its way: document -> the hub's checks -> log -> projection, in one transaction.

use std::collections::BTreeSet;

use wardbook_base::{AuthorEpoch, ChangeHash, DocumentId, Timestamp, UserId, WardId};
use wardbook_record::{Document, Edit, Message, Names, PartialDate, Path, Problem, Purpose, Stamp};
use wardbook_store::{StoreError, Tx};
use wardbook_sync::SyncSchema;
use wardbook_sync::hub::HubError;
use wardbook_sync::node::NodeError;
use wardbook_sync::ports::{HubPort, NodePort};

use crate::End;
use crate::error::{EditError, ReplicaError};
use crate::projector::{self, Projection};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{UNENROLLED, own_names, unit_name};

/// What every change of one command has in common.
pub(crate) struct Commit<'a> {
    replica: &'a Replica,
    pub(crate) end: End,
    pub(crate) user: UserId,
    names: Names,
    pub(crate) now: Timestamp,
    pub(crate) as_of: PartialDate,
    pub(crate) schema: &'a SyncSchema,
}

/// What became of a change.
pub(crate) struct Written {
    /// The change; `None` when the edits changed nothing.
    pub(crate) hash: Option<ChangeHash>,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) problems: Vec<Problem>,
}

impl Replica {
    pub(crate) fn commit_for(&self, viewer: &Viewer) -> Result<Commit<'_>, ReplicaError> {
        Ok(Commit {
            replica: self,
            end: self.end(),
            user: viewer.user,
            names: self.inner.store.read(|tx| own_names(tx, viewer))?,
            now: self.now(),
            as_of: self.as_of()?,
            schema: &self.inner.schema,
        })
    }
}

impl Commit<'_> {
    /// Writes edits as one change of a document that was loaded in this transaction.
    ///
    /// `ward` is the ward in whose feed a change at the hub goes.
    pub(crate) fn write(
        &self,
        tx: &mut dyn Tx,
        mut document: Document,
        ward: &WardId,
        edits: &[Edit],
        purpose: Purpose,
    ) -> Result<Written, EditError> {
        let id = document.id();
        must_keep(tx, &id)?;
        let before = document.heads();
        document.write_as(self.names.clone());
        let stamp = self.stamp(tx, &id, purpose)?;
        let Some(change) = document.edit(edits, &stamp)? else {
            return Ok(self.unchanged(&document));
        };
        self.record(tx, ward, &id, &change.bytes)?;
        let projection = self.project(tx, document, &before, BTreeSet::new())?;
        self.put(tx, change.hash, projection)
    }

    /// Writes several changes that build on the same state and not on each other, each by an actor
    /// of its own: their values stand against each other afterwards.
    pub(crate) fn write_apart(
        &self,
        tx: &mut dyn Tx,
        mut document: Document,
        ward: &WardId,
        sides: &[Vec<Edit>],
        purpose: Purpose,
    ) -> Result<Written, EditError> {
        let id = document.id();
        must_keep(tx, &id)?;
        document.write_as(self.names.clone());
        let (common, mut opened, mut last) = (document.clone(), BTreeSet::new(), None);
        for edits in sides {
            if last.is_some() {
                open_fork(tx, &id)?;
            }
            let stamp = self.stamp(tx, &id, purpose)?;
            let Some(change) = common.clone().edit_for_certain(edits, &stamp)? else { continue };
            self.record(tx, ward, &id, &change.bytes)?;
            opened.extend(document.apply(&change.bytes)?.conflicted);
            last = Some(change.hash);
        }
        let Some(last) = last else { return Ok(self.unchanged(&document)) };
        let projection = self.project(tx, document, &common.heads(), opened)?;
        self.put(tx, last, projection)
    }

    fn put(
        &self,
        tx: &mut dyn Tx,
        hash: ChangeHash,
        projection: Projection,
    ) -> Result<Written, EditError> {
        projector::put(tx, &projection, self.now)?;
        tx.clear_dirty(&projection.row.document)?;
        let Projection { row, problems, .. } = projection;
        Ok(Written { hash: Some(hash), heads: row.heads, problems })
    }

    fn unchanged(&self, document: &Document) -> Written {
        let problems = wardbook_record::validate(&document.read(), self.as_of);
        Written { hash: None, heads: document.heads(), problems }
    }

    fn stamp(
        &self,
        tx: &mut dyn Tx,
        id: &DocumentId,
        purpose: Purpose,
    ) -> Result<Stamp, ReplicaError> {
        let actor = match self.end {
            End::Node => actor(tx.author_epoch()?, fork(tx, id)?),
            End::Hub => actor(self.replica.hub_writing_epoch(tx)?, fork(tx, id)?),
        };
        Ok(Stamp { actor, time: self.now, message: Message { purpose, user: self.user } })
    }

    /// The hub's own checks on an own change, so that an honest user is never refused later.
    fn record(
        &self,
        tx: &mut dyn Tx,
        ward: &WardId,
        id: &DocumentId,
        bytes: &[u8],
    ) -> Result<(), EditError> {
        match self.end {
            End::Node => {
                let port: &mut dyn NodePort = tx;
                wardbook_sync::node::record_local(port, id, bytes, self.now, self.schema)?;
            }
            End::Hub => {
                let port: &mut dyn HubPort = tx;
                wardbook_sync::hub::record_local(port, ward, id, bytes, self.now, self.schema)?;
            }
        }
        Ok(())
    }

    /// A local change builds on all that its author saw, so it opens no conflict but those that it
    /// is meant to: these and the open ones are looked at. Changes that wait for projection are taken along from the log.
    fn project(
        &self,
        tx: &dyn Tx,
        document: Document,
        before: &[ChangeHash],
        opened: BTreeSet<Path>,
    ) -> Result<Projection, ReplicaError> {
        let id = document.id();
        let row = tx.person_row(&id)?;
        let is_new = before == [Document::genesis().0];
        let is_current = row.as_ref().is_some_and(|row| row.heads == before);
        if !is_new
            && !is_current
            && let Some(projection) = projector::compute(tx, &id, self.as_of)?
        {
            return Ok(projection);
        }
        let mut open = projector::open_paths(tx, &id)?;
        open.extend(opened);
        let replaces = row.map(|row| row.heads);
        let ward = tx.document(&id)?.map(|state| state.ward).unwrap_or_default();
        Ok(projector::project(document, open, ward, self.now, replaces, self.as_of))
    }
}

/// A node writes only what its own ward keeps: a record that moved, or is only lent, is to read.
fn must_keep(tx: &dyn Tx, id: &DocumentId) -> Result<(), EditError> {
    match elsewhere(tx, id)? {
        None => Ok(()),
        Some(ward) => Err(EditError::KeptElsewhere { ward_name: unit_name(&ward) }),
    }
}

/// The ward that keeps a record, when it is another than this node's own. A hub has no ward: there
/// nothing is elsewhere.
pub(crate) fn elsewhere(tx: &dyn Tx, id: &DocumentId) -> Result<Option<WardId>, StoreError> {
    let (Some(member), Some(state)) = (tx.membership()?, tx.document(id)?) else {
        return Ok(None);
    };
    let is_own = state.ward == member.ward || state.ward.as_str() == UNENROLLED;
    Ok((!is_own).then_some(state.ward))
}

/// The setting that holds a document's fork counter.
fn fork_setting(id: &DocumentId) -> String {
    format!("fork.{id}")
}

/// The fork under which a document is written: none until something of it was set aside.
fn fork(tx: &dyn Tx, id: &DocumentId) -> Result<Option<u32>, ReplicaError> {
    let Some(fork) = tx.get_setting(&fork_setting(id))? else { return Ok(None) };
    fork.parse().map(Some).map_err(|_| ReplicaError::Setting("fork"))
}

/// The actor of a document's next changes: the author epoch, and a counter once the document had
/// to fork, so that no number of an actor is ever used twice (decision 5).
fn actor(epoch: AuthorEpoch, fork: Option<u32>) -> Vec<u8> {
    let mut actor = epoch.as_bytes().to_vec();
    actor.extend(fork.into_iter().flat_map(u32::to_be_bytes));
    actor
}

/// Opens the next fork of a document and returns its actor. What is written from then on is written
/// under it.
pub(crate) fn next_fork(tx: &mut dyn Tx, id: &DocumentId) -> Result<Vec<u8>, ReplicaError> {
    let next = open_fork(tx, id)?;
    Ok(actor(tx.author_epoch()?, Some(next)))
}

fn open_fork(tx: &mut dyn Tx, id: &DocumentId) -> Result<u32, ReplicaError> {
    let next = fork(tx, id)?.map_or(1, |fork| fork.saturating_add(1));
    tx.put_setting(&fork_setting(id), &next.to_string())?;
    Ok(next)
}

impl From<NodeError> for EditError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Store(error) => error.into(),
            other => Self::Refused(other.code().to_owned()),
        }
    }
}

impl From<HubError> for EditError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Store(error) => error.into(),
            other => Self::Refused(other.code().to_owned()),
        }
    }
}
