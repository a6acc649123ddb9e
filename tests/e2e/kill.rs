//! `kill -9` at seeded points over all phases: nothing acknowledged is ever lost.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use wardbook_base::{Dice, SeededDice};
use wardbook_tests::city;
use wardbook_tests::harness::{Program, Town, run};

/// Kills in each town; with [`TOWNS`] at least 40 in all.
const KILLS: u64 = 11;
/// Towns, each with a seed of its own.
const TOWNS: u64 = 4;

/// What was being done when the kill came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    EditAtNode,
    EditAtHub,
    Sync,
    Import,
}

const PHASES: [Phase; 4] = [Phase::EditAtNode, Phase::EditAtHub, Phase::Sync, Phase::Import];

/// What must be there at the end: (document, field) -> the last acknowledged value, and the values
/// sent after it whose answer never came.
type Promises = BTreeMap<(String, String), (Option<String>, Vec<String>)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_a_kill_at_any_of_44_points() {
    let mut counted = BTreeMap::new();
    for seed in 0..TOWNS {
        for (phase, n) in one_town(seed).await {
            *counted.entry(phase).or_insert(0) += n;
        }
    }
    let total: u64 = counted.values().sum();
    assert!(total >= 40, "{total} kill points: {counted:?}");
    assert_eq!(counted.len(), PHASES.len(), "every phase was hit: {counted:?}");
}

/// A town with two nodes of one ward, and what was promised to its people so far.
struct Story {
    folder: tempfile::TempDir,
    town: Town,
    ward: String,
    people: Vec<String>,
    promises: Promises,
    /// Records that must be there at the end.
    records: u64,
    seed: u64,
}

/// Which program dies, and when after the deed began.
struct Kill {
    hub: bool,
    node: usize,
    delay: Duration,
}

async fn one_town(seed: u64) -> BTreeMap<Phase, u64> {
    let dice = SeededDice::new(seed);
    let mut story = Story::begin(seed).await;
    let mut counted = BTreeMap::new();
    for round in 0..KILLS {
        let phase = PHASES[usize::try_from(round).expect("small") % PHASES.len()];
        let kill = Kill {
            hub: phase == Phase::EditAtHub || (phase == Phase::Sync && dice.below(2) == 0),
            node: usize::try_from(dice.below(2)).expect("0 or 1"),
            // Between "not yet begun" and "long done", so that it falls before, in and after.
            delay: Duration::from_micros(dice.below(60_000)),
        };
        match phase {
            Phase::EditAtNode | Phase::EditAtHub => {
                let person = usize::try_from(dice.below(story.people.len() as u64)).expect("small");
                story.edit(&kill, person, format!("{seed}-{round}")).await;
            }
            Phase::Sync => story.sync(&kill).await,
            Phase::Import => story.import(&kill, round).await,
        }
        *counted.entry(phase).or_insert(0) += 1;
        restart(&mut story.town, kill.node).await;
    }
    let Story { mut town, ward, promises, records, .. } = story;
    check_promises(&mut town, &ward, &promises, records).await;
    counted
}

impl Story {
    async fn begin(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut town = Town::found(folder.path(), "Thành phố thử", "723").await;
        let ward = town.wards().await[0].0.clone();
        for name in ["first", "second"] {
            let index = town.join(name, &ward).await;
            town.nodes[index].start().await.expect("the node serves");
        }
        let workbook = folder.path().join("first.xlsx");
        city::write_ward(&workbook, &ward, 12, seed).expect("a workbook");
        town.nodes[0].import(&workbook).await;
        for node in [0, 1] {
            town.nodes[node].sync_until_equal().await;
        }
        let people = town.nodes[1].api().people("limit=50").await;
        assert_eq!(people.len(), 12);
        Self { folder, town, ward, people, promises: Promises::new(), records: 12, seed }
    }

