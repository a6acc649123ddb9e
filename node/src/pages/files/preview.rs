//! Import, second step: what the file would do, tab by tab; then it is written or left.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{ImportChoices, ImportPreview, ImportToken};
use wardbook_sheet::PreviewRow;
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Page, Tab, Tone, alert, badge, button, card, checkbox, link_button,
    radios, table, tabs,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::upload::may_import;
use crate::api::imports::{duplicate_choice, problems_of};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// Rows shown of one tab; the others are counted.
const ROWS_SHOWN: usize = 200;

/// Which tab.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TabQuery {
    #[serde(default)]
    tab: String,
}

/// What was chosen before confirming.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CommitForm {
    duplicates: String,
    with_errors: String,
}

/// The preview.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Query(shown): Query<TabQuery>,
) -> PageResult {
    may_import(&screen)?;
    let (viewer, token) = (screen.viewer.clone(), ImportToken(token));
    let looked =
        app.replica().run(move |replica| replica.import_preview(&viewer, &token)).await??;
    Ok(Shown(view(&screen.ctx, &looked, Which::of(&shown.tab, &looked))).into_response())
}

/// Writes the rows.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(form): Form<CommitForm>,
) -> PageResult {
    may_import(&screen)?;
    let choices = ImportChoices {
        for_all: duplicate_choice(&form.duplicates),
        skip_rows_with_errors: form.with_errors != "1",
        ..ImportChoices::default()
    };
    let (viewer, token) = (screen.viewer, ImportToken(token));
    let done = app
        .replica()
        .run(move |replica| replica.commit_import(&viewer, &token, &choices, &mut |_| {}))
        .await??;
    app.edited();
    let (batch, created, updated) = (done.batch, done.created, done.updated);
    let (unchanged, skipped) = (done.unchanged, done.skipped);
    let next = format!(
        "/import/done?batch={batch}&created={created}&updated={updated}&unchanged={unchanged}&skipped={skipped}"
    );
    Ok(Redirect::to(&next).into_response())
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Errors,
    Warnings,
    Duplicates,
    Ready,
}

impl Which {
    const ALL: [Self; 4] = [Self::Errors, Self::Warnings, Self::Duplicates, Self::Ready];

    const fn word(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Warnings => "warnings",
            Self::Duplicates => "duplicates",
            Self::Ready => "ready",
        }
    }

    /// The tab that was asked for, else the first that needs a look.
    fn of(word: &str, looked: &ImportPreview) -> Self {
        let asked = Self::ALL.into_iter().find(|tab| tab.word() == word);
        asked.unwrap_or_else(|| {
            Self::ALL.into_iter().find(|tab| tab.count(looked) > 0).unwrap_or(Self::Ready)
        })
    }

    fn count(self, looked: &ImportPreview) -> usize {
        looked.preview.rows.iter().filter(|row| self.holds(row)).count()
    }

    fn holds(self, row: &PreviewRow) -> bool {
        match self {
            Self::Errors => row.has_errors(),
            Self::Warnings => !row.has_errors() && !row.problems.is_empty(),
            Self::Duplicates => row.duplicate.is_some(),
            Self::Ready => !row.has_errors(),
        }
    }
}

fn view(ctx: &PageContext, looked: &ImportPreview, which: Which) -> Markup {
    let base = format!("/import/{}", looked.token.0);
    let tabs_: Vec<Tab> = Which::ALL
        .into_iter()
        .map(|tab| Tab {
            label: ctx.t(&format!("node-tab-{}", tab.word())),
            href: format!("{base}?tab={}", tab.word()),
            current: tab == which,
            count: Some(tab.count(looked) as u64),
        })
        .collect();
    let body = html! {
        (remarks(ctx, looked))
        (columns_card(ctx, looked))
        (tabs(ctx.lang, &ctx.t("node-preview-rows"), &tabs_))
        (rows(ctx, looked, which))
        (card(&ctx.t("node-confirm-import"), None, &confirm(ctx, looked, &base)))
    };
    let lead =
        t_args(ctx.lang, "node-preview-lead", &[("count", looked.preview.counts.rows as u64)]);
    Page::new(looked.file_name.clone()).lead(lead).render(ctx, &body)
}

