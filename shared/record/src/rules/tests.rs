//! Every rule with a case in which it speaks and one in which it is silent, and the table itself.

mod actions;
mod each;
mod set;
mod table;
mod vectors;

use wardbook_base::{DocumentId, RowId};

use super::*;
use crate::lang::Lang;
use crate::person::Row;
use crate::scalar::Scalar;

/// A day on which every released rule is in force.
const DAY: &str = "2026-11-22";

fn day(text: &str) -> PartialDate {
    text.parse().unwrap()
}

fn rules() -> RuleSet {
    RuleTable::embedded().on(day(DAY))
}

/// A record in short: `key=value` for fields, `table: column=value, ..` for rows; numbers where the
/// schema has numbers.
fn person(lines: &[&str]) -> Person {
    person_no(1, lines)
}

fn person_no(id: u8, lines: &[&str]) -> Person {
    let mut person = Person::new(DocumentId([id; 16]));
    add(&mut person, lines);
    person
}

fn add(person: &mut Person, lines: &[&str]) {
    for line in lines {
        if let Some((table, cells)) = line.split_once(": ") {
            let rows = person.tables.entry(table.to_owned()).or_default();
            let id = RowId([u8::try_from(rows.len()).unwrap() + 1; 16]);
            let cells = cells.split(", ").map(pair);
            rows.insert(id, Row { cells: cells.collect() });
        } else {
            let (key, value) = pair(line);
            person.values.insert(key, value);
        }
    }
}

fn pair(text: &str) -> (String, Scalar) {
    let (key, value) = text.split_once('=').unwrap();
    let number = ["year", "review_year", "salary_step", "times"].contains(&key);
    let value = if number { Scalar::Int(value.parse().unwrap()) } else { value.into() };
    (key.to_owned(), value)
}

/// Rule and code of each finding, with the day it is due.
fn found(lines: &[&str]) -> Vec<String> {
    let person = person(lines);
    evaluate(&rules(), &person, day(DAY)).iter().map(short).collect()
}

fn short(finding: &Finding) -> String {
    for lang in [Lang::Vi, Lang::En] {
        let sentence = finding.sentence(lang);
        assert!(sentence.len() > 10 && !sentence.contains(['{', '}']), "{finding:?}: {sentence}");
        assert!(!finding.basis(lang).is_empty() && !finding.title(lang).is_empty());
    }
    let due = finding.due.map(|due| format!(" {}", due.stored())).unwrap_or_default();
    format!("{} {}{due}", finding.rule, finding.code)
}
