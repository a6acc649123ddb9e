//! Restored, copied, rolled back: nothing is asked of anybody, and nothing is lost.

use std::path::Path;

use crate::common::{Line, Place, enrolled_node, settle};
use wardbook_base::DocumentId;
use wardbook_record::Lang;
use wardbook_replica::{EventCode, SyncState, WitnessPlace};
use wardbook_sync::message::RotationReason;

/// The file a witness is kept in, with the name of a machine.
fn witness(dir: &Path, machine: &str) -> WitnessPlace {
    WitnessPlace { path: dir.join("data.witness"), machine: machine.to_owned() }
}

fn events(place: &Place) -> Vec<EventCode> {
    let events = place.replica.node_events(&place.viewer, 100).unwrap();
    events.into_iter().map(|event| event.code).collect()
}

/// What a person can see of it in the end.
fn whole(hub: &Place, nodes: &[&Place], people: &[(DocumentId, &str, &str)]) {
    for place in nodes.iter().copied().chain([hub]) {
        for (person, key, value) in people {
            assert_eq!(place.value(person, key).as_deref(), Some(*value), "{key}");
        }
        assert_eq!(place.replica.conflicts_open(&place.viewer, None).unwrap(), 0);
    }
    for node in nodes {
        assert!(node.replica.kept_changes(&node.viewer).unwrap().is_empty());
        let status = node.replica.sync_status(Lang::Vi).unwrap();
        assert_eq!((status.state, status.equal), (SyncState::Equal, true), "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ward_restored_from_a_backup_thirty_edits_old_loses_nothing_and_asks_nothing() {
    let hub = Place::hub(201);
    let node = enrolled_node(&hub, 202, "Máy 1").await;
    let person = node.person("Nguyễn Thị Hoa");
    settle(&hub, &[&node]).await;
    let backup = node.backup();

    for n in 0..30 {
        node.set(&person, "birth_place.text", &format!("lần {n}"));
    }
    settle(&hub, &[&node]).await;

    let restored = node.restored_from(&backup);
    let reason = restored.replica.begin_node(None).unwrap();
    assert_eq!(reason, Some(RotationReason::Restored));
    assert_eq!(restored.replica.begin_node(None).unwrap(), None, "once is enough");
    assert_eq!(restored.value(&person, "birth_place.text"), None, "the old copy");
    assert!(!restored.replica.sync_status(Lang::Vi).unwrap().equal, "an old proof is none");
    restored.set(&person, "phone", "0902");
    let other = restored.person("Trần Văn An");

    settle(&hub, &[&restored]).await;
    let people = [
        (person, "birth_place.text", "lần 29"),
        (person, "phone", "0902"),
        (other, "full_name", "Trần Văn An"),
    ];
    whole(&hub, &[&restored], &people);
    assert!(events(&restored).contains(&EventCode::Restored), "{:?}", events(&restored));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_and_not_sent_before_the_restore_is_written_anew() {
    let hub = Place::hub(211);
    let node = enrolled_node(&hub, 212, "Máy 1").await;
    let person = node.person("Nguyễn Thị Hoa");
    settle(&hub, &[&node]).await;
    // In the backup, and not known to the hub.
    node.set(&person, "email", "hoa@example.vn");
    node.set(&person, "birth_place.text", "trước sao lưu");
    let backup = node.backup();

    let restored = node.restored_from(&backup);
    restored.replica.begin_node(None).unwrap();
    assert_eq!(restored.value(&person, "email").as_deref(), Some("hoa@example.vn"));
    settle(&hub, &[&restored]).await;
    whole(
        &hub,
        &[&restored],
        &[(person, "email", "hoa@example.vn"), (person, "birth_place.text", "trước sao lưu")],
    );
    assert!(events(&restored).contains(&EventCode::WrittenAnew), "{:?}", events(&restored));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_one_disk_both_go_on_and_both_keep_their_edits() {
    let hub = Place::hub(221);
    let first = enrolled_node(&hub, 222, "Máy 1").await;
    let person = first.person("Lê Văn Bình");
    settle(&hub, &[&first]).await;
    let (first, second) = first.copied();
    // Nobody notices at the start: no witness. The hub does.
    first.set(&person, "phone", "0902");
    second.set(&person, "email", "binh@example.vn");
    let line = Line::to(&hub);
    for _ in 0..3 {
        for node in [&first, &second] {
            node.replica.sync_all(&line, 50).await.unwrap();
        }
    }
    settle(&hub, &[&first, &second]).await;
    let people = [(person, "phone", "0902"), (person, "email", "binh@example.vn")];
    whole(&hub, &[&first, &second], &people);
    assert!(events(&second).contains(&EventCode::Cloned), "{:?}", events(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_witness_notices_an_older_copy_and_another_machine_before_any_call() {
    let hub = Place::hub(231);
    let outside = tempfile::tempdir().unwrap();
    let node = enrolled_node(&hub, 232, "Máy 1").await;
    assert_eq!(node.replica.begin_node(Some(witness(outside.path(), "pc-1"))).unwrap(), None);
    let person = node.person("Phạm Thị Chi");
    settle(&hub, &[&node]).await;

    // Closed and opened again: all is well.
    let node = node.reopened();
    assert_eq!(node.replica.begin_node(Some(witness(outside.path(), "pc-1"))).unwrap(), None);
    let (node, older) = node.copied();
    assert_eq!(node.replica.begin_node(Some(witness(outside.path(), "pc-1"))).unwrap(), None);
    node.set(&person, "phone", "0902");
    settle(&hub, &[&node]).await;
    drop(node);

    let reason = older.replica.begin_node(Some(witness(outside.path(), "pc-1"))).unwrap();
    assert_eq!(reason, Some(RotationReason::Witness), "the witness knows of one edit more");
    older.set(&person, "email", "chi@example.vn");
    settle(&hub, &[&older]).await;
    whole(&hub, &[&older], &[(person, "phone", "0902"), (person, "email", "chi@example.vn")]);

    let moved = older.reopened();
    let reason = moved.replica.begin_node(Some(witness(outside.path(), "pc-2"))).unwrap();
    assert_eq!(reason, Some(RotationReason::Witness), "another machine");
    settle(&hub, &[&moved]).await;
    whole(&hub, &[&moved], &[(person, "phone", "0902")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_restored_from_yesterday_gets_back_what_the_wards_hold() {
    let hub = Place::hub(241);
    let first = enrolled_node(&hub, 242, "Máy 1").await;
    let second = enrolled_node(&hub, 243, "Máy 2").await;
    let person = first.person("Đỗ Văn Dũng");
    settle(&hub, &[&first, &second]).await;
    let (hub, yesterday) = hub.copied();
    first.set(&person, "phone", "0902");
    hub.set(&person, "birth_place.text", "thành phố ghi");
    let other = second.person("Võ Thị Em");
    settle(&hub, &[&first, &second]).await;
    drop(hub);

    // Nobody announced it: the positions of the wards are ahead of its feed.
    let line = Line::to(&yesterday);
    for _ in 0..3 {
        for node in [&first, &second] {
            node.replica.sync_all(&line, 50).await.unwrap();
        }
    }
    settle(&yesterday, &[&first, &second]).await;
    let people = [
        (person, "phone", "0902"),
        (person, "birth_place.text", "thành phố ghi"),
        (other, "full_name", "Võ Thị Em"),
    ];
    whole(&yesterday, &[&first, &second], &people);
    assert!(events(&first).contains(&EventCode::HubRolledBack), "{:?}", events(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nightly_check_puts_a_wrong_list_of_conflicts_right() {
    let hub = Place::hub(251);
    let node = enrolled_node(&hub, 252, "Máy 1").await;
    let person = node.person("Hồ Thị Lan");
    settle(&hub, &[&node]).await;
    node.set(&person, "phone", "0901");
    hub.set(&person, "phone", "0902");
    settle(&hub, &[&node]).await;
    let open = || node.replica.conflicts_open(&node.viewer, None).unwrap();
    let clean = node.replica.nightly_check().unwrap();
    assert_eq!((clean.checked, clean.differing, open()), (1, 0, 1));

    let now = node.replica.now();
    node.replica.store().write(|tx| tx.put_conflicts(&person, &[], now)).unwrap();
    assert_eq!(open(), 0);
    let check = node.replica.nightly_check().unwrap();
    assert_eq!((check.checked, check.differing, open()), (1, 1, 1));
    assert_eq!(node.replica.last_nightly_check().unwrap().unwrap().differing, 1);
    assert!(events(&node).contains(&EventCode::ConflictsRepaired));
}
