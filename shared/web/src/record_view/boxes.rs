//! The boxes of one field: label, control, hint and error, with the hidden text it began with.

use std::collections::BTreeMap;

use maud::{Markup, Render as _, html};
use wardbook_record::{Field, Kind, Lang, PartialDate, Path, Problem, Scalar, typed_text};

use super::form::{CHECKED, FormValues, box_keys};
use super::item::item_number;
use crate::kit::{FieldError, FormField, checkbox, field, field_id, fieldset, hidden};
use crate::t;

/// What the boxes of a form are drawn from.
#[derive(Clone, Copy)]
pub(super) struct BoxesOf<'a> {
    pub(super) lang: Lang,
    pub(super) values: &'a FormValues,
    pub(super) errors: &'a [Problem],
    pub(super) as_of: PartialDate,
    /// The box that has the focus when the page opens.
    pub(super) focus: &'a str,
}

/// From how many entries on a list is typed into rather than chosen from.
const TYPED_FROM: usize = 9;

/// Whether the codes of a field are typed: a part of the label finds it.
fn is_typed_list(field: &Field, as_of: PartialDate) -> bool {
    field.kind == Kind::Code && field.items_on(as_of).len() >= TYPED_FROM
}

fn list_id(field: &Field) -> String {
    let lists: Vec<&str> = field.catalog_ids().collect();
    format!("list-{}", lists.join("-"))
}

/// The lists into which some fields are typed, each once. A browser without scripts offers them too.
pub(super) fn code_lists<'f>(
    lang: Lang,
    as_of: PartialDate,
    fields: impl Iterator<Item = &'f Field>,
) -> Markup {
    let lists: BTreeMap<String, &Field> =
        fields.filter(|field| is_typed_list(field, as_of)).map(|f| (list_id(f), f)).collect();
    html! {
        @for (id, field) in lists {
            datalist id=(id) {
                @for item in field.items_on(as_of) {
                    // A code that people know (01.003) is found too.
                    @if item.code.contains('.') {
                        option value=(item.label(lang)) { (item.code) }
                    } @else { option value=(item.label(lang)) {} }
                }
            }
        }
    }
}

/// A stored code as its box shows it: its label where one types, itself where one chooses.
fn in_box(of: BoxesOf<'_>, field: &Field, text: &str) -> String {
    let item = field.item(text).filter(|_| is_typed_list(field, of.as_of));
    item.map_or(text, |item| item.label(of.lang)).to_owned()
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
            wide_fieldset(field, of.lang, &html! { div .wb-form-grid { (boxes) } })
        }
        _ => html! {
            @for (name, _) in box_keys(field) { (one_box(of, field, &name, field.label(of.lang))) }
        },
    }
}

/// What is wrong in a form, for the summary on top of its page (`Page::errors`).
pub fn field_errors(lang: Lang, problems: &[Problem]) -> Vec<FieldError> {
    let message = |p: &Problem| said_of(&p.label(lang), &p.reason(lang), &p.remedy(lang));
    problems
        .iter()
        .map(|problem| FieldError { name: box_name(&problem.path), message: message(problem) })
        .collect()
}

/// What is wrong with a named box, in a list away from it: the name once, not twice.
pub fn said_of(label: &str, reason: &str, remedy: &str) -> String {
    let names_it = reason.contains(&format!("\"{label}\""));
    if names_it { format!("{reason} {remedy}") } else { format!("{label}: {reason} {remedy}") }
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
    if is_typed_list(of, as_of) {
        return plain.list(list_id(of));
    }
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
    let value = in_box(of, field, of.values.text(name));
    let mut shown = control(lang, field, name, label, &value, of.as_of)
        .autofocus_if(name == of.focus)
        .mark(item_number(&field.form_ref));
    if let Some(hint) = hint_of(lang, field, of.as_of) {
        shown = shown.hint(hint);
    }
    if field.required {
        shown = shown.required();
    }
    for problem in of.errors.iter().filter(|problem| box_name(&problem.path) == name) {
        shown = shown.error(format!("{} {}", problem.reason(lang), problem.remedy(lang)));
    }
    html! { (shown.render()) (hidden(&format!("was.{name}"), &in_box(of, field, of.values.text_before(name)))) }
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
    wide_fieldset(field, of.lang, &html! { div .wb-ticks { (ticks) } })
}

fn wide_fieldset(field: &Field, lang: Lang, body: &Markup) -> Markup {
    let number = item_number(&field.form_ref).map(|number| format!("{number} "));
    let legend = format!("{}{}", number.unwrap_or_default(), field.label(lang));
    html! { div .wb-wide id=(field_id(&field.key)) tabindex="-1" { (fieldset(&legend, body)) } }
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

fn hint_of(lang: Lang, field: &Field, as_of: PartialDate) -> Option<String> {
    match field.kind {
        Kind::Code if is_typed_list(field, as_of) => Some(t(lang, "dossier-hint-list")),
        Kind::Money => Some(t(lang, "dossier-hint-money")),
        Kind::Place => Some(t(lang, "dossier-hint-place")),
        Kind::Text { .. } => hint_of_format(lang, field.format.as_deref()?),
        Kind::Date => Some(t(lang, "record-hint-date")),
        Kind::PartialDate => Some(t(lang, "record-hint-partial-date")),
        Kind::Month => Some(t(lang, "record-hint-month")),
        Kind::Decimal { .. } | Kind::Percent => Some(t(lang, "record-hint-decimal")),
        _ => None,
    }
}

/// How many digits a number must have.
fn hint_of_format(lang: Lang, format: &str) -> Option<String> {
    let (key, count) = match format.split_once(':') {
        Some(("digits", count)) => ("dossier-hint-digits", count),
        Some(("length", count)) => ("dossier-hint-length", count),
        _ if format == "phone" => return Some(t(lang, "dossier-hint-phone")),
        _ => return None,
    };
    let count = count.replace(',', lang.pick(" hoặc ", " or "));
    Some(crate::t_args(lang, key, &[("count", count)]))
}
