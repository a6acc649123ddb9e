//! What contradicts itself or is missing in one record (R06, R23, R26, W01, W02, W03).

use super::due::Due;
use super::params::{Standard, Who};
use super::table::RuleSet;
use crate::computed::{holds, summary};
use crate::date::PartialDate;
use crate::path::Path;
use crate::person::Person;
use crate::problem::Problem;
use crate::schema::schema;
use crate::validate::{MISSING, identification_faults};

/// Pairs of columns that are the first and the last day of a row.
const SPANS: [(&str, &str); 3] =
    [("from_date", "to_date"), ("from_date", "until"), ("since", "done")];

pub(super) fn look(rules: &RuleSet, person: &Person, as_of: PartialDate, out: &mut Vec<Due>) {
    if let Some(rule) = &rules.params.r06 {
        out.extend(rule.standards.iter().filter_map(|s| below_standard(s, person, as_of)));
    }
    if rules.params.r23.is_some() {
        ends_before_starts(person, out);
        jobs(rules, person, out);
        out.extend(two_posts(person, as_of));
        too_young(rules, person, out);
        too_soon(rules, person, out);
    }
    if rules.params.r26.is_some() {
        out.extend(identification(person));
    }
    out.extend(papers(rules, person));
    out.extend(birthday(person, as_of).filter(|_| rules.params.w03.is_some()));
}

/// R06: for cadres and civil servants with a post.
fn below_standard(standard: &Standard, person: &Person, as_of: PartialDate) -> Option<Due> {
    if !matches!(person.text("subject_type"), Some("can_bo" | "cong_chuc")) {
        return None;
    }
    let meant = match standard.who {
        Who::All => true,
        Who::Leader => holds(person, "leader", as_of),
        Who::Key => holds(person, "key", as_of),
    };
    let title = person.text("current_title").or_else(|| person.text("job_position"));
    let title = title.filter(|_| meant)?;
    let field = schema().field(&standard.field)?;
    let needed = field.item(&standard.at_least)?;
    let base = |code| {
        let found = Due::new("R06", code).field(&standard.field);
        let found = found.with_code("title", "current_title", title);
        found.with("field", format!("field:{}", standard.field))
    };
    let Some(actual) = summary(person, &standard.field) else { return Some(base("unknown")) };
    let below = Some(actual.level) < needed.level();
    let found = base("below").with_code("needed", &standard.field, &needed.code);
    below.then(|| found.with_code("actual", &standard.field, &actual.code))
}

/// R23: in a row, the last day is not before the first.
fn ends_before_starts(person: &Person, out: &mut Vec<Due>) {
    for table in &schema().tables {
        for (id, row) in person.rows(&table.key) {
            for (first, then) in SPANS {
                let (Some(from), Some(to)) = (row.date(first), row.date(then)) else { continue };
                if to.latest() < from.earliest() {
                    let at = Path::cell(&table.key, *id, then);
                    let found = Due::new("R23", "end_before_start").at(at).with("from", from);
                    let found = found.with("to", to);
                    out.push(found.with("table", format!("table:{}", table.key)));
                }
            }
        }
    }
}

/// R23: one job after another, without a hole. Months may touch.
fn jobs(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    let allowed = rules.params.r23.as_ref().map_or(1, |rule| i32::from(rule.gap_months));
    let mut jobs: Vec<_> = person
        .rows("work_history")
        .filter_map(|(id, row)| Some((row.date("from_date")?, row.date("to_date"), *id)))
        .collect();
    jobs.sort();
    let mut reached: Option<PartialDate> = None;
    for (from, to, id) in jobs {
        let at = Path::cell("work_history", id, "from_date");
        if let Some(end) = reached {
            if from.latest() < end.earliest() {
                out.push(Due::new("R23", "overlap").at(at).with("from", from));
            } else if end.latest().plus_days(1).months_until(from) > allowed {
                out.push(Due::new("R23", "gap").at(at).with("from", end).with("to", from));
            }
        }
        // A job without an end goes on: nothing after it can be a gap.
        let end = to.unwrap_or(PartialDate { year: 2200, month: None, day: None });
        reached = Some(reached.map_or(end, |before| before.max(end)));
    }
}

