//! A record to read: every section in the order of the paper form, with its tables.

use maud::{Markup, html};
use wardbook_record::{
    Attachment, Field, Kind, Lang, Level, PartialDate, Path, Person, Problem, RETIRED, Row,
    Section, Table, schema, show_cell, show_computed, show_field,
};

use crate::kit::{
    Badge, ButtonKind, Column, Tone, badge, card, definition_list, link_button, table,
};
use crate::{PageContext, t, t_args};

/// The code of the problem of an empty required field.
const MISSING: &str = "missing";

/// What the page of a record shows.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    /// The record.
    pub person: &'a Person,
    /// What is wrong with it.
    pub problems: &'a [Problem],
    /// Where several values stand.
    pub conflicts: &'a [Path],
    /// The address of the record, under which the forms are; `None` hides everything that edits.
    pub edit_base: Option<&'a str>,
    /// Whether files are put into rows at this end.
    pub takes_files: bool,
    /// The day on which the record is read.
    pub as_of: PartialDate,
}

/// All sections of a record, each under an anchor `#section-<key>`.
pub fn sections(ctx: &PageContext, view: &RecordView<'_>) -> Markup {
    html! {
        @for section in &schema().sections { (one_section(ctx.lang, view, section)) }
    }
}

fn one_section(lang: Lang, view: &RecordView<'_>, section: &Section) -> Markup {
    let fields: Vec<(&Field, String)> =
        schema().fields_in(&section.key).map(|field| (field, text_of(lang, view, field))).collect();
    let (shown, empty): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|(field, text)| !text.is_empty() || has_remark(view, field));
    let (missing, empty): (Vec<_>, Vec<_>) =
        empty.into_iter().partition(|(field, _)| is_missing(view, field));
    let entries: Vec<(String, Markup)> = shown
        .iter()
        .map(|(field, text)| (field.label(lang).to_owned(), one_field(lang, view, field, text)))
        .collect();
    let edit = view.edit_base.map(|base| {
        let href = format!("{base}/sections/{}", section.key);
        edit_link(lang, &href, section.label(lang))
    });
    let body = html! {
        @if !entries.is_empty() { (definition_list(&entries)) }
        @if !missing.is_empty() { (missing_fields(lang, &missing)) }
        @if !empty.is_empty() { (empty_fields(lang, &empty)) }
        @for table in schema().tables_in(&section.key) { (table_with_button(lang, view, table)) }
    };
    html! {
        div id=(format!("section-{}", section.key)) { (card(section.label(lang), edit.as_ref(), &body)) }
    }
}

fn one_field(lang: Lang, view: &RecordView<'_>, field: &Field, text: &str) -> Markup {
    html! {
        @if text.is_empty() { "–" } @else { (text) }
        @if view.conflicts.iter().any(|path| touches(path, field)) { " " (conflict_mark(lang)) }
        @for problem in remarks(view, field) { (problem_mark(lang, problem)) }
    }
}

/// Required fields that are empty, in one line: a sentence each would bury everything else.
fn missing_fields(lang: Lang, missing: &[(&Field, String)]) -> Markup {
    let names: Vec<&str> = missing.iter().map(|(field, _)| field.label(lang)).collect();
    html! {
        p .wb-problem {
            span .wb-shape aria-hidden="true" { (Tone::Warning.shape()) } " "
            (t_args(lang, "record-missing-fields", &[("count", names.len())])) ": " (names.join(" · "))
        }
    }
}

fn empty_fields(lang: Lang, empty: &[(&Field, String)]) -> Markup {
    let names: Vec<&str> = empty.iter().map(|(field, _)| field.label(lang)).collect();
    html! {
        details {
            summary { (t_args(lang, "record-empty-fields", &[("count", names.len())])) }
            p { (names.join(" · ")) }
        }
    }
}

pub(super) fn one_table(lang: Lang, view: &RecordView<'_>, of: &Table) -> Markup {
    let rows: Vec<(String, &Row)> =
        view.person.rows(&of.key).map(|(id, row)| (id.to_string(), row)).collect();
    let filled =
        |column: &&Field| rows.iter().any(|(_, row)| !show_cell(column, row, lang).is_empty());
    let columns: Vec<&Field> = of.columns.iter().filter(filled).collect();
    html! { @if !rows.is_empty() { (table_of_rows(lang, view, of, &columns, &rows)) } }
}

