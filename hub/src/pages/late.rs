//! Late edits on the page of conflicts: both values of each field, and what to do with them.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use serde::Deserialize;
use wardbook_base::ChangeHash;
use wardbook_replica::{LateCard, LateChoice};
use wardbook_web::format::date_time;
use wardbook_web::kit::{ButtonKind, Column, button_named, card, hidden, table};
use wardbook_web::{Lang, Markup, html, t, t_args};

use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// The decision about one card.
#[derive(Debug, Deserialize)]
pub struct LateForm {
    #[serde(default)]
    heads: String,
    #[serde(default)]
    choice: String,
}

/// `POST /people/{id}/late/{hash}`.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path((id, hash)): Path<(String, String)>,
    Form(form): Form<LateForm>,
) -> Result<Redirect, Failure> {
    let (viewer, document) = (visit.who_may_edit()?.viewer, read_document(&id)?);
    let hash: ChangeHash = hash.parse().map_err(|_| Refusal::NotFound)?;
    let choice = form.read()?;
    app.run(move |replica| replica.settle_late_edit(&viewer, &document, &hash, &choice)).await?;
    Ok(Redirect::to("/conflicts"))
}

impl LateForm {
    fn read(&self) -> Result<LateChoice, Refusal> {
        let unreadable = || Refusal::Unreadable("heads / choice".to_owned());
        match self.choice.as_str() {
            "dismiss" => Ok(LateChoice::Dismiss),
            "accept" => {
                let heads = self.heads.split_whitespace().map(str::parse);
                let base_heads = heads.collect::<Result<_, _>>().map_err(|_| unreadable())?;
                Ok(LateChoice::Accept { base_heads, paths: Vec::new() })
            }
            _ => Err(unreadable()),
        }
    }
}

/// User and machine, as far as they are known.
fn by(late: &LateCard) -> String {
    let parts = [&late.user_name, &late.device_name].into_iter().filter(|part| !part.is_empty());
    parts.cloned().collect::<Vec<_>>().join(" – ")
}

/// The card of one late edit.
pub(super) fn late_card(lang: Lang, late: &LateCard, may_edit: bool) -> Markup {
    let args = [
        ("ward", late.from_ward.clone()),
        ("device", by(late)),
        ("written", date_time(late.written_at)),
        ("received", date_time(late.received_at)),
    ];
    let body = html! {
        p { (t_args(lang, "hub-late-what", &args)) }
        (values(lang, late))
        @if may_edit {
            form method="post" action=(format!("/people/{}/late/{}", late.document, late.hash)) {
                (hidden("heads", &heads(&late.heads)))
                div .btn-list {
                    (button_named(ButtonKind::Primary, &t(lang, "hub-late-accept"), "choice", "accept"))
                    (button_named(ButtonKind::Secondary, &t(lang, "hub-late-dismiss"), "choice", "dismiss"))
                }
            }
        }
    };
    let record = html! {
        a href=(format!("/people/{}", late.document)) { (t(lang, "hub-late-record")) }
    };
    html! {
        div data-late-card=(late.hash.to_string()) {
            (card(&format!("{} · {}", late.full_name, late.ward_name), Some(&record), &body))
        }
    }
}

fn values(lang: Lang, late: &LateCard) -> Markup {
    let keys = ["hub-col-what", "hub-late-present", "hub-late-late"];
    let columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    let rows = html! {
        @for field in &late.fields {
            tr {
                th scope="row" { (field.label) }
                td { (field.present_shown) }
                td { (field.late_shown) }
            }
        }
    };
    table(&t_args(lang, "hub-late-caption", &[("name", late.full_name.clone())]), &columns, &rows)
}

fn heads(heads: &[ChangeHash]) -> String {
    heads.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
