//! Synchronising in words: how this machine stands, what happened to its data, what was refused;
//! call now, synchronise by hand, join a city; the header's badge.

pub(crate) mod by_hand;
pub(crate) mod kept;

use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{KeptChange, ReplicaError, SyncEvent, SyncStatus};
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

/// Entries of what happened that the page shows.
const EVENTS_SHOWN: usize = 10;

/// What the page shows.
struct Standing {
    status: SyncStatus,
    membership: Option<Membership>,
    kept: Vec<KeptChange>,
    events: Vec<SyncEvent>,
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
    Ok(Shown(page(&app, &screen, None).await?).into_response())
}

/// The page as it stands, with an error of no box in it.
async fn page(app: &App, screen: &Screen, failed: Option<&FieldError>) -> Result<Markup, Refusal> {
    let standing = read(app, screen).await?;
    let form = EnrolForm { string: String::new(), name: os::machine_name() };
    Ok(view(screen, &standing, &form, failed))
}

/// The page after a box was not accepted.
async fn again(app: &App, screen: &Screen, wrong: &FieldError) -> Result<Markup, Refusal> {
    page(app, screen, Some(wrong)).await
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
            let words = error.sentence(screen.ctx.lang);
            let wrong = FieldError { name: String::new(), message: words };
            Ok(Shown(page(&app, &screen, Some(&wrong)).await?).into_response())
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
    let (lang, viewer) = (screen.ctx.lang, screen.viewer.clone());
    let read = app.replica().run(move |replica| {
        Ok::<_, ReplicaError>(Standing {
            status: replica.sync_status(lang)?,
            membership: replica.membership()?,
            kept: replica.kept_changes(&viewer)?,
            events: replica.node_events(&viewer, EVENTS_SHOWN)?,
        })
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
        @if !standing.kept.is_empty() {
            (kept::view(ctx, &standing.kept, screen.viewer.role.may_edit()))
        }
        @if !standing.events.is_empty() {
            (card(&ctx.t("node-events-title"), None, &events(ctx, &standing.events)))
        }
        @match &standing.membership {
            Some(joined) => {
                @if screen.viewer.role.may_edit() { (by_hand::view(ctx, wrong)) }
                (card(&ctx.t("node-city"), None, &membership(ctx, joined)))
            }
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

/// What happened to this machine's data, the newest first.
fn events(ctx: &PageContext, events: &[SyncEvent]) -> Markup {
    html! {
        ul {
            @for event in events {
                li { (format::date_time(event.at)) ": " (event.sentence(ctx.lang)) }
            }
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
