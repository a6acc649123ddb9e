//! The check before an action is saved: what the rules say, before and after. Nothing takes the
//! focus, so that the findings on top are seen first; Ctrl+S saves.

use wardbook_record::events::Line;
use wardbook_record::rules::{Effect, Finding};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, FieldError, Page, Tone, alert, badge, button, button_named, field,
    hidden, table,
};
use wardbook_web::{Markup, PageContext, html};

use super::ask::{Asked, Checked, Typed};
use super::form::{action, crumbs};
use crate::pages::people::Open;

/// Why the check is shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// The rules do not let it pass like this.
    Rules,
    /// The reason is too long.
    LongReason,
    /// Somebody changed the record meanwhile.
    Changed,
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) open: &'a Open,
    pub(super) asked: &'a Asked,
    pub(super) typed: &'a Typed,
    pub(super) checked: &'a Checked,
    pub(super) reason: &'a str,
    pub(super) note: Option<Note>,
}

/// The page.
pub(super) fn view(ctx: &PageContext, of: &Question<'_>) -> Markup {
    let lines = of.checked.plan.lines(&of.asked.person, ctx.lang);
    let blocked = of.checked.worst() == Some(Effect::Block);
    let body = html! {
        @if of.note == Some(Note::Changed) {
            (alert(Tone::Warning, "", &html! { p { (ctx.t("events-changed")) } }))
        }
        (findings(ctx, of))
        (changes(ctx, &lines))
        form .card.wb-card.wb-form method="post" action=(action(of.open, of.asked)) novalidate data-dirty-guard="" {
            div .card-body {
                (kept(of))
                @if asks_reason(of) { (reason(ctx, of)) }
                div .btn-list {
                    @if !blocked {
                        (button(ButtonKind::Primary, &ctx.t("events-save")))
                    }
                    (button_named(ButtonKind::Secondary, &ctx.t("events-back"), "back", "1"))
                    a .btn href=(of.open.base) { (ctx.t("cancel")) }
                }
            }
        }
    };
    let event = of.asked.event;
    let title = format!("{}: {}", ctx.t("events-check-title"), event.label(ctx.lang));
    Page::new(title)
        .lead(format!("{}. {}", of.open.name(ctx), ctx.t("events-check-lead")))
        .crumbs(crumbs(ctx, of.open))
        .errors(reason_errors(wrong_reason(ctx, of)))
        .render(ctx, &body)
}

/// The reason's fault, for the head of the page.
pub(super) fn reason_errors(wrong: Option<String>) -> Vec<FieldError> {
    let error = wrong.map(|message| FieldError { name: "reason_accepted".to_owned(), message });
    error.into_iter().collect()
}

/// Everything typed, and the state that was checked.
fn kept(of: &Question<'_>) -> Markup {
    let heads: Vec<String> = of.asked.heads.iter().map(ToString::to_string).collect();
    html! {
        @for (name, text) in of.typed { (hidden(name, text)) }
        (hidden("heads", &heads.join(",")))
        (hidden("stage", "save"))
    }
}

fn asks_reason(of: &Question<'_>) -> bool {
    of.checked.needs_reason() || of.note == Some(Note::LongReason)
}

/// What is wrong with the reason.
fn wrong_reason(ctx: &PageContext, of: &Question<'_>) -> Option<String> {
    match of.note {
        Some(Note::Rules) if of.checked.needs_reason() => Some(ctx.t("events-reason-missing")),
        Some(Note::LongReason) => Some(ctx.t("events-reason-long")),
        _ => None,
    }
}

fn reason(ctx: &PageContext, of: &Question<'_>) -> Markup {
    html! {
        (field("reason_accepted", &ctx.t("events-reason"))
            .value(of.reason)
            .hint(ctx.t("events-reason-hint"))
            .required()
            .error_if(wrong_reason(ctx, of)))
    }
}

fn findings(ctx: &PageContext, of: &Question<'_>) -> Markup {
    let warnings = &of.checked.plan.warnings;
    let lang = ctx.lang;
    html! {
        @for finding in &of.checked.findings { (one_finding(ctx, finding)) }
        @if !warnings.is_empty() {
            (alert(Tone::Warning, &ctx.t("events-doubtful"), &html! {
                ul { @for problem in warnings {
                    li { (problem.label(lang)) ": " (problem.reason(lang)) " " (problem.remedy(lang)) }
                } }
            }))
        }
        @if of.checked.findings.is_empty() && warnings.is_empty() {
            (alert(Tone::Good, "", &html! { p { (ctx.t("events-no-findings")) } }))
        }
    }
}

fn one_finding(ctx: &PageContext, finding: &Finding) -> Markup {
    let tone = match finding.effect {
        Effect::Block => Tone::Bad,
        Effect::Warn => Tone::Warning,
        Effect::Remind => Tone::Info,
    };
    let title = format!(
        "{}: {} ({})",
        finding.effect_label(ctx.lang),
        finding.title(ctx.lang),
        finding.rule
    );
    alert(
        tone,
        &title,
        &html! {
            p { (finding.sentence(ctx.lang)) }
            p .text-secondary { (ctx.t("events-basis")) " " (finding.basis(ctx.lang)) }
            @if finding.effect == Effect::Block { p { (ctx.t("events-blocked")) } }
        },
    )
}

/// Before and after, one line a place; a new row is one line.
fn changes(ctx: &PageContext, lines: &[Line]) -> Markup {
    let columns = [
        Column::text(ctx.t("events-place")),
        Column::text(ctx.t("events-before")),
        Column::text(ctx.t("events-after")),
    ];
    let empty = ctx.t("record-empty-value");
    let or_empty = |text: &str| if text.is_empty() { empty.clone() } else { text.to_owned() };
    let rows = html! {
        @for line in lines {
            tr {
                th scope="row" {
                    (line.label)
                    @if !line.row.is_empty() { br; span .text-secondary { (line.row) } }
                }
                td {
                    @if line.is_new_row { (badge(&Badge::new(Tone::Info, ctx.t("events-new-row")))) }
                    @else { (or_empty(&line.before)) }
                }
                td { (or_empty(&line.after)) }
            }
        }
    };
    table(&ctx.t("events-changes"), &columns, &rows)
}
