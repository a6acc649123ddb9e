//! The rules of personnel work as a dated table, and what they find in a record.
//!
//! Thresholds, dates, legal bases and effects stand in `data/rules.json`, the sentences in
//! `data/rule_texts.json`; the city can replace rows from a date on without a release
//! ([`RuleTable::with`]). A rule looks at a [`Person`] (some look at many) and leaves [`Due`]s;
//! the table in force makes [`Finding`]s of them: what the effect is, by which law, how sure.

mod action;
mod calendar;
mod career;
mod data;
mod due;
mod evaluation;
mod finding;
mod force;
mod params;
mod pay;
mod planning;
mod retirement;
mod sets;
mod table;
mod term;

pub use action::{Action, check_action, worst};
pub use calendar::{add_working_days, request_due, send_due};
pub use due::Due;
pub use evaluation::{rating_for, task_score, task_score_of};
pub use finding::{Confidence, Effect, Finding, kind_of, kinds, needs, title};
pub use force::{in_force, table_in_force, use_table};
pub use planning::planning_recorded;
pub use retirement::{pension_from, retirement_date};
pub use sets::evaluate_set;
pub use table::{OverrideError, RuleRow, RuleSet, RuleTable};

use data::{missing_data, next_birthday};
pub(crate) use params::Order;
pub(crate) use pay::{next_raise, scale_of};
pub(crate) use term::term_end;

use crate::date::PartialDate;
use crate::person::Person;
use crate::problem::Problem;

/// Work states of people who have left: nothing falls due for them any more.
pub(crate) const GONE: [&str; 4] = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];

/// The rule of birthdays, and under which name a kept one has the day of birth.
const BIRTHDAY: &str = "W03";
const BORN: &str = "born";

/// Everything that the rules find in one record as of a date.
pub fn evaluate(rules: &RuleSet, person: &Person, as_of: PartialDate) -> Vec<Finding> {
    look(rules, person, as_of).iter().filter_map(|due| rules.finding(due)).collect()
}

/// What people are to be reminded of in one record, with what its checks found missing: what a list
/// of things to do keeps. To be read by [`on_day`].
pub fn reminders(
    rules: &RuleSet,
    person: &Person,
    as_of: PartialDate,
    problems: &[Problem],
) -> Vec<Due> {
    let mut found = look(rules, person, as_of);
    found.retain(|due| rules.effect(&due.rule, &due.code) == Some(Effect::Remind));
    for due in found.iter_mut().filter(|due| due.rule == BIRTHDAY) {
        // It comes back every year: kept as the day of birth, from which a list has the next one.
        due.due = None;
        due.args = person.date("birth_date").map(born).into_iter().collect();
    }
    found.extend(missing_data(rules, problems));
    found
}

/// A reminder as it stands on a day: a birthday is the next one.
pub fn on_day(mut due: Due, today: PartialDate) -> Due {
    if due.rule == BIRTHDAY {
        let born = std::mem::take(&mut due.args).into_iter().find(|(name, _)| name == BORN);
        let born = born.and_then(|(_, day)| PartialDate::parse_stored(&day).ok());
        due.due = born.and_then(|born| next_birthday(born, today));
    }
    due
}

fn born(birth: PartialDate) -> (String, String) {
    (BORN.to_owned(), birth.stored())
}

fn look(rules: &RuleSet, person: &Person, as_of: PartialDate) -> Vec<Due> {
    let mut found = Vec::new();
    let gone = person.text("work_status").is_some_and(|status| GONE.contains(&status));
    if person.retired().is_some() || gone {
        return found;
    }
    for rule in [
        retirement::look,
        pay::look,
        term::look,
        career::look,
        planning::look,
        evaluation::look,
        data::look,
    ] {
        rule(rules, person, as_of, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;
