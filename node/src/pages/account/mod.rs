//! Accounts: the first one, signing in and out, passwords, the list.

pub(crate) mod lock;
pub(crate) mod password;
pub(crate) mod sign_in;
pub(crate) mod users;

use axum::response::Redirect;
use wardbook_replica::Replica;
use wardbook_web::html;
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, definition_list, link_button};
use wardbook_web::{Markup, PageContext};

use crate::app::App;
use crate::refusal::Refusal;
use crate::session::AnyUser;

/// Whether anybody can sign in yet.
pub(crate) async fn has_users(app: &App) -> Result<bool, Refusal> {
    Ok(app.replica().run(Replica::has_users).await??)
}

/// The first page.
pub(crate) async fn home(AnyUser(user): AnyUser) -> Redirect {
    Redirect::to(&sign_in::first_page(&user.viewer))
}

/// A one-time password, shown once.
pub(crate) fn one_time_page(
    ctx: &PageContext,
    login: &str,
    password: &str,
    recovery: Option<&str>,
    next: &str,
) -> Markup {
    let mut entries = vec![
        (ctx.t("node-login"), html! { code { (login) } }),
        (ctx.t("node-one-time-password"), html! { code data-one-time-password="" { (password) } }),
    ];
    if let Some(recovery) = recovery {
        entries.push((ctx.t("node-recovery-key"), html! { code { (recovery) } }));
    }
    let explained = html! { p { (ctx.t("node-one-time-explained")) } };
    let body = html! {
        (alert(Tone::Info, "", &explained))
        (definition_list(&entries))
        div .btn-list { (link_button(ButtonKind::Primary, next, &ctx.t("node-continue"))) }
    };
    Page::new(ctx.t("node-one-time-title")).narrow().render(ctx, &body)
}
