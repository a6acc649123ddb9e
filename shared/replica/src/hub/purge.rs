//! Erasing a record for good, and the receipts of all who held it.
//!
//! In two steps: the first shows whom it means and gives a word to say; the second must say it. The
//! word is a hash over the record's heads, so that a record that changed meanwhile is shown again.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId, to_hex};
use wardbook_record::{Lang, PartialDate};
use wardbook_store::Tx;
use wardbook_sync::hub::custody;
use wardbook_sync::message::ForgetReason;
use wardbook_sync::ports::{CustodyAct, DeviceRecord, HubPort, Log, Tombstone};

use super::custody::decision_text;
use super::events::Names;
use crate::error::{HubError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What is about to be erased.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PurgePreview {
    /// The record.
    pub document: DocumentId,
    /// The person's name.
    pub full_name: String,
    /// The date of birth, as far as it is known.
    pub birth_date: Option<PartialDate>,
    /// The ward that keeps it.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The names of the wards whose machines hold it or once held it.
    pub held_by: Vec<String>,
    /// What must be said to erase it.
    pub confirm: String,
}

/// A record that was erased, and who has said so.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PurgeView {
    /// The record's id: all that is left of it here.
    pub document: DocumentId,
    /// When it was erased at the hub.
    pub at: Timestamp,
    /// The decision.
    pub reason: String,
    /// Whether every machine that must say so has said so.
    pub complete: bool,
    /// One line for each machine of the wards that held it.
    pub receipts: Vec<Receipt>,
}

/// Whether one machine has erased the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Receipt {
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The machine.
    pub device: DeviceId,
    /// What people call it.
    pub device_name: String,
    /// What is known of it.
    pub state: ReceiptState,
    /// When it last called.
    pub last_contact: Option<Timestamp>,
}

/// What is known of one machine and an erased record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// It says, in its chained log, that it holds nothing of it any more.
    Erased,
    /// It was not heard of since, or has not said so yet.
    Waiting,
    /// It was revoked: it is told no more, and its disk must be destroyed by hand.
    Revoked,
    /// It joined after the erasure, or never had the record: nothing to say.
    NotNeeded,
}

impl ReceiptState {
    /// The words for people.
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Erased, Lang::Vi) => "đã xóa",
            (Self::Erased, Lang::En) => "erased",
            (Self::Waiting, Lang::Vi) => "chờ xác nhận",
            (Self::Waiting, Lang::En) => "receipt awaited",
            (Self::Revoked, Lang::Vi) => "máy đã thu hồi: phải hủy dữ liệu trên ổ đĩa của máy",
            (Self::Revoked, Lang::En) => "revoked: its disk must be destroyed by hand",
            (Self::NotNeeded, Lang::Vi) => "không có hồ sơ này",
            (Self::NotNeeded, Lang::En) => "never had it",
        }
    }
}

impl Replica {
    /// Whom an erasure would mean. The view is logged.
    pub fn purge_preview(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<PurgePreview, HubError> {
        viewer.must_administer()?;
        let preview = self.inner.store.read(|tx| {
            let state = tx.document(document)?.ok_or(ReplicaError::NotFound)?;
            let names = Names::of(tx, viewer.lang)?;
            let facts = tx.person_row(document)?.map(|row| row.facts);
            Ok::<_, HubError>(PurgePreview {
                document: *document,
                birth_date: facts.as_ref().and_then(|facts| facts.birth_date),
                full_name: facts.map_or(String::new(), |facts| facts.full_name),
                ward_name: names.ward(&state.ward),
                held_by: holders(tx, document)?.iter().map(|ward| names.ward(ward)).collect(),
                confirm: word(document, &state.heads),
                ward: state.ward,
            })
        })?;
        self.log_seen(viewer, "purge_preview", Some(*document), "");
        Ok(preview)
    }

    /// Erases a record for good, here and at every ward that holds it. `confirm` is the word of the
    /// preview.
    pub fn purge_person(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        reason: &str,
        confirm: &str,
    ) -> Result<PurgeView, HubError> {
        viewer.must_administer()?;
        let reason = decision_text(reason)?;
        let now = self.now();
        self.inner.store.write(|tx| {
            let state = tx.document(document)?.ok_or(ReplicaError::NotFound)?;
            if confirm.trim() != word(document, &state.heads) {
                return Err(HubError::NotConfirmed);
            }
            let port: &mut dyn HubPort = tx;
            custody::purge(port, document, &reason, now)?;
            tx.delete_person(document)?;
            Ok(self.log_in(tx, viewer, "purge_person", Some(*document), "")?)
        })?;
        let found = self.purges(viewer, Some(document))?;
        found.into_iter().next().ok_or_else(|| ReplicaError::NotFound.into())
    }

    /// The erased records with the receipts of all machines, newest first.
    pub fn purges(
        &self,
        viewer: &Viewer,
        document: Option<&DocumentId>,
    ) -> Result<Vec<PurgeView>, HubError> {
        viewer.must_administer()?;
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut graves: Vec<Tombstone> = match document {
                Some(document) => Log::tombstone(tx, document)?.into_iter().collect(),
                None => tx.tombstones()?,
            };
            graves.retain(|grave| grave.reason == ForgetReason::Purged);
            graves.sort_by_key(|grave| std::cmp::Reverse(grave.at));
            graves.into_iter().map(|grave| purge_view(tx, &names, &grave)).collect()
        })
    }
}

fn purge_view(tx: &dyn Tx, names: &Names, grave: &Tombstone) -> Result<PurgeView, HubError> {
    let ledger = HubPort::custody(tx, &grave.document)?;
    let last = ledger.iter().rev().find(|entry| entry.act == CustodyAct::Purge);
    let mut receipts = Vec::new();
    for said in custody::receipts(tx, &grave.document)? {
        let device = tx.device(&said.device)?;
        receipts.push(Receipt {
            ward_name: names.ward(&said.ward),
            ward: said.ward,
            device: said.device,
            device_name: said.name,
            state: match (said.forgotten, said.revoked) {
                (true, _) => ReceiptState::Erased,
                (false, true) => ReceiptState::Revoked,
                (false, false) if is_newer(device.as_ref(), grave) => ReceiptState::NotNeeded,
                (false, false) => ReceiptState::Waiting,
            },
            last_contact: device.and_then(|device| device.last_contact),
        });
    }
    Ok(PurgeView {
        document: grave.document,
        at: last.map_or(grave.at, |entry| entry.at),
        reason: last.map(|entry| entry.decision.clone()).unwrap_or_default(),
        complete: receipts
            .iter()
            .all(|line| matches!(line.state, ReceiptState::Erased | ReceiptState::NotNeeded)),
        receipts,
    })
}

/// A machine that joined after the erasure never had the record.
fn is_newer(device: Option<&DeviceRecord>, grave: &Tombstone) -> bool {
    device.is_some_and(|device| device.enrolled_at > grave.at)
}

/// The wards that the ledger names as keepers or readers, ever.
fn holders(tx: &dyn Tx, document: &DocumentId) -> Result<BTreeSet<WardId>, HubError> {
    let ledger = HubPort::custody(tx, document)?.into_iter();
    let held = ledger.filter(|entry| {
        matches!(entry.act, CustodyAct::Born | CustodyAct::Transfer | CustodyAct::Lend)
    });
    Ok(held.map(|entry| entry.ward).collect())
}

fn word(document: &DocumentId, heads: &[ChangeHash]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"wardbook purge\0");
    hash.update(document.as_bytes());
    for head in heads {
        hash.update(head.0);
    }
    to_hex(&hash.finalize()[..4])
}
