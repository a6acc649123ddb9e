//! The form of a section, of one row, and of a new person.

use maud::{Markup, html};
use wardbook_record::{Field, Lang, PartialDate, Problem, Section, Table};

use super::boxes::{BoxesOf, code_lists, field_boxes};
use super::form::{FormValues, box_keys, editable_columns, editable_fields, new_person_fields};
use crate::kit::{ButtonKind, button, button_named, checkbox, field, hidden};
use crate::{PageContext, t};

/// What is asked first of a new person.
const FIRST: [&str; 4] = ["full_name", "birth_date", "sex", "person_id_no"];

/// What a form shows and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct FormView<'a> {
    /// The text in the boxes.
    pub values: &'a FormValues,
    /// What could not be read, to be shown beside the boxes. Sum it up on top of the page by
    /// `Page::errors(field_errors(..))`.
    pub errors: &'a [Problem],
    /// Where the form is sent.
    pub action: &'a str,
    /// Where "cancel" leads.
    pub cancel: &'a str,
    /// The day on which codes must be valid.
    pub as_of: PartialDate,
    /// The box that has the focus when the page opens; empty: the first.
    pub focus: &'a str,
    /// Where what is typed is kept while one types; empty: nowhere.
    pub draft: &'a str,
    /// What the button that saves and goes on says; empty: there is none. It sends `then=next`.
    pub next: &'a str,
}

impl<'a> FormView<'a> {
    /// A form without drafts that goes to the first address and is cancelled to the second.
    pub const fn new(
        values: &'a FormValues,
        errors: &'a [Problem],
        (action, cancel): (&'a str, &'a str),
        as_of: PartialDate,
    ) -> Self {
        Self { values, errors, action, cancel, as_of, focus: "", draft: "", next: "" }
    }

    const fn boxes<'b>(&self, lang: Lang, focus: &'b str) -> BoxesOf<'b>
    where
        'a: 'b,
    {
        BoxesOf { lang, values: self.values, errors: self.errors, as_of: self.as_of, focus }
    }
}

/// The form of one section's single fields.
pub fn section_form(ctx: &PageContext, section: &Section, view: &FormView<'_>) -> Markup {
    form(ctx.lang, view, &editable_fields(&section.key).collect::<Vec<_>>())
}

/// The form of one row of a table, new or not.
pub fn row_form(ctx: &PageContext, table: &Table, view: &FormView<'_>) -> Markup {
    form(ctx.lang, view, &editable_columns(table).collect::<Vec<_>>())
}

/// The short form of a new person: what a record needs at least. The rest follows on its page.
pub fn new_person_form(ctx: &PageContext, view: &FormView<'_>) -> Markup {
    let mut fields: Vec<&Field> = new_person_fields().collect();
    // Who it is comes first; the rest stands in the order of the form.
    fields
        .sort_by_key(|field| FIRST.iter().position(|key| *key == field.key).unwrap_or(FIRST.len()));
    form(ctx.lang, view, &fields)
}

/// The small form that takes a row out of use; it asks for the reason.
pub fn retire_row_form(ctx: &PageContext, action: &str, heads: &str) -> Markup {
    let lang = ctx.lang;
    html! {
        form .card.wb-card method="post" action=(action) {
            div .card-body {
                (hidden("heads", heads))
                (field("reason", &t(lang, "record-retire-reason")).required())
                div .btn-list { (button(ButtonKind::Danger, &t(lang, "record-retire-row"))) }
            }
        }
    }
}

fn form(lang: Lang, view: &FormView<'_>, fields: &[&Field]) -> Markup {
    let first = fields.first().and_then(|field| box_keys(field).into_iter().next());
    // Errors take the focus first.
    let wanted = if view.errors.is_empty() { view.focus } else { "none" };
    let focus = match (wanted, &first) {
        ("", Some((name, _))) => name.as_str(),
        (wanted, _) => wanted,
    };
    let draft = (!view.draft.is_empty()).then_some(view.draft);
    let boxes = view.boxes(lang, focus);
    html! {
        form .card.wb-card.wb-form method="post" action=(view.action) novalidate data-dirty-guard="" data-draft=[draft] {
            div .card-body {
                (hidden("heads", &view.values.heads_text()))
                @if !view.errors.is_empty() {
                    (checkbox("keep_as_typed", &t(lang, "record-keep-as-typed"), false))
                }
                div .wb-form-grid { @for field in fields { (field_boxes(boxes, field)) } }
            }
            div .wb-form-bar {
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "record-save")))
                    @if !view.next.is_empty() {
                        (button_named(ButtonKind::Secondary, view.next, "then", "next"))
                    }
                    a .btn href=(view.cancel) data-escape="" { (t(lang, "record-cancel")) }
                }
                @if draft.is_some() { p .wb-draft role="status" data-draft-state="" {} }
            }
        }
        (code_lists(lang, view.as_of, fields.iter().copied()))
    }
}
