//! Every trap of Excel that the design names (A.2), each as a workbook of its own: what is
//! understood, what is asked, and that nothing is taken silently.

use crate::files::{Cells, raw_workbook, raw_workbook_1904};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use wardbook_base::{SeededDice, Timestamp};
use wardbook_record::{Lang, Level, PartialDate, RowIds};
use wardbook_sheet::{
    Preview, PreviewRow, RawTable, ReadOptions, check, error_file, map_columns, match_columns,
    peek, person_of, place_of, read_table,
};

fn as_of() -> PartialDate {
    "2025-06-30".parse().unwrap()
}

fn look(table: &RawTable) -> Preview {
    let mut row_ids = RowIds::new(Timestamp(1_750_000_000_000), &SeededDice::new(1));
    check(table, &match_columns(table), as_of(), &|_| None, &mut row_ids)
}

fn read(bytes: &[u8]) -> RawTable {
    read_table(bytes, "ds.xlsx", &ReadOptions::default()).unwrap()
}

/// A list of one person: a name and one more cell.
fn one(header: &str, write: impl FnOnce(&mut Worksheet)) -> PreviewRow {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "Họ và tên").unwrap();
    sheet.write_string(0, 1, header).unwrap();
    sheet.write_string(1, 0, "Lê Văn An").unwrap();
    write(sheet);
    look(&read(&book.save_to_buffer().unwrap())).rows.remove(0)
}

fn text(header: &str, cell: &str) -> PreviewRow {
    one(header, |sheet| {
        sheet.write_string(1, 1, cell).unwrap();
    })
}

fn number(header: &str, cell: f64) -> PreviewRow {
    one(header, |sheet| {
        sheet.write_number(1, 1, cell).unwrap();
    })
}

fn value(row: &PreviewRow, key: &str) -> String {
    person_of(&row.edits).text(key).unwrap_or_default().to_owned()
}

fn said(row: &PreviewRow) -> Vec<(&str, Level, &str)> {
    row.problems.iter().map(|p| (p.cell.as_str(), p.level, p.code())).collect()
}

#[test]
fn an_id_stored_as_a_number_gets_its_zero_back_with_a_warning() {
    for (stored, meant) in [(1_099_012_345.0, "001099012345"), (74_085_000_011.0, "074085000011")] {
        let row = number("CCCD", stored);
        assert_eq!(value(&row, "person_id_no"), meant);
        assert!(said(&row).contains(&("B2", Level::Warning, "zeros_restored")), "{:?}", said(&row));
        assert!(row.problems.iter().any(|p| p.reason(Lang::Vi).contains(meant)), "it says what");
    }
    assert_eq!(value(&text("CCCD", "074 085 000 011"), "person_id_no"), "074085000011");
}

#[test]
fn a_date_as_a_bare_number_is_a_day_and_a_year_stays_a_year() {
    let row = number("Ngày sinh", 32_932.0);
    assert_eq!(value(&row, "birth_date"), "1990-02-28");
    assert_eq!(said(&row), [("B2", Level::Warning, "date_number")]);
    let date = Format::new().set_num_format("d-mmm-yy");
    let row = one("Ngày sinh", |sheet| {
        sheet.write_number_with_format(1, 1, 32_932.0, &date).unwrap();
    });
    assert_eq!((value(&row, "birth_date").as_str(), said(&row).len()), ("1990-02-28", 0));
    for row in [number("Năm sinh", 1990.0), text("Năm sinh", "1990")] {
        assert_eq!((value(&row, "birth_date").as_str(), said(&row).len()), ("1990", 0));
    }
}

#[test]
fn dates_as_text_are_read_day_first_and_doubtful_ones_are_asked() {
    for (typed, stored) in [
        ("28/02/1990", "1990-02-28"),
        ("28-2-1990", "1990-02-28"),
        ("28.2.1990", "1990-02-28"),
        ("28021990", "1990-02-28"),
        ("02/1990", "1990-02"),
        ("Ngày 28 tháng 2 năm 1990", "1990-02-28"),
    ] {
        let row = text("Ngày sinh", typed);
        assert_eq!((value(&row, "birth_date").as_str(), said(&row).len()), (stored, 0), "{typed}");
    }
    assert_eq!(said(&text("Ngày sinh", "2/28/1990")), [("B2", Level::Error, "month_first")]);
    let short = text("Ngày sinh", "28/2/90");
    assert_eq!(said(&short), [("B2", Level::Error, "two_digit_year")]);
    assert!(short.problems[0].reason(Lang::Vi).contains("1990 hay 2090"));
}

