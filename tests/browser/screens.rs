//! Every screen of the node, as its router names them: none can be forgotten. Each is opened as the
//! keeper of the office at 1366x768 and at 320 px, and must be accessible, Vietnamese, quiet in the
//! browser's console, and under the strict policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use wardbook_tests::harness::{Api, Town, keep_artefact, pdf};

use crate::browser::Browser;
use crate::visitor::Visitor;
use crate::{PASSWORD, town_with_a_conflict};

/// The files in which the node says its addresses. `/api/v1` is for programs.
const ROUTERS: [&str; 3] = [
    include_str!("../../node/src/router.rs"),
    include_str!("../../node/src/pages/events/mod.rs"),
    include_str!("../../node/src/pages/office/mod.rs"),
];

/// Addresses that are no page: a part of one, a file, or a way to another address.
const NO_PAGES: [(&str, Shows); 25] = [
    ("/", Shows::Elsewhere),
    ("/export.xlsx", Shows::File),
    ("/import/{token}/errors.xlsx", Shows::File),
    ("/import/{token}/skipped.xlsx", Shows::File),
    ("/lock", Shows::Elsewhere),
    ("/office/network/certificate", Shows::File),
    ("/people/bulk", Shows::Elsewhere),
    ("/people/bulk/preview", Shows::Elsewhere),
    ("/people/bulk/value", Shows::Elsewhere),
    ("/people/saved/{whose}/{key}", Shows::Elsewhere),
    ("/people/{id}/export.xlsx", Shows::File),
    ("/people/{id}/files/{hash}", Shows::File),
    ("/people/{id}/propose", Shows::Refused),
    ("/people/{id}/photo", Shows::File),
    ("/people/{id}/photo/look", Shows::File),
    ("/proposals/{key}/proof", Shows::File),
    ("/setup", Shows::Elsewhere),
    ("/setup/account", Shows::Elsewhere),
    ("/setup/join", Shows::Elsewhere),
    ("/statistics.xlsx", Shows::File),
    ("/statistics/{key}", Shows::File),
    ("/sync/badge", Shows::Part),
    ("/sync/steps", Shows::Part),
    ("/template.xlsx", Shows::File),
    ("/todo/export.xlsx", Shows::File),
];

/// What stands for the words in braces, where it is not one of the [`Desk`]'s own.
const EXAMPLES: [(&str, &str); 18] = [
    ("/accounts/{login}", "/accounts/{login}"),
    ("/events/batches/{key}", "/events/batches/{many}"),
    ("/help/{screen}", "/help/people"),
    ("/import/{token}/progress", "/import/0123456789abcdef/progress"),
    ("/import/{token}/skipped.xlsx", "/import/{written}/skipped.xlsx"),
    ("/import/batches/{batch}/undo", "/import/batches/1/undo"),
    ("/people/saved/{whose}/{key}", "/people/saved/mine/{filter}"),
    ("/people/{id}/events/{key}", "/people/{id}/events/appoint"),
    ("/people/{id}/files/{hash}", "/people/{id}/files/{hash}"),
    ("/people/{id}/photo/cut", "/people/{id}/photo/cut?picture={picture}"),
    ("/people/{id}/photo/look", "/people/{id}/photo/look?picture={picture}"),
    ("/people/{id}/print/{form}", "/people/{id}/print/syll"),
    ("/people/{id}/sections/{section}", "/people/{id}/sections/identity"),
    ("/people/{id}/tables/{table}/{row}", "/people/{id}/tables/documents/{row}"),
    ("/people/{id}/tables/{table}/{row}/file", "/people/{id}/tables/documents/{row}/file"),
    ("/people/{id}/tables/{table}/{row}/retire", "/people/{id}/tables/documents/{row}/retire"),
    ("/proposals/{key}/proof", "/proposals/1/proof"),
    ("/statistics/{key}", "/statistics/sex.xlsx"),
];

