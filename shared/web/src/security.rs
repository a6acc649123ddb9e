//! What protects every page: headers, the list of allowed hosts, the check against forged requests,
//! limits of size and time, and failures put into words.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::AppKind;
use crate::drain::hear_out;
use crate::error_page::{PageError, of_panic, put_into_words};
use crate::request_info::remember_switches;

/// Scripts, styles and fonts from this host alone, nothing inline, nothing framed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=()",
    ),
];

/// Forms are small; a route that takes a file says how large it may be.
const PAGE_BODY_MAX: usize = 1024 * 1024;

/// How pages are protected.
#[derive(Debug, Clone)]
pub struct SecurityConfig {
    /// Which program; error pages are headed by it.
    pub app: AppKind,
    /// Host names besides 127.0.0.1, \[`::1`\] and localhost, without port.
    pub hosts: Vec<String>,
    /// Tell browsers to come by https only from now on.
    pub hsts: bool,
    /// The largest body any route takes, in bytes. Routes take 1 MiB unless they say otherwise by
    /// `DefaultBodyLimit::max`.
    pub body_max: usize,
    /// After this the request is given up.
    pub request_timeout: Duration,
}

impl SecurityConfig {
    /// The usual limits: bodies up to 40 MiB where a route allows it, two minutes.
    pub const fn new(app: AppKind, hosts: Vec<String>) -> Self {
        let request_timeout = Duration::from_mins(2);
        Self { app, hosts, hsts: false, body_max: 40 * 1024 * 1024, request_timeout }
    }
}

/// The router with everything around it. Add it last: only routes that are there already are
/// protected.
pub fn security_layer(router: Router, config: SecurityConfig) -> Router {
    let SecurityConfig { app, hosts, hsts, body_max, request_timeout } = config;
    let layers = ServiceBuilder::new()
        .layer(from_fn(hear_out))
        .layer(from_fn(move |request, next| add_headers(hsts, request, next)))
        .layer(CompressionLayer::new().compress_when(
            DefaultPredicate::new().and(NotForContentType::new("application/x-ndjson")),
        ))
        .layer(from_fn(move |request, next| put_into_words(app, request, next)))
        .layer(from_fn(remember_switches))
        .layer(CatchPanicLayer::custom(of_panic))
        .layer(from_fn(move |request: Request, next: Next| {
            let allowed = host_is_allowed(&hosts, &request);
            async move { if allowed { next.run(request).await } else { misdirected() } }
        }))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, request_timeout))
        .layer(RequestBodyLimitLayer::new(body_max))
        .layer(DefaultBodyLimit::max(PAGE_BODY_MAX));
    // `layer` alone would leave out the fallback of an unknown address.
    let router = router.fallback(|| async { PageError::not_found() });
    router.layer(from_fn(only_text)).layer(layers)
}

