//! The torture run: a hub and many nodes as real processes on bad lines, which are killed, stopped,
//! filled up, set back to older copies and copied, while people go on editing; then what must hold.
//!
//! Each round begins some edits and calls, strikes one program in the middle of them, and brings it
//! back. What a user was told is saved is kept as a promise, and every promise is looked for in the
//! hub's history at the end.

mod check;
mod strike;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use wardbook_base::{Dice, SeededDice};

use crate::city;
use crate::harness::{Api, ChaosLine, Quality, SmallDisk, Tally, Town};

pub use strike::Strike;

/// The legacy district whose wards the town has.
const DISTRICT: &str = "723";

/// What a run is like.
#[derive(Debug, Clone)]
pub struct Plan {
    /// From which everything follows, as far as the machine's scheduling allows.
    pub seed: u64,
    /// Strikes.
    pub rounds: u64,
    /// Nodes, spread over the wards.
    pub nodes: usize,
    /// Wards.
    pub wards: usize,
    /// People of each ward at the beginning.
    pub people: usize,
    /// The lines.
    pub quality: Quality,
    /// Kills at chosen system calls too (needs `strace`).
    pub traced: bool,
}

/// One saved edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The record.
    pub person: String,
    /// The field.
    pub field: &'static str,
    /// The value: no two edits of a run write the same.
    pub value: String,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Strikes by kind.
    pub strikes: BTreeMap<Strike, u64>,
    /// Strikes that ended a process: what counts as a kill point.
    pub kill_points: u64,
    /// Edits that were acknowledged.
    pub acknowledged: u64,
    /// Edits whose answer did not come.
    pub unknown: u64,
    /// What the lines did.
    pub lines: Tally,
    /// Acknowledged edits that the hub does not have, at the end.
    pub lost: Vec<Promise>,
    /// What else does not hold at the end, as sentences.
    pub violations: Vec<String>,
    /// What the hub's console says happened to devices, by code.
    pub events: BTreeMap<String, u64>,
}

/// A town under torture.
pub struct Torture {
    plan: Plan,
    folder: PathBuf,
    dice: SeededDice,
    town: Town,
    lines: Vec<ChaosLine>,
    /// (person, ward) of every record.
    people: Vec<(String, String)>,
    promises: Vec<Promise>,
    /// Older copies of data folders: of nodes by index, and of the hub.
    copies: BTreeMap<Option<usize>, PathBuf>,
    report: Report,
    edits: u64,
    _disk: SmallDisk,
}

/// The disk of the first node.
const DISK: &str = "96m";

impl Torture {
    /// Founds the town and fills it.
    ///
    /// # Panics
    /// When the town cannot be founded.
    pub async fn begin(folder: &Path, plan: Plan) -> Self {
        let dice = SeededDice::new(plan.seed);
        let mut town = Town::found_with(folder, "Thành phố thử", DISTRICT, true).await;
        let disk = SmallDisk::mount(&folder.join("node-0"), DISK);
        let wards = town.wards().await;
        let hub: SocketAddr = town.hub.sync_address.parse().expect("an address");
        let mut lines = Vec::new();
        for index in 0..plan.nodes {
            let ward = &wards[index % plan.wards].0;
            let at = town.join(&format!("node-{index}"), ward).await;
            let seed = dice.below(u64::MAX);
            let line = ChaosLine::open(hub, Quality::GOOD, seed).await.expect("a line");
            town.nodes[at].line.lead_to(line.address());
            lines.push(line);
        }
        let mut people = Vec::new();
        for index in 0..plan.wards.min(plan.nodes) {
            let node = &town.nodes[index];
            let workbook = folder.join(format!("{index}.xlsx"));
            city::write_ward(&workbook, &node.ward, plan.people, plan.seed + index as u64)
                .expect("a workbook");
            node.import(&workbook).await;
            node.sync_until_equal().await;
        }
        for node in &mut town.nodes {
            node.sync_until_equal().await;
            node.start().await.expect("the node serves");
            if people.iter().all(|(_, ward)| *ward != node.ward) {
                let ids = node.api().people("limit=1000").await;
                people.extend(ids.into_iter().map(|id| (id, node.ward.clone())));
            }
        }
        for line in &lines {
            line.set_quality(plan.quality);
        }
        Self {
            plan,
            folder: folder.to_path_buf(),
            dice,
            town,
            lines,
            people,
            promises: Vec::new(),
            copies: BTreeMap::new(),
            report: Report::default(),
            edits: 0,
            _disk: disk,
        }
    }

