//! Asking the city for a person whose record another ward keeps.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_record::events::Fault;
use wardbook_replica::{EditError, Replica, Saved, Viewer};
use wardbook_web::kit::{Crumb, Page, Tone, alert};
use wardbook_web::record_view::SubmittedForm;
use wardbook_web::{Markup, PageContext, html};

use super::ask::{Asked, Typed};
use super::boxes::summary_of;
use super::form::{drawn, typed_of};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};

/// Where the form lies, and where it leads back to.
const FORM: &str = "/requests/new";
const LIST: &str = "/requests";

/// The form.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let asked = app.replica().run(move |replica| Asked::for_somebody(replica, &viewer)).await??;
    let first = asked.first();
    Ok(Shown(view(&screen.ctx, &asked, &first, &[])).into_response())
}

/// Sends the slip.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let work = move |replica: &Replica| {
        let asked = Asked::for_somebody(replica, &viewer)?;
        let typed = typed_of(&asked, &form);
        let sent = send(replica, &viewer, &asked, &typed)?;
        Ok::<_, EditError>((asked, typed, sent))
    };
    let (asked, typed, sent) = app.replica().run(work).await??;
    match sent {
        Ok(_) => {
            app.edited();
            Ok(Redirect::to("/requests?done=request-sent").into_response())
        }
        Err(faults) => Ok(not_accepted(view(&screen.ctx, &asked, &typed, &faults))),
    }
}

/// What [`send`] would refuse; nothing is written.
pub(crate) fn look(
    replica: &Replica,
    viewer: &Viewer,
    asked: &Asked,
    typed: &Typed,
) -> Result<Result<(), Vec<Fault>>, EditError> {
    let checked = match asked.check(replica, typed, "") {
        Ok(checked) => checked,
        Err(faults) => return Ok(Err(faults)),
    };
    let number = checked.plan.after.text("person_id_no").unwrap_or_default();
    let why = replica.asked_in_vain(viewer, number)?;
    let fault = why.and_then(|why| why.fault(asked.event, number));
    Ok(fault.map_or(Ok(()), |fault| Err(vec![fault])))
}

/// Writes the slip, unless a box is wrong or there is no need to ask.
pub(crate) fn send(
    replica: &Replica,
    viewer: &Viewer,
    asked: &Asked,
    typed: &Typed,
) -> Result<Result<Saved, Vec<Fault>>, EditError> {
    let checked = match asked.check(replica, typed, "") {
        Ok(checked) => checked,
        Err(faults) => return Ok(Err(faults)),
    };
    let number = checked.plan.after.text("person_id_no").unwrap_or_default();
    let sent = replica.ask_for_person(viewer, number, checked.plan.edits.clone())?;
    Ok(sent.map_err(|why| why.fault(asked.event, number).into_iter().collect()))
}

fn view(ctx: &PageContext, asked: &Asked, typed: &Typed, faults: &[Fault]) -> Markup {
    let body = html! {
        (alert(Tone::Info, "", &html! { p { (ctx.t("events-ask-in-note")) } }))
        (drawn(ctx, asked, typed, faults, (FORM, LIST)))
    };
    Page::new(asked.event.label(ctx.lang))
        .lead(asked.event.lead(ctx.lang))
        .crumbs(vec![Crumb::new(LIST, ctx.t("events-requests-title"))])
        .errors(summary_of(ctx, asked.event, faults))
        .render(ctx, &body)
}
