//! Requests to the city for programs: what was asked and what became of it, asking for a person who
//! is not here, taking a request back, and who came and went.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_base::RowId;
use wardbook_replica::{MoveNote, Replica, ReplicaError, RequestView};

use super::edits::document_of;
use super::people::{SavedBody, saved_body};
use super::personnel::wrong_boxes;
use crate::app::App;
use crate::pages::events::ask::Asked;
use crate::pages::events::ask_in::{look, send};
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// Whom the ward asks for: the boxes of the form, as one would type them.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AskBody {
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// Nothing is sent; what is wrong is told all the same.
    #[serde(default)]
    only_check: bool,
}

/// What was asked, and who moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestsBody {
    #[schema(value_type = Vec<Object>)]
    requests: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    moved: Vec<Value>,
}

/// What this ward asked for, those that wait first, and whose records came and went.
#[utoipa::path(get, path = "/api/v1/requests", responses((status = 200, body = RequestsBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<RequestsBody>, Refusal> {
    let read = app.replica().run(move |replica| {
        Ok::<_, ReplicaError>((replica.own_requests(&viewer)?, replica.move_notes(&viewer)?))
    });
    let (asked, notes) = read.await??;
    let (requests, moved) = (asked.iter().map(request).collect(), notes.iter().map(note).collect());
    Ok(Json(RequestsBody { requests, moved }))
}

/// Asks the city for a person whose record another ward keeps; `null` when it was only checked.
#[utoipa::path(post, path = "/api/v1/requests", request_body = AskBody,
    responses((status = 200, body = SavedBody), (status = 422, body = super::problem::Problem)))]
pub(crate) async fn ask(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Json(body): Json<AskBody>,
) -> Result<Json<Option<SavedBody>>, Refusal> {
    let lang = viewer.lang;
    let work = move |replica: &Replica| {
        let asked = Asked::for_somebody(replica, &viewer)?;
        let sent = if body.only_check {
            look(replica, &viewer, &asked, &body.inputs)?.map(|()| None)
        } else {
            send(replica, &viewer, &asked, &body.inputs)?.map(Some)
        };
        sent.map_err(|faults| wrong_boxes(asked.event, &faults, lang))
    };
    let saved = app.replica().run(work).await??;
    app.edited();
    Ok(Json(saved.map(|saved| saved_body(&saved, lang))))
}

/// Takes a request back that still waits; 409 when it does not.
#[utoipa::path(post, path = "/api/v1/requests/{id}/{row}/withdraw",
    responses((status = 204), (status = 409, body = super::problem::Problem)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath((id, row)): UrlPath<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let document = document_of(&id)?;
    let row: RowId = row.parse().map_err(|_| Refusal::unreadable())?;
    app.replica().run(move |replica| replica.withdraw_move(&viewer, &document, &row)).await??;
    app.edited();
    Ok(StatusCode::NO_CONTENT)
}

fn request(view: &RequestView) -> Value {
    json!({
        "document": view.document,
        "full_name": view.full_name,
        "act": view.act(),
        "request": view.request,
    })
}

fn note(note: &MoveNote) -> Value {
    let mut shown = serde_json::to_value(note).unwrap_or_default();
    shown["is_here"] = note.is_here.into();
    shown
}
