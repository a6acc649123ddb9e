//! A ward clerk's whole day without a mouse: only keys, pressed into whatever has the focus. Every
//! stop on the way must be seen, and no way may be long.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_base::{Clock as _, SystemClock};
use wardbook_record::{Lang, PartialDate, names, schema};
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Node, artefact_path, keep_artefact};

use crate::browser::Browser;
use crate::keys::{FAR, NAVIGATION};
use crate::{PASSWORD, town_with_a_conflict};

/// What a field is called.
fn field(key: &str) -> &'static str {
    schema().field(key).expect("a field").label(Lang::Vi)
}

/// What a column is called.
fn column(table: &str, key: &str) -> &'static str {
    let table = schema().table(table).expect("a table");
    table.columns.iter().find(|column| column.key == key).expect("a column").label(Lang::Vi)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_by_keyboard_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, disputed) = town_with_a_conflict(folder.path()).await;
    let node = &town.nodes[0];
    let api = node.api();
    let (id, name) = somebody(&api).await;
    let browser = Browser::open().await;
    sign_in(&browser, node).await;
    find(&browser, &id, &name).await;
    edit(&browser, &api, &id).await;
    stale(&browser, &api, &id).await;
    row(&browser, &api, &id).await;
    create(&browser).await;
    composed_letters(&browser).await;
    act(&browser, &api, &id, &name).await;
    to_do(&browser).await;
    import(&browser, node, folder.path()).await;
    many(&browser).await;
    filters(&browser).await;
    paper(&browser, &id, &name).await;
    attach(&browser, &api, &id, &name).await;
    conflict(&browser, &api, &disputed).await;
    the_rest(&browser).await;
    keep_artefact("keyboard-ways.txt", crate::keys::ways().as_bytes());
    browser.close().await;
}

/// A person without a conflict, whose appointment and whose party membership have dates.
async fn somebody(api: &Api) -> (String, String) {
    let id = api.people("limit=9").await[7].clone();
    let today = PartialDate::in_vietnam(SystemClock.now());
    let joined = today.plus_days(3).plus_months(-12).stored();
    let fields = [
        ("current_title", "CB06"),
        ("title_appoint_date", "01/07/2020"),
        ("work_status", "dang_lam_viec"),
        ("party_join_date", joined.as_str()),
    ];
    api.set(&id, &fields).await.expect("an answer").ok();
    let name = api.person(&id).await["values"]["full_name"].as_str().expect("a name").to_owned();
    (id, name)
}

async fn sign_in(browser: &Browser, node: &Node) {
    browser.go(&format!("http://{}", node.ui_address)).await;
    browser.find("[name=login]").await;
    browser.type_over("Tên đăng nhập", &node.login, NAVIGATION).await;
    browser.type_over("Mật khẩu", &node.password, 1).await;
    browser.keys(Key::Enter).await;
    browser.find("[name=old]").await;
    browser.type_over("Mật khẩu một lần", &node.password, NAVIGATION).await;
    browser.type_over("Mật khẩu mới", PASSWORD, 1).await;
    browser.type_over("Nhập lại mật khẩu mới", PASSWORD, 1).await;
    browser.keys(Key::Enter).await;
    browser.find("[data-search]").await;
}

/// By `/`, the name without its marks, and the arrow down to the first person found.
async fn find(browser: &Browser, id: &str, name: &str) {
    browser.keys("/").await;
    browser.sees_focus().await;
    browser.keys(names::fold(name)).await;
    browser.find("tbody mark").await;
    for _ in 0..10 {
        browser.keys(Key::Down).await;
        browser.sees_focus().await;
        let here = "return document.activeElement?.getAttribute('href') ?? ''";
        if browser.value(here, Vec::new()).await == json!(format!("/people/{id}")) {
            break;
        }
    }
    assert!(browser.focus_name().await.contains(name), "the arrow leads to {name}");
    browser.keys(Key::Enter).await;
    browser.find("a[data-edit]").await;
}

