//! Refused changes on the page of synchronising: what each said, why it was refused, what became of
//! the edits after it, and putting it away.

use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::ChangeHash;
use wardbook_replica::KeptChange;
use wardbook_web::kit::{ButtonKind, Column, button, card, table};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// "Đã xem": somebody has looked at a refused change.
pub(crate) async fn seen(
    State(app): State<App>,
    screen: Screen,
    UrlPath((document, hash)): UrlPath<(String, String)>,
) -> PageResult {
    let document = document_of(&document)?;
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::unreadable())?;
    let viewer = screen.viewer.clone();
    let done = app.replica().run(move |replica| replica.dismiss_kept(&viewer, &document, &hash));
    done.await??;
    Ok(Redirect::to("/sync?done=seen#kept").into_response())
}

/// The refused changes that nobody has looked at, and after them those that were put away.
pub(super) fn view(ctx: &PageContext, kept: &[KeptChange], may_edit: bool) -> Markup {
    let (open, seen): (Vec<_>, Vec<_>) = kept.iter().partition(|one| one.seen_at.is_none());
    let body = html! {
        p { (ctx.t("node-kept-lead")) }
        @for one in &open { (change(ctx, one, may_edit)) }
        @if !seen.is_empty() {
            details {
                summary { (t_args(ctx.lang, "node-kept-seen", &[("count", seen.len() as u64)])) }
                @for one in &seen { (change(ctx, one, false)) }
            }
        }
    };
    html! { div #kept { (card(&ctx.t("node-kept-title"), None, &body)) } }
}

fn change(ctx: &PageContext, one: &KeptChange, may_put_away: bool) -> Markup {
    let name = if one.full_name.is_empty() { ctx.t("node-no-name") } else { one.full_name.clone() };
    let columns = [Column::text(ctx.t("node-kept-field")), Column::text(ctx.t("node-kept-value"))];
    let rows = html! {
        @for value in &one.content {
            tr { th scope="row" { (value.label) } td { (value.value) } }
        }
    };
    let caption = ctx.t("node-kept-content");
    html! {
        section data-kept="" {
            h3 { a href=(format!("/people/{}", one.document)) { (name) } }
            p {
                (one.reason) " "
                (ctx.t("node-kept-when")) " " (format::date_time(one.written_at.unwrap_or(one.at))) "."
                @if !one.own { " " (ctx.t("node-kept-foreign")) }
            }
            @if one.later_kept > 0 {
                p { (t_args(ctx.lang, "node-kept-later", &[("count", one.later_kept)])) }
            }
            @if one.content.is_empty() {
                p .text-secondary { (ctx.t("node-kept-unreadable")) }
            } @else {
                (table(&caption, &columns, &rows))
            }
            @if may_put_away {
                form method="post" action=(format!("/sync/kept/{}/{}", one.document, one.hash)) {
                    (button(ButtonKind::Secondary, &ctx.t("node-kept-put-away")))
                }
            }
        }
    }
}
