//! Personnel actions: choose one, fill in its form, check what it writes and what the rules say,
//! save it as one change, take it back.

pub(crate) mod ask;
pub(crate) mod ask_in;
mod boxes;
mod bulk;
mod check;
mod choose;
mod done;
mod form;
mod requests;
mod written;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The addresses of personnel actions, for clerks and administrators.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/people/{id}/events", get(choose::get))
        .route("/people/{id}/events/{key}", get(form::get).post(form::post))
        .route("/people/{id}/events/done/{change}", get(done::get).post(done::undo))
        .route("/people/events", post(bulk::post))
        .route("/events/batches/{key}", get(bulk::done).post(bulk::undo))
        .route("/requests", get(requests::get))
        .route("/requests/new", get(ask_in::get).post(ask_in::post))
        .route("/requests/{id}/{row}/withdraw", post(requests::withdraw))
}
