//! What is refused, and that nothing is written then.

use proptest::prelude::*;

use super::super::{events, options, prepare};
use super::*;
use crate::lang::Lang;
use crate::problem::Level;
use crate::schema::Kind;
use crate::validate::validate;

/// The boxes that stop an action, with the kind of problem.
fn refused(key: &str, person: &Person, boxes: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let Err(faults) = attempt(key, person, boxes) else { return Vec::new() };
    for fault in &faults {
        for lang in [Lang::Vi, Lang::En] {
            let words = format!("{} {}", fault.reason(lang), fault.remedy(lang));
            assert!(!words.contains(['{', '}']) && words.len() > 20, "{words}");
            assert!(!fault.label(event(key).unwrap(), lang).is_empty());
        }
    }
    faults.into_iter().map(|f| (f.input.unwrap_or_default(), f.problem.code)).collect()
}

fn one(input: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(input.to_owned(), code)]
}

#[test]
fn a_decision_without_number_date_or_signer_is_no_decision() {
    for event in events().all.iter().filter(|event| event.has_decision()) {
        let empty = [("decision_no", ""), ("decision_date", " "), ("signer", "-")];
        let found = refused(&event.key, &official(), &empty);
        for key in ["decision_no", "decision_date", "signer"] {
            assert!(found.contains(&(key.to_owned(), "missing")), "{}: {found:?}", event.key);
        }
    }
}

#[test]
fn wrong_dates_are_named_at_their_boxes() {
    let try_it = |boxes: &[(&str, &str)]| {
        let boxes: Vec<_> = [("title", "P16")].iter().chain(boxes).copied().collect();
        refused("appoint", &official(), &boxes)
    };
    assert_eq!(try_it(&[("effective", "31/02/2026")]), one("effective", "no_such_day"));
    assert_eq!(try_it(&[("effective", "mai")]), one("effective", "not_a_date"));
    assert_eq!(try_it(&[("effective", "12/2026")]), one("effective", "date_not_full"));
    assert_eq!(
        try_it(&[("decision_date", "23/11/2026")]),
        one("decision_date", "event_decision_in_future")
    );
    assert_eq!(try_it(&[("decision_date", "22/11/2026")]), []);
    let before = try_it(&[("effective", "01/07/2025")]);
    assert!(
        !before.is_empty()
            && before.iter().all(|f| f == &one("effective", "event_before_present")[0]),
        "{before:?}"
    );
    let second = [THERE, ("until", "01/11/2026")];
    assert_eq!(refused("second", &official(), &second), one("until", "event_dates_out_of_order"));
}

#[test]
fn a_discipline_must_be_in_the_list_of_its_day() {
    let boxes = |form, day| [("form", form), ("effective", day), ("violation", "Vi phạm")];
    for form in ["giang_chuc", "ha_bac_luong"] {
        assert_eq!(
            refused("discipline", &official(), &boxes(form, "01/07/2025")),
            one("form", "code_not_valid")
        );
        assert_eq!(
            refused("discipline", &official(), &boxes(form, "30/06/2025")),
            [],
            "{form} was one then"
        );
    }
    assert_eq!(refused("discipline", &official(), &boxes("canh_cao", "01/07/2025")), []);
    // A post of before July 2025 cannot be given any more.
    assert_eq!(
        refused("appoint", &official(), &[("title", "CB05")]),
        one("title", "code_not_valid")
    );
}

#[test]
fn what_does_not_fit_the_person_is_refused() {
    let with = |key: &str, value: &str| {
        let mut person = official();
        if value.is_empty() {
            person.values.remove(key);
        } else {
            person.values.insert(key.to_owned(), value.into());
        }
        person
    };
    assert_eq!(
        refused("appoint", &with("work_status", "da_nghi_huu"), &[("title", "P16")]),
        one("", "event_gone")
    );
    assert_eq!(
        refused("appoint", &with("retired", "nhập nhầm"), &[("title", "P16")]),
        one("", "event_record_retired")
    );
    assert_eq!(refused("end_second", &official(), &[]), one("", "event_wrong_status"));
    let no_post = refused("reappoint", &with("current_title", ""), &[]);
    assert!(no_post.contains(&(String::new(), "event_needs")), "{no_post:?}");
    assert!(
        refused("salary_step", &with("rank_code", ""), &[("step", "5")])
            .contains(&(String::new(), "event_needs"))
    );
}

