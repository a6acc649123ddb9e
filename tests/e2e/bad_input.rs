//! Bad input at every door: one clear sentence with the remedy, the right code, nothing lost.

use std::path::Path;

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wardbook_tests::city;
use wardbook_tests::harness::{Finished, Node, SmallDisk, Town, http_client};

/// The refusal of a command: its code, after a look at its sentence and remedy.
fn refusal(finished: &Finished) -> String {
    let line = finished.stderr.lines().rev().find(|line| line.contains("\"error\""));
    let error: Value = line
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("{finished:?}"));
    let text = |key: &str| error["error"][key].as_str().unwrap_or_default().to_owned();
    let said = format!("{} {}", text("message"), text("remedy"));
    assert!(said.to_lowercase().contains("hãy "), "what to do is not said: {error}");
    for word in ["panicked", "SqliteFailure", "Error {", "os error"] {
        assert!(!text("message").contains(word), "{error}");
    }
    text("code")
}

async fn small_town(folder: &Path, plain: bool) -> Town {
    let mut town = Town::found_with(folder, "Thành phố thử", "723", plain).await;
    let ward = town.wards().await[0].0.clone();
    town.join("node", &ward).await;
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, 10, 5).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town
}

/// Sends raw bytes to the hub's sync listener and returns the HTTP status of the answer.
async fn post(town: &Town, path: &str, body: &[u8]) -> u16 {
    let url = format!("http://{}{path}", town.hub.sync_address);
    let sent = http_client()
        .post(url)
        .header("content-type", "application/cbor")
        .body(body.to_vec())
        .send()
        .await;
    sent.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_refuses_broken_foreign_and_replayed_requests_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = small_town(folder.path(), true).await;
    let node = &town.nodes[0];
    node.line.record();
    node.sync_until_equal().await;
    let first = node.line.recorded();
    let (before, ward) = (node.status().await["digest"].clone(), node.ward.clone());

    assert_eq!(post(&town, "/sync/v1", b"").await, 400);
    assert_eq!(post(&town, "/sync/v1", b"not a message at all").await, 400);
    assert_eq!(post(&town, "/sync/v1", &vec![0; 600 * 1024]).await, 413);
    assert_eq!(post(&town, "/sync/v1/enrol", b"\xbf\xbf\xbf\xbf").await, 400);
    let request = body_of(&first[0]);
    assert_eq!(post(&town, "/sync/v1", &request[..request.len() / 2]).await, 400, "truncated");
    let mut forged = request.to_vec();
    *forged.last_mut().expect("bytes") ^= 1;
    assert!(
        [400, 401, 403].contains(&post(&town, "/sync/v1", &forged).await),
        "a changed byte breaks the signature"
    );
    let mut foreign = request.to_vec();
    let sender = foreign.windows(2).position(|two| two == [0x00, 0x50]).expect("key 0, 16 bytes");
    foreign[sender + 2] ^= 1;
    assert!([401, 403].contains(&post(&town, "/sync/v1", &foreign).await), "an unknown device");

    // The first requests again, months later: nothing changes, and no data comes back.
    node.sync_until_equal().await;
    for recorded in &first {
        let mut stream =
            tokio::net::TcpStream::connect(&town.hub.sync_address).await.expect("the hub");
        stream.write_all(recorded).await.expect("sent");
        stream.shutdown().await.expect("closed");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        assert!(answer.len() < 2048, "a replay got {} bytes", answer.len());
    }
    assert_eq!(town.hub_digest(&ward).await, before);
    node.sync_until_equal().await;
    assert_eq!(node.status().await["digest"], before);
}

