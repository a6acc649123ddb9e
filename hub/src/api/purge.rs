//! Erasing records for good, in two steps, and the receipts of all who held them.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_record::Lang;
use wardbook_replica::PurgeView;

use super::caller::Caller;
use super::people::read_document;
use crate::app::App;
use crate::failure::Failure;

/// The second step of an erasure.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PurgeBody {
    /// The decision: number, day, signer.
    #[serde(default)]
    reason: String,
    /// The word of the preview.
    #[serde(default)]
    confirm: String,
}

/// `GET /api/v1/people/{id}/purge`: the first step.
#[utoipa::path(get, path = "/api/v1/people/{id}/purge", params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Whom it means, who holds it, and the word that confirms")))]
pub async fn preview(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let preview = app.run(move |replica| replica.purge_preview(&viewer, &document)).await?;
    Ok(Json(json!({ "event": "purge_preview", "preview": preview })))
}

/// `POST /api/v1/people/{id}/purge`: the second step.
#[utoipa::path(post, path = "/api/v1/people/{id}/purge", request_body = PurgeBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Erased here; the receipts of the wards follow"), (status = 409, description = "The confirmation does not fit the record as it is")))]
pub async fn purge(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
    Json(body): Json<PurgeBody>,
) -> Result<Json<Value>, Failure> {
    let (document, lang) = (read_document(&id)?, viewer.lang);
    let work = move |replica: &wardbook_replica::Replica| {
        replica.purge_person(&viewer, &document, &body.reason, &body.confirm)
    };
    let purge = app.run(work).await?;
    Ok(Json(json!({ "event": "purged", "purge": purge_json(&purge, lang) })))
}

/// `GET /api/v1/purges`.
#[utoipa::path(get, path = "/api/v1/purges", responses((status = 200, description = "Every erased record with the receipts of all machines")))]
pub async fn list(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    let lang = viewer.lang;
    let purges = app.run(move |replica| replica.purges(&viewer, None)).await?;
    let purges: Vec<Value> = purges.iter().map(|purge| purge_json(purge, lang)).collect();
    Ok(Json(json!({ "event": "purges", "purges": purges })))
}

fn purge_json(purge: &PurgeView, lang: Lang) -> Value {
    let receipts: Vec<Value> = purge
        .receipts
        .iter()
        .map(|receipt| {
            json!({
                "ward": receipt.ward,
                "ward_name": receipt.ward_name,
                "device": receipt.device,
                "device_name": receipt.device_name,
                "state": receipt.state,
                "words": receipt.state.label(lang),
                "last_contact": receipt.last_contact,
            })
        })
        .collect();
    json!({
        "document": purge.document,
        "at": purge.at,
        "reason": purge.reason,
        "complete": purge.complete,
        "receipts": receipts,
    })
}
