//! The promises of the sync design, section 10, each a function that gives the violation it finds.
//! They look at the stores as they are and at the ledger of what really happened; none asks the
//! engine for its opinion.

mod documents;
mod fates;
mod hub;
mod nodes;

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_sync::ports::{Log as _, NodePort as _};

use crate::faults::Fault;
use crate::line::Answer;
use crate::violation::{Oracle, Sim, Violation, short};
use crate::world::World;

/// A check of a city at rest.
type Check = fn(&mut World) -> Sim<()>;

/// All of them, O10 apart, which is asked at the very moment of the claim ([`honest`]).
const CHECKS: [(Oracle, Check); 10] = [
    (Oracle::Equal, nodes::equal),
    (Oracle::Conserved, fates::conserved),
    (Oracle::Causal, hub::causally_closed),
    (Oracle::Digest, hub::digests_recount),
    (Oracle::Snapshot, documents::snapshot_and_tail),
    (Oracle::Conflicts, documents::conflict_table),
    (Oracle::Scope, nodes::within_scope),
    (Oracle::Noticed, hub::forks_noticed),
    (Oracle::Loads, documents::all_load),
    (Oracle::Kept, fates::nothing_lost),
];

/// Asks all of them; every promise that does not hold.
pub(crate) fn check(world: &mut World) -> Vec<Violation> {
    world.replays.clear();
    let mut found = Vec::new();
    for (oracle, check) in CHECKS {
        // By now every table is up to date: what vanishes here was once found.
        if oracle == Oracle::Conflicts && world.fault == Some(Fault::ConflictRowsDropped) {
            world.nodes.iter_mut().for_each(|node| node.disk.views.drop_conflicts());
        }
        if let Err(violation) = check(world) {
            let name = oracle.name();
            world.say(|| format!("{name}: {violation}"));
            found.push(violation);
        }
    }
    found
}

/// O10: who says "equal" holds what the hub held when it answered, and nothing else.
pub(crate) fn honest(world: &World, at: usize, answer: &Answer) -> Sim<()> {
    let node = &world.nodes[at];
    let store = &node.disk.store;
    let lie = |what: String| Err(Violation::new(Oracle::Honest, format!("node {at}: {what}")));
    let unsent = store.local_rows(store.acked()?.0, usize::MAX)?;
    if unsent.iter().any(|row| row.notice.is_none()) {
        return lie("said equal with changes that the hub does not have".to_owned());
    }
    let Some(scope) = &answer.scope else { return Ok(()) };
    for (id, heads) in scope {
        match store.document(id)? {
            Some(state) if state.heads == *heads => {}
            Some(_) => return lie(format!("said equal with other heads of {}", short(&id.0))),
            None => return lie(format!("said equal without document {}", short(&id.0))),
        }
    }
    for state in store.log.documents() {
        // A state without heads is a name only: its changes were lost with the hub before they came.
        let is_here = state.ward == node.ward && !state.heads.is_empty();
        if is_here && !scope.contains_key(&state.id) {
            return lie(format!("said equal with document {} too many", short(&state.id.0)));
        }
    }
    Ok(())
}

/// Documents that are alike at several ends are looked at once.
pub(crate) type Seen<T> = BTreeMap<(DocumentId, Vec<ChangeHash>), T>;
