//! Filters that somebody gave a name: their own, and those of the whole office.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use serde::{Deserialize, Serialize};
use wardbook_base::to_hex;
use wardbook_replica::{DeskOwner, Replica, ReplicaError, Viewer};
use wardbook_web::kit::{ButtonKind, button, checkbox, field, hidden};
use wardbook_web::{Markup, html, t_args};

use super::{Found, Sent, one};
use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;

/// The kind of these things on a desk.
const KIND: &str = "filter";
/// Letters of a name.
const NAME_MAX: usize = 80;

/// What is kept of a filter. The search text is part of it: it stays here, under a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    name: String,
    words: Vec<(String, String)>,
    search: String,
}

/// A filter with a name.
pub(super) struct SavedFilter {
    owner: DeskOwner,
    key: String,
    name: String,
}

impl SavedFilter {
    fn address(&self) -> String {
        format!("/people/saved/{}/{}", word(self.owner), self.key)
    }
}

const fn word(owner: DeskOwner) -> &'static str {
    match owner {
        DeskOwner::Mine => "mine",
        DeskOwner::Office => "office",
    }
}

fn owner(word: &str) -> DeskOwner {
    if word == "office" { DeskOwner::Office } else { DeskOwner::Mine }
}

/// The filters that a person sees, by name.
pub(super) fn all(replica: &Replica, viewer: &Viewer) -> Result<Vec<SavedFilter>, ReplicaError> {
    let mut all = Vec::new();
    for owner in [DeskOwner::Mine, DeskOwner::Office] {
        let things = replica.desk_list::<Kept>(viewer, owner, KIND)?;
        all.extend(things.into_iter().map(|thing| SavedFilter {
            owner,
            key: thing.key,
            name: thing.value.name,
        }));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Keeps the present state of the list under a name.
pub(crate) async fn save(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    let query = ListQuery { offset: 0, ..ListQuery::from_words(&sent) };
    let name = one(&sent, "name").trim().to_owned();
    if name.is_empty() {
        return Ok(back(&query, "done=filter-nameless"));
    }
    if name.chars().count() > NAME_MAX {
        return Ok(back(&query, &format!("named={}", app.search_key(&name))));
    }
    let search = app.search_text(&query.s);
    let owner = if one(&sent, "office") == "1" { DeskOwner::Office } else { DeskOwner::Mine };
    let key = to_hex(&app.dice().bytes::<6>());
    let kept =
        Kept { name, words: ListQuery { s: String::new(), ..query.clone() }.words(), search };
    let viewer = screen.viewer.clone();
    app.replica()
        .run(move |replica| replica.desk_put(&viewer, owner, (KIND, &key), None, &kept))
        .await??;
    Ok(back(&query, "done=filter-saved"))
}

/// Shows the list as it was kept; one that is gone leads to the whole list.
pub(crate) async fn open(
    State(app): State<App>,
    screen: Screen,
    UrlPath((whose, key)): UrlPath<(String, String)>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let found = app
        .replica()
        .run(move |replica| replica.desk_get::<Kept>(&viewer, owner(&whose), (KIND, &key)))
        .await??;
    let Some(kept) = found.map(|thing| thing.value) else {
        return Ok(Redirect::to("/people?done=filter-gone").into_response());
    };
    let s = if kept.search.is_empty() { String::new() } else { app.search_key(&kept.search) };
    let query = ListQuery { s, ..ListQuery::from_words(&kept.words) };
    Ok(Redirect::to(&query.address("/people")).into_response())
}

/// Takes a filter away.
pub(crate) async fn delete(
    State(app): State<App>,
    screen: Screen,
    UrlPath((whose, key)): UrlPath<(String, String)>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    app.replica()
        .run(move |replica| replica.desk_remove(&viewer, owner(&whose), (KIND, &key)))
        .await??;
    Ok(Redirect::to("/people?done=filter-deleted").into_response())
}

/// Back to the list, with a word of what became of it.
fn back(query: &ListQuery, word: &str) -> axum::response::Response {
    let address = query.address("/people");
    let sign = if address.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{address}{sign}{word}")).into_response()
}

/// The saved filters, and the form that saves the present one.
pub(super) fn bar(screen: &Screen, found: &Found) -> Markup {
    let ctx = &screen.ctx;
    let may_share = screen.viewer.role.may_edit();
    // A name that was too long stands in the box again.
    let named = found.named.as_str();
    let wrong = (!named.is_empty()).then(|| ctx.t("list-save-name-long"));
    let is_worth_saving = found.query.is_filtered() || !found.query.s.is_empty() || wrong.is_some();
    html! {
        @if !found.saved.is_empty() || is_worth_saving {
            details .wb-saved open[wrong.is_some()] {
                summary { (t_args(ctx.lang, "list-saved", &[("count", found.saved.len() as u64)])) }
                @if !found.saved.is_empty() {
                    ul .wb-saved-list aria-label=(ctx.t("list-saved-name")) {
                        @for filter in &found.saved {
                            li {
                                a href=(filter.address()) { (filter.name) }
                                @if filter.owner == DeskOwner::Office { " " span .wb-tag { (ctx.t("list-saved-office")) } }
                                @if filter.owner == DeskOwner::Mine || may_share {
                                    form method="post" action=(format!("{}/delete", filter.address())) {
                                        button .btn.btn-ghost-primary type="submit" {
                                            (ctx.t("list-saved-delete"))
                                            span .visually-hidden { " " (filter.name) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                @if is_worth_saving {
                    form .wb-save-filter method="post" action="/people/saved" {
                        @for (name, value) in found.query.words() { (hidden(&name, &value)) }
                        (field("name", &ctx.t("list-save-name")).short().value(named).error_if(wrong))
                        @if may_share { (checkbox("office", &ctx.t("list-save-office"), false)) }
                        (button(ButtonKind::Secondary, &ctx.t("list-save")))
                    }
                }
            }
        }
    }
}
