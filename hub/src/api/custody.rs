//! `/api/v1/people/{id}/custody` and wards that merge or split: who keeps which record.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_base::{DocumentId, WardId};
use wardbook_replica::{Replica, SplitBy, Viewer, WardMoved, successors};

use super::caller::Caller;
use super::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};
use crate::units::find_ward;

/// A move of one record, by a decision.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CustodyBody {
    /// The ward: id, code or name.
    ward: String,
    /// The decision: number, day, signer.
    #[serde(default)]
    decision: String,
}

/// A ward that is merged into another one.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MergeBody {
    /// The ward that takes all records: id, code or name.
    to: String,
    /// Although the country's register does not say that the whole ward went there.
    #[serde(default)]
    force: bool,
    /// The decision: number, day, signer.
    #[serde(default)]
    decision: String,
}

/// A ward that is split: a list of records, or all people of one division.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SplitBody {
    /// The ward that takes what names no other one: id, code or name.
    #[serde(default)]
    to: Option<String>,
    /// The records.
    #[serde(default)]
    records: Vec<SplitItem>,
    /// Instead of a list: the code of a division (`org_unit`).
    #[serde(default)]
    division: Option<String>,
    /// The decision: number, day, signer.
    #[serde(default)]
    decision: String,
}

/// One record of a split.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SplitItem {
    /// The record's id, 32 hexadecimal digits, or the person's identification number.
    record: String,
    /// The ward that takes it, when it is not the one of all.
    #[serde(default)]
    to: Option<String>,
}

/// `GET /api/v1/people/{id}/custody`.
#[utoipa::path(get, path = "/api/v1/people/{id}/custody", params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "The ledger of one record, its readers, and what is not settled")))]
pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let view = app.run(move |replica| replica.custody(&viewer, &document)).await?;
    Ok(Json(json!({ "event": "custody", "custody": view })))
}

/// `POST /api/v1/people/{id}/custody/transfer`.
#[utoipa::path(post, path = "/api/v1/people/{id}/custody/transfer", request_body = CustodyBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Transferred")))]
pub async fn transfer(
    app: State<App>,
    caller: Caller,
    id: Path<String>,
    body: Json<CustodyBody>,
) -> Result<Json<Value>, Failure> {
    act(app, caller, id, body, "transferred", Replica::transfer).await
}

/// `POST /api/v1/people/{id}/custody/lend`.
#[utoipa::path(post, path = "/api/v1/people/{id}/custody/lend", request_body = CustodyBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Lent: the ward may read it")))]
pub async fn lend(
    app: State<App>,
    caller: Caller,
    id: Path<String>,
    body: Json<CustodyBody>,
) -> Result<Json<Value>, Failure> {
    act(app, caller, id, body, "lent", Replica::lend).await
}

/// `POST /api/v1/people/{id}/custody/return`.
#[utoipa::path(post, path = "/api/v1/people/{id}/custody/return", request_body = CustodyBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "The ward reads it no longer")))]
pub async fn end_loan(
    app: State<App>,
    caller: Caller,
    id: Path<String>,
    body: Json<CustodyBody>,
) -> Result<Json<Value>, Failure> {
    act(app, caller, id, body, "returned", Replica::end_loan).await
}

type Act = fn(
    &Replica,
    &Viewer,
    &DocumentId,
    &WardId,
    &str,
) -> Result<wardbook_replica::CustodyView, wardbook_replica::HubError>;

async fn act(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
    Json(body): Json<CustodyBody>,
    done: &'static str,
    act: Act,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let ward = find_ward(replica, &body.ward)?;
        Ok(act(replica, &viewer, &document, &ward, &body.decision)?)
    };
    let view = app.run(work).await?;
    app.intake.notify_one();
    Ok(Json(json!({ "event": done, "custody": view })))
}

