//! A photo chosen, cut and kept, and a scan in a row, at a node without a network; then both at the
//! hub, once there is a line.

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_tests::city;
use wardbook_tests::harness::{Town, pdf};

use crate::browser::Browser;
use crate::first_sign_in;
use crate::paper::from_base64;

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

    // The half of a picture is told as such.
    let picture = coloured(&browser).await;
    let file = folder.path().join("anh.png");
    std::fs::write(&file, &picture[..picture.len() / 2]).expect("a file");
    choose(&browser, &file).await;
    browser.says("bị thiếu phần cuối").await;
    browser.look("attach-photo-half").await;
    std::fs::write(&file, &picture).expect("a file");
    choose(&browser, &file).await;
    browser.says("Cắt ảnh 4x6").await;
    frame(&browser).await;
    browser.look("attach-photo-moved").await;
    let framed = framed(&browser).await;
    browser.click("main form[method=post] button[type=submit]").await;
    browser.find("img.wb-photo").await;
    browser.look("attach-record").await;
    let kept = kept_part(&browser, &id).await;
    assert!(differ(&framed, &kept) < 0.02, "the frame {framed:?}, the photo {kept:?}");
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
    std::fs::write(&scan, &pdf(150_000)[..70_000]).expect("a file");
    choose(&browser, &scan).await;
    browser.says("Tệp PDF này bị thiếu phần cuối").await;
    browser.look("attach-scan-half").await;
    std::fs::write(&scan, pdf(150_000)).expect("a file");
    choose(&browser, &scan).await;
    browser.says("PDF, 147 KB").await;
    browser.look("attach-scan").await;
    browser.go(&format!("{url}/sync")).await;
    browser.says("2 tệp đính kèm đang chờ gửi").await;
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
        let status = town.nodes[0].status().await;
        let words = status["words"].as_str().expect("words").to_owned();
        // "Synchronised" alone is said when the files are there too.
        let files_told = words.contains("tệp chờ gửi") && !words.starts_with('●');
        assert_eq!(files_told, status["files_to_send"] != json!(0), "{status}");
        waiting = status["files_waiting"].clone();
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
    let same = async |when: &str| {
        let (framed, shown) = (framed(browser).await, previewed(browser).await);
        assert!(differ(&framed, &shown) < 0.02, "{when}: {framed:?}, the preview {shown:?}");
    };
    same("as it opens").await;
    browser.look("attach-photo-cut").await;
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
    same("moved by keys").await;
    assert!(there[2] < at[2] && there[3] < at[3], "smaller: {at:?} {there:?}");
    // Dragged to the right by 60 pixels.
    let actions = browser.driver.action_chain().move_to_element_center(&frame).click_and_hold();
    let actions = actions.move_by_offset(60, 0).release();
    actions.perform().await.expect("dragged");
    let (dragged, here) = (boxes().await, place().await);
    assert!(dragged[0] > moved[0] && dragged[1] == moved[1], "{moved:?} {dragged:?}");
    assert!((here[0] - there[0] - 60).abs() <= 8, "it follows the mouse: {there:?} {here:?}");
    same("dragged").await;
    // A box moves the frame, and the small picture shows what will be kept.
    let script = "const box = document.querySelector('[name=across]'); box.value = 0; box.dispatchEvent(new Event('input', {bubbles: true}))";
    browser.driver.execute(script, Vec::new()).await.expect("moved");
    assert_eq!(place().await[0], 0);
    same("moved by a box").await;
}

/// Nine points of a part of the picture, each as the place that its colour stands for: how far to the
/// right by its red, how far down by its green.
const POINTS: &str = "const points = (part) => {\
      const canvas = document.createElement('canvas');\
      canvas.width = canvas.height = 60;\
      const pen = canvas.getContext('2d', { willReadFrequently: true });\
      pen.drawImage(part, 0, 0, 60, 60);\
      return [10, 30, 50].flatMap((y) => [10, 30, 50].flatMap((x) => {\
        const [red, green] = pen.getImageData(x, y, 1, 1).data;\
        return [red / 255, green / 255];\
      }));\
    };";

/// A picture in which every place has its own colour: PNG.
async fn coloured(browser: &Browser) -> Vec<u8> {
    let script = "const canvas = document.createElement('canvas');\
        [canvas.width, canvas.height] = [1200, 800];\
        const pen = canvas.getContext('2d');\
        const dots = pen.createImageData(1200, 800);\
        for (let y = 0; y < 800; y++) for (let x = 0; x < 1200; x++)\
          dots.data.set([x * 255 / 1199, y * 255 / 799, 128, 255], (y * 1200 + x) * 4);\
        pen.putImageData(dots, 0, 0);\
        return canvas.toDataURL('image/png').split(',')[1];";
    let text = browser.value(script, Vec::new()).await;
    from_base64(text.as_str().expect("a picture"))
}

/// The nine points under the frame, from where it stands on the whole picture.
async fn framed(browser: &Browser) -> Vec<f64> {
    let script = "const frame = document.querySelector('.wb-crop-frame').getBoundingClientRect();\
        const whole = document.querySelector('.wb-crop img').getBoundingClientRect();\
        return [10.5, 30.5, 50.5].flatMap((y) => [10.5, 30.5, 50.5].flatMap((x) => [\
          (frame.left - whole.left + frame.width * x / 60) / whole.width,\
          (frame.top - whole.top + frame.height * y / 60) / whole.height]));";
    numbers(&browser.value(script, Vec::new()).await)
}

/// The nine points of the small picture beside it, at this very moment.
async fn previewed(browser: &Browser) -> Vec<f64> {
    let script =
        format!("{POINTS} return points(document.querySelector('.wb-cut .wb-photo-large'))");
    numbers(&browser.value(&script, Vec::new()).await)
}

/// The nine points of the photo that the record holds.
async fn kept_part(browser: &Browser, id: &str) -> Vec<f64> {
    let script = format!(
        "{POINTS} const done = arguments[1];\
        fetch(`/people/${{arguments[0]}}/photo`, {{ cache: 'no-store' }}).then((got) => got.blob())\
          .then(createImageBitmap).then((photo) => done(points(photo)), (error) => done(String(error)));"
    );
    let found = browser.driver.execute_async(script, vec![json!(id)]).await.expect("a script");
    numbers(found.json())
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap_or_else(|| panic!("{value}"));
    list.iter().map(|one| one.as_f64().expect("a number")).collect()
}

/// How far two lists of places are apart at most, as a part of the whole picture.
fn differ(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!((one.len(), other.len()), (18, 18));
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

async fn choose(browser: &Browser, file: &std::path::Path) {
    let path = file.to_str().expect("UTF-8");
    browser.find("input[type=file]").await.send_keys(path).await.expect("chosen");
    browser.click("main form[enctype] button[type=submit]").await;
}
