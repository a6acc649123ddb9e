//! The table of actions fits the schema, and every action asks and says what it must.

use std::collections::BTreeSet;

use super::super::table::{Cells, Write, events};
use crate::lang::Lang;
use crate::rules::Action;
use crate::schema::{Kind, schema};

#[test]
fn all_actions_of_the_office_are_there() {
    let keys: BTreeSet<&str> = events().all.iter().map(|event| event.key.as_str()).collect();
    assert_eq!((events().all.len(), keys.len()), (34, 34));
    for key in [
        "recruit",
        "appoint",
        "reappoint",
        "transfer_out",
        "ask_in",
        "transfer_in",
        "rotate",
        "second",
        "convert_job",
        "train_course",
        "evaluate_period",
        "evaluate_year",
        "plan",
        "reward",
        "discipline",
        "salary_step",
        "retire",
        "leave",
    ] {
        assert!(keys.contains(key), "{key}");
    }
    for event in &events().all {
        let in_group = events().groups.iter().any(|group| group.key == event.group);
        assert!(in_group, "{}", event.key);
        assert!(event.basis.len() > 5 && event.lead(Lang::Vi).len() > 20, "{}", event.key);
        assert!(event.action.as_deref().is_none_or(|word| Action::parse(word).is_some()));
    }
}

#[test]
fn each_action_rests_on_a_decision_with_number_date_and_signer() {
    for event in &events().all {
        let asked = |key: &str| event.input(key).is_some_and(|input| input.field.required);
        let whole = ["decision_no", "decision_date", "decision_org", "signer"].map(asked);
        let is_training = event.key.starts_with("train_");
        assert_eq!(whole, [event.key != "evaluate_period"; 4], "{}", event.key);
        let has_day = asked("effective") || is_training || event.key.starts_with("evaluate_");
        assert!(has_day, "{}", event.key);
    }
}

#[test]
fn every_box_has_a_name_of_its_own_in_both_languages() {
    for event in &events().all {
        let mut keys = BTreeSet::new();
        for input in &event.inputs {
            assert!(keys.insert(input.key()), "{}: {} twice", event.key, input.key());
            for lang in [Lang::Vi, Lang::En] {
                assert!(!input.field.label(lang).is_empty(), "{}: {}", event.key, input.key());
            }
            let known = input.only.iter().all(|code| input.field.item(code).is_some());
            assert!(known, "{}: {} offers an unknown code", event.key, input.key());
            let is_own =
                matches!(input.field.kind, Kind::Bool | Kind::Int { .. } | Kind::Text { .. });
            assert!(input.like.is_some() || is_own, "{}: {}", event.key, input.key());
        }
    }
}

#[test]
fn everything_that_is_written_has_its_place_in_the_schema() {
    let column = |table: &str, key: &str| {
        assert!(schema().column(table, key).is_some(), "{table}.{key}");
    };
    let all = |table: &str, cells: &Cells| cells.keys().for_each(|key| column(table, key));
    for event in &events().all {
        for step in event.steps.iter().chain(&event.agreed) {
            match &step.what {
                Write::Set { field, .. } | Write::Clear { field, .. } => {
                    let found = schema().field(field);
                    assert!(found.is_some_and(|field| !field.computed), "{}: {field}", event.key);
                }
                Write::Add(row) => {
                    all(&row.table, &row.cells);
                    if row.decision {
                        column(&row.table, "decision_no");
                    }
                }
                Write::Close(close) => {
                    column(&close.table, &close.start);
                    column(&close.table, &close.open);
                    all(&close.table, &close.like);
                }
                Write::Mark(mark) => {
                    all(&mark.table, &mark.cells);
                    all(&mark.table, &mark.like);
                }
                Write::Put { table, by, cells, .. } => {
                    all(table, by);
                    all(table, cells);
                }
                Write::Row { input, cells, .. } => {
                    let input = event.input(input).expect("a box");
                    all(input.rows.as_deref().expect("a table"), cells);
                }
                Write::Use(name) => panic!("the list {name} is not written out"),
                Write::AllWhen { .. } => panic!("a condition is not written out"),
            }
        }
    }
}
