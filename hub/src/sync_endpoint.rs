//! Where the wards call: `/sync/v1`, kept to the few headers and bytes a no-op may cost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;
use wardbook_base::DeviceId;
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;
use wardbook_replica::{HttpAnswer, Replica, ReplicaError};
use wardbook_sync::message::Wait;
use wardbook_sync::{FILE_PATH, RULES_PATH, WAIT_BYTES_MAX, WAIT_PATH, WAIT_SECONDS_MAX};

use crate::app::App;
use crate::waits::{Ended, Place, Waits};

const SYNC_PATH: &str = "/sync/v1";
const ENROL_PATH: &str = "/sync/v1/enrol";
/// The payload's limit, and room for the envelope around it.
const BODY_BYTES_MAX: usize = MESSAGE_COMPRESSED_BYTES_MAX + 1024;
/// A call that takes longer is cut; the ward tries again with what was durable by then.
const CALL_SECONDS_MAX: u64 = 120;
/// When to come back after "too busy", in seconds.
const BUSY_RETRY_S: &str = "5";

/// The routes of the sync listener.
pub fn routes(app: App) -> Router {
    let limit = Duration::from_secs(CALL_SECONDS_MAX);
    Router::new()
        .route(SYNC_PATH, post(sync))
        .route(ENROL_PATH, post(enrol))
        .route(WAIT_PATH, post(wait).layer(DefaultBodyLimit::max(WAIT_BYTES_MAX)))
        .route(RULES_PATH, post(rules).layer(DefaultBodyLimit::max(WAIT_BYTES_MAX)))
        .route(FILE_PATH, post(file))
        .route("/sync/v1/health", get(async || "ok"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limit))
        .with_state(app)
}

async fn sync(State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response<Body> {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return too_large_or_cut(&rejection),
    };
    let answer = in_turn(&app, move |replica| replica.answer_sync(SYNC_PATH, &body)).await;
    app.intake.notify_one();
    app.waits.moved.notify_one();
    answer
}

/// Answers when the ward's feed moves beyond where the device stands, or when the time is over.
async fn wait(State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response<Body> {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return too_large_or_cut(&rejection),
    };
    let (waits, bytes) = (Arc::clone(&app.waits), body.clone());
    let begun = work(&app, move |replica| begin_wait(replica, &waits, &bytes)).await;
    let (device, something_new) = match begun {
        Ok(Begun::Answered(answer)) => return respond(answer.status, answer.body),
        Ok(Begun::News(device)) => (device, true),
        // From here on the call holds neither a turn nor a thread.
        Ok(Begun::Waiting(device, place, wait)) => {
            let at_most = Duration::from_secs(wait.seconds_max.min(WAIT_SECONDS_MAX).into());
            match place.until_news(wait.seq, at_most).await {
                Ended::News => (device, true),
                Ended::Quiet => (device, false),
                Ended::Closed => return in_turn(&app, move |hub| hub.refuse_wait(&body)).await,
            }
        }
        Err(response) => return response,
    };
    in_turn(&app, move |replica| replica.answer_wait(&body, &device, something_new)).await
}

/// How a wait begins.
enum Begun {
    /// It is refused.
    Answered(HttpAnswer),
    /// There is something new already.
    News(DeviceId),
    /// It has a place.
    Waiting(DeviceId, Place, Wait),
}

fn begin_wait(replica: &Replica, waits: &Arc<Waits>, body: &[u8]) -> Begun {
    let (device, wait) = match replica.open_wait(body) {
        Ok(opened) => opened,
        Err(refused) => return Begun::Answered(refused),
    };
    let Some(place) = waits.take(device.id, &device.ward) else {
        return Begun::Answered(replica.refuse_wait(body));
    };
    // Looked at after the place is taken, so that what comes between is not missed.
    match replica.has_news(&device.ward, &wait) {
        Ok(true) => Begun::News(device.id),
        Ok(false) => Begun::Waiting(device.id, place, wait),
        Err(error) => {
            tracing::error!(code = error.code(), "a device could not be let wait");
            Begun::Answered(replica.refuse_wait(body))
        }
    }
}

async fn enrol(
    State(app): State<App>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    body: Result<Bytes, BytesRejection>,
) -> Response<Body> {
    let caller = caller.ip().to_string();
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return too_large_or_cut(&rejection),
    };
    in_turn(&app, move |replica| replica.answer_enrol(ENROL_PATH, &body, &caller)).await
}

/// Takes or gives a piece of a file that a record refers to.
async fn file(State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response<Body> {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return too_large_or_cut(&rejection),
    };
    in_turn(&app, move |replica| replica.answer_file(&body)).await
}

async fn rules(State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response<Body> {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return too_large_or_cut(&rejection),
    };
    in_turn(&app, move |replica| replica.answer_rules(&body)).await
}

/// Waits for a turn and does the work on a thread for blocking work. A full queue is told so at
/// once: a ward that waits in a queue for ever would only call twice.
async fn in_turn(
    app: &App,
    answer: impl FnOnce(&Replica) -> HttpAnswer + Send + 'static,
) -> Response<Body> {
    match work(app, answer).await {
        Ok(answer) => respond(answer.status, answer.body),
        Err(response) => response,
    }
}

async fn work<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Replica) -> T + Send + 'static,
) -> Result<T, Response<Body>> {
    let Ok(_place) = app.sync_queue.try_acquire() else { return Err(busy()) };
    let Ok(_turn) = app.sync_turns.acquire().await else { return Err(busy()) };
    app.replica.run(work).await.map_err(|error| failed(&error))
}

fn respond(status: u16, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// A refusal of which nobody can say who asked: the code alone.
fn plain(status: StatusCode, code: &str) -> Response<Body> {
    respond(status.as_u16(), format!("{code}\n").into_bytes())
}

fn too_large_or_cut(rejection: &BytesRejection) -> Response<Body> {
    let status = rejection.status();
    let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "truncated" };
    plain(status, code)
}

fn busy() -> Response<Body> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "busy");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(BUSY_RETRY_S));
    response
}

fn failed(error: &ReplicaError) -> Response<Body> {
    tracing::error!(code = error.code(), "a sync call failed");
    plain(StatusCode::INTERNAL_SERVER_ERROR, error.code())
}
