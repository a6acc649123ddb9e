//! What keeps a database small and sound over the years, in steps that never hold the writer long.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wardbook_store::{BackupReport, Finding, ScrubReport, served_to_all};

use crate::End;
use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::settings::BACKUP_FOLDERS;

/// Documents looked at in one step.
const STEP: usize = 64;

/// What a look over the whole database found.
#[derive(Debug, Clone, Default)]
pub struct ScrubAll {
    /// Documents looked at.
    pub documents: u64,
    /// What is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Replica {
    /// Looks all documents over, in a pass of its own.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn scrub_all(&self) -> Result<ScrubAll, ReplicaError> {
        if self.inner.store.scrub_status()?.seen > 0 {
            // A pass is under way: what is left of it is not a whole one.
            while !self.scrub_some()? {}
        }
        let mut all = ScrubAll::default();
        loop {
            let ScrubReport { documents, findings, finished } =
                self.inner.store.scrub_step(STEP)?;
            all.documents += documents;
            all.findings.extend(findings);
            if finished {
                return Ok(all);
            }
        }
    }

    /// Looks the next few documents over. Returns whether the pass has come to its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn scrub_some(&self) -> Result<bool, ReplicaError> {
        let step = self.inner.store.scrub_step(STEP)?;
        for finding in &step.findings {
            let (subject, code) = (&finding.subject, &finding.code);
            tracing::error!(%subject, %code, "what is stored is not sound");
        }
        Ok(step.finished)
    }

    /// Drops the rows of old changes of the next few documents. Returns whether the pass has come to
    /// its end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn compact_some(&self) -> Result<bool, ReplicaError> {
        let keep_after = match self.end() {
            End::Hub => self.inner.store.read(|tx| served_to_all(tx))?,
            End::Node => None,
        };
        Ok(self.inner.store.compact_step(self.now(), keep_after, STEP)?.finished)
    }

    /// Writes a backup with its key file, and remembers where: the key file is removed there when
    /// its time is over.
    ///
    /// # Errors
    /// When the files cannot be written or do not read back the same.
    pub fn backup(&self, file: &Path) -> Result<BackupReport, ReplicaError> {
        let report = self.inner.store.backup_to(file)?;
        let folder =
            std::path::absolute(file).ok().and_then(|file| Some(file.parent()?.to_owned()));
        if let Some(folder) = folder {
            self.inner.store.write(|tx| {
                let mut folders: BTreeSet<PathBuf> = match tx.get_setting(BACKUP_FOLDERS)? {
                    Some(text) => serde_json::from_str(&text).unwrap_or_default(),
                    None => BTreeSet::new(),
                };
                if folders.insert(folder) {
                    // A folder whose name is no text is only not remembered.
                    let text = serde_json::to_string(&folders).unwrap_or_default();
                    tx.put_setting(BACKUP_FOLDERS, &text)?;
                }
                Ok::<_, ReplicaError>(())
            })?;
        }
        Ok(report)
    }

    /// Removes key files of backups whose 35 days are over, in the folders that backups were written
    /// to. A folder that is not there now, such as a stick that was taken out, is left for later.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn prune_keys(&self) -> Result<u64, ReplicaError> {
        let Some(text) = self.inner.store.read(|tx| tx.get_setting(BACKUP_FOLDERS))? else {
            return Ok(0);
        };
        let folders: BTreeSet<PathBuf> = serde_json::from_str(&text).unwrap_or_default();
        let mut removed = 0;
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            match self.inner.store.prune_key_backups(folder, self.now()) {
                Ok(n) => removed += n,
                Err(error) => tracing::warn!(
                    code = error.code(),
                    "old key files of backups were not removed: remove those older than 35 days by hand"
                ),
            }
        }
        Ok(removed)
    }
}
