//! The official forms as Chromium prints them, read back as PDF; many at once; the statistics.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_record::{Field, Kind, Part, PartialDate, schema};
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Town};

use crate::browser::Browser;
use crate::first_sign_in;
use crate::paper::{Pdf, bare};

const PORTRAIT: (f64, f64) = (210.0, 297.0);
const LANDSCAPE: (f64, f64) = (297.0, 210.0);
const FORMS: [(&str, &str); 2] = [
    ("syll", include_str!("../../shared/web/data/forms/syll.json")),
    ("2c", include_str!("../../shared/web/data/forms/2c.json")),
];

/// A ward of 24 people without a line to the city, and a clerk signed in at it.
async fn signed_in(folder: &std::path::Path) -> (Town, Browser, String) {
    let mut town = Town::found(folder, "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    town.join("ubnd", &ward).await;
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, 24, 5).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town.nodes[0].line.cut();
    town.nodes[0].start().await.expect("the node serves");
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    // The first client chooses the cryptography of all, the browser's driver included.
    drop(node.api());
    let browser = Browser::open().await;
    first_sign_in(&browser, &url, &node.login, &node.password, "print").await;
    browser.find("[data-search]").await;
    (town, browser, url)
}

/// A new record with these edits; its id.
async fn record(api: &Api, edits: Vec<Value>) -> String {
    let made = api.post("/people", &json!({"edits": edits})).await;
    let id = made["id"].as_str().or_else(|| made["document"].as_str());
    id.unwrap_or_else(|| panic!("{made}")).to_owned()
}

/// Every field of the schema with a value that can be told from all others where it is text, and
/// two rows in every table. Texts are called `Thử` with a number, so that they are found again.
struct Whole {
    edits: Vec<Value>,
    texts: BTreeMap<String, String>,
}

impl Whole {
    fn make() -> Self {
        let mut whole = Self { edits: Vec::new(), texts: BTreeMap::new() };
        for field in schema().fields.iter().filter(|field| !field.computed) {
            if let Some(value) = whole.value(field, &field.key, 1) {
                whole.edits.push(json!({"op": "set", "path": field.key, "value": value}));
            }
        }
        for table in &schema().tables {
            for row in 1..=2 {
                let mut cells = serde_json::Map::new();
                for column in &table.columns {
                    let name = format!("{}/{}/{row}", table.key, column.key);
                    if let Some(value) = whole.value(column, &name, row) {
                        cells.insert(column.key.clone(), value);
                    }
                }
                whole.edits.push(json!({"op": "add_row", "table": table.key, "cells": cells}));
            }
        }
        whole
    }

    /// What is put into a field; nothing where it cannot be typed.
    fn value(&mut self, field: &Field, name: &str, row: i64) -> Option<Value> {
        let as_of: PartialDate = "2025-06-30".parse().expect("a date");
        Some(match &field.kind {
            Kind::Text { .. } | Kind::LongText | Kind::Ref | Kind::Place => self.text(field, name),
            // Typed as one text, its parts between semicolons.
            Kind::Object(parts) => {
                let of_part = |part: &Part| self.text(field, &format!("{name}{}", part.suffix));
                let texts: Vec<Value> = parts.iter().map(of_part).collect();
                let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                json!(texts.join("; "))
            }
            Kind::Int { min, .. } => json!((*min).max(1) + row),
            Kind::Decimal { .. } | Kind::Percent => json!("3,66"),
            Kind::Money => json!(12_340_000 + row),
            Kind::Bool => json!(true),
            Kind::Date | Kind::PartialDate => json!(format!("05/04/{}", 2010 + row)),
            Kind::Month => json!(format!("04/{}", 2010 + row)),
            Kind::Code => {
                let items = field.items_on(as_of);
                // Records with any other mark of secrecy are refused.
                let item = if field.key == "secrecy_level" { items.first() } else { items.last() };
                json!(item.map(|item| item.code.clone()))
            }
            Kind::Enum(choices) => json!(choices.first().map(|choice| choice.code.clone())),
            Kind::Codes | Kind::Uuid | Kind::Unit | Kind::Blob | Kind::DateTime => return None,
        })
    }