#[test]
fn a_file_that_counts_from_1904_is_read_that_way() {
    let raw = raw_workbook_1904(&Cells(&[
        ("A1", r#"t="inlineStr""#, "<is><t>Họ tên</t></is>"),
        ("B1", r#"t="inlineStr""#, "<is><t>Ngày sinh</t></is>"),
        ("A2", r#"t="inlineStr""#, "<is><t>Lê Văn An</t></is>"),
        ("B2", "", "<v>31470</v>"),
    ]));
    assert_eq!(value(&look(&read(&raw)).rows[0], "birth_date"), "1990-02-28");
}

#[test]
fn odd_spaces_and_split_letters_are_tidied() {
    let row = text("Nơi sinh", "\u{a0}Phường\u{a0}\u{a0}Uye\u{302}n  Hưng ");
    assert_eq!(value(&row, "birth_place.text"), "Phường Uyên Hưng");
    assert_eq!(said(&row), []);
}

#[test]
fn old_letters_are_told_and_converted_on_request() {
    for (name, meant) in
        [("NguyÔn V¨n H\u{ad}ng", "Nguyễn Văn Hưng"), ("Nguyeãn Vaên Höng", "Nguyễn Văn Hưng")]
    {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Họ và tên").unwrap();
        sheet.write_string(1, 0, name).unwrap();
        // What is Unicode already stays, beside what is not.
        sheet.write_string(2, 0, "Lê Thị An").unwrap();
        sheet.write_string(3, 0, "Lê An").unwrap();
        let mut table = read(&book.save_to_buffer().unwrap());
        let row = &look(&table).rows[0];
        assert_eq!(said(row), [("A2", Level::Error, "legacy_font")], "{name}");
        assert!(
            row.problems[0].reason(Lang::Vi).contains(meant),
            "{}",
            row.problems[0].reason(Lang::Vi)
        );
        assert_eq!(table.convert_legacy(), 1);
        let preview = look(&table);
        let names: Vec<&str> = preview.rows.iter().map(|row| row.full_name.as_str()).collect();
        assert_eq!((names, preview.counts.errors), (vec![meant, "Lê Thị An", "Lê An"], 0));
    }
}

#[test]
fn merged_cells_and_hidden_rows_lose_nobody() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 1, "DANH SÁCH CÁN BỘ", &Format::new()).unwrap();
    sheet.write_string(1, 0, "Họ và tên").unwrap();
    sheet.merge_range(2, 0, 3, 0, "Lê Văn An", &Format::new()).unwrap();
    sheet.write_string(4, 0, "Lê Thị Bình").unwrap();
    sheet.set_row_hidden(4).unwrap();
    let preview = look(&read(&book.save_to_buffer().unwrap()));
    let names: Vec<&str> = preview.rows.iter().map(|row| row.full_name.as_str()).collect();
    assert_eq!(names, ["Lê Văn An", "Lê Thị Bình"]);
}

#[test]
fn a_formula_gives_its_saved_value_and_an_error_is_an_error() {
    let row = one("Email", |sheet| {
        let formula = Formula::new("\"an\"&\"@example.vn\"").set_result("an@example.vn");
        sheet.write_formula(1, 1, formula).unwrap();
    });
    assert_eq!(value(&row, "email"), "an@example.vn");
    assert_eq!(said(&row), [("B2", Level::Warning, "formula")]);
    let raw = raw_workbook(&Cells(&[
        ("A1", r#"t="inlineStr""#, "<is><t>Họ tên</t></is>"),
        ("B1", r#"t="inlineStr""#, "<is><t>CCCD</t></is>"),
        ("A2", r#"t="inlineStr""#, "<is><t>Lê Văn An</t></is>"),
        ("B2", r#"t="e""#, "<v>#REF!</v>"),
    ]));
    assert_eq!(said(&look(&read(&raw)).rows[0]), [("B2", Level::Error, "spreadsheet_error")]);
}

#[test]
fn two_cells_at_both_ends_of_a_sheet_are_two_cells() {
    let inline = r#"t="inlineStr""#;
    let raw = raw_workbook(&Cells(&[
        ("A1", inline, "<is><t>Họ tên</t></is>"),
        ("A1048576", inline, "<is><t>Lê Văn An</t></is>"),
    ]));
    let table = read(&raw);
    assert_eq!((table.rows.len(), table.rows[0].number), (1, 1_048_576));
}

#[test]
fn the_file_comes_back_with_its_wrong_cells_marked_and_in_their_places() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Danh sách").unwrap();
    for (column, text) in (0..).zip(["Họ và tên", "CCCD", "Ngày sinh"]) {
        sheet.write_string(2, column, text).unwrap();
    }
    sheet.write_string(3, 0, "=cmd|'/c calc'!A1").unwrap();
    sheet.write_number(3, 1, 74_085_000_011.0).unwrap();
    sheet.write_string(3, 2, "31/02/1990").unwrap();
    let original = book.save_to_buffer().unwrap();
    let table = read(&original);
    let preview = look(&table);
    let back = error_file(&original, &table, &preview.rows, Lang::Vi).unwrap();
    let again = read(&back);
    assert_eq!((again.sheet.as_str(), again.header_row), ("Danh sách", 3));
    let codes = |preview: &Preview| {
        let problems = preview.rows.iter().flat_map(|row| &row.problems);
        problems.map(|p| (p.cell.clone(), p.code())).collect::<Vec<_>>()
    };
    assert_eq!(codes(&look(&again)), codes(&preview));
    assert!(codes(&preview).iter().any(|(cell, _)| cell == "C4"), "{:?}", codes(&preview));
    let cell = again.rows[0].cell(0).unwrap();
    assert_eq!((cell.text.as_str(), cell.formula), ("=cmd|'/c calc'!A1", false));
    // The comments and the red are in the archive.
    let parts = unpacked(&back);
    assert!(parts.contains("Lịch không có") || parts.contains("31/02/1990"), "a comment");
    assert!(parts.to_uppercase().contains("FF9C9C"), "red");
}

#[test]
fn a_mended_cell_is_checked_like_a_typed_one() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(["Họ và tên", "CCCD"]) {
        sheet.write_string(0, column, text).unwrap();
    }
    sheet.write_string(1, 0, "Lê Văn An").unwrap();
    sheet.write_string(1, 1, "12").unwrap();
    let mut table = read(&book.save_to_buffer().unwrap());
    assert_eq!(look(&table).counts.errors, 1);
    let (row, column) = place_of("B2").unwrap();
    table.set_cell(row, column, " 074085000011 ");
    assert_eq!((look(&table).counts.errors, table.text(2, 1)), (0, "074085000011"));
    table.set_cell(row, column, "");
    assert_eq!((table.text(2, 1), table.rows[0].cells.len()), ("", 1));
    assert_eq!((place_of("AA10"), place_of("x"), place_of("7")), (Some((10, 26)), None, None));
}

#[test]
fn a_person_has_the_last_word_on_columns() {
    let bytes = "Họ tên,Di động,Liên hệ\nLê Văn An,0901,0902\n".as_bytes();
    let table = read_table(bytes, "ds.csv", &ReadOptions::default()).unwrap();
    let own = match_columns(&table);
    assert_eq!((own.columns.len(), own.unmapped.len()), (2, 1));
    let phone = own.columns[1].target.clone();
    let said = [(1, None), (2, Some(phone.clone()))].into();
    let mapping = map_columns(&table, &said);
    assert_eq!((mapping.columns[1].index, &mapping.columns[1].target), (2, &phone));
    assert_eq!(mapping.unmapped.len(), 1);
    assert!(mapping.unmapped[0].sentence(Lang::Vi).contains("Di động"));
    // Taking a field for another column takes it from the first.
    let moved = map_columns(&table, &[(2, Some(phone))].into());
    assert_eq!(moved.unmapped[0].index, 1);
}

#[test]
fn the_first_rows_are_shown_where_no_header_is_found() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Bìa").unwrap().write_string(0, 0, "UBND").unwrap();
    let sheet = book.add_worksheet();
    sheet.write_string(4, 1, "Quý danh").unwrap();
    let tops = peek(&book.save_to_buffer().unwrap(), "ds.xlsx").unwrap();
    assert_eq!(tops.iter().map(|top| top.name.as_str()).collect::<Vec<_>>(), ["Bìa", "Sheet2"]);
    assert_eq!(tops[1].rows, [(5, vec![String::new(), "Quý danh".to_owned()])]);
}

/// All parts of an archive as one text.
fn unpacked(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        std::io::Read::read_to_string(&mut part, &mut all).unwrap();
    }
    all
}
