//! A report for the terminal.

use wardbook_record::Lang;

use crate::report::Report;
use crate::table::{Cell, Table};

impl Report {
    /// The whole report as text with aligned columns.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut lines = Vec::new();
        if !self.agency.is_empty() {
            lines.push(self.agency.clone());
        }
        lines.push(self.title(lang).to_owned());
        lines.push(self.freshness(lang));
        for mismatch in self.mismatches() {
            let warning = lang.pick(
                "Chú ý: cộng các dòng không bằng tổng số ở mục",
                "Note: the lines do not add up to the total of",
            );
            lines.push(format!("{warning} {}", mismatch.breakdown));
        }
        for table in self.tables(lang) {
            lines.push(String::new());
            write_table(&table, lang, &mut lines);
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn write_table(table: &Table, lang: Lang, lines: &mut Vec<String>) {
    let shown: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| cell.show(lang)).collect()).collect();
    let width = |at: usize, head: &String| {
        let cells = shown.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count());
        cells.max().unwrap_or(0).max(head.chars().count())
    };
    let widths: Vec<usize> =
        table.columns.iter().enumerate().map(|(at, head)| width(at, head)).collect();
    let number =
        |at: usize| table.rows.first().and_then(|row| row.get(at)).is_some_and(Cell::is_number);
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(at, (text, width))| {
            if number(at) { format!("{text:>width$}") } else { format!("{text:<width$}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.push(line(&table.columns));
    lines.push(widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    lines.extend(shown.iter().map(|row| line(row)));
}
