//! A table as it stands in a file: texts with their places, not yet understood.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_record::legacy;

use crate::csv_file;
use crate::error::SheetError;
use crate::limits::{CELLS_MAX, COLUMNS_MAX, HEADER_SEARCH_ROWS, ROWS_MAX, TEXT_BYTES_MAX};
use crate::matching::header_score;
use crate::note::Note;
use crate::xlsx;

/// Which part of a file is meant; both are found by themselves when not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The name of the sheet.
    pub sheet: Option<String>,
    /// The row of the header, counted from 1.
    pub header_row: Option<u32>,
}

/// One sheet's table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawTable {
    /// The sheet's name; empty for a text file.
    pub sheet: String,
    /// The header's row, counted from 1.
    pub header_row: u32,
    /// The headers, from column A on; empty where there is none.
    pub header: Vec<String>,
    /// The rows below that hold anything, in order.
    pub rows: Vec<RawRow>,
    /// What a person should know about the file as a whole.
    pub notes: Vec<Note>,
    /// Day numbers count from 1904 (files of old Excel for Mac).
    pub system_1904: bool,
    /// From a text file, in which every number has lost its type.
    pub from_text: bool,
}

impl RawTable {
    /// Puts a text that a person typed into a cell, in place of what the file has there; an empty
    /// one empties the cell. Rows that the file does not have stay absent.
    pub fn set_cell(&mut self, row: u32, column: u32, typed: &str) {
        let Ok(at) = self.rows.binary_search_by_key(&row, |row| row.number) else { return };
        let cells = &mut self.rows[at].cells;
        let place = cells.binary_search_by_key(&column, |cell| cell.column);
        let text = tidy(typed);
        let cell = RawCell { row, column, text, kind: RawKind::Text, formula: false };
        match place {
            Ok(at) if cell.text.is_empty() => drop(cells.remove(at)),
            Ok(at) => cells[at] = cell,
            Err(_) if cell.text.is_empty() || column >= COLUMNS_MAX => {}
            Err(at) => cells.insert(at, cell),
        }
    }

    /// What a cell says; empty where there is none.
    pub fn text(&self, row: u32, column: u32) -> &str {
        let at = self.rows.binary_search_by_key(&row, |row| row.number).ok();
        let cell = at.and_then(|at| self.rows[at].cell(column));
        cell.map_or("", |cell| cell.text.as_str())
    }

    /// Turns texts of an old encoding (TCVN3, VNI) into Unicode; returns how many changed.
    ///
    /// Where some texts are Unicode already, only those change that certainly are not: `Lê` is a
    /// name in Unicode and another word in TCVN3. Headers stay: they are understood as they are.
    pub fn convert_legacy(&mut self) -> usize {
        let cells = || self.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.as_str());
        let Some(from) = cells().find_map(legacy::detect) else { return 0 };
        let is_mixed = cells().any(legacy::is_unicode);
        let mut changed = 0;
        let cells = self.rows.iter_mut().flat_map(|row| &mut row.cells);
        for cell in cells.filter(|cell| cell.kind == RawKind::Text) {
            let certain = legacy::detect(&cell.text).is_some();
            if is_mixed && !certain && !legacy::has_foreign_letters(&cell.text) {
                continue;
            }
            let converted = tidy(&legacy::convert(&cell.text, from));
            if converted != cell.text {
                cell.text = converted;
                changed += 1;
            }
        }
        changed
    }
}

/// One row that holds anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawRow {
    /// The row's number as Excel shows it, counted from 1.
    pub number: u32,
    /// Its filled cells, by column.
    pub cells: Vec<RawCell>,
}

impl RawRow {
    /// The cell in a column, counted from 0.
    pub fn cell(&self, column: u32) -> Option<&RawCell> {
        let at = self.cells.binary_search_by_key(&column, |cell| cell.column).ok()?;
        self.cells.get(at)
    }
}

