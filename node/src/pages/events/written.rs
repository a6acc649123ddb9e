//! What an action wrote, in plain words: one line a place. A row of a table is one place, however
//! many of its cells were written.

use std::collections::BTreeMap;

use wardbook_base::RowId;
use wardbook_record::events::{cells_words, row_words};
use wardbook_record::{Path, Person, Row, schema};
use wardbook_replica::HistoryEdit;
use wardbook_web::kit::card;
use wardbook_web::{Markup, PageContext, html, t_args};

/// One place: its name, and what was written there.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    label: String,
    words: String,
}

/// A row of a table.
type Place<'a> = (&'a str, RowId);

/// The lines under a heading that counts the places that were written.
pub(super) fn written(ctx: &PageContext, person: &Person, edits: &[HistoryEdit]) -> Markup {
    let title = t_args(ctx.lang, "events-written-count", &[("count", edits.len() as u64)]);
    let body = html! {
        ul .wb-event-list {
            @for line in lines(ctx, person, edits) { li { strong { (line.label) ":" } " " (line.words) } }
        }
    };
    card(&title, None, &body)
}

/// The lines, in the order in which the places were first written.
fn lines(ctx: &PageContext, person: &Person, edits: &[HistoryEdit]) -> Vec<Line> {
    let mut places: Vec<(Option<Place<'_>>, Vec<&HistoryEdit>)> = Vec::new();
    for edit in edits {
        let place = match &edit.path {
            Path::Cell { table, row, .. } => Some((table.as_str(), *row)),
            Path::Field { .. } | Path::Code { .. } => None,
        };
        match places.iter_mut().find(|(known, _)| place.is_some() && *known == place) {
            Some((_, all)) => all.push(edit),
            None => places.push((place, vec![edit])),
        }
    }
    let line = |(place, edits): (Option<Place<'_>>, Vec<&HistoryEdit>)| match place {
        Some(place) => of_row(ctx, person, place, &edits),
        None => edits
            .iter()
            .map(|edit| Line { label: edit.label.clone(), words: change(ctx, edit) })
            .collect(),
    };
    places.into_iter().flat_map(line).collect()
}

/// A row that was added, or what was changed in one that was there.
fn of_row(
    ctx: &PageContext,
    person: &Person,
    (key, row): Place<'_>,
    edits: &[&HistoryEdit],
) -> Vec<Line> {
    let Some(table) = schema().table(key) else { return Vec::new() };
    let now = person.row(key, &row);
    let label = table.label(ctx.lang).to_owned();
    let column = |edit: &HistoryEdit| match &edit.path {
        Path::Cell { column, .. } => column.clone(),
        Path::Field { .. } | Path::Code { .. } => String::new(),
    };
    let columns: Vec<String> = edits.iter().map(|edit| column(edit)).collect();
    // A row that holds nothing but what was written here, where nothing stood, is new.
    let holds_more = |row: &Row| row.cells.keys().any(|key| !columns.contains(key));
    if edits.iter().all(|edit| edit.old.is_none()) && !now.is_some_and(holds_more) {
        let cells: BTreeMap<_, _> =
            edits.iter().filter_map(|edit| Some((column(edit), edit.new.clone()?))).collect();
        let words = cells_words(table, &Row { cells }, ctx.lang);
        let words = t_args(ctx.lang, "events-row-added", &[("words", words)]);
        return vec![Line { label, words }];
    }
    let before = format!("{label}: ");
    let changes: Vec<String> = edits
        .iter()
        .map(|edit| {
            let name = edit.label.strip_prefix(&before).unwrap_or(&edit.label);
            format!("{name}: {}", change(ctx, edit))
        })
        .collect();
    let which = now.map_or_else(String::new, |row| row_words(table, row, ctx.lang));
    let args = [("row", which), ("words", changes.join("; "))];
    vec![Line { label, words: t_args(ctx.lang, "events-row-changed", &args) }]
}

/// `3 → 4`; the new value alone where nothing stood.
fn change(ctx: &PageContext, edit: &HistoryEdit) -> String {
    let empty = ctx.t("record-empty-value");
    let after = if edit.new_shown.is_empty() { &empty } else { &edit.new_shown };
    match edit.old_shown.as_str() {
        "" => after.clone(),
        before => format!("{before} → {after}"),
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::DocumentId;
    use wardbook_record::{Lang, Scalar, path_label, path_value};

    use super::*;

    fn edit(path: Path, old: Option<&str>, new: &str) -> HistoryEdit {
        let (old, new) = (old.map(Scalar::from), Some(Scalar::from(new)));
        HistoryEdit {
            label: path_label(&path, Lang::Vi),
            old_shown: path_value(&path, old.as_ref(), Lang::Vi),
            new_shown: path_value(&path, new.as_ref(), Lang::Vi),
            path,
            old,
            new,
        }
    }

    #[test]
    fn a_row_is_one_line_in_plain_words() {
        let (former, new) = (RowId([1; 16]), RowId([2; 16]));
        let cell = |row: RowId, column: &str| Path::cell("salary_history", row, column);
        let mut edits = vec![edit(Path::field("salary_coefficient"), Some("2.67"), "3")];
        let cells = [
            ("from_date", "2026-03"),
            ("rank", "01.003"),
            ("coefficient", "3"),
            ("decision_no", "12/QĐ"),
        ];
        edits.extend(cells.map(|(column, text)| edit(cell(new, column), None, text)));
        edits.push(edit(cell(former, "to_date"), None, "2026-02"));
        let mut person = Person::new(DocumentId([9; 16]));
        let rows = person.tables.entry("salary_history".to_owned()).or_default();
        let row = |all: &[(&str, &str)]| Row {
            cells: all.iter().map(|(key, text)| ((*key).to_owned(), (*text).into())).collect(),
        };
        rows.insert(former, row(&[("from_date", "2023-03"), ("to_date", "2026-02")]));
        rows.insert(new, row(&cells));

        let ctx = PageContext { lang: Lang::Vi, ..PageContext::default() };
        let told: Vec<String> = lines(&ctx, &person, &edits)
            .into_iter()
            .map(|line| format!("{}: {}", line.label, line.words))
            .collect();
        assert_eq!(
            told,
            [
                "Hệ số lương: 2,67 → 3,00",
                "Quá trình lương: thêm một dòng – 03/2026, Chuyên viên, hệ số lương 3,00, số quyết định: 12/QĐ",
                "Quá trình lương: sửa dòng 03/2023 – Đến tháng/năm: 02/2026",
            ]
        );
        let page = written(&ctx, &person, &edits).into_string();
        assert!(page.contains("Đã ghi 6 mục"), "{page}");
    }
}
