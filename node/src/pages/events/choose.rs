//! Which action: grouped, found by a few letters without marks.

use axum::extract::{Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_record::events::{Event, EventGroup, events};
use wardbook_record::{PartialDate, Purpose, names};
use wardbook_replica::HistoryView;
use wardbook_web::kit::{Page, SearchBox, card, empty_state, search_box};
use wardbook_web::{Markup, PageContext, format, html};

use super::ask::is_on;
use crate::app::App;
use crate::pages::people::{Open, may_edit, open};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// How many of the latest actions are shown.
const LATEST: usize = 5;

/// What is searched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChooseQuery {
    q: String,
}

/// The actions; a search that leaves one of them leads to its form.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(query): Query<ChooseQuery>,
) -> PageResult {
    let open = open(&app, &screen, &id).await?;
    may_edit(&open)?;
    if !screen.viewer.role.may_edit() {
        return Err(wardbook_replica::ReplicaError::NotAllowed.into());
    }
    let groups = found(&query.q, open.as_of);
    let all: Vec<&Event> = groups.iter().flat_map(|(_, events)| events.iter().copied()).collect();
    if let ([only], false, false) =
        (all.as_slice(), query.q.trim().is_empty(), screen.ctx.is_fragment())
    {
        return Ok(Redirect::to(&form_of(&open, only)).into_response());
    }
    if screen.ctx.is_fragment() {
        return Ok(Shown(list(&screen.ctx, &open, &groups)).into_response());
    }
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let history = app.replica().run(move |replica| replica.history(&viewer, &document)).await??;
    Ok(Shown(view(&screen.ctx, &open, &query.q, &groups, &history)).into_response())
}

/// The actions that fit a search, group by group; all words must be found.
fn found(search: &str, as_of: PartialDate) -> Vec<(&'static EventGroup, Vec<&'static Event>)> {
    let folded = names::fold(search);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let fits = |group: &EventGroup, event: &Event| {
        let langs = [wardbook_record::Lang::Vi, wardbook_record::Lang::En];
        let text = langs.map(|lang| format!("{} {}", group.label(lang), event.label(lang)));
        let text = names::fold(&text.join(" "));
        words.iter().all(|word| text.contains(word))
    };
    let of_group = |group: &'static EventGroup| {
        let all = events().in_group(&group.key);
        let fitting = all.filter(|event| is_on(event, as_of) && fits(group, event));
        (group, fitting.collect::<Vec<_>>())
    };
    events().groups.iter().map(of_group).filter(|(_, events)| !events.is_empty()).collect()
}

fn form_of(open: &Open, event: &Event) -> String {
    format!("{}/events/{}", open.base, event.key)
}

fn view(
    ctx: &PageContext,
    open: &Open,
    search: &str,
    groups: &[(&EventGroup, Vec<&Event>)],
    history: &[HistoryView],
) -> Markup {
    let action = format!("{}/events", open.base);
    let search = SearchBox {
        action: &action,
        name: "q",
        value: search,
        label: &ctx.t("events-search"),
        hint: &ctx.t("events-search-hint"),
        target: "event-list",
        keep: &[],
        by_post: false,
    };
    let latest: Vec<&HistoryView> =
        history.iter().filter(|entry| entry.purpose == Purpose::Event).take(LATEST).collect();
    let body = html! {
        (search_box(ctx.lang, &search))
        div #event-list { (list(ctx, open, groups)) }
        @if !latest.is_empty() { (card(&ctx.t("events-latest"), None, &written(open, &latest))) }
    };
    let title = format!("{}: {}", ctx.t("events-record"), open.name(ctx));
    Page::new(title).lead(ctx.t("events-lead")).crumbs(open.crumbs(ctx)).render(ctx, &body)
}

fn list(ctx: &PageContext, open: &Open, groups: &[(&EventGroup, Vec<&Event>)]) -> Markup {
    if groups.is_empty() {
        return empty_state(&ctx.t("events-none-found"), &html! {});
    }
    html! {
        div .wb-events {
            @for (group, events) in groups {
                section .card.wb-card {
                    div .card-header { h2 .card-title { (group.label(ctx.lang)) } }
                    ul .wb-event-list {
                        @for event in events {
                            li {
                                a href=(form_of(open, event)) { (event.label(ctx.lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was written last, each with its way to undo.
fn written(open: &Open, latest: &[&HistoryView]) -> Markup {
    html! {
        ul .wb-event-list {
            @for entry in latest {
                li {
                    a href=(format!("{}/events/done/{}", open.base, entry.hash)) {
                        (super::done::what(entry))
                    }
                    span .text-secondary { " · " (format::date_time(entry.author.at)) " · " (entry.author.user_name) }
                }
            }
        }
    }
}
