//! The fixed first change of every document.

use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};

use super::{DocumentError, NewChange, own_change, parse, refused};

/// The maps that the genesis creates, in this order, for ever. Never edit this list: a table or
/// set of codes that is added later comes with another fixed change (decision 4).
const MAPS: [&str; 28] = [
    "degrees",
    "political_courses",
    "trainings",
    "defence_trainings",
    "it_certificates",
    "languages",
    "work_history",
    "movements",
    "appointments",
    "election_memberships",
    "planning",
    "rotation_plan",
    "conversion_log",
    "salary_history",
    "allowance_history",
    "evaluations",
    "evaluation_periods",
    "awards",
    "disciplines",
    "family_self",
    "family_spouse",
    "old_regime",
    "foreign_orgs",
    "overseas_trips",
    "contracts",
    "training_plan_items",
    "documents",
    "policy_category",
];

pub(super) struct Genesis {
    pub(super) document: Automerge,
    pub(super) change: NewChange,
    /// The same as automerge holds it.
    pub(super) made: Change,
}

/// The genesis, made once.
pub(super) fn genesis() -> &'static Genesis {
    static GENESIS: OnceLock<Genesis> = OnceLock::new();
    GENESIS.get_or_init(|| {
        let mut document = Automerge::new().with_actor(ActorId::from([0; 16]));
        let mut tx = document.transaction();
        for key in MAPS {
            tx.put_object(ROOT, key, ObjType::Map).expect("the root of a new document is a map");
        }
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
        let made = hash.and_then(|hash| document.get_change_by_hash(&hash));
        let made = made.expect("the genesis has just been made");
        Genesis { document, change: own_change(&made), made }
    })
}

/// The genesis and changes that come after it, all at once: automerge writes each column of the
/// new document once then. On a document that is there already, the genesis alone among them, it
/// splices every column at every key of a change, which takes twice as long for a first change.
pub(super) fn with<'a>(
    changes: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Automerge, DocumentError> {
    let Genesis { made, .. } = genesis();
    let mut all = vec![made.clone()];
    for bytes in changes {
        let change = parse(bytes)?;
        if change.hash() != made.hash() {
            all.push(change);
        }
    }
    let mut document = Automerge::new();
    document.apply_changes(all).map_err(|error| refused(&error))?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, schema};

    #[test]
    fn the_genesis_has_every_table_and_every_stored_set_of_codes() {
        let tables = schema().tables.iter().map(|table| table.key.as_str());
        let sets = schema().fields.iter().filter(|f| f.kind == Kind::Codes && !f.computed);
        let expected: Vec<&str> = tables.chain(sets.map(|field| field.key.as_str())).collect();
        assert_eq!(MAPS.as_slice(), expected);
    }
}
