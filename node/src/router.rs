//! Every address of the node, and who uses it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use wardbook_base::limits::UPLOAD_BYTES_MAX;
use wardbook_replica::bundle::BUNDLE_FILE_BYTES_MAX;
use wardbook_web::{AppKind, SecurityConfig, assets_router, security_layer};

use crate::app::App;
use crate::pages::{
    account, attachments, conflicts, events, files, help, office, people, print, statistics, sync,
    todo,
};
use crate::{api, refusal};

/// The whole program as one service.
pub fn router(app: App) -> Router {
    let hosts = app.config().hosts.clone();
    over(app, hosts)
}

/// The same for callers of these host names, besides the machine's own.
pub(crate) fn over(app: App, hosts: Vec<String>) -> Router {
    let whole = reading()
        .merge(editing())
        .merge(importing())
        .merge(administering())
        // Programs: the command line and others of the office
        .nest("/api/v1", api::routes())
        .layer(middleware::from_fn(refusal::in_words))
        .with_state(app)
        // The browser's files
        .merge(assets_router());
    // A bundle is the largest of all bodies; each route says itself how much it takes.
    let config = SecurityConfig::new(AppKind::Node, hosts);
    let body_max = BUNDLE_FILE_BYTES_MAX + 64 * 1024;
    security_layer(whole, SecurityConfig { body_max, ..config })
}

/// Who has an account, and the way in.
fn reading() -> Router<App> {
    let bundles = DefaultBodyLimit::max(BUNDLE_FILE_BYTES_MAX + 64 * 1024);
    Router::new()
        // Everybody on this machine
        .route("/", get(account::home))
        .route("/sign-in", get(account::sign_in::get).post(account::sign_in::post))
        .route("/sign-out", post(account::sign_in::sign_out))
        .route("/sync/badge", get(sync::header_badge))
        // Everybody with an account
        .route("/account/password", get(account::password::get).post(account::password::post))
        .route("/help", get(help::index))
        .route("/help/{screen}", get(help::get))
        .route("/people", get(people::list::get))
        .route("/people/search", post(people::list::search))
        .route("/people/columns", get(people::list::columns::get).post(people::list::columns::post))
        .route("/people/saved", post(people::list::saved::save))
        .route("/people/saved/{whose}/{key}", get(people::list::saved::open))
        .route("/people/saved/{whose}/{key}/delete", post(people::list::saved::delete))
        .route("/people/export", post(people::list::selection::export))
        .route("/people/{id}", get(people::record::get))
        .route("/people/{id}/history", get(people::history::get))
        .route("/people/{id}/career", get(people::career::get))
        .route("/people/{id}/export.xlsx", get(people::record::export))
        .route("/conflicts", get(conflicts::get))
        .route("/todo", get(todo::get).post(todo::post))
        .route("/todo/export.xlsx", get(todo::export))
        .route("/todo/ward", get(todo::ward::get))
        .route("/export.xlsx", get(files::export))
        .route("/template.xlsx", get(files::template))
        .route("/sync", get(sync::get))
        .route("/sync/now", post(sync::now))
        .route("/sync/kept/{document}/{hash}", post(sync::kept::seen))
        .route("/sync/kept/{document}/{hash}/take", post(sync::kept::take))
        .route("/sync/bundle/export", post(sync::by_hand::export))
        .route("/sync/bundle/import", post(sync::by_hand::import).layer(bundles))
        .route("/people/{id}/print", get(print::one::choose))
        .route("/people/{id}/print/{form}", get(print::one::get))
        .route("/people/print", post(print::many::post))
        .route("/print/{job}", get(print::job::get))
        .route("/print/{job}/cancel", post(print::job::cancel))
        .route("/print/{job}/sheets", get(print::job::sheets))
        .route("/statistics", get(statistics::get))
        .route("/statistics.xlsx", get(statistics::workbook_of_all))
        .route("/statistics/{key}", get(statistics::workbook_of_one))
        .route("/people/{id}/photo", get(attachments::photo::get))
        .route("/people/{id}/files/{hash}", get(attachments::scan::get))
}

/// Clerks and administrators: records.
fn editing() -> Router<App> {
    Router::new()
        .route(
            "/people/{id}/photo/choose",
            get(attachments::photo::choose)
                .post(attachments::photo::chosen)
                .layer(DefaultBodyLimit::max(attachments::BODY_BYTES_MAX)),
        )
        .route(
            "/people/{id}/photo/cut",
            get(attachments::photo::cut).post(attachments::photo::keep),
        )
        .route("/people/{id}/photo/look", get(attachments::photo::look))
        .route(
            "/people/{id}/tables/{table}/{row}/file",
            get(attachments::scan::choose)
                .post(attachments::scan::keep)
                .layer(DefaultBodyLimit::max(attachments::BODY_BYTES_MAX)),
        )
        .route("/people/bulk", get(people::list::bulk::again).post(people::list::bulk::choose))
        .route("/people/bulk/value", get(people::list::bulk::again).post(people::list::bulk::value))
        .route(
            "/people/bulk/preview",
            get(people::list::bulk::again).post(people::list::bulk::preview),
        )
        .route("/people/bulk/done", get(people::list::bulk::done))
        .route("/people/bulk/{token}/apply", post(people::list::bulk::apply))
        .route("/people/new", get(people::create::get).post(people::create::post))
        .route("/people/{id}/draft", post(people::draft::post))
        .route("/people/{id}/draft/discard", post(people::draft::discard))
        .route("/people/{id}/undo", post(people::take_back::undo))
        .route("/people/{id}/restore", post(people::take_back::restore))
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
        .merge(events::routes())
        .merge(office::routes())
}

/// Clerks and administrators: workbooks.
fn importing() -> Router<App> {
    let uploads = DefaultBodyLimit::max(UPLOAD_BYTES_MAX + 64 * 1024);
    Router::new()
        .route("/import", get(files::upload::get).post(files::upload::post).layer(uploads))
        .route("/import/done", get(files::done::get))
        .route("/import/{token}", get(files::preview::get).post(files::write::post))
        .route("/import/{token}/progress", get(files::write::get))
        .route("/import/{token}/columns", get(files::mapping::get).post(files::mapping::post))
        .route(
            "/import/{token}/table",
            get(files::mapping::where_is_it).post(files::mapping::read_there),
        )
        .route("/import/{token}/cells", post(files::rows::fix))
        .route("/import/{token}/duplicates", post(files::rows::choose))
        .route("/import/{token}/convert", post(files::preview::convert))
        .route("/import/{token}/skipped.xlsx", get(files::done::skipped))
        .route("/import/{token}/errors.xlsx", get(files::preview::errors))
        .route(
            "/import/batches/{batch}/undo",
            get(files::upload::ask_undo).post(files::upload::undo),
        )
}

/// Administrators.
fn administering() -> Router<App> {
    Router::new()
        .route("/accounts/{login}", get(account::users::edit).post(account::users::save))
        .route("/accounts", get(account::users::get).post(account::users::post))
        .route("/accounts/{login}/reset", post(account::users::reset))
        .route("/accounts/{login}/{what}", post(account::users::switch))
}
