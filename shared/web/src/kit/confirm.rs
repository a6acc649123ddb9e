//! The page that asks before something is done that is hard to undo.

use maud::{Markup, html};

use super::button::ButtonKind;
use super::field::hidden;
use super::page::Page;
use crate::{PageContext, t};

/// The question.
#[derive(Debug, Clone, Default)]
pub struct Confirm<'a> {
    /// The question as a title: "Hoàn tác lần nhập 28/02/2025?".
    pub title: &'a str,
    /// What will happen, in one or two sentences.
    pub sentence: &'a str,
    /// Where the answer is posted.
    pub action: &'a str,
    /// What the button says: the verb, not "OK".
    pub yes: &'a str,
    /// Where "cancel" leads.
    pub cancel: &'a str,
    /// It takes something away.
    pub danger: bool,
    /// What travels with the answer (name, value).
    pub keep: &'a [(String, String)],
}

/// The question with its form; `more` stands between the sentence and the buttons (boxes, lists).
pub fn confirm_page(ctx: &PageContext, ask: &Confirm<'_>, more: &Markup) -> Markup {
    let kind = if ask.danger { ButtonKind::Danger } else { ButtonKind::Primary };
    let body = html! {
        form .card.wb-card.wb-narrow method="post" action=(ask.action) {
            div .card-body {
                p { (ask.sentence) }
                @for (name, value) in ask.keep { (hidden(name, value)) }
                (more)
                div .btn-list {
                    button class=(kind.class()) type="submit" { (ask.yes) }
                    a .btn href=(ask.cancel) data-escape="" { (t(ctx.lang, "cancel")) }
                }
            }
        }
    };
    Page::new(ask.title).render(ctx, &body)
}
