//! The form of an action: filled in, checked, saved.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wardbook_record::events::{Fault, Input, MoveAct};
use wardbook_replica::{EventDone, Replica};
use wardbook_web::kit::{ButtonKind, Crumb, Page, Tone, alert, button, fieldset};
use wardbook_web::record_view::{SubmittedForm, parse_heads};
use wardbook_web::{Markup, PageContext, html};

use super::ask::{Asked, Checked, NotSaved, Typed, action_of};
use super::boxes::{Boxes, summary_of};
use super::check;
use crate::app::App;
use crate::pages::people::{Open, may_edit, open};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form, filled with what is known.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
) -> PageResult {
    let (open, asked) = read(&app, &screen, &id, &key).await?;
    Ok(Shown(view(&screen.ctx, &open, &asked, &asked.first(), &[])).into_response())
}

/// Checks what was typed; with `stage=save`, saves it.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let (open, asked) = read(&app, &screen, &id, &key).await?;
    let typed = typed_of(&asked, &form);
    let stage = if form.contains_key("back") {
        "back"
    } else {
        form.get("stage").map_or("", String::as_str)
    };
    match stage {
        "back" => Ok(Shown(view(&screen.ctx, &open, &asked, &typed, &[])).into_response()),
        "save" => save(&app, &screen, &open, asked, &form, typed).await,
        _ => Ok(match asked.check(app.replica(), &typed, "") {
            Ok(checked) => shown(&screen.ctx, &open, &asked, &typed, &checked),
            Err(faults) => not_accepted(view(&screen.ctx, &open, &asked, &typed, &faults)),
        }),
    }
}

async fn read(app: &App, screen: &Screen, id: &str, key: &str) -> Result<(Open, Asked), Refusal> {
    let open = open(app, screen, id).await?;
    may_edit(&open)?;
    let event = action_of(key, open.as_of)?;
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let asked =
        app.replica().run(move |replica| Asked::read(replica, &viewer, &document, event)).await??;
    Ok((open, asked))
}

/// The boxes as they were sent: an unticked one sends nothing.
pub(super) fn typed_of(asked: &Asked, form: &SubmittedForm) -> Typed {
    let text = |key: &str| (key.to_owned(), form.get(key).cloned().unwrap_or_default());
    asked.event.inputs.iter().map(|input| text(input.key())).collect()
}

fn shown(
    ctx: &PageContext,
    open: &Open,
    asked: &Asked,
    typed: &Typed,
    checked: &Checked,
) -> Response {
    let asks = check::Question { open, asked, typed, checked, reason: "", note: None };
    Shown(check::view(ctx, &asks)).into_response()
}

async fn save(
    app: &App,
    screen: &Screen,
    open: &Open,
    asked: Asked,
    form: &SubmittedForm,
    typed: Typed,
) -> PageResult {
    let reason = form.get("reason_accepted").cloned().unwrap_or_default();
    let heads = parse_heads(form);
    let viewer = screen.viewer.clone();
    let work = move |replica: &Replica| {
        let saved = asked.save(replica, &viewer, (&typed, &reason), &heads);
        (saved, asked, typed, reason)
    };
    let (saved, asked, typed, reason): (Result<EventDone, NotSaved>, Asked, Typed, String) =
        app.replica().run(work).await?;
    let ctx = &screen.ctx;
    let again = |status, checked: &Checked, note| {
        let (asked, typed) = (&asked, &typed);
        let asks =
            check::Question { open, asked, typed, checked, reason: &reason, note: Some(note) };
        Ok((status, Shown(check::view(ctx, &asks))).into_response())
    };
    match saved {
        Ok(done) => {
            app.edited();
            let next = format!("{}/events/done/{}?done=event", open.base, done.change);
            Ok(Redirect::to(&next).into_response())
        }
        Err(NotSaved::Faults(faults)) => Ok(not_accepted(view(ctx, open, &asked, &typed, &faults))),
        Err(NotSaved::Rules(checked)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, &checked, check::Note::Rules)
        }
        Err(NotSaved::LongReason(checked)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, &checked, check::Note::LongReason)
        }
        Err(NotSaved::Changed(checked)) => {
            again(StatusCode::CONFLICT, &checked, check::Note::Changed)
        }
        Err(NotSaved::Edit(error)) => Err(error.into()),
    }
}

/// The way to an action's pages.
pub(super) fn crumbs(ctx: &PageContext, open: &Open) -> Vec<Crumb> {
    let mut crumbs = open.crumbs(ctx);
    crumbs.push(Crumb::new(format!("{}/events", open.base), ctx.t("events-record")));
    crumbs
}

fn view(ctx: &PageContext, open: &Open, asked: &Asked, typed: &Typed, faults: &[Fault]) -> Markup {
    let event = asked.event;
    let back = format!("{}/events", open.base);
    let drawn = drawn(ctx, asked, typed, faults, (&action(open, asked), &back));
    let body = html! {
        @if event.request.is_some() {
            (alert(Tone::Info, "", &html! { p { (ctx.t("events-request-note")) } }))
        }
        (drawn)
    };
    Page::new(format!("{}: {}", event.label(ctx.lang), open.name(ctx)))
        .lead(event.lead(ctx.lang))
        .crumbs(crumbs(ctx, open))
        .errors(summary_of(ctx, event, faults))
        .render(ctx, &body)
}

/// The form itself: the boxes of the action, those of its decision, and the buttons. `send` and
/// `back` are addresses.
pub(super) fn drawn(
    ctx: &PageContext,
    asked: &Asked,
    typed: &Typed,
    faults: &[Fault],
    (send, back): (&str, &str),
) -> Markup {
    let event = asked.event;
    // A slip has nothing to compare before and after: it is sent at once.
    let is_slip = event.request == Some(MoveAct::Fetch);
    let press = ctx.t(if is_slip { "events-ask-send" } else { "events-check" });
    let (own, decision) = event.inputs.split_at(event.own_inputs);
    let (person, as_of, office) = (&asked.person, asked.as_of, asked.office());
    let of = Boxes { ctx, person, as_of, office, typed, faults };
    let boxes = |inputs: &[Input], focused: bool| {
        html! {
            div .wb-form-grid {
                @for (at, input) in inputs.iter().enumerate() {
                    (of.one(input, focused && at == 0))
                }
            }
        }
    };
    html! {
        form .card.wb-card.wb-form method="post" action=(send) novalidate data-dirty-guard="" {
            div .card-body {
                (boxes(own, faults.is_empty()))
                @if !decision.is_empty() {
                    (fieldset(&ctx.t("events-decision"), &boxes(decision, false)))
                }
                p .text-secondary { (ctx.t("events-basis")) " " (event.basis) }
            }
            div .wb-form-bar {
                div .btn-list {
                    (button(ButtonKind::Primary, &press))
                    a .btn href=(back) data-escape="" { (ctx.t("cancel")) }
                }
            }
        }
    }
}

/// The address of an action's form.
pub(super) fn action(open: &Open, asked: &Asked) -> String {
    format!("{}/events/{}", open.base, asked.event.key)
}
