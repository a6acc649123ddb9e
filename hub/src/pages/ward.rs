//! One ward: its devices, their last calls, and codes for new ones.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use wardbook_base::{Timestamp, WardId};
use wardbook_replica::{DeviceView, MoveQuestion, Replica, Viewer, WardStatus};
use wardbook_store::SyncLogRow;
use wardbook_sync::RejectCode;
use wardbook_web::format::{bytes, date_time, number};
use wardbook_web::kit::{
    ButtonKind, Column, Crumb, Page, Tone, alert, badge, button, card, definition_list, field,
    link_button, table,
};
use wardbook_web::record_view::SubmittedForm;
use wardbook_web::{Lang, Markup, html, t, t_args};

use super::corrected::{FormPlace, Wrong, corrected};
use super::requests::requests;
use super::session::Visit;
use super::ward_watch::{self, Watch};
use super::wards::{machines, state_badge, when};
use crate::api::admin::{EnrolCodeBody, new_enrol_code};
use crate::app::App;
use crate::failure::{Failure, Refusal};

/// How many calls are shown,
const SESSIONS_SHOWN: usize = 20;
/// how many events,
const EVENTS_SHOWN: usize = 20;
/// and how many changes that were kept aside.
const ASIDE_SHOWN: usize = 50;
/// The longest that a code works, in days.
const DAYS_MAX: u32 = 90;
/// The longest address of a hub.
const ADDRESS_BYTES_MAX: usize = 200;

/// `GET /wards/{ward}`.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(ward): Path<String>,
) -> Result<Markup, Failure> {
    let (viewer, ward) = (visit.viewer.clone(), read_ward(&ward)?);
    let (status, sessions, watch, moves) =
        app.run(move |replica| read(replica, &viewer, &ward)).await?;
    Ok(view(&visit, &status, &sessions, (&watch, &moves), app.replica.now()))
}

/// `POST /wards/{ward}/enrol-codes`: answers the page on which the code stands this once.
pub async fn post_enrol_code(
    State(app): State<App>,
    visit: Visit,
    Path(ward): Path<String>,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let visit = visit.who_may_administer()?;
    let viewer = visit.viewer.clone();
    let wanted = match read_wanted(visit.ctx.lang, &form) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            let (action, back) = (format!("/wards/{ward}/enrol-codes"), format!("/wards/{ward}"));
            let title = t(visit.ctx.lang, "hub-code-title");
            let place = FormPlace { title: &title, action: &action, back: &back };
            return Ok(corrected(&visit, place, &form, &wrong));
        }
    };
    let code = app.run(move |replica| new_enrol_code(replica, &viewer, &ward, &wanted)).await?;
    Ok(code_view(&visit, &code).into_response())
}

/// What the form that makes a code asks for; empty boxes mean what the hub has.
fn read_wanted(lang: Lang, form: &SubmittedForm) -> Result<EnrolCodeBody, Vec<Wrong>> {
    let text = |name: &str| form.get(name).map_or("", |text| text.trim());
    let (days, address) = (text("days"), text("address"));
    let mut wrong = Vec::new();
    let days = match days.parse() {
        _ if days.is_empty() => None,
        Ok(days) if (1..=DAYS_MAX).contains(&days) => Some(days),
        _ => {
            let words = t_args(lang, "hub-code-days-wrong", &[("max", DAYS_MAX)]);
            wrong.push(Wrong::new(lang, "days", "hub-code-days", words));
            None
        }
    };
    if !address.is_empty() && !is_address(address) {
        let words = t(lang, "hub-code-address-wrong");
        wrong.push(Wrong::new(lang, "address", "hub-code-address", words));
    }
    let address = Some(address.to_owned()).filter(|text| !text.is_empty());
    if wrong.is_empty() { Ok(EnrolCodeBody { days, address }) } else { Err(wrong) }
}

/// Whether a machine can be told to call there. A mark (#) would end the address in the string.
fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |host: &str| host.chars().all(|c| c.is_ascii_graphic() && c != '#');
    host.is_some_and(|host| !host.is_empty() && host.len() <= ADDRESS_BYTES_MAX && is_plain(host))
}

/// The calls of a ward's devices, newest first, each with the device's name.
type Sessions = Vec<(String, SyncLogRow)>;

