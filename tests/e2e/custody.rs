//! Records that move: transfer with a late edit, secondment, merger of wards, and erasure.

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::{Town, copy_data, empty_folder};

const DECISION: &str = "QĐ 12/QĐ-UBND ngày 01/06/2025";

/// A hub and a node in each of the first `wards` wards, each with some people.
pub(super) async fn town_of(folder: &std::path::Path, wards: usize) -> Town {
    let mut town = Town::found(folder, "Thành phố thử", "723").await;
    for (n, (ward, _)) in town.wards().await.into_iter().take(wards).enumerate() {
        let index = town.join(&format!("node-{n}"), &ward).await;
        let workbook = folder.join(format!("{n}.xlsx"));
        city::write_ward(&workbook, &ward, 5, 40 + n as u64).expect("a workbook");
        town.nodes[index].import(&workbook).await;
        town.nodes[index].sync_until_equal().await;
        town.nodes[index].start().await.expect("the node serves");
    }
    town
}

pub(super) async fn sync_all(town: &Town) {
    for _ in 0..2 {
        for node in &town.nodes {
            node.sync_until_equal().await;
        }
    }
}

async fn people(town: &Town, node: usize) -> Value {
    town.nodes[node].status().await["people"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transferred_record_goes_over_whole_with_what_its_old_ward_wrote_too_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (old, new) = (town.nodes[0].api(), town.nodes[1].api());
    let person = old.people("limit=1").await[0].clone();
    let target = town.nodes[1].ward.clone();
    old.set(&person, &[("email", "truoc@example.vn")]).await.expect("an answer").ok();
    town.nodes[0].sync_until_equal().await;

    // Written before the old ward could know, on two fields: one of them the new ward writes, too.
    town.nodes[0].line.cut();
    let words = ["custody", "transfer", &person, "--to", &target, "--decision", DECISION];
    town.hub.run(&words).await.ok();
    town.nodes[1].sync_until_equal().await;
    new.set(&person, &[("phone", "0902222222")]).await.expect("an answer").ok();
    town.nodes[1].sync_until_equal().await;
    old.set(&person, &[("bank_account", "OLD-1")]).await.expect("an answer").ok();
    old.set(&person, &[("phone", "0901111111")]).await.expect("an answer").ok();
    town.nodes[0].line.restore();
    sync_all(&town).await;

    // What nobody touched since is merged; what somebody did waits for a person, with both values.
    let there = new.person(&person).await;
    assert_eq!(there["values"]["email"], json!("truoc@example.vn"));
    assert_eq!(there["values"]["bank_account"], json!("OLD-1"));
    assert_eq!(there["values"]["phone"], json!("0902222222"));
    let late = town.hub.run(&["late", "list"]).await.ok().stdout;
    assert!(late.contains("0901111111") && late.contains("0902222222"), "{late}");

    // The old ward has forgotten the record; an edit there is refused with a sentence.
    let gone = old.call(reqwest::Method::GET, &format!("/people/{person}"), None).await;
    assert_eq!(gone.expect("an answer").status, 404);
    assert_eq!(people(&town, 0).await, json!(4));
    assert_eq!(people(&town, 1).await, json!(6));
    town.hub.run(&["audit"]).await.ok();

    // And back again.
    let home = town.nodes[0].ward.clone();
    let words = ["custody", "transfer", &person, "--to", &home, "--decision", DECISION];
    town.hub.run(&words).await.ok();
    sync_all(&town).await;
    let again = old.person(&person).await;
    assert_eq!(again["values"]["phone"], json!("0902222222"));
    old.set(&person, &[("email", "sau@example.vn")]).await.expect("an answer").ok();
    sync_all(&town).await;
    assert_eq!(town.hub.api().person(&person).await["values"]["email"], json!("sau@example.vn"));
    assert_eq!(people(&town, 1).await, json!(5));
    let history = town.hub.run(&["custody", "history", &person]).await.ok().stdout;
    assert!(history.contains("QĐ 12"), "{history}");
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seconded_person_is_read_by_two_wards_written_by_one_and_counted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (owner, reader) = (town.nodes[0].api(), town.nodes[1].api());
    let person = owner.people("limit=1").await[0].clone();
    let target = town.nodes[1].ward.clone();
    let before = town.hub.run(&["report", "--as-of", "2025-06-30"]).await.ok().json();
    let words = ["custody", "lend", &person, "--to", &target, "--decision", DECISION];
    town.hub.run(&words).await.ok();
    sync_all(&town).await;

    owner.set(&person, &[("phone", "0903333333")]).await.expect("an answer").ok();
    sync_all(&town).await;
    assert_eq!(reader.person(&person).await["values"]["phone"], json!("0903333333"));
    let refused = reader.set(&person, &[("phone", "0904444444")]).await.expect("an answer");
    assert!(refused.status >= 400, "{refused:?}");
    assert_eq!(refused.body["code"], json!("not_custodian"), "{refused:?}");
    let after = town.hub.run(&["report", "--as-of", "2025-06-30"]).await.ok().json();
    assert_eq!(before["totals"], after["totals"]);
    assert_eq!(people(&town, 1).await, json!(5), "a lent record is not the reader's own");

    let words = ["custody", "return", &person, "--from", &target, "--decision", DECISION];
    town.hub.run(&words).await.ok();
    sync_all(&town).await;
    let gone = reader.call(reqwest::Method::GET, &format!("/people/{person}"), None).await;
    assert_eq!(gone.expect("an answer").status, 404);
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_ward_goes_over_whole_with_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let mut before = town.nodes[0].api().people("limit=50").await;
    before.extend(town.nodes[1].api().people("limit=50").await);
    let (from, to) = (town.nodes[0].ward.clone(), town.nodes[1].ward.clone());
    let words = ["ward", "merge", "--from", &from, "--to", &to, "--decision", DECISION, "--force"];
    town.hub.run(&words).await.ok();
    sync_all(&town).await;
    let mut after = town.nodes[1].api().people("limit=50").await;
    before.sort();
    after.sort();
    assert_eq!(before, after, "the same records, with the same ids");
    assert_eq!(people(&town, 0).await, json!(0));
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_record_is_forgotten_everywhere_and_comes_back_from_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = town_of(folder.path(), 1).await;
    let ward = town.nodes[0].ward.clone();
    let second = town.join("offline", &ward).await;
    town.nodes[second].sync_until_equal().await;
    town.nodes[second].start().await.expect("the node serves");
    let person = town.nodes[0].api().people("limit=1").await[0].clone();
    let hub_before = folder.path().join("before.age");
    town.hub.run(&["backup", hub_before.to_str().expect("UTF-8")]).await.ok();

    // One node is off line, and even edits the record meanwhile.
    town.nodes[second].line.cut();
    let words = ["person", "purge", &person, "--reason", DECISION];
    let shown = town.hub.run(&words).await.ok();
    assert_eq!(town.hub.api().people("limit=50").await.len(), 5, "nothing yet: {shown:?}");
    town.hub.run(&[&words[..], &["--yes"]].concat()).await.ok();
    let edited = town.nodes[second].api().set(&person, &[("phone", "0905555555")]).await;
    edited.expect("an answer").ok();
    town.nodes[0].sync_until_equal().await;
    let status = town.hub.run(&["person", "purge-status"]).await.ok().stdout;
    assert!(status.contains(&person), "{status}");

    town.nodes[second].line.restore();
    sync_all(&town).await;
    for api in [town.hub.api(), town.nodes[0].api(), town.nodes[second].api()] {
        let answer = api.call(reqwest::Method::GET, &format!("/people/{person}"), None).await;
        assert_eq!(answer.expect("an answer").status, 404);
        assert_eq!(api.people("limit=50").await.len(), 4);
    }
    town.hub.run(&["audit"]).await.ok();

    // The backup of before, with today's keys: the record is not readable in it any more.
    let today = folder.path().join("today.age");
    town.hub.run(&["backup", today.to_str().expect("UTF-8")]).await.ok();
    let keep = folder.path().join("keep");
    town.hub.kill().await;
    assert!(copy_data(&town.hub.data, &keep));
    empty_folder(&town.hub.data);
    let keys = |backup: &std::path::Path| {
        let name = backup.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let stem = name.trim_end_matches(".age").to_owned();
        let folder = std::fs::read_dir(backup.parent().expect("a folder")).expect("a folder");
        folder
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let other = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                other != name && other.starts_with(&stem) && other.contains("keys")
            })
            .expect("the keys lie beside the backup")
    };
    std::fs::copy(keys(&today), keys(&hub_before)).expect("copied");
    let identity = folder.path().join("identity.txt");
    std::fs::write(&identity, &town.hub.recovery).expect("written");
    let words = [
        "restore",
        hub_before.to_str().expect("UTF-8"),
        "--identity",
        identity.to_str().expect("UTF-8"),
    ];
    town.hub.run(&words).await.ok();
    town.hub.start().await.expect("the hub serves");
    let answer =
        town.hub.api().call(reqwest::Method::GET, &format!("/people/{person}"), None).await;
    assert_eq!(answer.expect("an answer").status, 404);
    sync_all(&town).await;
    assert_eq!(town.hub.api().people("limit=50").await.len(), 4, "nobody gives it back");
}
