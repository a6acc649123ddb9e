//! The line between nodes and the hub: it loses, doubles, delays and reorders, and remembers.

use std::collections::BTreeMap;
use std::rc::Rc;

use wardbook_base::{Chain, ChangeHash, DeviceId, DocumentId, FeedPosition, Lseq};
use wardbook_sync::chain::{self, Kind};
use wardbook_sync::check::item_hash;
use wardbook_sync::message::{EpochState, Notice, PushItem, Request, Response};
use wardbook_sync::node::{CallLimits, Outcome};
use wardbook_sync::ports::HubPort as _;
use wardbook_sync::{RejectCode, node};

use crate::ends::{ApplyError, HubEnd};
use crate::faults::Fault;
use crate::violation::{Oracle, Sim, Violation, short};
use crate::world::{World, officer_edit};

/// The documents of a ward as the hub held them at one position of its feed.
pub(crate) type Scope = BTreeMap<DocumentId, Vec<ChangeHash>>;

/// A call under way: what was asked, and what was answered.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) node: usize,
    pub(crate) device: DeviceId,
    pub(crate) request: Rc<Request>,
    /// How often node and hub had been put back when it was asked.
    pub(crate) restores: (u64, u64),
    pub(crate) answer: Option<Rc<Answer>>,
}

/// What the hub said, and what it held when it said so.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// None when somebody wrote between the judging of the call and its answer, which then speaks
    /// of a position that is not the newest.
    pub(crate) scope: Option<Scope>,
}

impl World {
    fn limits(&self) -> CallLimits {
        CallLimits {
            changes: 1 + self.dice.index(6),
            pull_bytes: [0, 400, 1_500, 4_000_000][self.dice.index(4)],
            ..CallLimits::default()
        }
    }

    pub(crate) fn call(&mut self, at: usize, limits: &CallLimits) -> Sim<Call> {
        let now = self.node_now(at);
        let request = self.nodes[at].request(limits, now)?;
        let device = self.nodes[at].device;
        let restores = (self.nodes[at].restores, self.hub.restores);
        let request = self.written_by(at, request);
        let call = Call { node: at, device, request, restores, answer: None };
        self.say(|| {
            let request = &call.request;
            format!(
                "node {at} asks: epoch {} after {} items {:?} pull {} detail={} wanted={} returned={}",
                short(&request.epoch.0),
                request.push.after,
                request.push.items.iter().map(item_name).collect::<Vec<_>>(),
                position(request.pull.as_ref()),
                request.detail.is_some(),
                request.wanted.as_ref().map_or(0, Vec::len),
                request.returned.as_ref().map_or(0, Vec::len),
            )
        });
        self.past.push(call.clone());
        Ok(call)
    }

    /// A node asks; whether anybody hears it is another step.
    pub(crate) fn ask(&mut self) -> Sim<()> {
        let at = self.any_node();
        let limits = self.limits();
        let call = self.call(at, &limits)?;
        self.calls.push(call);
        self.count("asked");
        Ok(())
    }

    /// Any request that is on the line may arrive, also for the second time; on a bad line also any
    /// that ever was.
    pub(crate) fn hub_answers(&mut self) -> Sim<()> {
        if self.plan.bad_line && self.dice.one_in(6) && !self.past.is_empty() {
            let old = self.past[self.dice.index(self.past.len())].clone();
            self.count("replayed");
            return self.answer(&old, true).map(|_| ());
        }
        if self.calls.is_empty() {
            return Ok(());
        }
        let index = if self.plan.bad_line { self.dice.index(self.calls.len()) } else { 0 };
        let before = self.dies(8).then(|| self.hub.disk.clone());
        let answer = self.answer(&self.calls[index].clone(), before.is_none())?;
        if let Some(before) = before {
            // It dies before its transaction is durable; no answer leaves it.
            self.hub.disk = before;
            self.count("died");
            self.hub_starts();
            return Ok(());
        }
        if self.plan.bad_line && self.dice.one_in(4) {
            self.count("answers lost");
            return Ok(());
        }
        if self.calls[index].answer.is_some() {
            self.count("answered twice");
        }
        self.calls[index].answer = answer;
        Ok(())
    }

