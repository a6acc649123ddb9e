//! The first steps of a machine: joining the city, the first account, a backup, the data; or a
//! restore instead of all that. Four screens at most, each of which can be left out but the account.

pub(crate) mod account;
pub(crate) mod backup;
pub(crate) mod data;
pub(crate) mod join;
pub(crate) mod restore;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_web::kit::wizard_steps;
use wardbook_web::{AppKind, Markup, PageContext, RequestInfo};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;
use crate::session::AtThisMachine;

/// Who takes the first steps.
pub(crate) enum Who {
    /// Somebody at a machine without accounts, who must know the setup code.
    First(Box<PageContext>),
    /// An administrator, later.
    Admin(Box<Screen>),
}

impl Who {
    /// The frame of the pages.
    pub(crate) fn ctx(&self) -> &PageContext {
        match self {
            Self::First(ctx) => ctx,
            Self::Admin(screen) => &screen.ctx,
        }
    }

    /// On whose behalf it is done.
    pub(crate) fn viewer(&self) -> Viewer {
        match self {
            Self::First(ctx) => Viewer::system(ctx.lang),
            Self::Admin(screen) => screen.viewer.clone(),
        }
    }

    /// Whether the machine has no account yet.
    pub(crate) const fn is_first(&self) -> bool {
        matches!(self, Self::First(_))
    }

    /// Whether the typed code opens the first steps; an administrator needs none.
    pub(crate) fn may_go_on(&self, app: &App, typed: &str) -> bool {
        match self {
            Self::First(_) => app.setup().fits(typed, &app.config().data, app.dice()),
            Self::Admin(_) => true,
        }
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        AtThisMachine::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let has_users = app.replica().run(Replica::has_users).await.and_then(|found| found);
        match has_users {
            Ok(true) => {
                let screen = Screen::from_request_parts(parts, app).await?;
                if screen.viewer.role.may_administer() {
                    Ok(Self::Admin(Box::new(screen)))
                } else {
                    Err(Refusal::from(ReplicaError::NotAllowed).into_response())
                }
            }
            Ok(false) => {
                let info = RequestInfo::read(&parts.uri, &parts.headers);
                Ok(Self::First(Box::new(PageContext::new(AppKind::Node, &info))))
            }
            Err(error) => Err(Refusal::from(error).into_response()),
        }
    }
}

/// Where the first steps are; nothing for who only joins later.
pub(crate) fn steps(ctx: &PageContext, at: usize) -> Markup {
    let labels = ["setup-step-join", "setup-step-account", "setup-step-backup", "setup-step-data"];
    wizard_steps(&ctx.t("setup-steps"), &labels.map(|key| ctx.t(key)), at)
}
