//! From the bytes of a foreign file to edits: what Excel and people do to lists of staff.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod files;
mod given_back;
mod traps;

use files::{Cells, raw_workbook, zipped};
use rust_xlsxwriter::{Format, Formula, Workbook};
use wardbook_base::{DocumentId, SeededDice, Timestamp};
use wardbook_record::{Edit, Lang, Level, NO_DETAIL, PartialDate, Path, RowIds, Scalar};
use wardbook_sheet::{
    Mapping, Note, Preview, PreviewRow, RawTable, ReadOptions, SameBy, SheetError, check,
    match_columns, read_table,
};

fn as_of() -> PartialDate {
    "2025-06-30".parse().unwrap()
}

fn read(bytes: &[u8]) -> Result<RawTable, SheetError> {
    read_table(bytes, "ds.xlsx", &ReadOptions::default())
}

type Existing<'a> = &'a dyn Fn(&PreviewRow) -> Option<(DocumentId, SameBy)>;

fn look(table: &RawTable) -> Preview {
    look_among(table, &|_| None)
}

fn look_among(table: &RawTable, existing: Existing<'_>) -> Preview {
    let mapping: Mapping = match_columns(table);
    let mut row_ids = RowIds::new(Timestamp(1_750_000_000_000), &SeededDice::new(1));
    check(table, &mapping, as_of(), existing, &mut row_ids)
}

/// A workbook of one sheet, written cell by cell.
fn book(write: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    write(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

/// A workbook of texts.
fn texts(rows: &[&[&str]]) -> Vec<u8> {
    book(|sheet| {
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(*cells) {
                if !text.is_empty() {
                    sheet.write_string(row, column, *text).unwrap();
                }
            }
        }
    })
}

fn value(row: &PreviewRow, key: &str) -> Option<Scalar> {
    row.edits.iter().find_map(|edit| match edit {
        Edit::Set { path: Path::Field { key: own }, value } if own == key => Some(value.clone()),
        _ => None,
    })
}

fn text(row: &PreviewRow, key: &str) -> Option<String> {
    value(row, key).map(|value| value.to_string())
}

/// The problems of a row: cell, level, code.
fn problems(row: &PreviewRow) -> Vec<(&str, Level, &str)> {
    row.problems.iter().map(|p| (p.cell.as_str(), p.level, p.code())).collect()
}

#[test]
fn a_plain_list_becomes_edits() {
    let bytes = texts(&[
        &["DANH SÁCH CÁN BỘ"],
        &["STT", "Họ và tên", "CCCD", "Ngày sinh", "GT", "Quê quán", "LLCT", "Trình độ"],
        &[
            "1",
            "Trần  Thị\u{a0}Bê",
            "074185001234",
            "28/2/1985",
            "Nữ",
            "Tân Uyên",
            "Cao cấp",
            "Thạc sĩ",
        ],
    ]);
    let table = read(&bytes).unwrap();
    assert_eq!(table.header_row, 2);
    let preview = look(&table);
    let row = &preview.rows[0];
    assert_eq!(problems(row), []);
    assert_eq!((row.number, row.full_name.as_str()), (3, "Trần Thị Bê"));
    assert_eq!(text(row, "birth_date").as_deref(), Some("1985-02-28"));
    assert_eq!(text(row, "sex").as_deref(), Some("F"));
    assert_eq!(text(row, "home_town.text").as_deref(), Some("Tân Uyên"));
    let added: Vec<_> = row
        .edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::AddRow { table, cells, .. } => {
                Some((table.as_str(), cells["level"].to_string(), cells.contains_key(NO_DETAIL)))
            }
            _ => None,
        })
        .collect();
    let expected =
        [("political_courses", "03".to_owned(), true), ("degrees", "thac_si".to_owned(), true)];
    assert_eq!(added, expected);
    assert_eq!((preview.counts.rows, preview.counts.ready), (1, 1));
}

