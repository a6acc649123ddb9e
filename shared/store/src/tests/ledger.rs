//! What the city's admin reads of custody, devices and the balance of all changes.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, Lseq,
    Timestamp, WardId,
};
use wardbook_sync::message::{DeviceStatus, Digest, ForgetReason, Notice};
use wardbook_sync::ports::{
    CustodyAct, CustodyEntry, DeviceEvent, DeviceRecord, FeedKind, FeedRow, HubPort, OpenRelease,
    Parked, PushRow, Quarantined, StoredChange, Tombstone, WardFeed,
};

use super::{document_id, fixture, opaque, state, ward};
use crate::{Conservation, Lent, QuarantineFilter, Role, StoreError, Tx};

const EPOCH: AuthorEpoch = AuthorEpoch([6; 16]);

fn wards() -> [WardId; 3] {
    [ward(), "25900.1".parse().unwrap(), "26000.1".parse().unwrap()]
}

/// The device of a ward.
fn device(n: u8) -> DeviceId {
    DeviceId([n + 1; 16])
}

fn put_devices(tx: &mut dyn Tx) {
    for (n, ward) in (0_u8..).zip(wards()) {
        tx.put_device(&DeviceRecord {
            id: device(n),
            ward,
            name: String::new(),
            public_key: [5; 32],
            epoch: EPOCH,
            reconciling: false,
            two_places_since: None,
            last_contact: None,
            proven_equal: None,
            status: DeviceStatus::default(),
            mismatches: 0,
            app: String::new(),
            enrolled_at: Timestamp(1),
            revoked_at: None,
        })
        .unwrap();
    }
}

fn store_change(tx: &mut dyn Tx, change: &StoredChange, ward: &WardId) {
    let id = change.meta.document;
    let state = wardbook_sync::ports::DocumentState {
        ward: ward.clone(),
        ..state(id, &[change.meta.hash])
    };
    tx.put_document(&state).unwrap();
    tx.put_change(change).unwrap();
}

fn push(tx: &mut dyn Tx, n: u8, lseq: u64, document: DocumentId, hash: ChangeHash) {
    tx.append_push(&PushRow {
        device: device(n),
        epoch: EPOCH,
        notice: None,
        parked: false,
        lseq: Lseq(lseq),
        chain: Chain([1; 16]),
        document,
        hash,
        refused: None,
        because_of: None,
    })
    .unwrap();
}

fn feed(
    tx: &mut dyn Tx,
    ward: &WardId,
    kind: FeedKind,
    change: (DocumentId, ChangeHash),
    author: DeviceId,
) {
    let seq = tx.feed_rows(ward, FeedSeq(0), 99).unwrap().len() as u64 + 1;
    tx.append_feed(
        ward,
        &FeedRow {
            seq: FeedSeq(seq),
            chain: Chain([2; 16]),
            kind,
            document: change.0,
            generation: 0,
            hash: change.1,
            author,
            epoch: EPOCH,
            lseq: Lseq(1),
            received_at: Timestamp(1),
        },
    )
    .unwrap();
    let position =
        FeedPosition { epoch: FeedEpoch([3; 16]), seq: FeedSeq(seq), chain: Chain([2; 16]) };
    let digest = Digest::default();
    tx.put_ward_feed(&WardFeed { ward: ward.clone(), position, digest }).unwrap();
}

fn quarantined(n: u8, at: i64, code: &str) -> Quarantined {
    Quarantined {
        document: document_id(20),
        hash: ChangeHash([n; 32]),
        device: device(n % 2),
        code: code.to_owned(),
        because_of: None,
        bytes: vec![n],
        at: Timestamp(at),
        replaced_by: None,
    }
}

fn parked(n: u8, at: i64) -> Parked {
    Parked {
        document: document_id(21),
        hash: ChangeHash([n; 32]),
        device: device(0),
        epoch: EPOCH,
        lseq: Lseq(u64::from(n)),
        custody_version: 1,
        bytes: vec![n],
        at: Timestamp(at),
    }
}

