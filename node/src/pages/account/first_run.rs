//! The very first page of a new machine: who will be its administrator.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_web::kit::{ButtonKind, FieldError, Page, button, field};
use wardbook_web::{AppKind, Markup, PageContext, RequestInfo, html};

use super::{has_users, one_time_page};
use crate::app::App;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FirstRunForm {
    login: String,
    name: String,
}

/// The form, as long as there is no account.
pub(crate) async fn get(State(app): State<App>, info: RequestInfo) -> PageResult {
    if has_users(&app).await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let form = FirstRunForm { login: "admin".to_owned(), name: String::new() };
    Ok(Shown(view(&PageContext::new(AppKind::Node, &info), &form, None)).into_response())
}

/// Makes the account and shows its one-time password.
pub(crate) async fn post(
    State(app): State<App>,
    info: RequestInfo,
    Form(form): Form<FirstRunForm>,
) -> PageResult {
    let ctx = PageContext::new(AppKind::Node, &info);
    if form.name.trim().is_empty() {
        return Ok(not_accepted(view(&ctx, &form, Some(&("name", ctx.t("node-name-missing"))))));
    }
    let (login, name) = (form.login.trim().to_owned(), form.name.trim().to_owned());
    let made = app.replica().run(move |replica| replica.first_account(&login, &name)).await?;
    match made {
        Ok(Some(account)) => {
            let recovery = app.replica().store().take_recovery_identity();
            let (login, password) = (&account.login, &account.password.0);
            let page = one_time_page(&ctx, login, password, recovery.as_deref(), "/sign-in");
            Ok(Shown(page).into_response())
        }
        Ok(None) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => {
            let refusal = Refusal::from(error);
            let message = refusal.sentence(ctx.lang).to_owned();
            Ok(not_accepted(view(&ctx, &form, Some(&("login", message)))))
        }
    }
}

fn view(ctx: &PageContext, form: &FirstRunForm, wrong: Option<&(&str, String)>) -> Markup {
    let error = |name: &str| wrong.filter(|(at, _)| *at == name).map(|(_, m)| m.clone());
    let body = html! {
        p { (ctx.t("node-first-run-lead")) }
        form method="post" action="/first-run" {
            (field("name", &ctx.t("node-your-name")).value(form.name.as_str()).required().autofocus()
                .autocomplete("name").error_if(error("name")))
            (field("login", &ctx.t("node-login")).value(form.login.as_str()).required()
                .hint(ctx.t("node-login-hint")).autocomplete("username").error_if(error("login")))
            (button(ButtonKind::Primary, &ctx.t("node-create-account")))
        }
    };
    let errors = wrong
        .iter()
        .map(|(name, message)| FieldError { name: (*name).to_owned(), message: message.clone() });
    Page::new(ctx.t("node-first-run-title")).narrow().errors(errors.collect()).render(ctx, &body)
}