#[test]
fn numbers_that_excel_made_of_ids_and_dates_are_mended_with_a_warning() {
    let bytes = book(|sheet| {
        let header = ["Họ tên", "CCCD", "Ngày sinh", "Ngày vào Đảng", "Điện thoại"];
        for (column, text) in (0..).zip(header) {
            sheet.write_string(0, column, text).unwrap();
        }
        sheet.write_string(1, 0, "Lê Văn An").unwrap();
        sheet.write_number(1, 1, 74_090_012_345.0).unwrap();
        sheet.write_number(1, 2, 32_932.0).unwrap();
        let dates = Format::new().set_num_format("m/d/yyyy");
        sheet.write_number_with_format(1, 3, 41_000.0, &dates).unwrap();
        sheet.write_number(1, 4, 912_345_678.0).unwrap();
    });
    let preview = look(&read(&bytes).unwrap());
    let row = &preview.rows[0];
    assert_eq!(text(row, "person_id_no").as_deref(), Some("074090012345"));
    assert_eq!(text(row, "birth_date").as_deref(), Some("1990-02-28"));
    assert_eq!(text(row, "party_join_date").as_deref(), Some("2012-04-01"));
    assert_eq!(text(row, "phone").as_deref(), Some("0912345678"));
    assert_eq!(
        problems(row),
        [
            ("B2", Level::Warning, "zeros_restored"),
            ("C2", Level::Warning, "date_number"),
            ("E2", Level::Warning, "zeros_restored"),
        ]
    );
    assert_eq!((preview.counts.ready, preview.counts.warnings), (1, 1));
}

#[test]
fn a_wrong_cell_is_named_with_value_reason_and_remedy_and_kept() {
    let mut rows: Vec<Vec<&str>> = vec![vec!["Họ tên", "CCCD", "Giới tính", "Ngày sinh"]];
    rows.extend(std::iter::repeat_n(vec!["Lê Văn An", "", "Nam", "1990"], 15));
    rows.push(vec!["Lê Văn Bình", "0740900", "Nan", "31/02/1990"]);
    rows.push(vec!["Lê Văn Cảnh", "", "Nam", "28-2-90"]);
    rows.push(vec!["", "", "Nữ", "2/28/1990"]);
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let preview = look(&read(&texts(&rows)).unwrap());
    assert_eq!((preview.counts.ready, preview.counts.errors), (15, 3));
    let row = &preview.rows[15];
    let cells: Vec<&str> = row.problems.iter().map(|problem| problem.cell.as_str()).collect();
    assert_eq!(cells, ["B17", "C17", "D17"]);
    assert!(row.problems.iter().all(|problem| problem.level == Level::Error), "{row:?}");
    assert_eq!(text(row, "birth_date").as_deref(), Some("31/02/1990"), "kept as typed");
    let date = &row.problems[2];
    assert_eq!((date.value.as_str(), date.column.as_str()), ("31/02/1990", "birth_date"));
    for problem in preview.rows.iter().flat_map(|row| &row.problems) {
        for lang in [Lang::Vi, Lang::En] {
            let said = [problem.reason(lang), problem.remedy(lang), problem.label(lang)];
            assert!(said.iter().all(|text| text.len() > 2), "{problem:?}: {said:?}");
        }
    }
    assert_eq!(problems(&preview.rows[16]), [("D18", Level::Error, "two_digit_year")]);
    assert_eq!(
        problems(&preview.rows[17]),
        [("A19", Level::Error, "no_name"), ("D19", Level::Error, "month_first")]
    );
}

#[test]
fn letters_of_two_parts_are_composed() {
    let bytes = texts(&[
        &["Ho\u{323} va\u{300} te\u{302}n"],
        &["Nguye\u{302}\u{303}n Thi\u{323} Hue\u{323}\u{302}"],
    ]);
    let preview = look(&read(&bytes).unwrap());
    assert_eq!(preview.rows[0].full_name, "Nguyễn Thị Huệ");
    assert_eq!(problems(&preview.rows[0]), []);
}

