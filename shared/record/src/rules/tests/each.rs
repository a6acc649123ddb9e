//! The rules over one record: for each a record that fires it and one, as like as can be, that does
//! not.

use super::*;

/// What fires, what must be found, and what stays silent about that rule.
type Case = (&'static [&'static str], &'static str, &'static [&'static str]);

const CASES: [Case; 38] = [
    (
        &["evaluations: year=2024, rating=HTNV", "evaluations: year=2025, rating=KHTNV"],
        "R01 two_years",
        &["evaluations: year=2023, rating=HTNV", "evaluations: year=2025, rating=HTNV"],
    ),
    (
        &["evaluations: year=2024, rating=HTTNV", "evaluations: year=2025, rating=KHTNV"],
        "R02 one_year",
        &["evaluations: year=2024, rating=KHTNV", "evaluations: year=2025, rating=HTTNV"],
    ),
    (
        &["evaluations: year=2024, rating=KHTNV", "evaluations: year=2025, rating=KHTNV"],
        "R02 two_years",
        &["evaluations: year=2024, rating=HTNV", "evaluations: year=2025, rating=KHTNV"],
    ),
    (
        &["evaluations: year=2026, rating=HTXSNV, final_score=89.99"],
        "R03 rating_differs",
        &["evaluations: year=2026, rating=HTXSNV, final_score=90"],
    ),
    (
        &[
            "evaluations: year=2026, rating=HTNV",
            "disciplines: from_date=2026-03, form=khien_trach",
        ],
        "R03 disciplined",
        &[
            "evaluations: year=2026, rating=KHTNV",
            "disciplines: from_date=2026-03, form=khien_trach",
        ],
    ),
    (
        &[
            "evaluation_periods: period=2026-03, qty_pct=100, quality_pct=90, progress_pct=80, task_70=63.1",
        ],
        "R05 task_differs",
        &[
            "evaluation_periods: period=2026-03, qty_pct=100, quality_pct=90, progress_pct=80, task_70=63",
        ],
    ),
    (
        &["evaluation_periods: period=2026-03, general_30=28, task_70=63, total=90"],
        "R05 total_differs",
        &["evaluation_periods: period=2026-03, general_30=28, task_70=63, total=91"],
    ),
    (
        &["subject_type=cong_chuc", "current_title=P31", "degrees: level=cao_dang"],
        "R06 below",
        &["subject_type=cong_chuc", "current_title=P31", "degrees: level=dai_hoc"],
    ),
    (
        &["subject_type=can_bo", "current_title=P01", "degrees: level=dai_hoc"],
        "R06 unknown",
        &[
            "subject_type=can_bo",
            "current_title=P01",
            "degrees: level=dai_hoc",
            "political_courses: level=02",
        ],
    ),
    (
        &["conversion_log: position=P33, since=2023-12-01"],
        "R08 due 2026-12-01",
        &["conversion_log: position=P33, since=2023-12-01, done=2026-10-01"],
    ),
    (
        &["conversion_log: position=P33, since=2023-12-01, due=2028-12-01"],
        "R08 due 2028-12-01",
        &["conversion_log: position=P33, since=2023-12-01, exempt=om_nang"],
    ),
    (&["current_title=P33"], "R08 no_start", &["current_title=P30"]),
    (
        &["sex=M", "birth_date=1966-06-01", "conversion_log: position=P33, since=2023-01-01"],
        "R08 due 2026-01-01",
        // The right age is 62 years from 2028; within 18 months of it nothing is converted.
        &["sex=M", "birth_date=1965-06-01", "conversion_log: position=P33, since=2023-01-01"],
    ),
    (
        &["current_title=P07", "title_appoint_date=2021-12-15"],
        "R09 due 2026-12-15",
        // No leader: no term.
        &["current_title=P33", "title_appoint_date=2021-12-15"],
    ),
    (
        &["current_title=P06", "appointments: title=P06, org=A, kind=chinh, from_date=2018-03-01"],
        "R10 due 2028-03-01",
        // A deputy heads no unit.
        &["current_title=P07", "appointments: title=P07, org=A, kind=chinh, from_date=2018-03-01"],
    ),
    (&["sex=M", "birth_date=1965-06-15"], "R11 due 2026-12-15", &["birth_date=1965-06-15"]),
    (&["sex=F", "birth_date=1975"], "R12 year_only", &["sex=F", "birth_date=1975-01"]),
    (
        &[
            "planning: term=2025-2030, title=P01, status=da_phe_duyet",
            "planning: term=2025-2030, title=P02, status=da_phe_duyet",
            "planning: term=2025-2030, title=P03, status=bo_sung",
            "planning: term=2025-2030, title=P06, status=da_phe_duyet",
        ],
        "R13 too_many_posts",
        &[
            "planning: term=2025-2030, title=P01, status=da_phe_duyet",
            "planning: term=2025-2030, title=P02, status=da_phe_duyet",
            "planning: term=2025-2030, title=P03, status=bo_sung",
            "planning: term=2025-2030, title=P06, status=dua_ra",
            "planning: term=2030-2035, title=P06, status=da_phe_duyet",
        ],
    ),
    (
        &["current_title=P06", "planning: term=2025-2030, title=P16, status=da_phe_duyet"],
        "R13 not_higher",
        &["current_title=P16", "planning: term=2025-2030, title=P06, status=da_phe_duyet"],
    ),
    (
        &["planning: term=2025-2030, title=P06, status=da_phe_duyet, review_year=2025"],
        "R13 review 2026-12-31",
        &["planning: term=2025-2030, title=P06, status=de_xuat, review_year=2025"],
    ),
    (
        &[
            "planning: term=2025-2030, title=P06, status=da_phe_duyet, decision_date=2025-11-01",
            "disciplines: from_date=2026-02, form=khien_trach",
        ],
        "R14 discipline",
        &[
            "planning: term=2025-2030, title=P06, status=da_phe_duyet, decision_date=2025-11-01",
            "disciplines: from_date=2020-02, form=khien_trach",
        ],
    ),
    (
        &[
            "sex=F",
            "birth_date=1972-01-01",
            "planning: term=2025-2030, title=P06, status=da_phe_duyet",
        ],
        "R14 cannot_serve",
        &[
            "sex=F",
            "birth_date=1985-01-01",
            "planning: term=2025-2030, title=P06, status=da_phe_duyet",
        ],
    ),
    (
        &["rank_code=01.003", "salary_step=3", "salary_date=2024-01-01"],
        "R15 due 2027-01-01",
        &["salary_step=3", "salary_date=2024-01-01"],
    ),
    (
        &[
            "rank_code=01.003",
            "salary_step=9",
            "salary_date=2020-01-01",
            "over_frame_date=2026-01-01",
        ],
        "R15 over_frame 2027-01-01",
        &[
            "rank_code=01.003",
            "salary_step=8",
            "salary_date=2020-01-01",
            "over_frame_date=2026-01-01",
        ],
    ),
    (
        &["movements: kind=biet_phai, effective=2024-01-01, until=2026-12-31"],
        "R17 due 2026-12-31",
        &[
            "movements: kind=biet_phai, effective=2024-01-01, until=2026-12-31",
            "movements: kind=het_biet_phai, effective=2026-06-01",
        ],
    ),
    (
        &["movements: kind=biet_phai, effective=2024-01-01, until=2027-01-02"],
        "R17 too_long",
        &["movements: kind=biet_phai, effective=2024-01-01, until=2027-01-01"],
    ),
    (
        &["contracts: kind=xdth, no=12/HĐ, from_date=2025-01-01, to_date=2026-12-31"],
        "R18 due 2026-12-31",
        &[
            "contracts: kind=xdth, from_date=2025-01-01, to_date=2026-12-31",
            "contracts: kind=kxdth, from_date=2026-06-01",
        ],
    ),
    (
        &["training_plan_items: year=2026, kind=qlnn, status=dang_hoc"],
        "R19 open 2026-12-31",
        &["training_plan_items: year=2026, kind=qlnn, status=hoan_thanh"],
    ),
    (
        &["rotation_plan: to_title=P07, from_date=2026-09-01"],
        "R20 not_moved 2026-09-01",
        &[
            "rotation_plan: to_title=P07, from_date=2026-09-01",
            "movements: kind=luan_chuyen, effective=2026-09-15",
        ],
    ),
    (
        &[
            "rotation_plan: from_date=2023-09-01, until=2026-09-01",
            "movements: kind=luan_chuyen, effective=2023-09-01",
        ],
        "R20 no_result 2026-09-01",
        &[
            "rotation_plan: from_date=2023-09-01, until=2026-09-01, result=tốt",
            "movements: kind=luan_chuyen, effective=2023-09-01",
        ],
    ),
    (
        &["party_join_date=2025-12-03"],
        "R21 due 2026-12-03",
        &["party_join_date=2025-12-03", "party_official_date=2026-12-03"],
    ),
    (
        &["party_join_date=2020-05-03", "party_official_date=2021-05-02"],
        "R21 too_soon",
        &["party_join_date=2020-05-03", "party_official_date=2021-05-03"],
    ),
    (
        &["work_history: from_date=2001-01, to_date=2005-06", "work_history: from_date=2005-09"],
        "R23 gap",
        &["work_history: from_date=2001-01, to_date=2005-06", "work_history: from_date=2005-08"],
    ),
    (
        &[
            "appointments: title=P06, kind=chinh, from_date=2020",
            "appointments: title=P07, kind=chinh, from_date=2022",
        ],
        "R23 two_posts",
        &[
            "appointments: title=P06, kind=chinh, from_date=2020, to_date=2022",
            "appointments: title=P07, kind=chinh, from_date=2022",
        ],
    ),
    (
        &["contracts: kind=xdth, from_date=2026-01-01, to_date=2025-12-31"],
        "R23 end_before_start",
        &["contracts: kind=xdth, from_date=2026-01-01, to_date=2026-01-01"],
    ),
    (
        &["birth_date=1990-06-01", "degrees: level=trung_cap, to_date=2007-04"],
        "R23 degree_age",
        &["birth_date=1990-06-01", "degrees: level=trung_cap, to_date=2007-06"],
    ),
    (
        &["birth_date=1990-06-01", "first_recruit_date=2008-05-31"],
        "R23 order",
        &["birth_date=1990-06-01", "first_recruit_date=2008-06-01"],
    ),
    (
        &["degrees: level=dai_hoc, school=A"],
        "W02 papers",
        &["degrees: level=dai_hoc, school=A, diploma_no=123"],
    ),
];

#[test]
fn every_rule_speaks_and_is_silent() {
    for (fires, expected, silent) in CASES {
        let heard = found(fires);
        assert!(heard.iter().any(|line| line == expected), "{fires:?} gave {heard:?}");
        let start: Vec<&str> = expected.split(' ').take(2).collect();
        let quiet = found(silent);
        let line = quiet.iter().find(|line| line.starts_with(&start.join(" ")));
        assert_eq!(line, None, "{silent:?}");
    }
}

#[test]
fn overlapping_jobs_are_found_as_the_checks_find_them() {
    let jobs =
        ["work_history: from_date=2001-01, to_date=2005-06", "work_history: from_date=2005-05"];
    assert_eq!(found(&jobs), ["R23 overlap"]);
}

#[test]
fn the_identification_number_is_read_digit_by_digit() {
    let check = |number: &str, expected: &[&str]| {
        let number = format!("person_id_no={number}");
        let lines = [number.as_str(), "sex=F", "birth_date=1985-10-20"];
        let mut heard = found(&lines);
        heard.retain(|line| line.starts_with("R26"));
        assert_eq!(heard, expected, "{number}");
    };
    // Bình Dương, 19xx woman, 85.
    check("074185000123", &[]);
    check("07418500012", &["R26 shape"]);
    check("07418500012A", &["R26 shape"]);
    check("003185000123", &["R26 province"]);
    check("074085000123", &["R26 sex"]);
    check("074186000123", &["R26 year"]);
    check("074385000123", &["R26 year"]);
    check("099085000123", &["R26 province", "R26 sex"]);
}

#[test]
fn who_has_left_or_was_retired_is_reminded_of_nothing() {
    for gone in ["work_status=da_nghi_huu", "work_status=da_chuyen", "retired=nhập trùng"] {
        assert_eq!(found(&["sex=M", "birth_date=1965-06-15", gone]), [""; 0]);
    }
}

#[test]
fn birthdays_come_round() {
    assert_eq!(found(&["birth_date=1990-11-22"]), ["W03 birthday 2026-11-22"]);
    assert_eq!(found(&["birth_date=1990-11-21"]), ["W03 birthday 2027-11-21"]);
    assert_eq!(found(&["birth_date=1992-02-29"]), ["W03 birthday 2027-02-28"]);
    assert_eq!(found(&["birth_date=1990-11"]), [""; 0]);
    let kept = reminders(&rules(), &person(&["birth_date=1990-11-22"]), day(DAY), &[]);
    assert_eq!((kept.len(), kept[0].due), (1, None), "a list computes birthdays on the day");
    let next = on_day(kept[0].clone(), day("2031-11-23"));
    assert_eq!((next.due, next.args.len()), (Some(day("2032-11-22")), 0));
}

#[test]
fn scores_follow_the_formula() {
    let rules = rules();
    assert!((task_score(&rules, 100.0, 100.0, 100.0, 0) - 70.0).abs() < 0.001);
    assert!((task_score(&rules, 100.0, 90.0, 80.0, 0) - 63.0).abs() < 0.001);
    assert!((task_score(&rules, 100.0, 100.0, 100.0, 1) - 52.5).abs() < 0.001);
    assert!(task_score(&rules, 100.0, 100.0, 100.0, 5).abs() < 0.001, "never below nothing");
    let leader = task_score_of(&rules, &[100.0, 100.0, 100.0, 80.0, 80.0, 80.0], 0);
    assert!((leader - 63.0).abs() < 0.001, "the mean of six parts");
    let rated = |score| rating_for(&rules, score);
    assert_eq!((rated(90.0), rated(89.99)), ("HTXSNV", "HTTNV"));
    assert_eq!((rated(70.0), rated(69.99)), ("HTTNV", "HTNV"));
    assert_eq!((rated(50.0), rated(49.99)), ("HTNV", "KHTNV"));
    let before = RuleTable::embedded().on(day("2025-12-31"));
    assert_eq!(rating_for(&before, 95.0), "", "the decree begins with 2026");
}
