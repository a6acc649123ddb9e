//! Import, last but one step: the rows are written, with a bar while that takes time.

use std::time::Duration;

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wardbook_replica::{DuplicateChoice, ImportChoices, ImportError, ImportProgress, ImportToken};
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, link_button, progress};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::upload::may_import;
use crate::app::App;
use crate::import_jobs::{ImportJob, told};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// A short import is over before anybody needs a bar.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What was chosen before confirming.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CommitForm {
    with_errors: String,
}

/// Writes the rows.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
    Form(form): Form<CommitForm>,
) -> PageResult {
    may_import(&screen)?;
    let asked = ImportToken(token.clone());
    if app.imports().begin(&asked) {
        let choices = ImportChoices {
            for_all: DuplicateChoice::Update,
            skip_rows_with_errors: form.with_errors != "1",
            ..ImportChoices::default()
        };
        let work = tokio::spawn(write(app.clone(), screen, asked.clone(), choices));
        // The work goes on when nobody waits any longer.
        let _ = tokio::time::timeout(PATIENCE, work).await;
    }
    Ok(after(app.imports().get(&asked), &token))
}

async fn write(app: App, screen: Screen, token: ImportToken, choices: ImportChoices) {
    let (viewer, lang) = (screen.viewer, screen.ctx.lang);
    let (jobs, asked) = (app.clone(), token.clone());
    let written = app
        .replica()
        .run(move |replica| {
            replica
                .commit_import(&viewer, &asked, &choices, &mut |at| jobs.imports().at(&asked, at))
        })
        .await;
    let result = match written {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(told(&error, lang)),
        Err(error) => Err(told(&ImportError::Other(error), lang)),
    };
    app.imports().end(&token, result);
    app.edited();
}

/// How far it is; asks again by itself, with and without JavaScript.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    may_import(&screen)?;
    let job = app.imports().get(&ImportToken(token.clone()));
    match &job {
        Some(ImportJob::Running(at)) => Ok(waiting(&screen.ctx, *at)),
        Some(ImportJob::Failed { code, sentence }) => {
            let page = failed(&screen.ctx, &token, code, sentence);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
        }
        _ => Ok(after(job, &token)),
    }
}

/// Where to go: to the result when there is one, else to the bar.
fn after(job: Option<ImportJob>, token: &str) -> Response {
    let next = match job {
        Some(ImportJob::Done(done)) => format!(
            "/import/done?batch={}&created={}&updated={}&unchanged={}&skipped={}&from={token}",
            done.batch, done.created, done.updated, done.unchanged, done.skipped
        ),
        Some(_) => format!("/import/{token}/progress"),
        None => "/import".to_owned(),
    };
    Redirect::to(&next).into_response()
}

fn waiting(ctx: &PageContext, at: ImportProgress) -> Response {
    let (done, total) = (at.done as u64, at.total as u64);
    let words = t_args(ctx.lang, "import-progress", &[("done", done), ("total", total)]);
    let body = html! { (progress(&words, done, total)) p { (ctx.t("import-progress-hint")) } };
    let page = Page::new(ctx.t("import-writing")).render(ctx, &body);
    let mut response = Shown(page).into_response();
    response.headers_mut().insert("refresh", HeaderValue::from_static("1"));
    response
}

fn failed(ctx: &PageContext, token: &str, code: &str, sentence: &str) -> Markup {
    let body = html! {
        (alert(Tone::Bad, "", &html! { p { (sentence) } p .text-secondary { (code) } }))
        div .btn-list {
            (link_button(ButtonKind::Primary, &format!("/import/{token}"), &ctx.t("import-back-to-check")))
        }
    };
    Page::new(ctx.t("import-not-written")).render(ctx, &body)
}
