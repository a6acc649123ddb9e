//! Frames are read back, and the guilty changes are found.

use wardbook_base::Timestamp;
use wardbook_record::{Document, Edit, Message, Purpose, Stamp};

use super::*;

const ID: DocumentId = DocumentId([7; 16]);

/// Changes in a row, each on the one before.
fn honest(count: u8) -> Vec<HashedChange> {
    let mut document = Document::new(ID);
    let message = Message { purpose: Purpose::Edit, user: wardbook_base::UserId([1; 8]) };
    let stamp = Stamp { actor: vec![3; 16], time: Timestamp(1_750_000_000_000), message };
    (0..count)
        .filter_map(|n| document.edit(&[Edit::set_field("note", i64::from(n))], &stamp).unwrap())
        .map(|change| (change.hash, change.bytes))
        .collect()
}

/// Changes that do not build on each other.
fn apart(count: u8) -> Vec<HashedChange> {
    let one = |n: u8| {
        let message = Message { purpose: Purpose::Edit, user: wardbook_base::UserId([1; 8]) };
        let stamp = Stamp { actor: vec![n; 16], time: Timestamp(1_750_000_000_000), message };
        let change = Document::new(ID).edit(&[Edit::set_field("note", "x")], &stamp);
        change.unwrap().map(|change| (change.hash, change.bytes))
    };
    (1..=count).filter_map(one).collect()
}

#[test]
fn frames_are_read_back_and_nothing_else_is() {
    let fresh = honest(3);
    for saved in [None, Some(b"saved".to_vec())] {
        let changes = vec![b"one".to_vec(), Vec::new()];
        let work = DeepWork { document: ID, saved, changes, fresh: fresh.clone() };
        let frame = frame::encode_work(&work, &work.fresh);
        assert_eq!(frame::decode_work(&frame), Ok(work));
        for length in 0..frame.len() {
            assert!(frame::decode_work(&frame[..length]).is_err());
        }
        assert!(frame::decode_work(&[frame.as_slice(), &[0]].concat()).is_err());
    }
    let hashes = fresh.iter().map(|(hash, _)| *hash).collect();
    for verdict in [Verdict::Fine, Verdict::Damaged, Verdict::Guilty(hashes)] {
        assert_eq!(frame::decode_verdict(&frame::encode_verdict(&verdict)), Ok(verdict));
    }
    assert!(frame::decode_verdict(&[]).is_err() && frame::decode_verdict(&[3]).is_err());
    let mut pipe = Vec::new();
    frame::write(&mut pipe, b"abc").unwrap();
    assert_eq!(frame::read(&mut pipe.as_slice()).unwrap().as_deref(), Some(&b"abc"[..]));
    assert_eq!(frame::read(&mut [0; 0].as_slice()).unwrap(), None);
    assert!(frame::read(&mut &pipe[..5]).is_err());
    assert!(frame::read(&mut [255; 8].as_slice()).is_err(), "four gigabytes are claimed");
}

#[test]
fn the_guilty_are_found_and_nobody_else() {
    for bad in [vec![], vec![0], vec![4], vec![2, 3], vec![0, 5, 6], (0..7).collect()] {
        let changes = apart(7);
        let is_bad =
            |changed: &HashedChange| bad.iter().any(|at: &usize| changes[*at].0 == changed.0);
        let found = guilty(&ID, &changes, |some| {
            if some.iter().any(is_bad) { Tried::Fails } else { Tried::Passes }
        });
        let expected: Vec<ChangeHash> = bad.iter().map(|at| changes[*at].0).collect();
        assert_eq!(found, expected);
    }
    // What builds on the guilty one is not tried without it, and not named.
    let changes = honest(5);
    let mut tried = Vec::new();
    let found = guilty(&ID, &changes, |some| {
        tried.push(some.len());
        if some.len() > 2 { Tried::Fails } else { Tried::Passes }
    });
    assert_eq!(found, [changes[2].0]);
    assert_eq!(tried, [5, 2, 3, 2], "all, then by halving, then what is left");
    let all = guilty(&ID, &changes, |_| Tried::GivenUp);
    assert_eq!(all.len(), 5);
}

#[test]
fn a_document_is_tried_with_its_base_and_the_guilty_one_named() {
    let mut changes = honest(4);
    let work = DeepWork { document: ID, fresh: changes.clone(), ..DeepWork::default() };
    assert_eq!(InProcess.check(vec![work]), Ok(DeepReport::default()));
    let (_, first) = changes.remove(0);
    let on_first = DeepWork { changes: vec![first], fresh: changes.clone(), ..DeepWork::default() };
    let on_first = DeepWork { document: ID, ..on_first };
    assert_eq!(InProcess.check(vec![on_first.clone()]), Ok(DeepReport::default()));
    let mut broken = on_first.clone();
    broken.fresh[1].1.truncate(60);
    let report = InProcess.check(vec![broken.clone(), on_first.clone()]).unwrap();
    assert_eq!(report.condemned, [(ID, broken.fresh[1].0)]);
    let damaged = DeepWork { saved: Some(vec![1, 2, 3]), ..on_first };
    let report = InProcess.check(vec![damaged]).unwrap();
    assert_eq!((report.condemned.len(), report.damaged), (0, vec![ID]));
}

#[test]
fn a_program_that_is_no_worker_condemns_nothing() {
    let work = || vec![DeepWork { document: ID, fresh: honest(1), ..DeepWork::default() }];
    for program in ["false", "cat", "no-such-program"] {
        let patience =
            Patience { document: std::time::Duration::from_secs(2), ..Patience::default() };
        let workers = Workers::new(program.into(), 1, patience);
        assert!(workers.check(work()).is_err(), "{program}");
    }
}
