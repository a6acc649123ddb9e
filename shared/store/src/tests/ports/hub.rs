//! Devices, logs, feeds and custody.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, Lseq,
    Timestamp, WardId,
};
use wardbook_sync::message::{DeviceStatus, Digest, ForgetReason, Notice, Rotated, RotationReason};
use wardbook_sync::ports::{
    CustodyAct, CustodyEntry, DeviceEvent, DeviceRecord, FeedKind, FeedRow, HubPort, OpenRelease,
    Parked, PushLog, PushRow, Quarantined, Tombstone, WardFeed,
};

use super::{document_id, opaque, quarantined, state, ward};

const DEVICE: DeviceId = DeviceId([4; 16]);
const EPOCH: AuthorEpoch = AuthorEpoch([6; 16]);

pub(super) fn story(hub: &mut (impl HubPort + ?Sized)) {
    let epoch = hub.feed_epoch().unwrap();
    hub.hub().unwrap();
    assert_eq!(hub.ward_feed(&ward()).unwrap(), None);
    feeds(hub, epoch);
    devices(hub);
    logs(hub, epoch);
    positions(hub);
    kept_aside(hub);
    parked(hub);
    custody(hub);
    documents_by_key(hub);
    epochs(hub);
}

fn other_ward() -> WardId {
    "25900.1".parse().unwrap()
}

/// One item of every kind.
fn kinds() -> Vec<FeedKind> {
    let decision = "12/QĐ-UBND".to_owned();
    let heads = vec![ChangeHash([1; 32]), ChangeHash([2; 32])];
    vec![
        FeedKind::Change,
        FeedKind::Grant {
            custody_version: 2,
            custodian: None,
            heads: heads.clone(),
            decision: decision.clone(),
        },
        FeedKind::Grant {
            custody_version: 3,
            custodian: Some(other_ward()),
            heads,
            decision: decision.clone(),
        },
        FeedKind::Release { custody_version: 4, custodian: other_ward(), decision },
        FeedKind::Forget { custody_version: 5, reason: ForgetReason::Moved },
        FeedKind::Forget { custody_version: 6, reason: ForgetReason::Purged },
        FeedKind::Review,
    ]
}

fn feeds(hub: &mut (impl HubPort + ?Sized), epoch: FeedEpoch) {
    let head = |seq: u64, n| WardFeed {
        ward: ward(),
        position: FeedPosition { epoch, seq: FeedSeq(seq), chain: Chain([1; 16]) },
        digest: Digest { n, sum: [9; 32] },
    };
    let rows: Vec<FeedRow> = kinds()
        .into_iter()
        .zip(1_u8..)
        .map(|(kind, n)| FeedRow {
            seq: FeedSeq(u64::from(n)),
            chain: Chain([n; 16]),
            kind,
            document: document_id(1),
            generation: 0,
            hash: ChangeHash([6; 32]),
            author: DEVICE,
            epoch: EPOCH,
            lseq: Lseq(u64::from(n)),
            received_at: Timestamp(3),
        })
        .collect();
    let last = rows.len() as u64;
    hub.put_ward_feed(&head(0, 0)).unwrap();
    assert!(hub.append_feed(&ward(), &rows[1]).is_err(), "a feed has no gaps");
    for row in &rows {
        hub.append_feed(&ward(), row).unwrap();
    }
    assert!(hub.append_feed(&ward(), &rows[2]).is_err(), "a position is taken once");
    assert!(hub.put_ward_feed(&head(2, 1)).is_err(), "the head is the last item");
    hub.put_ward_feed(&head(last, 1)).unwrap();
    assert_eq!(hub.ward_feed(&ward()).unwrap(), Some(head(last, 1)));
    assert_eq!(hub.feed_rows(&ward(), FeedSeq(1), 1).unwrap(), rows[1..2]);
    assert_eq!(hub.feed_rows(&ward(), FeedSeq(1), 99).unwrap(), rows[1..]);
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(0)).unwrap(), Some(Chain::default()));
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(3)).unwrap(), Some(Chain([3; 16])));
    assert_eq!(hub.feed_chain(&ward(), FeedSeq(last + 1)).unwrap(), None);
}

fn device() -> DeviceRecord {
    DeviceRecord {
        id: DEVICE,
        ward: ward(),
        name: "Máy văn thư".to_owned(),
        public_key: [5; 32],
        epoch: EPOCH,
        reconciling: false,
        two_places_since: Some(Timestamp(9)),
        last_contact: Some(Timestamp(10)),
        proven_equal: Some((Timestamp(11), FeedSeq(3))),
        status: DeviceStatus { pending: 12, last_error: "x".to_owned(), ..Default::default() },
        mismatches: 13,
        app: "0.1.0".to_owned(),
        enrolled_at: Timestamp(14),
        revoked_at: Some(Timestamp(15)),
    }
}

