//! Synchronising: how this machine stands, call the hub now, join a city.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wardbook_base::FeedPosition;
use wardbook_base::to_hex;
use wardbook_record::Lang;
use wardbook_replica::{Replica, ReplicaError};
use wardbook_store::{PeopleFilter, PeopleQuery};
use wardbook_sync::message::Digest as SyncDigest;

use super::events::{Digest, Enrolled, Event, Feed, Happened, Status};
use crate::app::{APP, App};
use crate::lines::answer_in_lines;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// Entries that are told.
const EVENTS_MAX: usize = 100;

/// The program is there.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Health {
    app: String,
}

/// How to join a city.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EnrolBody {
    /// The enrolment string the city handed out.
    string: String,
    /// What people call this machine.
    name: String,
}

/// Whether the program answers. Opened by the control token or a session, like everything else:
/// commands learn by it that the running `serve` holds their own data folder.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Health)))]
pub(crate) async fn health(_: ApiUser) -> Json<Health> {
    Json(Health { app: APP.to_owned() })
}

/// How this machine stands.
#[utoipa::path(get, path = "/api/v1/sync", responses((status = 200, body = Event)))]
pub(crate) async fn status(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Event>, Refusal> {
    let running = app.is_serving();
    let status = app.replica().run(move |replica| read_status(replica, &viewer, running)).await??;
    Ok(Json(Event::Status(Box::new(status))))
}

/// Calls the hub now and reports each round trip as a line.
#[utoipa::path(post, path = "/api/v1/sync", responses(
    (status = 200, body = Event, content_type = "application/x-ndjson")))]
pub(crate) async fn now(State(app): State<App>, ApiUser(viewer): ApiUser) -> Response {
    let (events, response) = answer_in_lines();
    tokio::spawn(async move {
        let steps = events.clone();
        let result = app.sync().run_now(move |sum| steps.send(&Event::Step(*sum))).await;
        match result {
            Ok(sum) => events.send(&Event::Synced(sum)),
            Err(error) => events.send(&failed(&error.into(), viewer.lang)),
        }
    });
    response
}

/// Joins a city.
#[utoipa::path(post, path = "/api/v1/enrol", request_body = EnrolBody,
    responses((status = 200, body = Event)))]
pub(crate) async fn enrol(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Json(body): Json<EnrolBody>,
) -> Result<Json<Event>, Refusal> {
    let joined = join(&app, &viewer, &body.string, &body.name).await?;
    Ok(Json(Event::Enrolled(joined)))
}

/// Joins a city on behalf of somebody who may; also used by the page.
pub(crate) async fn join(
    app: &App,
    viewer: &wardbook_replica::Viewer,
    string: &str,
    name: &str,
) -> Result<Enrolled, Refusal> {
    if !viewer.role.may_administer() {
        return Err(ReplicaError::NotAllowed.into());
    }
    let name =
        if name.trim().is_empty() { crate::os::machine_name() } else { name.trim().to_owned() };
    let joined = app.replica().enrol(app.sync().client(), string.trim(), &name).await?;
    app.edited();
    Ok(Enrolled {
        ward: joined.ward.to_string(),
        ward_name: joined.ward_name,
        hub: joined.hub.to_string(),
        device: joined.device.to_string(),
        hub_url: joined.hub_url,
    })
}

/// What happened to this machine's data, newest first.
#[utoipa::path(get, path = "/api/v1/events", responses((status = 200, body = Vec<Happened>)))]
pub(crate) async fn events(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<Vec<Happened>>, Refusal> {
    let lang = viewer.lang;
    let read = app.replica().run(move |replica| replica.node_events(&viewer, EVENTS_MAX)).await??;
    let happened = read.into_iter().map(|event| Happened {
        at: event.at.0,
        code: event.code.as_str().to_owned(),
        count: event.count,
        words: event.sentence(lang),
    });
    Ok(Json(happened.collect()))
}

/// The last line of work that stopped.
pub(crate) fn failed(refusal: &Refusal, lang: Lang) -> Event {
    Event::Failed { error: refusal.failure(lang) }
}

fn read_status(
    replica: &Replica,
    viewer: &wardbook_replica::Viewer,
    running: bool,
) -> Result<Status, ReplicaError> {
    let shown = replica.sync_status(viewer.lang)?;
    // A limit of 0 counts only.
    let present = PeopleQuery::default();
    let only_retired = PeopleFilter { only_retired: true, ..PeopleFilter::default() };
    let retired = PeopleQuery { filter: only_retired, ..PeopleQuery::default() };
    let (membership, files) = (replica.membership()?, replica.files_waiting()?);
    let (feed, digest) = replica.store().read(feed_and_digest)?;
    let mut status = Status {
        people: replica.people(viewer, &present)?.total,
        retired: replica.people(viewer, &retired)?.total,
        conflicts: replica.conflicts_open(viewer, None)?,
        waiting: shown.waiting,
        files_waiting: files.to_send + files.to_fetch,
        files_to_send: files.to_send,
        projection_lag: replica.lag()?.documents,
        state: word_of(shown.state),
        equal: shown.equal,
        refused: replica.sync_facts()?.refused,
        words: format!("{} {}", shown.shape, shown.text),
        detail: shown.detail,
        last_proven: shown.proven_at.map(|at| at.0),
        proven_seq: shown.proven_seq.map(|seq| seq.0),
        digest: Digest { count: digest.n, sum: to_hex(&digest.sum) },
        feed: feed.map(feed_of).unwrap_or_default(),
        documents_loaded: replica.store().counters().documents_loaded,
        database_bytes: replica.store().sizes()?.database_bytes,
        running,
        app: APP.to_owned(),
        ..Status::default()
    };
    if let Some(joined) = membership {
        status.enrolled = true;
        status.ward = joined.ward.to_string();
        status.ward_name = joined.ward_name;
        status.device = joined.device.to_string();
        status.hub_url = joined.hub_url;
    }
    Ok(status)
}

fn feed_and_digest(
    tx: &dyn wardbook_store::Tx,
) -> Result<(Option<FeedPosition>, SyncDigest), ReplicaError> {
    Ok((tx.feed_position()?, tx.feed_digest()?))
}

fn feed_of(position: FeedPosition) -> Feed {
    let FeedPosition { epoch, seq, chain } = position;
    Feed { epoch: epoch.to_string(), seq: seq.0, chain: chain.to_string() }
}

/// The serialised word of a state.
fn word_of(state: wardbook_replica::SyncState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}