/// Two sections: a date in one go, a code by some letters; save and go on, save, take back.
async fn edit(browser: &Browser, api: &Api, id: &str) {
    let before = api.person(id).await["values"].clone();
    browser.keys(Key::F2).await;
    browser.find("form[data-draft]").await;
    browser.type_over(field("birth_date"), "28021990", 20).await;
    browser.tab_on(field("ethnic"), 12).await;
    browser.control("a").await;
    browser.keys("tay").await;
    browser.find("#combo [role=option]").await;
    browser.keys(Key::Enter).await;
    browser.control(Key::Enter).await;
    browser.says("Đã lưu.").await;
    browser.find("form[action$='/sections/employment']").await;
    let saved = api.person(id).await["values"].clone();
    assert_eq!((&saved["birth_date"], &saved["ethnic"]), (&json!("1990-02-28"), &json!("02")));
    browser.type_over(field("job_before"), "Giáo viên", 4).await;
    browser.control("s").await;
    browser.find("[data-undo] button").await;
    assert_eq!(api.person(id).await["values"]["job_before"], json!("Giáo viên"));
    browser.control("z").await;
    browser.says("Đã hoàn tác lần lưu vừa rồi.").await;
    let undone = api.person(id).await["values"].clone();
    assert_eq!(undone["job_before"], before["job_before"], "the second save alone");
    assert_eq!(undone["birth_date"], json!("1990-02-28"));
}

/// Somebody else saved the same field meanwhile: the same keys choose as on a conflict.
async fn stale(browser: &Browser, api: &Api, id: &str) {
    browser.keys(Key::F2).await;
    browser.find("form[data-draft]").await;
    api.set(id, &[("job_before", "Bộ đội")]).await.expect("an answer").ok();
    browser.type_over(field("job_before"), "Công nhân", 4).await;
    browser.control("s").await;
    browser.says("Có người sửa cùng lúc").await;
    browser.sees_focus().await;
    assert!(browser.focus_name().await.starts_with("2. Công nhân"), "the own value has the focus");
    browser.keys("1").await;
    browser.sees_focus().await;
    assert!(browser.focus_name().await.starts_with("1. Bộ đội"));
    browser.keys("2").await;
    browser.keys(Key::Enter).await;
    assert_eq!(browser.focus_name().await, "Lưu lựa chọn");
    browser.look("keyboard-merge").await;
    browser.keys(Key::Enter).await;
    browser.find("a[data-edit]").await;
    assert_eq!(api.person(id).await["values"]["job_before"], json!("Công nhân"));
}

/// A row of a table of another tab, saved and another one begun, which is left by Escape.
async fn row(browser: &Browser, api: &Api, id: &str) {
    browser.skip().await;
    browser.press("D. Trình độ", FAR).await;
    browser.find("#section-qualification").await;
    browser.skip().await;
    browser.press("Thêm dòng: Đào tạo chuyên môn", FAR).await;
    browser.find("form[data-draft]").await;
    browser.type_over(column("degrees", "from_date"), "9/2008", 4).await;
    browser.type_over(column("degrees", "school"), "Đại học Luật Hà Nội", 6).await;
    browser.control(Key::Enter).await;
    browser.says("Đã lưu.").await;
    let values = api.person(id).await["values"].clone();
    let schools = values.as_object().expect("values").iter();
    let mut schools = schools.filter(|(key, _)| key.ends_with("/school"));
    assert!(schools.any(|(_, value)| value == "Đại học Luật Hà Nội"), "{values}");
    browser.keys(Key::Escape).await;
    browser.keys(Key::Escape).await;
    browser.find("#table-degrees").await;
}

async fn create(browser: &Browser) {
    browser.held(Key::Alt, "n").await;
    browser.find("form[action='/people/new']").await;
    browser.type_over(field("full_name"), "Nguyễn Thị Bàn Phím", 1).await;
    browser.type_over(field("birth_date"), "15/8/1992", 3).await;
    browser.type_over(field("person_id_no"), "074192001234", 3).await;
    browser.control("s").await;
    browser.says("Đã tạo hồ sơ mới.").await;
    browser.says("Nguyễn Thị Bàn Phím").await;
}

