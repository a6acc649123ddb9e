//! The list of things to do as a page.

use wardbook_record::rules::title;
use wardbook_replica::{TodoItem, TodoPage, TodoState, TodoWhen};
use wardbook_web::kit::{
    Badge, ButtonKind, Chip, Column, FieldError, Page, Pager, Tone, badge, empty_state, field,
    filter_chips, hidden, link_button, pager, table, tag,
};
use wardbook_web::record_view::value_address;
use wardbook_web::{Markup, PageContext, html, t_args};

use crate::api::todo::{PER_PAGE, TodoAddress};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// A day that was not accepted: in which row, what was typed, what is wrong.
pub(super) struct Wrong {
    pub(super) place: usize,
    pub(super) typed: String,
    pub(super) error: FieldError,
}

/// The name of a row's box for a day; unique on the page.
pub(super) fn box_name(place: usize) -> String {
    format!("until{place}")
}

/// The page of the list that an address means.
pub(super) async fn read(
    app: &App,
    screen: &Screen,
    address: &TodoAddress,
) -> Result<TodoPage, Refusal> {
    let (viewer, query) = (screen.viewer.clone(), address.query());
    Ok(app.replica().run(move |replica| replica.todo(&viewer, &query)).await??)
}

/// The whole page.
pub(super) fn page(
    screen: &Screen,
    address: &TodoAddress,
    page: &TodoPage,
    wrong: Option<&Wrong>,
) -> Markup {
    let ctx = &screen.ctx;
    let may_edit = screen.viewer.role.may_edit();
    let at = Pager { total: page.total, per_page: PER_PAGE, page: address.page_number() };
    let body = html! {
        @if may_edit { (last_mark(ctx, address)) }
        (filters(ctx, address, page))
        @if page.items.is_empty() {
            (empty_state(&ctx.t("todo-none"), &html! {}))
        } @else {
            (rows(ctx, address, page, may_edit, wrong))
            (pager(ctx.lang, at, |number| address.on_page(number).href()))
        }
        p .text-secondary { (ctx.t("todo-about")) }
    };
    let export = format!("/todo/export.xlsx?{}", address.text());
    let actions = html! {
        @if screen.viewer.access().reads_all() {
            (link_button(ButtonKind::Secondary, "/todo/ward", &ctx.t("todo-ward")))
        }
        (link_button(ButtonKind::Secondary, &export, &ctx.t("todo-export")))
    };
    let errors = wrong.map(|wrong| wrong.error.clone()).into_iter().collect();
    Page::new(ctx.t("todo-title"))
        .lead(t_args(ctx.lang, "todo-lead", &[("today", page.today.to_string())]))
        .actions(actions)
        .errors(errors)
        .render(ctx, &body)
}

/// What was marked just now, to be taken back at once.
fn last_mark(ctx: &PageContext, address: &TodoAddress) -> Markup {
    html! {
        @if !address.last.is_empty() {
            form .wb-todo-undo method="post" action="/todo" {
                (hidden("key", &address.last))
                (hidden("back", &address.text()))
                button .btn type="submit" name="act" value="undo" { (ctx.t("todo-undo-last")) }
            }
        }
    }
}

fn filters(ctx: &PageContext, address: &TodoAddress, page: &TodoPage) -> Markup {
    let when: Vec<Chip> = TodoWhen::ALL
        .into_iter()
        .map(|when| {
            let active = address.when() == when;
            Chip {
                label: ctx.t(&format!("todo-when-{}", when.word())),
                href: address.with_when(if active { TodoWhen::Now } else { when }).href(),
                active,
                count: page.by_when.get(&when).copied(),
            }
        })
        .collect();
    let state: Vec<Chip> = TodoState::ALL
        .into_iter()
        .map(|state| {
            let active = address.state() == state;
            Chip {
                label: ctx.t(&format!("todo-state-{}", state.word())),
                href: address.with_state(if active { TodoState::Open } else { state }).href(),
                active,
                count: page.by_state.get(&state).copied(),
            }
        })
        .collect();
    let kinds: Vec<Chip> = page
        .by_kind
        .iter()
        .map(|(kind, count)| {
            let active = address.kind == *kind;
            Chip {
                label: ctx.t(&format!("todo-kind-{kind}")),
                href: address.with_kind(if active { "" } else { kind }).href(),
                active,
                count: Some(*count),
            }
        })
        .collect();
    html! {
        div .wb-todo-filters {
            p { (ctx.t("todo-by-when")) }
            (filter_chips(ctx.lang, &ctx.t("todo-by-when"), &when))
            p { (ctx.t("todo-by-kind")) }
            (filter_chips(ctx.lang, &ctx.t("todo-by-kind"), &kinds))
            p { (ctx.t("todo-by-state")) }
            (filter_chips(ctx.lang, &ctx.t("todo-by-state"), &state))
        }
    }
}

