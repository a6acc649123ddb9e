//! Fields with more than one value: one card a person, a choice a field.

mod settled;

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{PartialDate, Problem};
use wardbook_replica::{
    Choice, ConflictCard, ConflictField, ConflictFilter, EditError, ReplicaError, ResolveCommand,
};
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, button, empty_state, field, hidden, link_button,
};
use wardbook_web::record_view::{
    ConflictCardView, FieldInConflict, SubmittedForm, TypedChoice, ValueInConflict, conflict_card,
    parse_choices, parse_heads,
};
use wardbook_web::{Markup, format, html, t_args};

use crate::api::edits::document_of;
use crate::api::people::as_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};

/// Cards on one page of the inbox.
const CARDS_MAX: usize = 50;

/// The inbox.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let filter = ConflictFilter { limit: CARDS_MAX, ..ConflictFilter::default() };
    let read = app.replica().run(move |replica| {
        let open = replica.conflicts_open(&viewer, None)?;
        let cards = replica.conflicts(&viewer, &filter)?;
        let settled = replica.not_taken_lately(&viewer)?;
        Ok::<_, ReplicaError>((cards, settled, open, replica.as_of()?))
    });
    let (cards, settled, open, as_of) = read.await??;
    Ok(Shown(inbox(&screen, &cards, &settled, open, as_of)).into_response())
}

/// Settles the conflicts of one person as chosen.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    if !screen.viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    let document = document_of(&id)?;
    let as_of = as_of(app.replica()).await?;
    let choices = match parse_choices(&form, as_of) {
        Ok(choices) if !choices.is_empty() => choices,
        Ok(_) => {
            return Ok(not_accepted(refused(&screen, &id, &screen.ctx.t("node-choose-first"))));
        }
        Err(problems) => {
            return Ok(not_accepted(corrected(&screen, &id, &form, &problems)));
        }
    };
    let choices = choices.into_iter().map(|(path, choice)| match choice {
        TypedChoice::Of(hash) => (path, Choice::Of(hash)),
        TypedChoice::Other(value) => (path, Choice::Other(value)),
    });
    let command = ResolveCommand { base_heads: parse_heads(&form), choices: choices.collect() };
    let viewer = screen.viewer.clone();
    let settled = app.replica().run(move |replica| replica.resolve(&viewer, &document, command));
    match settled.await? {
        Ok(_) => {
            app.edited();
            Ok(Redirect::to(&format!("/people/{document}?done=resolved")).into_response())
        }
        Err(error @ (EditError::Settled { .. } | EditError::Stale(_))) => {
            Ok(not_accepted(refused(&screen, &id, &with_time(&screen, &error))))
        }
        Err(error) => Err(error.into()),
    }
}

/// A card as the kit shows it.
pub(crate) fn card_of(
    card: &ConflictCard,
    may_choose: bool,
    as_of: PartialDate,
) -> ConflictCardView {
    ConflictCardView {
        record_link: format!("/people/{}", card.document),
        full_name: card.full_name.clone(),
        ward_name: String::new(),
        heads: card.heads.clone(),
        fields: card.fields.iter().map(field_of).collect(),
        action: may_choose.then(|| format!("/people/{}/conflicts", card.document)),
        as_of,
    }
}

fn field_of(field: &ConflictField) -> FieldInConflict {
    let values = field.options.iter().map(|option| {
        let author = &option.author;
        let place = [author.device_name.as_str(), author.ward_name.as_str()];
        let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
        ValueInConflict {
            hash: option.hash,
            shown: option.shown.clone(),
            who: author.user_name.clone(),
            place: place.join(" · "),
            device_time: author.at,
            received_at: author.received_at,
            winner: option.winner,
        }
    });
    FieldInConflict {
        path: field.path.clone(),
        label: field.label.clone(),
        before: field.before.clone(),
        values: values.collect(),
    }
}

fn inbox(
    screen: &Screen,
    cards: &[ConflictCard],
    settled: &[settled::Settled],
    open: u64,
    as_of: PartialDate,
) -> Markup {
    let ctx = &screen.ctx;
    let may_choose = screen.viewer.role.may_edit();
    let body = html! {
        @if cards.is_empty() {
            (empty_state(&ctx.t("node-no-conflicts"), &html! {}))
        } @else {
            p { (t_args(ctx.lang, "node-conflicts-open", &[("count", open)])) }
            @if !may_choose { p { (ctx.t("node-conflicts-read")) } }
            @for card in cards { (conflict_card(ctx, &card_of(card, may_choose, as_of))) }
        }
        (settled::table_of(ctx, settled))
    };
    Page::new(ctx.t("node-nav-conflicts")).lead(ctx.t("node-conflicts-lead")).render(ctx, &body)
}

/// The sentence, with the moment at which somebody else settled it.
fn with_time(screen: &Screen, error: &EditError) -> String {
    let sentence = error.sentence(screen.ctx.lang);
    match error {
        EditError::Settled { at, .. } => {
            format!(
                "{sentence} ({} {})",
                screen.ctx.t("dossier-settled-at"),
                format::date_time(*at)
            )
        }
        _ => sentence,
    }
}

/// The values that cannot be, to be corrected; everything else that was chosen travels along.
fn corrected(screen: &Screen, id: &str, form: &SubmittedForm, problems: &[Problem]) -> Markup {
    let (ctx, lang) = (&screen.ctx, screen.ctx.lang);
    let of = |name: &str| {
        let problem = problems.iter().find(|one| format!("other.{}", one.path) == name);
        problem.map(|problem| {
            let label = problem.label(lang);
            let said = format!("{label}: {} {}", problem.reason(lang), problem.remedy(lang));
            (label, said)
        })
    };
    let errors = form.keys().filter_map(|name| {
        let (_, message) = of(name)?;
        Some(FieldError { name: name.clone(), message })
    });
    let body = html! {
        form .card.wb-card method="post" action=(format!("/people/{id}/conflicts")) {
            div .card-body {
                @for (name, value) in form {
                    @if let Some((label, said)) = of(name) {
                        (field(name, &label).value(value).error(said))
                    } @else { (hidden(name, value)) }
                }
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("conflict-save")))
                    (link_button(ButtonKind::Secondary, &format!("/people/{id}#conflicts"), &ctx.t("node-back-to-card")))
                }
            }
        }
    };
    Page::new(ctx.t("node-nav-conflicts")).narrow().errors(errors.collect()).render(ctx, &body)
}

/// Why the choice was not taken, with the way back to the card.
fn refused(screen: &Screen, id: &str, words: &str) -> Markup {
    let ctx = &screen.ctx;
    let back = format!("/people/{id}#conflicts");
    let body = html! {
        (alert(Tone::Bad, "", &html! { p { (words) } }))
        div .btn-list { (link_button(ButtonKind::Primary, &back, &ctx.t("node-back-to-card"))) }
    };
    Page::new(ctx.t("node-nav-conflicts")).narrow().render(ctx, &body)
}