    /// Any answer may arrive, late or twice; the node may die before it has taken it in.
    pub(crate) fn answer_arrives(&mut self) -> Sim<()> {
        let answered: Vec<usize> =
            (0..self.calls.len()).filter(|at| self.calls[*at].answer.is_some()).collect();
        let Some(index) = self.dice.pick(&answered).copied() else { return Ok(()) };
        let call = self.calls[index].clone();
        let before = self.dies(8).then(|| self.nodes[call.node].disk.clone());
        self.arrive(&call, before.is_none())?;
        if let Some(before) = before {
            self.nodes[call.node].disk = before;
            self.nodes[call.node].bear_witness()?;
            self.count("died");
        } else if !self.plan.bad_line || !self.dice.one_in(3) {
            self.calls.remove(index);
        } else if self.dice.one_in(3) {
            self.calls.clear();
        }
        Ok(())
    }

    /// A call that nothing disturbs.
    pub(crate) fn whole_call(&mut self) -> Sim<()> {
        let at = self.any_node();
        self.whole_call_of(at).map(|_| ())
    }

    pub(crate) fn whole_call_of(&mut self, at: usize) -> Sim<Option<Outcome>> {
        let limits = if self.dice.one_in(3) { self.limits() } else { CallLimits::default() };
        let mut call = self.call(at, &limits)?;
        call.answer = self.answer(&call, true)?;
        self.count("whole calls");
        if call.answer.is_none() {
            return Ok(None);
        }
        self.arrive(&call, true)
    }

    /// The hub hears a request.
    pub(crate) fn answer(&mut self, call: &Call, durable: bool) -> Sim<Option<Rc<Answer>>> {
        let (now, device) = (self.now(), call.device);
        // What a hub took in that dies before it is durable never came.
        if durable && call.restores.0 == self.nodes[call.node].restores {
            self.note_arrival(call);
        }
        let (request, carried) = self.request_over_the_line(call)?;
        // Somebody else writes between judging and taking in.
        let mut cuts_in = durable && !self.plan.quiet && self.dice.one_in(10);
        let mut officer = None;
        let World { hub, ledger, dice, .. } = self;
        let mut between = |hub: &mut HubEnd| {
            if std::mem::take(&mut cuts_in) {
                officer = officer_edit(hub, ledger, dice, now)?;
            }
            Ok(())
        };
        let answered = hub.answer(&device, &request, dice, now, Some(&mut between))?;
        if let Some((id, hash, wish)) = officer {
            self.authored(None, id, hash, &wish, false);
            self.count("moved while judging");
        }
        let response = match answered {
            Ok(response) => response,
            Err(code) => {
                self.say(|| format!("hub rejects node {}: {}", call.node, code.as_str()));
                return self.rejected(call, code);
            }
        };
        self.say(|| {
            format!(
                "hub answers node {}: acked {} refused {:?} {:?} feed {}..{} more={} parked={:?}",
                call.node,
                response.acked,
                response
                    .refused
                    .iter()
                    .map(|r| (short(&r.hash.0), r.code.clone()))
                    .collect::<Vec<_>>(),
                response.epoch_state,
                response.feed.from.seq,
                response.feed.to.seq,
                response.more,
                response.parked,
            )
        });
        match response.epoch_state {
            EpochState::Ok => {}
            EpochState::RolledBack => self.count("said rolled_back"),
            EpochState::Cloned => self.count("said cloned"),
            EpochState::HubRolledBack => self.count("said hub_rolled_back"),
        }
        if response.parked.is_some() {
            self.count("told of parked changes");
        }
        response.refused.iter().for_each(|_| self.count("refused"));
        let (store, ward) = (&self.hub.disk.store, &self.nodes[call.node].ward);
        let newest = store.ward_feed(ward)?.map(|feed| feed.position.seq);
        let scope = if newest == Some(response.feed.to.seq) {
            let held = store.documents_in_scope(ward)?.into_iter();
            Some(held.map(|state| (state.id, state.heads)).collect())
        } else {
            None
        };
        let response = self.answer_over_the_line(&carried, call.node, response)?;
        Ok(Some(Rc::new(Answer { response, scope })))
    }

