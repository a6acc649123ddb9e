//! The session cookie: its name, how it is set, read and cleared. Looking a session up is the app's.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};

/// `__Host-` binds the cookie to this host and this path; browsers take it over https and from
/// loopback alone, which is where the pages are served (see `serve`).
const NAME: &str = "__Host-wardbook";

/// The cookie's name for the address that a request asked for. Browsers tell cookies apart by host
/// and not by port: without the port two programs on one machine would sign each other's people out.
fn name_at(headers: &HeaderMap) -> Cow<'static, str> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if is_port { Cow::Owned(format!("{NAME}-{port}")) } else { Cow::Borrowed(NAME) }
}

/// The `Set-Cookie` value that keeps a session for at most `seconds`, in answer to a request with
/// these headers.
pub fn session_cookie(headers: &HeaderMap, token: &str, seconds: u64) -> HeaderValue {
    cookie(&name_at(headers), token, seconds)
}

/// The `Set-Cookie` value that ends the session in the browser.
pub fn clear_session_cookie(headers: &HeaderMap) -> HeaderValue {
    cookie(&name_at(headers), "", 0)
}

/// The session token a request carries.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie_value(headers, &name_at(headers)).filter(|token| !token.is_empty())
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

fn cookie(name: &str, token: &str, seconds: u64) -> HeaderValue {
    let text =
        format!("{name}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
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
    fn two_programs_on_one_machine_keep_their_people_apart() {
        let at = |host: &'static str, cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            headers
        };
        let both = "__Host-wardbook-8080=a1; __Host-wardbook-8090=b2; __Host-wardbook=c3";
        assert_eq!(session_token(&at("127.0.0.1:8080", both)), Some("a1"));
        assert_eq!(session_token(&at("127.0.0.1:8090", both)), Some("b2"));
        assert_eq!(session_token(&at("so.phuong.vn", both)), Some("c3"));
        assert_eq!(session_token(&at("[::1]", both)), Some("c3"));
        let kept = session_cookie(&at("127.0.0.1:8080", ""), "a1", 60);
        assert!(kept.to_str().expect("ascii").starts_with("__Host-wardbook-8080=a1;"));
    }

    #[test]
    fn the_cookie_is_bound_and_cannot_be_split() {
        let text = session_cookie(&HeaderMap::new(), "c0ffee", 60);
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
        let text = session_cookie(&HeaderMap::new(), "a; Domain=x", 60);
        assert!(!text.to_str().expect("ascii").contains("Domain"));
    }
}
