//! Bar charts as SVG made by the server, each with the table of its values.

use maud::{Markup, html};
use wardbook_record::Lang;

use super::table::{Column, table};
use crate::{format, t, t_args};

/// One bar or group of bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// One value a series.
    pub values: Vec<u64>,
}

/// A chart of horizontal bars.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BarChart {
    /// What is shown, as of when.
    pub title: String,
    /// What the bars of a group are ("Tất cả", "Lãnh đạo"); at least one.
    pub series: Vec<String>,
    /// What the groups are ("Trình độ").
    pub category: String,
    /// The groups, in the order to show.
    pub bars: Vec<Bar>,
}

const WIDTH: u64 = 720;
const LABEL_WIDTH: u64 = 230;
const VALUE_WIDTH: u64 = 70;
const BAR_HEIGHT: u64 = 18;
const GAP: u64 = 12;

/// The chart with the table of its values under it.
pub fn bar_chart(lang: Lang, chart: &BarChart) -> Markup {
    let table = html! {
        details {
            summary { (t(lang, "chart-table")) }
            (values(lang, chart))
        }
    };
    figure(lang, chart, &table)
}

/// The chart alone, for a page that shows a table of its own beside it.
pub fn bars(lang: Lang, chart: &BarChart) -> Markup {
    figure(lang, chart, &html! {})
}

/// Series differ in lightness and edge as well as in colour, so that it prints in black and white;
/// the figures stand beside the bars.
fn figure(lang: Lang, chart: &BarChart, below: &Markup) -> Markup {
    let max = chart.bars.iter().flat_map(|bar| &bar.values).copied().max().unwrap_or(0).max(1);
    let group = chart.series.len().max(1) as u64 * BAR_HEIGHT;
    let height = chart.bars.len() as u64 * (group + GAP) + GAP;
    html! {
        figure .wb-chart {
            figcaption { (chart.title) }
            @if chart.series.len() > 1 { (legend(chart)) }
            // Another name than the table's beside it: two landmarks must not sound the same.
            div .wb-chart-scroll role="region" aria-label=(t_args(lang, "chart-of", &[("title", chart.title.as_str())])) tabindex="0" {
                svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(chart.title) {
                    @for (index, bar) in (0..).zip(&chart.bars) {
                        (bar_group(lang, bar, GAP + index * (group + GAP), group, max))
                    }
                }
            }
            (below)
        }
    }
}

fn bar_group(lang: Lang, bar: &Bar, top: u64, height: u64, max: u64) -> Markup {
    html! {
        text .wb-chart-label x=(LABEL_WIDTH - 10) y=(top + height / 2 + 5) text-anchor="end" {
            (shortened(&bar.label))
        }
        @for (index, value) in (0..).zip(&bar.values) {
            @let y = top + index * BAR_HEIGHT;
            @let width = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) * value / max;
            rect class=(format!("wb-series-{}", index % 4)) x=(LABEL_WIDTH) y=(y + 1)
                width=(width.max(u64::from(*value > 0))) height=(BAR_HEIGHT - 2) rx="2" {}
            text .wb-chart-value x=(LABEL_WIDTH + width + 6) y=(y + BAR_HEIGHT - 4) { (format::number(lang, *value)) }
        }
    }
}

fn legend(chart: &BarChart) -> Markup {
    html! {
        ul .wb-legend {
            @for (index, name) in chart.series.iter().enumerate() {
                li {
                    svg width="14" height="14" aria-hidden="true" {
                        rect class=(format!("wb-series-{}", index % 4)) width="14" height="14" rx="2" {}
                    }
                    " " (name)
                }
            }
        }
    }
}

fn values(lang: Lang, chart: &BarChart) -> Markup {
    let mut columns = vec![Column::text(&chart.category)];
    columns.extend(chart.series.iter().map(Column::number));
    let rows = html! {
        @for bar in &chart.bars {
            tr {
                th scope="row" { (bar.label) }
                @for value in &bar.values { td .wb-number { (format::number(lang, *value)) } }
            }
        }
    };
    table(&chart.title, &columns, &rows)
}

/// SVG text does not wrap; a long label is cut, the table has it whole.
fn shortened(label: &str) -> String {
    const MAX: usize = 30;
    if label.chars().count() <= MAX {
        return label.to_owned();
    }
    let kept: String = label.chars().take(MAX - 1).collect();
    format!("{}…", kept.trim_end())
}
