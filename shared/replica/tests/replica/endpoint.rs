//! The hub's endpoint when its workers fail, and calls that come in files.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use wardbook_record::Lang;
use wardbook_replica::deep::{DeepCheck, DeepReport, DeepUnavailable, DeepWork};
use wardbook_replica::{BundleAnswered, BundleError, SyncError};

use crate::common::{Line, Place, enrolled_node, settle, ward};

/// Workers that can be taken away; counts what they are asked.
#[derive(Default)]
struct Frail {
    gone: AtomicBool,
    asked: AtomicU32,
}

impl DeepCheck for Frail {
    fn check(&self, work: Vec<DeepWork>) -> Result<DeepReport, DeepUnavailable> {
        if self.gone.load(Ordering::Relaxed) {
            return Err(DeepUnavailable("taken away".to_owned()));
        }
        self.asked.fetch_add(u32::try_from(work.len()).unwrap(), Ordering::Relaxed);
        Ok(DeepReport::default())
    }
}

#[tokio::test]
async fn without_workers_nothing_comes_in_and_nothing_is_lost() {
    let hub = Place::hub_without_deep_check(1);
    let workers = Arc::new(Frail::default());
    hub.replica.set_deep_check(workers.clone());
    let node = enrolled_node(&hub, 2, "Máy 1").await;
    let document = node.person("Nguyễn Văn An");
    workers.gone.store(true, Ordering::Relaxed);
    let refused = node.replica.sync_all(&Line::to(&hub), 5).await.unwrap_err();
    assert!(
        matches!(&refused, SyncError::Rejected { code, retry_after_s: 1.. } if code == "busy"),
        "{refused:?}"
    );
    assert_eq!(hub.value(&document, "full_name"), None);
    workers.gone.store(false, Ordering::Relaxed);
    settle(&hub, &[&node]).await;
    assert_eq!(hub.value(&document, "full_name").as_deref(), Some("Nguyễn Văn An"));
}

#[tokio::test]
async fn a_call_that_brings_nothing_asks_no_worker_and_loads_no_document() {
    let hub = Place::hub_without_deep_check(1);
    let workers = Arc::new(Frail::default());
    hub.replica.set_deep_check(workers.clone());
    let node = enrolled_node(&hub, 2, "Máy 1").await;
    node.person("Nguyễn Văn An");
    settle(&hub, &[&node]).await;
    let (asked, loaded) =
        (workers.asked.load(Ordering::Relaxed), hub.replica.store().counters().documents_loaded);
    assert!(asked > 0);
    node.replica.sync_all(&Line::to(&hub), 5).await.unwrap();
    assert_eq!(workers.asked.load(Ordering::Relaxed), asked);
    assert_eq!(hub.replica.store().counters().documents_loaded, loaded);
}

#[tokio::test]
async fn a_bundle_is_not_taken_by_another_hub_nor_from_a_revoked_machine_nor_when_damaged() {
    let (hub, other) = (Place::hub(1), Place::hub(2));
    let node = enrolled_node(&hub, 3, "Máy 1").await;
    let document = node.person("Nguyễn Văn An");
    let up = node
        .replica
        .export_bundle(&node.viewer, wardbook_replica::BundleWish::default())
        .unwrap()
        .bytes;
    let code = |answer: Result<BundleAnswered, BundleError>| {
        let error = answer.unwrap_err();
        assert!(!error.sentence(Lang::Vi).contains("lỗi lạ"), "{error:?}");
        assert_ne!(error.sentence(Lang::Vi), error.sentence(Lang::En));
        error.code()
    };
    assert_eq!(code(other.replica.import_bundle(&other.viewer, &up)), "bundle_not_for_us");
    let mut bent = up.clone();
    let middle = bent.len() / 2;
    bent[middle] ^= 1;
    assert_eq!(code(hub.replica.import_bundle(&hub.viewer, &bent)), "not_a_bundle");
    let device = hub.replica.ward_status(&hub.viewer, &ward()).unwrap().devices[0].device;
    hub.replica.revoke_device(&hub.viewer, &device).unwrap();
    assert_eq!(code(hub.replica.import_bundle(&hub.viewer, &up)), "device_revoked");
    assert_eq!(hub.value(&document, "full_name"), None);
    hub.replica.readmit_device(&hub.viewer, &device).unwrap();
    let taken = hub.replica.import_bundle(&hub.viewer, &up).unwrap();
    assert_eq!((taken.device, taken.ward, taken.pushed), (device, ward(), 1));
    assert_eq!(hub.value(&document, "full_name").as_deref(), Some("Nguyễn Văn An"));
}
