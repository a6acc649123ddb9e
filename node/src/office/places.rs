//! Where files can be put: drives that are plugged in, the home folder, folders the operator named.
//! Nothing outside of these is ever listed or written.

use std::path::{Path, PathBuf};

use super::packed::is_packed;

/// Folders that a page lists at most.
const FOLDERS_MAX: usize = 200;

/// A place to begin at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where.
    pub(crate) path: PathBuf,
    /// A drive that can be taken out.
    pub(crate) removable: bool,
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Listing {
    /// The folder itself.
    pub(crate) path: PathBuf,
    /// The folder above, as long as it belongs to the place.
    pub(crate) above: Option<PathBuf>,
    /// Folders in it, by name.
    pub(crate) folders: Vec<PathBuf>,
    /// Backups in it, by name.
    pub(crate) backups: Vec<PathBuf>,
}

/// The places of this machine; `named` are those of the settings.
pub(crate) fn places(named: &[PathBuf]) -> Vec<Place> {
    let named = named.iter().map(|path| Place { path: path.clone(), removable: true });
    let mounted = mounted().into_iter().map(|path| Place { path, removable: true });
    let home = home().into_iter().map(|path| Place { path, removable: false });
    let mut all: Vec<Place> = Vec::new();
    for mut place in named.chain(mounted).chain(home) {
        let Ok(path) = place.path.canonicalize() else { continue };
        place.path = path;
        if place.path.is_dir() && !all.iter().any(|other| other.path == place.path) {
            all.push(place);
        }
    }
    all
}

/// What lies in a folder of these places; `None` for any other folder.
pub(crate) fn listing(places: &[Place], folder: &Path) -> Option<Listing> {
    let folder = folder.canonicalize().ok()?;
    let place = places.iter().find(|place| folder.starts_with(&place.path))?;
    let mut listing = Listing { path: folder.clone(), ..Listing::default() };
    if folder != place.path {
        listing.above = folder.parent().map(Path::to_owned);
    }
    for entry in std::fs::read_dir(&folder).ok()?.flatten() {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden || listing.folders.len() >= FOLDERS_MAX {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            listing.folders.push(path);
        } else if wardbook_store::keys_file_of(&path).is_file() || is_packed(&path) {
            listing.backups.push(path);
        }
    }
    listing.folders.sort();
    listing.backups.sort();
    Some(listing)
}

/// What people call a folder: its own name, or all of it for a drive.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn home() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    from("HOME").or_else(|| from("USERPROFILE")).map(PathBuf::from)
}

/// Drives that are plugged in. On Windows every letter from D on that answers; that part is not
/// verified here.
fn mounted() -> Vec<PathBuf> {
    if cfg!(windows) {
        return ('D'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).collect();
    }
    let text = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let points = text.lines().filter_map(|line| line.split(' ').nth(1));
    points
        .filter(|point| {
            ["/media/", "/run/media/", "/mnt/"].iter().any(|top| point.starts_with(top))
        })
        // The list writes a space as \040.
        .map(|point| PathBuf::from(point.replace("\\040", " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_a_place_is_listed() {
        let dir = tempfile::tempdir().unwrap();
        let stick = dir.path().join("stick");
        std::fs::create_dir_all(stick.join("sao-luu")).unwrap();
        std::fs::create_dir_all(dir.path().join("other")).unwrap();
        std::fs::write(stick.join("a.wardbackup"), b"x").unwrap();
        std::fs::write(stick.join("a.wardbackup.keys"), b"x").unwrap();
        std::fs::write(stick.join("b.txt"), b"x").unwrap();
        let all = places(std::slice::from_ref(&stick));
        let stick = stick.canonicalize().unwrap();
        assert_eq!(all[0].path, stick);
        let found = listing(&all[..1], &stick).unwrap();
        assert_eq!(found.folders, vec![stick.join("sao-luu")]);
        assert_eq!(found.backups, vec![stick.join("a.wardbackup")]);
        assert_eq!(found.above, None);
        assert!(listing(&all[..1], &stick.join("sao-luu")).unwrap().above.is_some());
        for outside in [dir.path().join("other"), stick.join("..").join("other"), stick.join("no")]
        {
            assert_eq!(listing(&all[..1], &outside), None, "{}", outside.display());
        }
    }
}
