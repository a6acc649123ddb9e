//! What was written here and did not become the common value: which value, why, who decided.

use wardbook_base::Timestamp;
use wardbook_record::path_label;
use wardbook_replica::NotTaken;
use wardbook_web::kit::{Tone, alert};
use wardbook_web::{Markup, PageContext, format, html};

use super::Open;

/// So long a decision against a value is told on top of the record, in milliseconds.
const TOLD_FOR_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Recent decisions of somebody else against a value, each with both sides.
pub(crate) fn not_taken(ctx: &PageContext, open: &Open, now: Timestamp) -> Markup {
    let recent: Vec<&NotTaken> =
        open.view.not_taken.iter().filter(|one| is_told(one, now)).collect();
    html! {
        @if !recent.is_empty() {
            (alert(Tone::Info, &ctx.t("dossier-not-taken"), &html! {
                ul { @for one in &recent { li { (line(ctx, open, one)) } } }
            }))
        }
    }
}

/// Whoever decided knows it already.
fn is_told(one: &NotTaken, now: Timestamp) -> bool {
    one.chosen_by.user != one.lost_by.user && now.0 - one.chosen_by.at.0 < TOLD_FOR_MS
}

fn line(ctx: &PageContext, open: &Open, one: &NotTaken) -> Markup {
    let shown =
        |text: &str| if text.is_empty() { ctx.t("record-empty-value") } else { text.to_owned() };
    html! {
        strong { (path_label(&one.path, ctx.lang)) } ": "
        del { (shown(&one.lost)) } " (" (one.lost_by.line()) ", " (format::date_time(one.lost_by.at)) ") → "
        ins { (shown(&one.chosen)) } " (" (one.chosen_by.line()) ", " (format::date_time(one.chosen_by.at)) "). "
        a href=(format!("{}/history?field={}", open.base, one.path.owner())) { (ctx.t("dossier-not-taken-history")) }
    }
}
