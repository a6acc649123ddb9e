//! Every tab and every form of a record obeys the rules that every page must obey.

use wardbook_base::{ChangeHash, DocumentId, RowId, Timestamp};
use wardbook_record::{Lang, PartialDate, Path, Person, Row, Scalar, schema, validate};

use super::*;
use crate::check::page_faults;
use crate::kit::field_id;
use crate::{PageContext, print};

fn day() -> PartialDate {
    PartialDate::parse_stored("2026-11-22").expect("a day")
}

fn context(lang: Lang) -> PageContext {
    PageContext { lang, path: "/people/0a".to_owned(), ..PageContext::default() }
}

/// Somebody with a row in each table.
fn somebody() -> Person {
    let mut person = Person::new(DocumentId([1; 16]));
    for (key, value) in [("full_name", "Trần Thị Mận"), ("sex", "F"), ("birth_date", "31/2/1990")]
    {
        person.values.insert(key.to_owned(), Scalar::from(value));
    }
    for table in &schema().tables {
        let cells = [(table.columns[0].key.clone(), Scalar::from("2010-03"))].into();
        person.tables.entry(table.key.clone()).or_default().insert(RowId([2; 16]), Row { cells });
    }
    person
}

#[test]
fn every_tab_and_every_form_is_in_order_in_both_languages() {
    let person = somebody();
    let problems = validate(&person, day());
    for lang in [Lang::Vi, Lang::En] {
        let ctx = context(lang);
        let view = RecordView {
            takes_files: true,
            person: &person,
            problems: &problems,
            conflicts: &[Path::field("phone")],
            edit_base: Some("/people/0a"),
            as_of: day(),
        };
        let access = TabAccess {
            may_edit: true,
            may_edit_table: &|_| true,
            may_read: &|key| key != "religion",
        };
        for section in &schema().sections {
            let tab = section_tab(&ctx, &view, section, access).into_string();
            assert_eq!(page_faults(&tab), Vec::<String>::new(), "{}", section.key);
            assert!(!tab.contains("Tôn giáo") && !tab.contains("[dossier"), "{}", section.key);
            let values = FormValues::of_section(section, &person, &[]);
            let form = FormView::new(&values, &problems, ("/a", "/b"), day());
            let form = section_form(&ctx, section, &form).into_string();
            assert_eq!(page_faults(&form), Vec::<String>::new(), "{}", section.key);
        }
        for table in &schema().tables {
            let values = FormValues::of_row(table, None, &[]);
            let form = FormView::new(&values, &[], ("/a", "/b"), day());
            let form = row_form(&ctx, table, &form).into_string();
            assert_eq!(page_faults(&form), Vec::<String>::new(), "{}", table.key);
        }
    }
}

#[test]
fn each_missing_item_leads_to_a_box_that_is_there() {
    let (person, ctx) = (Person::new(DocumentId([1; 16])), context(Lang::Vi));
    let form = print::form("syll").expect("the form in force");
    let lacking = print::missing(form, &person, day(), &|_| false);
    let problems = validate(&person, day());
    let mut items = missing_items(&lacking, Some(""));
    items.extend(wrong_items(Lang::Vi, &problems, &lacking, Some("")));
    assert!(items.len() > 15, "{}", items.len());
    for item in &items {
        let Some((address, focus)) = item.href.split_once("?focus=") else {
            assert!(item.href.starts_with("/tables/") || item.href.is_empty(), "{item:?}");
            continue;
        };
        let section = schema().section(address.trim_start_matches("/sections/"));
        let section = section.unwrap_or_else(|| panic!("{item:?}"));
        let name = focus.split('#').next().unwrap_or_default();
        let values = FormValues::of_section(section, &person, &[]);
        let view = FormView { focus: name, ..FormView::new(&values, &[], ("/a", "/b"), day()) };
        let page = section_form(&ctx, section, &view).into_string();
        assert!(page.contains(&format!("id=\"{}\"", field_id(name))), "{item:?}");
    }
}

#[test]
fn a_card_has_a_column_for_each_version_and_one_for_another_value() {
    let value = |hash: u8, who: &str, shown: &str| ValueInConflict {
        hash: ChangeHash([hash; 32]),
        shown: shown.to_owned(),
        who: who.to_owned(),
        place: "Máy 1".to_owned(),
        device_time: Timestamp(1_749_949_200_000),
        received_at: None,
        winner: hash == 1,
    };
    let field = |key: &str, values| FieldInConflict {
        path: Path::field(key),
        label: key.to_owned(),
        before: "2,67".to_owned(),
        values,
    };
    let card = ConflictCardView {
        record_link: "/people/0a".to_owned(),
        full_name: "Trần Thị Mận".to_owned(),
        ward_name: String::new(),
        heads: vec![ChangeHash([1; 32])],
        fields: vec![
            field("phone", vec![value(1, "Hoa", "0901"), value(2, "Nam", "0902")]),
            field("current_title", vec![value(1, "Hoa", "P01"), value(3, "Lan", "P02")]),
        ],
        action: Some("/people/0a/conflicts".to_owned()),
        as_of: day(),
    };
    let shown = conflict_card(&context(Lang::Vi), &card).into_string();
    assert_eq!(page_faults(&shown), Vec::<String>::new());
    for head in
        ["Trước đó", "1. Hoa – Máy 1", "2. Nam – Máy 1", "3. Lan – Máy 1", "4. Giá trị khác"]
    {
        assert!(shown.contains(head), "{head}");
    }
    assert_eq!(shown.matches("type=\"radio\"").count(), 6, "four values and two others");
    let read_only = conflict_card(&context(Lang::Vi), &ConflictCardView { action: None, ..card });
    assert!(!read_only.into_string().contains("type=\"radio\""));
}
