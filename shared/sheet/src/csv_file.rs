//! Reads .csv files: UTF-8, UTF-16 with its mark, or Windows-1258; comma, semicolon or tab.

use std::borrow::Cow;

use crate::error::SheetError;
use crate::limits::ROWS_MAX;
use crate::note::Note;
use crate::peek::SheetTop;
use crate::raw::{
    Collector, RawCell, RawKind, RawTable, ReadOptions, find_header, split_header, tidy,
};

/// Reads the table of a text file.
pub(crate) fn read(
    bytes: &[u8],
    file_name: &str,
    options: &ReadOptions,
) -> Result<RawTable, SheetError> {
    let (text, encoding) = decode(bytes, file_name)?;
    let (separator, skipped, body) = separator(&text);
    let rows = rows(body, separator, skipped)?;
    let header_row = match options.header_row {
        Some(row) => row,
        None => find_header(&rows).ok_or(SheetError::NoHeader)?.0,
    };
    let (header, rows) = split_header(rows, header_row)?;
    let notes = encoding.map(|name| Note::Encoding { name: name.to_owned() });
    Ok(RawTable {
        sheet: String::new(),
        header_row,
        header,
        rows,
        notes: notes.into_iter().collect(),
        system_1904: false,
        from_text: true,
    })
}

/// The top of the file.
pub(crate) fn peek(bytes: &[u8], file_name: &str) -> Result<Vec<SheetTop>, SheetError> {
    let (text, _) = decode(bytes, file_name)?;
    let (separator, skipped, body) = separator(&text);
    Ok(vec![SheetTop::of("", &rows(body, separator, skipped)?)])
}

fn decode<'a>(
    bytes: &'a [u8],
    file_name: &str,
) -> Result<(Cow<'a, str>, Option<&'static str>), SheetError> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_with_bom_removal(bytes);
        return Ok((text, (encoding != encoding_rs::UTF_8).then_some(encoding.name())));
    }
    if bytes.contains(&0) {
        return Err(SheetError::NotASpreadsheet(file_name.to_owned()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Cow::Borrowed(text), None));
    }
    // Letters with two marks come out as a letter and a combining mark: `tidy` composes them.
    let (text, _) = encoding_rs::WINDOWS_1258.decode_without_bom_handling(bytes);
    Ok((text, Some("Windows-1258")))
}

/// The separator, how many rows its declaration takes, and the text after it.
fn separator(text: &str) -> (u8, u32, &str) {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    // Excel writes and reads a line `sep=;` at the very top.
    if let Some(declared) = text.strip_prefix("sep=")
        && let Some(separator) = declared.bytes().next().filter(u8::is_ascii)
    {
        let body = text.find('\n').map_or("", |at| &text[at + 1..]);
        return (separator, 1, body);
    }
    let count = |candidate: u8| {
        let mut quoted = false;
        first
            .bytes()
            .filter(|byte| {
                quoted ^= *byte == b'"';
                !quoted && *byte == candidate
            })
            .count()
    };
    let best = [b',', b';', b'\t'].into_iter().max_by_key(|candidate| count(*candidate));
    (best.filter(|candidate| count(*candidate) > 0).unwrap_or(b','), 0, text)
}

fn rows(body: &str, separator: u8, skipped: u32) -> Result<Vec<crate::raw::RawRow>, SheetError> {
    let broken = |error: csv::Error| SheetError::Broken(error.to_string());
    // The last line ends like the others, so that lines can be counted by their ends.
    let mut input = body.trim_end_matches(['\r', '\n']).to_owned();
    input.push('\n');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(input.as_bytes());
    let mut collector = Collector::default();
    let mut record = csv::StringRecord::new();
    let (mut inner_lines, mut count) = (0, 0);
    while reader.read_record(&mut record).map_err(broken)? {
        count += 1;
        if count > ROWS_MAX + 1 {
            return Err(SheetError::TooManyRows { limit: ROWS_MAX });
        }
        // A spreadsheet counts a record over several lines as one row, and blank lines too.
        inner_lines += record.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
        let line = reader.position().line() - 1 - inner_lines;
        let row = u32::try_from(line).unwrap_or(u32::MAX).saturating_add(skipped);
        for (column, field) in record.iter().enumerate() {
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            collector.push(cell(row, column, field))?;
        }
    }
    Ok(collector.into_rows())
}

