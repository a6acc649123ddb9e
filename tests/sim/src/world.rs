//! A city: its ends, what is on the line, what really happened, and the steps it takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wardbook_base::{ChangeHash, Dice as _, DocumentId, Timestamp, WardId};
use wardbook_record::Document;
use wardbook_sync::ports::Log as _;

use crate::anew::Copied;
use crate::dice::SimDice;
use crate::edits::{self, Wish};
use crate::ends::{Edited, HubDisk, HubEnd, NodeDisk, NodeEnd};
use crate::faults::Fault;
use crate::ledger::{Authored, Ledger};
use crate::line::Call;
use crate::oracles::Seen;
use crate::plan::Plan;
use crate::violation::{Sim, name, short};

/// When all histories begin.
const BEGIN: Timestamp = Timestamp(1_750_000_000_000);
/// Troubles that were added later are for the seeds from here on: those before keep their stories.
const NEWER_TROUBLES: u64 = 1_000_000;
/// Copies of a disk that are kept at most.
const COPIES_MAX: usize = 3;

/// A city from a seed.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: SimDice,
    /// Dice for what changes no history, as long as every promise holds.
    pub(crate) side: SimDice,
    pub(crate) wards: Vec<WardId>,
    pub(crate) hub: HubEnd,
    pub(crate) nodes: Vec<NodeEnd>,
    /// Calls of which a part is still on its way.
    pub(crate) calls: Vec<Call>,
    /// Every call that was ever made.
    pub(crate) past: Vec<Call>,
    pub(crate) hub_copies: Vec<HubDisk>,
    pub(crate) node_copies: Vec<(usize, NodeDisk)>,
    pub(crate) ledger: Ledger,
    pub(crate) fault: Option<Fault>,
    pub(crate) seen: BTreeMap<&'static str, u64>,
    /// Documents that were replayed from all their changes, for the oracles.
    pub(crate) replays: Seen<Document>,
    now_ms: i64,
    trace: Option<String>,
}

impl World {
    /// The city of a seed, before its first step. With `trace` it writes down what it does.
    pub(crate) fn new(seed: u64, fault: Option<Fault>, trace: bool) -> Sim<Self> {
        let dice = SimDice::new(seed);
        let mut plan = Plan::of(&dice);
        if let Some(fault) = fault {
            fault.shape(&mut plan);
        }
        let wards: Vec<WardId> =
            (1..=plan.wards).map(|n| format!("2588{n}.1").parse().expect("a ward's id")).collect();
        // A spoilt store breaks what sharing rests on.
        let sharing = fault.is_none() && !seed.is_multiple_of(32);
        let mut hub = HubEnd::new(&dice, fault, sharing);
        let side = SimDice::new(!seed);
        let mut nodes = Vec::new();
        for number in 0..plan.nodes {
            // Every ward has a node, and the first ones have two.
            let ward = &wards[number % wards.len()];
            let mut node = hub.enrol(number, ward, &dice, BEGIN)?;
            // Those keys are for the day on which the hub is put back.
            let versions_differ = seed >= NEWER_TROUBLES && !plan.hub_restores;
            node.older = versions_differ && side.one_in(4);
            nodes.push(node);
        }
        Ok(Self {
            plan,
            dice,
            side,
            wards,
            hub,
            nodes,
            calls: Vec::new(),
            past: Vec::new(),
            hub_copies: Vec::new(),
            node_copies: Vec::new(),
            ledger: Ledger::default(),
            fault,
            seen: BTreeMap::new(),
            replays: Seen::new(),
            now_ms: 0,
            trace: trace.then(String::new),
        })
    }

    /// What it did, when it was asked to write it down.
    pub(crate) fn trace(&mut self) -> String {
        self.trace.take().unwrap_or_default()
    }

