//! Personnel actions through the front door: form, check, save, undo, and what is refused.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Browser, between};

/// A deputy chair of a ward of before July 2025.
async fn deputy(browser: &mut Browser) -> String {
    let id = browser.create("Trần Văn Bình").await;
    let edits: Vec<Value> = [
        ("sex", "M"),
        ("birth_date", "20/03/1980"),
        ("using_org", "UBND phường Uyên Hưng"),
        ("work_status", "Đang làm việc"),
        ("current_title", "CB06"),
        ("title_appoint_date", "01/07/2020"),
        ("rank_code", "01.003"),
        ("salary_step", "3"),
        ("salary_coefficient", "3"),
        ("salary_date", "01/06/2022"),
    ]
    .iter()
    .map(|(path, value)| json!({ "op": "set", "path": path, "value": value }))
    .collect();
    let (status, saved) = browser
        .api(Method::PATCH, &format!("/api/v1/people/{id}"), &json!({ "edits": edits }))
        .await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    id
}

const RAISE: [(&str, &str); 9] = [
    ("raise_type", "thuong_xuyen"),
    ("effective", "01/06/2025"),
    ("step", "4"),
    ("coefficient", ""),
    ("decision_no", "12/QĐ-UBND"),
    ("decision_date", "30/05/2025"),
    ("decision_org", "UBND phường Uyên Hưng"),
    ("signer", "Lê Văn Hùng"),
    ("decision_kind", "qd"),
];

