//! The city's rows of the table of rules on this machine: by file, when the line does not bring them.

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use wardbook_record::rules::{needs, table_in_force, title};
use wardbook_replica::Replica;

use super::events::Event;
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::{ApiUser, Operator};

/// The table in force: every row, released or the city's, with its legal basis.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, body = Event)))]
pub(crate) async fn show(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Event>, Refusal> {
    let lang = viewer.lang;
    let city = app.replica().run(move |replica| replica.city_rules(&viewer)).await??;
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
    Ok(Json(Event::RuleTable { version: city.version, rows }))
}

/// Takes the city's rows from a file that the hub wrote.
#[utoipa::path(post, path = "/api/v1/rules", request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = Event), (status = 422, description = "A row cannot be used, or the file is older")))]
pub(crate) async fn set(
    State(app): State<App>,
    Operator(viewer): Operator,
    body: String,
) -> Result<Json<Event>, Refusal> {
    let taken = app.replica().run(move |replica| replica.set_rules(&viewer, &body)).await??;
    app.replica().run(Replica::project_all).await??;
    Ok(Json(Event::Rules { version: taken.version, rows: taken.rows.len() }))
}
