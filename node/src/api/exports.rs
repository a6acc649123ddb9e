//! Files out: the list as a workbook, the empty template, a backup.

use std::path::PathBuf;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use wardbook_replica::{ExportColumns, ExportFile, ReplicaError};

use super::events::Event;
use super::list_query::ListQuery;
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::{ApiUser, Operator};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Where a backup goes.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BackupBody {
    /// A path on the machine that runs the program.
    file: String,
}

/// The people of a query as a workbook that can be imported again.
#[utoipa::path(get, path = "/api/v1/export.xlsx", responses((status = 200)))]
pub(crate) async fn export(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refusal> {
    let people = query.to_people_query(&app);
    let file = app
        .replica()
        .run(move |replica| replica.export_people(&viewer, &people, &ExportColumns::All))
        .await??;
    Ok(download(file))
}

/// The empty template.
#[utoipa::path(get, path = "/api/v1/template.xlsx", responses((status = 200)))]
pub(crate) async fn template(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Response, Refusal> {
    let file = app.replica().run(move |replica| replica.template(viewer.lang)).await??;
    Ok(download(file))
}

/// Writes an encrypted backup on the machine that runs the program.
#[utoipa::path(post, path = "/api/v1/backup", request_body = BackupBody,
    responses((status = 200, body = Event)))]
pub(crate) async fn backup(
    State(app): State<App>,
    _: Operator,
    Json(BackupBody { file }): Json<BackupBody>,
) -> Result<Json<Event>, Refusal> {
    let path = PathBuf::from(&file);
    let written = app.replica().run(move |replica| replica.store().backup_to(&path)).await?;
    let report = written.map_err(ReplicaError::from)?;
    let keys = report.keys.display().to_string();
    Ok(Json(Event::Backup { file, bytes: report.bytes, keys }))
}

/// A workbook for the browser to keep.
pub(crate) fn download(file: ExportFile) -> Response {
    // Names made by us: no quotes, no line ends, no personal data.
    let disposition = format!("attachment; filename=\"{}\"", file.file_name);
    ([(CONTENT_TYPE, XLSX.to_owned()), (CONTENT_DISPOSITION, disposition)], file.bytes)
        .into_response()
}
