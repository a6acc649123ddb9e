//! The accounts of this machine: make one, give a new one-time password, block one.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{NewUser, Role, UserView};
use wardbook_web::kit::{ButtonKind, Column, FieldError, Page, button, card, field, table, tag};
use wardbook_web::{Markup, PageContext, html};

use super::one_time_page;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// A new account as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UserForm {
    login: String,
    name: String,
    role: String,
}

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let users = read(&app, &screen).await?;
    Ok(Shown(view(&screen.ctx, &users, &UserForm::default(), None)).into_response())
}

/// Makes an account and shows its one-time password.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<UserForm>,
) -> PageResult {
    let role = Role::parse(&form.role).unwrap_or(Role::Clerk);
    let user =
        NewUser { login: form.login.trim().to_owned(), name: form.name.trim().to_owned(), role };
    let viewer = screen.viewer.clone();
    match app.replica().run(move |replica| replica.create_user(&viewer, &user)).await? {
        Ok(made) => {
            let page = one_time_page(&screen.ctx, &made.login, &made.password.0, None, "/accounts");
            Ok(Shown(page).into_response())
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            if refusal.status.is_server_error()
                || refusal.status == axum::http::StatusCode::FORBIDDEN
            {
                return Err(refusal);
            }
            let message = refusal.sentence(screen.ctx.lang).to_owned();
            let wrong = FieldError { name: "login".to_owned(), message };
            let users = read(&app, &screen).await?;
            Ok(not_accepted(view(&screen.ctx, &users, &form, Some(wrong))))
        }
    }
}

/// Gives an account a new one-time password.
pub(crate) async fn reset(
    State(app): State<App>,
    screen: Screen,
    UrlPath(login): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let made = app.replica().run(move |replica| replica.reset_password(&viewer, &login)).await??;
    let page = one_time_page(&screen.ctx, &made.login, &made.password.0, None, "/accounts");
    Ok(Shown(page).into_response())
}

/// Blocks an account, or frees it.
pub(crate) async fn switch(
    State(app): State<App>,
    screen: Screen,
    UrlPath((login, what)): UrlPath<(String, String)>,
) -> PageResult {
    let (viewer, disabled) = (screen.viewer, what == "block");
    app.replica()
        .run(move |replica| replica.set_user_disabled(&viewer, &login, disabled))
        .await??;
    Ok(Redirect::to("/accounts").into_response())
}

async fn read(app: &App, screen: &Screen) -> Result<Vec<UserView>, Refusal> {
    let viewer = screen.viewer.clone();
    Ok(app.replica().run(move |replica| replica.users(&viewer)).await??)
}

fn view(
    ctx: &PageContext,
    users: &[UserView],
    form: &UserForm,
    wrong: Option<FieldError>,
) -> Markup {
    let columns = [
        Column::text(ctx.t("node-login")),
        Column::text(ctx.t("node-your-name")),
        Column::text(ctx.t("node-role")),
        Column::unseen(ctx.t("node-actions")),
    ];
    let rows = html! { @for user in users { (row(ctx, user)) } };
    let body = html! {
        (table(&ctx.t("node-accounts-caption"), &columns, &rows))
        (card(&ctx.t("node-new-account"), None, &new_account(ctx, form, wrong.as_ref())))
    };
    let page = Page::new(ctx.t("node-nav-accounts"));
    page.errors(wrong.into_iter().collect()).render(ctx, &body)
}

fn row(ctx: &PageContext, user: &UserView) -> Markup {
    let base = format!("/accounts/{}", user.login);
    let (what, key) =
        if user.disabled { ("free", "node-account-free") } else { ("block", "node-account-block") };
    html! {
        tr {
            th scope="row" { (user.login) }
            td {
                (user.name) " "
                @if user.disabled { (tag(&ctx.t("node-account-blocked"))) }
                @if user.must_change_password { (tag(&ctx.t("node-account-one-time"))) }
            }
            td { (user.role.label(ctx.lang)) }
            td {
                div .btn-list {
                    form method="post" action=(format!("{base}/reset")) {
                        (button(ButtonKind::Quiet, &ctx.t("node-account-reset")))
                    }
                    form method="post" action=(format!("{base}/{what}")) {
                        (button(ButtonKind::Quiet, &ctx.t(key)))
                    }
                }
            }
        }
    }
}

fn new_account(ctx: &PageContext, form: &UserForm, wrong: Option<&FieldError>) -> Markup {
    let roles = [Role::Clerk, Role::Leader, Role::Admin]
        .map(|role| (role.as_str().to_owned(), role.label(ctx.lang).to_owned()));
    html! {
        form method="post" action="/accounts" {
            (field("name", &ctx.t("node-your-name")).value(form.name.as_str()).required())
            (field("login", &ctx.t("node-login")).value(form.login.as_str()).required()
                .hint(ctx.t("node-login-hint")).error_if(wrong.map(|w| w.message.clone())))
            (field("role", &ctx.t("node-role")).value(form.role.as_str()).select(roles.to_vec()))
            (button(ButtonKind::Primary, &ctx.t("node-create-account")))
        }
    }
}
