//! Records that move between wards, and what the hub's books say of it.

use wardbook_base::{DocumentId, WardId};
use wardbook_record::{Edit, Path};
use wardbook_replica::{
    CustodyView, EditCommand, LateChoice, LedgerReport, ReceiptState, Replica, SplitBy, WardState,
};
use wardbook_sync::ports::CustodyAct;

use crate::common::{
    Line, OTHER_WARD, Place, enrolled_node, node_in, other_ward as other, settle, ward,
};

const DECISION: &str = "QĐ 45/QĐ-UBND ngày 01/07/2025";

/// A hub with two wards and a node in each.
async fn two_wards() -> (Place, Place, Place) {
    let hub = Place::hub_of_two(1);
    let here = enrolled_node(&hub, 2, "Máy 1").await;
    let there = node_in(&hub, &other(), 3, "Máy 2").await;
    (hub, here, there)
}

fn transfer(hub: &Place, document: &DocumentId, to: &WardId) -> CustodyView {
    hub.replica.transfer(&hub.viewer, document, to, DECISION).unwrap()
}

fn ledger(hub: &Place) -> LedgerReport {
    hub.replica.ledger(&hub.viewer).unwrap()
}

fn phone(value: &str) -> EditCommand {
    EditCommand { base_heads: Vec::new(), edits: vec![Edit::set_field("phone", value)] }
}

fn waiting_receipts(hub: &Replica, document: &DocumentId, place: &Place) -> Vec<ReceiptState> {
    let found = hub.purges(&place.viewer, Some(document)).unwrap();
    found[0].receipts.iter().map(|receipt| receipt.state).collect()
}

#[tokio::test]
async fn a_record_moves_to_another_ward_and_the_old_one_forgets_it() {
    let (hub, here, there) = two_wards().await;
    let document = here.person("Nguyễn Văn An");
    settle(&hub, &[&here, &there]).await;
    let view = transfer(&hub, &document, &other());
    assert_eq!((view.ward, view.version), (Some(other()), 2));
    assert_eq!(view.entries.last().unwrap().act, CustodyAct::Transfer);
    assert_eq!(view.entries.last().unwrap().decision, DECISION);
    assert_eq!(view.open.len(), 1, "the old ward has not said that it knows");
    settle(&hub, &[&here, &there]).await;
    settle(&hub, &[&here, &there]).await;
    assert_eq!(here.value(&document, "full_name"), None);
    assert_eq!(there.value(&document, "full_name").as_deref(), Some("Nguyễn Văn An"));
    assert!(hub.replica.custody(&hub.viewer, &document).unwrap().open.is_empty());
    there.replica.edit_person(&there.viewer, &document, phone("0911111111")).unwrap();
    settle(&hub, &[&here, &there]).await;
    assert_eq!(hub.value(&document, "phone").as_deref(), Some("0911111111"));
    let people = |ward: &WardId| hub.replica.ward_status(&hub.viewer, ward).unwrap().people;
    assert_eq!((people(&ward()), people(&other())), (0, 1), "counted once, where it is");
    assert!(ledger(&hub).ok);
}

#[tokio::test]
async fn nothing_moves_without_a_decision_or_to_an_unknown_ward() {
    let (hub, _, _) = two_wards().await;
    let document = hub.person("Nguyễn Văn An");
    let code = |to: &str, decision: &str| {
        let to = to.parse().unwrap();
        hub.replica.transfer(&hub.viewer, &document, &to, decision).unwrap_err().code()
    };
    assert_eq!(code(OTHER_WARD, "  "), "no_decision");
    assert_eq!(code("25912.1", DECISION), "unknown_ward");
    assert_eq!(code("25888.1", DECISION), "same_ward");
}

