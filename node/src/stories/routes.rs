//! Every route against every role. The list of routes is taken out of the router itself, so that a
//! new one without a row in `routes.json` fails here; and every answer is searched for values that
//! the role may not read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde::Deserialize;
use wardbook_record::{Kind, schema};
use wardbook_replica::{Access, Reach, Role};

use super::roles::{Office, PASSWORD, office};
use super::*;

pub(super) const ROLES: [&str; 7] =
    ["clerk", "leader", "head", "accountant", "staff", "technician", "admin"];

/// A route, who may use it, and what is sent there.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    pub(super) route: String,
    pub(super) who: String,
    #[serde(default)]
    send: String,
    /// What it names is not there: whoever may use it hears that.
    #[serde(default)]
    missing: bool,
    /// It leads away from what only signed-in people see.
    #[serde(default)]
    away: bool,
    /// What stands for the placeholders of the address.
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

pub(super) fn rules() -> Vec<Rule> {
    serde_json::from_str(include_str!("routes.json")).unwrap()
}

/// What the router serves, as `GET /people/{id}`. It tells by its `Debug`, and by nothing else.
fn routes_of(router: &Router) -> BTreeSet<String> {
    let text = format!("{router:?}");
    let of_path =
        text.split_once("path_router").unwrap().1.split_once("fallback_router").unwrap().0;
    let (methods, paths) = of_path.split_once("node: Node").unwrap();
    let allowed: Vec<&str> = methods
        .split("allow_header: ")
        .skip(1)
        .map(|rest| rest.split_once(" }").unwrap().0)
        .collect();
    let ids: Vec<usize> = methods
        .split("RouteId(")
        .skip(1)
        .map(|rest| rest.split_once(')').unwrap().0.parse().unwrap())
        .collect();
    let path_of: BTreeMap<usize, &str> = paths
        .split("RouteId(")
        .skip(1)
        .map(|rest| {
            let (id, rest) = rest.split_once("): \"").unwrap();
            (id.parse().unwrap(), rest.split_once('"').unwrap().0)
        })
        .collect();
    assert_eq!((allowed.len(), ids.len()), (path_of.len(), path_of.len()), "{text}");
    let mut all = BTreeSet::new();
    for (id, allow) in ids.iter().zip(allowed) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allow.split(|c: char| !c.is_ascii_uppercase()).any(|word| word == method) {
                all.insert(format!("{method} {}", path_of[id]));
            }
        }
    }
    all
}

/// A record filled with values that occur nowhere else: every field and every cell.
struct Marked {
    id: String,
    /// Field or table, and the value.
    marks: Vec<(String, String)>,
    /// A row of each table.
    rows: BTreeMap<String, String>,
    /// Each scan: the table, and the file's hash.
    scans: Vec<(String, String)>,
}

/// Fields that a record needs as they are.
const PLAIN: [&str; 9] = [
    "secrecy_level",
    "full_name",
    "person_id_no",
    "org_unit",
    "birth_date",
    "sex",
    "phone",
    "verify_status",
    "work_status",
];

async fn marked(office: &mut Office, id: &str, letter: char) -> Marked {
    let mut edits = Vec::new();
    let mut marks = Vec::new();
    let mut tables = BTreeSet::new();
    let is_typed =
        |kind: &Kind| !matches!(kind, Kind::Uuid | Kind::Blob | Kind::Codes | Kind::Bool);
    for (at, field) in schema().fields.iter().enumerate() {
        if field.computed || PLAIN.contains(&field.key.as_str()) || !is_typed(&field.kind) {
            continue;
        }
        let value = format!("ZQ{at:03}{letter}");
        let path = if matches!(field.kind, Kind::Place) {
            format!("{}.text", field.key)
        } else {
            field.key.clone()
        };
        edits.push(json!({ "op": "set", "path": path, "value": value }));
        marks.push((field.key.clone(), value));
    }
    for (at, table) in schema().tables.iter().enumerate() {
        let mut cells = serde_json::Map::new();
        for (which, column) in table.columns.iter().enumerate() {
            if is_typed(&column.kind) && !column.computed {
                let value = format!("ZT{at:02}{which:02}{letter}");
                cells.insert(column.key.clone(), json!(value));
                marks.push((table.key.clone(), value));
            }
        }
        tables.insert(table.key.clone());
        edits.push(json!({ "op": "add_row", "table": table.key, "cells": cells }));
    }
    let body = json!({ "base_heads": [], "edits": edits });
    let address = format!("/api/v1/people/{id}");
    let (status, said) = office.browser.api(Method::PATCH, &address, &body).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (_, person) = office.browser.api(Method::GET, &address, &Value::Null).await;
    let values = person["values"].as_object().unwrap();
    let kept: BTreeSet<String> = values.values().map(ToString::to_string).collect();
    let planted = marks.len();
    marks.retain(|(_, mark)| kept.iter().any(|value| value.contains(mark.as_str())));
    assert!(marks.len() * 10 > planted * 9, "{} of {planted} marks are kept", marks.len());
    let mut rows = BTreeMap::new();
    for path in values.keys() {
        if let [table, row, _] = path.split('/').collect::<Vec<_>>().as_slice() {
            rows.insert((*table).to_owned(), (*row).to_owned());
        }
    }
    let scans = scans(office, id, &rows, letter, &mut marks).await;
    Marked { id: id.to_owned(), marks, rows, scans }
}

