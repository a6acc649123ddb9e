//! The checks that need several values: dates in order, the identification number against sex
//! and birth, the salary against its scale.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use wardbook_base::RowId;

use super::found;
use crate::computed::scale_of;
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::problem::{Level, Problem};
use crate::rules::{Order, in_force};
use crate::schema::{Table, schema};
use crate::show::path_value;
use crate::units::units;

/// A code of `data/problems.json` and what its sentences fill in.
type Fault = (&'static str, Vec<(&'static str, String)>);

/// All checks of a record that need several values.
pub(super) fn check(person: &Person, as_of: PartialDate, out: &mut Vec<Problem>) {
    let rules = in_force(as_of);
    let party = rules.params.r21.as_ref().map(|rule| Order {
        first: "party_join_date".to_owned(),
        then: "party_official_date".to_owned(),
        months: rule.months,
    });
    let rule = rules.params.r23.as_ref();
    for key in rule.iter().flat_map(|rule| &rule.not_in_future) {
        out.extend(in_future(person, key, as_of));
    }
    let orders = rule.iter().flat_map(|rule| &rule.date_order).chain(&party);
    out.extend(orders.filter_map(|order| out_of_order(person, order)));
    for needs in rule.iter().flat_map(|rule| &rule.needs) {
        if person.value(&needs.when).is_some() && person.value(&needs.then).is_none() {
            let path = Path::field(&needs.then);
            let problem = found(path, "", Level::Warning, "missing_with");
            out.push(with(problem, [("other", format!("field:{}", needs.when))]));
        }
    }
    identification(person, out);
    salary(person, out);
    overlaps(person, out);
}

/// In a row, the last day is not before the first.
pub(super) fn check_row_dates(table: &Table, id: RowId, row: &Row, out: &mut Vec<Problem>) {
    for (first, then) in [("from_date", "to_date"), ("from_date", "until"), ("since", "done")] {
        let (Some(a), Some(b)) = (row.date(first), row.date(then)) else { continue };
        if b.latest() < a.earliest() {
            let path = Path::cell(&table.key, id, then);
            let problem = found(path, &b.to_string(), Level::Error, "dates_out_of_order");
            let args = [("other", format!("field:{first}")), ("other_value", a.to_string())];
            out.push(with(problem, args));
        }
    }
}

