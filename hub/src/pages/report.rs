//! The report: figures as charts and tables, as a workbook, and made for paper.

use axum::extract::{Query, State};
use wardbook_report::{Cell, Chart, Report, Table};
use wardbook_web::format::date_time;
use wardbook_web::kit::{
    Bar, BarChart, ButtonKind, Column, Page, bar_chart, button, card, field, link_button,
    print_page, table,
};
use wardbook_web::{Lang, Markup, html, t};

use super::session::Visit;
use crate::api::report::{ReportParams, Workbook, make, workbook};
use crate::app::App;
use crate::failure::Failure;

/// `GET /report`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Query(params): Query<ReportParams>,
) -> Result<Markup, Failure> {
    let report = read(&app, &visit, params).await?;
    Ok(view(&visit, &report))
}

/// `GET /report/print`.
pub async fn print(
    State(app): State<App>,
    visit: Visit,
    Query(params): Query<ReportParams>,
) -> Result<Markup, Failure> {
    let lang = visit.ctx.lang;
    let report = read(&app, &visit, params).await?;
    let body = html! {
        p { (report.agency) }
        p { (report.freshness(lang)) }
        @for table in report.tables(lang) { (figures(lang, &table)) }
    };
    Ok(print_page(&visit.ctx, report.title(lang), &body))
}

/// `GET /report.xlsx`.
pub async fn xlsx(
    State(app): State<App>,
    visit: Visit,
    Query(params): Query<ReportParams>,
) -> Result<Workbook, Failure> {
    workbook(&app, visit.viewer, params).await
}

async fn read(app: &App, visit: &Visit, params: ReportParams) -> Result<Report, Failure> {
    let viewer = visit.viewer.clone();
    app.run(move |replica| make(replica, &viewer, &params)).await
}

fn view(visit: &Visit, report: &Report) -> Markup {
    let lang = visit.ctx.lang;
    let day = report.as_of.stored();
    let actions = html! {
        (link_button(ButtonKind::Primary, &format!("/report.xlsx?as_of={day}"), &t(lang, "hub-report-xlsx")))
        (link_button(ButtonKind::Secondary, &format!("/report/print?as_of={day}"), &t(lang, "hub-report-print")))
    };
    let body = html! {
        (day_form(lang, report))
        div .wb-charts { @for chart in report.charts(lang) { (bar_chart(lang, &drawn(chart))) } }
        @for table in report.tables(lang) { (figures(lang, &table)) }
        (card(&t(lang, "hub-report-as-of"), None, &wards(lang, report)))
    };
    Page::new(report.title(lang))
        .lead(report.freshness(lang))
        .actions(actions)
        .render(&visit.ctx, &body)
}

fn day_form(lang: Lang, report: &Report) -> Markup {
    html! {
        form .wb-search method="get" action="/report" {
            (field("as_of", &t(lang, "hub-report-day")).value(report.as_of.to_string()).date())
            (button(ButtonKind::Secondary, &t(lang, "hub-report-show")))
        }
    }
}

fn drawn(chart: Chart) -> BarChart {
    BarChart {
        title: chart.title,
        series: chart.series,
        category: chart.category,
        bars: chart.bars.into_iter().map(|(label, values)| Bar { label, values }).collect(),
    }
}

fn figures(lang: Lang, of: &Table) -> Markup {
    let is_number = |at: usize| of.rows.iter().any(|row| row.get(at).is_some_and(Cell::is_number));
    let columns: Vec<Column> = of
        .columns
        .iter()
        .enumerate()
        .map(|(at, label)| if is_number(at) { Column::number(label) } else { Column::text(label) })
        .collect();
    let rows = html! {
        @for row in &of.rows {
            tr {
                @for (at, cell) in row.iter().enumerate() {
                    @if at == 0 { th scope="row" { (cell.show(lang)) } }
                    @else if cell.is_number() { td .wb-number { (cell.show(lang)) } }
                    @else { td { (cell.show(lang)) } }
                }
            }
        }
    };
    table(&of.title, &columns, &rows)
}

fn wards(lang: Lang, report: &Report) -> Markup {
    let columns = [Column::text(t(lang, "hub-col-ward")), Column::text(t(lang, "hub-col-as-of"))];
    let none = t(lang, "hub-report-no-data");
    let rows = html! {
        @for ward in &report.wards {
            tr {
                th scope="row" { (ward.name) }
                td { (ward.as_of.map_or_else(|| none.clone(), date_time)) }
            }
        }
    };
    table(&t(lang, "hub-report-as-of"), &columns, &rows)
}
