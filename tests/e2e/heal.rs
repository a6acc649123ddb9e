//! Old copies, copied disks and a hub put back: no edit is lost, nobody is asked anything, and the
//! console's data says what happened.

use std::path::PathBuf;

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Town, copy_data, empty_folder, witness_of};

const PEOPLE: usize = 6;

/// A hub and nodes of one ward that hold the same people.
async fn town_of(folder: &std::path::Path, nodes: &[&str]) -> (Town, Vec<String>) {
    let mut town = Town::found(folder, "Thành phố thử", "723").await;
    let ward = town.wards().await[0].0.clone();
    for name in nodes {
        town.join(name, &ward).await;
    }
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, PEOPLE, 4).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    for node in &mut town.nodes {
        node.sync_until_equal().await;
        node.start().await.expect("the node serves");
    }
    let people = town.nodes[0].api().people("limit=50").await;
    assert_eq!(people.len(), PEOPLE);
    (town, people)
}

/// The field that an end writes: each its own, so that a save never meets another's.
fn field_of(name: &str) -> &'static str {
    match name.split('-').next() {
        Some("second" | "unsent" | "twin") => "email",
        Some("officer") => "tax_code",
        _ => "bank_account",
    }
}

/// `count` edits, spread over the people; the (person, value) of each.
async fn edit(api: &Api, people: &[String], name: &str, count: usize) -> Vec<(String, String)> {
    let mut saved = Vec::new();
    for n in 0..count {
        let (person, value) = (people[n % people.len()].clone(), format!("{name}-{n}"));
        api.set(&person, &[(field_of(name), &value)]).await.expect("an answer").ok();
        saved.push((person, value));
    }
    saved
}

/// Every saved value stands in the hub's history; the ledger adds up; the ends are equal.
async fn nothing_is_lost(town: &Town, saved: &[(String, String)]) {
    let hub = town.hub.api();
    let mut lost = Vec::new();
    for (person, value) in saved {
        if !hub.history_texts(person).await.contains(value) {
            lost.push(value);
        }
    }
    assert!(lost.is_empty(), "lost: {lost:?}");
    for node in &town.nodes {
        let status = node.status().await;
        assert_eq!(status["digest"], town.hub_digest(&node.ward).await, "{status}");
        node.run(&["scrub"]).await.ok();
    }
    town.hub.run(&["scrub"]).await.ok();
    town.hub.run(&["audit"]).await.ok();
}

