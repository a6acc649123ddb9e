//! The description of the API for programs: OpenAPI, made from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use super::{
    admin, conflicts, custody, edits, late, people, purge, report, requests, rules, status, upkeep,
    watch,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "wardbook-hub",
        description = "The city's end of Wardbook. Send the token of control.json as a bearer token, or the cookie of a signed-in session. Errors are application/problem+json with a stable `code`."
    ),
    paths(
        status::health,
        status::status,
        status::wards,
        status::ward,
        admin::add_wards,
        admin::enrol_code,
        admin::devices,
        admin::revoke,
        admin::users,
        admin::add_user,
        admin::backup,
        people::list,
        people::one,
        people::edit,
        people::history,
        requests::list,
        requests::answer,
        custody::history,
        custody::transfer,
        custody::lend,
        custody::end_loan,
        custody::merge,
        custody::split,
        custody::successors_of,
        purge::preview,
        purge::purge,
        purge::list,
        watch::events,
        watch::quarantine,
        watch::duplicates,
        watch::audit,
        late::list,
        late::accept,
        late::dismiss,
        upkeep::bundle,
        upkeep::renew_feeds,
        upkeep::scrub,
        conflicts::list,
        conflicts::resolve,
        rules::show,
        rules::set,
        report::json,
        report::text,
        report::xlsx
    ),
    components(schemas(
        admin::AddWards,
        admin::EnrolCodeBody,
        admin::NewUserBody,
        admin::BackupBody,
        edits::EditBody,
        edits::EditItem,
        conflicts::ResolveBody,
        conflicts::ChoiceItem,
        custody::CustodyBody,
        custody::MergeBody,
        custody::SplitBody,
        custody::SplitItem,
        purge::PurgeBody,
        late::AcceptBody,
        requests::AnswerBody
    ))
)]
struct Description;

/// `GET /api/v1/openapi.json`.
pub async fn get() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