/// One filled cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawCell {
    /// The row, counted from 1.
    pub row: u32,
    /// The column, counted from 0.
    pub column: u32,
    /// What it says: NFC, trimmed, single spaces. A date is `dd/mm/yyyy`.
    pub text: String,
    /// How it was stored.
    pub kind: RawKind,
    /// The value is the remembered result of a formula.
    pub formula: bool,
}

/// How a cell was stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum RawKind {
    /// Text.
    Text,
    /// A number without a date format.
    Number(f64),
    /// A number with a date format.
    Date,
    /// Yes or no.
    Bool(bool),
    /// `#REF!` and the like.
    Error,
    /// A formula whose result was never saved.
    Uncalculated,
}

impl RawCell {
    /// The name of the cell, such as `D17`.
    pub fn reference(&self) -> String {
        cell_name(self.row, self.column)
    }
}

/// The name of a cell: row counted from 1, column from 0.
pub fn cell_name(row: u32, column: u32) -> String {
    format!("{}{row}", column_name(column))
}

/// Row (from 1) and column (from 0) of a cell's name; none for any other text.
pub fn place_of(cell: &str) -> Option<(u32, u32)> {
    let split = cell.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = cell.split_at(split);
    let mut column = 0_u32;
    for letter in letters.bytes() {
        let value = letter.is_ascii_uppercase().then(|| u32::from(letter - b'A') + 1)?;
        column = column.checked_mul(26)?.checked_add(value)?;
    }
    Some((digits.parse().ok()?, column.checked_sub(1)?))
}

/// The letters of a column counted from 0: A, B, .., Z, AA, ..
pub fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

/// Reads the table of an .xlsx or .csv file.
///
/// The kind of file is told by its content; the name only helps to word the refusal.
pub fn read_table(
    bytes: &[u8],
    file_name: &str,
    options: &ReadOptions,
) -> Result<RawTable, SheetError> {
    if bytes.len() > UPLOAD_BYTES_MAX {
        return Err(SheetError::FileTooLarge { bytes: bytes.len() });
    }
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_lowercase();
    let is_workbook = matches!(extension.as_str(), "xlsx" | "xlsm");
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        // Both old .xls files and locked .xlsx files are OLE containers.
        return Err(if is_workbook { SheetError::Password } else { SheetError::OldXls });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return xlsx::read(bytes, options);
    }
    if extension == "xls" {
        return Err(SheetError::OldXls);
    }
    if is_workbook {
        return Err(SheetError::Broken("not a zip archive".to_owned()));
    }
    csv_file::read(bytes, file_name, options)
}

/// Takes cells in reading order, under the limits, and makes rows of them.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    rows: Vec<RawRow>,
    cells: usize,
    text_bytes: usize,
}

impl Collector {
    /// Takes one cell; an empty one is passed over.
    pub(crate) fn push(&mut self, cell: RawCell) -> Result<(), SheetError> {
        if cell.text.is_empty() && cell.kind != RawKind::Uncalculated {
            return Ok(());
        }
        if cell.column >= COLUMNS_MAX {
            return Err(SheetError::TooWide { cell: cell.reference(), limit: COLUMNS_MAX });
        }
        self.cells += 1;
        self.text_bytes += cell.text.len();
        if self.cells > CELLS_MAX || self.text_bytes > TEXT_BYTES_MAX {
            return Err(SheetError::TooManyCells { limit: CELLS_MAX });
        }
        let row = self.row(cell.row)?;
        // Files that lie about the order of their cells: the later one wins.
        match row.cells.binary_search_by_key(&cell.column, |other| other.column) {
            Ok(at) => row.cells[at] = cell,
            Err(at) => row.cells.insert(at, cell),
        }
        Ok(())
    }

