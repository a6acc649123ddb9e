//! The key file: 256 bits as hexadecimal text, readable by its owner alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use wardbook_base::{Dice, Redacted, from_hex, to_hex};

use crate::error::StoreError;

/// The raw key of a database. Never shown by `Debug`.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseKey(Redacted<[u8; 32]>);

impl DatabaseKey {
    /// Reads the key file, and refuses one that others can read.
    pub(crate) fn read(path: &Path) -> Result<Self, StoreError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::KeyMissing { path: path.to_owned() });
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(StoreError::KeyMalformed { path: path.to_owned() });
            }
            Err(error) => return Err(error.into()),
        };
        refuse_exposed(path)?;
        from_hex(text.trim())
            .map(|key| Self(Redacted(key)))
            .map_err(|_| StoreError::KeyMalformed { path: path.to_owned() })
    }

    /// Makes a key and its file; an existing file is never replaced.
    pub(crate) fn create(path: &Path, dice: &dyn Dice) -> Result<Self, StoreError> {
        let key = Self(Redacted(dice.bytes()));
        write_private(path, to_hex(&key.0.0).as_bytes())?;
        Ok(key)
    }

    /// The form SQLCipher takes as a raw key, without derivation.
    pub(crate) fn pragma_value(&self) -> String {
        format!("x'{}'", to_hex(&self.0.0))
    }
}

/// Writes a new file that only its owner can read, durably.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Makes a new, renamed or removed entry of a folder durable, where the system can.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StoreError::KeyExposed { path: path.to_owned() });
    }
    Ok(())
}

/// Windows: the folder's access list protects the file (unverified, docs list it).
#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn a_key_is_read_back_and_never_shown_or_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("database.key");
        let made = DatabaseKey::create(&path, &SeededDice::new(1)).unwrap();
        let read = DatabaseKey::read(&path).unwrap();
        assert_eq!(made.pragma_value(), read.pragma_value());
        assert_eq!(made.pragma_value().len(), 2 + 64 + 1);
        assert!(!format!("{made:?}").contains(&made.pragma_value()[2..10]));
        assert!(DatabaseKey::create(&path, &SeededDice::new(2)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("database.key");
        DatabaseKey::create(&path, &SeededDice::new(1)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(DatabaseKey::read(&path).unwrap_err().code(), "key_exposed");
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("database.key");
        assert_eq!(DatabaseKey::read(&path).unwrap_err().code(), "key_missing");
        write_private(&path, b"not a key").unwrap();
        assert_eq!(DatabaseKey::read(&path).unwrap_err().code(), "key_malformed");
    }
}