async fn add_headers(hsts: bool, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let head = response.headers_mut();
    for (name, value) in HEADERS {
        head.insert(name, HeaderValue::from_static(value));
    }
    if hsts {
        let year = HeaderValue::from_static("max-age=31536000");
        head.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    // Pages hold personal data; what may be kept says so itself (assets).
    if !head.contains_key(header::CACHE_CONTROL) {
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// A form of bytes that are no UTF-8 is refused whole: read leniently, it would write marks of
/// replacement over what a person typed.
async fn only_text(request: Request, next: Next) -> Response {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let kind = request.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM)) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, PAGE_BODY_MAX).await else {
        return PageError::of(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    if !is_text(&bytes) {
        return PageError::of(StatusCode::BAD_REQUEST).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Whether an encoded form is UTF-8 once it is decoded.
fn is_text(form: &[u8]) -> bool {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16).map(u8::try_from)?.ok();
    let mut plain = Vec::with_capacity(form.len());
    let mut at = 0;
    while let Some(byte) = form.get(at) {
        let pair = (*byte == b'%').then(|| digit(form.get(at + 1)).zip(digit(form.get(at + 2))));
        if let Some((high, low)) = pair.flatten() {
            plain.push(high * 16 + low);
            at += 3;
        } else {
            plain.push(*byte);
            at += 1;
        }
    }
    std::str::from_utf8(&plain).is_ok()
}

fn misdirected() -> Response {
    PageError::of(StatusCode::MISDIRECTED_REQUEST).into_response()
}

/// Against DNS rebinding: a foreign name that was made to point here is not served.
fn host_is_allowed(hosts: &[String], request: &Request) -> bool {
    let named = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let Some(host) = request.uri().host().or(named) else { return false };
    let name = without_port(host);
    ["127.0.0.1", "localhost", "[::1]", "::1"].contains(&name)
        || hosts.iter().any(|allowed| without_port(allowed).eq_ignore_ascii_case(name))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tower::ServiceExt;

    use super::*;
    use crate::{asset_url, assets_router};

    fn app() -> Router {
        let router = Router::new()
            .route(
                "/",
                get(|| async {
                    maud::html! { p { "xin chào" } }
                }),
            )
            .route(
                "/break",
                get(|| async {
                    broken();
                    "never"
                }),
            )
            .route("/api/v1/gone", get(|| async { PageError::not_found() }))
            .route("/save", post(|body: String| async move { body }))
            .merge(assets_router());
        security_layer(router, SecurityConfig::new(AppKind::Node, vec!["so.phuong.vn".to_owned()]))
    }

    fn broken() {
        assert!(std::env::args().count() == 0, "a fault for the test");
    }

    async fn ask(
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, header::HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = app().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn every_answer_carries_the_headers() {
        for uri in ["/", "/nowhere", "/break", &asset_url("app.css")] {
            let (_, headers, _) = ask("GET", uri, &[], "").await;
            for (name, value) in HEADERS {
                assert_eq!(
                    headers.get(&name).map(|v| v.to_str().expect("ascii")),
                    Some(value),
                    "{uri} {name}"
                );
            }
            let keep = headers[header::CACHE_CONTROL].to_str().expect("ascii");
            assert_eq!(keep.contains("immutable"), uri.starts_with("/assets"), "{uri}: {keep}");
            assert!(uri.starts_with("/assets") || keep == "no-store", "{uri}: {keep}");
        }
    }

    #[tokio::test]
    async fn a_foreign_host_is_refused_with_a_sentence() {
        let (status, headers, body) = ask("GET", "/", &[("host", "evil.example")], "").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
        assert!(body.contains("Tên máy không được phép"), "{body}");
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
        for host in ["localhost:1", "127.0.0.1", "[::1]:80", "So.Phuong.vn:443"] {
            assert_eq!(ask("GET", "/", &[("host", host)], "").await.0, StatusCode::OK, "{host}");
        }
        for host in ["localhost.evil.example", "127.0.0.1.evil.example", "", "xphuong.vn"] {
            let status = ask("GET", "/", &[("host", host)], "").await.0;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    }

    #[tokio::test]
    async fn a_form_of_broken_letters_is_refused_and_others_arrive_as_they_are() {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for body in ["a=%ff%fe", "a=1&b=%C3", "a=%C3%28"] {
            let (status, _, words) = ask("POST", "/save", &form, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
            assert!(words.contains("Hãy"), "{words}");
        }
        for body in ["a=%C4%83+b", "a=50%", "a=%zz&b=%C4%83", "a=ă", ""] {
            let (status, _, came) = ask("POST", "/save", &form, body).await;
            assert_eq!((status, came.as_str()), (StatusCode::OK, body));
        }
    }

    #[tokio::test]
    async fn a_form_of_another_site_is_refused() {
        let (status, _, body) =
            ask("POST", "/save", &[("sec-fetch-site", "cross-site")], "x").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body.contains("Yêu cầu bị từ chối"), "{body}");
        let foreign = [("origin", "http://evil.example")];
        assert_eq!(ask("POST", "/save", &foreign, "x").await.0, StatusCode::FORBIDDEN);
        let own = [("sec-fetch-site", "same-origin")];
        assert_eq!(ask("POST", "/save", &own, "x").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn failures_are_pages_in_the_readers_language() {
        let (status, _, body) = ask("GET", "/nowhere", &[], "").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body.contains("Không tìm thấy trang") && body.contains("<h1>"), "{body}");
        let (_, _, body) = ask("GET", "/nowhere", &[("cookie", "wardbook-lang=en")], "").await;
        assert!(body.contains("Page not found"), "{body}");
        let (_, _, body) = ask("GET", "/nowhere", &[("hx-request", "true")], "").await;
        assert!(!body.contains("<html"), "a fragment is no page: {body}");
        let (status, headers, _) = ask("GET", "/save", &[], "").await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(headers[header::ALLOW], "POST");
    }

    #[tokio::test]
    async fn a_panic_is_a_page_with_a_support_code() {
        let (status, _, body) = ask("GET", "/break", &[], "").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("Mã hỗ trợ: E-"), "{body}");
        assert!(!body.contains("a fault for the test"), "{body}");
    }

    #[tokio::test]
    async fn the_api_tells_failures_as_problem_json() {
        let (status, headers, body) = ask("GET", "/api/v1/gone", &[], "").await;
        assert_eq!(
            (status, &headers[header::CONTENT_TYPE]),
            (StatusCode::NOT_FOUND, &HeaderValue::from_static("application/problem+json"))
        );
        let problem: serde_json::Value = serde_json::from_str(&body).expect("json");
        assert_eq!(problem["code"], "not_found");
        assert_eq!(problem["status"], 404);
        assert!(problem["remedy"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(ask("GET", "/api/v1/nowhere", &[], "").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_body_above_the_limit_is_refused_with_a_sentence() {
        let (status, _, body) = ask("POST", "/save", &[], &"x".repeat(1024 * 1024 + 1)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(body.contains("quá lớn"), "{body}");
        assert_eq!(ask("POST", "/save", &[], &"x".repeat(1000)).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_switched_language_is_remembered() {
        let (_, headers, _) = ask("GET", "/?lang=en", &[], "").await;
        let cookie = headers[header::SET_COOKIE].to_str().expect("ascii");
        assert!(cookie.starts_with("wardbook-lang=en;"), "{cookie}");
        assert!(!ask("GET", "/?lang=xx", &[], "").await.1.contains_key(header::SET_COOKIE));
    }

    #[tokio::test]
    async fn pages_are_compressed() {
        let (_, headers, _) = ask("GET", "/nowhere", &[("accept-encoding", "gzip")], "").await;
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    }
}
