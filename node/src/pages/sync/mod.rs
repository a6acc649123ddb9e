//! Synchronising in words: how this machine stands, what waits and since when, what failed and what
//! to do, what was refused; call now, synchronise by hand; the header's badge.

pub(crate) mod by_hand;
pub(crate) mod kept;
pub(crate) mod steps;
mod waiting;

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{
    BundleOut, FilesWaiting, KeptChange, ReplicaError, SyncEvent, SyncFacts, SyncStatus,
    WaitingRecord,
};
use wardbook_sync::ports::Membership;
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, badge, card, definition_list, link_button,
    sync_badge,
};
use wardbook_web::{Markup, PageContext, RequestInfo, format, html};

use crate::app::App;
use crate::pages::screen::{Screen, badge_of};
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;
use crate::sync_task::Progress;

/// A session started by the button is waited for this long; then it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// Entries of what happened that the page shows.
const EVENTS_SHOWN: usize = 10;

/// What the page shows.
struct Standing {
    status: SyncStatus,
    facts: SyncFacts,
    membership: Option<Membership>,
    waiting: Vec<WaitingRecord>,
    files: FilesWaiting,
    kept: Vec<KeptChange>,
    events: Vec<SyncEvent>,
    bundle_out: Option<BundleOut>,
    progress: Progress,
}

/// How this machine stands.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    Ok(Shown(page(&app, &screen, None).await?).into_response())
}