/// The body of the first HTTP request in a recording.
fn body_of(recorded: &[u8]) -> &[u8] {
    let end = recorded.windows(4).position(|four| four == b"\r\n\r\n").expect("headers") + 4;
    let headers = String::from_utf8_lossy(&recorded[..end]).to_lowercase();
    let length = headers
        .split("content-length:")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("a length");
    let length: usize = length.trim().parse().expect("a number");
    &recorded[end..end + length]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_device_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = small_town(folder.path(), false).await;
    let node = &town.nodes[0];
    node.sync_until_equal().await;
    let status = town.hub.run(&["status"]).await.ok().json();
    let wards = status["wards"].as_array().expect("wards").clone();
    let device = wards
        .iter()
        .find_map(|ward| ward["devices"][0]["device"].as_str())
        .expect("a device")
        .to_owned();
    town.hub.run(&["device", "revoke", &device]).await.ok();
    let refused = node.run(&["sync"]).await;
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert_eq!(refusal(&refused), "device_revoked");
    assert_eq!(node.status().await["people"], json!(10), "what is here stays here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_workbook_is_explained_by_cell_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = small_town(folder.path(), false).await;
    let node = &town.nodes[0];
    let file = folder.path().join("bad.xlsx");
    let path = file.to_str().expect("UTF-8");

    std::fs::write(&file, b"PK\x03\x04 this is no workbook").expect("written");
    let broken = node.run(&["import", path, "--yes"]).await;
    assert_eq!(broken.code, Some(3));
    refusal(&broken);

    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "Họ và tên").expect("a cell");
    sheet.write_string(1_048_575, 700, "x").expect("a cell");
    workbook.save(&file).expect("saved");
    let sparse = node.run(&["import", path, "--yes"]).await;
    assert_eq!(sparse.code, Some(3), "{sparse:?}");
    refusal(&sparse);

    // One good row; one whose birth date cannot be; a formula; a CCCD stored as a number; NFD text.
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in ["Họ và tên", "Số CCCD", "Ngày sinh", "Giới tính"].iter().enumerate()
    {
        sheet.write_string(0, u16::try_from(column).expect("few"), *header).expect("a cell");
    }
    sheet.write_string(1, 0, "Nguye\u{302}\u{303}n Va\u{306}n Th\u{1b0}\u{309}").expect("a cell");
    sheet.write_number(1, 1, 1_090_012_345.0).expect("a cell");
    sheet.write_string(1, 2, "28/02/1990").expect("a cell");
    sheet.write_string(1, 3, "Nam").expect("a cell");
    sheet.write_string(2, 0, "Trần Thị Sai").expect("a cell");
    sheet.write_string(2, 2, "31/02/1990").expect("a cell");
    sheet.write_string(3, 0, "Lê Văn Công Thức").expect("a cell");
    sheet.write_formula(3, 2, "=1+1").expect("a cell");
    workbook.save(&file).expect("saved");
    let dry = node.run(&["import", path, "--dry-run"]).await.ok();
    let problems: Vec<Value> = dry
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["event"] == "problem")
        .collect();
    let at = |cell: &str| {
        problems
            .iter()
            .find(|p| p["cell"] == cell)
            .unwrap_or_else(|| panic!("{cell}: {problems:#?}"))
    };
    for cell in ["B2", "C3", "C4"] {
        let problem = at(cell);
        assert!(problem["reason"].as_str().is_some_and(|r| r.len() > 5), "{problem}");
        assert!(problem["remedy"].as_str().is_some_and(|r| r.len() > 5), "{problem}");
    }
    assert_eq!(at("C3")["value"], "31/02/1990");
    assert_eq!(node.status().await["people"], json!(10), "a dry run writes nothing");
    let imported = node.run(&["import", path, "--yes"]).await.ok().json();
    assert!(imported["created"].as_u64().is_some_and(|n| n >= 1), "{imported}");
    let found = node
        .run(&["export", folder.path().join("out.xlsx").to_str().expect("UTF-8")])
        .await
        .ok()
        .json();
    assert!(found["people"].as_u64().is_some_and(|n| n >= 11), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_a_wrong_key_and_a_second_server_are_each_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = small_town(folder.path(), false).await;
    let node = &mut town.nodes[0];
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let refused = node.run(&["serve", "--listen", &address]).await;
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert_eq!(refusal(&refused), "port_in_use");

    node.start().await.expect("the node serves");
    let second = node.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(second.code, Some(5), "{second:?}");
    assert_eq!(refusal(&second), "locked");
    node.kill().await;

    let key = find_key(&node.data);
    let old = std::fs::read_to_string(&key).expect("the key");
    std::fs::write(&key, "00".repeat(32)).expect("written");
    let refused = node.run(&["status"]).await;
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert_eq!(refusal(&refused), "wrong_key");
    std::fs::write(&key, old).expect("written");
    assert_eq!(node.status().await["people"], json!(10));
}

fn find_key(data: &Path) -> std::path::PathBuf {
    data.join("database.key")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_the_edit_keeps_the_rest_and_works_again_with_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("node");
    let _disk = SmallDisk::mount(&data, "24m");
    let town = small_town(folder.path(), false).await;
    let mut town = town;
    let node: &mut Node = &mut town.nodes[0];
    node.sync_until_equal().await;
    node.start().await.expect("the node serves");
    let api = node.api();
    let id = api.people("limit=1").await[0].clone();
    api.set(&id, &[("email", "before@example.vn")]).await.expect("an answer").ok();

    let ballast = data.join("ballast");
    let mut room = vec![0_u8; 64 * 1024];
    room.fill(7);
    let mut file = std::fs::File::create(&ballast).expect("a file");
    while std::io::Write::write_all(&mut file, &room).is_ok() {}
    let mut refused = None;
    for n in 0..400 {
        let answer = api
            .set(&id, &[("strength", &format!("{n} {}", "dài ".repeat(500)))])
            .await
            .expect("an answer");
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a full disk is noticed");
    assert_eq!(refused.status, 507, "{refused:?}");
    assert_eq!(refused.body["code"], json!("disk_full"), "{refused:?}");
    assert!(
        refused.body["detail"].as_str().is_some_and(|text| text.contains("đầy")),
        "{refused:?}"
    );
    assert_eq!(
        api.person(&id).await["values"]["email"],
        json!("before@example.vn"),
        "reading goes on"
    );

    drop(file);
    std::fs::remove_file(&ballast).expect("room again");
    api.set(&id, &[("email", "after@example.vn")]).await.expect("an answer").ok();
    node.kill().await;
    node.start().await.expect("the node serves");
    assert_eq!(node.api().person(&id).await["values"]["email"], json!("after@example.vn"));
    node.sync_until_equal().await;
}