/// The codes of what the console says happened.
async fn events(town: &Town) -> Vec<String> {
    let answer = town.hub.api().get("/events").await;
    let all = answer["events"].as_array().expect("events").clone();
    all.iter().map(|event| event["code"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The node's data is put back to a copy that is 30 edits old; `knows`: the witness beside the folder is
/// today's, so that the node notices by itself.
async fn an_old_copy(knows: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, people) = town_of(folder.path(), &["node"]).await;
    let data = town.nodes[0].data.clone();
    let copy: PathBuf = folder.path().join("copy");
    let mut saved = edit(&town.nodes[0].api(), &people, "before", 3).await;
    // Three of them are not sent when the copy is made.
    town.nodes[0].line.cut();
    saved.extend(edit(&town.nodes[0].api(), &people, "unsent", 3).await);
    town.nodes[0].kill().await;
    assert!(copy_data(&data, &copy));
    town.nodes[0].line.restore();
    town.nodes[0].start().await.expect("the node serves");
    saved.extend(edit(&town.nodes[0].api(), &people, "lost-here", 30).await);
    town.nodes[0].sync_until_equal().await;

    town.nodes[0].kill().await;
    let newest = std::fs::read(witness_of(&data)).ok();
    assert!(newest.is_some(), "there is a witness beside the folder");
    empty_folder(&data);
    assert!(copy_data(&copy, &data));
    if let Some(newest) = newest.filter(|_| knows) {
        std::fs::write(witness_of(&data), newest).expect("written");
    }
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    saved.extend(edit(&town.nodes[0].api(), &people, "after", 5).await);
    town.nodes[0].line.restore();
    town.nodes[0].sync_until_equal().await;
    nothing_is_lost(&town, &saved).await;
    assert!(events(&town).await.contains(&"rotated".to_owned()), "{:?}", events(&town).await);
    // Every value is at the node, too.
    for (person, value) in &saved {
        assert!(town.nodes[0].api().history_texts(person).await.contains(value), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ward_put_back_thirty_edits_notices_it_by_itself_and_loses_nothing() {
    an_old_copy(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ward_put_back_thirty_edits_learns_it_from_the_hub_and_loses_nothing() {
    an_old_copy(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_disk_keeps_the_edits_of_both_and_shows_at_the_hub() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, people) = town_of(folder.path(), &["node"]).await;
    town.nodes[0].kill().await;
    let twin = town.twin(0, "twin").await;
    assert!(copy_data(&town.nodes[0].data, &town.nodes[twin].data));
    for index in [0, twin] {
        town.nodes[index].start().await.expect("the node serves");
    }
    let mut saved = Vec::new();
    for round in 0..3 {
        for (index, name) in [(0, "original"), (twin, "twin")] {
            let name = format!("{name}-{round}");
            saved.extend(edit(&town.nodes[index].api(), &people, &name, 4).await);
        }
        for index in [0, twin] {
            town.nodes[index].sync_until_equal().await;
        }
    }
    for index in [0, twin, 0] {
        town.nodes[index].sync_until_equal().await;
    }
    nothing_is_lost(&town, &saved).await;
    let events = events(&town).await;
    assert!(events.contains(&"rotated".to_owned()), "{events:?}");
    assert!(events.contains(&"two_places".to_owned()), "{events:?}");
    let rotations = events.iter().filter(|code| *code == "rotated").count();
    assert!(rotations <= 2, "copies do not push each other from epoch to epoch: {events:?}");
}

/// The hub is put back to yesterday; `announced`: by its own restore command, else by swapping files.
async fn the_hub_put_back(announced: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, people) = town_of(folder.path(), &["first", "second"]).await;
    let mut saved = edit(&town.nodes[0].api(), &people, "day-one", 4).await;
    town.nodes[0].sync_until_equal().await;
    let (copy, backup) = (folder.path().join("yesterday"), folder.path().join("hub.age"));
    if announced {
        town.hub.run(&["backup", backup.to_str().expect("UTF-8")]).await.ok();
    }
    town.hub.kill().await;
    assert!(copy_data(&town.hub.data, &copy));
    town.hub.start().await.expect("the hub serves");

    saved.extend(edit(&town.nodes[0].api(), &people, "first", 6).await);
    saved.extend(edit(&town.nodes[1].api(), &people, "second", 6).await);
    saved.extend(edit(&town.hub.api(), &people, "officer", 6).await);
    for index in [0, 1, 0] {
        town.nodes[index].sync_until_equal().await;
    }
    let unsent = {
        town.nodes[1].line.cut();
        edit(&town.nodes[1].api(), &people, "unsent", 3).await
    };
    saved.extend(unsent);

    town.hub.kill().await;
    if announced {
        restore_hub(&town, &backup).await;
    } else {
        empty_folder(&town.hub.data);
        assert!(copy_data(&copy, &town.hub.data));
    }
    town.hub.start().await.expect("the hub serves");
    // The officer goes on before any ward has called.
    saved.extend(edit(&town.hub.api(), &people, "officer-again", 3).await);
    town.nodes[1].line.restore();
    for index in [0, 1, 0, 1] {
        town.nodes[index].sync_until_equal().await;
    }
    nothing_is_lost(&town, &saved).await;
    let events = events(&town).await;
    assert!(events.contains(&"hub_rolled_back".to_owned()), "{events:?}");
    assert!(events.contains(&"reconciled".to_owned()), "{events:?}");
}

async fn restore_hub(town: &Town, backup: &std::path::Path) {
    let identity = town.folder.join("identity.txt");
    std::fs::write(&identity, &town.hub.recovery).expect("written");
    empty_folder(&town.hub.data);
    let words = [
        "restore",
        backup.to_str().expect("UTF-8"),
        "--identity",
        identity.to_str().expect("UTF-8"),
    ];
    let restored = town.hub.run(&words).await.ok().json();
    assert_ne!(restored, Value::Null);
    assert_ne!(restored["documents"], json!(0), "{restored}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_restored_from_yesterday_gets_everything_back() {
    the_hub_put_back(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_whose_files_were_swapped_for_yesterdays_gets_everything_back() {
    the_hub_put_back(false).await;
}
