//! The nightly check: the table of conflicts against a full scan of every document.
//!
//! Conflicts are found from the patches of what arrives, which is cheap and must miss nothing. This
//! looks at everything, a few documents at a time, counts where the table is wrong, and puts it
//! right. Both ends run it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wardbook_base::{DocumentId, Timestamp};
use wardbook_record::Path;
use wardbook_store::Tx;

use crate::End;
use crate::error::ReplicaError;
use crate::node::{EventCode, note_event};
use crate::projector::open_paths;
use crate::replica::Replica;
use crate::settings::NIGHTLY;

/// How far the check is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NightlyCheck {
    /// Documents looked at.
    pub checked: u64,
    /// Documents that could not be read.
    pub unreadable: u64,
    /// Documents whose conflicts were listed wrongly; they were put right.
    pub differing: u64,
    /// Where to go on; `None` before the first step and when it is done.
    #[serde(skip)]
    pub next: Option<DocumentId>,
    /// Whether all documents were looked at.
    #[serde(skip)]
    pub done: bool,
    /// When it ended; 0 while it runs.
    pub ended_at: Timestamp,
}

/// What one document's look came to.
enum Looked {
    Right,
    Wrong(Vec<Path>),
    Unreadable,
    /// It waits for projection: the projector is about to write its conflicts anyway.
    Waiting,
}

impl Replica {
    /// Looks at the next `limit` documents. Begin with the default, go on with what the last step
    /// returned until it is `done`.
    ///
    /// # Errors
    /// When the store fails; what earlier steps put right stays.
    pub fn nightly_step(
        &self,
        so_far: NightlyCheck,
        limit: usize,
    ) -> Result<NightlyCheck, ReplicaError> {
        let _turn = self.inner.projecting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut check = NightlyCheck { done: false, ..so_far };
        let mut wrong = Vec::new();
        self.inner.store.read(|tx| {
            // One without heads is not there: all it held was set aside, or it is yet to come.
            let all = tx.all_documents()?.into_iter().filter(|state| !state.heads.is_empty());
            let mut ids: Vec<DocumentId> = all.map(|state| state.id).collect();
            ids.sort_unstable();
            let from = check.next.map_or(0, |last| ids.partition_point(|id| *id <= last));
            let rest = ids.get(from..).unwrap_or_default();
            let now = rest.get(..limit.min(rest.len())).unwrap_or_default();
            let waiting: BTreeSet<DocumentId> =
                tx.next_dirty(usize::from(u16::MAX))?.into_iter().map(|d| d.document).collect();
            for id in now {
                check.checked += 1;
                match look(tx, id, &waiting) {
                    Looked::Right | Looked::Waiting => {}
                    Looked::Unreadable => check.unreadable += 1,
                    Looked::Wrong(paths) => wrong.push((*id, paths)),
                }
            }
            check.next = now.last().copied();
            check.done = now.len() == rest.len();
            Ok::<_, ReplicaError>(())
        })?;
        check.differing += wrong.len() as u64;
        self.put_right(&wrong)?;
        if check.done {
            check = NightlyCheck { next: None, ended_at: self.now(), ..check };
            self.remember_nightly(&check)?;
        }
        Ok(check)
    }

    /// The whole check at once, for a command.
    ///
    /// # Errors
    /// See [`Replica::nightly_step`].
    pub fn nightly_check(&self) -> Result<NightlyCheck, ReplicaError> {
        let mut check = NightlyCheck::default();
        while !check.done {
            check = self.nightly_step(check, 64)?;
        }
        Ok(check)
    }

    /// How the check last ended; `None` when it never did.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_nightly_check(&self) -> Result<Option<NightlyCheck>, ReplicaError> {
        let text = self.inner.store.read(|tx| tx.get_setting(NIGHTLY))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn put_right(&self, wrong: &[(DocumentId, Vec<Path>)]) -> Result<(), ReplicaError> {
        if wrong.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.inner.store.write(|tx| {
            for (document, paths) in wrong {
                tx.put_conflicts(document, paths, now)?;
            }
            Ok::<_, ReplicaError>(())
        })?;
        tracing::error!(
            documents = wrong.len(),
            "the table of conflicts differed from a full scan and was put right"
        );
        Ok(())
    }

    fn remember_nightly(&self, check: &NightlyCheck) -> Result<(), ReplicaError> {
        let text = serde_json::to_string(check).map_err(|_| ReplicaError::Setting(NIGHTLY))?;
        self.inner.store.write(|tx| {
            tx.put_setting(NIGHTLY, &text)?;
            if self.end() == End::Node && check.differing > 0 {
                note_event(tx, check.ended_at, EventCode::ConflictsRepaired, check.differing)?;
            }
            Ok(())
        })
    }
}

fn look(tx: &dyn Tx, id: &DocumentId, waiting: &BTreeSet<DocumentId>) -> Looked {
    if waiting.contains(id) {
        return Looked::Waiting;
    }
    let (Ok(Some(document)), Ok(listed)) = (tx.load_document(id), open_paths(tx, id)) else {
        return Looked::Unreadable;
    };
    let found: BTreeSet<Path> =
        document.all_conflicts().into_iter().map(|conflict| conflict.path).collect();
    if found == listed { Looked::Right } else { Looked::Wrong(found.into_iter().collect()) }
}
