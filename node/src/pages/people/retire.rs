//! Taking a mistaken record out of use, or bringing it back.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{EditError, ReplicaError};
use wardbook_web::kit::{Confirm, confirm_page, field};
use wardbook_web::{Markup, PageContext, html};

use super::{Open, may_edit, open};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The reason as typed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RetireForm {
    #[serde(default)]
    reason: String,
}

/// The question.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_retire(&screen, &open)?;
    Ok(Shown(view(&screen.ctx, &open, "", None)).into_response())
}

/// Does it.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Form(form): Form<RetireForm>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_retire(&screen, &open)?;
    let is_retired = open.view.facts.retired.is_some();
    let reason = if is_retired { String::new() } else { form.reason.trim().to_owned() };
    if !is_retired && reason.is_empty() {
        let missing = screen.ctx.t("node-retire-reason-missing");
        return Ok(not_accepted(view(&screen.ctx, &open, &reason, Some(missing))));
    }
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let written = reason.clone();
    let retired =
        app.replica().run(move |replica| replica.retire_person(&viewer, &document, &written));
    match retired.await? {
        Ok(_) => app.edited(),
        Err(error @ EditError::Invalid(_)) => {
            let said = error.sentence(screen.ctx.lang);
            return Ok(not_accepted(view(&screen.ctx, &open, &reason, Some(said))));
        }
        Err(error) => return Err(error.into()),
    }
    let done = if is_retired { "restored" } else { "retired" };
    Ok(Redirect::to(&format!("{}?done={done}", open.base)).into_response())
}

/// Whole records are taken out of use by who may edit whole records.
fn may_retire(screen: &Screen, open: &Open) -> Result<(), Refusal> {
    may_edit(open)?;
    if screen.viewer.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn view(ctx: &PageContext, open: &Open, reason: &str, wrong: Option<String>) -> Markup {
    let is_retired = open.view.facts.retired.is_some();
    let (title, sentence) = if is_retired {
        ("node-restore", "node-restore-sentence")
    } else {
        ("node-retire", "node-retire-sentence")
    };
    let (title, sentence) = (ctx.t(title), ctx.t(sentence));
    let named = format!("{title}: {}", open.view.facts.full_name);
    let more = html! {
        @if !is_retired {
            (field("reason", &ctx.t("node-retire-reason")).value(reason).required().autofocus().error_if(wrong))
        }
    };
    let ask = Confirm {
        title: &named,
        sentence: &sentence,
        action: &format!("{}/retire", open.base),
        yes: &title,
        cancel: &open.base,
        danger: !is_retired,
        keep: &[],
    };
    confirm_page(ctx, &ask, &more)
}
