//! Icons from the sprite that the build cuts from the icon package.

use maud::{Markup, html};

use crate::asset_url;

/// An icon beside a text that says the same. `build.mjs` lists the names there are.
pub fn icon(name: &str) -> Markup {
    html! {
        svg .icon aria-hidden="true" focusable="false" width="20" height="20" {
            use href=(format!("{}#{name}", asset_url("icons.svg"))) {}
        }
    }
}
