//! The promises of a document, each as a test.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wardbook_base::{RowId, Timestamp, UserId, to_hex};

use super::*;
use crate::path::{Path, RETIRED};
use crate::stamp::{Message, Purpose};

fn stamp(actor: u8, purpose: Purpose) -> Stamp {
    Stamp {
        actor: vec![actor; 16],
        time: Timestamp(1_750_000_000_000 + i64::from(actor)),
        message: Message { purpose, user: UserId([actor; 8]) },
    }
}

fn make(document: &mut Document, actor: u8, edits: &[Edit]) -> NewChange {
    document.edit(edits, &stamp(actor, Purpose::Edit)).unwrap().expect("something changes")
}

fn resolve(document: &mut Document, actor: u8, edits: &[Edit]) -> NewChange {
    document.edit(edits, &stamp(actor, Purpose::Resolve)).unwrap().expect("a resolution counts")
}

fn new() -> Document {
    Document::new(DocumentId([7; 16]))
}

/// A document that two devices hold, with a name and one degree.
fn shared() -> (Document, Document) {
    let mut a = new();
    make(&mut a, 1, &[Edit::set_field("full_name", "An"), degree("dai_hoc")]);
    let b = Document::load(&a.save()).unwrap();
    (a, b)
}

const ROW: RowId = RowId([3; 16]);

fn degree(level: &str) -> Edit {
    let cells = BTreeMap::from([("level".to_owned(), level.into())]);
    Edit::AddRow { table: "degrees".to_owned(), row: ROW, cells }
}

fn cell(column: &str) -> Path {
    Path::cell("degrees", ROW, column)
}

#[test]
fn the_genesis_never_changes() {
    let (hash, bytes) = Document::genesis();
    let golden = "6ca932782a86cd670efb2877c481accb814b3126d84487c96038248da165090c";
    assert_eq!(to_hex(hash.as_bytes()), golden);
    let change = parse(&bytes).unwrap();
    assert_eq!((change.timestamp(), change.actor_id().to_bytes()), (0, [0; 16].as_slice()));
    assert!(change.message().is_none());
}

#[test]
fn the_first_edit_writes_the_id_and_two_documents_of_one_genesis_merge() {
    let (mut a, mut b) = (new(), new());
    assert_eq!(a.heads(), [Document::genesis().0]);
    assert_eq!(a.edit(&[], &stamp(1, Purpose::Edit)).unwrap(), None, "nothing was asked for");
    let first = make(&mut a, 1, &[degree("dai_hoc")]);
    let second = make(&mut b, 2, &[Edit::set_field("phone", "0912345678")]);
    assert!(b.apply(&first.bytes).unwrap().changed && a.apply(&second.bytes).unwrap().changed);
    assert_eq!((a.heads(), a.read()), (b.heads(), b.read()));
    assert_eq!(a.read().rows("degrees").count(), 1);
    assert_eq!(a.all_conflicts(), []);
    let loaded = Document::load(&a.save()).unwrap();
    assert_eq!((loaded.id(), loaded.read()), (a.id(), a.read()));
    assert_eq!(Document::load(&new().save()).err(), Some(DocumentError::NoId));
}

#[test]
fn a_document_gives_back_every_change_byte_for_byte() {
    let (mut a, mut b) = shared();
    let made = make(&mut a, 1, &[Edit::set_field("phone", "1")]);
    let other = make(&mut b, 2, &[Edit::set_field("email", "a@b.vn")]);
    a.apply(&other.bytes).unwrap();
    let changes = Document::load(&a.save()).unwrap().changes();
    assert!(changes.contains(&made) && changes.contains(&other) && changes.len() == 4);
    assert_eq!(changes[0].bytes, Document::genesis().1);
    let rebuilt = Document::from_changes(changes.iter().map(|c| c.bytes.as_slice())).unwrap();
    assert_eq!((rebuilt.heads(), rebuilt.id()), (a.heads(), a.id()));
    let without = Document::from_changes(changes[1..].iter().map(|c| c.bytes.as_slice())).unwrap();
    assert_eq!(without.heads(), a.heads(), "the genesis may be left out");
}

