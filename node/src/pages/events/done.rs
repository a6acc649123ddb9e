//! What an action wrote, and taking it back.

use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::ChangeHash;
use wardbook_record::{Path, Purpose};
use wardbook_replica::{EditError, HistoryEdit, HistoryView};
use wardbook_web::kit::{ButtonKind, Page, button, link_button};
use wardbook_web::{Markup, PageContext, format, html};

use super::form::crumbs;
use super::written::written;
use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::people::{Open, open};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// What was written.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, change)): UrlPath<(String, String)>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let change = change_of(&change)?;
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let history = app.replica().run(move |replica| replica.history(&viewer, &document)).await??;
    let is_event = |entry: &&HistoryView| entry.purpose == Purpose::Event && entry.hash == change;
    let entry = history.iter().find(is_event).ok_or(EditError::NotFound)?;
    Ok(Shown(view(&screen.ctx, &open, entry)).into_response())
}

/// Takes it back.
pub(crate) async fn undo(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, change)): UrlPath<(String, String)>,
) -> PageResult {
    let (document, change) = (document_of(&id)?, change_of(&change)?);
    let viewer = screen.viewer;
    app.replica().run(move |replica| replica.undo_event(&viewer, &document, &change)).await??;
    app.edited();
    Ok(Redirect::to(&format!("/people/{document}?done=undone")).into_response())
}

fn change_of(text: &str) -> Result<ChangeHash, Refusal> {
    text.parse().map_err(|_| EditError::NotFound.into())
}

/// An action in a line: what its document says, else the first thing that it wrote.
pub(super) fn what(entry: &HistoryView) -> String {
    let summary = |edit: &&HistoryEdit| matches!(&edit.path, Path::Cell { table, column, .. } if table == "documents" && column == "summary");
    let said = entry.edits.iter().find(summary).or(entry.edits.first());
    said.map_or_else(String::new, |edit| edit.new_shown.clone())
}

fn view(ctx: &PageContext, open: &Open, entry: &HistoryView) -> Markup {
    let body = html! {
        p { (what(entry)) }
        p .text-secondary { (format::date_time(entry.author.at)) " · " (entry.author.user_name) }
        div .btn-list {
            (link_button(ButtonKind::Primary, &open.base, &ctx.t("events-to-record")))
            (link_button(ButtonKind::Secondary, &format!("{}/events", open.base), &ctx.t("events-another")))
            @if open.view.editable {
                form method="post" action=(format!("{}/events/done/{}", open.base, entry.hash)) {
                    (button(ButtonKind::Secondary, &ctx.t("events-undo")))
                }
            }
        }
        p .form-hint { (ctx.t("events-undo-hint")) }
        (written(ctx, &open.view.person, &entry.edits))
    };
    let title = format!("{}: {}", ctx.t("events-done-title"), open.name(ctx));
    Page::new(title).crumbs(crumbs(ctx, open)).render(ctx, &body)
}
