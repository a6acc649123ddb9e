//! What is written again says what its original said, where it said it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wardbook_base::{DocumentId, RowId, Timestamp, UserId};

use super::*;
use crate::edit::Edit;
use crate::path::{Path, RETIRED};
use crate::scalar::Scalar;
use crate::stamp::{Message, Purpose, Stamp};

const OLD: u8 = 1;
const FORK: [u8; 20] = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1];

fn stamp(actor: &[u8], n: usize) -> Stamp {
    Stamp {
        actor: actor.to_vec(),
        time: Timestamp(1_750_000_000_000 + i64::try_from(n).unwrap()),
        message: Message { purpose: Purpose::Edit, user: UserId([actor[0]; 8]) },
    }
}

fn edit(document: &mut Document, actor: u8, edits: &[Edit]) -> NewChange {
    document.edit(edits, &stamp(&[actor; 16], 0)).unwrap().expect("something changes")
}

fn new() -> Document {
    Document::new(DocumentId([7; 16]))
}

fn rebuilt(changes: &[NewChange]) -> Document {
    let mut document = new();
    for change in changes {
        document.apply(&change.bytes).unwrap();
    }
    document
}

fn dropped(changes: &[NewChange], fate: Fate) -> Vec<Dropped<'_>> {
    changes.iter().map(|change| Dropped { bytes: &change.bytes, fate }).collect()
}

fn row(n: u8) -> RowId {
    RowId([n; 16])
}

fn cell(n: u8, column: &str, value: &str) -> Edit {
    let cells = BTreeMap::from([(column.to_owned(), value.into())]);
    Edit::AddRow { table: "degrees".to_owned(), row: row(n), cells }
}

#[test]
fn later_edits_are_kept_when_one_before_them_is_taken_out() {
    let mut document = new();
    let first = edit(&mut document, OLD, &[Edit::set_field("full_name", "An")]);
    let refused = edit(&mut document, OLD, &[Edit::set_field("phone", "1"), cell(1, "level", "x")]);
    let later = [
        edit(&mut document, OLD, &[Edit::set_field("email", "a@b.vn")]),
        edit(&mut document, OLD, &[Edit::set(Path::cell("degrees", row(1), "major"), "Luật")]),
    ];
    let mut survivor = rebuilt(std::slice::from_ref(&first));
    let gone: Vec<Dropped<'_>> = dropped(std::slice::from_ref(&refused), Fate::Leave)
        .into_iter()
        .chain(dropped(&later, Fate::Copy))
        .collect();
    let written = survivor.copy_changes(&gone, &FORK).unwrap();
    assert_eq!(
        written.iter().map(|c| c.original).collect::<Vec<_>>(),
        later.each_ref().map(|c| c.hash)
    );
    let person = survivor.read();
    assert_eq!(person.values.get("email"), Some(&Scalar::from("a@b.vn")));
    assert_eq!(person.values.get("phone"), None);
    // The row that the refused change made is made on the way, with what was written later.
    let cells = &person.tables["degrees"][&row(1)].cells;
    assert_eq!(cells.iter().collect::<Vec<_>>(), [(&"major".to_owned(), &Scalar::from("Luật"))]);
    let copies: Vec<_> =
        written.into_iter().map(|c| parse(&c.copy.unwrap().bytes).unwrap()).collect();
    assert_eq!(copies[0].deps(), [Hash(first.hash.0)]);
    assert_eq!(copies[1].deps(), [copies[0].hash()]);
    for (copy, original) in copies.iter().zip(&later) {
        let original = parse(&original.bytes).unwrap();
        assert_eq!((copy.timestamp(), copy.message()), (original.timestamp(), original.message()));
        assert_eq!(copy.actor_id().to_bytes(), FORK);
    }
    assert_eq!((copies[0].seq(), copies[1].seq()), (1, 2));
}