fn devices(hub: &mut (impl HubPort + ?Sized)) {
    assert_eq!(hub.device(&DEVICE).unwrap(), None);
    assert_eq!(hub.devices_of(&ward()).unwrap(), []);
    let young =
        DeviceRecord { two_places_since: None, proven_equal: None, last_contact: None, ..device() };
    for device in [young, device()] {
        hub.put_device(&device).unwrap();
        assert_eq!(hub.device(&DEVICE).unwrap(), Some(device));
    }
    assert_eq!(hub.devices_of(&ward()).unwrap(), [device()]);
    assert_eq!(hub.devices_of(&other_ward()).unwrap(), []);
}

fn logs(hub: &mut (impl HubPort + ?Sized), epoch: FeedEpoch) {
    let position = FeedPosition { epoch, seq: FeedSeq(3), chain: Chain([3; 16]) };
    let young = PushLog {
        device: DEVICE,
        epoch: EPOCH,
        acked: Lseq(0),
        acked_chain: Chain::default(),
        confirmed: Lseq(0),
        last_sent: None,
        opened_at: Timestamp(5),
        last_contact: None,
        rotated: None,
        left_for: None,
        reconciling: false,
    };
    let old = PushLog {
        acked: Lseq(7),
        acked_chain: Chain([8; 16]),
        confirmed: Lseq(6),
        last_sent: Some((position, Digest { n: 2, sum: [9; 32] })),
        last_contact: Some(Timestamp(6)),
        left_for: Some(AuthorEpoch([7; 16])),
        reconciling: true,
        ..young.clone()
    };
    // The second is older by the clock, but came later.
    let second = PushLog {
        epoch: AuthorEpoch([1; 16]),
        opened_at: Timestamp(4),
        rotated: Some(Rotated { from: EPOCH, reason: RotationReason::RolledBack }),
        ..young.clone()
    };
    assert_eq!(hub.push_log(&DEVICE, &EPOCH).unwrap(), None);
    assert_eq!(hub.log_owner(&EPOCH).unwrap(), None);
    for log in [&young, &second, &old] {
        hub.put_push_log(log).unwrap();
        assert_eq!(hub.push_log(&DEVICE, &log.epoch).unwrap().as_ref(), Some(log));
    }
    assert_eq!(hub.push_logs(&DEVICE).unwrap(), [old, second]);
    assert_eq!(hub.push_logs(&DeviceId([5; 16])).unwrap(), []);
    assert_eq!(hub.log_owner(&EPOCH).unwrap(), Some(DEVICE));
    let stolen = PushLog { device: DeviceId([5; 16]), ..young };
    assert!(hub.put_push_log(&stolen).is_err(), "no two devices share an epoch");
}

fn row(lseq: u64, notice: Option<Notice>) -> PushRow {
    PushRow {
        device: DEVICE,
        epoch: EPOCH,
        notice,
        parked: false,
        lseq: Lseq(lseq),
        chain: Chain([5; 16]),
        document: document_id(1),
        hash: ChangeHash([6; 32]),
        refused: None,
        because_of: None,
    }
}

fn positions(hub: &mut (impl HubPort + ?Sized)) {
    let waiting = PushRow { parked: true, ..row(1, None) };
    assert!(hub.put_push_row(&waiting).is_err(), "there is no such position yet");
    hub.append_push(&waiting).unwrap();
    assert!(hub.append_push(&waiting).is_err(), "a position is taken once");
    assert_eq!(hub.push_row(&DEVICE, &EPOCH, Lseq(1)).unwrap(), Some(waiting));
    let refused = PushRow {
        refused: Some("later".to_owned()),
        because_of: Some(ChangeHash([7; 32])),
        ..row(1, None)
    };
    hub.put_push_row(&refused).unwrap();
    assert_eq!(hub.push_row(&DEVICE, &EPOCH, Lseq(1)).unwrap(), Some(refused));
    assert_eq!(hub.push_row(&DEVICE, &EPOCH, Lseq(2)).unwrap(), None);
    let other = AuthorEpoch([7; 16]);
    assert_eq!(hub.push_row(&DEVICE, &other, Lseq(1)).unwrap(), None);
    hub.append_push(&PushRow { epoch: other, ..row(1, None) }).unwrap();

    for (lseq, notice) in [(2, Notice::Released), (3, Notice::Forgotten), (4, Notice::Released)] {
        hub.append_push(&row(lseq, Some(notice))).unwrap();
        let stored = hub.push_row(&DEVICE, &EPOCH, Lseq(lseq)).unwrap().unwrap();
        assert_eq!(stored, row(lseq, Some(notice)));
    }
    let at = |epoch, document: u8, notice| {
        hub.noticed(&DEVICE, &epoch, &document_id(document), notice).unwrap()
    };
    assert_eq!(at(EPOCH, 1, Notice::Released), Some(Lseq(4)), "the newest");
    assert_eq!(at(EPOCH, 1, Notice::Forgotten), Some(Lseq(3)));
    assert_eq!(at(EPOCH, 2, Notice::Released), None);
    assert_eq!(at(other, 1, Notice::Released), None);
}

