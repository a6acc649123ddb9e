//! Times in a post: terms (R09, R10), job conversion (R08), secondments (R17), contracts (R18).

use super::due::Due;
use super::retirement::retirement_date;
use super::table::RuleSet;
use crate::computed::holds;
use crate::date::PartialDate;
use crate::events::{has_taken_place, waits};
use crate::path::Path;
use crate::person::{Person, Row};

/// The end of the present term in the title.
pub(crate) fn term_end(rules: &RuleSet, person: &Person) -> Option<PartialDate> {
    let appointed = person.date("title_appoint_date");
    let start = person.date("title_reappoint_date").or(appointed)?;
    Some(start.plus_months(i32::from(rules.params.r09.as_ref()?.months)))
}

pub(super) fn look(rules: &RuleSet, person: &Person, as_of: PartialDate, out: &mut Vec<Due>) {
    out.extend(term(rules, person, as_of));
    out.extend(head_of_one_unit(rules, person));
    out.extend(conversion(rules, person, as_of));
    secondments(rules, person, out);
    out.extend(contract(rules, person));
}

/// R09, for leaders: others hold no post for a term.
fn term(rules: &RuleSet, person: &Person, as_of: PartialDate) -> Option<Due> {
    let title = person.text("current_title").filter(|_| holds(person, "leader", as_of))?;
    let due = term_end(rules, person)?;
    let found = Due::new("R09", "due").on(due).field("title_reappoint_date");
    Some(found.with_code("title", "current_title", title))
}

/// How long and how often somebody has headed one unit: since when, in how many terms.
pub(super) struct Headship {
    pub(super) since: PartialDate,
    pub(super) terms: i64,
}

/// R10: the present headship, by the rows of posts that are of the same title and unit.
pub(super) fn headship(rules: &RuleSet, person: &Person) -> Option<Headship> {
    let rule = rules.params.r10.as_ref()?;
    let title = person.text("current_title")?;
    if !rule.posts.iter().any(|post| post == title) {
        return None;
    }
    let rows = || person.rows("appointments").map(|(_, row)| row);
    let present = rows().find(|row| row.text("title") == Some(title) && is_open(row))?;
    let same = rows()
        .filter(|row| row.text("title") == Some(title) && row.text("org") == present.text("org"));
    let (mut since, mut terms) = (present.date("from_date")?, 0);
    for row in same {
        since = row.date("from_date").map_or(since, |from| since.min(from));
        terms += 1;
        terms = terms.max(row.int("times").unwrap_or(0));
    }
    Some(Headship { since, terms })
}

fn is_open(row: &Row) -> bool {
    row.value("to_date").is_none()
}

fn head_of_one_unit(rules: &RuleSet, person: &Person) -> Option<Due> {
    let rule = rules.params.r10.as_ref()?;
    let head = headship(rules, person)?;
    let due = head.since.plus_months(i32::from(rule.months));
    let found = Due::new("R10", "due").on(due).field("current_title");
    let found = found.with_code("title", "current_title", person.text("current_title")?);
    Some(found.with("since", head.since).with("years", rule.months / 12))
}

/// R08: the open row of the log; a post of periodic conversion without one is a gap in the data.
fn conversion(rules: &RuleSet, person: &Person, as_of: PartialDate) -> Option<Due> {
    let rule = rules.params.r08.as_ref()?;
    let open = person.rows("conversion_log").filter(|(_, row)| row.value("done").is_none());
    let newest = open
        .filter(|(_, row)| row.date("since").is_some())
        .max_by_key(|(_, row)| row.date("since"));
    let Some((id, row)) = newest else {
        let post = post_of(person).filter(|_| holds(person, "periodic_conversion", as_of))?;
        let known = person.rows("conversion_log").next().is_some();
        let found = Due::new("R08", "no_start").at(Path::field("current_title"));
        return (!known).then(|| found.with_code("title", "job_position", post));
    };
    let (since, position) = (row.date("since")?, row.text("position").unwrap_or_default());
    let months = rule.by_post.get(position).copied().unwrap_or(rule.months);
    let due = row.date("due").unwrap_or_else(|| since.plus_months(i32::from(months)));
    let exempt = row.text("exempt").is_some() || near_retirement(rules, person, due).is_some();
    let found = Due::new("R08", "due").on(due).at(Path::cell("conversion_log", *id, "done"));
    let found = found.with_code("title", "job_position", position).with("since", since);
    (!exempt).then_some(found)
}

fn post_of(person: &Person) -> Option<&str> {
    person.text("current_title").or_else(|| person.text("job_position"))
}

/// The date of retirement, when a day is so close to it that no job is converted any more.
pub(super) fn near_retirement(
    rules: &RuleSet,
    person: &Person,
    on: PartialDate,
) -> Option<PartialDate> {
    let months = i32::from(rules.params.r08.as_ref()?.not_before_retirement_months);
    retirement_date(rules, person).filter(|retire| on.plus_months(months) > *retire)
}

/// R17: a secondment ends with its own date, at the latest after the longest time allowed; a row
/// that says so, or a later secondment, closes it.
fn secondments(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r17 else { return };
    // One that the city is only asked for may be too long already, and falls due when it begins.
    let is_meant = |row: &Row| has_taken_place(row) || waits(row);
    let is_one = |row: &Row| row.text("kind") == Some("biet_phai") && is_meant(row);
    for (id, row) in person.rows("movements").filter(|(_, row)| is_one(row)) {
        let Some(since) = row.date("effective") else { continue };
        let longest = since.plus_months(i32::from(rule.months));
        let until = row.date("until").unwrap_or(longest);
        let at = Path::cell("movements", *id, "until");
        if until.earliest() > longest.earliest() {
            let found = Due::new("R17", "too_long").at(at.clone()).with("since", since);
            out.push(found.with("until", until).with("months", rule.months));
        }
        if has_taken_place(row) && !is_over(person, since) {
            out.push(Due::new("R17", "due").on(until).at(at));
        }
    }
}

fn is_over(person: &Person, since: PartialDate) -> bool {
    person.rows("movements").any(|(_, row)| {
        let ends = matches!(row.text("kind"), Some("het_biet_phai" | "biet_phai"));
        ends && has_taken_place(row) && row.date("effective").is_some_and(|on| on > since)
    })
}

/// R18: the contract that was signed last decides; one without an end never ends.
fn contract(rules: &RuleSet, person: &Person) -> Option<Due> {
    rules.params.r18.as_ref()?;
    let signed = |row: &Row| (row.date("from_date"), row.date("to_date"));
    let newest = person.rows("contracts").max_by_key(|(_, row)| signed(row));
    let (id, row) = newest.filter(|(_, row)| row.text("kind") != Some("kxdth"))?;
    let found = Due::new("R18", "due").on(row.date("to_date")?);
    let no = row.text("no").unwrap_or_default();
    Some(found.at(Path::cell("contracts", *id, "to_date")).with("no", no))
}
