//! One action for many people: each record gets its own change, whoever it does not fit is left out
//! with the reason, and the whole can be taken back.

mod batch;
mod view;

pub(crate) use batch::{done, undo};

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_base::DocumentId;
use wardbook_record::Person;
use wardbook_record::events::{Event, Fault, Office, events, prepare};
use wardbook_record::rules::{Effect, Finding};
use wardbook_replica::{DeskOwner, Replica, ReplicaError, Viewer};
use wardbook_store::PeopleQuery;
use wardbook_web::record_view::said_of;

use self::batch::{Batch, Refused, Written};
use super::ask::{Asked, NotSaved, Typed, action_of, fitting, is_on, is_too_long};
use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::people::list::selection::meant;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// People in one go: each is a change of its own, and the browser waits.
const PEOPLE_MAX: usize = 500;
/// The desk's kind of a batch.
const KIND: &str = "event_batch";

/// The form as sent: the people, the action, its boxes.
pub(super) type Sent = Vec<(String, String)>;

/// The people with their names, in the order of the list.
type People = Vec<(DocumentId, String)>;

/// One person of the check.
pub(super) struct Line {
    name: String,
    document: DocumentId,
    /// What would be written, or why nothing is.
    words: Vec<String>,
    may: bool,
}

/// What was sent, read.
pub(super) struct Wanted {
    event: &'static Event,
    typed: Typed,
    reason: String,
    people: People,
}

/// Asks for the action, shows its form, checks it, saves it.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    if !screen.viewer.role.may_edit() {
        return Err(ReplicaError::NotAllowed.into());
    }
    let people = people(&app, &screen, &sent).await?;
    let ctx = &screen.ctx;
    let as_of = app.replica().as_of()?;
    if people.is_empty() || people.len() > PEOPLE_MAX {
        return Ok(not_accepted(view::wrong_number(ctx, people.len(), PEOPLE_MAX)));
    }
    let Some(key) = one(&sent, "key") else {
        let offered = events().all.iter().filter(|event| event.bulk && is_on(event, as_of));
        return Ok(Shown(view::choose(ctx, &people, offered)).into_response());
    };
    let event = action_of(key, as_of)?;
    if !event.bulk {
        return Err(ReplicaError::NotFound.into());
    }
    let wanted = Wanted {
        typed: event.inputs.iter().map(|i| (i.key().to_owned(), text(&sent, i.key()))).collect(),
        reason: text(&sent, "reason_accepted"),
        people,
        event,
    };
    match (one(&sent, "back"), one(&sent, "stage")) {
        (Some(_), _) => Ok(Shown(view::form(&screen.ctx, &wanted, &[], as_of)).into_response()),
        (None, Some("save")) if !is_too_long(&wanted.reason) => save(&app, &screen, wanted).await,
        (None, Some("save" | "check")) => check(&app, &screen, wanted).await,
        (None, _) => {
            let typed = first(event, as_of);
            let wanted = Wanted { typed, ..wanted };
            Ok(Shown(view::form(&screen.ctx, &wanted, &[], as_of)).into_response())
        }
    }
}

/// What the form begins with: nothing that differs from person to person.
fn first(event: &'static Event, as_of: wardbook_record::PartialDate) -> Typed {
    prepare(event, &Person::default(), as_of, Office::default())
}

async fn check(app: &App, screen: &Screen, wanted: Wanted) -> PageResult {
    let viewer = screen.viewer.clone();
    let as_of = app.replica().as_of()?;
    let work = move |replica: &Replica| {
        let lines: Result<Vec<_>, Refusal> =
            wanted.people.iter().map(|one| look(replica, &viewer, &wanted, one)).collect();
        lines.map(|lines| (wanted, lines))
    };
    let (wanted, found) = app.replica().run(work).await??;
    // A box that is wrong for everybody brings the form back; what differs is told person by person.
    let faults = wrong_for_all(&found);
    if !faults.is_empty() {
        return Ok(not_accepted(view::form(&screen.ctx, &wanted, &faults, as_of)));
    }
    let lines: Vec<Line> = found.into_iter().map(|(line, _)| line).collect();
    let page = view::check(&screen.ctx, &wanted, &lines);
    Ok(if is_too_long(&wanted.reason) { not_accepted(page) } else { Shown(page).into_response() })
}

/// The faults of boxes that every person has.
fn wrong_for_all(found: &[(Line, Vec<Fault>)]) -> Vec<Fault> {
    let Some(((_, first), others)) = found.split_first() else { return Vec::new() };
    let is_shared =
        |fault: &&Fault| others.iter().all(|(_, faults)| faults.iter().any(|one| one == *fault));
    first.iter().filter(|fault| fault.input.is_some()).filter(is_shared).cloned().collect()
}

