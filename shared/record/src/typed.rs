//! From what a person types to what is stored.

use crate::date::{DateError, PartialDate};
use crate::edit::Edit;
use crate::names::{fold, normalise, normalise_lines};
use crate::path::Path;
use crate::person::Person;
use crate::problem::{Level, Problem};
use crate::scalar::Scalar;
use crate::schema::{Choice, Field, Kind, Part};
use crate::show::is_decimal;

/// What stands for "nothing" in a box or a cell, folded.
const NOTHING: [&str; 4] = ["", "-", "--", "x/x"];

/// Reads what stands in a form box or a spreadsheet cell: pairs of key suffix and value, none =
/// emptied. Suffixes: `""`; `.text` for a place; `.type` and so on for an object (its texts
/// parted by semicolons); `/code` for a set of codes, of which those that are not listed are not
/// in the set. Codes may be typed as code or as label in either language. The path of a problem
/// is the field itself; who reads a cell replaces it.
///
/// # Errors
/// What is wrong with it; the caller may keep the raw text (see [`typed_edits`]).
#[expect(clippy::result_large_err, reason = "the problem is the answer, kept by every caller")]
pub fn parse_typed(
    field: &Field,
    typed: &str,
    as_of: PartialDate,
) -> Result<Vec<(String, Option<Scalar>)>, Problem> {
    read(field, typed, as_of).map_err(|problem| *problem)
}

/// What was read, or the problem; boxed, because it is large.
type Reading<T> = Result<T, Box<Problem>>;

fn read(field: &Field, typed: &str, as_of: PartialDate) -> Reading<Vec<(String, Option<Scalar>)>> {
    let text = match field.kind {
        Kind::LongText => normalise_lines(typed),
        _ => normalise(typed),
    };
    let one = |value: Option<Scalar>| Ok(vec![(String::new(), value)]);
    if NOTHING.contains(&text.as_str()) {
        return Ok(emptied(field));
    }
    match &field.kind {
        Kind::Place => Ok(vec![(".text".to_owned(), Some(within(field, text, 500)?.into()))]),
        Kind::Object(parts) => Ok(object(parts, &text)),
        Kind::Codes => codes(field, &text, as_of),
        Kind::Text { max } => one(Some(within(field, formatted(field, text), *max)?.into())),
        Kind::LongText => {
            let max = wardbook_base::limits::TEXT_CHARACTERS_MAX;
            one(Some(within(field, text, max)?.into()))
        }
        Kind::Int { min, max } => one(Some(int(field, &text, *min, *max)?.into())),
        Kind::Money => one(Some(money(field, &text)?.into())),
        Kind::Decimal { scale, .. } => one(Some(decimal(field, &text, *scale)?.into())),
        Kind::Percent => {
            let bare = text.trim_end_matches('%').trim_end();
            one(Some(decimal(field, bare, 2)?.into()))
        }
        Kind::Bool => one(Some(yes_or_no(field, &text)?.into())),
        Kind::Date | Kind::PartialDate | Kind::Month => {
            one(Some(date(field, &text)?.stored().into()))
        }
        Kind::Code => one(Some(code(field, &text, as_of)?.into())),
        Kind::Enum(choices) => one(Some(choice(field, choices, &text)?.into())),
        Kind::Unit | Kind::Uuid | Kind::Blob | Kind::DateTime | Kind::Ref => {
            one(Some(within(field, text, 500)?.into()))
        }
    }
}

/// The edits that bring a single field of `current` (none = a new record) to what was typed;
/// empty when nothing changes. What cannot be read is kept as typed, beside the problem.
pub fn typed_edits(
    field: &Field,
    typed: &str,
    as_of: PartialDate,
    current: Option<&Person>,
) -> (Vec<Edit>, Option<Problem>) {
    let (parts, problem) = match parse_typed(field, typed, as_of) {
        Ok(parts) => (parts, None),
        Err(problem) => (kept(field, typed), Some(problem)),
    };
    let mut edits: Vec<Edit> = Vec::new();
    for (suffix, value) in parts {
        let path = path_of(field, &suffix);
        let stands = current.and_then(|person| person.at(&path));
        match value {
            Some(value) if stands.as_ref() != Some(&value) => edits.push(Edit::set(path, value)),
            None if stands.is_some() => edits.push(Edit::Clear { path }),
            _ => {}
        }
    }
    if let Some(person) = current {
        edits.extend(consequences(field, typed, &edits, person));
    }
    (edits, problem)
}

