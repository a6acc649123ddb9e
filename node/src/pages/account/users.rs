//! The accounts of this machine: make one, give it a role and say whose records it reaches, give a
//! new one-time password, block one. Whoever sees no records may only ask for what opens them.

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{PartialDate, schema};
use wardbook_replica::{
    AccountError, NewUser, Reach, ReplicaError, Role, Scope, UserView, WishKind, WishView,
};
use wardbook_web::kit::{
    ButtonKind, Column, Crumb, FieldError, Page, button, card, checkbox, field, fieldset,
    link_button, table, tag,
};
use wardbook_web::{Markup, PageContext, html};

use super::one_time_page;
use crate::app::App;
use crate::pages::office::wishes::{self, unit_label};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The roles that a node gives.
const ROLES: [Role; 7] = [
    Role::Clerk,
    Role::Leader,
    Role::Head,
    Role::Accountant,
    Role::Staff,
    Role::Admin,
    Role::Technician,
];

/// An account as typed: pairs, because a division may stand there several times.
#[derive(Debug, Default)]
struct UserForm {
    login: String,
    name: String,
    role: String,
    number: String,
    units: Vec<String>,
}

impl UserForm {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "login" => value.trim().clone_into(&mut form.login),
                "name" => value.trim().clone_into(&mut form.name),
                "role" => form.role = value,
                "number" => value.trim().clone_into(&mut form.number),
                other => {
                    if let Some(unit) = other.strip_prefix("unit.") {
                        form.units.push(unit.to_owned());
                    }
                }
            }
        }
        form
    }

    fn role(&self) -> Result<Role, Refusal> {
        let role = Role::parse(&self.role).filter(|role| ROLES.contains(role));
        role.ok_or_else(Refusal::unknown_choice)
    }
}

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let there = read(&app, &screen).await?;
    Ok(Shown(view(&screen, &there, &UserForm::default(), None)).into_response())
}

/// Makes an account and shows its one-time password.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(pairs): Form<Vec<(String, String)>>,
) -> PageResult {
    let form = UserForm::of(pairs);
    let scope = match scope_of(&app, &screen, &form).await? {
        Ok(scope) => scope,
        Err(wrong) => return again(&app, &screen, &form, wrong).await,
    };
    let user = NewUser { login: form.login.clone(), name: form.name.clone(), role: form.role()? };
    let viewer = screen.viewer.clone();
    if !viewer.access().gives(user.role) {
        let asked =
            app.replica().run(move |replica| replica.ask_account(&viewer, &user, &scope)).await?;
        return match asked {
            Ok(()) => Ok(asked_page()),
            Err(error) => {
                let wrong = told(error, &screen, "login")?;
                again(&app, &screen, &form, wrong).await
            }
        };
    }
    let made = app.replica().run(move |replica| replica.create_user(&viewer, &user, &scope));
    match made.await? {
        Ok(made) => {
            let page = one_time_page(&screen.ctx, &made.login, &made.password.0, None, "/accounts");
            Ok(Shown(page).into_response())
        }
        Err(error) => {
            let wrong = told(error, &screen, "login")?;
            again(&app, &screen, &form, wrong).await
        }
    }
}

/// One account: its role, and whose records it reaches.
pub(crate) async fn edit(
    State(app): State<App>,
    screen: Screen,
    UrlPath(login): UrlPath<String>,
) -> PageResult {
    let There { users, as_of, .. } = read(&app, &screen).await?;
    let user = users.iter().find(|user| user.login == login).ok_or_else(unknown)?;
    let form = UserForm {
        role: user.role.as_str().to_owned(),
        units: user.scope.units.clone(),
        ..UserForm::default()
    };
    Ok(Shown(edit_view(&screen, user, &form, as_of, None)).into_response())
}

