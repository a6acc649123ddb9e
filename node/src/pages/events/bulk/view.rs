//! How one action for many people looks: choose, fill in, check, done.

use wardbook_base::DocumentId;
use wardbook_record::events::{Event, Fault, Office};
use wardbook_record::{PartialDate, Person};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Crumb, Page, Tone, alert, badge, button, button_named, card, field,
    fieldset, hidden, link_button, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::batch::Batch;
use super::{Line, Wanted};
use crate::pages::events::ask::is_too_long;
use crate::pages::events::boxes::{Boxes, summary_of};
use crate::pages::events::check::reason_errors;

const ACTION: &str = "/people/events";

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
        .errors(summary_of(ctx, event, faults))
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
pub(super) fn done(ctx: &PageContext, key: &str, batch: &Batch) -> Markup {
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
                ul { @for one in &batch.refused { li { (one.name) ": " (one.why) } } }
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
                    li { a href=(format!("/people/{}/events/done/{}", one.document, one.change)) { (one.name) } }
                } }
            }))
        }
    };
    page(ctx, format!("{}: {}", ctx.t("events-done-title"), batch.label(ctx.lang)))
        .render(ctx, &body)
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