/// Telex and VNI: while a letter is composed, no key of the page's own does anything, and what was
/// composed is what stands in the box.
async fn composed_letters(browser: &Browser) {
    browser.held(Key::Alt, "n").await;
    browser.find("form[action='/people/new']").await;
    browser.tab_on(field("full_name"), 1).await;
    let typed = ["T", "Tr", "Tra", "Trâ", "Trần"];
    for text in typed {
        let at = text.chars().count();
        let letters = json!({"text": text, "selectionStart": at, "selectionEnd": at});
        cdp(browser, "Input.imeSetComposition", letters).await;
        // The input method swallows the key itself; the page hears only that something is composed.
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({"type": kind, "key": "Process", "windowsVirtualKeyCode": 229});
            cdp(browser, "Input.dispatchKeyEvent", key).await;
        }
        assert!(browser.focus_name().await.contains(field("full_name")), "after {text}");
    }
    cdp(browser, "Input.insertText", json!({"text": "Trần"})).await;
    // The keys that mean something outside of boxes are letters here.
    browser.keys(" /?123n").await;
    cdp(browser, "Input.insertText", json!({"text": " Đào"})).await;
    let held = "return document.activeElement.value";
    assert_eq!(browser.value(held, Vec::new()).await, json!("Trần /?123n Đào"));
    let still = browser.driver.current_url().await.expect("an address");
    assert!(still.path().ends_with("/people/new"), "{still}");
    browser.says("Đã lưu nháp").await;

    // A search asks once a letter is whole, not for its half.
    browser.navigate_from_top("Danh sách cán bộ").await;
    browser.find("[data-search]").await;
    browser.keys("/").await;
    let letters = json!({"text": "zzz", "selectionStart": 3, "selectionEnd": 3});
    cdp(browser, "Input.imeSetComposition", letters).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert!(
        !browser.text().await.contains("Không có người nào khớp."),
        "half a letter is no search"
    );
    cdp(browser, "Input.insertText", json!({"text": "zzz"})).await;
    browser.says("Không có người nào khớp.").await;
}

async fn cdp(browser: &Browser, command: &str, wanted: Value) {
    let answer: Result<Value, _> = browser.driver.cdp().send_raw(command, wanted).await;
    answer.unwrap_or_else(|error| panic!("{command}: {error}"));
}

/// Opens somebody's record from anywhere by keys.
async fn open(browser: &Browser, id: &str, name: &str) {
    browser.driver.refresh().await.expect("loaded anew");
    browser.navigate("Danh sách cán bộ").await;
    browser.find("[data-search]").await;
    find(browser, id, name).await;
}

/// An appointment to its end, and taken back.
async fn act(browser: &Browser, api: &Api, id: &str, name: &str) {
    open(browser, id, name).await;
    browser.skip().await;
    browser.press("Ghi sự việc", 12).await;
    browser.find("#event-list").await;
    browser.keys("/").await;
    browser.keys("bo nhiem phe chuan").await;
    browser.keys(Key::Enter).await;
    browser.find("[name=title]").await;
    for (box_name, text) in [
        ("title", "Chủ tịch UBND"),
        ("effective", "30/06/2025"),
        ("decision_no", "45/QĐ-UBND"),
        ("decision_date", "28/06/2025"),
        ("decision_org", "UBND phường Uyên Hưng"),
        ("signer", "Lê Văn Hùng"),
    ] {
        browser.tab_to(&format!("[name='{box_name}']")).await;
        browser.sees_focus().await;
        browser.control("a").await;
        browser.keys(text).await;
    }
    browser.control("s").await;
    browser.says("Trước và sau khi ghi").await;
    if browser.driver.find(By::Name("reason_accepted")).await.is_ok() {
        browser.tab_to("[name=reason_accepted]").await;
        browser.keys("Theo thông báo của Ban Thường vụ").await;
    }
    browser.control("s").await;
    browser.says("Đã ghi vào hồ sơ").await;
    assert_eq!(api.person(id).await["values"]["current_title"], json!("CB05"));
    browser.skip().await;
    browser.press("Hoàn tác", FAR).await;
    browser.find("a[href$='/events']").await;
    assert_eq!(api.person(id).await["values"]["current_title"], json!("CB06"));
}

