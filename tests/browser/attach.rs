//! A photo chosen, cut and kept, and a scan in a row, at a node without a network; then both at the
//! hub, once there is a line.

use reqwest::Method;
use serde_json::json;
use wardbook_tests::city;
use wardbook_tests::harness::{Town, artefact_path};

use crate::browser::Browser;
use crate::first_sign_in;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_and_a_scan_are_kept_and_reach_the_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    town.join("ubnd", &ward).await;
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, 3, 5).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let id = node.api().people("limit=1").await[0].clone();
    let url = format!("http://{}", node.ui_address);
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "attach").await;
    browser.find("[data-search]").await;

    // A text file that calls itself a picture: told what is wrong, and what to do.
    let false_picture = folder.path().join("anh.jpg");
    std::fs::write(&false_picture, "không phải ảnh").expect("a file");
    browser.go(&format!("{url}/people/{id}/photo/choose")).await;
    choose(&browser, &false_picture).await;
    browser.says("phải là tệp JPG hoặc PNG").await;
    browser.look("attach-photo-wrong").await;

    // Any picture will do: the page itself.
    choose(&browser, &artefact_path("attach-photo-wrong.png")).await;
    browser.says("Cắt ảnh 4x6").await;
    browser.look("attach-photo-cut").await;
    browser.click("main form[method=post] button[type=submit]").await;
    browser.find("img.wb-photo").await;
    browser.look("attach-record").await;
    let photo = node.api().person(&id).await["values"]["photo"].clone();
    assert!(photo.as_str().is_some_and(|text| text.ends_with(" jpg")), "{photo}");

    // A scan for a row of the table of documents.
    let cells = json!({"kind": "qd", "number": "12/QĐ-UBND"});
    let row = json!({"edits": [{"op": "add_row", "table": "documents", "cells": cells}]});
    let added = node.api().call(Method::PATCH, &format!("/people/{id}"), Some(&row)).await;
    added.expect("an answer").ok();
    browser.go(&format!("{url}/people/{id}?tab=administration")).await;
    browser.says("12/QĐ-UBND").await;
    browser.click("a[href$='/file']").await;
    let scan = folder.path().join("quyet-dinh.pdf");
    std::fs::write(&scan, [b"%PDF-1.7\n".to_vec(), vec![7; 150_000]].concat()).expect("a file");
    choose(&browser, &scan).await;
    browser.says("PDF, 147 KB").await;
    browser.look("attach-scan").await;
    browser.go(&format!("{url}/sync")).await;
    browser.says("tệp đính kèm").await;
    browser.look("attach-sync").await;
    browser.close().await;

    // Once there is a line, records go first and files after them.
    town.nodes[0].kill().await;
    town.nodes[0].line.restore();
    town.nodes[0].sync_until_equal().await;
    let hub = town.hub.api();
    for _ in 0..100 {
        if hub.person(&id).await["values"]["photo"] == photo {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(hub.person(&id).await["values"]["photo"], json!(photo));
    // The hub learns of the files when it projects the record, then the next session brings them.
    let mut waiting = json!(null);
    for _ in 0..50 {
        town.nodes[0].run(&["sync"]).await.ok();
        waiting = town.nodes[0].status().await["files_waiting"].clone();
        if waiting == json!(0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(waiting, json!(0), "every file is at the hub");
}

async fn choose(browser: &Browser, file: &std::path::Path) {
    let path = file.to_str().expect("UTF-8");
    browser.find("input[type=file]").await.send_keys(path).await.expect("chosen");
    browser.click("main form[enctype] button[type=submit]").await;
}
