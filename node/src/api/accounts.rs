//! Accounts by command: the first one, and a new one-time password.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::events::Event;
use crate::app::App;
use crate::refusal::Refusal;
use crate::session::Operator;

/// The first account.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FirstAccount {
    login: String,
    name: String,
}

/// Which account.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WhichAccount {
    login: String,
}

/// Makes the first account when there is none.
#[utoipa::path(post, path = "/api/v1/accounts/first", request_body = FirstAccount,
    responses((status = 200, body = Event)))]
pub(crate) async fn first(
    State(app): State<App>,
    _: Operator,
    Json(wanted): Json<FirstAccount>,
) -> Result<Json<Event>, Refusal> {
    let FirstAccount { login, name } = wanted;
    let asked = login.clone();
    let made = app.replica().run(move |replica| replica.first_account(&asked, &name)).await??;
    let Some(account) = made else {
        let (created, password, recovery_identity) = (false, None, None);
        return Ok(Json(Event::Initialised { created, login, password, recovery_identity }));
    };
    Ok(Json(Event::Initialised {
        created: true,
        login: account.login,
        password: Some(account.password.0),
        recovery_identity: app.replica().store().take_recovery_identity(),
    }))
}

/// Gives an account a new one-time password; its sessions end.
#[utoipa::path(post, path = "/api/v1/accounts/reset-password", request_body = WhichAccount,
    responses((status = 200, body = Event)))]
pub(crate) async fn reset_password(
    State(app): State<App>,
    Operator(viewer): Operator,
    Json(WhichAccount { login }): Json<WhichAccount>,
) -> Result<Json<Event>, Refusal> {
    let reset = app.replica().run(move |replica| replica.reset_password(&viewer, &login)).await??;
    Ok(Json(Event::PasswordReset { login: reset.login, password: reset.password.0 }))
}
