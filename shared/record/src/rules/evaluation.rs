//! Evaluation of one person (R01, R02, R03, R05).

use std::collections::BTreeMap;

use wardbook_base::RowId;

use super::due::Due;
use super::table::RuleSet;
use crate::date::PartialDate;
use crate::path::Path;
use crate::person::{Person, Row};

/// Points may differ by so much through rounding.
const ROUNDING: f64 = 0.011;

/// R05: task points from the percentages of quantity, quality and progress, with what each failure
/// of quality or delay takes away. 0 to 70 with the released thresholds.
pub fn task_score(
    rules: &RuleSet,
    quantity: f64,
    quality: f64,
    progress: f64,
    failures: u32,
) -> f64 {
    task_score_of(rules, &[quantity, quality, progress], failures)
}

/// The same from any parts: leaders have six, of which three are their unit's.
pub fn task_score_of(rules: &RuleSet, parts: &[f64], failures: u32) -> f64 {
    let Some(rule) = &rules.params.r05 else { return 0.0 };
    let count = f64::from(u32::try_from(parts.len().max(1)).unwrap_or(1));
    let mean = parts.iter().sum::<f64>() / count;
    let lost = f64::from(failures) * f64::from(rule.failure_percent) / 100.0;
    let share = (mean / 100.0 * (1.0 - lost)).clamp(0.0, 1.0);
    (share * f64::from(rule.task_max) * 100.0).round() / 100.0
}

/// R03: the code of the rating that a score gives; empty when the rule is not in force.
pub fn rating_for(rules: &RuleSet, score: f64) -> &'static str {
    match &rules.params.r03 {
        None => "",
        Some(rule) if score >= f64::from(rule.excellent) => "HTXSNV",
        Some(rule) if score >= f64::from(rule.good) => "HTTNV",
        Some(rule) if score >= f64::from(rule.completed) => "HTNV",
        Some(_) => "KHTNV",
    }
}

pub(super) fn look(rules: &RuleSet, person: &Person, _: PartialDate, out: &mut Vec<Due>) {
    let years = years(person);
    out.extend(low(rules, &years));
    out.extend(failed(rules, &years));
    for (id, row) in person.rows("evaluations") {
        out.extend(rating_differs(rules, *id, row));
        out.extend(rated_though_disciplined(rules, person, *id, row));
    }
    for (id, row) in person.rows("evaluation_periods") {
        out.extend(task_differs(rules, *id, row));
        out.extend(total_differs(*id, row).filter(|_| rules.params.r05.is_some()));
    }
}

/// The rating of each year; the row that was entered last counts.
fn years(person: &Person) -> BTreeMap<i64, (&str, RowId)> {
    let rows = person.rows("evaluations");
    rows.filter_map(|(id, row)| Some((row.int("year")?, (row.text("rating")?, *id)))).collect()
}

/// How many years up to the last one have such a rating without a break.
fn run(years: &BTreeMap<i64, (&str, RowId)>, fits: impl Fn(&str) -> bool) -> i64 {
    let Some((last, _)) = years.last_key_value() else { return 0 };
    let in_run = |back: &i64| years.get(&(last - back)).is_some_and(|(rating, _)| fits(rating));
    i64::try_from((0..60).take_while(in_run).count()).unwrap_or(0)
}

fn low(rules: &RuleSet, years: &BTreeMap<i64, (&str, RowId)>) -> Option<Due> {
    let rule = rules.params.r01.as_ref()?;
    let count = run(years, |rating| rule.ratings.iter().any(|low| low == rating));
    (count >= i64::from(rule.years)).then(|| over_years("R01", "two_years", years, count))?
}

fn failed(rules: &RuleSet, years: &BTreeMap<i64, (&str, RowId)>) -> Option<Due> {
    let rule = rules.params.r02.as_ref()?;
    match run(years, |rating| rating == rule.rating) {
        0 => None,
        count if count >= i64::from(rule.years) => over_years("R02", "two_years", years, count),
        count => over_years("R02", "one_year", years, count),
    }
}

