//! The forms name only what the schema has, and the engine fills them as the paper wants.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{DocumentId, RowId};
use wardbook_record::{PartialDate, Person, Row, Scalar, schema};

use super::form::{Form, Value, form, forms};
use super::sheet::{Occasion, Office, Subject, sheet};
use super::{extract, extract_row, missing};

fn nobody_hides(_: &str) -> bool {
    false
}

fn day(text: &str) -> PartialDate {
    text.parse().unwrap()
}

fn person(values: &[(&str, &str)]) -> Person {
    let mut person = Person::new(DocumentId([7; 16]));
    for (key, value) in values {
        person.values.insert((*key).to_owned(), (*value).into());
    }
    person
}

fn row(person: &mut Person, table: &str, id: u8, cells: &[(&str, Scalar)]) {
    let cells: BTreeMap<_, _> =
        cells.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    person.tables.entry(table.to_owned()).or_default().insert(RowId([id; 16]), Row { cells });
}

fn paper(form: &Form, person: &Person, hidden: &dyn Fn(&str) -> bool) -> String {
    let office = Office { place: "Uyên Hưng".to_owned(), ..Office::default() };
    sheet(form, &Subject { person, photo: None }, &printed_by(office), hidden).into_string()
}

fn printed_by(office: Office) -> Occasion {
    let day = day("2026-03-09");
    Occasion { as_of: day, day, office }
}

/// The text of one item, without marks.
fn item(paper: &str, number: &str) -> String {
    let start = paper.find(&format!("data-item=\"{number}\"")).expect("the item");
    let rest = &paper[start..];
    let html = &rest[rest.find('>').unwrap() + 1..rest.find("</section>").unwrap()];
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

fn keys<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Key(key) | Value::Code { code: key } => into.push(key),
        Value::Text { .. } => {}
        Value::First { first: of } => of.iter().for_each(|value| keys(value, into)),
        Value::Joined(joined) => joined.of.iter().for_each(|value| keys(value, into)),
    }
}

#[test]
fn the_forms_have_every_item_in_order() {
    for (id, last) in [("syll", 38), ("2c", 33)] {
        let numbers: Vec<u32> = form(id)
            .unwrap()
            .items
            .iter()
            .map(|item| {
                let digits: String = item.no.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().unwrap()
            })
            .collect();
        assert!(numbers.is_sorted(), "{id}");
        let whole: BTreeSet<u32> = numbers.into_iter().collect();
        assert_eq!(whole, (1..=last).collect(), "{id}");
    }
    assert_eq!(forms().len(), 3);
}

#[test]
fn every_place_of_a_form_names_something_of_the_schema() {
    for form in forms() {
        let parts = form.items.iter().flat_map(|item| &item.parts);
        for part in parts.chain(&form.head).chain(&form.numbers) {
            let mut found = Vec::new();
            let table = match &part.value {
                Value::Joined(joined) => joined.rows.as_deref(),
                _ => None,
            };
            keys(&part.value, &mut found);
            for key in found {
                let known = match table {
                    None => schema().field(key).is_some(),
                    Some(table) => schema().column(table, key).is_some(),
                };
                assert!(known, "{}: {} {key}", form.id, part.label);
            }
        }
        for item in &form.items {
            let Some(rows) = &item.table else { continue };
            let width: u32 = rows.columns.iter().map(|column| u32::from(column.width)).sum();
            assert!(width == 100 || rows.across > 0, "{} {}: {width}", form.id, item.no);
            for source in &rows.sources {
                assert_eq!(source.cells.len(), rows.columns.len(), "{} {}", form.id, item.no);
                let mut found = vec![source.sort.as_str()];
                source.cells.iter().for_each(|cell| keys(cell, &mut found));
                for key in found {
                    let known = schema().column(&source.table, key).is_some();
                    assert!(known, "{} {}: {}.{key}", form.id, item.no, source.table);
                }
            }
        }
    }
    let extract = form("extract").unwrap();
    let width: u32 = extract.items.iter().map(|item| u32::from(item.width)).sum();
    assert_eq!(width, 96, "the running number takes the rest");
}

