//! Photos and scans of a record: chosen, cut, kept, shown.

pub(crate) mod photo;
pub(crate) mod scan;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_replica::{AttachError, AttachedFile};
use wardbook_web::html;
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, link_button};
use wardbook_web::{Markup, PageContext, t_args};

use crate::pages::Shown;
use crate::refusal::Refusal;

/// The largest body of an upload: what is too large by a little is still told in words.
pub(crate) const BODY_BYTES_MAX: usize = UPLOAD_BYTES_MAX;

/// A whole file as an answer of its own kind; one that is not whole here as a page that says so.
fn served(ctx: &PageContext, found: Option<AttachedFile>, back: &str) -> Result<Response, Refusal> {
    let Some(found) = found else {
        return Err(wardbook_replica::ReplicaError::NotFound.into());
    };
    let Some(bytes) = found.bytes else {
        return Ok((StatusCode::ACCEPTED, Shown(not_here_yet(ctx, &found, back))).into_response());
    };
    let short: String = found.file.hex().chars().take(8).collect();
    let name = format!("tep-{short}.{}", found.file.media.extension());
    // A file is never run as a page of ours: its own kind, no guessing (the security layer), and
    // offered for saving unless it is a picture.
    let how = if found.file.media.is_picture() { "inline" } else { "attachment" };
    let headers = [
        (header::CONTENT_TYPE, found.file.media.mime().to_owned()),
        (header::CONTENT_DISPOSITION, format!("{how}; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

fn not_here_yet(ctx: &PageContext, found: &AttachedFile, back: &str) -> Markup {
    let kilobytes = |bytes: u64| bytes.div_ceil(1024);
    let args = [("have", kilobytes(found.have)), ("all", kilobytes(found.file.bytes))];
    let body = html! {
        (alert(Tone::Idle, "", &html! { p { (t_args(ctx.lang, "attach-not-here", &args)) } }))
        div .btn-list {
            (link_button(ButtonKind::Primary, back, &ctx.t("attach-back")))
            (link_button(ButtonKind::Secondary, "/sync", &ctx.t("attach-to-sync")))
        }
    };
    Page::new(ctx.t("attach-not-here-title")).narrow().render(ctx, &body)
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
