//! Refused changes on the page of synchronising: what each said, why it was refused, what became of
//! the edits after it, and putting it away.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::ChangeHash;
use wardbook_record::Path;
use wardbook_replica::{KeptChange, LateChoice};
use wardbook_web::kit::{ButtonKind, Column, button, card, hidden, table};
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
    app.edited();
    Ok(Redirect::to("/sync?done=seen#kept").into_response())
}

/// "Lấy các giá trị đã chọn": values of a late edit of the ward before, by an ordinary edit.
pub(crate) async fn take(
    State(app): State<App>,
    screen: Screen,
    UrlPath((document, hash)): UrlPath<(String, String)>,
    Form(sent): Form<Vec<(String, String)>>,
) -> PageResult {
    let document = document_of(&document)?;
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::unreadable())?;
    let of = |name: &'static str| {
        sent.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    };
    let paths: Result<Vec<Path>, _> = of("path").map(str::parse).collect();
    let heads: Result<Vec<ChangeHash>, _> =
        of("heads").flat_map(str::split_whitespace).map(str::parse).collect();
    let (paths, base_heads) = match (paths, heads) {
        (Ok(paths), Ok(heads)) if !paths.is_empty() => (paths, heads),
        (Ok(_), Ok(_)) => return Ok(Redirect::to("/sync#kept").into_response()),
        _ => return Err(Refusal::unreadable()),
    };
    let choice = LateChoice::Accept { base_heads, paths };
    let viewer = screen.viewer;
    let done = app
        .replica()
        .run(move |replica| replica.settle_late_edit(&viewer, &document, &hash, &choice));
    done.await??;
    app.edited();
    Ok(Redirect::to(&format!("/people/{document}?done=late-taken")).into_response())
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
                @if let Some(by) = &one.left_by {
                    (t_args(ctx.lang, "node-late-left", &[("who", by.line()), ("when", format::date_time(by.at))]))
                } @else if one.late.is_empty() { (one.reason) } @else { (ctx.t("node-late-lead")) }
                " " (ctx.t("node-kept-when")) " " (format::date_time(one.written_at.unwrap_or(one.at)))
                @if !one.author.line().is_empty() { ", " (one.author.line()) } "."
                @if !one.own { " " (ctx.t("node-kept-foreign")) }
            }
            @if one.later_kept > 0 {
                p { (t_args(ctx.lang, "node-kept-later", &[("count", one.later_kept)])) }
            }
            @if !one.late.is_empty() {
                (late(ctx, one, may_put_away))
            } @else if one.content.is_empty() {
                p .text-secondary { (ctx.t("node-kept-unreadable")) }
            } @else {
                (table(&caption, &columns, &rows))
            }
            @if may_put_away {
                form method="post" action=(format!("/sync/kept/{}/{}", one.document, one.hash)) {
                    (button(ButtonKind::Secondary, &ctx.t(if one.late.is_empty() { "node-kept-put-away" } else { "node-late-keep" })))
                }
            }
        }
    }
}

/// Both values of each place, to choose from.
fn late(ctx: &PageContext, one: &KeptChange, may_take: bool) -> Markup {
    let keys = ["node-kept-field", "node-late-present", "node-late-late"];
    let mut columns = keys.map(|key| Column::text(ctx.t(key))).to_vec();
    if may_take {
        columns.push(Column::text(ctx.t("node-late-take")));
    }
    let empty = ctx.t("record-empty-value");
    let or_empty = |text: &str| if text.is_empty() { empty.clone() } else { text.to_owned() };
    let rows = html! {
        @for field in &one.late {
            tr {
                th scope="row" { (field.label) }
                td { (or_empty(&field.present_shown)) }
                td { (or_empty(&field.late_shown)) }
                @if may_take {
                    td {
                        input .form-check-input type="checkbox" name="path" value=(field.path)
                            aria-label=(format!("{}: {}", ctx.t("node-late-take"), field.label));
                    }
                }
            }
        }
    };
    let shown = table(&ctx.t("node-kept-content"), &columns, &rows);
    let heads: Vec<String> = one.heads.iter().map(ToString::to_string).collect();
    html! {
        @if may_take {
            form method="post" action=(format!("/sync/kept/{}/{}/take", one.document, one.hash)) {
                (hidden("heads", &heads.join(" ")))
                (shown)
                (button(ButtonKind::Primary, &ctx.t("node-late-button")))
            }
        } @else { (shown) }
    }
}