#[test]
fn what_does_not_go_together_is_refused() {
    let official = official();
    assert_eq!(refused("salary_step", &official, &[("step", "4")]), one("step", "event_not_more"));
    assert_eq!(refused("salary_step", &official, &[("step", "13")]), one("step", "out_of_range"));
    assert_eq!(refused("reward", &official, &[("content", "Tốt")]), one("form", "event_one_of"));
    let period =
        [("general_30", "31"), ("qty_pct", "100"), ("quality_pct", "101"), ("progress_pct", "100")];
    assert_eq!(
        refused("evaluate_period", &official, &period),
        [("general_30".to_owned(), "out_of_range"), ("quality_pct".to_owned(), "out_of_range")]
    );
    let leader = [
        ("general_30", "30"),
        ("qty_pct", "100"),
        ("quality_pct", "100"),
        ("progress_pct", "100"),
        ("unit_pct", "90"),
    ];
    assert_eq!(
        refused("evaluate_period", &official, &leader),
        [
            ("organise_pct".to_owned(), "event_all_or_none"),
            ("unity_pct".to_owned(), "event_all_or_none")
        ]
    );
    let march = [
        ("period", "tháng 3"),
        ("general_30", "30"),
        ("qty_pct", "100"),
        ("quality_pct", "100"),
        ("progress_pct", "100"),
    ];
    assert_eq!(refused("evaluate_period", &official, &march), one("period", "bad_period"));
    let unrated = refused("evaluate_year", &official, &[]);
    assert!(unrated.iter().any(|(_, code)| *code == "event_cannot_compute"), "{unrated:?}");
    assert_eq!(
        refused("appoint", &official, &[("how", "nghi_huu"), ("title", "P16")]),
        one("how", "event_not_offered")
    );
    assert_eq!(
        refused(
            "plan_remove",
            &official,
            &[("row", &"0".repeat(32)), ("removal_reason", "vi_pham")]
        ),
        one("row", "event_no_row")
    );
}

#[test]
fn the_same_decision_is_not_written_twice() {
    let once = after("reward", &official(), &[("form", "giay_khen"), ("content", "Tốt")]);
    let again = [("form", "giay_khen"), ("content", "Tốt")];
    assert_eq!(refused("reward", &once, &again), one("decision_no", "event_twice"));
    assert_eq!(refused("reward", &once, &[("decision_no", "46/QĐ"), again[0], again[1]]), []);
}

#[test]
fn the_form_begins_with_what_is_known() {
    let first = prepare(event("salary_step").unwrap(), &official(), day(TODAY), HERE);
    assert_eq!(first["step"], "5");
    assert_eq!(first["effective"], "01/10/2026", "when the raise is due");
    assert_eq!(first["decision_org"], OFFICE);
    assert_eq!(first["decision_no"], "");
    let form = event("discipline").unwrap().input("form").unwrap();
    let offered = options(form, &official(), day(TODAY), HERE, Lang::Vi).unwrap();
    let label = |code: &str| offered.iter().find(|(known, _)| known == code).unwrap().1.clone();
    assert_eq!(label("giang_chuc"), "Giáng chức (đến 30/06/2025)");
    assert_eq!(label("canh_cao"), "Cảnh cáo");
}

