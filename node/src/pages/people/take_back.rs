//! Taking the last save back, and bringing a value back from the history of edits.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_base::ChangeHash;
use wardbook_record::{Path, schema};
use wardbook_replica::{ReplicaError, Side};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// The save to take back.
#[derive(Debug, Deserialize)]
pub(crate) struct UndoForm {
    #[serde(default)]
    save: String,
    /// The section that was shown.
    #[serde(default)]
    tab: String,
}

/// A value of a line of the history.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RestoreForm {
    change: String,
    path: String,
    side: String,
}

/// Takes the last save back.
pub(crate) async fn undo(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Form(form): Form<UndoForm>,
) -> PageResult {
    let document = document_of(&id)?;
    let save = change_of(&form.save)?;
    let viewer = screen.viewer;
    app.replica().run(move |replica| replica.undo_save(&viewer, &document, &save)).await??;
    app.edited();
    // Only a section that there is becomes part of an address.
    let tab = schema().section(&form.tab).map_or("", |section| &section.key);
    Ok(Redirect::to(&format!("/people/{document}?tab={tab}&done=undone")).into_response())
}

/// Brings a value back.
pub(crate) async fn restore(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Form(form): Form<RestoreForm>,
) -> PageResult {
    let document = document_of(&id)?;
    let change = change_of(&form.change)?;
    let path: Path = form.path.parse().map_err(|_| Refusal::from(ReplicaError::NotFound))?;
    let side = if form.side == "new" { Side::New } else { Side::Old };
    let owner = path.owner().to_owned();
    let viewer = screen.viewer;
    let restored = app
        .replica()
        .run(move |replica| replica.restore_value(&viewer, &document, (&change, &path, side)));
    restored.await??;
    app.edited();
    let back = format!("/people/{document}/history?field={owner}&done=value-restored");
    Ok(Redirect::to(&back).into_response())
}

fn change_of(text: &str) -> Result<ChangeHash, Refusal> {
    text.parse().map_err(|_| ReplicaError::NotFound.into())
}
