//! The line is whole again: every node calls until nobody has anything to say.

use wardbook_base::{Chain, ChangeHash, FeedPosition, Lseq};
use wardbook_sync::check::read_change;
use wardbook_sync::ports::{HubPort as _, Log as _, NodePort as _, Quarantined};

use crate::violation::{Oracle, Sim, Violation, name, short};
use crate::world::World;

/// Rounds in which every node calls. Honest cities need five at most; a second one proves it.
const ROUNDS_MAX: usize = 24;
/// Calls of one node in one round.
const CALLS_MAX: usize = 60;

/// Where the feeds of all wards stand, and what the hub has of all logs.
type Positions = (Vec<Option<FeedPosition>>, Vec<(Lseq, Chain)>);

impl World {
    /// Calls until a whole round has changed nothing and proven everyone equal.
    pub(crate) fn settle(&mut self) -> Sim<()> {
        self.say(|| "-- the line is whole again".to_owned());
        self.plan.crashes = false;
        self.plan.bad_line = false;
        self.plan.quiet = true;
        self.calls.clear();
        let mut why = String::new();
        for round in 0..ROUNDS_MAX {
            let before = self.positions()?;
            let mut all_equal = true;
            for at in 0..self.nodes.len() {
                if self.nodes[at].revoked {
                    continue;
                }
                let equal = self.call_until_done(at)?;
                if !equal {
                    why = format!("node {at} is not equal, {:?}", self.busy(at)?);
                }
                all_equal &= equal;
            }
            if all_equal && before == self.positions()? {
                self.count("settled");
                *self.seen.entry("rounds to settle").or_insert(0) += round as u64 + 1;
                return Ok(());
            }
        }
        self.describe()?;
        Err(Violation::new(Oracle::Equal, format!("the city never comes to rest: {why}")))
    }

    /// What waits and what is aside, for a report.
    pub(crate) fn describe(&mut self) -> Sim<()> {
        let genesis = wardbook_record::Document::genesis().0;
        let mut lines = Vec::new();
        let hub = &self.hub.disk.store;
        for kept in hub.parked_all() {
            let change = read_change(&kept.document, &kept.bytes);
            let deps = change.map(|change| change.meta.deps).unwrap_or_default();
            let mut missing = Vec::new();
            for dep in deps.iter().filter(|dep| **dep != genesis) {
                if hub.change_meta(&kept.document, dep)?.is_none() {
                    missing.push(short(&dep.0));
                }
            }
            let from = short(&kept.epoch.0);
            lines.push(format!(
                "parked: {} from {from}, lacks {missing:?}",
                name(&kept.document, &kept.hash)
            ));
        }
        let aside = |end: &str, kept: &Quarantined| {
            let by = kept.replaced_by.map(|by| short(&by.0));
            format!("{end} aside: {} {} by {by:?}", name(&kept.document, &kept.hash), kept.code)
        };
        lines.extend(hub.log.kept_aside().map(|kept| aside("hub", kept)));
        for (at, node) in self.nodes.iter().enumerate() {
            let end = format!("node {at}");
            lines.extend(node.disk.store.log.kept_aside().map(|kept| aside(&end, kept)));
            for id in node.disk.store.unequal_documents(9)? {
                let heads = |all: Vec<ChangeHash>| {
                    all.iter().map(|head| short(&head.0)).collect::<Vec<_>>().join(" ")
                };
                let here = node.disk.store.document(&id)?.map(|state| state.heads);
                let feed = node.disk.store.feed_heads(&id)?;
                let hub = hub.document(&id)?.map(|state| state.heads);
                lines.push(format!(
                    "{end} unequal {}: here [{}] feed [{}] hub [{}]",
                    short(&id.0),
                    heads(here.unwrap_or_default()),
                    heads(feed),
                    heads(hub.unwrap_or_default())
                ));
            }
        }
        self.say(|| lines.join("\n"));
        Ok(())
    }

    fn call_until_done(&mut self, at: usize) -> Sim<bool> {
        for _ in 0..CALLS_MAX {
            let Some(outcome) = self.whole_call_of(at)? else { return Ok(false) };
            if !outcome.more {
                return Ok(outcome.proven_equal);
            }
        }
        Err(Violation::new(Oracle::Rest, format!("node {at} is told to call again without end")))
    }

    /// Where everything stands, to see whether a round moved anything.
    fn positions(&self) -> Sim<Positions> {
        let mut feeds = Vec::new();
        for ward in &self.wards {
            feeds.push(self.hub.disk.store.ward_feed(ward)?.map(|feed| feed.position));
        }
        let mut logs = Vec::new();
        for node in &self.nodes {
            logs.push(node.disk.store.acked()?);
        }
        Ok((feeds, logs))
    }

    /// What a node is still busy with, for a report.
    fn busy(&self, at: usize) -> Sim<Vec<String>> {
        let store = &self.nodes[at].disk.store;
        Ok(vec![
            format!("{:?}", store.mode()?),
            format!("pending {}", store.push_head()?.0.0 - store.acked()?.0.0),
            format!("orphans {}", store.orphans()?.len()),
            format!("to write anew {}", store.to_reauthor()?.len()),
            format!("wanted {}", store.wanted()?.len()),
            format!("returning {}", store.returning()?.len()),
            format!("unequal {}", store.unequal_documents(9)?.len()),
        ])
    }

    /// Someone who kept every request sends them all again.
    pub(crate) fn replay_everything(&mut self) -> Sim<()> {
        self.say(|| "-- every request comes again".to_owned());
        for call in std::mem::take(&mut self.past) {
            self.answer(&call, true)?;
        }
        self.past.clear();
        Ok(())
    }
}