/// Changes them. The account signs in anew.
pub(crate) async fn save(
    State(app): State<App>,
    screen: Screen,
    UrlPath(login): UrlPath<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> PageResult {
    let form = UserForm::of(pairs);
    let There { users, as_of, .. } = read(&app, &screen).await?;
    let user = users.iter().find(|user| user.login == login).ok_or_else(unknown)?;
    let mut scope = match scope_of(&app, &screen, &form).await? {
        Ok(scope) => scope,
        // The record that is chosen already may stay without its number.
        Err(wrong) if wrong.name == "number" && form.number.is_empty() => {
            Scope { person: user.scope.person, units: Vec::new() }
        }
        Err(wrong) => {
            let page = edit_view(&screen, user, &form, as_of, Some(wrong));
            return Ok(not_accepted(page));
        }
    };
    if form.role()?.access().reach == Reach::Own && scope.person.is_none() {
        scope.person = user.scope.person;
    }
    let (viewer, role) = (screen.viewer.clone(), form.role()?);
    let gives = viewer.access().gives(role);
    let changed = app.replica().run(move |replica| {
        if gives {
            replica.set_user_role(&viewer, &login, role, &scope)
        } else {
            replica.ask_for_user(&viewer, &login, WishKind::Role, Some((role, &scope)))
        }
    });
    match changed.await? {
        Ok(()) if !gives => Ok(asked_page()),
        Ok(()) => Ok(Redirect::to("/accounts?done=saved").into_response()),
        Err(error) => {
            let wrong = told(error, &screen, "role")?;
            Ok(not_accepted(edit_view(&screen, user, &form, as_of, Some(wrong))))
        }
    }
}

/// Gives an account a new one-time password.
pub(crate) async fn reset(
    State(app): State<App>,
    screen: Screen,
    UrlPath(login): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let made = app.replica().run(move |replica| match replica.reset_password(&viewer, &login) {
        Err(AccountError::NeedsLeader) => {
            replica.ask_for_user(&viewer, &login, WishKind::Password, None)?;
            Ok(None)
        }
        made => made.map(Some),
    });
    let Some(made) = made.await?? else { return Ok(asked_page()) };
    let page = one_time_page(&screen.ctx, &made.login, &made.password.0, None, "/accounts");
    Ok(Shown(page).into_response())
}

/// Blocks an account, or frees it.
pub(crate) async fn switch(
    State(app): State<App>,
    screen: Screen,
    UrlPath((login, what)): UrlPath<(String, String)>,
) -> PageResult {
    let disabled = match what.as_str() {
        "block" => true,
        "free" => false,
        _ => return Err(ReplicaError::NotFound.into()),
    };
    let viewer = screen.viewer;
    let done = app.replica().run(move |replica| {
        match replica.set_user_disabled(&viewer, &login, disabled) {
            Err(AccountError::NeedsLeader) => {
                replica.ask_for_user(&viewer, &login, WishKind::Free, None)?;
                Ok(false)
            }
            done => done.map(|()| true),
        }
    });
    let is_done = done.await??;
    Ok(if is_done { Redirect::to("/accounts").into_response() } else { asked_page() })
}

/// Nothing is changed yet: somebody who approves decides.
fn asked_page() -> axum::response::Response {
    Redirect::to("/accounts?done=asked").into_response()
}

/// Whose records the role needs to be told; wrong when it is not said.
async fn scope_of(
    app: &App,
    screen: &Screen,
    form: &UserForm,
) -> Result<Result<Scope, FieldError>, Refusal> {
    let wrong =
        |name: &str, key: &str| FieldError { name: name.to_owned(), message: screen.ctx.t(key) };
    match form.role()?.access().reach {
        Reach::Division if form.units.is_empty() => Ok(Err(wrong("role", "office-units-missing"))),
        Reach::Division => Ok(Ok(Scope { units: form.units.clone(), person: None })),
        Reach::Own => {
            let (viewer, number) = (screen.viewer.clone(), form.number.clone());
            let found =
                app.replica().run(move |replica| replica.record_with_number(&viewer, &number));
            Ok(match found.await?? {
                Some(person) => Ok(Scope { units: Vec::new(), person: Some(person) }),
                None => Err(wrong("number", "office-number-unknown")),
            })
        }
        Reach::Nobody | Reach::Ward => Ok(Ok(Scope::default())),
    }
}

async fn again(app: &App, screen: &Screen, form: &UserForm, wrong: FieldError) -> PageResult {
    let there = read(app, screen).await?;
    Ok(not_accepted(view(screen, &there, form, Some(wrong))))
}

/// What is wrong, beside a box; what is nobody's fault stays a page of its own.
fn told(error: AccountError, screen: &Screen, name: &str) -> Result<FieldError, Refusal> {
    let is_long_name = matches!(error, AccountError::LongName);
    let refusal = Refusal::from(error);
    if refusal.status.is_server_error() || refusal.status == axum::http::StatusCode::FORBIDDEN {
        return Err(refusal);
    }
    let message = refusal.sentence(screen.ctx.lang).to_owned();
    let name = if is_long_name { "name" } else { name };
    Ok(FieldError { name: name.to_owned(), message })
}

fn unknown() -> Refusal {
    Refusal::from(AccountError::Unknown)
}

/// What the page shows.
struct There {
    users: Vec<UserView>,
    wishes: Vec<WishView>,
    as_of: PartialDate,
}

async fn read(app: &App, screen: &Screen) -> Result<There, Refusal> {
    let viewer = screen.viewer.clone();
    let read = app.replica().run(move |replica| {
        let (users, wishes) = (replica.users(&viewer)?, replica.account_wishes(&viewer)?);
        Ok::<_, AccountError>(There { users, wishes, as_of: replica.as_of()? })
    });
    Ok(read.await??)
}

fn view(screen: &Screen, there: &There, form: &UserForm, wrong: Option<FieldError>) -> Markup {
    let ctx = &screen.ctx;
    let columns = [
        Column::text(ctx.t("node-login")),
        Column::text(ctx.t("node-your-name")),
        Column::text(ctx.t("node-role")),
        Column::unseen(ctx.t("node-actions")),
    ];
    let rows = html! { @for user in &there.users { (row(ctx, user)) } };
    let new = html! {
        (ask_note(screen))
        (new_account(ctx, form, there.as_of, wrong.as_ref()))
    };
    let body = html! {
        (wishes::view(ctx, &there.wishes, screen.viewer.access().approves))
        (table(&ctx.t("node-accounts-caption"), &columns, &rows))
        (card(&ctx.t("node-new-account"), None, &new))
        (card(&ctx.t("office-roles-title"), None, &roles(ctx)))
    };
    let page = Page::new(ctx.t("node-nav-accounts"));
    page.errors(wrong.into_iter().collect()).render(ctx, &body)
}

/// Says beforehand that a leader has to agree, to who cannot give every role.
fn ask_note(screen: &Screen) -> Markup {
    let gives_all = ROLES.iter().all(|role| screen.viewer.access().gives(*role));
    html! { @if !gives_all { p { (screen.ctx.t("office-wish-note")) } } }
}

fn row(ctx: &PageContext, user: &UserView) -> Markup {
    let base = format!("/accounts/{}", user.login);
    let (what, key) =
        if user.disabled { ("free", "node-account-free") } else { ("block", "node-account-block") };
    html! {
        tr {
            th scope="row" { (user.login) }
            td {
                (user.name) " "
                @if user.disabled { (tag(&ctx.t("node-account-blocked"))) }
                @if let Some(wish) = user.wish { (tag(&ctx.t(wishes::kind(wish)))) }
                @else if user.must_change_password { (tag(&ctx.t("node-account-one-time"))) }
            }
            td { (user.role.label(ctx.lang)) @for unit in &user.scope.units { " " (tag(&unit_label(ctx, unit))) } }
            td {
                div .btn-list {
                    (link_button(ButtonKind::Quiet, &base, &ctx.t("office-account-role")))
                    form method="post" action=(format!("{base}/reset")) {
                        (button(ButtonKind::Quiet, &ctx.t("node-account-reset")))
                    }
                    form method="post" action=(format!("{base}/{what}")) {
                        (button(ButtonKind::Quiet, &ctx.t(key)))
                    }
                }
            }
        }
    }
}

fn new_account(
    ctx: &PageContext,
    form: &UserForm,
    as_of: PartialDate,
    wrong: Option<&FieldError>,
) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|w| w.message.clone());
    html! {
        form method="post" action="/accounts" {
            (field("name", &ctx.t("node-your-name")).value(form.name.as_str()).required()
                .error_if(error("name")))
            (field("login", &ctx.t("node-login")).value(form.login.as_str()).required()
                .hint(ctx.t("node-login-hint")).error_if(error("login")))
            (reach(ctx, form, as_of, wrong))
            (button(ButtonKind::Primary, &ctx.t("node-create-account")))
        }
    }
}

