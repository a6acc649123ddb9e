//! The way from a command to the data: the running server's API, or the same API in this process.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;
use wardbook_base::{SystemClock, SystemDice};
use wardbook_record::Lang;
use wardbook_replica::{End, HubError, Replica, ReplicaError};
use wardbook_store::{StoreConfig, StoreError};

use crate::api::upkeep::BUNDLE_HEADER;
use crate::app::{App, replica_config};
use crate::control::{Control, new_token};
use crate::error::HubFailure;
use crate::router;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// An open way to the API, with all rights.
pub struct Door {
    way: Way,
    token: String,
    lang: Lang,
}

enum Way {
    /// The server that holds the data.
    Running { client: reqwest::Client, base: String },
    /// No server runs: the data is open in this process.
    Here(Router),
}

/// What the API answered, when it did what was asked.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// What the header about a bundle says; empty when there is none.
    pub bundle: String,
}

impl Door {
    /// Opens the data, or finds the server that holds it.
    ///
    /// # Errors
    /// When there is no hub in the folder, or its data cannot be used.
    pub async fn open(data: &Path, lang: Lang) -> Result<Self, HubFailure> {
        if !StoreConfig::new(data, End::Hub).exists() {
            return Err(HubError::NotInitialised.into());
        }
        match open_data(data) {
            Ok(replica) => Self::here(&replica, lang).await,
            Err(locked @ ReplicaError::Store(StoreError::Locked { .. })) => {
                Self::running(data, lang).ok_or_else(|| locked.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a server answers, not this process.
    pub const fn is_running(&self) -> bool {
        matches!(self.way, Way::Running { .. })
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, HubFailure> {
        let answer = self.call(method, path, body).await?;
        serde_json::from_slice(&answer.body).map_err(|_| HubFailure::ServerSilent)
    }

    /// Asks.
    ///
    /// # Errors
    /// When nobody answers, or the answer is a refusal.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, HubFailure> {
        let body = body.map(|body| body.to_string().into_bytes());
        self.ask(method, path, JSON, body.unwrap_or_default()).await
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn send(&self, path: &str, bytes: Vec<u8>) -> Result<Answer, HubFailure> {
        self.ask(Method::POST, path, BYTES, bytes).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<Answer, HubFailure> {
        let (status, answer) = match &self.way {
            Way::Running { client, base } => {
                let request = client
                    .request(method, format!("{base}{path}"))
                    .bearer_auth(&self.token)
                    .header(header::ACCEPT_LANGUAGE, self.lang.code())
                    .header(header::CONTENT_TYPE, kind)
                    .body(body);
                over_loopback(request).await?
            }
            Way::Here(router) => self.in_process(router, method, path, kind, body).await?,
        };
        if status < 400 { Ok(answer) } else { Err(refusal(status, &answer.body)) }
    }

    async fn here(replica: &Replica, lang: Lang) -> Result<Self, HubFailure> {
        replica.run(Replica::begin_hub).await??;
        replica.set_deep_check(crate::app::workers()?);
        // A server that was killed may have left documents that no list shows yet.
        while replica.run(|replica| replica.project_pending(256)).await?? > 0 {}
        let token = new_token(&SystemDice);
        let (city, _) = replica.city()?;
        let app = App::new(replica.clone(), city, Vec::new(), token.clone());
        Ok(Self { way: Way::Here(router::api(app)), token, lang })
    }

    /// The way to the server that left its address; `None` when none did, or it cannot be used.
    fn running(data: &Path, lang: Lang) -> Option<Self> {
        let control = Control::read(data)?;
        let client = reqwest::Client::builder().no_proxy().build().ok()?;
        let base = format!("http://{}", control.address);
        Some(Self { way: Way::Running { client, base }, token: control.token, lang })
    }

    async fn in_process(
        &self,
        router: &Router,
        method: Method,
        path: &str,
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<(u16, Answer), HubFailure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::ACCEPT_LANGUAGE, self.lang.code())
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .map_err(|_| HubFailure::Usage("the request cannot be made"))?;
        let Ok(response) = router.clone().oneshot(request).await;
        let (status, bundle) = (response.status().as_u16(), bundle_facts(response.headers()));
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let body = bytes.map_err(|_| HubFailure::ServerSilent)?.to_vec();
        Ok((status, Answer { body, bundle }))
    }
}

/// Opens a hub's data for this process alone.
///
/// # Errors
/// When another process holds it, or it cannot be used.
pub(super) fn open_data(data: &Path) -> Result<Replica, ReplicaError> {
    Replica::open(replica_config(data), Arc::new(SystemClock), Arc::new(SystemDice))
}

async fn over_loopback(request: reqwest::RequestBuilder) -> Result<(u16, Answer), HubFailure> {
    let answer = request.send().await.map_err(|_| HubFailure::ServerSilent)?;
    let (status, bundle) = (answer.status().as_u16(), bundle_facts(answer.headers()));
    let body = answer.bytes().await.map_err(|_| HubFailure::ServerSilent)?;
    Ok((status, Answer { body: body.to_vec(), bundle }))
}

fn bundle_facts(headers: &HeaderMap) -> String {
    let value = headers.get(BUNDLE_HEADER).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

fn refusal(status: u16, body: &[u8]) -> HubFailure {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    if problem["code"].is_null() {
        return HubFailure::ServerSilent;
    }
    HubFailure::Answer {
        status,
        code: text("code"),
        message: text("detail"),
        remedy: text("remedy"),
    }
}
