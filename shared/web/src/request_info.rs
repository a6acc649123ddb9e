//! What a request says about how to show the page: language, text size, whole page or a part.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use wardbook_record::Lang;

use crate::context::TextSize;
use crate::session::cookie_value;

const LANG: &str = "wardbook-lang";
const TEXT: &str = "wardbook-text";
const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

/// How to show the page, by the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestInfo {
    /// `?lang=`, else the cookie, else Vietnamese. `Accept-Language` does not count: many offices run
    /// a browser in English, and the pages are Vietnamese first.
    pub lang: Lang,
    /// `?text=`, else the cookie.
    pub text_size: TextSize,
    /// htmx asks for a part of the page (and is not restoring its history).
    pub is_fragment: bool,
    /// The path, without the query.
    pub path: String,
    /// The query without `?`.
    pub query: String,
}

impl RequestInfo {
    /// Reads it from the head of a request.
    pub fn read(uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        let lang = query_value(query, "lang")
            .and_then(lang_of_code)
            .or_else(|| cookie_value(headers, LANG).and_then(lang_of_code))
            .unwrap_or(Lang::Vi);
        let text_size = query_value(query, "text")
            .and_then(TextSize::from_code)
            .or_else(|| cookie_value(headers, TEXT).and_then(TextSize::from_code))
            .unwrap_or_default();
        let has = |name: &str| headers.get(name).is_some_and(|value| value == "true");
        Self {
            lang,
            text_size,
            is_fragment: has("hx-request")
                && !has("hx-boosted")
                && !has("hx-history-restore-request"),
            path: uri.path().to_owned(),
            query: query.to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::read(&parts.uri, &parts.headers))
    }
}

/// Keeps a switched language or text size in a cookie for the pages after this one.
pub(crate) async fn remember_switches(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let lang = query_value(query, "lang").and_then(lang_of_code).map(Lang::code);
    let text = query_value(query, "text").and_then(TextSize::from_code).map(TextSize::code);
    let cookies: Vec<HeaderValue> = [(LANG, lang), (TEXT, text)]
        .into_iter()
        .filter_map(|(name, value)| preference_cookie(name, value?))
        .collect();
    let mut response = next.run(request).await;
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn preference_cookie(name: &str, value: &str) -> Option<HeaderValue> {
    let text = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&text).ok()
}

fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(k, v)| (k == name).then_some(v))
}

fn lang_of_code(code: &str) -> Option<Lang> {
    [Lang::Vi, Lang::En].into_iter().find(|lang| lang.code() == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, headers: &[(&'static str, &'static str)]) -> RequestInfo {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        RequestInfo::read(&uri.parse().expect("an address"), &headers.collect())
    }

    #[test]
    fn the_language_by_switch_cookie_and_default() {
        assert_eq!(read("/", &[]).lang, Lang::Vi);
        assert_eq!(read("/", &[("accept-language", "en-US")]).lang, Lang::Vi);
        let cookie = ("cookie", "wardbook-lang=en");
        assert_eq!(read("/", &[cookie]).lang, Lang::En);
        assert_eq!(read("/?lang=vi", &[cookie]).lang, Lang::Vi);
        assert_eq!(read("/?lang=xx", &[cookie]).lang, Lang::En);
    }

    #[test]
    fn a_part_of_a_page_only_when_htmx_asks_for_it() {
        assert!(!read("/", &[]).is_fragment);
        assert!(read("/", &[("hx-request", "true")]).is_fragment);
        assert!(!read("/", &[("hx-request", "true"), ("hx-boosted", "true")]).is_fragment);
    }

    #[test]
    fn the_text_size_by_switch_and_cookie() {
        assert_eq!(read("/?text=a2", &[]).text_size, TextSize::Largest);
        assert_eq!(read("/", &[("cookie", "wardbook-text=a1")]).text_size, TextSize::Large);
    }
}
