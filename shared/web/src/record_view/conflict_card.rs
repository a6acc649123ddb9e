//! The open conflicts of one person: every value with who wrote it, where and when, to choose from.

use maud::{Markup, html};
use wardbook_base::{ChangeHash, Timestamp};
use wardbook_record::{Lang, PartialDate, Path, schema};

use super::boxes::{code_lists, control};
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
    /// What stood there before, for people.
    pub before: String,
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

/// Who wrote, where: one column of the card.
type Version<'a> = (&'a str, &'a str);

/// The card: one column a version, one row a field, only fields that differ. Nothing is chosen
/// beforehand: neither the clock nor the order of arrival decides.
pub fn conflict_card(ctx: &PageContext, card: &ConflictCardView) -> Markup {
    let lang = ctx.lang;
    let names: Vec<&str> = card.fields.iter().map(|field| field.label.as_str()).collect();
    let count = t_args(lang, "conflict-fields", &[("count", names.len())]);
    // On the record itself the name and the way there would only be said twice. Among other cards the
    // name tells the tables apart.
    let on_record = ctx.path == card.record_link;
    let whose = if on_record { String::new() } else { format!("{} – ", card.full_name) };
    let caption = format!("{whose}{count}: {}", names.join(", "));
    let versions = versions(card);
    let columns = columns(lang, card, &versions);
    let rows = html! { @for field in &card.fields { (one_field(lang, card, (&versions, &columns), field)) } };
    let fields = table(&caption, &columns, &rows);
    let schema_fields = card.fields.iter().filter_map(|field| schema().at(&field.path));
    let body = html! {
        @if let Some(action) = &card.action {
            form method="post" action=(action) data-dirty-guard="" data-choose="" {
                (hidden("heads", &heads_text(&card.heads)))
                (fields)
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "conflict-save")))
                    span .text-secondary { (t(lang, "dossier-conflict-keys")) }
                }
            }
            (code_lists(lang, card.as_of, schema_fields))
        } @else { (fields) }
    };
    let open = html! { a .btn.btn-ghost-primary href=(card.record_link) { (t(lang, "conflict-open-record")) } };
    let title = match card.ward_name.as_str() {
        _ if on_record => t(lang, "dossier-conflict-title"),
        "" => card.full_name.clone(),
        ward => format!("{} · {ward}", card.full_name),
    };
    let open = (!on_record).then_some(&open);
    html! { div .wb-conflict data-conflict-card="" { (frame(&title, open, &body)) } }
}

/// The versions of a card, each once, in the order in which they appear.
fn versions(card: &ConflictCardView) -> Vec<Version<'_>> {
    let mut versions: Vec<Version<'_>> = Vec::new();
    for value in card.fields.iter().flat_map(|field| &field.values) {
        let version = (value.who.as_str(), value.place.as_str());
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn columns(lang: Lang, card: &ConflictCardView, versions: &[Version<'_>]) -> Vec<Column> {
    let mut columns = vec![
        Column::text(t(lang, "dossier-conflict-field")),
        Column::text(t(lang, "dossier-conflict-before")),
    ];
    for (at, (who, place)) in versions.iter().enumerate() {
        let parts: Vec<&str> = [*who, *place].into_iter().filter(|part| !part.is_empty()).collect();
        columns.push(Column::text(format!("{}. {}", at + 1, parts.join(" – "))));
    }
    if card.action.is_some() {
        let other = t(lang, "conflict-other");
        columns.push(Column::text(format!("{}. {other}", versions.len() + 1)));
    }
    columns
}

/// One row. Each cell carries the head of its column: where there is no room for columns, the cells
/// stand one under another, and say by themselves whose they are.
fn one_field(
    lang: Lang,
    card: &ConflictCardView,
    (versions, columns): (&[Version<'_>], &[Column]),
    field: &FieldInConflict,
) -> Markup {
    let of = |version: &Version<'_>| {
        let fits =
            |value: &&ValueInConflict| (value.who.as_str(), value.place.as_str()) == *version;
        field.values.iter().filter(fits).collect::<Vec<_>>()
    };
    html! {
        tr data-choices="" {
            th scope="row" { (field.label) }
            td data-head=(columns[1].label()) { (or_empty(lang, &field.before)) }
            @for (version, column) in versions.iter().zip(&columns[2..]) {
                td data-head=(column.label()) { @for value in of(version) { (one_value(lang, card, field, value)) } }
            }
            @if let (Some(_), Some(last)) = (&card.action, columns.last()) {
                td .wb-other data-head=(last.label()) { (another_value(lang, card, field)) }
            }
        }
    }
}

fn or_empty(lang: Lang, text: &str) -> String {
    if text.is_empty() { t(lang, "record-empty-value") } else { text.to_owned() }
}

fn one_value(
    lang: Lang,
    card: &ConflictCardView,
    field: &FieldInConflict,
    value: &ValueInConflict,
) -> Markup {
    let id = choice_id(field, &value.hash.to_string());
    let shown = or_empty(lang, &value.shown);
    let received = value.received_at.map_or_else(|| t(lang, "conflict-not-received"), date_time);
    html! {
        @if card.action.is_some() {
            div .form-check {
                input .form-check-input type="radio" id=(id) name=(format!("choice.{}", field.path)) value=(value.hash.to_string());
                label .form-check-label for=(id) {
                    span .visually-hidden { (field.label) ": " } strong { (shown) }
                }
            }
        } @else { strong { (shown) } }
        @if value.winner { p { (badge(&Badge::new(Tone::Info, t(lang, "conflict-shown-now")))) } }
        p .wb-when { (t(lang, "conflict-device-time")) ": " span .wb-when { (date_time(value.device_time)) } }
        p .wb-when { (t(lang, "conflict-received")) ": " span .wb-when { (received) } }
    }
}

fn another_value(lang: Lang, card: &ConflictCardView, field: &FieldInConflict) -> Markup {
    let Some(of) = schema().at(&field.path) else { return html! {} };
    let id = choice_id(field, "other");
    let label = format!("{}: {}", t(lang, "conflict-other"), field.label);
    html! {
        input .form-check-input type="radio" id=(id) name=(format!("choice.{}", field.path))
            value="other" aria-label=(label);
        (control(lang, of, &format!("other.{}", field.path), &label, "", card.as_of))
    }
}

fn choice_id(field: &FieldInConflict, choice: &str) -> String {
    let short: String = choice.chars().take(12).collect();
    field_id(&format!("choice.{}-{short}", field.path))
}
