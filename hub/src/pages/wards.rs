//! The sync console: every ward with how it stands, worst facts first to see.

use std::collections::BTreeSet;

use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use wardbook_base::Timestamp;
use wardbook_replica::{DeviceView, WardState, WardStatus};
use wardbook_web::format::{bytes, date_time, number};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Page, StatTile, Tone, badge, button, empty_state, field,
    link_button, stat_tiles, table,
};
use wardbook_web::record_view::{SubmittedForm, ago};
use wardbook_web::{Lang, Markup, html, t};

use super::corrected::{FormPlace, Wrong, corrected};
use super::session::Visit;
use crate::api::admin::{AddWards, add};
use crate::app::App;
use crate::failure::Failure;

/// `GET /wards`.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Markup, Failure> {
    let viewer = visit.viewer.clone();
    let wards = app.run(move |replica| replica.wards_status(&viewer)).await?;
    Ok(view(&visit, &wards, app.replica.now()))
}

/// `GET /wards/add`.
pub async fn get_add(visit: Visit) -> Result<Markup, Failure> {
    Ok(add_view(&visit.who_may_administer()?))
}

/// `POST /wards/add`.
pub async fn post_add(
    State(app): State<App>,
    visit: Visit,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let visit = visit.who_may_administer()?;
    let (viewer, lang) = (visit.viewer.clone(), visit.ctx.lang);
    let typed = |name: &str| form.get(name).filter(|text| !text.trim().is_empty()).cloned();
    let wanted = AddWards { ward: typed("ward"), district: typed("district") };
    let (name, label) = match (&wanted.ward, &wanted.district) {
        (None, Some(_)) => ("district", "hub-add-district"),
        _ => ("ward", "hub-add-ward"),
    };
    let sentence = if wanted.ward.is_some() == wanted.district.is_some() {
        t(lang, "hub-add-one")
    } else {
        let added = app.run(move |replica| add(replica, &viewer, &wanted)).await;
        match added {
            Ok(_) => return Ok(Redirect::to("/wards").into_response()),
            Err(failure) if ["unknown_unit", "unit_not_valid"].contains(&&*failure.code()) => {
                failure.sentence(lang)
            }
            Err(failure) => return Err(failure),
        }
    };
    let title = t(lang, "hub-add-wards");
    let place = FormPlace { title: &title, action: "/wards/add", back: "/wards/add" };
    Ok(corrected(&visit, place, &form, &[Wrong::new(lang, name, label, sentence)]))
}

/// A state with its shape and colour.
pub(super) fn state_badge(lang: Lang, state: WardState) -> Badge {
    let tone = match state {
        WardState::Equal => Tone::Good,
        WardState::Waiting => Tone::Busy,
        WardState::NoDevice => Tone::Idle,
        WardState::Late => Tone::Warning,
        WardState::VeryLate | WardState::Trouble => Tone::Bad,
    };
    Badge::new(tone, state.label(lang))
}

/// When something happened: exact, and how long ago.
pub(super) fn when(lang: Lang, at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| "–".to_owned(), |at| format!("{} ({})", date_time(at), ago(at, now, lang)))
}

fn view(visit: &Visit, wards: &[WardStatus], now: Timestamp) -> Markup {
    let lang = visit.ctx.lang;
    let add = html! {
        @if visit.viewer.role.may_administer() {
            (link_button(ButtonKind::Primary, "/wards/add", &t(lang, "hub-add-wards")))
        }
    };
    let body = if wards.is_empty() {
        empty_state(&t(lang, "hub-no-wards"), &add)
    } else {
        html! { (stat_tiles(&tiles(lang, wards))) (ward_table(lang, wards, now)) }
    };
    Page::new(t(lang, "hub-wards-title")).actions(add).render(&visit.ctx, &body)
}

