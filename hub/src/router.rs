//! Every address of the hub, grouped by who uses it.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, patch, post};
use wardbook_replica::bundle::BUNDLE_FILE_BYTES_MAX;
use wardbook_web::{AppKind, SecurityConfig, assets_router, security_layer};

use crate::app::App;
use crate::{api, pages};

/// What the city's staff and the programs of this machine reach.
pub fn pages_and_api(app: App) -> Router {
    let hosts = app.hosts.clone();
    let router = Router::new()
        .merge(assets_router())
        .merge(page_routes(app.clone()))
        .merge(api(app.clone()))
        .layer(from_fn_with_state(app, ring_after_writing));
    // A bundle is the largest of all bodies; each route says itself how much it takes.
    let config = SecurityConfig::new(AppKind::Hub, hosts);
    security_layer(router, SecurityConfig { body_max: BUNDLE_FILE_BYTES_MAX, ..config })
}

/// Whatever may have written may have moved a ward's feed: the devices that wait are told.
async fn ring_after_writing(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> axum::response::Response {
    let reads = request.method().is_safe();
    let response = next.run(request).await;
    if !reads {
        app.waits.moved.notify_one();
    }
    response
}

fn page_routes(app: App) -> Router {
    use pages::{
        accounts, conflicts, devices, files, history, late, people, record, record_forms, report,
        requests,
    };
    use pages::{sign_in, ward, wards};
    Router::new()
        // Anybody
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::sign_out))
        // Everybody who is signed in
        .route("/", get(async || Redirect::to("/wards")))
        .route("/password", get(sign_in::get_password).post(sign_in::post_password))
        .route("/wards", get(wards::get))
        .route("/wards/{ward}", get(ward::get))
        .route("/people", get(people::get).post(people::post))
        .route("/people/{id}", get(record::get))
        .route("/people/{id}/history", get(history::get))
        .route("/people/{id}/photo", get(files::photo))
        .route("/people/{id}/files/{hash}", get(files::get))
        .route("/conflicts", get(conflicts::get))
        .route("/requests", get(requests::get))
        .route("/report", get(report::get))
        .route("/report/print", get(report::print))
        .route("/report.xlsx", get(report::xlsx))
        // Officers: records and conflicts
        .route(
            "/people/{id}/sections/{section}",
            get(record_forms::get_section).post(record_forms::post_section),
        )
        .route(
            "/people/{id}/tables/{table}/{row}",
            get(record_forms::get_row).post(record_forms::post_row),
        )
        .route("/people/{id}/tables/{table}/{row}/retire", post(record_forms::post_retire_row))
        .route("/people/{id}/conflicts", post(conflicts::post))
        .route("/people/{id}/late/{hash}", post(late::post))
        .route("/people/{id}/requests/{row}", post(requests::post))
        // Administrators: wards, devices, accounts
        .route("/wards/add", get(wards::get_add).post(wards::post_add))
        .route("/wards/{ward}/enrol-codes", post(ward::post_enrol_code))
        .route("/devices/{device}/revoke", get(devices::get_revoke).post(devices::post_revoke))
        .route("/accounts", get(accounts::get).post(accounts::post))
        .layer(from_fn_with_state(app.clone(), pages::tell::failures))
        .with_state(app)
}

/// What programs ask: the command line inside its own process too.
pub fn api(app: App) -> Router {
    use api::{admin, conflicts, custody, late, openapi, people, purge, report, status, tell};
    use api::{requests, rules, upkeep, watch};
    Router::new()
        // Anybody
        .route("/api/v1/health", get(status::health))
        .route("/api/v1/openapi.json", get(openapi::get))
        // Everybody who is signed in, and commands of this machine
        .route("/api/v1/status", get(status::status))
        .route("/api/v1/wards", get(status::wards).post(admin::add_wards))
        .route("/api/v1/wards/{ward}", get(status::ward))
        .route("/api/v1/people", get(people::list))
        .route("/api/v1/people/{id}", get(people::one).merge(patch(people::edit)))
        .route("/api/v1/people/{id}/history", get(people::history))
        .route("/api/v1/people/{id}/custody", get(custody::history))
        .route("/api/v1/conflicts", get(conflicts::list))
        .route("/api/v1/late-edits", get(late::list))
        .route("/api/v1/requests", get(requests::list))
        .route("/api/v1/duplicates", get(watch::duplicates))
        .route("/api/v1/events", get(watch::events))
        .route("/api/v1/quarantine", get(watch::quarantine))
        .route("/api/v1/wards/{ward}/successors", get(custody::successors_of))
        .route("/api/v1/report", get(report::json))
        .route("/api/v1/report.txt", get(report::text))
        .route("/api/v1/report.xlsx", get(report::xlsx))
        // Officers: conflicts, late edits, and who keeps a record
        .route("/api/v1/people/{id}/resolve", post(conflicts::resolve))
        .route("/api/v1/people/{id}/custody/transfer", post(custody::transfer))
        .route("/api/v1/people/{id}/custody/lend", post(custody::lend))
        .route("/api/v1/people/{id}/custody/return", post(custody::end_loan))
        .route("/api/v1/requests/{id}/{row}", post(requests::answer))
        .route("/api/v1/late-edits/{id}/{hash}/accept", post(late::accept))
        .route("/api/v1/late-edits/{id}/{hash}/dismiss", post(late::dismiss))
        // Administrators
        .route("/api/v1/people/{id}/purge", get(purge::preview).merge(post(purge::purge)))
        .route("/api/v1/purges", get(purge::list))
        .route("/api/v1/wards/{ward}/merge", post(custody::merge))
        .route("/api/v1/wards/{ward}/split", post(custody::split))
        .route("/api/v1/rules", get(rules::show).merge(post(rules::set)))
        .route("/api/v1/audit", get(watch::audit))
        .route("/api/v1/feed/renew", post(upkeep::renew_feeds))
        .route("/api/v1/scrub", post(upkeep::scrub))
        .route(
            "/api/v1/bundles",
            post(upkeep::bundle).layer(DefaultBodyLimit::max(BUNDLE_FILE_BYTES_MAX)),
        )
        .route("/api/v1/wards/{ward}/enrol-codes", post(admin::enrol_code))
        .route("/api/v1/devices", get(admin::devices))
        .route("/api/v1/devices/{id}/revoke", post(admin::revoke))
        .route("/api/v1/users", get(admin::users).post(admin::add_user))
        .route("/api/v1/backup", post(admin::backup))
        .layer(from_fn(tell::problems))
        .with_state(app)
}
