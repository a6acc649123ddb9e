//! Retirement and salary by the day, working days by the calendar.

use super::*;

#[test]
fn the_twelve_vectors_of_retirement() {
    for (sex, birth, due, pension) in [
        ("M", "1961-01", "2021-04", "2021-05-01"),
        ("M", "1961-09", "2021-12", "2022-01-01"),
        ("M", "1961-10", "2022-04", "2022-05-01"),
        ("M", "1962-06", "2022-12", "2023-01-01"),
        ("M", "1962-07", "2023-04", "2023-05-01"),
        ("M", "1966-03", "2027-12", "2028-01-01"),
        ("M", "1966-04", "2028-04", "2028-05-01"),
        ("F", "1966-01", "2021-05", "2021-06-01"),
        ("F", "1966-08", "2021-12", "2022-01-01"),
        ("F", "1966-09", "2022-05", "2022-06-01"),
        ("F", "1975-04", "2034-12", "2035-01-01"),
        ("F", "1975-05", "2035-05", "2035-06-01"),
    ] {
        let p = person(&[&format!("sex={sex}"), &format!("birth_date={birth}")]);
        let retired = retirement_date(&rules(), &p).unwrap();
        assert_eq!(retired.stored()[..7], *due, "{sex} {birth}");
        assert_eq!(pension_from(retired), day(pension), "{sex} {birth}");
    }
}

fn raise(lines: &[&str]) -> Option<String> {
    let mut all = vec!["salary_date=2024-03-15", "salary_step=3", "rank_code=01.003"];
    all.extend(lines);
    next_raise(&rules(), &person(&all)).map(|raise| raise.due.stored())
}

#[test]
fn a_salary_step_is_put_off_by_what_happened_in_it() {
    let due = |lines: &[&str]| raise(lines).unwrap();
    assert_eq!(due(&[]), "2027-03-15");
    assert_eq!(due(&["rank_code=01.005"]), "2026-03-15", "24 months in scale B");
    for (form, expected) in [
        ("khien_trach", "2027-06-15"),
        ("canh_cao", "2027-09-15"),
        ("cach_chuc", "2028-03-15"),
        ("giang_chuc", "2028-03-15"),
    ] {
        assert_eq!(due(&[&format!("disciplines: from_date=2024-03-15, form={form}")]), expected);
    }
    let reprimand =
        |from: &str| due(&[&format!("disciplines: from_date={from}, form=khien_trach")]);
    assert_eq!(reprimand("2024-03-14"), "2027-03-15", "before this step began");
    assert_eq!(reprimand("2024-04"), "2027-06-15");
    let both = [
        "disciplines: from_date=2025, form=khien_trach",
        "disciplines: from_date=2025, form=canh_cao",
    ];
    assert_eq!(due(&both), "2027-09-15", "the longest delay counts");
    assert_eq!(due(&["evaluations: year=2025, rating=KHTNV"]), "2027-09-15");
    assert_eq!(due(&["evaluations: year=2023, rating=KHTNV"]), "2027-03-15");
    let leave = |from: &str, until: &str| {
        due(&[&format!("movements: kind=nghi_khong_luong, effective={from}, until={until}")])
    };
    assert_eq!(leave("2025-01-01", "2025-03-31"), "2027-06-15");
    assert_eq!(leave("2025-01-01", "2025-03-30"), "2027-05-15", "whole months only");
    assert_eq!(leave("2023-01-01", "2024-03-14"), "2027-03-15", "before this step began");
    assert_eq!(raise(&["rank_code=99.999"]), None);
}

#[test]
fn the_last_step_leads_over_the_frame() {
    let due = |lines: &[&str]| raise(lines).unwrap();
    assert_eq!(due(&["salary_step=9"]), "2027-03-15", "a full period on the last step");
    assert_eq!(due(&["salary_step=9", "over_frame_date=2027-03-15"]), "2028-03-15");
}

#[test]
fn working_days_leave_out_weekends_and_tet() {
    let sent = |changed: &str| send_due(&rules(), day(changed)).unwrap().stored();
    assert_eq!(sent("2026-11-23"), "2026-11-26", "Monday to Thursday");
    assert_eq!(sent("2026-11-20"), "2026-11-25", "over a weekend");
    assert_eq!(sent("2026-11-22"), "2026-11-25", "from a Sunday");
    assert_eq!(sent("2026-02-13"), "2026-02-25", "over Tết");
    assert_eq!(sent("2026-12-30"), "2027-01-05", "over New Year");
    assert_eq!(sent("2035-11-23"), "2035-11-28", "a year without a calendar has weekends");
    assert_eq!(request_due(&rules(), day("2026-11-20")), Some(day("2026-11-24")));
    let before = RuleTable::embedded().on(day("2026-06-30"));
    assert_eq!(send_due(&before, day("2026-06-30")), None, "the decree begins in July 2026");
    assert_eq!(request_due(&RuleTable::embedded().on(day("2025-12-31")), day("2025-12-31")), None);
}
