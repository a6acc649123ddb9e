//! What must hold once the lines are good again and everybody has synced.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Promise, Torture};
use crate::harness::Quality;

/// Calls of one node until it must be equal.
const CALLS_MAX: u32 = 40;

impl Torture {
    /// Brings all ends together and looks at all that must hold.
    pub(super) async fn settle_and_check(&mut self) {
        self.set_lines(Quality::GOOD);
        let _ = self.start(None).await;
        for index in 0..self.town.nodes.len() {
            if let Err(said) = self.start(Some(index)).await {
                self.report.violations.push(format!("node {index} does not start: {said}"));
            }
        }
        // Twice: what the last one brings must reach the first one too.
        for _ in 0..3 {
            for index in 0..self.town.nodes.len() {
                let _ = self.drain(index).await;
            }
        }
        for index in 0..self.town.nodes.len() {
            if !self.drain(index).await {
                let status = self.town.nodes[index].status().await;
                self.report.violations.push(format!("node {index} is not equal: {status}"));
            }
        }
        self.compare_digests().await;
        self.audit().await;
        self.scrub().await;
        self.look_for_promises().await;
        self.collect_events().await;
    }

    /// Syncs a node until it is proven equal; whether it came to that.
    pub(super) async fn drain(&mut self, index: usize) -> bool {
        if self.start(None).await.is_err() || self.start(Some(index)).await.is_err() {
            return false;
        }
        for _ in 0..CALLS_MAX {
            let finished = self.town.nodes[index].run(&["sync"]).await;
            if finished.code == Some(0) && finished.json()["proven_equal"] == json!(true) {
                return true;
            }
        }
        false
    }

    async fn compare_digests(&mut self) {
        for index in 0..self.town.nodes.len() {
            let node = &self.town.nodes[index];
            let (own, hub) =
                (node.status().await["digest"].clone(), self.town.hub_digest(&node.ward).await);
            if own != hub {
                let name = node.name.clone();
                self.report.violations.push(format!("{name}: digest {own}, the hub's is {hub}"));
            }
        }
    }

    /// The conservation ledger of every ward adds up.
    async fn audit(&mut self) {
        let finished = self.town.hub.run(&["audit"]).await;
        if finished.code != Some(0) {
            self.report.violations.push(format!("the ledger does not add up: {}", finished.stdout));
        }
    }

    /// Every stored document loads and has the heads it should have, at every end.
    async fn scrub(&mut self) {
        let mut said = vec![("hub".to_owned(), self.town.hub.run(&["scrub"]).await)];
        for node in &self.town.nodes {
            said.push((node.name.clone(), node.run(&["scrub"]).await));
        }
        for (name, finished) in said {
            if finished.code != Some(0) {
                let what = format!("{} {}", finished.stdout.trim(), finished.stderr.trim());
                self.report.violations.push(format!("scrub of {name}: {what}"));
            }
        }
    }

    /// Every acknowledged value stands in the hub's history of its record.
    async fn look_for_promises(&mut self) {
        let api = self.town.hub.api();
        let mut by_person: BTreeMap<&str, Vec<&Promise>> = BTreeMap::new();
        for promise in &self.promises {
            by_person.entry(&promise.person).or_default().push(promise);
        }
        let mut lost = Vec::new();
        for (person, promises) in by_person {
            let values = api.history_texts(person).await;
            lost.extend(promises.into_iter().filter(|p| !values.contains(&p.value)).cloned());
        }
        self.report.lost = lost;
    }

    async fn collect_events(&mut self) {
        let answer = self.town.hub.api().get("/events").await;
        for event in answer["events"].as_array().into_iter().flatten() {
            let code = event["code"].as_str().unwrap_or_default().to_owned();
            *self.report.events.entry(code).or_default() += 1;
        }
    }
}