fn kept_aside(hub: &mut (impl HubPort + ?Sized)) {
    let (document, hash, copy) = (document_id(8), ChangeHash([8; 32]), ChangeHash([9; 32]));
    assert!(hub.put_replaced(&document, &hash, &copy).is_err(), "nothing was kept aside");
    hub.quarantine(&quarantined()).unwrap();
    hub.quarantine(&Quarantined { code: "other".to_owned(), ..quarantined() }).unwrap();
    assert!(hub.is_quarantined(&document, &hash).unwrap());
    assert!(!hub.is_quarantined(&document_id(1), &hash).unwrap());
    assert_eq!(hub.quarantined(&document, &hash).unwrap(), Some(quarantined()), "the first stays");
    assert_eq!(hub.quarantined(&document_id(1), &hash).unwrap(), None);
    hub.put_replaced(&document, &hash, &copy).unwrap();
    assert_eq!(hub.quarantined(&document, &hash).unwrap().unwrap().replaced_by, Some(copy));
    // A refusal of a purged document keeps no bytes.
    let empty = Quarantined { hash: ChangeHash([1; 32]), bytes: Vec::new(), ..quarantined() };
    hub.quarantine(&empty).unwrap();
    assert_eq!(hub.quarantined(&document, &empty.hash).unwrap(), Some(empty));
    overruled(hub);
}

/// A late edit takes the place of a refusal that was about place and not written anew, of no other.
fn overruled(hub: &mut (impl HubPort + ?Sized)) {
    let (copy, device) = (ChangeHash([9; 32]), DeviceId([7; 16]));
    let kinds = [
        ("duplicate_seq", None, true),
        ("duplicate_seq", Some(copy), false),
        ("bad_value", None, false),
        ("late_edit_accepted", None, false),
    ];
    for (n, (code, replaced_by, gives_way)) in (70..).zip(kinds) {
        let kept = Quarantined {
            hash: ChangeHash([n; 32]),
            code: code.to_owned(),
            because_of: Some(ChangeHash([1; 32])),
            replaced_by,
            ..quarantined()
        };
        let code = "late_edit".to_owned();
        let late =
            Quarantined { code, device, because_of: None, replaced_by: None, ..kept.clone() };
        hub.quarantine(&kept).unwrap();
        hub.quarantine(&late).unwrap();
        let stays = if gives_way { late } else { kept };
        assert_eq!(hub.quarantined(&stays.document, &stays.hash).unwrap(), Some(stays));
    }
}

fn parked(hub: &mut (impl HubPort + ?Sized)) {
    let parked = |n: u8, document: u8| Parked {
        document: document_id(document),
        hash: ChangeHash([n; 32]),
        device: DEVICE,
        epoch: EPOCH,
        lseq: Lseq(u64::from(n)),
        custody_version: 2,
        bytes: vec![n; 9],
        at: Timestamp(7),
    };
    assert_eq!(hub.parked_of(&document_id(51)).unwrap(), []);
    for item in [parked(1, 51), parked(3, 51), parked(2, 51), parked(4, 52)] {
        hub.park(&item).unwrap();
        hub.park(&item).unwrap();
    }
    let expected = [parked(1, 51), parked(2, 51), parked(3, 51)];
    assert_eq!(hub.parked_of(&document_id(51)).unwrap(), expected);
    assert_eq!(hub.parked_count(&DEVICE, &EPOCH).unwrap(), 4);
    assert_eq!(hub.parked_count(&DeviceId([5; 16]), &EPOCH).unwrap(), 0);
    assert_eq!(hub.parked_count(&DEVICE, &AuthorEpoch([9; 16])).unwrap(), 0, "another log");
    hub.unpark(&document_id(51), &ChangeHash([2; 32])).unwrap();
    hub.unpark(&document_id(51), &ChangeHash([2; 32])).unwrap();
    assert_eq!(hub.parked_of(&document_id(51)).unwrap(), [parked(1, 51), parked(3, 51)]);
    let grave = Tombstone {
        document: document_id(51),
        generation: 0,
        reason: ForgetReason::Purged,
        at: Timestamp(8),
    };
    hub.forget_document(&grave).unwrap();
    assert_eq!(hub.parked_count(&DEVICE, &EPOCH).unwrap(), 1, "what is forgotten waits no longer");
}

