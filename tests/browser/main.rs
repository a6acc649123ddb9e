//! The main path in a real browser, in Vietnamese: a clerk signs in, finds a person, edits, sees a
//! conflict; an officer settles it and reads the report. Screenshots are kept as artefacts.

mod answers;
mod attach;
mod bad_input;
mod browser;
mod carried;
mod cut_off;
mod drafts;
mod events;
mod forms;
mod keyboard;
mod keys;
mod list;
mod names;
mod no_script;
mod office;
mod paper;
mod print;
mod record;
mod roles;
mod screens;
mod todo;
mod too_long;
mod visitor;
mod words;

use browser::Browser;
use serde_json::json;
use thirtyfour::prelude::*;
use wardbook_tests::city;
use wardbook_tests::harness::{Api, PASSWORD, Town};

/// Signs in with the one-time password and chooses a new one, as a person does the first time.
async fn first_sign_in(browser: &Browser, url: &str, login: &str, password: &str, name: &str) {
    browser.go(url).await;
    browser.find("input[name=login]").await;
    browser.look(&format!("{name}-sign-in")).await;
    browser.fill("input[name=login]", login).await;
    browser.fill("input[name=password]", password).await;
    browser.click("main form button[type=submit]").await;
    browser.fill("input[name=old]", password).await;
    browser.fill("input[name=new]", PASSWORD).await;
    browser.fill("input[name=again]", PASSWORD).await;
    browser.look(&format!("{name}-new-password")).await;
    browser.click("main form button[type=submit]").await;
}

async fn town_with_a_conflict(folder: &std::path::Path) -> (Town, String) {
    let mut town = Town::found(folder, "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    for name in ["ubnd", "dang-uy"] {
        town.join(name, &ward).await;
    }
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, 40, 3).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    for index in [0, 1] {
        town.nodes[index].sync_until_equal().await;
        town.nodes[index].line.cut();
        town.nodes[index].start().await.expect("the node serves");
    }
    let (a, b): (Api, Api) = (town.nodes[0].api(), town.nodes[1].api());
    let id = a.people("limit=1").await[0].clone();
    a.set(&id, &[("phone", "0901111111")]).await.expect("an answer").ok();
    b.set(&id, &[("phone", "0902222222")]).await.expect("an answer").ok();
    for node in &town.nodes {
        node.line.restore();
    }
    for index in [0, 1, 0] {
        town.nodes[index].sync_until_equal().await;
    }
    (town, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_edits_and_an_officer_settles_and_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, id) = town_with_a_conflict(folder.path()).await;
    let browser = Browser::open().await;
    clerk(&browser, &town, &id).await;
    keyboard_only(&browser, &town, &id).await;
    somebody_else_was_faster(&browser, &town, &id).await;
    import(&browser, &town, folder.path()).await;
    officer(&browser, &town, &id).await;
    browser.close().await;
}

async fn clerk(browser: &Browser, town: &Town, id: &str) {
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    first_sign_in(browser, &url, &node.login, &node.password, "node").await;

    // The list, and a search without diacritics that finds the name with them.
    browser.go(&format!("{url}/people")).await;
    browser.says("Họ và tên").await;
    browser.look("node-people").await;
    let person = node.api().person(id).await;
    let name = person["values"]["full_name"].as_str().expect("a name").to_owned();
    let bare = wardbook_record::names::fold(&name);
    browser.fill("input[name=text]", &bare).await;
    browser.find("input[name=text]").await.send_keys(Key::Enter).await.expect("typed");
    browser.find(&format!("a[href='/people/{id}']")).await;
    browser.look("node-search").await;
    assert!(
        !browser.driver.current_url().await.expect("an address").as_str().contains("text="),
        "no name in an address"
    );

    // The record with all its sections, and its conflict with both values.
    browser.go(&format!("{url}/people/{id}")).await;
    browser.says(&name).await;
    for words in ["0901111111", "0902222222"] {
        browser.says(words).await;
    }
    browser.look("node-record").await;

    // An edit of one section; only what was touched is saved.
    let link = browser.find("a[data-edit]").await;
    let address = link.attr("href").await.expect("read").expect("an address");
    browser.go(&format!("{url}{address}")).await;
    browser.fill("input[name='email']", "chi.hoa@example.vn").await;
    browser.look("node-section").await;
    browser.click("main form button[type=submit]").await;
    browser.says("chi.hoa@example.vn").await;
    assert_eq!(node.api().person(id).await["values"]["email"], json!("chi.hoa@example.vn"));

    // A date that cannot be: explained beside the box and at the top, nothing lost.
    browser.go(&format!("{url}{address}")).await;
    browser.fill("input[name='birth_date']", "31/02/1990").await;
    browser.click("main form button[type=submit]").await;
    browser.find("[role=alert]").await;
    let kept = browser.find("input[name='birth_date']").await.prop("value").await.expect("read");
    assert_eq!(kept.as_deref(), Some("31/02/1990"));
    browser.look("node-section-wrong").await;

    for (path, picture) in [
        (format!("/people/{id}/history"), "node-history"),
        ("/conflicts".to_owned(), "node-conflicts"),
        ("/sync".to_owned(), "node-sync"),
        ("/import".to_owned(), "node-import"),
        ("/people/new".to_owned(), "node-new-person"),
    ] {
        browser.go(&format!("{url}{path}")).await;
        browser.find("h1").await;
        browser.look(picture).await;
    }
    browser.go(&format!("{url}/people?lang=en")).await;
    browser.says("Find a person").await;
    browser.look("node-people-english").await;
    browser.go(&format!("{url}/people?lang=vi")).await;
}

