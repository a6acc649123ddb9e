//! Personnel actions for programs: the same engine, checks and undo as the pages.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use wardbook_record::Lang;
use wardbook_record::events::{Event, Fault, Input, Line, MoveAct, events};
use wardbook_record::rules::Finding;
use wardbook_replica::Replica;

use super::edits::{document_of, heads_of};
use super::events::{ActionBody, ActionInput};
use super::people::{SavedBody, saved_body};
use crate::app::App;
use crate::pages::events::ask::{Asked, Checked, NotSaved, action_of, is_on};
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// A personnel action.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EventBody {
    /// The boxes as one would type them; those that are not given hold what the form begins with.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// Why it is entered in spite of warnings.
    #[serde(default)]
    reason: String,
    /// The state it was made from; empty: the present one.
    #[serde(default)]
    base_heads: Vec<String>,
    /// Only what would be written and what the rules say.
    #[serde(default)]
    only_check: bool,
}

/// What an action wrote, or would write.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventAnswer {
    /// The change, to undo it by; absent when it was only checked.
    change: Option<String>,
    /// What the save did.
    saved: Option<SavedBody>,
    /// Before and after, line by line.
    lines: Vec<LineBody>,
    /// What the rules say.
    findings: Vec<FindingBody>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineBody {
    label: String,
    row: String,
    before: String,
    after: String,
}

/// What a rule says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingBody {
    rule: String,
    effect: String,
    sentence: String,
    basis: String,
}

/// The change to take back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UndoBody {
    change: String,
}

/// Checks an action and saves it as one change, or nothing of it. 422 names each box; 409 when the
/// record changed meanwhile.
#[utoipa::path(post, path = "/api/v1/people/{id}/events/{key}", request_body = EventBody,
    responses((status = 200, body = EventAnswer), (status = 409, body = super::problem::Problem),
        (status = 422, body = super::problem::Problem)))]
pub(crate) async fn post(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath((id, key)): UrlPath<(String, String)>,
    Json(body): Json<EventBody>,
) -> Result<Json<EventAnswer>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let heads = heads_of(&body.base_heads)?;
    let work = move |replica: &Replica| {
        let event = action_of(&key, replica.as_of()?)?;
        let asked = Asked::read(replica, &viewer, &document, event)?;
        let checked = asked.check(replica, &body.inputs, &body.reason);
        let checked = checked.map_err(|faults| wrong_boxes(event, &faults, lang))?;
        let mut answer = answer(&asked, &checked, lang);
        if !body.only_check {
            let typed = (&body.inputs, body.reason.as_str());
            let done = asked.save(replica, &viewer, typed, &heads);
            let done = done.map_err(|error| not_saved(event, error, lang))?;
            answer.change = Some(done.change.to_string());
            answer.saved = Some(saved_body(&done.saved, lang));
        }
        Ok::<_, Refusal>(answer)
    };
    let answer = app.replica().run(work).await??;
    app.edited();
    Ok(Json(answer))
}

/// The actions that can be entered, each with its boxes.
#[utoipa::path(get, path = "/api/v1/actions", responses((status = 200, body = super::events::Event)))]
pub(crate) async fn actions(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<super::events::Event>, Refusal> {
    let (as_of, lang) = (app.replica().as_of()?, viewer.lang);
    let offered =
        events().all.iter().filter(|one| is_on(one, as_of) || one.request == Some(MoveAct::Fetch));
    let actions = offered.map(|one| action_body(one, lang)).collect();
    Ok(Json(super::events::Event::Actions { actions }))
}

fn action_body(event: &Event, lang: Lang) -> ActionBody {
    let input = |input: &Input| ActionInput {
        key: input.key().to_owned(),
        label: input.field.label(lang).to_owned(),
        required: input.field.required && !input.begins_with_something(),
    };
    ActionBody {
        key: event.key.clone(),
        label: event.label(lang).to_owned(),
        request: event.request.is_some(),
        inputs: event.inputs.iter().map(input).collect(),
    }
}

/// Takes an action back.
#[utoipa::path(post, path = "/api/v1/people/{id}/undo-event", request_body = UndoBody,
    responses((status = 200, body = SavedBody)))]
pub(crate) async fn undo(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    UrlPath(id): UrlPath<String>,
    Json(body): Json<UndoBody>,
) -> Result<Json<SavedBody>, Refusal> {
    let (document, lang) = (document_of(&id)?, viewer.lang);
    let change = body.change.parse().map_err(|_| Refusal::unreadable())?;
    let saved = app.replica().run(move |replica| replica.undo_event(&viewer, &document, &change));
    let saved = saved.await??;
    app.edited();
    Ok(Json(saved_body(&saved, lang)))
}

fn answer(asked: &Asked, checked: &Checked, lang: Lang) -> EventAnswer {
    let lines = checked.plan.lines(&asked.person, lang);
    EventAnswer {
        change: None,
        saved: None,
        lines: lines.into_iter().map(line_body).collect(),
        findings: checked.findings.iter().map(|finding| finding_body(finding, lang)).collect(),
    }
}

fn line_body(line: Line) -> LineBody {
    let Line { label, row, before, after, .. } = line;
    LineBody { label, row, before, after }
}

fn finding_body(finding: &Finding, lang: Lang) -> FindingBody {
    FindingBody {
        rule: finding.rule.clone(),
        effect: finding.effect_label(lang).to_owned(),
        sentence: finding.sentence(lang),
        basis: finding.basis(lang),
    }
}

pub(super) fn wrong_boxes(event: &Event, faults: &[Fault], lang: Lang) -> Refusal {
    let body = |fault: &Fault| {
        json!({
            "input": fault.input,
            "label": fault.label(event, lang),
            "code": fault.problem.code,
            "reason": fault.reason(lang),
            "remedy": fault.remedy(lang),
        })
    };
    let boxes: Vec<Value> = faults.iter().map(body).collect();
    Refusal::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "event_inputs",
        "Một số ô chưa đúng nên chưa ghi gì; hãy sửa các ô được nêu rồi làm lại.",
        "Some boxes are wrong, so nothing was saved; correct those named and try again.",
    )
    .with(Map::from_iter([("boxes".to_owned(), json!(boxes))]))
}

fn not_saved(event: &Event, error: NotSaved, lang: Lang) -> Refusal {
    match error {
        NotSaved::Faults(faults) => wrong_boxes(event, &faults, lang),
        NotSaved::Rules(checked) => {
            let findings: Vec<FindingBody> =
                checked.findings.iter().map(|finding| finding_body(finding, lang)).collect();
            let more = Map::from_iter([("findings".to_owned(), json!(findings))]);
            Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "event_rules",
                "Quy định không cho ghi như vậy, hoặc có cảnh báo mà chưa có lý do; hãy xem từng điều được nêu.",
                "The rules do not allow this, or warn and no reason is given; look at each one named.",
            )
            .with(more)
        }
        NotSaved::LongReason(_) => Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "reason_too_long",
            "Lý do dài hơn 500 ký tự; hãy rút gọn rồi lưu lại.",
            "The reason is longer than 500 characters; shorten it and save again.",
        ),
        NotSaved::Changed(_) => Refusal::new(
            StatusCode::CONFLICT,
            "event_changed",
            "Hồ sơ vừa được người khác sửa nên chưa ghi gì; hãy kiểm tra lại rồi ghi.",
            "Somebody else changed the record, so nothing was saved; check and save again.",
        ),
        NotSaved::Edit(error) => error.into(),
    }
}
