//! The points of Decree 335/2025: 30 general and 70 for tasks; the year as the mean of its
//! quarters; the rating by points, and the one that a discipline brings about by itself. The thresholds of the
//! rating are the rules'.

use super::value::Scope;
use crate::date::PartialDate;
use crate::rules::{in_force, rating_for};
use crate::scalar::Scalar;

/// The parts of a task score, and those that only leaders have.
const PARTS: [&str; 6] =
    ["qty_pct", "quality_pct", "progress_pct", "unit_pct", "organise_pct", "unity_pct"];
/// The rating of whoever did not fulfil the tasks, and of whoever is not rated.
const NOT_FULFILLED: &str = "KHTNV";
const NOT_RATED: &str = "KXL";

/// Decimal text in hundredths, which is all that a score has.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{fraction:0<2}");
    let fraction: i64 = digits.get(..2)?.parse().ok()?;
    Some(whole.parse::<i64>().ok()?.checked_mul(100)? + fraction)
}

/// Hundredths as stored decimal text, without zeros at the end.
pub(super) fn text(hundredths: i64) -> Scalar {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

fn points(scope: &Scope<'_>, key: &str) -> Option<i64> {
    hundredths(scope.input(key)?.as_text()?)
}

/// Divides and rounds half up.
const fn mean(sum: i64, by: i64) -> i64 {
    (2 * sum + by) / (2 * by)
}

/// The mean of the percentages, of which 70 points are made.
pub(super) fn task(scope: &Scope<'_>) -> Option<i64> {
    let parts: Vec<i64> = PARTS.iter().filter_map(|key| points(scope, key)).collect();
    let count = i64::try_from(parts.len()).ok().filter(|count| *count > 0)?;
    Some(mean(parts.iter().sum::<i64>() * 70, count * 100))
}

/// All points of a period.
pub(super) fn total(scope: &Scope<'_>) -> Option<i64> {
    Some(points(scope, "general_30")? + task(scope)?)
}

/// The points of a year: what was typed, else the mean of its quarters. A quarter without points
/// of its own has the mean of its months.
pub(super) fn year(scope: &Scope<'_>) -> Option<i64> {
    points(scope, "final_score").or_else(|| {
        let year = scope.input("year")?.as_int()?;
        let quarters: Vec<i64> =
            (1..=4).filter_map(|quarter| of_quarter(scope, year, quarter)).collect();
        mean_of(&quarters)
    })
}

fn of_quarter(scope: &Scope<'_>, year: i64, quarter: i64) -> Option<i64> {
    let of = |period: String| {
        let rows = scope.person.rows("evaluation_periods");
        let row = rows.filter(|(_, row)| row.text("period") == Some(period.as_str())).last();
        row.and_then(|(_, row)| hundredths(row.text("total")?))
    };
    of(format!("{year:04}-Q{quarter}")).or_else(|| {
        let months = (3 * quarter - 2)..=(3 * quarter);
        let points: Vec<i64> =
            months.filter_map(|month| of(format!("{year:04}-{month:02}"))).collect();
        mean_of(&points)
    })
}

fn mean_of(points: &[i64]) -> Option<i64> {
    let count = i64::try_from(points.len()).ok().filter(|count| *count > 0)?;
    Some(mean(points.iter().sum(), count))
}

/// The rating of the year.
pub(super) fn rating(scope: &Scope<'_>) -> Option<String> {
    let ticked = |key: &str| scope.input(key).and_then(Scalar::as_bool) == Some(true);
    if ticked("not_rated") {
        return Some(NOT_RATED.to_owned());
    }
    let disciplined = was_disciplined(scope) && !ticked("not_duty");
    if ticked("degraded") || ticked("corruption") || disciplined {
        return Some(NOT_FULFILLED.to_owned());
    }
    let last_day = PartialDate::full(u16::try_from(scope.input("year")?.as_int()?).ok()?, 12, 31);
    let points = year(scope)?;
    let rules = in_force(last_day.ok()?);
    let rating = rating_for(&rules, in_points(points));
    (!rating.is_empty()).then(|| rating.to_owned())
}

/// Hundredths as points; scores are far below where a float loses them.
fn in_points(hundredths: i64) -> f64 {
    i32::try_from(hundredths).map_or(0.0, |small| f64::from(small) / 100.0)
}

/// Whether a discipline of the administration took effect in the year.
fn was_disciplined(scope: &Scope<'_>) -> bool {
    let year = scope.input("year").and_then(Scalar::as_int);
    let in_year = |date: PartialDate| Some(i64::from(date.year)) == year;
    scope.person.rows("disciplines").any(|(_, row)| {
        row.text("system") == Some("chinh_quyen") && row.date("from_date").is_some_and(in_year)
    })
}
