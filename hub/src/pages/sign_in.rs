//! Signing in and out, and changing one's own password.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use wardbook_base::Redacted;
use wardbook_replica::{LoginAttempt, LoginError, SignedIn};
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, button, empty_boxes, error_of, field,
};
use wardbook_web::{
    Markup, PageContext, RequestInfo, clear_session_cookie, html, session_cookie, t,
};

use super::session::{PASSWORD, SIGN_IN, Visit, context_without_user, token_of};
use crate::app::App;
use crate::failure::Failure;

/// How long the browser keeps the cookie; the session itself ends earlier when nobody uses it.
const COOKIE_SECONDS: u64 = 12 * 60 * 60;

/// The form of `/sign-in`.
#[derive(Debug, Deserialize)]
pub struct SignInForm {
    login: String,
    password: String,
}

/// The form of `/password`.
#[derive(Debug, Deserialize)]
pub struct PasswordForm {
    old: String,
    new: String,
    again: String,
}

/// `GET /sign-in`.
pub async fn get(State(app): State<App>, request: RequestInfo) -> Markup {
    view(&context_without_user(&app, &request), "", None, Vec::new())
}

/// `POST /sign-in`.
pub async fn post(
    State(app): State<App>,
    request: RequestInfo,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, Failure> {
    let ctx = context_without_user(&app, &request);
    let empty = empty_boxes(ctx.lang, &[("login", &form.login), ("password", &form.password)]);
    if !empty.is_empty() {
        let page = view(&ctx, &form.login, None, empty);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let login = form.login.clone();
    let attempt = LoginAttempt {
        login: form.login,
        password: Redacted(form.password),
        address: caller.ip().to_string(),
        lang: request.lang,
    };
    let tried = app.replica.run(move |replica| replica.login(&attempt)).await?;
    match tried {
        Ok(signed_in) => Ok(welcome(&headers, &signed_in)),
        Err(LoginError::Other(error)) => Err(error.into()),
        Err(refused) => {
            let page = view(&ctx, &login, Some(&refused.sentence(request.lang)), Vec::new());
            Ok((Failure::from(refused).status(), page).into_response())
        }
    }
}

/// `POST /sign-out`.
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Ok(token) = token_of(&headers) {
        app.run(move |replica| replica.logout(&token)).await?;
    }
    let cookie = AppendHeaders([(header::SET_COOKIE, clear_session_cookie(&headers))]);
    Ok((cookie, Redirect::to(SIGN_IN)).into_response())
}

/// `GET /password`.
pub async fn get_password(visit: Visit) -> Markup {
    password_view(&visit, None)
}

/// `POST /password`.
pub async fn post_password(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Failure> {
    if form.new != form.again {
        let words = t(visit.ctx.lang, "hub-password-differs");
        let page = password_view(&visit, Some(&words));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let (viewer, token) = (visit.viewer.clone(), token_of(&headers)?);
    let changed = app
        .replica
        .run(move |replica| replica.change_password(&viewer, &token, &form.old, &form.new))
        .await?;
    match changed.map_err(Failure::from) {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(refused) if refused.status().is_client_error() => {
            let page = password_view(&visit, Some(&refused.sentence(visit.ctx.lang)));
            Ok((refused.status(), page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

fn welcome(headers: &HeaderMap, signed_in: &SignedIn) -> Response {
    let cookie = session_cookie(headers, signed_in.token.as_str(), COOKIE_SECONDS);
    let next = if signed_in.viewer.must_change_password { PASSWORD } else { "/" };
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(next)).into_response()
}

fn view(ctx: &PageContext, login: &str, refused: Option<&str>, empty: Vec<FieldError>) -> Markup {
    let lang = ctx.lang;
    let body = html! {
        @if let Some(words) = refused { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        form .card.wb-card.wb-narrow method="post" action=(SIGN_IN) {
            div .card-body {
                (field("login", &t(lang, "hub-login")).value(login).autocomplete("username").autofocus().error_if(error_of(&empty, "login")))
                (field("password", &t(lang, "hub-password")).password().autocomplete("current-password").error_if(error_of(&empty, "password")))
                div .btn-list { (button(ButtonKind::Primary, &t(lang, "hub-sign-in"))) }
            }
        }
    };
    Page::new(t(lang, "hub-sign-in")).errors(empty).render(ctx, &body)
}

fn password_view(visit: &Visit, refused: Option<&str>) -> Markup {
    let lang = visit.ctx.lang;
    let body = html! {
        @if visit.viewer.must_change_password {
            (alert(Tone::Info, "", &html! { p { (t(lang, "hub-password-must")) } }))
        }
        @if let Some(words) = refused { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        form .card.wb-card.wb-narrow method="post" action=(PASSWORD) {
            div .card-body {
                (field("old", &t(lang, "hub-password-old")).password().autocomplete("current-password"))
                (field("new", &t(lang, "hub-password-new")).password().autocomplete("new-password").hint(t(lang, "hub-password-hint")))
                (field("again", &t(lang, "hub-password-again")).password().autocomplete("new-password"))
                div .btn-list { (button(ButtonKind::Primary, &t(lang, "hub-password-save"))) }
            }
        }
    };
    Page::new(t(lang, "hub-password-title")).render(&visit.ctx, &body)
}
