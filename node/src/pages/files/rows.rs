//! The rows of a preview: cells to mend in place, people beside their records, and the rest.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{DuplicateChoice, ImportPreview, ImportToken, SideBySide};
use wardbook_sheet::{CellProblem, Level, PreviewRow, SameBy, cell_name, place_of};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Tone, alert, badge, button, button_named, hidden, radios, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use crate::api::imports::known_choice;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// A form as sent.
type Sent = Vec<(String, String)>;

/// Takes corrected cells (`cell-D17`) and checks again.
pub(crate) async fn fix(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(sent): Form<Sent>,
) -> PageResult {
    let named = sent.iter().filter_map(|(name, text)| Some((name.strip_prefix("cell-")?, text)));
    let cells: Vec<(u32, u32, String)> = named
        .filter_map(|(cell, text)| place_of(cell).map(|(row, column)| (row, column, text.clone())))
        .collect();
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    app.replica()
        .run(move |replica| {
            let present = replica.import_preview(&viewer, &asked)?;
            // Only what was typed: a number that stands as it stood keeps its type.
            let table = present.table.as_ref();
            let is_new = |(row, column, typed): &(u32, u32, String)| {
                table.is_some_and(|table| table.text(*row, *column) != typed.trim())
            };
            let typed: Vec<_> = cells.into_iter().filter(is_new).collect();
            replica.fix_import(&viewer, &asked, &typed)
        })
        .await??;
    let of = |wanted: &str| sent.iter().find(|(name, _)| name == wanted).map(|(_, v)| v.as_str());
    // What is mended leaves its tab: the first page shows what is left.
    let tab = of("tab").filter(|tab| *tab == "warnings").map_or("", |_| "&tab=warnings");
    Ok(Redirect::to(&format!("/import/{token}?done=import-checked{tab}")).into_response())
}

/// Notes what to do with rows whose person is here: each its own, or one for all.
pub(crate) async fn choose(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(sent): Form<Sent>,
) -> PageResult {
    let known = |word: &str| known_choice(word).ok_or_else(Refusal::unknown_choice);
    let for_all = sent.iter().find(|(name, _)| name == "all").map(|(_, word)| known(word));
    let for_all = for_all.transpose()?;
    let mut single: Vec<(u32, DuplicateChoice)> = Vec::new();
    for (name, word) in &sent {
        if let Some(row) = name.strip_prefix("row-").and_then(|row| row.parse().ok()) {
            single.push((row, known(word)?));
        }
    }
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    app.replica()
        .run(move |replica| {
            let choices = match for_all {
                Some(choice) => {
                    let looked = replica.import_preview(&viewer, &asked)?;
                    let rows = looked.preview.rows.iter().filter(|row| row.duplicate.is_some());
                    rows.map(|row| (row.number, choice)).collect()
                }
                None => single.into_iter().collect(),
            };
            replica.choose_for_rows(&viewer, &asked, &choices)
        })
        .await??;
    Ok(Redirect::to(&format!("/import/{token}?tab=duplicates&done=import-chosen")).into_response())
}

/// Rows with something wrong: each cell with its box.
pub(super) fn cells(
    ctx: &PageContext,
    looked: &ImportPreview,
    rows: &[&PreviewRow],
    (tab, page): (&str, usize),
) -> Markup {
    let heads = [
        Column::number(ctx.t("node-row")),
        Column::text(ctx.t("node-column-name")),
        Column::text(ctx.t("node-problems")),
    ];
    let body = html! {
        @for row in rows {
            tr {
                td .wb-number { (row.number) }
                th scope="row" { (row.full_name) }
                td { @for group in by_cell(row) { (cell(ctx, looked, &group)) } }
            }
        }
    };
    html! {
        @if rows.is_empty() {
            (alert(Tone::Good, "", &html! { p { (ctx.t("import-none-here")) } }))
        } @else {
            form method="post" action=(format!("/import/{}/cells", looked.token.0)) {
                (hidden("tab", tab)) (hidden("page", &page.to_string()))
                (table(&ctx.t(&format!("node-tab-{tab}")), &heads, &body))
                div .btn-list { (button(ButtonKind::Primary, &ctx.t("import-check-again"))) }
            }
        }
    }
}

/// The problems of a row, cell by cell.
fn by_cell(row: &PreviewRow) -> Vec<Vec<&CellProblem>> {
    let mut groups: Vec<Vec<&CellProblem>> = Vec::new();
    for problem in &row.problems {
        match groups.iter_mut().find(|group| group[0].cell == problem.cell) {
            Some(group) => group.push(problem),
            None => groups.push(vec![problem]),
        }
    }
    groups
}

