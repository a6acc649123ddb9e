//! A hub and ward nodes as processes, each node behind its own line, driven through the front door:
//! command line and JSON API.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Api, Daemon, Finished, Line, Program, run};

/// The hub of a town.
#[derive(Debug)]
pub struct Hub {
    /// Its data folder.
    pub data: PathBuf,
    /// The administrator's sign-in name.
    pub login: String,
    /// The administrator's one-time password.
    pub password: String,
    /// The identity that opens its backups.
    pub recovery: String,
    /// The address that its sync listener keeps over restarts.
    pub sync_address: String,
    /// The address of its pages.
    pub ui_address: String,
    /// Sync over plain HTTP, so that a line can count the bytes of bodies and headers alone.
    pub plain: bool,
    daemon: Option<Daemon>,
}

/// One node of a town.
#[derive(Debug)]
pub struct Node {
    /// What people call it.
    pub name: String,
    /// Its ward.
    pub ward: String,
    /// Its data folder.
    pub data: PathBuf,
    /// Its line to the hub.
    pub line: Line,
    /// The first account's sign-in name.
    pub login: String,
    /// Its one-time password.
    pub password: String,
    /// The address of its pages, once it serves.
    pub ui_address: String,
    daemon: Option<Daemon>,
}

/// A hub and its nodes in one folder.
#[derive(Debug)]
pub struct Town {
    /// Where everything lies.
    pub folder: PathBuf,
    /// The hub.
    pub hub: Hub,
    /// The nodes, in the order they joined.
    pub nodes: Vec<Node>,
}

/// How often a hub tries to get its port back, five times a second.
const PORT_TRIES: usize = 100;

/// Whether a program did not start because its port, free while it was down, went to a connection
/// of somebody else on this machine.
fn port_is_taken(started: &Result<Daemon, String>) -> bool {
    started.as_ref().is_err_and(|said| said.contains("port_in_use"))
}

fn word(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

impl Hub {
    /// Runs a command of the hub.
    pub async fn run(&self, words: &[&str]) -> Finished {
        let mut all = words.to_vec();
        all.extend(["--json", "--data", word(&self.data)]);
        run(Program::Hub, &all).await
    }

    /// The JSON API, while it serves.
    pub fn api(&self) -> Api {
        Api::of(&self.data)
    }

    /// Serves, on the same addresses as before when it served before.
    ///
    /// # Errors
    /// What it said, when it did not start.
    pub async fn start(&mut self) -> Result<(), String> {
        self.start_under(&[]).await
    }

    /// The same under another program (see [`Daemon::start_under`]).
    ///
    /// # Errors
    /// What it said, when it did not start.
    pub async fn start_under(&mut self, launcher: &[&str]) -> Result<(), String> {
        let log = self.data.with_extension("log");
        let mut words = vec!["serve", "--json", "--data", word(&self.data)];
        words.extend(["--listen", &self.ui_address, "--sync-listen", &self.sync_address]);
        if self.plain {
            words.push("--sync-plain");
        }
        let mut started = Daemon::start_under(launcher, Program::Hub, &words, &log).await;
        // Its wards know its address, so it waits until a stranger's connection has left the port.
        for _ in 0..PORT_TRIES {
            if !port_is_taken(&started) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            started = Daemon::start_under(launcher, Program::Hub, &words, &log).await;
        }
        let daemon = started?;
        self.ui_address = daemon.announced_text("address");
        self.sync_address = daemon.announced_text("sync_address");
        self.daemon = Some(daemon);
        Ok(())
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill().await;
        }
    }

    /// Sends it a signal, while it serves.
    pub async fn signal(&self, name: &str) {
        if let Some(daemon) = &self.daemon {
            daemon.signal(name).await;
        }
    }

    /// Whether it ended by itself, or by a tracer; then it does not serve any more.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.daemon.as_mut().is_some_and(|daemon| !daemon.is_running());
        if ended {
            self.daemon = None;
        }
        ended
    }
}

impl Hub {
    /// Whether it serves.
    pub const fn serves(&self) -> bool {
        self.daemon.is_some()
    }
}

impl Node {
    /// Runs a command of the node.
    pub async fn run(&self, words: &[&str]) -> Finished {
        let mut all = words.to_vec();
        all.extend(["--json", "--data", word(&self.data)]);
        run(Program::Node, &all).await
    }

    /// The JSON API, while it serves.
    pub fn api(&self) -> Api {
        Api::of(&self.data)
    }

    /// Serves, on the same address as before when it served before.
    ///
    /// # Errors
    /// What it said, when it did not start.
    pub async fn start(&mut self) -> Result<(), String> {
        self.start_under(&[]).await
    }

    /// The same under another program (see [`Daemon::start_under`]).
    ///
    /// # Errors
    /// What it said, when it did not start.
    pub async fn start_under(&mut self, launcher: &[&str]) -> Result<(), String> {
        let log = self.data.with_extension("log");
        // The period is long: tests say when to sync, except where the wake after an edit does.
        let words =
            ["serve", "--json", "--data", word(&self.data), "--sync-every", "3600", "--listen"];
        let at = |address| [&words[..], &[address]].concat();
        let same = at(self.ui_address.as_str());
        let mut started = Daemon::start_under(launcher, Program::Node, &same, &log).await;
        if port_is_taken(&started) {
            // Nobody but the test calls a node: any port will do.
            let any = at("127.0.0.1:0");
            started = Daemon::start_under(launcher, Program::Node, &any, &log).await;
        }
        let daemon = started?;
        self.ui_address = daemon.announced_text("address");
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Whether it serves.
    pub const fn serves(&self) -> bool {
        self.daemon.is_some()
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.kill().await;
        }
    }

