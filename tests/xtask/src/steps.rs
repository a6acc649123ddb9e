//! Running one step after another, with the time that each took.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The steps of one command, timed.
pub(crate) struct Steps<'a> {
    root: &'a Path,
    done: Vec<(String, Duration)>,
}

impl<'a> Steps<'a> {
    pub(crate) const fn new(root: &'a Path) -> Self {
        Self { root, done: Vec::new() }
    }

    /// One step; its failure ends the command.
    pub(crate) fn run(
        &mut self,
        name: &str,
        step: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        println!("== {name}");
        let start = Instant::now();
        let result = step(self.root);
        self.done.push((name.to_owned(), start.elapsed()));
        result.map_err(|why| format!("step \"{name}\" failed: {why}"))
    }

    /// A step that is one cargo call.
    pub(crate) fn cargo(&mut self, name: &str, words: &[&str]) -> Result<(), String> {
        self.run(name, |root| exec(root, "cargo", words))
    }

    /// The same with some environment variables.
    pub(crate) fn cargo_env(
        &mut self,
        name: &str,
        words: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<(), String> {
        self.run(name, |root| {
            let mut command = command(root, "cargo", words);
            command.envs(variables.iter().copied());
            run(command, "cargo", words)
        })
    }

    /// What each step took.
    pub(crate) fn print_times(&self) {
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        println!("== times");
        for (name, took) in &self.done {
            println!("{:>7.1} s  {name}", took.as_secs_f64());
        }
        println!(
            "{:>7.1} s  in all ({:.1} minutes)",
            total.as_secs_f64(),
            total.as_secs_f64() / 60.0
        );
    }
}

/// Runs a program in the workspace, its output shown; fails when it fails.
pub(crate) fn exec(root: &Path, program: &str, words: &[&str]) -> Result<(), String> {
    run(command(root, program, words), program, words)
}

fn command(root: &Path, program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(root).stdin(Stdio::inherit());
    command
}

/// Waits for a command; fails when it fails.
pub(crate) fn run(mut command: Command, program: &str, words: &[&str]) -> Result<(), String> {
    let status =
        command.status().map_err(|error| format!("{program} could not be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{program} {}` ended with {status}", words.join(" ")))
    }
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The sizes of the programs, in MB.
pub(crate) fn print_sizes(root: &Path, programs: &[&str]) {
    for program in programs {
        if let Ok(data) = std::fs::metadata(target_dir(root).join("debug").join(program)) {
            println!("{:>7} MB  {program} (dev profile)", data.len() / 1_000_000);
        }
    }
}
