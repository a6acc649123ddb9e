//! The history of edits: who changed what, where and when, newest first, with the way back to any
//! value. What happened in the person's career stands on a page of its own.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_record::{Path, RETIRED, Scalar, schema};
use wardbook_replica::{HistoryEdit, HistoryView};
use wardbook_web::kit::{
    ButtonKind, Column, button, empty_state, field, hidden, link_button, table,
};
use wardbook_web::{Markup, PageContext, format, html};

use super::header::{self, View};
use super::{Open, open};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// Edits of one change that are shown at once; imports write many.
const EDITS_SHOWN: usize = 6;

/// Which field's edits are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HistoryQuery {
    /// The key of a field or table; empty for all.
    field: String,
}

/// The history.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(query): Query<HistoryQuery>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let entries = app.replica().run(move |replica| replica.history(&viewer, &document)).await??;
    Ok(Shown(view(&screen, &open, &entries, &query.field)).into_response())
}

/// What a line needs to know of its surroundings.
struct Lines<'a> {
    ctx: &'a PageContext,
    open: &'a Open,
    /// Whether a field or table may be changed.
    may_restore: &'a dyn Fn(&Path) -> bool,
    field: &'a str,
}

fn view(screen: &Screen, open: &Open, entries: &[HistoryView], only: &str) -> Markup {
    let (ctx, access) = (&screen.ctx, screen.viewer.access());
    let editable = open.view.editable;
    let lines = Lines {
        ctx,
        open,
        may_restore: &|path| editable && access.writes(path.owner()),
        field: only,
    };
    let shown: Vec<&HistoryView> =
        entries.iter().filter(|entry| entry.edits.iter().any(|edit| lines.shows(edit))).collect();
    let columns = [
        Column::text(ctx.t("node-history-when")),
        Column::text(ctx.t("node-history-who")),
        Column::text(ctx.t("node-history-what")),
    ];
    let rows = html! { @for entry in &shown { (lines.entry(entry)) } };
    let body = html! {
        (header::views(ctx, open, View::Edits))
        (filter(ctx, open, entries, only))
        @if shown.is_empty() {
            (empty_state(&ctx.t("dossier-history-none"), &html! {}))
        } @else { (table(&ctx.t("node-history-caption"), &columns, &rows)) }
    };
    header::page(screen, open, View::Edits).render(ctx, &body)
}

/// The choice of one field or table among those that were ever edited.
fn filter(ctx: &PageContext, open: &Open, entries: &[HistoryView], only: &str) -> Markup {
    let owners: BTreeSet<&str> =
        entries.iter().flat_map(|entry| &entry.edits).map(|edit| edit.path.owner()).collect();
    let labels: BTreeMap<&str, &str> =
        owners.into_iter().map(|key| (label_of(key, ctx), key)).collect();
    let mut options = vec![(String::new(), ctx.t("dossier-history-all"))];
    options.extend(labels.into_iter().map(|(label, key)| (key.to_owned(), label.to_owned())));
    html! {
        form .wb-one-field method="get" action=(format!("{}/history", open.base)) {
            (field("field", &ctx.t("dossier-history-field")).value(only).select(options))
            (button(ButtonKind::Secondary, &ctx.t("dossier-history-filter")))
            @if !only.is_empty() {
                (link_button(ButtonKind::Quiet, &format!("{}/history", open.base), &ctx.t("dossier-history-all")))
            }
        }
    }
}

fn label_of<'a>(key: &'a str, ctx: &PageContext) -> &'a str {
    let field = schema().field(key).map(|field| field.label(ctx.lang));
    field.or_else(|| schema().table(key).map(|table| table.label(ctx.lang))).unwrap_or(key)
}

impl Lines<'_> {
    fn shows(&self, edit: &HistoryEdit) -> bool {
        self.field.is_empty() || edit.path.owner() == self.field
    }

    fn entry(&self, entry: &HistoryView) -> Markup {
        let author = &entry.author;
        let edits: Vec<&HistoryEdit> = entry.edits.iter().filter(|edit| self.shows(edit)).collect();
        let (first, rest) = edits.split_at(edits.len().min(EDITS_SHOWN));
        html! {
            tr {
                th scope="row" .wb-when { (format::date_time(author.at)) }
                td {
                    (author.user_name)
                    @if !author.device_name.is_empty() { br; span .text-secondary { (author.device_name) } }
                    @if !author.ward_name.is_empty() { br; span .text-secondary { (author.ward_name) } }
                }
                td {
                    strong { (entry.purpose_label) }
                    ul .wb-edits { @for edit in first { li { (self.edit(entry, edit)) } } }
                    @if !rest.is_empty() {
                        details {
                            summary { (wardbook_web::t_args(self.ctx.lang, "dossier-history-more", &[("count", rest.len())])) }
                            ul .wb-edits { @for edit in rest { li { (self.edit(entry, edit)) } } }
                        }
                    }
                }
            }
        }
    }

    /// Old value → new value, each with the way back to it where it is not the present one.
    fn edit(&self, entry: &HistoryView, edit: &HistoryEdit) -> Markup {
        let shown = |text: &str| match text {
            "" => self.ctx.t("record-empty-value"),
            text => text.to_owned(),
        };
        html! {
            (edit.label) ": "
            @if edit.old.is_some() {
                del { (shown(&edit.old_shown)) } (self.restore(entry, edit, "old", edit.old.as_ref())) " → "
            } @else if is_row_put_away(&edit.path) { (self.restore(entry, edit, "old", None)) " " }
            ins { (shown(&edit.new_shown)) }
            @if edit.new.is_some() && !is_row_put_away(&edit.path) {
                (self.restore(entry, edit, "new", edit.new.as_ref()))
            }
        }
    }

    fn restore(
        &self,
        entry: &HistoryView,
        edit: &HistoryEdit,
        side: &str,
        value: Option<&Scalar>,
    ) -> Markup {
        let stands = self.open.view.person.at(&edit.path);
        if stands.as_ref() == value || !(self.may_restore)(&edit.path) || !self.can_stand(edit) {
            return html! {};
        }
        let ctx = self.ctx;
        let what = if side == "new" { &edit.new_shown } else { &edit.old_shown };
        let key = if value.is_none() { "dossier-restore-row" } else { "dossier-restore" };
        html! {
            form .wb-inline method="post" action=(format!("{}/restore", self.open.base)) {
                (hidden("change", &entry.hash.to_string()))
                (hidden("path", &edit.path.to_string()))
                (hidden("side", side))
                button .wb-restore type="submit" {
                    "↶ " (ctx.t(key)) span .visually-hidden { ": " (edit.label) " " (what) }
                }
            }
        }
    }

    /// Whole records come back by their own page; a cell needs its row in use.
    fn can_stand(&self, edit: &HistoryEdit) -> bool {
        match &edit.path {
            Path::Field { key } => key != RETIRED,
            Path::Code { .. } => true,
            Path::Cell { table, row, column } => {
                let row = self.open.view.person.row(table, row);
                column == RETIRED || row.is_some_and(|row| row.retired().is_none())
            }
        }
    }
}

fn is_row_put_away(path: &Path) -> bool {
    matches!(path, Path::Cell { column, .. } if column == RETIRED)
}