/// A scan in a row of each table that takes one; its text is a mark, too.
async fn scans(
    office: &mut Office,
    id: &str,
    rows: &BTreeMap<String, String>,
    letter: char,
    marks: &mut Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut scans = Vec::new();
    for (at, table) in schema().tables.iter().enumerate() {
        if !table.columns.iter().any(|column| column.kind == Kind::Blob) {
            continue;
        }
        let mark = format!("ZF{at:03}{letter}");
        let path = format!("/people/{id}/tables/{}/{}/file", table.key, rows[&table.key]);
        let sent = Sent::of(&format!("file:{mark}.pdf"), &BTreeMap::new());
        let page = office.send("admin", "POST", &path, sent).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", text_of(&page));
        let (_, person) = office.read("admin", &format!("/api/v1/people/{id}")).await;
        let person: Value = serde_json::from_str(&person).unwrap();
        let cell = format!("{}/{}/file", table.key, rows[&table.key]);
        let stored = person["values"][&cell].as_str().unwrap().to_owned();
        let hash = stored.split(|c: char| !c.is_ascii_hexdigit()).find(|run| run.len() == 64);
        scans.push((table.key.clone(), hash.unwrap().to_owned()));
        marks.push((table.key.clone(), mark));
    }
    scans
}

/// What a request carries.
#[derive(Default)]
pub(super) struct Sent {
    kind: String,
    body: Vec<u8>,
}

impl Sent {
    fn of(send: &str, with: &BTreeMap<String, String>) -> Self {
        let form = "application/x-www-form-urlencoded".to_owned();
        let mut send = send.to_owned();
        for (name, value) in with {
            send = send.replace(&format!("{{{name}}}"), value);
        }
        let parts = |name: &str, file: Option<&str>, body: &[u8]| {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head =
                format!("--wb\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            let kind = "multipart/form-data; boundary=wb".to_owned();
            Self { kind, body: [head.as_bytes(), body, b"\r\n--wb--\r\n"].concat() }
        };
        match send.split_once(':') {
            Some(("json", body)) => {
                Self { kind: "application/json".to_owned(), body: body.as_bytes().to_vec() }
            }
            Some(("raw", body)) => {
                let kind = "application/octet-stream".to_owned();
                Self { kind, body: body.as_bytes().to_vec() }
            }
            Some(("file", name)) if name.strip_suffix(".pdf").is_some() => {
                parts("file", Some(name), format!("%PDF-1.4\n{name}\n%%EOF").as_bytes())
            }
            Some(("file", name)) => parts("file", Some(name), "Họ và tên\n".as_bytes()),
            Some(("picture", name)) => parts("file", Some(name), b"khong phai anh"),
            Some(("parts", pair)) => {
                let (name, value) = pair.split_once('=').unwrap();
                parts(name, None, value.as_bytes())
            }
            _ => Self {
                kind: form,
                body: send.replace("PASSWORD", &percent_encoded(PASSWORD)).into_bytes(),
            },
        }
    }
}

/// What came back, as bytes.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) bytes: Vec<u8>,
}

/// All text of an answer: that of a workbook's parts, too.
fn text_of(answer: &Answer) -> String {
    let mut text = String::from_utf8_lossy(&answer.bytes).into_owned();
    if let Ok(mut book) = zip::ZipArchive::new(std::io::Cursor::new(answer.bytes.as_slice())) {
        for at in 0..book.len() {
            // Parts that are no text have nothing to tell.
            let _ = book.by_index(at).unwrap().read_to_string(&mut text);
        }
    }
    text
}

