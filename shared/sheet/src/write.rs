//! Writes workbooks and text files that can be imported again.
//!
//! Text is always written as text, so no value of a record can become a formula.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use wardbook_record::{Field, Kind, Lang, PartialDate, Person, Scalar, computed_value};

use crate::columns::{Column, column, columns};
use crate::error::SheetError;
use crate::template::{TEMPLATE_VERSION, VERSION_SHEET};

/// A value on its way into a workbook.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A full date that Excel can hold.
    Date(PartialDate),
    /// A number.
    Number(f64),
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

/// The records as an .xlsx with typed cells: dates are dates, numbers numbers, ids text.
///
/// `keys` names the columns ([`Column::key`]); none = all.
pub fn export(
    people: &[Person],
    keys: &[&str],
    as_of: PartialDate,
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    let chosen = chosen(keys);
    let rows = people.iter().map(|person| row_of(person, &chosen, as_of, lang));
    book(&chosen, rows, lang)
}

/// The same as a .csv: UTF-8 with its mark, and an apostrophe before what looks like a formula.
pub fn export_csv(
    people: &[Person],
    keys: &[&str],
    as_of: PartialDate,
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    let chosen = chosen(keys);
    let mut out = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    let failed = |error: csv::Error| SheetError::Write(error.to_string());
    out.write_record(chosen.iter().map(|column| guarded(column.label(lang)))).map_err(failed)?;
    for person in people {
        let row = row_of(person, &chosen, as_of, lang).into_iter().map(|value| match value {
            Value::Empty => String::new(),
            Value::Text(text) => guarded(text),
            Value::Date(date) => date.to_string(),
            Value::Number(number) => number.to_string().replace('.', ","),
        });
        out.write_record(row).map_err(failed)?;
    }
    out.into_inner().map_err(|error| SheetError::Write(error.to_string()))
}

/// A workbook with these columns and rows of texts, as a person would fill it in.
pub fn workbook(
    columns: &[&Column],
    rows: &[Vec<String>],
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    book(columns, rows.iter().map(|row| row.iter().map(Value::text).collect()), lang)
}

fn chosen(keys: &[&str]) -> Vec<&'static Column> {
    if keys.is_empty() {
        return columns().iter().collect();
    }
    keys.iter().filter_map(|key| column(key)).collect()
}

fn book(
    columns: &[&Column],
    rows: impl Iterator<Item = Vec<Value>>,
    lang: Lang,
) -> Result<Vec<u8>, SheetError> {
    let mut book = new_book();
    let sheet = book.add_worksheet();
    let write = || -> Result<(), XlsxError> {
        sheet.set_name(lang.pick("Dữ liệu", "Data"))?;
        write_header(sheet, columns, lang)?;
        format_numbers(sheet, columns)?;
        let date_format = Format::new().set_num_format("dd/mm/yyyy");
        for (row, values) in (1..).zip(rows) {
            for (column, value) in (0..).zip(values) {
                write_value(sheet, row, column, &value, &date_format)?;
            }
        }
        Ok(())
    };
    write().map_err(failed)?;
    finish(book)
}

fn write_value(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &Value,
    date_format: &Format,
) -> Result<(), XlsxError> {
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            // Excel holds 32,767 characters in a cell; no field of a record is longer than 10,000.
            sheet.write_string(row, column, text)?;
        }
        Value::Date(date) => {
            let (month, day) = (date.month.unwrap_or(1), date.day.unwrap_or(1));
            let date = ExcelDateTime::from_ymd(date.year, month, day)?;
            sheet.write_datetime_with_format(row, column, date, date_format)?;
        }
        Value::Number(number) => {
            sheet.write_number(row, column, *number)?;
        }
    }
    Ok(())
}

/// An empty workbook that is the same whenever it is made.
pub(crate) fn new_book() -> Workbook {
    let mut book = Workbook::new();
    if let Ok(moment) = ExcelDateTime::from_ymd(2025, 1, 1) {
        let made = DocProperties::new().set_author("Wardbook").set_creation_datetime(&moment);
        book.set_properties(&made);
    }
    book
}

/// Writes the header row, freezes it and sets the widths.
pub(crate) fn write_header(
    sheet: &mut Worksheet,
    columns: &[&Column],
    lang: Lang,
) -> Result<(), XlsxError> {
    let format = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter);
    for (index, column) in (0..).zip(columns) {
        sheet.write_string_with_format(0, index, column.label(lang), &format)?;
        sheet.set_column_width(index, width(column))?;
    }
    sheet.set_row_height(0, 48)?;
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

