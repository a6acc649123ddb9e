//! Pages made for paper: no navigation, black on white; the browser makes the PDF.

use maud::{DOCTYPE, Markup, html};

use crate::{PageContext, asset_url};

/// A sheet of paper under its own title.
pub fn print_page(ctx: &PageContext, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(ctx.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href=(asset_url("app.css"));
            }
            body .wb-paper { main { h1 { (title) } (body) } }
        }
    }
}
