//! Whose record it is: transfers, secondments, and the ledger of it all.
//!
//! Every command takes the decision behind it, for people: number, day, signer. The engine writes
//! ledger and feeds; here stand who may, the log of who did, and the words.

use wardbook_base::{DocumentId, Timestamp, WardId};
use wardbook_record::Lang;
use wardbook_store::Tx;
use wardbook_sync::hub::custody;
use wardbook_sync::ports::{CustodyAct, HubPort, OpenRelease};

use super::events::Names;
use crate::error::{HubError, ReplicaError, pair};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// One record's custody: who may write, who may read, and how it came to that.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CustodyView {
    /// The record.
    pub document: DocumentId,
    /// The person's name; empty when it is not known here any more.
    pub full_name: String,
    /// The ward that may write; `None` once it was purged.
    pub ward: Option<WardId>,
    /// Its name.
    pub ward_name: String,
    /// The custody entry in force.
    pub version: u64,
    /// The wards it is lent to.
    pub readers: Vec<NamedWard>,
    /// The ledger, oldest first.
    pub entries: Vec<CustodyLine>,
    /// Wards that gave it away and have not yet all said that they hold it no longer.
    pub open: Vec<OpenView>,
}

/// A ward with its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NamedWard {
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub name: String,
}

/// One entry of the ledger.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CustodyLine {
    /// Its number.
    pub version: u64,
    /// What was done.
    pub act: CustodyAct,
    /// The same in words.
    pub words: String,
    /// The ward it was done to.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The decision.
    pub decision: String,
    /// When.
    pub at: Timestamp,
}

/// A ward that gave a record away and may still hold late edits of it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct OpenView {
    /// The record.
    pub document: DocumentId,
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// The custody entry by which the record went.
    pub version: u64,
    /// When it went.
    pub at: Timestamp,
}

impl Replica {
    /// Gives a record to another ward (điều động, luân chuyển).
    pub fn transfer(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        to: &WardId,
        decision: &str,
    ) -> Result<CustodyView, HubError> {
        self.custody_command(viewer, document, "transfer", to, decision, |tx, decision, now| {
            custody::transfer(tx, document, to, decision, now)
        })
    }

    /// Lets another ward read a record (biệt phái): one writes, two read, it is counted once.
    pub fn lend(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        to: &WardId,
        decision: &str,
    ) -> Result<CustodyView, HubError> {
        self.custody_command(viewer, document, "lend", to, decision, |tx, decision, now| {
            custody::lend(tx, document, to, decision, now)
        })
    }

    /// Ends a secondment.
    pub fn end_loan(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        from: &WardId,
        decision: &str,
    ) -> Result<CustodyView, HubError> {
        self.custody_command(viewer, document, "end_loan", from, decision, |tx, decision, now| {
            custody::end_loan(tx, document, from, decision, now)
        })
    }

    fn custody_command(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        action: &str,
        ward: &WardId,
        decision: &str,
        command: impl FnOnce(&mut dyn HubPort, &str, Timestamp) -> Result<u64, custody::CustodyError>,
    ) -> Result<CustodyView, HubError> {
        viewer.must_edit()?;
        let decision = decision_text(decision)?;
        let now = self.now();
        self.inner.store.write(|tx| {
            known_ward(tx, ward)?;
            let port: &mut dyn HubPort = tx;
            command(port, &decision, now)?;
            // Lists carry the ward.
            tx.mark_dirty(document, now)?;
            self.log_in(tx, viewer, action, Some(*document), &format!("ward={ward}"))?;
            Ok::<_, HubError>(())
        })?;
        self.project_soon();
        self.custody(viewer, document)
    }

    /// The custody of one record: ledger, readers, and what is not settled yet.
    pub fn custody(&self, viewer: &Viewer, document: &DocumentId) -> Result<CustodyView, HubError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let ledger = HubPort::custody(tx, document)?;
            let state = tx.document(document)?;
            if state.is_none() && ledger.is_empty() {
                return Err(ReplicaError::NotFound.into());
            }
            let readers = tx.readers(document)?.into_iter();
            Ok(CustodyView {
                document: *document,
                full_name: tx
                    .person_row(document)?
                    .map_or(String::new(), |row| row.facts.full_name),
                ward_name: state.as_ref().map_or(String::new(), |state| names.ward(&state.ward)),
                version: ledger.last().map_or(0, |entry| entry.version),
                ward: state.map(|state| state.ward),
                readers: readers.map(|ward| names.named(ward)).collect(),
                open: open_releases(tx, &names)?
                    .into_iter()
                    .filter(|open| open.document == *document)
                    .collect(),
                entries: ledger
                    .into_iter()
                    .map(|entry| CustodyLine {
                        version: entry.version,
                        act: entry.act,
                        words: act_label(entry.act, viewer.lang),
                        ward_name: names.ward(&entry.ward),
                        ward: entry.ward,
                        decision: entry.decision,
                        at: entry.at,
                    })
                    .collect(),
            })
        })
    }

    /// Projects a little at once, so that whoever gave the command sees it done; the rest is the
    /// projector's. What was decided stands in any case.
    pub(super) fn project_soon(&self) {
        if let Err(error) = self.project_pending(64) {
            tracing::warn!(code = error.code(), "a moved record is not in the lists yet");
        }
    }
}

impl Names {
    pub(super) fn named(&self, ward: WardId) -> NamedWard {
        NamedWard { name: self.ward(&ward), ward }
    }
}

/// All that is not settled.
pub(super) fn open_releases(tx: &dyn Tx, names: &Names) -> Result<Vec<OpenView>, HubError> {
    let view = |open: OpenRelease| OpenView {
        document: open.document,
        ward_name: names.ward(&open.ward),
        ward: open.ward,
        version: open.custody_version,
        at: open.at,
    };
    Ok(tx.all_open_releases()?.into_iter().map(view).collect())
}

pub(super) fn known_ward(tx: &dyn Tx, ward: &WardId) -> Result<(), HubError> {
    let known = tx.ward(ward)?.is_some();
    if known { Ok(()) } else { Err(HubError::UnknownWard(ward.to_string())) }
}

/// A decision as it is written into the ledger; nothing moves without one.
pub(super) fn decision_text(typed: &str) -> Result<String, HubError> {
    let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { Err(HubError::NoDecision) } else { Ok(text) }
}

/// What a custody entry did, in words.
pub fn act_label(act: CustodyAct, lang: Lang) -> String {
    let (vi, en) = match act {
        CustodyAct::Born => ("Lập hồ sơ", "Record made"),
        CustodyAct::Transfer => ("Chuyển đến", "Transferred to"),
        CustodyAct::Lend => ("Biệt phái đến", "Seconded to"),
        CustodyAct::Return => ("Hết biệt phái tại", "Secondment ended at"),
        CustodyAct::Purge => ("Xóa vĩnh viễn", "Erased for good"),
    };
    pair(lang, vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_one_line_and_never_empty() {
        assert_eq!(
            decision_text("  QĐ 45/QĐ-UBND \n ngày 1/7 ").unwrap(),
            "QĐ 45/QĐ-UBND ngày 1/7"
        );
        assert!(matches!(decision_text(" \n"), Err(HubError::NoDecision)));
    }
}