/// The value of a cell of a table's row from what was typed: none = empty. What cannot be read is
/// kept as typed, beside the problem, whose path is the column's key.
pub fn cell_scalar(
    column: &Field,
    typed: &str,
    as_of: PartialDate,
) -> (Option<Scalar>, Option<Problem>) {
    match parse_typed(column, typed, as_of) {
        Ok(mut parts) => (parts.pop().and_then(|(_, value)| value), None),
        Err(problem) => (Some(Scalar::Text(normalise_lines(typed))), Some(problem)),
    }
}

fn path_of(field: &Field, suffix: &str) -> Path {
    match suffix.strip_prefix('/') {
        Some(code) => Path::code(&field.key, code),
        None => Path::field(format!("{}{suffix}", field.key)),
    }
}

/// Codes that are no longer listed leave the set; a unit that no longer goes with the changed
/// text of a place is emptied.
fn consequences(field: &Field, typed: &str, edits: &[Edit], person: &Person) -> Vec<Edit> {
    match field.kind {
        Kind::Codes => {
            let wanted = |code: &str| {
                edits.iter().flat_map(Edit::paths).any(|p| p == Path::code(&field.key, code))
                    || listed(field, typed).any(|known| known == code)
            };
            person
                .codes(&field.key)
                .filter(|code| !wanted(code))
                .map(|code| Edit::Clear { path: Path::code(&field.key, code) })
                .collect()
        }
        Kind::Place => {
            let unit = format!("{}.unit", field.key);
            let goes = !edits.is_empty() && person.text(&unit).is_some();
            let cleared = edits.iter().flat_map(Edit::paths).any(|p| p == Path::field(&unit));
            if goes && !cleared { vec![Edit::Clear { path: Path::field(unit) }] } else { vec![] }
        }
        _ => Vec::new(),
    }
}

fn listed<'a>(field: &'a Field, typed: &str) -> impl Iterator<Item = String> + 'a {
    let typed = normalise(typed);
    let words: Vec<String> = split_list(&typed).map(str::to_owned).collect();
    words.into_iter().map(|word| find_code(field, &word, None).unwrap_or_else(|| bare(&word)))
}

/// What is kept of text that cannot be read.
fn kept(field: &Field, typed: &str) -> Vec<(String, Option<Scalar>)> {
    let text = normalise_lines(typed);
    match field.kind {
        Kind::Codes => listed(field, typed)
            .map(|code| (format!("/{code}"), Some(Scalar::Bool(true))))
            .collect(),
        Kind::Place => vec![(".text".to_owned(), Some(Scalar::Text(text)))],
        _ => vec![(String::new(), Some(Scalar::Text(text)))],
    }
}

fn emptied(field: &Field) -> Vec<(String, Option<Scalar>)> {
    match field.kind {
        Kind::Codes => Vec::new(),
        _ => field.parts().into_iter().map(|part| (part.suffix, None)).collect(),
    }
}

fn problem(field: &Field, value: &str, code: &'static str) -> Box<Problem> {
    Box::new(Problem {
        path: Path::field(&field.key),
        value: value.to_owned(),
        level: Level::Error,
        code,
        args: Vec::new(),
    })
}

fn within(field: &Field, text: String, max: usize) -> Reading<String> {
    if text.chars().count() <= max {
        return Ok(text);
    }
    let start: String = text.chars().take(40).collect();
    let mut problem = problem(field, &format!("{start}…"), "text_too_long");
    problem.args.push(("max", max.to_string()));
    Err(problem)
}

/// Numbers that are typed with spaces, points or hyphens between the digits lose them. A
/// spreadsheet may have dropped the leading zero of a telephone or identity number; that is
/// put back only where exactly one digit is missing.
fn formatted(field: &Field, text: String) -> String {
    let Some(format) = &field.format else { return text };
    if format == "email" || format == "period" {
        return text;
    }
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    if !bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') {
        return text;
    }
    let digits = bare.bytes().all(|b| b.is_ascii_digit());
    match (format.as_str(), bare.len()) {
        ("phone", _) if bare.starts_with("+84") => format!("0{}", &bare[3..]),
        ("phone", 9) | ("digits:12", 11) if digits => format!("0{bare}"),
        _ => bare,
    }
}

fn object(parts: &[Part], text: &str) -> Vec<(String, Option<Scalar>)> {
    let mut texts = text.splitn(parts.len(), ';').map(str::trim);
    let pairs = parts.iter().map(|part| {
        let text = texts.next().filter(|text| !text.is_empty());
        (part.suffix.clone(), text.map(Scalar::from))
    });
    pairs.collect()
}

fn split_list(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',']).map(str::trim).filter(|word| !word.is_empty())
}

/// A code that is kept as typed must not contain what parts a path.
fn bare(word: &str) -> String {
    word.replace('/', " ")
}

