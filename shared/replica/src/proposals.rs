//! Corrections that staff members propose for their own records. A clerk takes one, which writes it
//! as an ordinary change, or declines it with a reason; the member sees what became of it.

use serde::{Deserialize, Serialize};
use wardbook_base::{DocumentId, Timestamp, to_hex};
use wardbook_record::{Edit, Path, Scalar, path_label, path_value, schema};
use wardbook_store::DeskItem;

use crate::edit::{EditCommand, Saved};
use crate::error::{EditError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Whose desk proposals lie on.
const OWNER: &str = "office";
const KIND: &str = "proposal";
/// A member may have so many that nobody decided.
const OPEN_MAX: usize = 50;
/// Characters of a remark.
const REMARK_MAX: usize = 500;

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Nobody decided yet.
    Open,
    /// It was written into the record.
    Taken,
    /// It was declined.
    Declined,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    user: String,
    user_name: String,
    path: Path,
    value: Option<Scalar>,
    remark: String,
    state: ProposalState,
    decided_by: String,
    reason: String,
    decided_at: Option<Timestamp>,
    made_at: Timestamp,
}

/// One proposal, for people.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// Names it.
    pub key: String,
    /// The record.
    pub document: DocumentId,
    /// Whose record it is.
    pub full_name: String,
    /// Who proposes.
    pub user_name: String,
    /// When.
    pub at: Timestamp,
    /// The field's name.
    pub label: String,
    /// What stands in the record now.
    pub now_shown: String,
    /// What it should be.
    pub wanted_shown: String,
    /// Why, and what proves it.
    pub remark: String,
    /// What became of it.
    pub state: ProposalState,
    /// Who decided.
    pub decided_by: String,
    /// Why it was declined.
    pub reason: String,
}

impl Replica {
    /// Proposes another value for one field of the own record.
    ///
    /// # Errors
    /// When the role proposes nothing, the record is another's, or the field is hidden from it.
    pub fn propose(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        path: &Path,
        value: Option<Scalar>,
        remark: &str,
    ) -> Result<(), EditError> {
        viewer.must_read()?;
        let access = viewer.access();
        if !access.proposes || !access.reads_path(path) || schema().at(path).is_none() {
            return Err(ReplicaError::NotAllowed.into());
        }
        let stored = Stored {
            user: viewer.user.to_string(),
            user_name: viewer.name.clone(),
            path: path.clone(),
            value,
            remark: remark.trim().chars().take(REMARK_MAX).collect(),
            state: ProposalState::Open,
            decided_by: String::new(),
            reason: String::new(),
            decided_at: None,
            made_at: self.now(),
        };
        let key = to_hex(&self.dice().bytes::<8>());
        self.inner.store.write(|tx| {
            self.must_reach(tx, viewer, document)?;
            let mine = tx.desk_items(OWNER, KIND)?;
            let open = mine
                .iter()
                .filter_map(read)
                .filter(|one| one.user == stored.user && one.state == ProposalState::Open);
            if open.count() >= OPEN_MAX {
                return Err(ReplicaError::NotAllowed.into());
            }
            tx.put_desk(&item(&key, *document, &stored, self.now())?)?;
            Ok(self.log_in(tx, viewer, "propose", Some(*document), &path.to_string())?)
        })
    }

    /// The proposals: all of them for who may take them, the own ones for who made them. Open ones
    /// first, each group newest first.
    ///
    /// # Errors
    /// When the viewer may not ask, or the store fails.
    pub fn proposals(&self, viewer: &Viewer) -> Result<Vec<ProposalView>, ReplicaError> {
        viewer.must_read()?;
        let (takes, proposes) = (viewer.access().whole, viewer.access().proposes);
        if !takes && !proposes {
            return Ok(Vec::new());
        }
        self.inner.store.read(|tx| {
            let mut views = Vec::new();
            for item in tx.desk_items(OWNER, KIND)? {
                let (Some(document), Some(stored)) = (item.document, read(&item)) else { continue };
                if !takes && stored.user != viewer.user.to_string() {
                    continue;
                }
                let Some(record) = tx.load_document(&document)? else { continue };
                let person = record.read();
                let present = person.at(&stored.path);
                views.push(ProposalView {
                    key: item.key.clone(),
                    document,
                    full_name: person.text("full_name").unwrap_or_default().to_owned(),
                    user_name: stored.user_name,
                    at: stored.made_at,
                    label: path_label(&stored.path, viewer.lang),
                    now_shown: path_value(&stored.path, present.as_ref(), viewer.lang),
                    wanted_shown: path_value(&stored.path, stored.value.as_ref(), viewer.lang),
                    remark: stored.remark,
                    state: stored.state,
                    decided_by: stored.decided_by,
                    reason: stored.reason,
                });
            }
            views.sort_by_key(|view| (view.state != ProposalState::Open, -view.at.0));
            Ok(views)
        })
    }

