//! How a command finds the running server: `control.json` in the data folder, mode 0600.
//!
//! The file is a hint and a key, no lock: the store's own lock decides who may open the data.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wardbook_base::{Dice, to_hex};

/// What the file says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Control {
    /// Where the running server answers.
    pub address: String,
    /// The bearer token that opens its whole API.
    pub token: String,
    /// Its process, for people who look.
    pub pid: u32,
    /// The address the wards call.
    pub sync_url: String,
}

/// The file of a running server; removed when this is dropped.
#[derive(Debug)]
pub struct ControlFile {
    path: PathBuf,
}

impl Control {
    /// What stands in a data folder, if a server left something readable there.
    pub fn read(data: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path_in(data)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes the file so that only its owner can read it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, data: &Path) -> std::io::Result<ControlFile> {
        let path = path_in(data);
        // A file left by a killed server may have other rights: start afresh.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private_options().open(&path)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        Ok(ControlFile { path })
    }
}

/// A new bearer token: 256 random bits.
pub fn new_token(dice: &dyn Dice) -> String {
    to_hex(&dice.bytes::<32>())
}

impl Drop for ControlFile {
    fn drop(&mut self) {
        // A file that stays behind is harmless: its address no longer answers.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path_in(data: &Path) -> PathBuf {
    data.join("control.json")
}

/// Options that make a new file which only its owner may read.
fn private_options() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_and_goes_with_the_server() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.json");
        std::fs::write(&path, "left behind").unwrap();
        let control = Control {
            address: "127.0.0.1:1".to_owned(),
            token: "t".to_owned(),
            pid: 1,
            sync_url: String::new(),
        };
        let file = control.write(dir.path()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Control::read(dir.path()).unwrap().token, "t");
        drop(file);
        assert!(Control::read(dir.path()).is_none());
    }
}