fn tiles(lang: Lang, wards: &[WardStatus]) -> Vec<StatTile> {
    let count = |fits: &dyn Fn(WardState) -> bool| {
        wards.iter().filter(|ward| fits(ward.state)).count() as u64
    };
    let tile = |key: &str, value: u64, tone: Tone, href: Option<&str>| StatTile {
        label: t(lang, key),
        value: number(lang, value),
        tone: Some(if value == 0 && tone != Tone::Good { Tone::Idle } else { tone }),
        href: href.map(str::to_owned),
        ..StatTile::default()
    };
    let in_touch = count(&|state| matches!(state, WardState::Equal | WardState::Waiting));
    let conflicts = wards.iter().map(|ward| ward.conflicts).sum();
    vec![
        tile("hub-tile-in-touch", in_touch, Tone::Good, None),
        tile("hub-tile-late", count(&|state| state == WardState::Late), Tone::Warning, None),
        tile("hub-tile-very-late", count(&|state| state == WardState::VeryLate), Tone::Bad, None),
        tile("hub-tile-trouble", count(&|state| state == WardState::Trouble), Tone::Bad, None),
        tile("hub-tile-conflicts", conflicts, Tone::Warning, Some("/conflicts")),
    ]
}

fn ward_table(lang: Lang, wards: &[WardStatus], now: Timestamp) -> Markup {
    let text = |key: &str| Column::text(t(lang, key));
    let figure = |key: &str| Column::number(t(lang, key));
    let columns = [
        text("hub-col-ward"),
        text("hub-col-state"),
        figure("hub-col-people"),
        figure("hub-col-devices"),
        text("hub-col-contact"),
        text("hub-col-equal"),
        figure("hub-col-up-down"),
        text("hub-col-machines"),
    ];
    let rows = html! { @for ward in wards { (ward_row(lang, ward, now)) } };
    table(&t(lang, "hub-wards-caption"), &columns, &rows)
}

fn ward_row(lang: Lang, ward: &WardStatus, now: Timestamp) -> Markup {
    let in_use: Vec<&DeviceView> =
        ward.devices.iter().filter(|device| device.revoked_at.is_none()).collect();
    html! {
        tr {
            th scope="row" { a href=(format!("/wards/{}", ward.ward)) { (ward.name) } }
            td { (badge(&state_badge(lang, ward.state))) }
            td .wb-number { (number(lang, ward.people)) }
            td .wb-number { (number(lang, in_use.len())) }
            td .wb-when { (when(lang, ward.last_contact, now)) }
            td .wb-when { (when(lang, ward.proven_equal_at, now)) }
            td .wb-number { (number(lang, ward.waiting_up)) " / " (number(lang, ward.waiting_down)) }
            td { (machines(lang, &in_use)) }
        }
    }
}

/// Version, clock, free space and last error of a ward's devices: each value once, and only what
/// there is to say.
pub(super) fn machines(lang: Lang, devices: &[&DeviceView]) -> Markup {
    let each = |value: &dyn Fn(&DeviceView) -> String| -> String {
        let values: BTreeSet<String> = devices.iter().map(|device| value(device)).collect();
        values.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let lines = [
        ("hub-col-version", each(&|device| version(&device.app).to_owned())),
        ("hub-col-skew", each(&|device| skew(lang, device.clock_skew_ms))),
        ("hub-col-free", each(&|device| free(lang, device))),
        ("hub-col-error", each(&|device| device.reported.last_error.clone())),
    ];
    html! {
        @for (key, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
            div { (t(lang, key)) ": " (text) }
        }
    }
}

/// The version alone: on this page every program is the ward's.
fn version(app: &str) -> &str {
    app.rsplit(' ').next().unwrap_or(app)
}

/// A device's clock against the hub's: only what people must know.
fn skew(lang: Lang, skew_ms: Option<i64>) -> String {
    let minutes = skew_ms.map_or(0, |ms| ms / 60_000);
    match minutes {
        0 => String::new(),
        _ => format!("{}{minutes} {}", if minutes > 0 { "+" } else { "" }, t(lang, "hub-minutes")),
    }
}

/// The free space a device reported; nothing when it never reported.
fn free(lang: Lang, device: &DeviceView) -> String {
    match device.reported.free_bytes {
        0 => String::new(),
        size => bytes(lang, size),
    }
}

fn add_view(visit: &Visit) -> Markup {
    let lang = visit.ctx.lang;
    let body = html! {
        form .card.wb-card.wb-narrow method="post" action="/wards/add" {
            div .card-body {
                (field("ward", &t(lang, "hub-add-ward")).hint(t(lang, "hub-add-ward-hint")))
                (field("district", &t(lang, "hub-add-district")).hint(t(lang, "hub-add-district-hint")).short())
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "hub-add")))
                    (link_button(ButtonKind::Secondary, "/wards", &t(lang, "record-cancel")))
                }
            }
        }
    };
    Page::new(t(lang, "hub-add-wards")).render(&visit.ctx, &body)
}