#[test]
fn changes_taken_in_at_once_make_the_same_document_as_one_by_one() {
    let (mut a, mut b) = shared();
    let made = make(&mut a, 1, &[Edit::set_field("phone", "1")]);
    let other = make(&mut b, 2, &[Edit::set_field("phone", "2"), degree("thac_si")]);
    a.apply(&other.bytes).unwrap();
    let all = a.changes();
    let bytes = |from: usize| all[from..].iter().map(|change| change.bytes.as_slice());
    for stood in 0..all.len() {
        // Onto nothing, onto the genesis and onto what was saved.
        let mut built = match stood {
            0 | 1 => Document::new(a.id()),
            some => {
                let before = Document::from_changes(all[..some].iter().map(|c| c.bytes.as_slice()));
                Document::load(&before.unwrap().save()).unwrap()
            }
        };
        built.apply_good(bytes(0)).unwrap();
        assert_eq!((built.heads(), built.read()), (a.heads(), a.read()), "onto {stood}");
        assert_eq!(built.all_conflicts(), a.all_conflicts());
        assert_eq!(built.changes(), all, "byte for byte");
    }
    let mut foreign = Document::new(DocumentId([9; 16]));
    let expected = DocumentError::OtherDocument { expected: foreign.id(), found: a.id() };
    assert_eq!(foreign.apply_good(bytes(0)), Err(expected));
    let cut = [&made.bytes[..20]];
    assert!(matches!(new().apply_good(cut), Err(DocumentError::Unreadable(_))));
}

#[test]
fn an_equal_value_makes_no_change_and_a_repeated_change_does_nothing() {
    let (mut a, _) = shared();
    let same = [Edit::set_field("full_name", "An"), degree("dai_hoc")];
    assert_eq!(a.edit(&same, &stamp(1, Purpose::Edit)).unwrap(), None);
    let absent = [Edit::Clear { path: Path::field("phone") }, Edit::set_field("phone", "")];
    assert_eq!(a.edit(&absent, &stamp(1, Purpose::Edit)).unwrap(), None);
    let heads = a.heads();
    for change in a.changes() {
        assert_eq!(a.apply(&change.bytes), Ok(Applied::default()));
    }
    assert_eq!(a.heads(), heads);
}

#[test]
fn different_values_are_a_conflict_that_a_resolution_ends() {
    let (mut a, mut b) = shared();
    let path = Path::field("phone");
    let one = make(&mut a, 1, &[Edit::set_field("phone", "one")]);
    let two = make(&mut b, 2, &[Edit::set_field("phone", "two")]);
    let at_a = a.apply(&two.bytes).unwrap();
    let at_b = b.apply(&one.bytes).unwrap();
    assert_eq!(at_a.conflicted, std::slice::from_ref(&path));
    assert_eq!(
        at_b.conflicted,
        std::slice::from_ref(&path),
        "both sides see it, the winning one too"
    );
    let conflict = a.conflicts(std::slice::from_ref(&path)).remove(0);
    assert_eq!(Some(&conflict), b.all_conflicts().first());
    let seen: Vec<_> =
        conflict.values.iter().map(|v| (v.winner, v.user, v.time.0, v.hash)).collect();
    let mut expected = vec![
        (true, Some(UserId([2; 8])), 1_750_000_000_002, two.hash),
        (false, Some(UserId([1; 8])), 1_750_000_000_001, one.hash),
    ];
    assert_eq!(a.read().text("phone"), conflict.values[0].value.as_ref().and_then(Scalar::as_text));
    if seen[0].3 == one.hash {
        expected = vec![
            (true, expected[1].1, expected[1].2, one.hash),
            (false, expected[0].1, expected[0].2, two.hash),
        ];
    }
    assert_eq!(seen, expected);
    let winner = conflict.values[0].value.clone().unwrap();
    let end = resolve(&mut a, 1, &[Edit::set(path, winner)]);
    b.apply(&end.bytes).unwrap();
    assert_eq!((a.all_conflicts(), b.all_conflicts()), (vec![], vec![]));
}

#[test]
fn equal_values_are_no_conflict() {
    let (mut a, mut b) = shared();
    make(&mut a, 1, &[Edit::set_field("phone", "same")]);
    let two = make(&mut b, 2, &[Edit::set_field("phone", "same")]);
    assert_eq!(a.apply(&two.bytes).unwrap().conflicted, []);
    assert_eq!(a.all_conflicts(), []);
}

