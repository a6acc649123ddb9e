//! Synchronising by hand as a pair of steps: first the bundle goes out, then its reply comes in.

use axum::Form;
use axum::extract::{Multipart, State};
use axum::response::IntoResponse;
use wardbook_replica::{BUNDLE_CALLS_BYTES_MAX, BundleOut, FilesWaiting, ReplicaError};
use wardbook_web::kit::{Badge, ButtonKind, FieldError, Tone, badge, button, card, field};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use super::{again, page};
use crate::api::bundles::{BundleWanted, download, make, take};
use crate::app::App;
use crate::pages::files::upload::file_of;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};

/// What one bundle carries at most, as it is told to people.
const LIMIT_MB: u64 = (BUNDLE_CALLS_BYTES_MAX / 1024 / 1024) as u64;

/// The bundle for the city, as a download.
pub(crate) async fn export(
    State(app): State<App>,
    screen: Screen,
    Form(wanted): Form<BundleWanted>,
) -> PageResult {
    Ok(download(make(&app, screen.viewer, wanted.go_on).await?))
}

/// Takes the city's reply in and says what it brought.
pub(crate) async fn import(
    State(app): State<App>,
    mut screen: Screen,
    multipart: Multipart,
) -> PageResult {
    if !screen.viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    let Some((_, bytes)) = file_of(multipart).await? else {
        return refused(&app, &screen, screen.ctx.t("node-bundle-missing")).await;
    };
    match take(&app, screen.viewer.clone(), bytes).await {
        Ok(taken) => {
            screen.ctx.notice = Some(taken.words);
            Ok(Shown(page(&app, &screen, None).await?).into_response())
        }
        Err(refusal) if refusal.status.is_server_error() => Err(refusal),
        Err(refusal) => {
            let words = refusal.sentence(screen.ctx.lang).to_owned();
            refused(&app, &screen, words).await
        }
    }
}

async fn refused(app: &App, screen: &Screen, message: String) -> PageResult {
    let wrong = FieldError { name: "file".to_owned(), message };
    Ok(not_accepted(again(app, screen, &wrong).await?))
}

/// Both steps. `changes` and `files` wait; `out` are the bundles that wait for their reply.
pub(super) fn view(
    ctx: &PageContext,
    changes: u64,
    files: &FilesWaiting,
    out: Option<BundleOut>,
    wrong: Option<&FieldError>,
) -> Markup {
    let error = wrong.filter(|wrong| wrong.name == "file").map(|wrong| wrong.message.clone());
    let is_out = out.is_some();
    let bundles = files.bytes_to_send.div_ceil(BUNDLE_CALLS_BYTES_MAX as u64);
    let first_kind = if is_out { ButtonKind::Secondary } else { ButtonKind::Primary };
    let body = html! {
        p { (ctx.t("node-bundle-lead")) }
        ol .wb-pair {
            li {
                h3 { (ctx.t("office-bundle-first")) }
                p { (t_args(ctx.lang, "office-bundle-first-lead", &[("count", changes), ("files", files.to_send)])) }
                p .text-secondary { (t_args(ctx.lang, "office-bundle-limit", &[("size", LIMIT_MB)])) }
                @if bundles > 1 { p { (t_args(ctx.lang, "office-bundle-several", &[("count", bundles)])) } }
                @if let Some(out) = out {
                    p { (badge(&Badge::new(Tone::Good, format!("{} {}", ctx.t("office-bundle-made"), format::date_time(out.at))))) }
                    @if out.files_left > 0 {
                        p { (t_args(ctx.lang, "office-bundle-files-left", &[("count", out.files_left)])) }
                        form method="post" action="/sync/bundle/export" {
                            input type="hidden" name="go_on" value="true";
                            (button(ButtonKind::Primary, &ctx.t("office-bundle-next")))
                        }
                    }
                }
                form method="post" action="/sync/bundle/export" {
                    (button(first_kind, &ctx.t(if is_out { "office-bundle-again" } else { "node-bundle-export" })))
                }
            }
            li {
                h3 { (ctx.t("office-bundle-second")) }
                p {
                    @if is_out { (badge(&Badge::new(Tone::Busy, ctx.t("office-bundle-awaited")))) }
                    @else { (ctx.t("office-bundle-not-yet")) }
                }
                form method="post" action="/sync/bundle/import" enctype="multipart/form-data" {
                    (field("file", &ctx.t("node-bundle-file")).hint(ctx.t("node-bundle-hint"))
                        .file(".wardbundle").required().error_if(error))
                    (button(if is_out { ButtonKind::Primary } else { ButtonKind::Secondary }, &ctx.t("node-bundle-import")))
                }
            }
        }
    };
    html! { div #by-hand { (card(&ctx.t("node-bundle-title"), None, &body)) } }
}
