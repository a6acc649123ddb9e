//! The deep check lets honest changes pass and names what is wrong with others.

use wardbook_base::{Timestamp, UserId};

use super::*;
use crate::edit::Edit;
use crate::stamp::{Message, Purpose, Stamp};

fn history(edits: u32) -> (Document, Vec<(ChangeHash, Vec<u8>)>) {
    let mut document = Document::new(DocumentId([7; 16]));
    let mut made = Vec::new();
    for n in 0..edits {
        let message = Message { purpose: Purpose::Edit, user: UserId([1; 8]) };
        let stamp = Stamp { actor: vec![3; 16], time: Timestamp(1_750_000_000_000), message };
        let change = document.edit(&[Edit::set_field("full_name", format!("An {n}"))], &stamp);
        made.extend(change.unwrap().map(|change| (change.hash, change.bytes)));
    }
    (document, made)
}

#[test]
fn honest_changes_pass_on_every_base() {
    let (document, made) = history(6);
    let id = document.id();
    assert_eq!(deep_check(id, DeepBase::default(), &made), Ok(()));
    let changes: Vec<Vec<u8>> = made[..3].iter().map(|(_, bytes)| bytes.clone()).collect();
    let stored = Document::from_changes(changes.iter().map(Vec::as_slice)).unwrap().save();
    let from_changes = DeepBase { saved: None, changes: &changes };
    assert_eq!(deep_check(id, from_changes, &made[3..]), Ok(()));
    let from_saved = DeepBase { saved: Some(&stored), changes: &[] };
    assert_eq!(deep_check(id, from_saved, &made[3..]), Ok(()));
    let tail = [made[3].1.clone()];
    let with_tail = DeepBase { saved: Some(&stored), changes: &tail };
    assert_eq!(deep_check(id, with_tail, &made[4..]), Ok(()));
}

#[test]
fn what_does_not_fit_is_said_with_the_step() {
    let (document, made) = history(3);
    let id = document.id();
    let fault = |base: DeepBase<'_>, fresh: &[(ChangeHash, Vec<u8>)]| {
        deep_check(id, base, fresh).unwrap_err()
    };
    assert_eq!(fault(DeepBase::default(), &made[1..]), DeepFault::Fresh("apply"));
    let renamed = [(ChangeHash([9; 32]), made[0].1.clone())];
    assert_eq!(fault(DeepBase::default(), &renamed), DeepFault::Fresh("hash"));
    let cut = [(made[0].0, made[0].1[..40].to_vec())];
    assert_eq!(fault(DeepBase::default(), &cut), DeepFault::Fresh("parse"));
    let other = deep_check(DocumentId([8; 16]), DeepBase::default(), &made);
    assert_eq!(other, Err(DeepFault::Fresh("id")));
    let damaged = DeepBase { saved: Some(b"no document"), changes: &[] };
    assert!(matches!(fault(damaged, &made), DeepFault::Base(_)));
}
