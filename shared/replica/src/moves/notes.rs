//! Who came and who went, as this ward remembers it.
//!
//! The ledger is the hub's, and a record that went is forgotten here. What stays is one line: who,
//! where to, by which decision. A record that is erased for good takes its line with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_base::{DocumentId, Timestamp, WardId};
use wardbook_record::events::RequestState;
use wardbook_store::Tx;

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::settings::MOVED;
use crate::viewer::Viewer;
use crate::who::unit_name;

/// So many lines are kept, the newest.
const LINES_MAX: usize = 1_000;

/// Which way a record went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To another ward.
    Out,
    /// To this ward.
    In,
}

/// One line: a record that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveNote {
    /// The record.
    pub document: DocumentId,
    /// Which way.
    pub way: Way,
    /// The person's name.
    pub full_name: String,
    /// The post held then.
    pub title: String,
    /// Where it went.
    pub ward: Option<WardId>,
    /// Its name.
    pub ward_name: String,
    /// The decision.
    pub decision: String,
    /// When it was told here.
    pub at: Timestamp,
    /// This ward had asked for it.
    pub asked: bool,
    /// The record is still here to read.
    #[serde(skip)]
    pub is_here: bool,
}

/// A person whose record is on its way out, read before it goes.
pub(crate) struct Leaving {
    full_name: String,
    title: String,
    asked: bool,
}

impl Leaving {
    /// What is known of a record here; none when it was never in the lists.
    pub(crate) fn of(tx: &dyn Tx, document: &DocumentId) -> Result<Option<Self>, ReplicaError> {
        let Some(row) = tx.person_row(document)? else { return Ok(None) };
        let waits = |state: RequestState| state == RequestState::Waits;
        Ok(row.facts.retired.is_none().then(|| Self {
            asked: row.facts.requests.iter().any(|request| waits(request.state)),
            title: row.facts.title_label.unwrap_or_default(),
            full_name: row.facts.full_name,
        }))
    }
}

/// Writes down what an answer of the hub moved: records that left with their wards and decisions,
/// records that came, and those that were erased.
pub(crate) fn note_moves(
    tx: &mut dyn Tx,
    left: &BTreeMap<DocumentId, (Leaving, WardId, String)>,
    came: &BTreeMap<DocumentId, String>,
    erased: &[DocumentId],
    at: Timestamp,
) -> Result<(), ReplicaError> {
    if left.is_empty() && came.is_empty() && erased.is_empty() {
        return Ok(());
    }
    let mut notes = read(tx)?;
    // A hub that was put back tells of a move once more, without the decision.
    let known = |notes: &[MoveNote], document: &DocumentId, way: Way| {
        notes.iter().find(|note| note.document == *document && note.way == way).cloned()
    };
    let mut fresh = Vec::new();
    for (document, (leaving, ward, decision)) in left {
        let before = known(&notes, document, Way::Out)
            .filter(|note| decision.is_empty() && note.ward.as_ref() == Some(ward));
        fresh.push(before.unwrap_or_else(|| MoveNote {
            document: *document,
            way: Way::Out,
            full_name: leaving.full_name.clone(),
            title: leaving.title.clone(),
            ward: Some(ward.clone()),
            ward_name: unit_name(ward),
            decision: decision.clone(),
            at,
            asked: leaving.asked,
            is_here: false,
        }));
    }
    for (document, decision) in came {
        if known(&notes, document, Way::In).is_some() {
            continue;
        }
        fresh.push(MoveNote {
            document: *document,
            way: Way::In,
            full_name: String::new(),
            title: String::new(),
            ward: None,
            ward_name: String::new(),
            decision: decision.clone(),
            at,
            asked: false,
            is_here: false,
        });
    }
    let is_new = |note: &MoveNote| fresh.iter().any(|new| new.document == note.document);
    notes.retain(|note| !is_new(note) && !erased.contains(&note.document));
    notes.extend(fresh);
    let surplus = notes.len().saturating_sub(LINES_MAX);
    notes.drain(..surplus);
    let text = serde_json::to_string(&notes).map_err(|_| ReplicaError::Setting(MOVED))?;
    Ok(tx.put_setting(MOVED, &text)?)
}

fn read(tx: &dyn Tx) -> Result<Vec<MoveNote>, ReplicaError> {
    let Some(text) = tx.get_setting(MOVED)? else { return Ok(Vec::new()) };
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        // Synchronising must not stop for it; the ledger of the city has every move.
        tracing::warn!(%error, "the list of who came and went cannot be read; it begins anew");
        Vec::new()
    }))
}

impl Replica {
    /// Who came and who went, the newest first (node).
    pub fn move_notes(&self, viewer: &Viewer) -> Result<Vec<MoveNote>, ReplicaError> {
        viewer.must_edit()?;
        self.inner.store.read(|tx| {
            let own = tx.membership()?.map(|member| member.ward);
            let mut notes = Vec::new();
            for mut note in read(tx)?.into_iter().rev() {
                let state = tx.document(&note.document)?;
                note.is_here = state.is_some();
                if note.way == Way::In {
                    // Gone again, or not in the lists yet.
                    if state.is_none_or(|state| Some(state.ward) != own) {
                        continue;
                    }
                    let Some(row) = tx.person_row(&note.document)? else { continue };
                    note.full_name = row.facts.full_name;
                    note.title = row.facts.title_label.unwrap_or_default();
                }
                notes.push(note);
            }
            Ok(notes)
        })
    }
}