#[test]
fn emptying_against_writing_is_a_conflict() {
    let (mut a, mut b) = shared();
    make(&mut a, 1, &[Edit::Clear { path: Path::field("full_name") }]);
    assert_eq!(a.read().text("full_name"), None);
    let two = make(&mut b, 2, &[Edit::set_field("full_name", "Ân")]);
    assert_eq!(a.apply(&two.bytes).unwrap().conflicted, [Path::field("full_name")]);
    let values: Vec<_> = a.all_conflicts()[0].values.iter().map(|v| v.value.clone()).collect();
    assert!(values.contains(&None) && values.contains(&Some("Ân".into())));
}

#[test]
fn a_set_of_codes_keeps_what_either_side_added() {
    let (mut a, mut b) = shared();
    let code = |code: &str| Path::code("policy_category", code);
    let one = make(&mut a, 1, &[Edit::set(code("khong"), true)]);
    b.apply(&one.bytes).unwrap();
    let two = make(
        &mut b,
        2,
        &[Edit::set(code("con_liet_si"), true), Edit::Clear { path: code("khong") }],
    );
    make(&mut a, 1, &[Edit::set(code("benh_binh"), true)]);
    let applied = a.apply(&two.bytes).unwrap();
    assert_eq!((applied.touched.len(), applied.conflicted.len()), (2, 0));
    let person = a.read();
    assert_eq!(person.codes("policy_category").collect::<Vec<_>>(), ["benh_binh", "con_liet_si"]);
}

#[test]
fn a_row_that_is_edited_here_and_retired_there_is_a_conflict() {
    for resolution in [Edit::set(cell(RETIRED), "trùng"), Edit::Clear { path: cell(RETIRED) }] {
        let (mut a, mut b) = shared();
        let reason = "trùng".to_owned();
        let retire = Edit::RetireRow { table: "degrees".into(), row: ROW, reason };
        let one = make(&mut a, 1, &[retire]);
        let two = make(&mut b, 2, &[Edit::set(cell("level"), "thac_si")]);
        assert_eq!(a.apply(&two.bytes).unwrap().conflicted, [cell(RETIRED)]);
        assert_eq!(b.apply(&one.bytes).unwrap().conflicted, [cell(RETIRED)]);
        let found = a.all_conflicts();
        assert_eq!((found.len(), found[0].kind), (1, ConflictKind::RetiredRow));
        assert_eq!(found[0].values[0].value, Some("trùng".into()));
        assert_eq!((found[0].values[1].value.as_ref(), found[0].values[1].hash), (None, two.hash));
        let end = resolve(&mut a, 1, &[resolution]);
        b.apply(&end.bytes).unwrap();
        assert_eq!((a.all_conflicts(), b.all_conflicts()), (vec![], vec![]));
        assert_eq!(a.read(), b.read());
    }
}

#[test]
fn fields_that_belong_together_conflict_although_no_key_does() {
    let (mut a, mut b) = shared();
    let one = make(&mut a, 1, &[Edit::set_field("salary_step", 3)]);
    let two = make(&mut b, 2, &[Edit::set_field("salary_coefficient", "3.33")]);
    let both = [Path::field("salary_coefficient"), Path::field("salary_step")];
    assert_eq!(a.apply(&two.bytes).unwrap().conflicted, both);
    assert_eq!(b.apply(&one.bytes).unwrap().conflicted, both);
    assert!(a.all_conflicts().iter().all(|c| c.kind == ConflictKind::Together));
    let end = resolve(&mut a, 1, &[Edit::set_field("salary_step", 3)]);
    b.apply(&end.bytes).unwrap();
    assert_eq!((a.all_conflicts(), b.all_conflicts()), (vec![], vec![]));
    assert_eq!(a.read().int("salary_step"), Some(3));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let (mut a, _) = shared();
    let heads = a.heads();
    let retire = |reason: &str| Edit::RetireRow {
        table: "degrees".into(),
        row: ROW,
        reason: reason.to_owned(),
    };
    for wrong in [
        Edit::set_field("id", "x"),
        Edit::set_field("degrees", "x"),
        Edit::set(Path::cell("degrees", RowId([9; 16]), "level"), "x"),
        Edit::set(Path::cell("no_table", ROW, "level"), "x"),
        Edit::set(Path::code("full_name", "x"), true),
        retire(" "),
    ] {
        let edits = [Edit::set_field("phone", "1"), wrong.clone()];
        let result = a.edit(&edits, &stamp(1, Purpose::Edit));
        assert!(matches!(result, Err(DocumentError::CannotWrite(_))), "{wrong:?}");
        assert_eq!((a.heads(), a.read().text("phone")), (heads.clone(), None));
    }
}

