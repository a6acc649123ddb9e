//! Devices that wait for news, through the hub's front doors: the real routers and real data at
//! both ends, without sockets.

#![expect(clippy::unwrap_used, reason = "whatever fails in a test fails the test")]

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt as _;
use wardbook_base::{DeviceId, ManualClock, SystemDice, Timestamp, WardId};
use wardbook_hub::app::{App, replica_config};
use wardbook_hub::{jobs, router, sync_endpoint};
use wardbook_record::{Edit, Lang};
use wardbook_replica::{
    End, HttpAnswer, HubAddress, HubInit, HubTarget, Replica, ReplicaConfig, SyncError, Transport,
    TransportError, Viewer,
};
use wardbook_sync::{SYNC_PATH, WAIT_BYTES_MAX, WAIT_PATH};

const TOKEN: &str = "0123456789abcdef";
/// Long: a test that needs the time to pass has failed.
const SECONDS: u32 = 50;

/// A hub with one ward, and its routers.
struct City {
    app: App,
    line: Line,
    pages: Router,
    _dir: tempfile::TempDir,
}

/// A node of that ward.
struct Node {
    replica: Replica,
    device: DeviceId,
    _dir: tempfile::TempDir,
}

/// Calls go straight into the router.
#[derive(Clone)]
struct Line(Router);

impl Transport for Line {
    async fn call(
        &self,
        _target: &HubTarget,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, TransportError> {
        let caller = ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 9)));
        let request = Request::builder().method(Method::POST).uri(path).extension(caller);
        let response = self.0.clone().oneshot(request.body(Body::from(body)).unwrap()).await;
        let response = response.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Ok(HttpAnswer { status, body })
    }
}

fn open(dir: &Path, end: End) -> Replica {
    let clock = Arc::new(ManualClock::new(Timestamp(1_751_000_000_000)));
    let config = ReplicaConfig { end, ..replica_config(dir) };
    Replica::open(config, clock, Arc::new(SystemDice)).unwrap()
}

fn ward() -> WardId {
    "25888.1".parse().unwrap()
}

