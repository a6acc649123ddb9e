//! Runs the fuzz targets of `tests/fuzz`: for people, not for CI, which runs the same decoders over
//! a few thousand inputs in the ordinary tests.
//!
//! The targets have the shape that cargo-fuzz expects. This command builds them without it, on the
//! stable compiler: the passes of LLVM that lead libFuzzer are stable flags; only the sanitizers want
//! a nightly compiler, and safe Rust gives them little to find.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Steps, exec, run as wait, target_dir};

/// The instrumentation that libFuzzer reads its way by, as cargo-fuzz asks for it.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// `cargo xtask fuzz [target] [seconds]`: one target or all, a minute each when nothing is said.
pub(crate) fn fuzz(root: &Path, rest: &[String]) -> Result<(), String> {
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
    let mut built = PathBuf::new();
    steps.run("build", |root| build(root).map(|folder| built = folder))?;
    for target in targets.iter().filter(|target| named.is_empty() || named.contains(target)) {
        steps.run(target, |root| run(root, &built, target, seconds))?;
    }
    steps.print_times();
    Ok(())
}

/// Builds every target, and says in which folder they lie. A target platform is named so that the
/// instrumentation stays out of build scripts and macros.
fn build(root: &Path) -> Result<PathBuf, String> {
    let host = host()?;
    let folder = target_dir(root).join("fuzz");
    let mut cargo = Command::new("cargo");
    let words = ["build", "--release", "--bins", "--target", &host];
    cargo.args(words).current_dir(root.join("tests").join("fuzz"));
    cargo.env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", &folder);
    wait(cargo, "cargo", &words)?;
    Ok(folder.join(&host).join("release"))
}

/// The platform that the compiler makes programs for by itself.
fn host() -> Result<String, String> {
    let said = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|why| format!("rustc could not be started: {why}"))?;
    String::from_utf8_lossy(&said.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

fn run(root: &Path, built: &Path, target: &str, seconds: &str) -> Result<(), String> {
    // What the fuzzer finds goes into the first folder; the second is ours and kept.
    let folder = root.join("tests").join("fuzz");
    let (found, failed) = (folder.join("corpus").join(target), folder.join("artifacts"));
    let kept = root.join("tests").join("hostile").join("corpus").join(target);
    for folder in [&found, &failed] {
        std::fs::create_dir_all(folder)
            .map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
    }
    let mut words = vec![found.to_string_lossy().into_owned()];
    if kept.is_dir() {
        words.push(kept.to_string_lossy().into_owned());
    }
    words.extend(["-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1"].map(str::to_owned));
    words.push(format!("-max_total_time={seconds}"));
    words.push(format!("-artifact_prefix={}/{target}-", failed.display()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    exec(&folder, &built.join(target).to_string_lossy(), &words)
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
