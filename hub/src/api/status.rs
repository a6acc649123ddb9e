//! `/api/v1/status` and `/api/v1/wards`: how every ward stands, as JSON.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use wardbook_base::WardId;
use wardbook_record::Lang;
use wardbook_replica::{DeviceView, Replica, ReplicaError, Viewer, WardStatus};
use wardbook_sync::ports::WardFeed;

use super::caller::Caller;
use crate::app::{App, version};
use crate::failure::{Failure, Refusal};

/// `GET /api/v1/health`: whether the server runs. Needs no rights and tells nothing.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, description = "The server runs")))]
pub async fn health() -> Json<Value> {
    Json(json!({ "ok": true, "version": version() }))
}

/// `GET /api/v1/status`.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, description = "The hub and every ward")))]
pub async fn status(
    State(app): State<App>,
    Caller(viewer): Caller,
) -> Result<Json<Value>, Failure> {
    app.run(move |replica| hub_status(replica, &viewer)).await.map(Json)
}

/// `GET /api/v1/wards`.
#[utoipa::path(get, path = "/api/v1/wards", responses((status = 200, description = "Every ward with its devices")))]
pub async fn wards(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    let wards = app.run(move |replica| wards_json(replica, &viewer)).await?;
    Ok(Json(json!({ "event": "wards", "wards": wards })))
}

/// `GET /api/v1/wards/{ward}`.
#[utoipa::path(get, path = "/api/v1/wards/{ward}", params(("ward" = String, Path, description = "The ward's id, such as 25888.1")), responses((status = 200, description = "One ward with its devices")))]
pub async fn ward(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(ward): Path<String>,
) -> Result<Json<Value>, Failure> {
    let ward: WardId = ward.parse().map_err(|_| Refusal::NotFound)?;
    let found = app
        .run(move |replica| -> Result<Value, Failure> {
            let status = replica.ward_status(&viewer, &ward)?;
            ward_json(replica, &status, viewer.lang)
        })
        .await?;
    Ok(Json(found))
}

fn hub_status(replica: &Replica, viewer: &Viewer) -> Result<Value, Failure> {
    let (name, units_as_of) = replica.city()?;
    let wards = replica.wards_status(viewer)?;
    let people: u64 = wards.iter().map(|ward| ward.people).sum();
    let conflicts: u64 = wards.iter().map(|ward| ward.conflicts).sum();
    let wards: Result<Vec<Value>, Failure> =
        wards.iter().map(|ward| ward_json(replica, ward, viewer.lang)).collect();
    Ok(json!({
        "event": "status",
        "hub": replica.store().read(|tx| Ok::<_, ReplicaError>(tx.hub()?.0))?,
        "name": name,
        "units_as_of": units_as_of,
        "version": version(),
        "people": people,
        "conflicts": conflicts,
        "projection_lag": replica.lag()?.documents,
        "documents_loaded": replica.store().counters().documents_loaded,
        "wards": wards?,
    }))
}

fn wards_json(replica: &Replica, viewer: &Viewer) -> Result<Vec<Value>, Failure> {
    let wards = replica.wards_status(viewer)?;
    wards.iter().map(|ward| ward_json(replica, ward, viewer.lang)).collect()
}

/// One ward as JSON; its feed's head is read beside it.
pub(super) fn ward_json(
    replica: &Replica,
    ward: &WardStatus,
    lang: Lang,
) -> Result<Value, Failure> {
    let feed: Option<WardFeed> =
        replica.store().read(|tx| Ok::<_, ReplicaError>(tx.ward_feed(&ward.ward)?))?;
    let digest = feed.as_ref().map(
        |feed| json!({ "count": feed.digest.n, "sum": wardbook_base::to_hex(&feed.digest.sum) }),
    );
    let position = feed.as_ref().map(|feed| feed.position);
    Ok(json!({
        "ward": ward.ward,
        "code": ward.code,
        "name": ward.name,
        "state": ward.state,
        "words": ward.state.label(lang),
        "people": ward.people,
        "conflicts": ward.conflicts,
        "late_edits": ward.late_edits,
        "digest": digest,
        "feed": position,
        "feed_seq": position.map_or(0, |position| position.seq.0),
        "last_contact": ward.last_contact,
        "last_proven": ward.proven_equal_at,
        "proven_newest": ward.equal_now,
        "waiting_up": ward.waiting_up,
        "waiting_down": ward.waiting_down,
        "devices": ward.devices.iter().map(|device| device_json(device, lang)).collect::<Vec<_>>(),
    }))
}

/// One device as JSON.
pub(super) fn device_json(device: &DeviceView, lang: Lang) -> Value {
    let said = &device.reported;
    json!({
        "device": device.device,
        "ward": device.ward,
        "ward_name": device.ward_name,
        "name": device.name,
        "app": device.app,
        "state": device.state,
        "words": device.state.label(lang),
        "enrolled_at": device.enrolled_at,
        "revoked": device.revoked_at.is_some(),
        "revoked_at": device.revoked_at,
        "last_contact": device.last_contact,
        "last_proven": device.proven_equal_at,
        "proven_newest": device.equal_now,
        "waiting_up": said.pending,
        "waiting_down": device.waiting_down,
        "quarantined": said.quarantined,
        "clock_skew_ms": device.clock_skew_ms,
        "disk_free": Some(said.free_bytes).filter(|bytes| *bytes > 0),
        "mismatches": device.mismatches,
        "parked": device.parked,
        "parked_since": device.parked_since,
        "two_places_since": device.two_places_since,
        "reconciling": device.reconciling,
        "incarnations": device.incarnations,
        "last_error": Some(&said.last_error).filter(|code| !code.is_empty()),
    })
}
