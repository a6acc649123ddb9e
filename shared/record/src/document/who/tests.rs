//! Names and decisions stand beside the values, and nowhere among them.

use wardbook_base::{DocumentId, Timestamp};

use super::*;
use crate::document::{Dropped, Fate, NewChange, read_change};
use crate::edit::Edit;
use crate::path::Path;
use crate::schema::schema;
use crate::stamp::Purpose;

const HOA: UserId = UserId([0xa1; 8]);
const MINH: UserId = UserId([0xb2; 8]);

fn named(user: &str, machine: &str) -> Names {
    Names { user: user.to_owned(), machine: machine.to_owned(), ward: "25888.1".to_owned() }
}

fn stamp(user: UserId, actor: &[u8]) -> Stamp {
    let message = Message { purpose: Purpose::Edit, user };
    Stamp { actor: actor.to_vec(), time: Timestamp(1_750_000_000_000), message }
}

fn set(document: &mut Document, stamp: &Stamp, key: &str, value: &str) -> NewChange {
    document.edit(&[Edit::set_field(key, value)], stamp).unwrap().expect("something changes")
}

/// A record that chị Hoa made on her machine.
fn made() -> (Document, NewChange) {
    let mut document = Document::new(DocumentId([7; 16]));
    document.write_as(named("chị Hoa", "Máy 2"));
    let change = set(&mut document, &stamp(HOA, &[1; 16]), "full_name", "An");
    (document, change)
}

