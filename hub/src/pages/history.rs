//! Who changed what in a record, newest first.

use axum::extract::{Path, State};
use wardbook_replica::{Author, HistoryView};
use wardbook_web::format::date_time;
use wardbook_web::kit::{Column, Page, table};
use wardbook_web::{Lang, Markup, html, t};

use super::record::{crumbs, read};
use super::session::Visit;
use crate::app::App;
use crate::failure::Failure;

/// `GET /people/{id}/history`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Markup, Failure> {
    let record = read(&app, &visit, &id).await?.record;
    let (viewer, document) = (visit.viewer.clone(), record.person.id);
    let history = app.run(move |replica| replica.history(&viewer, &document)).await?;
    let body = history_table(visit.ctx.lang, &history);
    let page = Page::new(t(visit.ctx.lang, "hub-history")).crumbs(crumbs(&visit, &record));
    Ok(page.render(&visit.ctx, &body))
}

fn history_table(lang: Lang, history: &[HistoryView]) -> Markup {
    let keys = ["hub-col-when", "hub-col-who", "hub-col-what", "hub-col-old", "hub-col-new"];
    let columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    let rows = html! { @for change in history { (change_rows(change)) } };
    table(&t(lang, "hub-history-caption"), &columns, &rows)
}

fn change_rows(change: &HistoryView) -> Markup {
    html! {
        @for (index, edit) in change.edits.iter().enumerate() {
            tr {
                td { @if index == 0 { (date_time(change.author.at)) } }
                td { @if index == 0 { (who(&change.author)) " (" (change.purpose_label) ")" } }
                td { (edit.label) }
                td { (edit.old_shown) }
                td { (edit.new_shown) }
            }
        }
    }
}

/// The person, the machine and the ward, as far as known.
pub(super) fn who(author: &Author) -> String {
    let parts = [&author.user_name, &author.device_name, &author.ward_name];
    let mut known: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
    known.retain(|part| !part.is_empty());
    known.dedup();
    known.join(" · ")
}