/// R23: one main post at a time.
fn two_posts(person: &Person, as_of: PartialDate) -> Option<Due> {
    let open = person.rows("appointments").filter(|(_, row)| {
        let ended = row.date("to_date").is_some_and(|to| to.latest() < as_of.earliest());
        row.text("kind") == Some("chinh") && !ended && row.value("to_date").is_none()
    });
    let open: Vec<_> = open.map(|(id, _)| *id).collect();
    let last = open.last().filter(|_| open.len() > 1)?;
    let found = Due::new("R23", "two_posts").at(Path::cell("appointments", *last, "to_date"));
    Some(found.with("count", open.len()))
}

/// R23: no degree at an age at which nobody has one.
fn too_young(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    let (Some(rule), Some(birth)) = (&rules.params.r23, person.date("birth_date")) else { return };
    let youngest = birth.earliest().plus_months(i32::from(rule.degree_age_months));
    for (id, row) in person.rows("degrees") {
        let Some(to) = row.date("to_date").filter(|to| to.latest() < youngest) else { continue };
        let found = Due::new("R23", "degree_age").at(Path::cell("degrees", *id, "to_date"));
        out.push(found.with("to", to).with("years", rule.degree_age_months / 12));
    }
}

/// R23: what comes so many months after something else: recruitment after birth, for instance.
fn too_soon(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    let orders = rules.params.r23.iter().flat_map(|rule| &rule.date_order);
    for order in orders {
        let (Some(first), Some(then)) = (person.date(&order.first), person.date(&order.then))
        else {
            continue;
        };
        if then.latest() >= first.earliest().plus_months(i32::from(order.months)) {
            continue;
        }
        let found = Due::new("R23", "order").field(&order.then).with("then", then);
        let found = found.with("first", first).with("months", order.months);
        let found = found.with("field", format!("field:{}", order.then));
        out.push(found.with("other", format!("field:{}", order.first)));
    }
}

/// R26: shape first, then what the digits tell.
fn identification(person: &Person) -> Vec<Due> {
    let Some(number) = person.text("person_id_no") else { return Vec::new() };
    if number.len() != 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        let found = Due::new("R26", "shape").field("person_id_no");
        return vec![found.with("number", number)];
    }
    let faults = identification_faults(person).into_iter().map(|(code, args)| {
        let code = code.strip_prefix("cccd_").unwrap_or(code);
        let found = Due::new("R26", code).field("person_id_no");
        args.into_iter().fold(found, |found, (name, text)| found.with(name, text))
    });
    faults.collect()
}

/// W02: rows without the number of their paper, as one thing to do.
fn papers(rules: &RuleSet, person: &Person) -> Option<Due> {
    let rule = rules.params.w02.as_ref()?;
    let mut lacking = Vec::new();
    for paper in &rule.papers {
        let rows = person.rows(&paper.table).filter(|(_, row)| row.text(&paper.column).is_none());
        lacking.extend(rows.map(|(id, _)| Path::cell(&paper.table, *id, &paper.column)));
    }
    let first = lacking.first().cloned()?;
    Some(Due::new("W02", "papers").at(first).with("count", lacking.len()))
}

/// W01: required items that are empty, as one thing to do; from what the checks found.
pub(super) fn missing_data(rules: &RuleSet, problems: &[Problem]) -> Option<Due> {
    rules.params.w01.as_ref()?;
    let mut missing = problems.iter().filter(|problem| problem.code == MISSING);
    let first = missing.next()?;
    let count = missing.count() + 1;
    let found = Due::new("W01", "missing").at(first.path.clone()).with("count", count);
    Some(found.with("field", format!("field:{}", first.path.owner())))
}

/// W03: the next birthday.
fn birthday(person: &Person, as_of: PartialDate) -> Option<Due> {
    let birth = person.date("birth_date").filter(|birth| birth.is_full())?;
    let on = next_birthday(birth, as_of)?;
    Some(Due::new("W03", "birthday").on(on).field("birth_date"))
}

/// The first birthday on or after a day; 29 February becomes the 28th in other years.
pub(super) fn next_birthday(birth: PartialDate, from: PartialDate) -> Option<PartialDate> {
    let from = from.earliest();
    let years = i32::from(from.year) - i32::from(birth.year);
    let this_year = birth.plus_months(years.checked_mul(12)?);
    Some(if this_year < from { birth.plus_months((years + 1) * 12) } else { this_year })
}
