//! What an action is told before it is entered.

use super::*;

fn told(before: &[&str], then: &[&str], action: Action, on: &str) -> Vec<String> {
    let before = person(before);
    let mut after = before.clone();
    add(&mut after, then);
    let found = check_action(&rules(), &before, &after, action, day(on));
    assert_eq!(worst(&found), found.first().map(|finding| finding.effect), "the worst first");
    found.iter().map(short).collect()
}

#[test]
fn a_discipline_stands_in_the_way_for_its_months() {
    let reprimand = &["disciplines: from_date=2026-01-10, form=khien_trach"];
    assert_eq!(told(reprimand, &[], Action::Appoint, "2027-01-09"), ["R16 restricted"]);
    assert_eq!(told(reprimand, &[], Action::Appoint, "2027-01-10"), [""; 0]);
    assert_eq!(told(reprimand, &[], Action::RankChange, "2026-06-01"), ["R16 restricted"]);
    assert_eq!(told(reprimand, &[], Action::Reward, "2026-06-01"), [""; 0]);
    let removed = &["disciplines: from_date=2026-01-10, form=cach_chuc"];
    assert_eq!(told(removed, &[], Action::Plan, "2028-01-09"), ["R16 restricted"]);
    assert_eq!(told(removed, &[], Action::Plan, "2028-01-10"), [""; 0]);
    let longer = &["disciplines: from_date=2026-01-10, form=khien_trach, effect_until=2027-06-30"];
    assert_eq!(told(longer, &[], Action::Appoint, "2027-06-30"), ["R16 restricted"]);
    let findings = check_action(
        &rules(),
        &person(reprimand),
        &person(reprimand),
        Action::Appoint,
        day("2026-06-01"),
    );
    assert_eq!(findings[0].effect, Effect::Block);
    let vi = "Bị Khiển trách từ 10/01/2026: chưa được bổ nhiệm, quy hoạch, nâng ngạch đến hết ngày 09/01/2027.";
    assert_eq!(findings[0].sentence(Lang::Vi), vi);
}

#[test]
fn a_secondment_is_three_years_at_most() {
    let second = |until: &str| {
        let row = format!("movements: kind=biet_phai, effective=2026-12-01, until={until}");
        told(&[], &[&row], Action::Second, "2026-12-01")
    };
    assert_eq!(second("2029-12-02"), ["R17 too_long", "R17 due 2029-12-02"]);
    assert_eq!(second("2029-12-01"), ["R17 due 2029-12-01"]);
}

#[test]
fn planning_and_appointment_do_not_come_together() {
    let planned = "planning: term=2025-2030, title=P06, status=da_phe_duyet";
    let found = told(&["current_title=P16"], &[planned], Action::Appoint, DAY);
    assert_eq!(found, ["R13 with_appointment"]);
    assert_eq!(told(&["current_title=P16", planned], &[], Action::Appoint, DAY), [""; 0]);
    assert_eq!(told(&["current_title=P16"], &[planned], Action::Plan, DAY), [""; 0]);
}

#[test]
fn a_head_has_two_terms_or_ten_years() {
    let since =
        |from: &str| format!("appointments: title=P06, org=A, kind=chinh, from_date={from}");
    let head = |from: &str| {
        told(&["current_title=P06", &since(from)], &[], Action::Reappoint, "2026-11-22")
    };
    assert_eq!(head("2016-11-22"), ["R10 over"]);
    assert_eq!(head("2016-11-23"), [""; 0]);
    let third = told(
        &["current_title=P06"],
        &["appointments: title=P06, org=A, kind=chinh, from_date=2026-01-01, times=3"],
        Action::Reappoint,
        "2026-11-22",
    );
    assert_eq!(third, ["R10 over", "R10 due 2036-01-01"]);
}

#[test]
fn near_retirement_a_post_is_extended_and_no_job_converted() {
    // A man of 1966-05-01 retires on 2028-05-01.
    let man = &["sex=M", "birth_date=1966-05-01"];
    assert_eq!(told(man, &[], Action::Reappoint, "2026-05-02"), ["R09 extend"]);
    assert_eq!(told(man, &[], Action::Reappoint, "2026-05-01"), [""; 0]);
    assert_eq!(told(man, &[], Action::ConvertJob, "2026-11-02"), ["R08 near_retirement"]);
    assert_eq!(told(man, &[], Action::ConvertJob, "2026-11-01"), [""; 0]);
    assert_eq!(told(man, &[], Action::Retire, "2028-04-30"), ["R11 early"]);
    assert_eq!(told(man, &[], Action::Retire, "2028-05-01"), [""; 0]);
}

#[test]
fn a_raise_before_its_time_needs_a_decision() {
    let step = &["rank_code=01.003", "salary_step=3", "salary_date=2024-03-15"];
    let raised = |on: &str| {
        let mut found = told(step, &[&format!("salary_date={on}")], Action::SalaryStep, on);
        found.retain(|line| !line.contains(" due "));
        found
    };
    assert_eq!(raised("2027-03-15"), [""; 0]);
    assert_eq!(raised("2027-03-14"), ["R15 early"]);
    assert_eq!(raised("2026-03-15"), ["R15 early"]);
    assert_eq!(raised("2026-03-14"), ["R15 too_early"]);
}

#[test]
fn what_the_record_showed_before_is_not_said_again() {
    let old = &["contracts: kind=xdth, from_date=2026-01-01, to_date=2025-12-31"];
    assert_eq!(told(old, &[], Action::Other, DAY), [""; 0]);
    let wrong = told(&[], old, Action::Other, DAY);
    assert_eq!(wrong, ["R23 end_before_start", "R18 due 2025-12-31"]);
}

#[test]
fn actions_have_words() {
    for word in ["recruit", "appoint", "salary_step", "rank_change", "leave", "other"] {
        assert!(Action::parse(word).is_some(), "{word}");
    }
    assert_eq!(Action::parse("dismiss"), None);
}
