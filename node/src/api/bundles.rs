//! Synchronising by hand: a file for the city, and the city's reply.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use wardbook_record::Lang;
use wardbook_replica::{BundleMade, BundleTaken, BundleWish, Viewer};

use super::events::{BundleImported, Event};
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// The header that says how many changes a bundle holds.
pub(crate) const CHANGES_HEADER: &str = "x-bundle-changes";
/// The header that says how many changes did not fit.
pub(crate) const LEFT_HEADER: &str = "x-bundle-left";
/// The header that says how many files a bundle holds.
pub(crate) const FILES_HEADER: &str = "x-bundle-files";
/// The header that says how many files wait for the next bundle.
pub(crate) const FILES_LEFT_HEADER: &str = "x-bundle-files-left";

/// Which files go into a bundle.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct BundleWanted {
    /// Those behind the last bundle that waits for its reply; else from the beginning.
    pub(crate) go_on: bool,
}

/// A bundle for the city: the sealed file.
#[utoipa::path(post, path = "/api/v1/bundles/export", request_body = BundleWanted, responses((status = 200)))]
pub(crate) async fn export(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Json(wanted): Json<BundleWanted>,
) -> Result<Response, Refusal> {
    Ok(download(make(&app, viewer, wanted.go_on).await?))
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
pub(crate) async fn make(app: &App, viewer: Viewer, go_on: bool) -> Result<BundleMade, Refusal> {
    Ok(app
        .replica()
        .run(move |replica| {
            let wish = BundleWish { go_on, ..BundleWish::default() };
            replica.export_bundle(&viewer, wish)
        })
        .await??)
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
        (FILES_HEADER, made.files.to_string()),
        (FILES_LEFT_HEADER, made.files_left.to_string()),
    ];
    (headers, made.bytes).into_response()
}

fn told(taken: &BundleTaken, lang: Lang) -> BundleImported {
    let round = &taken.round;
    BundleImported {
        pushed: round.pushed,
        pulled: round.pulled,
        refused: round.refused,
        files_sent: taken.files.sent,
        files_fetched: taken.files.fetched,
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
    let (sent, fetched) = (taken.files.sent, taken.files.fetched);
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
            "Đã nhập gói trả lời: thành phố đã nhận {pushed} thay đổi và {sent} tệp đính kèm, máy này nhận về {pulled} thay đổi và {fetched} tệp đính kèm."
        ),
        (false, Lang::En) => format!(
            "The reply was taken in: the city has {pushed} changes and {sent} files, {pulled} changes and {fetched} files came to this machine."
        ),
    }
}
