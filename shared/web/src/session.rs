//! The session cookie: its name, how it is set, read and cleared. Looking a session up is the app's.

use axum::http::{HeaderMap, HeaderValue, header};

/// `__Host-` binds the cookie to this host and this path; browsers take it over https and from
/// loopback alone, which is where the pages are served (see `serve`).
const NAME: &str = "__Host-wardbook";

/// The `Set-Cookie` value that keeps a session for at most `seconds`.
pub fn session_cookie(token: &str, seconds: u64) -> HeaderValue {
    cookie(token, seconds)
}

/// The `Set-Cookie` value that ends the session in the browser.
pub fn clear_session_cookie() -> HeaderValue {
    cookie("", 0)
}

/// The session token a request carries.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie_value(headers, NAME).filter(|token| !token.is_empty())
}

/// The value of a cookie of a request.
pub(crate) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn cookie(token: &str, seconds: u64) -> HeaderValue {
    let text =
        format!("{NAME}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    // A token is hex; anything else clears the cookie rather than smuggling attributes into it.
    let safe = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    HeaderValue::from_str(&text).ok().filter(|_| safe).unwrap_or(HeaderValue::from_static(
        "__Host-wardbook=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_comes_back_from_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::COOKIE, HeaderValue::from_static("a=b; __Host-wardbook=c0ffee; d=e"));
        assert_eq!(session_token(&headers), Some("c0ffee"));
        headers.insert(header::COOKIE, HeaderValue::from_static("__Host-wardbook="));
        assert_eq!(session_token(&headers), None);
    }

    #[test]
    fn the_cookie_is_bound_and_cannot_be_split() {
        let text = session_cookie("c0ffee", 60);
        let text = text.to_str().expect("ascii");
        for part in [
            "__Host-wardbook=c0ffee;",
            "Path=/",
            "Secure",
            "HttpOnly",
            "SameSite=Strict",
            "Max-Age=60",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        let text = session_cookie("a; Domain=x", 60);
        assert!(!text.to_str().expect("ascii").contains("Domain"));
    }
}
