//! Import, step by step after the file was chosen: what it would do, tab by tab; then it is written
//! or left.

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{ImportPreview, ImportToken, SideBySide};
use wardbook_sheet::PreviewRow;
use wardbook_web::kit::{
    ButtonKind, Page, Pager, Tab, Tone, alert, button, card, checkbox, link_button, pager, tabs,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::rows;
use super::upload::may_import;
use crate::api::exports::download;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// Rows on one page of a tab.
const PER_PAGE: usize = 50;

/// Which tab, and which page of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TabQuery {
    pub(super) tab: String,
    pub(super) page: usize,
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
    let (looked, pairs, which) = app
        .replica()
        .run(move |replica| {
            let looked = replica.import_preview(&viewer, &token)?;
            let which = Which::of(&shown.tab, &looked);
            let pairs = if which == Which::Duplicates {
                let rows: Vec<u32> =
                    which.page(&looked, shown.page).iter().map(|row| row.number).collect();
                replica.import_side_by_side(&viewer, &token, &rows)?
            } else {
                Vec::new()
            };
            Ok::<_, wardbook_replica::ImportError>((looked, pairs, (which, shown.page)))
        })
        .await??;
    Ok(Shown(view(&screen.ctx, &looked, &pairs, which)).into_response())
}

/// The file with its wrong cells in red.
pub(crate) async fn errors(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let file = app
        .replica()
        .run(move |replica| replica.import_error_file(&viewer, &ImportToken(token)))
        .await??;
    Ok(download(file))
}

/// Turns old letters into Unicode.
pub(crate) async fn convert(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    let (viewer, asked) = (screen.viewer.clone(), ImportToken(token.clone()));
    app.replica().run(move |replica| replica.convert_import(&viewer, &asked)).await??;
    Ok(Redirect::to(&format!("/import/{token}?done=import-converted")).into_response())
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Errors,
    Warnings,
    Duplicates,
    Ready,
}

impl Which {
    const ALL: [Self; 4] = [Self::Errors, Self::Warnings, Self::Duplicates, Self::Ready];

    pub(super) const fn word(self) -> &'static str {
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

    /// The rows of one page, from 0.
    fn page(self, looked: &ImportPreview, page: usize) -> Vec<&PreviewRow> {
        let rows = looked.preview.rows.iter().filter(|row| self.holds(row));
        rows.skip(page.saturating_mul(PER_PAGE)).take(PER_PAGE).collect()
    }
}

fn view(
    ctx: &PageContext,
    looked: &ImportPreview,
    pairs: &[SideBySide],
    (which, page): (Which, usize),
) -> Markup {
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
    let at = Pager {
        total: which.count(looked) as u64,
        per_page: PER_PAGE as u64,
        page: page as u64 + 1,
    };
    let shown = which.page(looked, page);
    let body = html! {
        (remarks(ctx, looked, &base))
        (card(&ctx.t("node-confirm-import"), None, &confirm(ctx, looked, &base)))
        (tabs(ctx.lang, &ctx.t("node-preview-rows"), &tabs_))
        @match which {
            Which::Duplicates => (rows::pairs(ctx, looked, pairs, &base)),
            Which::Ready => (rows::plain(ctx, &shown)),
            Which::Errors | Which::Warnings => (rows::cells(ctx, looked, &shown, (which.word(), page))),
        }
        (pager(ctx.lang, at, |n| format!("{base}?tab={}&page={}", which.word(), n.saturating_sub(1))))
    };
    let lead =
        t_args(ctx.lang, "node-preview-lead", &[("count", looked.preview.counts.rows as u64)]);
    let actions = html! {
        (link_button(ButtonKind::Secondary, &format!("{base}/columns"), &ctx.t("import-columns")))
        (link_button(ButtonKind::Secondary, &format!("{base}/table"), &ctx.t("import-table")))
        @if looked.preview.rows.iter().any(|row| !row.problems.is_empty()) {
            (link_button(ButtonKind::Secondary, &format!("{base}/errors.xlsx"), &ctx.t("import-error-file")))
        }
    };
    Page::new(looked.file_name.clone()).lead(lead).actions(actions).render(ctx, &body)
}

fn remarks(ctx: &PageContext, looked: &ImportPreview, base: &str) -> Markup {
    let notes: Vec<String> = looked.preview.notes.iter().map(|n| n.sentence(ctx.lang)).collect();
    html! {
        @for note in &notes { (alert(Tone::Info, "", &html! { p { (note) } })) }
        @if looked.has_old_letters {
            (alert(Tone::Warning, &ctx.t("import-old-letters"), &html! {
                p { (ctx.t("import-old-letters-explained")) }
                form method="post" action=(format!("{base}/convert")) {
                    (button(ButtonKind::Secondary, &ctx.t("import-convert")))
                }
            }))
        }
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

fn confirm(ctx: &PageContext, looked: &ImportPreview, base: &str) -> Markup {
    let counts = &looked.preview.counts;
    let label = t_args(ctx.lang, "node-import-rows", &[("count", counts.ready as u64)]);
    html! {
        form method="post" action=(base) {
            @if counts.duplicates > 0 {
                p { (t_args(ctx.lang, "import-duplicates-told", &[("count", counts.duplicates as u64)])) }
            }
            @if counts.errors > 0 { (checkbox("with_errors", &ctx.t("node-with-errors"), false)) }
            div .btn-list {
                @if counts.rows > 0 { (button(ButtonKind::Primary, &label)) }
                (link_button(ButtonKind::Secondary, "/import", &ctx.t("cancel")))
            }
        }
    }
}
