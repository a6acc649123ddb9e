//! The dated table of rules: what is in force, and the city's rows over the released ones.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use wardbook_record::rules::{needs, table_in_force, title};

use super::caller::Caller;
use crate::app::App;
use crate::failure::Failure;

/// `GET /api/v1/rules`: every row, released or the city's, and the city's by themselves, as a ward
/// takes them by file.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, description = "All rows of the table, and the city's")))]
pub async fn show(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    let lang = viewer.lang;
    let city = app.run(move |replica| replica.city_rules(&viewer)).await?;
    let table = table_in_force();
    let rows: Vec<Value> = table
        .rows()
        .iter()
        .map(|row| {
            let mut shown = serde_json::to_value(row).unwrap_or_default();
            shown["title"] = title(&row.rule, lang).into();
            shown["needs"] = needs(&row.rule, lang).into();
            shown
        })
        .collect();
    let version = city.version;
    Ok(Json(json!({ "event": "rule_table", "version": version, "rows": rows, "city": city })))
}

/// `POST /api/v1/rules`: puts rows over the released ones, in place of those put before.
#[utoipa::path(post, path = "/api/v1/rules", request_body(content = Object, description = "{\"rows\": [..]}"), responses((status = 200, description = "In force; the new version"), (status = 422, description = "A row cannot be used; nothing was changed")))]
pub async fn set(
    State(app): State<App>,
    Caller(viewer): Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Failure> {
    let text = body.to_string();
    let taken = app.run(move |replica| replica.set_rules(&viewer, &text)).await?;
    app.intake.notify_one();
    Ok(Json(json!({ "event": "rules", "version": taken.version, "rows": taken.rows.len() })))
}
