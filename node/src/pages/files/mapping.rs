//! Import, second step: which column fills which field; and where the table is, when it was not
//! found or not rightly.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{ImportError, ImportPreview, ImportToken};
use wardbook_sheet::{Chosen, ReadOptions, SheetTop, Target, column, column_name, columns};
use wardbook_web::kit::{
    ButtonKind, Column, Crumb, FieldError, Page, button, card, field, field_id, link_button, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The words of the two halves of a name in the form.
const HALVES: [(&str, Target); 2] = [("family", Target::FamilyName), ("given", Target::GivenName)];

/// A form as sent.
type Sent = Vec<(String, String)>;

/// The columns of the file with what each fills.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    let (viewer, token) = (screen.viewer.clone(), ImportToken(token));
    let looked =
        app.replica().run(move |replica| replica.import_preview(&viewer, &token)).await??;
    Ok(Shown(columns_view(&screen.ctx, &looked)).into_response())
}

/// Takes what a person says of the columns; remembered for files with the same headers.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(sent): Form<Sent>,
) -> PageResult {
    let said = sent.iter().filter_map(|(name, word)| {
        let index: u32 = name.strip_prefix("column-")?.parse().ok()?;
        let target = target_of(word);
        Some(if target.is_none() && !word.is_empty() { None } else { Some((index, target)) })
    });
    let chosen: Chosen = said.collect::<Option<_>>().ok_or_else(Refusal::unknown_choice)?;
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    app.replica().run(move |replica| replica.map_import(&viewer, &asked, &chosen)).await??;
    Ok(Redirect::to(&format!("/import/{token}?done=import-mapped")).into_response())
}

fn target_of(word: &str) -> Option<Target> {
    if let Some((_, target)) = HALVES.iter().find(|(half, _)| *half == word) {
        return Some(target.clone());
    }
    column(word).map(wardbook_sheet::Column::target)
}

fn word_of(target: &Target) -> &str {
    let half = HALVES.iter().find(|(_, half)| half == target);
    half.map_or_else(|| target.key(), |(word, _)| word)
}

fn columns_view(ctx: &PageContext, looked: &ImportPreview) -> Markup {
    let mut options = vec![
        (String::new(), ctx.t("import-leave-out")),
        ("family".to_owned(), ctx.t("import-family-name")),
        ("given".to_owned(), ctx.t("import-given-name")),
    ];
    options.extend(columns().iter().map(|c| (c.key.clone(), c.label(ctx.lang))));
    let mapped =
        looked.preview.columns.iter().map(|c| (c.index, c.header.as_str(), word_of(&c.target)));
    let left = looked.preview.unmapped.iter().map(|c| (c.index, c.header.as_str(), ""));
    let mut all: Vec<(u32, &str, &str)> = mapped.chain(left).collect();
    all.sort_unstable();
    let first = looked.table.as_ref().and_then(|table| table.rows.first().map(|row| (table, row)));
    let rows = html! {
        @for (index, header, word) in &all {
            @let name = format!("column-{index}");
            tr {
                th scope="row" { (column_name(*index)) " – " (header) }
                td { (first.map_or("", |(table, row)| table.text(row.number, *index))) }
                td {
                    select .form-select id=(field_id(&name)) name=(name) aria-label=(t_args(ctx.lang, "import-column-fills", &[("column", *header)])) {
                        @for (value, label) in &options {
                            option value=(value) selected[value == word] { (label) }
                        }
                    }
                }
            }
        }
    };
    let heads = ["node-column-in-file", "import-first-value", "node-column-in-record"]
        .map(|key| Column::text(ctx.t(key)));
    let base = format!("/import/{}", looked.token.0);
    let form = html! {
        form method="post" action=(format!("{base}/columns")) {
            (table(&ctx.t("node-columns-caption"), &heads, &rows))
            div .btn-list {
                (button(ButtonKind::Primary, &ctx.t("import-columns-save")))
                (link_button(ButtonKind::Secondary, &base, &ctx.t("cancel")))
            }
        }
    };
    Page::new(ctx.t("import-columns"))
        .lead(ctx.t("import-columns-lead"))
        .crumbs(vec![Crumb::new(base, looked.file_name.clone())])
        .render(ctx, &card("", None, &form))
}

/// Which sheet is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SheetQuery {
    sheet: String,
}

/// Which sheet and row, as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TableForm {
    sheet: String,
    header_row: String,
}

