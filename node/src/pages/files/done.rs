//! Import, last step: what was written, and the way back.

use axum::extract::Query;
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_replica::{ReplicaError, UndoResult};
use wardbook_web::kit::{ButtonKind, Page, StatTile, Tone, alert, link_button, stat_tiles};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The figures, as the redirect carries them. They are shown, nothing depends on them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DoneQuery {
    batch: String,
    created: u64,
    updated: u64,
    unchanged: u64,
    skipped: u64,
}

/// The result.
pub(crate) async fn get(screen: Screen, Query(done): Query<DoneQuery>) -> PageResult {
    if !screen.viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    Ok(Shown(view(&screen.ctx, &done)).into_response())
}

fn view(ctx: &PageContext, done: &DoneQuery) -> Markup {
    let tile = |key: &str, n: u64| StatTile {
        label: ctx.t(key),
        value: format::number(ctx.lang, n),
        ..StatTile::default()
    };
    let tiles = [
        tile("node-created", done.created),
        tile("node-updated", done.updated),
        tile("node-unchanged", done.unchanged),
        tile("node-skipped", done.skipped),
    ];
    // Only what has the form of a batch becomes an address.
    let batch = done.batch.bytes().all(|byte| byte.is_ascii_hexdigit()) && !done.batch.is_empty();
    let body = html! {
        (alert(Tone::Good, "", &html! { p { (ctx.t("node-imported")) } }))
        (stat_tiles(&tiles))
        div .btn-list {
            (link_button(ButtonKind::Primary, "/people", &ctx.t("node-to-list")))
            @if batch {
                (link_button(ButtonKind::Secondary, &format!("/import/batches/{}/undo", done.batch), &ctx.t("node-undo")))
            }
        }
    };
    Page::new(ctx.t("node-imported-title")).render(ctx, &body)
}

/// What undoing a batch did.
pub(super) fn undone(ctx: &PageContext, result: &UndoResult) -> Markup {
    let words = t_args(ctx.lang, "node-undone-count", &[("count", result.undone)]);
    let body = html! {
        (alert(Tone::Good, "", &html! { p { (words) } }))
        @if !result.kept.is_empty() {
            (alert(Tone::Warning, &ctx.t("node-undo-kept"), &html! {
                ul {
                    @for kept in &result.kept {
                        li {
                            a href=(format!("/people/{}", kept.document)) { (kept.full_name) }
                            " – " (kept.edited_by.user_name) ", " (format::date_time(kept.edited_by.at))
                        }
                    }
                }
            }))
        }
        div .btn-list { (link_button(ButtonKind::Primary, "/people", &ctx.t("node-to-list"))) }
    };
    Page::new(ctx.t("node-undo-done")).render(ctx, &body)
}
