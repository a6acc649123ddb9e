//! A database of the second version, full, opened by this program.

use std::path::Path;

use rusqlite::{Connection, params};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, FeedEpoch, FeedPosition, FeedSeq, Lseq, SeededDice,
    Timestamp,
};
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{CustodyAct, DeviceRecord, FeedKind, LocalRow, NodeMode, PushLog};

use super::{document_id, opaque, open, state, ward};
use crate::key::DatabaseKey;
use crate::{Role, Store, StoreError, connection};

const ONE: [u8; 16] = [0x41; 16];
const TWO: [u8; 16] = [0x42; 16];
const EPOCH: [u8; 16] = [0x51; 16];
const FEED: [u8; 16] = [0x61; 16];

/// The old program's files.
fn old_database(dir: &Path, role: Role, fill: impl FnOnce(&Connection)) -> Store {
    let key = DatabaseKey::create(&dir.join("database.key"), &SeededDice::new(3)).unwrap();
    let mut connection = connection::open_writer(&dir.join("wardbook.db"), &key).unwrap();
    connection::migrate_only_to(&mut connection, refinery::Target::Version(2));
    let settings = [
        ("store.role", role.as_str()),
        ("store.created_at", "5"),
        ("store.hub_id", "11111111111111111111111111111111"),
        ("store.author_epoch", "22222222222222222222222222222222"),
        ("store.feed_epoch", "61616161616161616161616161616161"),
    ];
    for (name, value) in settings {
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)";
        connection.execute(sql, [name, value]).unwrap();
    }
    documents(&connection);
    fill(&connection);
    drop(connection);
    open(dir, role).unwrap()
}

/// One document with two changes, and one change that was kept aside.
fn documents(connection: &Connection) {
    let sql = "INSERT INTO document (key, id, ward, custody_version, heads, feed_heads, projected)
               VALUES (1, ?1, ?2, 1, ?3, ?4, 1)";
    let (first, second) = (opaque(document_id(1), 1, 9), opaque(document_id(1), 2, 9));
    let (ward, heads) = (ward(), (second.meta.hash.0, first.meta.hash.0));
    let values = params![document_id(1).0, ward.as_str(), heads.0, heads.1];
    connection.execute(sql, values).unwrap();
    let sql = "INSERT INTO change (document, hash, actor, seq, start_op, max_op, deps, time,
                   message, author, received_at, bytes)
               VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    for change in [&first, &second] {
        let meta = &change.meta;
        let values = params![
            meta.hash.0,
            meta.actor,
            meta.seq.cast_signed(),
            meta.start_op.cast_signed(),
            meta.max_op.cast_signed(),
            meta.deps[0].0,
            meta.time.0,
            meta.message,
            change.author.0,
            change.received_at.0,
            change.bytes,
        ];
        connection.execute(sql, values).unwrap();
    }
    connection.execute("INSERT INTO dirty VALUES (1, 2, 77)", []).unwrap();
    let sql = "INSERT INTO quarantine VALUES (?1, ?2, ?3, 'too_many_ops', NULL, x'0102', 9)";
    connection.execute(sql, params![document_id(8).0, [8_u8; 32], ONE]).unwrap();
}

