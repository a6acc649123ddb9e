//! One section of a record on its page: every field under its number in the form, and its tables.

use maud::{Markup, html};
use wardbook_record::{Field, Kind, Section, Table, schema};

use super::item::item_number;
use super::missing::{box_of, field_address};
use super::sections::{
    RecordView, conflict_mark, is_missing, one_table, problem_mark, remarks, text_of, touches,
};
use crate::kit::{Tone, card};
use crate::{PageContext, t};

/// What of a section somebody may edit.
#[derive(Clone, Copy)]
pub struct TabAccess<'a> {
    /// Whether its form is open to them.
    pub may_edit: bool,
    /// Whether a table may be edited.
    pub may_edit_table: &'a dyn Fn(&str) -> bool,
    /// Whether a field or table may be read.
    pub may_read: &'a dyn Fn(&str) -> bool,
}

/// One section: all of its fields, filled or not, then its tables.
pub fn section_tab(
    ctx: &PageContext,
    view: &RecordView<'_>,
    section: &Section,
    access: TabAccess<'_>,
) -> Markup {
    let lang = ctx.lang;
    let base = view.edit_base.filter(|_| access.may_edit);
    let mut fields: Vec<&Field> =
        schema().fields_in(&section.key).filter(|field| (access.may_read)(&field.key)).collect();
    // The record's own number is for programs and stands last: people know the staff code.
    fields.sort_by_key(|field| field.kind == Kind::Uuid);
    let tables: Vec<&Table> =
        schema().tables_in(&section.key).filter(|table| (access.may_read)(&table.key)).collect();
    let edit = base.filter(|_| fields.iter().any(|field| box_of(field).is_some())).map(|base| {
        html! {
            a .btn.btn-primary data-edit="" href=(format!("{base}/sections/{}", section.key)) title="F2" {
                (t(lang, "record-edit")) span .visually-hidden { " " (section.label(lang)) }
            }
        }
    });
    let body = html! { dl .wb-facts { @for field in &fields { (fact(ctx, view, field, base)) } } };
    html! {
        div id=(format!("section-{}", section.key)) {
            @if !fields.is_empty() { (card(section.label(lang), edit.as_ref(), &body)) }
            @for table in &tables {
                (table_card(ctx, view, table, (access.may_edit_table)(&table.key)))
            }
        }
    }
}

fn fact(ctx: &PageContext, view: &RecordView<'_>, field: &Field, base: Option<&str>) -> Markup {
    let lang = ctx.lang;
    let text = text_of(lang, view, field);
    let class = if text.chars().count() > 90 { "wb-wide" } else { "" };
    html! {
        div class=(class) {
            dt {
                @if let Some(number) = item_number(&field.form_ref) { span .wb-item { (number) } " " }
                (field.label(lang))
            }
            dd {
                @if !text.is_empty() { (text) }
                @else if is_missing(view, field) { (to_fill(ctx, field, base)) }
                @else { span .wb-none { (t(lang, "dossier-empty")) } }
                @if view.conflicts.iter().any(|path| touches(path, field)) { " " (conflict_mark(lang)) }
                @for problem in remarks(view, field).filter(|problem| problem.code != "missing") {
                    (problem_mark(lang, problem))
                }
            }
        }
    }
}

/// What a required field says while it is empty, with the way to its box.
fn to_fill(ctx: &PageContext, field: &Field, base: Option<&str>) -> Markup {
    let lang = ctx.lang;
    let words = html! {
        span .wb-shape aria-hidden="true" { (Tone::Warning.shape()) } " " (t(lang, "dossier-to-fill"))
    };
    let address = base.and_then(|base| field_address(base, field));
    html! {
        @match address {
            Some(href) => a .wb-to-fill href=(href) {
                (words) span .visually-hidden { ": " (field.label(lang)) }
            },
            None => span .wb-to-fill { (words) },
        }
    }
}

fn table_card(ctx: &PageContext, view: &RecordView<'_>, of: &Table, may_edit: bool) -> Markup {
    let lang = ctx.lang;
    let base = view.edit_base.filter(|_| may_edit);
    let count = view.person.rows(&of.key).count();
    let shown = RecordView { edit_base: base, ..*view };
    let number = item_number(&of.form_ref).map(|number| format!("{number}. "));
    let title = format!("{}{}", number.unwrap_or_default(), of.label(lang));
    let add = base.map(|base| {
        let href = format!("{base}/tables/{}/new", of.key);
        html! {
            a .btn href=(href) {
                (t(lang, "record-add-row")) span .visually-hidden { ": " (of.label(lang)) }
            }
        }
    });
    let body = if count == 0 {
        html! { p .wb-none { (t(lang, "dossier-no-rows")) } }
    } else {
        one_table(lang, &shown, of)
    };
    html! {
        div .wb-table-card id=(format!("table-{}", of.key)) { (card(&title, add.as_ref(), &body)) }
    }
}

/// How many fields and rows of a section want attention, for its tab.
pub fn section_count(view: &RecordView<'_>, section: &Section) -> u64 {
    let of_section = |owner: &str| {
        let field = schema().field(owner).is_some_and(|field| field.section == section.key);
        field || schema().table(owner).is_some_and(|table| table.section == section.key)
    };
    view.problems.iter().filter(|problem| of_section(problem.path.owner())).count() as u64
}
