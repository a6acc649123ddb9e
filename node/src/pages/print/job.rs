//! A paper in the making: how far it is, a way to stop it, and the paper itself.

use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use wardbook_web::kit::{ButtonKind, Crumb, Page, Tone, alert, button, link_button, progress};
use wardbook_web::print::{Paper, paper_page};
use wardbook_web::{FluentValue, Markup, PageContext, html, t_args};

use super::hidden_note;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::print_jobs::PrintJob;
use crate::refusal::Refusal;

/// How far it is. The page renews its middle by itself while the work goes on.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let job = app.prints().get(&key, screen.viewer.user).ok_or_else(gone)?;
    let ctx = &screen.ctx;
    let state = state(ctx, &app, &job);
    if ctx.is_fragment() {
        return Ok(Shown(state).into_response());
    }
    let page = Page::new(ctx.t("print-job-title"))
        .lead(job.form.name(ctx.lang))
        .crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
        .render(ctx, &state);
    Ok(Shown(page).into_response())
}

/// Stops it.
pub(crate) async fn cancel(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let job = app.prints().get(&key, screen.viewer.user).ok_or_else(gone)?;
    job.cancel();
    Ok(Redirect::to(&format!("/print/{key}")).into_response())
}

/// The paper.
pub(crate) async fn sheets(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let job = app.prints().get(&key, screen.viewer.user).ok_or_else(gone)?;
    let back = format!("/print/{key}");
    let Some(Ok(made)) = job.outcome().filter(|_| !job.is_cancelled()) else {
        return Ok(Redirect::to(&back).into_response());
    };
    let ctx = &screen.ctx;
    let hidden = hidden_note(ctx, job.form, &screen.viewer);
    let note = match made.incomplete {
        0 => hidden,
        count => {
            let count = [("count", count as u64)];
            format!("{} {hidden}", t_args(ctx.lang, "print-job-incomplete", &count))
        }
    };
    let count = t_args(ctx.lang, "print-job-done", &[("count", made.people as u64)]);
    let paper = Paper {
        title: &format!("{} – {count}", job.form.name(ctx.lang)),
        back: &back,
        sheets: &made.sheets,
        missing: None,
        note: note.trim(),
    };
    Ok(Shown(paper_page(ctx, &paper)).into_response())
}

/// The part of the page that is renewed.
fn state(ctx: &PageContext, app: &App, job: &PrintJob) -> Markup {
    let address = format!("/print/{}", job.key);
    let again = link_button(ButtonKind::Secondary, "/people", &ctx.t("print-job-again"));
    let outcome = job.outcome();
    let works = outcome.is_none() && !job.is_cancelled();
    html! {
        div #print-job role="status" hx-get=[works.then_some(&address)]
            hx-trigger=[works.then_some("every 1s")] hx-swap=[works.then_some("outerHTML")] {
            @match outcome {
                _ if job.is_cancelled() => {
                    (alert(Tone::Warning, "", &html! { p { (ctx.t("print-job-cancelled")) } }))
                    div .btn-list { (again) }
                }
                None => (working(ctx, app, job)),
                Some(Err(refusal)) => {
                    @let why = refusal.sentence(ctx.lang).to_owned();
                    (alert(Tone::Bad, "", &html! { p { (t_args(ctx.lang, "print-job-failed", &[("why", why)])) } }))
                    div .btn-list { (again) }
                }
                Some(Ok(made)) => {
                    @let people = t_args(ctx.lang, "print-job-done", &[("count", made.people as u64)]);
                    (alert(Tone::Good, "", &html! {
                        p { (people) }
                        @if made.incomplete > 0 { p { (t_args(ctx.lang, "print-job-incomplete", &[("count", made.incomplete as u64)])) } }
                    }))
                    div .btn-list {
                        (link_button(ButtonKind::Primary, &format!("{address}/sheets"), &ctx.t("print-job-open")))
                        (again)
                    }
                }
            }
        }
    }
}

fn working(ctx: &PageContext, app: &App, job: &PrintJob) -> Markup {
    let (done, total) = (job.done() as u64, job.total as u64);
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    let words = t_args(
        ctx.lang,
        "print-job-progress",
        &[("done", done), ("total", total), ("percent", percent)],
    );
    let left = job.seconds_left(app.replica().now());
    let left = left.map(|seconds| {
        t_args(ctx.lang, "print-job-left", &[("seconds", FluentValue::from(seconds))])
    });
    html! {
        (progress(&words, done, total))
        @if let Some(left) = left { p { (left) } }
        p .text-secondary { (ctx.t("print-job-wait")) }
        form method="post" action=(format!("/print/{}/cancel", job.key)) {
            div .btn-list {
                (link_button(ButtonKind::Secondary, &format!("/print/{}", job.key), &ctx.t("print-job-look")))
                (button(ButtonKind::Secondary, &ctx.t("print-job-cancel")))
            }
        }
    }
}

/// The program was started again, or newer papers took its place.
fn gone() -> Refusal {
    let (vi, en) = (wardbook_record::Lang::Vi, wardbook_record::Lang::En);
    Refusal::new(
        StatusCode::NOT_FOUND,
        "print_gone",
        &wardbook_web::t(vi, "print-job-gone"),
        &wardbook_web::t(en, "print-job-gone"),
    )
}