/// A number that is read with its places (a coefficient: 3,00) shows them in its column too, and
/// stays a number.
fn format_numbers(sheet: &mut Worksheet, columns: &[&Column]) -> Result<(), XlsxError> {
    for (index, column) in (0..).zip(columns) {
        if let Kind::Decimal { places: places @ 1.., .. } = column.field.kind {
            let zeros = "0".repeat(usize::from(places));
            let format = Format::new().set_num_format(format!("0.{zeros}"));
            sheet.set_column_format(index, &format)?;
        }
    }
    Ok(())
}

fn width(column: &Column) -> f64 {
    match column.field.kind {
        _ if column.key == "full_name" => 26.0,
        Kind::Place | Kind::LongText | Kind::Code | Kind::Codes | Kind::Ref => 24.0,
        Kind::Text { .. } => 18.0,
        _ => 13.0,
    }
}

/// Adds the hidden version cell and gives the bytes.
pub(crate) fn finish(mut book: Workbook) -> Result<Vec<u8>, SheetError> {
    let sheet = book.add_worksheet();
    let mut write = || -> Result<(), XlsxError> {
        sheet.set_name(VERSION_SHEET)?;
        sheet.write_string(0, 0, "wardbook-template")?;
        sheet.write_number(0, 1, TEMPLATE_VERSION)?;
        sheet.set_very_hidden(true);
        Ok(())
    };
    write().map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
pub(crate) fn failed(error: XlsxError) -> SheetError {
    SheetError::Write(error.to_string())
}

fn row_of(person: &Person, columns: &[&Column], as_of: PartialDate, lang: Lang) -> Vec<Value> {
    columns.iter().map(|column| value_of(person, column, as_of, lang)).collect()
}

fn value_of(person: &Person, column: &Column, as_of: PartialDate, lang: Lang) -> Value {
    let field = column.field;
    let stored = if column.summary {
        computed_value(person, &column.key, as_of)
    } else if field.kind == Kind::Place {
        person.value(&format!("{}.text", column.key)).cloned()
    } else {
        person.value(&column.key).cloned()
    };
    if field.kind == Kind::Codes {
        let labels: Vec<String> =
            person.codes(&column.key).map(|code| code_text(field, code, lang)).collect();
        return Value::text(labels.join("; "));
    }
    stored.map_or(Value::Empty, |stored| typed(field, &stored, lang))
}

/// A stored value in the type that its field has in a workbook; what is not valid stays text.
fn typed(field: &Field, stored: &Scalar, lang: Lang) -> Value {
    let text = match stored {
        #[expect(clippy::cast_precision_loss, reason = "đồng and counts stay far below 2^53")]
        Scalar::Int(number) => return Value::Number(*number as f64),
        Scalar::Bool(yes) => {
            let (vi, en) = if *yes { ("Có", "Yes") } else { ("Không", "No") };
            return Value::text(lang.pick(vi, en));
        }
        Scalar::Text(text) => text,
    };
    match &field.kind {
        Kind::Date | Kind::PartialDate | Kind::Month => match PartialDate::parse_stored(text) {
            // Excel's day numbers are wrong before March 1900.
            Ok(date) if date.is_full() && date.year > 1900 => Value::Date(date),
            Ok(date) => Value::text(date.to_string()),
            Err(_) => Value::text(text),
        },
        Kind::Decimal { .. } | Kind::Percent => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Number(number),
            _ => Value::text(text),
        },
        Kind::Code => Value::text(code_text(field, text, lang)),
        Kind::Enum(choices) => {
            let choice = choices.iter().find(|choice| choice.code == *text);
            Value::text(choice.map_or(text.as_str(), |choice| choice.label(lang)))
        }
        _ => Value::text(text),
    }
}

/// How a code is written: its label, after the code where two codes share a label (a post of
/// before and after July 2025).
pub fn code_text(field: &Field, code: &str, lang: Lang) -> String {
    let Some(item) = field.item(code) else { return code.to_owned() };
    let label = item.label(lang);
    let catalogs = wardbook_record::catalogs();
    let items = field.catalog_ids().filter_map(|id| catalogs.get(id)).flat_map(|list| &list.items);
    let shared = items.filter(|other| other.label(lang) == label).count() > 1;
    if shared { format!("{code} - {label}") } else { label.to_owned() }
}

/// An apostrophe before what a spreadsheet would take for a formula.
fn guarded(text: String) -> String {
    let trimmed = text.trim_start_matches(['\'']);
    let risky = trimmed.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if risky { format!("'{text}") } else { text }
}