fn codes(field: &Field, text: &str, as_of: PartialDate) -> Reading<Vec<(String, Option<Scalar>)>> {
    // A label may itself contain a comma, so the whole text is tried first.
    let words: Vec<&str> = match find_code(field, text, Some(as_of)) {
        Some(_) => vec![text],
        None => split_list(text).collect(),
    };
    let mut out = Vec::new();
    for word in words {
        out.push((format!("/{}", code(field, word, as_of)?), Some(Scalar::Bool(true))));
    }
    Ok(out)
}

fn code(field: &Field, text: &str, as_of: PartialDate) -> Reading<String> {
    find_code(field, text, Some(as_of)).ok_or_else(|| {
        let mut problem = problem(field, text, "unknown_code");
        let list = field.catalog_ids().next().unwrap_or_default();
        problem.args.push(("catalog", format!("catalog:{list}")));
        problem
    })
}

/// By code, else by label, folded; of several the one that is valid on the date.
fn find_code(field: &Field, text: &str, as_of: Option<PartialDate>) -> Option<String> {
    if field.item(text).is_some() {
        return Some(text.to_owned());
    }
    let folded = fold(text);
    let mut matches: Vec<_> = field
        .catalog_ids()
        .filter_map(|id| crate::catalogs::catalogs().get(id))
        .flat_map(|list| list.labelled(&folded))
        .collect();
    matches.sort_by_key(|item| as_of.is_some_and(|date| !item.valid_on(date)));
    matches.first().map(|item| item.code.clone())
}

fn choice(field: &Field, choices: &[Choice], text: &str) -> Reading<String> {
    let folded = fold(text);
    let fits = |choice: &&Choice| {
        [&choice.code, &choice.label_vi, &choice.label_en].iter().any(|t| fold(t) == folded)
    };
    let found = choices.iter().find(fits).map(|choice| choice.code.clone());
    found.ok_or_else(|| problem(field, text, "unknown_choice"))
}

fn int(field: &Field, text: &str, min: i64, max: i64) -> Reading<i64> {
    // Spreadsheets give whole numbers as 5.0 at times.
    let bare = text.strip_suffix(".0").unwrap_or(text);
    let number: i64 = bare.parse().map_err(|_| problem(field, text, "not_a_number"))?;
    if (min..=max).contains(&number) {
        return Ok(number);
    }
    let mut problem = problem(field, text, "out_of_range");
    problem.args = vec![("min", min.to_string()), ("max", max.to_string())];
    Err(problem)
}

fn money(field: &Field, text: &str) -> Reading<i64> {
    let bare: String = text.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | 'đ')).collect();
    let number: i64 = bare.parse().map_err(|_| problem(field, text, "not_a_number"))?;
    if number < 0 { Err(problem(field, text, "negative")) } else { Ok(number) }
}

