//! A call that brings nothing new looks at no table as a whole.

use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, FeedEpoch, FeedPosition, FeedSeq, HubId, Lseq,
    Timestamp, WardId,
};
use wardbook_sync::message::{Digest, Notice};
use wardbook_sync::ports::{
    DeviceRecord, FeedKind, FeedRow, HubPort, LocalRow, Membership, NodePort, PushLog, PushRow,
    Quarantined, WardFeed,
};

use super::{document_id, fixture, opaque, state, ward};
use crate::{HubAdmin, Role, Store, StoreError, Tx};

const MANY: u8 = 60;
const DEVICE: DeviceId = DeviceId([4; 16]);
const EPOCH: AuthorEpoch = AuthorEpoch([6; 16]);

/// Rows stepped over without an index while `question` runs.
fn scanned(store: &Store, question: impl FnOnce(&dyn Tx) -> Result<(), StoreError>) -> u64 {
    let before = store.counters().rows_scanned;
    store.read(question).unwrap();
    store.counters().rows_scanned - before
}

fn documents(tx: &mut dyn Tx) {
    for n in 1..=MANY {
        let change = opaque(document_id(n), 1, 9);
        let heads = [change.meta.hash];
        tx.put_document(&state(document_id(n), &heads)).unwrap();
        tx.put_change(&change).unwrap();
        tx.put_feed_heads(&document_id(n), &heads).unwrap();
        let quarantined = Quarantined {
            document: document_id(n),
            hash: ChangeHash([n; 32]),
            device: DEVICE,
            code: "superseded".to_owned(),
            because_of: None,
            bytes: Vec::new(),
            at: Timestamp(1),
            replaced_by: None,
        };
        HubPort::quarantine(tx, &quarantined).unwrap();
    }
}

