//! What a ward office with 2,000 people costs: pages, memory and start of a node as a process, with
//! the limits of issue 4 beside them.
//!
//! `cargo bench -p wardbook-tests --bench office`; with `WARDBOOK_PROGRAMS=<folder>` it measures the
//! programs of that folder. Figures are for people, no test asserts the times.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Daemon, Program, Visitor, run};

const PEOPLE: usize = 2_000;
/// How often a page is opened, each time with another person where it shows one.
const TIMES: usize = 100;
const STARTS: usize = 10;
const WARD: &str = "25888.1";

struct Office {
    daemon: Daemon,
    url: String,
    visitor: Visitor,
    api: Api,
}

/// A node with its people, which does not serve: its first account's name and password.
async fn founded(folder: &Path) -> (String, String) {
    let data = folder.join("data");
    let data = data.to_str().expect("UTF-8");
    let first = run(Program::Node, &["init", "--json", "--data", data]).await.ok().json();
    let text = |key: &str| first[key].as_str().expect("a text").to_owned();
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, WARD, PEOPLE, 1).expect("a workbook");
    let workbook = workbook.to_str().expect("UTF-8");
    let start = Instant::now();
    let words = ["import", workbook, "--yes", "--json", "--data", data];
    let done = run(Program::Node, &words).await.ok().json();
    assert_eq!(done["created"], json!(PEOPLE));
    println!("import of {PEOPLE} people by command: {:.1} s", start.elapsed().as_secs_f64());
    (text("login"), text("password"))
}

async fn serve(folder: &Path) -> Daemon {
    let data = folder.join("data");
    let words = ["serve", "--json", "--data", data.to_str().expect("UTF-8")];
    let words = [&words[..], &["--listen", "127.0.0.1:0", "--sync-every", "3600"]].concat();
    Daemon::start(Program::Node, &words, &folder.join("node.log")).await.expect("it serves")
}

fn address(daemon: &Daemon) -> String {
    format!("http://{}", daemon.announced_text("address"))
}

/// From the start of the process to its first answer.
async fn starts(folder: &Path) {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let daemon = serve(folder).await;
        let got = Visitor::stranger(&address(&daemon)).get("/sign-in").await;
        assert_eq!(got.status, 200);
        took.push(start.elapsed());
        daemon.kill().await;
    }
    row("start until the first answer", &mut took, 1_000, None);
}

/// One line of the table: p50, p95, limit, bytes.
fn row(what: &str, took: &mut [Duration], limit_ms: u64, bytes: Option<usize>) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    let bytes = bytes.map_or(String::new(), |bytes| format!("{} KB", bytes.div_ceil(1024)));
    println!("{what:<34}{:>8.1}{:>9.1}{limit_ms:>8} ms   {bytes}", at(50), at(95));
}

impl Office {
    /// Opens an address so many times; the p-th time for the p-th person.
    async fn page(&self, what: &str, shape: &str, people: &[String], limit_ms: u64) {
        let mut took = Vec::new();
        let mut largest = 0;
        for n in 0..TIMES {
            let path = shape.replace("{id}", &people[n % people.len()]);
            let start = Instant::now();
            let bytes = self.visitor.bytes(&path).await;
            took.push(start.elapsed());
            largest = largest.max(bytes);
        }
        row(what, &mut took, limit_ms, Some(largest));
    }

    async fn table(&self, people: &[String]) {
        println!("{:<34}{:>8}{:>9}{:>11}   compressed", "", "p50 ms", "p95 ms", "limit");
        self.page("record, seen for the first time", "/people/{id}", &people[..TIMES], 100).await;
        for section in &wardbook_record::schema().sections {
            let shape = format!("/people/{{id}}?tab={}", section.key);
            self.page(&format!("record, tab {}", section.key), &shape, people, 100).await;
        }
        for (what, shape, limit) in [
            ("record, histories: career", "/people/{id}/career", 100),
            ("record, histories: edits", "/people/{id}/history", 100),
            ("form of a section", "/people/{id}/sections/identity", 100),
            ("list, first page", "/people", 50),
            ("list, page 20, by name", "/people?sort=name&offset=950", 50),
            ("list, one sex, with errors", "/people?sex=F&errors=1", 50),
            ("to do", "/todo", 100),
            ("to do, all", "/todo?when=all", 100),
            ("statistics", "/statistics", 1_000),
            ("print: SYLL", "/people/{id}/print/syll", 1_000),
            ("conflicts", "/conflicts", 100),
            ("sync", "/sync", 100),
        ] {
            self.page(what, shape, people, limit).await;
        }
        let mut took = Vec::new();
        for text in ["nguyen van an", "nva", "lan 1985", "thi", "0901"].repeat(TIMES / 5) {
            let start = Instant::now();
            let got = self.visitor.post("/people/search", &[("text", text)]).await;
            assert_eq!(self.visitor.get(got.to()).await.status, 200);
            took.push(start.elapsed());
        }
        row("search as typed", &mut took, 50, None);
        self.first_page().await;
    }

    /// What a browser loads for the first page of all: the page, its styles and its script.
    async fn first_page(&self) {
        let page = self.visitor.get("/people").await.body;
        let mut all = self.visitor.bytes("/people").await;
        for mark in ["<link rel=\"stylesheet\" href=\"", "<script src=\""] {
            let addresses = page.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
            for address in addresses {
                all += self.visitor.bytes(address).await;
            }
        }
        println!("first page with styles and script: {} KB of 100 KB", all.div_ceil(1024));
    }

    fn memory(&self, when: &str) {
        let resident = self.daemon.memory_kb("VmRSS") / 1024;
        println!("memory {when:<36}{resident:>8} MB of 100 MB");
    }
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (login, password) = founded(folder.path()).await;
    println!("{:<34}{:>8}{:>9}{:>11}", "", "p50 ms", "p95 ms", "limit");
    starts(folder.path()).await;
    let daemon = serve(folder.path()).await;
    let url = address(&daemon);
    let visitor = Visitor::first_sign_in(&url, &login, &password).await;
    let office = Office { daemon, url, visitor, api: Api::of(&folder.path().join("data")) };
    tokio::time::sleep(Duration::from_secs(5)).await;
    office.memory("idle after the start");
    let people = office.api.people(&format!("limit={PEOPLE}")).await;
    assert!(people.len() >= 2 * TIMES, "{} people at {}", people.len(), office.url);
    office.table(&people).await;
    office.memory("right after the pages");
    for seconds in [5, 25] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        office.memory(&format!("{seconds} s later"));
    }
    let all: Vec<(&str, &str)> = people.iter().take(200).map(|id| ("id", id.as_str())).collect();
    let job = office.visitor.post("/people/print", &[&all[..], &[("form", "syll")]].concat()).await;
    println!("print of 200 people: {} {}", job.status, job.location);
    let sheets = format!("{}/sheets", job.to().split('?').next().unwrap_or_default());
    for _ in 0..600 {
        let got = office.visitor.get(&sheets).await;
        if got.status == 200 {
            println!("sheets: {} KB", got.body.len() / 1024);
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    office.memory("right after printing 200 people");
    tokio::time::sleep(Duration::from_secs(10)).await;
    office.memory("10 s later");
    office.daemon.kill().await;
}
