//! The list of people: search, filters, order, pages, chosen columns, and forms over a selection.

pub(crate) mod bulk;
mod chips;
pub(crate) mod columns;
pub(crate) mod saved;
pub(crate) mod selection;
mod view;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::ReplicaError;
use wardbook_store::{Facets, PeoplePage};

use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::refusal::Refusal;

/// People on one page of the list.
pub(crate) const PER_PAGE: u64 = 50;

/// A form as sent: names may come more than once.
pub(crate) type Sent = Vec<(String, String)>;

/// What the list shows.
struct Found {
    page: PeoplePage,
    facets: Facets,
    query: ListQuery,
    search: String,
    columns: Vec<columns::ListColumn>,
    saved: Vec<saved::SavedFilter>,
    /// The name of a filter that was not saved, to be corrected.
    named: String,
}

/// The list.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    Query(query): Query<ListQuery>,
) -> PageResult {
    let mut found = find(&app, &screen, ListQuery { q: String::new(), ..query }).await?;
    let named = screen.ctx.query.split('&').find_map(|pair| pair.strip_prefix("named="));
    found.named = named.map(|key| app.search_text(key)).unwrap_or_default();
    let shown = if screen.ctx.is_fragment() {
        view::part(&screen, &found)
    } else {
        view::page(&screen, &found)
    };
    Ok(Shown(shown).into_response())
}

/// A search: the text stays here, the address gets a short key for it.
pub(crate) async fn search(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    let text = one(&sent, "text");
    let s = if text.is_empty() { String::new() } else { app.search_key(text) };
    let query = ListQuery { s, offset: 0, ..ListQuery::from_words(&sent) };
    let address = query.address("/people");
    if !screen.ctx.is_fragment() {
        return Ok(Redirect::to(&address).into_response());
    }
    let found = find(&app, &screen, query).await?;
    let mut response = Shown(view::part(&screen, &found)).into_response();
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert("hx-push-url", address);
    }
    Ok(response)
}

/// The value of a name in a form; empty when it is not there.
pub(crate) fn one<'a>(sent: &'a Sent, name: &str) -> &'a str {
    sent.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
}

async fn find(app: &App, screen: &Screen, query: ListQuery) -> Result<Found, Refusal> {
    let query = ListQuery { limit: 0, ..query };
    let mut asked = query.to_people_query(app);
    asked.limit = PER_PAGE;
    let (viewer, search) = (screen.viewer.clone(), asked.search.clone());
    let elsewhere = query.is_elsewhere();
    let read = app.replica().run(move |replica| {
        let page = ListQuery::people(elsewhere, replica, &viewer, &asked)?;
        let facets = replica.facets(&viewer, &asked)?;
        let columns = columns::chosen(replica, &viewer)?;
        let saved = saved::all(replica, &viewer)?;
        Ok::<_, ReplicaError>((page, facets, columns, saved))
    });
    let (page, facets, columns, saved) = read.await??;
    Ok(Found { page, facets, query, search, columns, saved, named: String::new() })
}
