//! How one action for many people looks: choose, fill in, check, done.

use std::collections::BTreeMap;

use wardbook_base::DocumentId;
use wardbook_record::events::{Event, Fault, Office};
use wardbook_record::{PartialDate, Person};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Crumb, FieldError, Page, Tone, alert, badge, button, button_named,
    card, field, fieldset, hidden, link_button, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::batch::Batch;
use super::{Line, Wanted};
use crate::pages::events::ask::is_too_long;
use crate::pages::events::boxes::{Boxes, summary_of};
use crate::pages::events::check::reason_errors;

const ACTION: &str = "/people/events";
/// People whom an error names; the others are counted.
const NAMES_MAX: usize = 10;

fn page(ctx: &PageContext, title: String) -> Page {
    Page::new(title).crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
}

/// Nobody, or too many.
pub(super) fn wrong_number(ctx: &PageContext, count: usize, max: usize) -> Markup {
    let words = if count == 0 {
        ctx.t("events-bulk-nobody")
    } else {
        t_args(ctx.lang, "events-bulk-too-many", &[("max", max as u64)])
    };
    let body = html! {
        (alert(Tone::Warning, "", &html! { p { (words) } }))
        div .btn-list { (link_button(ButtonKind::Primary, "/people", &ctx.t("node-nav-people"))) }
    };
    page(ctx, ctx.t("events-bulk-title")).render(ctx, &body)
}

/// Which action.
pub(super) fn choose<'a>(
    ctx: &PageContext,
    people: &[(DocumentId, String)],
    offered: impl Iterator<Item = &'a Event>,
) -> Markup {
    let body = html! {
        (who(ctx, people))
        form .card.wb-card method="post" action=(ACTION) {
            div .card-body {
                (ids(people))
                fieldset .wb-fieldset {
                    legend .form-label { (ctx.t("events-bulk-choose")) }
                    ul .wb-event-list {
                        @for event in offered {
                            li { (button_named(ButtonKind::Quiet, event.label(ctx.lang), "key", &event.key)) }
                        }
                    }
                }
            }
        }
    };
    page(ctx, ctx.t("events-bulk-title")).render(ctx, &body)
}

/// The form, the same for all.
pub(super) fn form(
    ctx: &PageContext,
    wanted: &Wanted,
    faults: &[Fault],
    as_of: PartialDate,
) -> Markup {
    let event = wanted.event;
    let (own, decision) = event.inputs.split_at(event.own_inputs);
    let nobody = Person::default();
    let (typed, office) = (&wanted.typed, Office::default());
    let boxes = Boxes { ctx, person: &nobody, as_of, office, typed, faults };
    let body = html! {
        (who(ctx, &wanted.people))
        form .card.wb-card.wb-form method="post" action=(ACTION) novalidate data-dirty-guard="" {
            div .card-body {
                (ids(&wanted.people)) (hidden("key", &event.key)) (hidden("stage", "check"))
                div .wb-form-grid {
                    @for (at, input) in own.iter().enumerate() {
                        (boxes.for_many(input, faults.is_empty() && at == 0))
                    }
                }
                @if !decision.is_empty() {
                    (fieldset(&ctx.t("events-decision"), &html! {
                        div .wb-form-grid { @for input in decision { (boxes.for_many(input, false)) } }
                    }))
                }
                p .text-secondary { (ctx.t("events-basis")) " " (event.basis) }
            }
            div .wb-form-bar {
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("events-check")))
                    a .btn href="/people" data-escape="" { (ctx.t("cancel")) }
                }
            }
        }
    };
    page(ctx, event.label(ctx.lang).to_owned())
        .lead(event.lead(ctx.lang))
        .errors(whose(ctx, summary_of(ctx, event, faults), &wanted.people))
        .render(ctx, &body)
}

/// What would be written for whom.
pub(super) fn check(ctx: &PageContext, wanted: &Wanted, lines: &[Line]) -> Markup {
    let wrong = is_too_long(&wanted.reason).then(|| ctx.t("events-reason-long"));
    let fitting = lines.iter().filter(|line| line.may).count() as u64;
    let columns = ["events-requests-who", "events-bulk-state", "events-changes"]
        .map(|key| Column::text(ctx.t(key)));
    let rows = html! { @for line in lines { (row(ctx, line)) } };
    let event = wanted.event;
    let body = html! {
        (table(&ctx.t("events-changes"), &columns, &rows))
        form .card.wb-card.wb-form method="post" action=(ACTION) novalidate data-dirty-guard="" {
            div .card-body {
                @for line in lines.iter().filter(|line| line.may) {
                    (hidden("id", &line.document.to_string()))
                }
                @for (name, text) in &wanted.typed { (hidden(name, text)) }
                (hidden("key", &event.key)) (hidden("stage", "save"))
                (field("reason_accepted", &ctx.t("events-reason"))
                    .value(&wanted.reason)
                    .hint(ctx.t("events-bulk-reason-hint"))
                    .error_if(wrong.clone()))
                div .btn-list {
                    @if fitting > 0 {
                        (button(ButtonKind::Primary, &t_args(ctx.lang, "events-bulk-save", &[("count", fitting)])))
                    }
                    (button_named(ButtonKind::Secondary, &ctx.t("events-back"), "back", "1"))
                    a .btn href="/people" { (ctx.t("cancel")) }
                }
            }
        }
    };
    page(ctx, format!("{}: {}", ctx.t("events-check-title"), event.label(ctx.lang)))
        .lead(ctx.t("events-bulk-check-lead"))
        .errors(reason_errors(wrong))
        .render(ctx, &body)
}

