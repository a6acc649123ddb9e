//! Proposals of staff members: decided once, whoever presses at the same moment, and all or nothing.

use std::sync::Barrier;

use wardbook_base::UserId;
use wardbook_record::{Path, Scalar};
use wardbook_replica::{Correction, ProposalState, Role, Scope, Viewer};

use crate::common::Place;

fn of_role(place: &Place, role: Role, n: u8, person: Option<wardbook_base::DocumentId>) -> Viewer {
    Viewer {
        user: UserId([n; 8]),
        role,
        scope: Scope { person, ..Scope::default() },
        ..place.viewer.clone()
    }
}

#[test]
fn a_proposal_is_taken_or_declined_once_by_whoever_is_first() {
    const AT_ONCE: usize = 6;
    let node = Place::node(41);
    let document = node.person("Nguyễn Thị Hoa");
    let staff = of_role(&node, Role::Staff, 1, Some(document));
    let leader = of_role(&node, Role::Leader, 2, None);
    for round in 0..4 {
        let phone = format!("091100022{round}");
        let values = vec![(Path::field("phone"), Some(Scalar::from(phone.as_str())))];
        let proof = format!("%PDF-1.7\n{round}\nstartxref\n9\n%%EOF\n").into_bytes();
        let wanted = Correction { values, remark: "đổi số".to_owned(), proof };
        node.replica.propose(&staff, &document, &wanted).unwrap();
        let open = node.replica.proposals(&leader).unwrap();
        let open: Vec<_> = open.iter().filter(|one| one.may_take).collect();
        assert_eq!(open.len(), 1);
        let (key, start) = (open[0].key.clone(), Barrier::new(AT_ONCE));
        let decide = |n: usize| {
            start.wait();
            let takes = !n.is_multiple_of(3);
            let done = if takes {
                node.replica.take_proposal(&leader, &key).is_ok()
            } else {
                node.replica.decline_proposal(&leader, &key, "nhầm").is_ok()
            };
            (takes, done)
        };
        let decide = &decide;
        let decided: Vec<(bool, bool)> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..AT_ONCE).map(|n| scope.spawn(move || decide(n))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let done: Vec<_> = decided.iter().filter(|(_, done)| *done).collect();
        assert_eq!(done.len(), 1, "one decision: {decided:?}");
        let was_taken = done[0].0;
        let views = node.replica.proposals(&leader).unwrap();
        let view = views.iter().find(|view| view.key == key).unwrap();
        let state = if was_taken { ProposalState::Taken } else { ProposalState::Declined };
        assert_eq!(view.state, state);
        assert_eq!(node.value(&document, "phone") == Some(phone), was_taken);
        let (person, _) = node.replica.person_values(&node.viewer, &document).unwrap().unwrap();
        let filed = |cells: &wardbook_record::Row| cells.text("file").is_some();
        let proofs = person.rows("documents").filter(|(_, row)| filed(row)).count();
        let taken = views.iter().filter(|view| view.state == ProposalState::Taken).count();
        assert_eq!(proofs, taken, "each proof is filed once");
        // The paper of one that was taken lies with the record; of one given back nothing is kept.
        let proof = node.replica.proposal_proof(&staff, &key);
        assert_eq!(view.proof.is_some(), was_taken);
        assert_eq!(proof.is_ok_and(|file| file.bytes.is_some()), was_taken);
    }
}