#[test]
fn what_this_version_does_not_know_is_kept() {
    let (mut a, _) = shared();
    make(&mut a, 1, &[Edit::set_field("shoe_size", 43), Edit::set(cell("colour"), "đỏ")]);
    let mut b = Document::load(&a.save()).unwrap();
    make(&mut b, 2, &[Edit::set_field("phone", "1")]);
    let person = Document::load(&b.save()).unwrap().read();
    assert_eq!(person.int("shoe_size"), Some(43));
    assert_eq!(person.row("degrees", &ROW).and_then(|row| row.text("colour")), Some("đỏ"));
}

#[test]
fn bytes_of_another_document_or_of_none_are_refused() {
    let (mut a, _) = shared();
    let mut other = Document::new(DocumentId([8; 16]));
    let change = make(&mut other, 5, &[Edit::set_field("full_name", "Bình")]);
    let refused = a.apply(&change.bytes);
    assert!(matches!(refused, Err(DocumentError::OtherDocument { .. })), "{refused:?}");
    assert!(matches!(new().apply(b"no change"), Err(DocumentError::Unreadable(_))));
    assert!(matches!(Document::load(b"no document"), Err(DocumentError::Unreadable(_))));
}

#[test]
fn the_history_tells_who_changed_what_from_what_to_what() {
    let (mut a, _) = shared();
    let before = a.heads();
    make(&mut a, 2, &[Edit::set_field("full_name", "Ân"), Edit::set(cell("level"), "thac_si")]);
    make(&mut a, 1, &[Edit::RetireRow { table: "degrees".into(), row: ROW, reason: "sai".into() }]);
    let history = Document::load(&a.save()).unwrap().history();
    assert_eq!(history.len(), 3, "the genesis is no news");
    let entry = &history[1];
    assert_eq!((entry.message.user, entry.actor.as_slice()), (UserId([2; 8]), [2; 16].as_slice()));
    let name = (Path::field("full_name"), Some("An".into()), Some("Ân".into()));
    let level = (cell("level"), Some("dai_hoc".into()), Some("thac_si".into()));
    assert_eq!(entry.edits, [name, level]);
    assert_eq!(history[2].edits, [(cell(RETIRED), None, Some("sai".into()))]);
    assert!(!history[0].edits.iter().any(|(path, _, _)| *path == Path::field(ID_KEY)));
    let then = a.person_at(&before).unwrap();
    assert_eq!((then.text("full_name"), then.rows("degrees").count()), (Some("An"), 1));
    assert_eq!(a.read().rows("degrees").count(), 0);
    let strange = a.person_at(&[ChangeHash([1; 32])]);
    assert_eq!(strange.err(), Some(DocumentError::UnknownHeads));
}

#[test]
fn a_change_that_came_too_early_waits_for_the_one_before() {
    let (mut a, mut b) = shared();
    let one = make(&mut a, 1, &[Edit::set_field("phone", "1")]);
    let two = make(&mut a, 1, &[Edit::set_field("phone", "2")]);
    assert!(!b.apply(&two.bytes).unwrap().changed);
    assert!(b.apply(&one.bytes).unwrap().changed);
    assert_eq!(b.heads(), a.heads());
}

#[derive(Debug, Clone)]
struct Act {
    device: usize,
    edit: Edit,
}

