//! Import: look first, write when confirmed, undo as one batch.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_record::{Lang, Level};
use wardbook_replica::{
    BatchId, BatchView, DuplicateChoice, ImportChoices, ImportDone, ImportError, ImportPreview,
    ImportToken, ReplicaError,
};
use wardbook_sheet::{PreviewRow, ReadOptions};

use super::events::{CellProblem, Event, Preview};
use super::sync::failed;
use crate::app::App;
use crate::door::FILE_NAME_HEADER;
use crate::lines::answer_in_lines;
use crate::percent::percent_decoded;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// How to write a preview's rows.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct CommitBody {
    /// `skip`, `update` or `create`: rows whose person is here already.
    duplicates: String,
    /// The same for single rows, by the row's number in the file.
    by_row: BTreeMap<u32, String>,
    /// Take rows with errors in too, flagged.
    with_errors: bool,
}

/// Reads a file and says what it would do. Nothing is written. The name is in `x-file-name`.
#[utoipa::path(post, path = "/api/v1/imports", request_body = Vec<u8>,
    responses((status = 200, body = Event)))]
pub(crate) async fn preview(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Event>, Refusal> {
    let name = headers.get(FILE_NAME_HEADER).and_then(|value| value.to_str().ok());
    let (name, lang) = (percent_decoded(name.unwrap_or_default()), viewer.lang);
    let looked = app
        .replica()
        .run(move |replica| replica.preview_import(&viewer, &name, &body, &ReadOptions::default()))
        .await??;
    Ok(Json(Event::Preview(preview_of(&looked, lang))))
}

/// Writes a preview's rows, all or none; progress comes as lines.
#[utoipa::path(post, path = "/api/v1/imports/{token}/commit", request_body = CommitBody, responses(
    (status = 200, body = Event, content_type = "application/x-ndjson")))]
pub(crate) async fn commit(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(token): UrlPath<String>,
    Json(wanted): Json<CommitBody>,
) -> Result<Response, Refusal> {
    // Before the answer begins: what fails later is a line of it.
    if !viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    let (events, response) = answer_in_lines();
    let (token, choices, lang) = (ImportToken(token), wanted.choices(), viewer.lang);
    tokio::spawn(async move {
        let steps = events.clone();
        let written = app.replica().run(move |replica| {
            replica.commit_import(&viewer, &token, &choices, &mut |at| {
                steps.send(&Event::Progress { done: at.done as u64, total: at.total as u64 });
            })
        });
        let last = match written.await {
            Ok(Ok(done)) => imported(&done),
            Ok(Err(error)) => failed(&error.into(), lang),
            Err(error) => failed(&error.into(), lang),
        };
        app.edited();
        events.send(&last);
    });
    Ok(response)
}

/// Puts a batch back, record by record, where nobody edited since.
#[utoipa::path(post, path = "/api/v1/imports/{batch}/undo", responses((status = 200, body = Event)))]
pub(crate) async fn undo(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(batch): UrlPath<String>,
) -> Result<Json<Event>, Refusal> {
    let batch = batch_of(&batch)?;
    let result = app.replica().run(move |replica| replica.undo_import(&viewer, &batch)).await??;
    app.edited();
    Ok(Json(Event::Undone { undone: result.undone, kept: result.kept.len() as u64 }))
}

/// The imports of the past, newest first.
#[utoipa::path(get, path = "/api/v1/imports", responses((status = 200, body = Object)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Value>, Refusal> {
    let batches = app.replica().run(move |replica| replica.import_batches(&viewer)).await??;
    Ok(Json(json!({ "imports": batches.iter().map(batch_body).collect::<Vec<_>>() })))
}

impl CommitBody {
    fn choices(&self) -> ImportChoices {
        ImportChoices {
            for_all: duplicate_choice(&self.duplicates),
            by_row: self.by_row.iter().map(|(row, word)| (*row, duplicate_choice(word))).collect(),
            skip_rows_with_errors: !self.with_errors,
            ward: None,
        }
    }
}

/// The choice of a word; an unknown one leaves the record alone.
pub(crate) fn duplicate_choice(word: &str) -> DuplicateChoice {
    known_choice(word).unwrap_or(DuplicateChoice::Skip)
}

/// The choice of a word, when there is such a one.
pub(crate) fn known_choice(word: &str) -> Option<DuplicateChoice> {
    match word {
        "update" => Some(DuplicateChoice::Update),
        "create" => Some(DuplicateChoice::Create),
        "skip" => Some(DuplicateChoice::Skip),
        _ => None,
    }
}

/// The batch of an address or a command.
pub(crate) fn batch_of(text: &str) -> Result<BatchId, Refusal> {
    text.parse().map_err(|_| ImportError::UnknownBatch.into())
}

/// What an import did, as an event.
pub(crate) fn imported(done: &ImportDone) -> Event {
    Event::Imported {
        batch: done.batch.to_string(),
        created: done.created,
        updated: done.updated,
        unchanged: done.unchanged,
        skipped: done.skipped,
    }
}

fn preview_of(looked: &ImportPreview, lang: Lang) -> Preview {
    let (preview, counts) = (&looked.preview, &looked.preview.counts);
    Preview {
        token: looked.token.0.clone(),
        rows: counts.rows as u64,
        ready: counts.ready as u64,
        errors: counts.errors as u64,
        warnings: counts.warnings as u64,
        duplicates: counts.duplicates as u64,
        unmapped: preview.unmapped.iter().map(|column| column.header.clone()).collect(),
        notes: preview.notes.iter().map(|note| note.sentence(lang)).collect(),
        problems: preview.rows.iter().flat_map(|row| problems_of(row, lang)).collect(),
    }
}

/// The problems of a row in words.
pub(crate) fn problems_of(row: &PreviewRow, lang: Lang) -> impl Iterator<Item = CellProblem> {
    row.problems.iter().map(move |problem| CellProblem {
        row: row.number,
        cell: problem.cell.clone(),
        column: problem.column.clone(),
        label: problem.label(lang),
        value: problem.value.clone(),
        level: if problem.level == Level::Error { "error" } else { "warning" }.to_owned(),
        reason: problem.reason(lang),
        remedy: problem.remedy(lang),
    })
}

fn batch_body(batch: &BatchView) -> Value {
    json!({
        "batch": batch.batch.to_string(),
        "file_name": batch.file_name,
        "who": batch.user_name,
        "at": batch.at,
        "created": batch.created,
        "updated": batch.updated,
        "undone_at": batch.undone_at,
    })
}
