//! Conflicts that were settled of late: which value was not taken, whose it was, who decided.

use wardbook_base::DocumentId;
use wardbook_record::path_label;
use wardbook_replica::NotTaken;
use wardbook_web::kit::{Column, table};
use wardbook_web::{Markup, PageContext, format, html};

/// A record with the values that choices put aside in it.
pub(super) type Settled = (DocumentId, String, Vec<NotTaken>);

/// The table; nothing when nothing was settled.
pub(super) fn table_of(ctx: &PageContext, settled: &[Settled]) -> Markup {
    let columns = [
        Column::text(ctx.t("node-column-name")),
        Column::text(ctx.t("dossier-conflict-field")),
        Column::text(ctx.t("dossier-settled-lost")),
        Column::text(ctx.t("dossier-settled-taken")),
    ];
    let rows = html! {
        @for (document, name, lost) in settled {
            @for one in lost { (row(ctx, document, name, one)) }
        }
    };
    html! { @if !settled.is_empty() { (table(&ctx.t("dossier-settled-caption"), &columns, &rows)) } }
}

fn row(ctx: &PageContext, document: &DocumentId, name: &str, one: &NotTaken) -> Markup {
    let shown =
        |text: &str| if text.is_empty() { ctx.t("record-empty-value") } else { text.to_owned() };
    let history = format!("/people/{document}/history?field={}", one.path.owner());
    html! {
        tr {
            th scope="row" { a href=(history) { (name) } }
            td { (path_label(&one.path, ctx.lang)) }
            td {
                del { (shown(&one.lost)) }
                p .wb-when { (one.lost_by.line()) ", " (format::date_time(one.lost_by.at)) }
            }
            td {
                ins { (shown(&one.chosen)) }
                p .wb-when { (one.chosen_by.line()) ", " (format::date_time(one.chosen_by.at)) }
            }
        }
    }
}
