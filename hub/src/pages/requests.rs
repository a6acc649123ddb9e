//! The moves that wards ask for, and the city's answer: yes or no, with the reason, in one place.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use wardbook_base::{RowId, WardId};
use wardbook_record::events::MoveAct;
use wardbook_record::{Scalar, schema, show};
use wardbook_replica::{MoveAnswer, MoveBar, MoveQuestion, Replica};
use wardbook_web::kit::{
    ButtonKind, Column, Page, button_named, card, empty_state, field, hidden, table,
};
use wardbook_web::{Lang, Markup, html, t, t_args};

use super::corrected::{FormPlace, Wrong, corrected};
use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};
use crate::units::find_ward;

/// The answer to one request: a page holds many such forms, so the names of their boxes carry the
/// request's row.
type AnswerForm = BTreeMap<String, String>;

/// `GET /requests`.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Markup, Failure> {
    let viewer = visit.viewer.clone();
    let found = app.run(move |replica| replica.move_questions(&viewer, None)).await?;
    let lang = visit.ctx.lang;
    let body = if found.is_empty() {
        empty_state(&t(lang, "events-ask-all-none"), &html! {})
    } else {
        listed(lang, &found, "/requests", visit.viewer.role.may_edit())
    };
    let page = Page::new(t(lang, "events-ask-all")).lead(t(lang, "events-requests-hub-lead"));
    Ok(page.render(&visit.ctx, &body))
}

/// `POST /people/{id}/requests/{row}`.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path((id, row)): Path<(String, String)>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Failure> {
    let (visit, document) = (visit.who_may_edit()?, read_document(&id)?);
    let (viewer, lang) = (visit.viewer.clone(), visit.ctx.lang);
    let row: RowId = row.parse().map_err(|_| Refusal::NotFound)?;
    let back = back(&form)?;
    let (words, to) = (box_of("words", &row), box_of("to", &row));
    let typed = form.get(&words).map_or("", String::as_str);
    let wrong = if let Some(long) = Wrong::of_long(lang, &words, "events-ask-words", typed) {
        long
    } else {
        let sent = form.clone();
        let work = move |replica: &Replica| -> Result<_, Failure> {
            let answer = read(replica, &sent, &row)?;
            Ok(replica.answer_move(&viewer, &document, &row, &answer)?)
        };
        let Err(failure) = app.run(work).await else {
            app.intake.notify_one();
            return Ok(Redirect::to(&back).into_response());
        };
        let (name, label) = match failure.code().as_ref() {
            "no_reason" => (&words, "events-ask-words"),
            "unknown_ward" => (&to, "events-ask-to"),
            _ => return Err(failure),
        };
        Wrong::new(lang, name, label, failure.sentence(lang))
    };
    let (title, action) =
        (t(lang, "events-requests-answer"), format!("/people/{id}/requests/{row}"));
    let place = FormPlace { title: &title, action: &action, back: &back };
    Ok(corrected(&visit, place, &form, &[wrong]))
}

/// Only the two pages that show the form lead back.
fn back(form: &AnswerForm) -> Result<String, Refusal> {
    let ward = form.get("back").and_then(|back| back.strip_prefix("/wards/"));
    match ward.map(str::parse::<WardId>) {
        Some(Ok(ward)) => Ok(format!("/wards/{ward}")),
        Some(Err(_)) => Err(Refusal::NotFound),
        None => Ok("/requests".to_owned()),
    }
}

fn read(replica: &Replica, form: &AnswerForm, row: &RowId) -> Result<MoveAnswer, Failure> {
    let text = |name: &str| form.get(name).map_or("", |text| text.trim());
    let agreed = match text("choice") {
        "agree" => true,
        "refuse" => false,
        _ => return Err(Refusal::Unreadable("choice".to_owned()).into()),
    };
    let named = Some(text(&box_of("to", row))).filter(|name| !name.is_empty());
    let to = named.map(|name| find_ward(replica, name)).transpose()?;
    Ok(MoveAnswer { agreed, words: text(&box_of("words", row)).to_owned(), to })
}

fn box_of(name: &str, row: &RowId) -> String {
    format!("{name}-{row}")
}

