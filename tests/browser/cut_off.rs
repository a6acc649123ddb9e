//! An office that has joined its city and is cut off from it: everything works, and the program calls
//! nobody but the city's own address. Its system calls are written down by strace; one connection
//! elsewhere fails the test.

use std::path::Path;

use serde_json::Value;
use wardbook_tests::harness::Town;

use crate::browser::Browser;
use crate::forms::{Kind, forms};
use crate::screens::{Desk, Shows, sign_in};
use crate::town_with_a_conflict;
use crate::visitor::{Got, Visitor};

/// A node that has joined, whose hub is gone, under strace.
async fn cut_off(folder: &Path, trace: &Path) -> (Town, String) {
    let (mut town, id) = town_with_a_conflict(folder).await;
    town.nodes[0].kill().await;
    town.nodes[0].line.cut();
    town.hub.kill().await;
    let places = format!("WARDBOOK_BACKUP_PLACES={}", folder.join("stick").display());
    std::fs::create_dir_all(folder.join("stick")).expect("a folder");
    let calls = "trace=connect,sendto,sendmsg,sendmmsg";
    let trace = trace.to_str().expect("UTF-8");
    let strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", calls, "-o", trace];
    let launcher = [&["env", places.as_str()], &strace[..]].concat();
    town.nodes[0].start_under(&launcher).await.expect("it serves without its city");
    (town, id)
}

/// Where the program wanted to go, as strace writes it: every call with an address of a network.
fn outgoing(calls: &str) -> Vec<&str> {
    calls.lines().filter(|line| line.contains("sa_family=AF_INET")).collect()
}

/// Sends the first form of a page that goes to `action`, as it stands but for some boxes.
pub(crate) async fn submit(
    visitor: &Visitor,
    page: &str,
    action: &str,
    typed: &[(&str, &str)],
) -> Got {
    let shown = visitor.get(page).await;
    let form = forms(&shown.body).into_iter().find(|form| form.action.starts_with(action));
    let form = form.unwrap_or_else(|| panic!("{page} has no form to {action}: {}", shown.words()));
    let boxes = form.boxes.iter().filter(|one| !matches!(one.kind, Kind::File));
    let mut sent: Vec<(&str, &str)> = boxes
        .filter(|one| typed.iter().all(|(name, _)| *name != one.name))
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    sent.extend(typed);
    let got = visitor.post(&form.action, &sent).await;
    assert!(got.status < 400, "{page} {action}: {} {}", got.status, got.words());
    got
}

/// Name and value of the first of the values that can be chosen on a page.
fn first_choice(page: &str) -> (String, String) {
    let tags = page.split("<input").skip(1).filter_map(|part| part.split('>').next());
    let tag = tags.into_iter().find(|tag| tag.contains("\"radio\"")).expect("a choice");
    let text = |name: &str| {
        let rest = tag.split_once(&format!("{name}=\"")).expect("it is there").1;
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    (text(" name"), text(" value"))
}

/// What a clerk does in a day, but for what the desk has done already: an import that is looked at,
/// a paper, a photo, a scan, an action for one and one for many.
async fn a_day(visitor: &Visitor, desk: &Desk, id: &str) {
    let record = |tail: &str| format!("/people/{id}{tail}");
    let created = submit(visitor, "/people/new", "/people/new", &[("full_name", "Võ Thị Mới")]);
    assert!(created.await.to().starts_with("/people/"));
    let section = record("/sections/identity");
    let saved = submit(visitor, &section, &section, &[("email", "cat.mang@example.vn")]).await;
    assert!(saved.to().contains("done=saved"), "{}", saved.location);
    let undone = submit(visitor, &record(""), &record("/undo"), &[]).await;
    assert!(!undone.to().is_empty());
    let (name, value) = first_choice(&visitor.get("/conflicts").await.body);
    let settled = submit(visitor, "/conflicts", "/people/", &[(&name, &value)]).await;
    assert!(!settled.to().is_empty());
    let import = desk.example("/import/{token}");
    let written = submit(visitor, &import, &import, &[]).await;
    assert!(!written.to().is_empty());
    let marked = submit(visitor, "/todo?when=all", "/todo", &[("act", "done")]).await;
    assert!(marked.to().contains("done=todo-done"), "{}", marked.location);
    for (path, form) in [
        ("/people/export", vec![("scope", "all")]),
        ("/people/search", vec![("text", "tran")]),
        ("/sync/now", vec![]),
        ("/sync/bundle/export", vec![]),
        ("/office/support", vec![]),
        ("/office/backup/download", vec![]),
    ] {
        let got = visitor.post(path, &form).await;
        assert!(got.status < 400, "{path}: {} {}", got.status, got.words());
    }
}

/// A backup onto the stick, which is opened again.
async fn backup(browser: &Browser, url: &str) {
    browser.go(&format!("{url}/office/backup")).await;
    browser.click(".wb-places a.btn").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã mở lại bản sao lưu").await;
}

/// Addresses from which the page of the browser loaded something.
async fn loaded(browser: &Browser) -> Vec<String> {
    let script = "return performance.getEntriesByType('resource').map((e) => e.name)";
    let all = browser.driver.execute(script, Vec::new()).await.expect("asked");
    let all: Vec<Value> = all.convert().expect("a list");
    all.into_iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_from_its_city_an_office_does_everything_and_calls_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("calls");
    let (mut town, id) = cut_off(folder.path(), &trace).await;
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let visitor = Visitor::first_sign_in(&url, &node.login, &node.password).await;
    let browser = Browser::open().await;
    sign_in(&browser, &url, &node.login).await;
    let picture = browser.driver.screenshot_as_png().await.expect("a picture");
    let desk = Desk::fill(&visitor, &node.api(), &id, picture).await;

    // Every address that can be opened, and every page of them in a browser.
    for address in desk.screens().into_iter().map(|screen| screen.address).chain(desk.variants()) {
        let got = visitor.get(&address).await;
        assert!(got.status < 500, "{address}: {} {}", got.status, got.words());
    }
    let pages = desk.screens().into_iter().filter(|screen| screen.shows == Shows::Page);
    for page in pages.map(|screen| screen.address) {
        browser.go(&format!("{url}{page}")).await;
        browser.find("h1").await;
        for name in loaded(&browser).await {
            assert!(name.starts_with(&url), "{page} loads {name}");
        }
    }
    a_day(&visitor, &desk, &id).await;
    backup(&browser, &url).await;
    browser.go(&format!("{url}/sync")).await;
    browser.find("h1").await;
    browser.picture("cut-off-sync").await;
    let email = node.api().person(&id).await["values"]["email"].clone();
    assert_eq!(email, Value::Null, "the last edit was taken back");
    assert_eq!(node.status().await["waiting"].as_u64().map(|n| n > 0), Some(true));
    browser.close().await;

    let city = node.line.address();
    town.nodes[0].kill().await;
    let calls = std::fs::read_to_string(&trace).expect("a trace");
    let to_the_city =
        format!("sin_port=htons({}), sin_addr=inet_addr(\"{}\")", city.port(), city.ip());
    let (own, foreign): (Vec<&str>, Vec<&str>) =
        outgoing(&calls).into_iter().partition(|line| line.contains(&to_the_city));
    assert_eq!(foreign, Vec::<&str>::new(), "the program called somebody else");
    assert!(!own.is_empty(), "it tried its city, and the trace shows it");
    let names = calls.lines().filter(|line| line.contains("/run/") || line.contains("nscd"));
    assert_eq!(names.collect::<Vec<_>>(), Vec::<&str>::new(), "it asked for the address of a name");
}
