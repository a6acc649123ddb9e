//! One record with all its sections and tables, and the conflict card when there is one.

use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_record::Path;
use wardbook_replica::Keeper;
use wardbook_web::kit::{
    Badge, ButtonKind, Crumb, Page, Tab, Tone, alert, badge, link_button, section_nav,
};
use wardbook_web::record_view::{RecordView, conflict_card, sections};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use super::{Open, open};
use crate::app::App;
use crate::pages::conflicts::card_of;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The record.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    Ok(Shown(view(&screen, &open)).into_response())
}

fn view(screen: &Screen, open: &Open) -> Markup {
    let (ctx, record) = (&screen.ctx, &open.view);
    let may_edit = screen.viewer.role.may_edit() && record.editable;
    let conflicts: Vec<Path> =
        record.conflicts.iter().flat_map(|card| &card.fields).map(|f| f.path.clone()).collect();
    let shown = RecordView {
        person: &record.person,
        problems: &record.problems,
        conflicts: &conflicts,
        edit_base: may_edit.then_some(open.base.as_str()),
        as_of: open.as_of,
    };
    let card = record.conflicts.as_ref();
    let body = html! {
        @if let Some(keeper) = &record.keeper { (kept_elsewhere(ctx, keeper)) }
        (marks(ctx, open))
        @if let Some(card) = card {
            div #conflicts { (conflict_card(ctx, &card_of(card, may_edit, open.as_of))) }
        }
        div .wb-with-nav {
            (section_nav(ctx.lang, &ctx.t("node-sections"), &parts(ctx)))
            div { (sections(ctx, &shown)) }
        }
        (last_change(ctx, open))
    };
    let name = &record.facts.full_name;
    let title = if name.is_empty() { ctx.t("node-no-name") } else { name.clone() };
    Page::new(title)
        .lead(lead(ctx, open))
        .crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
        .actions(actions(ctx, open, may_edit))
        .render(ctx, &body)
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

/// Post, unit and ward in one line.
fn lead(ctx: &PageContext, open: &Open) -> String {
    let record = &open.view;
    let unit = wardbook_record::schema()
        .field("org_unit")
        .map(|field| wardbook_record::show_field(field, &record.person, ctx.lang))
        .unwrap_or_default();
    let title = record.facts.title_label.clone().unwrap_or_default();
    let parts = [title, unit, record.ward_name.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn actions(ctx: &PageContext, open: &Open, may_edit: bool) -> Markup {
    let base = &open.base;
    let key = if open.view.facts.retired.is_some() { "node-restore" } else { "node-retire" };
    let first = wardbook_record::schema().sections.first().map_or("", |section| &section.key);
    html! {
        @if may_edit {
            a .btn.btn-primary data-edit="" href=(format!("{base}/sections/{first}")) { (ctx.t("record-edit")) }
        }
        (link_button(ButtonKind::Secondary, &format!("{base}/history"), &ctx.t("node-history")))
        @if may_edit { (link_button(ButtonKind::Secondary, &format!("{base}/retire"), &ctx.t(key))) }
    }
}

/// The states of the record in words, shape and colour.
fn marks(ctx: &PageContext, open: &Open) -> Markup {
    let facts = &open.view.facts;
    let count = |key: &str, n: u64| t_args(ctx.lang, key, &[("count", n)]);
    let mut marks = Vec::new();
    if let Some(reason) = &facts.retired {
        let words = format!("{}: {reason}", ctx.t("node-retired"));
        marks.push(Badge::new(Tone::Idle, words));
    }
    if facts.missing_required > 0 {
        marks.push(Badge::new(Tone::Warning, count("node-missing", facts.missing_required.into())));
    } else {
        marks.push(Badge::new(Tone::Good, ctx.t("node-complete")));
    }
    if facts.errors > 0 {
        marks.push(Badge::new(Tone::Bad, count("node-errors", facts.errors.into())));
    }
    if let Some(card) = &open.view.conflicts {
        let words = count("node-conflict-fields", card.fields.len() as u64);
        marks.push(Badge::new(Tone::Warning, words).href("#conflicts"));
    }
    if open.view.unsent > 0 {
        marks.push(Badge::new(Tone::Idle, count("node-unsent", open.view.unsent)));
    }
    html! { p .wb-marks { @for mark in &marks { (badge(mark)) " " } } }
}

fn parts(ctx: &PageContext) -> Vec<Tab> {
    let sections = &wardbook_record::schema().sections;
    sections
        .iter()
        .map(|section| {
            Tab::new(format!("#section-{}", section.key), section.label(ctx.lang), false)
        })
        .collect()
}

fn last_change(ctx: &PageContext, open: &Open) -> Markup {
    html! {
        @if let Some(author) = &open.view.last_change {
            p .text-secondary {
                (ctx.t("node-last-change")) " " (author.user_name)
                @if !author.device_name.is_empty() { ", " (author.device_name) }
                ", " (format::date_time(author.at))
            }
        }
    }
}
