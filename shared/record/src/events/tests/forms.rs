//! The fields and rows of training, evaluation, planning, rewards, discipline and pay.

use super::*;
use crate::computed::computed_value;

#[test]
fn who_is_sent_to_study_full_time_is_away() {
    let mut before = official();
    row(&mut before, "training_plan_items", 9, &[("year", "2026"), ("kind", "llct")]);
    let p = after(
        "send_to_study",
        &before,
        &[
            ("kind", "llct"),
            ("school", "Trường Chính trị tỉnh"),
            ("full_time", "1"),
            ("until", "01/06/2027"),
        ],
    );
    assert_eq!(field(&p, "work_status"), "di_hoc");
    assert!(
        newest(&p, "movements")
            .contains("kind=cu_di_hoc to_org=Trường Chính trị tỉnh until=2027-06-01")
    );
    assert_eq!(cells(&p, "training_plan_items"), ["kind=llct status=dang_hoc year=2026"]);
}

#[test]
fn what_was_learnt_stands_in_its_table_and_raises_the_level() {
    let mut before = official();
    row(&mut before, "training_plan_items", 9, &[("year", "2026"), ("kind", "llct")]);
    let dates =
        [("from_date", "03/2026"), ("to_date", "09/2026"), ("school", "Trường Chính trị tỉnh")];
    let with = |more: &[(&'static str, &'static str)]| {
        dates.iter().chain(more).copied().collect::<Vec<_>>()
    };
    let level = |p: &Person, key: &str| computed_value(p, key, day(TODAY)).map(|v| v.to_string());
    let p = after("train_political", &before, &with(&[("level", "Trung cấp")]));
    assert_eq!(
        newest(&p, "political_courses"),
        "from_date=2026-03 level=02 school=Trường Chính trị tỉnh to_date=2026-09"
    );
    assert_eq!(level(&p, "political_theory").as_deref(), Some("02"));
    assert_eq!(cells(&p, "training_plan_items"), ["kind=llct status=hoan_thanh year=2026"]);
    let p = after("train_degree", &p, &with(&[("level", "Thạc sĩ"), ("major", "Luật")]));
    assert_eq!(level(&p, "highest_qualification").as_deref(), Some("thac_si"));
    let p = after(
        "train_course",
        &p,
        &with(&[("kind", "qlnn"), ("content", "Ngạch chuyên viên chính"), ("level", "03")]),
    );
    assert_eq!(level(&p, "state_management").as_deref(), Some("03"));
    let p = after("train_defence", &p, &with(&[("target_group", "3")]));
    assert_eq!(field(&p, "defence_training"), "true");
    let p = after("train_it", &p, &with(&[("level", "co_ban")]));
    assert_eq!(level(&p, "it_level").as_deref(), Some("co_ban"));
    let p = after(
        "train_language",
        &p,
        &with(&[("language", "en"), ("level", "B1"), ("score", "5.5")]),
    );
    assert_eq!(level(&p, "foreign_language_level").as_deref(), Some("B1"));
    assert_eq!(cells(&p, "documents").len(), 6, "each with its decision");
}

fn period(person: &Person, boxes: &[(&str, &str)]) -> Person {
    after("evaluate_period", person, boxes)
}

#[test]
fn a_period_has_thirty_general_points_and_seventy_for_tasks() {
    let parts = [
        ("period", "2026-03"),
        ("general_30", "28,5"),
        ("qty_pct", "100"),
        ("quality_pct", "95"),
        ("progress_pct", "90"),
    ];
    let p = period(&official(), &parts);
    assert_eq!(
        cells(&p, "evaluation_periods"),
        [
            "general_30=28.5 period=2026-03 progress_pct=90 qty_pct=100 quality_pct=95 task_70=66.5 total=95"
        ]
    );
    // The same period again corrects it; leaders have six parts.
    let leader: Vec<_> = parts
        .iter()
        .copied()
        .chain([("unit_pct", "80"), ("organise_pct", "80"), ("unity_pct", "85")])
        .collect();
    let p = period(&p, &leader);
    assert_eq!(cells(&p, "evaluation_periods").len(), 1);
    assert!(cells(&p, "evaluation_periods")[0].contains("task_70=61.83 total=90.33"));
    let p = period(&p, &parts);
    assert!(!cells(&p, "evaluation_periods")[0].contains("unit_pct"), "an old part does not stay");
}

