//! Failures as pages: what happened, what to do, in the reader's language; as problem+json for the
//! API. Texts of libraries never reach a person.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde_json::json;
use wardbook_base::{Dice, SystemDice};

use crate::kit::{ButtonKind, Page, Tone, alert, back_button, link_button};
use crate::{AppKind, PageContext, RequestInfo, t, t_args};

/// Why a page cannot be shown. As a handler's error it becomes a page, a fragment or problem+json
/// by the layer that [`crate::security_layer`] adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageError {
    /// The status.
    pub status: StatusCode,
    /// A stable word for programs: `not_found`, `stale`, ….
    pub code: String,
    /// What happened, ready for people; `None` says it by the status.
    pub sentence: Option<String>,
    /// What to do; `None` says it by the status.
    pub remedy: Option<String>,
    /// The code by which support finds the log line (`E-4F2K`).
    pub support: Option<String>,
}

impl PageError {
    /// A failure that is told by its status alone.
    pub fn of(status: StatusCode) -> Self {
        let code = words_of(status).code.to_owned();
        Self { status, code, sentence: None, remedy: None, support: None }
    }

    /// A failure in words of its own.
    pub fn new(
        status: StatusCode,
        code: &str,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (sentence, remedy): (String, String) = (sentence.into(), remedy.into());
        let said = |text: String| (!text.is_empty()).then_some(text);
        Self {
            status,
            code: code.to_owned(),
            sentence: said(sentence),
            remedy: said(remedy),
            support: None,
        }
    }

    /// There is no such thing.
    pub fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    /// This user may not.
    pub fn forbidden() -> Self {
        Self::of(StatusCode::FORBIDDEN)
    }

    /// Something broke inside: `cause` goes to the log under a support code, never to the page.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let support = support_code();
        tracing::error!(support, %cause, "a request failed");
        Self { support: Some(support), ..Self::of(StatusCode::INTERNAL_SERVER_ERROR) }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The page, fragment or problem+json of a failure.
pub fn error_response(app: AppKind, request: &RequestInfo, error: &PageError) -> Response {
    let lang = request.lang;
    let words = words_of(error.status);
    let title = t(lang, &format!("error-{}", words.key));
    let said = |own: &Option<String>, part: &str| {
        own.clone().unwrap_or_else(|| t(lang, &format!("error-{}-{part}", words.key)))
    };
    let (sentence, remedy) = (said(&error.sentence, "text"), said(&error.remedy, "remedy"));
    if request.path.starts_with("/api/") {
        return problem_json(error, &title, &sentence, &remedy);
    }
    let ctx = PageContext { account_href: String::new(), ..PageContext::new(app, request) };
    let message = alert(
        Tone::Bad,
        &sentence,
        &html! {
            p { (remedy) }
            @if let Some(support) = &error.support { p { (t_args(lang, "error-code", &[("code", support.as_str())])) } }
        },
    );
    let home = link_button(ButtonKind::Secondary, "/", &t(lang, "error-home"));
    let body = html! { (message) div .btn-list { (back_button(lang)) (home) } };
    let markup =
        if request.is_fragment { message } else { Page::new(title).narrow().render(&ctx, &body) };
    (error.status, markup).into_response()
}

/// Turns every failure on the way out into words: those of handlers, and the bare ones of the
/// router and the layers (404, 405, 408, 413, …).
pub(crate) async fn put_into_words(app: AppKind, request: Request, next: Next) -> Response {
    let info = RequestInfo::read(request.uri(), request.headers());
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let told = response.extensions_mut().remove::<PageError>();
    let bare = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let Some(error) = told.or_else(|| bare.then(|| PageError::of(status))) else { return response };
    let mut page = error_response(app, &info, &error);
    // What the failure says besides its body (Allow, Retry-After, Set-Cookie) goes along.
    for (name, value) in response.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// What a caught panic becomes.
pub(crate) fn of_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    // The message of a panic may hold anything; the panic hook has logged where it came from.
    PageError::internal(&"a handler panicked").into_response()
}

fn problem_json(error: &PageError, title: &str, detail: &str, remedy: &str) -> Response {
    let body = json!({
        "type": "about:blank", "title": title, "status": error.status.as_u16(),
        "code": error.code, "detail": detail, "remedy": remedy, "support": error.support,
    });
    let mut response = (error.status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

struct Words {
    key: &'static str,
    code: &'static str,
}

const fn words_of(status: StatusCode) -> Words {
    let (key, code) = match status {
        StatusCode::NOT_FOUND => ("not-found", "not_found"),
        StatusCode::METHOD_NOT_ALLOWED => ("method", "method_not_allowed"),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => ("forbidden", "forbidden"),
        StatusCode::MISDIRECTED_REQUEST => ("host", "host_not_allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "too_large"),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => ("timeout", "timeout"),
        StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "unavailable"),
        _ if status.as_u16() < 500 => ("bad-request", "bad_request"),
        _ => ("internal", "internal"),
    };
    Words { key, code }
}

/// Four letters and digits that cannot be mistaken for each other when read out.
fn support_code() -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut bytes = [0_u8; 4];
    SystemDice.fill(&mut bytes);
    let text: String =
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    format!("E-{text}")
}

/// The keys of all texts that failures are told with, for the test of the texts.
#[cfg(test)]
pub(crate) fn text_keys() -> Vec<String> {
    (400..600_u16)
        .filter_map(|status| StatusCode::from_u16(status).ok())
        .map(|status| words_of(status).key)
        .flat_map(|key| ["", "-text", "-remedy"].map(|part| format!("error-{key}{part}")))
        .collect()
}