fn any_act() -> impl Strategy<Value = Act> {
    let keys = prop::sample::select(vec!["phone", "email", "salary_step", "salary_coefficient"]);
    let field = keys.prop_map(Path::field);
    let code = prop::sample::select(vec!["khong", "benh_binh"]);
    let code = code.prop_map(|code| Path::code("policy_category", code));
    let value = prop::sample::select(vec![Scalar::Int(1), "a".into(), "b".into(), "".into()]);
    let row = (1_u8..4).prop_map(|n| RowId([n; 16]));
    let cells = prop::sample::select(vec!["a", "b"])
        .prop_map(|level| BTreeMap::from([("level".to_owned(), Scalar::from(level))]));
    let edit = prop_oneof![
        4 => (field.clone(), value).prop_map(|(path, value)| Edit::Set { path, value }),
        1 => field.prop_map(|path| Edit::Clear { path }),
        2 => (code, any::<bool>()).prop_map(|(path, is_in)| Edit::set(path, is_in)),
        3 => (row.clone(), cells).prop_map(|(row, cells)| Edit::AddRow {
            table: "degrees".to_owned(), row, cells
        }),
        1 => row.prop_map(|row| Edit::RetireRow {
            table: "degrees".to_owned(), row, reason: "sai".to_owned()
        }),
    ];
    (0_usize..3, edit).prop_map(|(device, edit)| Act { device, edit })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Three devices edit apart, then take each other's changes in different orders.
    #[test]
    fn devices_that_have_seen_the_same_changes_agree(
        acts in prop::collection::vec(any_act(), 1..24),
        order in any::<prop::sample::Index>(),
    ) {
        let mut devices = [new(), new(), new()];
        let mut made: Vec<NewChange> = Vec::new();
        for act in acts {
            let actor = u8::try_from(act.device).unwrap() + 1;
            // A row that this device does not have cannot be retired: no change then.
            if let Ok(Some(change)) =
                devices[act.device].edit(&[act.edit], &stamp(actor, Purpose::Edit))
            {
                made.push(change);
            }
        }
        for (at, device) in devices.iter_mut().enumerate() {
            let mut mine = made.clone();
            if at > 0 && !mine.is_empty() {
                // Rotated and reversed: dependencies come late, and have to be waited for.
                let by = order.index(mine.len());
                mine.rotate_left(by);
                mine.reverse();
            }
            for change in &mine {
                device.apply(&change.bytes).unwrap();
            }
        }
        let [a, b, c] = &devices;
        prop_assert_eq!(a.heads(), b.heads());
        prop_assert_eq!(b.heads(), c.heads());
        if !made.is_empty() {
            prop_assert_eq!(a.read(), b.read());
            prop_assert_eq!(b.read(), c.read());
            prop_assert_eq!(a.all_conflicts(), c.all_conflicts());
            let loaded = Document::load(&b.save()).unwrap();
            prop_assert_eq!(loaded.read(), a.read());
            prop_assert_eq!(loaded.all_conflicts(), a.all_conflicts());
            prop_assert_eq!(loaded.history().len(), made.len());
        }
    }
}

#[test]
fn the_sides_of_a_conflict_written_apart_make_it_again() {
    let group = ["salary_step", "salary_coefficient"];
    let retired = Edit::RetireRow { table: "degrees".to_owned(), row: ROW, reason: "sai".into() };
    let two = |first: Edit, second: Edit| (vec![first], vec![second]);
    let cases = [
        two(Edit::set_field("phone", "1"), Edit::set_field("phone", "2")),
        two(Edit::set_field("phone", "1"), Edit::Clear { path: Path::field("full_name") }),
        two(Edit::set_field("full_name", "Bình"), Edit::Clear { path: Path::field("full_name") }),
        two(Edit::set(cell("level"), "thac_si"), retired),
        two(Edit::set(Path::field(group[0]), 3), Edit::set_field(group[1], "3.33")),
    ];
    for (first, second) in cases {
        let (mut a, mut b) = shared();
        let (one, other) = (make(&mut a, 1, &first), make(&mut b, 2, &second));
        a.apply(&other.bytes).unwrap();
        b.apply(&one.bytes).unwrap();
        let open = |document: &Document| -> Vec<_> {
            let all = document.all_conflicts().into_iter();
            let values = |conflict: Conflict| {
                let mut values: Vec<_> = conflict.values.into_iter().map(|v| v.value).collect();
                values.sort();
                (conflict.path, conflict.kind, values)
            };
            all.map(values).collect()
        };
        let before = (a.clone(), open(&a));
        let paths: Vec<Path> = before.1.iter().map(|(path, _, _)| path.clone()).collect();
        let settle: Vec<Edit> = a
            .conflicts(&paths)
            .into_iter()
            .map(|Conflict { path, values, .. }| match values[0].value.clone() {
                Some(value) => Edit::set(path, value),
                None => Edit::Clear { path },
            })
            .collect();
        if !settle.is_empty() {
            resolve(&mut a, 1, &settle);
            assert_eq!(open(&a), [], "{settle:?}");
        }
        let common = a.clone();
        for (at, side) in before.0.sides(&paths).iter().enumerate() {
            let actor = u8::try_from(10 + at).unwrap();
            let mut alone = common.clone();
            let change = alone.edit_for_certain(side, &stamp(actor, Purpose::Undo)).unwrap();
            a.apply(&change.expect("it is written for certain").bytes).unwrap();
        }
        assert_eq!(open(&a), before.1, "{first:?} against {second:?}");
    }
}
