//! Bundles, the renewal of the feeds, and looking the whole database over: for administrators.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Response, header};
use serde_json::{Value, json};
use wardbook_replica::{BundleAnswered, Replica, ReplicaError};
use wardbook_store::Finding;

use super::caller::Caller;
use crate::app::App;
use crate::failure::Failure;

/// What was in a bundle, as JSON, beside the reply's bytes.
pub const BUNDLE_HEADER: HeaderName = HeaderName::from_static("wardbook-bundle");

/// `POST /api/v1/bundles`: the body is a bundle, the answer is the reply to carry back.
#[utoipa::path(post, path = "/api/v1/bundles", request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, description = "The reply, sealed to the device; the header `wardbook-bundle` tells what was in it"), (status = 422, description = "Damaged, for another hub, or from a device that may not synchronise")))]
pub async fn bundle(
    State(app): State<App>,
    Caller(viewer): Caller,
    body: Bytes,
) -> Result<Response<Body>, Failure> {
    if Replica::is_enrol_request(&body) {
        let reply = app.run(move |replica| replica.answer_enrol_file(&viewer, &body)).await?;
        return Ok(file(reply, &json!({ "event": "enrol_request_answered" })));
    }
    let taken = app.run(move |replica| replica.import_bundle(&viewer, &body)).await?;
    app.intake.notify_one();
    let facts = facts(&taken);
    Ok(file(taken.reply, &facts))
}

/// A file to carry back, and what was in the one it answers.
fn file(reply: Vec<u8>, facts: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(reply));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if let Ok(facts) = HeaderValue::from_str(&facts.to_string()) {
        response.headers_mut().insert(BUNDLE_HEADER, facts);
    }
    response
}

/// `POST /api/v1/feed/renew`.
#[utoipa::path(post, path = "/api/v1/feed/renew", responses((status = 200, description = "All wards will compare what they hold at their next call")))]
pub async fn renew_feeds(
    State(app): State<App>,
    Caller(viewer): Caller,
) -> Result<Json<Value>, Failure> {
    let done = app.run(move |replica| replica.renew_feeds(&viewer)).await?;
    Ok(Json(json!({ "event": "feeds_renewed", "at": done.at, "devices": done.devices })))
}

/// `POST /api/v1/scrub`: a full pass over all documents.
#[utoipa::path(post, path = "/api/v1/scrub", responses((status = 200, description = "What was looked at and what is wrong; empty when all is well")))]
pub async fn scrub(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    if !viewer.role.may_administer() {
        return Err(ReplicaError::NotAllowed.into());
    }
    app.run(scrub_all).await.map(Json)
}

fn scrub_all(replica: &Replica) -> Result<Value, Failure> {
    let report = replica.scrub_all()?;
    Ok(json!({
        "event": "scrub",
        "ok": report.findings.is_empty(),
        "documents": report.documents,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    }))
}

fn finding(finding: &Finding) -> Value {
    json!({ "subject": finding.subject, "code": finding.code, "detail": finding.detail })
}

/// Names may hold letters that no header may: ids only.
fn facts(taken: &BundleAnswered) -> Value {
    json!({
        "event": "bundle",
        "device": taken.device,
        "ward": taken.ward,
        "calls": taken.calls,
        "pushed": taken.pushed,
        "refused": taken.refused,
        "files": taken.files,
        "complete": taken.complete,
        "reply_bytes": taken.reply.len(),
    })
}
