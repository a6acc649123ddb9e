//! Changing one's own password; the only page that a one-time password opens.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::AccountError;
use wardbook_web::kit::{ButtonKind, FieldError, Page, button, field};
use wardbook_web::{AppKind, Markup, PageContext, RequestInfo, html};

use crate::app::App;
use crate::pages::screen::frame;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;
use crate::session::{AnyUser, User};

/// The form as typed.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct PasswordForm {
    old: String,
    new: String,
    again: String,
}

/// The form.
pub(crate) async fn get(
    State(app): State<App>,
    AnyUser(user): AnyUser,
    info: RequestInfo,
) -> PageResult {
    let ctx = frame_for(&app, &user, &info).await?;
    Ok(Shown(view(&ctx, user.viewer.must_change_password, None)).into_response())
}

/// Changes the password.
pub(crate) async fn post(
    State(app): State<App>,
    AnyUser(user): AnyUser,
    info: RequestInfo,
    Form(form): Form<PasswordForm>,
) -> PageResult {
    let ctx = frame_for(&app, &user, &info).await?;
    let must_change = user.viewer.must_change_password;
    if form.new != form.again {
        let wrong =
            FieldError { name: "again".to_owned(), message: ctx.t("node-passwords-differ") };
        return Ok(not_accepted(view(&ctx, must_change, Some(wrong))));
    }
    let User { viewer, token } = user;
    let changed = app
        .replica()
        .run(move |replica| replica.change_password(&viewer, &token, &form.old, &form.new))
        .await?;
    match changed {
        Ok(()) => Ok(Redirect::to("/people?done=password").into_response()),
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let name = if matches!(error, AccountError::WrongPassword) { "old" } else { "new" };
            let message = Refusal::from(error).sentence(ctx.lang).to_owned();
            let wrong = FieldError { name: name.to_owned(), message };
            Ok(not_accepted(view(&ctx, must_change, Some(wrong))))
        }
    }
}

/// Nobody gets the navigation before the one-time password is changed: it would lead back here.
async fn frame_for(app: &App, user: &User, info: &RequestInfo) -> Result<PageContext, Refusal> {
    if user.viewer.must_change_password {
        return Ok(PageContext::new(AppKind::Node, info));
    }
    frame(app, &user.viewer, info).await
}

fn view(ctx: &PageContext, must_change: bool, wrong: Option<FieldError>) -> Markup {
    let error = |name: &str| wrong.as_ref().filter(|w| w.name == name).map(|w| w.message.clone());
    let (old, hint) = if must_change {
        (ctx.t("node-one-time-password"), ctx.t("node-one-time-change"))
    } else {
        (ctx.t("node-old-password"), String::new())
    };
    let body = html! {
        @if !hint.is_empty() { p { (hint) } }
        form method="post" action="/account/password" {
            (field("old", &old).required().password().autofocus().autocomplete("current-password").error_if(error("old")))
            (field("new", &ctx.t("node-new-password")).required().password().hint(ctx.t("node-password-hint"))
                .autocomplete("new-password").error_if(error("new")))
            (field("again", &ctx.t("node-new-password-again")).required().password()
                .autocomplete("new-password").error_if(error("again")))
            (button(ButtonKind::Primary, &ctx.t("node-change-password")))
        }
    };
    let page = Page::new(ctx.t("node-change-password")).narrow();
    page.errors(wrong.into_iter().collect()).render(ctx, &body)
}