#[test]
fn at_a_node() {
    let f = fixture(Role::Node);
    f.store
        .write(|tx| {
            documents(tx);
            tx.put_membership(Some(&Membership {
                hub: HubId([1; 16]),
                hub_url: String::new(),
                tls_pin: None,
                hub_key: [1; 32],
                sealing_recipient: String::new(),
                hub_epoch: EPOCH,
                device: DEVICE,
                ward: ward(),
                ward_name: String::new(),
                units_as_of: String::new(),
            }))?;
            for lseq in 1..=u64::from(MANY) {
                tx.append_local(&LocalRow {
                    notice: None,
                    lseq: Lseq(lseq),
                    chain: Chain([1; 16]),
                    document: document_id(1),
                    hash: ChangeHash([1; 32]),
                    at: Timestamp(1),
                })?;
            }
            tx.put_acked(Lseq(u64::from(MANY)), Chain([1; 16]))?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let no_op = |tx: &dyn Tx| {
        let port: &dyn NodePort = tx;
        port.membership()?;
        port.author_epoch()?;
        assert_eq!(port.push_head()?.0, port.acked()?.0);
        assert_eq!(port.local_rows(port.acked()?.0, 500)?, []);
        port.feed_position()?;
        port.feed_digest()?;
        port.mode()?;
        port.rotated()?;
        port.ack_token()?;
        port.feed_token()?;
        assert!(port.unequal_documents(1)?.is_empty());
        assert!(port.orphans()?.is_empty() && port.to_reauthor()?.is_empty());
        assert!(port.wanted()?.is_empty() && port.returning()?.is_empty());
        assert!(port.forgetting()?.is_empty());
        // What the program tells of itself with the call.
        assert_eq!((tx.kept_aside_open()?, tx.pending()?), (0, (0, None)));
        Ok(())
    };
    assert_eq!(scanned(&f.store, no_op), 0);
    // The count counts: a question without an index steps over the rows.
    let all = |tx: &dyn Tx| tx.all_documents().map(drop);
    assert!(scanned(&f.store, all) >= u64::from(MANY) - 1);
    // One document that is not equal costs one step, not sixty.
    f.store
        .write(|tx| {
            Ok::<_, StoreError>(tx.put_feed_heads(&document_id(7), &[ChangeHash([9; 32])])?)
        })
        .unwrap();
    let unequal = |tx: &dyn Tx| {
        assert_eq!(tx.unequal_documents(9)?, [document_id(7)]);
        Ok(())
    };
    assert!(scanned(&f.store, unequal) <= 1);
}

fn hub(tx: &mut dyn Tx) {
    let feed_epoch = FeedEpoch([3; 16]);
    documents(tx);
    for n in 0..MANY {
        let ward: WardId = if n == 0 { ward() } else { format!("{n}.1").parse().unwrap() };
        let mut id = DEVICE;
        id.0[1] = n;
        let mut epoch = EPOCH;
        epoch.0[1] = n;
        tx.put_device(&DeviceRecord {
            id,
            ward: ward.clone(),
            name: String::new(),
            public_key: [5; 32],
            epoch,
            reconciling: false,
            two_places_since: None,
            last_contact: None,
            proven_equal: None,
            status: wardbook_sync::message::DeviceStatus::default(),
            mismatches: 0,
            app: String::new(),
            enrolled_at: Timestamp(1),
            revoked_at: None,
        })
        .unwrap();
        tx.put_push_log(&PushLog {
            device: id,
            epoch,
            acked: Lseq(0),
            acked_chain: Chain::default(),
            confirmed: Lseq(0),
            last_sent: None,
            opened_at: Timestamp(1),
            last_contact: None,
            rotated: None,
            left_for: None,
            reconciling: false,
        })
        .unwrap();
        for lseq in 1..=3 {
            let notice = (lseq == 2).then_some(Notice::Released);
            tx.append_push(&PushRow {
                device: id,
                epoch,
                notice,
                parked: false,
                lseq: Lseq(lseq),
                chain: Chain([1; 16]),
                document: document_id(1),
                hash: ChangeHash([1; 32]),
                refused: None,
                because_of: None,
            })
            .unwrap();
            tx.append_feed(
                &ward,
                &FeedRow {
                    seq: FeedSeq(lseq),
                    chain: Chain([2; 16]),
                    kind: FeedKind::Change,
                    document: document_id(1),
                    generation: 0,
                    hash: ChangeHash([1; 32]),
                    author: id,
                    epoch,
                    lseq: Lseq(lseq),
                    received_at: Timestamp(1),
                },
            )
            .unwrap();
        }
        let chain = Chain([2; 16]);
        let position = FeedPosition { epoch: feed_epoch, seq: FeedSeq(3), chain };
        tx.put_ward_feed(&WardFeed { ward, position, digest: Digest::default() }).unwrap();
    }
}

#[test]
fn at_a_hub() {
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            hub(tx);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let mut id = DEVICE;
    id.0[1] = 0;
    let mut epoch = EPOCH;
    epoch.0[1] = 0;
    let no_op = |tx: &dyn Tx| {
        let port: &dyn HubPort = tx;
        port.hub()?;
        port.feed_epoch()?;
        assert!(port.device(&id)?.is_some());
        assert_eq!(port.push_logs(&id)?, [port.push_log(&id, &epoch)?.unwrap()]);
        assert_eq!(port.log_owner(&epoch)?, Some(id));
        assert!(port.push_row(&id, &epoch, Lseq(2))?.is_some());
        let head = port.ward_feed(&ward())?.unwrap().position;
        assert!(port.feed_chain(&ward(), head.seq)?.is_some());
        assert!(port.feed_rows(&ward(), head.seq, 500)?.is_empty());
        assert_eq!(port.parked_count(&id, &epoch)?, 0);
        assert_eq!(port.parked_of(&document_id(1))?, []);
        assert_eq!(port.open_releases(&ward())?, []);
        assert!(port.noticed(&id, &epoch, &document_id(1), Notice::Released)?.is_some());
        assert_eq!(port.devices_of(&ward())?.len(), 1);
        assert_eq!(port.documents_by_key(&[3; 8])?, [document_id(3)]);
        assert_eq!(port.readers(&document_id(1))?, Vec::<WardId>::new());
        assert_eq!(port.custody(&document_id(1))?, []);
        assert_eq!(port.tombstone(&document_id(1))?, None);
        Ok(())
    };
    assert_eq!(scanned(&f.store, no_op), 0);
    let all = |tx: &dyn Tx| HubAdmin::devices(tx, None).map(drop);
    assert!(scanned(&f.store, all) >= u64::from(MANY) - 1, "the count counts");
}
