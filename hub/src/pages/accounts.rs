//! Accounts of the city's staff.

use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use wardbook_replica::{NewUser, OneTimePassword, Role, Scope, UserView};
use wardbook_web::kit::{
    ButtonKind, Column, Page, Tone, alert, button, card, definition_list, field, table,
};
use wardbook_web::record_view::SubmittedForm;
use wardbook_web::{Lang, Markup, html, t};

use super::corrected::{FormPlace, Wrong, corrected};
use super::session::Visit;
use crate::api::admin::staff_role;
use crate::app::App;
use crate::failure::Failure;

/// `GET /accounts`.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Markup, Failure> {
    let visit = visit.who_may_administer()?;
    let viewer = visit.viewer.clone();
    let users = app.run(move |replica| replica.users(&viewer)).await?;
    Ok(view(&visit, &users))
}

/// `POST /accounts`: answers the page on which the one-time password stands this once.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Form(form): Form<SubmittedForm>,
) -> Result<Response, Failure> {
    let visit = visit.who_may_administer()?;
    let viewer = visit.viewer.clone();
    let text = |name: &str| form.get(name).cloned().unwrap_or_default();
    let role = staff_role(&text("role"))?;
    let user = NewUser { login: text("login"), name: text("name"), role };
    let made = app.run(move |replica| replica.create_user(&viewer, &user, &Scope::default()));
    match made.await {
        Ok(made) => Ok(made_view(&visit, &made).into_response()),
        Err(failure) => {
            let (name, label) = match failure.code().as_ref() {
                "name_too_long" => ("name", "hub-col-name"),
                "bad_login" | "login_taken" => ("login", "hub-login"),
                _ => return Err(failure),
            };
            let lang = visit.ctx.lang;
            let title = t(lang, "hub-account-add");
            let place = FormPlace { title: &title, action: "/accounts", back: "/accounts" };
            let wrong = Wrong::new(lang, name, label, failure.sentence(lang));
            Ok(corrected(&visit, place, &form, &[wrong]))
        }
    }
}

fn view(visit: &Visit, users: &[UserView]) -> Markup {
    let lang = visit.ctx.lang;
    let keys = ["hub-col-login", "hub-col-name", "hub-col-role", "hub-col-state"];
    let columns: Vec<Column> = keys.iter().map(|key| Column::text(t(lang, key))).collect();
    let rows = html! {
        @for user in users {
            tr {
                th scope="row" { (user.login) }
                td { (user.name) }
                td { (user.role.label(lang)) }
                td { (state(lang, user)) }
            }
        }
    };
    let body = html! {
        (table(&t(lang, "hub-accounts-caption"), &columns, &rows))
        (card(&t(lang, "hub-account-add"), None, &form(lang)))
    };
    Page::new(t(lang, "hub-accounts-title")).render(&visit.ctx, &body)
}

fn form(lang: Lang) -> Markup {
    let role = |role: Role| (role.as_str().to_owned(), role.label(lang).to_owned());
    let roles = [Role::Officer, Role::Leader, Role::Admin].map(role).to_vec();
    html! {
        form method="post" action="/accounts" {
            (field("login", &t(lang, "hub-login")).required())
            (field("name", &t(lang, "hub-col-name")).required())
            (field("role", &t(lang, "hub-col-role")).select(roles))
            div .btn-list { (button(ButtonKind::Primary, &t(lang, "hub-account-add"))) }
        }
    }
}

fn made_view(visit: &Visit, made: &OneTimePassword) -> Markup {
    let lang = visit.ctx.lang;
    let entry = |key: &str, text: &str| (t(lang, key), html! { strong { (text) } });
    let body = html! {
        (alert(Tone::Info, "", &html! { p { (t(lang, "hub-account-once")) } }))
        (definition_list(&[entry("hub-login", &made.login), entry("hub-password-one-time", &made.password.0)]))
    };
    Page::new(t(lang, "hub-account-made")).render(&visit.ctx, &body)
}

fn state(lang: Lang, user: &UserView) -> String {
    match (user.disabled, user.must_change_password) {
        (true, _) => t(lang, "hub-account-disabled"),
        (false, true) => t(lang, "hub-account-new"),
        (false, false) => t(lang, "hub-account-active"),
    }
}
