//! Taking a device's right to sync away, after a question.

use axum::extract::{Path, State};
use axum::response::Redirect;
use wardbook_base::DeviceId;
use wardbook_replica::{DeviceView, HubError};
use wardbook_web::kit::{Confirm, confirm_page};
use wardbook_web::{Markup, html, t, t_args};

use super::session::Visit;
use crate::app::App;
use crate::failure::Failure;

/// `GET /devices/{device}/revoke`.
pub async fn get_revoke(
    State(app): State<App>,
    visit: Visit,
    Path(device): Path<String>,
) -> Result<Markup, Failure> {
    let visit = visit.who_may_administer()?;
    let device = find(&app, &visit, &device).await?;
    Ok(question(&visit, &device))
}

/// `POST /devices/{device}/revoke`.
pub async fn post_revoke(
    State(app): State<App>,
    visit: Visit,
    Path(device): Path<String>,
) -> Result<Redirect, Failure> {
    let visit = visit.who_may_administer()?;
    let device = find(&app, &visit, &device).await?;
    let id = device.device;
    app.run(move |replica| replica.revoke_device(&visit.viewer, &id)).await?;
    Ok(Redirect::to(&format!("/wards/{}", device.ward)))
}

async fn find(app: &App, visit: &Visit, id: &str) -> Result<DeviceView, Failure> {
    let id: DeviceId = id.parse().map_err(|_| HubError::UnknownDevice)?;
    let viewer = visit.viewer.clone();
    let wards = app.run(move |replica| replica.wards_status(&viewer)).await?;
    wards
        .into_iter()
        .flat_map(|ward| ward.devices)
        .find(|device| device.device == id)
        .ok_or_else(|| HubError::UnknownDevice.into())
}

fn question(visit: &Visit, device: &DeviceView) -> Markup {
    let lang = visit.ctx.lang;
    let args = [("device", device.name.clone()), ("ward", device.ward_name.clone())];
    let ask = Confirm {
        title: &t_args(lang, "hub-revoke-title", &args),
        sentence: &t(lang, "hub-revoke-sentence"),
        action: &format!("/devices/{}/revoke", device.device),
        yes: &t(lang, "hub-revoke"),
        cancel: &format!("/wards/{}", device.ward),
        danger: true,
        keep: &[],
    };
    confirm_page(&visit.ctx, &ask, &html! {})
}
