//! What this ward asked the city for and what became of it, and whose records came and went.

use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::RowId;
use wardbook_record::events::{MoveAct, RequestState};
use wardbook_record::{Scalar, schema, show};
use wardbook_replica::{MoveNote, ReplicaError, RequestView, Way};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Page, Tone, badge, button, empty_state, link_button, table,
};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let read = app.replica().run(move |replica| {
        Ok::<_, ReplicaError>((replica.own_requests(&viewer)?, replica.move_notes(&viewer)?))
    });
    let (asked, notes) = read.await??;
    Ok(Shown(view(&screen, &asked, &notes)).into_response())
}

/// Takes a request back that still waits.
pub(crate) async fn withdraw(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, row)): UrlPath<(String, String)>,
) -> PageResult {
    let document = document_of(&id)?;
    let row: RowId = row.parse().map_err(|_| Refusal::unreadable())?;
    let viewer = screen.viewer;
    app.replica().run(move |replica| replica.withdraw_move(&viewer, &document, &row)).await??;
    app.edited();
    Ok(Redirect::to("/requests?done=request-withdrawn").into_response())
}

fn view(screen: &Screen, asked: &[RequestView], notes: &[MoveNote]) -> Markup {
    let (ctx, may_edit) = (&screen.ctx, screen.viewer.role.may_edit());
    let of = |way: Way| notes.iter().filter(move |note| note.way == way).collect::<Vec<_>>();
    let (came, left) = (of(Way::In), of(Way::Out));
    let body = html! {
        @if asked.is_empty() && notes.is_empty() {
            (empty_state(&ctx.t("events-requests-none"), &html! {}))
        }
        @if !asked.is_empty() { (requests(ctx, asked, may_edit)) }
        @if !came.is_empty() {
            (moved(ctx, "events-came-title", &came))
        }
        @if !left.is_empty() {
            div #left { (moved(ctx, "events-left-title", &left)) }
        }
    };
    let ask = html! {
        @if may_edit {
            (link_button(ButtonKind::Primary, "/requests/new", &ctx.t("events-ask-in")))
        }
    };
    Page::new(ctx.t("events-requests-title"))
        .lead(ctx.t("events-requests-lead"))
        .actions(ask)
        .render(ctx, &body)
}

fn requests(ctx: &PageContext, asked: &[RequestView], may_edit: bool) -> Markup {
    let columns = ["who", "what", "where", "when", "decision", "state"]
        .map(|key| Column::text(ctx.t(&format!("events-requests-{key}"))));
    let rows = html! { @for one in asked { (row(ctx, one, may_edit)) } };
    table(&ctx.t("events-requests-caption"), &columns, &rows)
}

fn row(ctx: &PageContext, one: &RequestView, may_edit: bool) -> Markup {
    let request = &one.request;
    let kind = schema().column("movements", "kind");
    let kind = kind.map(|column| show(column, &Scalar::from(request.kind.as_str()), ctx.lang));
    let until = request.until.map(|day| format!(" – {day}")).unwrap_or_default();
    let is_slip = one.act() == Some(MoveAct::Fetch);
    html! {
        tr {
            th scope="row" {
                @if is_slip { (one.full_name) br; span .text-secondary { (one.person_id_no) } }
                @else {
                    a href=(format!("/people/{}", one.document)) { (one.full_name) }
                    @if !one.title.is_empty() { br; (one.title) }
                }
            }
            td { (kind.unwrap_or_default()) }
            td { (request.to_org) }
            td { @if let Some(day) = request.effective { (day) } (until) }
            td { (request.decision_no) }
            td {
                (badge(&state(ctx, one)))
                @if let Some(words) = became(ctx, one) { div { (words) } }
                @if may_edit && one.waits() {
                    form method="post" action=(format!("/requests/{}/{}/withdraw", one.document, request.row)) {
                        (button(ButtonKind::Quiet, &ctx.t("events-requests-withdraw")))
                    }
                }
            }
        }
    }
}

fn state(ctx: &PageContext, one: &RequestView) -> Badge {
    let (tone, key) = match one.request.state {
        RequestState::Waits => (Tone::Busy, "waits"),
        RequestState::Agreed => (Tone::Good, "agreed"),
        RequestState::Refused => (Tone::Bad, "refused"),
        RequestState::Withdrawn => (Tone::Idle, "withdrawn"),
    };
    Badge::new(tone, ctx.t(&format!("events-requests-{key}")))
}

/// What the city's answer means for the ward.
fn became(ctx: &PageContext, one: &RequestView) -> Option<String> {
    let key = match (one.request.state, one.act()) {
        (RequestState::Refused, _) => "events-became-refused",
        (RequestState::Agreed, Some(MoveAct::Fetch)) => "events-became-fetched",
        (RequestState::Agreed, Some(MoveAct::Lend)) => "events-became-lent",
        (RequestState::Agreed, Some(MoveAct::Return)) => "events-became-returned",
        (RequestState::Agreed, _) => "events-became-moved",
        _ => return None,
    };
    let args = [("answer", one.request.answer.clone()), ("where", one.request.to_org.clone())];
    let text = t_args(ctx.lang, key, &args);
    Some(text.trim().trim_end_matches(':').to_owned())
}

/// Who came, or who went: one line a person.
fn moved(ctx: &PageContext, caption: &str, notes: &[&MoveNote]) -> Markup {
    let columns = ["who", "became", "decision", "since"]
        .map(|key| Column::text(ctx.t(&format!("events-requests-{key}"))));
    let rows = html! {
        @for note in notes {
            tr {
                th scope="row" {
                    @if note.is_here { a href=(format!("/people/{}", note.document)) { (note.full_name) } }
                    @else { (note.full_name) }
                    @if !note.title.is_empty() { br; (note.title) }
                }
                td { (moved_words(ctx, note)) }
                td { (note.decision) }
                td { (format::date_time(note.at)) }
            }
        }
    };
    table(&ctx.t(caption), &columns, &rows)
}

fn moved_words(ctx: &PageContext, note: &MoveNote) -> Markup {
    let key = match (note.way, note.asked) {
        (Way::Out, true) => "events-left-asked",
        (Way::Out, false) => "events-left-told",
        (Way::In, _) => "events-came",
    };
    let text = t_args(ctx.lang, key, &[("where", note.ward_name.clone())]);
    html! {
        (text)
        @if note.way == Way::In {
            br;
            a href=(format!("/people/{}/events/transfer_in", note.document)) { (ctx.t("events-came-next")) }
        }
    }
}
