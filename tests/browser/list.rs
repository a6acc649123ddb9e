//! The list and the import wizard in a real browser, without a network: search with its marks, chips,
//! a saved filter, own columns, one value for many with its undo, a workbook that comes back without
//! a difference, and a file whose error is mended in place.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_record::names;
use wardbook_tests::city;
use wardbook_tests::harness::Town;

use crate::browser::Browser;
use crate::first_sign_in;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_finds_filters_edits_many_and_imports() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    town.join("ubnd", &ward).await;
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, &ward, 60, 9).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    // From here on the node has nobody to talk to.
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let id = node.api().people("limit=1").await[0].clone();
    let person = node.api().person(&id).await;
    let name = person["values"]["full_name"].as_str().expect("a name").to_owned();
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "list").await;
    browser.find("[data-search]").await;
    find(&browser, &name, &url).await;
    filter(&browser, &url).await;
    columns(&browser, &url).await;
    edit_many(&browser, &url).await;
    out_and_in(&browser, &url, folder.path()).await;
    mend(&browser, &url, folder.path()).await;
    browser.close().await;
}

/// By keyboard alone: `/`, letters without marks, Enter.
async fn find(browser: &Browser, name: &str, url: &str) {
    browser.go(&format!("{url}/people")).await;
    browser.look("list").await;
    let chain = browser.driver.action_chain().send_keys("/").send_keys(names::fold(name));
    chain.send_keys(Key::Enter).perform().await.expect("typed");
    browser.find("mark").await;
    let first = browser.find("tbody tr th a").await;
    assert_eq!(first.text().await.expect("read"), name, "the best one is the first");
    assert!(!browser.driver.current_url().await.expect("an address").as_str().contains("text="));
    browser.look("list-search").await;
}

/// Two chips and a list of codes, kept as a filter and opened again.
async fn filter(browser: &Browser, url: &str) {
    browser.go(&format!("{url}/people")).await;
    browser.click("a.wb-chip[href*='party=1']").await;
    browser.find("a.wb-chip[aria-current]").await;
    browser.click("details.wb-filter:has(a[href*='sex=']) > summary").await;
    browser.look("list-filter-open").await;
    browser.click("details.wb-filter a[href*='sex=F']").await;
    browser.find("a.wb-chip[href$='/people?sex=F']").await;
    let address = browser.driver.current_url().await.expect("an address");
    assert!(address.as_str().contains("sex=F&party=1"), "the whole state: {address}");
    let found = rows(browser).await;
    browser.click("details.wb-saved > summary").await;
    browser.fill("input[name=name]", "Nữ đảng viên").await;
    browser.click("form[action='/people/saved'] button").await;
    browser.says("Đã lưu bộ lọc.").await;
    browser.go(&format!("{url}/people")).await;
    browser.click("details.wb-saved > summary").await;
    browser.look("list-saved").await;
    browser.click(".wb-saved-list a").await;
    browser.find("a.wb-chip[href$='/people?sex=F']").await;
    assert_eq!(rows(browser).await, found);
}

async fn rows(browser: &Browser) -> usize {
    browser.driver.find_all(By::Css("tbody tr")).await.expect("rows").len()
}

async fn columns(browser: &Browser, url: &str) {
    browser.go(&format!("{url}/people/columns")).await;
    browser.look("list-columns").await;
    browser.click("input[value=phone]").await;
    browser.fill("input[name=place-phone]", "1").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã lưu các cột của bạn.").await;
    let heads = browser.driver.find_all(By::Css("thead th")).await.expect("heads");
    let third = heads[2].text().await.expect("read");
    assert_eq!(third, "Điện thoại", "after the tick box and the name");
}

