//! The list of people with search, filters, order and pages.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{Lang, PartialDate, schema};
use wardbook_replica::ReplicaError;
use wardbook_store::{PeoplePage, PersonRow};
use wardbook_web::kit::{
    Badge, ButtonKind, Chip, Column, Direction, Page, Pager, SearchBox, Sort, Tone, badge,
    empty_state, filter_chips, link_button, pager, search_box, table, tag,
};
use wardbook_web::{Markup, PageContext, html};

use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};
use crate::percent::percent_encoded;
use crate::refusal::Refusal;

/// People on one page of the list.
const PER_PAGE: u64 = 50;

/// The search form as sent: `text`, and the rest of the list's state.
type SearchForm = BTreeMap<String, String>;

/// What the list shows.
struct Found {
    page: PeoplePage,
    query: ListQuery,
    search: String,
    as_of: PartialDate,
}

/// The list.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    Query(query): Query<ListQuery>,
) -> PageResult {
    let found = find(&app, &screen, ListQuery { q: String::new(), ..query }).await?;
    let rows = people(&screen.ctx, &found);
    let shown = if screen.ctx.is_fragment() { rows } else { view(&screen, &found, &rows) };
    Ok(Shown(shown).into_response())
}

/// A search: the text stays here, the address gets a short key for it.
pub(crate) async fn search(
    State(app): State<App>,
    screen: Screen,
    Form(form): Form<SearchForm>,
) -> PageResult {
    let of = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let text = of("text");
    let query = ListQuery {
        s: if text.is_empty() { String::new() } else { app.search_key(&text) },
        status: of("status"),
        sex: of("sex"),
        leader: of("leader"),
        conflict: of("conflict"),
        missing: of("missing"),
        errors: of("errors"),
        retired: of("retired"),
        elsewhere: of("elsewhere"),
        sort: of("sort"),
        ..ListQuery::default()
    };
    let address = address(&query);
    if !screen.ctx.is_fragment() {
        return Ok(Redirect::to(&address).into_response());
    }
    let found = find(&app, &screen, query).await?;
    let mut response = Shown(people(&screen.ctx, &found)).into_response();
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert("hx-push-url", address);
    }
    Ok(response)
}

async fn find(app: &App, screen: &Screen, query: ListQuery) -> Result<Found, Refusal> {
    let query = ListQuery { limit: 0, ..query };
    let mut asked = query.to_people_query(app);
    asked.limit = PER_PAGE;
    let (viewer, search) = (screen.viewer.clone(), asked.search.clone());
    let elsewhere = query.is_elsewhere();
    let read = app.replica().run(move |replica| {
        let page = ListQuery::people(elsewhere, replica, &viewer, &asked)?;
        Ok::<_, ReplicaError>((page, replica.as_of()?))
    });
    let (page, as_of) = read.await??;
    Ok(Found { page, query, search, as_of })
}

fn view(screen: &Screen, found: &Found, rows: &Markup) -> Markup {
    let ctx = &screen.ctx;
    let keep: Vec<(String, String)> =
        pairs(&ListQuery { s: String::new(), offset: 0, ..found.query.clone() });
    let search = SearchBox {
        action: "/people/search",
        name: "text",
        value: &found.search,
        label: &ctx.t("node-search"),
        hint: &ctx.t("node-search-hint"),
        target: "people-list",
        keep: &keep,
        by_post: true,
    };
    let actions = html! {
        @if screen.viewer.role.may_edit() {
            (link_button(ButtonKind::Primary, "/people/new", &ctx.t("node-new-person")))
        }
        (link_button(ButtonKind::Secondary, &export_address(&found.query), &ctx.t("node-export")))
    };
    let body = html! {
        (search_box(ctx.lang, &search))
        (filter_chips(ctx.lang, &ctx.t("node-filters"), &chips(ctx, found)))
        div #people-list aria-live="polite" { (rows) }
    };
    Page::new(ctx.t("node-people-title")).actions(actions).render(ctx, &body)
}