#[test]
fn the_check_shows_what_stands_and_what_will_stand() {
    let before = official();
    let made = attempt("appoint", &before, &[("title", "P16")]).unwrap();
    let lines = made.lines(&before, Lang::Vi);
    let line = |label: &str| lines.iter().find(|l| l.label == label).unwrap();
    let title = line("Chức vụ (chức danh) hiện tại");
    assert_eq!((title.before.as_str(), title.after.as_str()), ("Phó Trưởng phòng", "Trưởng phòng"));
    let job = line("Tóm tắt quá trình công tác: Đến tháng/năm");
    assert_eq!((job.before.as_str(), job.after.as_str()), ("", "11/2026"));
    assert!(job.row.contains("Phó Trưởng phòng"));
    assert!(lines.iter().any(|l| l.is_new_row && l.after.contains("người ký: Trần Văn Bình")));
}

/// Something that fits a box, or nothing where nothing may stand.
fn filling(input: &'static super::super::Input, seed: u64) -> String {
    let choices = options(input, &official(), day(TODAY), HERE, Lang::Vi).unwrap_or_default();
    let valid: Vec<&String> = choices
        .iter()
        .map(|(code, _)| code)
        .filter(|code| input.field.item(code).is_none_or(|item| item.valid_on(day("2026-12-01"))))
        .collect();
    if !input.field.required && seed.is_multiple_of(3) {
        return String::new();
    }
    match &input.field.kind {
        _ if !valid.is_empty() => valid[usize::try_from(seed).unwrap() % valid.len()].clone(),
        Kind::Date if input.key() == "decision_date" => "20/11/2026".to_owned(),
        Kind::Date => format!("{:02}/{:02}/{}", 1 + seed % 28, 1 + seed % 12, 2027 + seed % 4),
        Kind::Month => format!("{:02}/{}", 1 + seed % 12, 2020 + seed % 7),
        Kind::Int { .. } if input.key().ends_with("year") => (2026 + seed % 3).to_string(),
        Kind::Int { min, .. } => (min + i64::try_from(seed % 9).unwrap()).to_string(),
        Kind::Decimal { .. } | Kind::Percent => format!("{},{}", seed % 30, seed % 100),
        Kind::Money => (seed * 1000).to_string(),
        Kind::Bool => "1".to_owned(),
        _ if input.key() == "person_id_no" => format!("0740850{:05}", seed % 100_000),
        _ if input.key() == "period" => format!("2026-{:02}", 1 + seed % 12),
        _ => format!("Nội dung {seed}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_an_action_writes_is_never_a_new_error_and_is_all_or_nothing(
        which in 0_usize..34,
        seeds in proptest::collection::vec(0_u64..10_000, 16),
    ) {
        let event = &events().all[which];
        let person = official();
        let boxes: Vec<(&str, String)> = event
            .inputs
            .iter()
            .enumerate()
            .map(|(at, input)| (input.key(), filling(input, seeds[at % seeds.len()])))
            .collect();
        let boxes: Vec<(&str, &str)> = boxes.iter().map(|(k, v)| (*k, v.as_str())).collect();
        match attempt(&event.key, &person, &boxes) {
            Err(faults) => prop_assert!(!faults.is_empty()),
            Ok(made) => {
                let read = through_document(&person, &made.edits);
                prop_assert_eq!(&read, &made.after);
                let known = validate(&person, day(TODAY));
                let errors = validate(&read, day(TODAY))
                    .into_iter()
                    .filter(|p| p.level == Level::Error && !known.contains(p));
                prop_assert_eq!(errors.collect::<Vec<_>>(), vec![]);
                prop_assert!(!made.edits.is_empty(), "{} writes nothing", &event.key);
            }
        }
    }

    #[test]
    fn whatever_is_typed_never_panics(which in 0_usize..34, text in "\\PC{0,12}") {
        let event = &events().all[which];
        let boxes: Vec<(&str, &str)> =
            event.inputs.iter().map(|input| (input.key(), text.as_str())).collect();
        let _ = attempt(&event.key, &official(), &boxes);
    }
}
