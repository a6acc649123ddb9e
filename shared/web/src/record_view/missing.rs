//! What a record still lacks, or has wrong, each with the way to the very box.

use maud::{Markup, html};
use wardbook_record::{Field, Lang, Path, Problem, schema, summary_row};

use super::boxes::box_name;
use super::form::{box_keys, is_editable};
use super::item::item_number;
use crate::kit::{Tone, field_id};
use crate::print::Missing;
use crate::{PageContext, t, t_args};

/// One thing to be filled in or put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToDoItem {
    /// Its number in the form; empty when it has none.
    pub number: String,
    /// What it is called.
    pub label: String,
    /// What is wrong with it; empty when it is only missing.
    pub wrong: String,
    /// Where it is typed; empty when the reader may not.
    pub href: String,
}

/// The problems whose value is absent.
const ABSENT: [&str; 3] = ["missing", "missing_cell", "missing_with"];

/// What the printed form still needs, in its order. `base` is the record's address for who may edit.
pub fn missing_items(missing: &[Missing], base: Option<&str>) -> Vec<ToDoItem> {
    let href = |one: &Missing| {
        let base = base?;
        if one.is_table {
            return Some(format!("{base}/tables/{}/new", one.key));
        }
        field_address(base, schema().field(&one.key)?)
    };
    let item = |one: &Missing| ToDoItem {
        number: one.number.clone(),
        label: one.label.clone(),
        wrong: String::new(),
        href: href(one).unwrap_or_default(),
    };
    missing.iter().map(item).collect()
}

/// What is there and wrong, and what is required and absent although the form does without it.
pub fn wrong_items(
    lang: Lang,
    problems: &[Problem],
    missing: &[Missing],
    base: Option<&str>,
) -> Vec<ToDoItem> {
    let is_told = |problem: &&Problem| {
        let absent = ABSENT.contains(&problem.code);
        absent && missing.iter().any(|one| one.key == problem.path.owner())
    };
    problems.iter().filter(|problem| !is_told(problem)).map(|one| item(lang, one, base)).collect()
}

fn item(lang: Lang, problem: &Problem, base: Option<&str>) -> ToDoItem {
    let form_ref = match &problem.path {
        Path::Cell { table, .. } => schema().table(table).map_or("", |table| &table.form_ref),
        path => schema().at(path).map_or("", |field| &field.form_ref),
    };
    let wrong = format!("{} {}", problem.reason(lang), problem.remedy(lang));
    ToDoItem {
        number: item_number(form_ref).unwrap_or_default().to_owned(),
        label: problem.label(lang),
        wrong,
        href: base.and_then(|base| address(base, &problem.path)).unwrap_or_default(),
    }
}

/// Where the value of a path is typed, for pages that lead there from elsewhere.
pub fn value_address(base: &str, path: &Path) -> Option<String> {
    address(base, path)
}

/// Where the value of a path is typed: the form with the focus in its box.
fn address(base: &str, path: &Path) -> Option<String> {
    match path {
        Path::Cell { table, row, .. } => {
            let name = box_name(path);
            Some(format!("{base}/tables/{table}/{row}?focus={name}#{}", field_id(&name)))
        }
        Path::Field { .. } | Path::Code { .. } => field_address(base, schema().at(path)?),
    }
}

/// Where a field is typed; a summary is typed as a row of its table.
pub(super) fn field_address(base: &str, field: &Field) -> Option<String> {
    if let Some(summary) = summary_row(&field.key, "") {
        return Some(format!("{base}/tables/{}/new", summary.table));
    }
    let name = box_of(field)?;
    Some(format!("{base}/sections/{}?focus={name}#{}", field.section, field_id(&name)))
}

/// The first box of a field that a person may type; a set of codes is named by itself.
pub(super) fn box_of(field: &Field) -> Option<String> {
    let first = || box_keys(field).into_iter().next().map(|(name, _)| name);
    is_editable(field).then(|| first().unwrap_or_else(|| field.key.clone()))
}

/// `Còn thiếu 7 mục để in` and `2 giá trị cần xem lại`: each opens a list of links.
pub fn completeness(ctx: &PageContext, missing: &[ToDoItem], wrong: &[ToDoItem]) -> Markup {
    let lang = ctx.lang;
    html! {
        div .wb-todo {
            @if missing.is_empty() {
                p .wb-todo-done {
                    span .wb-shape aria-hidden="true" { (Tone::Good.shape()) } " " (t(lang, "dossier-complete"))
                }
            } @else {
                (list(&t_args(lang, "dossier-missing", &[("count", missing.len())]), missing))
            }
            @if !wrong.is_empty() {
                (list(&t_args(lang, "dossier-wrong", &[("count", wrong.len())]), wrong))
            }
        }
    }
}

fn list(title: &str, items: &[ToDoItem]) -> Markup {
    html! {
        details .wb-todo-list {
            summary { span .wb-shape aria-hidden="true" { (Tone::Warning.shape()) } " " (title) }
            ul {
                @for item in items {
                    li {
                        @if !item.number.is_empty() { span .wb-item { (item.number) } " " }
                        @if item.href.is_empty() { (item.label) } @else { a href=(item.href) { (item.label) } }
                        @if !item.wrong.is_empty() { ": " (item.wrong) }
                    }
                }
            }
        }
    }
}