/// The part that a search replaces.
fn people(ctx: &PageContext, found: &Found) -> Markup {
    let (page, query) = (&found.page, &found.query);
    if page.total == 0 {
        let all = link_button(ButtonKind::Secondary, "/people", &ctx.t("node-show-all"));
        return empty_state(&ctx.t("node-nobody"), &all);
    }
    let at = Pager { total: page.total, per_page: PER_PAGE, page: query.offset / PER_PAGE + 1 };
    let caption = wardbook_web::t_args(ctx.lang, "node-people-caption", &[("count", page.total)]);
    let elsewhere = query.is_elsewhere();
    let rows = html! { @for person in &page.rows { (row(ctx, person, elsewhere)) } };
    html! {
        (table(&caption, &columns(ctx, query), &rows))
        (pager(ctx.lang, at, |n| address(&ListQuery { offset: (n - 1) * PER_PAGE, ..query.clone() })))
    }
}

fn columns(ctx: &PageContext, query: &ListQuery) -> Vec<Column> {
    let sorted = |key: &str, word: &str| {
        let here = query.sort == word || (word.is_empty() && query.sort == "name");
        let next = ListQuery { sort: word.to_owned(), offset: 0, ..query.clone() };
        Column::text(ctx.t(key))
            .sorted(Sort { href: address(&next), direction: here.then_some(Direction::Ascending) })
    };
    vec![
        sorted("node-column-name", ""),
        sorted("node-column-birth", "birth"),
        Column::text(ctx.t("node-column-sex")),
        Column::text(ctx.t("node-column-title")),
        Column::text(ctx.t("node-column-unit")),
        Column::text(ctx.t("node-column-state")),
    ]
}

fn row(ctx: &PageContext, person: &PersonRow, elsewhere: bool) -> Markup {
    let facts = &person.facts;
    let name =
        if facts.full_name.is_empty() { ctx.t("node-no-name") } else { facts.full_name.clone() };
    html! {
        tr {
            th scope="row" { a href=(format!("/people/{}", person.document)) { (name) } }
            td { @if let Some(date) = facts.birth_date { (date) } }
            td { (label("sex", facts.sex.as_deref(), ctx.lang)) }
            td {
                (facts.title_label.as_deref().unwrap_or_default())
                @if facts.is_leader { " " (tag(&ctx.t("node-leader"))) }
            }
            td { (label("org_unit", facts.org_unit.as_deref(), ctx.lang)) }
            td {
                @if elsewhere { (kept_by(ctx, person)) " " }
                (state(ctx, person))
            }
        }
    }
}

/// Which ward keeps the record.
fn kept_by(ctx: &PageContext, person: &PersonRow) -> Markup {
    let ward = wardbook_replica::unit_name(&person.ward);
    let words = wardbook_web::t_args(ctx.lang, "node-kept-by", &[("ward", ward)]);
    badge(&Badge::new(Tone::Idle, words))
}

fn state(ctx: &PageContext, person: &PersonRow) -> Markup {
    let facts = &person.facts;
    let count = |key: &str, n: u32| wardbook_web::t_args(ctx.lang, key, &[("count", n)]);
    html! {
        @if facts.retired.is_some() { (badge(&Badge::new(Tone::Idle, ctx.t("node-retired")))) " " }
        @if facts.errors > 0 { (badge(&Badge::new(Tone::Bad, count("node-errors", facts.errors)))) " " }
        @if facts.missing_required > 0 {
            (badge(&Badge::new(Tone::Warning, count("node-missing", facts.missing_required))))
        }
    }
}

