//! Synchronising in words: how this machine stands, call now, join a city; the header's badge.

use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{ReplicaError, SyncStatus};
use wardbook_sync::ports::Membership;
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, badge, button, card, definition_list, field, sync_badge,
};
use wardbook_web::{Markup, PageContext, RequestInfo, format, html};

use crate::api::sync::join;
use crate::app::App;
use crate::os;
use crate::pages::screen::{Screen, badge_of};
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// A session started by the button is waited for this long; then it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the page shows.
struct Standing {
    status: SyncStatus,
    membership: Option<Membership>,
}

/// The enrolment form as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnrolForm {
    string: String,
    name: String,
}

/// How this machine stands.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let standing = read(&app, &screen).await?;
    let form = EnrolForm { string: String::new(), name: os::machine_name() };
    Ok(Shown(view(&screen, &standing, &form, None)).into_response())
}

/// The header's badge. It says nothing about people, and asking for it must not keep a session
/// alive that nobody uses: so it looks at no session at all.
pub(crate) async fn header_badge(State(app): State<App>, info: RequestInfo) -> PageResult {
    let status = app.replica().run(move |replica| replica.sync_status(info.lang)).await??;
    Ok(Shown(sync_badge(&badge_of(&status))).into_response())
}

/// Calls the hub now.
pub(crate) async fn now(State(app): State<App>, screen: Screen) -> PageResult {
    let sync = std::sync::Arc::clone(app.sync());
    // A task of its own: a browser that goes away must not cut a session short.
    let session = tokio::spawn(async move { sync.run_now(|_| {}).await });
    match tokio::time::timeout(PATIENCE, session).await {
        Ok(Ok(Ok(sum))) if sum.proven_equal => {
            Ok(Redirect::to("/sync?done=synced").into_response())
        }
        Ok(Ok(Err(error))) => {
            let standing = read(&app, &screen).await?;
            let words = error.sentence(screen.ctx.lang);
            let wrong = FieldError { name: String::new(), message: words };
            let form = EnrolForm { string: String::new(), name: os::machine_name() };
            Ok(Shown(view(&screen, &standing, &form, Some(&wrong))).into_response())
        }
        // Still running, or not proven equal yet: the page says which.
        _ => Ok(Redirect::to("/sync").into_response()),
    }
}

/// Joins a city.
pub(crate) async fn enrol(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<EnrolForm>,
) -> PageResult {
    match join(&app, &screen.viewer, &form.string, &form.name).await {
        Ok(_) => Ok(Redirect::to("/sync?done=enrolled").into_response()),
        Err(refusal) if refusal.status.is_server_error() && refusal.code() == "disk_full" => {
            Err(refusal)
        }
        Err(refusal) => {
            let message = refusal.sentence(screen.ctx.lang).to_owned();
            let standing = read(&app, &screen).await?;
            let wrong = FieldError { name: "string".to_owned(), message };
            Ok(not_accepted(view(&screen, &standing, &form, Some(&wrong))))
        }
    }
}

async fn read(app: &App, screen: &Screen) -> Result<Standing, Refusal> {
    let lang = screen.ctx.lang;
    let read = app.replica().run(move |replica| {
        let (status, membership) = (replica.sync_status(lang)?, replica.membership()?);
        Ok::<_, ReplicaError>(Standing { status, membership })
    });
    Ok(read.await??)
}

fn view(
    screen: &Screen,
    standing: &Standing,
    form: &EnrolForm,
    wrong: Option<&FieldError>,
) -> Markup {
    let ctx = &screen.ctx;
    let failed = wrong.filter(|wrong| wrong.name.is_empty()).map(|w| w.message.clone());
    let (failed_words, errors) = match failed {
        Some(words) => (Some(words), Vec::new()),
        None => (None, wrong.cloned().into_iter().collect()),
    };
    let body = html! {
        (card(&ctx.t("node-sync-state"), None, &state(ctx, &standing.status, failed_words.as_deref())))
        @match &standing.membership {
            Some(joined) => (card(&ctx.t("node-city"), None, &membership(ctx, joined))),
            None if screen.viewer.role.may_administer() =>
                (card(&ctx.t("node-join"), None, &enrolment(ctx, form, wrong))),
            None => p { (ctx.t("node-join-by-admin")) },
        }
    };
    Page::new(ctx.t("node-nav-sync")).errors(errors).render(ctx, &body)
}

/// State in words, what waits and since when, the last proof, the last error with its remedy.
fn state(ctx: &PageContext, status: &SyncStatus, failed: Option<&str>) -> Markup {
    let mut entries = vec![
        (ctx.t("node-state"), html! { (badge(&badge_of(status))) }),
        (ctx.t("node-waiting"), html! { (format::number(ctx.lang, status.waiting)) }),
    ];
    let proven = status.proven_at.map_or_else(|| ctx.t("node-never"), format::date_time);
    entries.push((ctx.t("node-last-proven"), html! { (proven) }));
    if !status.detail.is_empty() {
        entries.push((ctx.t("node-remark"), html! { (status.detail) }));
    }
    if let Some(words) = failed {
        entries.push((ctx.t("node-last-error"), html! { span role="alert" { (words) } }));
    }
    html! {
        (definition_list(&entries))
        form .btn-list method="post" action="/sync/now" {
            (button(ButtonKind::Primary, &ctx.t("node-sync-now")))
        }
    }
}

fn membership(ctx: &PageContext, joined: &Membership) -> Markup {
    definition_list(&[
        (ctx.t("node-ward"), html! { (joined.ward_name) " (" (joined.ward) ")" }),
        (ctx.t("node-hub-address"), html! { (joined.hub_url) }),
        (ctx.t("node-device"), html! { code { (joined.device) } }),
    ])
}

fn enrolment(ctx: &PageContext, form: &EnrolForm, wrong: Option<&FieldError>) -> Markup {
    let error = wrong.filter(|wrong| wrong.name == "string").map(|wrong| wrong.message.clone());
    html! {
        p { (ctx.t("node-join-lead")) }
        form method="post" action="/sync/enrol" {
            (field("string", &ctx.t("node-enrol-string")).value(form.string.as_str()).required()
                .hint(ctx.t("node-enrol-hint")).area(3).error_if(error))
            (field("name", &ctx.t("node-device-name")).value(form.name.as_str()).required())
            (button(ButtonKind::Primary, &ctx.t("node-join")))
        }
    }
}