    pub(crate) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let _ = writeln!(trace, "{}", what());
        }
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_insert(0) += 1;
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        BEGIN.plus_ms(self.now_ms)
    }

    /// The time as a node's clock shows it.
    pub(crate) fn node_now(&self, at: usize) -> Timestamp {
        self.now().plus_ms(self.nodes[at].clock_ms)
    }

    /// One step, chosen by the dice.
    pub(crate) fn step(&mut self) -> Sim<()> {
        self.now_ms += 1_000 + self.dice.below(600_000).cast_signed();
        let plan = self.plan;
        match self.dice.below(100) {
            0..6 => self.create(),
            6..28 => self.edit_at_node(),
            28..34 => self.edit_at_hub(),
            34..50 => self.ask(),
            50..62 => self.hub_answers(),
            62..74 => self.answer_arrives(),
            80..82 => self.compact(),
            74..80 if self.fault == Some(Fault::WaitingThrownAway) => self.hub_trouble(),
            82..85 if plan.courier => self.courier(),
            85..88 if plan.node_restores => self.node_trouble(),
            88..91 if plan.hub_restores => self.hub_trouble(),
            91..95 if plan.custody => self.move_custody(),
            95 if plan.clocks => {
                self.clock_jumps();
                Ok(())
            }
            96..98 if plan.hostile => self.hostile_edit(),
            98 if plan.revocations => self.revoke(),
            _ => self.whole_call(),
        }
    }

    /// Any node that may still call.
    pub(crate) fn any_node(&self) -> usize {
        let live: Vec<usize> =
            (0..self.nodes.len()).filter(|at| !self.nodes[*at].revoked).collect();
        self.dice.pick(&live).copied().unwrap_or(0)
    }

    fn create(&mut self) -> Sim<()> {
        let at = self.dice.index(self.nodes.len());
        // Two wards make one id: never by chance, but the second must be refused.
        let taken = self.dice.one_in(20).then(|| self.dice.pick(&self.ledger.documents).copied());
        let id = taken.flatten().unwrap_or_else(|| DocumentId::random(&self.dice));
        let store = &self.nodes[at].disk.store;
        if store.document(&id)?.is_some() || store.tombstone(&id)?.is_some() {
            return Ok(());
        }
        let wish = edits::birth(&mut self.ledger);
        self.at_node(at, id, &wish, false, |node, now| node.create(id, &wish, now))
    }

    fn edit_at_node(&mut self) -> Sim<()> {
        self.edit_somewhere(false)
    }

    fn hostile_edit(&mut self) -> Sim<()> {
        self.edit_somewhere(true)
    }

    fn edit_somewhere(&mut self, hostile: bool) -> Sim<()> {
        let at = self.dice.index(self.nodes.len());
        let ids: Vec<DocumentId> =
            self.nodes[at].disk.store.log.documents().map(|state| state.id).collect();
        let Some(id) = self.dice.pick(&ids).copied() else { return Ok(()) };
        if !self.nodes[at].may_write(&id)? && !self.dice.one_in(8) {
            return Ok(());
        }
        let now = self.node_now(at);
        let node = &mut self.nodes[at];
        let Some(view) = node.disk.views.refresh(&node.disk.store, &id)? else { return Ok(()) };
        let wish = edits::random(&self.dice, &mut self.ledger, id, view, now);
        self.at_node(at, id, &wish, hostile, |node, now| node.edit(&id, &wish, now, hostile))
    }

    /// The program may die before the save is durable: then nobody was told that it was.
    fn at_node(
        &mut self,
        at: usize,
        id: DocumentId,
        wish: &Wish,
        hostile: bool,
        save: impl FnOnce(&mut NodeEnd, Timestamp) -> Sim<Edited>,
    ) -> Sim<()> {
        let now = self.node_now(at);
        let before = self.dies(10).then(|| self.nodes[at].disk.clone());
        let edited = save(&mut self.nodes[at], now)?;
        let died = before.is_some();
        if let Some(before) = before {
            self.nodes[at].disk = before;
            self.nodes[at].bear_witness()?;
            self.count("died");
        }
        match edited {
            Edited::Saved(hash) if !died || self.fault == Some(Fault::SavedBeforeDurable) => {
                self.authored(Some(at), id, hash, wish, hostile);
            }
            Edited::Saved(_) | Edited::Nothing => {}
            Edited::Refused => self.count("edits refused at once"),
        }
        Ok(())
    }

    pub(crate) fn authored(
        &mut self,
        at: Option<usize>,
        id: DocumentId,
        hash: ChangeHash,
        wish: &Wish,
        hostile: bool,
    ) {
        if !self.ledger.documents.contains(&id) {
            self.ledger.documents.push(id);
        }
        let token = wish.token.clone();
        self.ledger.authored.insert((id, hash), Authored { at, token, gone: false, hostile });
        self.count(if at.is_some() { "edits at nodes" } else { "edits at the hub" });
        let token = wish.token.clone().unwrap_or_default();
        let whose = at.map_or_else(|| "hub".to_owned(), |at| format!("node {at}"));
        self.say(|| format!("{whose} writes {} {token} hostile={hostile}", name(&id, &hash)));
    }

    /// Copies are authored too: what a user wrote must not be lost a second time.
    pub(crate) fn copied(&mut self, at: usize, copies: &[Copied]) {
        for copied in copies {
            let id = copied.document;
            let token =
                self.ledger.authored.get(&(id, copied.original)).and_then(|was| was.token.clone());
            self.say(|| {
                let copy = copied.copy.map_or_else(|| "nothing".to_owned(), |c| short(&c.0));
                format!("node {at} writes {} anew as {copy}", name(&id, &copied.original))
            });
            match copied.copy {
                Some(copy) => {
                    let authored = Authored { at: Some(at), token, gone: false, hostile: false };
                    self.ledger.authored.insert((id, copy), authored);
                    self.ledger.copies.insert((id, copied.original), copy);
                    self.count("written anew");
                }
                None => {
                    self.ledger.empty_copies.insert((id, copied.original));
                }
            }
        }
    }

    fn edit_at_hub(&mut self) -> Sim<()> {
        let before = self.dies(10).then(|| self.hub.disk.clone());
        let now = self.now();
        let World { hub, ledger, dice, .. } = self;
        let written = officer_edit(hub, ledger, dice, now)?;
        if let Some(before) = before {
            self.hub.disk = before;
            self.count("died");
            self.hub_starts();
            return Ok(());
        }
        if let Some((id, hash, wish)) = written {
            self.authored(None, id, hash, &wish, false);
        }
        Ok(())
    }

    /// Whether the program dies in this step, once in `n` times.
    pub(crate) fn dies(&self, n: u64) -> bool {
        self.plan.crashes && self.dice.one_in(n)
    }

    fn clock_jumps(&mut self) {
        let at = self.dice.index(self.nodes.len());
        let years = self.dice.below(21).cast_signed() - 10;
        self.nodes[at].clock_ms = years * 365 * 86_400_000;
        self.count("clocks jumped");
    }

    pub(crate) fn keep_hub_copy(&mut self) {
        if self.hub_copies.len() == COPIES_MAX {
            self.hub_copies.remove(0);
        }
        self.hub_copies.push(self.hub.disk.clone());
    }

    pub(crate) fn keep_node_copy(&mut self, at: usize) {
        if self.node_copies.len() == COPIES_MAX {
            self.node_copies.remove(0);
        }
        self.node_copies.push((at, self.nodes[at].disk.clone()));
    }
}

/// One edit by an officer; what was saved.
pub(crate) fn officer_edit(
    hub: &mut HubEnd,
    ledger: &mut Ledger,
    dice: &SimDice,
    now: Timestamp,
) -> Sim<Option<(DocumentId, ChangeHash, Wish)>> {
    let ids: Vec<DocumentId> = hub.disk.store.log.documents().map(|state| state.id).collect();
    let Some(id) = dice.pick(&ids).copied() else { return Ok(None) };
    let Some(view) = hub.disk.views.refresh(&hub.disk.store, &id)? else { return Ok(None) };
    let wish = edits::random(dice, ledger, id, view, now);
    Ok(match hub.edit(&id, &wish, now)? {
        Edited::Saved(hash) => Some((id, hash, wish)),
        Edited::Nothing | Edited::Refused => None,
    })
}
