//! The inbox of open conflicts, one card a person, and settling them.

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use wardbook_record::{PartialDate, Problem};
use wardbook_replica::{
    Choice, ConflictCard, ConflictField, ConflictFilter, ConflictOption, LateCard, ResolveCommand,
};
use wardbook_web::kit::{Page, empty_state};
use wardbook_web::record_view::{
    ConflictCardView, FieldInConflict, SubmittedForm, TypedChoice, ValueInConflict, conflict_card,
    parse_choices, parse_heads,
};
use wardbook_web::{Markup, html, t};

use super::corrected::{FormPlace, Wrong, corrected};
use super::late::late_card;
use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// Cards on one page; the rest follows when these are settled.
const CARDS_SHOWN: usize = 50;

/// Which conflicts to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InboxState {
    ward: String,
}

/// `GET /conflicts`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Query(state): Query<InboxState>,
) -> Result<Markup, Failure> {
    let viewer = visit.viewer.clone();
    let filter =
        ConflictFilter { ward: state.ward.parse().ok(), limit: CARDS_SHOWN, ..Default::default() };
    let (cards, late, as_of) = app
        .run(move |replica| -> Result<_, Failure> {
            let late = replica.late_edits(&viewer, filter.ward.as_ref())?;
            Ok((replica.conflicts(&viewer, &filter)?, late, replica.as_of()?))
        })
        .await?;
    Ok(view(&visit, &cards, &late, as_of))
}

/// `POST /people/{id}/conflicts`: the choices of one card.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let (visit, document) = (visit.who_may_edit()?, read_document(&id)?);
    let (viewer, sent) = (visit.viewer.clone(), form.clone());
    let settled = app.run(move |replica| -> Result<_, Failure> {
        let command = read_choices(&sent, replica.as_of()?)?;
        Ok(replica.resolve(&viewer, &document, command)?)
    });
    let Err(failure) = settled.await else {
        return Ok(Redirect::to("/conflicts").into_response());
    };
    let lang = visit.ctx.lang;
    let of = |problem: &Problem| Wrong::of(lang, format!("other.{}", problem.path), problem);
    let wrong: Vec<Wrong> = failure.problems().iter().map(of).collect();
    if wrong.is_empty() || wrong.iter().any(|one| !form.contains_key(&one.name)) {
        return Err(failure);
    }
    let (title, action) = (t(lang, "hub-conflicts-title"), format!("/people/{document}/conflicts"));
    let place = FormPlace { title: &title, action: &action, back: "/conflicts" };
    Ok(corrected(&visit, place, &form, &wrong))
}

fn read_choices(form: &SubmittedForm, as_of: PartialDate) -> Result<ResolveCommand, Refusal> {
    let choices = parse_choices(form, as_of).map_err(Refusal::Invalid)?;
    let choices = choices.into_iter().map(|(path, choice)| match choice {
        TypedChoice::Of(hash) => (path, Choice::Of(hash)),
        TypedChoice::Other(value) => (path, Choice::Other(value)),
    });
    Ok(ResolveCommand { base_heads: parse_heads(form), choices: choices.collect() })
}

/// A card as the shared view draws it.
pub(super) fn card_view(
    card: &ConflictCard,
    as_of: PartialDate,
    may_edit: bool,
) -> ConflictCardView {
    let record_link = format!("/people/{}", card.document);
    ConflictCardView {
        action: may_edit.then(|| format!("{record_link}/conflicts")),
        record_link,
        full_name: card.full_name.clone(),
        ward_name: card.ward_name.clone(),
        heads: card.heads.clone(),
        fields: card.fields.iter().map(field_view).collect(),
        as_of,
    }
}

fn field_view(field: &ConflictField) -> FieldInConflict {
    FieldInConflict {
        path: field.path.clone(),
        label: field.label.clone(),
        before: field.before.clone(),
        values: field.options.iter().map(value_view).collect(),
    }
}

fn value_view(option: &ConflictOption) -> ValueInConflict {
    let author = &option.author;
    let place: Vec<&str> = [author.ward_name.as_str(), author.device_name.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    ValueInConflict {
        hash: option.hash,
        shown: option.shown.clone(),
        who: author.user_name.clone(),
        place: place.join(" · "),
        device_time: author.at,
        received_at: author.received_at,
        winner: option.winner,
    }
}

fn view(visit: &Visit, cards: &[ConflictCard], late: &[LateCard], as_of: PartialDate) -> Markup {
    let lang = visit.ctx.lang;
    let may_edit = visit.viewer.role.may_edit();
    let body = html! {
        @for late in late { (late_card(lang, late, may_edit)) }
        @if cards.is_empty() && late.is_empty() { (empty_state(&t(lang, "hub-no-conflicts"), &html! {})) }
        @for card in cards { (conflict_card(&visit.ctx, &card_view(card, as_of, may_edit))) }
    };
    Page::new(t(lang, "hub-conflicts-title"))
        .lead(t(lang, "hub-conflicts-lead"))
        .render(&visit.ctx, &body)
}
