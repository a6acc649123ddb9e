//! A photo chosen, cut and kept, and a scan in a row, at a node without a network; then both at the
//! hub, once there is a line.

use reqwest::Method;
use serde_json::json;
use thirtyfour::prelude::*;
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
    frame(&browser).await;
    browser.look("attach-photo-moved").await;
    browser.click("main form[method=post] button[type=submit]").await;
    browser.find("img.wb-photo").await;
    browser.look("attach-record").await;
    let photo = node.api().person(&id).await["values"]["photo"].clone();
    let words: Vec<&str> = photo.as_str().expect("a photo").split(' ').collect();
    let bytes: usize = words[1].parse().expect("its size");
    assert!(words[2] == "jpg" && bytes <= 60 * 1024, "{photo}");

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

/// The frame on the picture is moved by keys and by the mouse, and the boxes stay in step with it.
async fn frame(browser: &Browser) {
    let boxes = async || {
        let script = "return ['across', 'down', 'zoom'].map((name) => Number(document.querySelector(`[name=${name}]`).value))";
        let found = browser.driver.execute(script, Vec::new()).await.expect("the boxes");
        found.convert::<Vec<i64>>().expect("three numbers")
    };
    let place = async || {
        let script = "const f = document.querySelector('.wb-crop-frame'); return [f.offsetLeft, f.offsetTop, f.offsetWidth, f.offsetHeight]";
        let found = browser.driver.execute(script, Vec::new()).await.expect("the frame");
        found.convert::<Vec<i64>>().expect("four numbers")
    };
    // The whole picture comes after the page.
    for _ in 0..50 {
        if place().await[2] > 50 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let (first, at) = (boxes().await, place().await);
    assert_eq!(first, [50, 30, 100]);
    assert!((at[2] * 3 - at[3] * 2).abs() <= 6, "2 to 3: {at:?}");
    let frame = browser.find(".wb-crop-frame").await;
    frame.focus().await.expect("focus");
    // Smaller by five steps, then to the left and down.
    for keys in ["-", "-", "-", "-", "-"] {
        frame.send_keys(keys).await.expect("typed");
    }
    for _ in 0..7 {
        frame.send_keys(Key::Left).await.expect("typed");
        frame.send_keys(Key::Down).await.expect("typed");
    }
    let (moved, there) = (boxes().await, place().await);
    assert_eq!(moved, [43, 37, 125], "the frame's keys move the boxes");
    assert!(there[2] < at[2] && there[3] < at[3], "smaller: {at:?} {there:?}");
    // Dragged to the right by 60 pixels.
    let actions = browser.driver.action_chain().move_to_element_center(&frame).click_and_hold();
    let actions = actions.move_by_offset(60, 0).release();
    actions.perform().await.expect("dragged");
    let (dragged, here) = (boxes().await, place().await);
    assert!(dragged[0] > moved[0] && dragged[1] == moved[1], "{moved:?} {dragged:?}");
    assert!((here[0] - there[0] - 60).abs() <= 8, "it follows the mouse: {there:?} {here:?}");
    // A box moves the frame, and the small picture shows what will be kept.
    let script = "const box = document.querySelector('[name=across]'); box.value = 0; box.dispatchEvent(new Event('input', {bubbles: true}))";
    browser.driver.execute(script, Vec::new()).await.expect("moved");
    assert_eq!(place().await[0], 0);
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let look = browser.find("[data-look]").await.attr("src").await.expect("read");
    let wanted = format!("across=0&down={}&zoom=125", dragged[1]);
    assert!(look.is_some_and(|look| look.contains(&wanted)), "{wanted}");
}

async fn choose(browser: &Browser, file: &std::path::Path) {
    let path = file.to_str().expect("UTF-8");
    browser.find("input[type=file]").await.send_keys(path).await.expect("chosen");
    browser.click("main form[enctype] button[type=submit]").await;
}