async fn values(browser: &mut Browser, id: &str) -> Value {
    let (_, person) = browser.api(Method::GET, &format!("/api/v1/people/{id}"), &Value::Null).await;
    person["values"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_is_found_filled_in_checked_saved_and_taken_back() {
    let mut browser = Browser::signed_in().await;
    let id = deputy(&mut browser).await;
    let base = format!("/people/{id}/events");
    let chooser = browser.get(&base).await;
    for words in ["Nâng bậc lương", "Kỷ luật", "Đề nghị biệt phái"] {
        assert!(chooser.body.contains(words), "{words}");
    }
    assert!(!chooser.body.contains("quy hoạch"), "planning is off until the city switches it on");
    assert_eq!(browser.get(&format!("{base}/plan")).await.status, StatusCode::NOT_FOUND);
    let found = browser.get(&format!("{base}?q=nang+bac")).await;
    assert_eq!(found.location, format!("{base}/salary_step"), "one fits: its form");

    let form = browser.get(&found.location).await;
    assert!(form.body.contains("name=\"step\" value=\"4\""), "{}", form.body);
    assert!(!form.body.contains("[events-") && !form.body.contains("[record-"), "{}", form.body);
    let before = values(&mut browser, &id).await;
    let check = browser.post(&found.location, &RAISE).await;
    assert_eq!(check.status, StatusCode::OK, "{}", check.body);
    for words in ["3,33", "Ghi vào hồ sơ", "Dòng mới", "Lê Văn Hùng"] {
        assert!(check.body.contains(words), "{words}: {}", check.body);
    }
    assert_eq!(values(&mut browser, &id).await, before, "a check writes nothing");

    let heads = between(&check.body, "name=\"heads\" value=\"", "\"");
    let saving: Vec<(&str, &str)> =
        [("heads", heads.as_str()), ("stage", "save")].into_iter().chain(RAISE).collect();
    let saved = browser.post(&found.location, &saving).await;
    assert!(
        saved.location.starts_with(&format!("{base}/done/")),
        "{} {}",
        saved.location,
        saved.body
    );
    let now = values(&mut browser, &id).await;
    assert_eq!((&now["salary_step"], &now["salary_coefficient"]), (&json!(4), &json!("3.33")));
    let done = browser.get(&saved.location).await;
    assert!(done.body.contains("Hoàn tác") && done.body.contains("12/QĐ-UBND"), "{}", done.body);
    assert!(browser.get(&base).await.body.contains("Đã ghi gần đây"));

    let done_at = saved.location.split('?').next().unwrap().to_owned();
    let undone = browser.post(&done_at, &[]).await;
    assert_eq!(undone.location, format!("/people/{id}?done=undone"), "{}", undone.body);
    let back = values(&mut browser, &id).await;
    assert_eq!((&back["salary_step"], &back["salary_date"]), (&json!(3), &json!("2022-06-01")));
    let rows = back.as_object().unwrap().keys().filter(|key| key.ends_with("/step")).count();
    assert_eq!(rows, 0, "the new rows are out of use");
    let twice = browser.post(&done_at, &[]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "it is taken back once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_meanwhile_is_never_overwritten() {
    let mut browser = Browser::signed_in().await;
    let id = deputy(&mut browser).await;
    let form = format!("/people/{id}/events/salary_step");
    let check = browser.post(&form, &RAISE).await;
    let heads = between(&check.body, "name=\"heads\" value=\"", "\"");
    let patch =
        |key: &str, value: &str| json!({ "edits": [{ "op": "set", "path": key, "value": value }] });
    let address = format!("/api/v1/people/{id}");
    browser.api(Method::PATCH, &address, &patch("phone", "0912345678")).await;
    let saving: Vec<(&str, &str)> =
        [("heads", heads.as_str()), ("stage", "save")].into_iter().chain(RAISE).collect();
    let shown = browser.post(&form, &saving).await;
    assert_eq!(shown.status, StatusCode::CONFLICT);
    assert!(shown.body.contains("vừa được người khác sửa"), "{}", shown.body);
    assert_eq!(values(&mut browser, &id).await["salary_step"], json!(3), "nothing was written");
    let heads = between(&shown.body, "name=\"heads\" value=\"", "\"");
    let saving: Vec<(&str, &str)> =
        [("heads", heads.as_str()), ("stage", "save")].into_iter().chain(RAISE).collect();
    let saved = browser.post(&form, &saving).await;
    let done_at = saved.location.split('?').next().unwrap().to_owned();
    // An edit elsewhere in the record does not stand in the way of the undo, one of its places does.
    browser.api(Method::PATCH, &address, &patch("phone", "0987654321")).await;
    browser.api(Method::PATCH, &address, &patch("salary_coefficient", "3,66")).await;
    let refused = browser.post(&done_at, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Không hoàn tác được"), "{}", refused.body);
    assert_eq!(values(&mut browser, &id).await["salary_coefficient"], json!("3.66"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_boxes_are_named_and_a_block_cannot_be_passed_but_a_warning_can() {
    let mut browser = Browser::signed_in().await;
    let id = deputy(&mut browser).await;
    let api = format!("/api/v1/people/{id}/events");
    let decision = [
        ("effective", "01/06/2025"),
        ("decision_no", "12/QĐ-UBND"),
        ("decision_date", "30/05/2025"),
        ("decision_org", "UBND"),
        ("signer", "Lê Văn Hùng"),
    ];
    let inputs = |more: &[(&str, &str)]| -> Value {
        decision
            .iter()
            .chain(more)
            .map(|(k, v)| ((*k).to_owned(), json!(v)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let wrong = json!({ "inputs": inputs(&[("decision_no", ""), ("form", "Bãi nhiệm viên")]) });
    let (status, problem) = browser.api(Method::POST, &format!("{api}/discipline"), &wrong).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("event_inputs"))
    );
    let named: Vec<&str> = problem["boxes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["input"].as_str())
        .collect();
    assert_eq!(named, ["form", "violation", "decision_no"]);

    let discipline = json!({ "inputs": inputs(&[("form", "Cảnh cáo"), ("violation", "Vi phạm quy chế"), ("effective", "01/05/2025")]) });
    let (status, answer) =
        browser.api(Method::POST, &format!("{api}/discipline"), &discipline).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let appoint = |reason: &str| json!({ "inputs": inputs(&[("title", "CB05"), ("org", "UBND phường"), ("decision_no", "13/QĐ-UBND")]), "reason": reason });
    let (status, problem) =
        browser.api(Method::POST, &format!("{api}/appoint"), &appoint("Theo ý kiến")).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("event_rules")),
        "{problem}"
    );
    assert!(
        problem["findings"].as_array().unwrap().iter().any(|f| f["rule"] == "R16"),
        "{problem}"
    );
    assert_eq!(values(&mut browser, &id).await["current_title"], json!("CB06"));

    // A raise before its time: a warning, which a reason lets pass.
    let early = |reason: &str| json!({ "inputs": inputs(&[("step", "4"), ("effective", "01/03/2025"), ("decision_no", "14/QĐ-UBND")]), "reason": reason });
    let (status, problem) =
        browser.api(Method::POST, &format!("{api}/salary_step"), &early("")).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("event_rules")),
        "{problem}"
    );
    let reason = "Nâng trước hạn do thành tích xuất sắc";
    let (status, answer) =
        browser.api(Method::POST, &format!("{api}/salary_step"), &early(reason)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let now = values(&mut browser, &id).await;
    let kept = now
        .as_object()
        .unwrap()
        .values()
        .any(|v| v.as_str().is_some_and(|text| text.contains(reason)));
    assert!(kept, "the reason stands beside the decision");
    let undo = json!({ "change": answer["change"] });
    let (status, _) =
        browser.api(Method::POST, &format!("/api/v1/people/{id}/undo-event"), &undo).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(values(&mut browser, &id).await["salary_step"], json!(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_the_city_stands_in_the_list_until_it_is_answered() {
    let mut browser = Browser::signed_in().await;
    let id = deputy(&mut browser).await;
    assert!(browser.get("/requests").await.body.contains("chưa có đề nghị nào"));
    let body = json!({ "inputs": {
        "to_ward": "25912.1", "effective": "01/07/2025", "decision_no": "5/TTr-UBND",
        "decision_date": "30/05/2025", "decision_org": "UBND phường", "signer": "Lê Văn Hùng",
    }});
    let (status, answer) =
        browser.api(Method::POST, &format!("/api/v1/people/{id}/events/transfer_out"), &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let list = browser.get("/requests").await;
    for words in ["Trần Văn Bình", "Phường Vĩnh Tân", "Điều động", "5/TTr-UBND"] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    assert_eq!(
        values(&mut browser, &id).await["current_title"],
        json!("CB06"),
        "nothing moves yet"
    );

    // Asking twice is told at once; taken back by its button, it waits no more.
    let again = format!("/api/v1/people/{id}/events/transfer_out");
    let (status, twice) = browser.api(Method::POST, &again, &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.to_string().contains("đang chờ thành phố"), "{twice}");
    let withdraw = between(&list.body, "action=\"/requests/", "\"");
    let back = browser.post(&format!("/requests/{withdraw}"), &[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let list = browser.get("/requests").await;
    assert!(list.body.contains("Phường đã rút") && !list.body.contains("Rút đề nghị"));
    let back = browser.post(&format!("/requests/{withdraw}"), &[]).await;
    assert_eq!(back.status, StatusCode::CONFLICT, "taken back once");

    // Before a machine has joined a city there is nobody to ask for a person.
    let form = browser.get("/requests/new").await;
    assert!(form.body.contains("Số định danh"), "{}", form.body);
    let boxes = [
        ("person_id_no", "074180001234"),
        ("full_name", "Lê Thị Hoa"),
        ("birth_date", "20/03/1980"),
        ("effective", "01/07/2025"),
        ("decision_no", "6/TTr"),
        ("decision_date", "30/05/2025"),
        ("decision_org", "UBND"),
        ("signer", "Lê Văn Hùng"),
        ("decision_kind", "qd"),
    ];
    let sent = browser.post("/requests/new", &boxes).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sent.body.contains("chưa tham gia thành phố"), "{}", sent.body);
}
