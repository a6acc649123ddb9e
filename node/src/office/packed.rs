//! The archive that a browser downloads: both files of a backup in one. It can be restored as it is,
//! so that nobody has to unpack anything.

use std::fs::File;
use std::io::copy;
use std::path::{Path, PathBuf};

use wardbook_store::keys_file_of;
use zip::ZipArchive;

/// How its name ends.
const ENDING: &str = ".wardbackup.zip";

/// Whether a file is such an archive, by its name.
pub(crate) fn is_packed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// Takes both files out into a folder and names the backup; `None` for what is no such archive.
pub(crate) fn unpacked(archive: &Path, into: &Path) -> Option<PathBuf> {
    let mut zip = ZipArchive::new(File::open(archive).ok()?).ok()?;
    // Names inside are not trusted: the two files are told apart, and named here.
    let backup = into.join("backup");
    std::fs::create_dir_all(into).ok()?;
    let mut found = 0;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).ok()?;
        // Sealed bytes are stored as they are; anything smaller than it opens to is a trap.
        if entry.compressed_size() != entry.size() {
            return None;
        }
        let name = entry.name().ok()?.into_owned();
        let is_keys = Path::new(&name).extension().is_some_and(|ending| ending == "keys");
        let to = if is_keys { keys_file_of(&backup) } else { backup.clone() };
        copy(&mut entry, &mut File::create_new(&to).ok()?).ok()?;
        found += 1;
    }
    (found == 2 && backup.is_file() && keys_file_of(&backup).is_file()).then_some(backup)
}
