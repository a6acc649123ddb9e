//! The few numbers of an action that follow from others: steps, coefficients, scores, dates.

use serde::Deserialize;

use super::score;
use super::value::Scope;
use crate::computed::computed_value;
use crate::rules::scale_of;
use crate::scalar::Scalar;

/// A computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Computed {
    /// The step after the present one, as far as the scale goes.
    NextStep,
    /// The coefficient of rank and step, unless one was typed.
    Coefficient,
    /// The percentage after the present one: 5 first, then 1 more.
    NextOverFrame,
    /// How often the present post has been given by the next decision.
    NextTimes,
    /// The first of the month after the retirement age is reached.
    PensionStart,
    /// The month of the form's day, as a period of evaluation.
    ThisPeriod,
    /// Points for tasks, at most 70.
    TaskScore,
    /// All points of a period.
    PeriodTotal,
    /// The points of a year.
    YearScore,
    /// The rating of a year.
    YearRating,
}

/// Computes; none when something it needs is missing.
pub(super) fn computed(what: Computed, scope: &Scope<'_>) -> Option<Scalar> {
    match what {
        Computed::NextStep => next_step(scope),
        Computed::Coefficient => scope.input("coefficient").cloned().or_else(|| coefficient(scope)),
        Computed::NextOverFrame => next_over_frame(scope),
        Computed::NextTimes => next_times(scope),
        Computed::PensionStart => pension_start(scope),
        Computed::ThisPeriod => {
            let day = scope.as_of.earliest();
            Some(format!("{:04}-{:02}", day.year, day.month?).into())
        }
        Computed::TaskScore => score::task(scope).map(score::text),
        Computed::PeriodTotal => score::total(scope).map(score::text),
        Computed::YearScore => score::year(scope).map(score::text),
        Computed::YearRating => score::rating(scope).map(Scalar::from),
    }
}

fn rank(scope: &Scope<'_>) -> Option<String> {
    let typed = scope.input("rank").and_then(Scalar::as_text);
    typed.or_else(|| scope.person.text("rank_code")).map(str::to_owned)
}

fn next_step(scope: &Scope<'_>) -> Option<Scalar> {
    let next = scope.person.int("salary_step")? + 1;
    let last = scale_of(&rank(scope)?)?.number("steps")?;
    (next <= last).then_some(Scalar::Int(next))
}

/// Stored like a typed decimal: without zeros at the end.
fn coefficient(scope: &Scope<'_>) -> Option<Scalar> {
    let step = scope.input("step").and_then(Scalar::as_int)?;
    let scale = scale_of(&rank(scope)?)?;
    let coefficients = scale.attributes.get("coefficients")?.as_array()?;
    let number = coefficients.get(usize::try_from(step - 1).ok()?)?.as_f64()?;
    let text = format!("{number:.2}");
    Some(text.trim_end_matches('0').trim_end_matches('.').into())
}

fn next_over_frame(scope: &Scope<'_>) -> Option<Scalar> {
    let Some(present) = scope.person.text("over_frame_percent") else { return Some("5".into()) };
    let whole: u32 = present.split('.').next()?.parse().ok()?;
    Some((whole + 1).to_string().into())
}

fn next_times(scope: &Scope<'_>) -> Option<Scalar> {
    let title = scope.person.text("current_title")?;
    let rows =
        scope.person.rows("appointments").filter(|(_, row)| row.text("title") == Some(title));
    let times = rows.filter_map(|(_, row)| row.int("times")).max().unwrap_or(1);
    (times < 20).then_some(Scalar::Int(times + 1))
}

fn pension_start(scope: &Scope<'_>) -> Option<Scalar> {
    let due = computed_value(scope.person, "retire_date_due", scope.as_of)?;
    let due: crate::date::PartialDate = due.as_text()?.parse().ok()?;
    let mut first = due.plus_months(1).earliest();
    first.day = Some(1);
    Some(first.stored().into())
}
