//! Signing in and out.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_base::Redacted;
use wardbook_replica::{LoginAttempt, Reach, SessionToken, Viewer};
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, button, empty_boxes, error_of, field,
};
use wardbook_web::{
    AppKind, Markup, PageContext, RequestInfo, clear_session_cookie, html, session_cookie,
    session_token,
};

use super::has_users;
use crate::app::App;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;
use crate::session::From;

/// A session lives at most half a day, whatever the browser does.
pub(crate) const SESSION_SECONDS: u64 = 12 * 60 * 60;

/// The form as typed.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
}

/// The form.
pub(crate) async fn get(State(app): State<App>, info: RequestInfo) -> PageResult {
    if !has_users(&app).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    Ok(Shown(view(&PageContext::new(AppKind::Node, &info), "", None, Vec::new())).into_response())
}

/// Opens a session.
pub(crate) async fn post(
    State(app): State<App>,
    from: From,
    headers: HeaderMap,
    info: RequestInfo,
    Form(form): Form<SignInForm>,
) -> PageResult {
    let ctx = PageContext::new(AppKind::Node, &info);
    let empty = empty_boxes(ctx.lang, &[("login", &form.login), ("password", &form.password)]);
    if !empty.is_empty() {
        return Ok(not_accepted(view(&ctx, form.login.trim(), None, empty)));
    }
    let attempt = LoginAttempt {
        login: form.login.trim().to_owned(),
        password: Redacted(form.password),
        address: from.0,
        lang: info.lang,
    };
    match app.replica().run(move |replica| replica.login(&attempt)).await? {
        Ok(signed_in) => {
            let next = first_page(&signed_in.viewer);
            let cookie = session_cookie(&headers, signed_in.token.as_str(), SESSION_SECONDS);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            if refusal.status.is_server_error() {
                return Err(refusal);
            }
            let page = view(&ctx, form.login.trim(), Some(refusal.sentence(ctx.lang)), Vec::new());
            Ok(not_accepted(page))
        }
    }
}

/// Where a person begins: staff members at their own record, technicians at what they manage.
pub(crate) fn first_page(viewer: &Viewer) -> String {
    if viewer.must_change_password {
        return "/account/password".to_owned();
    }
    match (viewer.access().reach, &viewer.scope.person) {
        (Reach::Own, Some(person)) => format!("/people/{person}"),
        (Reach::Nobody, _) => "/office".to_owned(),
        _ => "/people".to_owned(),
    }
}

/// Ends the session.
pub(crate) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> PageResult {
    if let Some(token) = session_token(&headers) {
        let token = SessionToken::from_cookie(token);
        app.replica().run(move |replica| replica.logout(&token)).await??;
    }
    Ok(([(SET_COOKIE, clear_session_cookie(&headers))], Redirect::to("/sign-in")).into_response())
}

fn view(ctx: &PageContext, login: &str, refused: Option<&str>, empty: Vec<FieldError>) -> Markup {
    let body = html! {
        @if let Some(words) = refused { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        form method="post" action="/sign-in" {
            (field("login", &ctx.t("node-login")).value(login).required().autofocus().autocomplete("username").error_if(error_of(&empty, "login")))
            (field("password", &ctx.t("node-password")).required().password().autocomplete("current-password").error_if(error_of(&empty, "password")))
            (button(ButtonKind::Primary, &ctx.t("node-sign-in")))
        }
        p .text-secondary { (ctx.t("node-forgotten")) }
    };
    Page::new(ctx.t("node-sign-in")).narrow().errors(empty).render(ctx, &body)
}
