//! The two programs as child processes: started, spoken to by command line, killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `wardbook-node`.
    Node,
    /// `wardbook-hub`.
    Hub,
    /// `wardbook-demo`.
    Demo,
}

impl Program {
    /// Where cargo put it: beside the running program, or one folder up from a test; or where
    /// `WARDBOOK_PROGRAMS` says, to measure programs of another profile.
    ///
    /// # Panics
    /// When it has not been built.
    pub fn path(self) -> PathBuf {
        let name = match self {
            Self::Node => "wardbook-node",
            Self::Hub => "wardbook-hub",
            Self::Demo => "wardbook-demo",
        };
        if let Some(folder) = std::env::var_os("WARDBOOK_PROGRAMS") {
            return Path::new(&folder).join(name);
        }
        let me = std::env::current_exe().expect("a running program has a path");
        me.ancestors()
            .skip(1)
            .take(2)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
            .unwrap_or_else(|| panic!("{name} is not built; run `cargo build --workspace` first"))
    }
}

/// A command that ran to its end.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output.
    pub stdout: String,
    /// What it said on standard error.
    pub stderr: String,
}

impl Finished {
    /// The last line of standard output that is a JSON document.
    ///
    /// # Panics
    /// When there is none.
    pub fn json(&self) -> Value {
        self.stdout
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
            .unwrap_or_else(|| panic!("no JSON in {self:?}"))
    }

    /// This, if it ended well.
    ///
    /// # Panics
    /// When it did not, with what it said.
    #[expect(clippy::return_self_not_must_use, reason = "often only the check is wanted")]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Runs a command of a program to its end, without standard input.
///
/// # Panics
/// When it cannot be started.
pub async fn run(program: Program, words: &[&str]) -> Finished {
    let output = Command::new(program.path())
        .args(words)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("the program starts");
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program that serves until it is stopped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    /// The first line it printed, as JSON: its addresses.
    pub announced: Value,
    /// The child is a launcher, and the program is the launcher's child.
    is_launched: bool,
}

impl Daemon {
    /// Starts `program` with `words` and waits for its first line of JSON.
    ///
    /// # Errors
    /// What it said on standard error, when it ended before that line.
    ///
    /// # Panics
    /// When it cannot be started at all.
    pub async fn start(program: Program, words: &[&str], log: &Path) -> Result<Self, String> {
        Self::start_under(&[], program, words, log).await
    }

    /// The same under another program, such as `strace`, whose words come first.
    ///
    /// # Errors
    /// As [`Daemon::start`].
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub async fn start_under(
        launcher: &[&str],
        program: Program,
        words: &[&str],
        log: &Path,
    ) -> Result<Self, String> {
        let file =
            std::fs::File::options().create(true).append(true).open(log).expect("a log file");
        let path = program.path();
        let mut command = match launcher.split_first() {
            None => Command::new(path),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(path);
                command
            }
        };
        let mut child = command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(announced @ Value::Object(_)) = serde_json::from_str(&line) {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, announced, is_launched: !launcher.is_empty() });
            }
        }
        let status = child.wait().await.expect("it ended");
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Err(format!("{status}: {said}"))
    }

    /// A text of the announcement.
    ///
    /// # Panics
    /// When it is not there.
    pub fn announced_text(&self, key: &str) -> String {
        self.announced[key]
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {}", self.announced))
            .to_owned()
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        let child = self.child.id()?;
        if !self.is_launched {
            return Some(child);
        }
        let children = std::fs::read_to_string(format!("/proc/{child}/task/{child}/children"));
        children.ok()?.split_whitespace().next()?.parse().ok()
    }

    /// Memory that it holds now, in KB: `VmRSS` for all, `RssAnon` for what is not its own file; 0
    /// when it does not run.
    pub fn memory_kb(&self, kind: &str) -> u64 {
        let status = self.id().map(|id| std::fs::read_to_string(format!("/proc/{id}/status")));
        let status = status.and_then(Result::ok).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// `kill -9`, and waits until it is gone.
    pub async fn kill(mut self) {
        if self.is_launched {
            // The launcher ends with its child.
            self.signal("KILL").await;
            let _ = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        }
        let _ = self.child.kill().await;
    }

    /// Sends the program a signal, such as `STOP` or `CONT`.
    pub async fn signal(&self, name: &str) {
        if let Some(id) = self.id() {
            let _ =
                Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().await;
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}
