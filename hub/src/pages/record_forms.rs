//! Editing a record: one section or one row at a time, safe against edits made meanwhile.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use wardbook_base::{RowId, SystemDice};
use wardbook_record::{Edit, Problem, RowIds, Section, Table, schema};
use wardbook_replica::{EditCommand, EditError, MergeView};
use wardbook_web::kit::Page;
use wardbook_web::record_view::{
    FieldToMerge, FormValues, FormView, MergeForm, SubmittedForm, field_errors, merge_view,
    parse_heads, parse_row, parse_section, retire_row_form, row_form, section_form,
};
use wardbook_web::{Markup, html, t};

use super::corrected::{FormPlace, Wrong, corrected};
use super::record::{Found, crumbs, read};
use super::session::Visit;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// `GET /people/{id}/sections/{section}`.
pub async fn get_section(
    State(app): State<App>,
    visit: Visit,
    Path((id, section)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let screen = Screen::open(&app, visit, &id, Part::section(&section)?).await?;
    Ok(screen.form(&screen.fresh_values(), &[]))
}

/// `POST /people/{id}/sections/{section}`.
pub async fn post_section(
    State(app): State<App>,
    visit: Visit,
    Path((id, section)): Path<(String, String)>,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let screen = Screen::open(&app, visit, &id, Part::section(&section)?).await?;
    screen.save(&app, &form).await
}

/// `GET /people/{id}/tables/{table}/{row}`; `new` stands for a new row.
pub async fn get_row(
    State(app): State<App>,
    visit: Visit,
    Path((id, table, row)): Path<(String, String, String)>,
) -> Result<Markup, Failure> {
    let screen = Screen::open(&app, visit, &id, Part::row(&table, &row)?).await?;
    Ok(screen.form(&screen.fresh_values(), &[]))
}

/// `POST /people/{id}/tables/{table}/{row}`.
pub async fn post_row(
    State(app): State<App>,
    visit: Visit,
    Path((id, table, row)): Path<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let screen = Screen::open(&app, visit, &id, Part::row(&table, &row)?).await?;
    screen.save(&app, &form).await
}

/// `POST /people/{id}/tables/{table}/{row}/retire`.
pub async fn post_retire_row(
    State(app): State<App>,
    visit: Visit,
    Path((id, table, row)): Path<(String, String, String)>,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let screen = Screen::open(&app, visit, &id, Part::row(&table, &row)?).await?;
    let (lang, reason) = (screen.visit.ctx.lang, form.get("reason").map_or("", |text| text.trim()));
    let wrong = if reason.is_empty() {
        let missing = t(lang, "hub-reason-missing");
        Some(Wrong::new(lang, "reason", "record-retire-reason", missing))
    } else {
        Wrong::of_long(lang, "reason", "record-retire-reason", reason)
    };
    if let Some(wrong) = wrong {
        let (title, action) = (t(lang, "record-retire-row"), screen.action());
        let retire = format!("{action}/retire");
        let place = FormPlace { title: &title, action: &retire, back: &action };
        return Ok(corrected(&screen.visit, place, &form, &[wrong]));
    }
    let edits = screen.part.retire(reason)?;
    screen.write(&app, &form, edits).await
}

/// The part of a record that a form edits.
#[derive(Clone, Copy)]
enum Part {
    Section(&'static Section),
    NewRow(&'static Table),
    Row(&'static Table, RowId),
}

/// One form of one record, for somebody who may edit it.
struct Screen {
    visit: Visit,
    found: Found,
    part: Part,
}

impl Part {
    fn section(key: &str) -> Result<Self, Refusal> {
        schema().section(key).map(Self::Section).ok_or(Refusal::NotFound)
    }

    fn row(table: &str, row: &str) -> Result<Self, Refusal> {
        let table = schema().table(table).ok_or(Refusal::NotFound)?;
        if row == "new" {
            return Ok(Self::NewRow(table));
        }
        Ok(Self::Row(table, row.parse().map_err(|_| Refusal::NotFound)?))
    }

    fn retire(self, reason: &str) -> Result<Vec<Edit>, Refusal> {
        let Self::Row(table, row) = self else { return Err(Refusal::NotFound) };
        let (table, reason) = (table.key.clone(), reason.to_owned());
        Ok(vec![Edit::RetireRow { table, row, reason }])
    }
}

impl Screen {
    async fn open(app: &App, visit: Visit, id: &str, part: Part) -> Result<Self, Failure> {
        let visit = visit.who_may_edit()?;
        let found = read(app, &visit, id).await?;
        let there = match part {
            Part::Row(table, row) => found.record.person.row(&table.key, &row).is_some(),
            Part::Section(_) | Part::NewRow(_) => true,
        };
        if there { Ok(Self { visit, found, part }) } else { Err(Refusal::NotFound.into()) }
    }

    fn fresh_values(&self) -> FormValues {
        let (person, heads) = (&self.found.record.person, &self.found.record.heads);
        match self.part {
            Part::Section(section) => FormValues::of_section(section, person, heads),
            Part::NewRow(table) => FormValues::of_row(table, None, heads),
            Part::Row(table, row) => FormValues::of_row(table, person.row(&table.key, &row), heads),
        }
    }

    /// Saves what was touched; answers the record, the form with its errors, or the merge view.
    async fn save(&self, app: &App, form: &SubmittedForm) -> Result<Response, Failure> {
        let read = match self.part {
            Part::Section(section) => parse_section(&section.key, form, self.found.as_of),
            Part::NewRow(table) => {
                let row = RowIds::new(app.replica.now(), &SystemDice).next_id();
                parse_row(table, row, true, form, self.found.as_of)
            }
            Part::Row(table, row) => parse_row(table, row, false, form, self.found.as_of),
        };
        match read {
            Ok(edits) => self.write(app, form, edits).await,
            Err(problems) => Ok(self.refused(form, &problems)),
        }
    }

    async fn write(
        &self,
        app: &App,
        form: &SubmittedForm,
        edits: Vec<Edit>,
    ) -> Result<Response, Failure> {
        let (viewer, document) = (self.visit.viewer.clone(), self.found.record.person.id);
        let command = EditCommand { base_heads: parse_heads(form), edits };
        let saved = app
            .replica
            .run(move |replica| replica.edit_person(&viewer, &document, command))
            .await?;
        match saved {
            Ok(_) => Ok(Redirect::to(&self.back()).into_response()),
            Err(EditError::Stale(merge)) => Ok(self.merge(form, &merge)),
            Err(EditError::Invalid(problems)) => Ok(self.refused(form, &problems)),
            Err(error) => Err(error.into()),
        }
    }

    fn form(&self, values: &FormValues, errors: &[Problem]) -> Markup {
        let (action, cancel) = (self.action(), self.back());
        let view = FormView::new(values, errors, (&action, &cancel), self.found.as_of);
        let ctx = &self.visit.ctx;
        let body = match self.part {
            Part::Section(section) => section_form(ctx, section, &view),
            Part::NewRow(table) => row_form(ctx, table, &view),
            Part::Row(table, _) => html! {
                (row_form(ctx, table, &view))
                (retire_row_form(ctx, &format!("{action}/retire"), &values.heads_text()))
            },
        };
        self.page().errors(field_errors(ctx.lang, errors)).render(ctx, &body)
    }

    fn refused(&self, form: &SubmittedForm, problems: &[Problem]) -> Response {
        let page = self.form(&FormValues::of_submitted(form), problems);
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    }

    fn merge(&self, form: &SubmittedForm, merge: &MergeView) -> Response {
        let fields: Vec<FieldToMerge> = merge
            .fields
            .iter()
            .map(|field| FieldToMerge {
                path: field.path.clone(),
                base: field.base.clone(),
                theirs: field.theirs.clone(),
                mine: field.mine.clone(),
            })
            .collect();
        let (action, cancel) = (self.action(), self.back());
        let question = MergeForm {
            submitted: form,
            fields: &fields,
            heads: &merge.heads,
            action: &action,
            cancel: &cancel,
        };
        let body = merge_view(&self.visit.ctx, &question);
        (StatusCode::CONFLICT, self.page().render(&self.visit.ctx, &body)).into_response()
    }

    fn page(&self) -> Page {
        let lang = self.visit.ctx.lang;
        let title = match self.part {
            Part::Section(section) => section.label(lang),
            Part::NewRow(table) | Part::Row(table, _) => table.label(lang),
        };
        Page::new(title).crumbs(crumbs(&self.visit, &self.found.record))
    }

    fn back(&self) -> String {
        format!("/people/{}", self.found.record.person.id)
    }

    fn action(&self) -> String {
        let base = self.back();
        match self.part {
            Part::Section(section) => format!("{base}/sections/{}", section.key),
            Part::NewRow(table) => format!("{base}/tables/{}/new", table.key),
            Part::Row(table, row) => format!("{base}/tables/{}/{row}", table.key),
        }
    }
}
