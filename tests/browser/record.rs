//! One record in a real browser: its tabs, a run by keyboard alone, dates and lists as they are
//! typed, a draft through `kill -9`, undo, both histories, a conflict settled by keys, help, bytes.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_tests::harness::Town;

use crate::browser::Browser;
use crate::{PASSWORD, first_sign_in, town_with_a_conflict};

const KB: u64 = 1024;

impl Browser {
    /// What a box holds.
    async fn holds(&self, name: &str) -> String {
        let element = self.find(&format!("[name='{name}']")).await;
        element.prop("value").await.expect("read").unwrap_or_default()
    }

    /// The name of the box with the focus.
    async fn focused(&self) -> String {
        let name = self.value("return document.activeElement?.name ?? ''", Vec::new()).await;
        name.as_str().unwrap_or_default().to_owned()
    }
}

/// A town with a person in conflict, and a browser in which a clerk of the first node is signed in.
async fn signed_in(folder: &std::path::Path) -> (Town, String, Browser, String) {
    let (town, id) = town_with_a_conflict(folder).await;
    let browser = Browser::open().await;
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    first_sign_in(&browser, &url, &node.login, &node.password, "record").await;
    browser.find("[data-search]").await;
    (town, id, browser, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_from_sign_in_to_undo_by_keyboard_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, _) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let id = node.api().people("limit=9").await[7].clone();
    let browser = Browser::open().await;
    browser.go(&format!("http://{}", node.ui_address)).await;
    browser.tab_to("[name=login]").await;
    browser.keys(node.login.as_str()).await;
    browser.tab_to("[name=password]").await;
    browser.keys(node.password.as_str()).await;
    browser.keys(Key::Enter).await;
    browser.find("[name=old]").await;
    for (name, text) in [("old", node.password.as_str()), ("new", PASSWORD), ("again", PASSWORD)] {
        browser.tab_to(&format!("[name={name}]")).await;
        browser.keys(text).await;
    }
    browser.keys(Key::Enter).await;
    browser.find("[data-search]").await;

    // Found by a name without its marks, opened, its first section opened for editing.
    let person = node.api().person(&id).await;
    let name = person["values"]["full_name"].as_str().expect("a name").to_owned();
    browser.keys("/").await;
    browser.keys(wardbook_record::names::fold(&name)).await;
    browser.find(&format!("a[href='/people/{id}']")).await;
    browser.tab_to(&format!("a[href='/people/{id}']")).await;
    browser.keys(Key::Enter).await;
    browser.find("a[data-edit]").await;
    browser.look("record-tab").await;
    browser.keys(Key::F2).await;
    browser.find("form[data-draft]").await;
    type_dates_and_lists(&browser).await;

    // Kept while typing, saved, taken back.
    browser.says("Đã lưu nháp").await;
    browser.look("record-form").await;
    browser.control("s").await;
    browser.says("Đã lưu.").await;
    let saved = node.api().person(&id).await;
    assert_eq!(saved["values"]["ethnic"], json!("02"));
    assert_eq!(saved["values"]["birth_date"], json!("1990-06"));
    assert_eq!(saved["values"]["person_id_issue_date"], json!("1991-05-28"));
    browser.look("record-saved").await;
    browser.control("z").await;
    browser.says("Đã hoàn tác lần lưu vừa rồi.").await;
    let back = node.api().person(&id).await;
    for key in ["ethnic", "birth_date", "person_id_issue_date"] {
        assert_eq!(back["values"][key], person["values"][key], "{key}");
    }

    // The history of edits; the value that was undone comes back from it.
    browser.tab_to("a[href$='/history']").await;
    browser.keys(Key::Enter).await;
    browser.says("Hoàn tác").await;
    browser.look("record-history").await;
    browser.tab_to("button.wb-restore").await;
    browser.keys(Key::Enter).await;
    browser.says("Đã khôi phục giá trị.").await;
    browser.tab_to("a[href$='/career']").await;
    browser.keys(Key::Enter).await;
    browser.says("Những việc hồ sơ ghi").await;
    browser.look("record-career").await;
    browser.keys("?").await;
    browser.says("sang ô tiếp theo").await;
    browser.close().await;
}