fn chips(ctx: &PageContext, found: &Found) -> Vec<Chip> {
    let query = &found.query;
    let one = |label: String, active: bool, next: ListQuery| Chip {
        label,
        href: address(&ListQuery { offset: 0, ..next }),
        active,
        count: None,
    };
    let flag = |now: &str| if now == "1" { String::new() } else { "1".to_owned() };
    let code = |now: &str, code: &str| if now == code { String::new() } else { code.to_owned() };
    let mut chips = vec![
        one(
            ctx.t("node-filter-leader"),
            query.leader == "1",
            ListQuery { leader: flag(&query.leader), ..query.clone() },
        ),
        one(
            ctx.t("node-filter-conflict"),
            query.conflict == "1",
            ListQuery { conflict: flag(&query.conflict), ..query.clone() },
        ),
        one(
            ctx.t("node-filter-missing"),
            query.missing == "1",
            ListQuery { missing: flag(&query.missing), ..query.clone() },
        ),
        one(
            ctx.t("node-filter-errors"),
            query.errors == "1",
            ListQuery { errors: flag(&query.errors), ..query.clone() },
        ),
        one(
            ctx.t("node-filter-retired"),
            query.retired == "1",
            ListQuery { retired: flag(&query.retired), ..query.clone() },
        ),
    ];
    chips.push(one(
        ctx.t("node-filter-elsewhere"),
        query.is_elsewhere(),
        ListQuery { elsewhere: flag(&query.elsewhere), ..query.clone() },
    ));
    for (value, name) in choices("sex", found.as_of, ctx.lang) {
        let next = ListQuery { sex: code(&query.sex, &value), ..query.clone() };
        chips.push(one(name, query.sex == value, next));
    }
    for (value, name) in choices("work_status", found.as_of, ctx.lang) {
        let next = ListQuery { status: code(&query.status, &value), ..query.clone() };
        chips.push(one(name, query.status == value, next));
    }
    chips
}

/// The codes of a field with their labels.
fn choices(key: &str, as_of: PartialDate, lang: Lang) -> Vec<(String, String)> {
    let Some(field) = schema().field(key) else { return Vec::new() };
    if let wardbook_record::Kind::Enum(choices) = &field.kind {
        return choices.iter().map(|c| (c.code.clone(), c.label(lang).to_owned())).collect();
    }
    let items = field.items_on(as_of);
    items.into_iter().map(|item| (item.code.clone(), item.label(lang).to_owned())).collect()
}

fn label(key: &str, code: Option<&str>, lang: Lang) -> String {
    match (schema().field(key), code) {
        (Some(field), Some(code)) => wardbook_record::show(field, &code.into(), lang),
        (_, code) => code.unwrap_or_default().to_owned(),
    }
}

fn export_address(query: &ListQuery) -> String {
    with_pairs("/export.xlsx", query)
}

/// The address of the list in a state. The search stands in it as a key.
pub(crate) fn address(query: &ListQuery) -> String {
    with_pairs("/people", query)
}

fn with_pairs(path: &str, query: &ListQuery) -> String {
    let pairs: Vec<String> = pairs(query)
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn pairs(query: &ListQuery) -> Vec<(String, String)> {
    let text =
        |name: &str, value: &str| (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()));
    let offset = if query.offset == 0 { String::new() } else { query.offset.to_string() };
    [
        text("s", &query.s),
        text("status", &query.status),
        text("sex", &query.sex),
        text("leader", &query.leader),
        text("conflict", &query.conflict),
        text("missing", &query.missing),
        text("errors", &query.errors),
        text("retired", &query.retired),
        text("elsewhere", &query.elsewhere),
        text("sort", &query.sort),
        text("offset", &offset),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_the_list_stands_in_its_address_but_never_the_search_text() {
        let query = ListQuery {
            q: "Nguyễn Văn A".to_owned(),
            s: "c0ffee".to_owned(),
            leader: "1".to_owned(),
            offset: 50,
            ..ListQuery::default()
        };
        assert_eq!(address(&query), "/people?s=c0ffee&leader=1&offset=50");
        assert_eq!(address(&ListQuery::default()), "/people");
    }
}
