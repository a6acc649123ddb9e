//! The file that was checked, given back with its wrong cells in red and a comment in each.
//!
//! A workbook comes back as it was, but for the marks. A text file, and a workbook that cannot be
//! marked without harm, becomes a workbook of ours: every cell stands where it stood, and texts are
//! written as texts, so that nothing in it can become a formula.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, Format, Note, Worksheet, XlsxError};
use wardbook_record::{Lang, Level};

use crate::check::PreviewRow;
use crate::error::SheetError;
use crate::marked::{marked, said};
use crate::problem::CellProblem;
use crate::raw::{RawCell, RawKind, RawRow, RawTable, place_of};
use crate::write::{failed, new_book};

/// The problems of one cell.
type Wrong<'a> = BTreeMap<(u32, u32), Vec<&'a CellProblem>>;

/// The table as .xlsx: red cells are wrong, yellow ones doubtful, each with why and what to do.
///
/// `original` are the bytes that the table was read from.
pub fn error_file(
    original: &[u8],
    table: &RawTable,
    rows: &[PreviewRow],
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    let wrong = wrong_cells(rows);
    if let Some(bytes) = marked(original, table, &wrong, lang) {
        return Ok(bytes);
    }
    book_of(table, &wrong, lang)
}

/// The rows of these numbers alone as .xlsx, below the same headers and without gaps, marked as in
/// [`error_file`]: to be mended and read again.
pub fn rows_file(
    table: &RawTable,
    rows: &[PreviewRow],
    numbers: &BTreeSet<u32>,
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    let moved: BTreeMap<u32, u32> = numbers.iter().copied().zip(2..).collect();
    let row_of = |row: &RawRow| {
        let number = *moved.get(&row.number)?;
        let cells = row.cells.iter().map(|cell| RawCell { row: number, ..cell.clone() });
        Some(RawRow { number, cells: cells.collect() })
    };
    let left = RawTable {
        sheet: table.sheet.clone(),
        header_row: 1,
        header: table.header.clone(),
        rows: table.rows.iter().filter_map(row_of).collect(),
        notes: Vec::new(),
        ..*table
    };
    let wrong = wrong_cells(rows).into_iter();
    let wrong = wrong.filter_map(|((row, column), of)| Some(((*moved.get(&row)?, column), of)));
    book_of(&left, &wrong.collect(), lang)
}

fn wrong_cells(rows: &[PreviewRow]) -> Wrong<'_> {
    let mut wrong = Wrong::new();
    for problem in rows.iter().flat_map(|row| &row.problems) {
        if let Some(place) = place_of(&problem.cell) {
            wrong.entry(place).or_default().push(problem);
        }
    }
    wrong
}

fn book_of(table: &RawTable, wrong: &Wrong<'_>, lang: Lang) -> Result<Vec<u8>, SheetError> {
    let mut book = new_book();
    let sheet = book.add_worksheet();
    write(sheet, table, wrong, lang).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

fn write(
    sheet: &mut Worksheet,
    table: &RawTable,
    wrong: &Wrong<'_>,
    lang: Lang,
) -> Result<(), XlsxError> {
    if !table.sheet.is_empty() {
        sheet.set_name(&table.sheet)?;
    }
    let bold = Format::new().set_bold().set_text_wrap();
    let header = table.header_row.saturating_sub(1);
    for (column, text) in (0_u16..).zip(&table.header) {
        sheet.write_string_with_format(header, column, text, &bold)?;
        sheet.set_column_width(column, 18)?;
    }
    sheet.set_freeze_panes(header + 1, 0)?;
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        if !wrong.contains_key(&(cell.row, cell.column)) {
            write_cell(sheet, cell, &Format::new())?;
        }
    }
    let error = Format::new().set_background_color(Color::RGB(0x00FF_9C9C));
    let said = said(wrong, lang);
    let warning = Format::new().set_background_color(Color::RGB(0x00FF_E699));
    for (&(row, column), problems) in wrong {
        let is_error = problems.iter().any(|problem| problem.level == Level::Error);
        let format = if is_error { &error } else { &warning };
        let (line, place) = (row.saturating_sub(1), u16::try_from(column).unwrap_or(u16::MAX));
        let at = table.rows.binary_search_by_key(&row, |row| row.number).ok();
        match at.and_then(|at| table.rows[at].cell(column)) {
            Some(cell) => write_cell(sheet, cell, format)?,
            None => drop(sheet.write_blank(line, place, format)?),
        }
        let text = said.get(&(row, column)).map_or("", String::as_str);
        let note = Note::new(text).set_author("Wardbook");
        sheet.insert_note(line, place, &note.set_width(320).set_height(110))?;
    }
    Ok(())
}

fn write_cell(sheet: &mut Worksheet, cell: &RawCell, format: &Format) -> Result<(), XlsxError> {
    let (row, column) =
        (cell.row.saturating_sub(1), u16::try_from(cell.column).unwrap_or(u16::MAX));
    match cell.kind {
        RawKind::Number(number) => sheet.write_number_with_format(row, column, number, format)?,
        RawKind::Bool(value) => sheet.write_boolean_with_format(row, column, value, format)?,
        RawKind::Text | RawKind::Date | RawKind::Error | RawKind::Uncalculated => {
            sheet.write_string_with_format(row, column, &cell.text, format)?
        }
    };
    Ok(())
}
