//! What is typed into a form and not saved yet: kept on the person's desk while they type, offered
//! when they open the form again, gone when they save.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_base::{DocumentId, Timestamp};
use wardbook_record::{Field, Lang, PartialDate, Path, parse_typed, path_label, schema, show};
use wardbook_replica::{DeskOwner, DeskThing, ReplicaError};
use wardbook_web::kit::{ButtonKind, Column, Tone, alert, button, table};
use wardbook_web::record_view::{SubmittedForm, draft_of, touched_boxes};
use wardbook_web::{Markup, PageContext, format, html};

use crate::api::edits::document_of;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// The kind under which drafts lie on a desk.
const KIND: &str = "draft";

/// The longest name of a form: `tables/<table>/<row>`.
const PLACE_MAX: usize = 120;

/// Which form a draft belongs to.
#[derive(Debug, Clone)]
pub(crate) struct DraftPlace {
    /// The record; none for a new person.
    pub(crate) document: Option<DocumentId>,
    /// The form: `sections/identity`, `tables/degrees/new`, `people`.
    pub(crate) form: String,
}

impl DraftPlace {
    fn key(&self) -> String {
        format!("{}/{}", self.owner(), self.form)
    }

    fn owner(&self) -> String {
        self.document.map_or_else(|| "new".to_owned(), |document| document.to_string())
    }

    /// Where the form sends itself while one types.
    pub(crate) fn address(&self) -> String {
        format!("/people/{}/draft?form={}", self.owner(), self.form)
    }

    /// Only forms that there are: a desk is no place for anything else.
    fn read(id: &str, form: &str) -> Result<Self, Refusal> {
        let missing = || Refusal::from(ReplicaError::NotFound);
        if id == "new" {
            return Ok(Self { document: None, form: "people".to_owned() });
        }
        let known = form.len() <= PLACE_MAX
            && match form.split('/').collect::<Vec<_>>().as_slice() {
                ["sections", section] => schema().section(section).is_some(),
                ["tables", table, row] => {
                    schema().table(table).is_some()
                        && (*row == "new" || row.parse::<wardbook_base::RowId>().is_ok())
                }
                _ => false,
            };
        if !known {
            return Err(missing());
        }
        Ok(Self { document: Some(document_of(id)?), form: form.to_owned() })
    }
}

/// Which form of the record.
#[derive(Debug, Deserialize)]
pub(crate) struct OfForm {
    #[serde(default)]
    form: String,
}

/// A draft with the moment of its last letter.
pub(crate) type Draft = DeskThing<SubmittedForm>;

/// Keeps what was typed so far, and says when.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(of): Query<OfForm>,
    Form(form): Form<SubmittedForm>,
) -> PageResult {
    let place = DraftPlace::read(&id, &of.form)?;
    let draft = draft_of(&form);
    if draft.is_empty() {
        remove(&app, &screen, &place).await?;
        return Ok(Shown(html! {}).into_response());
    }
    let viewer = screen.viewer.clone();
    let now = app.replica().now();
    let put = app.replica().run(move |replica| {
        let key = place.key();
        replica.desk_put(&viewer, DeskOwner::Mine, (KIND, &key), place.document, &draft)
    });
    put.await??;
    let words = format!("{} {}", screen.ctx.t("dossier-draft-kept"), clock(now));
    Ok(Shown(html! { (words) }).into_response())
}

/// Throws a draft away.
pub(crate) async fn discard(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(of): Query<OfForm>,
) -> PageResult {
    let place = DraftPlace::read(&id, &of.form)?;
    remove(&app, &screen, &place).await?;
    let form = match place.document {
        None => "/people/new".to_owned(),
        Some(document) => format!("/people/{document}/{}", place.form),
    };
    Ok(Redirect::to(&format!("{form}?done=draft-gone")).into_response())
}

/// The draft of a form, if this person has one.
pub(crate) async fn read(
    app: &App,
    screen: &Screen,
    place: &DraftPlace,
) -> Result<Option<Draft>, Refusal> {
    let (viewer, key) = (screen.viewer.clone(), place.key());
    let read = app.replica().run(move |replica| {
        replica.desk_get::<SubmittedForm>(&viewer, DeskOwner::Mine, (KIND, &key))
    });
    Ok(read.await??)
}

/// Removes a draft; nothing happens when there is none.
pub(crate) async fn remove(app: &App, screen: &Screen, place: &DraftPlace) -> Result<(), Refusal> {
    if read(app, screen, place).await?.is_none() {
        return Ok(());
    }
    let (viewer, key) = (screen.viewer.clone(), place.key());
    let gone = app
        .replica()
        .run(move |replica| replica.desk_remove(&viewer, DeskOwner::Mine, (KIND, &key)));
    Ok(gone.await??)
}

/// The question what to do with a draft, with all that was typed in it.
pub(crate) fn offer(ctx: &PageContext, place: &DraftPlace, draft: &Draft, action: &str) -> Markup {
    let lead =
        format!("{} {} {}", ctx.t("dossier-draft-found"), clock(draft.at), format::date(draft.at));
    let columns = [
        Column::text(ctx.t("dossier-draft-field")),
        Column::text(ctx.t("dossier-draft-before")),
        Column::text(ctx.t("dossier-draft-typed")),
    ];
    let rows = html! {
        @for (name, was, now) in touched_boxes(&draft.value) {
            @let (label, field) = named(place, name, ctx.lang);
            tr {
                th scope="row" { (label) }
                td { (in_words(ctx, field, was, draft.at)) }
                td { (in_words(ctx, field, now, draft.at)) }
            }
        }
    };
    html! {
        (alert(Tone::Info, &lead, &html! { p { (ctx.t("dossier-draft-question")) } }))
        div .btn-list {
            a .btn.btn-primary autofocus href=(format!("{action}?draft=1")) { (ctx.t("dossier-draft-restore")) }
            form method="post" action=(place.address().replacen("/draft", "/draft/discard", 1)) {
                (button(ButtonKind::Secondary, &ctx.t("dossier-draft-discard")))
            }
        }
        (table(&ctx.t("dossier-draft-caption"), &columns, &rows))
    }
}

/// What a box is called, and what it holds.
fn named(place: &DraftPlace, name: &str, lang: Lang) -> (String, Option<&'static Field>) {
    if let ["tables", table, _] = place.form.split('/').collect::<Vec<_>>().as_slice() {
        let column = schema().column(table, name);
        return (column.map_or(name, |column| column.label(lang)).to_owned(), column);
    }
    let Ok(path) = name.parse::<Path>() else { return (name.to_owned(), None) };
    (path_label(&path, lang), schema().at(&path))
}

/// What was typed; a code by its label.
fn in_words(ctx: &PageContext, field: Option<&Field>, typed: &str, at: Timestamp) -> String {
    if typed.trim().is_empty() {
        return ctx.t("record-empty-value");
    }
    let day = PartialDate::in_vietnam(at);
    let parsed = field.and_then(|field| parse_typed(field, typed, day).ok().map(|p| (field, p)));
    match parsed {
        Some((field, parts)) => match parts.as_slice() {
            [(suffix, Some(value))] if suffix.is_empty() => show(field, value, ctx.lang),
            _ => typed.to_owned(),
        },
        None => typed.to_owned(),
    }
}

/// `14:03:22`.
fn clock(at: Timestamp) -> String {
    format!("{}:{:02}", format::time(at), at.seconds().rem_euclid(60))
}
