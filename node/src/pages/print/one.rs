//! The forms of one person: which to print, and the paper.

use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_base::DocumentId;
use wardbook_record::Person;
use wardbook_replica::{EditError, ReplicaError};
use wardbook_web::kit::{Badge, ButtonKind, Crumb, Page, Tone, badge, card, link_button};
use wardbook_web::print::{
    Form, Occasion, Paper, extract, extract_row, form, forms, paper_page, sheet,
};
use wardbook_web::{Markup, html, t_args};

use super::{gaps, hidden_note, hides, occasion, subject, with_addresses};
use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// Which form to print.
pub(crate) async fn choose(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let (document, person, occasion) = read(&app, &screen, &id).await?;
    Ok(Shown(choice(&screen, document, &person, &occasion)).into_response())
}

/// The paper.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, form_id)): UrlPath<(String, String)>,
) -> PageResult {
    let form = form(&form_id).ok_or(EditError::NotFound)?;
    let (document, person, occasion) = read(&app, &screen, &id).await?;
    Ok(Shown(paper(&screen, form, document, &person, &occasion)).into_response())
}

async fn read(
    app: &App,
    screen: &Screen,
    id: &str,
) -> Result<(DocumentId, Person, Occasion), Refusal> {
    let document = document_of(id)?;
    let viewer = screen.viewer.clone();
    let read = app.replica().run(move |replica| {
        Ok::<_, ReplicaError>((replica.person_values(&viewer, &document)?, occasion(replica)?))
    });
    let (found, occasion) = read.await??;
    let (person, _) = found.ok_or(EditError::NotFound)?;
    Ok((document, person, occasion))
}

fn choice(screen: &Screen, document: DocumentId, person: &Person, occasion: &Occasion) -> Markup {
    let ctx = &screen.ctx;
    let one = |form: &'static Form| {
        let count = gaps(form, person, occasion.as_of, &screen.viewer).len() as u64;
        let state = if count == 0 {
            Badge::new(Tone::Good, ctx.t("print-complete"))
        } else {
            Badge::new(Tone::Warning, t_args(ctx.lang, "print-missing", &[("count", count)]))
        };
        let href = format!("/people/{document}/print/{}", form.id);
        let words = format!("{}: {}", ctx.t("print-choose-open"), form.name(ctx.lang));
        let body = html! {
            p { (form.about(ctx.lang)) }
            p { (badge(&state)) }
            div .btn-list { (link_button(ButtonKind::Secondary, &href, &words)) }
        };
        card(form.name(ctx.lang), None, &body)
    };
    let body = html! { @for form in forms() { (one(form)) } };
    Page::new(ctx.t("print-choose-title"))
        .lead(ctx.t("print-choose-lead"))
        .crumbs(vec![
            Crumb::new("/people", ctx.t("node-nav-people")),
            Crumb::new(format!("/people/{document}"), name_of(screen, person)),
        ])
        .render(ctx, &body)
}

fn paper(
    screen: &Screen,
    form: &'static Form,
    document: DocumentId,
    person: &Person,
    occasion: &Occasion,
) -> Markup {
    let ctx = &screen.ctx;
    let hidden = hides(&screen.viewer, occasion.as_of);
    let page = if form.one_line {
        let line = extract_row(form, 1, person, occasion.as_of, &hidden);
        extract(form, &[line], occasion)
    } else {
        sheet(form, &subject(person), occasion, &hidden)
    };
    let missing = with_addresses(
        &screen.viewer,
        document,
        gaps(form, person, occasion.as_of, &screen.viewer),
    );
    let paper = Paper {
        title: &format!("{} – {}", form.name(ctx.lang), name_of(screen, person)),
        back: &format!("/people/{document}/print"),
        sheets: &[page],
        missing: Some(&missing),
        note: &hidden_note(ctx, form, &screen.viewer),
    };
    paper_page(ctx, &paper)
}

fn name_of(screen: &Screen, person: &Person) -> String {
    person.text("full_name").map_or_else(|| screen.ctx.t("node-no-name"), str::to_owned)
}