impl Office {
    pub(super) async fn send(
        &mut self,
        role: &str,
        method: &str,
        path: &str,
        sent: Sent,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookies[role])
            .header(header::CONTENT_TYPE, sent.kind)
            .body(Body::from(sent.body))
            .unwrap();
        let response = self.browser.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|at| at.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, location, bytes }
    }
}

/// What a role gets of a route about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gets {
    /// It is served, if only to say what is wrong with what was sent.
    Served,
    /// It is refused with a sentence.
    Refused,
    /// It is not there, as if it did not exist.
    NotThere,
}

pub(super) fn gets(who: &str, access: &Access, reaches: bool) -> Gets {
    let (word, key) = who.split_once(':').unwrap_or((who, ""));
    let may = match word {
        "all" | "record" => true,
        "gone" => return Gets::NotThere,
        "reads_all" => access.reads_all(),
        "whole" => access.whole,
        "keeps" => access.whole || access.administers,
        "administers" => access.administers,
        "approves" => access.approves,
        "proposes" => access.proposes,
        "proposals" => access.whole || access.proposes || access.approves,
        "proposals_decide" => access.whole || access.approves,
        "approves_or_administers" => access.approves || access.administers,
        "operator" => false,
        "reads" => access.reads(key),
        "writes" => access.writes(key),
        "writes_section" => access.writes_section(key),
        "writes_something" => access.writes_something(),
        other => panic!("{other} is no rule"),
    };
    match (may, reaches) {
        (true, true) => Gets::Served,
        (false, _) => Gets::Refused,
        (true, false) => Gets::NotThere,
    }
}

fn reaches(access: &Access, is_near: bool) -> bool {
    match access.reach {
        Reach::Ward => true,
        Reach::Division | Reach::Own => is_near,
        Reach::Nobody => false,
    }
}

