//! Installs from Debian what the build and the tests need; elsewhere says what to install.

use std::path::Path;
use std::process::{Command, Stdio};

/// A program that must be there, and the Debian package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
}

const BUILD: &[Need] = &[
    Need { program: "cc", package: "build-essential" },
    Need { program: "make", package: "build-essential" },
    Need { program: "perl", package: "perl" },
    Need { program: "node", package: "nodejs" },
    Need { program: "npm", package: "npm" },
];

const TORTURE: &[Need] = &[Need { program: "strace", package: "strace" }];

const BROWSER: &[Need] = &[
    Need { program: "chromium", package: "chromium" },
    Need { program: "chromedriver", package: "chromium-driver" },
    Need { program: "pdftotext", package: "poppler-utils" },
];

/// What `cargo build` needs: a C compiler, perl (for OpenSSL), node and npm (for the front end).
pub(crate) fn need_build_tools() -> Result<(), String> {
    install_missing(BUILD)
}

/// What the torture run needs to kill a program at a chosen system call.
pub(crate) fn need_torture() -> Result<(), String> {
    install_missing(TORTURE)
}

/// What the browser tests need.
pub(crate) fn need_browser() -> Result<(), String> {
    install_missing(BROWSER)
}

fn install_missing(needs: &[Need]) -> Result<(), String> {
    let mut packages: Vec<&str> =
        needs.iter().filter(|need| !on_path(need.program)).map(|need| need.package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !on_path("apt-get") {
        return Err(format!("missing programs; install what your system calls: {list}"));
    }
    println!("installing from Debian: {list}");
    apt(&["update", "-qq"])?;
    let mut words = vec!["install", "-y", "-qq", "--no-install-recommends"];
    words.extend(packages);
    apt(&words).map_err(|why| format!("{why}; as an administrator run: apt-get install {list}"))
}

fn apt(words: &[&str]) -> Result<(), String> {
    let status = Command::new("apt-get")
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("apt-get could not be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`apt-get {}` ended with {status}", words.join(" ")))
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}
