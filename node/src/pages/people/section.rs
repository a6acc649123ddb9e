//! The form of one section of a record.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_record::{Problem, Section, schema};
use wardbook_web::record_view::{FormValues, FormView, SubmittedForm, parse_section, section_form};
use wardbook_web::{Markup, PageContext};

use super::{FormPage, Open, may_edit, open, save_if_read};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
) -> PageResult {
    let (open, section) = (open(&app, &screen, &id).await?, section_of(&key)?);
    may_edit(&screen, &open)?;
    let values = FormValues::of_section(section, &open.view.person, &open.view.heads);
    let draw = draw(section, &open, &values);
    Ok(Shown(page(section, &open, &screen.ctx, &draw).show(&screen.ctx, &[])).into_response())
}

/// Saves what was touched.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let (open, section) = (open(&app, &screen, &id).await?, section_of(&key)?);
    may_edit(&screen, &open)?;
    let parsed = parse_section(&section.key, &form, open.as_of);
    let result = save_if_read(&app, &screen, open.view.person.id, &form, parsed).await?;
    let values = FormValues::of_submitted(&form);
    let draw = draw(section, &open, &values);
    page(section, &open, &screen.ctx, &draw).answer(&screen.ctx, &form, result)
}

fn section_of(key: &str) -> Result<&'static Section, Refusal> {
    schema().section(key).ok_or_else(|| wardbook_replica::ReplicaError::NotFound.into())
}

fn draw<'a>(
    section: &'a Section,
    open: &'a Open,
    values: &'a FormValues,
) -> impl Fn(&PageContext, &[Problem]) -> Markup + 'a {
    let action = action(section, open);
    move |ctx, errors| {
        let view =
            FormView { values, errors, action: &action, cancel: &open.base, as_of: open.as_of };
        section_form(ctx, section, &view)
    }
}

fn page<'a>(
    section: &Section,
    open: &Open,
    ctx: &PageContext,
    draw: &'a dyn Fn(&PageContext, &[Problem]) -> Markup,
) -> FormPage<'a> {
    FormPage {
        title: section.label(ctx.lang).to_owned(),
        action: action(section, open),
        base: open.base.clone(),
        anchor: format!("section-{}", section.key),
        full_name: open.view.facts.full_name.clone(),
        draw,
    }
}

fn action(section: &Section, open: &Open) -> String {
    format!("{}/sections/{}", open.base, section.key)
}
