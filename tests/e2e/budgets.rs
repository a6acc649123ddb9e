//! Byte, round-trip and load budgets on one synthetic ward of 2,886 documents, by counters: the bytes
//! are those that a relay between node and hub carried over plain HTTP, headers included.

use std::fmt::Write as _;

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::{Node, Town, Visitor};

const PEOPLE: usize = 2886;
const KB: u64 = 1024;
/// Of the 100 MB that an idle program may hold, its own file takes 30 as it is shipped, and twice as
/// many as it is built for tests; so that part is not counted here.
const MEMORY_KB_MAX: u64 = 70 * 1024;
/// A program that was asked nothing for so long is idle.
const IDLE: std::time::Duration = std::time::Duration::from_secs(2);

/// What one `sync` moved.
#[derive(Debug)]
struct Moved {
    up: u64,
    down: u64,
    answer: Value,
}

async fn measured_sync(node: &Node) -> Moved {
    let (up, down, _) = node.line.carried();
    let answer = node.run(&["sync"]).await.ok().json();
    let (up_now, down_now, _) = node.line.carried();
    Moved { up: up_now - up, down: down_now - down, answer }
}

async fn loaded_at_hub(town: &Town) -> u64 {
    town.hub.run(&["status"]).await.ok().json()["documents_loaded"].as_u64().expect("a count")
}

/// Waits until the hub's projector has nothing left, so that its loads are not counted as sync's.
async fn projected(town: &Town) {
    for _ in 0..600 {
        if town.hub.run(&["status"]).await.ok().json()["projection_lag"] == json!(0) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the hub's projector does not come to rest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_new_29_changes_and_a_cold_pull_cost_what_they_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found_with(folder.path(), "Thành phố thử", "723", true).await;
    let ward = town.wards().await[0].0.clone();
    for name in ["first", "second"] {
        town.join(name, &ward).await;
    }
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, PEOPLE, 1).expect("a workbook");
    assert_eq!(town.nodes[0].import(&workbook).await["created"], json!(PEOPLE));

    let cold_push = measured_sync(&town.nodes[0]).await;
    town.nodes[0].sync_until_equal().await;
    let cold_pull = measured_sync(&town.nodes[1]).await;
    town.nodes[1].sync_until_equal().await;
    assert_eq!(town.nodes[1].status().await["people"], json!(PEOPLE));
    assert!(cold_pull.down <= 6 * KB * KB, "cold pull: {cold_pull:?}");

    projected(&town).await;
    let loaded = loaded_at_hub(&town).await;
    let quiet = measured_sync(&town.nodes[0]).await;
    assert_eq!(quiet.answer["round_trips"], json!(1), "{quiet:?}");
    assert_eq!(quiet.answer["proven_equal"], json!(true), "{quiet:?}");
    assert!(quiet.up + quiet.down <= KB, "no-op: {quiet:?}");
    assert_eq!(loaded_at_hub(&town).await, loaded, "a no-op loads no document at the hub");

    // 1 %: one field of 29 documents, changed while the line was cut.
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    let api = town.nodes[0].api();
    for (n, id) in api.people("limit=29").await.iter().enumerate() {
        api.set(id, &[("phone", &format!("09{n:08}"))]).await.expect("an answer").ok();
    }
    let small = an_office_program_is_small(&town.nodes[0]).await;
    town.nodes[0].kill().await;
    town.nodes[0].line.restore();
    let pushed = measured_sync(&town.nodes[0]).await;
    assert_eq!(pushed.answer["pushed"], json!(29), "{pushed:?}");
    assert_eq!(pushed.answer["round_trips"], json!(1), "{pushed:?}");
    assert!(pushed.up <= 4 * KB && pushed.down <= 4 * KB, "1 %, pushed: {pushed:?}");
    let pulled = measured_sync(&town.nodes[1]).await;
    assert_eq!(pulled.answer["round_trips"], json!(1), "{pulled:?}");
    assert!(pulled.up <= 4 * KB && pulled.down <= 4 * KB, "1 %, pulled: {pulled:?}");

    let mut text = small;
    for (what, moved) in [
        ("cold push", &cold_push),
        ("cold pull", &cold_pull),
        ("no-op", &quiet),
        ("1 % pushed", &pushed),
        ("1 % pulled", &pulled),
    ] {
        let trips = &moved.answer["round_trips"];
        let _ =
            writeln!(text, "{what}: {} B up, {} B down, {trips} round trips", moved.up, moved.down);
    }
    wardbook_tests::harness::keep_artefact("budgets.txt", text.as_bytes());
}

/// Of issue 4: the memory that a program of an office of 2,886 people holds when nobody asks it
/// anything, before and after much was looked at, and the bytes of its pages as a browser gets them.
async fn an_office_program_is_small(node: &Node) -> String {
    let url = format!("http://{}", node.ui_address);
    let visitor = Visitor::first_sign_in(&url, &node.login, &node.password).await;
    tokio::time::sleep(IDLE).await;
    let fresh = node.memory_kb("RssAnon");
    let mut text = String::new();

    // The first page of all brings the styles and the script; the fonts are not counted.
    let list = visitor.get("/people").await.body;
    let mut first = visitor.bytes("/people").await;
    for mark in ["<link rel=\"stylesheet\" href=\"", "<script src=\""] {
        for rest in list.split(mark).skip(1) {
            first += visitor.bytes(rest.split('"').next().expect("an address")).await;
        }
    }
    let _ = writeln!(text, "first page: {first} B");
    assert!(first <= 100 * 1024, "first page: {first} B");

    let people = node.api().people("limit=200").await;
    let paths = ["/people", "/todo", "/todo?when=all", "/statistics", "/conflicts", "/sync"];
    let records = people.iter().map(|id| format!("/people/{id}"));
    let print = format!("/people/{}/print/syll", people[0]);
    for path in records.chain(paths.map(str::to_owned)).chain([print]) {
        let bytes = visitor.bytes(&path).await;
        assert!(bytes <= 20 * 1024, "{path}: {bytes} B");
    }
    tokio::time::sleep(IDLE).await;
    let after = node.memory_kb("RssAnon");
    let _ = writeln!(text, "memory: {fresh} KB after the start, {after} KB after 207 pages");
    assert!(fresh.min(after) > 0 && fresh.max(after) <= MEMORY_KB_MAX, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_a_quiet_call_costs_at_most_three_kilobytes_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố thử", "723").await;
    let ward = town.wards().await[0].0.clone();
    town.join("node", &ward).await;
    town.nodes[0].sync_until_equal().await;
    let quiet = measured_sync(&town.nodes[0]).await;
    assert_eq!(quiet.answer["round_trips"], json!(1), "{quiet:?}");
    assert!(quiet.up + quiet.down <= 4 * KB, "{quiet:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_is_cut_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found_with(folder.path(), "Thành phố thử", "723", true).await;
    let ward = town.wards().await[0].0.clone();
    for name in ["first", "second"] {
        town.join(name, &ward).await;
    }
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, 300, 9).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town.nodes[0].sync_until_equal().await;
    let second = &town.nodes[1];
    second.line.cut_connections_after(10_000);
    let cut = second.run(&["sync"]).await;
    assert_eq!(cut.code, Some(4), "{cut:?}");
    let status = second.status().await;
    assert_ne!(status["state"], json!("equal"), "{status}");
    second.line.restore();
    second.sync_until_equal().await;
    assert_eq!(second.status().await["people"], json!(300));
}