fn custody(hub: &mut (impl HubPort + ?Sized)) {
    let id = document_id(1);
    let entry = |version, act, ward| CustodyEntry {
        document: id,
        version,
        act,
        ward,
        heads: vec![ChangeHash([3; 32])],
        decision: "7/QĐ".to_owned(),
        at: Timestamp(8),
    };
    let history = [
        entry(1, CustodyAct::Born, ward()),
        entry(2, CustodyAct::Lend, other_ward()),
        entry(3, CustodyAct::Return, other_ward()),
        entry(4, CustodyAct::Transfer, other_ward()),
        entry(5, CustodyAct::Purge, other_ward()),
    ];
    for entry in &history {
        hub.put_custody(entry).unwrap();
    }
    assert!(hub.put_custody(&history[1]).is_err(), "the ledger is only appended to");
    assert_eq!(hub.custody(&id).unwrap(), history);
    assert_eq!(hub.custody(&document_id(2)).unwrap(), []);

    assert_eq!(hub.readers(&id).unwrap(), []);
    let third: WardId = "26000.1".parse().unwrap();
    for ward in [&third, &other_ward(), &third] {
        hub.put_reader(&id, ward, true).unwrap();
    }
    hub.put_reader(&document_id(99), &third, true).unwrap();
    assert_eq!(hub.readers(&id).unwrap(), [other_ward(), third.clone()]);
    assert_eq!(scope(hub, &third), [id], "what is lent and exists");
    assert_eq!(scope(hub, &ward()), [id, document_id(31)], "by id");
    hub.put_reader(&id, &third, false).unwrap();
    hub.put_reader(&id, &third, false).unwrap();
    assert_eq!(scope(hub, &third), []);

    let release = |seq, document: u8| OpenRelease {
        document: document_id(document),
        ward: ward(),
        custody_version: 4,
        seq: FeedSeq(seq),
        at: Timestamp(9),
    };
    for open in [release(9, 1), release(4, 2), release(12, 1)] {
        hub.put_open_release(&open, true).unwrap();
    }
    let expected = [release(4, 2), release(9, 1), release(12, 1)];
    assert_eq!(hub.open_releases(&ward()).unwrap(), expected);
    assert_eq!(hub.open_releases(&other_ward()).unwrap(), []);
    hub.put_open_release(&release(9, 1), false).unwrap();
    assert_eq!(hub.open_releases(&ward()).unwrap(), [release(4, 2), release(12, 1)]);
}

fn scope(hub: &(impl HubPort + ?Sized), ward: &WardId) -> Vec<DocumentId> {
    let documents = hub.documents_in_scope(ward).unwrap();
    documents.into_iter().map(|state| state.id).collect()
}

fn documents_by_key(hub: &mut (impl HubPort + ?Sized)) {
    let key = |n: u8| hub.documents_by_key(&[n; 8]).unwrap();
    assert_eq!(key(1), [document_id(1)]);
    assert_eq!(key(41), [document_id(41)], "a grave");
    assert_eq!(key(99), []);
    let mut near = document_id(1);
    near.0[15] = 0xff;
    let change = opaque(near, 1, 3);
    hub.put_document(&state(near, &[change.meta.hash])).unwrap();
    assert_eq!(hub.documents_by_key(&[1; 8]).unwrap(), [document_id(1), near]);
}

fn epochs(hub: &mut (impl HubPort + ?Sized)) {
    let (feed, author) = (FeedEpoch([0x77; 16]), AuthorEpoch([0x78; 16]));
    let before = hub.ward_feed(&ward()).unwrap().unwrap();
    hub.renew_epochs(feed, author).unwrap();
    assert_eq!((hub.feed_epoch().unwrap(), hub.hub().unwrap().1), (feed, author));
    let after = hub.ward_feed(&ward()).unwrap().unwrap();
    let position = FeedPosition { epoch: feed, ..before.position };
    assert_eq!(after, WardFeed { position, ..before }, "positions and chains stay");
    let marked = DeviceRecord { reconciling: true, ..device() };
    assert_eq!(hub.device(&DEVICE).unwrap(), Some(marked));
    assert!(hub.push_logs(&DEVICE).unwrap().iter().all(|log| log.reconciling));
    let (code, detail) = ("rotated".to_owned(), "reason=restored".to_owned());
    hub.note_event(&DeviceEvent { at: Timestamp(3), device: DEVICE, code, detail }).unwrap();
}
