//! Photos and scans of records, as far as the wards have sent them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use wardbook_replica::AttachedFile;
use wardbook_web::{file_not_here, file_response};

use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// `GET /people/{id}/files/{hash}`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (document, viewer) = (read_document(&id)?, visit.viewer.clone());
    let found = app
        .run(move |replica| -> Result<_, Failure> {
            Ok(replica.attached_file(&viewer, &document, &hash, true)?)
        })
        .await?;
    served(&visit, &id, found)
}

/// `GET /people/{id}/photo`.
pub async fn photo(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (document, viewer) = (read_document(&id)?, visit.viewer.clone());
    let found = app
        .run(move |replica| -> Result<_, Failure> { Ok(replica.person_photo(&viewer, &document)?) })
        .await?;
    served(&visit, &id, found)
}

fn served(visit: &Visit, id: &str, found: Option<AttachedFile>) -> Result<Response, Failure> {
    let AttachedFile { file, have, bytes } = found.ok_or(Refusal::NotFound)?;
    let Some(bytes) = bytes else {
        let back = format!("/people/{id}");
        let links = [(back.as_str(), "attach-back")];
        let page = file_not_here(&visit.ctx, &file, have, &links);
        return Ok((StatusCode::ACCEPTED, page).into_response());
    };
    Ok(file_response(&file, bytes))
}
