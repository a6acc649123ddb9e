//! The pages of a ward's office: one folder an area, one file a screen with its handlers, its form
//! and its view.

pub(crate) mod account;
pub(crate) mod attachments;
pub(crate) mod conflicts;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod help;
pub(crate) mod office;
pub(crate) mod people;
pub(crate) mod print;
pub(crate) mod screen;
pub(crate) mod sent;
pub(crate) mod setup;
pub(crate) mod statistics;
pub(crate) mod sync;
pub(crate) mod todo;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, link_button};
use wardbook_web::{AppKind, Markup, PageContext, RequestInfo, html};

use crate::refusal::Refusal;

/// Markup as an answer.
pub(crate) struct Shown(pub(crate) Markup);

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        Html(self.0.into_string()).into_response()
    }
}

/// The same form again, with what is wrong in it.
pub(crate) fn not_accepted(markup: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Shown(markup)).into_response()
}

/// What a page answers.
pub(crate) type PageResult = Result<Response, Refusal>;

/// A refusal as a page of its own: what happened, what to do, a way on.
pub(crate) fn error_page(refusal: &Refusal, info: &RequestInfo) -> Response {
    let ctx = PageContext::new(AppKind::Node, info);
    let words = html! { p { (refusal.sentence(ctx.lang)) } };
    let body = html! {
        (alert(Tone::Bad, "", &words))
        div .btn-list { (link_button(ButtonKind::Primary, "/", &ctx.t("error-home"))) }
        p .text-secondary { (refusal.code()) }
    };
    let title = if refusal.status == StatusCode::NOT_FOUND {
        "error-not-found"
    } else {
        "node-error-title"
    };
    let page = Page::new(ctx.t(title)).narrow().render(&ctx, &body);
    (refusal.status, Shown(page)).into_response()
}
