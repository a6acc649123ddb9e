//! The support bundle: what is in it, and the button.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use wardbook_web::html;
use wardbook_web::kit::{ButtonKind, Crumb, Page, button, card};

use super::must_keep;
use crate::app::App;
use crate::office::support::bundle;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// What it is.
pub(crate) async fn get(screen: Screen) -> PageResult {
    must_keep(&screen.viewer)?;
    let ctx = &screen.ctx;
    let body = html! {
        p { (ctx.t("office-support-lead")) }
        ul {
            @for key in ["office-support-versions", "office-support-sync", "office-support-check", "office-support-log"] {
                li { (ctx.t(key)) }
            }
        }
        p { strong { (ctx.t("office-support-no-people")) } }
        form method="post" action="/office/support" {
            (button(ButtonKind::Primary, &ctx.t("office-support-get")))
        }
    };
    let page = Page::new(ctx.t("office-support-title"))
        .crumbs(vec![Crumb::new("/office", ctx.t("office-title"))])
        .render(ctx, &card("", None, &body));
    Ok(Shown(page).into_response())
}

/// The bundle, as a download.
pub(crate) async fn post(State(app): State<App>, screen: Screen) -> PageResult {
    must_keep(&screen.viewer)?;
    let progress = app.sync().progress();
    let bytes = app.replica().run(move |replica| bundle(replica, &progress)).await??;
    let headers = [
        (CONTENT_TYPE, "application/zip"),
        (CONTENT_DISPOSITION, "attachment; filename=\"goi-ho-tro.zip\""),
    ];
    Ok((headers, bytes).into_response())
}
