//! Bytes to the hub and back over HTTP, with the hub's key pinned and every phase bounded in time.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, Url};
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;
use wardbook_replica::{HttpAnswer, HubTarget, Transport, TransportError};

use crate::check_answer::{is_foreign, read_bounded, response_head_bytes};
use crate::pin;

/// Opening a connection takes at most so long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence on an open connection lasts at most so long.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// One call in all: 512 KiB take half a minute each way at 128 kbit/s.
const CALL_TIMEOUT: Duration = Duration::from_mins(3);
/// What bodies are called; short, because a no-op must fit into one kilobyte with its headers.
const BODY_TYPE: &str = "application/cbor";

/// What went over the line since the program started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounters {
    /// Requests that were answered.
    pub round_trips: u64,
    /// Bytes sent: bodies and headers of HTTP/1.1, TLS not counted.
    pub bytes_up: u64,
    /// Bytes received, counted likewise.
    pub bytes_down: u64,
}

impl LineCounters {
    /// What was added since an earlier reading.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            round_trips: self.round_trips - earlier.round_trips,
            bytes_up: self.bytes_up - earlier.bytes_up,
            bytes_down: self.bytes_down - earlier.bytes_down,
        }
    }
}

/// The HTTP client for the hub. One connection is kept open between rounds.
#[derive(Debug, Default)]
pub struct HubClient {
    round_trips: AtomicU64,
    bytes_up: AtomicU64,
    bytes_down: AtomicU64,
    clients: Mutex<BTreeMap<Option<[u8; 32]>, Client>>,
}

impl HubClient {
    /// A client that has called nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What went over the line so far.
    pub fn counters(&self) -> LineCounters {
        LineCounters {
            round_trips: self.round_trips.load(Ordering::Relaxed),
            bytes_up: self.bytes_up.load(Ordering::Relaxed),
            bytes_down: self.bytes_down.load(Ordering::Relaxed),
        }
    }

    /// The client for a pin, made once so that its connection can be used again.
    fn client(&self, tls_pin: Option<[u8; 32]>) -> Result<Client, TransportError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&tls_pin) {
            return Ok(client.clone());
        }
        let client = build_client(tls_pin)?;
        clients.insert(tls_pin, client.clone());
        Ok(client)
    }

    async fn answer(&self, mut response: Response) -> Result<HttpAnswer, TransportError> {
        let status = response.status().as_u16();
        let head = response_head_bytes(&response);
        let foreign = is_foreign(status, response.headers().get(CONTENT_TYPE));
        let body = read_bounded(&mut response, MESSAGE_COMPRESSED_BYTES_MAX + 64 * 1024).await;
        let body = body.map_err(|error| kind_of(&error))?;
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        let size = head + body.as_ref().map_or(0, Vec::len) as u64;
        self.bytes_down.fetch_add(size, Ordering::Relaxed);
        match body {
            Some(body) if !foreign => Ok(HttpAnswer { status, body }),
            _ => Err(TransportError::NotAHub(status)),
        }
    }
}

