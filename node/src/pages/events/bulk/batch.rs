//! What one action for many people wrote, and taking it back.

use std::collections::BTreeMap;

use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::{Deserialize, Serialize};
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::events::event;
use wardbook_replica::{DeskOwner, DeskThing, EditError, Replica, ReplicaError, Viewer};
use wardbook_store::{PeopleFilter, PeopleQuery};

use super::{KIND, PEOPLE_MAX, view};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// What was written for whom, and for whom it was not. It names records and nobody by name: it stays
/// when a record is erased.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) key: String,
    pub(super) written: Vec<Written>,
    pub(super) refused: Vec<Refused>,
    /// It was taken back; who could not be, is in `refused`.
    #[serde(default)]
    pub(super) undone: bool,
}

/// One person's change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) document: DocumentId,
    pub(super) change: ChangeHash,
}

/// One person who was left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Refused {
    pub(super) document: DocumentId,
    pub(super) why: String,
}

impl Batch {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), ..Self::default() }
    }

    /// What the action is called.
    pub(super) fn label(&self, lang: wardbook_record::Lang) -> String {
        event(&self.key).map_or_else(String::new, |event| event.label(lang).to_owned())
    }
}

fn read(replica: &Replica, viewer: &Viewer, key: &str) -> Result<Batch, ReplicaError> {
    let found: Option<DeskThing<Batch>> = replica.desk_get(viewer, DeskOwner::Mine, (KIND, key))?;
    found.map(|thing| thing.value).ok_or(ReplicaError::NotFound)
}

/// What the people of a batch are called, as far as their records are here.
fn names(
    replica: &Replica,
    viewer: &Viewer,
    batch: &Batch,
) -> Result<BTreeMap<DocumentId, String>, ReplicaError> {
    let written = batch.written.iter().map(|one| one.document);
    let only = written.chain(batch.refused.iter().map(|one| one.document)).collect();
    let filter = PeopleFilter { only, with_retired: true, ..PeopleFilter::default() };
    let query = PeopleQuery { filter, limit: PEOPLE_MAX as u64, ..PeopleQuery::default() };
    let rows = replica.people(viewer, &query)?.rows.into_iter();
    Ok(rows.map(|row| (row.document, row.facts.full_name)).collect())
}

/// What was written.
pub(crate) async fn done(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let name = key.clone();
    let read = app.replica().run(move |replica| {
        let batch = read(replica, &viewer, &name)?;
        let names = names(replica, &viewer, &batch)?;
        Ok::<_, ReplicaError>((batch, names))
    });
    let (batch, names) = read.await??;
    Ok(Shown(view::done(&screen.ctx, &key, &batch, &names)).into_response())
}

/// Takes it back, person by person; whoever was edited since is left as he is, and named.
pub(crate) async fn undo(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer;
    let name = key.clone();
    let work = move |replica: &Replica| {
        let mut batch = read(replica, &viewer, &name)?;
        if batch.undone {
            return Err(EditError::NotFound);
        }
        batch.undone = true;
        batch.refused.clear();
        for one in &batch.written {
            if let Err(error) = replica.undo_event(&viewer, &one.document, &one.change) {
                let why = error.sentence(viewer.lang);
                batch.refused.push(Refused { document: one.document, why });
            }
        }
        replica.desk_put(&viewer, DeskOwner::Mine, (KIND, &name), None, &batch)?;
        Ok::<_, EditError>(())
    };
    app.replica().run(work).await??;
    app.edited();
    Ok(Redirect::to(&format!("/events/batches/{key}")).into_response())
}