    fn text(&mut self, field: &Field, name: &str) -> Value {
        let number = self.texts.len() + 1;
        let text = match field.key.as_str() {
            "full_name" => "Nguyễn Thị Quỳnh Như".to_owned(),
            // Fields with a form of their own would refuse other text.
            "person_id_no" => "074185001234".to_owned(),
            _ => format!("Thử {number:03}"),
        };
        self.texts.insert(name.to_owned(), text.clone());
        json!(text)
    }
}

/// The keys that a form prints, and the titles of its items in order.
fn printed(file: &str) -> (BTreeSet<String>, Vec<String>) {
    fn keys(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::String(key) => {
                into.insert(key.clone());
            }
            Value::Array(all) => all.iter().for_each(|value| keys(value, into)),
            Value::Object(parts) => {
                // Of several that stand for each other only the first is printed: all are filled.
                if let Some(first) = parts.get("first").and_then(|all| all.get(0)) {
                    keys(first, into);
                }
                for name in ["of", "code", "cells", "value", "rows", "table"] {
                    if let Some(value) = parts.get(name) {
                        keys(value, into);
                    }
                }
            }
            _ => {}
        }
    }
    let form: Value = serde_json::from_str(file).expect("JSON");
    let mut found = BTreeSet::new();
    let all = |name: &str| form[name].as_array().expect("a list").clone();
    for part in all("head").iter().chain(&all("numbers")) {
        keys(&part["value"], &mut found);
    }
    let mut titles = Vec::new();
    for item in all("items") {
        let parts = item["parts"].as_array().cloned().unwrap_or_default();
        for part in &parts {
            keys(&part["value"], &mut found);
        }
        for source in item["table"]["sources"].as_array().cloned().unwrap_or_default() {
            let table = source["table"].as_str().expect("a table");
            let mut columns = BTreeSet::new();
            keys(&source["cells"], &mut columns);
            found.extend(columns.iter().map(|column| format!("{table}/{column}")));
        }
        let label = item["title"].as_str().or_else(|| parts.first()?["label"].as_str());
        let label = label.expect("a label").split('{').next().expect("text");
        titles.push(bare(&format!("{}. {label}", item["no"].as_str().expect("a number"))));
    }
    (found, titles)
}

/// A4, Tinos alone and embedded, the margins of Decree 30/2020, and a number on each later page.
fn is_proper_paper(pdf: &Pdf, name: &str, size: (f64, f64), margins: [f64; 4]) {
    let points = if size == PORTRAIT { "594.96 x 841.92" } else { "841.92 x 594.96" };
    for found in pdf.sizes() {
        assert!(found.starts_with(points) && found.contains("A4"), "{name}: {found}");
    }
    let fonts = pdf.fonts();
    assert!(!fonts.is_empty(), "{name}");
    for (font, embedded) in fonts {
        assert!(font.starts_with("Tinos-") && embedded, "{name}: {font} {embedded}");
    }
    let found = pdf.margins(size);
    for (found, least) in found.into_iter().zip(margins) {
        assert!(found > least - 0.5, "{name}: margins {found} mm, at least {least} mm");
    }
    assert!(!pdf.pages[0].trim_start().starts_with('1'), "{name}: no number on the first page");
    for (at, page) in pdf.pages.iter().enumerate().skip(1) {
        let number = (at + 1).to_string();
        assert!(page.lines().any(|line| line.trim() == number), "{name}: page {number}: {page}");
    }
}

