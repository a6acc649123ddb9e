//! A leader's word that a record is right, or that it needs work.

use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};

use wardbook_replica::ReplicaError;

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;

/// Confirms a record, or gives it back.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, what)): UrlPath<(String, String)>,
) -> PageResult {
    let (document, viewer) = (document_of(&id)?, screen.viewer);
    let is_right = match what.as_str() {
        "right" => true,
        "wrong" => false,
        _ => return Err(ReplicaError::NotFound.into()),
    };
    app.replica().run(move |replica| replica.approve(&viewer, &document, is_right)).await??;
    app.edited();
    Ok(Redirect::to(&format!("/people/{document}?done=saved")).into_response())
}
