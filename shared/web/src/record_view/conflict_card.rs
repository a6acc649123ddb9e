//! The open conflicts of one person: every value with who wrote it, where and when, to choose from.

use maud::{Markup, html};
use wardbook_base::{ChangeHash, Timestamp};
use wardbook_record::{Lang, PartialDate, Path, schema};

use super::boxes::control;
use super::read::heads_text;
use crate::format::date_time;
use crate::kit::{
    Badge, ButtonKind, Column, Tone, badge, button, card as frame, field_id, hidden, table,
};
use crate::{PageContext, t, t_args};

/// The card of one person.
#[derive(Debug, Clone)]
pub struct ConflictCardView {
    /// Where the record is.
    pub record_link: String,
    /// The person's name.
    pub full_name: String,
    /// The ward's name; empty at a ward, where it is always the same.
    pub ward_name: String,
    /// The heads of the state the card was made from.
    pub heads: Vec<ChangeHash>,
    /// The fields.
    pub fields: Vec<FieldInConflict>,
    /// Where the choice is sent; `None` shows the card without anything to choose.
    pub action: Option<String>,
    /// The day on which other values must be valid.
    pub as_of: PartialDate,
}

/// One field with its values, the one that shows now first.
#[derive(Debug, Clone)]
pub struct FieldInConflict {
    /// Where.
    pub path: Path,
    /// The field's name for people.
    pub label: String,
    /// The values.
    pub values: Vec<ValueInConflict>,
}

/// One value with its author.
#[derive(Debug, Clone)]
pub struct ValueInConflict {
    /// The change that wrote it: names the choice.
    pub hash: ChangeHash,
    /// The value for people; empty for one that was cleared.
    pub shown: String,
    /// Who wrote it.
    pub who: String,
    /// On which machine, of which ward.
    pub place: String,
    /// That machine's time.
    pub device_time: Timestamp,
    /// When the hub received it.
    pub received_at: Option<Timestamp>,
    /// Whether it shows in the record until somebody chooses.
    pub winner: bool,
}

/// The card. Nothing is chosen beforehand: neither the clock nor the order of arrival decides.
pub fn conflict_card(ctx: &PageContext, card: &ConflictCardView) -> Markup {
    let lang = ctx.lang;
    let names: Vec<&str> = card.fields.iter().map(|field| field.label.as_str()).collect();
    let count = t_args(lang, "conflict-fields", &[("count", names.len())]);
    let fields = html! {
        @for field in &card.fields { (one_field(lang, card, field)) }
    };
    let body = html! {
        p { (count) ": " (names.join(", ")) }
        @if let Some(action) = &card.action {
            form method="post" action=(action) {
                (hidden("heads", &heads_text(&card.heads)))
                (fields)
                div .btn-list { (button(ButtonKind::Primary, &t(lang, "conflict-save"))) }
            }
        } @else { (fields) }
    };
    let open = html! { a .btn.btn-ghost-primary href=(card.record_link) { (t(lang, "conflict-open-record")) } };
    let title = match card.ward_name.as_str() {
        "" => card.full_name.clone(),
        ward => format!("{} · {ward}", card.full_name),
    };
    html! { div .wb-conflict data-conflict-card="" { (frame(&title, Some(&open), &body)) } }
}

fn one_field(lang: Lang, card: &ConflictCardView, field: &FieldInConflict) -> Markup {
    let may_choose = card.action.is_some();
    let keys = ["choose", "value", "who", "where", "device-time", "received"];
    let columns: Vec<Column> = keys
        .iter()
        .skip(usize::from(!may_choose))
        .map(|key| Column::text(t(lang, &format!("conflict-{key}"))))
        .collect();
    let rows = html! {
        @for value in &field.values { (one_value(lang, field, value, may_choose)) }
    };
    html! {
        (table(&field.label, &columns, &rows))
        @if may_choose { (another_value(lang, card, field)) }
    }
}

fn one_value(
    lang: Lang,
    field: &FieldInConflict,
    value: &ValueInConflict,
    may_choose: bool,
) -> Markup {
    let id = choice_id(field, &value.hash.to_string());
    let received = value.received_at.map_or_else(|| t(lang, "conflict-not-received"), date_time);
    let empty = t(lang, "record-empty-value");
    let shown = if value.shown.is_empty() { &empty } else { &value.shown };
    html! {
        tr {
            @if may_choose {
                td { input .form-check-input type="radio" id=(id) name=(format!("choice.{}", field.path)) value=(value.hash.to_string()); }
            }
            td {
                @if may_choose { label for=(id) { strong { (shown) } } } @else { strong { (shown) } }
                @if value.winner { " " (badge(&Badge::new(Tone::Info, t(lang, "conflict-shown-now")))) }
            }
            td { (value.who) }
            td { (value.place) }
            td { (date_time(value.device_time)) }
            td { (received) }
        }
    }
}

fn another_value(lang: Lang, card: &ConflictCardView, field: &FieldInConflict) -> Markup {
    let Some(of) = schema().at(&field.path) else { return html! {} };
    let id = choice_id(field, "other");
    let label = format!("{}: {}", t(lang, "conflict-other"), field.label);
    html! {
        div .form-check {
            input .form-check-input type="radio" id=(id) name=(format!("choice.{}", field.path)) value="other";
            label .form-check-label for=(id) { (t(lang, "conflict-other")) }
        }
        (control(lang, of, &format!("other.{}", field.path), &label, "", card.as_of))
    }
}

fn choice_id(field: &FieldInConflict, choice: &str) -> String {
    let short: String = choice.chars().take(12).collect();
    field_id(&format!("choice.{}-{short}", field.path))
}
