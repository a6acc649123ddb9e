//! The form of one row of a table: a new one, an edit, and taking one out of use.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::RowId;
use wardbook_record::{Edit, RowIds, Table, schema};
use wardbook_replica::{EditError, ReplicaError};
use wardbook_web::kit::{ButtonKind, Confirm, confirm_page, field, link_button};
use wardbook_web::record_view::{FormValues, FormView, SubmittedForm, parse_row, row_form};
use wardbook_web::{Markup, PageContext, html};

use super::draft::DraftPlace;
use super::form_page::{FormPage, FormQuery};
use super::{Open, may_edit, open, save_if_read};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// Which row of which table: `new` for one that is not there yet.
struct Place {
    table: &'static Table,
    row: Option<RowId>,
    /// `tables/<table>/<row>`.
    form: String,
    action: String,
}

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    Query(query): Query<FormQuery>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let place = place(&screen, &open, &table, &row)?;
    let there = place.row.and_then(|row| open.view.person.row(&place.table.key, &row));
    let values = FormValues::of_row(place.table, there, &open.view.heads);
    let draw = draw(&place);
    page(&place, &open, &screen.ctx, &draw).get(&app, &screen, values, &query).await
}

/// Saves the touched cells, or the new row.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let place = place(&screen, &open, &table, &row)?;
    let (row, is_new) = match place.row {
        Some(row) => (row, false),
        None => (RowIds::new(app.replica().now(), app.dice()).next_id(), true),
    };
    let parsed = parse_row(place.table, row, is_new, &form, open.as_of);
    let result = save_if_read(&app, &screen, open.view.person.id, &form, parsed).await?;
    let draw = draw(&place);
    page(&place, &open, &screen.ctx, &draw).answer(&app, &screen, &form, result).await
}

/// Asks why a row is taken out of use.
pub(crate) async fn ask_retire(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let place = place(&screen, &open, &table, &row)?;
    Ok(Shown(question(&place, &open, &screen.ctx, ("", None))).into_response())
}

/// Takes a row out of use.
pub(crate) async fn retire(
    State(app): State<App>,
    screen: Screen,
    UrlPath((id, table, row)): UrlPath<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    let place = place(&screen, &open, &table, &row)?;
    let row = place.row.ok_or(ReplicaError::NotFound)?;
    let reason = form.get("reason").map(|text| text.trim().to_owned()).unwrap_or_default();
    if reason.is_empty() {
        let missing = screen.ctx.t("dossier-retire-row-reason-missing");
        return Ok(not_accepted(question(&place, &open, &screen.ctx, ("", Some(missing)))));
    }
    let retired = vec![Edit::RetireRow { table, row, reason: reason.clone() }];
    let result = save_if_read(&app, &screen, open.view.person.id, &form, Ok(retired)).await?;
    if let Err(error @ EditError::Invalid(_)) = &result {
        let asked = (reason.as_str(), Some(error.sentence(screen.ctx.lang)));
        return Ok(not_accepted(question(&place, &open, &screen.ctx, asked)));
    }
    result?;
    Ok(Redirect::to(&format!("{}&done=row-retired", back(&place, &open))).into_response())
}

fn place(screen: &Screen, open: &Open, table: &str, row: &str) -> Result<Place, Refusal> {
    let missing = || Refusal::from(ReplicaError::NotFound);
    may_edit(open)?;
    let table = schema().table(table).ok_or_else(missing)?;
    if !screen.viewer.access().writes(&table.key) {
        return Err(ReplicaError::NotAllowed.into());
    }
    let form = format!("tables/{}/{row}", table.key);
    let action = format!("{}/{form}", open.base);
    if row == "new" {
        return Ok(Place { table, row: None, form, action });
    }
    let row: RowId = row.parse().map_err(|_| missing())?;
    open.view.person.row(&table.key, &row).ok_or_else(missing)?;
    Ok(Place { table, row: Some(row), form, action })
}

fn back(place: &Place, open: &Open) -> String {
    open.tab(&place.table.section)
}

fn draw(place: &Place) -> impl Fn(&PageContext, &FormView<'_>) -> Markup + Send + Sync {
    let (table, action, is_new) = (place.table, place.action.clone(), place.row.is_none());
    move |ctx, view| {
        html! {
            (row_form(ctx, table, view))
            @if !is_new {
                (link_button(ButtonKind::Danger, &format!("{action}/retire"), &ctx.t("record-retire-row")))
            }
        }
    }
}

fn question(
    place: &Place,
    open: &Open,
    ctx: &PageContext,
    (typed, wrong): (&str, Option<String>),
) -> Markup {
    let heads: Vec<String> = open.view.heads.iter().map(ToString::to_string).collect();
    let ask = Confirm {
        title: &format!("{}: {}", ctx.t("record-retire-row"), place.table.label(ctx.lang)),
        sentence: &ctx.t("dossier-retire-row-sentence"),
        action: &format!("{}/retire", place.action),
        yes: &ctx.t("record-retire-row"),
        cancel: &back(place, open),
        danger: true,
        keep: &[("heads".to_owned(), heads.join(","))],
    };
    let reason = field("reason", &ctx.t("record-retire-reason")).value(typed);
    let reason = reason.required().autofocus();
    confirm_page(ctx, &ask, &html! { (reason.error_if(wrong)) })
}

fn page<'a>(
    place: &Place,
    open: &Open,
    ctx: &PageContext,
    draw: &'a (dyn Fn(&PageContext, &FormView<'_>) -> Markup + Send + Sync),
) -> FormPage<'a> {
    let next = place.row.is_none().then(|| (place.action.clone(), ctx.t("dossier-save-another")));
    FormPage {
        title: place.table.label(ctx.lang).to_owned(),
        crumbs: open.crumbs(ctx),
        action: place.action.clone(),
        back: back(place, open),
        anchor: format!("table-{}", place.table.key),
        next,
        draft: DraftPlace { document: Some(open.view.person.id), form: place.form.clone() },
        as_of: open.as_of,
        draw,
    }
}
