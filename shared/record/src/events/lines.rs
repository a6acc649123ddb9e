//! What an action changes, line by line, for the check before it is saved.

use crate::edit::Edit;
use crate::lang::Lang;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::schema::{Field, Kind, Table, schema};
use crate::show::{path_label, path_value, show_cell};

/// One change: where, what stands there, what will stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place.
    pub path: Path,
    /// What the place is called.
    pub label: String,
    /// Which row, in words; empty for a single value.
    pub row: String,
    /// What stands there now; empty when nothing does.
    pub before: String,
    /// What will stand there; empty when it is emptied.
    pub after: String,
    /// Whether the whole row is new.
    pub is_new_row: bool,
}

/// The changes of edits, in their order. A new row is one line.
pub fn lines(before: &Person, after: &Person, edits: &[Edit], lang: Lang) -> Vec<Line> {
    edits.iter().flat_map(|edit| line(before, after, edit, lang)).collect()
}

fn line(before: &Person, after: &Person, edit: &Edit, lang: Lang) -> Vec<Line> {
    if let Edit::AddRow { table, row, .. } = edit
        && let Some(of) = schema().table(table)
    {
        let cells = after.row(table, row).map(|row| cells_words(of, row, lang)).unwrap_or_default();
        return vec![Line {
            path: Path::cell(table, *row, ""),
            label: of.label(lang).to_owned(),
            row: String::new(),
            before: String::new(),
            after: cells,
            is_new_row: true,
        }];
    }
    let shown = |path: Path| {
        let (old, new) = (before.at(&path), after.at(&path));
        Line {
            label: path_label(&path, lang),
            row: row_of(before, &path, lang),
            before: path_value(&path, old.as_ref(), lang),
            after: path_value(&path, new.as_ref(), lang),
            is_new_row: false,
            path,
        }
    };
    edit.paths().into_iter().map(shown).collect()
}

fn row_of(person: &Person, path: &Path, lang: Lang) -> String {
    let Path::Cell { table, row, .. } = path else { return String::new() };
    let found = schema().table(table).zip(person.row(table, row));
    found.map_or_else(String::new, |(table, row)| row_words(table, row, lang))
}

/// A row in words: its required cells, else all of them.
pub fn row_words(table: &Table, row: &Row, lang: Lang) -> String {
    let required: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.required)
        .map(|column| show_cell(column, row, lang))
        .filter(|text| !text.is_empty())
        .collect();
    if required.is_empty() { cells_words(table, row, lang) } else { required.join(" · ") }
}

/// All cells of a row in words: what a row must have speaks for itself (`03/2026, bậc lương 4`), the
/// rest is named (`số quyết định: 12/QĐ`).
pub fn cells_words(table: &Table, row: &Row, lang: Lang) -> String {
    let cells = table.columns.iter().filter_map(|column| {
        let text = show_cell(column, row, lang);
        (!text.is_empty()).then(|| cell_words(column, &text, lang))
    });
    cells.collect::<Vec<_>>().join(", ")
}

fn cell_words(column: &Field, text: &str, lang: Lang) -> String {
    let name = within_sentence(column.label(lang));
    let is_number = matches!(column.kind, Kind::Int { .. } | Kind::Decimal { .. } | Kind::Percent);
    match (column.required, is_number) {
        (true, false) => text.to_owned(),
        (true, true) => format!("{name} {text}"),
        (false, _) => format!("{name}: {text}"),
    }
}

/// A label inside a sentence: its first letter is small, unless it begins an abbreviation.
fn within_sentence(label: &str) -> String {
    let mut letters = label.chars();
    let Some(first) = letters.next() else { return String::new() };
    if letters.clone().next().is_none_or(char::is_uppercase) {
        return label.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}
