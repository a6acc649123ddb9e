//! What a test run leaves for people: screenshots and measured figures, in `target/artefacts`; and
//! the papers that it uploads.

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

/// A PDF of so many bytes that does not compress.
pub fn pdf(bytes: usize) -> Vec<u8> {
    let end = b"\nstartxref\n9\n%%EOF\n";
    let mut all = b"%PDF-1.7\n".to_vec();
    let mut at = 0_u32;
    while all.len() + end.len() < bytes {
        at += 1;
        let n = (at ^ (at >> 15)).wrapping_mul(0x2c1b_3c6d);
        all.extend((n ^ (n >> 12)).wrapping_mul(0x297a_2d39).to_be_bytes());
    }
    all.truncate(bytes.saturating_sub(end.len()));
    all.extend(end);
    all
}

/// Keeps a file; a failure to keep it fails no test.
pub fn keep_artefact(name: &str, bytes: &[u8]) {
    let _ = std::fs::write(artefact_path(name), bytes);
}