async fn type_dates_and_lists(browser: &Browser) {
    // Enter and Tab both go on; a letter that is being composed is left alone.
    let first = browser.focused().await;
    assert_eq!(first, "person_id_no", "the first box has the focus");
    browser.keys(Key::Enter).await;
    assert_eq!(browser.focused().await, "person_id_issue_date");
    let composed = "const box = document.activeElement;\
        const key = (init) => box.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}));\
        const letters = [...'asfrxjdwoez0123456789/?n'].every(letter => key({key: letter}));\
        const enter = key({key: 'Enter', isComposing: true}) && key({key: 'Enter', keyCode: 229});\
        return [letters, enter, document.activeElement === box]";
    assert_eq!(browser.value(composed, Vec::new()).await, json!([true, true, true]));

    // A year of two digits asks for its century; the answer is a button one Tab away.
    browser.keys("28/5/91").await;
    browser.keys(Key::Tab).await;
    browser.says("28/05/1991").await;
    browser.says("28/05/2091").await;
    browser.look("record-century").await;
    browser.tab_back_to("[data-heard] button").await;
    browser.tab_back_to("[data-heard] button:first-of-type").await;
    browser.keys(Key::Enter).await;
    assert_eq!(browser.holds("person_id_issue_date").await, "28/05/1991");

    // A month alone stays a month, and is told so.
    browser.tab_to("[name=birth_date]").await;
    browser.keys("6/1990").await;
    browser.keys(Key::Enter).await;
    assert_eq!(browser.holds("birth_date").await, "06/1990");
    browser.says("Hiểu là tháng 6 năm 1990").await;

    // A list by a part of a label without its marks.
    browser.tab_to("[name=ethnic]").await;
    browser.keys("tay").await;
    browser.find("#combo [role=option]").await;
    browser.look("record-list").await;
    browser.keys(Key::Enter).await;
    assert_eq!(browser.holds("ethnic").await, "Tày");
    assert_eq!(browser.focused().await, "religion", "Enter chose and went on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_survives_kill_9_and_is_offered() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, id, browser, url) = signed_in(folder.path()).await;
    let form = format!("{url}/people/{id}/sections/identity");
    browser.go(&form).await;
    browser.fill("[name=email]", "dang.go.do@example.vn").await;
    browser.fill("[name=ethnic]", "Mường").await;
    browser.says("Đã lưu nháp").await;
    town.nodes[0].kill().await;
    town.nodes[0].start().await.expect("the node serves again");
    let before = town.nodes[0].api().person(&id).await;
    assert_eq!(before["values"]["email"], Value::Null, "a draft is no part of the record");

    // Offered with what was typed; restored; saving removes it.
    browser.go(&form).await;
    for words in ["Có bản nháp chưa lưu", "dang.go.do@example.vn", "Mường"] {
        browser.says(words).await;
    }
    browser.look("record-draft").await;
    browser.click("a[href$='?draft=1']").await;
    browser.find("form[data-draft]").await;
    assert_eq!(browser.holds("email").await, "dang.go.do@example.vn");
    assert_eq!(browser.holds("ethnic").await, "Mường");
    browser.click("main form button[type=submit]").await;
    browser.says("Đã lưu.").await;
    let saved = town.nodes[0].api().person(&id).await;
    assert_eq!(saved["values"]["email"], json!("dang.go.do@example.vn"));
    browser.go(&form).await;
    browser.find("form[data-draft]").await;

    // Thrown away: the form begins from the record again.
    browser.fill("[name=email]", "nham@example.vn").await;
    browser.says("Đã lưu nháp").await;
    browser.go(&form).await;
    browser.click("form[action*='/draft/discard'] button").await;
    browser.find("form[data-draft]").await;
    assert_eq!(browser.holds("email").await, "dang.go.do@example.vn");

    // A new person's form has a draft of its own.
    browser.go(&format!("{url}/people/new")).await;
    browser.fill("[name=full_name]", "Nguyễn Văn Nháp").await;
    browser.says("Đã lưu nháp").await;
    browser.go(&format!("{url}/people/new")).await;
    browser.says("Nguyễn Văn Nháp").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_has_its_tab_its_number_and_its_way_to_be_filled() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_town, id, browser, url) = signed_in(folder.path()).await;
    let (mut fields, mut tables) = (0, 0);
    for section in &wardbook_record::schema().sections {
        browser.go(&format!("{url}/people/{id}?tab={}", section.key)).await;
        browser.find("[aria-current=page]").await;
        let count = "return [document.querySelectorAll('.wb-facts dt').length, document.querySelectorAll('[id^=table-]').length]";
        let counted = browser.value(count, Vec::new()).await;
        fields += counted[0].as_u64().expect("a count");
        tables += counted[1].as_u64().expect("a count");
        if ["employment", "qualification", "pay"].contains(&section.key.as_str()) {
            browser.look(&format!("record-tab-{}", section.key)).await;
        }
    }
    assert_eq!((fields, tables), (104, 27));

    // What the printed form lacks: each line leads to its very box, which has the focus.
    browser.go(&format!("{url}/people/{id}")).await;
    browser.click(".wb-todo-list:has(a[href*='focus=']) summary").await;
    browser.look("record-missing").await;
    let link = browser.find(".wb-todo-list[open] a[href*='focus=']").await;
    let href = link.attr("href").await.expect("read").expect("an address");
    let wanted = href
        .split("focus=")
        .nth(1)
        .and_then(|rest| rest.split('#').next())
        .expect("a box")
        .to_owned();
    link.click().await.expect("clicked");
    browser.find("form[data-draft]").await;
    assert_eq!(browser.focused().await, wanted);

    // A row of a table, with its list; saved and another one begun.
    browser.go(&format!("{url}/people/{id}/tables/degrees/new")).await;
    browser.fill("[name=from_date]", "9/2008").await;
    browser.fill("[name=school]", "Đại học Luật Hà Nội").await;
    browser.look("record-row").await;
    let with_control = browser.find("[name=school]").await;
    with_control.send_keys(Key::Control + "\u{e007}").await.expect("typed");
    browser.says("Đã lưu.").await;
    assert_eq!(browser.holds("school").await, "", "the next row is empty");

    // Help of this screen, in the frame; another text size.
    browser.click("a.wb-help").await;
    browser.says("Đi qua các ô").await;
    browser.look("record-help").await;
    browser.go(&format!("{url}/people/{id}?text=a2")).await;
    browser.look("record-large").await;
    browser.go(&format!("{url}/people/{id}?text=a")).await;
    bytes(&browser, &url, &id).await;
    browser.close().await;
}

