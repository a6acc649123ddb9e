//! `/api/v1/conflicts` and settling them.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use wardbook_base::ChangeHash;
use wardbook_record::{Path as ValuePath, Scalar};
use wardbook_replica::{Choice, ConflictCard, ConflictFilter, ConflictOption, ResolveCommand};

use super::caller::Caller;
use super::edits::read_path;
use super::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// Which conflicts to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct ConflictParams {
    /// Only this ward.
    pub ward: String,
    /// How many to skip.
    pub offset: usize,
    /// How many people at most; 100 when left out.
    pub limit: Option<usize>,
}

/// A decision about the fields of one record.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResolveBody {
    /// The heads that were read.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub base_heads: Vec<ChangeHash>,
    /// One choice a field.
    pub choices: Vec<ChoiceItem>,
}

/// The choice for one field: the value of a change, or another one.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChoiceItem {
    /// The field, such as `phone`.
    path: String,
    /// The change whose value is chosen.
    #[schema(value_type = Option<String>)]
    hash: Option<ChangeHash>,
    /// Another value.
    #[schema(value_type = Option<Object>)]
    value: Option<Scalar>,
}

/// `GET /api/v1/conflicts`.
#[utoipa::path(get, path = "/api/v1/conflicts", params(ConflictParams), responses((status = 200, description = "Open conflicts, one entry a person")))]
pub async fn list(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<ConflictParams>,
) -> Result<Json<Value>, Failure> {
    let filter = params.filter();
    let cards = app.run(move |replica| replica.conflicts(&viewer, &filter)).await?;
    Ok(Json(json!({ "conflicts": cards.iter().map(card).collect::<Vec<_>>() })))
}

/// `POST /api/v1/people/{id}/resolve`.
#[utoipa::path(post, path = "/api/v1/people/{id}/resolve", request_body = ResolveBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Settled"), (status = 409, description = "Somebody settled it before")))]
pub async fn resolve(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
    Json(body): Json<ResolveBody>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let command = body.command()?;
    let saved = app.run(move |replica| replica.resolve(&viewer, &document, command)).await?;
    Ok(Json(json!({ "id": saved.document, "heads": saved.heads, "changed": saved.changed })))
}

/// The fields of a card as JSON.
pub fn card_fields(card: &ConflictCard) -> Vec<Value> {
    card.fields
        .iter()
        .map(|field| {
            json!({
                "path": field.path,
                "label": field.label,
                "values": field.options.iter().map(option).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn card(card: &ConflictCard) -> Value {
    json!({
        "document": card.document,
        "name": card.full_name,
        "ward": card.ward,
        "ward_name": card.ward_name,
        "heads": card.heads,
        "fields": card_fields(card),
    })
}

fn option(option: &ConflictOption) -> Value {
    let author = &option.author;
    json!({
        "hash": option.hash,
        "value": option.value,
        "shown": option.shown,
        "winner": option.winner,
        "who": author.user_name,
        "device": author.device_name,
        "ward": author.ward_name,
        "device_time": author.at,
        "received_at": author.received_at,
    })
}

impl ConflictParams {
    fn filter(&self) -> ConflictFilter {
        ConflictFilter {
            ward: self.ward.parse().ok(),
            document: None,
            offset: self.offset,
            limit: self.limit.unwrap_or(100),
        }
    }
}

impl ResolveBody {
    fn command(self) -> Result<ResolveCommand, Refusal> {
        let choices: Result<Vec<_>, _> = self.choices.into_iter().map(ChoiceItem::read).collect();
        Ok(ResolveCommand { base_heads: self.base_heads, choices: choices? })
    }
}

impl ChoiceItem {
    fn read(self) -> Result<(ValuePath, Choice), Refusal> {
        let path = read_path(&self.path)?;
        let choice = match (self.hash, self.value) {
            (Some(hash), None) => Choice::Of(hash),
            (None, Some(value)) => Choice::Other(value),
            _ => {
                return Err(Refusal::Unreadable(format!(
                    "{}: hash or value, one of them",
                    self.path
                )));
            }
        };
        Ok((path, choice))
    }
}