fn read(
    replica: &Replica,
    viewer: &Viewer,
    ward: &WardId,
) -> Result<(WardStatus, Sessions, Watch, Vec<MoveQuestion>), Failure> {
    let status = replica.ward_status(viewer, ward)?;
    let watch = Watch {
        events: replica.events(viewer, Some(ward), EVENTS_SHOWN)?,
        aside: replica.kept_aside(viewer, Some(ward), ASIDE_SHOWN)?,
        parked: replica.parked(viewer, Some(ward))?,
    };
    let moves = replica.move_questions(viewer, Some(ward))?;
    let calls = replica.sync_sessions(viewer, Some(ward), SESSIONS_SHOWN)?;
    let names: BTreeMap<_, _> =
        status.devices.iter().map(|device| (device.device, device.name.clone())).collect();
    let with_name = |call: SyncLogRow| (names.get(&call.device).cloned().unwrap_or_default(), call);
    Ok((status, calls.into_iter().map(with_name).collect(), watch, moves))
}

fn read_ward(text: &str) -> Result<WardId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn view(
    visit: &Visit,
    ward: &WardStatus,
    sessions: &Sessions,
    (watch, moves): (&Watch, &[MoveQuestion]),
    now: Timestamp,
) -> Markup {
    let lang = visit.ctx.lang;
    let body = html! {
        (ward_watch::warnings(lang, &ward.devices))
        (requests(lang, moves, &format!("/wards/{}", ward.ward), visit.viewer.role.may_edit()))
        (card(&t(lang, "hub-ward-sync"), None, &facts(lang, ward, now)))
        (device_table(visit, ward, now))
        (ward_watch::tables(lang, watch))
        @if !sessions.is_empty() { (session_table(lang, sessions)) }
        @if visit.viewer.role.may_administer() { (code_form(lang, ward)) }
    };
    Page::new(&ward.name)
        .crumbs(vec![Crumb::new("/wards", t(lang, "hub-nav-wards"))])
        .actions(html! {
            (link_button(ButtonKind::Secondary, &format!("/people?ward={}", ward.ward), &t(lang, "hub-nav-people")))
        })
        .render(&visit.ctx, &body)
}

fn facts(lang: Lang, ward: &WardStatus, now: Timestamp) -> Markup {
    let entry = |key: &str, text: Markup| (t(lang, key), text);
    definition_list(&[
        entry("hub-col-state", badge(&state_badge(lang, ward.state))),
        entry("hub-col-contact", html! { (when(lang, ward.last_contact, now)) }),
        entry("hub-col-equal", html! { (when(lang, ward.proven_equal_at, now)) }),
        entry("hub-col-up", html! { (number(lang, ward.waiting_up)) }),
        entry("hub-col-down", html! { (number(lang, ward.waiting_down)) }),
        entry("hub-col-people", html! { (number(lang, ward.people)) }),
        entry(
            "hub-col-late",
            html! { a href=(format!("/conflicts?ward={}", ward.ward)) { (number(lang, ward.late_edits)) } },
        ),
        entry(
            "hub-col-conflicts",
            html! {
                a href=(format!("/conflicts?ward={}", ward.ward)) { (number(lang, ward.conflicts)) }
            },
        ),
    ])
}

fn device_table(visit: &Visit, ward: &WardStatus, now: Timestamp) -> Markup {
    let lang = visit.ctx.lang;
    let keys = [
        "hub-col-device",
        "hub-col-state",
        "hub-col-contact",
        "hub-col-equal",
        "hub-col-up-down",
        "hub-col-machines",
    ];
    let mut columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    columns.push(Column::unseen(t(lang, "record-actions")));
    let rows = html! { @for device in &ward.devices { (device_row(visit, device, now)) } };
    html! {
        @if ward.devices.is_empty() {
            (alert(Tone::Info, "", &html! { p { (t(lang, "hub-no-devices")) } }))
        } @else { (table(&t(lang, "hub-devices-caption"), &columns, &rows)) }
    }
}

fn device_row(visit: &Visit, device: &DeviceView, now: Timestamp) -> Markup {
    let lang = visit.ctx.lang;
    let may_revoke = device.revoked_at.is_none() && visit.viewer.role.may_administer();
    html! {
        tr {
            th scope="row" { (device.name) }
            td {
                @match device.revoked_at {
                    Some(at) => { (t(lang, "hub-revoked")) " " (date_time(at)) }
                    None => (badge(&state_badge(lang, device.state))),
                }
            }
            td { (when(lang, device.last_contact, now)) }
            td { (when(lang, device.proven_equal_at, now)) }
            td { (number(lang, device.reported.pending)) " / " (number(lang, device.waiting_down)) }
            td { (machines(lang, &[device])) }
            td {
                @if may_revoke {
                    (link_button(ButtonKind::Quiet, &format!("/devices/{}/revoke", device.device), &t(lang, "hub-revoke")))
                }
            }
        }
    }
}

