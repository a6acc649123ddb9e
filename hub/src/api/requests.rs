//! `/api/v1/requests`: what wards ask the city for, and the answer.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wardbook_base::RowId;
use wardbook_record::{Lang, Scalar, schema, show};
use wardbook_replica::{MoveAnswer, MoveQuestion, Replica};

use super::caller::Caller;
use super::people::read_document;
use super::watch::WatchParams;
use crate::app::App;
use crate::failure::{Failure, Refusal};
use crate::units::find_ward;

/// An officer's answer.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AnswerBody {
    /// Yes or no.
    agree: bool,
    /// Why; a no needs it.
    #[serde(default)]
    reason: String,
    /// Another receiving ward than the one asked for: id, code or name.
    #[serde(default)]
    to: Option<String>,
}

/// `GET /api/v1/requests`.
#[utoipa::path(get, path = "/api/v1/requests", params(WatchParams), responses((status = 200, description = "Requests that wait, the longest waiting first, with whom they mean and what stands in the way")))]
pub async fn list(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<WatchParams>,
) -> Result<Json<Value>, Failure> {
    let lang = viewer.lang;
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let ward = params.ward(replica)?;
        Ok(replica.move_questions(&viewer, ward.as_ref())?)
    };
    let found = app.run(work).await?;
    let requests: Vec<Value> = found.iter().map(|one| question(one, lang)).collect();
    Ok(Json(json!({ "event": "requests", "requests": requests })))
}

/// `POST /api/v1/requests/{id}/{row}`.
#[utoipa::path(post, path = "/api/v1/requests/{id}/{row}", request_body = AnswerBody, params(("id" = String, Path, description = "The record that asks"), ("row" = String, Path, description = "Its row")), responses((status = 200, description = "Answered; with a yes the record moved"), (status = 409, description = "It does not wait any more, or a yes is not possible")))]
pub async fn answer(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path((id, row)): Path<(String, String)>,
    Json(body): Json<AnswerBody>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let row: RowId = row.parse().map_err(|_| Refusal::NotFound)?;
    let agreed = body.agree;
    let work = move |replica: &Replica| -> Result<_, Failure> {
        let answer = body.read(replica)?;
        Ok(replica.answer_move(&viewer, &document, &row, &answer)?)
    };
    app.run(work).await?;
    app.intake.notify_one();
    Ok(Json(json!({ "event": "answered", "document": document, "agreed": agreed })))
}

impl AnswerBody {
    fn read(self, replica: &Replica) -> Result<MoveAnswer, Failure> {
        let named = self.to.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let to = named.map(|name| find_ward(replica, name)).transpose()?;
        Ok(MoveAnswer { agreed: self.agree, words: self.reason, to })
    }
}

fn question(one: &MoveQuestion, lang: Lang) -> Value {
    let asked = &one.asked;
    let kind = schema().column("movements", "kind");
    let kind = kind.map(|column| show(column, &Scalar::from(asked.request.kind.as_str()), lang));
    json!({
        "document": asked.document,
        "row": asked.request.row,
        "act": asked.act(),
        "kind": kind,
        "full_name": asked.full_name,
        "title": asked.title,
        "person_id_no": asked.person_id_no,
        "birth_date": asked.birth_date,
        "ward": asked.ward,
        "ward_name": one.ward_name,
        "request": asked.request,
        "found": one.found,
        "bar": one.bar.as_ref().map(|bar| json!({ "code": bar.code(), "text": bar.sentence(lang) })),
    })
}
