//! Runs the fuzz targets of `tests/fuzz`: for people, not for CI, which runs the same decoders over
//! a few thousand inputs in the ordinary tests.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::steps::{Steps, exec};

const MISSING: &str = "\
the fuzz targets need a nightly compiler and cargo-fuzz, which this command does not install:
  rustup toolchain install nightly --profile minimal
  cargo install cargo-fuzz
and a C++ compiler (Debian: build-essential)";

/// `cargo xtask fuzz [target] [seconds]`: one target or all, a minute each when nothing is said.
pub(crate) fn fuzz(root: &Path, rest: &[String]) -> Result<(), String> {
    for words in [["+nightly", "--version"], ["fuzz", "--version"]] {
        if !answers(&words) {
            return Err(MISSING.to_owned());
        }
    }
    let targets = targets(root)?;
    let seconds = rest.iter().find(|word| word.parse::<u32>().is_ok()).map_or("60", String::as_str);
    let named: Vec<&String> = rest.iter().filter(|word| word.parse::<u32>().is_err()).collect();
    if let Some(unknown) = named.iter().find(|name| !targets.contains(name)) {
        return Err(format!("there is no target {unknown}; there are: {}", targets.join(", ")));
    }
    let mut steps = Steps::new(root);
    let found = root.join("tests").join("fuzz").join("corpus");
    // The ordinary test of the decoders writes their honest samples, to start from.
    let words = ["test", "--workspace", "--test", "decoders"];
    steps.cargo_env("seeds", &words, &[("WARDBOOK_SEEDS", &found.to_string_lossy())])?;
    for target in targets.iter().filter(|target| named.is_empty() || named.contains(target)) {
        steps.run(target, |root| run(root, target, seconds))?;
    }
    steps.print_times();
    Ok(())
}

fn run(root: &Path, target: &str, seconds: &str) -> Result<(), String> {
    let folder = root.join("tests").join("fuzz");
    // What the fuzzer finds goes into the first folder; the second is ours and kept.
    let found = folder.join("corpus").join(target);
    let kept = root.join("tests").join("hostile").join("corpus").join(target);
    let mut words = vec!["+nightly", "fuzz", "run", target];
    let (found, kept, is_kept) = (found.to_string_lossy(), kept.to_string_lossy(), kept.is_dir());
    words.push(&found);
    if is_kept {
        words.push(&kept);
    }
    let time = format!("-max_total_time={seconds}");
    words.extend(["--", "-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1", &time]);
    exec(&folder, "cargo", &words)
}

fn answers(words: &[&str]) -> bool {
    let mut cargo = Command::new("cargo");
    cargo.args(words).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|status| status.success())
}

fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("tests").join("fuzz").join("fuzz_targets");
    let files = std::fs::read_dir(&folder)
        .map_err(|why| format!("{} cannot be read: {why}", folder.display()))?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}
