//! Personnel actions in a real browser, by keyboard alone: an appointment and a raise, each found
//! by a few letters without marks, filled in, checked, saved and read on the record; the appointment
//! is taken back.

use serde_json::json;
use thirtyfour::prelude::*;
use wardbook_tests::harness::Api;

use crate::browser::Browser;
use crate::{first_sign_in, town_with_a_conflict};

/// Presses keys into whatever has the focus, as a keyboard does.
async fn keys(browser: &Browser, text: impl Into<TypingData>) {
    browser.driver.action_chain().send_keys(text).perform().await.expect("typed");
}

/// Ctrl+S: sends the form.
async fn control_s(browser: &Browser) {
    let chain = browser.driver.action_chain().key_down(Key::Control).send_keys("s");
    chain.key_up(Key::Control).perform().await.expect("typed");
}

/// Goes on with Tab until an element that fits has the focus.
async fn tab_to(browser: &Browser, css: &str) {
    for _ in 0..120 {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        let found = browser.driver.execute(script, vec![json!(css)]).await.expect("a script");
        if *found.json() == json!(true) {
            return;
        }
        keys(browser, Key::Tab).await;
    }
    browser.picture("failed").await;
    panic!("Tab never reaches {css}");
}

/// Types into a box, over what it holds.
async fn type_into(browser: &Browser, name: &str, text: &str) {
    tab_to(browser, &format!("[name='{name}']")).await;
    let chain = browser.driver.action_chain().key_down(Key::Control).send_keys("a");
    chain.key_up(Key::Control).send_keys(text).perform().await.expect("typed");
}

/// The boxes of a decision.
async fn decision(browser: &Browser, number: &str, date: &str) {
    type_into(browser, "decision_no", number).await;
    type_into(browser, "decision_date", date).await;
    type_into(browser, "decision_org", "UBND phường Uyên Hưng").await;
    type_into(browser, "signer", "Lê Văn Hùng").await;
}

/// From the record to an action's form: the chooser's search has the focus by `/`.
async fn choose(browser: &Browser, letters: &str, box_name: &str) {
    tab_to(browser, "a[href$='/events']").await;
    keys(browser, Key::Enter).await;
    browser.find("#event-list").await;
    keys(browser, "/").await;
    keys(browser, letters).await;
    keys(browser, Key::Enter).await;
    browser.find(&format!("[name='{box_name}']")).await;
}