/// An address of the node, and how it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// With words in braces, as in the router.
    pub(crate) path: String,
    pub(crate) get: bool,
    pub(crate) post: bool,
}

/// Every address of the node but those for programs.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = Vec::new();
    for text in ROUTERS {
        for part in text.split(".route(").skip(1) {
            let path = part.split('"').nth(1).expect("an address").to_owned();
            let own = arguments(part);
            let asks = |method: &str| {
                own.match_indices(method).any(|(at, _)| {
                    !own[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
                })
            };
            all.push(Route { get: asks("get("), post: asks("post("), path });
        }
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// The text up to the bracket that closes the call.
fn arguments(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[..end.expect("the call ends")]
}

/// What an address shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// A page of its own.
    Page,
    /// A piece of a page.
    Part,
    /// A workbook, a picture, a certificate.
    File,
    /// What this role may not see: the page that says so.
    Refused,
    /// Another address, by a redirect.
    Elsewhere,
}

/// An address that can be opened.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    /// As the router calls it.
    pub(crate) route: String,
    pub(crate) address: String,
    pub(crate) shows: Shows,
}

/// What the examples are about: a person with a photo and a scan, an import that is looked at, an
/// action that was written, a paper that was made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    words: BTreeMap<&'static str, String>,
}

impl Desk {
    /// Does what leaves something to look at on every screen, as the keeper of an office in which
    /// `id` is a person. Any picture serves as the photo.
    pub(crate) async fn fill(visitor: &Visitor, api: &Api, id: &str, picture: Vec<u8>) -> Self {
        let mut words = BTreeMap::from([("id", id.to_owned())]);
        words.insert("login", login_of(visitor).await);
        let cells = json!({"kind": "qd", "number": "12/QĐ-UBND"});
        let row = json!({"edits": [{"op": "add_row", "table": "documents", "cells": cells}]});
        let added = api.call(Method::PATCH, &format!("/people/{id}"), Some(&row)).await;
        added.expect("an answer").ok();
        let values = api.person(id).await["values"].clone();
        let mut names = values.as_object().expect("values").keys();
        let row = names.find_map(|name| name.strip_prefix("documents/")).expect("a row");
        let row = row.split('/').next().expect("its id").to_owned();

        // A photo, and another picture that is not cut yet.
        let choose = format!("/people/{id}/photo/choose");
        let chosen = visitor.upload(&choose, "anh.png", picture.clone()).await;
        let key = after(chosen.to(), "picture=");
        let kept = visitor.post(&format!("/people/{id}/photo/cut"), &[("picture", &key)]).await;
        assert_eq!(kept.status, 303, "{}", kept.words());
        let chosen = visitor.upload(&choose, "anh.png", picture).await;
        words.insert("picture", after(chosen.to(), "picture="));
        let scan = pdf(5_000);
        let place = format!("/people/{id}/tables/documents/{row}/file");
        let kept = visitor.upload(&place, "quyet-dinh.pdf", scan).await;
        assert_eq!(kept.status, 303, "{}", kept.words());
        let values = api.person(id).await["values"].clone();
        let scan = values[format!("documents/{row}/file")].as_str().expect("a scan").to_owned();
        words.insert("hash", scan.split(' ').next().expect("its hash").to_owned());
        words.insert("row", row);

        // A workbook that is looked at, with an error, a remark and somebody who is here already.
        let name = values["full_name"].as_str().unwrap_or_default();
        let text = format!("Họ và tên,Ngày sinh,Ghi gì\n{name},31/02/1990,x\nLê Văn Mới,1991,y\n");
        let begun = visitor.upload("/import", "hai-nguoi.csv", text.into_bytes()).await;
        words.insert("token", after(begun.to(), "/import/"));
        // Another one that was written, without its only row.
        let text = "Họ và tên,Ngày sinh\nLê Văn Bỏ,31/02/1990\n".to_owned();
        let begun = visitor.upload("/import", "mot-nguoi.csv", text.into_bytes()).await;
        let written = visitor.post(begun.to(), &[]).await;
        assert!(written.to().contains("skipped=1"), "{}", written.to());
        words.insert("written", after(begun.to(), "/import/"));

        // A paper, an action for one and one for many.
        let printed = visitor.post("/people/print", &[("form", "syll"), ("id", id)]).await;
        words.insert("job", after(printed.to(), "/print/"));
        let inputs = json!({
            "content": "Hoàn thành xuất sắc đợt chuyển đổi số", "form": "giay_khen",
            "decision_no": "77/QĐ-UBND", "decision_date": "28/06/2025",
            "decision_org": "UBND phường Uyên Hưng", "signer": "Lê Văn Hùng",
        });
        let asked = json!({"inputs": inputs});
        let done = api.post(&format!("/people/{id}/events/reward"), &asked).await;
        words.insert("change", done["change"].as_str().expect("a change").to_owned());
        let many = [("id", id), ("key", "reward"), ("stage", "save")];
        let boxes = inputs.as_object().expect("boxes").iter();
        let boxes = boxes.map(|(key, text)| (key.as_str(), text.as_str().unwrap_or_default()));
        let form: Vec<(&str, &str)> = many.into_iter().chain(boxes).collect();
        let written = visitor.post("/people/events", &form).await;
        words.insert("many", after(written.to(), "/events/batches/"));

        // A filter with a name.
        visitor.post("/people/saved", &[("name", "Nữ"), ("sex", "F")]).await;
        let list = visitor.get("/people").await.body;
        words.insert("filter", after(&list, "/people/saved/mine/"));
        Self { words }
    }

