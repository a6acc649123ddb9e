//! A ward without a line: bundles on a USB stick, in both directions.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::{PASSWORD, Town, Visitor, pdf};

/// A ward with two machines: one whose line is cut, with people of its own, and one with a line.
async fn far_and_near(folder: &Path, people: usize) -> Town {
    ward_of(folder, &["far", "near"], people).await
}

/// A ward with machines of these names; the line of the first one is cut, and it has people.
async fn ward_of(folder: &Path, names: &[&str], people: usize) -> Town {
    let mut town = Town::found(folder, "Thành phố thử", "723").await;
    let ward = town.wards().await[0].0.clone();
    for name in names {
        town.join(name, &ward).await;
    }
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, people, 3).expect("a workbook");
    town.nodes[0].line.cut();
    town.nodes[0].import(&workbook).await;
    town
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ward_without_a_line_is_equal_after_two_walks_with_a_stick() {
    let folder = tempfile::tempdir().expect("a folder");
    // More than one request holds: the bundle has several frames.
    let mut town = far_and_near(folder.path(), 620).await;
    let ward = town.wards().await[0].0.clone();
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

/// The smallest picture there is: one black dot.
const DOT: [u8; 67] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9C, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xAF, 0xA4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4E,
    0x44, 0xAE, 0x42, 0x60, 0x82,
];

/// A row of the table of documents with a scan in it; the scan as the record holds it.
async fn scan(
    visitor: &Visitor,
    (town, node): (&Town, usize),
    person: &str,
    (pages, size): (u8, usize),
) -> String {
    let cells = json!({"kind": "qd", "number": format!("{pages}/QĐ-UBND")});
    let row = json!({"edits": [{"op": "add_row", "table": "documents", "cells": cells}]});
    let api = town.nodes[node].api();
    let before = api.person(person).await["values"].clone();
    api.call(Method::PATCH, &format!("/people/{person}"), Some(&row)).await.expect("asked").ok();
    let values = api.person(person).await["values"].clone();
    let is_new = |name: &&String| name.starts_with("documents/") && before[*name].is_null();
    let name = values.as_object().expect("values").keys().find(is_new).expect("the row").clone();
    let row = name.split('/').nth(1).expect("its id").to_owned();
    // A sheet more or less makes another file.
    let bytes = pdf(size + usize::from(pages));
    let place = format!("/people/{person}/tables/documents/{row}/file");
    assert_eq!(visitor.upload(&place, "quyet-dinh.pdf", bytes).await.status, 303);
    let values = api.person(person).await["values"].clone();
    values[format!("documents/{row}/file")].as_str().expect("a scan").to_owned()
}

