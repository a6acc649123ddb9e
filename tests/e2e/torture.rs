//! The short form of the torture run; `wardbook-torture` is the long one.

use std::time::Duration;

use wardbook_tests::harness::{Quality, keep_artefact};
use wardbook_tests::torture::{Plan, Torture};

/// Strikes of the short form.
const ROUNDS: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_and_twenty_nodes_survive_what_a_year_brings() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan {
        seed: 3,
        rounds: ROUNDS,
        nodes: 20,
        wards: 10,
        people: 4,
        quality: Quality {
            round_trip: Duration::from_millis(4),
            lost_per_mille: 5,
            cut_per_mille: 5,
            doubled_percent: 20,
            replayed_percent: 20,
            ..Quality::GOOD
        },
        traced: true,
    };
    let torture = Torture::begin(folder.path(), plan).await;
    let report = torture.run(|_, _| ()).await;
    keep_artefact("torture.txt", format!("{report:#?}").as_bytes());
    assert!(report.lost.is_empty(), "lost: {:?}", report.lost);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert!(report.kill_points >= 40 && report.acknowledged >= 50, "{report:?}");
    let lines = report.lines;
    assert!(lines.doubled > 0 && lines.replayed > 0 && lines.cuts > 0, "{lines:?}");
}