    /// An address with its words in braces filled in.
    pub(crate) fn example(&self, route: &str) -> String {
        let shape = EXAMPLES.iter().find(|(known, _)| *known == route).map_or(route, |(_, s)| s);
        let mut address = shape.to_owned();
        for (word, value) in &self.words {
            address = address.replace(&format!("{{{word}}}"), value);
        }
        assert!(!address.contains('{'), "{route} has no example in tests/browser/screens.rs");
        address
    }

    /// Everything that can be opened by its address.
    pub(crate) fn screens(&self) -> Vec<Screen> {
        let shows = |route: &str| {
            let known = NO_PAGES.iter().find(|(known, _)| *known == route);
            known.map_or(Shows::Page, |(_, shows)| *shows)
        };
        let asked = routes().into_iter().filter(|route| route.get);
        asked
            .map(|route| Screen {
                address: self.example(&route.path),
                shows: shows(&route.path),
                route: route.path,
            })
            .collect()
    }

    /// The same screens about other things: every section, table, tab and action.
    pub(crate) fn variants(&self) -> Vec<String> {
        let id = &self.words["id"];
        let schema = wardbook_record::schema();
        let sections = schema.sections.iter().flat_map(|section| {
            let key = &section.key;
            [format!("/people/{id}?tab={key}"), format!("/people/{id}/sections/{key}")]
        });
        let tables = schema.tables.iter().map(|t| format!("/people/{id}/tables/{}/new", t.key));
        let events = wardbook_record::events::events().all.iter();
        let events = events.map(|event| format!("/people/{id}/events/{}", event.key));
        let tabs = ["errors", "warnings", "duplicates", "ready"];
        let tabs = tabs.map(|tab| format!("/import/{}?tab={tab}", self.words["token"]));
        let left_out = format!("/import/done?batch=1&skipped=1&from={}", self.words["written"]);
        sections.chain(tables).chain(events).chain(tabs).chain([left_out]).collect()
    }
}

/// The first account's name.
async fn login_of(visitor: &Visitor) -> String {
    let list = visitor.get("/accounts").await;
    let logins = list.body.split("href=\"/accounts/").skip(1);
    let mut logins = logins.filter_map(|rest| rest.split('"').next());
    logins.next().unwrap_or_else(|| panic!("{}", list.words())).to_owned()
}

