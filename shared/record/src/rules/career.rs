//! Training and rotation against the plan (R19, R20), full Party membership (R21).

use super::due::Due;
use super::table::RuleSet;
use crate::date::PartialDate;
use crate::events::has_taken_place;
use crate::path::Path;
use crate::person::Person;

pub(super) fn look(rules: &RuleSet, person: &Person, _: PartialDate, out: &mut Vec<Due>) {
    trainings(rules, person, out);
    rotations(rules, person, out);
    out.extend(party(rules, person));
}

/// R19: what was planned for a year is due at its end.
fn trainings(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    if rules.params.r19.is_none() {
        return;
    }
    for (id, row) in person.rows("training_plan_items") {
        let year = row.int("year").and_then(|year| u16::try_from(year).ok());
        let Some(due) = year.and_then(|year| PartialDate::full(year, 12, 31).ok()) else {
            continue;
        };
        if row.text("status") == Some("hoan_thanh") {
            continue;
        }
        let kind = format!("item:training_type:{}", row.text("kind").unwrap_or_default());
        let found = Due::new("R19", "open").on(due).with("year", due.year).with("kind", kind);
        out.push(found.at(Path::cell("training_plan_items", *id, "status")));
    }
}

/// R20: what was planned has happened, and has a result in the end.
fn rotations(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    if rules.params.r20.is_none() {
        return;
    }
    for (id, row) in person.rows("rotation_plan") {
        let Some(from) = row.date("from_date") else { continue };
        let moved = person.rows("movements").any(|(_, movement)| {
            let rotated = movement.text("kind") == Some("luan_chuyen") && has_taken_place(movement);
            rotated && movement.date("effective").is_some_and(|on| on.latest() >= from.earliest())
        });
        if !moved {
            let found = Due::new("R20", "not_moved").on(from);
            out.push(found.at(Path::cell("rotation_plan", *id, "from_date")));
        } else if let Some(until) = row.date("until").filter(|_| row.text("result").is_none()) {
            let found = Due::new("R20", "no_result").on(until);
            out.push(found.at(Path::cell("rotation_plan", *id, "result")));
        }
    }
}

/// R21: the probation is over after so many months; not sooner.
fn party(rules: &RuleSet, person: &Person) -> Option<Due> {
    let months = rules.params.r21.as_ref()?.months;
    let joined = person.date("party_join_date")?;
    let full = joined.plus_months(i32::from(months));
    let Some(official) = person.date("party_official_date") else {
        let waits = person.value("party_official_date").is_none();
        let found = Due::new("R21", "due").on(full.latest()).field("party_official_date");
        return waits.then(|| found.with("months", months));
    };
    let too_soon = official.latest() < joined.earliest().plus_months(i32::from(months));
    let found = Due::new("R21", "too_soon").field("party_official_date").with("official", official);
    too_soon.then(|| found.with("joined", joined).with("months", months))
}
