//! One value for many people: choose the field, give the value, see before and after, write.

use axum::Form;
use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_record::{Field, Kind, PartialDate};
use wardbook_replica::{
    BulkChange, BulkCodes, BulkPreview, DuplicateChoice, EditError, ImportChoices, ImportToken,
    Replica, ReplicaError, bulk_columns,
};
use wardbook_web::kit::{
    ButtonKind, Column, Crumb, FieldError, Page, Tone, alert, button, card, checkbox, field,
    fieldset, hidden, link_button, radios, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::selection::{is_about_people, meant, nobody};
use super::{Sent, one};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// Names the box of a code, before the code.
const TICK: &str = "code.";

/// A step by its address alone (another language, a reload): the selection is gone, so it begins
/// again at the list.
pub(crate) async fn again(screen: Screen) -> PageResult {
    must_edit(&screen)?;
    Ok(Redirect::to("/people").into_response())
}

/// Many records at once are for clerks; others are told so at the first step, not at the last.
fn must_edit(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

/// First step: which field, for how many.
pub(crate) async fn choose(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    must_edit(&screen)?;
    let Some(query) = meant(&app, &screen, &sent).await? else { return Ok(nobody(&sent)) };
    let viewer = screen.viewer.clone();
    let people = app.replica().run(move |replica| replica.people_meant(&viewer, &query)).await??;
    Ok(Shown(choose_view(&screen.ctx, &sent, people.len() as u64)).into_response())
}

/// Second step: which value.
pub(crate) async fn value(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    must_edit(&screen)?;
    let as_of = app.replica().run(Replica::as_of).await??;
    let chosen = field_of(&sent)?;
    Ok(Shown(value_view(&screen.ctx, &sent, chosen, as_of, None)).into_response())
}

/// Third step: before and after. Nothing is written.
pub(crate) async fn preview(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    must_edit(&screen)?;
    let Some(query) = meant(&app, &screen, &sent).await? else { return Ok(nobody(&sent)) };
    let chosen = field_of(&sent)?;
    let change = change_of(&sent, chosen);
    if change.codes != BulkCodes::Replace && change.typed.is_empty() {
        let as_of = app.replica().run(Replica::as_of).await??;
        let said = Some(screen.ctx.t("list-bulk-no-code"));
        return Ok(not_accepted(value_view(&screen.ctx, &sent, chosen, as_of, said)));
    }
    let viewer = screen.viewer.clone();
    let looked = app
        .replica()
        .run(move |replica| {
            let looked = replica.preview_bulk(&viewer, &query, &change);
            Ok::<_, ReplicaError>((looked, replica.as_of()?))
        })
        .await??;
    let ctx = &screen.ctx;
    match looked {
        (Ok(looked), _) => Ok(Shown(preview_view(ctx, &looked)).into_response()),
        (Err(EditError::Invalid(problems)), as_of) => {
            let label = chosen.label(ctx.lang);
            let said = problems.first().map(|problem| {
                format!("{label}: {} {}", problem.reason(ctx.lang), problem.remedy(ctx.lang))
            });
            Ok(not_accepted(value_view(ctx, &sent, chosen, as_of, said)))
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// Writes it: one change for each person, one batch.
pub(crate) async fn apply(
    State(app): State<App>,
    screen: Screen,
    UrlPath(token): UrlPath<String>,
) -> PageResult {
    let choices = ImportChoices { for_all: DuplicateChoice::Update, ..ImportChoices::default() };
    let (viewer, token) = (screen.viewer, ImportToken(token));
    let done = app
        .replica()
        .run(move |replica| replica.commit_import(&viewer, &token, &choices, &mut |_| {}))
        .await??;
    app.edited();
    let next = format!("/people/bulk/done?batch={}&updated={}", done.batch, done.updated);
    Ok(Redirect::to(&next).into_response())
}

/// The figures, as the redirect carries them. They are shown, nothing depends on them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DoneQuery {
    batch: u64,
    updated: u64,
}

/// What was written, and the way back.
pub(crate) async fn done(screen: Screen, Query(done): Query<DoneQuery>) -> PageResult {
    must_edit(&screen)?;
    let ctx = &screen.ctx;
    let words = t_args(ctx.lang, "list-bulk-done", &[("count", done.updated)]);
    let undo = format!("/import/batches/{}/undo", done.batch);
    let body = html! {
        (alert(Tone::Good, "", &html! { p { (words) } p { (ctx.t("list-bulk-undo-hint")) } }))
        div .btn-list {
            (link_button(ButtonKind::Primary, "/people", &ctx.t("node-to-list")))
            (link_button(ButtonKind::Secondary, &undo, &ctx.t("node-undo")))
        }
    };
    Ok(Shown(Page::new(ctx.t("list-bulk-edit")).render(ctx, &body)).into_response())
}

fn field_of(sent: &Sent) -> Result<&'static Field, Refusal> {
    let key = one(sent, "field");
    let column = bulk_columns().find(|column| column.key == key);
    column.map(|column| column.field).ok_or_else(Refusal::unreadable)
}

/// What is to be written, as it was sent.
fn change_of(sent: &Sent, chosen: &Field) -> BulkChange {
    let key = chosen.key.clone();
    if chosen.kind != Kind::Codes {
        let typed = one(sent, "value").to_owned();
        return BulkChange { key, typed, codes: BulkCodes::Replace };
    }
    let codes = match one(sent, "how") {
        "add" => BulkCodes::Add,
        "remove" => BulkCodes::Remove,
        _ => BulkCodes::Replace,
    };
    let ticked: Vec<&str> = sent.iter().filter_map(|(name, _)| name.strip_prefix(TICK)).collect();
    BulkChange { key, typed: ticked.join("; "), codes }
}

/// Who is meant travels from step to step.
fn people(sent: &Sent) -> Markup {
    let about = sent.iter().filter(|(name, _)| is_about_people(name));
    html! { @for (name, value) in about { (hidden(name, value)) } }
}

fn page(ctx: &PageContext, title: String) -> Page {
    Page::new(title).crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
}

fn choose_view(ctx: &PageContext, sent: &Sent, count: u64) -> Markup {
    let mut options: Vec<(String, String)> =
        bulk_columns().map(|column| (column.key.clone(), column.label(ctx.lang))).collect();
    // Who edits many people at once mostly means one of these.
    let first = ["org_unit", "current_title", "work_status", "rank_code", "subject_type"];
    options.sort_by_key(|(key, _)| first.iter().position(|own| own == key).unwrap_or(first.len()));
    let form = html! {
        form method="post" action="/people/bulk/value" {
            (people(sent))
            (field("field", &ctx.t("list-bulk-field")).select(options).required())
            (steps(ctx, &ctx.t("list-bulk-next")))
        }
    };
    let lead = t_args(ctx.lang, "list-bulk-people", &[("count", count)]);
    page(ctx, ctx.t("list-bulk-edit")).lead(lead).render(ctx, &card("", None, &form))
}

fn value_view(
    ctx: &PageContext,
    sent: &Sent,
    chosen: &Field,
    as_of: PartialDate,
    wrong: Option<String>,
) -> Markup {
    let label = chosen.label(ctx.lang);
    let mut value =
        field("value", label).value(one(sent, "value")).hint(ctx.t("list-bulk-value-hint"));
    let empty = (String::new(), ctx.t("list-bulk-empty"));
    let options: Vec<(String, String)> = match &chosen.kind {
        Kind::Code => {
            let items = chosen.items_on(as_of);
            items.iter().map(|item| (item.code.clone(), item.label(ctx.lang).to_owned())).collect()
        }
        Kind::Enum(choices) => {
            choices.iter().map(|c| (c.code.clone(), c.label(ctx.lang).to_owned())).collect()
        }
        Kind::Bool => ["Có", "Không"].map(|word| (word.to_owned(), word.to_owned())).to_vec(),
        _ => Vec::new(),
    };
    if !options.is_empty() {
        value = value.select(std::iter::once(empty).chain(options).collect());
    } else if matches!(chosen.kind, Kind::Date | Kind::PartialDate | Kind::Month) {
        value = value.date();
    }
    let form = html! {
        form method="post" action="/people/bulk/preview" {
            (people(sent))
            (hidden("field", &chosen.key))
            @if chosen.kind == Kind::Codes { (codes(ctx, sent, chosen, as_of, wrong.as_deref())) }
            @else { (value.error_if(wrong.clone())) }
            (steps(ctx, &ctx.t("list-bulk-look")))
        }
    };
    let name = if chosen.kind == Kind::Codes { "how" } else { "value" };
    let errors = wrong.map(|message| FieldError { name: name.to_owned(), message });
    page(ctx, ctx.t("list-bulk-edit"))
        .lead(ctx.t("list-bulk-value-lead"))
        .errors(errors.into_iter().collect())
        .render(ctx, &card("", None, &form))
}

/// What to do with the codes of a set, and which ones.
fn codes(
    ctx: &PageContext,
    sent: &Sent,
    chosen: &Field,
    as_of: PartialDate,
    wrong: Option<&str>,
) -> Markup {
    let ways = [
        ("add", "list-bulk-codes-add"),
        ("remove", "list-bulk-codes-remove"),
        ("replace", "list-bulk-codes-replace"),
    ];
    let ways = ways.map(|(value, key)| (value.to_owned(), ctx.t(key)));
    let how = match one(sent, "how") {
        "" => "add",
        how => how,
    };
    let ticked = |code: &str| sent.iter().any(|(name, _)| name.strip_prefix(TICK) == Some(code));
    let ticks = html! {
        div .wb-ticks {
            @for item in chosen.items_on(as_of) {
                (checkbox(&format!("{TICK}{}", item.code), item.label(ctx.lang), ticked(&item.code)))
            }
        }
    };
    html! {
        div #f-how tabindex="-1" {
            (radios("how", &ctx.t("list-bulk-codes-how"), &ways, how))
            @if let Some(wrong) = wrong { p .invalid-feedback .d-block { (wrong) } }
        }
        (fieldset(chosen.label(ctx.lang), &ticks))
    }
}

fn preview_view(ctx: &PageContext, looked: &BulkPreview) -> Markup {
    let heads = ["list-column-name", "list-bulk-before", "list-bulk-after"]
        .map(|key| Column::text(ctx.t(key)));
    let empty = ctx.t("list-bulk-empty");
    let or_empty = |text: &str| if text.is_empty() { empty.clone() } else { text.to_owned() };
    let rows = html! {
        @for line in &looked.first {
            tr {
                th scope="row" { a href=(format!("/people/{}", line.document)) { (line.full_name) } }
                td { (or_empty(&line.before)) }
                td { strong { (or_empty(&line.after)) } }
            }
        }
    };
    let (people, changes) = (looked.people as u64, looked.changes as u64);
    let caption = t_args(
        ctx.lang,
        "list-bulk-caption",
        &[("changes", changes), ("people", people), ("shown", looked.first.len() as u64)],
    );
    let apply = t_args(ctx.lang, "list-bulk-apply", &[("count", changes)]);
    let body = html! {
        @if changes == 0 {
            (alert(Tone::Info, "", &html! { p { (ctx.t("list-bulk-nothing")) } }))
        } @else {
            (table(&caption, &heads, &rows))
        }
        form method="post" action=(format!("/people/bulk/{}/apply", looked.token.0)) {
            div .btn-list {
                @if changes > 0 { (button(ButtonKind::Primary, &apply)) }
                (link_button(ButtonKind::Secondary, "/people", &ctx.t("cancel")))
            }
        }
    };
    let title = format!("{}: {}", ctx.t("list-bulk-edit"), looked.label);
    page(ctx, title).lead(ctx.t("list-bulk-preview-lead")).render(ctx, &body)
}

fn steps(ctx: &PageContext, next: &str) -> Markup {
    html! {
        div .btn-list {
            (button(ButtonKind::Primary, next))
            (link_button(ButtonKind::Secondary, "/people", &ctx.t("cancel")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_each_persons_own_is_not_offered() {
        let keys: Vec<&str> = bulk_columns().map(|column| column.key.as_str()).collect();
        assert!(keys.contains(&"org_unit") && keys.contains(&"work_status"));
        for key in ["full_name", "person_id_no", "birth_date", "highest_qualification"] {
            assert!(!keys.contains(&key), "{key}");
        }
        assert!(keys.iter().all(|key| wardbook_record::schema().field(key).is_some()));
    }
}
