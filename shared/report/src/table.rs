//! Tables and charts as values: pages, workbooks and the terminal render the same ones.

use serde::Serialize;
use wardbook_record::Lang;

use crate::report::{Breakdown, Report};
use crate::tally::Group;

/// A table with a header; the last row is the total where `has_total` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// A key for links and tests.
    pub key: String,
    /// What stands above it.
    pub title: String,
    /// The headers.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the last row is the total.
    pub has_total: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A count.
    Count(u64),
    /// A share in tenths of a per cent; none of nothing.
    Share(Option<u64>),
}

impl Cell {
    /// Whether it stands on the right.
    pub const fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    /// For people: `2.886` and `14,3%` in Vietnamese, `2,886` and `14.3%` in English.
    pub fn show(&self, lang: Lang) -> String {
        let (thousands, point) = match lang {
            Lang::Vi => ('.', ','),
            Lang::En => (',', '.'),
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(number) => grouped(*number, thousands),
            Self::Share(None) => "–".to_owned(),
            Self::Share(Some(tenths)) => format!("{}{point}{}%", tenths / 10, tenths % 10),
        }
    }
}

/// Bars over categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// A key for links and tests.
    pub key: String,
    /// What stands above it.
    pub title: String,
    /// What the bars stand for.
    pub category: String,
    /// What each part of a bar stands for.
    pub series: Vec<String>,
    /// The bars: label and one value a series.
    pub bars: Vec<(String, Vec<u64>)>,
    /// Whether the parts of a bar stand on each other.
    pub stacked: bool,
}

impl Report {
    /// A table a breakdown, then the wards with how fresh their figures are.
    pub fn tables(&self, lang: Lang) -> Vec<Table> {
        let mut tables: Vec<Table> = self
            .breakdowns
            .iter()
            .map(|breakdown| breakdown_table(breakdown, self.totals, lang))
            .collect();
        tables.push(self.freshness_table(lang));
        tables
    }

    /// A chart a breakdown: leaders and the others stand on each other.
    pub fn charts(&self, lang: Lang) -> Vec<Chart> {
        let chart = |breakdown: &Breakdown| Chart {
            key: breakdown.key.clone(),
            title: breakdown.title(lang).to_owned(),
            category: breakdown.title(lang).to_owned(),
            series: vec![
                lang.pick("Lãnh đạo, quản lý", "Leaders").to_owned(),
                lang.pick("Người khác", "Others").to_owned(),
            ],
            bars: breakdown
                .rows
                .iter()
                .map(|row| {
                    let Group { people, leaders } = row.figures;
                    (row.label(lang).to_owned(), vec![leaders, people.saturating_sub(leaders)])
                })
                .collect(),
            stacked: true,
        };
        self.breakdowns.iter().map(chart).collect()
    }

    fn freshness_table(&self, lang: Lang) -> Table {
        let shown = |at: Option<wardbook_base::Timestamp>| {
            at.map_or_else(
                || lang.pick("Chưa có số liệu", "No figures yet").to_owned(),
                |at| wardbook_record::PartialDate::in_vietnam(at).to_string(),
            )
        };
        Table {
            key: "freshness".to_owned(),
            title: lang.pick("Độ mới của số liệu", "How fresh the figures are").to_owned(),
            columns: vec![
                lang.pick("Phường, xã", "Ward").to_owned(),
                lang.pick("Số liệu nhận ngày", "Figures received on").to_owned(),
            ],
            rows: self
                .wards
                .iter()
                .map(|ward| vec![Cell::Text(ward.name.clone()), Cell::Text(shown(ward.as_of))])
                .collect(),
            has_total: false,
        }
    }
}

fn breakdown_table(breakdown: &Breakdown, totals: Group, lang: Lang) -> Table {
    let line = |label: &str, figures: Group| {
        vec![
            Cell::Text(label.to_owned()),
            Cell::Count(figures.people),
            Cell::Share(share(figures.people, totals.people)),
            Cell::Count(figures.leaders),
            Cell::Share(share(figures.leaders, totals.leaders)),
        ]
    };
    let mut rows: Vec<Vec<Cell>> =
        breakdown.rows.iter().map(|row| line(row.label(lang), row.figures)).collect();
    rows.push(line(lang.pick("Tổng số", "Total"), totals));
    Table {
        key: breakdown.key.clone(),
        title: breakdown.title(lang).to_owned(),
        columns: vec![
            breakdown.title(lang).to_owned(),
            lang.pick("Toàn thể", "All staff").to_owned(),
            lang.pick("Tỷ lệ toàn thể", "Share of all").to_owned(),
            lang.pick("Lãnh đạo, quản lý", "Leaders").to_owned(),
            lang.pick("Tỷ lệ lãnh đạo", "Share of leaders").to_owned(),
        ],
        rows,
        has_total: true,
    }
}

/// A share in tenths of a per cent, rounded half up; none of nothing.
pub(crate) const fn share(part: u64, whole: u64) -> Option<u64> {
    (part * 1_000 + whole / 2).checked_div(whole)
}

fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_the_language_writes_them() {
        assert_eq!(Cell::Count(2_886).show(Lang::Vi), "2.886");
        assert_eq!(Cell::Count(1_234_567).show(Lang::En), "1,234,567");
        assert_eq!(Cell::Share(share(41, 244)).show(Lang::Vi), "16,8%");
        assert_eq!(Cell::Share(share(1, 244)).show(Lang::En), "0.4%");
        assert_eq!(Cell::Share(share(0, 0)).show(Lang::Vi), "–");
    }
}
