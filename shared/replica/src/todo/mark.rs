//! *Đã làm* and *Hoãn đến ngày*: what the office says about a thing to do. Lies on the office's desk,
//! so everybody at this end sees it; it is no part of a record and is not synced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_base::DocumentId;
use wardbook_record::{Lang, PartialDate};
use wardbook_store::{PeopleFilter, PeopleQuery};

use super::{DESK, DeskOwner, everybody};
use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Longer keys are not ours.
const KEY_MAX: usize = 400;

/// What somebody said about a thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Put off until this day; none = done.
    pub until: Option<PartialDate>,
    /// Who said so.
    pub by: String,
    /// On which day.
    pub on: PartialDate,
}

impl Mark {
    /// The mark in words, with who and when.
    pub fn words(&self, lang: Lang) -> String {
        let (by, on) = (&self.by, self.on);
        match (self.until, lang) {
            (None, Lang::Vi) => format!("Đã làm ({by}, {on})"),
            (None, Lang::En) => format!("Done ({by}, {on})"),
            (Some(until), Lang::Vi) => format!("Hoãn đến {until} ({by}, {on})"),
            (Some(until), Lang::En) => format!("Put off until {until} ({by}, {on})"),
        }
    }
}

impl Replica {
    /// Says that a thing is done, or puts it off until a day.
    ///
    /// # Errors
    /// For who may not edit, and when there is no such thing to do.
    pub fn mark_todo(
        &self,
        viewer: &Viewer,
        key: &str,
        until: Option<PartialDate>,
    ) -> Result<(), ReplicaError> {
        viewer.must_edit()?;
        let (day, document) = (self.day(viewer)?, document_of(key));
        let only = PeopleFilter { only: document.into_iter().collect(), ..PeopleFilter::default() };
        let people = PeopleQuery { filter: only, ..everybody() };
        let things = self.inner.store.read(|tx| self.things(tx, viewer, &people, &day))?;
        let known = key.len() <= KEY_MAX && things.iter().any(|thing| thing.key() == key);
        if !known {
            return Err(ReplicaError::NotFound);
        }
        let mark = Mark { until, by: viewer.name.clone(), on: day.today };
        self.desk_put(viewer, DeskOwner::Office, (DESK, key), document, &mark)
    }

    /// Takes a mark back.
    ///
    /// # Errors
    /// For who may not edit.
    pub fn unmark_todo(&self, viewer: &Viewer, key: &str) -> Result<(), ReplicaError> {
        viewer.must_edit()?;
        self.desk_remove(viewer, DeskOwner::Office, (DESK, key))
    }

    pub(super) fn marks(&self, viewer: &Viewer) -> Result<BTreeMap<String, Mark>, ReplicaError> {
        let all = self.desk_list::<Mark>(viewer, DeskOwner::Office, DESK)?;
        Ok(all.into_iter().map(|thing| (thing.key, thing.value)).collect())
    }
}

/// The record that a key is about: the mark goes with it.
fn document_of(key: &str) -> Option<DocumentId> {
    key.split('.').next()?.parse().ok()
}
