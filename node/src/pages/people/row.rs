//! The form of one row of a table: a new one, an edit, and taking one out of use.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::IntoResponse;
use wardbook_base::RowId;
use wardbook_record::{Edit, Problem, RowIds, Table, schema};
use wardbook_replica::ReplicaError;
use wardbook_web::kit::{ButtonKind, link_button};
use wardbook_web::record_view::{
    FormValues, FormView, SubmittedForm, parse_row, retire_row_form, row_form,
};
use wardbook_web::{Markup, PageContext, html};

use super::{FormPage, Open, may_edit, open, save_if_read};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// Which row of which table: `new` for one that is not there yet.
struct Place {
    table: &'static Table,
    row: Option<RowId>,
    action: String,
}

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_edit(&screen, &open)?;
    let place = place(&open, &table, &row)?;
    let there = place.row.and_then(|row| open.view.person.row(&place.table.key, &row));
    let values = FormValues::of_row(place.table, there, &open.view.heads);
    let draw = draw(&place, &open, &values);
    Ok(Shown(page(&place, &open, &screen.ctx, &draw).show(&screen.ctx, &[])).into_response())
}

/// Saves the touched cells, or the new row.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_edit(&screen, &open)?;
    let place = place(&open, &table, &row)?;
    let (row, is_new) = match place.row {
        Some(row) => (row, false),
        None => (RowIds::new(app.replica().now(), app.dice()).next_id(), true),
    };
    let parsed = parse_row(place.table, row, is_new, &form, open.as_of);
    let result = save_if_read(&app, &screen, open.view.person.id, &form, parsed).await?;
    let values = FormValues::of_submitted(&form);
    let draw = draw(&place, &open, &values);
    page(&place, &open, &screen.ctx, &draw).answer(&screen.ctx, &form, result)
}

/// Asks why a row is taken out of use.
pub(crate) async fn ask_retire(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_edit(&screen, &open)?;
    let place = place(&open, &table, &row)?;
    let draw = draw_retire(&place, &open);
    Ok(Shown(page(&place, &open, &screen.ctx, &draw).show(&screen.ctx, &[])).into_response())
}

/// Takes a row out of use.
pub(crate) async fn retire(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_edit(&screen, &open)?;
    let place = place(&open, &table, &row)?;
    let reason = form.get("reason").map(|text| text.trim().to_owned()).unwrap_or_default();
    let parsed = match place.row.filter(|_| !reason.is_empty()) {
        Some(row) => Ok(vec![Edit::RetireRow { table, row, reason }]),
        // Without a reason the question is asked again.
        None => Err(Vec::new()),
    };
    let result = save_if_read(&app, &screen, open.view.person.id, &form, parsed).await?;
    let draw = draw_retire(&place, &open);
    page(&place, &open, &screen.ctx, &draw).answer(&screen.ctx, &form, result)
}

fn place(open: &Open, table: &str, row: &str) -> Result<Place, Refusal> {
    let missing = || Refusal::from(ReplicaError::NotFound);
    let table = schema().table(table).ok_or_else(missing)?;
    let action = format!("{}/tables/{}/{row}", open.base, table.key);
    if row == "new" {
        return Ok(Place { table, row: None, action });
    }
    let row: RowId = row.parse().map_err(|_| missing())?;
    open.view.person.row(&table.key, &row).ok_or_else(missing)?;
    Ok(Place { table, row: Some(row), action })
}

fn draw<'a>(
    place: &'a Place,
    open: &'a Open,
    values: &'a FormValues,
) -> impl Fn(&PageContext, &[Problem]) -> Markup + 'a {
    move |ctx, errors| {
        let view = FormView {
            values,
            errors,
            action: &place.action,
            cancel: &open.base,
            as_of: open.as_of,
        };
        html! {
            (row_form(ctx, place.table, &view))
            @if place.row.is_some() {
                (link_button(ButtonKind::Danger, &format!("{}/retire", place.action), &ctx.t("record-retire-row")))
            }
        }
    }
}

fn draw_retire<'a>(
    place: &'a Place,
    open: &'a Open,
) -> impl Fn(&PageContext, &[Problem]) -> Markup + 'a {
    move |ctx, _| {
        let heads: Vec<String> = open.view.heads.iter().map(ToString::to_string).collect();
        let action = format!("{}/retire", place.action);
        retire_row_form(ctx, &action, &heads.join(","))
    }
}

fn page<'a>(
    place: &Place,
    open: &Open,
    ctx: &PageContext,
    draw: &'a dyn Fn(&PageContext, &[Problem]) -> Markup,
) -> FormPage<'a> {
    FormPage {
        title: place.table.label(ctx.lang).to_owned(),
        action: place.action.clone(),
        base: open.base.clone(),
        anchor: format!("table-{}", place.table.key),
        full_name: open.view.facts.full_name.clone(),
        draw,
    }
}
