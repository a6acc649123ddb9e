//! A small disk in memory, to be filled up, and copies of data folders.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs, unmounted when dropped. Mounting needs the rights that installing packages needs.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at a folder, which is made; `size` as in `24m`.
    ///
    /// # Panics
    /// When it cannot be mounted.
    pub fn mount(at: &Path, size: &str) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let options = format!("size={size}");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).status();
        assert!(
            status.is_ok_and(|s| s.success()),
            "the test mounts a tmpfs: run it as an administrator"
        );
        Self(at.to_path_buf())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The witness that a program keeps beside its data folder.
pub fn witness_of(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".witness");
    PathBuf::from(name)
}

/// Copies what is in a folder, and the witness beside it when there is one; whether that went well.
pub fn copy_data(from: &Path, to: &Path) -> bool {
    let made = std::fs::create_dir_all(to).is_ok();
    let all = from.join(".");
    let copied =
        made && Command::new("cp").arg("-a").arg(all).arg(to).status().is_ok_and(|s| s.success());
    let _ = std::fs::copy(witness_of(from), witness_of(to));
    copied
}

/// Takes everything out of a folder, which may be the root of a disk. Its witness stays.
pub fn empty_folder(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ =
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
}
