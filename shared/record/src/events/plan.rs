//! All edits of an action at once, or everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::applied;
use super::fault::Fault;
use super::inputs;
use super::lines::{Line, lines};
use super::request::waiting;
use super::score::hundredths;
use super::table::{Event, Input};
use super::value::{Office, Scope};
use super::write::Writer;
use crate::date::PartialDate;
use crate::edit::Edit;
use crate::lang::Lang;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::problem::{Level, Problem};
use crate::rows::RowIds;
use crate::scalar::Scalar;
use crate::schema::schema;
use crate::show::show;
use crate::validate::validate;

/// The work statuses of people who have left.
const GONE: [&str; 4] = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];

/// What somebody wants written.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The action.
    pub event: &'a Event,
    /// The record as it stands.
    pub person: &'a Person,
    /// The boxes as typed; one that is not here holds what [`super::prepare`] gives.
    pub typed: &'a BTreeMap<String, String>,
    /// The day by which values are judged.
    pub as_of: PartialDate,
    /// The day that it is: no decision can be of a later one.
    pub today: PartialDate,
    /// The office.
    pub office: Office<'a>,
    /// Why it is written in spite of warnings; empty when there were none.
    pub reason: &'a str,
}

/// What an action writes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was typed, read.
    pub values: BTreeMap<String, Scalar>,
    /// The day on which it takes effect.
    pub effective: PartialDate,
    /// The edits, to be saved as one change.
    pub edits: Vec<Edit>,
    /// The record with them.
    pub after: Person,
    /// What is doubtful about the record with them and was not before.
    pub warnings: Vec<Problem>,
}

impl Plan {
    /// What it changes in the record that it was made for, for people.
    pub fn lines(&self, before: &Person, lang: Lang) -> Vec<Line> {
        lines(before, &self.after, &self.edits, lang)
    }
}

/// Makes the edits of an action.
///
/// # Errors
/// Everything that is wrong: then nothing is to be written.
pub fn plan(ask: &Ask<'_>, ids: &mut RowIds) -> Result<Plan, Vec<Fault>> {
    let Ask { event, person, typed, as_of, office, .. } = *ask;
    let (values, mut faults) = inputs::read(event, person, typed, as_of, office);
    faults.extend(unfit(ask));
    faults.extend(contradictions(ask, &values));
    let summary = summary(ask, &values);
    let scope = Scope { event, person, values: &values, as_of, office, summary: &summary };
    let effective = scope.date("effective").unwrap_or(as_of);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut writer = Writer { scope, ids, edits: Vec::new(), faults: Vec::new() };
    writer.run(&event.steps);
    let Writer { edits, faults, .. } = writer;
    if !faults.is_empty() {
        return Err(faults);
    }
    let after = applied(person, &edits);
    let (errors, warnings) = new_problems(person, &after, as_of);
    if errors.is_empty() {
        Ok(Plan { values, effective, edits, after, warnings })
    } else {
        Err(errors.into_iter().map(|problem| Fault::placed(event, problem)).collect())
    }
}

/// Why this action is not for this record as it stands.
fn unfit(ask: &Ask<'_>) -> Vec<Fault> {
    let (terms, person) = (&ask.event.terms, ask.person);
    let status = person.text("work_status").unwrap_or_default();
    let of_record = |path: Path, code| {
        let value = person.at(&path).zip(schema().at(&path));
        let value = value.map_or_else(String::new, |(v, field)| show(field, &v, Lang::Vi));
        Fault::of_record(Problem { path, value, level: Level::Error, code, args: Vec::new() })
    };
    let mut faults = Vec::new();
    if person.retired().is_some() {
        faults.push(of_record(Path::field(crate::path::RETIRED), "event_record_retired"));
    }
    if !terms.gone && GONE.contains(&status) {
        faults.push(of_record(Path::field("work_status"), "event_gone"));
    }
    if !terms.statuses.is_empty() && !terms.statuses.iter().any(|fits| fits == status) {
        faults.push(of_record(Path::field("work_status"), "event_wrong_status"));
    }
    // What a ward that kept the record before asked for does not stand in the way.
    let is_own = |row: &Row| row.text("from_ward").is_none_or(|ward| ward == ask.office.ward);
    let open = waiting(person).find(|(_, row)| is_own(row));
    if let Some((row, _)) = open.filter(|_| ask.event.request.is_some()) {
        faults.push(of_record(Path::cell("movements", *row, "kind"), "event_request_waits"));
    }
    let missing = terms.needs.iter().filter(|key| person.value(key).is_none());
    faults.extend(missing.map(|key| of_record(Path::field(key), "event_needs")));
    faults
}

