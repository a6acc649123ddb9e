//! Synchronising by hand: a button that writes the bundle, a box that takes the reply.

use axum::extract::{Multipart, State};
use axum::response::IntoResponse;
use wardbook_replica::ReplicaError;
use wardbook_web::kit::{ButtonKind, FieldError, button, card, field};
use wardbook_web::{Markup, PageContext, html};

use super::{again, page};
use crate::api::bundles::{download, make, take};
use crate::app::App;
use crate::pages::files::upload::file_of;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};

/// The bundle for the city, as a download.
pub(crate) async fn export(State(app): State<App>, screen: Screen) -> PageResult {
    Ok(download(make(&app, screen.viewer).await?))
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

/// Both ways.
pub(super) fn view(ctx: &PageContext, wrong: Option<&FieldError>) -> Markup {
    let error = wrong.filter(|wrong| wrong.name == "file").map(|wrong| wrong.message.clone());
    let body = html! {
        p { (ctx.t("node-bundle-lead")) }
        form .btn-list method="post" action="/sync/bundle/export" {
            (button(ButtonKind::Secondary, &ctx.t("node-bundle-export")))
        }
        form method="post" action="/sync/bundle/import" enctype="multipart/form-data" {
            (field("file", &ctx.t("node-bundle-file")).hint(ctx.t("node-bundle-hint"))
                .file(".wardbundle").required().error_if(error))
            (button(ButtonKind::Secondary, &ctx.t("node-bundle-import")))
        }
    };
    card(&ctx.t("node-bundle-title"), None, &body)
}
