//! What an administrator watches: events, what was kept aside or waits, duplicates, the ledger.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use wardbook_base::WardId;
use wardbook_replica::{DuplicateView, Replica};

use super::caller::Caller;
use crate::app::App;
use crate::failure::Failure;
use crate::units::find_ward;

/// How many entries a list has when nothing is said.
const LIMIT: usize = 100;
/// ... and at most.
const LIMIT_MAX: usize = 10_000;

/// Which entries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct WatchParams {
    /// Only of this ward: id, code or name.
    pub ward: Option<String>,
    /// How many at most; 100 when left out, 10,000 at most.
    pub limit: Option<usize>,
}

impl WatchParams {
    /// The ward that is meant.
    ///
    /// # Errors
    /// When the hub has no such ward.
    pub fn ward(&self, replica: &Replica) -> Result<Option<WardId>, Failure> {
        Ok(self.ward.as_deref().map(|typed| find_ward(replica, typed)).transpose()?)
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(LIMIT).min(LIMIT_MAX)
    }
}

/// `GET /api/v1/events`.
#[utoipa::path(get, path = "/api/v1/events", params(WatchParams), responses((status = 200, description = "What happened to devices and to the hub, newest first")))]
pub async fn events(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<WatchParams>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let ward = params.ward(replica)?;
        Ok(replica.events(&viewer, ward.as_ref(), params.limit())?)
    };
    Ok(Json(json!({ "event": "events", "events": app.run(work).await? })))
}

/// `GET /api/v1/quarantine`.
#[utoipa::path(get, path = "/api/v1/quarantine", params(WatchParams), responses((status = 200, description = "Changes that were kept aside, newest first, and those that wait for what they build on")))]
pub async fn quarantine(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<WatchParams>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let ward = params.ward(replica)?;
        let aside = replica.kept_aside(&viewer, ward.as_ref(), params.limit())?;
        Ok((aside, replica.parked(&viewer, ward.as_ref())?))
    };
    let (aside, parked) = app.run(work).await?;
    Ok(Json(json!({ "event": "quarantine", "quarantine": aside, "parked": parked })))
}

/// `GET /api/v1/duplicates`.
#[utoipa::path(get, path = "/api/v1/duplicates", responses((status = 200, description = "People whose number stands in more than one record, one card a number")))]
pub async fn duplicates(
    State(app): State<App>,
    Caller(viewer): Caller,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let names = replica.ward_names()?;
        let cards = replica.duplicates(&viewer)?;
        let name = |ward: &WardId| names.get(ward).cloned().unwrap_or_default();
        Ok(cards.iter().map(|card| duplicate(card, &name)).collect::<Vec<_>>())
    };
    Ok(Json(json!({ "event": "duplicates", "duplicates": app.run(work).await? })))
}

/// `GET /api/v1/audit`.
#[utoipa::path(get, path = "/api/v1/audit", responses((status = 200, description = "The conservation ledger of every ward; `ok` says whether it adds up")))]
pub async fn audit(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    let report = app.run(move |replica| replica.ledger(&viewer)).await?;
    Ok(Json(json!({ "event": "audit", "ok": report.ok, "audit": report })))
}

fn duplicate(card: &DuplicateView, name: &dyn Fn(&WardId) -> String) -> Value {
    let records: Vec<Value> = card
        .people
        .iter()
        .map(|row| {
            json!({
                "id": row.document,
                "full_name": row.facts.full_name,
                "birth_date": row.facts.birth_date,
                "title": row.facts.title_label,
                "ward": row.ward,
                "ward_name": name(&row.ward),
            })
        })
        .collect();
    json!({ "person_id_no": card.person_id_no, "records": records })
}