/// Accepts `3,66`, `3.66` and `1.234,5`. A single separator is the decimal one, because
/// coefficients are typed either way; with both, the comma is (the Vietnamese way).
fn decimal(field: &Field, text: &str, scale: u8) -> Reading<String> {
    let compact: String = text.chars().filter(|c| *c != ' ').collect();
    let plain =
        if compact.contains(',') { compact.replace('.', "").replace(',', ".") } else { compact };
    if !is_decimal(&plain) {
        return Err(problem(field, text, "not_a_number"));
    }
    if plain.starts_with('-') {
        return Err(problem(field, text, "negative"));
    }
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > usize::from(scale) || whole.len() > 12 {
        let mut problem = problem(field, text, "too_precise");
        problem.args.push(("scale", scale.to_string()));
        return Err(problem);
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

fn yes_or_no(field: &Field, text: &str) -> Reading<bool> {
    match fold(text).as_str() {
        "1" | "co" | "x" | "yes" | "true" | "dung" | "on" | "roi" => Ok(true),
        "0" | "khong" | "no" | "false" | "sai" | "chua" => Ok(false),
        _ => Err(problem(field, text, "not_yes_or_no")),
    }
}

fn date(field: &Field, text: &str) -> Reading<PartialDate> {
    PartialDate::parse_typed(text).map_err(|error| match error {
        DateError::Form => problem(field, text, "not_a_date"),
        DateError::NoSuchDay => problem(field, text, "no_such_day"),
        DateError::TwoDigitYear => {
            let mut problem = problem(field, text, "two_digit_year");
            let both: Vec<String> =
                PartialDate::centuries(text).iter().map(ToString::to_string).collect();
            problem.args.push(("dates", both.join(", ")));
            problem
        }
    })
}

#[cfg(test)]
mod tests {
    use wardbook_base::DocumentId;

    use super::*;
    use crate::schema::schema;

    const DAY: &str = "2025-06-30";

    fn typed(key: &str, text: &str) -> Result<String, &'static str> {
        let field = schema().field(key).unwrap();
        let parsed = parse_typed(field, text, DAY.parse().unwrap()).map_err(|p| p.code)?;
        let shown = parsed.iter().map(|(suffix, value)| {
            format!("{suffix}{}", value.as_ref().map_or("∅".to_owned(), ToString::to_string))
        });
        Ok(shown.collect::<Vec<_>>().join(" | "))
    }

    fn check(key: &str, text: &str, expected: &str) {
        assert_eq!(typed(key, text).as_deref(), Ok(expected), "{key}: {text}");
    }

    #[test]
    fn what_is_typed_becomes_what_is_stored() {
        check("full_name", "  Nguye\u{302}\u{303}n  Văn An", "Nguyễn Văn An");
        check("birth_date", "28/2/1990", "1990-02-28");
        check("person_id_no", "074 190 000 123", "074190000123");
        check("person_id_no", "74190000123", "074190000123");
        check("phone", "+84 912.345.678", "0912345678");
        check("sex", "nữ", "F");
        check("sex", "Male", "M");
        check("current_title", "Chủ tịch UBND", "CB05");
        check("salary_coefficient", "3,660", "3.66");
        check("salary_coefficient", "3.66", "3.66");
        check("salary_percent", "85 %", "85");
        check("vtvl_salary", "12.340.000 đ", "12340000");
        check("defence_training", "Có", "true");
        check("birth_place", "Xã A, Huyện B", ".textXã A, Huyện B");
        check("house_bought", "Cấp 4; 60", ".typeCấp 4 | .area_m260 | .certificate∅");
        check("policy_category", "Không; thuong_binh", "/khongtrue | /thuong_binhtrue");
        check("verify_status", "Bản nháp", "draft");
        check("phone", " - ", "∅");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (key, text, code) in [
            ("birth_date", "31/2/1990", "no_such_day"),
            ("birth_date", "hôm qua", "not_a_date"),
            ("birth_date", "28/2/90", "two_digit_year"),
            ("sex", "giữa", "unknown_code"),
            ("salary_step", "13", "out_of_range"),
            ("salary_coefficient", "3,666", "too_precise"),
            ("salary_coefficient", "-1", "negative"),
            ("vtvl_salary", "nhiều", "not_a_number"),
            ("defence_training", "có lẽ", "not_yes_or_no"),
            ("verify_status", "xong", "unknown_choice"),
        ] {
            assert_eq!(typed(key, text), Err(code), "{key}: {text}");
        }
        assert_eq!(typed("full_name", &"a".repeat(101)), Err("text_too_long"));
    }

    #[test]
    fn the_title_of_the_date_wins_where_two_lists_share_a_label() {
        let field = schema().field("current_title").unwrap();
        let now = PartialDate::full(2026, 1, 1).unwrap();
        let parsed = parse_typed(field, "Chủ tịch HĐND", now).unwrap();
        assert_eq!(parsed, [(String::new(), Some("P04".into()))]);
        check("current_title", "Chủ tịch HĐND", "CB03");
    }

    #[test]
    fn only_what_differs_becomes_an_edit_and_unreadable_text_is_kept() {
        let mut person = Person::new(DocumentId([1; 16]));
        person.values.insert("phone".into(), "0912345678".into());
        person.values.insert("birth_place.text".into(), "Xã A".into());
        person.values.insert("birth_place.unit".into(), "25888.1".into());
        person.codes.entry("policy_category".into()).or_default().insert("khong".into());
        let day = DAY.parse().unwrap();
        let edits = |key: &str, text: &str| {
            typed_edits(schema().field(key).unwrap(), text, day, Some(&person))
        };
        assert_eq!(edits("phone", "0912 345 678"), (vec![], None));
        assert_eq!(edits("phone", "").0, [Edit::Clear { path: Path::field("phone") }]);
        let (kept, problem) = edits("birth_date", "32/13/1990");
        assert_eq!(kept, [Edit::set_field("birth_date", "32/13/1990")]);
        assert_eq!(problem.map(|p| p.code), Some("no_such_day"));
        let unit = Edit::Clear { path: Path::field("birth_place.unit") };
        let text = Edit::set_field("birth_place.text", "Xã B");
        assert_eq!(edits("birth_place", "Xã B").0, [text, unit]);
        assert_eq!(edits("birth_place", "Xã A").0, []);
        let new = Edit::set(Path::code("policy_category", "thuong_binh"), true);
        let old = Edit::Clear { path: Path::code("policy_category", "khong") };
        assert_eq!(edits("policy_category", "thuong_binh").0, [new, old.clone()]);
        assert_eq!(edits("policy_category", "").0, [old]);
    }
}
