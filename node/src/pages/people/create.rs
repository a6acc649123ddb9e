//! A new person: the short form; the rest follows on the record's page.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{PartialDate, Problem};
use wardbook_replica::{EditError, ReplicaError};
use wardbook_web::Markup;
use wardbook_web::kit::{Crumb, Page};
use wardbook_web::record_view::{
    FormValues, FormView, SubmittedForm, field_errors, new_person_form, parse_new_person,
};

use crate::api::people;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    may_create(&screen)?;
    let as_of = people::as_of(app.replica()).await?;
    Ok(Shown(view(&screen, &FormValues::of_new_person(), &[], as_of)).into_response())
}

/// Makes the record.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    may_create(&screen)?;
    let as_of = people::as_of(app.replica()).await?;
    let again = |problems: &[Problem]| {
        not_accepted(view(&screen, &FormValues::of_submitted(&form), problems, as_of))
    };
    let edits = match parse_new_person(&form, as_of) {
        Ok(edits) => edits,
        Err(problems) => return Ok(again(&problems)),
    };
    if edits.is_empty() {
        return Ok(again(&[]));
    }
    let viewer = screen.viewer.clone();
    match app.replica().run(move |replica| replica.create_person(&viewer, edits)).await? {
        Ok(saved) => {
            app.edited();
            Ok(Redirect::to(&format!("/people/{}?done=created", saved.document)).into_response())
        }
        Err(EditError::Invalid(problems)) => Ok(again(&problems)),
        Err(error) => Err(error.into()),
    }
}

fn may_create(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn view(screen: &Screen, values: &FormValues, errors: &[Problem], as_of: PartialDate) -> Markup {
    let ctx = &screen.ctx;
    let form = FormView { values, errors, action: "/people/new", cancel: "/people", as_of };
    Page::new(ctx.t("node-new-person"))
        .lead(ctx.t("node-new-person-lead"))
        .crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
        .errors(field_errors(ctx.lang, errors))
        .render(ctx, &new_person_form(ctx, &form))
}
