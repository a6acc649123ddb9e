//! What a record is told about itself, each rule as an example.

use std::collections::BTreeMap;

use wardbook_base::DocumentId;

use super::*;
use crate::lang::Lang;

const DAY: &str = "2025-06-30";

fn sound() -> Person {
    let mut person = Person::new(DocumentId([1; 16]));
    for (key, value) in [
        ("full_name", "Nguyễn Văn An"),
        ("sex", "M"),
        ("birth_date", "1980-02-28"),
        ("person_id_no", "074080000123"),
        ("person_id_issue_date", "2021-05-01"),
        ("phone", "0912345678"),
        ("current_title", "CB05"),
        ("title_appoint_date", "2021-07-01"),
        ("rank_code", "01.003"),
        ("salary_coefficient", "3"),
        ("secrecy_level", "khong_mat"),
    ] {
        person.values.insert(key.to_owned(), value.into());
    }
    person.values.insert("salary_step".to_owned(), Scalar::Int(3));
    person
}

fn found_in(person: &Person) -> Vec<String> {
    validate(person, DAY.parse().unwrap())
        .iter()
        .filter(|problem| problem.code != MISSING)
        .map(|problem| format!("{} {}", problem.path, problem.code))
        .collect()
}

fn check(key: &str, value: impl Into<Scalar>, expected: &[&str]) {
    let mut person = sound();
    person.values.insert(key.to_owned(), value.into());
    assert_eq!(found_in(&person), expected, "{key}");
}

fn row(cells: &[(&str, &str)]) -> Row {
    let cells = cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
    Row { cells: cells.collect() }
}

#[test]
fn a_sound_record_lacks_at_most_what_is_missing() {
    let person = sound();
    assert_eq!(found_in(&person), [""; 0]);
    let problems = validate(&person, DAY.parse().unwrap());
    let missing: Vec<String> = problems.iter().map(|problem| problem.path.to_string()).collect();
    assert!(missing.contains(&"birth_place".to_owned()));
    assert!(missing.contains(&"highest_qualification".to_owned()), "computed, but nothing to");
    assert!(!missing.contains(&"record_id".to_owned()) && !missing.contains(&"sex".to_owned()));
    assert!(problems.iter().all(|problem| problem.level == Level::Warning));
}

#[test]
fn single_values_are_checked() {
    check("birth_date", "32/13/1980", &["birth_date no_such_day"]);
    check("party_join_date", "2010", &["party_join_date date_not_full"]);
    check("sex", "X", &["sex unknown_code"]);
    check("person_id_no", "07408000012", &["person_id_no wrong_digits"]);
    check("phone", "12345", &["phone bad_phone"]);
    check("email", "an at donvi", &["email bad_email"]);
    check("salary_step", "ba", &["salary_step not_a_number"]);
    check(
        "salary_step",
        Scalar::Int(13),
        &["salary_step out_of_range", "salary_step step_beyond_scale"],
    );
    check("salary_coefficient", "3,0x", &["salary_coefficient not_a_number"]);
    check("secrecy_level", "mat", &["secrecy_level secrecy_not_allowed"]);
    check("birth_place.unit", "25888.1", &[]);
    check("birth_place.unit", "99999.9", &["birth_place.unit unknown_unit"]);
    check("strength", "a".repeat(10_001), &["strength text_too_long"]);
    check("job_before", Scalar::Bool(true), &["job_before wrong_form"]);
}

#[test]
fn posts_are_checked_by_the_list_of_the_date() {
    check("current_title", "CB06", &[]);
    check("current_title", "P06", &["current_title code_not_valid"]);
    let person = sound();
    let later = validate(&person, "2025-07-01".parse().unwrap());
    assert!(later.iter().any(|p| p.code == "code_not_valid" && p.value == "Chủ tịch UBND"));
}

