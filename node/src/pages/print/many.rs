//! One form for many people: those marked in the list, or all that its filter finds.

use std::sync::Arc;

use axum::Form as Submitted;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wardbook_base::DocumentId;
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_store::PeopleQuery;
use wardbook_web::kit::{
    ButtonKind, Crumb, Page, Tone, alert, button, hidden, link_button, radios,
};
use wardbook_web::print::{Form, extract, extract_row, form, forms, sheet};
use wardbook_web::{Markup, html, t_args};

use super::{gaps, hides, occasion, subject};
use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::people::list::selection::meant;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::print_jobs::{Made, PrintJob};
use crate::refusal::Refusal;

/// People in one paper of several pages each; the browser lays all of them out at once.
const PAGES_MAX: usize = 200;
/// ... and in a list of one line each.
const LINES_MAX: usize = 5_000;

/// The form as sent: `form`, and what the list sends of its people.
type Sent = Vec<(String, String)>;

/// Asks for the form, or begins.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Submitted(sent): Submitted<Sent>,
) -> PageResult {
    let people = people(&app, &screen, &sent).await?;
    let chosen = sent.iter().find(|(name, _)| name == "form");
    let Some(form) = chosen.and_then(|(_, id)| form(id)) else {
        let page = ask(&screen, &people, None, chosen.is_some());
        return Ok(if chosen.is_some() { not_accepted(page) } else { Shown(page).into_response() });
    };
    if people.is_empty() || people.len() > most(form) {
        return Ok(not_accepted(ask(&screen, &people, Some(form), false)));
    }
    Ok(begin(&app, &screen, form, people))
}

const fn most(form: &Form) -> usize {
    if form.one_line { LINES_MAX } else { PAGES_MAX }
}

/// The people who are meant, in the order of the list.
async fn people(app: &App, screen: &Screen, sent: &Sent) -> Result<Vec<DocumentId>, Refusal> {
    let Some(query) = meant(app, screen, sent).await? else { return Ok(Vec::new()) };
    let query = PeopleQuery { limit: LINES_MAX as u64 + 1, ..query };
    let elsewhere = ListQuery::from_words(sent).is_elsewhere();
    let viewer = screen.viewer.clone();
    let read =
        app.replica().run(move |replica| ListQuery::people(elsewhere, replica, &viewer, &query));
    Ok(read.await??.rows.into_iter().map(|row| row.document).collect())
}

/// Which form, for how many; and what is wrong when it cannot be.
fn ask(screen: &Screen, people: &[DocumentId], refused: Option<&Form>, is_unknown: bool) -> Markup {
    let ctx = &screen.ctx;
    let back = link_button(ButtonKind::Secondary, "/people", &ctx.t("print-job-again"));
    let options: Vec<(String, String)> =
        forms().iter().map(|form| (form.id.clone(), form.name(ctx.lang).to_owned())).collect();
    let selected = refused.map_or("syll", |form| form.id.as_str());
    let count = people.len() as u64;
    let too_many = refused.filter(|form| people.len() > most(form)).map(|form| {
        t_args(ctx.lang, "print-many-too-many", &[("max", most(form) as u64), ("count", count)])
    });
    let body = html! {
        @if people.is_empty() {
            (alert(Tone::Warning, "", &html! { p { (ctx.t("print-many-none")) } }))
            div .btn-list { (back) }
        } @else {
            @if let Some(words) = too_many { (alert(Tone::Bad, "", &html! { p { (words) } })) }
            @if is_unknown {
                (alert(Tone::Bad, "", &html! { p { (ctx.t("print-many-form-unknown")) } }))
            }
            p { (t_args(ctx.lang, "print-many-count", &[("count", count)])) }
            form method="post" action="/people/print" {
                @for id in people { (hidden("id", &id.to_string())) }
                (radios("form", &ctx.t("print-form"), &options, selected))
                div .btn-list { (button(ButtonKind::Primary, &ctx.t("print-many-start"))) (back) }
            }
        }
    };
    Page::new(ctx.t("print-many-title"))
        .crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
        .render(ctx, &body)
}

/// Starts the work and shows how far it is.
fn begin(app: &App, screen: &Screen, form: &'static Form, people: Vec<DocumentId>) -> Response {
    let (viewer, replica) = (screen.viewer.clone(), app.replica().clone());
    let job = app.prints().begin(viewer.user, form, people.len(), replica.now(), app.dice());
    let address = format!("/print/{}", job.key);
    tokio::spawn(async move {
        let working = Arc::clone(&job);
        let made = replica.run(move |replica| prepare(replica, &viewer, &working, &people)).await;
        job.end(made.unwrap_or_else(Err).map_err(Refusal::from));
    });
    (StatusCode::SEE_OTHER, Redirect::to(&address)).into_response()
}

/// The work: record by record, until all are done or somebody says stop.
fn prepare(
    replica: &Replica,
    viewer: &Viewer,
    job: &PrintJob,
    people: &[DocumentId],
) -> Result<Made, ReplicaError> {
    let occasion = occasion(replica)?;
    let hidden = hides(viewer, occasion.as_of);
    let mut made = Made::default();
    for document in people {
        if let Some((person, _)) = replica.person_values(viewer, document)? {
            made.people += 1;
            made.incomplete +=
                usize::from(!gaps(job.form, &person, occasion.as_of, viewer).is_empty());
            made.sheets.push(if job.form.one_line {
                extract_row(job.form, made.people, &person, occasion.as_of, &hidden)
            } else {
                sheet(job.form, &subject(&person), &occasion, &hidden)
            });
        }
        if !job.step() {
            return Ok(Made::default());
        }
    }
    if job.form.one_line {
        made.sheets = vec![extract(job.form, &made.sheets, &occasion)];
    }
    Ok(made)
}
