//! The form of a section, of one row, and of a new person.

use maud::{Markup, html};
use wardbook_record::{Lang, PartialDate, Problem, Section, Table};

use super::boxes::{BoxesOf, field_boxes};
use super::form::{FormValues, editable_columns, editable_fields, new_person_fields};
use crate::kit::{ButtonKind, button, checkbox, field, hidden};
use crate::{PageContext, t};

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
}

impl<'a> FormView<'a> {
    const fn boxes(&self, lang: Lang) -> BoxesOf<'a> {
        BoxesOf { lang, values: self.values, errors: self.errors, as_of: self.as_of }
    }
}

/// The form of one section's single fields.
pub fn section_form(ctx: &PageContext, section: &Section, view: &FormView<'_>) -> Markup {
    let fields = html! {
        @for field in editable_fields(&section.key) { (field_boxes(view.boxes(ctx.lang), field)) }
    };
    form(ctx.lang, view, &fields)
}

/// The form of one row of a table, new or not.
pub fn row_form(ctx: &PageContext, table: &Table, view: &FormView<'_>) -> Markup {
    let fields = html! {
        @for column in editable_columns(table) { (field_boxes(view.boxes(ctx.lang), column)) }
    };
    form(ctx.lang, view, &fields)
}

/// The short form of a new person: what a record needs at least. The rest follows on its page.
pub fn new_person_form(ctx: &PageContext, view: &FormView<'_>) -> Markup {
    let fields = html! {
        @for field in new_person_fields() { (field_boxes(view.boxes(ctx.lang), field)) }
    };
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

fn form(lang: Lang, view: &FormView<'_>, fields: &Markup) -> Markup {
    html! {
        form .card.wb-card method="post" action=(view.action) novalidate data-dirty-guard="" {
            div .card-body {
                (hidden("heads", &view.values.heads_text()))
                @if !view.errors.is_empty() {
                    (checkbox("keep_as_typed", &t(lang, "record-keep-as-typed"), false))
                }
                (fields)
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "record-save")))
                    a .btn href=(view.cancel) data-escape="" { (t(lang, "record-cancel")) }
                }
            }
        }
    }
}