#[test]
fn formulas_give_their_saved_result_or_an_error() {
    let bytes = book(|sheet| {
        sheet.write_string(0, 0, "Họ tên").unwrap();
        sheet.write_string(0, 1, "Điện thoại").unwrap();
        sheet
            .write_formula(1, 0, Formula::new("\"Lê Văn \"&\"An\"").set_result("Lê Văn An"))
            .unwrap();
        sheet.write_string(2, 0, "Lê Văn Bình").unwrap();
    });
    let preview = look(&read(&bytes).unwrap());
    assert_eq!(preview.rows[0].full_name, "Lê Văn An");
    assert_eq!(problems(&preview.rows[0]), [("A2", Level::Warning, "formula")]);

    let raw = raw_workbook(&Cells(&[
        ("A1", r#"t="inlineStr""#, "<is><t>Họ tên</t></is>"),
        ("B1", r#"t="inlineStr""#, "<is><t>Ngày sinh</t></is>"),
        ("A2", "", "<f>C9</f>"),
        ("B2", r#"t="e""#, "<v>#REF!</v>"),
        ("A3", r#"t="str""#, r#"<f t="shared" ref="A3:A4" si="4000000000">C1</f><v>Lê B</v>"#),
    ]));
    let preview = look(&read(&raw).unwrap());
    assert_eq!(
        problems(&preview.rows[0]),
        [("A2", Level::Error, "formula_without_value"), ("B2", Level::Error, "spreadsheet_error")]
    );
    assert_eq!(preview.rows[1].full_name, "Lê B");
}

#[test]
fn two_cells_a_million_rows_apart_are_read_cheaply_or_refused() {
    let name = ("A1", r#"t="inlineStr""#, "<is><t>Họ tên</t></is>");
    let far = |cell| {
        raw_workbook(&Cells(&[name, (cell, r#"t="inlineStr""#, "<is><t>Lê Văn An</t></is>")]))
    };
    let table = read(&far("A1048576")).unwrap();
    assert_eq!((table.rows.len(), table.rows[0].number), (1, 1_048_576));
    let error = read(&far("ZZ1048576")).unwrap_err();
    assert_eq!(error, SheetError::TooWide { cell: "ZZ1048576".to_owned(), limit: 500 });
    assert!(error.sentence(Lang::Vi).contains("ZZ1048576"));
}

#[test]
fn broken_and_foreign_files_are_refused_with_a_sentence() {
    let whole = texts(&[&["Họ tên"], &["Lê Văn An"]]);
    let cases: [(&[u8], &str); 5] = [
        (&whole[..whole.len() / 2], "broken_workbook"),
        (&zipped(&[("word/document.xml", "<w/>")]), "broken_workbook"),
        (&texts(&[&["chỉ có", "vài ô"], &["không", "rõ"]]), "no_header"),
        (&texts(&[&["Họ tên"]]), "no_rows"),
        (&files::with_entity(), "broken_workbook"),
    ];
    for (bytes, code) in cases {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.sentence(Lang::Vi).contains("Hãy"), "{}", error.sentence(Lang::Vi));
        assert!(!error.sentence(Lang::En).is_empty());
    }
    let options = ReadOptions { sheet: Some("Không có".to_owned()), header_row: None };
    let error = read_table(&whole, "ds.xlsx", &options).unwrap_err();
    assert_eq!(error.code(), "no_sheet");
}

#[test]
fn too_many_rows_are_refused() {
    let bytes = book(|sheet| {
        sheet.write_string(0, 0, "Họ tên").unwrap();
        for row in 1..=20_001 {
            sheet.write_string(row, 0, "Lê Văn An").unwrap();
        }
    });
    assert_eq!(read(&bytes), Err(SheetError::TooManyRows { limit: 20_000 }));
    let csv = "Họ tên\n".to_owned() + &"Lê Văn An\n".repeat(20_001);
    let error = read_table(csv.as_bytes(), "ds.csv", &ReadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "too_many_rows");
}

#[test]
fn the_date_system_of_1904_is_kept() {
    let raw = files::raw_workbook_1904(&Cells(&[
        ("A1", r#"t="inlineStr""#, "<is><t>Họ tên</t></is>"),
        ("B1", r#"t="inlineStr""#, "<is><t>Ngày sinh</t></is>"),
        ("A2", r#"t="inlineStr""#, "<is><t>Lê Văn An</t></is>"),
        ("B2", "", "<v>31470</v>"),
    ]));
    let table = read(&raw).unwrap();
    assert_eq!(table.notes, [Note::System1904]);
    let row = &look(&table).rows[0];
    assert_eq!(text(row, "birth_date").as_deref(), Some("1990-02-28"));
}

#[test]
fn merged_cells_hidden_rows_and_other_sheets_are_no_hindrance() {
    let mut book = Workbook::new();
    let first = book.add_worksheet();
    first.set_name("Bìa").unwrap();
    first.write_string(0, 0, "UBND PHƯỜNG").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("DS").unwrap();
    sheet.merge_range(0, 0, 0, 3, "DANH SÁCH", &Format::new()).unwrap();
    sheet.write_string(2, 1, "Họ và tên").unwrap();
    sheet.write_string(2, 2, "Ngày sinh").unwrap();
    sheet.write_string(3, 1, "Lê Văn An").unwrap();
    sheet.set_row_hidden(3).unwrap();
    sheet.merge_range(4, 1, 5, 1, "Lê Văn Bình", &Format::new()).unwrap();
    let table = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!((table.sheet.as_str(), table.header_row), ("DS", 3));
    let used = Note::SheetUsed { sheet: "DS".to_owned(), others: vec!["Bìa".to_owned()] };
    assert_eq!(table.notes, [used]);
    let names: Vec<String> = look(&table).rows.into_iter().map(|row| row.full_name).collect();
    assert_eq!(names, ["Lê Văn An", "Lê Văn Bình"]);
}

#[test]
fn a_name_in_two_columns_is_joined() {
    let bytes = texts(&[
        &["TT", "Họ và tên đệm", "Tên", "Chức vụ"],
        &["1", "Trần Thị Ngọc", "Bích", "CC02"],
    ]);
    let row = &look(&read(&bytes).unwrap()).rows[0];
    assert_eq!(row.full_name, "Trần Thị Ngọc Bích");
    assert_eq!(text(row, "current_title").as_deref(), Some("CC02"));
}

#[test]
fn people_who_are_here_already_or_twice_in_the_file_are_found() {
    let bytes = texts(&[
        &["Họ tên", "CCCD"],
        &["Lê Văn An", "074090012345"],
        &["Lê Văn Bình", "074090012346"],
        &["Lê Văn An", "074090012345"],
        &["Lê Văn Cảnh", "281234567"],
    ]);
    let known = DocumentId([7; 16]);
    let preview = look_among(&read(&bytes).unwrap(), &|row| {
        let same = row.person_id_no.as_deref() == Some("074090012346");
        same.then_some((known, SameBy::IdNumber))
    });
    let duplicates: Vec<_> = preview.rows.iter().map(|row| row.duplicate).collect();
    assert_eq!(duplicates, [None, Some(known), None, None]);
    assert_eq!(problems(&preview.rows[2]), [("B4", Level::Error, "repeated_in_file")]);
    assert!(preview.rows[2].problems[0].reason(Lang::Vi).contains("dòng 2"));
    assert_eq!(problems(&preview.rows[3]), [("B5", Level::Warning, "old_id_number")]);
    assert_eq!(text(&preview.rows[3], "old_id_no").as_deref(), Some("281234567"));
    assert_eq!(preview.counts.duplicates, 1);
}

#[test]
fn a_number_that_contradicts_sex_and_birth_is_a_warning() {
    let bytes = texts(&[
        &["Họ tên", "CCCD", "Giới tính", "Ngày sinh"],
        &["Lê Văn An", "074190012345", "Nam", "1985"],
    ]);
    let row = &look(&read(&bytes).unwrap()).rows[0];
    assert!(!row.has_errors(), "{:?}", row.problems);
    assert!(row.problems.iter().any(|problem| problem.cell == "B2"), "{:?}", row.problems);
}
