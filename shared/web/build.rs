//! Sees that the front end was built before it is embedded, and rebuilds when it or a text changes.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=dist");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=help");
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new("dist/app.css").is_file() && Path::new("dist/app.js").is_file() {
        return ExitCode::SUCCESS;
    }
    println!("cargo::error=The front end is not built yet: run `cargo xtask assets` first.");
    ExitCode::FAILURE
}
