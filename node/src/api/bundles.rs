//! Synchronising by hand: a file for the city, and the city's reply.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use wardbook_record::Lang;
use wardbook_replica::{BundleMade, BundleTaken, Viewer};

use super::events::{BundleImported, Event};
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// The header that says how many changes a bundle holds.
pub(crate) const CHANGES_HEADER: &str = "x-bundle-changes";
/// The header that says how many changes did not fit.
pub(crate) const LEFT_HEADER: &str = "x-bundle-left";

/// A bundle for the city: the sealed file.
#[utoipa::path(post, path = "/api/v1/bundles/export", responses((status = 200)))]
pub(crate) async fn export(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Response, Refusal> {
    Ok(download(make(&app, viewer).await?))
}

/// Takes the city's reply in.
#[utoipa::path(post, path = "/api/v1/bundles/import", responses((status = 200, body = Event)))]
pub(crate) async fn import(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    body: Bytes,
) -> Result<Json<Event>, Refusal> {
    Ok(Json(Event::BundleImported(take(&app, viewer, body.into()).await?)))
}

/// Writes a bundle; also for the page.
pub(crate) async fn make(app: &App, viewer: Viewer) -> Result<BundleMade, Refusal> {
    Ok(app.replica().run(move |replica| replica.export_bundle(&viewer)).await??)
}

/// Takes a reply in; also for the page.
pub(crate) async fn take(
    app: &App,
    viewer: Viewer,
    sealed: Vec<u8>,
) -> Result<BundleImported, Refusal> {
    let taken = app.replica().import_reply(&viewer, sealed).await?;
    // What could not be proven by hand may be, when there is a line.
    app.edited();
    Ok(told(&taken, viewer.lang))
}

/// A bundle for the browser, or the command line, to keep.
pub(crate) fn download(made: BundleMade) -> Response {
    // Names made by us: no quotes, no line ends, no personal data.
    let disposition = format!("attachment; filename=\"{}\"", made.file_name);
    let headers = [
        (CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION.as_str(), disposition),
        (CHANGES_HEADER, made.changes.to_string()),
        (LEFT_HEADER, made.left.to_string()),
    ];
    (headers, made.bytes).into_response()
}

fn told(taken: &BundleTaken, lang: Lang) -> BundleImported {
    let round = &taken.round;
    BundleImported {
        pushed: round.pushed,
        pulled: round.pulled,
        refused: round.refused,
        proven_equal: round.proven_equal,
        already: taken.already,
        refusal: taken.refusal.clone().unwrap_or_default(),
        words: words(taken, lang),
    }
}

fn words(taken: &BundleTaken, lang: Lang) -> String {
    if let Some(code) = &taken.refusal {
        return wardbook_replica::sync_code_sentence(code, lang);
    }
    let round = &taken.round;
    let (pushed, pulled) = (round.pushed, round.pulled);
    match (taken.already, lang) {
        (true, Lang::Vi) => {
            "Gói này đã được nhập từ trước (hoặc máy đã đồng bộ qua mạng); không có gì thay đổi."
                .to_owned()
        }
        (true, Lang::En) => {
            "This bundle was taken in before (or the line was faster); nothing was changed."
                .to_owned()
        }
        (false, Lang::Vi) => format!(
            "Đã nhập gói trả lời: thành phố đã nhận {pushed} thay đổi, máy này nhận về {pulled} thay đổi."
        ),
        (false, Lang::En) => format!(
            "The reply was taken in: the city has {pushed} changes, {pulled} came to this machine."
        ),
    }
}
