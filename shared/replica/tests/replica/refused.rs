//! One refused change among many: the others arrive, later edits are kept, people can read all of it.

use std::sync::{Arc, Mutex};

use crate::common::{Place, enrolled_node, settle};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::Lang;
use wardbook_replica::deep::{DeepCheck, DeepReport, DeepUnavailable, DeepWork};
use wardbook_replica::{EventCode, SyncState};

/// Condemns what it is told to, as if it would destroy a document.
#[derive(Default)]
struct Condemns(Mutex<Vec<(DocumentId, ChangeHash)>>);

impl DeepCheck for Condemns {
    fn check(&self, work: Vec<DeepWork>) -> Result<DeepReport, DeepUnavailable> {
        let told = self.0.lock().unwrap();
        let fresh = work.iter().flat_map(|work| {
            work.fresh.iter().map(|(hash, _)| (work.document, *hash)).collect::<Vec<_>>()
        });
        let condemned = fresh.filter(|key| told.contains(key)).collect();
        Ok(DeepReport { condemned, ..DeepReport::default() })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_holds_up_nothing_and_its_later_edits_are_kept() {
    let hub = Place::hub_without_deep_check(401);
    let judge = Arc::new(Condemns::default());
    hub.replica.set_deep_check(judge.clone());
    let node = enrolled_node(&hub, 402, "Máy 1").await;
    let person = node.person("Nguyễn Thị Hoa");
    let others: Vec<DocumentId> = (0..20).map(|n| node.person(&format!("Người {n}"))).collect();
    settle(&hub, &[&node]).await;

    node.set(&person, "phone", "0902");
    let heads = node.replica.person_values(&node.viewer, &person).unwrap().unwrap().1;
    judge.0.lock().unwrap().push((person, heads[0]));
    node.set(&person, "email", "hoa@example.vn");
    node.set(&person, "birth_place.text", "ghi chú sau");
    for other in &others {
        node.set(other, "phone", "0903");
    }
    settle(&hub, &[&node]).await;

    for other in &others {
        assert_eq!(hub.value(other, "phone").as_deref(), Some("0903"));
    }
    for place in [&hub, &node] {
        assert_eq!(place.value(&person, "phone").as_deref(), Some("0900000001"), "refused");
        assert_eq!(place.value(&person, "email").as_deref(), Some("hoa@example.vn"), "kept");
        assert_eq!(
            place.value(&person, "birth_place.text").as_deref(),
            Some("ghi chú sau"),
            "kept"
        );
    }
    let kept = node.replica.kept_changes(&node.viewer).unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept = &kept[0];
    assert_eq!((kept.document, kept.hash, kept.own), (person, heads[0], true));
    assert_eq!((kept.full_name.as_str(), kept.later_kept), ("Nguyễn Thị Hoa", 2));
    assert!(!kept.reason.is_empty());
    let said: Vec<&str> = kept.content.iter().map(|value| value.value.as_str()).collect();
    assert_eq!(said, ["0902"], "what it said can be read");
    let status = node.replica.sync_status(Lang::Vi).unwrap();
    assert_eq!((status.state, status.equal), (SyncState::Attention, true));
    assert!(status.text.contains("phần còn lại đã đồng bộ"), "{}", status.text);
    let events = node.replica.node_events(&node.viewer, 10).unwrap();
    assert!(events.iter().any(|event| event.code == EventCode::Refused && event.count == 1));
    assert!(events.iter().any(|event| event.code == EventCode::WrittenAnew && event.count == 2));

    // The record goes on as if nothing had been.
    node.set(&person, "phone", "0904");
    settle(&hub, &[&node]).await;
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0904"));
    node.replica.dismiss_kept(&node.viewer, &person, &heads[0]).unwrap();
    let status = node.replica.sync_status(Lang::Vi).unwrap();
    assert_eq!(status.state, SyncState::Equal, "{status:?}");
    let kept = node.replica.kept_changes(&node.viewer).unwrap();
    assert!(kept[0].seen_at.is_some(), "put away, and still there to read");
}
