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
/// Records that the smallest answer brings, 512 KiB of them inflated (decision 20).
const CHUNK_RECORDS: u64 = 200;

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
    let pulled = cut_pull(&town.nodes[1], &lines[1], whole, &mut text).await;
    assert_eq!(pulled.cuts, CUTS, "{pulled:?}");
    // What the smallest answer brings of these records.
    let chunk = whole * CHUNK_RECORDS.min(people() as u64) / people() as u64;
    let sent_again = pulled.down.saturating_sub(whole);
    let _ = writeln!(text, "sent again {sent_again} B, a chunk has {chunk} B; {pulled:?}");
    assert!(sent_again <= CUTS * chunk, "{sent_again}: {pulled:?}, whole {whole}, chunk {chunk}");
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

/// Pulls a ward over a line that breaks ten times, at another place of the stream each time.
///
/// Together the breaks leave at least a sixth of `whole` to be brought, whatever the calls carry,
/// so that no call ends the pull before all breaks have come.
async fn cut_pull(node: &Node, line: &ChaosLine, whole: u64, text: &mut String) -> Tally {
    let before = line.tally();
    let step = whole / (CUTS + 2);
    for n in 0..CUTS {
        line.cut_once_after(step * (n % 3 + 1) / 2);
        let finished = node.run(&["sync"]).await;
        assert_eq!(finished.code, Some(4), "cut {n} did not come: {finished:?}");
        let held = node.status().await["digest"]["count"].clone();
        let _ = writeln!(
            text,
            "cut {}: {} B came, {held} records held",
            n + 1,
            line.tally().since(&before).down
        );
    }
    let held = node.status().await["digest"]["count"].as_u64().expect("a count");
    let cut = line.tally();
    node.sync_until_equal().await;
    // What came before the last break is not sent a second time.
    let rest = line.tally().since(&cut).down;
    let missing = (people() as u64 - held) * whole / people() as u64;
    let _ = writeln!(
        text,
        "cold pull of {whole} B; after the breaks {rest} B for the rest of {missing} B"
    );
    assert!(rest <= missing + missing / 4 + 16 * 1024, "{rest} B for {missing} B");
    line.tally().since(&before)
}