/// The word that follows `mark` in an address or a page.
fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark} in {text}")).1;
    rest.split(['/', '?', '&', '"', '#']).next().unwrap_or_default().to_owned()
}

/// An office with a line to its city, a person in conflict and something on every screen.
pub(crate) struct Office {
    pub(crate) town: Town,
    pub(crate) url: String,
    pub(crate) visitor: Visitor,
    pub(crate) desk: Desk,
    /// A picture that serves as a photo: PNG.
    pub(crate) picture: Vec<u8>,
}

impl Office {
    /// Founds it; the browser, which makes a picture, is not signed in.
    pub(crate) async fn found(folder: &Path, browser: &Browser) -> Self {
        let (town, id) = town_with_a_conflict(folder).await;
        let node = &town.nodes[0];
        let url = format!("http://{}", node.ui_address);
        let visitor = Visitor::first_sign_in(&url, &node.login, &node.password).await;
        browser.go(&format!("{url}/sign-in")).await;
        let picture = browser.driver.screenshot_as_png().await.expect("a picture");
        let desk = Desk::fill(&visitor, &node.api(), &id, picture.clone()).await;
        Self { town, url, visitor, desk, picture }
    }
}

#[test]
fn every_address_of_the_router_has_a_place_in_the_table() {
    let routes = routes();
    assert!(routes.len() > 90, "only {} addresses were read", routes.len());
    assert!(routes.iter().all(|route| route.get || route.post), "{routes:?}");
    // Nobody adds addresses in a file that is not read here.
    let others: usize = ROUTERS.iter().map(|text| text.matches("::routes()").count()).sum();
    assert_eq!(others, 3, "events, office and the interface for programs");
    for (known, _) in NO_PAGES {
        assert!(routes.iter().any(|route| route.path == known && route.get), "{known} is gone");
    }
    for (known, _) in EXAMPLES {
        assert!(routes.iter().any(|route| route.path == known && route.get), "{known} is gone");
    }
}

/// What is wrong with the page that the browser shows, in words.
pub(crate) async fn faults(browser: &Browser, address: &str) -> Vec<String> {
    let mut wrong: Vec<String> =
        browser.axe().await.iter().map(|found| format!("axe: {found}")).collect();
    let english = crate::words::english_words(browser).await;
    if !english.is_empty() {
        wrong.push(format!("English words: {english:?}"));
    }
    let headings = "return document.querySelectorAll('h1').length";
    let headings = browser.value(headings, Vec::new()).await;
    if headings != json!(1) {
        wrong.push(format!("{headings} h1"));
    }
    // A step of the way to the page without a name, or a mark with nothing behind it.
    let steps = "const all = [...document.querySelectorAll('.wb-crumbs li')];\
        return all.filter((li, at) => !li.textContent.trim() || !li.querySelector('a[href^=\"/\"]')\
          || [['::before', at > 0], ['::after', false]].some(([where, wanted]) =>\
            !['none', 'normal'].includes(getComputedStyle(li, where).content) !== wanted)).length";
    let empty = browser.value(steps, Vec::new()).await;
    if empty != json!(0) {
        wrong.push(format!("{empty} empty steps in the way to the page"));
    }
    wrong.extend(quiet(browser).await);
    wrong.into_iter().map(|words| format!("{address}: {words}")).collect()
}

/// What the browser complained of since the last look.
pub(crate) async fn quiet(browser: &Browser) -> Vec<String> {
    let lines = browser.driver.browser_log().await.expect("the console");
    lines.into_iter().map(|line| format!("console: {} {}", line.level, line.message)).collect()
}

