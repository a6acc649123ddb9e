//! The head of a record's pages: photo, name, post, unit, state, and what can be done with it.

use wardbook_record::{names, schema, show_field};
use wardbook_web::kit::{
    Badge, ButtonKind, Page, Tab, Tone, badge, button, hidden, link_button, tabs,
};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use super::Open;
use crate::pages::attachments::photo::change_address;
use crate::pages::screen::Screen;

/// Which page of a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Its sections.
    Record,
    /// The career.
    Career,
    /// The history of edits.
    Edits,
}

/// The page around one of a record's views.
pub(crate) fn page(screen: &Screen, open: &Open, view: View) -> Page {
    let ctx = &screen.ctx;
    Page::new(open.name(ctx))
        .lead(lead(ctx, open))
        .crumbs(vec![wardbook_web::kit::Crumb::new("/people", ctx.t("node-nav-people"))])
        .beside(photo_with_way(screen, open))
        .under(marks(ctx, open))
        .actions(actions(screen, open, view))
}

/// The photo, with the way to another one for who may change it.
fn photo_with_way(screen: &Screen, open: &Open) -> Markup {
    let (ctx, shown) = (&screen.ctx, photo(&screen.ctx, open));
    if !(open.view.editable && screen.viewer.access().writes("photo")) {
        return shown;
    }
    html! {
        a .wb-photo-link href=(change_address(&open.base)) { (shown) (ctx.t("attach-photo-change")) }
    }
}

/// The photo, or the initials of a person without one.
pub(crate) fn photo(ctx: &PageContext, open: &Open) -> Markup {
    let name = open.name(ctx);
    let initials: String = names::initials(&name).to_uppercase();
    let letters = initials.chars().count();
    let last: String = initials.chars().skip(letters.saturating_sub(2)).collect();
    if open.view.person.text("photo").is_some() {
        return html! { img .wb-photo src=(format!("{}/photo", open.base)) alt=""; };
    }
    html! { span .wb-photo aria-hidden="true" { (last) } }
}

/// Post, unit, ward and staff code in one line.
fn lead(ctx: &PageContext, open: &Open) -> String {
    let record = &open.view;
    let shown = |key: &str| {
        let field = schema().field(key);
        field.map(|field| show_field(field, &record.person, ctx.lang)).unwrap_or_default()
    };
    let title = record.facts.title_label.clone().unwrap_or_default();
    let code = Some(shown("staff_code")).filter(|code| !code.is_empty());
    let code = code.map(|code| format!("{} {code}", ctx.t("dossier-staff-code")));
    let parts = [title, shown("org_unit"), record.ward_name.clone(), code.unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn actions(screen: &Screen, open: &Open, view: View) -> Markup {
    let (ctx, base) = (&screen.ctx, &open.base);
    let whole = screen.viewer.role.may_edit() && open.view.keeper.is_none();
    let retire = if open.view.facts.retired.is_some() { "node-restore" } else { "node-retire" };
    let more = ctx.t("dossier-more");
    let access = screen.viewer.access();
    html! {
        @if access.proposes {
            (link_button(ButtonKind::Primary, &format!("{base}/propose"), &ctx.t("office-propose-title")))
        }
        @if access.approves && !whole { (approval(ctx, open)) }
        @if whole {
            (link_button(ButtonKind::Secondary, &format!("{base}/events"), &ctx.t("dossier-event")))
        }
        (link_button(ButtonKind::Secondary, &format!("{base}/print"), &ctx.t("dossier-print")))
        (link_button(ButtonKind::Secondary, &format!("{base}/export.xlsx"), &ctx.t("dossier-export")))
        @if view == View::Record {
            (link_button(ButtonKind::Secondary, &format!("{base}/history"), &ctx.t("dossier-history")))
        }
        @if whole {
            details .wb-menu {
                summary { (more) }
                div .wb-menu-body {
                    @if access.approves { (approval(ctx, open)) }
                    (link_button(ButtonKind::Quiet, &format!("{base}/retire"), &ctx.t(retire)))
                }
            }
        }
    }
}

/// The leader's word that the record is right, or that it needs work.
fn approval(ctx: &PageContext, open: &Open) -> Markup {
    html! {
        @for (what, key) in [("right", "office-approve"), ("wrong", "office-reject")] {
            form method="post" action=(format!("{}/approve/{what}", open.base)) {
                (button(ButtonKind::Secondary, &ctx.t(key)))
            }
        }
    }
}

/// The three views of a record, side by side.
pub(crate) fn views(ctx: &PageContext, open: &Open, view: View) -> Markup {
    let base = &open.base;
    let of = |href: String, key: &str, this: View| Tab::new(href, ctx.t(key), view == this);
    let list = [
        of(base.clone(), "dossier-view-record", View::Record),
        of(format!("{base}/career"), "dossier-view-career", View::Career),
        of(format!("{base}/history"), "dossier-view-edits", View::Edits),
    ];
    tabs(ctx.lang, &ctx.t("dossier-views"), &list)
}

/// The states of the record in words, shape and colour.
fn marks(ctx: &PageContext, open: &Open) -> Markup {
    let mut marks = vec![sync_mark(ctx, open)];
    if let Some(reason) = &open.view.facts.retired {
        marks.push(Badge::new(Tone::Idle, format!("{}: {reason}", ctx.t("node-retired"))));
    }
    html! {
        div .wb-marks {
            @for mark in &marks { (badge(mark)) " " }
            (last_change(ctx, open))
            (undo(ctx, open))
        }
    }
}

/// Whether the city has all of the record.
fn sync_mark(ctx: &PageContext, open: &Open) -> Badge {
    let count = |key: &str, n: u64| t_args(ctx.lang, key, &[("count", n)]);
    if let Some(card) = &open.view.conflicts {
        let words = count("dossier-in-conflict", card.fields.len() as u64);
        return Badge::new(Tone::Warning, words).href(format!("{}#conflicts", open.base));
    }
    if open.view.unsent > 0 {
        return Badge::new(Tone::Idle, count("dossier-unsent", open.view.unsent)).href("/sync");
    }
    if open.view.unsent_files > 0 {
        let words = count("dossier-unsent-files", open.view.unsent_files);
        return Badge::new(Tone::Busy, words).href("/sync");
    }
    Badge::new(Tone::Good, ctx.t("dossier-synced"))
}

fn last_change(ctx: &PageContext, open: &Open) -> Markup {
    html! {
        @if let Some(author) = &open.view.last_change {
            span .text-secondary {
                (ctx.t("node-last-change")) " " (author.user_name)
                @if !author.device_name.is_empty() { ", " (author.device_name) }
                ", " (format::date_time(author.at))
            }
        }
    }
}

/// The button that takes the last save back; nothing when somebody else was the last.
fn undo(ctx: &PageContext, open: &Open) -> Markup {
    let Some(save) = open.view.undo.filter(|_| open.view.editable) else { return html! {} };
    html! {
        form .wb-undo method="post" action=(format!("{}/undo", open.base)) {
            (hidden("save", &save.to_string()))
            (hidden("tab", ctx.query_value("tab").unwrap_or_default()))
            span data-undo="" title="Ctrl + Z" { (button(ButtonKind::Secondary, &ctx.t("dossier-undo"))) }
        }
    }
}
