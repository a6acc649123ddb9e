//! Fields with more than one value: the list, and the choice.

use axum::Json;
use axum::extract::{Path as UrlPath, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_record::{PartialDate, Path};
use wardbook_replica::{Choice, ConflictCard, ConflictField, ConflictFilter, ResolveCommand};

use super::edits::{document_of, heads_of, scalar_at};
use super::people::{self, SavedBody, saved_body, stale_with_fields};
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// Choices for the fields of one record.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ResolveBody {
    /// The heads the choice was made from; empty for the present state.
    #[serde(default)]
    base_heads: Vec<String>,
    /// One choice a field.
    choices: Vec<ChoiceBody>,
}

/// One choice: the value that a change wrote, or another value.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChoiceBody {
    /// The field.
    path: String,
    /// The change whose value is right.
    #[serde(default)]
    hash: Option<String>,
    /// Another value.
    #[serde(default)]
    #[schema(value_type = Object)]
    value: Option<Value>,
}

/// Open conflicts, one card a person.
#[utoipa::path(get, path = "/api/v1/conflicts", responses((status = 200, body = Object)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Value>, Refusal> {
    let filter = ConflictFilter::default();
    let cards = app.replica().run(move |replica| replica.conflicts(&viewer, &filter)).await??;
    Ok(Json(json!({ "conflicts": cards.iter().map(card).collect::<Vec<_>>() })))
}

/// Settles conflicts of one record by an ordinary change.
#[utoipa::path(post, path = "/api/v1/people/{id}/resolve", request_body = ResolveBody,
    responses((status = 200, body = SavedBody)))]
pub(crate) async fn resolve(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
    Json(wanted): Json<ResolveBody>,
) -> Result<Json<SavedBody>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let as_of = people::as_of(app.replica()).await?;
    let base_heads = heads_of(&wanted.base_heads)?;
    let choices = wanted.choices.iter().map(|one| choice(one, as_of)).collect::<Result<_, _>>()?;
    let command = ResolveCommand { base_heads, choices };
    let saved = app
        .replica()
        .run(move |replica| replica.resolve(&viewer, &document, command))
        .await?
        .map_err(stale_with_fields)?;
    app.edited();
    Ok(Json(saved_body(&saved, lang)))
}

fn choice(wanted: &ChoiceBody, as_of: PartialDate) -> Result<(Path, Choice), Refusal> {
    let path: Path = wanted.path.parse().map_err(|_| Refusal::unreadable())?;
    let choice = match (&wanted.hash, &wanted.value) {
        (Some(hash), None) => Choice::Of(hash.parse().map_err(|_| Refusal::unreadable())?),
        (None, Some(value)) => {
            Choice::Other(scalar_at(&path, value, as_of).ok_or_else(Refusal::unreadable)?)
        }
        _ => return Err(Refusal::unreadable()),
    };
    Ok((path, choice))
}

fn card(card: &ConflictCard) -> Value {
    json!({
        "document": card.document,
        "name": card.full_name,
        "ward": card.ward,
        "ward_name": card.ward_name,
        "heads": card.heads,
        "fields": card.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(field: &ConflictField) -> Value {
    let values: Vec<Value> = field
        .options
        .iter()
        .map(|option| {
            json!({
                "hash": option.hash,
                "value": option.value,
                "shown": option.shown,
                "who": option.author.user_name,
                "device": option.author.device_name,
                "ward": option.author.ward_name,
                "device_time": option.author.at,
                "received_at": option.author.received_at,
                "winner": option.winner,
            })
        })
        .collect();
    json!({ "path": field.path, "label": field.label, "values": values })
}