#[test]
fn every_change_is_counted_once_and_a_lost_one_is_named() {
    let f = fixture(Role::Hub);
    let [own, other, _] = wards();
    let (merged, early) = (opaque(document_id(1), 2, 9), opaque(document_id(1), 1, 9));
    let (hash, lost) = (|n: u8| ChangeHash([n; 32]), ChangeHash([0xaa; 32]));
    let unfed = opaque(document_id(5), 1, 9);
    let balance = |tx: &dyn Tx| tx.conservation(&ward());
    f.store
        .write(|tx| {
            put_devices(tx);
            // Born in the other ward, where its first change was fed; then it moved here.
            store_change(tx, &early, &other);
            feed(tx, &other, FeedKind::Change, (document_id(1), early.meta.hash), device(1));
            for (version, act, to) in
                [(1, CustodyAct::Born, &other), (2, CustodyAct::Transfer, &own)]
            {
                tx.put_custody(&CustodyEntry {
                    document: document_id(1),
                    version,
                    act,
                    ward: to.clone(),
                    heads: Vec::new(),
                    decision: String::new(),
                    at: Timestamp(1),
                })?;
            }
            store_change(tx, &merged, &own);
            feed(tx, &own, FeedKind::Change, (document_id(1), merged.meta.hash), device(0));
            // Pushed twice, by two incarnations: counted once.
            push(tx, 0, 1, document_id(1), merged.meta.hash);
            push(tx, 0, 2, document_id(1), merged.meta.hash);
            // An officer's change, which stands in no push log.
            let officer = opaque(document_id(2), 1, 9);
            store_change(tx, &officer, &own);
            feed(
                tx,
                &own,
                FeedKind::Change,
                (document_id(2), officer.meta.hash),
                DeviceId([0; 16]),
            );
            // Another ward's change in this feed is that ward's.
            feed(tx, &own, FeedKind::Change, (document_id(1), early.meta.hash), device(1));
            // Kept aside, in the log and given back; waiting; purged; noted.
            push(tx, 0, 3, document_id(20), hash(2));
            HubPort::quarantine(tx, &quarantined(2, 1, "too_many_ops"))?;
            HubPort::quarantine(tx, &quarantined(4, 1, "not_custodian"))?;
            push(tx, 0, 4, document_id(21), hash(6));
            tx.park(&parked(6, 1))?;
            push(tx, 0, 5, document_id(22), hash(7));
            let (document, reason, at) = (document_id(22), ForgetReason::Purged, Timestamp(3));
            tx.forget_document(&Tombstone { document, generation: 0, reason, at })?;
            let refused =
                Quarantined { document, bytes: Vec::new(), ..quarantined(8, 1, "purged") };
            HubPort::quarantine(tx, &refused)?;
            tx.append_push(&PushRow {
                device: device(0),
                epoch: EPOCH,
                notice: Some(Notice::Forgotten),
                parked: false,
                lseq: Lseq(6),
                chain: Chain([1; 16]),
                document: document_id(23),
                hash: ChangeHash([0; 32]),
                refused: None,
                because_of: None,
            })?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let found = f.store.read(balance).unwrap();
    let expected = Conservation {
        authored: 7,
        merged: 2,
        quarantined: 2,
        parked: 1,
        purged: 2,
        missing: Vec::new(),
        unfed: Vec::new(),
    };
    assert_eq!(found, expected);
    assert!(found.holds());
    assert_eq!(found.merged + found.quarantined + found.parked + found.purged, found.authored);

    f.store
        .write(|tx| {
            push(tx, 0, 7, document_id(1), lost);
            store_change(tx, &unfed, &own);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let broken = f.store.read(balance).unwrap();
    assert_eq!(broken.missing, [(document_id(1), lost)]);
    assert_eq!(broken.unfed, [(document_id(5), unfed.meta.hash)]);
    assert!(!broken.holds());
}

#[test]
fn events_what_waits_and_what_was_kept_aside_are_listed() {
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            put_devices(tx);
            for (at, n) in [(1, 0), (2, 1), (3, 0)] {
                let (code, detail) = (format!("code{at}"), String::new());
                tx.note_event(&DeviceEvent { at: Timestamp(at), device: device(n), code, detail })?;
            }
            for item in [parked(2, 9), parked(1, 5)] {
                tx.park(&item)?;
            }
            for item in [quarantined(0, 1, "a"), quarantined(1, 3, "b"), quarantined(2, 2, "a")] {
                HubPort::quarantine(tx, &item)?;
            }
            tx.put_replaced(&document_id(20), &ChangeHash([2; 32]), &ChangeHash([9; 32]))?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let rows = |filter: QuarantineFilter, offset, limit| {
        let rows = f.store.read(|tx| tx.quarantine_rows(&filter, offset, limit)).unwrap();
        assert!(rows.iter().all(|row| row.bytes.is_empty()));
        rows.iter().map(|row| (row.hash.0[0], row.replaced_by.is_some())).collect::<Vec<_>>()
    };
    let all = QuarantineFilter::default;
    assert_eq!(rows(all(), 0, 9), [(1, false), (2, true), (0, false)]);
    assert_eq!(rows(all(), 1, 1), [(2, true)]);
    assert_eq!(
        rows(QuarantineFilter { ward: Some(ward()), ..all() }, 0, 9),
        [(2, true), (0, false)]
    );
    assert_eq!(rows(QuarantineFilter { code: Some("b".to_owned()), ..all() }, 0, 9), [(1, false)]);
    assert_eq!(rows(QuarantineFilter { device: Some(device(1)), ..all() }, 0, 9), [(1, false)]);
    assert_eq!(rows(QuarantineFilter { document: Some(document_id(1)), ..all() }, 0, 9), []);
    f.store
        .read(|tx| {
            let codes = |events: Vec<DeviceEvent>| {
                events.into_iter().map(|event| event.code).collect::<Vec<_>>()
            };
            assert_eq!(codes(tx.device_events(None, 2)?), ["code3", "code2"]);
            assert_eq!(codes(tx.device_events(Some(&device(0)), 9)?), ["code3", "code1"]);
            let waiting: Vec<_> = tx.parked_changes()?.iter().map(|item| item.at.0).collect();
            assert_eq!(waiting, [5, 9]);
            assert_eq!(tx.quarantine_codes(None)?, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
            assert_eq!(tx.quarantine_codes(Some(&ward()))?, [("a".to_owned(), 2)]);
            assert_eq!(tx.kept_aside_open()?, 2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    f.store
        .write(|tx| {
            tx.settle_quarantined(&document_id(20), &ChangeHash([1; 32]), "b_dismissed")?;
            tx.put_kept_seen(&document_id(20), &ChangeHash([0; 32]), Timestamp(77))?;
            assert_eq!(tx.kept_aside_open()?, 1);
            let seen: Vec<_> = tx.kept_aside(9)?.iter().map(|kept| kept.seen_at).collect();
            assert_eq!(seen, [None, None, Some(Timestamp(77))]);
            assert_eq!(tx.kept_aside(1)?[0].item.bytes, [1]);
            assert_eq!(tx.kept_aside(1)?[0].item.code, "b_dismissed");
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn who_reads_and_who_ever_held_a_record_is_told() {
    let f = fixture(Role::Hub);
    let [own, other, third] = wards();
    let change = |n: u8| (document_id(n), ChangeHash([n; 32]));
    f.store
        .write(|tx| {
            put_devices(tx);
            for n in [1, 2] {
                store_change(tx, &opaque(document_id(n), 1, 9), &own);
            }
            tx.put_reader(&document_id(1), &third, true)?;
            tx.put_reader(&document_id(1), &other, true)?;
            tx.put_reader(&document_id(2), &third, true)?;
            tx.put_reader(&document_id(9), &third, true)?;
            for seq in [3, 2] {
                let (document, ward, seq) = (document_id(1), other.clone(), FeedSeq(seq));
                let at = Timestamp(9);
                tx.put_open_release(
                    &OpenRelease { document, ward, custody_version: 2, seq, at },
                    true,
                )?;
            }
            // Born here; lent to the other, ended and lent again; the third had to forget it.
            tx.put_custody(&CustodyEntry {
                document: document_id(1),
                version: 1,
                act: CustodyAct::Born,
                ward: own.clone(),
                heads: Vec::new(),
                decision: String::new(),
                at: Timestamp(1),
            })?;
            let grant = FeedKind::Grant {
                custody_version: 2,
                custodian: Some(own.clone()),
                heads: Vec::new(),
                decision: String::new(),
            };
            let forget = FeedKind::Forget { custody_version: 3, reason: ForgetReason::Moved };
            for (ward, kind) in [
                (&other, &grant),
                (&other, &forget),
                (&other, &grant),
                (&third, &grant),
                (&third, &forget),
                (&third, &FeedKind::Review),
            ] {
                feed(tx, ward, kind.clone(), change(1), device(0));
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    f.store
        .read(|tx| {
            let lent = |n, readers: &[&WardId]| Lent {
                document: document_id(n),
                custodian: own.clone(),
                readers: readers.iter().map(|ward| (*ward).clone()).collect(),
            };
            let both = [lent(1, &[&other, &third]), lent(2, &[&third])];
            assert_eq!(tx.lent_documents(None)?, both);
            assert_eq!(tx.lent_documents(Some(&own))?, both);
            assert_eq!(tx.lent_documents(Some(&other))?, both[..1]);
            let expected =
                [(own.clone(), None), (other.clone(), None), (third.clone(), Some(FeedSeq(2)))];
            assert_eq!(tx.holders(&document_id(1))?, expected);
            assert_eq!(tx.holders(&document_id(3))?, []);
            let open: Vec<_> = tx.all_open_releases()?.iter().map(|open| open.seq.0).collect();
            assert_eq!(open, [2, 3]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
