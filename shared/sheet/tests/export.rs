//! What the program writes can be read again, and holds no formula.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use wardbook_base::{DocumentId, RowId, SeededDice, Timestamp};
use wardbook_record::{Edit, Lang, PartialDate, Path, Person, Row, RowIds, Scalar, summary_row};
use wardbook_sheet::{
    Preview, ReadOptions, SheetError, check, columns, export, export_csv, match_columns,
    read_table, template, update_edits, workbook,
};

fn as_of() -> PartialDate {
    "2025-06-30".parse().unwrap()
}

fn import(bytes: &[u8], name: &str) -> Preview {
    let table = read_table(bytes, name, &ReadOptions::default()).unwrap();
    let mut row_ids = RowIds::new(Timestamp(1_750_000_000_000), &SeededDice::new(2));
    check(&table, &match_columns(&table), as_of(), &|_| None, &mut row_ids)
}

fn person() -> Person {
    let mut person = Person::new(DocumentId([1; 16]));
    let texts = [
        ("full_name", "Trần Thị Ngọc Bích"),
        ("person_id_no", "074185001234"),
        ("birth_date", "1985-02"),
        ("sex", "F"),
        ("home_town.text", "Phường Uyên Hưng, Thành phố Tân Uyên, Tỉnh Bình Dương"),
        ("party_join_date", "2010-07-19"),
        ("current_title", "CB01"),
        ("rank_code", "01.003"),
        ("salary_coefficient", "3.66"),
        ("over_frame_percent", "5"),
        ("phone", "0912345678"),
        ("ethnic", "01"),
        ("general_education", "12/12"),
        ("house_granted.type", "Căn hộ"),
        ("verify_status", "draft"),
        ("unit_remark", "Hoàn thành tốt; có trách nhiệm"),
    ];
    for (key, text) in texts {
        person.values.insert(key.to_owned(), Scalar::Text(text.to_owned()));
    }
    person.values.insert("salary_step".to_owned(), Scalar::Int(5));
    person.values.insert("vtvl_salary".to_owned(), Scalar::Int(12_500_000));
    person.values.insert("defence_training".to_owned(), Scalar::Bool(true));
    let codes = ["con_liet_si", "benh_binh"].map(str::to_owned);
    person.codes.insert("policy_category".to_owned(), codes.into());
    for (n, (key, code)) in
        [("highest_qualification", "thac_si"), ("political_theory", "03")].into_iter().enumerate()
    {
        let row = summary_row(key, code).unwrap();
        let id = RowId([u8::try_from(n).unwrap(); 16]);
        person.tables.entry(row.table.to_owned()).or_default().insert(id, Row { cells: row.cells });
    }
    person
}

#[test]
fn an_export_changes_nothing_when_it_is_imported_again() {
    let person = person();
    for lang in [Lang::Vi, Lang::En] {
        let files = [
            (export(std::slice::from_ref(&person), &[], as_of(), lang).unwrap(), "ra.xlsx"),
            (export_csv(std::slice::from_ref(&person), &[], as_of(), lang).unwrap(), "ra.csv"),
        ];
        for (bytes, name) in files {
            let preview = import(&bytes, name);
            let row = &preview.rows[0];
            assert_eq!(row.problems, [], "{name} {lang:?}");
            assert!(preview.unmapped.is_empty(), "{:?}", preview.unmapped);
            let changes = update_edits(&person, &row.edits, as_of());
            assert_eq!(changes, [], "{name} {lang:?}");
            assert!(row.edits.len() > 20, "everything came back: {}", row.edits.len());
        }
    }
}

#[test]
fn an_update_keeps_only_what_differs() {
    let person = person();
    let mut edits = vec![
        Edit::set_field("phone", "0912345678"),
        Edit::set_field("email", "b@example.vn"),
        Edit::set(Path::code("policy_category", "con_liet_si"), true),
        Edit::set(Path::code("policy_category", "thuong_binh"), true),
    ];
    for code in ["03", "02"] {
        let row = summary_row("political_theory", code).unwrap();
        edits.push(Edit::AddRow {
            table: row.table.to_owned(),
            row: RowId([9; 16]),
            cells: row.cells,
        });
    }
    let kept = update_edits(&person, &edits, as_of());
    assert_eq!(kept, [edits[1].clone(), edits[3].clone(), edits[5].clone()]);
}

#[test]
fn no_value_becomes_a_formula() {
    let risky = ["=1+1", "+84 901", "-2", "@SUM(A1)", "=cmd|'/c calc'!A1", "'=x"];
    for text in risky {
        let mut person = person();
        person.values.insert("other_names".to_owned(), Scalar::Text(text.to_owned()));
        let keys = ["full_name", "other_names"];
        let bytes = export(std::slice::from_ref(&person), &keys, as_of(), Lang::Vi).unwrap();
        let table = read_table(&bytes, "ra.xlsx", &ReadOptions::default()).unwrap();
        let cell = table.rows[0].cell(1).unwrap();
        assert_eq!((cell.text.as_str(), cell.formula), (text, false));

        let csv = export_csv(std::slice::from_ref(&person), &keys, as_of(), Lang::Vi).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        let field = csv.lines().nth(1).unwrap().split_once(',').unwrap().1;
        assert!(field.trim_start_matches('"').starts_with('\''), "{field}");
        let back = read_table(csv.as_bytes(), "ra.csv", &ReadOptions::default()).unwrap();
        assert_eq!(back.rows[0].cell(1).unwrap().text, text);
    }
}

#[test]
fn the_template_can_be_filled_in_and_read() {
    for lang in [Lang::Vi, Lang::En] {
        let bytes = template(lang).unwrap();
        let empty = read_table(&bytes, "mau.xlsx", &ReadOptions::default());
        assert_eq!(empty, Err(SheetError::NoRows), "it has the header and no rows");
        assert_eq!(bytes, template(lang).unwrap(), "the same bytes each time");
        let all: Vec<_> = columns().iter().collect();
        let filled = workbook(&all, &[vec!["Lê Văn An".to_owned()]], lang).unwrap();
        let preview = import(&filled, "mau.xlsx");
        assert_eq!(preview.columns.len(), all.len());
        assert_eq!((preview.unmapped.len(), preview.notes.len(), preview.counts.ready), (0, 0, 1));
    }
}