    /// All rounds, then the settling and the checks.
    pub async fn run(mut self, progress: impl Fn(u64, &Report)) -> Report {
        for round in 0..self.plan.rounds {
            self.round(round).await;
            progress(round + 1, &self.report);
        }
        self.settle_and_check().await;
        self.report.lines = self.lines.iter().map(ChaosLine::tally).sum();
        self.report
    }

    fn pick(&self, count: usize) -> usize {
        usize::try_from(self.dice.below(count.max(1) as u64)).unwrap_or(0)
    }

    async fn round(&mut self, round: u64) {
        let strike = self.choose(round);
        let victim = self.victim(strike);
        self.prepare(strike, victim).await;
        let deeds = self.begin_deeds(victim);
        tokio::time::sleep(Duration::from_micros(self.dice.below(80_000))).await;
        self.strike(strike, victim).await;
        for deed in deeds {
            self.finish(deed).await;
        }
        self.recover(strike, victim).await;
        *self.report.strikes.entry(strike).or_default() += 1;
    }

    /// Begins edits at both ends and calls of nodes; the victim takes part in most of them.
    fn begin_deeds(&mut self, victim: Option<usize>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for n in 0..4 {
            let end = match self.dice.below(4) {
                0 => None,
                1 => Some(self.pick(self.town.nodes.len())),
                _ => victim,
            };
            if n == 3 {
                let node = end.unwrap_or_else(|| self.pick(self.town.nodes.len()));
                deeds.extend(self.call(node));
            } else {
                deeds.extend(self.edit(end));
            }
        }
        deeds
    }

    /// An edit at one end: each end of a ward has a field of its own.
    fn edit(&mut self, end: Option<usize>) -> Option<Deed> {
        let (api, field, ward) = match end {
            None => (self.hub_api()?, "tax_code", None),
            Some(index) => {
                let node = &self.town.nodes[index];
                let fields = ["email", "bank_account", "strength", "longest_job"];
                let field = fields[(index / self.plan.wards) % fields.len()];
                (self.node_api(index)?, field, Some(node.ward.clone()))
            }
        };
        let mine: Vec<&String> = self
            .people
            .iter()
            .filter(|(_, home)| ward.as_ref().is_none_or(|ward| ward == home))
            .map(|(id, _)| id)
            .collect();
        let person = (*mine.get(self.pick(mine.len()))?).clone();
        self.edits += 1;
        let value = format!("v{}-{}", self.plan.seed, self.edits);
        let promise = Promise { person, field, value };
        let wanted = promise.clone();
        let task = tokio::spawn(async move {
            let answer = api.set(&wanted.person, &[(wanted.field, &wanted.value)]).await;
            matches!(answer, Ok(answer) if answer.status == 200)
        });
        Some(Deed { promise: Some(promise), task })
    }

    fn call(&self, node: usize) -> Option<Deed> {
        let api = self.node_api(node)?;
        let task = tokio::spawn(async move {
            api.call(reqwest::Method::POST, "/sync", Some(&json!({}))).await.is_ok()
        });
        Some(Deed { promise: None, task })
    }

    async fn finish(&mut self, deed: Deed) {
        let done = deed.task.await.unwrap_or(false);
        let Some(promise) = deed.promise else { return };
        if done {
            self.report.acknowledged += 1;
            self.promises.push(promise);
        } else {
            self.report.unknown += 1;
        }
    }

    fn hub_api(&self) -> Option<Api> {
        (self.town.hub.serves() && self.town.hub.data.join("control.json").exists())
            .then(|| self.town.hub.api())
    }

    fn node_api(&self, index: usize) -> Option<Api> {
        let node = &self.town.nodes[index];
        (node.serves() && node.data.join("control.json").exists()).then(|| node.api())
    }
}

/// Something under way.
struct Deed {
    promise: Option<Promise>,
    task: tokio::task::JoinHandle<bool>,
}