#[test]
fn a_collision_is_read_in_the_history_of_the_one_that_was_taken_out() {
    // Two copies of one disk write different rows under the same operation ids.
    let mut ours = new();
    let first = edit(&mut ours, OLD, &[Edit::set_field("full_name", "An")]);
    let mut theirs = ours.clone();
    let lost = edit(&mut ours, OLD, &[cell(1, "level", "ours")]);
    let then = edit(&mut ours, OLD, &[Edit::set(Path::cell("degrees", row(1), "major"), "Luật")]);
    let kept = edit(&mut theirs, OLD, &[cell(2, "level", "theirs")]);
    let mut survivor = rebuilt(&[first, kept]);
    let copied = survivor.copy_changes(&dropped(&[lost, then], Fate::Copy), &FORK).unwrap();
    assert!(copied.iter().all(|c| c.copy.is_some()));
    let degrees = survivor.read().tables.remove("degrees").unwrap();
    assert_eq!(degrees[&row(1)].cells.len(), 2);
    assert_eq!(degrees[&row(2)].cells.len(), 1);
    assert_eq!(survivor.all_conflicts(), []);
}

#[test]
fn a_new_record_whose_first_change_is_gone_says_again_which_it_is() {
    let mut document = new();
    let refused = edit(&mut document, OLD, &[Edit::set_field("full_name", "An")]);
    let later = edit(&mut document, OLD, &[Edit::set_field("phone", "1")]);
    let mut survivor = new();
    let gone = [
        Dropped { bytes: &refused.bytes, fate: Fate::Leave },
        Dropped { bytes: &later.bytes, fate: Fate::Copy },
    ];
    let copied = survivor.copy_changes(&gone, &FORK).unwrap().remove(0).copy.unwrap();
    let alone = Document::from_changes([copied.bytes.as_slice()]).unwrap();
    assert_eq!(alone.id(), document.id());
    assert_eq!(alone.read().values.keys().collect::<Vec<_>>(), ["phone"]);
}

/// A late edit of another ward is kept aside here; what it builds on was harmful and never came.
#[test]
fn what_is_only_kept_aside_may_build_on_what_is_not_here() {
    let mut document = new();
    let first = edit(&mut document, OLD, &[Edit::set_field("full_name", "An")]);
    let mut theirs = document.clone();
    let _harmful = edit(&mut theirs, 2, &[Edit::set_field("phone", "1")]);
    let late = edit(&mut theirs, 2, &[Edit::set_field("email", "e")]);
    let own = edit(&mut document, OLD, &[Edit::set_field("alias", "a")]);
    let mut survivor = rebuilt(std::slice::from_ref(&first));
    let gone = [
        Dropped { bytes: &late.bytes, fate: Fate::Leave },
        Dropped { bytes: &own.bytes, fate: Fate::Copy },
    ];
    let copied = survivor.copy_changes(&gone, &FORK).unwrap();
    assert_eq!((copied.len(), copied[0].original), (1, own.hash));
    assert_eq!(survivor.read().values.keys().collect::<Vec<_>>(), ["alias", "full_name"]);
}

#[test]
fn nothing_is_written_twice_and_what_says_nothing_new_makes_no_copy() {
    let mut document = new();
    let first = edit(&mut document, OLD, &[Edit::set_field("full_name", "An")]);
    let lost = edit(&mut document, OLD, &[Edit::set_field("phone", "1")]);
    let later = edit(&mut document, OLD, &[Edit::set_field("email", "e")]);
    // The same value stands already.
    let mut survivor = rebuilt(std::slice::from_ref(&first));
    edit(&mut survivor, 2, &[Edit::set_field("unit", "u")]);
    let gone = [lost.clone(), later.clone()];
    let once = survivor.copy_changes(&dropped(&gone, Fate::Copy), &FORK).unwrap();
    let copy = once[0].copy.as_ref().unwrap();
    let mut again = rebuilt(&[first.clone(), copy.clone()]);
    let rest = [
        Dropped { bytes: &lost.bytes, fate: Fate::CopiedAs(copy.hash) },
        Dropped { bytes: &later.bytes, fate: Fate::Copy },
    ];
    let rest = again.copy_changes(&rest, &FORK).unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].copy, once[1].copy, "the same in two steps as in one");
    let mut full = rebuilt(&[first, lost.clone()]);
    let none = full.copy_changes(&dropped(std::slice::from_ref(&lost), Fate::Copy), &FORK).unwrap();
    assert!(none[0].copy.is_some(), "concurrent to what it did not know: written, and equal");
    assert_eq!(full.all_conflicts(), []);
    let orphan = new().copy_changes(&dropped(&[later], Fate::Copy), &FORK);
    assert_eq!(orphan.err(), Some(DocumentError::UnknownHeads));
}