/// What the common form shows: every field and table of the schema, but those of the record's
/// administration and those that the form does not ask for.
#[test]
fn the_common_form_leaves_nothing_out_by_oversight() {
    let mut found = BTreeSet::new();
    let form = form("syll").unwrap();
    for part in form.items.iter().flat_map(|i| &i.parts).chain(&form.head).chain(&form.numbers) {
        let mut of = Vec::new();
        keys(&part.value, &mut of);
        found.extend(of);
    }
    let asked = |form_ref: &str| {
        // References such as `30.1; 2C 14`: the part before it is the common form's.
        let first = form_ref.split(';').next().unwrap_or_default().trim();
        first.starts_with(|c: char| c.is_ascii_digit()) && !first.starts_with("2C")
    };
    for field in schema().fields.iter().filter(|field| asked(&field.form_ref)) {
        let elsewhere = ["person_id_issue_place"];
        assert!(
            found.contains(field.key.as_str()) || elsewhere.contains(&field.key.as_str()),
            "{} ({})",
            field.key,
            field.form_ref
        );
    }
    let tables: BTreeSet<_> = form
        .items
        .iter()
        .filter_map(|item| item.table.as_ref())
        .flat_map(|rows| rows.sources.iter().map(|source| source.table.as_str()))
        .collect();
    let not_in_the_form = ["appointments", "planning", "election_memberships"];
    for table in schema().tables.iter().filter(|table| asked(&table.form_ref)) {
        let shown = tables.contains(table.key.as_str());
        assert!(shown || not_in_the_form.contains(&table.key.as_str()), "{}", table.key);
    }
}

#[test]
fn values_stand_where_they_belong_and_the_rest_is_dotted() {
    let person = person(&[
        ("full_name", "Nguyễn Thị Ánh"),
        ("sex", "F"),
        ("birth_date", "1985-04"),
        ("subject_type", "vien_chuc"),
        ("salary_coefficient", "3.66"),
        ("rank_code", "01.003"),
    ]);
    let paper = paper(form("syll").unwrap(), &person, &nobody_hides);
    assert_eq!(
        item(&paper, "1"),
        "1. Họ và tên khai sinh (chữ in hoa): NGUYỄN THỊ ÁNHGiới tính: Nữ"
    );
    assert_eq!(item(&paper, "3"), "3. Sinh ngày: 04/1985");
    assert!(item(&paper, "30.1").contains("Mã số: 01.003"), "{}", item(&paper, "30.1"));
    assert!(item(&paper, "30.1").contains("Hệ số: 3,66"));
    assert!(paper.contains("SƠ YẾU LÝ LỊCH VIÊN CHỨC"));
    assert!(paper.contains("Cơ quan quản lý viên chức"));
    assert!(paper.contains("Uyên Hưng, ngày 09 tháng 3 năm 2026"));
    let item_7 = &paper[paper.find("data-item=\"7\"").unwrap()..];
    assert!(item_7[..item_7.find("</section>").unwrap()].contains("class=\"dots\""));
}

#[test]
fn an_empty_record_has_dots_and_empty_rows_everywhere() {
    let empty = person(&[]);
    for id in ["syll", "2c"] {
        let paper = paper(form(id).unwrap(), &empty, &nobody_hides);
        assert!(paper.contains("class=\"blank\"") && !paper.contains("class=\"value\""), "{id}");
        assert!(paper.contains("CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC"), "{id}");
        let gaps = missing(form(id).unwrap(), &empty, day("2026-03-09"), &nobody_hides);
        assert!(gaps.len() > 20, "{id}: {}", gaps.len());
        assert!(gaps.iter().all(|gap| schema().section(&gap.section).is_some()), "{gaps:?}");
    }
}

#[test]
fn rows_stand_by_date_and_two_tables_make_one_row_a_year() {
    let mut p = person(&[]);
    let year = Scalar::Int;
    row(&mut p, "awards", 1, &[("year", year(2024)), ("form", "giay_khen".into())]);
    row(&mut p, "evaluations", 2, &[("year", year(2024)), ("rating", "HTTNV".into())]);
    row(&mut p, "evaluations", 3, &[("year", year(2023)), ("rating", "HTXSNV".into())]);
    for (id, from, org) in [(1, "2015-03", "Phường A"), (2, "2001", "Trường B")] {
        let cells = [("from_date", from.into()), ("org", org.into()), ("title", "Cán bộ".into())];
        row(&mut p, "work_history", id, &cells);
    }
    let syll = paper(form("syll").unwrap(), &p, &nobody_hides);
    let item_35 = item(&syll, "35.1");
    assert_eq!(item_35.matches("2024").count(), 1, "{item_35}");
    assert!(item_35.find("2023").unwrap() < item_35.find("2024").unwrap());
    let work = item(&syll, "33");
    assert!(work.find("Trường B").unwrap() < work.find("Phường A").unwrap(), "{work}");
    let old = paper(form("2c").unwrap(), &p, &nobody_hides);
    assert!(item(&old, "28").contains("03/2015 - nay"), "{}", item(&old, "28"));
    assert!(item(&old, "21").contains("Giấy khen, năm 2024"), "{}", item(&old, "21"));
}