/// The first page with all it needs but fonts, and the later ones alone, as they come over the line.
async fn bytes(browser: &Browser, url: &str, id: &str) {
    let page = "return performance.getEntriesByType('navigation')[0].encodedBodySize";
    let rest = "return performance.getEntriesByType('resource').filter(r => !r.name.endsWith('.woff2'))\
        .map(r => r.encodedBodySize).reduce((a, b) => a + b, 0)";
    let mut told = String::new();
    for path in ["", "?tab=employment", "?tab=pay", "/sections/identity", "/history", "/career"] {
        browser.go(&format!("{url}/people/{id}{path}")).await;
        let own = browser.value(page, Vec::new()).await.as_u64().expect("bytes");
        let others = browser.value(rest, Vec::new()).await.as_u64().expect("bytes");
        let all = own + others;
        let _ = writeln!(told, "record{path}: {own} B, with its parts {all} B");
        assert!(own <= 20 * KB, "{path}: {own} B");
        assert!(own + others <= 100 * KB, "{path}: {own} + {others} B");
    }
    wardbook_tests::harness::keep_artefact("record-bytes.txt", told.as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_is_settled_by_keys_and_the_loser_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, id, browser, url) = signed_in(folder.path()).await;
    browser.go(&format!("{url}/people/{id}")).await;
    browser.tab_to("[data-choices] input[type=radio]").await;
    browser.look("record-conflict").await;
    // The second column, then on to the button.
    browser.keys("2").await;
    let chosen = "return [...document.querySelectorAll('[data-choices] input[type=radio]')].findIndex(r => r.checked)";
    assert_eq!(browser.value(chosen, Vec::new()).await, json!(1));
    // Another value has its own box, and typing there chooses it.
    browser.keys("3").await;
    browser.keys("0903333333").await;
    assert_eq!(browser.value(chosen, Vec::new()).await, json!(2));
    browser.keys(Key::Enter).await;
    browser.keys(Key::Enter).await;
    browser.says("Đã lưu quyết định.").await;
    let node = &town.nodes[0];
    assert_eq!(node.api().person(&id).await["values"]["phone"], json!("0903333333"));

    // Taken back by the same key as any save: the conflict stands open again, with both values.
    browser.control("z").await;
    browser.says("Đã hoàn tác lần lưu vừa rồi.").await;
    browser.go(&format!("{url}/people/{id}")).await;
    for words in ["hãy chọn giá trị đúng", "0901111111", "0902222222"] {
        browser.says(words).await;
    }
    browser.look("record-conflict-again").await;
    browser.tab_to("[data-choices] input[type=radio]").await;
    browser.keys("2").await;
    browser.keys(Key::Enter).await;
    browser.keys(Key::Enter).await;
    browser.says("Đã lưu quyết định.").await;

    // Both values stay in the history, where each can be restored.
    browser.go(&format!("{url}/people/{id}/history?field=phone")).await;
    for words in ["0901111111", "0902222222", "0903333333"] {
        browser.says(words).await;
    }
    browser.look("record-history-field").await;

    // What the other machine wrote was put aside here: it is told so there.
    for index in [0, 1] {
        town.nodes[index].sync_until_equal().await;
    }
    browser.go(&format!("{url}/people/{id}")).await;
    browser.says("Giá trị đã ghi nhưng không được lấy").await;
    browser.look("record-not-taken").await;
    browser.close().await;
}
