//! Succession planning of one person (R13, R14) and what a discipline stands in the way of (R16).

use std::collections::BTreeMap;

use wardbook_base::RowId;

use super::due::Due;
use super::retirement::retirement_date;
use super::table::RuleSet;
use crate::catalogs::Item;
use crate::date::PartialDate;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::schema::schema;

pub(super) fn look(rules: &RuleSet, person: &Person, as_of: PartialDate, out: &mut Vec<Due>) {
    limits(rules, person, out);
    for (id, row) in planned(person) {
        out.extend(not_higher(rules, person, *id, row));
        out.extend(review(rules, *id, row));
        out.extend(disciplined(rules, person, *id, row));
        out.extend(cannot_serve(rules, person, *id, row, as_of));
    }
}

/// Whether succession planning may be kept in the records at all; the city says so by a row.
pub fn planning_recorded(rules: &RuleSet) -> bool {
    rules.params.r13.as_ref().is_some_and(|rule| rule.recorded)
}

/// The rows of planning that stand: approved or added, not taken out.
pub(super) fn planned(person: &Person) -> impl Iterator<Item = (&RowId, &Row)> {
    let stands = |row: &Row| matches!(row.text("status"), Some("da_phe_duyet" | "bo_sung"));
    person.rows("planning").filter(move |(_, row)| stands(row))
}

/// R13: so many posts of one term at most. The posts of a ward are all of one level.
fn limits(rules: &RuleSet, person: &Person, out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r13 else { return };
    let mut terms: BTreeMap<&str, (usize, RowId)> = BTreeMap::new();
    for (id, row) in planned(person) {
        let term = terms.entry(row.text("term").unwrap_or_default()).or_insert((0, *id));
        *term = (term.0 + 1, *id);
    }
    for (term, (count, last)) in terms {
        if count > usize::from(rule.posts_per_person) {
            let found = Due::new("R13", "too_many_posts").at(Path::cell("planning", last, "title"));
            let found = found.with("term", term).with("count", count);
            out.push(found.with("limit", rule.posts_per_person));
        }
    }
}

/// R13: only for a higher post. The lists of posts stand in their order, the highest first.
fn not_higher(rules: &RuleSet, person: &Person, id: RowId, row: &Row) -> Option<Due> {
    rules.params.r13.as_ref()?;
    let post = |code: &str| schema().field("current_title")?.item(code);
    let (title, current) = (row.text("title")?, person.text("current_title")?);
    let (planned, present) = (post(title)?, post(current)?);
    let higher = match (planned.flag("leader"), present.flag("leader")) {
        (true, true) if same_list(planned, present) => planned.sort < present.sort,
        // Posts of before and after July 2025 have no common order.
        (planned, _) => planned,
    };
    let found = Due::new("R13", "not_higher").at(Path::cell("planning", id, "title"));
    let found = found.with_code("title", "current_title", title);
    (!higher).then(|| found.with_code("current", "current_title", current))
}

fn same_list(a: &Item, b: &Item) -> bool {
    a.valid_from == b.valid_from && a.valid_to == b.valid_to
}

/// R13: looked through again every year.
fn review(rules: &RuleSet, id: RowId, row: &Row) -> Option<Due> {
    let months = rules.params.r13.as_ref()?.review_months;
    let year = row.int("review_year").and_then(|year| u16::try_from(year).ok());
    let reviewed = match year {
        Some(year) => PartialDate::full(year, 12, 31).ok()?,
        None => row.date("decision_date")?,
    };
    let found = Due::new("R13", "review").on(reviewed.plus_months(i32::from(months)));
    let found = found.at(Path::cell("planning", id, "review_year"));
    Some(found.with_code("title", "current_title", row.text("title")?))
}

/// R14: out of the planning at once. A discipline of before the decision was known then.
fn disciplined(rules: &RuleSet, person: &Person, id: RowId, row: &Row) -> Option<Due> {
    rules.params.r14.as_ref()?;
    let decided = row.date("decision_date");
    let since = person.rows("disciplines").filter_map(|(_, discipline)| {
        let from = discipline.date("from_date")?;
        decided.is_none_or(|decided| from.latest() >= decided.earliest()).then_some(from)
    });
    let found = Due::new("R14", "discipline").at(Path::cell("planning", id, "status"));
    let found = found.with_code("title", "current_title", row.text("title")?);
    Some(found.with("since", since.min()?))
}

/// R14: one full term must be left before retirement.
fn cannot_serve(
    rules: &RuleSet,
    person: &Person,
    id: RowId,
    row: &Row,
    as_of: PartialDate,
) -> Option<Due> {
    let months = rules.params.r14.as_ref()?.serve_months;
    let retire = retirement_date(rules, person)?;
    if as_of.earliest().plus_months(i32::from(months)) <= retire {
        return None;
    }
    let found = Due::new("R14", "cannot_serve").at(Path::cell("planning", id, "status"));
    let found = found.with_code("title", "current_title", row.text("title")?);
    Some(found.with("retire", retire).with("months", months))
}

/// R16: the discipline that stands longest in the way on a day, with its last day.
pub(super) fn restriction(rules: &RuleSet, person: &Person, on: PartialDate) -> Option<Due> {
    let rule = rules.params.r16.as_ref()?;
    let running = person.rows("disciplines").filter_map(|(id, row)| {
        let since = row.date("from_date").filter(|from| from.earliest() <= on.latest())?;
        let form = row.text("form")?;
        let months = rule.months.get(form).or_else(|| rule.months.get("other")).copied()?;
        let by_rule = since.latest().plus_months(i32::from(months)).plus_days(-1);
        // A decision may name its own end; the rule's is the least.
        let until = row.date("effect_until").map_or(by_rule, |end| by_rule.max(end.latest()));
        (until >= on.earliest()).then_some((until, since, form, *id))
    });
    let (until, since, form, id) = running.max()?;
    let found = Due::new("R16", "restricted").at(Path::cell("disciplines", id, "form"));
    let found = found.with("form", format!("item:discipline_form:{form}"));
    Some(found.with("since", since).with("until", until))
}
