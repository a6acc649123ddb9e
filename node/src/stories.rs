//! What people see, through the front door: the real router over a real replica in a folder of its
//! own, without a socket.

mod events;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use wardbook_base::{ManualClock, SeededDice, Timestamp};

use crate::app::App;
use crate::cli::Surroundings;
use crate::config::{Config, Flags};
use crate::percent::percent_encoded;
use crate::router::router;

mod bulk;
mod list;
mod office;
mod print;
mod roles;
mod routes;
mod wishes;

/// 2025-06-01, 08:00 in Vietnam.
const MORNING: Timestamp = Timestamp(1_748_739_600_000);

/// A browser with a cookie, in front of a node.
struct Browser {
    router: Router,
    cookie: String,
    token: String,
    app: App,
    clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

/// What came back.
struct Page {
    status: StatusCode,
    location: String,
    body: String,
}

impl Browser {
    fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap(), "data.witness", 7)
    }

    /// The program over a folder that may hold data already.
    fn over(dir: tempfile::TempDir, witness: &str, seed: u64) -> Self {
        let stick = dir.path().join("stick");
        std::fs::create_dir_all(&stick).unwrap();
        let flags = Flags {
            data: Some(dir.path().join("data")),
            witness: Some(dir.path().join(witness)),
            backup_places: vec![stick],
            ..Flags::default()
        };
        let clock = Arc::new(ManualClock::new(MORNING));
        let surroundings = Surroundings {
            clock: Arc::<ManualClock>::clone(&clock),
            dice: Arc::new(SeededDice::new(seed)),
        };
        let app = App::open(Config::load(flags).unwrap(), surroundings, true).unwrap();
        let token = app.control_token().to_owned();
        Self { router: router(app.clone()), cookie: String::new(), token, app, clock, dir }
    }

    /// Stopped, and started again with another witness file.
    fn moved_to(self, witness: &str) -> Self {
        let Self { router, app, dir, .. } = self;
        drop((router, app));
        Self::over(dir, witness, 8)
    }

    /// A browser in which the first account is signed in with a password of its own.
    async fn signed_in() -> Self {
        let mut browser = Self::new();
        let asked = json!({ "login": "lan", "name": "Lê Thị Lan" });
        let (_, made) = browser.api(Method::POST, "/api/v1/accounts/first", &asked).await;
        let password = made["password"].as_str().unwrap().to_owned();
        let page = browser.post("/sign-in", &[("login", "lan"), ("password", &password)]).await;
        assert_eq!(page.location, "/account/password", "a one-time password must be changed");
        let blocked = browser.get("/people").await;
        assert_eq!(blocked.location, "/account/password");
        let new = "bốn từ dễ nhớ lắm";
        let form = [("old", password.as_str()), ("new", new), ("again", new)];
        let page = browser.post("/account/password", &form).await;
        assert_eq!(page.location, "/people?done=password", "{}", page.body);
        browser
    }

    /// The same person, after the session is over.
    async fn sign_in_again(&mut self) {
        self.cookie.clear();
        let form = [("login", "lan"), ("password", "bốn từ dễ nhớ lắm")];
        let page = self.post("/sign-in", &form).await;
        assert_eq!(page.location, "/people", "{}", page.body);
    }

    async fn get(&mut self, path: &str) -> Page {
        let page = self.send(Method::GET, path, Vec::new(), &[]).await;
        if page.body.starts_with("<!DOCTYPE html>") {
            assert_eq!(
                wardbook_web::check::page_faults(&page.body),
                Vec::<String>::new(),
                "{path}"
            );
        }
        page
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let pairs: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
            .collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let same = ("sec-fetch-site", "same-origin");
        self.send(Method::POST, path, pairs.join("&").into_bytes(), &[kind, same]).await
    }

    async fn api(&mut self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let page = self.send(method, path, body.to_string().into_bytes(), &headers).await;
        (page.status, serde_json::from_str(&page.body).unwrap_or(Value::Null))
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&'static str, &str)],
    ) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "127.0.0.1:8080");
        }
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            if cookie.starts_with("__Host-") {
                cookie.clone_into(&mut self.cookie);
            }
        }
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Page { status, location, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn create(&mut self, full_name: &str) -> String {
        let edits = json!({ "edits": [{ "op": "set", "path": "full_name", "value": full_name }] });
        let (status, saved) = self.api(Method::POST, "/api/v1/people", &edits).await;
        assert_eq!(status, StatusCode::CREATED, "{saved}");
        saved["id"].as_str().unwrap().to_owned()
    }

    async fn heads(&mut self, id: &str) -> Vec<String> {
        let (_, person) =
            self.api(Method::GET, &format!("/api/v1/people/{id}"), &Value::Null).await;
        person["heads"].as_array().unwrap().iter().map(|h| h.as_str().unwrap().to_owned()).collect()
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_makes_its_first_account_and_works_before_enrolment() {
    let mut browser = Browser::new();
    assert_eq!(browser.get("/people").await.location, "/setup");
    assert_eq!(browser.get("/").await.location, "/setup");
    assert_eq!(browser.get("/setup").await.status, StatusCode::OK);
    let mut browser = Browser::signed_in().await;
    let page = browser.get("/people").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Chưa ghi danh với thành phố"), "{}", page.body);
    assert!(browser.get("/people?lang=en").await.body.contains("Find a person"));
    assert_eq!(browser.get("/").await.location, "/people");
    assert_eq!(
        browser.get("/setup/account").await.location,
        "/people",
        "there is one first account"
    );
    for path in ["/people/new", "/conflicts", "/import", "/sync", "/accounts", "/account/password"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("[node-") && !page.body.contains("[record-"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_session_from_a_foreign_host_or_by_a_forged_form() {
    let mut browser = Browser::signed_in().await;
    let cookie = std::mem::take(&mut browser.cookie);
    assert_eq!(browser.get("/people").await.location, "/sign-in");
    let (status, _) = {
        let page = browser.send(Method::GET, "/api/v1/people", Vec::new(), &[]).await;
        (page.status, page.body)
    };
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    browser.cookie = cookie;
    let foreign = [("host", "evil.example")];
    let page = browser.send(Method::GET, "/people", Vec::new(), &foreign).await;
    assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST);
    let forged =
        [("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded")];
    let page = browser.send(Method::POST, "/people/new", b"full_name=A".to_vec(), &forged).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let wrong =
        browser.post("/sign-in", &[("login", "lan"), ("password", "sai rồi nhé bạn")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("không đúng"));
    browser.post("/sign-out", &[]).await;
    assert_eq!(browser.get("/people").await.location, "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_made_found_without_marks_and_edited_in_the_forms() {
    let mut browser = Browser::signed_in().await;
    let form = browser.get("/people/new").await;
    assert!(form.body.contains("name=\"full_name\""), "{}", form.body);
    let made =
        browser.post("/people/new", &[("full_name", "Đỗ Thị Hường"), ("was.full_name", "")]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let record = made.location.split('?').next().unwrap().to_owned();

    let found = browser.post("/people/search", &[("text", "do thi huong")]).await;
    assert!(found.location.starts_with("/people?s="), "{}", found.location);
    assert!(!found.location.contains("huong"), "no name stands in an address");
    let list = browser.get(&found.location).await;
    assert!(list.body.contains("Đỗ Thị Hường"), "{}", list.body);
    let none = browser.post("/people/search", &[("text", "nguyen van a")]).await;
    assert!(!browser.get(&none.location).await.body.contains("Đỗ Thị Hường"));

    let page = browser.get(&record).await;
    let section = wardbook_record::schema().field("phone").unwrap().section.clone();
    assert!(page.body.contains(&format!("/sections/{section}")), "{}", page.body);
    let form = browser.get(&format!("{record}/sections/{section}")).await;
    let heads = between(&form.body, "name=\"heads\" value=\"", "\"");
    let edit = [("heads", heads.as_str()), ("phone", "0912345678"), ("was.phone", "")];
    let saved = browser.post(&format!("{record}/sections/{section}"), &edit).await;
    assert!(saved.location.contains("done=saved"), "{} {}", saved.location, saved.body);
    assert!(browser.get(&record).await.body.contains("0912345678"));
    assert!(browser.get(&format!("{record}/history")).await.body.contains("0912345678"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_form_shows_both_values_and_a_stale_program_gets_409() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Trần Văn Bình").await;
    let base = browser.heads(&id).await;
    let patch = |value: &str| json!({ "base_heads": base, "edits": [{ "op": "set", "path": "phone", "value": value }] });
    let address = format!("/api/v1/people/{id}");
    let (status, _) = browser.api(Method::PATCH, &address, &patch("0900000001")).await;
    assert_eq!(status, StatusCode::OK);
    let (status, problem) = browser.api(Method::PATCH, &address, &patch("0900000002")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "stale");
    assert_eq!(problem["fields"][0]["path"], "phone");
    assert_eq!(problem["fields"][0]["theirs"], "0900000001");

    let section = wardbook_record::schema().field("phone").unwrap().section.clone();
    let edit = [("heads", base[0].as_str()), ("phone", "0900000003"), ("was.phone", "")];
    let merge = browser.post(&format!("/people/{id}/sections/{section}"), &edit).await;
    assert_eq!(merge.status, StatusCode::CONFLICT);
    assert!(merge.body.contains("0900000001") && merge.body.contains("0900000003"));
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_add_rows_read_problems_and_get_words_in_their_language() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Phạm Thị Cúc").await;
    let address = format!("/api/v1/people/{id}");
    let edits = json!({ "edits": [
        { "op": "add_row", "table": "degrees", "cells": { "major": "Luật" } },
        { "op": "set", "path": "birth_date", "value": "31/02/1990" },
    ]});
    let (status, saved) = browser.api(Method::PATCH, &address, &edits).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let (_, person) = browser.api(Method::GET, &address, &Value::Null).await;
    let values = person["values"].as_object().unwrap();
    assert!(values.iter().any(|(path, value)| path.starts_with("degrees/") && value == "Luật"));
    assert_eq!(values["birth_date"], "31/02/1990", "a wrong value is kept as typed");
    let problems = person["problems"].as_array().unwrap();
    assert!(problems.iter().any(|p| p["path"] == "birth_date" && p["level"] == "error"));
    let missing = format!("/api/v1/people/{}", "0".repeat(32));
    let (status, problem) = browser.api(Method::GET, &missing, &Value::Null).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    let (_, problem) = browser.api(Method::GET, &format!("{missing}?lang=en"), &Value::Null).await;
    assert!(problem["detail"].as_str().unwrap().contains("record is not on this machine"));
    let (_, status) = browser.api(Method::GET, "/api/v1/sync", &Value::Null).await;
    assert_eq!((&status["state"], &status["people"]), (&json!("not_enrolled"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_imported_exported_and_undone() {
    let mut browser = Browser::signed_in().await;
    let csv = "Họ và tên,Ngày sinh\nNguyễn Văn An,28/02/1990\nLê Thị Bé,31/02/1991\n";
    let boundary = "wb";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{csv}\r\n--{boundary}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let headers = [("content-type", kind.as_str()), ("sec-fetch-site", "same-origin")];
    let looked = browser.send(Method::POST, "/import", body.into_bytes(), &headers).await;
    assert!(looked.location.starts_with("/import/"), "{}", looked.body);
    let preview = browser.get(&looked.location).await;
    assert!(preview.body.contains("B3") && preview.body.contains("31/02/1991"), "{}", preview.body);
    assert!(
        browser.get("/people").await.body.contains("Không có người nào"),
        "nothing is written yet"
    );
    let done = browser.post(&looked.location, &[("duplicates", "update")]).await;
    assert!(
        done.location.contains("created=1&") && done.location.contains("skipped=1"),
        "{}",
        done.location
    );
    assert!(browser.get("/people").await.body.contains("Nguyễn Văn An"));
    let export = browser.get("/export.xlsx").await;
    assert_eq!(export.status, StatusCode::OK);
    assert!(export.body.starts_with("PK"), "a workbook");
    let batch = between(&done.location, "batch=", "&");
    let undone = browser.post(&format!("/import/batches/{batch}/undo"), &[]).await;
    assert_eq!(undone.status, StatusCode::OK);
    assert!(!browser.get("/people").await.body.contains("Nguyễn Văn An"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_synchronising_tells_what_happened_and_takes_files_by_hand() {
    let mut browser = Browser::signed_in().await;
    let page = browser.get("/sync").await;
    assert!(!page.body.contains("Thay đổi bị từ chối"), "nothing was refused");
    let (status, problem) = browser.api(Method::POST, "/api/v1/bundles/export", &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("not_enrolled")));
    for (path, expected) in [("/api/v1/kept", json!([])), ("/api/v1/events", json!([]))] {
        let (status, body) = browser.api(Method::GET, path, &Value::Null).await;
        assert_eq!((status, body), (StatusCode::OK, expected), "{path}");
    }
    let nothing = format!("/api/v1/kept/{}/{}/seen", "0".repeat(32), "0".repeat(64));
    let (status, problem) = browser.api(Method::POST, &nothing, &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    let lent = browser.get("/people?elsewhere=1").await;
    assert!(
        lent.body.contains("Biệt phái đến / đã chuyển") && lent.body.contains("Không có người")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_is_checked_on_demand_and_a_copied_folder_goes_on_under_a_new_code() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Nguyễn Văn An").await;
    for path in ["/api/v1/scrub", "/api/v1/check-conflicts", "/api/v1/compact"] {
        let (status, event) = browser.api(Method::POST, path, &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_ne!(event["event"], "failed", "{event}");
    }
    // The same folder on another machine: another witness, so nobody can tell.
    let mut moved = browser.moved_to("other.witness");
    let (_, events) = moved.api(Method::GET, "/api/v1/events", &Value::Null).await;
    assert_eq!(events[0]["code"], "doubtful", "{events}");
    assert!(events[0]["words"].as_str().unwrap().contains("không mất lần sửa nào"));
    let (status, person) =
        moved.api(Method::GET, &format!("/api/v1/people/{id}"), &Value::Null).await;
    assert_eq!((status, &person["full_name"]), (StatusCode::OK, &json!("Nguyễn Văn An")));
    let mut again = moved.moved_to("other.witness");
    let (_, events) = again.api(Method::GET, "/api/v1/events", &Value::Null).await;
    assert_eq!(events.as_array().unwrap().len(), 1, "once: {events}");
}