fn check_documents(store: &Store) {
    let (first, second) = (opaque(document_id(1), 1, 9), opaque(document_id(1), 2, 9));
    store
        .read(|tx| {
            assert_eq!(
                tx.document(&document_id(1))?,
                Some(state(document_id(1), &[second.meta.hash]))
            );
            assert_eq!(tx.changes_of(&document_id(1))?, [first, second]);
            let kept = tx.quarantined(&document_id(8), &ChangeHash([8; 32]))?.unwrap();
            assert_eq!((kept.bytes, kept.replaced_by), (vec![1, 2], None));
            assert_eq!(tx.kept_aside_open()?, 1);
            assert_eq!(tx.dirty_count()?, (1, Some(Timestamp(77))));
            assert_eq!(tx.tombstones()?, []);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

fn fill_hub(connection: &Connection) {
    let ward = ward();
    let device = "INSERT INTO device VALUES (?1, ?2, 'Máy', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                      ?12, 10, 11, 3, ?13, 2, '0.1.0', ?14, NULL)";
    let status = serde_json::to_string(&wardbook_sync::message::DeviceStatus::default()).unwrap();
    let epochs = [(ONE, EPOCH, Some(FEED)), (TWO, [0x52; 16], None)];
    for ((id, epoch, sent), enrolled) in epochs.into_iter().zip([20, 10]) {
        let sent_seq = sent.map(|_| 2);
        let sent_chain = sent.map(|_| [2_u8; 16]);
        let digest_n = sent.map(|_| 1);
        let digest_sum = sent.map(|_| [7_u8; 32]);
        let values = params![
            id,
            ward.as_str(),
            [5_u8; 32],
            epoch,
            2,
            [9_u8; 16],
            1,
            sent,
            sent_seq,
            sent_chain,
            digest_n,
            digest_sum,
            status,
            enrolled,
        ];
        connection.execute(device, values).unwrap();
    }
    let push = "INSERT INTO device_push VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (document, hash) = (document_id(1).0, [6_u8; 32]);
    let refused = (Some("too_many_ops"), Some([7_u8; 32]));
    let none: (Option<&str>, Option<[u8; 32]>) = (None, None);
    for (device, lseq, (code, because)) in [(ONE, 1, none), (ONE, 2, refused), (TWO, 1, none)] {
        let values = params![device, lseq, [3_u8; 16], document, hash, code, because];
        connection.execute(push, values).unwrap();
    }
    let feed = "INSERT INTO feed VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, 4)";
    for (seq, author, lseq) in [(1, ONE, 1), (2, [0; 16], 0)] {
        let values = params![ward.as_str(), seq, [2_u8; 16], document, hash, author, lseq];
        connection.execute(feed, values).unwrap();
    }
    let head = "INSERT INTO ward_feed VALUES (?1, ?2, 2, ?3, 1, ?4)";
    let values = params![ward.as_str(), FEED, [2_u8; 16], [7_u8; 32]];
    connection.execute(head, values).unwrap();
    let custody = "INSERT INTO custody VALUES (?1, 1, ?2, x'', 8)";
    connection.execute(custody, params![document, ward.as_str()]).unwrap();
}

#[test]
fn an_older_hub_keeps_its_devices_logs_feeds_and_custody() {
    let dir = tempfile::tempdir().unwrap();
    let store = old_database(dir.path(), Role::Hub, fill_hub);
    check_documents(&store);
    let position = FeedPosition { epoch: FeedEpoch(FEED), seq: FeedSeq(2), chain: Chain([2; 16]) };
    let log = PushLog {
        device: DeviceId(ONE),
        epoch: AuthorEpoch(EPOCH),
        acked: Lseq(2),
        acked_chain: Chain([9; 16]),
        confirmed: Lseq(1),
        last_sent: Some((position, Digest { n: 1, sum: [7; 32] })),
        opened_at: Timestamp(20),
        last_contact: Some(Timestamp(10)),
        rotated: None,
        left_for: None,
        reconciling: false,
    };
    store
        .read(|tx| {
            let device = tx.device(&DeviceId(ONE))?.unwrap();
            let expected = DeviceRecord {
                id: DeviceId(ONE),
                ward: ward(),
                name: "Máy".to_owned(),
                public_key: [5; 32],
                epoch: AuthorEpoch(EPOCH),
                reconciling: false,
                two_places_since: None,
                last_contact: Some(Timestamp(10)),
                proven_equal: Some((Timestamp(11), FeedSeq(3))),
                status: wardbook_sync::message::DeviceStatus::default(),
                mismatches: 2,
                app: "0.1.0".to_owned(),
                enrolled_at: Timestamp(20),
                revoked_at: None,
            };
            assert_eq!(device, expected);
            assert_eq!(tx.push_logs(&DeviceId(ONE))?, [log]);
            assert_eq!(tx.push_logs(&DeviceId(TWO))?[0].last_sent, None);
            assert_eq!(tx.log_owner(&AuthorEpoch([0x52; 16]))?, Some(DeviceId(TWO)));
            let row = tx.push_row(&DeviceId(ONE), &AuthorEpoch(EPOCH), Lseq(2))?.unwrap();
            assert_eq!(row.refused.as_deref(), Some("too_many_ops"));
            assert_eq!(
                (row.because_of, row.notice, row.parked),
                (Some(ChangeHash([7; 32])), None, false)
            );
            assert_eq!(
                tx.push_rows(&DeviceId(TWO), &AuthorEpoch([0x52; 16]), Lseq(0), 9)?.len(),
                1
            );
            let rows = tx.feed_rows(&ward(), FeedSeq(0), 9)?;
            let brought: Vec<_> = rows.iter().map(|row| (row.epoch.0, row.author.0)).collect();
            assert_eq!(brought, [(EPOCH, ONE), ([0; 16], [0; 16])]);
            assert!(rows.iter().all(|row| row.kind == FeedKind::Change));
            assert_eq!(tx.ward_feed(&ward())?.unwrap().position, position);
            let custody = tx.custody(&document_id(1))?;
            assert_eq!(custody.len(), 1);
            assert_eq!((custody[0].act, custody[0].version), (CustodyAct::Born, 1));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn fill_node(connection: &Connection) {
    let sql = "INSERT INTO push_log VALUES (?1, ?2, ?3, ?4, 30)";
    for lseq in 1..=3_u8 {
        let values = params![lseq, [lseq; 16], document_id(1).0, [lseq; 32]];
        connection.execute(sql, values).unwrap();
    }
    let sql = "UPDATE node_state SET acked_lseq = 2, acked_chain = ?1, feed_epoch = ?2,
                   feed_seq = 5, feed_chain = ?3, digest_n = 1, digest_sum = ?4, proven_at = 40,
                   proven_seq = 5";
    connection.execute(sql, params![[2_u8; 16], FEED, [4_u8; 16], [7_u8; 32]]).unwrap();
    connection.execute("INSERT INTO acknowledgement VALUES (2, 35)", []).unwrap();
}

#[test]
fn an_older_node_keeps_its_log_and_where_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let store = old_database(dir.path(), Role::Node, fill_node);
    check_documents(&store);
    store
        .read(|tx| {
            let row = LocalRow {
                notice: None,
                lseq: Lseq(3),
                chain: Chain([3; 16]),
                document: document_id(1),
                hash: ChangeHash([3; 32]),
                at: Timestamp(30),
            };
            assert_eq!(tx.local_rows(Lseq(2), 9)?, [row]);
            assert_eq!(tx.acked()?, (Lseq(2), Chain([2; 16])));
            let seq = FeedSeq(5);
            let position = FeedPosition { epoch: FeedEpoch(FEED), seq, chain: Chain([4; 16]) };
            assert_eq!(tx.feed_position()?, Some(position));
            assert_eq!(tx.feed_digest()?, Digest { n: 1, sum: [7; 32] });
            assert_eq!(tx.proven()?, Some((Timestamp(40), FeedSeq(5))));
            assert_eq!(tx.pending()?, (1, Some(Timestamp(30))));
            let own = tx.own_changes(&document_id(1))?;
            assert_eq!(own[&ChangeHash([2; 32])], Some(Timestamp(35)));
            assert_eq!(own[&ChangeHash([3; 32])], None);
            assert_eq!(tx.mode()?, NodeMode::Normal);
            assert_eq!((tx.ack_token()?, tx.feed_token()?, tx.rotated()?), (None, None, None));
            assert_eq!(tx.orphans()?, []);
            let heads = vec![opaque(document_id(1), 1, 9).meta.hash];
            assert_eq!(tx.feed_documents()?, [(document_id(1), 0, heads)]);
            assert_eq!(tx.unequal_documents(9)?, [document_id(1)]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
