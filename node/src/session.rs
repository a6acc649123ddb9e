//! Who asks: the session cookie of a browser, or the control token of this machine's commands.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest as _, Sha256};
use wardbook_record::Lang;
use wardbook_replica::{Replica, SessionState, SessionToken, Viewer};
use wardbook_web::{RequestInfo, session_token};

use crate::app::App;
use crate::percent::percent_encoded;
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
            Ok(Found::Open(user)) => Ok(Self(user)),
            Ok(Found::Locked(_)) => Err(to_lock(parts, &info)),
            Ok(Found::Nobody) => Err(to_sign_in(app, &info).await),
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
        if has_control_token(parts, app) {
            return Ok(Self(Viewer::system(lang)));
        }
        let Found::Open(user) = signed_in(&parts.headers, app, lang).await? else {
            return Err(Refusal::signed_out());
        };
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
        if has_control_token(parts, app) {
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

/// Whom a request's cookie names.
pub(crate) enum Found {
    /// Nobody, or a session that is over.
    Nobody,
    /// Somebody who must give the password again first.
    Locked(User),
    /// Somebody.
    Open(User),
}

/// Looks the session of a request up.
pub(crate) async fn signed_in(
    headers: &HeaderMap,
    app: &App,
    lang: Lang,
) -> Result<Found, Refusal> {
    let Some(text) = session_token(headers) else { return Ok(Found::Nobody) };
    let token = SessionToken::from_cookie(text);
    let asked = token.clone();
    let state = app.replica().run(move |replica| replica.session_state(&asked, lang)).await??;
    Ok(match state {
        SessionState::Over => Found::Nobody,
        SessionState::Locked(viewer) => Found::Locked(User { viewer, token }),
        SessionState::Open(viewer) => Found::Open(User { viewer, token }),
    })
}

/// A locked session gets its page back after the password; what a form sent meanwhile is not lost,
/// because drafts lie on the desk.
fn to_lock(parts: &Parts, info: &RequestInfo) -> Response {
    if info.is_fragment {
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", "/lock")]).into_response();
    }
    let back = match (parts.method.as_str(), info.query.as_str()) {
        ("GET", "") => info.path.clone(),
        ("GET", query) => format!("{}?{query}", info.path),
        _ => String::new(),
    };
    Redirect::to(&format!("/lock?back={}", percent_encoded(&back))).into_response()
}

/// Where a request comes from, for the limiter: this machine, or an address of the office network.
#[derive(Debug, Clone)]
pub(crate) struct From(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = match (is_lan(parts), peer) {
            (true, Some(ConnectInfo(peer))) => peer.ip().to_string(),
            _ => "loopback".to_owned(),
        };
        Ok(Self(address))
    }
}

/// Pages that touch this machine itself (its folders, its first account, a restore) are not for
/// others of the office network.
pub(crate) struct AtThisMachine;

impl<S: Send + Sync> FromRequestParts<S> for AtThisMachine {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        if !is_lan(parts) {
            return Ok(Self);
        }
        Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "not_from_here",
            "Việc này chỉ làm được ngay trên máy chủ hồ sơ của cơ quan; hãy mở chương trình trên máy đó.",
            "This is done on the office's record machine itself; open the program there.",
        ))
    }
}

/// Whether a request came over the office network.
pub(crate) fn is_lan(parts: &Parts) -> bool {
    parts.extensions.get::<OverLan>().is_some()
}

/// Marks what came over the office network; put on by its listener alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverLan;

/// The first account is made before anybody can sign in.
async fn to_sign_in(app: &App, info: &RequestInfo) -> Response {
    let has_users = app.replica().run(Replica::has_users).await;
    match has_users.and_then(|result| result) {
        Ok(true) if info.is_fragment => {
            // A fragment must not be replaced by the sign-in page: htmx is told to go there.
            (StatusCode::UNAUTHORIZED, [("hx-redirect", "/sign-in")]).into_response()
        }
        Ok(true) => Redirect::to("/sign-in").into_response(),
        Ok(false) => Redirect::to("/setup").into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// Compares hashes, so that the time taken says nothing about the token. It opens nothing to the
/// office network.
fn has_control_token(parts: &Parts, app: &App) -> bool {
    if is_lan(parts) {
        return false;
    }
    let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|text| text.strip_prefix("Bearer ")).is_some_and(|given| {
        Sha256::digest(given.as_bytes()) == Sha256::digest(app.control_token().as_bytes())
    })
}
