//! What an office keeps about its own machine: when it was last backed up, how others of the office
//! may use it, and what stands on the papers it prints.

use serde::{Deserialize, Serialize};
use wardbook_base::Timestamp;
use wardbook_store::PeopleQuery;

use crate::error::ReplicaError;
use crate::node::BundleOut;
use crate::replica::Replica;
use crate::settings::{BUNDLE_OUT, LAN, LAST_BACKUP, PAPER};
use crate::viewer::Viewer;

/// A backup is due after so long, in milliseconds (7 days).
pub const BACKUP_DUE_MS: i64 = 7 * 24 * 3600 * 1000;

/// The last backup that was written and read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When.
    pub at: Timestamp,
    /// Where; empty when it was downloaded.
    pub place: String,
    /// Records in it.
    pub documents: u64,
}

/// How other PCs of the office reach this one (decision 30).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LanSettings {
    /// Whether they may at all.
    pub on: bool,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The names by which they may call this machine, besides its addresses.
    pub names: Vec<String>,
}

/// What stands on the papers of this office. Each text may be empty: then the paper says what it
/// said before anybody set it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaperSettings {
    /// The agency above this one; empty leaves the line out.
    pub superior: String,
    /// The agency that prints; else the ward's name.
    pub agency: String,
    /// The place before the date; else that of the ward's name.
    pub place: String,
    /// In which capacity the head of the office signs, one or more lines; else what the form says.
    pub signer_title: String,
    /// The full name under that signature; else room to write it.
    pub signer_name: String,
}

impl Default for LanSettings {
    fn default() -> Self {
        Self { on: false, port: 8443, names: Vec::new() }
    }
}

impl Replica {
    /// The last backup, if there is any.
    pub fn last_backup(&self) -> Result<Option<LastBackup>, ReplicaError> {
        self.setting(LAST_BACKUP)
    }

    /// Whether a backup should be made: never, or too long ago, and there is something to lose.
    pub fn backup_due(&self) -> Result<bool, ReplicaError> {
        let is_old = match self.last_backup()? {
            Some(last) => self.now().0 - last.at.0 > BACKUP_DUE_MS,
            None => true,
        };
        if !is_old {
            return Ok(false);
        }
        let one = PeopleQuery { limit: 1, ..PeopleQuery::default() };
        self.inner.store.read(|tx| Ok(tx.people(&one)?.total > 0))
    }

    /// Remembers a backup.
    pub fn note_backup(&self, viewer: &Viewer, backup: &LastBackup) -> Result<(), ReplicaError> {
        let detail = backup.documents.to_string();
        self.put(viewer, LAST_BACKUP, backup, "backup", &detail)
    }

    /// How others of the office reach this machine.
    pub fn lan(&self) -> Result<LanSettings, ReplicaError> {
        Ok(self.setting(LAN)?.unwrap_or_default())
    }

    /// Changes that.
    pub fn set_lan(&self, viewer: &Viewer, lan: &LanSettings) -> Result<(), ReplicaError> {
        viewer.must_administer()?;
        self.put(viewer, LAN, lan, "set_lan", if lan.on { "on" } else { "off" })
    }

    /// What stands on the papers of this office, as far as it was set.
    pub fn paper(&self) -> Result<PaperSettings, ReplicaError> {
        Ok(self.setting(PAPER)?.unwrap_or_default())
    }

    /// Sets that.
    pub fn set_paper(&self, viewer: &Viewer, paper: &PaperSettings) -> Result<(), ReplicaError> {
        viewer.must_administer()?;
        self.put(viewer, PAPER, paper, "set_paper", "")
    }

    /// The bundles for the city that were written, as long as no reply came in.
    pub fn bundle_out(&self) -> Result<Option<BundleOut>, ReplicaError> {
        self.setting(BUNDLE_OUT)
    }

    /// Remembers that a bundle was written, or that a reply came in.
    pub(crate) fn note_bundle(&self, out: Option<BundleOut>) -> Result<(), ReplicaError> {
        let text = serde_json::to_string(&out).unwrap_or_default();
        Ok(self.inner.store.write(|tx| tx.put_setting(BUNDLE_OUT, &text))?)
    }

    /// A setting as JSON; one that cannot be understood counts as absent.
    fn setting<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, ReplicaError> {
        let text = self.inner.store.read(|tx| tx.get_setting(name))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn put<T: Serialize>(
        &self,
        viewer: &Viewer,
        name: &str,
        value: &T,
        action: &str,
        detail: &str,
    ) -> Result<(), ReplicaError> {
        let text = serde_json::to_string(value).unwrap_or_default();
        self.inner.store.write(|tx| {
            tx.put_setting(name, &text)?;
            self.log_in(tx, viewer, action, None, detail)
        })
    }
}
