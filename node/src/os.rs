//! What differs between operating systems, in one place: folders, private files, names.
//! On Windows the folder's own access list protects files; that part is not verified here.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Where the data lies when nobody says otherwise.
pub(crate) fn default_data_dir() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(dir) = from("XDG_DATA_HOME").or_else(|| from("LOCALAPPDATA")) {
        return PathBuf::from(dir).join("wardbook-node");
    }
    from("HOME").map_or_else(
        || PathBuf::from("wardbook-node"),
        |home| PathBuf::from(home).join(".local/share/wardbook-node"),
    )
}

/// Writes a file that only this account may read, replacing what was there.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// What tells this machine from another: the same after a restart, another on another PC. A hash, so
/// that a file that carries it does not carry the machine's own id.
pub(crate) fn machine_fingerprint() -> String {
    // Windows keeps its id in the registry; there the computer's name stands in until that is built.
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(machine_name);
    let digest = Sha256::new().chain_update(b"wardbook machine\0").chain_update(id).finalize();
    wardbook_base::to_hex(&digest[..16])
}

/// What this machine calls itself: the first guess for the device's name.
pub(crate) fn machine_name() -> String {
    let from_env = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
    from_env
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "PC".to_owned())
}
