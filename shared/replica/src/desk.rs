//! What lies on a person's desk or is shared by the office: drafts, saved filters, chosen columns,
//! marks on reminders. Each is a JSON value under a kind and a key; none of it is synced.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wardbook_base::{DocumentId, Timestamp};
use wardbook_store::DeskItem;

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// The owner of what all of the office share.
const OFFICE: &str = "office";

/// Whose desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskOwner {
    /// The signed-in person's.
    Mine,
    /// The one that everybody at this end sees. Only who may edit records may change it.
    Office,
}

/// One thing on a desk, read as `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskThing<T> {
    /// Its name among those of its kind.
    pub key: String,
    /// The record it is about.
    pub document: Option<DocumentId>,
    /// What it holds.
    pub value: T,
    /// When it was put there.
    pub at: Timestamp,
}

impl Replica {
    /// Puts something on a desk, in place of what has the same kind and key. `document` is the
    /// record it is about, with which it goes.
    pub fn desk_put<T: Serialize>(
        &self,
        viewer: &Viewer,
        owner: DeskOwner,
        (kind, key): (&str, &str),
        document: Option<DocumentId>,
        value: &T,
    ) -> Result<(), ReplicaError> {
        may_change(viewer, owner)?;
        let item = DeskItem {
            owner: owner_of(viewer, owner),
            kind: kind.to_owned(),
            key: key.to_owned(),
            document,
            value: serde_json::to_string(value).map_err(|_| ReplicaError::Setting("desk"))?,
            at: self.now(),
        };
        Ok(self.inner.store.write(|tx| tx.put_desk(&item))?)
    }

    /// One thing on a desk. What cannot be read as `T` (another version wrote it) counts as absent.
    pub fn desk_get<T: DeserializeOwned>(
        &self,
        viewer: &Viewer,
        owner: DeskOwner,
        (kind, key): (&str, &str),
    ) -> Result<Option<DeskThing<T>>, ReplicaError> {
        viewer.must_read()?;
        let owner = owner_of(viewer, owner);
        let item = self.inner.store.read(|tx| tx.desk_item(&owner, kind, key))?;
        Ok(item.and_then(thing))
    }

    /// All things of a kind on a desk that can be read as `T`, by key.
    pub fn desk_list<T: DeserializeOwned>(
        &self,
        viewer: &Viewer,
        owner: DeskOwner,
        kind: &str,
    ) -> Result<Vec<DeskThing<T>>, ReplicaError> {
        viewer.must_read()?;
        let owner = owner_of(viewer, owner);
        let items = self.inner.store.read(|tx| tx.desk_items(&owner, kind))?;
        Ok(items.into_iter().filter_map(thing).collect())
    }

    /// Takes something off a desk; nothing happens when it is not there.
    pub fn desk_remove(
        &self,
        viewer: &Viewer,
        owner: DeskOwner,
        (kind, key): (&str, &str),
    ) -> Result<(), ReplicaError> {
        may_change(viewer, owner)?;
        let owner = owner_of(viewer, owner);
        Ok(self.inner.store.write(|tx| tx.remove_desk(&owner, kind, key))?)
    }
}

fn may_change(viewer: &Viewer, owner: DeskOwner) -> Result<(), ReplicaError> {
    match owner {
        DeskOwner::Mine => viewer.must_read(),
        DeskOwner::Office => viewer.must_edit(),
    }
}

fn owner_of(viewer: &Viewer, owner: DeskOwner) -> String {
    match owner {
        DeskOwner::Mine => viewer.user.to_string(),
        DeskOwner::Office => OFFICE.to_owned(),
    }
}

fn thing<T: DeserializeOwned>(item: DeskItem) -> Option<DeskThing<T>> {
    let value = serde_json::from_str(&item.value).ok()?;
    Some(DeskThing { key: item.key, document: item.document, value, at: item.at })
}