fn over_years(
    rule: &str,
    code: &str,
    years: &BTreeMap<i64, (&str, RowId)>,
    count: i64,
) -> Option<Due> {
    let (last, (_, id)) = years.last_key_value()?;
    let found = Due::new(rule, code).at(Path::cell("evaluations", *id, "rating"));
    Some(found.with("years", count).with("from", last - count + 1).with("to", last))
}

/// R03, for years in which it was in force.
fn rating_differs(rules: &RuleSet, id: RowId, row: &Row) -> Option<Due> {
    rules.params.r03.as_ref()?;
    let (year, rating, score) = (row.int("year")?, row.text("rating")?, row.text("final_score")?);
    let expected = rating_for(rules, score.parse().ok()?);
    let found = Due::new("R03", "rating_differs").at(Path::cell("evaluations", id, "rating"));
    let found = found.with("year", year).with("score", score.replace('.', ","));
    let found = found.with("expected", format!("item:evaluation_rating:{expected}"));
    let found = found.with("rating", format!("item:evaluation_rating:{rating}"));
    // Rated lower than the points: that is what a discipline does.
    (rating != expected && rating != "KHTNV" && year >= 2026).then_some(found)
}

fn rated_though_disciplined(rules: &RuleSet, person: &Person, id: RowId, row: &Row) -> Option<Due> {
    rules.params.r03.as_ref()?;
    let (year, rating) = (row.int("year")?, row.text("rating")?);
    let disciplined = person.rows("disciplines").any(|(_, discipline)| {
        discipline.date("from_date").is_some_and(|from| i64::from(from.year) == year)
    });
    let found = Due::new("R03", "disciplined").at(Path::cell("evaluations", id, "rating"));
    let found = found.with("year", year).with("rating", format!("item:evaluation_rating:{rating}"));
    (disciplined && rating != "KHTNV" && year >= 2026).then_some(found)
}

/// R05: what is stored against what the percentages give. Failures are not stored one by one, so
/// only more points than the percentages allow is wrong.
fn task_differs(rules: &RuleSet, id: RowId, row: &Row) -> Option<Due> {
    rules.params.r05.as_ref()?;
    let stored = points(row, "task_70")?;
    let all =
        |keys: [&str; 3]| -> Option<Vec<f64>> { keys.iter().map(|key| points(row, key)).collect() };
    let mut parts = all(["qty_pct", "quality_pct", "progress_pct"])?;
    // Leaders only: all three, or none.
    let leads = all(["unit_pct", "organise_pct", "unity_pct"]);
    parts.extend(leads.into_iter().flatten());
    let expected = task_score_of(rules, &parts, 0);
    let found = Due::new("R05", "task_differs").at(Path::cell("evaluation_periods", id, "task_70"));
    let found = found.with("period", row.text("period").unwrap_or_default());
    let found = found.with("stored", shown(stored)).with("expected", shown(expected));
    (stored > expected + ROUNDING).then_some(found)
}

fn total_differs(id: RowId, row: &Row) -> Option<Due> {
    let stored = points(row, "total")?;
    let expected = points(row, "general_30")? + points(row, "task_70")?;
    let found = Due::new("R05", "total_differs").at(Path::cell("evaluation_periods", id, "total"));
    let found = found.with("period", row.text("period").unwrap_or_default());
    let found = found.with("stored", shown(stored)).with("expected", shown(expected));
    ((stored - expected).abs() > ROUNDING).then_some(found)
}

fn points(row: &Row, column: &str) -> Option<f64> {
    let value = row.value(column)?;
    value.to_string().parse().ok().filter(|number: &f64| number.is_finite())
}

fn shown(points: f64) -> String {
    format!("{points:.2}").replace('.', ",")
}