#[test]
fn what_may_not_be_seen_is_neither_printed_nor_asked_for() {
    let mut p = person(&[("unit_remark", "Bí mật nội bộ"), ("religion", "khong")]);
    let cells = [("status", "da_phe_duyet".into()), ("title", "P06".into())];
    row(&mut p, "planning", 1, &cells);
    let hidden = |key: &str| ["unit_remark", "planned_titles", "full_name"].contains(&key);
    for id in ["syll", "2c"] {
        let form = form(id).unwrap();
        assert!(paper(form, &p, &nobody_hides).contains("Bí mật nội bộ"));
        assert!(!paper(form, &p, &hidden).contains("Bí mật nội bộ"));
        let gaps = missing(form, &p, day("2026-03-09"), &hidden);
        assert!(gaps.iter().all(|gap| gap.key != "full_name"));
    }
    let syll = form("syll").unwrap();
    assert_ne!(item(&paper(syll, &p, &nobody_hides), "24"), item(&paper(syll, &p, &hidden), "24"));
}

#[test]
fn a_post_is_called_as_on_the_day() {
    let p = person(&[("full_name", "Lê Văn Bảy"), ("current_title", "CB05")]);
    let extract = form("extract").unwrap();
    let line = extract_row(extract, 3, &p, day("2025-06-30"), &nobody_hides).into_string();
    assert!(line.contains("Lê Văn Bảy") && line.contains("Chủ tịch UBND"), "{line}");
    assert!(line.contains(">3<"), "{line}");
}

#[test]
fn the_head_of_the_office_signs_every_form_as_the_office_has_set_it() {
    let p = person(&[("full_name", "Lê Văn Bảy"), ("subject_type", "cong_chuc")]);
    let set = Office {
        superior: "Ủy ban nhân dân thành phố Tân Uyên".to_owned(),
        agency: "Ủy ban nhân dân phường Uyên Hưng".to_owned(),
        place: "Tân Uyên".to_owned(),
        signer_title: vec!["TM. ỦY BAN NHÂN DÂN".to_owned(), "CHỦ TỊCH <b>".to_owned()],
        signer_name: "Trần Thị Ký".to_owned(),
    };
    for form in forms() {
        assert_eq!(form.signatures.iter().filter(|s| s.office).count(), 1, "{}", form.id);
        let paper = |office: Office| {
            let occasion = printed_by(office);
            let paper = if form.one_line {
                let line = extract_row(form, 1, &p, occasion.as_of, &nobody_hides);
                extract(form, &[line], &occasion)
            } else {
                sheet(form, &Subject { person: &p, photo: None }, &occasion, &nobody_hides)
            };
            paper.into_string()
        };
        let (usual, own) = (paper(Office::default()), paper(set.clone()));
        let said = ["Thủ trưởng cơ quan, đơn vị", "……………, ngày 09 tháng 3 năm 2026"];
        let wanted = [
            "<p class=\"signer\">TM. ỦY BAN NHÂN DÂN</p><p class=\"signer\">CHỦ TỊCH &lt;b&gt;</p>",
            "<p class=\"name\">Trần Thị Ký</p>",
            "Tân Uyên, ngày 09 tháng 3 năm 2026",
        ];
        for words in said {
            assert!(usual.contains(words) && !own.contains(words), "{} {words}", form.id);
        }
        for words in wanted {
            assert!(own.contains(words) && !usual.contains(words), "{} {words}", form.id);
        }
        assert!(own.contains("Người khai") || own.contains("Người lập"), "the other signs as ever");
        let head = "<p class=\"above\">ỦY BAN NHÂN DÂN THÀNH PHỐ TÂN UYÊN</p><p>ỦY BAN NHÂN DÂN PHƯỜNG UYÊN HƯNG</p>";
        assert_eq!(own.contains(head), form.one_line, "{}", form.id);
        assert!(!usual.contains("class=\"above\""), "{}", form.id);
    }
}

#[test]
fn nothing_typed_becomes_markup() {
    let p = person(&[("full_name", "<script>alert(1)</script>"), ("unit_remark", "<b>x")]);
    let paper = paper(form("syll").unwrap(), &p, &nobody_hides);
    assert!(!paper.to_lowercase().contains("<script") && !paper.contains("<b>x"));
}
