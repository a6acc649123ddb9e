//! Turns a failure into a problem document (RFC 9457) in the caller's language.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wardbook_record::{Lang, Scalar};
use wardbook_replica::MergeView;

use super::caller::language;
use crate::failure::Failure;

/// The layer around the API's routes.
pub async fn problems(request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let response = next.run(request).await;
    match response.extensions().get::<Arc<Failure>>() {
        Some(failure) => problem_document(failure, lang),
        None => response,
    }
}

fn problem_document(failure: &Failure, lang: Lang) -> Response {
    let status = failure.status();
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "code": failure.code(),
        "detail": failure.sentence(lang),
        "remedy": "",
    });
    if let Some(merge) = failure.stale() {
        body["fields"] = stale_fields(merge);
        body["heads"] = json!(merge.heads);
    }
    if !failure.problems().is_empty() {
        body["problems"] = failure.problems().iter().map(|p| problem(p, lang)).collect();
    }
    answer(status, body)
}

/// One problem of a value, as JSON.
pub(super) fn problem(problem: &wardbook_record::Problem, lang: Lang) -> Value {
    json!({
        "path": problem.path,
        "label": problem.label(lang),
        "value": problem.value,
        "level": problem.level,
        "code": problem.code,
        "reason": problem.reason(lang),
        "remedy": problem.remedy(lang),
    })
}

fn stale_fields(merge: &MergeView) -> Value {
    let value = |value: &Option<Scalar>| value.clone();
    merge
        .fields
        .iter()
        .map(|field| {
            json!({
                "path": field.path,
                "base": value(&field.base),
                "theirs": value(&field.theirs),
                "mine": value(&field.mine),
            })
        })
        .collect()
}

fn answer(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
