//! People of all wards: search, filters, pages.

use std::collections::BTreeMap;

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use wardbook_base::{SystemDice, WardId};
use wardbook_store::{PeoplePage, PersonRow};
use wardbook_web::kit::ButtonKind;
use wardbook_web::kit::{
    Badge, Chip, Column, Page, Pager, SearchBox, Tone, badge, button, field, filter_chips, hidden,
    pager, search_box, table,
};
use wardbook_web::{Markup, PageContext, html, t, t_args};

use super::session::Visit;
use crate::api::people::PeopleParams;
use crate::app::App;
use crate::failure::Failure;

const PER_PAGE: u64 = 50;
const STATUSES: [&str; 5] = ["conflicts", "errors", "incomplete", "leaders", "retired"];

/// What stands in the list's address. `s` is the key of a search text (see [`super::searches`]).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ListState {
    s: String,
    ward: String,
    status: String,
    page: Option<u64>,
}

/// The search form: the text, and the rest of the list's state.
#[derive(Debug, Deserialize)]
pub struct SearchForm {
    q: String,
    #[serde(default)]
    ward: String,
    #[serde(default)]
    status: String,
}

/// `GET /people`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Query(state): Query<ListState>,
) -> Result<Markup, Failure> {
    let list = read(&app, &visit, state).await?;
    Ok(if visit.ctx.is_fragment() { rows(&visit.ctx, &list) } else { view(&visit.ctx, &list) })
}

/// `POST /people`: a search. The text goes under a key, then the list is shown by that key.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Form(form): Form<SearchForm>,
) -> Result<Response, Failure> {
    let s = app.searches.keep(form.q.trim(), &SystemDice);
    let state = ListState { s, ward: form.ward, status: form.status, page: None };
    if !visit.ctx.is_fragment() {
        return Ok(Redirect::to(&state.href()).into_response());
    }
    let list = read(&app, &visit, state).await?;
    Ok(rows(&visit.ctx, &list).into_response())
}

/// One page of the list with everything it shows.
struct List {
    state: ListState,
    search: String,
    people: PeoplePage,
    wards: BTreeMap<WardId, String>,
}

async fn read(app: &App, visit: &Visit, state: ListState) -> Result<List, Failure> {
    let search = app.searches.text(&state.s);
    let query = PeopleParams {
        q: search.clone(),
        ward: state.ward.clone(),
        status: state.status.clone(),
        offset: (state.page.unwrap_or(1).max(1) - 1) * PER_PAGE,
        limit: Some(PER_PAGE),
        ..PeopleParams::default()
    }
    .query()?;
    let viewer = visit.viewer.clone();
    let (people, wards) = app
        .run(move |replica| -> Result<_, Failure> {
            Ok((replica.people(&viewer, &query)?, replica.ward_names()?))
        })
        .await?;
    Ok(List { state, search, people, wards })
}

impl ListState {
    /// The address of this state.
    fn href(&self) -> String {
        let page = self.page.map(|page| page.to_string()).unwrap_or_default();
        let parts =
            [("s", &self.s), ("ward", &self.ward), ("status", &self.status), ("page", &page)];
        let query: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if query.is_empty() { "/people".to_owned() } else { format!("/people?{}", query.join("&")) }
    }
}

fn view(ctx: &PageContext, list: &List) -> Markup {
    let lang = ctx.lang;
    let keep = [("ward", &list.state.ward), ("status", &list.state.status)]
        .map(|(n, v)| (n.to_owned(), v.clone()));
    let search = SearchBox {
        action: "/people",
        name: "q",
        value: &list.search,
        label: &t(lang, "hub-search"),
        hint: &t(lang, "hub-search-hint"),
        target: "people",
        keep: &keep,
        by_post: true,
    };
    let body = html! {
        (search_box(lang, &search))
        (ward_filter(ctx, list))
        (filter_chips(lang, &t(lang, "hub-filters"), &chips(ctx, &list.state)))
        div #people { (rows(ctx, list)) }
    };
    Page::new(t(lang, "hub-people-title")).render(ctx, &body)
}

fn ward_filter(ctx: &PageContext, list: &List) -> Markup {
    let lang = ctx.lang;
    let every = (String::new(), t(lang, "hub-all-wards"));
    let wards = list.wards.iter().map(|(id, name)| (id.to_string(), name.clone()));
    html! {
        form .wb-search method="get" action="/people" {
            (hidden("s", &list.state.s))
            (hidden("status", &list.state.status))
            (field("ward", &t(lang, "hub-col-ward")).value(&list.state.ward).select([every].into_iter().chain(wards).collect()))
            (button(ButtonKind::Secondary, &t(lang, "hub-filter")))
        }
    }
}

fn chips(ctx: &PageContext, state: &ListState) -> Vec<Chip> {
    let chip = |status: &str| {
        let active = state.status == status;
        let next = if active { String::new() } else { status.to_owned() };
        let switched = ListState { status: next, page: None, ..state.clone() };
        Chip {
            label: t(ctx.lang, &format!("hub-filter-{status}")),
            href: switched.href(),
            active,
            count: None,
        }
    };
    STATUSES.iter().map(|status| chip(status)).collect()
}

fn rows(ctx: &PageContext, list: &List) -> Markup {
    let lang = ctx.lang;
    let keys = ["hub-col-name", "hub-col-birth", "hub-col-post", "hub-col-ward", "hub-col-marks"];
    let columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    let body = html! { @for row in &list.people.rows { (person_row(ctx, list, row)) } };
    let page = list.state.page.unwrap_or(1).max(1);
    let at = Pager { total: list.people.total, per_page: PER_PAGE, page };
    html! {
        (table(&t_args(lang, "hub-people-caption", &[("count", list.people.total)]), &columns, &body))
        (pager(lang, at, |page| ListState { page: Some(page), ..list.state.clone() }.href()))
    }
}

fn person_row(ctx: &PageContext, list: &List, row: &PersonRow) -> Markup {
    let facts = &row.facts;
    let mark = |tone: Tone, key: &str| badge(&Badge::new(tone, t(ctx.lang, key)));
    html! {
        tr {
            th scope="row" { a href=(format!("/people/{}", row.document)) { (facts.full_name) } }
            td { @if let Some(date) = facts.birth_date { (date) } }
            td { (facts.title_label.as_deref().unwrap_or_default()) }
            td { (list.wards.get(&row.ward).map_or(row.ward.as_str(), String::as_str)) }
            td {
                @if facts.retired.is_some() { (mark(Tone::Idle, "hub-mark-retired")) " " }
                @if facts.errors > 0 { (mark(Tone::Bad, "hub-mark-errors")) " " }
                @if facts.missing_required > 0 { (mark(Tone::Warning, "hub-mark-incomplete")) }
            }
        }
    }
}