/// Looks at one person: what would be written, or what stops it.
fn look(
    replica: &Replica,
    viewer: &Viewer,
    wanted: &Wanted,
    (document, name): &(DocumentId, String),
) -> Result<(Line, Vec<Fault>), Refusal> {
    let lang = viewer.lang;
    let asked = Asked::read(replica, viewer, document, wanted.event)?;
    let line = |words, may| Line { name: name.clone(), document: *document, words, may };
    match asked.check(replica, &own(wanted), fitting(&wanted.reason)) {
        Err(faults) => {
            let words = faults.iter().map(|fault| {
                let label = fault.label(wanted.event, lang);
                said_of(&label, &fault.reason(lang), &fault.remedy(lang))
            });
            Ok((line(words.collect(), false), faults))
        }
        Ok(checked) => {
            let serious = |f: &&Finding| f.effect != Effect::Remind;
            let findings = checked.findings.iter().filter(serious).map(|finding| {
                format!("{}: {}", finding.effect_label(lang), finding.sentence(lang))
            });
            let changes = checked.plan.lines(&asked.person, lang);
            // The decision is the same for all.
            let changes = changes.iter().filter(|one| one.path.owner() != "documents");
            let changes = changes.map(|one| match one.before.as_str() {
                "" => format!("{}: {}", one.label, one.after),
                before => format!("{}: {before} → {}", one.label, one.after),
            });
            let may = checked.worst() != Some(Effect::Block);
            Ok((line(findings.chain(changes).collect(), may), Vec::new()))
        }
    }
}

/// The boxes for one person: one that was left empty holds what it would hold for this person.
fn own(wanted: &Wanted) -> Typed {
    let filled = wanted.typed.iter().filter(|(_, text)| !text.trim().is_empty());
    filled.map(|(key, text)| (key.clone(), text.clone())).collect()
}

async fn save(app: &App, screen: &Screen, wanted: Wanted) -> PageResult {
    let (viewer, key) = (screen.viewer.clone(), app.replica().now().0.to_string());
    let name = key.clone();
    let work = move |replica: &Replica| {
        let mut batch = Batch::new(&wanted.event.key);
        for &(document, _) in &wanted.people {
            match write(replica, &viewer, &wanted, &document) {
                Ok(change) => batch.written.push(Written { document, change }),
                Err(why) => batch.refused.push(Refused { document, why }),
            }
        }
        replica.desk_put(&viewer, DeskOwner::Mine, (KIND, &name), None, &batch)
    };
    app.replica().run(work).await??;
    app.edited();
    Ok(Redirect::to(&format!("/events/batches/{key}")).into_response())
}

fn write(
    replica: &Replica,
    viewer: &Viewer,
    wanted: &Wanted,
    document: &DocumentId,
) -> Result<wardbook_base::ChangeHash, String> {
    let lang = viewer.lang;
    let asked = Asked::read(replica, viewer, document, wanted.event);
    let asked = asked.map_err(|error| error.sentence(lang))?;
    let typed = own(wanted);
    match asked.save(replica, viewer, (&typed, &wanted.reason), &[]) {
        Ok(done) => Ok(done.change),
        Err(NotSaved::Faults(faults)) => {
            let words: Vec<String> = faults.iter().map(|fault| fault.reason(lang)).collect();
            Err(words.join(" "))
        }
        Err(
            NotSaved::Rules(checked) | NotSaved::LongReason(checked) | NotSaved::Changed(checked),
        ) => {
            let words: Vec<String> =
                checked.findings.iter().map(|finding| finding.sentence(lang)).collect();
            Err(words.join(" "))
        }
        Err(NotSaved::Edit(error)) => Err(error.sentence(lang)),
    }
}

async fn people(app: &App, screen: &Screen, sent: &Sent) -> Result<People, Refusal> {
    let Some(query) = meant(app, screen, sent).await? else { return Ok(Vec::new()) };
    let query = PeopleQuery { limit: PEOPLE_MAX as u64 + 1, ..query };
    let elsewhere = ListQuery::from_words(sent).is_elsewhere();
    let viewer = screen.viewer.clone();
    let read =
        app.replica().run(move |replica| ListQuery::people(elsewhere, replica, &viewer, &query));
    let rows = read.await??.rows;
    Ok(rows.into_iter().map(|row| (row.document, row.facts.full_name)).collect())
}

fn one<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

fn text(sent: &Sent, name: &str) -> String {
    one(sent, name).unwrap_or_default().to_owned()
}