/// From the list to a saved edit without a mouse.
async fn keyboard_only(browser: &Browser, town: &Town, id: &str) {
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    browser.go(&format!("{url}/people/{id}")).await;
    let link = browser.find("a[data-edit]").await;
    link.focus().await.expect("focus");
    link.send_keys(Key::Enter).await.expect("typed");
    let phone = browser.find("input[name='bank_account']").await;
    phone.focus().await.expect("focus");
    phone.send_keys("0123456789").await.expect("typed");
    phone.send_keys(Key::Control + "s").await.expect("typed");
    browser.says("0123456789").await;
    assert_eq!(node.api().person(id).await["values"]["bank_account"], json!("0123456789"));
}

/// A form that was opened before somebody else saved the same field: both values, to choose from.
async fn somebody_else_was_faster(browser: &Browser, town: &Town, id: &str) {
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    browser.go(&format!("{url}/people/{id}")).await;
    let link = browser.find("a[data-edit]").await;
    let address = link.attr("href").await.expect("read").expect("an address");
    browser.go(&format!("{url}{address}")).await;
    node.api().set(id, &[("email", "theirs@example.vn")]).await.expect("an answer").ok();
    browser.fill("input[name='email']", "mine@example.vn").await;
    browser.click("main form button[type=submit]").await;
    browser.says("theirs@example.vn").await;
    browser.says("mine@example.vn").await;
    browser.look("node-merge").await;
    browser.click("input[type=radio][value=mine]").await;
    browser.click("main form button[type=submit]").await;
    browser.find("h1").await;
    assert_eq!(node.api().person(id).await["values"]["email"], json!("mine@example.vn"));
}

/// A workbook with one bad row: seen before anything is written, imported, undone.
async fn import(browser: &Browser, town: &Town, folder: &std::path::Path) {
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let people = node.status().await["people"].as_u64().expect("a count");
    let workbook = folder.join("more.xlsx");
    city::write_ward(&workbook, &node.ward, 6, 77).expect("a workbook");
    browser.go(&format!("{url}/import")).await;
    let file = workbook.to_str().expect("UTF-8");
    browser.find("input[type=file]").await.send_keys(file).await.expect("chosen");
    browser.click("main form button[type=submit]").await;
    browser.says("more.xlsx").await;
    browser.look("node-import-preview").await;
    assert_eq!(node.status().await["people"], json!(people), "a preview writes nothing");
    browser.click("main form button[type=submit]").await;
    browser.find("a[href*='/undo']").await;
    browser.look("node-import-done").await;
    assert_eq!(node.status().await["people"], json!(people + 6));
    browser.click("main a[href*='/undo']").await;
    browser.click("main form button[type=submit]").await;
    browser.find("h1").await;
    browser.look("node-import-undone").await;
    assert_eq!(node.status().await["people"], json!(people));
}

async fn officer(browser: &Browser, town: &Town, id: &str) {
    let hub = &town.hub;
    let url = format!("http://{}", hub.ui_address);
    first_sign_in(browser, &url, &hub.login, &hub.password, "hub").await;
    browser.go(&format!("{url}/wards")).await;
    browser.says("Uyên Hưng").await;
    browser.look("hub-wards").await;
    let ward = &town.nodes[0].ward;
    browser.go(&format!("{url}/wards/{ward}")).await;
    browser.says("ubnd").await;
    browser.look("hub-ward").await;
    browser.go(&format!("{url}/people")).await;
    browser.look("hub-people").await;

    // The conflict: both values, who wrote them; settled by choosing one.
    browser.go(&format!("{url}/conflicts")).await;
    for words in ["0901111111", "0902222222"] {
        browser.says(words).await;
    }
    browser.look("hub-conflicts").await;
    let hub_api = hub.api();
    let conflicts = hub_api.get("/conflicts").await;
    let values =
        conflicts["conflicts"][0]["fields"][0]["values"].as_array().expect("values").clone();
    let chosen =
        values.iter().find(|v| v["value"] == "0902222222").expect("the value")["hash"].clone();
    browser
        .click(&format!("input[type=radio][value='{}']", chosen.as_str().expect("a hash")))
        .await;
    browser.click("[data-conflict-card] form button[type=submit]").await;
    browser.find("h1").await;
    assert_eq!(hub_api.person(id).await["values"]["phone"], json!("0902222222"));
    browser.go(&format!("{url}/conflicts")).await;
    browser.look("hub-conflicts-settled").await;

    browser.go(&format!("{url}/people/{id}")).await;
    browser.look("hub-record").await;
    browser.go(&format!("{url}/report")).await;
    browser.find("svg").await;
    browser.look("hub-report").await;
}
