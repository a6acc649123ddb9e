//! `/api/v1/late-edits`: what a former ward wrote before it could know that the record had moved.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_base::ChangeHash;
use wardbook_replica::{LateCard, LateChoice, Replica};

use super::caller::Caller;
use super::edits::read_path;
use super::people::read_document;
use super::watch::WatchParams;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// Which values of a late edit are taken over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct AcceptBody {
    /// The heads of the card.
    #[schema(value_type = Vec<String>)]
    base_heads: Vec<ChangeHash>,
    /// Only these fields, such as `phone`; all of them when left out.
    paths: Vec<String>,
}

/// `GET /api/v1/late-edits`.
#[utoipa::path(get, path = "/api/v1/late-edits", params(WatchParams), responses((status = 200, description = "Late edits that wait for a decision, with both values of each field")))]
pub async fn list(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<WatchParams>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let ward = params.ward(replica)?;
        Ok(replica.late_edits(&viewer, ward.as_ref())?)
    };
    let cards: Vec<Value> = app.run(work).await?.iter().map(card).collect();
    Ok(Json(json!({ "event": "late_edits", "late_edits": cards })))
}

/// `POST /api/v1/late-edits/{id}/{hash}/accept`.
#[utoipa::path(post, path = "/api/v1/late-edits/{id}/{hash}/accept", request_body = AcceptBody, params(("id" = String, Path, description = "The record"), ("hash" = String, Path, description = "The change that names the card")), responses((status = 200, description = "Taken over by an edit"), (status = 409, description = "A field was changed since")))]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    place: Path<(String, String)>,
    Json(body): Json<AcceptBody>,
) -> Result<Json<Value>, Failure> {
    let paths = body.paths.iter().map(|path| read_path(path)).collect::<Result<_, _>>()?;
    let choice = LateChoice::Accept { base_heads: body.base_heads, paths };
    settle(&app, caller, place, choice, "late_edit_accepted").await
}

/// `POST /api/v1/late-edits/{id}/{hash}/dismiss`.
#[utoipa::path(post, path = "/api/v1/late-edits/{id}/{hash}/dismiss", params(("id" = String, Path, description = "The record"), ("hash" = String, Path, description = "The change that names the card")), responses((status = 200, description = "The record stays as it is")))]
pub async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    place: Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    settle(&app, caller, place, LateChoice::Dismiss, "late_edit_dismissed").await
}

async fn settle(
    app: &App,
    Caller(viewer): Caller,
    Path((id, hash)): Path<(String, String)>,
    choice: LateChoice,
    done: &str,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::NotFound)?;
    let work =
        move |replica: &Replica| replica.settle_late_edit(&viewer, &document, &hash, &choice);
    let saved = app.run(work).await?;
    Ok(Json(json!({
        "event": done, "id": saved.document, "heads": saved.heads, "changed": saved.changed,
    })))
}

fn card(card: &LateCard) -> Value {
    let fields: Vec<Value> = card
        .fields
        .iter()
        .map(|field| {
            json!({
                "path": field.path,
                "label": field.label,
                "present": field.present,
                "present_shown": field.present_shown,
                "late": field.late,
                "late_shown": field.late_shown,
            })
        })
        .collect();
    json!({
        "document": card.document,
        "hash": card.hash,
        "name": card.full_name,
        "ward": card.ward,
        "ward_name": card.ward_name,
        "device": card.device,
        "device_name": card.device_name,
        "user_name": card.user_name,
        "from_ward": card.from_ward,
        "written_at": card.written_at,
        "received_at": card.received_at,
        "heads": card.heads,
        "fields": fields,
    })
}