fn cell(row: u32, column: u32, field: &str) -> RawCell {
    let text = unguard(&tidy(field)).to_owned();
    RawCell { row, column, text, kind: RawKind::Text, formula: false }
}

/// Takes off the apostrophe that [`crate::export_csv`] puts before what looks like a formula.
fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\'']) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(bytes: &[u8]) -> RawTable {
        read(bytes, "ds.csv", &ReadOptions::default()).unwrap()
    }

    fn texts(table: &RawTable) -> Vec<Vec<&str>> {
        table.rows.iter().map(|r| r.cells.iter().map(|c| c.text.as_str()).collect()).collect()
    }

    #[test]
    fn comma_semicolon_and_tab_are_found() {
        for separator in [",", ";", "\t"] {
            let file = ["Họ và tên", "Ngày sinh"].join(separator)
                + "\r\n"
                + &["\"Trần, Thị; B\"", "1990"].join(separator);
            let table = read_text(file.as_bytes());
            assert_eq!(table.header, ["Họ và tên", "Ngày sinh"]);
            assert_eq!(texts(&table), [["Trần, Thị; B", "1990"]]);
        }
        let table = read_text("sep=;\nHọ và tên;Ngày sinh\nTrần B;1990".as_bytes());
        assert_eq!((table.header_row, table.rows[0].number), (2, 3));
    }

    #[test]
    fn windows_1258_is_composed_to_nfc() {
        // "Họ và tên,Ngày sinh" and "Nguyễn Thị Huệ" as Windows-1258 writes them.
        let file = b"Ho\xF2 va\xCC t\xEAn,Nga\xCCy sinh\nNguy\xEA\xDEn Thi\xF2 Hu\xEA\xF2,1990\n";
        let table = read_text(file);
        assert_eq!(table.header, ["Họ và tên", "Ngày sinh"]);
        assert_eq!(texts(&table), [["Nguyễn Thị Huệ", "1990"]]);
        assert_eq!(table.notes, [Note::Encoding { name: "Windows-1258".to_owned() }]);
    }

    #[test]
    fn a_byte_order_mark_and_utf_16_are_understood() {
        assert_eq!(read_text("\u{FEFF}Họ và tên\nA B".as_bytes()).header, ["Họ và tên"]);
        let mut utf16 = vec![0xFF, 0xFE];
        utf16
            .extend("Họ và tên\tNgày sinh\nTrần B\t1990".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(texts(&read_text(&utf16)), [["Trần B", "1990"]]);
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
        let file = "DANH SÁCH\n\nHọ và tên,Ghi chú\nA B,\"hai\ndòng\"\n\nC D,một\nE F,x";
        let table = read_text(file.as_bytes());
        assert_eq!(table.header_row, 3);
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 6, 7]);
        assert_eq!(texts(&table)[0], ["A B", "hai dòng"]);
    }

    #[test]
    fn a_guard_against_formulas_is_taken_off_again() {
        let table = read_text("Họ và tên,Số điện thoại\nA B,'+84901\n'tis,x".as_bytes());
        assert_eq!(texts(&table), [["A B", "+84901"], ["'tis", "x"]]);
    }

    #[test]
    fn a_picture_is_no_spreadsheet() {
        let error = read(b"\x89PNG\r\n\x1a\n\0\0\0", "anh.csv", &ReadOptions::default());
        assert_eq!(error, Err(SheetError::NotASpreadsheet("anh.csv".to_owned())));
    }
}