/// Each word in its place after the one before it.
fn stand_in_order(text: &str, words: &[String]) {
    let mut from = 0;
    for word in words {
        let at = text[from..].find(word.as_str());
        from += at.unwrap_or_else(|| panic!("{word} does not follow in {}", &text[from..]))
            + word.len();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_forms_print_as_the_state_wants_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, browser, url) = signed_in(folder.path()).await;
    let api = town.nodes[0].api();
    full(&browser, &url, &api).await;
    empty(&browser, &url, &api).await;
    long(&browser, &url, &api).await;
    browser.close().await;
}

async fn full(browser: &Browser, url: &str, api: &Api) {
    let whole = Whole::make();
    let id = record(api, whole.edits.clone()).await;
    browser.go(&format!("{url}/people/{id}/print")).await;
    browser.says("2C-BNV/2008").await;
    browser.look("print-choose").await;
    for (form, file) in FORMS {
        browser.go(&format!("{url}/people/{id}/print/{form}")).await;
        browser.find("[data-print]").await;
        browser.look(&format!("print-{form}")).await;
        let pdf = Pdf::print(browser, &format!("print-{form}-full")).await;
        is_proper_paper(&pdf, form, PORTRAIT, [30.0, 20.0, 15.0, 20.0]);
        let text = pdf.text();
        for words in [
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "SƠ YẾU LÝ LỊCH",
            "NGUYỄN THỊ QUỲNH NHƯ",
            "05/04/2011",
            "04/2012",
            "3,66",
            "Người khai",
        ] {
            assert!(text.contains(&bare(words)), "{form}: {words}");
        }
        let (keys, titles) = printed(file);
        stand_in_order(&text, &titles);
        let shown = |name: &str| {
            let bare_name = name.trim_end_matches(|c: char| c == '/' || c.is_ascii_digit());
            let owner = bare_name.split('.').next().unwrap_or(bare_name);
            keys.contains(owner)
        };
        for (name, value) in &whole.texts {
            if shown(name) {
                let capital = bare(&value.to_uppercase());
                assert!(
                    text.contains(&bare(value)) || text.contains(&capital),
                    "{form}: {name} {value}"
                );
            }
        }
        assert!((4..=9).contains(&pdf.pages.len()), "{form}: {} pages", pdf.pages.len());
        // What is on the screen for the clerk alone is not on paper.
        assert!(!text.contains("Ctrl") && !text.contains(&bare("còn thiếu")), "{form}");
    }
}

async fn empty(browser: &Browser, url: &str, api: &Api) {
    let name = json!({"op": "set", "path": "full_name", "value": "Trần Văn Trống"});
    let id = record(api, vec![name]).await;
    for (form, file) in FORMS {
        browser.go(&format!("{url}/people/{id}/print/{form}")).await;
        browser.says("Còn thiếu").await;
        browser.look(&format!("print-{form}-empty")).await;
        let link = browser.find(".missing a").await.attr("href").await.expect("read");
        assert!(link.is_some_and(|link| link.starts_with(&format!("/people/{id}"))), "{form}");
        let script = "return [document.querySelectorAll('.dots').length, document.querySelectorAll('tr.blank').length]";
        let counts = browser.driver.execute(script, Vec::new()).await.expect("counted");
        let counts: Vec<u64> = counts.convert().expect("two numbers");
        assert!(counts[0] >= 50 && counts[1] >= 12, "{form}: dots and empty rows {counts:?}");
        let pdf = Pdf::print(browser, &format!("print-{form}-empty")).await;
        is_proper_paper(&pdf, form, PORTRAIT, [30.0, 20.0, 15.0, 20.0]);
        stand_in_order(&pdf.text(), &printed(file).1);
        assert!((4..=6).contains(&pdf.pages.len()), "{form}: {} pages", pdf.pages.len());
    }
}