/// The first rows of a sheet, to point at the header.
pub(crate) async fn where_is_it(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Query(SheetQuery { sheet }): Query<SheetQuery>,
) -> PageResult {
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    let (name, tops) =
        app.replica().run(move |replica| replica.import_tops(&viewer, &asked)).await??;
    let form = TableForm { sheet, ..TableForm::default() };
    Ok(Shown(table_view(&screen.ctx, &token, &name, &tops, &form, None)).into_response())
}

/// Reads the table there.
pub(crate) async fn read_there(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(form): Form<TableForm>,
) -> PageResult {
    let typed = form.header_row.trim();
    let header_row = typed.parse().ok().filter(|row: &u32| *row > 0);
    let options =
        ReadOptions { sheet: (!form.sheet.is_empty()).then(|| form.sheet.clone()), header_row };
    let is_wrong = header_row.is_none();
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    let read = app
        .replica()
        .run(move |replica| {
            let tops = replica.import_tops(&viewer, &asked)?;
            let read = (!is_wrong).then(|| replica.read_import_at(&viewer, &asked, &options));
            Ok::<_, ImportError>((read, tops))
        })
        .await??;
    match read {
        (None, (name, tops)) => {
            let said = screen.ctx.t("import-header-row-wrong");
            let view = table_view(&screen.ctx, &token, &name, &tops, &form, Some(said));
            Ok(not_accepted(view))
        }
        // Nothing is known of the columns: that comes first.
        (Some(Ok(looked)), _) if looked.preview.columns.is_empty() => {
            Ok(Redirect::to(&format!("/import/{token}/columns")).into_response())
        }
        (Some(Ok(_)), _) => Ok(Redirect::to(&format!("/import/{token}")).into_response()),
        (Some(Err(ImportError::Sheet(error))), (name, tops)) => {
            let said = Some(error.sentence(screen.ctx.lang));
            Ok(not_accepted(table_view(&screen.ctx, &token, &name, &tops, &form, said)))
        }
        (Some(Err(error)), _) => Err(error.into()),
    }
}

fn table_view(
    ctx: &PageContext,
    token: &str,
    name: &str,
    tops: &[SheetTop],
    form: &TableForm,
    wrong: Option<String>,
) -> Markup {
    let base = format!("/import/{token}/table");
    let shown = tops.iter().find(|top| top.name == form.sheet).or_else(|| tops.first());
    let sheets: Vec<(String, String)> =
        tops.iter().map(|top| (top.name.clone(), top.name.clone())).collect();
    let first_row = shown.and_then(|top| top.rows.first()).map_or(1, |(row, _)| *row);
    let header_row = match form.header_row.as_str() {
        "" => first_row.to_string(),
        typed => typed.to_owned(),
    };
    let body = html! {
        @if tops.len() > 1 {
            form .wb-sheet-choice method="get" action=(base) {
                (field("sheet", &ctx.t("import-sheet")).select(sheets).value(shown.map_or("", |top| top.name.as_str())))
                (button(ButtonKind::Secondary, &ctx.t("import-look-at-sheet")))
            }
        }
        @if let Some(top) = shown {
            form method="post" action=(base) {
                input type="hidden" name="sheet" value=(top.name);
                (top_rows(ctx, top))
                (field("header_row", &ctx.t("import-header-row")).hint(ctx.t("import-header-row-hint"))
                    .value(header_row).number().error_if(wrong.clone()))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("import-read-there")))
                    (link_button(ButtonKind::Secondary, "/import", &ctx.t("cancel")))
                }
            }
        }
    };
    let errors = wrong.map(|message| FieldError { name: "header_row".to_owned(), message });
    Page::new(ctx.t("import-table"))
        .lead(t_args(ctx.lang, "import-table-lead", &[("file", name)]))
        .errors(errors.into_iter().collect())
        .render(ctx, &card("", None, &body))
}

fn top_rows(ctx: &PageContext, top: &SheetTop) -> Markup {
    let width = top.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let mut heads = vec![Column::number(ctx.t("node-row"))];
    heads.extend((0_u32..).take(width).map(|index| Column::text(column_name(index))));
    let rows = html! {
        @for (number, cells) in &top.rows {
            tr {
                th .wb-number scope="row" { (number) }
                @for at in 0..width { td { (cells.get(at).map_or("", String::as_str)) } }
            }
        }
    };
    table(&t_args(ctx.lang, "import-top-caption", &[("sheet", top.name.as_str())]), &heads, &rows)
}
