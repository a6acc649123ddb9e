//! The regular salary step and what puts it off (R15).

use super::due::Due;
use super::params::Raise;
use super::table::RuleSet;
use crate::catalogs::{Item, catalogs};
use crate::date::PartialDate;
use crate::person::Person;
use crate::schema::schema;

/// The next regular raise; on the last step, the next over-frame allowance.
pub(crate) struct NextRaise {
    pub(crate) due: PartialDate,
    pub(crate) since: PartialDate,
    pub(crate) step: i64,
    pub(crate) over_frame: bool,
}

/// The next raise; none when rank, step or date are not known.
pub(crate) fn next_raise(rules: &RuleSet, person: &Person) -> Option<NextRaise> {
    let rule = rules.params.r15.as_ref()?;
    let scale = scale_of(person.text("rank_code")?)?;
    let since = person.date("salary_date")?;
    let step = person.int("salary_step")?;
    let over_frame = step >= scale.number("steps")?;
    let begun = person.date("over_frame_date").filter(|_| over_frame);
    let (from, months) = match begun {
        Some(from) => (from, rule.over_frame_months),
        None => (since, *rule.step_months.get(scale.code.get(..1)?)?),
    };
    let months = i32::from(months) + delay(rule, person, since) + unpaid_months(person, since);
    Some(NextRaise { due: from.plus_months(months), since, step, over_frame })
}

/// The scale of a rank code.
pub(crate) fn scale_of(rank: &str) -> Option<&'static Item> {
    let scale = schema().field("rank_code")?.item(rank)?.attribute("scale")?;
    catalogs().get("salary_scale")?.item(scale)
}

/// Disciplines since the last raise put the next one off, and so does each year that was rated as
/// not completed.
fn delay(rule: &Raise, person: &Person, since: PartialDate) -> i32 {
    let by_discipline = person.rows("disciplines").filter_map(|(_, row)| {
        row.date("from_date").filter(|from| *from >= since)?;
        let delays = &rule.delay_months;
        delays.get(row.text("form")?).or_else(|| delays.get("other")).copied()
    });
    let failed = person.rows("evaluations").filter(|(_, row)| {
        let after = row.int("year").is_some_and(|year| year >= i64::from(since.year));
        after && row.text("rating") == Some("KHTNV")
    });
    let years = i32::try_from(failed.count()).unwrap_or(0);
    i32::from(by_discipline.max().unwrap_or(0)) + years * i32::from(rule.not_completed_months)
}

/// Whole months of unpaid leave since the last raise.
fn unpaid_months(person: &Person, since: PartialDate) -> i32 {
    let leaves = person.rows("movements").filter_map(|(_, row)| {
        let is_leave = row.text("kind") == Some("nghi_khong_luong");
        let from = row.date("effective").filter(|_| is_leave)?.earliest().max(since.earliest());
        let until = row.date("until")?.latest().plus_days(1);
        Some(from.months_until(until).max(0))
    });
    leaves.sum()
}

pub(super) fn look(rules: &RuleSet, person: &Person, _: PartialDate, out: &mut Vec<Due>) {
    let Some(next) = next_raise(rules, person) else { return };
    let code = if next.over_frame { "over_frame" } else { "due" };
    let found = Due::new("R15", code).on(next.due).field("salary_step");
    out.push(found.with("step", next.step).with("since", next.since));
}