/// Long texts and long tables: heads on each page, no row torn, nothing lost.
async fn long(browser: &Browser, url: &str, api: &Api) {
    let sentence =
        "Hoàn thành tốt nhiệm vụ được giao, phối hợp chặt chẽ với các ban, ngành, đoàn thể. ";
    let mut edits = vec![
        json!({"op": "set", "path": "full_name", "value": "Công Tằng Tôn Nữ Nguyễn Phúc Bảo Quỳnh Hương Giang"}),
        json!({"op": "set", "path": "unit_remark", "value": format!("ĐẦU {} CUỐI", sentence.repeat(100))}),
        json!({"op": "set", "path": "home_town", "value": format!("Thôn {}", "Đông ".repeat(60))}),
    ];
    for n in 0..45 {
        let cells = json!({"from_date": format!("{:02}/{}", n % 12 + 1, 1975 + n), "org": format!("Mở{n:02} {} Đóng{n:02}", sentence.repeat(2)), "title": "Cán bộ"});
        edits.push(json!({"op": "add_row", "table": "work_history", "cells": cells}));
    }
    let id = record(api, edits).await;
    browser.go(&format!("{url}/people/{id}/print/syll")).await;
    let pdf = Pdf::print(browser, "print-syll-long").await;
    is_proper_paper(&pdf, "long", PORTRAIT, [30.0, 20.0, 15.0, 20.0]);
    let pages: Vec<String> = pdf.pages.iter().map(|page| bare(page)).collect();
    for n in 0..45 {
        let whole = |page: &&String| {
            page.contains(&format!("Mở{n:02}")) && page.contains(&format!("Đóng{n:02}"))
        };
        assert_eq!(pages.iter().filter(whole).count(), 1, "row {n} stands whole on one page");
    }
    let with_rows = pages.iter().filter(|page| page.contains("Mở"));
    assert!(with_rows.clone().count() >= 3);
    for page in with_rows {
        assert!(page.contains(&bare("Chức danh, chức vụ")), "the head of the table: {page}");
    }
    let text = pdf.text();
    assert_eq!(text.matches(&bare(sentence)).count(), 190, "nothing of the long texts is lost");
    assert!(text.contains("ĐẦU") && text.contains("CUỐI"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_printed_at_once_and_the_ward_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, browser, url) = signed_in(folder.path()).await;
    let api = town.nodes[0].api();
    many(&browser, &url, &api).await;
    signed(&browser, &url, &api).await;
    statistics(&browser, &url, &api).await;
    browser.close().await;
}

/// Sends a form as the list does: a page of its own origin with hidden boxes.
async fn send(browser: &Browser, pairs: &[(&str, &str)]) {
    let script = "const form = document.createElement('form'); form.method = 'post'; form.action = '/people/print';\
        for (const [name, value] of arguments[0]) { const box = document.createElement('input'); box.type = 'hidden';\
        box.name = name; box.value = value; form.append(box); } document.body.append(form); form.submit();";
    browser.driver.execute(script, vec![json!(pairs)]).await.expect("sent");
}

/// However many lines there are, the signatures stand with the last two of them: with one more line
/// after the other, the page is full at some number.
async fn signatures_keep_lines(browser: &Browser, url: &str, api: &Api) {
    let ids = api.people("limit=24").await;
    let mut pages = BTreeSet::new();
    for count in 5..=16 {
        browser.go(&format!("{url}/people")).await;
        let mut who = vec![("form", "extract")];
        who.extend(ids.iter().take(count).map(|id| ("id", id.as_str())));
        send(browser, &who).await;
        browser.click("#print-job a[href$='/sheets']").await;
        browser.find("[data-print]").await;
        let pdf = Pdf::print(browser, "print-extract-lines").await;
        let last = bare(pdf.pages.last().expect("a page"));
        assert!(last.contains("Ngườilập") && last.contains("(Kýtên,đóngdấu)"), "{count}: {last}");
        for id in ids[..count].iter().rev().take(2) {
            let name = api.person(id).await["values"]["full_name"].clone();
            let name = bare(name.as_str().expect("a name"));
            assert!(last.contains(&name), "{count} lines, {name} is not beside: {last}");
        }
        pages.insert(pdf.pages.len());
    }
    assert!(pages.len() > 1, "the list came to a second page: {pages:?}");
}

/// The office says who signs; both the list and a person's form have it, on one page with the date.
async fn signed(browser: &Browser, url: &str, api: &Api) {
    browser.go(&format!("{url}/office/paper")).await;
    for (name, text) in [
        ("superior", "Ủy ban nhân dân thành phố Tân Uyên"),
        ("agency", "Ủy ban nhân dân phường Uyên Hưng"),
        ("place", "Uyên Hưng"),
        ("signer_title", "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"),
        ("signer_name", "Trần Thị Ký 2"),
    ] {
        browser.fill(&format!("main form [name={name}]"), text).await;
    }
    browser.click("main form button[type=submit]").await;
    browser.find("#error-summary").await;
    browser.look("office-paper-wrong").await;
    browser.fill("main form [name=signer_name]", "Trần Thị Ký").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đang in trên giấy").await;
    browser.look("office-paper").await;
    browser.go(&format!("{url}/office")).await;
    browser.says("Người ký: TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH, Trần Thị Ký").await;
    browser.look("office-overview").await;

    let id = api.people("limit=1").await[0].clone();
    for form in ["extract", "syll", "2c"] {
        browser.go(&format!("{url}/people/{id}/print/{form}")).await;
        browser.find("[data-print]").await;
        let pdf = Pdf::print(browser, &format!("print-signed-{form}")).await;
        let last = bare(pdf.pages.last().expect("a page"));
        for words in ["TM.ỦYBANNHÂNDÂN", "CHỦTỊCH", "TrầnThịKý", "UyênHưng,ngày"] {
            assert!(last.contains(words), "{form} {words}: {last}");
        }
        let first = bare(&pdf.pages[0]);
        let head = "ỦYBANNHÂNDÂNTHÀNHPHỐTÂNUYÊN";
        assert_eq!(first.contains(head), form == "extract", "{form}: {first}");
        assert!(!pdf.text().contains("Thủtrưởng"), "{form}");
    }
}

async fn many(browser: &Browser, url: &str, api: &Api) {
    let ids = api.people("limit=5").await;
    browser.go(&format!("{url}/people")).await;
    let marked: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    send(browser, &marked).await;
    browser.says("Sẽ in cho 5 người").await;
    browser.look("print-many").await;
    browser.click("input[name=form][value='2c']").await;
    browser.click("main form button[type=submit]").await;
    browser.find("#print-job a[href$='/sheets']").await;
    browser.look("print-job").await;
    browser.click("#print-job a[href$='/sheets']").await;
    browser.find("[data-print]").await;
    let pdf = Pdf::print(browser, "print-2c-many").await;
    let starts = pdf.pages.iter().filter(|page| bare(page).contains("CỘNGHÒAXÃHỘI"));
    assert_eq!(starts.count(), 5, "each person begins on a page of their own");
    for id in &ids {
        let name =
            api.person(id).await["values"]["full_name"].as_str().expect("a name").to_uppercase();
        assert!(pdf.text().contains(&bare(&name)), "{name}");
    }

    // All that the filter finds, one line each, across the sheet.
    browser.go(&format!("{url}/people")).await;
    send(browser, &[("form", "extract"), ("scope", "all"), ("sex", "F")]).await;
    browser.click("#print-job a[href$='/sheets']").await;
    browser.find("[data-print]").await;
    browser.look("print-extract").await;
    let pdf = Pdf::print(browser, "print-extract").await;
    is_proper_paper(&pdf, "extract", LANDSCAPE, [20.0, 20.0, 15.0, 15.0]);
    let women = api.people("sex=F&limit=100").await;
    for id in &women {
        let person = api.person(id).await;
        let name = person["values"]["full_name"].as_str().expect("a name").to_owned();
        assert!(pdf.text().contains(&bare(&name)), "{name}");
    }
    assert!(pdf.text().contains(&format!("{}người", women.len())));
    for page in &pdf.pages {
        assert!(bare(page).contains("Họvàtên"), "the head on every page: {page}");
    }
    signatures_keep_lines(browser, url, api).await;

    browser.go(&format!("{url}/people")).await;
    // Stopped: nothing is shown any more, and the page says so.
    let script = "const done = arguments[arguments.length - 1];\
        fetch('/people/print', {method: 'POST', body: new URLSearchParams({form: 'syll', scope: 'all', sex: 'M'})})\
        .then(answer => fetch(answer.url + '/cancel', {method: 'POST'})).then(answer => answer.text()).then(done);";
    let page = browser.driver.execute_async(script, Vec::new()).await.expect("an answer");
    let page: String = page.convert().expect("text");
    assert!(page.contains("Đã hủy bản in này"), "{page}");

    // By keyboard: the first stop is the button, Enter prints.
    browser.go(&format!("{url}/people/{}/print/2c", ids[0])).await;
    browser.find("[data-print]").await;
    let heard = "window.print = () => { window.printed = true; }";
    browser.driver.execute(heard, Vec::new()).await.expect("heard");
    browser
        .driver
        .action_chain()
        .send_keys(Key::Tab)
        .send_keys(Key::Enter)
        .perform()
        .await
        .expect("typed");
    let printed = browser.driver.execute("return window.printed === true", Vec::new()).await;
    assert_eq!(printed.expect("read").json(), &json!(true));

    // A form that is not there.
    let script = "const done = arguments[arguments.length - 1];\
        fetch(arguments[0]).then(answer => done(answer.status));";
    for (path, expected) in [("print/4c", 404), ("print/2c", 200), ("print", 200)] {
        let address = json!(format!("/people/{}/{path}", ids[0]));
        let status = browser.driver.execute_async(script, vec![address]).await.expect("an answer");
        assert_eq!(status.json(), &json!(expected), "{path}");
    }
}

async fn statistics(browser: &Browser, url: &str, api: &Api) {
    let id = api.people("limit=1").await[0].clone();
    let heads = api.person(&id).await["heads"].clone();
    let row = json!({"op": "add_row", "table": "movements", "cells": {"kind": "tuyen_dung", "effective": "01/03/2025"}});
    let body = json!({"base_heads": heads, "edits": [row]});
    api.call(Method::PATCH, &format!("/people/{id}"), Some(&body)).await.expect("an answer").ok();

    browser.go(&format!("{url}/statistics")).await;
    browser.says("Thống kê nhân sự").await;
    browser.look("statistics").await;
    let charts =
        browser.driver.find_all(By::Css("figure.wb-chart svg[role=img]")).await.expect("charts");
    assert_eq!(charts.len(), 6);
    for words in [
        "Giới tính",
        "Độ tuổi",
        "Trình độ chuyên môn",
        "Ngạch",
        "Đảng viên",
        "Biến động",
        "Tuyển dụng",
    ] {
        browser.says(words).await;
    }
    let script = "const done = arguments[arguments.length - 1];\
        Promise.all([...document.querySelectorAll('a[href$=\".xlsx\"]')].map(link => fetch(link.href)\
        .then(answer => answer.arrayBuffer()).then(bytes => String.fromCharCode(...new Uint8Array(bytes.slice(0, 2))))))\
        .then(done);";
    let books = browser.driver.execute_async(script, Vec::new()).await.expect("workbooks");
    let books: Vec<String> = books.convert().expect("texts");
    assert_eq!(books, ["PK"; 7], "one of all, and one a chart");

    let pdf = Pdf::print(browser, "statistics").await;
    assert!(pdf.text().contains(&bare("Biến động nhân sự")));
    assert!(!pdf.text().contains(&bare("Xuất Excel")), "buttons stay on the screen");

    // From a figure to its people.
    let link = browser.find("td a[href*='sex=F']").await;
    let count = link.text().await.expect("a figure");
    browser.click("td a[href*='sex=F']").await;
    browser.says(&format!("{count} người")).await;
    browser.look("statistics-list").await;
}
