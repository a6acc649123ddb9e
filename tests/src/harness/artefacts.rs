//! What a test run leaves for people: screenshots and measured figures, in `target/artefacts`.

use std::path::PathBuf;

/// Where artefacts are kept.
pub fn artefact_path(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap_or_default();
    let target =
        me.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let folder =
        target.and_then(|t| t.parent()).map_or_else(std::env::temp_dir, |t| t.join("artefacts"));
    let _ = std::fs::create_dir_all(&folder);
    folder.join(name)
}

/// Keeps a file; a failure to keep it fails no test.
pub fn keep_artefact(name: &str, bytes: &[u8]) {
    let _ = std::fs::write(artefact_path(name), bytes);
}
