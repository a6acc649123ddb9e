//! What the front-end build made, embedded, under addresses that change with its content.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use wardbook_base::to_hex;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/dist"]
struct Dist;

struct Assets {
    /// One hash over everything: what a style sheet names relative to itself then has the same
    /// address as in the page.
    hash: String,
    files: BTreeMap<String, EmbeddedFile>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let files: BTreeMap<String, EmbeddedFile> =
        Dist::iter().filter_map(|name| Some((name.to_string(), Dist::get(&name)?))).collect();
    let mut hash = [0_u8; 8];
    for file in files.values() {
        // Each file's own hash is strong; the sum only has to change when one of them does.
        let carry =
            u64::from_be_bytes(hash).rotate_left(7) ^ first_word(&file.metadata.sha256_hash());
        hash = carry.to_be_bytes();
    }
    Assets { hash: to_hex(&hash), files }
});

fn first_word(hash: &[u8; 32]) -> u64 {
    hash.iter().take(8).fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

/// The address of an embedded file: `/assets/<hash>/app.css`. It may be kept for ever.
pub fn asset_url(name: &str) -> String {
    debug_assert!(ASSETS.files.contains_key(name), "no such asset: {name}");
    format!("/assets/{}/{name}", ASSETS.hash)
}

/// Serves the embedded files.
pub fn assets_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/{hash}/{name}", get(asset))
        .route("/favicon.ico", get(|| async { file("mark.svg", false, &HeaderMap::new()) }))
}

async fn asset(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    file(&name, hash == ASSETS.hash, &headers)
}

/// A page from before an update still gets its files, only not to keep.
fn file(name: &str, keep: bool, headers: &HeaderMap) -> Response {
    let Some(plain) = ASSETS.files.get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let zipped = ASSETS.files.get(&format!("{name}.gz")).filter(|_| accepts_gzip(headers));
    let caching = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = zipped.unwrap_or(plain).data.clone().into_response();
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type(name)));
    head.insert(header::CACHE_CONTROL, header::HeaderValue::from_static(caching));
    head.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if zipped.is_some() {
        head.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let line = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    line.is_some_and(|line| line.split(',').any(|part| part.trim().starts_with("gzip")))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_zipped(name: &str) -> bool {
        name.strip_suffix(".gz").is_some()
    }

    #[test]
    fn every_file_is_embedded_with_a_type() {
        for name in ["app.css", "app.js", "htmx.js", "icons.svg", "mark.svg"] {
            assert!(ASSETS.files.contains_key(name), "{name}");
        }
        for name in ASSETS.files.keys().filter(|name| !is_zipped(name)) {
            assert_ne!(content_type(name), "application/octet-stream", "{name}");
        }
    }

    /// The first page: style sheet, scripts, mark and icons, compressed, without the fonts.
    #[test]
    fn the_first_page_stays_small() {
        let size: usize = ASSETS
            .files
            .iter()
            .filter(|(name, _)| is_zipped(name))
            .map(|(_, f)| f.data.len())
            .sum();
        assert!(
            size <= 85_000,
            "{size} B of compressed assets; 15 KB are left for the page itself"
        );
        assert!(ASSETS.files["app.js.gz"].data.len() <= 7_168, "the own script stays small");
    }

    #[test]
    fn an_asset_is_kept_for_ever_and_an_old_address_is_not() {
        let caching = |keep| {
            let response = file("app.css", keep, &HeaderMap::new());
            response.headers()[header::CACHE_CONTROL].to_str().expect("ascii").to_owned()
        };
        assert!(caching(true).contains("immutable"));
        assert_eq!(caching(false), "no-cache");
        assert_eq!(file("nothing", true, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn zipped_when_the_browser_takes_it() {
        let mut headers = HeaderMap::new();
        assert!(!file("app.css", true, &headers).headers().contains_key(header::CONTENT_ENCODING));
        headers.insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("br, gzip;q=1.0"));
        assert_eq!(file("app.css", true, &headers).headers()[header::CONTENT_ENCODING], "gzip");
    }
}
