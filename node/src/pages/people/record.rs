//! One record: a tab a section in the order of the form, what it lacks, and its conflicts.

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_base::Timestamp;
use wardbook_record::{Path, Section, schema};
use wardbook_replica::Keeper;
use wardbook_web::kit::{Tab, Tone, alert, section_nav};
use wardbook_web::record_view::{
    RecordView, TabAccess, completeness, conflict_card, missing_items, section_count, section_tab,
    wrong_items,
};
use wardbook_web::{Markup, PageContext, html, print};

use super::header::{self, View};
use super::not_taken::not_taken;
use super::{Open, open};
use crate::api::exports::download;
use crate::app::App;
use crate::pages::conflicts::card_of;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The form by which a record counts as complete: the one in force.
const PRINTED: &str = "syll";

/// Which section is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RecordQuery {
    tab: String,
}

/// The record.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(query): Query<RecordQuery>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    Ok(Shown(view(&screen, &open, &query.tab, app.replica().now())).into_response())
}

/// The record as a workbook that can be imported again.
pub(crate) async fn export(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let document = crate::api::edits::document_of(&id)?;
    let viewer = screen.viewer;
    let file =
        app.replica().run(move |replica| replica.export_person(&viewer, &document)).await??;
    Ok(download(file))
}

fn view(screen: &Screen, open: &Open, tab: &str, now: Timestamp) -> Markup {
    let (ctx, record, access) = (&screen.ctx, &open.view, screen.viewer.access());
    let conflicts: Vec<Path> =
        record.conflicts.iter().flat_map(|card| &card.fields).map(|f| f.path.clone()).collect();
    let base = record.editable.then_some(open.base.as_str());
    let shown = RecordView {
        takes_files: true,
        person: &record.person,
        problems: &record.problems,
        conflicts: &conflicts,
        edit_base: base,
        as_of: open.as_of,
    };
    let readable = || schema().sections.iter().filter(|section| access.reads_section(&section.key));
    let section = readable().find(|section| section.key == tab).or_else(|| readable().next());
    let hidden = |key: &str| !access.reads(key);
    let lacking = print::form(PRINTED)
        .map(|form| print::missing(form, &record.person, open.as_of, &hidden))
        .unwrap_or_default();
    let missing = missing_items(&lacking, base);
    let wrong = wrong_items(ctx.lang, &record.problems, &lacking, base);
    let may_settle = screen.viewer.role.may_edit() && record.editable;
    let body = html! {
        @if let Some(keeper) = &record.keeper { (kept_elsewhere(ctx, keeper)) }
        (not_taken(ctx, open, now))
        // The badge above leads here from every tab; on the first view it stands open.
        @if let Some(card) = record.conflicts.as_ref().filter(|_| tab.is_empty()) {
            div #conflicts { (conflict_card(ctx, &card_of(card, may_settle, open.as_of))) }
        }
        (header::views(ctx, open, View::Record))
        @if record.facts.retired.is_none() { (completeness(ctx, &missing, &wrong)) }
        div .wb-with-nav {
            (section_nav(ctx.lang, &ctx.t("node-sections"), &parts(ctx, open, &shown, readable(), section)))
            @if let Some(section) = section {
                (section_tab(ctx, &shown, section, TabAccess {
                    may_edit: access.writes_section(&section.key),
                    may_edit_table: &|key| access.writes(key),
                    may_read: &|key| access.reads(key),
                }))
            }
        }
    };
    header::page(screen, open, View::Record).render(ctx, &body)
}

/// The sections this person may read, each with how much of it wants attention.
fn parts<'a>(
    ctx: &PageContext,
    open: &Open,
    shown: &RecordView<'_>,
    readable: impl Iterator<Item = &'a Section>,
    current: Option<&Section>,
) -> Vec<Tab> {
    let tab = |section: &Section| {
        let is_current = current.is_some_and(|current| current.key == section.key);
        let count = section_count(shown, section);
        let tab = Tab::new(open.tab(&section.key), section.label(ctx.lang), is_current);
        Tab { count: (count > 0).then_some(count), ..tab }
    };
    readable.map(tab).collect()
}

/// Which ward keeps the record, and by which decision: here it is only to read.
fn kept_elsewhere(ctx: &PageContext, keeper: &Keeper) -> Markup {
    alert(
        Tone::Warning,
        &ctx.t("node-keeper-title"),
        &html! {
            p { (ctx.t("node-keeper-lead")) " " (keeper.ward_name) "." }
            @if !keeper.decision.is_empty() {
                p { (ctx.t("node-keeper-decision")) " " (keeper.decision) }
            }
        },
    )
}
