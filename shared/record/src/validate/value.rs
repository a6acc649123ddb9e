//! The checks of one value by itself.

use super::found;
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::path::Path;
use crate::problem::{Level, Problem};
use crate::scalar::Scalar;
use crate::schema::{Field, Kind};
use crate::show::show;
use crate::typed::parse_typed;

/// The only secrecy level that may be kept.
const NOT_CLASSIFIED: &str = "khong_mat";

/// What is wrong with a stored value. Codes must be valid on one of the days, the first of which
/// is the day of the check.
pub(super) fn check(
    field: &Field,
    value: &Scalar,
    path: &Path,
    days: &[PartialDate],
) -> Option<Problem> {
    match (&field.kind, value) {
        (Kind::Code | Kind::Codes, Scalar::Text(code)) => check_code(field, code, path, days),
        (Kind::Enum(choices), Scalar::Text(code)) if choices.iter().any(|c| c.code == *code) => {
            None
        }
        (Kind::Date | Kind::PartialDate | Kind::Month, Scalar::Text(text)) => {
            check_date(field, text, path, days)
        }
        (Kind::Decimal { .. } | Kind::Percent, Scalar::Text(text))
            if crate::show::is_decimal(text) && !text.starts_with('-') =>
        {
            None
        }
        (Kind::Bool, Scalar::Bool(_)) => None,
        (Kind::Int { .. } | Kind::Money, Scalar::Int(number)) => {
            retyped(field, &number.to_string(), path, days)
        }
        (
            Kind::Text { .. }
            | Kind::LongText
            | Kind::Uuid
            | Kind::Blob
            | Kind::Ref
            | Kind::DateTime
            | Kind::Unit
            | Kind::Place
            | Kind::Object(_),
            Scalar::Text(text),
        ) => check_text(field, text, path, days),
        (_, Scalar::Text(text)) => {
            retyped(field, text, path, days).or_else(|| Some(wrong_form(text, path)))
        }
        _ => Some(wrong_form(&value.to_string(), path)),
    }
}

/// What a person would be told who typed this.
fn retyped(field: &Field, text: &str, path: &Path, days: &[PartialDate]) -> Option<Problem> {
    let mut problem = parse_typed(field, text, *days.first()?).err()?;
    problem.path = path.clone();
    Some(problem)
}

fn wrong_form(text: &str, path: &Path) -> Problem {
    found(path.clone(), text, Level::Warning, "wrong_form")
}

fn check_code(field: &Field, code: &str, path: &Path, days: &[PartialDate]) -> Option<Problem> {
    let Some(item) = field.item(code) else {
        return retyped(field, code, path, days).or_else(|| Some(wrong_form(code, path)));
    };
    let label = item.label(Lang::Vi);
    if field.key == "secrecy_level" && code != NOT_CLASSIFIED {
        return Some(found(path.clone(), label, Level::Error, "secrecy_not_allowed"));
    }
    if days.iter().any(|day| item.valid_on(*day)) {
        return None;
    }
    let mut problem = found(path.clone(), label, Level::Warning, "code_not_valid");
    problem.args.push(("date", days.last()?.to_string()));
    Some(problem)
}

fn check_date(field: &Field, text: &str, path: &Path, days: &[PartialDate]) -> Option<Problem> {
    let Ok(date) = PartialDate::parse_stored(text) else {
        return retyped(field, text, path, days).or_else(|| Some(wrong_form(text, path)));
    };
    let is_vague = field.kind == Kind::Date && !date.is_full();
    is_vague.then(|| found(path.clone(), &date.to_string(), Level::Warning, "date_not_full"))
}

fn check_text(field: &Field, text: &str, path: &Path, days: &[PartialDate]) -> Option<Problem> {
    let max = match field.kind {
        Kind::Text { max } => max,
        Kind::LongText => wardbook_base::limits::TEXT_CHARACTERS_MAX,
        _ => wardbook_base::limits::STRING_CHARACTERS_MAX,
    };
    // Bytes are at least as many as characters: most texts need no counting.
    if text.len() > max && text.chars().count() > max {
        return retyped(field, text, path, days);
    }
    let (format, argument) =
        field.format.as_deref()?.split_once(':').unwrap_or((field.format.as_deref()?, ""));
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let length_fits = argument.split(',').any(|n| n.parse() == Ok(text.chars().count()));
    let options = argument.replace(',', " / ");
    let shown = show(field, &text.into(), Lang::Vi);
    let problem = |level, code| Some(found(path.clone(), &shown, level, code));
    let with = |name, mut problem: Problem| {
        problem.args.push((name, options.clone()));
        Some(problem)
    };
    match format {
        "digits" if !(is_digits && length_fits) => {
            with("digits", found(path.clone(), &shown, Level::Error, "wrong_digits"))
        }
        "length" if !length_fits => {
            with("length", found(path.clone(), &shown, Level::Warning, "wrong_length"))
        }
        "phone" if !(is_digits && text.len() == 10 && text.starts_with('0')) => {
            problem(Level::Warning, "bad_phone")
        }
        "email" if !is_email(text) => problem(Level::Error, "bad_email"),
        "period" if !is_period(text) => problem(Level::Error, "bad_period"),
        _ => None,
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let host_fits = host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    !name.is_empty() && host_fits && !text.contains(char::is_whitespace) && !host.contains('@')
}

fn is_period(text: &str) -> bool {
    let quarter = text.split_once("-Q").is_some_and(|(year, quarter)| {
        PartialDate::parse_stored(year).is_ok() && matches!(quarter, "1" | "2" | "3" | "4")
    });
    quarter || (text.len() == 7 && PartialDate::parse_stored(text).is_ok())
}
