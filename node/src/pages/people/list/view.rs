//! How the list looks.

use wardbook_record::find::Wanted;
use wardbook_web::kit::{
    ButtonKind, Column, Direction, Page, Pager, SearchBox, Sort, button_named, empty_state, field,
    hidden, link_button, pager, search_box, table,
};
use wardbook_web::{Markup, PageContext, html, t_args};

use super::columns::ListColumn;
use super::{Found, PER_PAGE, chips, saved};
use crate::api::list_query::ListQuery;
use crate::pages::screen::Screen;

/// The whole page.
pub(super) fn page(screen: &Screen, found: &Found) -> Markup {
    let ctx = &screen.ctx;
    let rest = ListQuery { s: String::new(), offset: 0, ..found.query.clone() };
    let search = SearchBox {
        action: "/people/search",
        name: "text",
        value: &found.search,
        label: &ctx.t("node-search"),
        hint: &ctx.t("list-search-hint"),
        target: "people-list",
        keep: &rest.words(),
        by_post: true,
    };
    let actions = html! {
        @if screen.viewer.role.may_edit() {
            (link_button(ButtonKind::Primary, "/people/new", &ctx.t("node-new-person")))
        }
        (link_button(ButtonKind::Secondary, &found.query.address("/export.xlsx"), &ctx.t("node-export")))
    };
    let body = html! {
        (search_box(ctx.lang, &search))
        p #people-count .visually-hidden role="status" { (counted(ctx, found)) }
        div #people-list { (inner(screen, found)) }
    };
    Page::new(ctx.t("node-people-title")).actions(actions).render(ctx, &body)
}

/// The part that a search replaces, and the count that is read out.
pub(super) fn part(screen: &Screen, found: &Found) -> Markup {
    html! {
        (inner(screen, found))
        p #people-count .visually-hidden role="status" hx-swap-oob="true" { (counted(&screen.ctx, found)) }
    }
}

fn counted(ctx: &PageContext, found: &Found) -> String {
    t_args(ctx.lang, "list-found", &[("count", found.page.total)])
}

fn inner(screen: &Screen, found: &Found) -> Markup {
    let ctx = &screen.ctx;
    html! {
        (chips::chips(ctx, found))
        (saved::bar(screen, found))
        (people(screen, found))
    }
}

fn people(screen: &Screen, found: &Found) -> Markup {
    let ctx = &screen.ctx;
    let (page, query) = (&found.page, &found.query);
    if page.total == 0 {
        let all = link_button(ButtonKind::Secondary, "/people", &ctx.t("node-show-all"));
        return empty_state(&ctx.t("node-nobody"), &all);
    }
    let at = Pager { total: page.total, per_page: PER_PAGE, page: query.offset / PER_PAGE + 1 };
    let (wanted, elsewhere) = (Wanted::read(&found.search), query.is_elsewhere());
    let rows = html! {
        @for person in &page.rows {
            tr {
                td .wb-pick {
                    input .form-check-input type="checkbox" name="id" value=(person.document)
                        aria-label=(t_args(ctx.lang, "list-pick", &[("name", person.facts.full_name.as_str())]));
                }
                @for column in &found.columns { (column.cell(ctx, person, &wanted, elsewhere)) }
            }
        }
    };
    let mut heads = vec![Column::unseen(ctx.t("list-pick-head"))];
    heads.extend(found.columns.iter().map(|column| head(ctx, query, *column)));
    html! {
        form .wb-picks method="post" action="/people/bulk" {
            @for (name, value) in query.words() { (hidden(&name, &value)) }
            (table(&counted(ctx, found), &heads, &rows))
            (tools(screen, found))
        }
        (pager(ctx.lang, at, |n| ListQuery { offset: (n - 1) * PER_PAGE, ..query.clone() }.address("/people")))
    }
}

fn head(ctx: &PageContext, query: &ListQuery, column: ListColumn) -> Column {
    let head = Column::text(column.label(ctx));
    let Some(word) = column.sort() else { return head };
    let next = ListQuery { sort: word.to_owned(), offset: 0, ..query.clone() };
    // Without a search the order is that of names.
    let is_here =
        query.sort == word || (word == "name" && query.sort.is_empty() && query.s.is_empty());
    let direction = is_here.then_some(if word == "newest" {
        Direction::Descending
    } else {
        Direction::Ascending
    });
    head.sorted(Sort { href: next.address("/people"), direction })
}

/// What can be done with the people who are ticked, with the page, or with all that were found.
fn tools(screen: &Screen, found: &Found) -> Markup {
    let ctx = &screen.ctx;
    let on_page = found.page.rows.len() as u64;
    let scopes = vec![
        ("ticked".to_owned(), ctx.t("list-scope-ticked")),
        ("page".to_owned(), t_args(ctx.lang, "list-scope-page", &[("count", on_page)])),
        ("all".to_owned(), t_args(ctx.lang, "list-scope-all", &[("count", found.page.total)])),
    ];
    html! {
        div .wb-tools-row {
            (field("scope", &ctx.t("list-scope")).select(scopes).value("ticked").short())
            div .btn-list {
                @if screen.viewer.role.may_edit() {
                    (button_named(ButtonKind::Secondary, &ctx.t("list-bulk-edit"), "do", "edit"))
                }
                (to("/people/export", "columns", "shown", &ctx.t("list-export-shown")))
                (to("/people/export", "columns", "all", &ctx.t("list-export-all")))
                (to("/people/print", "bulk", "1", &ctx.t("print-bulk-button")))
                @if screen.viewer.role.may_edit() {
                    (to("/people/events", "bulk", "1", &ctx.t("events-bulk-button")))
                }
                (link_button(ButtonKind::Quiet, "/people/columns", &ctx.t("list-columns")))
            }
        }
    }
}

/// A button that sends the selection to another address.
fn to(action: &str, name: &str, value: &str, label: &str) -> Markup {
    html! {
        button .btn type="submit" formaction=(action) name=(name) value=(value) { (label) }
    }
}