    fn row(&mut self, number: u32) -> Result<&mut RawRow, SheetError> {
        let at = match self.rows.last() {
            Some(last) if last.number == number => self.rows.len() - 1,
            Some(last) if last.number > number => {
                match self.rows.binary_search_by_key(&number, |row| row.number) {
                    Ok(at) => at,
                    Err(_) => return Err(SheetError::Broken("rows out of order".to_owned())),
                }
            }
            _ if self.rows.len() > ROWS_MAX => {
                return Err(SheetError::TooManyRows { limit: ROWS_MAX });
            }
            _ => {
                self.rows.push(RawRow { number, cells: Vec::new() });
                self.rows.len() - 1
            }
        };
        Ok(&mut self.rows[at])
    }

    pub(crate) fn into_rows(self) -> Vec<RawRow> {
        self.rows
    }
}

/// The row that looks most like a header, with its score; rows near the top are looked at.
pub(crate) fn find_header(rows: &[RawRow]) -> Option<(u32, usize)> {
    let top = rows.iter().take_while(|row| row.number <= HEADER_SEARCH_ROWS);
    let scored = top.map(|row| (row.number, header_score(row)));
    // The first of equals: a repeated header further down is data to complain about.
    scored.filter(|(_, score)| *score > 0).min_by_key(|(_, score)| std::cmp::Reverse(*score))
}

/// Cuts the header off and keeps the rows below it.
pub(crate) fn split_header(
    rows: Vec<RawRow>,
    header_row: u32,
) -> Result<(Vec<String>, Vec<RawRow>), SheetError> {
    let mut header = Vec::new();
    let mut below = Vec::new();
    for row in rows {
        if row.number == header_row {
            let width = row.cells.last().map_or(0, |cell| cell.column as usize + 1);
            header = vec![String::new(); width];
            for cell in row.cells {
                header[cell.column as usize] = cell.text;
            }
        } else if row.number > header_row {
            below.push(row);
        }
    }
    if header.is_empty() {
        return Err(SheetError::NoHeader);
    }
    if below.is_empty() {
        return Err(SheetError::NoRows);
    }
    Ok((header, below))
}

/// NFC, no control or zero-width characters, single spaces, trimmed. NBSP counts as a space.
pub(crate) fn tidy(text: &str) -> String {
    if is_tidy(text) {
        return text.to_owned();
    }
    let old = text.contains('\u{AD}') && legacy::detect(text) == Some(legacy::Legacy::Tcvn3);
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        let invisible = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}');
        // In TCVN3 the soft hyphen is a letter.
        if invisible || (c == '\u{AD}' && !old) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Most cells: plain ASCII without anything to mend.
fn is_tidy(text: &str) -> bool {
    let edges = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    text.is_ascii() && !edges && !text.bytes().any(|byte| byte < b' ' || byte == 0x7F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_excel_names_them() {
        let names = [0, 3, 25, 26, 51, 52, 701, 702].map(column_name);
        assert_eq!(names, ["A", "D", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(cell_name(17, 3), "D17");
    }

    #[test]
    fn text_is_composed_and_spaces_are_single() {
        assert_eq!(
            tidy("  Nguye\u{302}\u{303}n\u{a0}\u{a0}Va\u{306}n  A\u{200B}\n"),
            "Nguyễn Văn A"
        );
        assert_eq!(tidy("\u{a0} \t"), "");
    }

    #[test]
    fn old_and_locked_files_are_refused_with_what_to_do() {
        let ole = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0];
        let read = |name: &str, bytes: &[u8]| read_table(bytes, name, &ReadOptions::default());
        let error = read("ds.xls", &ole).unwrap_err();
        assert_eq!(error, SheetError::OldXls);
        assert!(error.sentence(wardbook_record::Lang::Vi).contains("lưu lại thành .xlsx"));
        assert_eq!(read("ds.xlsx", &ole), Err(SheetError::Password));
        assert_eq!(read("ds.xls", b"<html>"), Err(SheetError::OldXls));
        assert!(matches!(read("ds.xlsx", b"hello"), Err(SheetError::Broken(_))));
        let large = vec![b'a'; UPLOAD_BYTES_MAX + 1];
        assert!(matches!(read("ds.csv", &large), Err(SheetError::FileTooLarge { .. })));
    }
}
