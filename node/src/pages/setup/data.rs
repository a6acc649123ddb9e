//! The last of the first steps: where the records come from.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_web::html;
use wardbook_web::kit::{ButtonKind, Page, button, card, link_button};

use super::{Who, steps};
use crate::app::App;
use crate::pages::{PageResult, Shown};

/// From a workbook, from the city, or by typing.
pub(crate) async fn get(State(app): State<App>, who: Who) -> PageResult {
    // Whoever has come here has seen the recovery key.
    app.forget_recovery();
    let joined = app.replica().membership()?.is_some();
    let ctx = who.ctx();
    let body = html! {
        (steps(ctx, 4))
        div .wb-choices {
            (card(&ctx.t("setup-import-title"), None, &html! {
                p { (ctx.t("setup-import-lead")) }
                (link_button(ButtonKind::Primary, "/import", &ctx.t("node-nav-import")))
            }))
            (card(&ctx.t("setup-pull-title"), None, &html! {
                @if joined {
                    p { (ctx.t("setup-pull-lead")) }
                    form method="post" action="/setup/data/pull" {
                        (button(ButtonKind::Primary, &ctx.t("setup-pull")))
                    }
                } @else { p { (ctx.t("setup-pull-not-joined")) } }
            }))
            (card(&ctx.t("setup-type-title"), None, &html! {
                p { (ctx.t("setup-type-lead")) }
                (link_button(ButtonKind::Secondary, "/people", &ctx.t("setup-type")))
            }))
        }
    };
    let page = Page::new(ctx.t("setup-data-title")).lead(ctx.t("setup-data-lead"));
    Ok(Shown(page.render(ctx, &body)).into_response())
}

/// Begins to pull the ward's records; the page of synchronising shows how far it is.
pub(crate) async fn pull(State(app): State<App>, _: Who) -> PageResult {
    app.edited();
    Ok(Redirect::to("/sync").into_response())
}
