//! Turns a failure into a page in the reader's language.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, back_button, link_button};
use wardbook_web::{RequestInfo, html, t};

use super::session::{SIGN_IN, context_without_user};
use crate::app::App;
use crate::failure::Failure;

/// The layer around the pages' routes.
pub async fn failures(State(app): State<App>, request: Request, next: Next) -> Response {
    let info = RequestInfo::read(request.uri(), request.headers());
    let response = next.run(request).await;
    match response.extensions().get::<Arc<Failure>>() {
        Some(failure) => page_of(&app, &info, failure),
        None => response,
    }
}

fn page_of(app: &App, request: &RequestInfo, failure: &Failure) -> Response {
    if failure.code() == "not_signed_in" {
        return Redirect::to(SIGN_IN).into_response();
    }
    let lang = request.lang;
    let body = html! {
        (alert(Tone::Bad, "", &html! { p { (failure.sentence(lang)) } }))
        div .btn-list { (back_button(lang)) (link_button(ButtonKind::Secondary, "/", &t(lang, "hub-go-home"))) }
    };
    let page =
        Page::new(t(lang, "hub-failed-title")).render(&context_without_user(app, request), &body);
    (failure.status(), page).into_response()
}
