//! The description of the API for programs: OpenAPI, made from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use super::{admin, conflicts, edits, people, report, status};

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
        conflicts::list,
        conflicts::resolve,
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
        conflicts::ChoiceItem
    ))
)]
struct Description;

/// `GET /api/v1/openapi.json`.
pub async fn get() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
