//! The rules over many people.

use super::*;

fn set(people: &[Person], table: &RuleTable) -> Vec<String> {
    let found = evaluate_set(&table.on(day(DAY)), people, Some("25888.2"), day(DAY));
    found.iter().map(short).collect()
}

fn people(all: &[&[&str]]) -> Vec<Person> {
    (1..).zip(all).map(|(id, lines)| person_no(id, lines)).collect()
}

fn rated(excellent: u8, good: u8, lines: &[&str]) -> Vec<Person> {
    let person = |id, rating: &str| {
        let mut person = person_no(id, lines);
        add(&mut person, &[&format!("evaluations: year=2026, rating={rating}")]);
        person
    };
    let good = (0..good).map(|id| person(100 + id, "HTTNV"));
    (0..excellent).map(|id| person(id, "HTXSNV")).chain(good).collect()
}

#[test]
fn the_excellent_are_a_fifth_of_the_good() {
    let heard = |excellent, good| set(&rated(excellent, good, &[]), &RuleTable::embedded());
    assert_eq!(heard(2, 10), [""; 0]);
    assert_eq!(heard(9, 40), ["R04 exception"; 2], "the agency, and those who lead nobody");
    assert_eq!(heard(3, 10), ["R04 over"; 2]);
    assert_eq!(heard(1, 0), ["R04 over"; 2]);
    let mut mixed = rated(2, 2, &["current_title=P06"]);
    mixed.extend(rated(0, 8, &[]));
    let table = RuleTable::embedded();
    assert_eq!(set(&mixed, &table), ["R04 over"], "a fifth in the agency, but not among leaders");
}

#[test]
fn three_people_for_a_post_and_no_more() {
    let planned =
        &["sex=F", "birth_date=1995-01-01", "planning: term=T, title=P06, status=da_phe_duyet"];
    let table = RuleTable::embedded();
    assert_eq!(set(&people(&[planned, planned, planned]), &table), [""; 0]);
    assert_eq!(
        set(&people(&[planned, planned, planned, planned]), &table),
        ["R13 too_many_people"]
    );
    let old =
        &["sex=M", "birth_date=1980-01-01", "planning: term=T, title=P07, status=da_phe_duyet"];
    assert_eq!(set(&people(&[old]), &table), ["R14 young", "R14 female"]);
}

#[test]
fn training_turns_are_counted_by_year() {
    let done = &["training_plan_items: year=2025, kind=qlnn, status=hoan_thanh"];
    let open = &["training_plan_items: year=2026, kind=qlnn, status=da_cu"];
    let found = set(&people(&[done, done]), &RuleTable::embedded());
    assert_eq!(found, [""; 0]);
    assert_eq!(set(&people(&[done, open]), &RuleTable::embedded()), ["R19 turns 2026-12-31"]);
}

#[test]
fn a_key_post_is_for_somebody_from_elsewhere() {
    let table = RuleTable::embedded();
    let post = |home: &str| people(&[&["current_title=P01", &format!("home_town.unit={home}")]]);
    assert_eq!(set(&post("25888.2"), &table), ["R07 local"]);
    assert_eq!(set(&post("25888.1"), &table), ["R07 local"], "the old ward became this one");
    assert_eq!(set(&post("31825.2"), &table), [""; 0]);
    let other = people(&[&["current_title=P33", "home_town.unit=25888.2"]]);
    assert_eq!(set(&other, &table), [""; 0], "no post of the rule");
    let wider = r#"{"rows":[{"rule":"R07","values":{"compare":"province"},"basis_vi":"b","basis_en":"b",
        "source":"s","confidence":"P"}]}"#;
    let neighbour = post("25891.2");
    assert_eq!(set(&neighbour, &table), [""; 0]);
    assert_eq!(set(&neighbour, &RuleTable::with(wider).unwrap()), ["R07 local"]);
}

#[test]
fn the_city_says_how_many_a_ward_may_have() {
    let two = people(&[&["org_unit=ub_vp"], &["org_unit=ub_vp"]]);
    assert_eq!(set(&two, &RuleTable::embedded()), [""; 0], "nobody has said how many");
    let allotted = |numbers: &str| {
        let row = format!(
            r#"{{"rows":[{{"rule":"R22","values":{{"allotted":{numbers}}},"basis_vi":"QĐ 1","basis_en":"QĐ 1",
            "source":"s","confidence":"V"}}]}}"#
        );
        set(&two, &RuleTable::with(&row).unwrap())
    };
    assert_eq!(allotted(r#"{"25888.2":2}"#), [""; 0]);
    assert_eq!(allotted(r#"{"25888.2":1}"#), ["R22 over"]);
    assert_eq!(allotted(r#"{"25888.2/ub_vp":3,"26000.2":1}"#), ["R22 short"]);
}

#[test]
fn one_person_in_two_records_is_found() {
    let table = RuleTable::embedded();
    let an = &["full_name=Nguyễn Văn Hoà", "birth_date=1980-02-28", "home_town.text=Bạc Liêu"];
    let same = &["full_name=nguyễn văn hòa", "birth_date=1980-02-28", "home_town.text=bạc liêu"];
    let other = &["full_name=Nguyễn Văn Hòa", "birth_date=1980-03-28", "home_town.text=Bạc Liêu"];
    assert_eq!(set(&people(&[an, same]), &table), ["R27 same_person"]);
    assert_eq!(set(&people(&[an, other]), &table), [""; 0]);
    let number = &["person_id_no=074080000123"];
    assert_eq!(set(&people(&[number, number]), &table), ["R27 same_number"]);
    assert_eq!(set(&people(&[number, &["person_id_no=074080000124"]]), &table), [""; 0]);
}