fn remarks(ctx: &PageContext, looked: &ImportPreview) -> Markup {
    let notes: Vec<String> = looked.preview.notes.iter().map(|n| n.sentence(ctx.lang)).collect();
    html! {
        @for note in &notes { (alert(Tone::Info, "", &html! { p { (note) } })) }
        @if !looked.preview.unmapped.is_empty() {
            (alert(Tone::Warning, &ctx.t("node-unmapped"), &html! {
                ul {
                    @for column in &looked.preview.unmapped {
                        li { (column.sentence(ctx.lang)) }
                    }
                }
            }))
        }
    }
}

/// Which column of the file is taken for what.
fn columns_card(ctx: &PageContext, looked: &ImportPreview) -> Markup {
    let label = |key: &str| {
        wardbook_sheet::column(key).map_or_else(|| key.to_owned(), |column| column.label(ctx.lang))
    };
    let columns = &looked.preview.columns;
    let rows = html! {
        @for column in columns {
            tr { th scope="row" { (column.header) } td { (label(column.target.key())) } }
        }
    };
    let heads =
        [Column::text(ctx.t("node-column-in-file")), Column::text(ctx.t("node-column-in-record"))];
    html! {
        details {
            summary { (t_args(ctx.lang, "node-columns-matched", &[("count", columns.len() as u64)])) }
            (table(&ctx.t("node-columns-caption"), &heads, &rows))
        }
    }
}

fn rows(ctx: &PageContext, looked: &ImportPreview, which: Which) -> Markup {
    let all: Vec<&PreviewRow> = looked.preview.rows.iter().filter(|row| which.holds(row)).collect();
    let heads = [
        Column::number(ctx.t("node-row")),
        Column::text(ctx.t("node-column-name")),
        Column::text(ctx.t("node-column-birth")),
        Column::text(ctx.t("node-problems")),
    ];
    let body = html! {
        @for row in all.iter().take(ROWS_SHOWN) {
            tr {
                td .wb-number { (row.number) }
                th scope="row" {
                    (row.full_name)
                    @if let Some(document) = &row.duplicate {
                        " " (badge(&Badge::new(Tone::Info, ctx.t("node-here-already")).href(format!("/people/{document}"))))
                    }
                }
                td { (row.birth_date.as_deref().unwrap_or_default()) }
                td { (problems(ctx, row)) }
            }
        }
    };
    html! {
        (table(&ctx.t(&format!("node-tab-{}", which.word())), &heads, &body))
        @if all.len() > ROWS_SHOWN {
            p { (t_args(ctx.lang, "node-more-rows", &[("count", (all.len() - ROWS_SHOWN) as u64)])) }
        }
    }
}

fn problems(ctx: &PageContext, row: &PreviewRow) -> Markup {
    html! {
        ul {
            @for problem in problems_of(row, ctx.lang) {
                li {
                    @let tone = if problem.level == "error" { Tone::Bad } else { Tone::Warning };
                    (badge(&Badge::new(tone, problem.cell))) " "
                    strong { (problem.label) }
                    @if !problem.value.is_empty() { " “" (problem.value) "”" }
                    ": " (problem.reason) " " (problem.remedy)
                }
            }
        }
    }
}

fn confirm(ctx: &PageContext, looked: &ImportPreview, base: &str) -> Markup {
    let counts = &looked.preview.counts;
    let choice = |word: &str| (word.to_owned(), ctx.t(&format!("node-duplicates-{word}")));
    let options = ["update", "skip", "create"].map(choice);
    let label = t_args(ctx.lang, "node-import-rows", &[("count", counts.ready as u64)]);
    html! {
        form method="post" action=(base) {
            @if counts.duplicates > 0 {
                (radios("duplicates", &ctx.t("node-duplicates-question"), &options, "update"))
            }
            @if counts.errors > 0 { (checkbox("with_errors", &ctx.t("node-with-errors"), false)) }
            div .btn-list {
                @if counts.rows > 0 { (button(ButtonKind::Primary, &label)) }
                (link_button(ButtonKind::Secondary, "/import", &ctx.t("cancel")))
            }
        }
    }
}
