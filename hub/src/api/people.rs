//! `/api/v1/people`: the same requests and answers as at a ward's node, over all wards.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;
use wardbook_base::{DocumentId, SystemDice, WardId};
use wardbook_record::{Edit, Lang, Person, RowIds, Scalar};
use wardbook_replica::{EditCommand, HistoryEdit, HistoryView, PersonView, Replica};
use wardbook_store::{PeopleFilter, PeoplePage, PeopleQuery, PersonRow, Sort};

use super::caller::Caller;
use super::conflicts::card_fields;
use super::edits::EditBody;
use super::tell::problem;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// Which people to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct PeopleParams {
    /// Words of a name (with or without diacritics), initials, a person id or a telephone number.
    pub q: String,
    /// Only this ward, such as `25888.1`.
    pub ward: String,
    /// `conflicts`, `errors`, `incomplete`, `leaders` or `retired`.
    pub status: String,
    /// `name` (default), `ward`, `birth_date` or `newest`.
    pub sort: String,
    /// How many to skip.
    pub offset: u64,
    /// How many to return at most; 50 when left out, 1,000 at most.
    pub limit: Option<u64>,
}

/// One page of people.
#[derive(Debug, Serialize)]
pub struct PeopleAnswer {
    total: u64,
    people: Vec<Value>,
}

/// `GET /api/v1/people`.
#[utoipa::path(get, path = "/api/v1/people", params(PeopleParams), responses((status = 200, description = "One page of people")))]
pub async fn list(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(params): Query<PeopleParams>,
) -> Result<Json<PeopleAnswer>, Failure> {
    let query = params.query()?;
    let page = app.run(move |replica| replica.people(&viewer, &query)).await?;
    Ok(Json(answer(&page)))
}

/// `GET /api/v1/people/{id}`.
#[utoipa::path(get, path = "/api/v1/people/{id}", params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "The record with heads, problems and conflicts")))]
pub async fn one(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (lang, document) = (viewer.lang, read_document(&id)?);
    let found = app.run(move |replica| replica.person(&viewer, &document)).await?;
    let view = found.ok_or(Refusal::NotFound)?;
    Ok(Json(record(&view, lang)))
}

/// `GET /api/v1/people/{id}/history`.
#[utoipa::path(get, path = "/api/v1/people/{id}/history", params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "The changes of the record, newest first")))]
pub async fn history(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let changes = app.run(move |replica| replica.history(&viewer, &document)).await?;
    Ok(Json(json!({ "history": changes.iter().map(change).collect::<Vec<_>>() })))
}

/// `PATCH /api/v1/people/{id}`.
#[utoipa::path(patch, path = "/api/v1/people/{id}", request_body = EditBody, params(("id" = String, Path, description = "32 hexadecimal digits")), responses((status = 200, description = "Saved"), (status = 409, description = "Somebody changed the same fields: base, theirs and mine of each")))]
pub async fn edit(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
    Json(body): Json<EditBody>,
) -> Result<Json<Value>, Failure> {
    let document = read_document(&id)?;
    let saved = app
        .run(move |replica| {
            let command = command(replica, body)?;
            replica.edit_person(&viewer, &document, command).map_err(Failure::from)
        })
        .await?;
    Ok(Json(json!({ "id": saved.document, "heads": saved.heads, "changed": saved.changed })))
}

