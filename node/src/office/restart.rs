//! Putting a backup in the place of the data while the program runs: it is unpacked beside the
//! folder first; when somebody has seen what it holds, the program closes the data, swaps the
//! folders and opens again. The folder before is kept.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use wardbook_base::Timestamp;

/// A backup that was unpacked and waits for somebody's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// Where it was unpacked.
    pub(crate) folder: PathBuf,
    /// When the backup was made.
    pub(crate) made_at: Option<Timestamp>,
    /// Records in it.
    pub(crate) documents: u64,
    /// Names it in a form.
    pub(crate) token: String,
}

/// The wish to start again over other data.
#[derive(Debug, Default)]
pub(crate) struct Restart {
    waiting: Mutex<Option<Unpacked>>,
    wanted: Mutex<Option<PathBuf>>,
    asked: Notify,
}

impl Restart {
    /// Keeps an unpacked backup; the one that waited before is removed.
    pub(crate) fn keep(&self, unpacked: Unpacked) {
        let before = self.lock().replace(unpacked);
        if let Some(before) = before {
            let _ = std::fs::remove_dir_all(before.folder);
        }
    }

    /// The backup that waits under this name.
    pub(crate) fn take(&self, token: &str) -> Option<Unpacked> {
        let mut waiting = self.lock();
        if waiting.as_ref().is_some_and(|one| one.token == token) { waiting.take() } else { None }
    }

    /// Asks for the swap.
    pub(crate) fn ask(&self, folder: PathBuf) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
        self.asked.notify_one();
    }

    /// Ends when a swap is asked for.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// The folder that is wanted in the place of the data.
    pub(crate) fn wanted(&self) -> Option<PathBuf> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Unpacked>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder beside the data that is not there yet.
pub(crate) fn beside(data: &Path, what: &str, mark: &str) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}-{mark}"));
    data.with_file_name(name)
}

/// Swaps the folders. Where the old data lies now is returned; when the swap fails everything stays
/// as it was.
pub(crate) fn swap(data: &Path, restored: &Path, mark: &str) -> std::io::Result<PathBuf> {
    let kept = beside(data, "before-restore", mark);
    let settings = data.join(crate::config::FILE_NAME);
    if settings.is_file() {
        std::fs::copy(&settings, restored.join(crate::config::FILE_NAME))?;
    }
    std::fs::rename(data, &kept)?;
    if let Err(error) = std::fs::rename(restored, data) {
        std::fs::rename(&kept, data)?;
        return Err(error);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_change_places_and_the_settings_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (data, restored) = (dir.path().join("data"), dir.path().join("data.restored"));
        for (folder, content) in [(&data, "old"), (&restored, "new")] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("wardbook.db"), content).unwrap();
        }
        std::fs::write(data.join("node.toml"), "no_wait = true\n").unwrap();
        let kept = swap(&data, &restored, "1").unwrap();
        let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(&data, "wardbook.db"), "new");
        assert_eq!(read(&data, "node.toml"), "no_wait = true\n");
        assert_eq!(read(&kept, "wardbook.db"), "old");
        assert!(swap(&data, &dir.path().join("nothing"), "2").is_err());
        assert_eq!(read(&data, "wardbook.db"), "new", "a failed swap changes nothing");
    }
}
