//! Working days (R24, R25): weekends and public holidays do not count.

use super::table::RuleSet;
use crate::date::PartialDate;

/// The day that is so many working days after a day; that day itself does not count.
pub fn add_working_days(rules: &RuleSet, from: PartialDate, days: u8) -> PartialDate {
    let mut day = from.earliest();
    let mut left = days;
    while left > 0 {
        day = day.plus_days(1);
        if is_working_day(rules, day) {
            left -= 1;
        }
        if day.year >= 2200 {
            break;
        }
    }
    day
}

/// R24: by when a change of a day must be sent; none when the rule is not in force.
pub fn send_due(rules: &RuleSet, changed: PartialDate) -> Option<PartialDate> {
    let days = rules.params.r24.as_ref()?.working_days;
    Some(add_working_days(rules, changed, days))
}

/// R25: by when a request of a day must be answered; none when the rule is not in force.
pub fn request_due(rules: &RuleSet, received: PartialDate) -> Option<PartialDate> {
    let days = rules.params.r25.as_ref()?.working_days;
    Some(add_working_days(rules, received, days))
}

fn is_working_day(rules: &RuleSet, day: PartialDate) -> bool {
    if day.is_weekend() {
        return false;
    }
    let Some(calendar) = &rules.params.calendar else { return true };
    let holidays = calendar.0.get(&day.year.to_string()).into_iter().flatten();
    !holidays.clone().any(|(first, last)| first.earliest() <= day && day <= last.latest())
}
