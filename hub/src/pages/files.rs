//! Photos and scans of records, as far as the wards have sent them.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use wardbook_replica::AttachedFile;
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, link_button};
use wardbook_web::{html, t, t_args};

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
    let found = found.ok_or(Refusal::NotFound)?;
    let Some(bytes) = found.bytes else {
        let lang = visit.ctx.lang;
        let kilobytes = |bytes: u64| bytes.div_ceil(1024);
        let args = [("have", kilobytes(found.have)), ("all", kilobytes(found.file.bytes))];
        let back = format!("/people/{id}");
        let body = html! {
            (alert(Tone::Idle, "", &html! { p { (t_args(lang, "attach-not-here", &args)) } }))
            (link_button(ButtonKind::Primary, &back, &t(lang, "attach-back")))
        };
        let page = Page::new(t(lang, "attach-not-here-title")).narrow().render(&visit.ctx, &body);
        return Ok((StatusCode::ACCEPTED, page).into_response());
    };
    let short: String = found.file.hex().chars().take(8).collect();
    let how = if found.file.media.is_picture() { "inline" } else { "attachment" };
    let name = format!("{how}; filename=\"tep-{short}.{}\"", found.file.media.extension());
    let headers = [
        (header::CONTENT_TYPE, found.file.media.mime().to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