fn session_table(lang: Lang, sessions: &Sessions) -> Markup {
    let keys = [
        "hub-col-when",
        "hub-col-device",
        "hub-col-received",
        "hub-col-sent",
        "hub-col-bytes",
        "hub-col-result",
    ];
    let is_count = |key: &str| key == "hub-col-received" || key == "hub-col-sent";
    let of = |key: &str| {
        let label = t(lang, key);
        if is_count(key) { Column::number(label) } else { Column::text(label) }
    };
    let columns: Vec<Column> = keys.iter().map(|key| of(key)).collect();
    let rows = html! {
        @for (device, call) in sessions {
            tr {
                td { (date_time(call.at)) }
                td { (device) }
                td .wb-number { (number(lang, call.pushed)) }
                td .wb-number { (number(lang, call.pulled)) }
                td { (bytes(lang, call.bytes_in)) " / " (bytes(lang, call.bytes_out)) }
                td { (result(lang, &call.result)) }
            }
        }
    };
    table(&t(lang, "hub-sessions-caption"), &columns, &rows)
}

/// What became of a call, in words; the code of a newer program as it is.
fn result(lang: Lang, code: &str) -> String {
    match (code, RejectCode::parse(code)) {
        ("ok", _) => t(lang, "hub-call-ok"),
        ("rolled_back", _) => t(lang, "hub-call-rolled-back"),
        ("cloned", _) => t(lang, "hub-call-cloned"),
        ("hub_rolled_back", _) => t(lang, "hub-call-hub-rolled-back"),
        (_, Some(refused)) => lang.pick(refused.vietnamese(), refused.english()).to_owned(),
        (_, None) => code.to_owned(),
    }
}

fn code_form(lang: Lang, ward: &WardStatus) -> Markup {
    let form = html! {
        form method="post" action=(format!("/wards/{}/enrol-codes", ward.ward)) {
            p { (t(lang, "hub-code-intro")) }
            (field("days", &t(lang, "hub-code-days")).value("7").number())
            (field("address", &t(lang, "hub-code-address")).hint(t(lang, "hub-code-address-hint")))
            div .btn-list { (button(ButtonKind::Primary, &t(lang, "hub-code-make"))) }
        }
    };
    card(&t(lang, "hub-code-title"), None, &form)
}

fn code_view(visit: &Visit, code: &Value) -> Markup {
    let lang = visit.ctx.lang;
    let text = |key: &str| code[key].as_str().unwrap_or_default().to_owned();
    let expires = code["expires"].as_i64().unwrap_or_default();
    let entry = |key: &str, text: String| (t(lang, key), html! { strong { (text) } });
    let entries = [
        entry("hub-code-code", text("code")),
        entry("hub-code-fingerprint", text("fingerprint")),
        entry("hub-code-expires", date_time(Timestamp(expires))),
    ];
    let body = html! {
        (alert(Tone::Info, "", &html! { p { (t(lang, "hub-code-once")) } }))
        (definition_list(&entries))
        (field("string", &t(lang, "hub-code-string")).value(text("string")).read_only().hint(t(lang, "hub-code-string-hint")).area(3))
    };
    let back = format!("/wards/{}", text("ward"));
    Page::new(format!("{}: {}", t(lang, "hub-code-title"), text("ward_name")))
        .crumbs(vec![
            Crumb::new("/wards", t(lang, "hub-nav-wards")),
            Crumb::new(back, text("ward_name")),
        ])
        .render(&visit.ctx, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_address_are_read_or_refused_at_their_boxes() {
        let wrong = |days: &str, address: &str| -> Vec<String> {
            let form = [("days", days), ("address", address)];
            let form = form.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
            let wrong = read_wanted(Lang::Vi, &form).err().unwrap_or_default();
            wrong.into_iter().map(|one| one.name).collect()
        };
        assert!(wrong("", "").is_empty() && wrong(" 90 ", "https://10.0.0.1:8443").is_empty());
        for days in ["0", "91", "bảy", "-1"] {
            assert_eq!(wrong(days, ""), ["days"], "{days}");
        }
        for address in ["10.0.0.1", "ftp://a", "https://", "https://a b", "https://a#b"] {
            assert_eq!(wrong("7", address), ["address"], "{address}");
        }
        assert_eq!(wrong("x", &format!("https://{}", "a".repeat(201))), ["days", "address"]);
    }
}