fn table_with_button(lang: Lang, view: &RecordView<'_>, of: &Table) -> Markup {
    html! {
        div id=(format!("table-{}", of.key)) {
            (one_table(lang, view, of))
            @if let Some(base) = view.edit_base {
                (link_button(ButtonKind::Quiet, &format!("{base}/tables/{}/new", of.key),
                    &format!("{}: {}", t(lang, "record-add-row"), of.label(lang))))
            }
        }
    }
}

fn table_of_rows(
    lang: Lang,
    view: &RecordView<'_>,
    of: &Table,
    columns: &[&Field],
    rows: &[(String, &Row)],
) -> Markup {
    let mut heads: Vec<Column> = columns.iter().map(|c| Column::text(c.label(lang))).collect();
    if view.edit_base.is_some() {
        heads.push(Column::unseen(t(lang, "record-actions")));
    }
    let body = html! {
        @for (id, row) in rows { (one_row(lang, view, of, columns, id, row)) }
    };
    table(of.label(lang), &heads, &body)
}

fn one_row(
    lang: Lang,
    view: &RecordView<'_>,
    of: &Table,
    columns: &[&Field],
    id: &str,
    row: &Row,
) -> Markup {
    let here = |path: &Path, key: &str| match path {
        Path::Cell { table, row, column } => {
            *table == of.key && row.to_string() == id && column == key
        }
        _ => false,
    };
    let in_conflict = |key: &str| view.conflicts.iter().any(|path| here(path, key));
    html! {
        tr {
            @for column in columns {
                td {
                    (cell(lang, view, column, row))
                    @if in_conflict(&column.key) { " " (conflict_mark(lang)) }
                    @for problem in view.problems.iter().filter(|p| here(&p.path, &column.key)) {
                        (problem_mark(lang, problem))
                    }
                }
            }
            @if let Some(base) = view.edit_base {
                td {
                    @if in_conflict(RETIRED) { (conflict_mark(lang)) " " }
                    (edit_link(lang, &format!("{base}/tables/{}/{id}", of.key), of.label(lang)))
                    @if view.takes_files && of.columns.iter().any(|column| column.kind == Kind::Blob) {
                        a .btn.btn-ghost-primary href=(format!("{base}/tables/{}/{id}/file", of.key)) {
                            (t(lang, "attach-scan-add")) span .visually-hidden { " " (of.label(lang)) }
                        }
                    }
                }
            }
        }
    }
}

/// What stands in a cell; a file as the way to it.
fn cell(lang: Lang, view: &RecordView<'_>, column: &Field, row: &Row) -> Markup {
    let file: Option<Attachment> = match column.kind {
        Kind::Blob => row.text(&column.key).and_then(|text| text.parse().ok()),
        _ => None,
    };
    html! {
        @if let Some(file) = file {
            a href=(format!("/people/{}/files/{}", view.person.id, file.hex())) { (file.label(lang)) }
        } @else {
            (show_cell(column, row, lang))
        }
    }
}

pub(super) fn edit_link(lang: Lang, href: &str, what: &str) -> Markup {
    html! {
        a .btn.btn-ghost-primary href=(href) {
            (t(lang, "record-edit")) span .visually-hidden { " " (what) }
        }
    }
}

pub(super) fn text_of(lang: Lang, view: &RecordView<'_>, field: &Field) -> String {
    if field.computed {
        show_computed(field, view.person, view.as_of, lang)
    } else {
        show_field(field, view.person, lang)
    }
}

fn has_remark(view: &RecordView<'_>, field: &Field) -> bool {
    view.conflicts.iter().any(|path| touches(path, field))
        || remarks(view, field).any(|problem| problem.code != MISSING)
}

pub(super) fn is_missing(view: &RecordView<'_>, field: &Field) -> bool {
    remarks(view, field).any(|problem| problem.code == MISSING)
}

pub(super) fn remarks<'a>(
    view: &RecordView<'a>,
    field: &'a Field,
) -> impl Iterator<Item = &'a Problem> {
    view.problems.iter().filter(move |problem| touches(&problem.path, field))
}

pub(super) fn touches(path: &Path, field: &Field) -> bool {
    !matches!(path, Path::Cell { .. }) && path.owner() == field.key
}

pub(super) fn conflict_mark(lang: Lang) -> Markup {
    badge(&Badge::new(Tone::Warning, t(lang, "record-in-conflict")).href("#conflicts"))
}

pub(super) fn problem_mark(lang: Lang, problem: &Problem) -> Markup {
    let tone = match problem.level {
        Level::Error => Tone::Bad,
        Level::Warning => Tone::Warning,
    };
    html! {
        p .wb-problem {
            span .wb-shape aria-hidden="true" { (tone.shape()) } " "
            (problem.reason(lang)) " " (problem.remedy(lang))
        }
    }
}
