//! The JSON interface under `/api/v1`: for the command line, for tests, for other programs of the
//! office. Described by `/api/v1/openapi.json`.

pub(crate) mod accounts;
pub(crate) mod bundles;
pub(crate) mod conflicts;
pub(crate) mod edits;
pub mod events;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod kept;
pub(crate) mod list_query;
mod openapi;
pub(crate) mod people;
pub(crate) mod personnel;
pub mod problem;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod sync;
pub(crate) mod todo;
pub(crate) mod upkeep;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_replica::bundle::BUNDLE_FILE_BYTES_MAX;

use crate::app::App;

/// The routes of the JSON interface.
pub(crate) fn routes() -> Router<App> {
    let uploads = DefaultBodyLimit::max(UPLOAD_BYTES_MAX + 1024);
    let bundles = DefaultBodyLimit::max(BUNDLE_FILE_BYTES_MAX + 1024);
    Router::new()
        // Anybody on this machine
        .route("/health", get(sync::health))
        .route("/openapi.json", get(openapi::get))
        // Records
        .route("/people", get(people::list).post(people::create))
        .route("/people/{id}", get(people::get).patch(people::edit))
        .route("/people/{id}/retire", post(people::retire))
        .route("/people/{id}/history", get(people::history))
        .route("/people/{id}/events/{key}", post(personnel::post))
        .route("/people/{id}/undo-event", post(personnel::undo))
        .route("/actions", get(personnel::actions))
        .route("/requests", get(requests::list).post(requests::ask))
        .route("/requests/{id}/{row}/withdraw", post(requests::withdraw))
        .route("/people/{id}/resolve", post(conflicts::resolve))
        .route("/conflicts", get(conflicts::list))
        .route("/todo", get(todo::list))
        .route("/rules", get(rules::show).post(rules::set))
        // Files
        .route("/imports", get(imports::list).post(imports::preview).layer(uploads))
        .route("/imports/{token}/commit", post(imports::commit))
        .route("/imports/{batch}/undo", post(imports::undo))
        .route("/export.xlsx", get(exports::export))
        .route("/template.xlsx", get(exports::template))
        // Synchronising
        .route("/sync", get(sync::status).post(sync::now))
        .route("/enrol", post(sync::enrol))
        .route("/events", get(sync::events))
        .route("/kept", get(kept::list))
        .route("/kept/{document}/{hash}/seen", post(kept::seen))
        .route("/kept/{document}/{hash}/take", post(kept::take))
        .route("/bundles/export", post(bundles::export))
        .route("/bundles/import", post(bundles::import).layer(bundles))
        // This machine's command line
        .route("/backup", post(exports::backup))
        .route("/scrub", post(upkeep::scrub))
        .route("/compact", post(upkeep::compact))
        .route("/check-conflicts", post(upkeep::check_conflicts))
        .route("/accounts/first", post(accounts::first))
        .route("/accounts/reset-password", post(accounts::reset_password))
}