#[tokio::test]
async fn a_seconded_record_is_read_by_two_written_by_one_and_counted_once() {
    let (hub, here, there) = two_wards().await;
    let document = here.person("Nguyễn Văn An");
    settle(&hub, &[&here, &there]).await;
    let lent = hub.replica.lend(&hub.viewer, &document, &other(), DECISION).unwrap();
    assert_eq!(lent.readers.len(), 1);
    settle(&hub, &[&here, &there]).await;
    assert_eq!(there.value(&document, "full_name").as_deref(), Some("Nguyễn Văn An"));
    let refused = there.replica.edit_person(&there.viewer, &document, phone("0911111111"));
    assert_eq!(refused.unwrap_err().code(), "not_custodian");
    here.set(&document, "phone", "0922222222");
    settle(&hub, &[&here, &there]).await;
    assert_eq!(there.value(&document, "phone").as_deref(), Some("0922222222"));
    let wards = hub.replica.wards_status(&hub.viewer).unwrap();
    assert_eq!(wards.iter().map(|ward| ward.people).sum::<u64>(), 1);
    hub.replica.end_loan(&hub.viewer, &document, &other(), DECISION).unwrap();
    settle(&hub, &[&here, &there]).await;
    settle(&hub, &[&here, &there]).await;
    assert_eq!(there.value(&document, "full_name"), None);
    assert!(ledger(&hub).ok);
}

#[tokio::test]
async fn a_late_edit_of_an_untouched_field_is_merged_and_of_a_touched_one_is_decided_by_a_person() {
    let (hub, here, there) = two_wards().await;
    let quiet = here.person("Nguyễn Văn An");
    let touched = here.person("Trần Thị Bình");
    settle(&hub, &[&here, &there]).await;
    for document in [&quiet, &touched] {
        transfer(&hub, document, &other());
        // The ward is offline and cannot know.
        here.set(document, "phone", "0911111111");
    }
    settle(&hub, &[&there]).await;
    there.set(&quiet, "email", "an@example.vn");
    there.set(&touched, "phone", "0922222222");
    settle(&hub, &[&there]).await;
    settle(&hub, &[&here, &there]).await;
    settle(&hub, &[&here, &there]).await;
    assert_eq!(hub.value(&quiet, "phone").as_deref(), Some("0911111111"));
    assert_eq!(there.value(&quiet, "phone").as_deref(), Some("0911111111"));
    assert_eq!(hub.value(&touched, "phone").as_deref(), Some("0922222222"));
    let cards = hub.replica.late_edits(&hub.viewer, None).unwrap();
    let card = match cards.as_slice() {
        [one] => one,
        other => panic!("{} cards", other.len()),
    };
    assert_eq!((card.document, card.full_name.as_str()), (touched, "Trần Thị Bình"));
    assert_eq!((card.fields.len(), &card.fields[0].path), (1, &Path::field("phone")));
    assert_eq!(card.fields[0].present_shown, "0922222222");
    assert_eq!(card.fields[0].late_shown, "0911111111");
    assert_eq!(hub.replica.ward_status(&hub.viewer, &other()).unwrap().late_edits, 1);
    let accept = LateChoice::Accept { base_heads: card.heads.clone(), paths: Vec::new() };
    hub.replica.settle_late_edit(&hub.viewer, &touched, &card.hash, &accept).unwrap();
    assert_eq!(hub.value(&touched, "phone").as_deref(), Some("0911111111"));
    assert!(hub.replica.late_edits(&hub.viewer, None).unwrap().is_empty());
    let again = hub.replica.settle_late_edit(&hub.viewer, &touched, &card.hash, &accept);
    assert_eq!(again.unwrap_err().code(), "not_found");
    let kept = hub.replica.kept_aside(&hub.viewer, Some(&ward()), 10).unwrap();
    assert!(kept.iter().any(|item| item.hash == card.hash && item.replaced_by.is_some()));
    assert!(ledger(&hub).ok, "{:?}", ledger(&hub));
}

#[tokio::test]
async fn a_ward_is_merged_into_another_with_all_its_records() {
    let (hub, here, there) = two_wards().await;
    let documents = [here.person("Nguyễn Văn An"), here.person("Trần Thị Bình")];
    settle(&hub, &[&here, &there]).await;
    let refused = hub.replica.merge_ward(&hub.viewer, &ward(), &other(), DECISION, false);
    assert_eq!(refused.unwrap_err().code(), "no_succession");
    let moved = hub.replica.merge_ward(&hub.viewer, &ward(), &other(), DECISION, true).unwrap();
    assert_eq!((moved.to[0].1, moved.left), (2, 0));
    for _ in 0..2 {
        settle(&hub, &[&here, &there]).await;
    }
    for document in &documents {
        assert!(here.value(document, "full_name").is_none());
        assert!(there.value(document, "full_name").is_some());
    }
    assert!(ledger(&hub).ok);
}

