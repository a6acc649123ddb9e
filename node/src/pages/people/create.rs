//! A new person: the short form; the rest follows on the record's page.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{Edit, Level, PartialDate, Path, Problem};
use wardbook_replica::{EditError, ReplicaError};
use wardbook_web::kit::Crumb;
use wardbook_web::record_view::{
    FormValues, FormView, SubmittedForm, new_person_form, parse_new_person,
};
use wardbook_web::{Markup, PageContext, html};

use super::draft::{self, DraftPlace};
use super::form_page::{FormPage, FormQuery};
use crate::api::people;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    Query(query): Query<FormQuery>,
) -> PageResult {
    may_create(&screen)?;
    let as_of = people::as_of(app.replica()).await?;
    let values = FormValues::of_new_person();
    page(&screen.ctx, as_of).get(&app, &screen, values, &query).await
}

/// Makes the record.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    may_create(&screen)?;
    let as_of = people::as_of(app.replica()).await?;
    let page = page(&screen.ctx, as_of);
    let edits = match parse_new_person(&form, as_of) {
        Ok(edits) => edits,
        Err(problems) => return Ok(page.refused(&screen.ctx, &form, &problems)),
    };
    // Nothing but emptied boxes makes nobody.
    if edits.iter().all(|edit| matches!(edit, Edit::Clear { .. })) {
        return Ok(page.refused(&screen.ctx, &form, &[nameless()]));
    }
    let viewer = screen.viewer.clone();
    match app.replica().run(move |replica| replica.create_person(&viewer, edits)).await? {
        Ok(saved) => {
            app.edited();
            draft::remove(&app, &screen, &page.draft).await?;
            let goes_on = form.get("then").is_some_and(|then| then == "next");
            let next = if goes_on { "/people/new".to_owned() } else { record(&saved.document) };
            Ok(Redirect::to(&format!("{next}?done=created")).into_response())
        }
        Err(EditError::Invalid(problems)) => Ok(page.refused(&screen.ctx, &form, &problems)),
        Err(error) => Err(error.into()),
    }
}

fn nameless() -> Problem {
    Problem {
        path: Path::field("full_name"),
        value: String::new(),
        level: Level::Error,
        code: "missing",
        args: vec![("field", "field:full_name".to_owned())],
    }
}

fn record(document: &wardbook_base::DocumentId) -> String {
    format!("/people/{document}")
}

fn may_create(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn draw(ctx: &PageContext, view: &FormView<'_>) -> Markup {
    html! {
        p .wb-lead { (ctx.t("node-new-person-lead")) }
        (new_person_form(ctx, view))
    }
}

fn page(ctx: &PageContext, as_of: PartialDate) -> FormPage<'static> {
    FormPage {
        title: ctx.t("node-new-person"),
        crumbs: vec![Crumb::new("/people", ctx.t("node-nav-people"))],
        action: "/people/new".to_owned(),
        back: "/people".to_owned(),
        anchor: String::new(),
        next: Some(("/people/new".to_owned(), ctx.t("dossier-save-another-person"))),
        draft: DraftPlace { document: None, form: "people".to_owned() },
        as_of,
        draw: &draw,
    }
}
