//! The moves that a ward asks for, and the city's answer.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use serde::Deserialize;
use wardbook_base::{RowId, WardId};
use wardbook_record::{Scalar, schema, show};
use wardbook_replica::RequestView;
use wardbook_web::kit::{ButtonKind, Column, button_named, card, hidden, table};
use wardbook_web::{Lang, Markup, html, t};

use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// The answer to one request.
#[derive(Debug, Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    ward: String,
    #[serde(default)]
    choice: String,
}

/// `POST /people/{id}/requests/{row}`.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path((id, row)): Path<(String, String)>,
    Form(form): Form<AnswerForm>,
) -> Result<Redirect, Failure> {
    let (viewer, document) = (visit.who_may_edit()?.viewer, read_document(&id)?);
    let row: RowId = row.parse().map_err(|_| Refusal::NotFound)?;
    let ward: WardId = form.ward.parse().map_err(|_| Refusal::NotFound)?;
    let agreed = match form.choice.as_str() {
        "agree" => true,
        "refuse" => false,
        _ => return Err(Refusal::Unreadable("choice".to_owned()).into()),
    };
    app.run(move |replica| replica.answer_move(&viewer, &document, &row, agreed)).await?;
    Ok(Redirect::to(&format!("/wards/{ward}")))
}

/// The requests of a ward; nothing when none waits.
pub(super) fn requests(lang: Lang, found: &[RequestView], may_edit: bool) -> Markup {
    if found.is_empty() {
        return html! {};
    }
    let keys = ["who", "what", "where", "when", "decision"];
    let mut columns: Vec<Column> =
        keys.iter().map(|key| Column::text(t(lang, &format!("events-requests-{key}")))).collect();
    if may_edit {
        columns.push(Column::text(t(lang, "events-requests-answer")));
    }
    let rows = html! { @for one in found { (row(lang, one, may_edit)) } };
    let body = html! {
        p { (t(lang, "events-requests-hub-lead")) }
        (table(&t(lang, "events-requests-caption"), &columns, &rows))
    };
    card(&t(lang, "events-requests-title"), None, &body)
}

fn row(lang: Lang, one: &RequestView, may_edit: bool) -> Markup {
    let request = &one.request;
    let kind = schema().column("movements", "kind");
    let kind = kind.map(|column| show(column, &Scalar::from(request.kind.as_str()), lang));
    let action = format!("/people/{}/requests/{}", one.document, request.row);
    html! {
        tr {
            th scope="row" {
                a href=(format!("/people/{}", one.document)) { (one.full_name) }
                @if !one.title.is_empty() { br; (one.title) }
            }
            td { (kind.unwrap_or_default()) }
            td { (request.to_org) }
            td {
                @if let Some(day) = request.effective { (day) }
                @if let Some(day) = request.until { " – " (day) }
            }
            td { (request.decision_no) }
            @if may_edit {
                td {
                    form method="post" action=(action) {
                        (hidden("ward", one.ward.as_str()))
                        div .btn-list {
                            (button_named(ButtonKind::Quiet, &t(lang, "events-requests-agree"), "choice", "agree"))
                            (button_named(ButtonKind::Quiet, &t(lang, "events-requests-refuse"), "choice", "refuse"))
                        }
                    }
                }
            }
        }
    }
}
