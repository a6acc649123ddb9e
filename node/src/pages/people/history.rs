//! Who changed what in a record, newest first.

use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_replica::{HistoryEdit, HistoryView};
use wardbook_web::kit::{Column, Crumb, Page, table};
use wardbook_web::{Markup, PageContext, format, html};

use super::{Open, open};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The history.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let entries = app.replica().run(move |replica| replica.history(&viewer, &document)).await??;
    Ok(Shown(view(&screen.ctx, &open, &entries)).into_response())
}

fn view(ctx: &PageContext, open: &Open, entries: &[HistoryView]) -> Markup {
    let columns = [
        Column::text(ctx.t("node-history-when")),
        Column::text(ctx.t("node-history-who")),
        Column::text(ctx.t("node-history-what")),
    ];
    let rows = html! { @for entry in entries { (row(ctx, entry)) } };
    let name = open.view.facts.full_name.clone();
    let crumbs = vec![
        Crumb::new("/people", ctx.t("node-nav-people")),
        Crumb::new(open.base.clone(), name.clone()),
    ];
    let body = table(&ctx.t("node-history-caption"), &columns, &rows);
    Page::new(format!("{}: {name}", ctx.t("node-history"))).crumbs(crumbs).render(ctx, &body)
}

fn row(ctx: &PageContext, entry: &HistoryView) -> Markup {
    let author = &entry.author;
    html! {
        tr {
            th scope="row" { (format::date_time(author.at)) }
            td {
                (author.user_name)
                @if !author.device_name.is_empty() { br; (author.device_name) }
                @if !author.ward_name.is_empty() { " · " (author.ward_name) }
            }
            td {
                (entry.purpose_label)
                ul { @for edit in &entry.edits { li { (change(ctx, edit)) } } }
            }
        }
    }
}

/// Old value → new value.
fn change(ctx: &PageContext, edit: &HistoryEdit) -> Markup {
    let shown = |text: &str| {
        if text.is_empty() { ctx.t("record-empty-value") } else { text.to_owned() }
    };
    html! {
        (edit.label) ": "
        @if edit.old.is_some() { del { (shown(&edit.old_shown)) } " → " }
        ins { (shown(&edit.new_shown)) }
    }
}