impl City {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let replica = open(dir.path(), End::Hub);
        let address = HubAddress { url: "http://127.0.0.1:9".to_owned(), tls_pin: None };
        replica
            .hub_init(&HubInit {
                city_name: "Tân Uyên".to_owned(),
                units_as_of: "2025-06-30".to_owned(),
                admin_login: "admin".to_owned(),
                admin_name: "Quản trị".to_owned(),
                address: Some(address),
            })
            .unwrap();
        replica.add_ward(&Viewer::system(Lang::Vi), &ward()).unwrap();
        let app = App::new(replica, "Tân Uyên".to_owned(), Vec::new(), TOKEN.to_owned());
        tokio::spawn(jobs::news::run(app.clone()));
        let line = Line(sync_endpoint::routes(app.clone()));
        Self { pages: router::pages_and_api(app.clone()), app, line, _dir: dir }
    }

    /// A node that has joined and is proven equal.
    async fn node(&self, name: &str) -> Node {
        let dir = tempfile::tempdir().unwrap();
        let replica = open(dir.path(), End::Node);
        let viewer = Viewer::system(Lang::Vi);
        let code = self.app.replica.new_enrol_code(&viewer, &ward(), None).unwrap();
        replica.enrol(&self.line, &code.text, name).await.unwrap();
        assert!(replica.sync_all(&self.line, 10).await.unwrap().proven_equal);
        let device = replica.membership().unwrap().unwrap().device;
        Node { replica, device, _dir: dir }
    }

    /// A wait of the node; comes back when the hub holds it.
    async fn waiting(&self, node: &Node) -> tokio::task::JoinHandle<Result<bool, SyncError>> {
        let before = self.app.waits.count();
        let (replica, line) = (node.replica.clone(), self.line.clone());
        let call = tokio::spawn(async move { replica.wait_for_news(&line, SECONDS).await });
        while self.app.waits.count() == before {
            assert!(!call.is_finished(), "it was answered at once");
            tokio::task::yield_now().await;
        }
        call
    }

    /// An officer's edit over the API.
    async fn edit(&self, document: &str, phone: &str) {
        let edits = format!(r#"{{"edits":[{{"op":"set","path":"phone","value":"{phone}"}}]}}"#);
        let request = Request::builder()
            .method(Method::PATCH)
            .uri(format!("/api/v1/people/{document}"))
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(edits));
        let answer = self.pages.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

impl Node {
    fn person(&self, name: &str) -> String {
        let viewer = Viewer::system(Lang::Vi);
        let edits = vec![Edit::set_field("full_name", name)];
        self.replica.create_person(&viewer, edits).unwrap().document.to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officers_edit_wakes_the_waiting_node_and_the_next_call_brings_it() {
    let city = City::new();
    let node = city.node("May 1").await;
    let document = node.person("Trần Thị Mận");
    node.replica.sync_all(&city.line, 10).await.unwrap();
    let call = city.waiting(&node).await;
    city.edit(&document, "0912345678").await;
    assert!(call.await.unwrap().unwrap());
    // Until it is fetched, it is still news.
    assert!(node.replica.wait_for_news(&city.line, SECONDS).await.unwrap());
    let round = node.replica.sync_all(&city.line, 10).await.unwrap();
    assert_eq!((round.pulled, round.proven_equal), (1, true));
    assert!(!node.replica.wait_for_news(&city.line, 0).await.unwrap());
    assert_eq!(city.app.waits.count(), 0, "no place is left taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_another_device_wakes_the_waiting_node_while_all_turns_stay_free() {
    let city = City::new();
    let (one, two) = (city.node("May 1").await, city.node("May 2").await);
    let turns = city.app.sync_turns.available_permits();
    let call = city.waiting(&one).await;
    // The place is taken a moment before the turn is given back.
    while city.app.sync_turns.available_permits() < turns {
        tokio::task::yield_now().await;
    }
    two.person("Lê Văn Bình");
    two.replica.sync_all(&city.line, 10).await.unwrap();
    assert!(call.await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_before_and_after_waiting() {
    let city = City::new();
    let (one, two) = (city.node("May 1").await, city.node("May 2").await);
    let call = city.waiting(&one).await;
    let revoke = |id| city.app.replica.revoke_device(&Viewer::system(Lang::Vi), id).unwrap();
    revoke(&one.device);
    two.person("Lê Văn Bình");
    two.replica.sync_all(&city.line, 10).await.unwrap();
    let refused = |result: Result<bool, SyncError>| {
        let error = result.unwrap_err();
        assert!(error.is_permanent());
        error.code()
    };
    assert_eq!(refused(call.await.unwrap()), "device_revoked");
    let again = one.replica.wait_for_news(&city.line, SECONDS).await;
    assert_eq!(refused(again), "device_revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_ends_its_waits_and_asks_to_come_back_later() {
    let city = City::new();
    let node = city.node("May 1").await;
    let call = city.waiting(&node).await;
    city.app.waits.close();
    for result in [call.await.unwrap(), node.replica.wait_for_news(&city.line, SECONDS).await] {
        let error = result.unwrap_err();
        assert!(error.code() == "busy" && error.is_passing(), "{error}");
    }
}

#[tokio::test]
async fn garbage_and_long_bodies_wait_for_nothing() {
    let city = City::new();
    let target = HubTarget { url: String::new(), tls_pin: None };
    for (body, status) in [(Vec::new(), 400), (vec![0; WAIT_BYTES_MAX + 1], 413)] {
        assert_eq!(city.line.call(&target, WAIT_PATH, body).await.unwrap().status, status);
    }
    // The limit is the wait's alone.
    let longer = vec![0; WAIT_BYTES_MAX + 1];
    assert_eq!(city.line.call(&target, SYNC_PATH, longer).await.unwrap().status, 400);
}
