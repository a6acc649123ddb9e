//! Wards, enrolment codes, devices, accounts and backups: what administrators ask.

use std::path::PathBuf;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use wardbook_base::{DeviceId, WardId, to_hex};
use wardbook_record::PartialDate;
use wardbook_record::units::units;
use wardbook_replica::{
    HubError, NewUser, OneTimePassword, Replica, ReplicaError, Role, Scope, Viewer, WardStatus,
};
use wardbook_sync::enrol::EnrolString;

use super::caller::Caller;
use super::status::device_json;
use crate::app::App;
use crate::failure::{Failure, Refusal};
use crate::units::{find_unit, find_ward, shown};

/// Which wards to add: one, or all of a district.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddWards {
    /// The official code, the id or the name of one ward.
    #[serde(default)]
    pub ward: Option<String>,
    /// The code of a district: all its wards on the hub's day.
    #[serde(default)]
    pub district: Option<String>,
}

/// What an enrolment code is wanted for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct EnrolCodeBody {
    /// How many days it works; 7 when left out.
    pub days: Option<u32>,
    /// The address the machine will call; the hub's own when left out.
    pub address: Option<String>,
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewUserBody {
    /// What the person types to sign in.
    login: String,
    /// The person's name.
    name: String,
    /// `officer`, `leader` or `admin`.
    role: String,
}

/// Where a backup is written, on the hub's machine.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BackupBody {
    /// A file that does not exist yet.
    #[schema(value_type = String)]
    file: PathBuf,
}

/// `POST /api/v1/wards`.
#[utoipa::path(post, path = "/api/v1/wards", request_body = AddWards, responses((status = 201, description = "The wards, each marked as new or not")))]
pub async fn add_wards(
    State(app): State<App>,
    Caller(viewer): Caller,
    Json(body): Json<AddWards>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let wards = app.run(move |replica| add(replica, &viewer, &body)).await?;
    let added = wards.iter().filter(|ward| ward["created"] == true).count();
    Ok((
        StatusCode::CREATED,
        Json(json!({ "event": "wards_added", "added": added, "wards": wards })),
    ))
}

/// `POST /api/v1/wards/{ward}/enrol-codes`.
#[utoipa::path(post, path = "/api/v1/wards/{ward}/enrol-codes", request_body = EnrolCodeBody, params(("ward" = String, Path, description = "The ward's id, code or name")), responses((status = 201, description = "The code; shown this once")))]
pub async fn enrol_code(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(ward): Path<String>,
    Json(body): Json<EnrolCodeBody>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let code = app.run(move |replica| new_enrol_code(replica, &viewer, &ward, &body)).await?;
    Ok((StatusCode::CREATED, Json(code)))
}

/// Which devices to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct DeviceParams {
    /// Only of this ward: id, code or name.
    ward: Option<String>,
}

/// `GET /api/v1/devices`.
#[utoipa::path(get, path = "/api/v1/devices", params(DeviceParams), responses((status = 200, description = "Every device of every ward")))]
pub async fn devices(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<DeviceParams>,
) -> Result<Json<Value>, Failure> {
    let lang = viewer.lang;
    let wards = app.run(move |replica| wards_asked(replica, &viewer, params.ward)).await?;
    let devices: Vec<Value> =
        wards.iter().flat_map(|ward| &ward.devices).map(|d| device_json(d, lang)).collect();
    Ok(Json(json!({ "event": "devices", "devices": devices })))
}

/// `POST /api/v1/devices/{id}/revoke`.
#[utoipa::path(post, path = "/api/v1/devices/{id}/revoke", params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Revoked")))]
pub async fn revoke(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let device: DeviceId = id.parse().map_err(|_| HubError::UnknownDevice)?;
    app.run(move |replica| replica.revoke_device(&viewer, &device)).await?;
    Ok(Json(json!({ "event": "device_revoked", "device": device })))
}

/// `GET /api/v1/users`.
#[utoipa::path(get, path = "/api/v1/users", responses((status = 200, description = "Every account")))]
pub async fn users(State(app): State<App>, Caller(viewer): Caller) -> Result<Json<Value>, Failure> {
    let users = app.run(move |replica| replica.users(&viewer)).await?;
    let line = |user: &wardbook_replica::UserView| {
        json!({ "login": user.login, "name": user.name, "role": user.role, "disabled": user.disabled,
                "must_change_password": user.must_change_password })
    };
    Ok(Json(json!({ "event": "users", "users": users.iter().map(line).collect::<Vec<_>>() })))
}

/// `POST /api/v1/users`.
#[utoipa::path(post, path = "/api/v1/users", request_body = NewUserBody, responses((status = 201, description = "The one-time password; shown this once")))]
pub async fn add_user(
    State(app): State<App>,
    Caller(viewer): Caller,
    Json(body): Json<NewUserBody>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let role = staff_role(&body.role)?;
    let user = NewUser { login: body.login, name: body.name, role };
    let made =
        app.run(move |replica| replica.create_user(&viewer, &user, &Scope::default())).await?;
    Ok((StatusCode::CREATED, Json(one_time_password(&made, role))))
}

