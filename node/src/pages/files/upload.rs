//! Import, first step: choose a file. Below it the imports of the past, each of which can be undone.

use axum::extract::{Multipart, Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{BatchView, ImportBegun, ImportError, ReplicaError};
use wardbook_web::kit::{
    ButtonKind, Column, Confirm, FieldError, Page, button, card, confirm_page, field, link_button,
    table, tag,
};
use wardbook_web::{Markup, PageContext, format, html};

use crate::api::imports::batch_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form and the list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    may_import(&screen)?;
    let batches = batches(&app, &screen).await?;
    Ok(Shown(view(&screen.ctx, &batches, None)).into_response())
}

/// Reads the file and goes on to the preview. Nothing is written.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    multipart: Multipart,
) -> PageResult {
    may_import(&screen)?;
    let Some((name, bytes)) = file_of(multipart).await? else {
        return again(&app, &screen, screen.ctx.t("node-file-missing")).await;
    };
    let viewer = screen.viewer.clone();
    let looked =
        app.replica().run(move |replica| replica.begin_import(&viewer, &name, &bytes)).await?;
    match looked {
        Ok(ImportBegun::Checked(preview)) => {
            Ok(Redirect::to(&format!("/import/{}", preview.token.0)).into_response())
        }
        Ok(ImportBegun::WhereIsTheTable(token)) => {
            Ok(Redirect::to(&format!("/import/{}/table", token.0)).into_response())
        }
        Err(ImportError::Other(error)) => Err(error.into()),
        Err(error) => again(&app, &screen, error.sentence(screen.ctx.lang)).await,
    }
}

/// Asks before a batch is put back.
pub(crate) async fn ask_undo(screen: Screen, UrlPath(batch): UrlPath<String>) -> PageResult {
    may_import(&screen)?;
    let ctx = &screen.ctx;
    let ask = Confirm {
        title: &ctx.t("node-undo-title"),
        sentence: &ctx.t("node-undo-sentence"),
        action: &format!("/import/batches/{batch}/undo"),
        yes: &ctx.t("node-undo"),
        cancel: "/import",
        danger: true,
        keep: &[],
    };
    Ok(Shown(confirm_page(ctx, &ask, &html! {})).into_response())
}

/// Puts a batch back, record by record, where nobody edited since.
pub(crate) async fn undo(
    State(app): State<App>,
    screen: Screen,
    UrlPath(batch): UrlPath<String>,
) -> PageResult {
    may_import(&screen)?;
    let (viewer, batch) = (screen.viewer.clone(), batch_of(&batch)?);
    let result = app.replica().run(move |replica| replica.undo_import(&viewer, &batch)).await??;
    app.edited();
    Ok(Shown(super::done::undone(&screen.ctx, &result)).into_response())
}

pub(super) fn may_import(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

/// The uploaded file: its name and its bytes; `None` when none was chosen.
pub(crate) async fn file_of(
    mut multipart: Multipart,
) -> Result<Option<(String, Vec<u8>)>, Refusal> {
    while let Some(part) = multipart.next_field().await.map_err(|_| Refusal::unreadable())? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|error| too_large(&error))?;
            return Ok((!bytes.is_empty()).then(|| (name, bytes.to_vec())));
        }
    }
    Ok(None)
}

fn too_large(error: &axum::extract::multipart::MultipartError) -> Refusal {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::new(
            error.status(),
            "file_too_large",
            "Tệp lớn hơn 20 MB; hãy chọn tệp nhỏ hơn, hoặc chia thành nhiều tệp rồi tải lên từng tệp.",
            "The file is larger than 20 MB; choose a smaller one, or split it and send the parts one by one.",
        )
    } else {
        Refusal::unreadable()
    }
}

async fn again(app: &App, screen: &Screen, message: String) -> PageResult {
    let batches = batches(app, screen).await?;
    Ok(not_accepted(view(&screen.ctx, &batches, Some(message))))
}

async fn batches(app: &App, screen: &Screen) -> Result<Vec<BatchView>, Refusal> {
    let viewer = screen.viewer.clone();
    Ok(app.replica().run(move |replica| replica.import_batches(&viewer)).await??)
}

fn view(ctx: &PageContext, batches: &[BatchView], wrong: Option<String>) -> Markup {
    let form = html! {
        form method="post" action="/import" enctype="multipart/form-data" {
            (field("file", &ctx.t("node-file")).hint(ctx.t("node-file-hint")).required()
                .file(".xlsx,.csv").error_if(wrong.clone()))
            div .btn-list {
                (button(ButtonKind::Primary, &ctx.t("node-check-file")))
                (link_button(ButtonKind::Secondary, "/template.xlsx", &ctx.t("node-template")))
            }
        }
    };
    let body = html! {
        (card("", None, &form))
        @if !batches.is_empty() { (past(ctx, batches)) }
    };
    let errors = wrong.map(|message| FieldError { name: "file".to_owned(), message });
    Page::new(ctx.t("node-nav-import"))
        .lead(ctx.t("node-import-lead"))
        .errors(errors.into_iter().collect())
        .render(ctx, &body)
}

fn past(ctx: &PageContext, batches: &[BatchView]) -> Markup {
    let columns = [
        Column::text(ctx.t("node-history-when")),
        Column::text(ctx.t("node-file")),
        Column::text(ctx.t("node-history-who")),
        Column::number(ctx.t("node-created")),
        Column::number(ctx.t("node-updated")),
        Column::unseen(ctx.t("node-actions")),
    ];
    let rows = html! {
        @for batch in batches {
            tr {
                th scope="row" { (format::date_time(batch.at)) }
                td { (batch.file_name) }
                td { (batch.user_name) }
                td .wb-number { (format::number(ctx.lang, batch.created)) }
                td .wb-number { (format::number(ctx.lang, batch.updated)) }
                td {
                    @if batch.undone_at.is_some() { (tag(&ctx.t("node-undone"))) } @else if batch.can_be_undone {
                        (link_button(ButtonKind::Quiet, &format!("/import/batches/{}/undo", batch.batch), &ctx.t("node-undo")))
                    }
                }
            }
        }
    };
    table(&ctx.t("node-imports-caption"), &columns, &rows)
}