/// Three people are ticked; the new value is seen before it is written, and taken back as one.
async fn edit_many(browser: &Browser, url: &str) {
    browser.go(&format!("{url}/people")).await;
    for at in 1..=3 {
        browser.click(&format!("tbody tr:nth-child({at}) input[name=id]")).await;
    }
    browser.click("button[name=do][value=edit]").await;
    browser.says("Sẽ sửa 3 người").await;
    browser.look("list-bulk-field").await;
    choose(browser, "select[name=field]", "unit_remark").await;
    browser.click("main form button[type=submit]").await;
    browser.fill("[name=value]", "Ghi chú chung").await;
    browser.look("list-bulk-value").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Ghi 3 hồ sơ").await;
    browser.look("list-bulk-preview").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã ghi 3 hồ sơ.").await;
    browser.look("list-bulk-done").await;
    browser.click("main a[href*='/undo']").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã hoàn tác 3 hồ sơ.").await;

    // A set of codes: added to, not written over.
    browser.go(&format!("{url}/people")).await;
    for at in 1..=3 {
        browser.click(&format!("tbody tr:nth-child({at}) input[name=id]")).await;
    }
    browser.click("button[name=do][value=edit]").await;
    choose(browser, "select[name=field]", "policy_category").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Thêm vào (giữ các mục đang có)").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Chưa chọn mục nào").await;
    browser.look("list-bulk-codes").await;
    browser.click("main input[name^='code.']").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Ghi 3 hồ sơ").await;
    browser.look("list-bulk-codes-preview").await;
}

async fn choose(browser: &Browser, css: &str, value: &str) {
    let script = "const box = document.querySelector(arguments[0]); box.value = arguments[1]; return box.value";
    let set =
        browser.driver.execute(script, vec![json!(css), json!(value)]).await.expect("a script");
    assert_eq!(*set.json(), json!(value), "{css} offers it");
}

/// The list as a workbook; imported again it differs in nothing.
async fn out_and_in(browser: &Browser, url: &str, folder: &Path) {
    browser.go(&format!("{url}/people")).await;
    let script = "const done = arguments[arguments.length - 1];\
        fetch(document.querySelector('a[href^=\"/export.xlsx\"]').href).then(r => r.arrayBuffer())\
        .then(b => done([...new Uint8Array(b)]), e => done([]));";
    let bytes = browser.driver.execute_async(script, Vec::new()).await.expect("a file");
    let bytes: Vec<Value> = bytes.convert().expect("bytes");
    let bytes: Vec<u8> = bytes.iter().filter_map(|b| u8::try_from(b.as_u64()?).ok()).collect();
    assert!(bytes.starts_with(b"PK"), "a workbook");
    let file = folder.join("danh-sach.xlsx");
    std::fs::write(&file, bytes).expect("written");
    upload(browser, url, &file).await;
    browser.says("danh-sach.xlsx").await;
    let address = browser.driver.current_url().await.expect("an address");
    browser
        .go(&format!("{}?tab=duplicates", address.as_str().split('?').next().unwrap_or_default()))
        .await;
    browser.says("Dòng này không khác hồ sơ").await;
    browser.look("import-duplicates").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã nhập xong.").await;
}

async fn upload(browser: &Browser, url: &str, file: &Path) {
    browser.go(&format!("{url}/import")).await;
    let file = file.to_str().expect("UTF-8");
    browser.find("input[type=file]").await.send_keys(file).await.expect("chosen");
    browser.click("main form button[type=submit]").await;
}

/// A file without a known header and with a wrong date: pointed at, matched, mended, written.
async fn mend(browser: &Browser, url: &str, folder: &Path) {
    let file = folder.join("danh-ba.csv");
    let text = "DANH BẠ\nQuý danh,Sinh nhật\nNguyễn Thị Thử,31/02/1990\nLê Văn Mới,05/06/1991\n";
    std::fs::write(&file, text).expect("written");
    upload(browser, url, &file).await;
    browser.says("hãy chỉ ra trang tính").await;
    browser.look("import-table").await;
    browser.fill("input[name=header_row]", "2").await;
    browser.click("main form button[type=submit]").await;
    browser.find("select[name=column-0]").await;
    choose(browser, "select[name=column-0]", "full_name").await;
    choose(browser, "select[name=column-1]", "birth_date").await;
    browser.look("import-columns").await;
    browser.click("main form button[type=submit]").await;
    browser.find("input[name=cell-B3]").await;
    browser.look("import-cells").await;
    browser.fill("input[name=cell-B3]", "28/02/1990").await;
    browser.click("form[action$='/cells'] button[type=submit]").await;
    browser.says("Đã kiểm tra lại.").await;
    browser.says("Nhập 2 dòng").await;
    browser.look("import-ready").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã nhập xong.").await;
    browser.look("import-done").await;
}
