//! Việc cần làm: what falls due, by the rules, with the law behind it; done, put off, taken back.

mod view;
pub(crate) mod ward;

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_record::PartialDate;
use wardbook_web::kit::FieldError;

use crate::api::exports::download;
use crate::api::todo::TodoAddress;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::percent::percent_encoded;
use crate::refusal::Refusal;

/// A button of the list: which thing, what about it, and the list to come back to.
pub(crate) struct MarkForm {
    key: String,
    act: String,
    until: String,
    back: String,
}

impl MarkForm {
    /// The box for a day has a name of its own in each row; the form says which.
    fn of(mut sent: BTreeMap<String, String>) -> Self {
        let mut take = |name: &str| sent.remove(name).unwrap_or_default();
        let (key, act, back, named) = (take("key"), take("act"), take("back"), take("box"));
        Self { key, act, back, until: take(&named) }
    }
}

/// The list.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    Query(address): Query<TodoAddress>,
) -> PageResult {
    let page = view::read(&app, &screen, &address).await?;
    Ok(Shown(view::page(&screen, &address, &page, None)).into_response())
}

/// The list as a workbook.
pub(crate) async fn export(
    State(app): State<App>,
    screen: Screen,
    Query(address): Query<TodoAddress>,
) -> PageResult {
    let (viewer, query) = (screen.viewer, address.query());
    let file = app.replica().run(move |replica| replica.export_todo(&viewer, &query)).await??;
    Ok(download(file))
}

/// *Đã làm*, *Hoãn đến ngày*, and taking either back.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<BTreeMap<String, String>>,
) -> PageResult {
    let form = MarkForm::of(sent);
    let until = match form.act.as_str() {
        "done" | "undo" => None,
        "later" => match a_later_day(&app, &form.until) {
            Some(day) => Some(day),
            None => return refused(&app, &screen, &form).await,
        },
        _ => return Err(Refusal::unknown_choice()),
    };
    let (viewer, key, act) = (screen.viewer.clone(), form.key.clone(), form.act.clone());
    let work = app.replica().run(move |replica| match act.as_str() {
        "undo" => replica.unmark_todo(&viewer, &key),
        _ => replica.mark_todo(&viewer, &key, until),
    });
    work.await??;
    let done = match form.act.as_str() {
        "undo" => "todo-undone",
        "later" => "todo-later",
        _ => "todo-done",
    };
    let last = if form.act == "undo" { String::new() } else { percent_encoded(&form.key) };
    let address: TodoAddress = TodoAddress::of(&form.back);
    Ok(Redirect::to(&format!("{}&done={done}&last={last}", address.href())).into_response())
}

/// A whole day after today.
fn a_later_day(app: &App, text: &str) -> Option<PartialDate> {
    let today = PartialDate::in_vietnam(app.replica().now());
    let day = PartialDate::parse_typed(text).ok()?;
    (day.is_full() && day > today).then_some(day)
}

/// The same list with the box open and what is wrong in it.
async fn refused(app: &App, screen: &Screen, form: &MarkForm) -> PageResult {
    let address = TodoAddress::of(&form.back);
    let page = view::read(app, screen, &address).await?;
    let known = page.items.iter().position(|item| item.key == form.key);
    let Some(place) = known else { return Err(Refusal::unreadable()) };
    let wrong =
        FieldError { name: view::box_name(place), message: screen.ctx.t("todo-until-wrong") };
    let shown = view::Wrong { place, typed: form.until.clone(), error: wrong };
    Ok(not_accepted(view::page(screen, &address, &page, Some(&shown))))
}