    /// Sends it a signal, while it serves.
    pub async fn signal(&self, name: &str) {
        if let Some(daemon) = &self.daemon {
            daemon.signal(name).await;
        }
    }

    /// Whether it ended by itself, or by a tracer; then it does not serve any more.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.daemon.as_mut().is_some_and(|daemon| !daemon.is_running());
        if ended {
            self.daemon = None;
        }
        ended
    }

    /// Memory that it holds while it serves, in KB (see [`Daemon::memory_kb`]).
    pub fn memory_kb(&self, kind: &str) -> u64 {
        self.daemon.as_ref().map_or(0, |daemon| daemon.memory_kb(kind))
    }

    /// Imports a workbook, taking every good row.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn import(&self, workbook: &Path) -> Value {
        self.run(&["import", word(workbook), "--yes"]).await.ok().json()
    }

    /// Syncs until the hub has proven both ends equal.
    ///
    /// # Panics
    /// When five calls do not bring that.
    pub async fn sync_until_equal(&self) -> Value {
        let mut last = Value::Null;
        for _ in 0..5 {
            last = self.run(&["sync"]).await.ok().json();
            if last["proven_equal"] == json!(true) {
                return last;
            }
        }
        panic!("{} is not proven equal: {last}", self.name);
    }

    /// What `status` says.
    pub async fn status(&self) -> Value {
        self.run(&["status"]).await.ok().json()
    }
}

impl Town {
    /// Founds a hub for the city as of 2025-06-30 with all wards of a legacy district, and starts it.
    ///
    /// # Panics
    /// When a step fails.
    pub async fn found(folder: &Path, name: &str, district: &str) -> Self {
        Self::found_with(folder, name, district, false).await
    }

    /// The same, with sync over plain HTTP when `plain`.
    ///
    /// # Panics
    /// When a step fails.
    pub async fn found_with(folder: &Path, name: &str, district: &str, plain: bool) -> Self {
        let data = folder.join("hub");
        let mut hub = Hub {
            data,
            login: String::new(),
            password: String::new(),
            recovery: String::new(),
            sync_address: "127.0.0.1:0".to_owned(),
            ui_address: "127.0.0.1:0".to_owned(),
            plain,
            daemon: None,
        };
        let first =
            hub.run(&["init", "--name", name, "--units-as-of", "2025-06-30"]).await.ok().json();
        first["login"].as_str().expect("a login").clone_into(&mut hub.login);
        first["password"].as_str().expect("a password").clone_into(&mut hub.password);
        first["recovery_identity"].as_str().unwrap_or_default().clone_into(&mut hub.recovery);
        hub.run(&["ward", "add", "--district", district]).await.ok();
        hub.start().await.expect("the hub serves");
        Self { folder: folder.to_path_buf(), hub, nodes: Vec::new() }
    }

    /// The city's wards: (id, name).
    ///
    /// # Panics
    /// When the hub does not say.
    pub async fn wards(&self) -> Vec<(String, String)> {
        let status = self.hub.run(&["status"]).await.ok().json();
        let wards = status["wards"].as_array().expect("wards");
        let text = |ward: &Value, key: &str| ward[key].as_str().expect("text").to_owned();
        wards.iter().map(|ward| (text(ward, "ward"), text(ward, "name"))).collect()
    }

    /// Makes a node for a ward, opens its line and enrols it; it does not serve yet.
    ///
    /// # Panics
    /// When a step fails.
    pub async fn join(&mut self, name: &str, ward: &str) -> usize {
        let line =
            Line::open(self.hub.sync_address.parse().expect("an address")).await.expect("a line");
        let mut node = Node {
            name: name.to_owned(),
            ward: ward.to_owned(),
            data: self.folder.join(name),
            line,
            login: String::new(),
            password: String::new(),
            ui_address: "127.0.0.1:0".to_owned(),
            daemon: None,
        };
        let first = node.run(&["init"]).await.ok().json();
        first["login"].as_str().expect("a login").clone_into(&mut node.login);
        first["password"].as_str().expect("a password").clone_into(&mut node.password);
        let scheme = if self.hub.plain { "http" } else { "https" };
        let address = format!("{scheme}://{}", node.line.address());
        let code = self.hub.run(&["enrol-code", ward, "--address", &address]).await.ok().json();
        let string = code["string"].as_str().expect("an enrolment string");
        node.run(&["enrol", string, "--name", name]).await.ok();
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The digest that the hub has of a ward: (documents, sum).
    ///
    /// # Panics
    /// When the hub does not know the ward.
    pub async fn hub_digest(&self, ward: &str) -> Value {
        let status = self.hub.run(&["status"]).await.ok().json();
        let wards = status["wards"].as_array().expect("wards");
        wards.iter().find(|w| w["ward"] == json!(ward)).expect("the ward")["digest"].clone()
    }

    /// A second program on a copy of a node's data, which lies in `folder/name`: the same device, on
    /// the same line. It does not serve yet.
    ///
    /// # Panics
    /// When there is no loopback.
    pub async fn twin(&mut self, index: usize, name: &str) -> usize {
        let line =
            Line::open(self.hub.sync_address.parse().expect("an address")).await.expect("a line");
        let original = &self.nodes[index];
        let twin = Node {
            name: name.to_owned(),
            ward: original.ward.clone(),
            data: self.folder.join(name),
            line,
            login: original.login.clone(),
            password: original.password.clone(),
            ui_address: "127.0.0.1:0".to_owned(),
            daemon: None,
        };
        self.nodes.push(twin);
        self.nodes.len() - 1
    }
}
