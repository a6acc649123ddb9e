//! The boxes of an action: what they hold at first, what they offer, and what was typed.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::lines::row_words;
use super::score::hundredths;
use super::table::{Event, Input};
use super::value::{Office, Scope};
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::names::{fold, normalise};
use crate::person::Person;
use crate::scalar::Scalar;
use crate::schema::{Kind, schema};
use crate::show::{show, typed_text};
use crate::typed::parse_typed;
use crate::units::{Unit, units};

/// The day on which codes must be valid, when it is asked for.
const EFFECTIVE: &str = "effective";

/// What the boxes hold at first, as one would type it.
pub fn prepare(
    event: &Event,
    person: &Person,
    as_of: PartialDate,
    office: Office<'_>,
) -> BTreeMap<String, String> {
    let nothing = BTreeMap::new();
    let scope = Scope { event, person, values: &nothing, as_of, office, summary: "" };
    let text = |input: &Input| {
        let value = input.default.as_ref().and_then(|value| scope.value(value));
        value.map_or_else(String::new, |value| typed_text(&input.field, &value))
    };
    event.inputs.iter().map(|input| (input.key().to_owned(), text(input))).collect()
}

/// The choices of a box as (code, label); none when it is typed freely. Codes of the day first;
/// those of other days follow with their last or first day, for decisions of the past.
pub fn options(
    input: &Input,
    person: &Person,
    as_of: PartialDate,
    office: Office<'_>,
    lang: Lang,
) -> Option<Vec<(String, String)>> {
    if let Some(table) = input.rows.as_deref().and_then(|key| schema().table(key)) {
        let rows = person.rows(&table.key);
        return Some(rows.map(|(id, row)| (id.to_string(), row_words(table, row, lang))).collect());
    }
    match &input.field.kind {
        Kind::Code => Some(codes(input, as_of, lang)),
        Kind::Unit => Some(wards(office)),
        Kind::Enum(choices) => {
            Some(choices.iter().map(|one| (one.code.clone(), one.label(lang).to_owned())).collect())
        }
        _ => None,
    }
}

/// The other wards of the city.
fn wards(office: Office<'_>) -> Vec<(String, String)> {
    let others = units().neighbours(office.ward).into_iter();
    others.map(|unit| (unit.id.clone(), unit.name.clone())).collect()
}

/// The ward that was typed: by id, code or name, one of the city's where the city is known.
fn ward(text: &str, day: PartialDate, office: Office<'_>) -> Option<&'static Unit> {
    if office.ward.is_empty() {
        let by_code = units().find(text).or_else(|| units().by_code_on(text, day));
        return by_code.or_else(|| only_named(text, &units().search(text, day, 100)));
    }
    let all = units().neighbours(office.ward);
    let by_code = all.iter().copied().find(|unit| unit.id == text || unit.code == text);
    by_code.or_else(|| only_named(text, &all))
}

/// The only unit with a name, with or without its kind.
fn only_named<'u>(text: &str, among: &[&'u Unit]) -> Option<&'u Unit> {
    let wanted = fold(text);
    let means = |name: String| {
        let kinds = ["phuong ", "xa ", "thi tran ", "dac khu "];
        let bare = kinds.iter().find_map(|kind| name.strip_prefix(kind));
        name == wanted || bare == Some(wanted.as_str())
    };
    let mut found = among.iter().copied().filter(|unit| means(fold(&unit.name)));
    found.next().filter(|_| found.next().is_none())
}

fn codes(input: &Input, as_of: PartialDate, lang: Lang) -> Vec<(String, String)> {
    let lists = input.field.catalog_ids().filter_map(|id| crate::catalogs::catalogs().get(id));
    // The lists of administration and Party share some codes.
    let mut seen = BTreeSet::new();
    let items = lists.flat_map(|list| &list.items).filter(|item| seen.insert(item.code.as_str()));
    let (now, other): (Vec<_>, Vec<_>) = items
        .filter(|item| input.only.is_empty() || input.only.contains(&item.code))
        .partition(|item| item.valid_on(as_of));
    let present = now.into_iter().map(|item| (item.code.clone(), item.label(lang).to_owned()));
    let past = other.into_iter().map(|item| {
        let bound = match (item.valid_to, item.valid_from) {
            (Some(to), _) => format!("{} {to}", lang.pick("đến", "until")),
            (None, Some(from)) => format!("{} {from}", lang.pick("từ", "from")),
            (None, None) => String::new(),
        };
        (item.code.clone(), format!("{} ({bound})", item.label(lang)))
    });
    present.chain(past).collect()
}