async fn to_do(browser: &Browser) {
    browser.navigate("Việc cần làm").await;
    browser.find("tr[data-todo]").await;
    browser.skip().await;
    browser.press("Đã làm:", FAR).await;
    browser.says("Đã đánh dấu là đã làm.").await;
    browser.skip().await;
    browser.press("Hoàn tác đánh dấu vừa rồi", 6).await;
    browser.says("Đã bỏ đánh dấu").await;
    browser.skip().await;
    browser.press("Hoãn:", FAR).await;
    let until = PartialDate::in_vietnam(SystemClock.now()).plus_days(5).to_string();
    browser.type_over("Hoãn đến ngày", &until, 2).await;
    browser.keys(Key::Enter).await;
    browser.says("Đã hoãn việc này.").await;
}

/// A workbook seen before it is written, written, and taken back.
async fn import(browser: &Browser, node: &Node, folder: &Path) {
    let people = node.status().await["people"].as_u64().expect("a count");
    let workbook = folder.join("more.xlsx");
    city::write_ward(&workbook, &node.ward, 6, 77).expect("a workbook");
    browser.navigate("Nhập từ Excel").await;
    browser.find("input[type=file]").await;
    browser.skip().await;
    browser.tab_on("Tệp", 6).await;
    browser.give(&workbook).await;
    browser.press("Kiểm tra tệp", 2).await;
    browser.says("more.xlsx").await;
    browser.skip().await;
    browser.press("Nhập 6 dòng", 8).await;
    browser.says("Đã nhập xong.").await;
    assert_eq!(node.status().await["people"], json!(people + 6));
    browser.skip().await;
    browser.press("Hoàn tác", 4).await;
    browser.says("Hoàn tác lần nhập này?").await;
    browser.skip().await;
    browser.press("Hoàn tác", 4).await;
    browser.says("Đã hoàn tác 6 hồ sơ.").await;
    assert_eq!(node.status().await["people"], json!(people));
}

/// Two people are ticked by Space; Enter on a mark goes to the buttons.
async fn many(browser: &Browser) {
    browser.navigate("Danh sách cán bộ").await;
    browser.find("[data-search]").await;
    browser.keys("/").await;
    browser.keys(Key::Down).await;
    browser.held(Key::Shift, Key::Tab).await;
    for _ in 0..2 {
        browser.sees_focus().await;
        browser.keys(" ").await;
        browser.keys(Key::Tab).await;
        browser.keys(Key::Tab).await;
    }
    let ticked = "return document.querySelectorAll('[name=id]:checked').length";
    assert_eq!(browser.value(ticked, Vec::new()).await, json!(2));
    browser.keys(Key::Enter).await;
    browser.sees_focus().await;
    assert_eq!(browser.focus_name().await, "Sửa hàng loạt");
    browser.keys(Key::Enter).await;
    browser.says("Sẽ sửa 2 người").await;
    browser.skip().await;
    browser.tab_on("Mục cần sửa", 4).await;
    browser.keys(field("unit_remark")).await;
    browser.press("Tiếp tục", 2).await;
    browser.find("[name=value]").await;
    browser.skip().await;
    browser.type_over(field("unit_remark"), "Ghi chú chung", 4).await;
    browser.press("Xem trước và sau", 2).await;
    browser.says("Ghi 2 hồ sơ").await;
    browser.skip().await;
    browser.press("Ghi 2 hồ sơ", 12).await;
    browser.says("Đã ghi 2 hồ sơ.").await;
}

async fn filters(browser: &Browser) {
    browser.navigate("Danh sách cán bộ").await;
    browser.find("[data-search]").await;
    browser.skip().await;
    browser.press("Đảng viên", 8).await;
    browser.find("a.wb-chip[aria-current]").await;
    browser.skip().await;
    browser.press("Giới tính", FAR).await;
    browser.press("Nữ", 4).await;
    browser.find("a.wb-chip[href$='/people?sex=F']").await;
    browser.skip().await;
    browser.press("Bộ lọc đã lưu", FAR).await;
    browser.type_over("Đặt tên cho bộ lọc", "Nữ đảng viên", 4).await;
    browser.keys(Key::Enter).await;
    browser.says("Đã lưu bộ lọc.").await;
    browser.navigate("Danh sách cán bộ").await;
    browser.find("details.wb-saved").await;
    browser.skip().await;
    browser.press("Bộ lọc đã lưu", FAR).await;
    browser.press("Nữ đảng viên", 2).await;
    browser.find("a.wb-chip[href$='/people?sex=F']").await;
}

