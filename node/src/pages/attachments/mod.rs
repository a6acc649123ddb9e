//! Photos and scans of a record: chosen, cut, kept, shown.

pub(crate) mod photo;
pub(crate) mod scan;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_replica::{AttachError, AttachedFile, ReplicaError};
use wardbook_web::kit::FieldError;
use wardbook_web::{PageContext, file_not_here, file_response};

use crate::pages::Shown;
use crate::refusal::Refusal;

/// The largest body of an upload: what is too large by a little is still told in words.
pub(crate) const BODY_BYTES_MAX: usize = UPLOAD_BYTES_MAX;

/// A file of a record; one that is not whole here as a page that says so.
pub(crate) fn served(
    ctx: &PageContext,
    found: Option<AttachedFile>,
    back: &str,
) -> Result<Response, Refusal> {
    let AttachedFile { file, have, bytes } = found.ok_or(ReplicaError::NotFound)?;
    let Some(bytes) = bytes else {
        let links = [(back, "attach-back"), ("/sync", "attach-to-sync")];
        let page = Shown(file_not_here(ctx, &file, have, &links));
        return Ok((StatusCode::ACCEPTED, page).into_response());
    };
    Ok(file_response(&file, bytes))
}

/// What is wrong with the chosen file, for the head of the page.
fn file_errors(wrong: Option<String>) -> Vec<FieldError> {
    let error = wrong.map(|message| FieldError { name: "file".to_owned(), message });
    error.into_iter().collect()
}

impl From<AttachError> for Refusal {
    fn from(error: AttachError) -> Self {
        use wardbook_record::Lang;
        match error {
            AttachError::Edit(error) => error.into(),
            AttachError::Other(error) => error.into(),
            error => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                error.code(),
                &error.sentence(Lang::Vi),
                &error.sentence(Lang::En),
            ),
        }
    }
}
