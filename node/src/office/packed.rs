//! The archive that a browser downloads: both files of a backup in one. It can be restored as it is,
//! so that nobody has to unpack anything.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, copy};
use std::path::{Path, PathBuf};

use wardbook_store::keys_file_of;
use zip::ZipArchive;

/// How its name ends.
const ENDING: &str = ".wardbackup.zip";

/// Whether a file is such an archive, by its name.
pub(crate) fn is_packed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// Takes both files out into a new folder and names the backup; `None` for what is no such archive.
///
/// # Errors
/// When the archive cannot be read or the folder not be written: that says nothing of the archive.
pub(crate) fn unpacked(archive: &Path, into: &Path) -> io::Result<Option<PathBuf>> {
    let Ok(mut zip) = ZipArchive::new(File::open(archive)?) else { return Ok(None) };
    // Names inside are not trusted: the two files are told apart, and named here.
    let backup = into.join("backup");
    std::fs::create_dir_all(into)?;
    let mut found = 0;
    for at in 0..zip.len() {
        let Ok(mut entry) = zip.by_index(at) else { return Ok(None) };
        // Sealed bytes are stored as they are; anything smaller than it opens to is a trap.
        if entry.compressed_size() != entry.size() {
            return Ok(None);
        }
        let Ok(name) = entry.name().map(Cow::into_owned) else { return Ok(None) };
        let is_keys = Path::new(&name).extension().is_some_and(|ending| ending == "keys");
        let to = if is_keys { keys_file_of(&backup) } else { backup.clone() };
        if to.exists() {
            return Ok(None);
        }
        match copy(&mut entry, &mut File::create_new(&to)?) {
            Ok(_) => found += 1,
            // What stands in the archive is not what it says of itself.
            Err(error) if is_damage(error.kind()) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let is_whole = found == 2 && backup.is_file() && keys_file_of(&backup).is_file();
    Ok(is_whole.then_some(backup))
}

fn is_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::Other)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn archive(at: &Path, names: &[&str]) {
        let mut zip = ZipWriter::new(File::create(at).unwrap());
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for name in names {
            zip.start_file(*name, stored).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn a_full_or_missing_disk_is_not_called_a_damaged_archive() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("a.wardbackup.zip");
        archive(&at, &["../x.wardbackup", "y.wardbackup.keys"]);
        let backup = unpacked(&at, &dir.path().join("one")).unwrap().unwrap();
        assert_eq!(std::fs::read(&backup).unwrap(), b"../x.wardbackup");
        assert_eq!(std::fs::read(keys_file_of(&backup)).unwrap(), b"y.wardbackup.keys");
        // A folder cannot be made below a file.
        assert!(unpacked(&at, &at.join("two")).is_err());
        assert!(unpacked(&dir.path().join("none"), &dir.path().join("three")).is_err());
        for names in [&["x"][..], &["x", "y"], &["x.keys", "y.keys"], &["x", "x.keys", "y.keys"]] {
            archive(&at, names);
            let into = dir.path().join(names.join("-"));
            assert_eq!(unpacked(&at, &into).unwrap(), None, "{names:?}");
        }
        let mut bytes = std::fs::read(&at).unwrap();
        bytes.truncate(40);
        std::fs::write(&at, &bytes).unwrap();
        assert_eq!(unpacked(&at, &dir.path().join("four")).unwrap(), None);
    }
}
