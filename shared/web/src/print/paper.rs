//! The page that is printed: the sheets, and above them on the screen alone what to do.

use maud::{DOCTYPE, Markup, html};

use super::missing::Missing;
use crate::{PageContext, asset_url, t_args};

/// A page of sheets.
#[derive(Debug, Clone)]
pub struct Paper<'a> {
    /// What is printed; the heading on the screen and the name of the PDF.
    pub title: &'a str,
    /// Where the way back leads.
    pub back: &'a str,
    /// The sheets.
    pub sheets: &'a [Markup],
    /// What is still missing: told on the screen, not on paper. The address leads to the field.
    /// None where several people are printed.
    pub missing: Option<&'a [(Missing, String)]>,
    /// One more sentence on the screen; may be empty.
    pub note: &'a str,
}

/// The page. It loads the style sheet and the fonts of paper, and nothing else of the screen's.
pub fn paper_page(ctx: &PageContext, paper: &Paper<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(ctx.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (paper.title) }
                link rel="icon" type="image/svg+xml" href=(asset_url("mark.svg"));
                link rel="stylesheet" href=(asset_url("print.css"));
                script src=(asset_url("app.js")) type="module" {}
            }
            body {
                header .desk {
                    h1 { (paper.title) }
                    p .doing {
                        button .print type="button" data-print="" { (ctx.t("print-now")) }
                        a href=(paper.back) data-escape="" { (ctx.t("print-back")) }
                        span { (ctx.t("print-hint")) }
                    }
                    @if !paper.note.is_empty() { p .said { (paper.note) } }
                    @if let Some(missing) = paper.missing { (still_missing(ctx, missing)) }
                }
                main tabindex="0" { @for sheet in paper.sheets { (sheet) } }
            }
        }
    }
}

fn still_missing(ctx: &PageContext, missing: &[(Missing, String)]) -> Markup {
    let count = t_args(ctx.lang, "print-missing", &[("count", missing.len() as u64)]);
    html! {
        @if missing.is_empty() {
            p .said { (ctx.t("print-complete")) }
        } @else {
            details .missing open[missing.len() <= 8] {
                summary { (count) }
                p { (ctx.t("print-missing-hint")) }
                ul {
                    @for (item, address) in missing {
                        li {
                            @if !item.number.is_empty() { (t_args(ctx.lang, "print-item", &[("number", item.number.as_str())])) " " }
                            @if address.is_empty() { (item.label) } @else { a href=(address) { (item.label) } }
                        }
                    }
                }
            }
        }
    }
}
