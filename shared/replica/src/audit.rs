//! What is written into the log of who did and who saw what. Never personal data.

use wardbook_base::DocumentId;
use wardbook_store::{AuditEntry, AuditRow, Tx};

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

impl Replica {
    /// Notes that somebody saw something, in a transaction of its own. A full disk must not stop
    /// reading, so a note that cannot be written is only a warning.
    pub(crate) fn log_seen(
        &self,
        viewer: &Viewer,
        action: &str,
        document: Option<DocumentId>,
        detail: &str,
    ) {
        let noted = self.inner.store.write(|tx| self.log_in(tx, viewer, action, document, detail));
        if let Err(error) = noted {
            tracing::warn!(code = error.code(), action, "the log of views was not written");
        }
    }

    /// Notes that somebody did something, inside the transaction that does it.
    pub(crate) fn log_in(
        &self,
        tx: &mut dyn Tx,
        viewer: &Viewer,
        action: &str,
        document: Option<DocumentId>,
        detail: &str,
    ) -> Result<(), ReplicaError> {
        let entry = AuditEntry {
            at: self.now(),
            account: Some(viewer.user),
            action: action.to_owned(),
            document,
            detail: detail.to_owned(),
        };
        Ok(tx.append_audit(&entry)?)
    }

    /// The newest entries of the log, newest first; those about one record when it is given.
    pub fn audit_log(
        &self,
        viewer: &Viewer,
        document: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<AuditRow>, ReplicaError> {
        viewer.must_administer()?;
        Ok(self.inner.store.read(|tx| tx.audit_rows(document, limit))?)
    }
}
