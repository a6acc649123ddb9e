//! What happened to a ward's machines, and what they sent that is in no record.

use wardbook_replica::{AsideView, DeviceView, EventView, ParkedView};
use wardbook_web::format::date_time;
use wardbook_web::kit::{Column, Tone, alert, table};
use wardbook_web::{Lang, Markup, html, t, t_args};

/// All that is worth a look at one ward, newest first.
pub(super) struct Watch {
    pub(super) events: Vec<EventView>,
    pub(super) aside: Vec<AsideView>,
    pub(super) parked: Vec<ParkedView>,
}

/// What must be done about machines, above everything else.
pub(super) fn warnings(lang: Lang, devices: &[DeviceView]) -> Markup {
    let in_use = || devices.iter().filter(|device| device.revoked_at.is_none());
    html! {
        @for device in in_use().filter(|device| device.two_places_since.is_some()) {
            (alert(Tone::Bad, &t_args(lang, "hub-two-places-title", &[("device", device.name.clone())]), &html! {
                p { (t(lang, "hub-two-places")) }
            }))
        }
        @for device in in_use().filter(|device| device.reconciling) {
            (alert(Tone::Info, "", &html! {
                p { (t_args(lang, "hub-reconciling", &[("device", device.name.clone())])) }
            }))
        }
    }
}

/// The tables; those with nothing in them are left out.
pub(super) fn tables(lang: Lang, watch: &Watch) -> Markup {
    html! {
        @if !watch.events.is_empty() { (event_table(lang, &watch.events)) }
        @if !watch.parked.is_empty() { (parked_table(lang, &watch.parked)) }
        @if !watch.aside.is_empty() { (aside_table(lang, &watch.aside)) }
    }
}

fn columns(lang: Lang, keys: &[&str]) -> Vec<Column> {
    keys.iter().map(|key| Column::text(t(lang, key))).collect()
}

fn event_table(lang: Lang, events: &[EventView]) -> Markup {
    let rows = html! {
        @for event in events {
            tr {
                td { (date_time(event.at)) }
                td { (event.device_name) }
                td { (event.text) }
            }
        }
    };
    let columns = columns(lang, &["hub-col-when", "hub-col-device", "hub-col-event"]);
    table(&t(lang, "hub-events-caption"), &columns, &rows)
}

fn parked_table(lang: Lang, parked: &[ParkedView]) -> Markup {
    let rows = html! {
        @for change in parked {
            tr {
                td { (date_time(change.at)) }
                td { (who(&change.user_name, &change.device_name)) }
                td { a href=(format!("/people/{}", change.document)) { (change.document.to_string()) } }
                td {
                    @if change.late { (t(lang, "hub-parked-late")) } @else { (t(lang, "hub-parked")) }
                }
            }
        }
    };
    let keys = ["hub-col-when", "hub-col-device", "hub-col-record", "hub-col-result"];
    table(&t(lang, "hub-parked-caption"), &columns(lang, &keys), &rows)
}

fn aside_table(lang: Lang, aside: &[AsideView]) -> Markup {
    let rows = html! {
        @for item in aside {
            tr {
                td { (date_time(item.at)) }
                td { (who(&item.user_name, &item.device_name)) }
                td { (record(item)) }
                td { (item.text) }
                td { (result(lang, item)) }
            }
        }
    };
    let keys =
        ["hub-col-when", "hub-col-device", "hub-col-record", "hub-col-why", "hub-col-result"];
    table(&t(lang, "hub-aside-caption"), &columns(lang, &keys), &rows)
}

/// Who wrote, above the machine.
fn who(user: &str, device: &str) -> Markup {
    html! {
        @if !user.is_empty() { (user) br; }
        (device)
    }
}

/// What became of a change that was kept aside.
fn result(lang: Lang, item: &AsideView) -> Markup {
    html! {
        @if let Some(at) = item.decided_at {
            (t_args(lang, "hub-aside-decided", &[("who", item.decided_by.clone()), ("when", date_time(at))]))
        } @else if item.replaced_by.is_some() { (t(lang, "hub-aside-replaced")) }
    }
}

/// A change may have been meant for a record that never came to be.
fn record(item: &AsideView) -> Markup {
    html! {
        @if item.full_name.is_empty() { "–" }
        @else { a href=(format!("/people/{}", item.document)) { (item.full_name) } }
    }
}
