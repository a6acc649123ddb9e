//! Retirement (R11, R12).

use super::due::Due;
use super::params::Ages;
use super::table::RuleSet;
use crate::date::PartialDate;
use crate::person::Person;

/// The date on which the retirement age is reached; none when birth or sex are not known.
pub fn retirement_date(rules: &RuleSet, person: &Person) -> Option<PartialDate> {
    let table = rules.params.r11.as_ref()?;
    let ages = match person.text("sex")? {
        "M" => &table.men,
        "F" => &table.women,
        _ => return None,
    };
    Some(reached(assumed_birth(rules, person.date("birth_date")?), ages))
}

/// The first day of the pension: the first of the month after.
pub fn pension_from(retired: PartialDate) -> PartialDate {
    let next = retired.earliest().plus_months(1);
    PartialDate { day: Some(1), ..next }
}

/// R12: the day that a year alone stands for. A month alone stands for its first day.
fn assumed_birth(rules: &RuleSet, birth: PartialDate) -> PartialDate {
    let assumed = rules.params.r12.as_ref().filter(|_| birth.month.is_none());
    let day = assumed.and_then(|r12| PartialDate::full(birth.year, r12.month, r12.day).ok());
    day.unwrap_or_else(|| birth.earliest())
}

/// The first year from 2021 on in which the age of that year is reached within it.
fn reached(birth: PartialDate, ages: &Ages) -> PartialDate {
    let months = |months: u16| birth.plus_months(i32::from(months));
    let before = months(ages.before_2021);
    if before.year < 2021 {
        return before;
    }
    let mut age = ages.in_2021;
    for year in 2021..=2200 {
        let due = months(age);
        if due.year <= year || age >= ages.end {
            return due;
        }
        age = age.saturating_add(ages.each_year).min(ages.end);
    }
    before
}

pub(super) fn look(rules: &RuleSet, person: &Person, _: PartialDate, out: &mut Vec<Due>) {
    let Some(due) = retirement_date(rules, person) else { return };
    let pension = pension_from(due);
    out.push(Due::new("R11", "due").on(due).field("birth_date").with("pension", pension));
    let birth = person.date("birth_date").filter(|birth| birth.month.is_none());
    if let Some(birth) = birth.filter(|_| rules.params.r12.is_some()) {
        let found = Due::new("R12", "year_only").field("birth_date").with("year", birth.year);
        out.push(found.with("assumed", assumed_birth(rules, birth)));
    }
}
