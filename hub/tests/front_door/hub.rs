//! A hub in a folder of its own, with its real routers, and what a request to them comes to.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use wardbook_base::{ManualClock, SystemDice, Timestamp};
use wardbook_hub::app::{App, replica_config};
use wardbook_hub::{router, sync_endpoint};
use wardbook_record::{Edit, Lang};
use wardbook_replica::{HubAddress, HubInit, Replica, Viewer};

pub(crate) const TOKEN: &str = "0123456789abcdef";
pub(crate) const NOON: Timestamp = Timestamp(1_751_000_000_000);

/// A hub in a folder of its own.
pub(crate) struct Hub {
    _dir: tempfile::TempDir,
    pub(crate) pages: Router,
    pub(crate) sync: Router,
    pub(crate) replica: Replica,
    pub(crate) password: String,
}

/// What a request came to.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) cookie: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

impl Hub {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let replica = open(dir.path());
        let made = replica
            .hub_init(&HubInit {
                city_name: "Thành phố Tân Uyên".to_owned(),
                units_as_of: "2025-06-30".to_owned(),
                admin_login: "admin".to_owned(),
                admin_name: "Quản trị".to_owned(),
                address: Some(HubAddress {
                    url: "https://127.0.0.1:8443".to_owned(),
                    tls_pin: Some([7; 32]),
                }),
            })
            .unwrap();
        let app = App::new(replica.clone(), "Tân Uyên".to_owned(), Vec::new(), TOKEN.to_owned());
        Self {
            _dir: dir,
            pages: router::pages_and_api(app.clone()),
            sync: sync_endpoint::routes(app),
            replica,
            password: made.admin.password.0,
        }
    }

    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        ask(&self.pages, request.unwrap()).await
    }

    pub(crate) async fn page(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        ask(&self.pages, request.unwrap()).await
    }

    pub(crate) async fn submit(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        ask(&self.pages, request.unwrap()).await
    }

    /// A record of the ward 25888, made by an officer; its address.
    pub(crate) async fn person(&self, name: &str) -> String {
        self.api(Method::POST, "/api/v1/wards", Some(json!({ "ward": "25888" }))).await;
        let (viewer, ward) = (Viewer::system(Lang::Vi), "25888.1".parse().unwrap());
        let edits = vec![Edit::set_field("full_name", name), Edit::set_field("sex", "F")];
        let made = self.replica.create_person_in(&viewer, &ward, edits).unwrap();
        format!("/people/{}", made.document)
    }

    /// Signs the first administrator in, with a password of their own.
    pub(crate) async fn sign_in(&self) -> String {
        let form = format!("login=admin&password={}", self.password);
        let first = self.submit("/sign-in", "", &form).await;
        assert_eq!((first.status, first.location.as_str()), (StatusCode::SEE_OTHER, "/password"));
        let new = "mot-cau-du-dai-de-nho";
        let form = format!("old={}&new={new}&again={new}", self.password);
        let changed = self.submit("/password", &first.cookie, &form).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        first.cookie
    }
}

pub(crate) fn open(dir: &Path) -> Replica {
    let clock = Arc::new(ManualClock::new(NOON));
    Replica::open(replica_config(dir), clock, Arc::new(SystemDice)).unwrap()
}

pub(crate) async fn ask(router: &Router, mut request: Request<Body>) -> Answer {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
    let response = router.clone().oneshot(request).await.unwrap();
    let head = |name: header::HeaderName| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (status, location) = (response.status(), head(header::LOCATION));
    let cookie = head(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, location, cookie, body: String::from_utf8_lossy(&bytes).into_owned() }
}
