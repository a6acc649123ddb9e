//! One record with all its sections, and its open conflicts on top.

use axum::extract::{Path, State};
use wardbook_record::{PartialDate, Path as ValuePath};
use wardbook_replica::{ConflictCard, PersonView};
use wardbook_web::format::date_time;
use wardbook_web::kit::{Badge, ButtonKind, Crumb, Page, Tab, Tone, badge, link_button, tabs};
use wardbook_web::record_view::{RecordView, conflict_card, sections};
use wardbook_web::{Markup, html, t};

use super::conflicts::card_view;
use super::session::Visit;
use crate::api::people::read_document;
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// `GET /people/{id}`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Markup, Failure> {
    let found = read(&app, &visit, &id).await?;
    Ok(view(&visit, &found))
}

/// A record and the day as of which it is read.
pub(super) struct Found {
    pub(super) record: PersonView,
    pub(super) as_of: PartialDate,
}

/// Reads a record for a page. The view is logged.
pub(super) async fn read(app: &App, visit: &Visit, id: &str) -> Result<Found, Failure> {
    let (document, viewer) = (read_document(id)?, visit.viewer.clone());
    let (record, as_of) = app
        .run(move |replica| -> Result<_, Failure> {
            Ok((replica.person(&viewer, &document)?, replica.as_of()?))
        })
        .await?;
    Ok(Found { record: record.ok_or(Refusal::NotFound)?, as_of })
}

/// The way to a record.
pub(super) fn crumbs(visit: &Visit, record: &PersonView) -> Vec<Crumb> {
    vec![
        Crumb::new("/people", t(visit.ctx.lang, "hub-nav-people")),
        Crumb::new(format!("/people/{}", record.person.id), &record.facts.full_name),
    ]
}

fn view(visit: &Visit, found: &Found) -> Markup {
    let (lang, record) = (visit.ctx.lang, &found.record);
    let base = format!("/people/{}", record.person.id);
    let may_edit = record.editable && visit.viewer.role.may_edit();
    let shown = RecordView {
        takes_files: false,
        person: &record.person,
        problems: &record.problems,
        conflicts: &paths_of(record.conflicts.as_ref()),
        edit_base: may_edit.then_some(base.as_str()),
        as_of: found.as_of,
    };
    let body = html! {
        @if let Some(reason) = &record.facts.retired {
            p { (badge(&Badge::new(Tone::Warning, t(lang, "hub-mark-retired")))) " " (reason) }
        }
        @if let Some(card) = &record.conflicts {
            div #conflicts { (conflict_card(&visit.ctx, &card_view(card, found.as_of, may_edit))) }
        }
        (tabs(lang, &t(lang, "hub-sections"), &anchors(visit)))
        (sections(&visit.ctx, &shown))
    };
    Page::new(&record.facts.full_name)
        .lead(lead(record))
        .crumbs(vec![Crumb::new("/people", t(lang, "hub-nav-people"))])
        .actions(html! {
            (link_button(ButtonKind::Secondary, &format!("{base}/history"), &t(lang, "hub-history")))
        })
        .render(&visit.ctx, &body)
}

fn lead(record: &PersonView) -> String {
    let title = record.facts.title_label.clone();
    let changed = record.last_change.as_ref().map(|change| {
        format!("{} – {} {}", date_time(change.at), change.user_name, change.device_name)
    });
    let parts = [title, Some(record.ward_name.clone()), changed];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn anchors(visit: &Visit) -> Vec<Tab> {
    let anchor = |section: &wardbook_record::Section| {
        Tab::new(format!("#section-{}", section.key), section.label(visit.ctx.lang), false)
    };
    wardbook_record::schema().sections.iter().map(anchor).collect()
}

fn paths_of(card: Option<&ConflictCard>) -> Vec<ValuePath> {
    card.map(|card| card.fields.iter().map(|field| field.path.clone()).collect())
        .unwrap_or_default()
}