/// Boxes that do not go together.
fn contradictions(ask: &Ask<'_>, values: &BTreeMap<String, Scalar>) -> Vec<Fault> {
    let (event, terms) = (ask.event, &ask.event.terms);
    let date = |key: &str| PartialDate::parse_stored(values.get(key)?.as_text()?).ok();
    let mut faults = Vec::new();
    if let Some((input, day)) = event.input("decision_date").zip(date("decision_date"))
        && day.earliest() > ask.today.max(ask.as_of).latest()
    {
        faults.push(Fault::of(input, &day.to_string(), "event_decision_in_future"));
    }
    for order in &terms.orders {
        let inputs = event.input(&order.first).zip(event.input(&order.then));
        if let (Some((first, then)), Some(a), Some(b)) =
            (inputs, date(&order.first), date(&order.then))
            && b.latest() < a.earliest()
        {
            let fault = Fault::of(then, &b.to_string(), "event_dates_out_of_order");
            faults.push(fault.named("other", first).arg("other_value", a.to_string()));
        }
    }
    let absent = |key: &&String| !values.contains_key(*key);
    for group in &terms.together {
        let gone: Vec<&String> = group.iter().filter(absent).collect();
        if gone.len() < group.len() {
            let there = named(event, group.iter().filter(|key| !absent(key)));
            let inputs = gone.iter().filter_map(|key| event.input(key));
            let fault = |input| Fault::of(input, "", "event_all_or_none");
            faults.extend(inputs.map(|input| fault(input).named_texts("boxes", there.clone())));
        }
    }
    for group in terms.any_of.iter().filter(|group| group.iter().all(|key| absent(&key))) {
        let input = group.first().and_then(|key| event.input(key));
        let boxes = named(event, group.iter());
        let fault = |input| Fault::of(input, "", "event_one_of").named_texts("boxes", boxes);
        faults.extend(input.map(fault));
    }
    faults.extend(terms.rises.iter().filter_map(|key| not_more(ask, values, event.input(key)?)));
    faults.extend(twice(ask, values));
    faults
}

/// The names of boxes in a sentence, in both languages: `"A", "B"`.
fn named<'k>(event: &Event, keys: impl Iterator<Item = &'k String>) -> [String; 2] {
    let inputs: Vec<&Input> = keys.filter_map(|key| event.input(key)).collect();
    [Lang::Vi, Lang::En].map(|lang| {
        let labels = inputs.iter().map(|input| format!("\"{}\"", input.field.label(lang)));
        labels.collect::<Vec<_>>().join(", ")
    })
}

/// A step or percentage that does not rise.
fn not_more(ask: &Ask<'_>, values: &BTreeMap<String, Scalar>, input: &Input) -> Option<Fault> {
    let number = |value: &Scalar| match value {
        Scalar::Int(number) => number.checked_mul(100),
        other => hundredths(other.as_text()?),
    };
    let typed = values.get(input.key())?;
    let present = ask.person.value(input.like.as_deref()?)?;
    if number(typed)? > number(present)? {
        return None;
    }
    let show = |value: &Scalar| show(&input.field, value, Lang::Vi);
    Some(Fault::of(input, &show(typed), "event_not_more").arg("other_value", show(present)))
}

/// The same action by the same decision is in the record already.
fn twice(ask: &Ask<'_>, values: &BTreeMap<String, Scalar>) -> Option<Fault> {
    let input = ask.event.input("decision_no")?;
    let (number, day) = (values.get("decision_no")?, values.get("decision_date")?);
    let words = format!("{}.", ask.event.label(Lang::Vi));
    let known = ask.person.rows("documents").any(|(_, row)| {
        let is_same = row.value("number") == Some(number) && row.value("date") == Some(day);
        is_same && row.text("summary").is_some_and(|summary| summary.starts_with(&words))
    });
    known.then(|| Fault::of(input, &number.to_string(), "event_twice"))
}

/// What happened, in one line, as the list of documents says it.
fn summary(ask: &Ask<'_>, values: &BTreeMap<String, Scalar>) -> String {
    let effective = values.get("effective").zip(ask.event.input("effective"));
    let day = effective.map(|(day, input)| show(&input.field, day, Lang::Vi));
    let reason = Some(ask.reason.trim()).filter(|reason| !reason.is_empty());
    let parts = [
        Some(format!("{}.", ask.event.label(Lang::Vi))),
        day.map(|day| format!("Hiệu lực {day}.")),
        reason.map(|reason| format!("Đã xem xét cảnh báo, vẫn ghi vì: {reason}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Errors and warnings that the record has now and did not have before.
fn new_problems(
    before: &Person,
    after: &Person,
    as_of: PartialDate,
) -> (Vec<Problem>, Vec<Problem>) {
    let known: BTreeSet<(Path, &str)> =
        validate(before, as_of).into_iter().map(|problem| (problem.path, problem.code)).collect();
    validate(after, as_of)
        .into_iter()
        .filter(|problem| !known.contains(&(problem.path.clone(), problem.code)))
        .partition(|problem| problem.level == Level::Error)
}
