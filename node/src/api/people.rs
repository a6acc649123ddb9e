//! Records: the list, one record, new ones, edits.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path as UrlPath, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use wardbook_base::ChangeHash;
use wardbook_record::{Lang, Level, PartialDate, Person, Problem, RETIRED, Scalar};
use wardbook_replica::{EditCommand, EditError, HistoryView, PersonView, Replica, Saved};
use wardbook_store::PersonRow;

use super::edits::{EditBody, document_of, heads_of, to_edits};
use super::list_query::ListQuery;
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// A page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PeopleList {
    /// How many there are on all pages.
    total: u64,
    /// The people on this one.
    people: Vec<PersonLine>,
}

/// One person of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonLine {
    id: String,
    full_name: String,
    birth_date: Option<String>,
    sex: Option<String>,
    person_id_no: Option<String>,
    title: Option<String>,
    is_leader: bool,
    work_status: Option<String>,
    ward: String,
    missing: u32,
    errors: u32,
}

/// One record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonBody {
    id: String,
    full_name: String,
    /// The heads of the state that was read: send them back with an edit.
    heads: Vec<String>,
    /// Every value by its path; codes of a set as `true`.
    #[schema(value_type = Object)]
    values: BTreeMap<String, Scalar>,
    /// What is wrong.
    problems: Vec<ProblemBody>,
    /// The fields with several values.
    conflicts: Vec<String>,
    ward: String,
    ward_name: String,
    editable: bool,
    /// Who keeps it, when that is another ward: here it is only to read.
    keeper: Option<KeeperBody>,
    /// Local changes that have not reached the hub.
    unsent: u64,
}

/// The ward that keeps a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeeperBody {
    ward: String,
    ward_name: String,
    /// The decision behind it; empty when it is not known here.
    decision: String,
}

/// What is wrong with a value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    path: String,
    label: String,
    value: String,
    level: &'static str,
    code: &'static str,
    reason: String,
    remedy: String,
}

/// A new record.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CreateBody {
    edits: Vec<EditBody>,
}

/// An edit, and the state it was made from.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PatchBody {
    /// Empty: the present state, without a check for the edits of others.
    #[serde(default)]
    base_heads: Vec<String>,
    edits: Vec<EditBody>,
}

/// Why a record is taken out of use; empty brings it back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RetireBody {
    reason: String,
}

/// What a save did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedBody {
    id: String,
    heads: Vec<String>,
    changed: bool,
    problems: Vec<ProblemBody>,
}

/// People who fit a query.
#[utoipa::path(get, path = "/api/v1/people", params(
        ("q" = Option<String>, Query), ("status" = Option<String>, Query),
        ("sex" = Option<String>, Query), ("leader" = Option<String>, Query),
        ("conflict" = Option<String>, Query), ("missing" = Option<String>, Query),
        ("errors" = Option<String>, Query), ("retired" = Option<String>, Query),
        ("elsewhere" = Option<String>, Query), ("unsent" = Option<String>, Query),
        ("org_unit" = Option<String>, Query), ("title" = Option<String>, Query),
        ("rank" = Option<String>, Query), ("qualification" = Option<String>, Query),
        ("political_theory" = Option<String>, Query), ("party" = Option<String>, Query),
        ("age_from" = Option<String>, Query), ("age_to" = Option<String>, Query),
        ("working" = Option<String>, Query),
        ("sort" = Option<String>, Query), ("offset" = Option<u64>, Query),
        ("limit" = Option<u64>, Query)),
    responses((status = 200, body = PeopleList)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Query(query): Query<ListQuery>,
) -> Result<Json<PeopleList>, Refusal> {
    let (elsewhere, query) = (query.is_elsewhere(), query.to_people_query(&app));
    let found =
        app.replica().run(move |replica| ListQuery::people(elsewhere, replica, &viewer, &query));
    let page = found.await??;
    let people = page.rows.iter().map(line).collect();
    Ok(Json(PeopleList { total: page.total, people }))
}

/// One record.
#[utoipa::path(get, path = "/api/v1/people/{id}", responses((status = 200, body = PersonBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
) -> Result<Json<PersonBody>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let view = app.replica().run(move |replica| replica.person(&viewer, &document)).await??;
    Ok(Json(body(view.ok_or(EditError::NotFound)?, lang)))
}

/// A new record.
#[utoipa::path(post, path = "/api/v1/people", request_body = CreateBody,
    responses((status = 201, body = SavedBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Json(wanted): Json<CreateBody>,
) -> Result<(StatusCode, Json<SavedBody>), Refusal> {
    let edits = to_edits(&app, wanted.edits)?;
    let lang = viewer.lang;
    let saved = app.replica().run(move |replica| replica.create_person(&viewer, edits)).await??;
    app.edited();
    Ok((StatusCode::CREATED, Json(saved_body(&saved, lang))))
}

/// Edits of a record. 409 with the fields when somebody else changed what this edit touches.
#[utoipa::path(patch, path = "/api/v1/people/{id}", request_body = PatchBody, responses(
    (status = 200, body = SavedBody), (status = 409, body = super::problem::Problem)))]
pub(crate) async fn edit(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
    Json(wanted): Json<PatchBody>,
) -> Result<Json<SavedBody>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let base_heads = heads_of(&wanted.base_heads)?;
    let command = EditCommand { base_heads, edits: to_edits(&app, wanted.edits)? };
    let saved =
        app.replica().run(move |replica| replica.edit_person(&viewer, &document, command)).await?;
    // A stale edit, too, has saved the fields that nobody else touched.
    app.edited();
    Ok(Json(saved_body(&saved.map_err(stale_with_fields)?, lang)))
}

