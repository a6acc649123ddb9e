//! The description of the JSON interface, made from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::{
    accounts, bundles, conflicts, events, exports, imports, kept, people, personnel, problem,
    requests, rules, sync, todo, upkeep,
};
use crate::session::ApiUser;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "wardbook-node",
        description = "The records of one ward. A session cookie or `Authorization: Bearer` with \
                       the token of control.json opens it. Errors are application/problem+json."
    ),
    paths(
        sync::health,
        sync::status,
        sync::now,
        sync::enrol,
        people::list,
        people::get,
        people::create,
        people::edit,
        people::retire,
        people::history,
        personnel::post,
        personnel::undo,
        personnel::actions,
        requests::list,
        requests::ask,
        requests::withdraw,
        conflicts::list,
        conflicts::resolve,
        todo::list,
        rules::show,
        rules::set,
        imports::list,
        imports::preview,
        imports::commit,
        imports::undo,
        exports::export,
        exports::template,
        exports::backup,
        sync::events,
        kept::list,
        kept::seen,
        kept::take,
        bundles::export,
        bundles::import,
        upkeep::scrub,
        upkeep::compact,
        upkeep::check_conflicts,
        accounts::first,
        accounts::reset_password,
    ),
    components(schemas(events::Event, problem::Problem))
)]
struct Description;

/// The OpenAPI document. For people who are signed in: it tells what can be asked.
pub(crate) async fn get(_: ApiUser) -> Json<Document> {
    Json(Description::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described() {
        let document = Description::openapi();
        let paths: Vec<&String> = document.paths.paths.keys().collect();
        for path in ["/api/v1/people/{id}", "/api/v1/sync", "/api/v1/imports/{token}/commit"] {
            assert!(paths.iter().any(|known| *known == path), "{path} is missing in {paths:?}");
        }
    }
}
