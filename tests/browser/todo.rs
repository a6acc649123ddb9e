//! Việc cần làm in a real browser, without a network: what falls due, done, put off, taken back, kept
//! as a workbook; and the rules of the city by command line.

use serde_json::json;
use thirtyfour::prelude::*;
use wardbook_base::{Clock as _, SystemClock};
use wardbook_record::PartialDate;
use wardbook_tests::city;
use wardbook_tests::harness::Town;

use crate::browser::Browser;
use crate::first_sign_in;

/// The day on which the programs of the test run.
fn today() -> PartialDate {
    PartialDate::in_vietnam(SystemClock.now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_is_done_put_off_and_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    town.join("ubnd", &ward).await;
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, 30, 5).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    // From here on the node has nobody to talk to.
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let api = node.api();
    let id = api.people("limit=1").await[0].clone();
    let joined = today().plus_days(20).plus_months(-12).stored();
    api.set(&id, &[("party_join_date", &joined)]).await.expect("an answer").ok();
    let name = api.person(&id).await["values"]["full_name"].as_str().expect("a name").to_owned();

    let listed = api.get("/todo?kind=party&when=month").await;
    let item = listed["items"].as_array().expect("a list").first().expect("one thing").clone();
    assert_eq!((&item["rule"], &item["who"]), (&json!("R21"), &json!(name)));
    assert_eq!(item["due"], json!(today().plus_days(20).stored()));

    let browser = Browser::open().await;
    let url = format!("http://{}", node.ui_address);
    first_sign_in(&browser, &url, &node.login, &node.password, "todo").await;
    browser.find("[data-search]").await;

    // The number in the navigation leads to the list.
    browser.click("nav a[href='/todo']").await;
    browser.says("Căn cứ:").await;
    browser.look("todo").await;
    browser.go(&format!("{url}/todo?when=all")).await;
    browser.find("tr[data-todo]").await;
    browser.look("todo-all").await;

    // By kind, and done by keyboard alone.
    browser.go(&format!("{url}/todo?kind=party&when=month")).await;
    browser.says(&name).await;
    browser.find("button[value=done]").await.send_keys(Key::Enter).await.expect("typed");
    browser.says("Đã đánh dấu là đã làm.").await;
    assert_eq!(api.get("/todo?kind=party&when=month").await["total"], json!(0));
    assert_eq!(api.get("/todo?kind=party&when=month&state=done").await["total"], json!(1));
    browser.look("todo-done").await;
    browser.click(".wb-todo-undo button").await;
    browser.says(&name).await;

    // Put off: a day that has passed is refused in words, and nothing typed is lost.
    browser.click(".wb-todo-later summary").await;
    browser.fill(".wb-todo-later input[type=text]", "1/1/2020").await;
    browser.click(".wb-todo-later button").await;
    browser.says("Ngày hoãn phải là một ngày sau hôm nay").await;
    let kept = browser.find(".wb-todo-later input[type=text]").await.prop("value").await;
    assert_eq!(kept.expect("read").as_deref(), Some("1/1/2020"));
    browser.look("todo-later-wrong").await;
    let until = today().plus_days(5).to_string();
    browser.fill(".wb-todo-later input[type=text]", &until).await;
    browser.click(".wb-todo-later button").await;
    browser.says("Đã hoãn việc này.").await;
    browser.go(&format!("{url}/todo?kind=party&when=month&state=later")).await;
    browser.says(&format!("Hoãn đến {until}")).await;
    browser.click("button[value=undo]").await;
    browser.says("Đã bỏ đánh dấu").await;

    // The way to the very box, and the list as a file.
    browser.go(&format!("{url}/todo?kind=party&when=month")).await;
    let jump = browser.find("tr[data-todo=R21] a[href*='focus=']").await;
    let address = jump.attr("href").await.expect("read").expect("an address");
    browser.go(&format!("{url}{address}")).await;
    browser.find("input[name='party_official_date']").await;
    browser.go(&format!("{url}/todo")).await;
    let export = browser.find("a[href^='/todo/export.xlsx']").await;
    assert!(export.attr("href").await.expect("read").is_some_and(|href| href.contains("when=now")));
    browser.go(&format!("{url}/todo/ward")).await;
    browser.find("h1").await;
    browser.look("todo-ward").await;
    browser.close().await;
}