/// Takes a mistaken record out of use.
#[utoipa::path(post, path = "/api/v1/people/{id}/retire", request_body = RetireBody,
    responses((status = 200, body = SavedBody)))]
pub(crate) async fn retire(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
    Json(RetireBody { reason }): Json<RetireBody>,
) -> Result<Json<SavedBody>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let saved = app
        .replica()
        .run(move |replica| replica.retire_person(&viewer, &document, &reason))
        .await??;
    app.edited();
    Ok(Json(saved_body(&saved, lang)))
}

/// The changes of a record, newest first.
#[utoipa::path(get, path = "/api/v1/people/{id}/history", responses((status = 200, body = Object)))]
pub(crate) async fn history(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
) -> Result<Json<Value>, Refusal> {
    let document = document_of(&id)?;
    let entries = app.replica().run(move |replica| replica.history(&viewer, &document)).await??;
    Ok(Json(json!({ "history": entries.iter().map(history_entry).collect::<Vec<_>>() })))
}

/// The answer of a save.
pub(crate) fn saved_body(saved: &Saved, lang: Lang) -> SavedBody {
    SavedBody {
        id: saved.document.to_string(),
        heads: texts(&saved.heads),
        changed: saved.changed,
        problems: saved.problems.iter().map(|problem| problem_body(problem, lang)).collect(),
    }
}

/// A stale edit names its fields.
pub(crate) fn stale_with_fields(error: EditError) -> Refusal {
    let more = if let EditError::Stale(view) = &error {
        let fields: Vec<Value> = view
            .fields
            .iter()
            .map(|f| json!({ "path": f.path, "base": f.base, "theirs": f.theirs, "mine": f.mine }))
            .collect();
        Map::from_iter([
            ("fields".to_owned(), json!(fields)),
            ("heads".to_owned(), json!(texts(&view.heads))),
        ])
    } else {
        Map::new()
    };
    Refusal::from(error).with(more)
}

fn line(row: &PersonRow) -> PersonLine {
    let facts = &row.facts;
    PersonLine {
        id: row.document.to_string(),
        full_name: facts.full_name.clone(),
        birth_date: facts.birth_date.map(|date| date.to_string()),
        sex: facts.sex.clone(),
        person_id_no: facts.person_id_no.clone(),
        title: facts.title_label.clone(),
        is_leader: facts.is_leader,
        work_status: facts.work_status.clone(),
        ward: row.ward.to_string(),
        missing: facts.missing_required,
        errors: facts.errors,
    }
}

fn body(view: PersonView, lang: Lang) -> PersonBody {
    let conflicts = view.conflicts.iter().flat_map(|card| &card.fields);
    PersonBody {
        id: view.person.id.to_string(),
        full_name: view.facts.full_name.clone(),
        heads: texts(&view.heads),
        problems: view.problems.iter().map(|problem| problem_body(problem, lang)).collect(),
        conflicts: conflicts.map(|field| field.path.to_string()).collect(),
        ward: view.ward.to_string(),
        ward_name: view.ward_name,
        editable: view.editable,
        keeper: view.keeper.map(|keeper| KeeperBody {
            ward: keeper.ward.to_string(),
            ward_name: keeper.ward_name,
            decision: keeper.decision,
        }),
        unsent: view.unsent,
        values: values_of(&view.person),
    }
}

/// Every value by its path; cells of retired rows only as their reason.
fn values_of(person: &Person) -> BTreeMap<String, Scalar> {
    let mut all = person.values.clone();
    for (field, codes) in &person.codes {
        all.extend(codes.iter().map(|code| (format!("{field}/{code}"), Scalar::Bool(true))));
    }
    for (table, rows) in &person.tables {
        for (id, row) in rows {
            let retired = row.retired().is_some();
            let cells = row.cells.iter().filter(|(column, _)| !retired || *column == RETIRED);
            all.extend(
                cells.map(|(column, value)| (format!("{table}/{id}/{column}"), value.clone())),
            );
        }
    }
    all
}

fn problem_body(problem: &Problem, lang: Lang) -> ProblemBody {
    ProblemBody {
        path: problem.path.to_string(),
        label: problem.label(lang),
        value: problem.value.clone(),
        level: if problem.level == Level::Error { "error" } else { "warning" },
        code: problem.code,
        reason: problem.reason(lang),
        remedy: problem.remedy(lang),
    }
}

fn history_entry(entry: &HistoryView) -> Value {
    let edits: Vec<Value> = entry
        .edits
        .iter()
        .map(|edit| json!({ "path": edit.path, "label": edit.label, "old": edit.old, "new": edit.new }))
        .collect();
    json!({
        "hash": entry.hash,
        "who": entry.author.user_name,
        "device": entry.author.device_name,
        "ward": entry.author.ward_name,
        "at": entry.author.at,
        "received_at": entry.author.received_at,
        "purpose": entry.purpose_label,
        "edits": edits,
    })
}

fn texts(hashes: &[ChangeHash]) -> Vec<String> {
    hashes.iter().map(ToString::to_string).collect()
}

/// The present day's rules for values, for handlers that read forms.
pub(crate) async fn as_of(replica: &Replica) -> Result<PartialDate, Refusal> {
    Ok(replica.run(Replica::as_of).await??)
}
