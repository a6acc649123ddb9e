//! The locked screen of a shared PC: the password again, or somebody else's turn. What was typed is
//! not lost: drafts lie on the desk, and the page that was open stays under the screen.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wardbook_base::Redacted;
use wardbook_replica::{LoginAttempt, LoginError};
use wardbook_web::kit::{
    ButtonKind, Page, Tone, alert, button, empty_boxes, error_of, field, hidden,
};
use wardbook_web::{AppKind, Markup, PageContext, RequestInfo, html, session_cookie, t_args};

use super::sign_in::{SESSION_SECONDS, first_page};
use crate::app::App;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;
use crate::session::{AnyUser, Found, From, User, signed_in};

/// The form as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct UnlockForm {
    login: String,
    password: String,
    back: String,
}

/// The locked screen. A session that is not locked has no use for it.
pub(crate) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    info: RequestInfo,
    Query(query): Query<BTreeMap<String, String>>,
) -> PageResult {
    let back = inside(query.get("back").map_or("", String::as_str));
    match signed_in(&headers, &app, info.lang).await? {
        Found::Nobody => Ok(Redirect::to("/sign-in").into_response()),
        Found::Open(_) => Ok(Redirect::to(&back).into_response()),
        Found::Locked(user) => {
            let ctx = PageContext::new(AppKind::Node, &info);
            Ok(Shown(view(&ctx, &user, &back, None)).into_response())
        }
    }
}

/// Locks the screen now.
pub(crate) async fn lock(
    State(app): State<App>,
    AnyUser(user): AnyUser,
    headers: HeaderMap,
) -> PageResult {
    let token = user.token;
    app.replica().run(move |replica| replica.lock(&token)).await??;
    if headers.get("x-quiet").is_some() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Redirect::to("/lock").into_response())
}

/// Somebody works at the page without asking for anything: that keeps the session open too.
pub(crate) async fn active(_: AnyUser) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The password of the same person opens the screen; with another user name that one signs in.
pub(crate) async fn unlock(
    State(app): State<App>,
    from: From,
    headers: HeaderMap,
    info: RequestInfo,
    Form(form): Form<UnlockForm>,
) -> PageResult {
    let user = match signed_in(&headers, &app, info.lang).await? {
        Found::Nobody => return Ok(Redirect::to("/sign-in").into_response()),
        Found::Open(user) | Found::Locked(user) => user,
    };
    let (back, quiet) = (inside(&form.back), headers.get("x-quiet").is_some());
    if let Some(words) =
        error_of(&empty_boxes(info.lang, &[("password", &form.password)]), "password")
    {
        return Ok(told(&info, &user, &back, quiet, words));
    }
    let password = Redacted(form.password);
    if !form.login.trim().is_empty() {
        let login = form.login.trim().to_owned();
        let attempt = LoginAttempt { login, password, address: from.0, lang: info.lang };
        let ended = user.token.clone();
        return match app.replica().run(move |replica| replica.login(&attempt)).await? {
            Ok(other) => {
                // One browser, one session: the one before ends.
                app.replica().run(move |replica| replica.logout(&ended)).await??;
                let cookie = session_cookie(&headers, other.token.as_str(), SESSION_SECONDS);
                let next = first_page(&other.viewer);
                Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
            }
            Err(error) => refused(&info, &user, &back, quiet, error),
        };
    }
    let token = user.token.clone();
    match app.replica().run(move |replica| replica.unlock(&token, &password)).await? {
        Ok(()) if quiet => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) => Ok(Redirect::to(&back).into_response()),
        Err(error) => refused(&info, &user, &back, quiet, error),
    }
}

fn refused(
    info: &RequestInfo,
    user: &User,
    back: &str,
    quiet: bool,
    error: LoginError,
) -> PageResult {
    let refusal = Refusal::from(error);
    if refusal.status.is_server_error() {
        return Err(refusal);
    }
    Ok(told(info, user, back, quiet, refusal.sentence(info.lang)))
}

/// The screen again, with what is wrong.
fn told(info: &RequestInfo, user: &User, back: &str, quiet: bool, words: &str) -> Response {
    if quiet {
        // As markup: bare text would be taken for a failure without words.
        return not_accepted(html! { (words) });
    }
    let ctx = PageContext::new(AppKind::Node, info);
    not_accepted(view(&ctx, user, back, Some(words)))
}

/// Only an address of this program, never another site's.
fn inside(back: &str) -> String {
    let fits = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\');
    if fits && !back.starts_with("/lock") { back.to_owned() } else { "/".to_owned() }
}

fn view(ctx: &PageContext, user: &User, back: &str, wrong: Option<&str>) -> Markup {
    let name = user.viewer.name.as_str();
    let body = html! {
        @if let Some(words) = wrong { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        form method="post" action="/unlock" {
            (hidden("back", back))
            (field("password", &t_args(ctx.lang, "office-lock-password", &[("name", name)])).required()
                .password().autofocus().autocomplete("current-password"))
            (button(ButtonKind::Primary, &ctx.t("office-unlock")))
        }
        details .wb-switch-user {
            summary { (ctx.t("office-switch-user")) }
            form method="post" action="/unlock" {
                (field("login", &ctx.t("node-login")).required().autocomplete("username"))
                div .wb-field {
                    label .form-label for="f-other-password" { (ctx.t("node-password")) }
                    input .form-control type="password" id="f-other-password" name="password" autocomplete="current-password";
                }
                (button(ButtonKind::Secondary, &ctx.t("office-switch-to")))
            }
        }
        p .text-secondary { (ctx.t("office-lock-kept")) }
    };
    Page::new(ctx.t("office-lock-title")).narrow().render(ctx, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_in_this_program() {
        for (back, way) in [
            ("/people/7?tab=pay", "/people/7?tab=pay"),
            ("", "/"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/lock?back=/lock", "/"),
        ] {
            assert_eq!(inside(back), way, "{back}");
        }
    }
}
