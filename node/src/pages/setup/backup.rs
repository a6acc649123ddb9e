//! The recovery key to keep, and a place for backups.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, card, error_summary, link_button,
};
use wardbook_web::{Markup, PageContext, html};

use super::{Who, steps};
use crate::app::App;
use crate::pages::office::backup::{PlaceForm, chooser, result, write};
use crate::pages::{PageResult, Shown, not_accepted};

/// The key and the places.
pub(crate) async fn get(
    State(app): State<App>,
    who: Who,
    Query(query): Query<BTreeMap<String, String>>,
) -> PageResult {
    let at = query.get("at").cloned().unwrap_or_default();
    let chooser = chooser(who.ctx(), &app, &at, "/setup/backup", "/setup/backup").await?;
    Ok(Shown(view(who.ctx(), app.recovery().as_deref(), &chooser, None)).into_response())
}

/// The first backup.
pub(crate) async fn post(
    State(app): State<App>,
    who: Who,
    Form(form): Form<PlaceForm>,
) -> PageResult {
    let ctx = who.ctx();
    let viewer = who.viewer();
    match write(&app, &viewer, form.at()).await {
        Ok(written) => {
            let next = html! {
                (result(ctx, &written))
                div .btn-list { (link_button(ButtonKind::Primary, "/setup/data", &ctx.t("node-continue"))) }
            };
            let page = view(ctx, app.recovery().as_deref(), &next, None);
            Ok(Shown(page).into_response())
        }
        Err(refusal) => {
            let chooser = chooser(ctx, &app, form.at(), "/setup/backup", "/setup/backup").await?;
            let message = refusal.sentence(ctx.lang).to_owned();
            let wrong = FieldError { name: "at".to_owned(), message };
            let page = view(ctx, app.recovery().as_deref(), &chooser, Some(wrong));
            Ok(not_accepted(page))
        }
    }
}

fn view(
    ctx: &PageContext,
    recovery: Option<&str>,
    places: &Markup,
    wrong: Option<FieldError>,
) -> Markup {
    let body = html! {
        (steps(ctx, 3))
        (error_summary(ctx.lang, &wrong.into_iter().collect::<Vec<_>>()))
        @if let Some(key) = recovery {
            (card(&ctx.t("setup-recovery-title"), None, &html! {
                (alert(Tone::Warning, "", &html! { p { (ctx.t("setup-recovery-lead")) } }))
                p { code .wb-fingerprint data-recovery="" { (key) } }
            }))
        }
        (card(&ctx.t("office-backup-where"), None, places))
        div .btn-list { (link_button(ButtonKind::Secondary, "/setup/data", &ctx.t("setup-later"))) }
    };
    Page::new(ctx.t("setup-backup-title")).lead(ctx.t("office-backup-lead")).render(ctx, &body)
}
