//! Reads .xlsx workbooks cell by cell, never by range: two cells a million rows apart would make a
//! range of 23 GB.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use wardbook_record::PartialDate;

use crate::error::SheetError;
use crate::limits::{HEADER_SEARCH_ROWS, ROWS_MAX, SHEETS_MAX};
use crate::note::Note;
use crate::peek::{SheetTop, TOP_SHEETS};
use crate::raw::{
    Collector, RawCell, RawKind, RawRow, RawTable, ReadOptions, find_header, split_header, tidy,
};
use crate::serial::date_of_serial;
use crate::template::{TEMPLATE_VERSION, VERSION_SHEET};
use crate::zip_guard;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads the table of a workbook.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<RawTable, SheetError> {
    zip_guard::inspect(bytes)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(describe)?;
    let names = sheets(&book);
    let (sheet, header_row) = choose(&mut book, &names, options)?;
    let rows = read_rows(&mut book, &sheet, None)?;
    let (header, rows) = split_header(rows, header_row)?;
    if rows.len() > ROWS_MAX {
        return Err(SheetError::TooManyRows { limit: ROWS_MAX });
    }
    let notes = notes(&mut book, &sheet, &names)?;
    let system_1904 = book.has_1904_epoch();
    Ok(RawTable { sheet, header_row, header, rows, notes, system_1904, from_text: false })
}

/// The tops of the sheets.
pub(crate) fn peek(bytes: &[u8]) -> Result<Vec<SheetTop>, SheetError> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(describe)?;
    let mut tops = Vec::new();
    for name in sheets(&book).iter().take(TOP_SHEETS) {
        let rows = read_rows(&mut book, name, Some(HEADER_SEARCH_ROWS))?;
        tops.push(SheetTop::of(name, &rows));
    }
    Ok(tops)
}

/// The names of the worksheets, the visible ones first.
fn sheets(book: &Book<'_>) -> Vec<String> {
    let mut all: Vec<_> =
        book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    all.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
    all.iter().filter(|sheet| sheet.name != VERSION_SHEET).map(|sheet| sheet.name.clone()).collect()
}

/// The sheet and the row whose headers are best known.
fn choose(
    book: &mut Book<'_>,
    names: &[String],
    options: &ReadOptions,
) -> Result<(String, u32), SheetError> {
    if let Some(sheet) = &options.sheet
        && !names.contains(sheet)
    {
        return Err(SheetError::NoSheet(sheet.clone()));
    }
    let mut best: Option<(String, u32, usize)> = None;
    for name in names.iter().take(SHEETS_MAX) {
        if options.sheet.as_ref().is_some_and(|sheet| sheet != name) {
            continue;
        }
        let top = read_rows(book, name, Some(options.header_row.unwrap_or(HEADER_SEARCH_ROWS)))?;
        let found = match options.header_row {
            Some(wanted) => top
                .iter()
                .find(|row| row.number == wanted)
                .map(|row| (wanted, 1 + crate::matching::header_score(row))),
            None => find_header(&top),
        };
        if let Some((row, score)) = found
            && best.as_ref().is_none_or(|(_, _, other)| score > *other)
        {
            best = Some((name.clone(), row, score));
        }
    }
    best.map(|(name, row, _)| (name, row)).ok_or(SheetError::NoHeader)
}

/// The rows of a sheet that hold anything, down to `last_row` (counted from 1).
fn read_rows(
    book: &mut Book<'_>,
    sheet: &str,
    last_row: Option<u32>,
) -> Result<Vec<RawRow>, SheetError> {
    let system_1904 = book.has_1904_epoch();
    let mut reader = match book.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(error) => return Err(describe(error)),
    };
    let mut collector = Collector::default();
    // The metadata form never expands shared formulas, whose indices a file may invent.
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(describe)? {
        let (row, column) = record.pos;
        let row = row.saturating_add(1);
        if last_row.is_some_and(|last| row > last) {
            break;
        }
        let (text, kind) = value(&record.value, system_1904);
        let formula = record.formula.is_some();
        let kind = match (&record.value, formula) {
            (DataRef::Empty, true) => RawKind::Uncalculated,
            _ => kind,
        };
        collector.push(RawCell { row, column, text, kind, formula })?;
    }
    Ok(collector.into_rows())
}

fn value(value: &DataRef<'_>, system_1904: bool) -> (String, RawKind) {
    match value {
        DataRef::Empty => (String::new(), RawKind::Text),
        DataRef::String(text) | DataRef::DurationIso(text) => (tidy(text), RawKind::Text),
        DataRef::SharedString(text) => (tidy(text), RawKind::Text),
        DataRef::Bool(value) => (value.to_string(), RawKind::Bool(*value)),
        #[expect(clippy::cast_precision_loss, reason = "a cell holds doubles anyway")]
        DataRef::Int(number) => (number.to_string(), RawKind::Number(*number as f64)),
        DataRef::Float(number) => number_value(*number),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            match date_of_serial(moment.as_f64(), system_1904) {
                Some(date) => (date.to_string(), RawKind::Date),
                None => number_value(moment.as_f64()),
            }
        }
        DataRef::DateTime(duration) => number_value(duration.as_f64()),
        DataRef::DateTimeIso(text) => {
            match text.get(..10).and_then(|day| PartialDate::parse_stored(day).ok()) {
                Some(date) => (date.to_string(), RawKind::Date),
                None => (tidy(text), RawKind::Text),
            }
        }
        DataRef::Error(error) => (error.to_string(), RawKind::Error),
    }
}

/// A number as a person would type it: 12 digits stay 12 digits, 2.34 stays 2.34.
fn number_value(number: f64) -> (String, RawKind) {
    (format!("{number}"), RawKind::Number(number))
}

fn notes(book: &mut Book<'_>, sheet: &str, names: &[String]) -> Result<Vec<Note>, SheetError> {
    let mut notes = Vec::new();
    let version = template_version(book)?;
    // The template's own sheets need no remark.
    if version.is_none() && names.len() > 1 {
        let others = names.iter().filter(|name| *name != sheet).cloned().collect();
        notes.push(Note::SheetUsed { sheet: sheet.to_owned(), others });
    }
    if let Some(version) = version.filter(|version| *version > TEMPLATE_VERSION) {
        notes.push(Note::NewerTemplate { version });
    }
    if book.has_1904_epoch() {
        notes.push(Note::System1904);
    }
    Ok(notes)
}

/// The version in the hidden cell of the program's own template.
fn template_version(book: &mut Book<'_>) -> Result<Option<u32>, SheetError> {
    if !book.sheets_metadata().iter().any(|sheet| sheet.name == VERSION_SHEET) {
        return Ok(None);
    }
    let rows = read_rows(book, VERSION_SHEET, Some(1))?;
    let version = rows.first().and_then(|row| row.cell(1)?.text.parse().ok());
    Ok(version)
}

fn describe(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Password,
        other => SheetError::Broken(other.to_string()),
    }
}
