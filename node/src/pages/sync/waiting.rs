//! What waits to be sent: whose records, how many changes, since when.

use wardbook_replica::{FilesWaiting, WaitingRecord};
use wardbook_web::kit::{Column, card, table};
use wardbook_web::{Markup, PageContext, format, html, t_args};

/// Records that are listed; the others are counted.
const SHOWN: usize = 30;

/// The card; nothing when nothing waits.
pub(super) fn view(ctx: &PageContext, waiting: &[WaitingRecord]) -> Markup {
    if waiting.is_empty() {
        return html! {};
    }
    let changes: u64 = waiting.iter().map(|record| record.changes).sum();
    let caption = t_args(
        ctx.lang,
        "office-waiting-caption",
        &[("people", waiting.len() as u64), ("changes", changes)],
    );
    let columns = [
        Column::text(ctx.t("office-waiting-who")),
        Column::number(ctx.t("office-waiting-changes")),
        Column::text(ctx.t("office-waiting-since")),
    ];
    let rows = html! { @for record in waiting.iter().take(SHOWN) { (row(ctx, record)) } };
    let body = html! {
        (table(&caption, &columns, &rows))
        @if waiting.len() > SHOWN {
            p { (t_args(ctx.lang, "office-waiting-more", &[("count", (waiting.len() - SHOWN) as u64)])) }
        }
    };
    html! { div #waiting { (card(&ctx.t("office-waiting-title"), None, &body)) } }
}

/// Files on their way, in a line; nothing when none is.
pub(super) fn files(ctx: &PageContext, files: &FilesWaiting) -> Markup {
    let line = |key: &str, count: u64, bytes: u64| {
        let args = [("count", count), ("size", bytes.div_ceil(1024))];
        html! { @if count > 0 { p { (t_args(ctx.lang, key, &args)) } } }
    };
    html! {
        (line("attach-waiting", files.to_send, files.bytes_to_send))
        (line("attach-fetching", files.to_fetch, files.bytes_to_fetch))
    }
}

fn row(ctx: &PageContext, record: &WaitingRecord) -> Markup {
    html! {
        tr {
            th scope="row" {
                @if record.full_name.is_empty() { (ctx.t("office-waiting-hidden")) } @else {
                    a href=(format!("/people/{}", record.document)) { (record.full_name) }
                }
            }
            td .wb-number { (format::number(ctx.lang, record.changes)) }
            td { (format::date_time(record.since)) }
        }
    }
}