/// The requests of a ward as a card; nothing when none waits.
pub(super) fn requests(lang: Lang, found: &[MoveQuestion], back: &str, may_edit: bool) -> Markup {
    if found.is_empty() {
        return html! {};
    }
    let body = html! {
        p { (t(lang, "events-requests-hub-lead")) }
        (listed(lang, found, back, may_edit))
    };
    card(&t(lang, "events-ask-all"), None, &body)
}

/// The requests with their forms.
fn listed(lang: Lang, found: &[MoveQuestion], back: &str, may_edit: bool) -> Markup {
    let keys = ["events-ask-who", "events-requests-what", "events-requests-decision"];
    let mut columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    if may_edit {
        columns.push(Column::text(t(lang, "events-requests-answer")));
    }
    let rows = html! { @for one in found { (row(lang, one, back, may_edit)) } };
    table(&t(lang, "events-ask-caption"), &columns, &rows)
}

fn row(lang: Lang, one: &MoveQuestion, back: &str, may_edit: bool) -> Markup {
    let (asked, request) = (&one.asked, &one.asked.request);
    let is_slip = asked.act() == Some(MoveAct::Fetch);
    let kind = schema().column("movements", "kind");
    let kind = kind.map(|column| show(column, &Scalar::from(request.kind.as_str()), lang));
    html! {
        tr {
            th scope="row" { (who(lang, one)) }
            td {
                (kind.unwrap_or_default())
                br; (one.ward_name)
                @if !is_slip { " → " (request.to_org) }
                br;
                @if let Some(day) = request.effective { (day) }
                @if let Some(day) = request.until { " – " (day) }
                @if !request.reason.is_empty() { br; span .text-secondary { (request.reason) } }
            }
            td {
                (request.decision_no)
                @if let Some(day) = request.decision_date { br; (day) }
                @if !request.decision_org.is_empty() { br; (request.decision_org) }
                @if !request.signer.is_empty() { br; (request.signer) }
            }
            @if may_edit {
                td { (answer(lang, one, &format!("/people/{}/requests/{}", asked.document, request.row), back)) }
            }
        }
    }
}

/// The person; for a slip what the ward knows, and whom the city has found.
fn who(lang: Lang, one: &MoveQuestion) -> Markup {
    let asked = &one.asked;
    if asked.act() != Some(MoveAct::Fetch) {
        return html! {
            a href=(format!("/people/{}", asked.document)) { (asked.full_name) }
            @if !asked.title.is_empty() { br; (asked.title) }
        };
    }
    let born = asked.birth_date.map(|day| day.to_string()).unwrap_or_default();
    let args = [("number", asked.person_id_no.clone()), ("born", born)];
    html! {
        (asked.full_name)
        br; span .text-secondary { (t_args(lang, "events-ask-number", &args)) }
        br; (t(lang, "events-ask-found")) ": "
        @if one.found.is_empty() { (t(lang, "events-ask-nobody")) }
        @for person in &one.found {
            div {
                a href=(format!("/people/{}", person.document)) { (person.full_name) }
                @if let Some(day) = person.birth_date { ", " (day) }
                ", " (t_args(lang, "events-ask-here", &[("ward", person.ward_name.clone())]))
                @if !person.fits { " (" (t(lang, "events-ask-differs")) ")" }
            }
        }
    }
}

/// Yes or no with the reason. Where a yes is not possible, why, and no button for it; where another
/// ward would make it possible, a box for that.
fn answer(lang: Lang, one: &MoveQuestion, action: &str, back: &str) -> Markup {
    let row = &one.asked.request.row;
    let words = field(&box_of("words", row), &t(lang, "events-ask-words"));
    let needs_ward = |bar: &MoveBar| matches!(bar, MoveBar::NoWard(_) | MoveBar::NotLent);
    let asks_for_ward = one.bar.as_ref().is_some_and(needs_ward);
    html! {
        @if let Some(bar) = &one.bar { p { (bar.sentence(lang)) } }
        form method="post" action=(action) {
            (hidden("back", back))
            (words.hint(t(lang, "events-ask-words-hint")))
            @if asks_for_ward { (field(&box_of("to", row), &t(lang, "events-ask-to"))) }
            div .btn-list {
                @if one.bar.is_none() || asks_for_ward {
                    (button_named(ButtonKind::Primary, &t(lang, "events-requests-agree"), "choice", "agree"))
                }
                (button_named(ButtonKind::Secondary, &t(lang, "events-requests-refuse"), "choice", "refuse"))
            }
        }
    }
}
