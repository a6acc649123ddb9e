//! Scans in rows of tables: one file a row, such as the decision behind an appointment.

use axum::extract::{Multipart, Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::RowId;
use wardbook_record::{Attachment, Kind, Path, Table, schema};
use wardbook_replica::{AttachError, ReplicaError};
use wardbook_web::kit::{ButtonKind, Page, button, card, field, link_button};
use wardbook_web::{Markup, PageContext, html};

use super::{file_errors, served};
use crate::app::App;
use crate::pages::files::upload::file_of;
use crate::pages::people::{Open, may_edit, open};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// Which row of which table.
struct Place {
    open: Open,
    table: &'static Table,
    row: RowId,
    column: &'static str,
}

/// A file of a record, by its hash.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, hash)): UrlPath<(String, String)>,
) -> PageResult {
    let document = crate::api::edits::document_of(&id)?;
    let viewer = screen.viewer.clone();
    let found = app
        .replica()
        .run(move |replica| replica.attached_file(&viewer, &document, &hash, true))
        .await??;
    served(&screen.ctx, found, &format!("/people/{document}"))
}

/// The form to choose a scan for a row.
pub(crate) async fn choose(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
) -> PageResult {
    let place = place(&app, &screen, &id, &table, &row).await?;
    Ok(Shown(view(&screen.ctx, &place, None)).into_response())
}

/// Keeps the chosen file in the row.
pub(crate) async fn keep(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    multipart: Multipart,
) -> PageResult {
    let place = place(&app, &screen, &id, &table, &row).await?;
    let bytes = file_of(multipart).await?.map(|(_, bytes)| bytes).unwrap_or_default();
    let path = Path::Cell {
        table: place.table.key.clone(),
        row: place.row,
        column: place.column.to_owned(),
    };
    let (viewer, document) = (screen.viewer.clone(), place.open.view.person.id);
    let kept = app
        .replica()
        .run(move |replica| replica.attach(&viewer, &document, path, &bytes).map(drop))
        .await?;
    match kept {
        Ok(()) => {
            app.edited();
            Ok(Redirect::to(&back(&place)).into_response())
        }
        Err(AttachError::Edit(error)) => Err(error.into()),
        Err(AttachError::Other(error)) => Err(error.into()),
        Err(error) => {
            let sentence = error.sentence(screen.ctx.lang);
            Ok(not_accepted(view(&screen.ctx, &place, Some(sentence))))
        }
    }
}

async fn place(
    app: &App,
    screen: &Screen,
    id: &str,
    table: &str,
    row: &str,
) -> Result<Place, Refusal> {
    let missing = || Refusal::from(ReplicaError::NotFound);
    let open = open(app, screen, id).await?;
    may_edit(&open)?;
    let table = schema().table(table).ok_or_else(missing)?;
    if !screen.viewer.access().writes(&table.key) {
        return Err(ReplicaError::NotAllowed.into());
    }
    let column = table.columns.iter().find(|column| column.kind == Kind::Blob);
    let column = column.ok_or_else(missing)?.key.as_str();
    let row: RowId = row.parse().map_err(|_| missing())?;
    open.view.person.row(&table.key, &row).ok_or_else(missing)?;
    Ok(Place { open, table, row, column })
}

fn back(place: &Place) -> String {
    format!("{}&done=saved#table-{}", place.open.tab(&place.table.section), place.table.key)
}

/// The file that stands in the row now.
fn present(place: &Place) -> Option<Attachment> {
    let row = place.open.view.person.row(&place.table.key, &place.row)?;
    row.text(place.column)?.parse().ok()
}

fn view(ctx: &PageContext, place: &Place, wrong: Option<String>) -> Markup {
    let base = &place.open.base;
    let action = format!("{base}/tables/{}/{}/file", place.table.key, place.row);
    let body = card(
        place.table.label(ctx.lang),
        None,
        &html! {
            @if let Some(file) = present(place) {
                p { (ctx.t("attach-scan-now")) " " a href=(format!("{base}/files/{}", file.hex())) { (file.label(ctx.lang)) } }
            }
            form method="post" enctype="multipart/form-data" action=(action) {
                (field("file", &ctx.t("attach-scan-file"))
                    .file(".pdf,.jpg,.jpeg,.png,.docx")
                    .hint(ctx.t("attach-scan-hint"))
                    .required()
                    .error_if(wrong.clone()))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("attach-scan-keep")))
                    (link_button(ButtonKind::Secondary, &place.open.tab(&place.table.section), &ctx.t("attach-cancel")))
                }
            }
        },
    );
    Page::new(ctx.t("attach-scan-title"))
        .narrow()
        .crumbs(place.open.crumbs(ctx))
        .errors(file_errors(wrong))
        .render(ctx, &body)
}
