//! Import, last step: what was written, what was left out, and the way back.

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_replica::{ImportToken, ReplicaError, UndoResult};
use wardbook_web::kit::{ButtonKind, Page, StatTile, Tone, alert, link_button, stat_tiles};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use crate::api::exports::download;
use crate::app::App;
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
    /// The token of the import; none for changes that came from no file.
    from: String,
}

/// The result.
pub(crate) async fn get(screen: Screen, Query(done): Query<DoneQuery>) -> PageResult {
    if !screen.viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    Ok(Shown(view(&screen.ctx, &done)).into_response())
}

/// The rows that were left out, as a file.
pub(crate) async fn skipped(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let file = app
        .replica()
        .run(move |replica| replica.import_left_out(&viewer, &ImportToken(token)))
        .await??;
    Ok(download(file))
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
    // Only what has the form of a batch or a token becomes an address.
    let is_key = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let batch = is_key(&done.batch);
    let left = done.skipped > 0 && is_key(&done.from);
    let body = html! {
        (alert(Tone::Good, "", &html! { p { (ctx.t("node-imported")) } }))
        (stat_tiles(&tiles))
        @if left { (left_out(ctx, done)) }
        div .btn-list {
            (link_button(ButtonKind::Primary, "/people", &ctx.t("node-to-list")))
            @if batch {
                (link_button(ButtonKind::Secondary, &format!("/import/batches/{}/undo", done.batch), &ctx.t("node-undo")))
            }
        }
    };
    Page::new(ctx.t("node-imported-title")).render(ctx, &body)
}

/// What was left out is not lost: why it may be, and the file with it.
fn left_out(ctx: &PageContext, done: &DoneQuery) -> Markup {
    let title = t_args(ctx.lang, "import-left-title", &[("count", done.skipped)]);
    let address = format!("/import/{}/skipped.xlsx", done.from);
    let body = html! {
        p { (ctx.t("import-left")) }
        div .btn-list { (link_button(ButtonKind::Secondary, &address, &ctx.t("import-left-file"))) }
    };
    alert(Tone::Warning, &title, &body)
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