#[test]
fn the_identification_number_is_compared_with_sex_and_birth() {
    check("person_id_no", "999080000123", &["person_id_no cccd_province"]);
    check("sex", "F", &["person_id_no cccd_sex"]);
    check("birth_date", "1981", &["person_id_no cccd_year"]);
    let mut born_2001 = sound();
    born_2001.values.insert("person_id_no".into(), "074301000123".into());
    born_2001.values.insert("birth_date".into(), "2001".into());
    born_2001.values.insert("sex".into(), "F".into());
    assert_eq!(found_in(&born_2001), [""; 0]);
}

#[test]
fn dates_and_pay_are_compared_with_each_other() {
    check("first_recruit_date", "1979-01-01", &["first_recruit_date dates_out_of_order"]);
    check("first_recruit_date", "1990-01-01", &["first_recruit_date too_soon"]);
    check(
        "birth_date",
        "2080-02-28",
        &[
            "birth_date date_in_future",
            "person_id_issue_date dates_out_of_order",
            "person_id_no cccd_year",
        ],
    );
    check("party_official_date", "2020-01-01", &["party_join_date missing_with"]);
    check("salary_coefficient", "3.33", &["salary_coefficient coefficient_mismatch"]);
}

#[test]
fn rows_are_checked_by_their_own_dates() {
    let mut person = sound();
    let id = |n: u8| RowId([n; 16]);
    let discipline = [("from_date", "2020-01"), ("system", "chinh_quyen"), ("form", "giang_chuc")];
    person.tables.insert("disciplines".into(), BTreeMap::from([(id(1), row(&discipline))]));
    assert_eq!(
        validate(&person, "2026-01-01".parse().unwrap())
            .iter()
            .filter(|problem| matches!(problem.path, Path::Cell { .. }))
            .count(),
        0,
        "the form existed when it was used"
    );
    let job = |from: &str, to: &str| {
        row(&[("from_date", from), ("to_date", to), ("org", "A"), ("title", "B")])
    };
    let jobs = BTreeMap::from([
        (id(1), job("2001-01", "2005-06")),
        (id(2), job("2005-06", "2010-01")),
        (id(3), job("2009-01", "2008-01")),
        (id(4), row(&[("from_date", "2019"), ("retired", "nhập nhầm")])),
    ]);
    person.tables.insert("work_history".into(), jobs);
    let summary = crate::computed::summary_row("highest_qualification", "dai_hoc").unwrap();
    let bare = row(&[("level", "dai_hoc")]);
    let degrees = BTreeMap::from([(id(5), Row { cells: summary.cells }), (id(6), bare)]);
    person.tables.insert("degrees".into(), degrees);
    let found = found_in(&person);
    let hex = |n: u8| id(n).to_string();
    assert_eq!(
        found,
        [
            format!("degrees/{}/from_date missing_cell", hex(6)),
            format!("degrees/{}/school missing_cell", hex(6)),
            format!("work_history/{}/to_date dates_out_of_order", hex(3)),
            format!("work_history/{}/from_date overlap", hex(3)),
        ]
    );
}

#[test]
fn a_retired_record_has_no_problems() {
    let mut person = sound();
    person.values.insert("sex".into(), "X".into());
    person.values.insert("retired".into(), "nhập trùng".into());
    assert_eq!(validate(&person, DAY.parse().unwrap()), []);
}

#[test]
fn a_problem_says_what_where_and_how_to_mend_it() {
    let mut person = sound();
    person.values.insert("first_recruit_date".into(), "1979-01-01".into());
    let problems = validate(&person, DAY.parse().unwrap());
    let problem = problems.iter().find(|p| p.code == "dates_out_of_order").unwrap();
    let vi = "\"Ngày được tuyển dụng lần đầu\" (01/01/1979) sớm hơn \"Ngày sinh\" (28/02/1980).";
    assert_eq!(problem.reason(Lang::Vi), vi);
    assert_eq!(problem.remedy(Lang::En), "Check both dates.");
    for problem in problems {
        for text in [problem.reason(Lang::Vi), problem.remedy(Lang::Vi), problem.reason(Lang::En)] {
            assert!(!text.contains('{') && text.ends_with('.'), "{text}");
        }
    }
}