/// Whether the page is wider than its window, and by what.
async fn reflow(browser: &Browser) -> Option<String> {
    let wide = "const page = document.scrollingElement;\
        if (page.scrollWidth <= innerWidth) return null;\
        const inside = (one) => { for (let e = one.parentElement; e && e !== document.body; e = e.parentElement)\
          { if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)) return true; } return false; };\
        const over = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !inside(e));\
        return page.scrollWidth + ' px: ' + over.slice(0, 4).map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right)).join(', ')";
    let found = browser.value(wide, Vec::new()).await;
    found.as_str().map(|words| format!("wider than 320 px: {words}"))
}

impl Browser {
    /// Gives the page a window of this width, as a zoom of 400 % or a telephone does.
    pub(crate) async fn window(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let set = self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await;
        let _: Value = set.expect("a window");
    }
}

/// Signs the browser in with the password that the visitor has set.
pub(crate) async fn sign_in(browser: &Browser, url: &str, login: &str) {
    browser.go(&format!("{url}/sign-in")).await;
    browser.fill("input[name=login]", login).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.click("main form button[type=submit]").await;
    browser.find("nav.wb-nav").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_is_accessible_narrow_vietnamese_and_under_the_strict_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    let browser = Browser::open().await;
    let office = Office::found(folder.path(), &browser).await;
    let mut wrong = Vec::new();
    let mut table = String::new();

    // What an address answers, and under which policy.
    for screen in office.desk.screens() {
        let got = office.visitor.get(&screen.address).await;
        let _ = writeln!(table, "{:?} {} {}", screen.shows, got.status, screen.address);
        let fits = match screen.shows {
            // An import that failed is told by this very page.
            Shows::Page if screen.route.ends_with("/progress") => {
                got.status == 422 || got.status == 303
            }
            // Nobody has proposed anything here: the page that says so.
            Shows::File if screen.route.ends_with("/proof") => got.status == 404,
            Shows::Page | Shows::Part => got.status == 200 && got.kind.starts_with("text/html"),
            Shows::File => got.status == 200 && !got.kind.starts_with("text/html"),
            Shows::Refused => got.status == 403 && got.kind.starts_with("text/html"),
            Shows::Elsewhere => got.status == 303,
        };
        if !fits {
            wrong.push(format!("{}: {} {}", screen.address, got.status, got.kind));
        }
        let strict =
            got.csp.contains("default-src 'none'") && got.csp.contains("script-src 'self'");
        if !strict || got.csp.contains("unsafe") || got.csp.contains('*') {
            wrong.push(format!("{}: the policy is {:?}", screen.address, got.csp));
        }
        let inline = [" style=", "<style", " onclick=", " onload=", "javascript:"];
        if let Some(found) = inline.iter().find(|mark| got.body.contains(**mark)) {
            wrong.push(format!("{}: {found} in the page", screen.address));
        }
    }

    sign_in(&browser, &office.url, &office.town.nodes[0].login).await;
    let pages = office.desk.screens().into_iter().filter(|screen| screen.shows == Shows::Page);
    let mut pages: Vec<String> = pages.map(|screen| screen.address).collect();
    // Actions that the city has not switched on have no page.
    for address in office.desk.variants() {
        if office.visitor.get(&address).await.status == 200 {
            pages.push(address);
        }
    }
    quiet(&browser).await;
    for address in &pages {
        browser.window(1366, 768).await;
        browser.go(&format!("{}{address}", office.url)).await;
        let mut found = faults(&browser, address).await;
        browser.window(320, 640).await;
        found.extend(faults(&browser, &format!("{address} at 320 px")).await);
        found.extend(reflow(&browser).await.map(|words| format!("{address}: {words}")));
        if !found.is_empty() {
            browser.picture(&format!("screens-{}", wrong.len())).await;
        }
        wrong.extend(found);
    }
    let _ = writeln!(table, "{} pages at two widths, {} faults", pages.len(), wrong.len());
    for words in &wrong {
        let _ = writeln!(table, "{words}");
    }
    keep_artefact("screens.txt", table.as_bytes());
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    browser.close().await;
}
