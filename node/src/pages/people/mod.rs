//! People: the list, one record, its forms, its history.

pub(crate) mod create;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod record;
pub(crate) mod retire;
pub(crate) mod row;
pub(crate) mod section;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wardbook_base::DocumentId;
use wardbook_record::{Edit, PartialDate, Problem};
use wardbook_replica::{EditCommand, EditError, MergeView, PersonView, ReplicaError, Saved};
use wardbook_web::kit::{Crumb, Page};
use wardbook_web::record_view::{
    FieldToMerge, MergeForm, SubmittedForm, field_errors, merge_view, parse_heads,
};
use wardbook_web::{Markup, PageContext};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{Shown, not_accepted};
use crate::refusal::Refusal;

/// A record in front of somebody, with the day by which its values are judged.
pub(crate) struct Open {
    /// The record.
    pub(crate) view: PersonView,
    /// That day.
    pub(crate) as_of: PartialDate,
    /// Its address.
    pub(crate) base: String,
}

/// Opens the record of an address.
pub(crate) async fn open(app: &App, screen: &Screen, id: &str) -> Result<Open, Refusal> {
    let document = document_of(id)?;
    let viewer = screen.viewer.clone();
    let read = app.replica().run(move |replica| {
        let view = replica.person(&viewer, &document)?;
        Ok::<_, ReplicaError>((view, replica.as_of()?))
    });
    let (view, as_of) = read.await??;
    let view = view.ok_or(EditError::NotFound)?;
    Ok(Open { view, as_of, base: format!("/people/{document}") })
}

/// Whether this person may edit this record; a page of refusal otherwise.
pub(crate) fn may_edit(screen: &Screen, open: &Open) -> Result<(), Refusal> {
    if let Some(keeper) = &open.view.keeper {
        return Err(EditError::KeptElsewhere { ward_name: keeper.ward_name.clone() }.into());
    }
    if screen.viewer.role.may_edit() && open.view.editable {
        Ok(())
    } else {
        Err(ReplicaError::NotAllowed.into())
    }
}

/// Saves what a form asks for, if all of it could be read.
pub(crate) async fn save_if_read(
    app: &App,
    screen: &Screen,
    document: DocumentId,
    form: &SubmittedForm,
    parsed: Result<Vec<Edit>, Vec<Problem>>,
) -> Result<Result<Saved, EditError>, Refusal> {
    let edits = match parsed {
        Ok(edits) => edits,
        Err(problems) => return Ok(Err(EditError::Invalid(problems))),
    };
    let viewer = screen.viewer.clone();
    let command = EditCommand { base_heads: parse_heads(form), edits };
    let saved =
        app.replica().run(move |replica| replica.edit_person(&viewer, &document, command)).await?;
    // A stale form has saved the fields that nobody else touched.
    if matches!(saved, Ok(_) | Err(EditError::Stale(_))) {
        app.edited();
    }
    Ok(saved)
}

/// A form page: what it is called, where it goes, and how it looks with these problems.
pub(crate) struct FormPage<'a> {
    /// The heading.
    pub(crate) title: String,
    /// The address of the form.
    pub(crate) action: String,
    /// The record's address; saving and cancelling lead there.
    pub(crate) base: String,
    /// The anchor of the part that was edited.
    pub(crate) anchor: String,
    /// The person's name, for the way back.
    pub(crate) full_name: String,
    /// Draws the form, given what is wrong with it.
    pub(crate) draw: &'a dyn Fn(&PageContext, &[Problem]) -> Markup,
}

impl FormPage<'_> {
    /// The form.
    pub(crate) fn show(&self, ctx: &PageContext, problems: &[Problem]) -> Markup {
        let body = (self.draw)(ctx, problems);
        self.page(ctx).errors(field_errors(ctx.lang, problems)).render(ctx, &body)
    }

    /// The answer after a try to save.
    pub(crate) fn answer(
        &self,
        ctx: &PageContext,
        form: &SubmittedForm,
        result: Result<Saved, EditError>,
    ) -> Result<Response, Refusal> {
        match result {
            Ok(saved) => {
                let done = if saved.changed { "saved" } else { "unchanged" };
                let next = format!("{}?done={done}#{}", self.base, self.anchor);
                Ok(Redirect::to(&next).into_response())
            }
            Err(EditError::Stale(merge)) => {
                let page = self.merge(ctx, form, &merge);
                Ok((StatusCode::CONFLICT, Shown(page)).into_response())
            }
            Err(EditError::Invalid(problems)) => Ok(not_accepted(self.show(ctx, &problems))),
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody else changed the same fields: both values, to choose.
    fn merge(&self, ctx: &PageContext, form: &SubmittedForm, merge: &MergeView) -> Markup {
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
        let question = MergeForm {
            submitted: form,
            fields: &fields,
            heads: &merge.heads,
            action: &self.action,
            cancel: &self.base,
        };
        self.page(ctx).render(ctx, &merge_view(ctx, &question))
    }

    fn page(&self, ctx: &PageContext) -> Page {
        let mut crumbs = vec![Crumb::new("/people", ctx.t("node-nav-people"))];
        if !self.full_name.is_empty() {
            crumbs.push(Crumb::new(self.base.clone(), self.full_name.clone()));
        }
        Page::new(self.title.clone()).crumbs(crumbs)
    }
}