fn row(ctx: &PageContext, line: &Line) -> Markup {
    let (tone, key) =
        if line.may { (Tone::Good, "events-bulk-ok") } else { (Tone::Bad, "events-bulk-not") };
    html! {
        tr {
            th scope="row" { (line.name) }
            td { (badge(&Badge::new(tone, ctx.t(key)))) }
            td { @for words in &line.words { p { (words) } } }
        }
    }
}

/// What was written, and for whom it was not.
pub(super) fn done(
    ctx: &PageContext,
    key: &str,
    batch: &Batch,
    names: &BTreeMap<DocumentId, String>,
) -> Markup {
    let name = |document: &DocumentId| {
        names.get(document).cloned().unwrap_or_else(|| ctx.t("events-bulk-elsewhere"))
    };
    let count = |key: &str, n: usize| t_args(ctx.lang, key, &[("count", n as u64)]);
    let written = batch.written.len();
    let undone = written.saturating_sub(batch.refused.len());
    let body = html! {
        @if batch.undone {
            (alert(Tone::Good, "", &html! { p { (count("events-bulk-undone", undone)) } }))
        } @else if written > 0 {
            (alert(Tone::Good, "", &html! { p { (count("events-bulk-done", written)) } }))
        }
        @if !batch.refused.is_empty() {
            (alert(Tone::Warning, &count("events-bulk-refused", batch.refused.len()), &html! {
                ul { @for one in &batch.refused { li { (name(&one.document)) ": " (one.why) } } }
            }))
        }
        div .btn-list {
            (link_button(ButtonKind::Primary, "/people", &ctx.t("node-nav-people")))
            @if !batch.undone && written > 0 {
                form method="post" action=(format!("/events/batches/{key}")) {
                    (button(ButtonKind::Secondary, &ctx.t("events-undo")))
                }
            }
        }
        @if !batch.written.is_empty() {
            (card(&ctx.t("events-written"), None, &html! {
                ul .wb-event-list { @for one in &batch.written {
                    li { a href=(format!("/people/{}/events/done/{}", one.document, one.change)) { (name(&one.document)) } }
                } }
            }))
        }
    };
    page(ctx, format!("{}: {}", ctx.t("events-done-title"), batch.label(ctx.lang)))
        .render(ctx, &body)
}

/// The errors with the people whom they stop: ten by name, the others counted.
fn whose(
    ctx: &PageContext,
    errors: Vec<FieldError>,
    people: &[(DocumentId, String)],
) -> Vec<FieldError> {
    let names = people.iter().take(NAMES_MAX).map(|(_, name)| name.as_str());
    let mut who = names.collect::<Vec<_>>().join(", ");
    if people.len() > NAMES_MAX {
        let count = (people.len() - NAMES_MAX) as u64;
        who += &t_args(ctx.lang, "events-bulk-others", &[("count", count)]);
    }
    let told =
        |error: FieldError| FieldError { message: format!("{who}: {}", error.message), ..error };
    errors.into_iter().map(told).collect()
}

/// How many, and who.
fn who(ctx: &PageContext, people: &[(DocumentId, String)]) -> Markup {
    let names: Vec<&str> = people.iter().map(|(_, name)| name.as_str()).collect();
    html! {
        details open[names.len() <= 12] {
            summary { (t_args(ctx.lang, "events-bulk-people", &[("count", names.len() as u64)])) }
            p { (names.join(" · ")) }
        }
    }
}

fn ids(people: &[(DocumentId, String)]) -> Markup {
    html! { @for (id, _) in people { (hidden("id", &id.to_string())) } }
}

#[cfg(test)]
mod tests {
    use wardbook_record::Lang;

    use super::*;

    #[test]
    fn an_error_names_ten_people_and_counts_the_others() {
        let ctx = PageContext { lang: Lang::Vi, ..PageContext::default() };
        let people = |count: u8| -> Vec<(DocumentId, String)> {
            (1..=count).map(|n| (DocumentId([n; 16]), format!("Người {n}"))).collect()
        };
        let told = |count: u8| {
            let error = FieldError { name: "form".to_owned(), message: "Sai.".to_owned() };
            whose(&ctx, vec![error], &people(count)).pop().expect("an error").message
        };
        assert_eq!(told(2), "Người 1, Người 2: Sai.");
        assert!(told(10).ends_with("Người 9, Người 10: Sai."), "{}", told(10));
        assert!(told(13).ends_with("Người 9, Người 10 và 3 người khác: Sai."), "{}", told(13));
    }
}