impl PeopleParams {
    /// The query that these parameters mean.
    ///
    /// # Errors
    /// When the ward is no id.
    pub fn query(&self) -> Result<PeopleQuery, Refusal> {
        let ward = |text: &str| {
            text.parse::<WardId>().map_err(|_| Refusal::Unreadable(format!("ward {text:?}")))
        };
        let wards = if self.ward.is_empty() { vec![] } else { vec![ward(&self.ward)?] };
        let wish = |word: &str| (self.status == word).then_some(true);
        Ok(PeopleQuery {
            search: self.q.clone(),
            filter: PeopleFilter {
                wards,
                has_conflicts: wish("conflicts"),
                has_errors: wish("errors"),
                is_incomplete: wish("incomplete"),
                is_leader: wish("leaders"),
                only_retired: self.status == "retired",
                ..PeopleFilter::default()
            },
            sort: match self.sort.as_str() {
                "ward" => Sort::WardThenName,
                "birth_date" => Sort::BirthDate,
                "newest" => Sort::NewestChange,
                _ => Sort::Name,
            },
            offset: self.offset,
            limit: self.limit.unwrap_or(50).min(1000),
        })
    }
}

/// A document's id from an address.
///
/// # Errors
/// "Not found": no record has such an id.
pub fn read_document(id: &str) -> Result<DocumentId, Refusal> {
    id.parse().map_err(|_| Refusal::NotFound)
}

fn command(replica: &Replica, body: EditBody) -> Result<EditCommand, Refusal> {
    let mut rows = RowIds::new(replica.now(), &SystemDice);
    let edits: Result<Vec<Edit>, _> =
        body.edits.into_iter().map(|item| item.read(&mut rows)).collect();
    Ok(EditCommand { base_heads: body.base_heads, edits: edits? })
}

fn answer(page: &PeoplePage) -> PeopleAnswer {
    PeopleAnswer { total: page.total, people: page.rows.iter().map(line).collect() }
}

fn line(row: &PersonRow) -> Value {
    let facts = &row.facts;
    json!({
        "id": row.document,
        "ward": row.ward,
        "full_name": facts.full_name,
        "birth_date": facts.birth_date,
        "sex": facts.sex,
        "title": facts.title_label,
        "person_id_no": facts.person_id_no,
        "is_leader": facts.is_leader,
        "qualification": facts.qualification.as_ref().map(|grade| &grade.code),
        "political_theory": facts.political_theory.as_ref().map(|grade| &grade.code),
        "errors": facts.errors,
        "warnings": facts.warnings,
        "missing_required": facts.missing_required,
        "retired": facts.retired,
        "updated_at": row.updated_at,
    })
}

fn record(view: &PersonView, lang: Lang) -> Value {
    json!({
        "id": view.person.id,
        "ward": view.ward,
        "ward_name": view.ward_name,
        "heads": view.heads,
        "values": values(&view.person),
        "problems": view.problems.iter().map(|p| problem(p, lang)).collect::<Vec<_>>(),
        "conflicts": view.conflicts.as_ref().map_or_else(Vec::new, card_fields),
    })
}

/// One change, as a ward's node gives it.
fn change(change: &HistoryView) -> Value {
    let edit = |edit: &HistoryEdit| json!({ "path": edit.path, "label": edit.label, "old": edit.old, "new": edit.new });
    json!({
        "hash": change.hash,
        "who": change.author.user_name,
        "device": change.author.device_name,
        "ward": change.author.ward_name,
        "at": change.author.at,
        "received_at": change.author.received_at,
        "purpose": change.purpose_label,
        "edits": change.edits.iter().map(edit).collect::<Vec<_>>(),
    })
}

/// Every value by its path, the rows' cells included.
fn values(person: &Person) -> serde_json::Map<String, Value> {
    let scalar = |value: &Scalar| serde_json::to_value(value).unwrap_or(Value::Null);
    let single = person.values.iter().map(|(key, value)| (key.clone(), scalar(value)));
    let codes = person.codes.iter().flat_map(|(field, codes)| {
        codes.iter().map(move |code| (format!("{field}/{code}"), Value::Bool(true)))
    });
    let cells = person.tables.iter().flat_map(|(table, rows)| {
        rows.iter().flat_map(move |(id, row)| {
            row.cells.iter().map(move |(column, v)| (format!("{table}/{id}/{column}"), scalar(v)))
        })
    });
    single.chain(codes).chain(cells).collect()
}
