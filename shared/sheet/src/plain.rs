//! Any small table as a workbook: what pages show, for people to keep and to print.

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, XlsxError};
use wardbook_record::PartialDate;

use crate::error::SheetError;
use crate::write::{failed, new_book};

/// A cell of a plain table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainCell {
    /// Text; never read as a formula.
    Text(String),
    /// A day.
    Date(PartialDate),
    /// A whole number.
    Number(i32),
}

/// One column: what stands over it, and how wide it is in characters.
pub type PlainColumn<'a> = (&'a str, u8);

/// A table under its headings as an .xlsx with one sheet.
///
/// # Errors
/// When the workbook cannot be written.
pub fn plain_table(
    name: &str,
    columns: &[PlainColumn<'_>],
    rows: &[Vec<PlainCell>],
) -> Result<Vec<u8>, SheetError> {
    let mut book = new_book();
    let sheet = book.add_worksheet();
    let mut write = || -> Result<(), XlsxError> {
        sheet.set_name(name)?;
        let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter);
        for (at, (label, width)) in (0..).zip(columns) {
            sheet.write_string_with_format(0, at, *label, &head)?;
            sheet.set_column_width(at, f64::from(*width))?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let day = Format::new().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Top);
        for (row, cells) in (1..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    PlainCell::Text(text) if text.is_empty() => {}
                    PlainCell::Text(text) => {
                        sheet.write_string_with_format(row, column, text, &wrapped)?;
                    }
                    // Excel's day numbers are wrong before March 1900.
                    PlainCell::Date(date) if date.is_full() && date.year > 1900 => {
                        let (month, on) = (date.month.unwrap_or(1), date.day.unwrap_or(1));
                        let moment = ExcelDateTime::from_ymd(date.year, month, on)?;
                        sheet.write_datetime_with_format(row, column, moment, &day)?;
                    }
                    PlainCell::Date(date) => {
                        sheet.write_string_with_format(row, column, date.to_string(), &wrapped)?;
                    }
                    PlainCell::Number(number) => {
                        sheet.write_number(row, column, *number)?;
                    }
                }
            }
        }
        Ok(())
    };
    write().map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}
