//! Help: a short page for each screen, and the list of them.

use axum::extract::Path as UrlPath;
use axum::response::IntoResponse;
use wardbook_replica::ReplicaError;
use wardbook_web::help::{INDEX, help_page, help_titles};
use wardbook_web::kit::{Crumb, Page};
use wardbook_web::{Markup, PageContext, html};

use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The list of help pages.
pub(crate) async fn index(screen: Screen) -> PageResult {
    show(&screen.ctx, INDEX)
}

/// The help of one screen.
pub(crate) async fn get(screen: Screen, UrlPath(of): UrlPath<String>) -> PageResult {
    show(&screen.ctx, &of)
}

fn show(ctx: &PageContext, screen: &str) -> PageResult {
    let page = help_page(ctx.lang, screen).ok_or(ReplicaError::NotFound)?;
    let body = html! {
        div .card.wb-card { div .card-body.wb-help-text { (page.body) } }
        (others(ctx, screen))
    };
    let crumbs = match screen {
        INDEX => Vec::new(),
        _ => vec![Crumb::new("/help", ctx.t("help-link"))],
    };
    Ok(Shown(Page::new(page.title).crumbs(crumbs).render(ctx, &body)).into_response())
}

fn others(ctx: &PageContext, screen: &str) -> Markup {
    html! {
        nav aria-label=(ctx.t("help-others")) {
            h2 { (ctx.t("help-others")) }
            ul {
                @for (other, title) in help_titles(ctx.lang).iter().filter(|(other, _)| other != screen) {
                    li { a href=(format!("/help/{other}")) { (title) } }
                }
            }
        }
    }
}
