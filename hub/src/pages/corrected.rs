//! A form that was not accepted, to be corrected: the wrong box with what is wrong and what was typed;
//! everything else that was sent travels along.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use wardbook_record::Problem;
use wardbook_web::kit::{ButtonKind, FieldError, Page, button, field, hidden, link_button};
use wardbook_web::record_view::SubmittedForm;
use wardbook_web::{Lang, html, t, t_args};

use super::session::Visit;

/// Characters of a line that people write.
const LINE_CHARACTERS_MAX: usize = 500;

/// What is wrong with a box.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) message: String,
}

impl Wrong {
    /// A box by its name, the key of its label, and a sentence.
    pub(super) fn new(lang: Lang, name: &str, label: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), label: t(lang, label), message: message.into() }
    }

    /// A box by the problem of its value.
    pub(super) fn of(lang: Lang, name: String, problem: &Problem) -> Self {
        let message = format!("{} {}", problem.reason(lang), problem.remedy(lang));
        Self { name, label: problem.label(lang), message }
    }

    /// A line that is longer than a line can be.
    pub(super) fn of_long(lang: Lang, name: &str, label: &str, text: &str) -> Option<Self> {
        let is_long = text.chars().count() > LINE_CHARACTERS_MAX;
        let max = [("max", LINE_CHARACTERS_MAX as u64)];
        is_long.then(|| Self::new(lang, name, label, t_args(lang, "hub-too-long", &max)))
    }
}

/// Where a form belongs: its heading, where it is sent, and the page that has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormPlace<'a> {
    pub(super) title: &'a str,
    pub(super) action: &'a str,
    pub(super) back: &'a str,
}

/// The page.
pub(super) fn corrected(
    visit: &Visit,
    place: FormPlace<'_>,
    sent: &SubmittedForm,
    wrong: &[Wrong],
) -> Response {
    let lang = visit.ctx.lang;
    let is_wrong = |name: &str| wrong.iter().any(|one| one.name == name);
    let text = |name: &str| sent.get(name).map_or("", String::as_str);
    let errors = wrong.iter().map(|one| FieldError {
        name: one.name.clone(),
        message: format!("{}: {}", one.label, one.message),
    });
    let body = html! {
        form .card.wb-card.wb-narrow method="post" action=(place.action) novalidate {
            div .card-body {
                @for (name, value) in sent.iter().filter(|(name, _)| !is_wrong(name)) {
                    (hidden(name, value))
                }
                @for one in wrong {
                    (field(&one.name, &one.label).value(text(&one.name)).error(&one.message))
                }
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "hub-send-again")))
                    (link_button(ButtonKind::Secondary, place.back, &t(lang, "record-cancel")))
                }
            }
        }
    };
    let page = Page::new(place.title).errors(errors.collect()).render(&visit.ctx, &body);
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
