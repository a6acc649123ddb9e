//! The office and its machine: backup, network, papers, support, the locked screen; proposals of
//! staff members, and a leader's word.

pub(crate) mod approve;
pub(crate) mod backup;
pub(crate) mod network;
pub(crate) mod paper;
pub(crate) mod proposals;
pub(crate) mod propose;
pub(crate) mod support;
pub(crate) mod wishes;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use wardbook_replica::{LOCK_MINUTES, LastBackup, PaperSettings, ReplicaError, Viewer};
use wardbook_web::kit::{ButtonKind, Page, button, card, definition_list, field, link_button};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use crate::app::App;
use crate::pages::account::lock;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, attachments, setup, sync};
use crate::refusal::Refusal;

/// After how many minutes the screen is locked, as chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LockForm {
    minutes: u32,
}

/// The addresses of the office: the locked screen, the first steps, backup, network, support,
/// proposals.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/setup", get(setup::join::get).post(setup::join::post).layer(enrolment_file()))
        .route("/setup/account", get(setup::account::get).post(setup::account::post))
        .route("/setup/restore", get(setup::restore::get).post(setup::restore::post))
        .route("/setup/restore/swap", post(setup::restore::swap))
        .route("/lock", get(lock::get).post(lock::lock))
        .route("/unlock", post(lock::unlock))
        .route("/account/active", post(lock::active))
        .route("/sync/steps", get(sync::steps::get))
        .route("/proposals", get(proposals::get))
        .route(
            "/people/{id}/propose",
            get(propose::get)
                .post(propose::post)
                .layer(DefaultBodyLimit::max(attachments::BODY_BYTES_MAX)),
        )
        .route("/proposals/{key}/proof", get(proposals::proof))
        .route("/proposals/accounts/{login}/{what}", post(wishes::post))
        .route("/people/{id}/approve/{what}", post(approve::post))
        .route("/proposals/{key}/take", post(proposals::take))
        .route("/proposals/{key}/decline", post(proposals::decline))
        .route("/office", get(overview))
        .route("/office/backup", get(backup::get).post(backup::post))
        .route("/office/backup/download", post(backup::download))
        .route("/office/support", get(support::get).post(support::post))
        .route("/setup/join", get(setup::join::get).post(setup::join::post).layer(enrolment_file()))
        .route("/setup/backup", get(setup::backup::get).post(setup::backup::post))
        .route("/setup/data", get(setup::data::get))
        .route("/setup/data/pull", post(setup::data::pull))
        .route("/office/lock-after", post(lock_after))
        .route("/office/network", get(network::get).post(network::post))
        .route("/office/paper", get(paper::get).post(paper::post))
        .route("/office/network/certificate", get(network::certificate))
        .route("/office/restore", get(setup::restore::get).post(setup::restore::post))
}

/// An enrolment file is a page of text at most.
fn enrolment_file() -> DefaultBodyLimit {
    DefaultBodyLimit::max(256 * 1024)
}

/// Backup and support are for whoever keeps the records or the machine.
pub(crate) fn must_keep(viewer: &Viewer) -> Result<(), Refusal> {
    if viewer.role.may_edit() || viewer.role.may_administer() {
        Ok(())
    } else {
        Err(ReplicaError::NotAllowed.into())
    }
}

/// What the overview tells.
struct Overview {
    last: Option<LastBackup>,
    minutes: u32,
    paper: PaperSettings,
}

/// What there is to do for the machine.
pub(crate) async fn overview(State(app): State<App>, screen: Screen) -> PageResult {
    must_keep(&screen.viewer)?;
    let read = app.replica().run(|replica| {
        Ok::<_, ReplicaError>(Overview {
            last: replica.last_backup()?,
            minutes: replica.lock_minutes()?,
            paper: replica.paper()?,
        })
    });
    let read = read.await??;
    Ok(Shown(view(&screen, &read, !app.lan().urls().is_empty())).into_response())
}

/// Chooses after how many minutes the screen is locked.
pub(crate) async fn lock_after(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<LockForm>,
) -> PageResult {
    if !LOCK_MINUTES.contains(&form.minutes) {
        return Err(Refusal::unknown_choice());
    }
    let viewer = screen.viewer;
    app.replica().run(move |replica| replica.set_lock_minutes(&viewer, form.minutes)).await??;
    Ok(Redirect::to("/office?done=saved").into_response())
}

/// When the last backup was made, in words.
pub(crate) fn last_words(ctx: &PageContext, last: Option<&LastBackup>) -> String {
    match last {
        // What a browser downloaded lies where its user chose.
        Some(last) if last.place.is_empty() => {
            t_args(ctx.lang, "office-backup-last-download", &[("at", format::date_time(last.at))])
        }
        Some(last) => t_args(
            ctx.lang,
            "office-backup-last-was",
            &[("at", format::date_time(last.at)), ("place", last.place.clone())],
        ),
        None => ctx.t("office-backup-never"),
    }
}

fn view(screen: &Screen, read: &Overview, lan_on: bool) -> Markup {
    let (ctx, role) = (&screen.ctx, screen.viewer.role);
    let network = ctx.t(if lan_on { "office-network-on" } else { "office-network-off" });
    let backup = html! {
        p { (last_words(ctx, read.last.as_ref())) }
        div .btn-list {
            (link_button(ButtonKind::Primary, "/office/backup", &ctx.t("office-backup-title")))
            @if role.may_administer() {
                (link_button(ButtonKind::Secondary, "/office/restore", &ctx.t("office-restore-title")))
            }
        }
    };
    let body = html! {
        (card(&ctx.t("office-backup-title"), None, &backup))
        @if role.may_administer() {
            (card(&ctx.t("office-network-title"), None, &html! {
                (definition_list(&[(ctx.t("office-state"), html! { (network) })]))
                (link_button(ButtonKind::Secondary, "/office/network", &ctx.t("office-network-open")))
            }))
            (card(&ctx.t("office-paper-title"), None, &html! {
                p { (paper::in_short(ctx, &read.paper)) }
                (link_button(ButtonKind::Secondary, "/office/paper", &ctx.t("office-paper-open")))
            }))
            (card(&ctx.t("office-lock-card"), None, &lock_form(ctx, read.minutes)))
        }
        (card(&ctx.t("office-support-title"), None, &html! {
            p { (ctx.t("office-support-short")) }
            (link_button(ButtonKind::Secondary, "/office/support", &ctx.t("office-support-open")))
        }))
    };
    Page::new(ctx.t("office-title")).lead(ctx.t("office-lead")).render(ctx, &body)
}

fn lock_form(ctx: &PageContext, minutes: u32) -> Markup {
    let choices = LOCK_MINUTES
        .map(|n| (n.to_string(), t_args(ctx.lang, "office-lock-minutes", &[("count", n)])));
    html! {
        form method="post" action="/office/lock-after" {
            (field("minutes", &ctx.t("office-lock-after")).hint(ctx.t("office-lock-hint"))
                .value(minutes.to_string()).select(choices.to_vec()))
            (button(ButtonKind::Primary, &ctx.t("office-save")))
        }
    }
}