fn keys_beside(change: &NewChange) -> Vec<String> {
    let expanded = parse(&change.bytes).unwrap().decode();
    entries(&expanded).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn no_field_or_table_has_a_key_like_an_entry() {
    let fields = schema().fields.iter().map(|field| field.key.as_str());
    for key in fields.chain(schema().tables.iter().map(|table| table.key.as_str())) {
        assert!(!is_beside(key), "{key}");
    }
}

#[test]
fn names_are_written_once_and_are_no_values() {
    let (mut document, first) = made();
    assert_eq!(keys_beside(&first).len(), 2);
    let second = set(&mut document, &stamp(HOA, &[1; 16]), "phone", "1");
    assert!(keys_beside(&second).is_empty(), "they stand there already");
    // A fork of the epoch is the same machine.
    let mut fork = vec![1; 16];
    fork.extend([0, 0, 0, 1]);
    document.write_as(named("anh Minh", "Máy 2"));
    let third = set(&mut document, &stamp(MINH, &fork), "phone", "2");
    assert_eq!(keys_beside(&third), [user_key(MINH)]);

    let person = document.read();
    assert_eq!(person.values.keys().collect::<Vec<_>>(), ["full_name", "phone"]);
    assert!(document.history().iter().all(|entry| entry.edits.len() == 1));
    let refused = document.edit(&[Edit::set_field("@uff", "x")], &stamp(HOA, &[1; 16]));
    assert!(matches!(refused, Err(DocumentError::CannotWrite(_))), "{refused:?}");
}

#[test]
fn names_alone_make_no_change() {
    let (mut document, _) = made();
    document.write_as(named("anh Minh", "Máy 9"));
    let same = [Edit::set_field("full_name", "An")];
    assert_eq!(document.edit(&same, &stamp(MINH, &[2; 16])).unwrap(), None);
}

#[test]
fn the_history_tells_what_people_were_called_then() {
    let (mut document, _) = made();
    document.write_as(named("chị Hoa (văn thư)", "Máy 2"));
    set(&mut document, &stamp(HOA, &[1; 16]), "phone", "1");
    let history = document.history();
    assert_eq!(history[0].names, named("chị Hoa", "Máy 2"));
    assert_eq!(history[1].names, named("chị Hoa (văn thư)", "Máy 2"));
    // Of what is not in the record: by the change itself, or by what it builds on.
    let changes = document.changes();
    let before = changes[..2].iter().map(|change| change.bytes.as_slice());
    let read = read_change(before, &changes[2].bytes).unwrap();
    assert_eq!(read.names, named("chị Hoa (văn thư)", "Máy 2"));
}

#[test]
fn different_names_of_one_user_are_no_conflict() {
    let (first, _) = made();
    let (mut one, mut other) = (first.clone(), first);
    one.write_as(named("chị Hoa A", "Máy A"));
    other.write_as(named("chị Hoa B", "Máy B"));
    let left = set(&mut one, &stamp(HOA, &[1; 16]), "phone", "1");
    let right = set(&mut other, &stamp(HOA, &[3; 16]), "email", "a@b.vn");
    assert_eq!((keys_beside(&left).len(), keys_beside(&right).len()), (2, 2));
    let applied = one.apply(&right.bytes).unwrap();
    assert_eq!(applied.touched, [Path::field("email")]);
    assert_eq!(applied.conflicted, []);
    assert_eq!(one.all_conflicts(), []);
    assert_eq!(one.contested(), []);
    // And a real one beside it is found.
    let phone = set(&mut other, &stamp(HOA, &[3; 16]), "phone", "2");
    assert_eq!(one.apply(&phone.bytes).unwrap().conflicted, [Path::field("phone")]);
}

#[test]
fn a_copy_names_who_wrote_the_original() {
    let (document, first) = made();
    let mut lost = document.clone();
    lost.write_as(named("anh Minh", "Máy 2"));
    let refused = set(&mut lost, &stamp(MINH, &[1; 16]), "phone", "1");
    let kept = set(&mut lost, &stamp(MINH, &[1; 16]), "email", "a@b.vn");
    assert!(keys_beside(&kept).is_empty());
    // Another epoch of the same machine writes anew what built on a refused change.
    let mut survivor = Document::from_changes([first.bytes.as_slice()]).unwrap();
    let dropped = [
        Dropped { bytes: &refused.bytes, fate: Fate::Leave },
        Dropped { bytes: &kept.bytes, fate: Fate::Copy },
    ];
    let copies = survivor.copy_changes(&dropped, &[9; 16]).unwrap();
    assert!(copies[0].copy.is_some());
    let history = survivor.history();
    assert_eq!(history[1].names, named("anh Minh", "Máy 2"));
    assert_eq!(history[1].edits.len(), 1);
    // What stands there already is not copied for its names alone.
    let mut back = lost.clone();
    let undone = set(&mut back, &stamp(MINH, &[1; 16]), "full_name", "Bình");
    let redone = set(&mut back, &stamp(MINH, &[1; 16]), "full_name", "An");
    let dropped = [&refused, &kept, &undone, &redone].map(|change| {
        let fate = if change == &redone { Fate::Copy } else { Fate::Leave };
        Dropped { bytes: &change.bytes, fate }
    });
    let mut survivor = Document::from_changes([first.bytes.as_slice()]).unwrap();
    assert_eq!(survivor.copy_changes(&dropped, &[8; 16]).unwrap()[0].copy, None);
}

#[test]
fn decisions_about_late_edits_make_a_change_and_both_of_two_stand() {
    let (first, _) = made();
    let late = ChangeHash([5; 32]);
    let (mut one, mut other) = (first.clone(), first);
    assert_eq!(one.late_decision(&late), None);
    one.decide_late([late], false);
    let left = one.edit(&[], &stamp(HOA, &[1; 16])).unwrap().expect("a change");
    assert!(decides_late(&left.bytes));
    let decision = LateDecision { taken: false, by: left.hash };
    assert_eq!(one.late_decision(&late), Some(decision));
    assert_eq!(one.history().last().unwrap().late, [(late, false)]);
    assert!(one.history().last().unwrap().edits.is_empty());
    assert_eq!(one.late_decision(&ChangeHash([6; 32])), None);

    other.decide_late([late], true);
    let right = other.edit(&[Edit::set_field("phone", "1")], &stamp(MINH, &[2; 16])).unwrap();
    let right = right.expect("a change");
    assert_eq!(one.apply(&right.bytes).unwrap().conflicted, []);
    assert!(one.late_decision(&late).is_some());
    assert_eq!(one.read().text("phone"), Some("1"), "nothing is lost");
    let next = set(&mut one, &stamp(HOA, &[1; 16]), "phone", "2");
    assert!(!decides_late(&next.bytes), "said once");
}

#[test]
fn what_a_foreign_program_wrote_as_a_name_is_one_short_line() {
    let mut document = Document::new(DocumentId([7; 16]));
    document.write_as(named(&format!("a\nb{}", "x".repeat(5000)), "m|n\u{7}"));
    set(&mut document, &stamp(HOA, &[1; 16]), "full_name", "An");
    let names = &document.history()[0].names;
    assert!(names.user.starts_with("abx") && names.user.chars().count() == NAME_CHARACTERS_MAX);
    assert_eq!((names.machine.as_str(), names.ward.as_str()), ("m|n", "25888.1"));
}
