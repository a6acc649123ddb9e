//! A ward without a line: bundles on a USB stick, in both directions.

use serde_json::json;
use wardbook_tests::city;
use wardbook_tests::harness::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ward_without_a_line_is_equal_after_two_walks_with_a_stick() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố thử", "723").await;
    let ward = town.wards().await[0].0.clone();
    for name in ["far", "near"] {
        town.join(name, &ward).await;
    }
    // More than one request holds: the bundle has several frames.
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, 620, 3).expect("a workbook");
    town.nodes[0].line.cut();
    town.nodes[0].import(&workbook).await;
    let (up, down) = (folder.path().join("up.wardbundle"), folder.path().join("down.wardbundle"));
    let (up, down) = (up.to_str().expect("UTF-8"), down.to_str().expect("UTF-8"));
    let again = folder.path().join("again.wardbundle");
    let again = again.to_str().expect("UTF-8");

    town.nodes[0].run(&["export-bundle", up]).await.ok();
    let bytes = std::fs::read(up).expect("the bundle");
    assert!(!bytes.windows(6).any(|six| six == "Nguyễn".as_bytes().get(..6).unwrap_or(b"Nguyen")));
    town.hub.run(&["import-bundle", up, "--reply", down]).await.ok();
    // Twice is harmless.
    town.hub.run(&["import-bundle", up, "--reply", again]).await.ok();
    town.nodes[1].sync_until_equal().await;
    assert_eq!(town.nodes[1].status().await["people"], json!(620));

    // Somebody with a line edits; the reply to the next bundle brings it.
    town.nodes[0].run(&["import-bundle", down]).await.ok();
    town.nodes[0].run(&["import-bundle", again]).await.ok();
    town.nodes[1].start().await.expect("the node serves");
    let person = town.nodes[1].api().people("limit=1").await[0].clone();
    town.nodes[1].api().set(&person, &[("phone", "0906666666")]).await.expect("an answer").ok();
    town.nodes[1].sync_until_equal().await;
    let (up2, down2) =
        (folder.path().join("up2.wardbundle"), folder.path().join("down2.wardbundle"));
    let (up2, down2) = (up2.to_str().expect("UTF-8"), down2.to_str().expect("UTF-8"));
    town.nodes[0].run(&["export-bundle", up2]).await.ok();
    town.hub.run(&["import-bundle", up2, "--reply", down2]).await.ok();
    town.nodes[0].run(&["import-bundle", down2]).await.ok();
    let status = town.nodes[0].status().await;
    assert_eq!(status["waiting"], json!(0), "{status}");
    assert_eq!(status["digest"], town.hub_digest(&ward).await, "{status}");
    town.nodes[0].start().await.expect("the node serves");
    let there = town.nodes[0].api().person(&person).await;
    assert_eq!(there["values"]["phone"], json!("0906666666"));

    // A reply for another machine, and a damaged one, are refused with a sentence.
    let refused = town.nodes[1].run(&["import-bundle", down2]).await;
    assert_ne!(refused.code, Some(0), "{refused:?}");
    let mut broken = std::fs::read(up2).expect("the bundle");
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    std::fs::write(up2, broken).expect("written");
    let reply = folder.path().join("never.wardbundle");
    let refused =
        town.hub.run(&["import-bundle", up2, "--reply", reply.to_str().expect("UTF-8")]).await;
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert!(!reply.exists(), "no half reply");
    // The line is back: nothing is sent twice.
    town.nodes[0].line.restore();
    let synced = town.nodes[0].sync_until_equal().await;
    assert_eq!(synced["pushed"], json!(0), "{synced}");
    town.hub.run(&["audit"]).await.ok();
}
