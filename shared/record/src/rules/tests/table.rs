//! The table: whole, dated, changeable.

use std::collections::BTreeSet;

use super::*;
use crate::rules::finding::texts;

fn row(rest: &str) -> String {
    format!(
        r#"{{"version":3,"rows":[{{"basis_vi":"QĐ 1","basis_en":"QĐ 1","source":"s","confidence":"V",{rest}}}]}}"#
    )
}

#[test]
fn every_rule_of_the_domain_has_its_row_and_its_words() {
    let table = RuleTable::embedded();
    let rules: BTreeSet<&str> = table.rows().iter().map(|row| row.rule.as_str()).collect();
    for number in 1..=27 {
        let id = format!("R{number:02}");
        assert!(rules.contains(id.as_str()), "{id} has no row");
    }
    assert_eq!(rules, texts().keys().map(String::as_str).collect());
    for row in table.rows() {
        let codes: BTreeSet<&String> = texts()[&row.rule].sentences.keys().collect();
        assert_eq!(row.effects.keys().collect::<BTreeSet<_>>(), codes, "{}", row.rule);
        assert!(!row.basis_vi.is_empty() && !row.basis_en.is_empty() && !row.source.is_empty());
        let blocks = row.effects.values().any(|effect| *effect == Effect::Block);
        assert!(!blocks || row.confidence != Confidence::U, "{} blocks unverified", row.rule);
        for sentence in texts()[&row.rule].sentences.values() {
            assert!(sentence.vi.ends_with('.') && sentence.en.ends_with('.'), "{}", sentence.vi);
        }
    }
    assert!(rules.iter().any(|rule| !needs(rule, Lang::Vi).is_empty()));
    assert!(kinds().contains(&"retirement") && kind_of("R11") == "retirement");
}

#[test]
fn an_override_counts_from_its_day_and_only_for_what_it_names() {
    let table =
        RuleTable::with(&row(r#""rule":"R09","valid_from":"2027-01-01","values":{"months":48}"#))
            .unwrap();
    assert_eq!((table.version(), table.overrides().len()), (3, 1));
    let leader = person(&["current_title=P07", "title_appoint_date=2025-02-01"]);
    let end = |on: &str| term_end(&table.on(day(on)), &leader).unwrap().stored();
    assert_eq!(end("2026-12-31"), "2030-02-01");
    assert_eq!(end("2027-01-01"), "2029-02-01");
    let before = table.on(day("2026-12-31"));
    let after = table.on(day("2027-01-01"));
    assert_eq!(after.params.r09.as_ref().map(|r| r.extend_if_retiring_months), Some(24), "kept");
    assert_ne!(before.fingerprint(), after.fingerprint());
    assert_eq!(before.fingerprint(), RuleTable::embedded().on(day("2026-12-31")).fingerprint());
    let found = evaluate(&after, &leader, day("2027-01-01"));
    assert_eq!((found[0].basis_vi.as_str(), found[0].verified()), ("QĐ 1", true));
}

#[test]
fn an_override_may_end_and_the_later_one_of_two_counts() {
    let rows = r#"{"rows":[
        {"rule":"R24","valid_from":"2028-01-01","values":{"working_days":7},"basis_vi":"b","basis_en":"b","source":"s","confidence":"V"},
        {"rule":"R24","valid_from":"2027-01-01","valid_to":"2028-06-30","values":{"working_days":5},"basis_vi":"b","basis_en":"b","source":"s","confidence":"V"}
    ]}"#;
    let table = RuleTable::with(rows).unwrap();
    let days = |on: &str| table.on(day(on)).params.r24.as_ref().map(|rule| rule.working_days);
    assert_eq!(days("2026-12-31"), Some(3));
    assert_eq!(days("2027-06-30"), Some(5));
    assert_eq!(days("2028-03-01"), Some(7));
    let ended = row(
        r#""rule":"R25","valid_from":"2027-01-01","valid_to":"2027-12-31","values":{"working_days":5}"#,
    );
    let table = RuleTable::with(&ended).unwrap();
    let days = |on: &str| table.on(day(on)).params.r25.as_ref().map(|rule| rule.working_days);
    assert_eq!((days("2027-12-31"), days("2028-01-01")), (Some(5), Some(2)));
}

#[test]
fn an_effect_and_a_year_of_holidays_can_be_changed() {
    let softer = RuleTable::with(&row(r#""rule":"R17","effects":{"too_long":"warn"}"#)).unwrap();
    let rules = softer.on(day(DAY));
    assert_eq!(rules.effect("R17", "too_long"), Some(Effect::Warn));
    assert_eq!(rules.effect("R17", "due"), Some(Effect::Remind));
    let planning = RuleTable::with(&row(r#""rule":"R13","values":{"recorded":true}"#)).unwrap();
    assert!(planning_recorded(&planning.on(day(DAY))), "the city switches planning on");
    assert!(!planning_recorded(&super::rules()), "the released table keeps it off");
    let score = RuleTable::with(&row(r#""rule":"R03","values":{"good":75}"#)).unwrap();
    assert_eq!(score.overrides()[0].valid_from, Some(day("2026-01-01")), "it begins with the rule");
    let calendar = row(r#""rule":"CAL","values":{"2026":[["2026-11-23","2026-11-25"]]}"#);
    let rules = RuleTable::with(&calendar).unwrap().on(day(DAY));
    assert_eq!(send_due(&rules, day("2026-11-22")), Some(day("2026-11-30")));
    assert_eq!(send_due(&rules, day("2027-02-04")), Some(day("2027-02-16")), "other years stay");
}

#[test]
fn what_cannot_be_used_is_refused_in_a_sentence() {
    for (wrong, expected) in [
        ("no json".to_owned(), "không đúng dạng"),
        (r#"{"rows":[{"rule":"R09"}]}"#.to_owned(), "không đúng dạng"),
        (row(r#""rule":"R99""#), "không có quy tắc \"R99\""),
        (row(r#""rule":"R09","valid_from":"2027-02-01","valid_to":"2027-01-31""#), "dòng 1"),
        (row(r#""rule":"R09","values":{"month":48}"#), "R09"),
        (row(r#""rule":"R09","values":{"months":"48"}"#), "R09"),
        (row(r#""rule":"R09","values":{"months":-1}"#), "-1"),
        (row(r#""rule":"R09","values":{"months":99999}"#), "99999"),
        (row(r#""rule":"R09","values":{"alert_days":"bald"}"#), "R09"),
        (row(r#""rule":"R09","effects":{"late":"warn"}"#), "late"),
        (row(r#""rule":"R09","effects":{"due":"block"}"#).replace("\"V\"", "\"U\""), "U"),
        (row(r#""rule":"R09","valid_from":"2027-13-01""#), "không đúng dạng"),
        ("x".repeat(300_000), "256 KB"),
    ] {
        let error = RuleTable::with(&wrong).unwrap_err();
        let (vi, en) = (error.sentence(Lang::Vi), error.sentence(Lang::En));
        assert!(vi.contains(expected) && vi.contains("Chưa có gì thay đổi"), "{vi}");
        assert!(en.contains("Nothing was changed"), "{en}");
    }
}

#[test]
fn the_table_in_force_is_the_released_one_until_another_is_put() {
    // Other tests of this program go by it: so nothing is put here.
    assert_eq!(table_in_force().version(), 0);
    let set = in_force(day(DAY));
    assert_eq!(set.fingerprint(), rules().fingerprint());
    assert!(std::sync::Arc::ptr_eq(&set, &in_force(day(DAY))), "computed once for a day");
}