/// `POST /api/v1/wards/{ward}/merge`.
#[utoipa::path(post, path = "/api/v1/wards/{ward}/merge", request_body = MergeBody, params(("ward" = String, Path, description = "The ward that gives: id, code or name")), responses((status = 200, description = "All records went to the other ward")))]
pub async fn merge(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(ward): Path<String>,
    Json(body): Json<MergeBody>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let (from, to) = (find_ward(replica, &ward)?, find_ward(replica, &body.to)?);
        Ok(replica.merge_ward(&viewer, &from, &to, &body.decision, body.force)?)
    };
    let moved = app.run(work).await?;
    app.intake.notify_one();
    Ok(Json(moved_json("ward_merged", &moved)))
}

/// `POST /api/v1/wards/{ward}/split`.
#[utoipa::path(post, path = "/api/v1/wards/{ward}/split", request_body = SplitBody, params(("ward" = String, Path, description = "The ward that gives: id, code or name")), responses((status = 200, description = "The records went, all or none")))]
pub async fn split(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(ward): Path<String>,
    Json(body): Json<SplitBody>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let from = find_ward(replica, &ward)?;
        let by = body.read(replica, &viewer, &from)?;
        Ok(replica.split_ward(&viewer, &from, &by, &body.decision)?)
    };
    let moved = app.run(work).await?;
    app.intake.notify_one();
    Ok(Json(moved_json("ward_split", &moved)))
}

/// `GET /api/v1/wards/{ward}/successors`.
#[utoipa::path(get, path = "/api/v1/wards/{ward}/successors", params(("ward" = String, Path, description = "The ward: id, code or name")), responses((status = 200, description = "The units it went to on 1 July 2025, the likeliest first")))]
pub async fn successors_of(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(ward): Path<String>,
) -> Result<Json<Value>, Failure> {
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let known = replica.wards_status(&viewer)?;
        let ward = find_ward(replica, &ward)?;
        let units = successors(&ward).into_iter().map(|(unit, name, whole)| {
            let here = known.iter().any(|status| status.ward == unit);
            json!({ "ward": unit, "name": name, "whole": whole, "here": here })
        });
        let units: Vec<Value> = units.collect();
        Ok(json!({ "event": "successors", "ward": ward, "successors": units }))
    };
    app.run(work).await.map(Json)
}

impl SplitBody {
    fn read(&self, replica: &Replica, viewer: &Viewer, from: &WardId) -> Result<SplitBy, Failure> {
        let named = |ward: Option<&str>| match ward {
            Some(ward) => Ok(find_ward(replica, ward)?),
            None => Err(Failure::from(Refusal::Unreadable("to".to_owned()))),
        };
        match &self.division {
            Some(division) if self.records.is_empty() => {
                Ok(SplitBy::Division(division.clone(), named(self.to.as_deref())?))
            }
            Some(_) => Err(Refusal::Unreadable("records / division".to_owned()).into()),
            None => {
                let mut records = Vec::new();
                for item in &self.records {
                    let to = named(item.to.as_deref().or(self.to.as_deref()))?;
                    records.push((record(replica, viewer, from, &item.record)?, to));
                }
                Ok(SplitBy::Records(records))
            }
        }
    }
}

/// A record by its id, or by the person's number when one record of the ward carries it.
fn record(
    replica: &Replica,
    viewer: &Viewer,
    from: &WardId,
    typed: &str,
) -> Result<DocumentId, Failure> {
    if let Ok(id) = typed.trim().parse() {
        return Ok(id);
    }
    match replica.documents_with_id_no(viewer, from, typed)?.as_slice() {
        [one] => Ok(*one),
        found => {
            let what = format!("{}: {} hồ sơ / records", typed.trim(), found.len());
            Err(Refusal::Unreadable(what).into())
        }
    }
}

fn moved_json(event: &str, moved: &WardMoved) -> Value {
    let to: Vec<Value> = moved
        .to
        .iter()
        .map(|(ward, n)| json!({ "ward": ward.ward, "name": ward.name, "records": n }))
        .collect();
    json!({ "event": event, "from": moved.from, "to": to, "left": moved.left })
}