#[tokio::test]
async fn a_ward_is_split_all_or_none() {
    let (hub, _, _) = two_wards().await;
    let documents = [hub.person("Nguyễn Văn An"), hub.person("Trần Thị Bình")];
    let list = |documents: &[DocumentId]| {
        SplitBy::Records(documents.iter().map(|document| (*document, other())).collect())
    };
    let split = |by: &SplitBy| hub.replica.split_ward(&hub.viewer, &ward(), by, DECISION);
    let stranger = DocumentId([9; 16]);
    let refused = split(&list(&[documents[0], stranger]));
    assert_eq!(refused.unwrap_err().code(), "not_in_ward");
    let kept = hub.replica.custody(&hub.viewer, &documents[0]).unwrap();
    assert_eq!(kept.ward, Some(ward()));
    let moved = split(&list(&documents[..1])).unwrap();
    assert_eq!((moved.to[0].1, moved.left), (1, 1));
}

#[tokio::test]
async fn an_erased_record_is_forgotten_by_every_ward_with_a_receipt_and_does_not_come_back() {
    let (hub, here, there) = two_wards().await;
    let document = here.person("Nguyễn Văn An");
    settle(&hub, &[&here, &there]).await;
    hub.replica.lend(&hub.viewer, &document, &other(), DECISION).unwrap();
    settle(&hub, &[&here, &there]).await;
    let preview = hub.replica.purge_preview(&hub.viewer, &document).unwrap();
    assert_eq!((preview.full_name.as_str(), preview.held_by.len()), ("Nguyễn Văn An", 2));
    let purge = |reason: &str, confirm: &str| {
        hub.replica.purge_person(&hub.viewer, &document, reason, confirm)
    };
    assert_eq!(purge("", &preview.confirm).unwrap_err().code(), "no_decision");
    assert_eq!(purge(DECISION, "yes").unwrap_err().code(), "not_confirmed");
    // The ward that is offline goes on writing what is erased meanwhile.
    here.set(&document, "phone", "0911111111");
    let view = purge(DECISION, &preview.confirm).unwrap();
    assert!(!view.complete && view.receipts.len() == 2);
    assert_eq!(hub.value(&document, "full_name"), None);
    assert_eq!(waiting_receipts(&hub.replica, &document, &hub), [ReceiptState::Waiting; 2]);
    for _ in 0..3 {
        settle(&hub, &[&here, &there]).await;
    }
    for place in [&hub, &here, &there] {
        assert_eq!(place.value(&document, "full_name"), None);
    }
    assert_eq!(waiting_receipts(&hub.replica, &document, &hub), [ReceiptState::Erased; 2]);
    let report = ledger(&hub);
    assert!(report.ok, "{report:?}");
    assert_eq!(report.purged_documents, 1);
    assert_eq!(purge(DECISION, &preview.confirm).unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn the_books_notice_a_change_that_is_nowhere() {
    let (hub, here, _) = two_wards().await;
    let document = here.person("Nguyễn Văn An");
    here.set(&document, "phone", "0911111111");
    settle(&hub, &[&here]).await;
    assert!(ledger(&hub).ok);
    let lost = hub.replica.store().write(|tx| {
        let last = tx.change_metas(&document)?.pop().unwrap();
        tx.remove_changes(&document, &[last.hash])?;
        Ok::<_, wardbook_store::StoreError>(last.hash)
    });
    let lost = lost.unwrap();
    let report = ledger(&hub);
    assert!(!report.ok);
    let line = report.wards.iter().find(|line| line.ward == ward()).unwrap();
    assert_eq!(line.missing.iter().map(|named| named.hash).collect::<Vec<_>>(), [lost]);
}

#[tokio::test]
async fn a_restored_hub_asks_the_wards_and_gets_back_what_it_lost() {
    let (hub, here, there) = two_wards().await;
    let kept = here.person("Nguyễn Văn An");
    settle(&hub, &[&here, &there]).await;
    let backup = hub.backup();
    let lost = here.person("Trần Thị Bình");
    here.set(&kept, "phone", "0911111111");
    settle(&hub, &[&here, &there]).await;
    let restored = hub.restored_from(&backup);
    assert!(restored.replica.begin_hub().unwrap());
    assert!(!restored.replica.begin_hub().unwrap(), "once is enough");
    assert_eq!(restored.value(&lost, "full_name"), None);
    for _ in 0..6 {
        for node in [&here, &there] {
            node.replica.sync_all(&Line::to(&restored), 50).await.unwrap();
        }
    }
    restored.replica.project_all().unwrap();
    assert_eq!(restored.value(&lost, "full_name").as_deref(), Some("Trần Thị Bình"));
    assert_eq!(restored.value(&kept, "phone").as_deref(), Some("0911111111"));
    let report = ledger(&restored);
    assert!(report.ok, "{report:?}");
    let events = restored.replica.events(&restored.viewer, None, 100).unwrap();
    let codes: Vec<&str> = events.iter().map(|event| event.code.as_str()).collect();
    assert!(codes.contains(&"hub_rolled_back") && codes.contains(&"reconciled"), "{codes:?}");
    let status = restored.replica.ward_status(&restored.viewer, &ward()).unwrap();
    assert_eq!((status.state, status.equal_now), (WardState::Equal, true));
}

#[tokio::test]
async fn what_was_erased_after_the_backup_stays_erased_in_a_restored_hub() {
    let (hub, here, there) = two_wards().await;
    let erased = here.person("Nguyễn Văn An");
    let kept = here.person("Trần Thị Bình");
    settle(&hub, &[&here, &there]).await;
    let folder = tempfile::tempdir().unwrap();
    let (before, today) = (folder.path().join("before.age"), folder.path().join("today.age"));
    let identity = hub.replica.store().renew_recovery_identity().unwrap();
    hub.replica.store().backup_to(&before).unwrap();
    let confirm = hub.replica.purge_preview(&hub.viewer, &erased).unwrap().confirm;
    hub.replica.purge_person(&hub.viewer, &erased, DECISION, &confirm).unwrap();
    let keys = hub.replica.store().backup_to(&today).unwrap().keys;
    let restored = hub.replaced_by(|to| {
        wardbook_store::open_backup_with(&before, &keys, &identity, to).unwrap();
    });
    assert!(restored.replica.begin_hub().unwrap());
    restored.replica.project_all().unwrap();
    for _ in 0..4 {
        for node in [&here, &there] {
            node.replica.sync_all(&Line::to(&restored), 50).await.unwrap();
        }
    }
    for place in [&restored, &here, &there] {
        assert_eq!(place.value(&erased, "full_name"), None);
    }
    assert_eq!(here.value(&kept, "full_name").as_deref(), Some("Trần Thị Bình"));
    let report = ledger(&restored);
    assert!(report.ok && report.purged_documents == 1, "{report:?}");
    let status = restored.replica.ward_status(&restored.viewer, &ward()).unwrap();
    assert!(status.equal_now, "{status:?}");
}

#[tokio::test]
async fn officers_write_under_another_epoch_in_every_run_and_a_look_writes_nothing() {
    let hub = Place::hub(1);
    let epoch = |place: &Place| {
        place.replica.store().read(|tx| {
            Ok::<_, wardbook_store::StoreError>(wardbook_sync::ports::HubPort::hub(tx).unwrap().1)
        })
    };
    let found = epoch(&hub).unwrap();
    hub.replica.wards_status(&hub.viewer).unwrap();
    assert_eq!(epoch(&hub).unwrap(), found);
    let document = hub.person("Nguyễn Văn An");
    let first = epoch(&hub).unwrap();
    assert_ne!(first, found);
    hub.set(&document, "phone", "0911111111");
    assert_eq!(epoch(&hub).unwrap(), first, "one run, one epoch");
    let hub = hub.reopened();
    hub.set(&document, "phone", "0922222222");
    assert_ne!(epoch(&hub).unwrap(), first);
}
