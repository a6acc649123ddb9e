//! `cargo xtask <command>`: one language for the glue around the build.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people at a terminal"
)]
#![expect(clippy::disallowed_methods, reason = "prints how long each step took")]

mod assets;
mod fuzz;
mod setup;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use steps::Steps;

const HELP: &str = "\
cargo xtask demo      build, then show a whole city on this machine: a hub, three ward nodes, cut lines
cargo xtask test      install what is missing, then run everything (what .ci/run calls)
cargo xtask check     the quick part of it, for every commit: format, lints, unit tests
cargo xtask assets    fetch the front-end packages by lock file and build shared/web/dist
cargo xtask bench     print the speed of sync beside its limit (release profile)
cargo xtask torture   the long torture run: --rounds 2000 --seed 1 (see docs/MEASUREMENTS.md)
cargo xtask fuzz      fuzz every decoder of foreign bytes: [target] [seconds]
cargo xtask setup     only install what is missing";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let root = workspace_root();
    let result = match command.as_str() {
        "demo" => demo(&root, &rest),
        "test" => test(&root),
        "check" => check(&root),
        "assets" => setup::need_build_tools().and_then(|()| assets::build(&root)),
        "bench" => bench(&root, &rest),
        "torture" => torture(&root, &rest),
        "fuzz" => fuzz::fuzz(&root, &rest),
        "setup" => setup::need_build_tools()
            .and_then(|()| setup::need_torture())
            .and_then(|()| setup::need_browser()),
        _ => {
            println!("{HELP}");
            return if command.is_empty() || command == "help" {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Builds with the profile that favours build time and runs the demo.
fn demo(root: &Path, rest: &[String]) -> Result<(), String> {
    let mut steps = Steps::new(root);
    steps.run("tools", |_| setup::need_build_tools())?;
    steps.run("front end", assets::build)?;
    // The whole workspace, so that the features of the dependencies are the same as in the tests
    // and nothing is built twice.
    steps.cargo("build", &["build", "--workspace"])?;
    steps.print_times();
    // By its path, not through cargo: `cargo run -p` would unify features anew and rebuild.
    let program = steps::target_dir(root).join("debug").join("wardbook-demo");
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    steps::exec(root, &program.to_string_lossy(), &words)
}

/// Builds as the tests do and runs the long form of the torture run.
fn torture(root: &Path, rest: &[String]) -> Result<(), String> {
    setup::need_build_tools()?;
    setup::need_torture()?;
    assets::build(root)?;
    steps::exec(root, "cargo", &["build", "--workspace", "--all-targets"])?;
    let program = steps::target_dir(root).join("debug").join("wardbook-torture");
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    steps::exec(root, &program.to_string_lossy(), &words)
}

/// Everything, cheapest first.
fn test(root: &Path) -> Result<(), String> {
    let mut steps = Steps::new(root);
    steps.run("tools", |_| {
        setup::need_build_tools()
            .and_then(|()| setup::need_torture())
            .and_then(|()| setup::need_browser())
    })?;
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.run("front end", assets::build)?;
    steps.cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    steps.cargo_env(
        "docs",
        &["doc", "--workspace", "--no-deps"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    steps.cargo("build", &["build", "--workspace", "--all-targets"])?;
    steps.cargo("tests", &["test", "--workspace", "--no-fail-fast", "--", "--test-threads=2"])?;
    steps.print_times();
    steps::print_sizes(root, &["wardbook-node", "wardbook-hub"]);
    Ok(())
}

fn check(root: &Path) -> Result<(), String> {
    let mut steps = Steps::new(root);
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.run("front end", assets::build)?;
    steps.cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    steps.cargo("unit tests", &["test", "--workspace", "--lib"])?;
    steps.print_times();
    Ok(())
}

fn bench(root: &Path, rest: &[String]) -> Result<(), String> {
    setup::need_build_tools()?;
    assets::build(root)?;
    let mut words = vec!["bench", "--workspace", "--bench", "sync"];
    words.extend(rest.iter().map(String::as_str));
    steps::exec(root, "cargo", &words)
}
