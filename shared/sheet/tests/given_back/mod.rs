//! The file with its wrong cells marked is the person's own file: what was not wrong stays byte by
//! byte, what was mended is imported, and marks of an earlier check go.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use rust_xlsxwriter::{Color, ExcelDateTime, Format, Formula, Note as Comment, Workbook};
use wardbook_record::Lang;
use wardbook_sheet::{Preview, error_file, place_of, read_table};

use crate::{ReadOptions, look, read};

/// A list as an office keeps it: a title, colours, widths, dates, money, a formula, a second sheet,
/// and somebody's own comment.
fn list() -> Vec<u8> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00FF_FF00));
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let money = Format::new().set_num_format("#,##0").set_italic();
    let sheet = book.add_worksheet();
    sheet.set_name("Danh sách & khác").unwrap();
    sheet.set_column_width(0, 33).unwrap();
    sheet.merge_range(0, 0, 0, 3, "DANH SÁCH CÁN BỘ", &head).unwrap();
    for (column, text) in (0..).zip(["Họ và tên", "Ngày sinh", "CCCD", "Điện thoại", "Email"])
    {
        sheet.write_string_with_format(2, column, text, &head).unwrap();
    }
    let born = ExcelDateTime::from_ymd(1990, 2, 28).unwrap();
    for (row, (name, id)) in
        (3..).zip([("Lê Văn An", "074090000011"), ("Trần Thị Bé", "12"), ("Vũ Cường", "")])
    {
        sheet.write_string(row, 0, name).unwrap();
        sheet.write_datetime_with_format(row, 1, &born, &date).unwrap();
        sheet.write_string_with_format(row, 2, id, &money).unwrap();
        sheet.write_number_with_format(row, 3, 901_000_000.0, &money).unwrap();
        let mail = Formula::new("LOWER(\"AN\")&\"@example.vn\"").set_result("an@example.vn");
        sheet.write_formula(row, 4, mail).unwrap();
    }
    let own = Comment::new("hỏi lại chị Hoa").set_author("An");
    sheet.insert_note(3, 0, &own).unwrap();
    book.add_worksheet().write_number_with_format(0, 0, 12.5, &money).unwrap();
    book.save_to_buffer().unwrap()
}

fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        parts.insert(part.name().unwrap().into_owned(), text);
    }
    parts
}

/// The tags of the cells of the first sheet, by their places.
fn cells(bytes: &[u8]) -> BTreeMap<String, String> {
    let xml = parts(bytes).remove("xl/worksheets/sheet1.xml").unwrap();
    let (_, data) = xml.split_once("<sheetData>").unwrap();
    let found = data.split("<c ").skip(1);
    let place = |text: &str| text.split('"').nth(1).unwrap_or_default().to_owned();
    found
        .map(|text| (place(text), text.split("</row>").next().unwrap_or_default().to_owned()))
        .collect()
}

