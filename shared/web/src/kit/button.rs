//! Buttons and links that look like buttons.

use maud::{Markup, html};
use wardbook_record::Lang;

use crate::t;

/// How much weight a button has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The one main action of a form.
    Primary,
    /// Any other action.
    #[default]
    Secondary,
    /// An action that takes something away.
    Danger,
    /// A small action inside a table or a card.
    Quiet,
}

impl ButtonKind {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Secondary => "btn",
            Self::Danger => "btn btn-danger",
            Self::Quiet => "btn btn-ghost-primary",
        }
    }
}

/// A button that sends its form.
pub fn button(kind: ButtonKind, label: &str) -> Markup {
    html! { button class=(kind.class()) type="submit" { (label) } }
}

/// A button that sends its form and says which button it was.
pub fn button_named(kind: ButtonKind, label: &str, name: &str, value: &str) -> Markup {
    html! { button class=(kind.class()) type="submit" name=(name) value=(value) { (label) } }
}

/// The way back to the page before, for a page that only says why not. It needs JavaScript and is
/// unseen without; the browser's own way back does the same.
pub fn back_button(lang: Lang) -> Markup {
    html! { button class=(ButtonKind::Primary.class()) type="button" data-back="" hidden { (t(lang, "error-back")) } }
}

/// A link that looks like a button.
pub fn link_button(kind: ButtonKind, href: &str, label: &str) -> Markup {
    html! { a class=(kind.class()) href=(href) { (label) } }
}
