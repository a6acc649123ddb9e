//! The dated table of rules at the hub: shown, changed from a day on, refused with the row named.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

fn row(values: &Value) -> Value {
    json!({ "rows": [{
        "rule": "R18", "valid_from": "2027-01-01", "values": values,
        "basis_vi": "Quyết định 1", "basis_en": "Decision 1", "source": "test", "confidence": "V",
    }]})
}

#[tokio::test]
async fn an_administrator_puts_rows_over_the_released_ones() {
    let hub = Hub::new();
    let shown = hub.api(Method::GET, "/api/v1/rules", None).await.json();
    assert_eq!((&shown["version"], &shown["city"]["rows"]), (&json!(0), &json!([])));
    let rules: Vec<&Value> = shown["rows"].as_array().unwrap().iter().collect();
    let unverified = rules.iter().filter(|row| row["confidence"] == "U").count();
    assert!(rules.len() > 28 && unverified > 5, "every rule has rows, marked as they are");
    assert!(rules.iter().all(|row| row["title"].as_str().is_some_and(|title| !title.is_empty())));

    for wrong in [row(&json!({ "alert_days": ["x"] })), row(&json!({ "days": 3 })), json!("no")] {
        let answer = hub.api(Method::POST, "/api/v1/rules", Some(wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.json()["code"], "bad_rules");
        assert!(answer.body.contains("Chưa có gì thay đổi"), "{}", answer.body);
    }
    let longer = row(&json!({ "alert_days": [120, 30] }));
    let answer = hub.api(Method::POST, "/api/v1/rules", Some(longer)).await;
    assert_eq!(answer.json()["version"], 1, "{}", answer.body);
    let shown = hub.api(Method::GET, "/api/v1/rules", None).await.json();
    assert_eq!(shown["city"]["version"], 1);
    assert_eq!(shown["city"]["rows"][0]["values"], json!({ "alert_days": [120, 30] }));
    let last = shown["rows"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["rule"], &last["valid_from"]), (&json!("R18"), &json!("2027-01-01")));
}