/// One step of a history: who edits what, and who hears what is known elsewhere.
#[derive(Debug, Clone)]
struct Step {
    by: usize,
    what: u8,
    target: u8,
    hears: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (0..3_usize, 0..6_u8, 0..4_u8, any::<bool>()).prop_map(|(by, what, target, hears)| Step {
        by,
        what,
        target,
        hears,
    })
}

/// Values are never equal, so that no put is left out for being equal.
fn edits(step: &Step, n: usize) -> Vec<Edit> {
    let value = format!("v{n}");
    let field = ["phone", "email", "note", "address"][usize::from(step.target)];
    match step.what {
        0 | 1 => vec![Edit::set_field(field, value)],
        2 => vec![cell(step.target, "level", &value), Edit::set_field(field, format!("{value}b"))],
        3 => vec![cell(step.target, RETIRED, &value)],
        4 => vec![Edit::set(Path::code("policy_category", format!("c{n}")), true)],
        _ => vec![cell(step.target, "major", &value), cell(step.target, "school", &value)],
    }
}

type Values = BTreeMap<String, BTreeSet<Option<Scalar>>>;

/// All values that stand at each place in conflict.
fn conflicts(document: &Document) -> Values {
    let values = |conflict: crate::document::Conflict| {
        let all = conflict.values.into_iter().map(|value| value.value).collect();
        (conflict.path.to_string(), all)
    };
    document.all_conflicts().into_iter().map(values).collect()
}

/// Device 0 writes, at step `lost` for the first time something that is refused. Two others write
/// meanwhile and never hear of what device 0 wrote from then on. Device 0 hears of them.
/// `skip`: as if the refused edit had never been made, and the fork been used from there on.
fn play(steps: &[Step], lost: usize, skip: bool) -> (Vec<NewChange>, Vec<NewChange>) {
    let mut devices = [new(), new(), new()];
    let first = edit(&mut devices[0], OLD, &[Edit::set_field("full_name", "An")]);
    for device in &mut devices[1..] {
        device.apply(&first.bytes).unwrap();
    }
    let (mut shared, mut unsent) = (vec![first], Vec::new());
    let mut cut = false;
    for (n, step) in steps.iter().enumerate() {
        if step.hears {
            for change in &shared {
                devices[step.by].apply(&change.bytes).unwrap();
            }
        }
        let is_lost = step.by == 0 && n >= lost && !cut;
        cut |= is_lost;
        if is_lost && skip {
            continue;
        }
        let actor = [u8::try_from(step.by).unwrap() + 1; 16];
        let actor = if step.by == 0 && cut && skip { FORK.to_vec() } else { actor.to_vec() };
        let change = devices[step.by].edit(&edits(step, n), &stamp(&actor, n)).unwrap().unwrap();
        if step.by == 0 && cut { unsent.push(change) } else { shared.push(change) }
    }
    (shared, unsent)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// The record after re-authoring is the one that would stand there had the refused edit never
    /// been made: the same values, and the same values in conflict.
    #[test]
    fn the_record_is_as_if_the_refused_edit_had_never_been_made(
        steps in prop::collection::vec(step(), 2..28),
        lost in 0..12_usize,
    ) {
        let (shared, unsent) = play(&steps, lost, false);
        let Some((refused, later)) = unsent.split_first() else { return Ok(()) };
        let mut survivor = rebuilt(&shared);
        let gone: Vec<Dropped<'_>> = dropped(std::slice::from_ref(refused), Fate::Leave)
            .into_iter()
            .chain(dropped(later, Fate::Copy))
            .collect();
        let copied = survivor.copy_changes(&gone, &FORK).unwrap();
        prop_assert!(copied.iter().all(|copied| copied.copy.is_some()));
        let (shared, unsent) = play(&steps, lost, true);
        let ghost = rebuilt(&[shared, unsent].concat());
        prop_assert_eq!(conflicts(&survivor), conflicts(&ghost));
        prop_assert_eq!(survivor.read(), ghost.read());
        // The copies alone give the same: what was applied here is what will be sent.
        let again = Document::from_changes(survivor.changes().iter().map(|c| c.bytes.as_slice()));
        let again = again.unwrap();
        prop_assert_eq!((again.heads(), again.read()), (survivor.heads(), survivor.read()));
        let loaded = Document::load(&survivor.save()).unwrap();
        prop_assert_eq!(loaded.heads(), survivor.heads());
    }
}
