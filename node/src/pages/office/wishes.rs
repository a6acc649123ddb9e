//! Accounts that open records and were asked for by who sees none: to allow or to decline.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_base::Timestamp;
use wardbook_record::schema;
use wardbook_replica::{ReplicaError, Scope, WishKind, WishView};
use wardbook_web::kit::{ButtonKind, Column, button, card, hidden, table, tag};
use wardbook_web::{Markup, PageContext, format, html};

use crate::app::App;
use crate::pages::account::one_time_page;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// Which wish was read, by its time: another one may have taken its place since.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Read {
    seen: String,
}

/// Allows a wish, or declines it. A password that comes of it is shown here, this once.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((login, what)): UrlPath<(String, String)>,
    Form(read): Form<Read>,
) -> PageResult {
    let viewer = screen.viewer;
    match what.as_str() {
        "allow" => {}
        "decline" => {
            app.replica().run(move |replica| replica.decline_wish(&viewer, &login)).await??;
            return Ok(Redirect::to("/proposals?done=declined").into_response());
        }
        _ => return Err(ReplicaError::NotFound.into()),
    }
    let seen = Timestamp(read.seen.parse().unwrap_or_default());
    let made =
        app.replica().run(move |replica| replica.allow_wish(&viewer, &login, seen)).await??;
    match made {
        Some(made) => {
            let next = "/proposals?done=allowed";
            let page = one_time_page(&screen.ctx, &made.login, &made.password.0, None, next);
            Ok(Shown(page).into_response())
        }
        None => Ok(Redirect::to("/proposals?done=allowed").into_response()),
    }
}

/// What waits; with buttons for who may allow it.
pub(crate) fn view(ctx: &PageContext, wishes: &[WishView], may_allow: bool) -> Markup {
    if wishes.is_empty() {
        return html! {};
    }
    let mut columns = vec![
        Column::text(ctx.t("office-wish-account")),
        Column::text(ctx.t("office-wish-what")),
        Column::text(ctx.t("office-wish-role")),
        Column::text(ctx.t("office-wish-by")),
    ];
    if may_allow {
        columns.push(Column::unseen(ctx.t("node-actions")));
    }
    let rows = html! { @for wish in wishes { (row(ctx, wish, may_allow)) } };
    let lead = if may_allow { "office-wishes-lead" } else { "office-wishes-mine" };
    card(
        &ctx.t("office-wishes-title"),
        None,
        &html! {
            p { (ctx.t(lead)) }
            (table(&ctx.t("office-wishes-caption"), &columns, &rows))
        },
    )
}

fn row(ctx: &PageContext, wish: &WishView, may_allow: bool) -> Markup {
    let base = format!("/proposals/accounts/{}", wish.login);
    let role = wish.role.label(ctx.lang);
    let now = wish.role_now.map(|now| now.label(ctx.lang)).filter(|now| *now != role);
    html! {
        tr data-wish=(wish.login) {
            th scope="row" { (wish.name) br; code { (wish.login) } }
            td { (ctx.t(kind(wish.kind))) }
            td {
                @if let Some(now) = now { del { (now) } " → " }
                ins { (role) }
                @for unit in &wish.scope.units { " " (tag(&unit_label(ctx, unit))) }
                @if has_record(&wish.scope) { p { (ctx.t("office-wish-own-record")) } }
            }
            td { (wish.by_name) br; span .text-secondary { (format::date_time(wish.at)) } }
            @if may_allow {
                td {
                    div .btn-list {
                        form method="post" action=(format!("{base}/allow")) {
                            (hidden("seen", &wish.at.0.to_string()))
                            (button(ButtonKind::Primary, &ctx.t("office-wish-allow")))
                        }
                        form method="post" action=(format!("{base}/decline")) {
                            (button(ButtonKind::Secondary, &ctx.t("office-wish-decline")))
                        }
                    }
                }
            }
        }
    }
}

const fn has_record(scope: &Scope) -> bool {
    scope.person.is_some()
}

/// The words for what is asked for.
pub(crate) const fn kind(kind: WishKind) -> &'static str {
    match kind {
        WishKind::Account => "office-wish-new",
        WishKind::Password => "office-wish-password",
        WishKind::Role => "office-wish-other-role",
        WishKind::Free => "office-wish-free",
    }
}

/// The name of a division.
pub(crate) fn unit_label(ctx: &PageContext, code: &str) -> String {
    let field = schema().field("org_unit");
    field.map_or_else(
        || code.to_owned(),
        |field| wardbook_record::show(field, &code.into(), ctx.lang),
    )
}
