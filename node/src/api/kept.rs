//! Refused changes: what each said and why it was refused; putting one away.

use axum::Json;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wardbook_base::ChangeHash;
use wardbook_record::Path;
use wardbook_replica::{KeptChange, LateChoice};

use super::edits::{document_of, heads_of};
use super::people::{SavedBody, saved_body};
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// One refused change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptBody {
    document: String,
    hash: String,
    full_name: String,
    code: String,
    reason: String,
    at: i64,
    written_at: Option<i64>,
    /// Written on this machine.
    own: bool,
    /// User, machine and ward of who wrote it.
    who: String,
    /// Later edits that were written anew.
    later_kept: u64,
    /// Somebody has looked at it.
    seen: bool,
    content: Vec<KeptValueBody>,
    /// For a late edit of the ward before: each place with both values.
    late: Vec<LateBody>,
    /// For a late edit: who left the record as it is.
    left_by: Option<String>,
    /// When that was.
    left_at: Option<i64>,
}

/// One place of a late edit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LateBody {
    path: String,
    label: String,
    present: String,
    late: String,
}

/// Which places of a late edit are taken over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct TakeBody {
    /// All of them when left out.
    paths: Vec<String>,
    /// The state that was looked at; empty: the present one.
    base_heads: Vec<String>,
}

/// One value of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptValueBody {
    label: String,
    value: String,
}

/// The refused changes, newest first.
#[utoipa::path(get, path = "/api/v1/kept", responses((status = 200, body = Vec<KeptBody>)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Vec<KeptBody>>, Refusal> {
    let kept = app.replica().run(move |replica| replica.kept_changes(&viewer)).await??;
    Ok(Json(kept.into_iter().map(body).collect()))
}

/// Puts a refused change away; a late edit that may be decided here leaves the record as it is.
#[utoipa::path(post, path = "/api/v1/kept/{document}/{hash}/seen", responses((status = 204)))]
pub(crate) async fn seen(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath((document, hash)): UrlPath<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let document = document_of(&document)?;
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::unreadable())?;
    let done = app.replica().run(move |replica| replica.dismiss_kept(&viewer, &document, &hash));
    done.await??;
    app.edited();
    Ok(StatusCode::NO_CONTENT)
}

/// Takes values of a late edit over, by an ordinary edit.
#[utoipa::path(post, path = "/api/v1/kept/{document}/{hash}/take", request_body = TakeBody,
    responses((status = 200, body = SavedBody), (status = 409, body = super::problem::Problem)))]
pub(crate) async fn take(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath((document, hash)): UrlPath<(String, String)>,
    Json(body): Json<TakeBody>,
) -> Result<Json<SavedBody>, Refusal> {
    let (document, lang) = (document_of(&document)?, viewer.lang);
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::unreadable())?;
    let paths: Result<Vec<Path>, _> = body.paths.iter().map(|path| path.parse()).collect();
    let paths = paths.map_err(|_| Refusal::unreadable())?;
    let choice = LateChoice::Accept { base_heads: heads_of(&body.base_heads)?, paths };
    let done = app
        .replica()
        .run(move |replica| replica.settle_late_edit(&viewer, &document, &hash, &choice));
    let saved = done.await??;
    app.edited();
    Ok(Json(saved_body(&saved, lang)))
}

fn body(kept: KeptChange) -> KeptBody {
    let late = kept.late.into_iter().map(|field| LateBody {
        path: field.path.to_string(),
        label: field.label,
        present: field.present_shown,
        late: field.late_shown,
    });
    let content = kept.content.into_iter();
    KeptBody {
        document: kept.document.to_string(),
        hash: kept.hash.to_string(),
        full_name: kept.full_name,
        code: kept.code,
        reason: kept.reason,
        at: kept.at.0,
        written_at: kept.written_at.map(|at| at.0),
        own: kept.own,
        who: kept.author.line(),
        later_kept: kept.later_kept,
        seen: kept.seen_at.is_some(),
        late: late.collect(),
        left_by: kept.left_by.as_ref().map(wardbook_replica::Author::line),
        left_at: kept.left_by.map(|by| by.at.0),
        content: content.map(|v| KeptValueBody { label: v.label, value: v.value }).collect(),
    }
}
