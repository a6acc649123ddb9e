//! People: the list, one record, its forms, its two histories.

pub(crate) mod career;
pub(crate) mod create;
pub(crate) mod draft;
mod form_page;
mod header;
pub(crate) mod history;
pub(crate) mod list;
mod not_taken;
pub(crate) mod record;
pub(crate) mod retire;
pub(crate) mod row;
pub(crate) mod section;
pub(crate) mod take_back;

use wardbook_base::DocumentId;
use wardbook_record::{Edit, PartialDate, Problem};
use wardbook_replica::{EditCommand, EditError, PersonView, ReplicaError, Saved};
use wardbook_web::PageContext;
use wardbook_web::kit::Crumb;
use wardbook_web::record_view::{SubmittedForm, parse_heads};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::screen::Screen;
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

impl Open {
    /// The person's name, or a word for a record without one.
    pub(crate) fn name(&self, ctx: &PageContext) -> String {
        let name = &self.view.facts.full_name;
        if name.is_empty() { ctx.t("node-no-name") } else { name.clone() }
    }

    /// The record's page with a section open.
    pub(crate) fn tab(&self, section: &str) -> String {
        format!("{}?tab={section}", self.base)
    }

    /// The way to a page under the record.
    pub(crate) fn crumbs(&self, ctx: &PageContext) -> Vec<Crumb> {
        vec![
            Crumb::new("/people", ctx.t("node-nav-people")),
            Crumb::new(self.base.clone(), self.name(ctx)),
        ]
    }
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

/// Whether this person may edit something of this record; a page of refusal otherwise. What exactly,
/// the replica decides when it is saved.
pub(crate) fn may_edit(open: &Open) -> Result<(), Refusal> {
    if let Some(keeper) = &open.view.keeper {
        return Err(EditError::KeptElsewhere { ward_name: keeper.ward_name.clone() }.into());
    }
    if open.view.editable { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
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
