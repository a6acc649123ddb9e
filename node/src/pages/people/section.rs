//! The form of one section of a record.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use wardbook_record::{Section, schema};
use wardbook_replica::ReplicaError;
use wardbook_web::record_view::{FormValues, FormView, SubmittedForm, parse_section, section_form};
use wardbook_web::{Markup, PageContext};

use super::draft::DraftPlace;
use super::form_page::{FormPage, FormQuery};
use super::{Open, may_edit, open, save_if_read};
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
    Query(query): Query<FormQuery>,
) -> PageResult {
    let (open, section) = (open(&app, &screen, &id).await?, section_of(&key)?);
    may_edit_section(&screen, &open, section)?;
    let values = FormValues::of_section(section, &open.view.person, &open.view.heads);
    let draw = draw(section);
    page(section, &open, &screen, &draw).get(&app, &screen, values, &query).await
}

/// Saves what was touched.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, key)): UrlPath<(String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let (open, section) = (open(&app, &screen, &id).await?, section_of(&key)?);
    may_edit_section(&screen, &open, section)?;
    let parsed = parse_section(&section.key, &form, open.as_of);
    let result = save_if_read(&app, &screen, open.view.person.id, &form, parsed).await?;
    let draw = draw(section);
    page(section, &open, &screen, &draw).answer(&app, &screen, &form, result).await
}

fn section_of(key: &str) -> Result<&'static Section, Refusal> {
    schema().section(key).ok_or_else(|| ReplicaError::NotFound.into())
}

fn may_edit_section(screen: &Screen, open: &Open, section: &Section) -> Result<(), Refusal> {
    may_edit(open)?;
    let writes = screen.viewer.access().writes_section(&section.key);
    if writes { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn draw(section: &'static Section) -> impl Fn(&PageContext, &FormView<'_>) -> Markup + Send + Sync {
    move |ctx, view| section_form(ctx, section, view)
}

fn page<'a>(
    section: &Section,
    open: &Open,
    screen: &Screen,
    draw: &'a (dyn Fn(&PageContext, &FormView<'_>) -> Markup + Send + Sync),
) -> FormPage<'a> {
    let ctx = &screen.ctx;
    let form = format!("sections/{}", section.key);
    let next = following(screen, &section.key)
        .map(|next| (format!("{}/sections/{}", open.base, next.key), ctx.t("dossier-save-next")));
    FormPage {
        title: section.label(ctx.lang).to_owned(),
        crumbs: open.crumbs(ctx),
        action: format!("{}/{form}", open.base),
        back: open.tab(&section.key),
        anchor: String::new(),
        next,
        draft: DraftPlace { document: Some(open.view.person.id), form },
        as_of: open.as_of,
        draw,
    }
}

/// The next section with a form that this person may fill in.
fn following(screen: &Screen, key: &str) -> Option<&'static Section> {
    let access = screen.viewer.access();
    let has_form = |section: &&Section| {
        let empty = FormValues::of_section(section, &wardbook_record::Person::default(), &[]);
        access.writes_section(&section.key) && empty != FormValues::default()
    };
    schema().sections.iter().skip_while(|section| section.key != key).skip(1).find(has_form)
}
