//! The steps of calling the city, as they go on: asked for anew every second while they do.

use axum::extract::State;
use axum::response::IntoResponse;
use wardbook_web::kit::{ButtonKind, Step, Tone, button, link_button, steps};
use wardbook_web::{Markup, PageContext, html, t_args};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::sync_task::Progress;

/// How far it is; a part of the page.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    Ok(Shown(view(&screen.ctx, &app.sync().progress())).into_response())
}

/// The steps with their button.
pub(super) fn view(ctx: &PageContext, progress: &Progress) -> Markup {
    let every = progress.running.then_some("every 1s");
    html! {
        div #sync-steps aria-live="polite" hx-get=[every.map(|_| "/sync/steps")] hx-trigger=[every] hx-swap="outerHTML" {
            @if progress.any { (steps(&ctx.t("office-steps-name"), &list(ctx, progress))) }
            div .btn-list {
                @if progress.running {
                    (link_button(ButtonKind::Secondary, "/sync", &ctx.t("office-steps-look-again")))
                } @else {
                    form method="post" action="/sync/now" hx-post="/sync/now" hx-target="#sync-steps" hx-swap="outerHTML" {
                        (button(ButtonKind::Primary, &ctx.t("node-sync-now")))
                    }
                    @if progress.any && ctx.is_fragment() {
                        (link_button(ButtonKind::Secondary, "/sync", &ctx.t("office-steps-reload")))
                    }
                }
            }
        }
    }
}

/// Which of the steps are done, under way, to come, or where it stopped.
fn list(ctx: &PageContext, progress: &Progress) -> Vec<Step> {
    let sum = &progress.sum;
    let count = |key: &str, n: u64| t_args(ctx.lang, key, &[("count", n)]);
    let called = sum.round_trips > 0;
    let is_equal = sum.proven_equal && !progress.running && progress.failed.is_none();
    let over = !progress.running;
    let words = [
        (called, if called { ctx.t("office-step-called") } else { String::new() }),
        (called && over, count("office-step-sent", sum.pushed)),
        (called && over, count("office-step-received", sum.pulled)),
        (is_equal, if is_equal { ctx.t("office-step-equal") } else { String::new() }),
    ];
    let labels =
        ["office-step-call", "office-step-send", "office-step-receive", "office-step-compare"];
    let failed_at = progress.failed.as_ref().map(|_| usize::from(called));
    let mut steps = Vec::new();
    for (index, ((done, state), label)) in words.into_iter().zip(labels).enumerate() {
        let tone = match failed_at {
            Some(at) if index == at => Tone::Bad,
            Some(at) if index > at => Tone::Idle,
            _ if done => Tone::Good,
            _ if progress.running => Tone::Busy,
            _ => Tone::Idle,
        };
        let state = match (tone, &progress.failed) {
            (Tone::Bad, Some(code)) => wardbook_replica::sync_code_sentence(code, ctx.lang),
            (Tone::Idle, _) => ctx.t("office-step-not-yet"),
            (Tone::Busy, _) if state.is_empty() => ctx.t("office-step-running"),
            _ => state,
        };
        steps.push(Step::new(tone, ctx.t(label), state));
    }
    steps
}
