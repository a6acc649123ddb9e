//! The boxes of one field: label, control, hint and error, with the hidden text it began with.

use maud::{Markup, Render as _, html};
use wardbook_record::{Field, Kind, Lang, PartialDate, Path, Problem, Scalar, typed_text};

use super::form::{CHECKED, FormValues, box_keys};
use crate::kit::{FieldError, FormField, checkbox, field, fieldset, hidden};
use crate::t;

/// What the boxes of a form are drawn from.
#[derive(Clone, Copy)]
pub(super) struct BoxesOf<'a> {
    pub(super) lang: Lang,
    pub(super) values: &'a FormValues,
    pub(super) errors: &'a [Problem],
    pub(super) as_of: PartialDate,
}

/// All boxes of one field.
pub(super) fn field_boxes(of: BoxesOf<'_>, field: &Field) -> Markup {
    match &field.kind {
        Kind::Codes => code_ticks(of, field),
        Kind::Object(parts) => {
            let boxes = html! {
                @for part in parts {
                    (one_box(of, field, &format!("{}{}", field.key, part.suffix), part.label(of.lang)))
                }
            };
            fieldset(field.label(of.lang), &boxes)
        }
        _ => html! {
            @for (name, _) in box_keys(field) { (one_box(of, field, &name, field.label(of.lang))) }
        },
    }
}

/// What is wrong in a form, for the summary on top of its page (`Page::errors`).
pub fn field_errors(lang: Lang, problems: &[Problem]) -> Vec<FieldError> {
    let message = |p: &Problem| format!("{}: {} {}", p.label(lang), p.reason(lang), p.remedy(lang));
    problems
        .iter()
        .map(|problem| FieldError { name: box_name(&problem.path), message: message(problem) })
        .collect()
}

/// The name of the box in which the value of a path is typed.
pub(super) fn box_name(path: &Path) -> String {
    match path {
        Path::Field { key } => key.strip_suffix(".text").unwrap_or(key).to_owned(),
        Path::Code { .. } => path.to_string(),
        Path::Cell { column, .. } => column.clone(),
    }
}

/// A box that fits a field's kind, still without hint and errors: also used for "another value" on
/// conflict cards.
pub(super) fn control(
    lang: Lang,
    of: &Field,
    name: &str,
    label: &str,
    value: &str,
    as_of: PartialDate,
) -> FormField {
    let plain = field(name, label).value(value);
    if let Some(options) = options_of(lang, of, value, as_of) {
        return plain.select(options);
    }
    match of.kind {
        Kind::LongText => plain.area(4),
        Kind::Date | Kind::PartialDate | Kind::Month => plain.date(),
        Kind::Int { .. } | Kind::Money | Kind::Decimal { .. } | Kind::Percent => plain.number(),
        _ => plain,
    }
}

fn one_box(of: BoxesOf<'_>, field: &Field, name: &str, label: &str) -> Markup {
    let lang = of.lang;
    let mut shown = control(lang, field, name, label, of.values.text(name), of.as_of);
    if let Some(hint) = hint_of(lang, field) {
        shown = shown.hint(hint);
    }
    if field.required {
        shown = shown.required();
    }
    for problem in of.errors.iter().filter(|problem| box_name(&problem.path) == name) {
        shown = shown.error(format!("{} {}", problem.reason(lang), problem.remedy(lang)));
    }
    html! { (shown.render()) (hidden(&format!("was.{name}"), of.values.text_before(name))) }
}

fn code_ticks(of: BoxesOf<'_>, field: &Field) -> Markup {
    let mut codes: Vec<(String, String)> = field
        .items_on(of.as_of)
        .into_iter()
        .map(|item| (item.code.clone(), item.label(of.lang).to_owned()))
        .collect();
    codes.extend(of.values.other_codes(field, &codes));
    let ticks = html! {
        @for (code, label) in &codes {
            @let name = format!("{}/{code}", field.key);
            (checkbox(&name, label, of.values.text(&name) == CHECKED))
            (hidden(&format!("was.{name}"), of.values.text_before(&name)))
        }
    };
    fieldset(field.label(of.lang), &ticks)
}

/// The choices of a field, the present value among them even when it is no longer valid.
fn options_of(
    lang: Lang,
    field: &Field,
    value: &str,
    as_of: PartialDate,
) -> Option<Vec<(String, String)>> {
    let mut options = vec![(String::new(), t(lang, "record-choose"))];
    match &field.kind {
        Kind::Code => options.extend(
            field.items_on(as_of).iter().map(|i| (i.code.clone(), i.label(lang).to_owned())),
        ),
        Kind::Enum(choices) => {
            options.extend(choices.iter().map(|c| (c.code.clone(), c.label(lang).to_owned())));
        }
        Kind::Bool => options.extend(
            [("record-yes", true), ("record-no", false)]
                .map(|(key, value)| (typed_text(field, &Scalar::Bool(value)), t(lang, key))),
        ),
        _ => return None,
    }
    if options.iter().all(|(code, _)| code != value) {
        let label =
            field.item(value).map_or_else(|| value.to_owned(), |i| i.label(lang).to_owned());
        options.push((value.to_owned(), label));
    }
    Some(options)
}

fn hint_of(lang: Lang, field: &Field) -> Option<String> {
    match field.kind {
        Kind::Date => Some(t(lang, "record-hint-date")),
        Kind::PartialDate => Some(t(lang, "record-hint-partial-date")),
        Kind::Month => Some(t(lang, "record-hint-month")),
        Kind::Decimal { .. } | Kind::Percent => Some(t(lang, "record-hint-decimal")),
        _ => None,
    }
}