/// The boxes of role and reach.
fn reach(
    ctx: &PageContext,
    form: &UserForm,
    as_of: PartialDate,
    wrong: Option<&FieldError>,
) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|w| w.message.clone());
    let roles = ROLES.map(|role| (role.as_str().to_owned(), role.label(ctx.lang).to_owned()));
    let units = schema().field("org_unit").map(|field| field.items_on(as_of)).unwrap_or_default();
    let boxes = html! {
        div .wb-columns {
            @for unit in &units {
                (checkbox(&format!("unit.{}", unit.code), unit.label(ctx.lang), form.units.contains(&unit.code)))
            }
        }
    };
    html! {
        (field("role", &ctx.t("node-role")).value(form.role.as_str()).error_if(error("role")).select(roles.to_vec()))
        (fieldset(&ctx.t("office-units"), &boxes))
        (field("number", &ctx.t("office-number")).value(form.number.as_str())
            .hint(ctx.t("office-number-hint")).number().error_if(error("number")))
    }
}

fn edit_view(
    screen: &Screen,
    user: &UserView,
    form: &UserForm,
    as_of: PartialDate,
    wrong: Option<FieldError>,
) -> Markup {
    let ctx = &screen.ctx;
    let body = html! {
        form .card.wb-card method="post" action=(format!("/accounts/{}", user.login)) {
            div .card-body {
                (ask_note(screen))
                (reach(ctx, form, as_of, wrong.as_ref()))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("office-save")))
                    (link_button(ButtonKind::Secondary, "/accounts", &ctx.t("cancel")))
                }
            }
        }
        (card(&ctx.t("office-roles-title"), None, &roles(ctx)))
    };
    Page::new(format!("{}: {}", ctx.t("office-account-role"), user.name))
        .crumbs(vec![Crumb::new("/accounts", ctx.t("node-nav-accounts"))])
        .errors(wrong.into_iter().collect())
        .render(ctx, &body)
}

/// What each role is for.
fn roles(ctx: &PageContext) -> Markup {
    html! {
        dl .wb-roles {
            @for role in ROLES {
                div { dt { (role.label(ctx.lang)) } dd { (role.about(ctx.lang)) } }
            }
        }
    }
}