    /// Only a device that was thrown out is turned away, and messages that are older than a
    /// restore of either end.
    fn rejected(&mut self, call: &Call, code: RejectCode) -> Sim<Option<Rc<Answer>>> {
        self.count("rejected");
        let is_old = call.restores != (self.nodes[call.node].restores, self.hub.restores);
        match code {
            RejectCode::RevokedDevice | RejectCode::UnknownDevice | RejectCode::Busy => Ok(None),
            // The second frame of a file builds on the first, which was not taken.
            _ if is_old || call.request.push.assumed == Some(true) => Ok(None),
            code => Err(Violation::new(
                Oracle::Rest,
                format!("node {} is rejected: {}", call.node, code.as_str()),
            )),
        }
    }

    /// Writes down which chain really came to the hub at which position.
    fn note_arrival(&mut self, call: &Call) {
        for (lseq, chain) in positions(&call.request) {
            self.ledger.arrived((call.device, call.request.epoch, lseq), chain);
        }
    }

    /// The node takes an answer in.
    pub(crate) fn arrive(&mut self, call: &Call, durable: bool) -> Sim<Option<Outcome>> {
        let Some(answer) = call.answer.clone() else { return Ok(None) };
        let at = call.node;
        let now = self.node_now(at);
        let World { nodes, dice, .. } = self;
        let applied = nodes[at].apply(&call.request, &answer.response, dice, now);
        let (mut outcome, copies) = match applied {
            Ok(applied) => applied,
            Err(ApplyError::Node(node::NodeError::BadAnswer(what))) => {
                // An answer to a program that ran on another disk may make no sense any more.
                if call.restores != (self.nodes[at].restores, self.hub.restores) {
                    self.count("answers to another disk");
                    return Ok(None);
                }
                let what = format!("node {at} finds the hub's answer contradictory: {what}");
                return Err(Violation::new(Oracle::Rest, what));
            }
            Err(error) => return Err(error.into()),
        };
        if self.fault == Some(Fault::LieOfEquality) && !outcome.stale {
            outcome.proven_equal = true;
        }
        self.say(|| {
            format!(
                "node {at} took: {:?} acked {} pulled {} refused {} bad {} equal={} stale={} more={} mismatch={}",
                outcome.epoch_state,
                outcome.acked,
                outcome.pulled_changes,
                outcome.refused.len(),
                outcome.bad_items,
                outcome.proven_equal,
                outcome.stale,
                outcome.more,
                outcome.mismatch
            )
        });
        if outcome.stale {
            self.count("stale answers");
        }
        if outcome.mismatch {
            self.count("digests differed");
        }
        if durable {
            self.copied(at, &copies);
        }
        if outcome.proven_equal {
            self.count("proven equal");
            crate::oracles::honest(self, at, &answer)?;
        }
        Ok(Some(outcome))
    }
}

fn position(position: Option<&FeedPosition>) -> String {
    position.map_or_else(|| "-".to_owned(), |p| format!("{}@{}", p.seq, short(&p.epoch.0)))
}

/// The positions of a push log that a request claims, from the one it stands on.
pub(crate) fn positions(request: &Request) -> Vec<(Lseq, Chain)> {
    let (mut lseq, mut chain) = (request.push.after, request.push.chain);
    let mut out = vec![(lseq, chain)];
    for item in &request.push.items {
        let kind = match item.notice {
            None => Kind::PushChange,
            Some(Notice::Released) => Kind::PushReleased,
            Some(Notice::Forgotten) => Kind::PushForgotten,
        };
        let hash = item.gone.unwrap_or_else(|| item_hash(&item.change));
        lseq = lseq.next();
        chain = chain::next(&chain, kind, &item.document, 0, &hash);
        out.push((lseq, chain));
    }
    out
}

fn item_name(item: &PushItem) -> String {
    let hash = item.gone.unwrap_or_else(|| item_hash(&item.change));
    let what = item.notice.map_or_else(String::new, |notice| format!(" {notice:?}"));
    format!("{}{what}", short(&hash.0))
}