/// The page as it stands, with an error of a box in it.
async fn page(app: &App, screen: &Screen, failed: Option<&FieldError>) -> Result<Markup, Refusal> {
    let standing = read(app, screen).await?;
    Ok(view(screen, &standing, failed))
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

/// Calls the hub now. A part of the page is answered at once and asks for the steps by itself.
pub(crate) async fn now(State(app): State<App>, screen: Screen) -> PageResult {
    let sync = std::sync::Arc::clone(app.sync());
    // A task of its own: a browser that goes away must not cut a session short.
    let session = tokio::spawn(async move { sync.run_now(|_| {}).await });
    if screen.ctx.is_fragment() {
        let begun = Progress { running: true, any: true, ..Progress::default() };
        return Ok(Shown(steps::view(&screen.ctx, &begun)).into_response());
    }
    match tokio::time::timeout(PATIENCE, session).await {
        Ok(Ok(Ok(sum))) if sum.proven_equal => {
            Ok(Redirect::to("/sync?done=synced").into_response())
        }
        // Failed, still running, or not proven equal yet: the page says which.
        _ => Ok(Redirect::to("/sync").into_response()),
    }
}

async fn read(app: &App, screen: &Screen) -> Result<Standing, Refusal> {
    let (lang, viewer) = (screen.ctx.lang, screen.viewer.clone());
    let progress = app.sync().progress();
    let read = app.replica().run(move |replica| {
        Ok::<_, ReplicaError>(Standing {
            status: replica.sync_status(lang)?,
            facts: replica.sync_facts()?,
            membership: replica.membership()?,
            waiting: replica.waiting(&viewer)?,
            files: replica.files_waiting()?,
            kept: replica.kept_changes(&viewer)?,
            events: replica.node_events(&viewer, EVENTS_SHOWN)?,
            bundle_out: replica.bundle_out()?,
            progress,
        })
    });
    Ok(read.await??)
}

fn view(screen: &Screen, standing: &Standing, wrong: Option<&FieldError>) -> Markup {
    let (ctx, role) = (&screen.ctx, screen.viewer.role);
    let body = html! {
        (trouble(ctx, standing))
        (card(&ctx.t("node-sync-state"), None, &state(ctx, standing)))
        @if !standing.kept.is_empty() { (kept::view(ctx, &standing.kept, role.may_edit())) }
        (waiting::view(ctx, &standing.waiting))
        (waiting::files(ctx, &standing.files))
        @match &standing.membership {
            Some(joined) => {
                @if role.may_edit() {
                    (by_hand::view(ctx, standing.status.waiting, &standing.files, standing.bundle_out, wrong))
                }
                (card(&ctx.t("node-city"), None, &membership(ctx, joined)))
            }
            None => (card(&ctx.t("node-join"), None, &not_joined(ctx, role.may_administer()))),
        }
        @if !standing.events.is_empty() {
            (card(&ctx.t("node-events-title"), None, &events(ctx, &standing.events)))
        }
    };
    let errors = wrong.cloned().into_iter().collect();
    Page::new(ctx.t("node-nav-sync"))
        .lead(ctx.t("office-sync-lead"))
        .errors(errors)
        .render(ctx, &body)
}

/// What failed: why, and what to do. The remedy is the part after the semicolon.
fn trouble(ctx: &PageContext, standing: &Standing) -> Markup {
    let note = standing.status.note.as_ref();
    let failed = standing.facts.error.as_ref().map(|code| {
        let sentence = wardbook_replica::sync_code_sentence(code, ctx.lang);
        let (cause, remedy) = match sentence.split_once("; ") {
            Some((cause, remedy)) => (cause.to_owned(), sentence_case(remedy)),
            None => (sentence.clone(), String::new()),
        };
        (code.clone(), cause, remedy)
    });
    html! {
        @if let Some((code, cause, remedy)) = failed {
            (alert(Tone::Bad, &ctx.t("office-failed-title"), &html! {
                p { strong { (ctx.t("office-failed-cause")) } " " (cause) "." }
                @if !remedy.is_empty() { p { strong { (ctx.t("office-failed-remedy")) } " " (remedy) } }
                p .text-secondary { (ctx.t("office-failed-code")) " " code { (code) } ". " (ctx.t("office-failed-safe")) }
            }))
        }
        @if let Some(note) = note {
            (alert(Tone::Warning, &note.text, &html! { p { (note.remedy) } }))
        }
    }
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// State in words, what waits and since when, the last proof, and the button.
fn state(ctx: &PageContext, standing: &Standing) -> Markup {
    html! {
        (facts(ctx, &standing.status, &standing.facts))
        @if standing.facts.enrolled { (steps::view(ctx, &standing.progress)) }
    }
}

/// The state in words. The moment of the last proof is told once: by the sentence where there is one,
/// else in the list.
fn facts(ctx: &PageContext, status: &SyncStatus, facts: &SyncFacts) -> Markup {
    let waits = format::number(ctx.lang, status.waiting);
    let explained = match (facts.error.is_some(), facts.offline) {
        (true, _) => String::new(),
        (false, true) => ctx.t("office-offline-explained"),
        (false, false) => without_note(status),
    };
    let mut entries = vec![
        (ctx.t("node-state"), html! { (badge(&badge_of(status))) }),
        (ctx.t("node-waiting"), html! { (waits) }),
    ];
    if let Some(since) = facts.oldest_waiting.filter(|_| status.waiting > 0) {
        entries.push((ctx.t("office-waiting-since"), html! { (format::date_time(since)) }));
    }
    let is_told = facts.error.is_none() && !facts.offline && status.proven_at.is_some();
    if !is_told {
        let proven = status.proven_at.map_or_else(|| ctx.t("node-never"), format::date_time);
        entries.push((ctx.t("node-last-proven"), html! { (proven) }));
    }
    html! {
        (definition_list(&entries))
        @if !explained.is_empty() { p .wb-remark { (explained) } }
    }
}

/// The sentence of the state; its note stands above the card.
fn without_note(status: &SyncStatus) -> String {
    let note = status.note.as_ref().map(|note| format!("{} {}", note.text, note.remedy));
    let own = note.and_then(|note| status.detail.strip_suffix(&note));
    own.unwrap_or(&status.detail).trim().to_owned()
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

/// Before enrolment everything works; joining is a wizard's first screen.
fn not_joined(ctx: &PageContext, may_join: bool) -> Markup {
    html! {
        p { (ctx.t("office-not-joined")) }
        @if may_join {
            (link_button(ButtonKind::Primary, "/setup/join", &ctx.t("node-join")))
        } @else {
            p { (ctx.t("node-join-by-admin")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::{FeedSeq, Timestamp};
    use wardbook_record::Lang;
    use wardbook_replica::sync_status;

    use super::*;

    #[test]
    fn the_moment_of_the_last_proof_is_told_once() {
        let ctx = PageContext { lang: Lang::Vi, ..PageContext::default() };
        let at = Timestamp(1_751_302_800_000);
        let proven =
            SyncFacts { enrolled: true, proven: Some((at, FeedSeq(1))), ..SyncFacts::default() };
        let other = |change: &dyn Fn(&mut SyncFacts)| {
            let mut facts = proven.clone();
            change(&mut facts);
            facts
        };
        for known in [
            proven.clone(),
            other(&|facts| facts.waiting = 2),
            other(&|facts| facts.conflicts = 1),
            other(&|facts| facts.refused = 1),
            other(&|facts| facts.files_to_send = 1),
            other(&|facts| facts.offline = true),
            other(&|facts| facts.error = Some("device_revoked".to_owned())),
            other(&|facts| facts.free_bytes = Some(0)),
        ] {
            let status = sync_status(&known, Lang::Vi, &format::date_time);
            // The badge has the moment in its own words.
            let page = facts(&ctx, &status, &known).into_string().replace(&status.text, "");
            assert_eq!(page.matches("01/07/2025 00:00").count(), 1, "{known:?}: {page}");
            assert!(!page.contains("Ổ đĩa sắp đầy"), "the note stands above: {page}");
        }
    }
}
