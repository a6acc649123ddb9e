//! Refused changes: what each said and why it was refused; putting one away.

use axum::Json;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use wardbook_base::ChangeHash;
use wardbook_replica::KeptChange;

use super::edits::document_of;
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
    /// Later edits that were written anew.
    later_kept: u64,
    /// Somebody has looked at it.
    seen: bool,
    content: Vec<KeptValueBody>,
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

/// Puts a refused change away.
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
    Ok(StatusCode::NO_CONTENT)
}

fn body(kept: KeptChange) -> KeptBody {
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
        later_kept: kept.later_kept,
        seen: kept.seen_at.is_some(),
        content: content.map(|v| KeptValueBody { label: v.label, value: v.value }).collect(),
    }
}
