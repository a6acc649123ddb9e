//! The boxes of an action's form.

use wardbook_record::events::{Event, Fault, Input, Office, options};
use wardbook_record::units::units;
use wardbook_record::{Kind, Lang, PartialDate, Person};
use wardbook_web::kit::{FieldError, FormField, checkbox, field};
use wardbook_web::record_view::said_of;
use wardbook_web::{Markup, PageContext, html};

use super::ask::Typed;

/// From how many entries on a list is typed into rather than chosen from.
const TYPED_FROM: usize = 9;

/// What boxes are drawn from.
#[derive(Clone, Copy)]
pub(super) struct Boxes<'a> {
    pub(super) ctx: &'a PageContext,
    pub(super) person: &'a Person,
    pub(super) as_of: PartialDate,
    pub(super) office: Office<'a>,
    pub(super) typed: &'a Typed,
    pub(super) faults: &'a [Fault],
}

impl Boxes<'_> {
    /// One box with its hint, its errors and, when it is typed from a list, the list.
    pub(super) fn one(&self, input: &Input, focus: bool) -> Markup {
        self.draw(input, focus, input.field.required)
    }

    /// The same for many people: a box that may differ from person to person can stay empty.
    pub(super) fn for_many(&self, input: &Input, focus: bool) -> Markup {
        let text = self.typed.get(input.key()).map_or("", String::as_str);
        let by_person = text.is_empty() && input.begins_with_something();
        if by_person && self.faults.is_empty() {
            let hint = self.ctx.t("events-bulk-by-person");
            return html! {
                (field(input.key(), input.field.label(self.ctx.lang)).hint(hint).autofocus_if(focus))
            };
        }
        self.draw(input, focus, input.field.required && !input.begins_with_something())
    }

    fn draw(&self, input: &Input, focus: bool, required: bool) -> Markup {
        let (ctx, lang) = (self.ctx, self.ctx.lang);
        let (key, label) = (input.key(), input.field.label(lang));
        let text = self.typed.get(key).map_or("", String::as_str);
        if input.field.kind == Kind::Bool {
            return html! { div .wb-field { (checkbox(key, label, text == "1")) } };
        }
        let choices = options(input, self.person, self.as_of, self.office, lang);
        let listed = choices.as_ref().filter(|all| all.len() >= TYPED_FROM && input.rows.is_none());
        let mut shown = match (&choices, listed) {
            (_, Some(_)) => field(key, label).value(as_label(input, text, lang)).list(list_id(key)),
            (Some(all), None) => field(key, label).value(text).select(with_empty(ctx, all, text)),
            (None, _) => plain(input, label, text),
        };
        if let Some(hint) = hint(ctx, input, listed.is_some()) {
            shown = shown.hint(hint);
        }
        if required {
            shown = shown.required();
        }
        let own = self.faults.iter().filter(|fault| fault.input.as_deref() == Some(key));
        for fault in own {
            shown = shown.error(format!("{} {}", fault.reason(lang), fault.remedy(lang)));
        }
        html! {
            (shown.autofocus_if(focus))
            @if let Some(all) = listed { (list(key, all)) }
        }
    }
}

/// What is wrong, for the summary on top of the page; what is about the record has no box.
pub(super) fn summary_of(ctx: &PageContext, event: &Event, faults: &[Fault]) -> Vec<FieldError> {
    let first = event.inputs.first().map_or("", Input::key);
    let entry = |fault: &Fault| FieldError {
        name: fault.input.clone().unwrap_or_else(|| first.to_owned()),
        message: said_of(
            &fault.label(event, ctx.lang),
            &fault.reason(ctx.lang),
            &fault.remedy(ctx.lang),
        ),
    };
    faults.iter().map(entry).collect()
}

fn plain(input: &Input, label: &str, text: &str) -> FormField {
    let plain = field(input.key(), label).value(text);
    match input.field.kind {
        Kind::LongText => plain.area(3),
        Kind::Date | Kind::PartialDate | Kind::Month => plain.date(),
        Kind::Int { .. } | Kind::Money | Kind::Decimal { .. } | Kind::Percent => plain.number(),
        _ => plain,
    }
}

fn with_empty(ctx: &PageContext, all: &[(String, String)], text: &str) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), ctx.t("record-choose"))];
    choices.extend(all.iter().cloned());
    if choices.iter().all(|(code, _)| code != text) {
        choices.push((text.to_owned(), text.to_owned()));
    }
    choices
}

/// A code as one reads it; what is no code stays as it was typed.
fn as_label(input: &Input, text: &str, lang: Lang) -> String {
    if input.field.kind == Kind::Unit {
        return units().find(text).map_or(text, |unit| unit.name.as_str()).to_owned();
    }
    input.field.item(text).map_or(text, |item| item.label(lang)).to_owned()
}

fn list_id(key: &str) -> String {
    format!("list-event-{key}")
}

/// The list into which a box is typed, each label once: which code it is follows from the day.
fn list(key: &str, all: &[(String, String)]) -> Markup {
    let mut labels: Vec<&str> = Vec::new();
    for (_, label) in all {
        // Codes of other days carry that day in brackets.
        let label = label.split(" (đến ").next().unwrap_or(label);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    html! { datalist id=(list_id(key)) { @for label in labels { option value=(label) {} } } }
}

fn hint(ctx: &PageContext, input: &Input, is_list: bool) -> Option<String> {
    if let Some(hint) = input.hint(ctx.lang) {
        return Some(hint.to_owned());
    }
    match input.field.kind {
        Kind::Code | Kind::Unit if is_list => Some(ctx.t("events-hint-list")),
        Kind::Date => Some(ctx.t("record-hint-date")),
        Kind::Month => Some(ctx.t("record-hint-month")),
        _ => None,
    }
}
