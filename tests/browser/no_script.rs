//! A browser that runs no script: signing in, a new person, an edit with a slip, a personnel action,
//! an import to its end. Everything is a plain form, and nothing typed is lost.

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::Visitor;

use crate::browser::Browser;
use crate::screens::sign_in;
use crate::town_with_a_conflict;

impl Browser {
    /// From now on no page runs its scripts.
    async fn run_no_scripts(&self) {
        let off = json!({"value": true});
        let set = self.driver.cdp().send_raw("Emulation.setScriptExecutionDisabled", off).await;
        let _: Value = set.expect("scripts are off");
    }

    /// Where the browser is, without the host.
    async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        url.path().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_everything_is_done_by_plain_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, _) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let (url, api) = (format!("http://{}", node.ui_address), node.api());
    Visitor::first_sign_in(&url, &node.login, &node.password).await;
    let browser = Browser::open().await;
    browser.run_no_scripts().await;
    sign_in(&browser, &url, &node.login).await;
    let script = browser.value("return typeof window.htmx", Vec::new()).await;
    assert_eq!(script, json!("undefined"), "no script of the page has run");

    // A new person.
    browser.go(&format!("{url}/people/new")).await;
    browser.fill("[name=full_name]", "Đặng Thị Không Kịch Bản").await;
    browser.fill("[name=birth_date]", "5/6/1988").await;
    browser.click("main form[data-dirty-guard] button[type=submit]").await;
    browser.says("Đặng Thị Không Kịch Bản").await;
    let id = browser.path().await.split('/').nth(2).expect("a person").to_owned();
    assert_eq!(api.person(&id).await["values"]["birth_date"], json!("1988-06-05"));

    // A slip is told, and all that was typed is still there; then it is saved.
    browser.go(&format!("{url}/people/{id}/sections/identity")).await;
    browser.fill("[name=email]", "khong.js@example.vn").await;
    browser.fill("[name=ethnic]", "Mường").await;
    browser.fill("[name=birth_date]", "31/02/1988").await;
    browser.click("main form[data-dirty-guard] button[type=submit]").await;
    browser.find("#error-summary").await;
    for (name, text) in
        [("email", "khong.js@example.vn"), ("ethnic", "Mường"), ("birth_date", "31/02/1988")]
    {
        let held = browser.find(&format!("[name={name}]")).await.prop("value").await;
        assert_eq!(held.expect("read").as_deref(), Some(text));
    }
    browser.fill("[name=birth_date]", "28/02/1988").await;
    browser.click("main form[data-dirty-guard] button[type=submit]").await;
    browser.says("Đã lưu.").await;
    let values = api.person(&id).await["values"].clone();
    assert_eq!(values["email"], json!("khong.js@example.vn"));
    assert_eq!(values["birth_date"], json!("1988-02-28"));

    // A personnel action: the form, the check, the record.
    browser.go(&format!("{url}/people/{id}/events/reward")).await;
    for (name, text) in [
        ("content", "Hoàn thành xuất sắc đợt chuyển đổi số"),
        ("decision_no", "77/QĐ-UBND"),
        ("decision_date", "28/06/2025"),
        ("decision_org", "UBND phường Uyên Hưng"),
        ("signer", "Lê Văn Hùng"),
    ] {
        browser.fill(&format!("main form [name={name}]"), text).await;
    }
    browser.click("main form [name=form] option[value=giay_khen]").await;
    browser.click("main form[data-dirty-guard] button[type=submit]").await;
    browser.says("Trước và sau khi ghi").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã ghi vào hồ sơ").await;
    let values = api.person(&id).await["values"].clone();
    assert!(values.as_object().expect("values").values().any(|v| v == "77/QĐ-UBND"), "{values}");

    // A workbook: looked at, written, told.
    let before = node.status().await["people"].as_u64().expect("a count");
    let workbook = folder.path().join("more.xlsx");
    city::write_ward(&workbook, &node.ward, 6, 77).expect("a workbook");
    browser.go(&format!("{url}/import")).await;
    let file = browser.find("input[type=file]").await;
    file.send_keys(workbook.to_str().expect("UTF-8")).await.expect("chosen");
    browser.click("main form button[type=submit]").await;
    browser.says("more.xlsx").await;
    assert_eq!(node.status().await["people"], json!(before), "a preview writes nothing");
    browser.click("main form[action^='/import/'] button[type=submit]").await;
    browser.find("a[href*='/undo']").await;
    assert_eq!(node.status().await["people"], json!(before + 6));
    let script = browser.value("return typeof window.htmx", Vec::new()).await;
    assert_eq!(script, json!("undefined"));
    browser.close().await;
}
