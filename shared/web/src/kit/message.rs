//! Messages: alerts, the notice after an action, and the summary of what is wrong in a form.

use maud::{Markup, html};
use wardbook_record::Lang;

use super::field::field_id;
use super::status::Tone;
use crate::t;

/// What is wrong with one box of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the box.
    pub name: String,
    /// The same words as beside the box.
    pub message: String,
}

/// A message that stays on the page.
pub fn alert(tone: Tone, title: &str, body: &Markup) -> Markup {
    html! {
        div class=(format!("wb-alert {}", tone.class())) role=[(tone == Tone::Bad).then_some("alert")] {
            span .wb-shape aria-hidden="true" { (tone.shape()) }
            div .wb-alert-text {
                @if !title.is_empty() { p .wb-alert-title { (title) } }
                (body)
            }
        }
    }
}

/// What was just done, told once (and to screen readers).
pub fn notice(words: &str) -> Markup {
    html! {
        div .wb-alert.tone-good role="status" {
            span .wb-shape aria-hidden="true" { (Tone::Good.shape()) }
            div .wb-alert-text { p { (words) } }
        }
    }
}

/// Everything that is wrong in a form, first on the page, focused, each a link to its box.
/// Empty when nothing is wrong.
pub fn error_summary(lang: Lang, errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div .wb-alert.tone-bad #error-summary role="alert" tabindex="-1" aria-labelledby="error-summary-title" {
                span .wb-shape aria-hidden="true" { (Tone::Bad.shape()) }
                div .wb-alert-text {
                    h2 .wb-alert-title #error-summary-title { (t(lang, "error-summary-title")) }
                    ul {
                        @for error in errors {
                            li { a href=(format!("#{}", field_id(&error.name))) { (error.message) } }
                        }
                    }
                }
            }
        }
    }
}