fn cell(ctx: &PageContext, looked: &ImportPreview, problems: &[&CellProblem]) -> Markup {
    let Some(first) = problems.first() else { return html! {} };
    let place = place_of(&first.cell).unwrap_or((1, 0));
    let present = looked.table.as_ref().map_or("", |table| table.text(place.0, place.1));
    let id = format!("cell-{}", cell_name(place.0, place.1));
    let is_error = problems.iter().any(|problem| problem.level == Level::Error);
    let tone = if is_error { Tone::Bad } else { Tone::Warning };
    html! {
        div .wb-cell {
            label for=(id) { (badge(&Badge::new(tone, first.cell.clone()))) " " (first.label(ctx.lang)) }
            input .form-control type="text" id=(id) name=(id) value=(present) autocomplete="off"
                aria-describedby=(format!("{id}-why")) aria-invalid=[is_error.then_some("true")];
            p #(format!("{id}-why")) .form-hint {
                @for problem in problems { (problem.reason(ctx.lang)) " " (problem.remedy(ctx.lang)) " " }
            }
        }
    }
}

/// Rows that can be taken.
pub(super) fn plain(ctx: &PageContext, rows: &[&PreviewRow]) -> Markup {
    let heads = [
        Column::number(ctx.t("node-row")),
        Column::text(ctx.t("node-column-name")),
        Column::text(ctx.t("node-column-birth")),
        Column::text(ctx.t("import-kind")),
    ];
    let body = html! {
        @for row in rows {
            tr {
                td .wb-number { (row.number) }
                th scope="row" { (row.full_name) }
                td { (row.birth_date.as_deref().unwrap_or_default()) }
                td { (ctx.t(if row.duplicate.is_some() { "import-is-known" } else { "import-is-new" })) }
            }
        }
    };
    table(&ctx.t("node-tab-ready"), &heads, &body)
}

/// Rows whose person is here, beside the record.
pub(super) fn pairs(
    ctx: &PageContext,
    looked: &ImportPreview,
    pairs: &[SideBySide],
    base: &str,
) -> Markup {
    html! {
        @if pairs.is_empty() {
            (alert(Tone::Good, "", &html! { p { (ctx.t("import-none-here")) } }))
        } @else {
            form method="post" action=(format!("{base}/duplicates")) {
                p { (ctx.t("import-duplicates-lead")) }
                div .btn-list.wb-for-all {
                    @for word in ["update", "create", "skip"] {
                        (button_named(ButtonKind::Secondary, &ctx.t(&format!("import-all-{word}")), "all", word))
                    }
                }
                @for pair in pairs { (one_pair(ctx, looked, pair)) }
                div .btn-list { (button(ButtonKind::Primary, &ctx.t("import-keep-choices"))) }
            }
        }
    }
}

fn one_pair(ctx: &PageContext, looked: &ImportPreview, pair: &SideBySide) -> Markup {
    let row = looked.preview.rows.iter().find(|row| row.number == pair.row);
    let by = match row.and_then(|row| row.same_by) {
        Some(SameBy::OldIdNumber) => "import-same-old-number",
        Some(SameBy::NameAndBirth) => "import-same-name",
        _ => "import-same-number",
    };
    let heads =
        ["import-field", "import-in-record", "import-in-file"].map(|key| Column::text(ctx.t(key)));
    let rows = html! {
        @for (label, old, new) in &pair.fields {
            tr { th scope="row" { (label) } td { (old) } td { strong { (new) } } }
        }
    };
    let present = match looked.by_row.get(&pair.row) {
        Some(DuplicateChoice::Create) => "create",
        Some(DuplicateChoice::Skip) => "skip",
        _ => "update",
    };
    let options = ["update", "create", "skip"]
        .map(|word| (word.to_owned(), ctx.t(&format!("node-duplicates-{word}"))));
    let said = t_args(ctx.lang, "import-pair-row", &[("row", u64::from(pair.row))]);
    html! {
        section .card.wb-card {
            div .card-header {
                h2 .card-title { (said) " – " a href=(format!("/people/{}", pair.document)) { (pair.full_name) } }
                (badge(&Badge::new(Tone::Info, ctx.t(by))))
            }
            div .card-body {
                @if pair.fields.is_empty() { p { (ctx.t("import-no-difference")) } }
                @else { (table(&said, &heads, &rows)) }
                (radios(&format!("row-{}", pair.row), &ctx.t("import-what-to-do"), &options, present))
            }
        }
    }
}
