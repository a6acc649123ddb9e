//! Ways around: breadcrumbs, tabs, the navigation of a section, pages of a list.

use maud::{Markup, html};
use wardbook_record::Lang;

use crate::{format, t, t_args};

/// One step on the way to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: String,
}

impl Crumb {
    /// A step.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// The way to a page; the page itself (the h1) is not part of it.
pub fn breadcrumbs(lang: Lang, crumbs: &[Crumb]) -> Markup {
    html! {
        @if !crumbs.is_empty() {
            nav .wb-crumbs aria-label=(t(lang, "breadcrumbs")) {
                ol { @for crumb in crumbs { li { a href=(crumb.href) { (crumb.label) } } } }
            }
        }
    }
}

/// One of several views of the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Is it shown?
    pub current: bool,
    /// A number beside the name.
    pub count: Option<u64>,
}

impl Tab {
    /// A tab without a number.
    pub fn new(href: impl Into<String>, label: impl Into<String>, current: bool) -> Self {
        Self { href: href.into(), label: label.into(), current, count: None }
    }
}

/// Views of the same thing, side by side.
pub fn tabs(lang: Lang, name: &str, tabs: &[Tab]) -> Markup {
    links(lang, name, tabs, "wb-tabs")
}

/// Parts of a long page or area, one under the other.
pub fn section_nav(lang: Lang, name: &str, sections: &[Tab]) -> Markup {
    links(lang, name, sections, "wb-section-nav")
}

fn links(lang: Lang, name: &str, tabs: &[Tab], class: &str) -> Markup {
    html! {
        nav class=(class) aria-label=(name) {
            ul {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                            (tab.label)
                            @if let Some(count) = tab.count { " " span .wb-count { (format::number(lang, count)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pager {
    /// Entries in the whole list.
    pub total: u64,
    /// Entries on a page.
    pub per_page: u64,
    /// The page shown, from 1.
    pub page: u64,
}

impl Pager {
    /// How many pages there are; at least one.
    pub const fn pages(&self) -> u64 {
        let per_page = if self.per_page == 0 { 1 } else { self.per_page };
        let pages = self.total.div_ceil(per_page);
        if pages == 0 { 1 } else { pages }
    }
}

/// The line under a list: which entries are shown of how many, and the way to the others.
pub fn pager(lang: Lang, at: Pager, href: impl Fn(u64) -> String) -> Markup {
    let first = if at.total == 0 { 0 } else { (at.page.saturating_sub(1)) * at.per_page + 1 };
    let last = (at.page * at.per_page).min(at.total);
    html! {
        nav .wb-pager aria-label=(t(lang, "pager")) {
            p { (t_args(lang, "pager-shown", &[("first", first), ("last", last), ("total", at.total)])) }
            @if at.pages() > 1 {
                ul {
                    @if at.page > 1 { li { a .btn rel="prev" href=(href(at.page - 1)) { (t(lang, "pager-previous")) } } }
                    li .wb-pager-here { (t_args(lang, "pager-page", &[("page", at.page), ("pages", at.pages())])) }
                    @if at.page < at.pages() { li { a .btn rel="next" href=(href(at.page + 1)) { (t(lang, "pager-next")) } } }
                }
            }
        }
    }
}
