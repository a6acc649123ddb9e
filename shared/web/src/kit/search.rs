//! The search box of a list and its filter chips.

use maud::{Markup, html};
use wardbook_record::Lang;

use crate::t;

/// A search box over a list on the same page.
#[derive(Debug, Clone, Default)]
pub struct SearchBox<'a> {
    /// Where the form is sent by GET; answers the whole page, or the list alone to htmx.
    pub action: &'a str,
    /// The name of the box.
    pub name: &'a str,
    /// What is in it.
    pub value: &'a str,
    /// Its label.
    pub label: &'a str,
    /// A line of help: what can be searched by.
    pub hint: &'a str,
    /// The id of the element that holds the list.
    pub target: &'a str,
    /// The rest of the list's state, carried along (name, value).
    pub keep: &'a [(String, String)],
    /// The form is sent by POST, so that names stay out of addresses and logs.
    pub by_post: bool,
}

/// The search box: searches while one types (after composition ends), and by the button without
/// JavaScript. `/` jumps to it.
pub fn search_box(lang: Lang, search: &SearchBox<'_>) -> Markup {
    let target = format!("#{}", search.target);
    let (get, post) =
        if search.by_post { (None, Some(search.action)) } else { (Some(search.action), None) };
    html! {
        form .wb-search role="search" method=(if search.by_post { "post" } else { "get" }) action=(search.action) {
            @for (name, value) in search.keep { input type="hidden" name=(name) value=(value); }
            label .form-label for="search" { (search.label) }
            div .wb-search-row {
                input .form-control #search type="search" name=(search.name) value=(search.value)
                    autocomplete="off" data-search="" aria-describedby="search-hint"
                    hx-get=[get] hx-post=[post] hx-trigger="input changed delay:250ms, search" hx-target=(target)
                    hx-swap="innerHTML" hx-include="closest form" hx-sync="this:replace";
                button .btn.btn-primary type="submit" { (t(lang, "search")) }
            }
            div .form-hint #search-hint { (search.hint) }
        }
    }
}

/// One filter of a list, on or off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chip {
    /// What it leaves in the list.
    pub label: String,
    /// The address of the list with this filter switched.
    pub href: String,
    /// Is it on?
    pub active: bool,
    /// How many entries it leaves.
    pub count: Option<u64>,
}

/// Filters of a list side by side; each is a link that switches it.
pub fn filter_chips(lang: Lang, name: &str, chips: &[Chip]) -> Markup {
    html! {
        ul .wb-chips aria-label=(name) {
            @for chip in chips {
                li {
                    a .wb-chip href=(chip.href) aria-current=[chip.active.then_some("true")] {
                        @if chip.active { span aria-hidden="true" { "✓ " } }
                        (chip.label)
                        @if let Some(count) = chip.count { " " span .wb-count { (crate::format::number(lang, count)) } }
                        @if chip.active { span .visually-hidden { " (" (t(lang, "filter-remove")) ")" } }
                    }
                }
            }
        }
    }
}
