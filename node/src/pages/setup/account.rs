//! The first account: a name, and a password of one's own.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_base::Redacted;
use wardbook_replica::{AccountError, LoginAttempt, LoginError};
use wardbook_web::kit::{ButtonKind, FieldError, Page, button, field, hidden};
use wardbook_web::{Markup, PageContext, html, session_cookie};

use super::{Who, steps};
use crate::app::App;
use crate::pages::account::sign_in::SESSION_SECONDS;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AccountForm {
    setup: String,
    name: String,
    login: String,
    password: String,
    again: String,
}

/// The form.
pub(crate) async fn get(who: Who, Query(query): Query<BTreeMap<String, String>>) -> PageResult {
    if !who.is_first() {
        return Ok(Redirect::to("/people").into_response());
    }
    let setup = query.get("code").cloned().unwrap_or_default();
    let form = AccountForm { setup, ..AccountForm::default() };
    Ok(Shown(view(who.ctx(), &form, None)).into_response())
}

/// Makes the account and signs it in.
pub(crate) async fn post(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    Form(form): Form<AccountForm>,
) -> PageResult {
    let ctx = who.ctx();
    if !who.is_first() {
        return Ok(Redirect::to("/people").into_response());
    }
    let wrong = |name: &str, message: String| {
        let wrong = FieldError { name: name.to_owned(), message };
        Ok(not_accepted(view(ctx, &form, Some(&wrong))))
    };
    if !who.may_go_on(&app, &form.setup) {
        return wrong("setup", ctx.t("setup-code-wrong"));
    }
    if form.name.trim().is_empty() {
        return wrong("name", ctx.t("node-name-missing"));
    }
    if form.password != form.again {
        return wrong("again", ctx.t("node-passwords-differ"));
    }
    let (login, name) = (form.login.trim().to_owned(), form.name.trim().to_owned());
    let password = Redacted(form.password.clone());
    let attempt = LoginAttempt {
        login: login.clone(),
        password: password.clone(),
        address: "loopback".to_owned(),
        lang: ctx.lang,
    };
    let made = app.replica().run(move |replica| {
        replica.first_account_with(&login, &name, &password)?;
        Ok::<_, AccountError>(())
    });
    if let Err(error) = made.await? {
        let box_name = match error {
            AccountError::BadLogin => "login",
            AccountError::LongName => "name",
            _ => "password",
        };
        let refusal = Refusal::from(error);
        if refusal.status.is_server_error() {
            return Err(refusal);
        }
        return wrong(box_name, refusal.sentence(ctx.lang).to_owned());
    }
    app.setup().burn(&app.config().data);
    let signed_in = app.replica().run(move |replica| replica.login(&attempt)).await?;
    let signed_in = signed_in.map_err(|error: LoginError| Refusal::from(error))?;
    let cookie = session_cookie(&headers, signed_in.token.as_str(), SESSION_SECONDS);
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/setup/backup")).into_response())
}

fn view(ctx: &PageContext, form: &AccountForm, wrong: Option<&FieldError>) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|wrong| wrong.message.clone());
    let body = html! {
        (steps(ctx, 2))
        p { (ctx.t("setup-account-lead")) }
        form method="post" action="/setup/account" {
            @if form.setup.is_empty() || error("setup").is_some() {
                (field("setup", &ctx.t("setup-code")).value(form.setup.as_str()).required().short()
                    .hint(ctx.t("setup-code-hint")).error_if(error("setup")))
            } @else { (hidden("setup", &form.setup)) }
            (field("name", &ctx.t("node-your-name")).value(form.name.as_str()).required().autofocus()
                .autocomplete("name").error_if(error("name")))
            (field("login", &ctx.t("node-login")).value(form.login.as_str()).required()
                .hint(ctx.t("node-login-hint")).autocomplete("username").error_if(error("login")))
            (field("password", &ctx.t("node-password")).required().password().hint(ctx.t("node-password-hint"))
                .autocomplete("new-password").error_if(error("password")))
            (field("again", &ctx.t("setup-password-again")).required().password()
                .autocomplete("new-password").error_if(error("again")))
            (button(ButtonKind::Primary, &ctx.t("node-create-account")))
        }
    };
    Page::new(ctx.t("setup-account-title"))
        .narrow()
        .errors(wrong.cloned().into_iter().collect())
        .render(ctx, &body)
}
