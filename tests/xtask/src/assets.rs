//! The front end: packages by lock file from npm, then the build script that makes shared/web/dist.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Fetches the packages when the lock file changed, then builds. Files that stay the same are not
/// touched, so that cargo has nothing to rebuild.
pub(crate) fn build(root: &Path) -> Result<(), String> {
    let web = root.join("shared").join("web");
    fetch(&web)?;
    run(&web, "node", &["build.mjs"])
}

fn fetch(web: &Path) -> Result<(), String> {
    let lock = fs::read(web.join("package-lock.json"))
        .map_err(|error| format!("shared/web/package-lock.json cannot be read: {error}"))?;
    // A copy of the lock file that the packages were fetched by.
    let fetched_by = web.join("node_modules").join(".fetched-by");
    if fs::read(&fetched_by).is_ok_and(|fetched| fetched == lock) {
        return Ok(());
    }
    // No package may run a script of its own on this machine.
    run(web, npm(), &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .map_err(|why| format!("{why}; the front-end packages come from npm: check the network"))?;
    fs::write(&fetched_by, lock)
        .map_err(|error| format!("cannot write to shared/web/node_modules: {error}"))
}

fn run(folder: &Path, program: &str, words: &[&str]) -> Result<(), String> {
    let status = Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| {
            format!(
                "{program} could not be started ({error}); install Node.js 20 or newer with npm"
            )
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{program} {}` in shared/web ended with {status}", words.join(" ")))
    }
}

const fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}
