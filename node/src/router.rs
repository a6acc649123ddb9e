//! Every address of the node, and who uses it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_replica::bundle::BUNDLE_FILE_BYTES_MAX;
use wardbook_web::{AppKind, SecurityConfig, assets_router, security_layer};

use crate::app::App;
use crate::pages::{account, conflicts, files, people, sync};
use crate::{api, refusal};

/// The whole program as one service.
pub fn router(app: App) -> Router {
    let hosts = app.config().hosts.clone();
    let bundles = DefaultBodyLimit::max(BUNDLE_FILE_BYTES_MAX + 64 * 1024);
    let uploads = DefaultBodyLimit::max(UPLOAD_BYTES_MAX + 64 * 1024);
    let pages = Router::new()
        // Everybody on this machine
        .route("/", get(account::home))
        .route("/first-run", get(account::first_run::get).post(account::first_run::post))
        .route("/sign-in", get(account::sign_in::get).post(account::sign_in::post))
        .route("/sign-out", post(account::sign_in::sign_out))
        .route("/sync/badge", get(sync::header_badge))
        // Everybody with an account
        .route("/account/password", get(account::password::get).post(account::password::post))
        .route("/people", get(people::list::get))
        .route("/people/search", post(people::list::search))
        .route("/people/{id}", get(people::record::get))
        .route("/people/{id}/history", get(people::history::get))
        .route("/conflicts", get(conflicts::get))
        .route("/export.xlsx", get(files::export))
        .route("/template.xlsx", get(files::template))
        .route("/sync", get(sync::get))
        .route("/sync/now", post(sync::now))
        .route("/sync/kept/{document}/{hash}", post(sync::kept::seen))
        .route("/sync/bundle/export", post(sync::by_hand::export))
        .route("/sync/bundle/import", post(sync::by_hand::import).layer(bundles))
        // Clerks and administrators
        .route("/people/new", get(people::create::get).post(people::create::post))
        .route("/people/{id}/retire", get(people::retire::get).post(people::retire::post))
        .route(
            "/people/{id}/sections/{section}",
            get(people::section::get).post(people::section::post),
        )
        .route("/people/{id}/tables/{table}/{row}", get(people::row::get).post(people::row::post))
        .route(
            "/people/{id}/tables/{table}/{row}/retire",
            get(people::row::ask_retire).post(people::row::retire),
        )
        .route("/people/{id}/conflicts", post(conflicts::post))
        .route("/import", get(files::upload::get).post(files::upload::post).layer(uploads))
        .route("/import/done", get(files::done::get))
        .route("/import/{token}", get(files::preview::get).post(files::preview::post))
        .route(
            "/import/batches/{batch}/undo",
            get(files::upload::ask_undo).post(files::upload::undo),
        )
        // Administrators
        .route("/sync/enrol", post(sync::enrol))
        .route("/accounts", get(account::users::get).post(account::users::post))
        .route("/accounts/{login}/reset", post(account::users::reset))
        .route("/accounts/{login}/{what}", post(account::users::switch));
    let whole = pages
        // Programs: the command line and others of the office
        .nest("/api/v1", api::routes())
        .layer(middleware::from_fn(refusal::in_words))
        .with_state(app)
        // The browser's files
        .merge(assets_router());
    security_layer(whole, SecurityConfig::new(AppKind::Node, hosts))
}