/// `POST /api/v1/backup`.
#[utoipa::path(post, path = "/api/v1/backup", request_body = BackupBody, responses((status = 200, description = "Written")))]
pub async fn backup(
    State(app): State<App>,
    Caller(viewer): Caller,
    Json(body): Json<BackupBody>,
) -> Result<Json<Value>, Failure> {
    let done = app.run(move |replica| write_backup(replica, &viewer, &body.file)).await?;
    Ok(Json(done))
}

fn wards_asked(
    replica: &Replica,
    viewer: &Viewer,
    ward: Option<String>,
) -> Result<Vec<WardStatus>, Failure> {
    match ward {
        Some(typed) => Ok(vec![replica.ward_status(viewer, &find_ward(replica, &typed)?)?]),
        None => Ok(replica.wards_status(viewer)?),
    }
}

/// Adds one ward or a whole district; a ward that is there already is no error.
///
/// # Errors
/// When a unit is not known or not valid on the hub's day.
pub fn add(replica: &Replica, viewer: &Viewer, body: &AddWards) -> Result<Vec<Value>, Failure> {
    let as_of = replica.as_of()?;
    let ids = match (&body.ward, &body.district) {
        (Some(ward), None) => vec![find_unit(ward, as_of)?],
        (None, Some(district)) => wards_of_district(district, as_of)?,
        _ => return Err(Refusal::Unreadable("ward / district".to_owned()).into()),
    };
    ids.iter().map(|ward| add_one(replica, viewer, ward)).collect()
}

/// A new enrolment code, with the string that carries address and key.
///
/// # Errors
/// When the ward is not known, or the hub has no address yet and none is given.
pub fn new_enrol_code(
    replica: &Replica,
    viewer: &Viewer,
    ward: &str,
    body: &EnrolCodeBody,
) -> Result<Value, Failure> {
    let ward = find_ward(replica, ward)?;
    let code = replica.new_enrol_code(viewer, &ward, body.days)?;
    let mut string: EnrolString =
        code.text.parse().map_err(|_| ReplicaError::Setting("hub_address"))?;
    if let Some(address) = &body.address {
        address.trim_end_matches('/').clone_into(&mut string.url);
    }
    Ok(json!({
        "event": "enrol_code",
        "ward": ward,
        "ward_name": replica.ward_names()?.get(&ward),
        "code": code.code,
        "string": string.to_string(),
        "fingerprint": fingerprint(&string),
        "expires": code.expires_at,
        "address": string.url,
    }))
}

/// The role of an account at the hub.
///
/// # Errors
/// When the word is none of them.
pub fn staff_role(word: &str) -> Result<Role, Refusal> {
    Role::parse(word)
        .filter(|role| *role != Role::Clerk)
        .ok_or_else(|| Refusal::Unreadable(format!("role {word:?}")))
}

/// The first half of the pinned key's hash in groups of four, to be read out and compared; empty for
/// plain HTTP on this machine.
fn fingerprint(string: &EnrolString) -> String {
    let Some(pin) = string.tls_pin else { return String::new() };
    let groups: Vec<String> = pin[..16].chunks(2).map(to_hex).collect();
    groups.join(" ")
}

fn one_time_password(made: &OneTimePassword, role: Role) -> Value {
    json!({ "event": "user_added", "login": made.login, "role": role, "password": made.password.0 })
}

fn add_one(replica: &Replica, viewer: &Viewer, ward: &WardId) -> Result<Value, Failure> {
    let (name, created) = match replica.add_ward(viewer, ward) {
        Ok(name) => (name, true),
        Err(HubError::WardExists(_)) => {
            (replica.ward_names()?.remove(ward).unwrap_or_default(), false)
        }
        Err(error) => return Err(error.into()),
    };
    let code = ward.as_str().split('.').next().unwrap_or_default();
    Ok(json!({ "ward": ward, "code": code, "name": name, "created": created }))
}

fn wards_of_district(district: &str, as_of: PartialDate) -> Result<Vec<WardId>, Failure> {
    let ids: Vec<WardId> = units()
        .in_district_on(district, as_of)
        .into_iter()
        .filter_map(|unit| unit.id.as_str().parse().ok())
        .collect();
    if ids.is_empty() { Err(HubError::UnknownUnit(shown(district)).into()) } else { Ok(ids) }
}

fn write_backup(
    replica: &Replica,
    viewer: &Viewer,
    file: &std::path::Path,
) -> Result<Value, Failure> {
    if !viewer.role.may_administer() {
        return Err(ReplicaError::NotAllowed.into());
    }
    if file.exists()
        || file.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !dir.is_dir())
    {
        return Err(Refusal::File(file.display().to_string()).into());
    }
    let report = replica.backup(file)?;
    Ok(json!({
        "event": "backup",
        "file": file.display().to_string(),
        "keys": report.keys.display().to_string(),
        "bytes": report.bytes,
        "documents": report.documents,
    }))
}