#[test]
fn a_year_is_the_mean_of_its_quarters_and_rated_by_points() {
    let mut p = official();
    for (index, (period, total)) in
        [("2026-Q1", "92"), ("2026-04", "80"), ("2026-05", "90"), ("2025-Q4", "10")]
            .iter()
            .enumerate()
    {
        let id = 20 + u8::try_from(index).unwrap();
        row(&mut p, "evaluation_periods", id, &[("period", period), ("total", total)]);
        let text = Scalar::from(*total);
        let rows = p.tables.get_mut("evaluation_periods").unwrap();
        rows.get_mut(&old_row(id)).unwrap().cells.insert("total".into(), text);
    }
    let rated = |person: &Person, boxes: &[(&str, &str)]| {
        let p = after("evaluate_year", person, boxes);
        let row = p.rows("evaluations").last().unwrap().1.clone();
        (row.text("final_score").unwrap_or("").to_owned(), row.text("rating").unwrap().to_owned())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(rated(&p, &[]), pair("88.5", "HTTNV"), "(92 + (80 + 90) / 2) / 2");
    for (score, rating) in [
        ("100", "HTXSNV"),
        ("90", "HTXSNV"),
        ("89,99", "HTTNV"),
        ("70", "HTTNV"),
        ("69,99", "HTNV"),
        ("50", "HTNV"),
        ("49,99", "KHTNV"),
        ("0", "KHTNV"),
    ] {
        assert_eq!(rated(&p, &[("final_score", score)]).1, rating, "{score}");
    }
    assert_eq!(rated(&p, &[("degraded", "1")]).1, "KHTNV");
    assert_eq!(rated(&p, &[("corruption", "1")]).1, "KHTNV");
    assert_eq!(rated(&p, &[("not_rated", "1")]).1, "KXL");
    row(
        &mut p,
        "disciplines",
        30,
        &[("from_date", "2026-05"), ("system", "chinh_quyen"), ("form", "khien_trach")],
    );
    assert_eq!(rated(&p, &[]).1, "KHTNV", "a discipline in the year");
    assert_eq!(rated(&p, &[("not_duty", "1")]).1, "HTTNV");
    let twice =
        after("evaluate_year", &after("evaluate_year", &p, &[]), &[("decision_no", "46/QĐ")]);
    assert_eq!(cells(&twice, "evaluations").len(), 1, "one rating a year");
}

#[test]
fn a_planned_post_comes_and_goes_with_its_reason() {
    let p = after("plan", &official(), &[("term", "2025-2030"), ("title", "P16")]);
    assert_eq!(
        newest(&p, "planning"),
        "review_year=2026 status=da_phe_duyet term=2025-2030 title=P16"
    );
    let id = p.rows("planning").next().unwrap().0.to_string();
    let p = after(
        "plan_remove",
        &p,
        &[("row", &id), ("removal_reason", "vi_pham"), ("decision_no", "9/QĐ")],
    );
    let row = cells(&p, "planning");
    assert_eq!(row.len(), 1);
    assert!(row[0].contains("removal_reason=vi_pham") && row[0].contains("status=dua_ra"));
}

#[test]
fn a_reward_is_a_row() {
    let p = after(
        "reward",
        &official(),
        &[("year", "2026"), ("form", "giay_khen"), ("content", "Thành tích năm 2026")],
    );
    assert_eq!(newest(&p, "awards"), "content=Thành tích năm 2026 form=giay_khen year=2026");
}

#[test]
fn a_discipline_stands_for_twelve_months_and_a_removal_closes_the_post() {
    let p =
        after("discipline", &official(), &[("form", "canh_cao"), ("violation", "Vi phạm quy chế")]);
    assert_eq!(
        newest(&p, "disciplines"),
        format!(
            "effect_until=2027-12-01 form=canh_cao from_date=2026-12 org={OFFICE} system=chinh_quyen violation=Vi phạm quy chế"
        )
    );
    assert_eq!(field(&p, "current_title"), "P17");
    let p = after(
        "discipline",
        &official(),
        &[("form", "cach_chuc"), ("violation", "Vi phạm quy chế")],
    );
    assert_eq!(field(&p, "current_title"), "");
    assert!(newest(&p, "movements").contains("kind=cach_chuc"));
    assert!(cells(&p, "appointments")[0].contains("to_date=2026-11-30"));
    let p =
        after("discipline", &official(), &[("form", "buoc_thoi_viec"), ("violation", "Tham ô")]);
    assert_eq!(field(&p, "work_status"), "da_thoi_viec");
    assert!(cells(&p, "work_history")[0].contains("to_date=2026-11"));
    // Of the Party: the post of the State is another decision's.
    let p = after(
        "discipline",
        &official(),
        &[("system", "dang"), ("form", "khai_tru"), ("violation", "Vi phạm")],
    );
    assert_eq!(field(&p, "current_title"), "P17");
}

#[test]
fn a_raise_goes_to_the_next_step_with_the_coefficient_of_the_scale() {
    let p = after("salary_step", &official(), &[]);
    assert_eq!(
        (field(&p, "salary_step"), field(&p, "salary_coefficient")),
        ("5".into(), "3.66".into())
    );
    assert_eq!(field(&p, "salary_date"), "2026-12-01");
    assert!(cells(&p, "salary_history")[0].contains("to_date=2026-11"));
    assert_eq!(
        newest(&p, "salary_history"),
        "coefficient=3.66 from_date=2026-12 raise_type=thuong_xuyen rank=01.003 step=5"
    );
    assert!(newest(&p, "movements").contains("kind=nang_luong"));
}

#[test]
fn on_the_last_step_the_over_frame_allowance_rises() {
    let mut before = official();
    before.values.insert("salary_step".into(), Scalar::Int(9));
    before.values.insert("salary_coefficient".into(), "4.98".into());
    let p = after("over_frame", &before, &[]);
    assert_eq!(
        (field(&p, "over_frame_percent"), field(&p, "over_frame_date")),
        ("5".into(), "2026-12-01".into())
    );
    let p = after("over_frame", &p, &[("effective", "01/12/2027"), ("decision_no", "9/QĐ")]);
    assert_eq!(field(&p, "over_frame_percent"), "6");
    let allowances = cells(&p, "allowance_history");
    assert!(allowances[0].contains("to_date=2027-11") && !allowances[1].contains("to_date"));
}

#[test]
fn a_new_rank_has_its_own_pay() {
    let p = after("change_rank", &official(), &[("rank", "01.002"), ("step", "1")]);
    assert_eq!(
        (field(&p, "rank_code"), field(&p, "salary_coefficient")),
        ("01.002".into(), "4.4".into())
    );
    assert!(newest(&p, "salary_history").contains("raise_type=chuyen_ngach rank=01.002 step=1"));
}
