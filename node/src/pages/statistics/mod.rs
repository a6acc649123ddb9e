//! The statistics of the ward: each way to tell its staff apart as a chart with its table, as of
//! now, from the report engine that the city uses.

mod links;

use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_replica::{EditError, ExportFile, ReplicaError, Viewer};
use wardbook_report::{Cell, Chart, ReportError, Statistics, Table};
use wardbook_web::kit::{
    Bar, BarChart, ButtonKind, Column, Page, StatTile, bars, card, link_button, stat_tiles, table,
};
use wardbook_web::{Markup, PageContext, format, html};

use crate::api::exports::download;
use crate::app::App;
use crate::pages::print::office;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// The charts with their tables.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let found = count(&app, &screen.viewer).await?;
    Ok(Shown(view(&screen.ctx, &found)).into_response())
}

/// All tables as a workbook.
pub(crate) async fn workbook_of_all(State(app): State<App>, screen: Screen) -> PageResult {
    workbook(&app, &screen, None).await
}

/// One table as a workbook: `/statistics/sex.xlsx`.
pub(crate) async fn workbook_of_one(
    State(app): State<App>,
    screen: Screen,
    UrlPath(name): UrlPath<String>,
) -> PageResult {
    let key = name.strip_suffix(".xlsx").ok_or(EditError::NotFound)?;
    workbook(&app, &screen, Some(key)).await
}

async fn workbook(app: &App, screen: &Screen, key: Option<&str>) -> PageResult {
    let lang = screen.ctx.lang;
    let found = count(app, &screen.viewer).await?;
    if key.is_some_and(|key| !found.tables(lang).iter().any(|table| table.key == key)) {
        return Err(EditError::NotFound.into());
    }
    let bytes = found.to_xlsx(lang, key).map_err(|error| refused(&error))?;
    let day = found.staff.as_of.stored();
    // Keys are ours: letters and `_` alone.
    let file_name = format!("thong-ke-{}-{day}.xlsx", key.unwrap_or("tat-ca").replace('_', "-"));
    let people = usize::try_from(found.staff.totals.people).unwrap_or(usize::MAX);
    Ok(download(ExportFile { file_name, bytes, people }))
}

async fn count(app: &App, viewer: &Viewer) -> Result<Statistics, Refusal> {
    let viewer = viewer.clone();
    let read = app.replica().run(move |replica| {
        let people = replica.staff(&viewer)?;
        Ok::<_, ReplicaError>((people, replica.as_of()?, office(replica)?.agency))
    });
    let (people, as_of, agency) = read.await??;
    let mut found = Statistics::count(&people, as_of).map_err(|error| refused(&error))?;
    found.staff.agency = agency;
    Ok(found)
}

fn refused(error: &ReportError) -> Refusal {
    let (vi, en) = (wardbook_record::Lang::Vi, wardbook_record::Lang::En);
    let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
    Refusal::new(status, error.code(), &error.sentence(vi), &error.sentence(en))
}

fn view(ctx: &PageContext, found: &Statistics) -> Markup {
    let lang = ctx.lang;
    let actions = html! {
        button .btn.btn-primary type="button" data-print="" { (ctx.t("print-now")) }
        (link_button(ButtonKind::Secondary, "/statistics.xlsx", &ctx.t("statistics-xlsx-all")))
    };
    let tables = found.tables(lang);
    let body = html! {
        (tiles(ctx, found))
        div .wb-statistics {
            @for (chart, of) in found.charts(lang).into_iter().zip(&tables) {
                (figure(ctx, chart, of))
            }
        }
    };
    Page::new(ctx.t("statistics-title"))
        .lead(found.as_of_words(lang))
        .actions(actions)
        .render(ctx, &body)
}

fn tiles(ctx: &PageContext, found: &Statistics) -> Markup {
    let totals = found.staff.totals;
    let tile = |key: &str, count: u64, href: String| StatTile {
        label: ctx.t(key),
        value: format::number(ctx.lang, count),
        href: Some(href),
        ..StatTile::default()
    };
    stat_tiles(&[
        tile("statistics-people", totals.people, links::all(false)),
        tile("statistics-leaders", totals.leaders, links::all(true)),
    ])
}

/// A chart, its table, and the table as a file.
fn figure(ctx: &PageContext, chart: Chart, of: &Table) -> Markup {
    let href = format!("/statistics/{}.xlsx", of.key);
    let words = format!("{}: {}", ctx.t("statistics-xlsx"), of.title);
    let actions = html! {
        a .btn href=(href) aria-label=(words) { (ctx.t("statistics-xlsx")) }
    };
    let drawn = BarChart {
        title: chart.title,
        series: chart.series,
        category: chart.category,
        bars: chart.bars.into_iter().map(|(label, values)| Bar { label, values }).collect(),
    };
    let body = html! { (bars(ctx.lang, &drawn)) (figures(ctx, of)) };
    card(&of.title, Some(&actions), &body)
}

fn figures(ctx: &PageContext, of: &Table) -> Markup {
    let is_number = |at: usize| of.rows.iter().any(|row| row.get(at).is_some_and(Cell::is_number));
    let columns: Vec<Column> = of
        .columns
        .iter()
        .enumerate()
        .map(|(at, label)| if is_number(at) { Column::number(label) } else { Column::text(label) })
        .collect();
    let rows = html! {
        @for (line, row) in of.rows.iter().enumerate() {
            tr {
                @for (at, cell) in row.iter().enumerate() {
                    @let href = links::to(&of.key, line, at, cell);
                    @let text = cell.show(ctx.lang);
                    @if at == 0 {
                        th scope="row" { (text) }
                    } @else {
                        td .wb-number {
                            @match href {
                                Some(href) => a href=(href) { (text) },
                                None => (text),
                            }
                        }
                    }
                }
            }
        }
    };
    table(&of.title, &columns, &rows)
}
