//! A report as a workbook: the official heading, typed cells, a sheet a table, charts.

use rust_xlsxwriter::{
    Chart as SheetChart, ChartType, DocProperties, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Workbook, Worksheet, XlsxError,
};
use wardbook_record::Lang;

use crate::error::ReportError;
use crate::report::Report;
use crate::table::{Cell, Chart, Table};

/// The row of the header, counted from 0; the heading stands above it.
const HEADER_ROW: u32 = 7;

struct Formats {
    head: Format,
    text: Format,
    count: Format,
    share: Format,
    bold: Format,
    centred: Format,
    italic: Format,
}

impl Report {
    /// The workbook's bytes. Text is written as text: no value can become a formula.
    pub fn to_xlsx(&self, lang: Lang) -> Result<Vec<u8>, ReportError> {
        let heading =
            Heading { title: self.title(lang), agency: &self.agency, as_of: &self.freshness(lang) };
        workbook(&heading, &self.tables(lang), &self.charts(lang))
    }
}

/// What stands above every table of a workbook.
pub(crate) struct Heading<'a> {
    pub(crate) title: &'a str,
    pub(crate) agency: &'a str,
    pub(crate) as_of: &'a str,
}

/// A sheet a table, with its chart where there is one of the same key.
pub(crate) fn workbook(
    heading: &Heading<'_>,
    tables: &[Table],
    charts: &[Chart],
) -> Result<Vec<u8>, ReportError> {
    let mut book = Workbook::new();
    // The same report gives the same bytes: no time of writing stands in the file.
    let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
    book.set_properties(
        &DocProperties::new()
            .set_title(heading.title)
            .set_author("Wardbook")
            .set_creation_datetime(&made),
    );
    let formats = Formats::new();
    for table in tables {
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(&table.title))?;
        write_heading(sheet, heading, &formats)?;
        write_table(sheet, table, &formats)?;
        if let Some(chart) = charts.iter().find(|chart| chart.key == table.key) {
            insert_chart(sheet, table, chart)?;
        }
        sheet.set_freeze_panes(HEADER_ROW + 1, 1)?;
        sheet.set_landscape();
        sheet.set_paper_size(9);
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
    }
    Ok(book.save_to_buffer()?)
}

fn write_heading(
    sheet: &mut Worksheet,
    heading: &Heading<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    // The national heading of Decree 30/2020 is Vietnamese in every language.
    let nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
    sheet.write_string_with_format(0, 0, heading.agency, &formats.bold)?;
    sheet.write_string_with_format(0, 3, nation, &formats.centred)?;
    sheet.write_string_with_format(1, 3, "Độc lập - Tự do - Hạnh phúc", &formats.centred)?;
    sheet.write_string_with_format(3, 0, heading.title, &formats.bold)?;
    sheet.write_string_with_format(4, 0, heading.as_of, &formats.italic)?;
    Ok(())
}

impl Formats {
    fn new() -> Self {
        let font = || Format::new().set_font_name("Times New Roman").set_font_size(12);
        let cell = || font().set_border(FormatBorder::Thin);
        Self {
            head: cell().set_bold().set_text_wrap().set_align(FormatAlign::Center),
            text: cell(),
            count: cell().set_num_format("#,##0"),
            share: cell().set_num_format("0.0%"),
            bold: font().set_bold(),
            centred: font().set_bold().set_align(FormatAlign::Center),
            italic: font().set_italic(),
        }
    }
}

fn write_table(sheet: &mut Worksheet, table: &Table, formats: &Formats) -> Result<(), XlsxError> {
    sheet.write_string_with_format(HEADER_ROW - 1, 0, &table.title, &formats.bold)?;
    for (at, head) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(HEADER_ROW, at, head, &formats.head)?;
        sheet.set_column_width(at, if at == 0 { 34.0 } else { 16.0 })?;
    }
    for (row, cells) in (HEADER_ROW + 1..).zip(&table.rows) {
        for (at, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, at, text, &formats.text)?,
                #[expect(clippy::cast_precision_loss, reason = "counts of people")]
                Cell::Count(number) => {
                    sheet.write_number_with_format(row, at, *number as f64, &formats.count)?
                }
                #[expect(clippy::cast_precision_loss, reason = "at most 1,000")]
                Cell::Share(Some(tenths)) => sheet.write_number_with_format(
                    row,
                    at,
                    *tenths as f64 / 1_000.0,
                    &formats.share,
                )?,
                Cell::Share(None) => sheet.write_string_with_format(row, at, "–", &formats.text)?,
            };
        }
    }
    Ok(())
}

/// A series for every column of counts, from the cells of the table.
fn insert_chart(sheet: &mut Worksheet, table: &Table, chart: &Chart) -> Result<(), XlsxError> {
    let name = sheet_name(&table.title);
    let first = HEADER_ROW + 1;
    let lines = table.rows.len().saturating_sub(usize::from(table.has_total));
    let last = first + u32::try_from(lines).unwrap_or(1).max(1) - 1;
    let mut drawn = SheetChart::new(ChartType::Bar);
    let counts = table.rows.first().map_or(&[][..], Vec::as_slice);
    let is_count = |(_, cell): &(u16, &Cell)| matches!(cell, Cell::Count(_));
    for (column, _) in (0..).zip(counts).filter(is_count) {
        drawn
            .add_series()
            .set_name((name.as_str(), HEADER_ROW, column))
            .set_categories((name.as_str(), first, 0, last, 0))
            .set_values((name.as_str(), first, column, last, column));
    }
    drawn.title().set_name(&chart.title);
    // Excel draws bars upwards; the table reads downwards.
    drawn.y_axis().set_reverse();
    sheet.insert_chart(HEADER_ROW, 6, &drawn)?;
    Ok(())
}

/// At most 31 characters, without the ones that Excel forbids.
fn sheet_name(title: &str) -> String {
    title
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        .take(31)
        .collect()
}
