//! What is done to a program, and how it comes back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use wardbook_base::Dice;

use super::Torture;
use crate::harness::{Quality, copy_data, empty_folder, witness_of};

/// The system calls at which a traced program is killed.
const CALLS: [&str; 6] = ["fdatasync", "pwrite64", "ftruncate", "rename", "sendto", "openat"];
/// The highest count of one such call at which the kill comes.
const CALLS_MAX: u64 = 60;
/// How long a traced program may take to come to that call before it is killed anyway.
const TRACED_TRIES: u32 = 40;

/// What is done to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strike {
    /// `kill -9` at a random moment.
    Kill,
    /// `kill -9` and again while it starts.
    KillTwice,
    /// `kill -9` at a chosen system call.
    KillAtCall,
    /// It is stopped for a while, as a laptop that sleeps.
    Stop,
    /// `kill -9`, and half a page hangs behind what was written.
    TornTail,
    /// `kill -9`, and an older copy of its data takes the place of the new one.
    OlderCopy,
    /// The disk has no room for a while (the first node's alone).
    FullDisk,
    /// `kill -9`, and its disk is copied to another machine: both go on.
    Clone,
}

impl Strike {
    /// Whether a process ends by it.
    pub const fn ends_a_process(self) -> bool {
        !matches!(self, Self::Stop | Self::FullDisk)
    }
}

impl Torture {
    /// Which strike a round brings. Mostly kills; the costly ones now and then.
    pub(super) fn choose(&self, round: u64) -> Strike {
        match round % 40 {
            19 => Strike::OlderCopy,
            9 => Strike::FullDisk,
            29 if round < 400 && round % 200 == 29 => Strike::Clone,
            _ => match self.dice.below(10) {
                0 => Strike::Stop,
                1 => Strike::KillTwice,
                2 => Strike::TornTail,
                3 | 4 if self.plan.traced => Strike::KillAtCall,
                _ => Strike::Kill,
            },
        }
    }

    /// Whom it hits: the hub in every fifth case; a full disk has the first node alone.
    pub(super) fn victim(&self, strike: Strike) -> Option<usize> {
        match strike {
            Strike::FullDisk => Some(0),
            Strike::Clone => Some(self.pick(self.plan.nodes)),
            _ if self.dice.below(5) == 0 => None,
            _ => Some(self.pick(self.town.nodes.len())),
        }
    }

    /// What must be done before the deeds begin.
    pub(super) async fn prepare(&mut self, strike: Strike, victim: Option<usize>) {
        if strike != Strike::KillAtCall {
            return;
        }
        let call = CALLS[self.pick(CALLS.len())];
        let when = 1 + self.dice.below(CALLS_MAX);
        let inject = format!("--inject={call}:signal=SIGKILL:when={when}");
        let trace = format!("--trace={call}");
        let words = ["strace", "-f", "-qq", "-o", "/dev/null", &trace, &inject];
        self.kill(victim).await;
        // It may die while it starts: then it is started again, in recover().
        let _ = match victim {
            None => self.town.hub.start_under(&words).await,
            Some(index) => self.town.nodes[index].start_under(&words).await,
        };
        self.relead();
    }

