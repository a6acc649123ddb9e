//! Who asks: the session cookie of a browser, or the control token of this machine's commands.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest as _, Sha256};
use wardbook_record::Lang;
use wardbook_replica::{Replica, SessionToken, Viewer};
use wardbook_web::{RequestInfo, session_token};

use crate::app::App;
use crate::refusal::Refusal;

/// Somebody signed in through a browser, for pages. Others are sent to the sign-in page, people
/// with a one-time password to the page where they change it.
pub(crate) struct User {
    /// Who.
    pub(crate) viewer: Viewer,
    /// By which session.
    pub(crate) token: SessionToken,
}

/// The same, on the pages that a one-time password opens: changing it and signing out.
pub(crate) struct AnyUser(pub(crate) User);

/// Somebody who may use the JSON interface.
pub(crate) struct ApiUser(pub(crate) Viewer);

/// This machine's command line: the JSON interface opened by the control token.
pub(crate) struct Operator(pub(crate) Viewer);

impl FromRequestParts<App> for AnyUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let info = RequestInfo::read(&parts.uri, &parts.headers);
        match signed_in(&parts.headers, app, info.lang).await {
            Ok(Some(user)) => Ok(Self(user)),
            Ok(None) => Err(to_sign_in(app, &info).await),
            Err(refusal) => Err(refusal.into_response()),
        }
    }
}

impl FromRequestParts<App> for User {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let AnyUser(user) = AnyUser::from_request_parts(parts, app).await?;
        if user.viewer.must_change_password {
            return Err(Redirect::to("/account/password").into_response());
        }
        Ok(user)
    }
}

impl FromRequestParts<App> for ApiUser {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let lang = RequestInfo::read(&parts.uri, &parts.headers).lang;
        if has_control_token(&parts.headers, app) {
            return Ok(Self(Viewer::system(lang)));
        }
        let user = signed_in(&parts.headers, app, lang).await?.ok_or_else(Refusal::signed_out)?;
        if user.viewer.must_change_password {
            return Err(wardbook_replica::ReplicaError::MustChangePassword.into());
        }
        Ok(Self(user.viewer))
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let lang = RequestInfo::read(&parts.uri, &parts.headers).lang;
        if has_control_token(&parts.headers, app) {
            return Ok(Self(Viewer::system(lang)));
        }
        Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "Việc này chỉ làm được bằng lệnh trên chính máy này; hãy dùng wardbook-node.",
            "This is done by a command on this machine only; use wardbook-node.",
        ))
    }
}

async fn signed_in(headers: &HeaderMap, app: &App, lang: Lang) -> Result<Option<User>, Refusal> {
    let Some(text) = session_token(headers) else { return Ok(None) };
    let token = SessionToken::from_cookie(text);
    let asked = token.clone();
    let viewer = app.replica().run(move |replica| replica.session(&asked, lang)).await??;
    Ok(viewer.map(|viewer| User { viewer, token }))
}

/// The first account is made before anybody can sign in.
async fn to_sign_in(app: &App, info: &RequestInfo) -> Response {
    let has_users = app.replica().run(Replica::has_users).await;
    match has_users.and_then(|result| result) {
        Ok(true) if info.is_fragment => {
            // A fragment must not be replaced by the sign-in page: htmx is told to go there.
            (StatusCode::UNAUTHORIZED, [("hx-redirect", "/sign-in")]).into_response()
        }
        Ok(true) => Redirect::to("/sign-in").into_response(),
        Ok(false) => Redirect::to("/first-run").into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// Compares hashes, so that the time taken says nothing about the token.
fn has_control_token(headers: &HeaderMap, app: &App) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|text| text.strip_prefix("Bearer ")).is_some_and(|given| {
        Sha256::digest(given.as_bytes()) == Sha256::digest(app.control_token().as_bytes())
    })
}