/// What was typed, read; a box that was not sent holds what it would hold at first.
pub(super) fn read(
    event: &Event,
    person: &Person,
    typed: &BTreeMap<String, String>,
    as_of: PartialDate,
    office: Office<'_>,
) -> (BTreeMap<String, Scalar>, Vec<Fault>) {
    let first = prepare(event, person, as_of, office);
    let text = |input: &Input| {
        let key = input.key();
        typed.get(key).or_else(|| first.get(key)).map_or_else(String::new, |text| normalise(text))
    };
    let day = event.input(EFFECTIVE).and_then(|input| PartialDate::parse_typed(&text(input)).ok());
    let day = day.unwrap_or(as_of);
    let mut values = BTreeMap::new();
    let mut faults = Vec::new();
    for input in &event.inputs {
        match read_one(input, &text(input), person, day, office) {
            Ok(Some(value)) => {
                values.insert(input.key().to_owned(), value);
            }
            Ok(None) if input.field.required => faults.push(Fault::of(input, "", "missing")),
            Ok(None) => {}
            Err(fault) => faults.push(*fault),
        }
    }
    (values, faults)
}

fn read_one(
    input: &Input,
    text: &str,
    person: &Person,
    day: PartialDate,
    office: Office<'_>,
) -> Result<Option<Scalar>, Box<Fault>> {
    let parsed = parse_typed(&input.field, text, day);
    let value = parsed.map_err(|problem| Fault::with(input, problem))?.pop();
    let Some(value) = value.and_then(|(_, value)| value) else { return Ok(None) };
    let shown = show(&input.field, &value, Lang::Vi);
    let wrong = |code| Box::new(Fault::of(input, &shown, code));
    if let Some(table) = &input.rows {
        let known = value.as_text().and_then(|id| id.parse().ok());
        let is_there = known.is_some_and(|id| person.rows(table).any(|(row, _)| *row == id));
        return if is_there { Ok(Some(value)) } else { Err(wrong("event_no_row")) };
    }
    let code = value.as_text().unwrap_or_default();
    if input.field.kind == Kind::Unit {
        return match ward(code, day, office) {
            Some(unit) => Ok(Some(unit.id.as_str().into())),
            None if office.is_named(code) => Err(wrong("event_own_ward")),
            None => Err(wrong("event_unknown_ward")),
        };
    }
    if let Some(format) = input.field.format.as_deref().and_then(|f| f.strip_prefix("digits:")) {
        let fits = code.bytes().all(|byte| byte.is_ascii_digit())
            && format.split(',').any(|n| n.parse() == Ok(code.len()));
        if !fits {
            return Err(Box::new(wrong("wrong_digits").arg("digits", format.replace(',', " / "))));
        }
    }
    match input.field.kind {
        Kind::Code => {
            if !input.only.is_empty() && !input.only.iter().any(|known| known == code) {
                return Err(wrong("event_not_offered"));
            }
            if input.field.item(code).is_some_and(|item| !item.valid_on(day)) {
                return Err(Box::new(wrong("code_not_valid").arg("date", day.to_string())));
            }
        }
        Kind::Date if PartialDate::parse_stored(code).is_ok_and(|date| !date.is_full()) => {
            return Err(wrong("date_not_full"));
        }
        Kind::Decimal { .. } | Kind::Percent => {
            if let Some((min, max)) = input.range
                && hundredths(code).is_none_or(|n| n < min * 100 || n > max * 100)
            {
                let fault = wrong("out_of_range").arg("min", min.to_string());
                return Err(Box::new(fault.arg("max", max.to_string())));
            }
        }
        _ => {}
    }
    Ok(Some(value))
}