fn with<const N: usize>(mut problem: Problem, args: [(&'static str, String); N]) -> Problem {
    problem.args.extend(args);
    problem
}

/// Only a date of birth in the future is surely wrong: the others may be newer than the date of
/// the check, which can lie in the past.
fn in_future(person: &Person, key: &str, as_of: PartialDate) -> Option<Problem> {
    let date = person.date(key).filter(|date| date.earliest() > as_of.latest())?;
    let level = if key == "birth_date" { Level::Error } else { Level::Warning };
    Some(found(Path::field(key), &date.to_string(), level, "date_in_future"))
}

/// Only what is wrong for every day that the dates can mean.
fn out_of_order(person: &Person, order: &Order) -> Option<Problem> {
    let (first, then) = (person.date(&order.first)?, person.date(&order.then)?);
    let is_before = then.latest() < first.earliest();
    if !is_before && then.latest() >= first.earliest().plus_months(i32::from(order.months)) {
        return None;
    }
    let args = [
        ("other", format!("field:{}", order.first)),
        ("other_value", first.to_string()),
        ("months", order.months.to_string()),
    ];
    let (level, code) =
        if is_before { (Level::Error, "dates_out_of_order") } else { (Level::Warning, "too_soon") };
    Some(with(found(Path::field(&order.then), &then.to_string(), level, code), args))
}

/// The identification number against the rest. Warnings only: sex and year of birth may have been
/// corrected after it was given.
fn identification(person: &Person, out: &mut Vec<Problem>) {
    let number = person.text("person_id_no").unwrap_or_default();
    out.extend(identification_faults(person).into_iter().map(|(code, args)| {
        let mut problem = found(Path::field("person_id_no"), number, Level::Warning, code);
        problem.args = args;
        problem
    }));
}

/// What the digits of the identification number tell otherwise than the record: the code of each
/// fault with what its sentence fills in. It names province, sex, century and year of birth.
pub(crate) fn identification_faults(person: &Person) -> Vec<Fault> {
    let Some(number) = person.text("person_id_no") else { return Vec::new() };
    if number.len() != 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if !birth_provinces().contains(&number[..3]) {
        faults.push(("cccd_province", vec![("digits", number[..3].to_owned())]));
    }
    let digit = i32::from(number.as_bytes()[3] - b'0');
    let expected = if digit % 2 == 0 { "M" } else { "F" };
    let sex = person.text("sex").and_then(|sex| schema().field("sex")?.item(sex));
    if let Some(sex) = sex.filter(|sex| sex.code != expected) {
        faults.push(("cccd_sex", vec![("sex", sex.label(Lang::Vi).to_owned())]));
    }
    let year = 1900 + 100 * (digit / 2) + number[4..6].parse::<i32>().unwrap_or(0);
    if let Some(birth) = person.date("birth_date").filter(|b| i32::from(b.year) != year) {
        faults.push(("cccd_year", vec![("year", year.to_string()), ("birth", birth.to_string())]));
    }
    faults
}

/// The 63 provinces of before July 2025, with a zero before: nobody was renumbered in 2025.
fn birth_provinces() -> &'static BTreeSet<String> {
    static CODES: OnceLock<BTreeSet<String>> = OnceLock::new();
    CODES.get_or_init(|| {
        let day = PartialDate { year: 2025, month: Some(6), day: Some(30) };
        units().provinces_on(day).iter().map(|area| format!("0{}", area.code)).collect()
    })
}

fn salary(person: &Person, out: &mut Vec<Problem>) {
    let Some(scale) = person.text("rank_code").and_then(scale_of) else { return };
    let Some(step) = person.int("salary_step") else { return };
    let coefficients = scale.attributes.get("coefficients").and_then(|list| list.as_array());
    let steps = coefficients.map_or(0, Vec::len);
    let expected = usize::try_from(step - 1).ok().and_then(|at| coefficients?.get(at)?.as_f64());
    let Some(expected) = expected else {
        let path = Path::field("salary_step");
        let problem = found(path, &step.to_string(), Level::Warning, "step_beyond_scale");
        let args = [("scale", scale.code.clone()), ("steps", steps.to_string())];
        out.push(with(problem, args));
        return;
    };
    let Some(actual) = person.text("salary_coefficient") else { return };
    if actual.parse::<f64>().is_ok_and(|actual| (actual - expected).abs() > 0.004) {
        let path = Path::field("salary_coefficient");
        let shown = path_value(&path, Some(&actual.into()), Lang::Vi);
        let problem = found(path, &shown, Level::Warning, "coefficient_mismatch");
        let expected = format!("{expected:.2}").replace('.', ",");
        let args =
            [("expected", expected), ("step", step.to_string()), ("scale", scale.code.clone())];
        out.push(with(problem, args));
    }
}

/// Jobs one after another do not overlap; the month of change may be in both.
fn overlaps(person: &Person, out: &mut Vec<Problem>) {
    let mut jobs: Vec<(PartialDate, PartialDate, RowId)> = person
        .rows("work_history")
        .filter_map(|(id, row)| {
            let from = row.date("from_date")?;
            Some((from, row.date("to_date")?, *id))
        })
        .collect();
    jobs.sort();
    for pair in jobs.windows(2) {
        let [(_, end, _), (start, _, id)] = pair else { continue };
        if start.latest() < end.earliest() {
            let path = Path::cell("work_history", *id, "from_date");
            out.push(found(path, &start.to_string(), Level::Warning, "overlap"));
        }
    }
}
