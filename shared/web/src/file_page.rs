//! Files of records as answers: whole, or a page that says that they are not here yet.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use wardbook_record::Attachment;

use crate::kit::{ButtonKind, Page, Tone, alert, link_button};
use crate::{Markup, PageContext, html, t_args};

/// A whole file as an answer of its own kind.
///
/// It is never run as a page of ours: its own kind, no guessing (the security layer), and offered for
/// saving unless it is a picture.
pub fn file_response(file: &Attachment, bytes: Vec<u8>) -> Response {
    let short: String = file.hex().chars().take(8).collect();
    let how = if file.media.is_picture() { "inline" } else { "attachment" };
    let name = format!("{how}; filename=\"tep-{short}.{}\"", file.media.extension());
    let headers = [
        (header::CONTENT_TYPE, file.media.mime().to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The page in place of a file of which only the first `have` bytes are here; with links (address,
/// key of the text), of which the first leads back.
pub fn file_not_here(
    ctx: &PageContext,
    file: &Attachment,
    have: u64,
    links: &[(&str, &str)],
) -> Markup {
    let kilobytes = |bytes: u64| bytes.div_ceil(1024);
    let args = [("have", kilobytes(have)), ("all", kilobytes(file.bytes))];
    let body = html! {
        (alert(Tone::Idle, "", &html! { p { (t_args(ctx.lang, "attach-not-here", &args)) } }))
        div .btn-list {
            @for (at, (address, key)) in links.iter().enumerate() {
                @let kind = if at == 0 { ButtonKind::Primary } else { ButtonKind::Secondary };
                (link_button(kind, address, &ctx.t(key)))
            }
        }
    };
    Page::new(ctx.t("attach-not-here-title")).narrow().render(ctx, &body)
}