/// Whether an answer is what a role gets. Who may not and does not reach hears either.
fn fits(rule: &Rule, gets: Gets, reaches: bool, answer: &Answer) -> Result<(), String> {
    let status = answer.status.as_u16();
    let sent_away = ["/sign-in", "/lock", "/account/password", "/setup"];
    let is_away = !rule.away && sent_away.iter().any(|to| answer.location.starts_with(to));
    let text = text_of(answer);
    let is_said = |words: &str| text.contains(words);
    match gets {
        Gets::Served if status == 404 && rule.missing => Ok(()),
        Gets::Served if is_away || [401, 403, 404, 405, 415].contains(&status) || status >= 500 => {
            Err(format!("is refused: {status} {}", answer.location))
        }
        Gets::Refused if status == 404 && !reaches => Ok(()),
        Gets::Refused if status != 403 => {
            Err(format!("is not refused: {status} {}", answer.location))
        }
        Gets::Refused if !is_said("không được làm việc này") && !is_said("chỉ làm được") => {
            Err("is refused without a sentence".to_owned())
        }
        Gets::NotThere if ![404, 410].contains(&status) => {
            Err(format!("is there: {status} {}", answer.location))
        }
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_role_by_the_table_and_shows_nothing_beside_it() {
    let mut office = office().await;
    let [near, far] = office.people.clone();
    let near = marked(&mut office, &near, 'N').await;
    let far = marked(&mut office, &far, 'F').await;
    let made = [("login", "thu"), ("name", "Thử"), ("role", "technician")];
    office.browser.cookie.clone_from(&office.cookies["admin"]);
    office.browser.post("/accounts", &made).await;

    let rules = rules();
    let served = routes_of(&office.browser.router);
    let known: BTreeSet<String> = rules.iter().map(|rule| rule.route.clone()).collect();
    let unknown: Vec<&String> = served.difference(&known).collect();
    assert!(unknown.is_empty(), "routes without a row in routes.json: {unknown:#?}");
    let gone: Vec<&String> = known.difference(&served).collect();
    assert!(gone.is_empty(), "rows of routes that are not there: {gone:#?}");
    assert!(served.len() > 150, "{}", served.len());

    let mut wrong = Vec::new();
    let mut asked = 0;
    for role in ROLES {
        let access = Role::parse(role).unwrap().access();
        for rule in &rules {
            let (method, path) = rule.route.split_once(' ').unwrap();
            let is_of_record = path.contains("{id}");
            for (record, is_near) in [(&near, true), (&far, false)] {
                if !is_of_record && !is_near && !rule.send.contains("{id}") {
                    continue;
                }
                // Who may not do it to anybody is asked once.
                if !is_near && gets(&rule.who, access, true) == Gets::Refused {
                    continue;
                }
                let reach = !is_of_record || reaches(access, is_near);
                let expected = match rule.who.as_str() {
                    // What lies on one's own desk, or is not there for anybody.
                    "all" => Gets::Served,
                    who => gets(who, access, reach),
                };
                let mut with = rule.with.clone();
                with.insert("id".to_owned(), record.id.clone());
                if with.get("row").is_some_and(|row| row == "ROW") {
                    let row = record.rows[&with["table"]].clone();
                    with.insert("row".to_owned(), row);
                }
                let mut at = path.to_owned();
                for (name, value) in &with {
                    at = at.replace(&format!("{{{name}}}"), value);
                }
                assert!(!at.contains('{'), "{at}: say what stands there");
                if path.ends_with("/draft") || path.ends_with("/draft/discard") {
                    at.push_str("?form=sections/identity");
                }
                let answer = office.send(role, method, &at, Sent::of(&rule.send, &with)).await;
                asked += 1;
                if let Err(said) = fits(rule, expected, reach, &answer) {
                    wrong.push(format!("{role} {method} {at} ({}): {said}", rule.who));
                }
                wrong.extend(leaks(role, access, &near, &far, &rule.route, &text_of(&answer)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Marks of what the role may not read, in a text.
fn leaks(
    role: &str,
    access: &Access,
    near: &Marked,
    far: &Marked,
    route: &str,
    text: &str,
) -> Vec<String> {
    let text = text.to_uppercase();
    let mut found = Vec::new();
    for (record, is_near) in [(near, true), (far, false)] {
        for (key, mark) in &record.marks {
            if text.contains(mark) && !(reaches(access, is_near) && access.reads(key)) {
                found.push(format!("{role} {route} shows {key} ({mark})"));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_and_papers_show_a_role_what_the_table_lets_it_read() {
    let mut office = office().await;
    let [near, far] = office.people.clone();
    let near = marked(&mut office, &near, 'N').await;
    let far = marked(&mut office, &far, 'F').await;
    let mut wrong = Vec::new();
    let mut seen = 0;
    for role in ROLES {
        let access = Role::parse(role).unwrap().access();
        for (record, is_near) in [(&near, true), (&far, false)] {
            for (table, hash) in &record.scans {
                let path = format!("/people/{}/files/{hash}", record.id);
                let answer = office.send(role, "GET", &path, Sent::default()).await;
                let may = reaches(access, is_near) && access.reads(table);
                let expected = if may { 200 } else { 404 };
                if answer.status.as_u16() != expected {
                    wrong.push(format!("{role} scan of {table}: {}", answer.status));
                }
            }
        }
        for form in ["syll", "2c", "extract"] {
            let send = Sent::of(&format!("form={form}&scope=all"), &BTreeMap::new());
            let begun = office.send(role, "POST", "/people/print", send).await;
            if access.reach == Reach::Nobody {
                assert!(begun.location.is_empty(), "{role} prints nobody");
                continue;
            }
            assert!(begun.location.starts_with("/print/"), "{role} {form}: {}", text_of(&begun));
            let paper = paper(&mut office, role, &begun.location).await;
            wrong.extend(leaks(role, access, &near, &far, form, &paper));
            seen +=
                near.marks.iter().filter(|(_, mark)| paper.to_uppercase().contains(mark)).count();
            // Somebody else's paper is nobody's business.
            let other = if role == "clerk" { "leader" } else { "clerk" };
            let path = format!("{}/sheets", begun.location);
            let answer = office.send(other, "GET", &path, Sent::default()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other} reads the paper of {role}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 300, "papers carry the marks at all: {seen}");
}

/// A paper for many, once it is made.
async fn paper(office: &mut Office, role: &str, job: &str) -> String {
    for _ in 0..200 {
        let answer = office.send(role, "GET", &format!("{job}/sheets"), Sent::default()).await;
        if answer.status == StatusCode::OK {
            return text_of(&answer);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{role}: {job} is not made");
}