    /// Sets a field of one person; each end has its own field, so that a later value at one end
    /// replaces an earlier one.
    async fn edit(&mut self, kill: &Kill, person: usize, value: String) {
        let api = if kill.hub { self.town.hub.api() } else { self.town.nodes[kill.node].api() };
        let field = ["email", "bank_account", "tax_code"][if kill.hub { 2 } else { kill.node }];
        let person = self.people[person].clone();
        let call = {
            let (person, value) = (person.clone(), value.clone());
            tokio::spawn(async move { api.set(&person, &[(field, &value)]).await })
        };
        self.strike(kill).await;
        let saved = matches!(call.await.expect("no panic"), Ok(answer) if answer.status == 200);
        let promise = self.promises.entry((person, field.to_owned())).or_default();
        if saved {
            *promise = (Some(value), Vec::new());
        } else {
            promise.1.push(value);
        }
    }

    async fn sync(&mut self, kill: &Kill) {
        let api = self.town.nodes[kill.node].api();
        let call =
            tokio::spawn(async move { api.call(reqwest::Method::POST, "/sync", None).await });
        self.strike(kill).await;
        let _ = call.await.expect("no panic");
    }

    /// All of a batch is written or none of it: and all when it was acknowledged.
    async fn import(&mut self, kill: &Kill, round: u64) {
        let workbook = self.folder.path().join(format!("{round}.xlsx"));
        city::write_ward(&workbook, &self.ward, 5, 1000 + self.seed * 100 + round)
            .expect("a workbook");
        let file = workbook.to_str().expect("UTF-8").to_owned();
        let data = self.town.nodes[kill.node].data.to_str().expect("UTF-8").to_owned();
        let call = {
            let file = file.clone();
            tokio::spawn(async move {
                let words = ["import", &file, "--yes", "--json", "--data", &data];
                run(Program::Node, &words).await
            })
        };
        self.strike(&Kill { delay: kill.delay * 5, ..*kill }).await;
        let finished = call.await.expect("no panic");
        restart(&mut self.town, kill.node).await;
        let again = ["import", &file, "--yes", "--duplicates", "skip"];
        let again = self.town.nodes[kill.node].run(&again).await;
        let created = again.json()["created"].as_u64().unwrap_or(0);
        assert!(created == 0 || created == 5, "half a batch was written: {again:?}");
        assert!(finished.code != Some(0) || created == 0, "an acknowledged import was lost");
        self.records += 5;
    }

    async fn strike(&mut self, kill: &Kill) {
        tokio::time::sleep(kill.delay).await;
        if kill.hub {
            self.town.hub.kill().await;
        } else {
            self.town.nodes[kill.node].kill().await;
        }
    }
}

/// Starts again whatever does not run; a restart needs no manual step.
async fn restart(town: &mut Town, node: usize) {
    if !town.hub.serves() {
        town.hub.start().await.expect("the hub starts again");
    }
    if !town.nodes[node].serves() {
        town.nodes[node].start().await.expect("the node starts again");
    }
}

async fn check_promises(town: &mut Town, ward: &str, promises: &Promises, people: u64) {
    for node in [0, 1, 0, 1] {
        town.nodes[node].sync_until_equal().await;
    }
    let hub = town.hub_digest(ward).await;
    for node in &town.nodes {
        let status = node.status().await;
        assert_eq!(status["digest"], hub, "{}", node.name);
        assert_eq!(status["waiting"], json!(0));
        assert_eq!(status["people"], json!(people));
    }
    for api in [town.hub.api(), town.nodes[0].api(), town.nodes[1].api()] {
        for ((person, field), (acknowledged, unknown)) in promises {
            let person = api.person(person).await;
            let value = person["values"][field].as_str().map(str::to_owned);
            let fits =
                value == *acknowledged || value.as_ref().is_some_and(|v| unknown.contains(v));
            assert!(
                fits,
                "{field} is {value:?}; acknowledged {acknowledged:?}, unknown {unknown:?}"
            );
        }
    }
}