impl Transport for HubClient {
    async fn call(
        &self,
        target: &HubTarget,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, TransportError> {
        let url = address(target, path)?;
        let client = self.client(target.tls_pin)?;
        let sent = request_head_bytes(&url, body.len()) + body.len() as u64;
        let request = client.post(url).header(CONTENT_TYPE, BODY_TYPE).body(body);
        let response = request.send().await.map_err(|error| kind_of(&error))?;
        self.bytes_up.fetch_add(sent, Ordering::Relaxed);
        self.answer(response).await
    }
}

/// The address of a call. Plain HTTP stays on this machine; HTTPS needs the hub's key.
fn address(target: &HubTarget, path: &str) -> Result<Url, TransportError> {
    let bad = |why: &str| TransportError::BadAddress(why.to_owned());
    let base = Url::parse(&target.url).map_err(|_| bad("not an address"))?;
    match (base.scheme(), target.tls_pin) {
        ("https", Some(_)) => {}
        ("https", None) => return Err(bad("https without the hub's key")),
        ("http", _) if is_loopback(&base) => {}
        ("http", _) => return Err(bad("plain http outside this machine")),
        _ => return Err(bad("neither http nor https")),
    }
    base.join(path).map_err(|_| bad("the path does not fit"))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn build_client(tls_pin: Option<[u8; 32]>) -> Result<Client, TransportError> {
    let bad = |why: String| TransportError::BadAddress(why);
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_max_idle_per_host(1);
    let builder = match tls_pin {
        Some(pin) => {
            builder.tls_backend_preconfigured(pin::tls_for(pin).map_err(|e| bad(e.to_string()))?)
        }
        // Only ever used for loopback, where a proxy has no place. The pin is never asked for.
        None => builder
            .no_proxy()
            .tls_backend_preconfigured(pin::tls_for([0; 32]).map_err(|e| bad(e.to_string()))?),
    };
    builder.build().map_err(|error| bad(error.to_string()))
}

/// What the request line and the headers of a call take.
fn request_head_bytes(url: &Url, body: usize) -> u64 {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let head = format!(
        "POST {} HTTP/1.1\r\ncontent-type: {BODY_TYPE}\r\naccept: */*\r\nhost: {host}{port}\r\n\
         content-length: {body}\r\n\r\n",
        url.path()
    );
    head.len() as u64
}

/// Names what stopped a call. The library's own text goes to the log only.
fn kind_of(error: &reqwest::Error) -> TransportError {
    if has_certificate_error(error) {
        TransportError::WrongCertificate
    } else if error.is_timeout() && !error.is_connect() {
        TransportError::TimedOut
    } else {
        TransportError::Unreachable(error.to_string())
    }
}

/// Looks through the causes; `io::Error` hides its content from `source`.
fn has_certificate_error(error: &(dyn StdError + 'static)) -> bool {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return matches!(
            tls,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        );
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| has_certificate_error(inner))
        || error.source().is_some_and(has_certificate_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_web::serve::{ConnectionLimits, Encryption, Listener};

    fn target(url: &str, pinned: bool) -> HubTarget {
        HubTarget { url: url.to_owned(), tls_pin: pinned.then_some([1; 32]) }
    }

    #[test]
    fn plain_http_stays_on_this_machine_and_https_needs_a_key() {
        for (url, pinned, fits) in [
            ("http://127.0.0.1:9", false, true),
            ("http://[::1]:9", false, true),
            ("http://localhost:9", false, true),
            ("http://10.0.0.1:9", false, false),
            ("http://localhost.example:9", false, false),
            ("https://10.0.0.1:9", true, true),
            ("https://10.0.0.1:9", false, false),
            ("ftp://127.0.0.1", true, false),
            ("nonsense", true, false),
        ] {
            assert_eq!(address(&target(url, pinned), "/sync/v1").is_ok(), fits, "{url}");
        }
    }

    #[test]
    fn the_head_of_a_request_is_small() {
        let url = Url::parse("https://192.168.100.100:8443/sync/v1").unwrap();
        assert!(request_head_bytes(&url, 100_000) < 160);
    }

    /// Answers every call with these headers and this body, encrypted or not.
    fn serve(kind: &'static str, encryption: Encryption) -> String {
        let answer = move || async move { ([(CONTENT_TYPE, kind)], "answer") };
        let router = axum::Router::new().route("/sync/v1", axum::routing::post(answer));
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), encryption).unwrap();
        let url = listener.url();
        let forever = std::future::pending();
        tokio::spawn(listener.serve(router, ConnectionLimits::default(), forever));
        url
    }

    /// A certificate for another name that expired long ago, and the hash of its key.
    fn old_certificate() -> (Encryption, [u8; 32]) {
        let mut params =
            rcgen::CertificateParams::new(vec!["elsewhere.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let pin = pin::spki_sha256(certificate.der()).unwrap();
        let secret = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .unwrap();
        (Encryption::Tls(std::sync::Arc::new(config)), pin)
    }

    async fn call(url: &str, tls_pin: Option<[u8; 32]>) -> Result<HttpAnswer, TransportError> {
        let target = HubTarget { url: url.to_owned(), tls_pin };
        HubClient::new().call(&target, "/sync/v1", b"question".to_vec()).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_hub_is_known_by_its_key_whatever_clock_and_name_say() {
        let (encryption, pin) = old_certificate();
        let url = serve("application/cbor", encryption);
        assert_eq!(call(&url, Some(pin)).await.unwrap().body, b"answer");
        assert_eq!(call(&url, Some([7; 32])).await, Err(TransportError::WrongCertificate));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_login_page_a_silent_port_and_bytes_are_told_apart() {
        let portal = serve("text/html; charset=utf-8", Encryption::Plain);
        assert_eq!(call(&portal, None).await, Err(TransportError::NotAHub(200)));
        let hub = serve("application/cbor", Encryption::Plain);
        let client = HubClient::new();
        let target = HubTarget { url: hub, tls_pin: None };
        client.call(&target, "/sync/v1", b"question".to_vec()).await.unwrap();
        let line = client.counters();
        assert_eq!(line.round_trips, 1);
        assert!(line.bytes_up > 8 && line.bytes_up < 200, "{line:?}");
        assert!(line.bytes_down > 6 && line.bytes_down < 200, "{line:?}");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        assert!(matches!(call(&nobody, None).await, Err(TransportError::Unreachable(_))));
    }
}