fn style(cell: &str) -> usize {
    let (_, rest) = cell.split_once(" s=\"").unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

/// The format of a style, and the colour behind it.
fn format(bytes: &[u8], style: usize) -> (String, String) {
    let xml = parts(bytes).remove("xl/styles.xml").unwrap();
    let (_, formats) = xml.split_once("<cellXfs").unwrap();
    let one = formats.split("<xf ").nth(style + 1).unwrap();
    let value = |name: &str| {
        one.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (_, fills) = xml.split_once("<fills").unwrap();
    let fill: usize = value("fillId").parse().unwrap();
    (value("numFmtId"), fills.split("<fill>").nth(fill + 1).unwrap_or_default().to_owned())
}

fn codes(preview: &Preview) -> Vec<(String, &'static str)> {
    let problems = preview.rows.iter().flat_map(|row| &row.problems);
    problems.map(|problem| (problem.cell.clone(), problem.code())).collect()
}

#[test]
fn what_was_not_wrong_stays_as_it_was_and_what_was_mended_is_taken() {
    let original = list();
    let table = read(&original).unwrap();
    let preview = look(&table);
    let wrong: Vec<_> = codes(&preview).into_iter().map(|(cell, _)| cell).collect();
    assert!(wrong.contains(&"C5".to_owned()), "{wrong:?}");
    let back = error_file(&original, &table, &preview.rows, Lang::Vi).unwrap();

    // Every part but these four is the same, byte by byte.
    let (before, after) = (parts(&original), parts(&back));
    let differ = after.iter().filter(|(name, text)| before.get(*name) != Some(text));
    let differ: Vec<_> = differ.map(|(name, _)| name.as_str()).collect();
    let expected = [
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    ];
    assert_eq!(differ, expected);
    // Of the sheet, every cell but the wrong ones.
    let (old, new) = (cells(&original), cells(&back));
    for (place, cell) in &old {
        assert_eq!(new[place] == *cell, !wrong.contains(place), "{place}: {cell} {}", new[place]);
    }
    // A wrong cell is red and else formatted as before.
    let (was, is) = (style(&old["C5"]), style(&new["C5"]));
    let ((old_format, _), (new_format, fill)) = (format(&original, was), format(&back, is));
    assert!(old_format == new_format && fill.contains("FFFF9C9C"), "{new_format} {fill}");
    let comments = &after["xl/comments1.xml"];
    assert!(comments.contains("hỏi lại chị Hoa") && comments.contains("ref=\"C5\""));

    // It reads as the file did; mended in a spreadsheet, it is taken.
    let again = read(&back).unwrap();
    assert_eq!(codes(&look(&again)), codes(&preview));
    let mut mended = again.clone();
    for cell in codes(&preview).iter().map(|(cell, _)| cell) {
        let (row, column) = place_of(cell).unwrap();
        let text =
            if column == 2 { format!("07409000{row:04}") } else { "an@example.vn".to_owned() };
        mended.set_cell(row, column, &text);
    }
    let preview = look(&mended);
    let last = error_file(&back, &mended, &preview.rows, Lang::Vi).unwrap();
    let table = read_table(&last, "ds.xlsx", &ReadOptions::default()).unwrap();
    assert_eq!(look(&table).counts.errors, 0, "{:?}", codes(&look(&table)));
    assert_eq!(table.text(5, 2), "074090000005");
    // The red of the first check is gone, the person's own comment is not.
    let (_, fill) = format(&last, style(&cells(&last)["C5"]));
    assert!(!fill.contains("FF9C9C"), "{fill}");
    let comments = &parts(&last)["xl/comments1.xml"];
    assert!(comments.contains("hỏi lại chị Hoa") && !comments.contains("ref=\"C5\""));
}

#[test]
fn a_text_file_and_an_odd_workbook_become_a_workbook_of_ours() {
    let text = "Họ và tên,CCCD\nLê Văn An,12\n".as_bytes();
    let table = read_table(text, "ds.csv", &ReadOptions::default()).unwrap();
    let preview = look(&table);
    let back = error_file(text, &table, &preview.rows, Lang::Vi).unwrap();
    assert_eq!(codes(&look(&read(&back).unwrap())), codes(&preview));
    // A workbook without styles has nothing that a mark could be made of.
    let inline = r#"t="inlineStr""#;
    let odd = crate::raw_workbook(&crate::Cells(&[
        ("A1", inline, "<is><t>Họ tên</t></is>"),
        ("B1", inline, "<is><t>CCCD</t></is>"),
        ("A2", inline, "<is><t>Lê Văn An</t></is>"),
        ("B2", inline, "<is><t>12</t></is>"),
    ]));
    let table = read(&odd).unwrap();
    let preview = look(&table);
    let back = error_file(&odd, &table, &preview.rows, Lang::Vi).unwrap();
    assert_eq!(codes(&look(&read(&back).unwrap())), codes(&preview));
    assert!(parts(&back)["xl/comments1.xml"].contains("B2"));
}