fn rows(
    ctx: &PageContext,
    address: &TodoAddress,
    page: &TodoPage,
    may_edit: bool,
    wrong: Option<&Wrong>,
) -> Markup {
    let columns = [
        Column::text(ctx.t("todo-due")),
        Column::text(ctx.t("todo-who")),
        Column::text(ctx.t("todo-what")),
        Column::unseen(ctx.t("todo-act")),
    ];
    let rows = html! {
        @for (place, item) in page.items.iter().enumerate() {
            tr data-todo=(item.finding.rule) {
                td .wb-todo-day { (day(ctx, item)) }
                th scope="row" { (who(ctx, item)) }
                td { (what(ctx, item)) }
                td .wb-todo-acts {
                    @if may_edit {
                        (acts(ctx, address, item, place, wrong.filter(|wrong| wrong.place == place)))
                    }
                }
            }
        }
    };
    table(&ctx.t("todo-caption"), &columns, &rows)
}

/// The day, and how far it is in word, shape and colour.
fn day(ctx: &PageContext, item: &TodoItem) -> Markup {
    let (Some(due), Some(left)) = (item.finding.due, item.days_left) else {
        return html! { (badge(&Badge::new(Tone::Info, ctx.t("todo-no-day")))) };
    };
    let count = [("days", i64::from(left.abs()))];
    let words = match left {
        ..0 => t_args(ctx.lang, "todo-late", &count),
        0 => ctx.t("todo-today"),
        _ => t_args(ctx.lang, "todo-left", &count),
    };
    let tone = match (left < 0, item.urgent, item.alert) {
        (true, _, _) => Tone::Bad,
        (_, true, _) | (_, _, true) => Tone::Warning,
        _ => Tone::Idle,
    };
    html! { strong { (due) } br; (badge(&Badge::new(tone, words))) }
}

fn who(ctx: &PageContext, item: &TodoItem) -> Markup {
    let name = if item.who.is_empty() { ctx.t("todo-nameless") } else { item.who.clone() };
    html! {
        @match &item.document {
            Some(document) => a href=(format!("/people/{document}")) { (name) },
            None => a href="/sync" { (ctx.t("todo-office")) },
        }
    }
}

fn what(ctx: &PageContext, item: &TodoItem) -> Markup {
    let finding = &item.finding;
    html! {
        strong { (title(&finding.rule, ctx.lang)) }
        " " (tag(&finding.rule))
        p .wb-todo-words { (finding.sentence(ctx.lang)) }
        p .wb-todo-basis { (ctx.t("todo-basis")) " " (finding.basis(ctx.lang)) }
        @if let Some(mark) = &item.mark { p .wb-todo-mark { (mark.words(ctx.lang)) } }
    }
}

fn acts(
    ctx: &PageContext,
    address: &TodoAddress,
    item: &TodoItem,
    place: usize,
    wrong: Option<&Wrong>,
) -> Markup {
    let base = item.document.map(|document| format!("/people/{document}"));
    let path = item.finding.path.as_ref();
    let jump = base.as_deref().zip(path).and_then(|(base, path)| value_address(base, path));
    let about = html! { span .visually-hidden { ": " (item.who) ", " (title(&item.finding.rule, ctx.lang)) } };
    let is_open = item.mark.is_none();
    html! {
        div .btn-list {
            @if let Some(jump) = jump { a .btn.btn-ghost-primary href=(jump) { (ctx.t("todo-jump")) (about) } }
            form method="post" action="/todo" {
                (hidden("key", &item.key))
                (hidden("back", &address.text()))
                @if is_open {
                    button .btn type="submit" name="act" value="done" { (ctx.t("todo-mark-done")) (about) }
                } @else {
                    button .btn type="submit" name="act" value="undo" { (ctx.t("todo-unmark")) (about) }
                }
            }
        }
        @if is_open {
            details .wb-todo-later open[wrong.is_some()] {
                summary { (ctx.t("todo-mark-later")) (about) }
                form method="post" action="/todo" {
                    (hidden("key", &item.key))
                    (hidden("back", &address.text()))
                    (until(ctx, place, wrong))
                    button .btn type="submit" name="act" value="later" { (ctx.t("todo-put-off")) (about) }
                }
            }
        }
    }
}

/// The box for a day, and its name for who reads the form.
fn until(ctx: &PageContext, place: usize, wrong: Option<&Wrong>) -> Markup {
    let own = field(&box_name(place), &ctx.t("todo-until")).short().hint(ctx.t("todo-until-hint"));
    let own = own.value(wrong.map(|wrong| wrong.typed.clone()).unwrap_or_default());
    html! { (own.error_if(wrong.map(|wrong| wrong.error.message.clone()))) (hidden("box", &box_name(place))) }
}