/// The printed form, and the statistics.
async fn paper(browser: &Browser, id: &str, name: &str) {
    open(browser, id, name).await;
    browser.skip().await;
    browser.press("In", 12).await;
    browser.says("In mẫu hồ sơ").await;
    browser.skip().await;
    browser.press("Xem và in", 6).await;
    browser.find("[data-print]").await;
    browser.tab_on("In", 8).await;
    browser.press("Quay lại", 8).await;
    browser.says("In mẫu hồ sơ").await;
    browser.navigate("Thống kê").await;
    browser.find("svg").await;
    browser.skip().await;
    browser.tab_on("Xuất Excel tất cả", 4).await;
}

async fn attach(browser: &Browser, api: &Api, id: &str, name: &str) {
    browser.picture("keyboard-photo").await;
    open(browser, id, name).await;
    browser.skip().await;
    browser.tab_to("a.wb-photo-link").await;
    browser.sees_focus().await;
    browser.keys(Key::Enter).await;
    browser.find("input[type=file]").await;
    browser.skip().await;
    browser.tab_on("Tệp ảnh trên máy", 8).await;
    browser.give(&artefact_path("keyboard-photo.png")).await;
    browser.press("Tiếp: cắt ảnh", 2).await;
    browser.says("Cắt ảnh 4x6").await;
    browser.skip().await;
    browser.press("Lưu ảnh", 12).await;
    browser.find("img.wb-photo").await;
    assert!(api.person(id).await["values"]["photo"].is_string());
}

/// 2 and Enter settle it; taken back it stands open again; 1 and Enter settle it for good.
async fn conflict(browser: &Browser, api: &Api, id: &str) {
    browser.navigate("Xung đột").await;
    for (key, undo) in [("2", true), ("1", false)] {
        browser.find("[data-choices]").await;
        browser.tab_to("[data-choices] input[type=radio]").await;
        browser.sees_focus().await;
        browser.keys(key).await;
        browser.sees_focus().await;
        let chosen = "return document.activeElement.labels[0].textContent";
        let chosen = browser.value(chosen, Vec::new()).await;
        let chosen = chosen.as_str().unwrap_or_default().to_owned();
        browser.keys(Key::Enter).await;
        browser.keys(Key::Enter).await;
        browser.says("Đã lưu quyết định.").await;
        let phone = api.person(id).await["values"]["phone"].clone();
        assert!(chosen.contains(phone.as_str().expect("a number")), "{chosen}: {phone}");
        let open = api.get("/conflicts").await["conflicts"].as_array().map(Vec::len);
        assert_eq!(open, Some(0));
        if undo {
            browser.control("z").await;
            browser.says("Đã hoàn tác lần lưu vừa rồi.").await;
            let open = api.get("/conflicts").await["conflicts"].as_array().map(Vec::len);
            assert_eq!(open, Some(1), "it stands open again");
            browser.navigate("Xung đột").await;
        }
    }
}

/// Sync, language, text size, help, sign out.
async fn the_rest(browser: &Browser) {
    browser.navigate("Đồng bộ").await;
    browser.find("#sync-steps").await;
    browser.skip().await;
    browser.press("Đồng bộ ngay", FAR).await;
    browser.says("hai bên khớp nhau").await;
    browser.driver.refresh().await.expect("loaded anew");
    browser.press("EN", 12).await;
    browser.says("Sync").await;
    browser.press("VI", 12).await;
    browser.says("Đồng bộ").await;
    browser.press("A++", 12).await;
    browser.find("html.text-a2").await;
    browser.press("A – ", 12).await;
    browser.find("html.text-a").await;
    browser.keys("?").await;
    browser.says("sang ô tiếp theo").await;
    browser.sees_focus().await;
    browser.keys(Key::Escape).await;
    let closed = "return document.getElementById('keys').open";
    assert_eq!(browser.value(closed, Vec::new()).await, json!(false));
    browser.driver.refresh().await.expect("loaded anew");
    browser.press("Trợ giúp", 8).await;
    browser.find("h1").await;
    browser.tab_to("header details.wb-menu summary").await;
    browser.sees_focus().await;
    browser.keys(Key::Enter).await;
    browser.press("Đăng xuất", 4).await;
    browser.find("[name=login]").await;
}