/// A person with all that a raise needs, and no open conflict.
pub(crate) async fn ready(api: &Api) -> String {
    let id = api.people("limit=9").await[7].clone();
    api.set(
        &id,
        &[
            ("current_title", "CB06"),
            ("title_appoint_date", "01/07/2020"),
            ("rank_code", "01.003"),
            ("salary_step", "3"),
            ("salary_coefficient", "3"),
            ("salary_date", "01/06/2022"),
            ("work_status", "dang_lam_viec"),
        ],
    )
    .await
    .expect("an answer")
    .ok();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appointment_and_a_raise_by_keyboard_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, _) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let (id, url) = (ready(&node.api()).await, format!("http://{}", node.ui_address));
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "events").await;
    browser.find("[data-search]").await;
    let record = format!("{url}/people/{id}");

    // An appointment: nothing is typed wrong the first time but the date.
    browser.go(&record).await;
    choose(&browser, "bo nhiem phe chuan", "title").await;
    browser.look("events-form").await;
    type_into(&browser, "title", "Chủ tịch UBND").await;
    type_into(&browser, "effective", "31/06/2025").await;
    decision(&browser, "45/QĐ-UBND", "28/06/2025").await;
    control_s(&browser).await;
    browser.says("Lịch không có ngày").await;
    browser.look("events-form-wrong").await;
    type_into(&browser, "effective", "30/06/2025").await;
    control_s(&browser).await;
    browser.says("Trước và sau khi ghi").await;
    browser.says("Phó Chủ tịch UBND").await;
    browser.look("events-check").await;
    // Where the rules warn, the reason is asked for; the focus is in its box.
    if browser.driver.find(By::Name("reason_accepted")).await.is_ok() {
        type_into(&browser, "reason_accepted", "Theo thông báo của Ban Thường vụ").await;
    }
    control_s(&browser).await;
    browser.says("Đã ghi vào hồ sơ").await;
    browser.look("events-done").await;
    let person = node.api().person(&id).await;
    assert_eq!(person["values"]["current_title"], json!("CB05"));
    assert_eq!(person["values"]["title_appoint_date"], json!("2025-06-30"));

    // Taken back by one button.
    tab_to(&browser, "form[action*='/events/done/'] button").await;
    keys(&browser, Key::Enter).await;
    browser.find("a[href$='/events']").await;
    let person = node.api().person(&id).await;
    assert_eq!(person["values"]["current_title"], json!("CB06"));
    assert_eq!(person["values"]["title_appoint_date"], json!("2020-07-01"));

    // A raise by a step: only the decision is typed.
    browser.go(&record).await;
    choose(&browser, "nang bac", "step").await;
    decision(&browser, "46/QĐ-UBND", "28/06/2025").await;
    control_s(&browser).await;
    browser.says("3,33").await;
    browser.look("events-check-raise").await;
    control_s(&browser).await;
    browser.says("Đã ghi vào hồ sơ").await;
    let person = node.api().person(&id).await;
    assert_eq!(person["values"]["salary_step"], json!(4));
    assert_eq!(person["values"]["salary_coefficient"], json!("3.33"));

    // The chooser as a mouse user sees it, and the list of requests.
    for (path, picture) in [
        (format!("/people/{id}/events"), "events-choose"),
        ("/requests".to_owned(), "events-requests"),
    ] {
        browser.go(&format!("{url}{path}")).await;
        browser.find("h1").await;
        browser.look(picture).await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_the_ward_is_answered_at_the_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, _) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let id = ready(&node.api()).await;
    let inputs = json!({
        "to_ward": "Phường Vĩnh Tân", "until": "30/06/2027", "effective": "30/06/2025",
        "decision_no": "5/TTr-UBND", "decision_date": "28/06/2025",
        "decision_org": "UBND phường Uyên Hưng", "signer": "Lê Văn Hùng",
    });
    let (api, path) = (node.api(), format!("/people/{id}/events/second"));
    let asked = api.post(&path, &json!({ "inputs": inputs })).await;
    assert!(asked["change"].is_string(), "{asked}");
    node.sync_until_equal().await;

    let hub = &town.hub;
    let url = format!("http://{}", hub.ui_address);
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &hub.login, &hub.password, "events-hub").await;
    browser.go(&format!("{url}/wards/{}", node.ward)).await;
    browser.says("Đề nghị chờ thành phố").await;
    browser.says("Phường Vĩnh Tân").await;
    browser.says("Lê Văn Hùng").await;
    browser.look("events-hub-requests").await;
    // A no without a reason is told, and nothing is answered.
    browser.click(&format!("form[action^='/people/{id}/requests/'] button[value=refuse]")).await;
    browser.says("Chưa có lý do").await;
    browser.look("events-hub-no-reason").await;
    browser.go(&format!("{url}/wards/{}", node.ward)).await;
    browser.click(&format!("form[action^='/people/{id}/requests/'] button[value=agree]")).await;
    browser.find("h1").await;
    assert!(!browser.text().await.contains("Đề nghị chờ thành phố"), "nothing waits any more");
    node.sync_until_equal().await;
    let values = node.api().person(&id).await["values"].clone();
    let agreed = values.as_object().expect("values").values().any(|value| value == "dong_y");
    assert!(agreed, "the ward has the city's answer");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reward_for_the_people_who_are_ticked_and_all_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, _) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "events-many").await;
    browser.find("[data-search]").await;
    let ids = node.api().people("limit=3").await;
    for id in &ids {
        browser.click(&format!("input[name=id][value='{id}']")).await;
    }
    browser.click("button[formaction='/people/events']").await;
    browser.says("Ghi một việc cho nhiều người").await;
    browser.look("events-many-choose").await;
    browser.click("button[name=key][value=reward]").await;
    browser.find("[name=content]").await;
    browser.fill("[name=content]", "Hoàn thành xuất sắc đợt chuyển đổi số").await;
    for (name, text) in [
        ("decision_no", "77/QĐ-UBND"),
        ("decision_date", "28/06/2025"),
        ("decision_org", "UBND phường Uyên Hưng"),
        ("signer", "Lê Văn Hùng"),
    ] {
        browser.fill(&format!("[name={name}]"), text).await;
    }
    browser.click("main form button[type=submit]").await;
    browser.says("Chọn ít nhất một mục").await;
    // What is wrong, and for whom.
    let told = browser.find("#error-summary").await.text().await.expect("read");
    assert!(told.contains("\"Xếp loại thi đua\""), "{told}");
    for id in &ids {
        let name = node.api().person(id).await["values"]["full_name"].clone();
        assert!(told.contains(name.as_str().expect("a name")), "{told}");
    }
    browser.look("events-many-wrong").await;
    browser.click("select[name=form] option[value=giay_khen]").await;
    browser.look("events-many-form").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Ghi cho 3 người").await;
    browser.look("events-many-check").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã ghi cho 3 người").await;
    browser.look("events-many-done").await;
    let awards = |values: &serde_json::Value| {
        let all = values.as_object().expect("values");
        all.keys().filter(|key| key.starts_with("awards/") && key.ends_with("/form")).count()
    };
    for id in &ids {
        assert_eq!(awards(&node.api().person(id).await["values"]), 1);
    }
    browser.click("main form[action^='/events/batches/'] button").await;
    browser.says("Đã hoàn tác cho 3 người").await;
    for id in &ids {
        assert_eq!(awards(&node.api().person(id).await["values"]), 0);
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_from_the_form_to_the_other_ward() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, _) = town_with_a_conflict(folder.path()).await;
    let other = town.wards().await.last().expect("wards").clone();
    let index = town.join("phuong-nhan", &other.0).await;
    town.nodes[index].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let id = ready(&node.api()).await;
    let url = format!("http://{}", node.ui_address);
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "transfer").await;
    browser.find("[data-search]").await;

    // The ward asks; the receiving ward is typed by a few letters and must be one of the city.
    browser.go(&format!("{url}/people/{id}/events/transfer_out")).await;
    browser.find("[name='to_ward'][list]").await;
    type_into(&browser, "to_ward", "Phường ở đâu đó").await;
    type_into(&browser, "effective", "01/07/2025").await;
    decision(&browser, "5/TTr-UBND", "28/06/2025").await;
    control_s(&browser).await;
    browser.says("không phải tên một phường khác của thành phố").await;
    browser.look("transfer-form-wrong").await;
    type_into(&browser, "to_ward", &other.1).await;
    control_s(&browser).await;
    browser.says("Trước và sau khi ghi").await;
    browser.look("transfer-check").await;
    if browser.driver.find(By::Name("reason_accepted")).await.is_ok() {
        type_into(&browser, "reason_accepted", "Theo kế hoạch").await;
    }
    control_s(&browser).await;
    browser.says("Đã ghi vào hồ sơ").await;
    browser.go(&format!("{url}/requests")).await;
    browser.says("Chờ thành phố").await;
    browser.says(&other.1).await;
    browser.look("transfer-waits").await;

    // A person of another ward is asked for by a form of its own.
    browser.go(&format!("{url}/requests/new")).await;
    browser.fill("[name=person_id_no]", "1234").await;
    browser.click("main form button[type=submit]").await;
    browser.says("12 chữ số").await;
    browser.look("transfer-ask-in").await;

    // The city says yes; after the pull the record is gone here, and its line stays.
    node.sync_until_equal().await;
    let asked = town.hub.run(&["request", "list"]).await.ok().json();
    let one = &asked["requests"][0];
    let place = ["document", "row"].map(|key| one[key].as_str().expect("a place").to_owned());
    town.hub.run(&["request", "agree", &place[0], &place[1]]).await.ok();
    node.sync_until_equal().await;
    node.sync_until_equal().await;
    browser.go(&format!("{url}/requests")).await;
    browser.says(&format!("Đã duyệt, hồ sơ đã chuyển đến {}", other.1)).await;
    browser.look("transfer-left").await;
    browser.close().await;

    let there = &town.nodes[index];
    there.sync_until_equal().await;
    let url = format!("http://{}", there.ui_address);
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &there.login, &there.password, "transfer-there").await;
    browser.find("[data-search]").await;
    browser.go(&format!("{url}/requests")).await;
    browser.says("Mới chuyển đến").await;
    browser.look("transfer-came").await;
    browser.go(&format!("{url}/people/{id}/events/transfer_in")).await;
    browser.find("[name='job_position']").await;
    browser.close().await;
}
