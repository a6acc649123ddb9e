//! `/api/v1/report`: the number and quality of leaders and staff, as JSON, text and workbook.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use wardbook_record::PartialDate;
use wardbook_replica::{HubError, Replica, Viewer, WardStatus};
use wardbook_report::{Report, WardSource, leaders_quality};

use super::caller::Caller;
use crate::app::App;
use crate::failure::Failure;

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The day of a report.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct ReportParams {
    /// The day, `YYYY-MM-DD` or as typed in Vietnam; the hub's day when left out.
    pub as_of: String,
}

/// A workbook to download.
pub type Workbook = ([(HeaderName, &'static str); 2], Vec<u8>);

/// `GET /api/v1/report`.
#[utoipa::path(get, path = "/api/v1/report", params(ReportParams), responses((status = 200, description = "Totals, breakdowns and how fresh each ward's figures are")))]
pub async fn json(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<ReportParams>,
) -> Result<Json<Value>, Failure> {
    let lang = viewer.lang;
    let mut answer = app.run(move |replica| make(replica, &viewer, &params)).await?.to_json(lang);
    answer["event"] = "report".into();
    Ok(Json(answer))
}

/// `GET /api/v1/report.txt`.
#[utoipa::path(get, path = "/api/v1/report.txt", params(ReportParams), responses((status = 200, description = "The report as a table of text")))]
pub async fn text(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<ReportParams>,
) -> Result<String, Failure> {
    let lang = viewer.lang;
    Ok(app.run(move |replica| make(replica, &viewer, &params)).await?.to_text(lang))
}

/// `GET /api/v1/report.xlsx`.
#[utoipa::path(get, path = "/api/v1/report.xlsx", params(ReportParams), responses((status = 200, description = "The report as a workbook")))]
pub async fn xlsx(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<ReportParams>,
) -> Result<Workbook, Failure> {
    workbook(&app, viewer, params).await
}

/// The report as a workbook to download.
///
/// # Errors
/// When the data does not answer or the day cannot be read.
pub async fn workbook(
    app: &App,
    viewer: Viewer,
    params: ReportParams,
) -> Result<Workbook, Failure> {
    let bytes = app
        .run(move |replica| -> Result<Vec<u8>, Failure> {
            let lang = viewer.lang;
            Ok(make(replica, &viewer, &params)?.to_xlsx(lang)?)
        })
        .await?;
    let head = [
        (header::CONTENT_TYPE, WORKBOOK),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"bao-cao-chat-luong-can-bo.xlsx\""),
    ];
    Ok((head, bytes))
}

/// The report on a day, with what is known of each ward's freshness.
///
/// # Errors
/// When the data does not answer or the day cannot be read.
pub fn make(replica: &Replica, viewer: &Viewer, params: &ReportParams) -> Result<Report, Failure> {
    let as_of = match params.as_of.trim() {
        "" => replica.as_of()?,
        typed => read_day(typed)?,
    };
    let wards = replica.wards_status(viewer)?.iter().map(source).collect::<BTreeMap<_, _>>();
    let mut report = replica.store().read(|tx| leaders_quality(tx, as_of, &wards))?;
    report.agency = replica.city()?.0;
    Ok(report)
}

/// A ward's figures are as fresh as its last proof; before the first one, as its last call.
fn source(ward: &WardStatus) -> (wardbook_base::WardId, WardSource) {
    let as_of = ward.proven_equal_at.or(ward.last_contact);
    (ward.ward.clone(), WardSource { name: ward.name.clone(), as_of })
}

fn read_day(typed: &str) -> Result<PartialDate, HubError> {
    PartialDate::parse_stored(typed)
        .or_else(|_| PartialDate::parse_typed(typed))
        .ok()
        .filter(|day| day.is_full())
        .ok_or_else(|| HubError::BadDay(typed.to_owned()))
}