    pub(super) async fn strike(&mut self, strike: Strike, victim: Option<usize>) {
        match strike {
            Strike::Kill | Strike::TornTail | Strike::KillTwice | Strike::Clone => {
                self.kill(victim).await;
            }
            Strike::KillAtCall => {
                for _ in 0..TRACED_TRIES {
                    if self.has_ended(victim) {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                self.kill(victim).await;
            }
            Strike::Stop => {
                self.signal(victim, "STOP").await;
                tokio::time::sleep(Duration::from_millis(100 + self.dice.below(400))).await;
                self.signal(victim, "CONT").await;
            }
            Strike::OlderCopy => self.put_older_copy_back(victim).await,
            Strike::FullDisk => self.fill_the_disk().await,
        }
    }

    /// Brings it back, as a user would: by starting it, nothing else.
    pub(super) async fn recover(&mut self, strike: Strike, victim: Option<usize>) {
        if !strike.ends_a_process() {
            return;
        }
        self.report.kill_points += 1;
        self.kill(victim).await;
        if strike == Strike::TornTail {
            tear(&self.data_of(victim), self.dice.below(4000));
        }
        if self.dice.below(12) == 0 {
            self.keep_copy(victim);
        }
        if strike == Strike::KillTwice {
            let start = self.start(victim);
            let _ = tokio::time::timeout(Duration::from_millis(60), start).await;
            self.kill(victim).await;
            self.report.kill_points += 1;
        }
        if let (Strike::Clone, Some(index)) = (strike, victim) {
            self.copy_the_machine(index).await;
        }
        if let Err(said) = self.start(victim).await {
            self.report
                .violations
                .push(format!("{victim:?} does not start after {strike:?}: {said}"));
        }
    }

    pub(super) async fn start(&mut self, victim: Option<usize>) -> Result<(), String> {
        let result = match victim {
            None if self.town.hub.serves() => Ok(()),
            None => self.town.hub.start().await,
            Some(index) if self.town.nodes[index].serves() => Ok(()),
            Some(index) => self.town.nodes[index].start().await,
        };
        self.relead();
        result
    }

    pub(super) async fn kill(&mut self, victim: Option<usize>) {
        match victim {
            None => self.town.hub.kill().await,
            Some(index) => self.town.nodes[index].kill().await,
        }
    }

    fn has_ended(&mut self, victim: Option<usize>) -> bool {
        match victim {
            None => self.town.hub.has_ended(),
            Some(index) => self.town.nodes[index].has_ended(),
        }
    }

    async fn signal(&self, victim: Option<usize>, name: &str) {
        match victim {
            None => self.town.hub.signal(name).await,
            Some(index) => self.town.nodes[index].signal(name).await,
        }
    }

    /// The hub keeps its address over restarts; the lines follow it if it could not.
    fn relead(&self) {
        if let Ok(address) = self.town.hub.sync_address.parse() {
            for line in &self.lines {
                line.lead_to(address);
            }
        }
    }

    fn data_of(&self, victim: Option<usize>) -> PathBuf {
        victim.map_or(&self.town.hub.data, |index| &self.town.nodes[index].data).clone()
    }

    /// Copies the data of a program that does not run.
    fn keep_copy(&mut self, victim: Option<usize>) {
        let name = victim.map_or("hub".to_owned(), |index| format!("node-{index}"));
        let to = self.folder.join("copies").join(name);
        let _ = std::fs::remove_dir_all(&to);
        let data = self.data_of(victim);
        if copy_data(&data, &to) {
            self.copies.insert(victim, to);
        }
    }

    /// Puts an older copy in the place of the data. A disk that comes back old has lost what was
    /// on it alone, so what was acknowledged there is brought to the other ends first.
    async fn put_older_copy_back(&mut self, victim: Option<usize>) {
        let Some(copy) = self.copies.get(&victim).cloned() else {
            self.kill(victim).await;
            return;
        };
        self.set_lines(Quality::GOOD);
        let all: Vec<usize> = (0..self.town.nodes.len()).collect();
        let whom = victim.map_or(all, |index| vec![index]);
        let mut safe = true;
        for index in whom {
            safe &= self.drain(index).await;
        }
        self.set_lines(self.plan.quality);
        self.kill(victim).await;
        if safe {
            let data = self.data_of(victim);
            // With its old witness nothing on the machine tells that the copy is old.
            let newest = std::fs::read(witness_of(&data)).ok();
            empty_folder(&data);
            if !copy_data(&copy, &data) {
                self.report.violations.push(format!("no copy of {victim:?} could be put back"));
            }
            if let Some(newest) = newest.filter(|_| self.dice.below(2) == 0) {
                let _ = std::fs::write(witness_of(&data), newest);
            }
        }
    }

    /// A copy of a node's disk in another machine, on the same line, with the same keys.
    async fn copy_the_machine(&mut self, index: usize) {
        let name = format!("copy-{}", self.town.nodes.len());
        let to = self.folder.join(&name);
        let data = self.town.nodes[index].data.clone();
        if !copy_data(&data, &to) {
            self.report.violations.push(format!("node {index} could not be copied"));
            return;
        }
        let at = self.town.twin(index, &name).await;
        if let Err(said) = self.town.nodes[at].start().await {
            self.report.violations.push(format!("{name} does not start: {said}"));
        }
    }

    pub(super) fn set_lines(&self, quality: Quality) {
        for line in &self.lines {
            line.set_quality(quality);
        }
    }

    /// Fills the disk of the first node, lets people try, and makes room again.
    async fn fill_the_disk(&mut self) {
        let filler = self.town.nodes[0].data.join("filler");
        let Some(free) = free_bytes(&self.town.nodes[0].data).filter(|free| *free < 200 << 20)
        else {
            return;
        };
        let _ = std::fs::write(&filler, vec![1; usize::try_from(free).unwrap_or(0)]);
        for _ in 0..3 {
            if let Some(deed) = self.edit(Some(0)) {
                self.finish(deed).await;
            }
        }
        let _ = std::fs::remove_file(&filler);
    }
}

/// Half a page behind the write-ahead log, as a write that power failed in leaves it.
fn tear(data: &Path, seed: u64) {
    use std::io::Write as _;
    let wal = data.join("wardbook.db-wal");
    if let Ok(mut file) = std::fs::File::options().append(true).open(wal) {
        let half: Vec<u8> = (0..2048 + seed).map(|n| (n * 31 + seed).to_le_bytes()[0]).collect();
        let _ = file.write_all(&half);
    }
}

fn free_bytes(at: &Path) -> Option<u64> {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(at).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().last()?.trim().parse().ok()
}
