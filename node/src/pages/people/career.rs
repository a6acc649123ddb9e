//! The career: what the record tells of the person's working life, on one line of time, with its
//! gaps and overlaps. Who edited what is another history.

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_record::{
    CareerFact, CareerKind, CareerLine, CareerMark, CareerWhat, PartialDate, career, schema,
};
use wardbook_web::kit::{Badge, Chip, Column, Tone, badge, empty_state, filter_chips, table, tag};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::header::{self, View};
use super::{Open, open};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// Which kind of facts is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CareerQuery {
    kind: String,
}

/// The career.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(query): Query<CareerQuery>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    Ok(Shown(view(&screen, &open, &query.kind)).into_response())
}

fn view(screen: &Screen, open: &Open, kind: &str) -> Markup {
    let ctx = &screen.ctx;
    let lines = career(&open.view.person, open.as_of, ctx.lang);
    let shown: Vec<&CareerLine> =
        lines.iter().filter(|line| kind.is_empty() || kind_of(line).code() == kind).collect();
    let columns = [
        Column::text(ctx.t("dossier-career-when")),
        Column::text(ctx.t("dossier-career-kind")),
        Column::text(ctx.t("dossier-career-what")),
    ];
    let rows = html! { @for line in &shown { (row(ctx, open, line)) } };
    let body = html! {
        (header::views(ctx, open, View::Career))
        p .wb-lead { (ctx.t("dossier-career-lead")) }
        (filter_chips(ctx.lang, &ctx.t("node-filters"), &chips(ctx, open, &lines, kind)))
        @if shown.is_empty() {
            (empty_state(&ctx.t("dossier-career-none"), &html! {}))
        } @else { (table(&caption(ctx, &lines), &columns, &rows)) }
    };
    header::page(screen, open, View::Career).render(ctx, &body)
}

/// A gap belongs to the work that it is missing from.
const fn kind_of(line: &CareerLine) -> CareerKind {
    match &line.what {
        CareerWhat::Gap { .. } => CareerKind::Work,
        CareerWhat::Fact(fact) => fact.kind,
    }
}

/// How many gaps and overlaps there are.
fn caption(ctx: &PageContext, lines: &[CareerLine]) -> String {
    let gaps = lines.iter().filter(|line| matches!(line.what, CareerWhat::Gap { .. })).count();
    let marks = lines.iter().map(|line| match &line.what {
        CareerWhat::Fact(fact) => fact.marks.len(),
        CareerWhat::Gap { .. } => 0,
    });
    let overlaps: usize = marks.sum();
    t_args(ctx.lang, "dossier-career-caption", &[("gaps", gaps), ("overlaps", overlaps)])
}

fn chips(ctx: &PageContext, open: &Open, lines: &[CareerLine], kind: &str) -> Vec<Chip> {
    let address = format!("{}/career", open.base);
    let of = |one: CareerKind| {
        let count = lines.iter().filter(|line| kind_of(line) == one).count();
        let active = kind == one.code();
        let href = if active { address.clone() } else { format!("{address}?kind={}", one.code()) };
        let label = ctx.t(&format!("dossier-kind-{}", one.code()));
        (count > 0).then_some(Chip { label, href, active, count: Some(count as u64) })
    };
    CareerKind::ALL.into_iter().filter_map(of).collect()
}

fn row(ctx: &PageContext, open: &Open, line: &CareerLine) -> Markup {
    match &line.what {
        CareerWhat::Gap { months } => html! {
            tr .wb-gap {
                th scope="row" .wb-when { (when(ctx, line)) }
                td { (tag(&ctx.t("dossier-kind-work"))) }
                td { (badge(&Badge::new(Tone::Warning, t_args(ctx.lang, "dossier-career-gap", &[("count", *months)])))) }
            }
        },
        CareerWhat::Fact(fact) => html! {
            tr {
                th scope="row" .wb-when { (when(ctx, line)) }
                td { (tag(&ctx.t(&format!("dossier-kind-{}", fact.kind.code())))) }
                td {
                    a href=(source(open, fact)) { (fact.title) }
                    @if !fact.detail.is_empty() { br; span .text-secondary { (fact.detail) } }
                    @for mark in &fact.marks { " " (badge(&mark_badge(ctx, mark))) }
                }
            }
        },
    }
}

/// `03/2010 – 06/2015`, `từ 06/2015` for what may still last, or the day alone.
fn when(ctx: &PageContext, line: &CareerLine) -> String {
    let shown = |date: Option<PartialDate>| date.map(|date| date.to_string());
    let lasts = match &line.what {
        CareerWhat::Gap { .. } => true,
        CareerWhat::Fact(fact) => matches!(fact.kind, CareerKind::Work | CareerKind::Post),
    };
    match (shown(line.from), shown(line.to)) {
        (None, None) => ctx.t("dossier-career-undated"),
        (Some(from), Some(to)) if from == to => from,
        (Some(from), Some(to)) => format!("{from} – {to}"),
        (Some(from), None) if lasts => format!("{} {from}", ctx.t("dossier-career-since")),
        (Some(from), None) => from,
        (None, Some(to)) => format!("– {to}"),
    }
}

/// Where the fact stands in the record.
fn source(open: &Open, fact: &CareerFact) -> String {
    let section = |key: &str| {
        let of_table = schema().table(key).map(|table| table.section.as_str());
        of_table.or_else(|| schema().field(key).map(|field| field.section.as_str())).unwrap_or("")
    };
    match fact.row {
        Some(_) => format!("{}#table-{}", open.tab(section(&fact.owner)), fact.owner),
        None => open.tab(section(&fact.owner)),
    }
}

fn mark_badge(ctx: &PageContext, mark: &CareerMark) -> Badge {
    let words = match mark {
        CareerMark::NoEnd => ctx.t("dossier-career-no-end"),
        CareerMark::Overlaps { months, other } => {
            format!("{} {other}", t_args(ctx.lang, "dossier-career-overlap", &[("count", *months)]))
        }
    };
    Badge::new(Tone::Warning, words)
}
