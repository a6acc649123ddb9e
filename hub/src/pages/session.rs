//! Who looks at a page: the session behind the cookie, and what every page shows around itself.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use wardbook_replica::{ReplicaError, SessionToken, Viewer};
use wardbook_web::{AppKind, Lang, NavItem, PageContext, RequestInfo, UserInfo, session_token, t};

use crate::app::App;
use crate::failure::{Failure, Refusal};

/// Where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Where people change their own password.
pub const PASSWORD: &str = "/password";

/// A signed-in person on a page.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The person; reads in the page's language.
    pub viewer: Viewer,
    /// What the page shows around itself.
    pub ctx: PageContext,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let request = RequestInfo::read(&parts.uri, &parts.headers);
        let found = viewer_of_cookie(app, &parts.headers).await;
        let viewer = match found.map_err(Failure::into_response)? {
            Some(viewer) => Viewer { lang: request.lang, ..viewer },
            None => return Err(Redirect::to(SIGN_IN).into_response()),
        };
        if viewer.must_change_password && request.path != PASSWORD {
            return Err(Redirect::to(PASSWORD).into_response());
        }
        let ctx = context(app, &request, &viewer).await.map_err(Failure::into_response)?;
        Ok(Self { viewer, ctx })
    }
}

impl Visit {
    /// The visit again, if the person may change records.
    ///
    /// # Errors
    /// When not.
    pub fn who_may_edit(self) -> Result<Self, Failure> {
        if self.viewer.role.may_edit() { Ok(self) } else { Err(ReplicaError::NotAllowed.into()) }
    }

    /// The visit again, if the person may administer wards, devices and accounts.
    ///
    /// # Errors
    /// When not.
    pub fn who_may_administer(self) -> Result<Self, Failure> {
        if self.viewer.role.may_administer() {
            Ok(self)
        } else {
            Err(ReplicaError::NotAllowed.into())
        }
    }
}

/// The person whose session a request carries; `None` when it carries none, or one that is over.
///
/// # Errors
/// When the data does not answer.
pub async fn viewer_of_cookie(app: &App, headers: &HeaderMap) -> Result<Option<Viewer>, Failure> {
    let lang = RequestInfo::read(&axum::http::Uri::default(), headers).lang;
    let Some(token) = session_token(headers).map(SessionToken::from_cookie) else {
        return Ok(None);
    };
    app.run(move |replica| replica.session(&token, lang)).await
}

/// The session token of a request that must have one.
///
/// # Errors
/// When there is none.
pub fn token_of(headers: &HeaderMap) -> Result<SessionToken, Failure> {
    session_token(headers).map(SessionToken::from_cookie).ok_or_else(|| Refusal::NotSignedIn.into())
}

/// A page before sign-in.
pub fn context_without_user(app: &App, request: &RequestInfo) -> PageContext {
    PageContext { agency: app.city.clone(), ..PageContext::new(AppKind::Hub, request) }
}

async fn context(
    app: &App,
    request: &RequestInfo,
    viewer: &Viewer,
) -> Result<PageContext, Failure> {
    let user =
        UserInfo { name: viewer.name.clone(), role: viewer.role.label(viewer.lang).to_owned() };
    let page = PageContext {
        user: Some(user),
        account_href: PASSWORD.to_owned(),
        ..context_without_user(app, request)
    };
    if viewer.must_change_password {
        return Ok(page);
    }
    let asker = viewer.clone();
    let conflicts = app.run(move |replica| replica.conflicts_open(&asker, None)).await?;
    Ok(page.with_nav(navigation(viewer, conflicts)))
}

fn navigation(viewer: &Viewer, conflicts: u64) -> Vec<NavItem> {
    let item = |href: &str, key: &str| NavItem::new(href, text(viewer.lang, key));
    let mut nav = vec![
        item("/wards", "hub-nav-wards"),
        item("/people", "hub-nav-people"),
        item("/conflicts", "hub-nav-conflicts").count(conflicts),
        item("/requests", "hub-nav-requests"),
        item("/report", "hub-nav-report"),
    ];
    if viewer.role.may_administer() {
        nav.push(item("/accounts", "hub-nav-accounts"));
    }
    nav
}

fn text(lang: Lang, key: &str) -> String {
    t(lang, key)
}
