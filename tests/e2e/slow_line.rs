//! On a line of 256 kbit/s, 300 ms and 2 % loss. What a call costs is counted in round trips of the line
//! (handshakes, turns, bytes by its rate, stalls), never by a clock.

use std::fmt::Write as _;

use serde_json::json;
use wardbook_tests::city;
use wardbook_tests::harness::{ChaosLine, Node, Quality, Tally, Town, keep_artefact};

/// People of the ward: in CI; by command with `WARDBOOK_PEOPLE=2886`.
const PEOPLE: usize = 289;
/// Documents that change: 1 % of 2,886.
const CHANGED: usize = 29;
/// How often the cold pull is cut.
const CUTS: u64 = 10;

fn people() -> usize {
    std::env::var("WARDBOOK_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(PEOPLE)
}

/// One `sync` over a line, and what it took there.
async fn counted(node: &Node, line: &ChaosLine) -> (Tally, serde_json::Value) {
    let before = line.tally();
    let answer = node.run(&["sync"]).await.ok().json();
    (line.tally().since(&before), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_country_line_is_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found_with(folder.path(), "Thành phố thử", "723", true).await;
    let ward = town.wards().await[0].0.clone();
    let hub = town.hub.sync_address.parse().expect("an address");
    let mut lines = Vec::new();
    for (seed, name) in [(1, "first"), (2, "second")] {
        let index = town.join(name, &ward).await;
        let line = ChaosLine::open(hub, Quality::GOOD, seed).await.expect("a line");
        town.nodes[index].line.lead_to(line.address());
        lines.push(line);
    }
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, people(), 7).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town.nodes[0].sync_until_equal().await;
    let mut text = String::new();

    // A cold pull that is cut ten times goes on where it was: at most one chunk each is sent again.
    let whole = cold_pull_bytes(&mut town, &ward).await;
    lines[1].set_quality(Quality::COUNTRY);
    let before = lines[1].tally();
    let mut cut = 0;
    for n in 0..CUTS {
        lines[1].cut_once_after(whole * (n + 1) / (CUTS + 2) / 2);
        let finished = town.nodes[1].run(&["sync"]).await;
        cut += u64::from(finished.code == Some(4));
    }
    town.nodes[1].sync_until_equal().await;
    let pulled = lines[1].tally().since(&before);
    let _ = writeln!(text, "cold pull, cut {cut} times: {pulled:?}; without cuts {whole} B");
    assert!(cut >= CUTS / 2, "only {cut} cuts came: {pulled:?}");
    // A chunk is what one answer brings.
    let chunk = whole.min(512 * 1024);
    assert!(pulled.down <= whole + cut * chunk + 16 * 1024, "{pulled:?}, whole {whole}");
    assert_eq!(town.nodes[1].status().await["people"], json!(people()));

    lines[0].set_quality(Quality::COUNTRY);
    town.nodes[0].sync_until_equal().await;
    let (quiet, answer) = counted(&town.nodes[0], &lines[0]).await;
    let trips = quiet.round_trips_milli(&Quality::COUNTRY);
    let _ = writeln!(text, "no-op: {trips} thousandths of a round trip, {quiet:?}");
    assert_eq!(answer["round_trips"], json!(1), "{answer}");
    // Set-up is the handshake of TCP; a stall is the line's.
    assert!(trips <= 3000 + quiet.lost * 1000, "{trips}: {quiet:?}");

    town.nodes[0].start().await.expect("the node serves");
    town.nodes[0].line.cut();
    let api = town.nodes[0].api();
    for (n, id) in api.people(&format!("limit={CHANGED}")).await.iter().enumerate() {
        api.set(id, &[("phone", &format!("09{n:08}"))]).await.expect("an answer").ok();
    }
    town.nodes[0].kill().await;
    town.nodes[0].line.restore();
    let (pushed, answer) = counted(&town.nodes[0], &lines[0]).await;
    let trips = pushed.round_trips_milli(&Quality::COUNTRY);
    let _ = writeln!(text, "{CHANGED} changed: {trips} thousandths of a round trip, {pushed:?}");
    assert_eq!(answer["pushed"], json!(CHANGED), "{answer}");
    assert!(trips <= 8000, "{trips}: {pushed:?}");
    keep_artefact("slow_line.txt", text.as_bytes());
}

/// What a cold pull of the ward brings down, by a third node on a good line.
async fn cold_pull_bytes(town: &mut Town, ward: &str) -> u64 {
    let index = town.join("measure", ward).await;
    let (_, before, _) = town.nodes[index].line.carried();
    town.nodes[index].sync_until_equal().await;
    let (_, after, _) = town.nodes[index].line.carried();
    after - before
}
