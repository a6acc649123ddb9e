//! The hub through its front doors: the real router and the real data, without sockets.

#![expect(clippy::unwrap_used, reason = "whatever fails in a test fails the test")]

mod hub;
mod records;
mod rules;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;
use wardbook_record::schema;
use wardbook_web::check::page_faults;

use hub::{Hub, NOON, ask};

#[tokio::test]
async fn a_stranger_is_sent_to_the_sign_in_and_the_api_tells_so() {
    let hub = Hub::new();
    let page = hub.page("/wards", "").await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in"));
    let request = Request::builder().uri("/api/v1/wards").header(header::HOST, "127.0.0.1");
    let api = ask(&hub.pages, request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (api.status, api.json()["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("not_signed_in"))
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_a_sentence() {
    let hub = Hub::new();
    let answer = hub.submit("/sign-in", "", "login=admin&password=wrong").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.cookie.is_empty() && answer.body.contains("role=\"alert\""));
}

#[tokio::test]
async fn an_administrator_signs_in_adds_a_district_and_sees_its_wards() {
    let hub = Hub::new();
    let cookie = hub.sign_in().await;
    // What is wrong stands at its box, with what was typed.
    for (form, told) in [
        ("ward=&district=", "f-ward-error"),
        ("ward=25888&district=723", "f-ward-error"),
        ("ward=&district=999", "f-district-error"),
        ("ward=Atlantis&district=", "value=\"Atlantis\""),
    ] {
        let wrong = hub.submit("/wards/add", &cookie, form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(wrong.body.contains(told), "{form}: {}", wrong.body);
    }
    let added = hub.submit("/wards/add", &cookie, "ward=&district=723").await;
    assert_eq!(added.location, "/wards", "{}", added.body);
    let page = hub.page("/wards", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Uyên Hưng"), "{}", page.body);
    let one = hub.page("/wards/25888.1", &cookie).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.body);
    for path in [
        "/people",
        "/conflicts",
        "/report",
        "/report/print",
        "/accounts",
        "/wards/add",
        "/password",
    ] {
        let page = hub.page(path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert!(!page.body.contains("[hub-"), "{path} lacks a text");
        // Paper has no page header.
        let faults = if path.ends_with("/print") { vec![] } else { page_faults(&page.body) };
        assert_eq!(faults, Vec::<String>::new(), "{path}");
    }
    let english = hub.page("/report?lang=en", &cookie).await;
    assert!(english.body.contains("lang=\"en\""));
}

#[tokio::test]
async fn the_api_adds_wards_once_and_makes_codes_that_carry_the_address() {
    let hub = Hub::new();
    let add = json!({ "district": "723" });
    let first = hub.api(Method::POST, "/api/v1/wards", Some(add.clone())).await.json();
    assert_eq!((first["added"].as_u64(), first["wards"].as_array().unwrap().len()), (Some(12), 12));
    let second = hub.api(Method::POST, "/api/v1/wards", Some(add)).await.json();
    assert_eq!(second["added"], 0);
    let body = json!({ "days": 3, "address": "https://10.0.0.1:8443/" });
    let path = "/api/v1/wards/Uy%C3%AAn%20H%C6%B0ng/enrol-codes";
    let code = hub.api(Method::POST, path, Some(body)).await;
    assert_eq!(code.status, StatusCode::CREATED, "{}", code.body);
    let code = code.json();
    assert_eq!((code["ward"].as_str(), code["code"].as_str().unwrap().len()), (Some("25888.1"), 8));
    assert!(code["string"].as_str().unwrap().contains("https://10.0.0.1:8443"));
    assert_eq!(code["expires"].as_i64(), Some(NOON.0 + 3 * 86_400_000));
}

#[tokio::test]
async fn the_status_names_every_ward_with_its_digest() {
    let hub = Hub::new();
    hub.api(Method::POST, "/api/v1/wards", Some(json!({ "ward": "25888" }))).await;
    let status = hub.api(Method::GET, "/api/v1/status", None).await.json();
    assert_eq!(status["event"], "status");
    let ward = &status["wards"][0];
    assert_eq!(ward["ward"], "25888.1");
    assert_eq!(ward["digest"]["count"], 0);
    assert_eq!(ward["digest"]["sum"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn what_cannot_be_done_is_told_with_its_code() {
    let hub = Hub::new();
    let check = async |method: Method, path: &str, body: Option<Value>, status: u16, code: &str| {
        let answer = hub.api(method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{path}");
        assert!(problem["detail"].as_str().unwrap().len() > 20, "{path}");
    };
    let unknown = json!({ "ward": "00000" });
    check(Method::POST, "/api/v1/wards", Some(unknown), 404, "unknown_unit").await;
    check(Method::POST, "/api/v1/wards/1.1/enrol-codes", Some(json!({})), 404, "unknown_ward")
        .await;
    check(Method::GET, "/api/v1/people/zz", None, 404, "not_found").await;
    let nobody = "/api/v1/devices/00000000000000000000000000000001/revoke";
    check(Method::POST, nobody, None, 404, "unknown_device").await;
    let there = json!({ "file": std::env::temp_dir() });
    check(Method::POST, "/api/v1/backup", Some(there), 422, "file").await;
}

#[tokio::test]
async fn the_report_comes_as_json_text_and_workbook() {
    let hub = Hub::new();
    hub.api(Method::POST, "/api/v1/wards", Some(json!({ "district": "723" }))).await;
    let report = hub.api(Method::GET, "/api/v1/report?as_of=2025-06-30", None).await;
    assert_eq!(report.status, StatusCode::OK, "{}", report.body);
    assert_eq!(report.json()["totals"]["people"], 0);
    assert_eq!(hub.api(Method::GET, "/api/v1/report.txt", None).await.status, StatusCode::OK);
    let workbook = hub.api(Method::GET, "/api/v1/report.xlsx", None).await;
    assert!(workbook.body.starts_with("PK"));
    let wrong = hub.api(Method::GET, "/api/v1/report?as_of=yesterday", None).await;
    assert_eq!(wrong.json()["code"], "bad_day");
}

/// The value of a hidden field of a page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    let start = page.find(&mark).unwrap_or_else(|| panic!("no {name} in {page}")) + mark.len();
    page[start..].split('"').next().unwrap()
}

#[tokio::test]
async fn two_officers_edit_one_field_and_the_second_is_asked_which_value_stands() {
    let hub = Hub::new();
    let (cookie, record) = (hub.sign_in().await, hub.person("Tran Thi Man").await);
    let path = format!("{record}/sections/{}", schema().field("full_name").unwrap().section);
    let form = hub.page(&path, &cookie).await;
    let heads = hidden(&form.body, "heads").to_owned();
    let typed = |name: &str, was: &str, heads: &str| {
        format!("heads={heads}&was.full_name={was}&full_name={name}")
    };
    let first = hub.submit(&path, &cookie, &typed("Tran+Thi+Mai", "Tran+Thi+Man", &heads)).await;
    assert_eq!((first.status, first.location.as_str()), (StatusCode::SEE_OTHER, record.as_str()));
    let second = hub.submit(&path, &cookie, &typed("Tran+Thi+Lan", "Tran+Thi+Man", &heads)).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    for name in ["Tran Thi Man", "Tran Thi Mai", "Tran Thi Lan"] {
        assert!(second.body.contains(name), "{name} is missing");
    }
    let fresh = hidden(&second.body, "heads").to_owned();
    assert_eq!(hidden(&second.body, "was.full_name"), "Tran Thi Mai");
    let choice = typed("Tran+Thi+Lan", "Tran+Thi+Mai", &fresh) + "&pick.full_name=mine";
    let settled = hub.submit(&path, &cookie, &choice).await;
    assert_eq!(settled.status, StatusCode::SEE_OTHER, "{}", settled.body);
    assert!(hub.page(&record, &cookie).await.body.contains("Tran Thi Lan"));
    for page in [&form, &second, &hub.page(&record, &cookie).await] {
        assert_eq!(page_faults(&page.body), Vec::<String>::new());
    }
    let history = hub.page(&format!("{record}/history"), &cookie).await;
    assert!(history.body.contains("Tran Thi Mai"), "what was replaced stays in the history");
}

#[tokio::test]
async fn a_box_that_cannot_be_read_is_shown_again_with_its_reason() {
    let hub = Hub::new();
    let (cookie, record) = (hub.sign_in().await, hub.person("Tran Thi Man").await);
    let path = format!("{record}/sections/{}", schema().field("birth_date").unwrap().section);
    let form = "heads=&was.birth_date=&birth_date=31%2F02%2F1990";
    let refused = hub.submit(&path, &cookie, form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("31/02/1990") && refused.body.contains("error-summary"));
    let kept = hub.submit(&path, &cookie, &format!("{form}&keep_as_typed=1")).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    assert!(hub.page(&record, &cookie).await.body.contains("31/02/1990"));
}

#[tokio::test]
async fn a_row_is_added_changed_and_taken_out() {
    let hub = Hub::new();
    let (cookie, record) = (hub.sign_in().await, hub.person("Tran Thi Man").await);
    let new = format!("{record}/tables/degrees/new");
    assert_eq!(hub.page(&new, &cookie).await.status, StatusCode::OK);
    let added = hub.submit(&new, &cookie, "heads=&was.school=&school=Truong+A").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let page = hub.page(&record, &cookie).await.body;
    let link = format!("{record}/tables/degrees/");
    let rows = page.split(&link).skip(1).map(|rest| rest.split('"').next().unwrap());
    let row = rows.filter(|row| *row != "new").map(|row| format!("{link}{row}")).next().unwrap();
    let changed = hub.submit(&row, &cookie, "heads=&was.school=Truong+A&school=Truong+B").await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert!(hub.page(&record, &cookie).await.body.contains("Truong B"));
    let gone = hub.submit(&format!("{row}/retire"), &cookie, "heads=&reason=Nham").await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
    assert!(!hub.page(&record, &cookie).await.body.contains("Truong B"));
}

#[tokio::test]
async fn a_search_keeps_the_name_out_of_the_address() {
    let hub = Hub::new();
    let cookie = hub.sign_in().await;
    hub.person("Trần Thị Mận").await;
    hub.person("Lê Văn Bình").await;
    let found = hub.submit("/people", &cookie, "q=tran+thi+man").await;
    assert_eq!(found.status, StatusCode::SEE_OTHER);
    assert!(found.location.starts_with("/people?s=") && !found.location.contains("man"));
    let list = hub.page(&found.location, &cookie).await.body;
    assert!(list.contains("Trần Thị Mận") && !list.contains("Lê Văn Bình"));
}

#[tokio::test]
async fn a_stale_save_over_the_api_names_the_field_and_writes_nothing() {
    let hub = Hub::new();
    let path = format!("/api/v1{}", hub.person("Tran Thi Man").await);
    let heads = hub.api(Method::GET, &path, None).await.json()["heads"].clone();
    let set = |value: &str| json!({ "base_heads": heads, "edits": [{ "op": "set", "path": "phone", "value": value }] });
    let first = hub.api(Method::PATCH, &path, Some(set("0912345678"))).await;
    assert_eq!(first.json()["changed"], true);
    let second = hub.api(Method::PATCH, &path, Some(set("0987654321"))).await;
    assert_eq!(
        (second.status, second.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("stale"))
    );
    assert_eq!(second.json()["fields"][0]["theirs"], "0912345678");
    assert_eq!(hub.api(Method::GET, &path, None).await.json()["values"]["phone"], "0912345678");
}

#[tokio::test]
async fn the_api_describes_itself() {
    let hub = Hub::new();
    let description = hub.api(Method::GET, "/api/v1/openapi.json", None).await.json();
    assert!(description["paths"]["/api/v1/people/{id}"]["patch"].is_object());
    assert!(description["paths"].as_object().unwrap().len() >= 15);
}

#[tokio::test]
async fn the_sync_endpoint_refuses_garbage_oversized_and_unsigned_requests() {
    let hub = Hub::new();
    let check = async |path: &str, body: Vec<u8>, expected: u16| {
        let request = Request::builder().method(Method::POST).uri(path).body(Body::from(body));
        let answer = ask(&hub.sync, request.unwrap()).await;
        assert_eq!(answer.status.as_u16(), expected, "{path}: {}", answer.body);
    };
    check("/sync/v1", Vec::new(), 400).await;
    check("/sync/v1", b"<html>portal</html>".to_vec(), 400).await;
    check("/sync/v1", vec![0; MESSAGE_COMPRESSED_BYTES_MAX + 2000], 413).await;
    check("/sync/v1/enrol", b"garbage".to_vec(), 400).await;
    check("/sync/v1/nothing", Vec::new(), 404).await;
}