/// One walk: the bundle to the city, its reply back. What the city and the ward say of it.
async fn walk(town: &Town, folder: &Path, name: &str) -> (Value, Value, Value) {
    let path = |end: &str| folder.join(format!("{name}-{end}.wardbundle")).display().to_string();
    let (up, down) = (path("up"), path("down"));
    let out = town.nodes[0].run(&["export-bundle", &up]).await.ok().json();
    let there = town.hub.run(&["import-bundle", &up, "--reply", &down]).await.ok().json();
    let back = town.nodes[0].run(&["import-bundle", &down]).await.ok().json();
    (out, there, back)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_and_scans_go_by_stick_too_in_both_directions() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = far_and_near(folder.path(), 3).await;
    let mut visitors = Vec::new();
    for node in &mut town.nodes {
        node.start().await.expect("the node serves");
        let url = format!("http://{}", node.ui_address);
        visitors.push(Visitor::first_sign_in(&url, &node.login, &node.password).await);
    }
    let person = town.nodes[0].api().people("limit=1").await[0].clone();
    let choose = format!("/people/{person}/photo/choose");
    let chosen = visitors[0].upload(&choose, "anh.png", DOT.to_vec()).await;
    let key = chosen.to().split("picture=").nth(1).expect("a key").split('&').next();
    let keep = [("picture", key.expect("a key"))];
    let kept = visitors[0].post(&format!("/people/{person}/photo/cut"), &keep).await;
    assert_eq!(kept.status, 303, "{}", kept.words());
    let first = scan(&visitors[0], (&town, 0), &person, (7, 300_000)).await;
    assert_eq!(town.nodes[0].status().await["files_waiting"], json!(2));
    let page = visitors[0].get("/sync").await.words();
    assert!(page.contains("2 tệp đính kèm") && page.contains("32 MB"), "{page}");

    // Records and files in one walk.
    let (out, there, back) = walk(&town, folder.path(), "one").await;
    assert_eq!((&out["files"], &out["files_left"]), (&json!(2), &json!(0)), "{out}");
    assert_eq!(there["files"], json!(2), "{there}");
    assert_eq!(back["files_sent"], json!(2), "{back}");
    assert_eq!(town.nodes[0].status().await["files_waiting"], json!(0));
    // Who has a line fetches them from the city.
    let hash = first.split(' ').next().expect("a hash").to_owned();
    let address = format!("/people/{person}/files/{hash}");
    for _ in 0..40 {
        town.nodes[1].run(&["sync"]).await.ok();
        if visitors[1].get(&address).await.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let got = visitors[1].get(&address).await;
    assert_eq!((got.status, got.kind.as_str()), (200, "application/pdf"));
    assert_eq!(visitors[1].get(&format!("/people/{person}/photo")).await.kind, "image/jpeg");

    // And the other way: the record with one reply, its file with the next.
    let second = scan(&visitors[1], (&town, 1), &person, (9, 300_000)).await;
    let hash = second.split(' ').next().expect("a hash").to_owned();
    let address = format!("/people/{person}/files/{hash}");
    for _ in 0..40 {
        town.nodes[1].run(&["sync"]).await.ok();
        if town.nodes[1].status().await["files_waiting"] == json!(0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let (_, _, back) = walk(&town, folder.path(), "two").await;
    assert_eq!(back["files_fetched"], json!(0), "{back}");
    assert_eq!(visitors[0].get(&address).await.status, 202, "known, and not here yet");
    let (_, _, back) = walk(&town, folder.path(), "three").await;
    assert_eq!(back["files_fetched"], json!(1), "{back}");
    assert_eq!(visitors[0].get(&address).await.status, 200);
}

/// What four scans have: together almost the 32 MB that a bundle carries.
const LARGE: [usize; 4] = [10_400_000, 10_400_000, 10_400_000, 2_000_000];
/// One more that does not fit any longer.
const ONE_MORE: usize = 400_000;
/// What the calls of one bundle may have.
const CALLS_MAX: u64 = 32 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_of_the_full_size_arrives_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = ward_of(folder.path(), &["far"], 3).await;
    town.nodes[0].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let visitor = Visitor::first_sign_in(&url, &node.login, &node.password).await;
    let person = node.api().people("limit=1").await[0].clone();
    let mut scans = Vec::new();
    for (pages, size) in (1_u8..).zip(LARGE.into_iter().chain([ONE_MORE])) {
        let text = scan(&visitor, (&town, 0), &person, (pages, size)).await;
        let hash = text.split(' ').next().expect("a hash").to_owned();
        scans.push((hash, pdf(size + usize::from(pages))));
    }

    // All but one in the first walk: the file is as large as it may become.
    let (out, there, back) = walk(&town, folder.path(), "one").await;
    assert_eq!((&out["files"], &out["files_left"]), (&json!(4), &json!(1)), "{out}");
    let bundle = folder.path().join("one-up.wardbundle");
    let bytes = std::fs::metadata(bundle).expect("the bundle").len();
    assert!(bytes > CALLS_MAX * 98 / 100 && bytes < CALLS_MAX * 101 / 100, "{bytes} bytes");
    assert_eq!((&there["files"], &back["files_sent"]), (&json!(4), &json!(4)), "{there} {back}");
    assert_eq!(town.nodes[0].status().await["files_waiting"], json!(1));
    let (out, there, back) = walk(&town, folder.path(), "two").await;
    assert_eq!((&out["files"], &out["files_left"]), (&json!(1), &json!(0)), "{out}");
    assert_eq!((&there["files"], &back["files_sent"]), (&json!(1), &json!(1)), "{there} {back}");
    assert_eq!(town.nodes[0].status().await["files_waiting"], json!(0));

    // The city has every byte, under the hash by which the record names it.
    let hub = officer(&town).await;
    for (hash, wanted) in scans {
        let address = format!("/people/{person}/files/{hash}");
        let got = hub.request(Method::GET, &address).send().await.expect("an answer");
        assert_eq!(got.status().as_u16(), 200, "{hash}");
        let found = got.bytes().await.expect("a body");
        assert!(found == wanted, "{hash}: {} of {} bytes", found.len(), wanted.len());
    }
}

/// The city's first officer, who has chosen a password.
async fn officer(town: &Town) -> Visitor {
    let (url, login) = (format!("http://{}", town.hub.ui_address), &town.hub.login);
    let once = town.hub.password.as_str();
    let visitor = Visitor::sign_in(&url, login, once).await;
    let got =
        visitor.post("/password", &[("old", once), ("new", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(got.status, 303, "{}", got.words());
    Visitor::sign_in(&url, login, PASSWORD).await
}