    /// How many proposals nobody decided yet, for who may take them.
    pub fn proposals_open(&self, viewer: &Viewer) -> Result<u64, ReplicaError> {
        viewer.must_read()?;
        if !viewer.access().whole {
            return Ok(0);
        }
        self.inner.store.read(|tx| {
            let items = tx.desk_items(OWNER, KIND)?;
            let open = items.iter().filter_map(read).filter(|one| one.state == ProposalState::Open);
            Ok(open.count() as u64)
        })
    }

    /// Writes a proposal into the record, by the clerk who takes it.
    ///
    /// # Errors
    /// When there is no such open proposal, or the record does not take it.
    pub fn take_proposal(&self, viewer: &Viewer, key: &str) -> Result<Saved, EditError> {
        viewer.must_edit()?;
        let (document, stored) = self.open_proposal(key)?;
        let edit = match &stored.value {
            Some(value) => Edit::set(stored.path.clone(), value.clone()),
            None => Edit::Clear { path: stored.path.clone() },
        };
        let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
        let saved = self.edit_person(viewer, &document, command)?;
        self.decide(viewer, key, ProposalState::Taken, "")?;
        Ok(saved)
    }

    /// Declines a proposal with a reason.
    ///
    /// # Errors
    /// When there is no such open proposal.
    pub fn decline_proposal(
        &self,
        viewer: &Viewer,
        key: &str,
        reason: &str,
    ) -> Result<(), EditError> {
        viewer.must_edit()?;
        self.open_proposal(key)?;
        self.decide(viewer, key, ProposalState::Declined, reason)
    }

    fn open_proposal(&self, key: &str) -> Result<(DocumentId, Stored), EditError> {
        let item = self.inner.store.read(|tx| tx.desk_item(OWNER, KIND, key))?;
        let item = item.ok_or(EditError::NotFound)?;
        let stored = read(&item).filter(|one| one.state == ProposalState::Open);
        match (item.document, stored) {
            (Some(document), Some(stored)) => Ok((document, stored)),
            _ => Err(EditError::NotFound),
        }
    }

    fn decide(
        &self,
        viewer: &Viewer,
        key: &str,
        state: ProposalState,
        reason: &str,
    ) -> Result<(), EditError> {
        let now = self.now();
        self.inner.store.write(|tx| {
            let present = tx.desk_item(OWNER, KIND, key)?.ok_or(EditError::NotFound)?;
            let document = present.document.ok_or(EditError::NotFound)?;
            let mut stored = read(&present).ok_or(EditError::NotFound)?;
            stored.state = state;
            stored.decided_by.clone_from(&viewer.name);
            stored.reason = reason.trim().chars().take(REMARK_MAX).collect();
            stored.decided_at = Some(now);
            tx.put_desk(&item(key, document, &stored, now)?)?;
            let action =
                if state == ProposalState::Taken { "take_proposal" } else { "decline_proposal" };
            Ok(self.log_in(tx, viewer, action, Some(document), key)?)
        })
    }
}

fn read(item: &DeskItem) -> Option<Stored> {
    serde_json::from_str(&item.value).ok()
}

fn item(
    key: &str,
    document: DocumentId,
    stored: &Stored,
    at: Timestamp,
) -> Result<DeskItem, ReplicaError> {
    Ok(DeskItem {
        owner: OWNER.to_owned(),
        kind: KIND.to_owned(),
        key: key.to_owned(),
        document: Some(document),
        value: serde_json::to_string(stored).map_err(|_| ReplicaError::Setting("proposal"))?,
        at,
    })
}
