//! Somebody signed in at a node without a browser: plain requests with the session's cookie, for
//! what a page would never send by itself.

use reqwest::header::{ACCEPT_ENCODING, COOKIE, LOCATION, SET_COOKIE};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

/// The password that people choose at their first sign-in.
pub const PASSWORD: &str = "hoa phượng đỏ 2025 rực rỡ";

/// A signed-in caller.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: reqwest::Client,
    url: String,
    cookie: String,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    /// The HTTP status.
    pub status: u16,
    /// Where a redirect leads; empty without one.
    pub location: String,
    /// The Content-Security-Policy.
    pub csp: String,
    /// The content type.
    pub kind: String,
    /// The body, as far as it is text.
    pub body: String,
    /// What was set of a cookie, without its attributes.
    cookie: String,
}

impl Visitor {
    /// Somebody whom nobody knows.
    ///
    /// # Panics
    /// When no client can be made; so for all of this when the program does not answer.
    pub fn stranger(url: &str) -> Self {
        // The first client chooses the cryptography of all.
        drop(super::http_client());
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        let client = client.build().expect("a client");
        Self { client, url: url.to_owned(), cookie: String::new() }
    }

    /// Signs in with a password that is one's own.
    pub async fn sign_in(url: &str, login: &str, password: &str) -> Self {
        let mut visitor = Self::stranger(url);
        let got = visitor.post("/sign-in", &[("login", login), ("password", password)]).await;
        assert_eq!(got.status, 303, "{}", got.words());
        visitor.cookie = got.cookie;
        visitor
    }

    /// The same with a one-time password, which is changed for [`PASSWORD`].
    pub async fn first_sign_in(url: &str, login: &str, once: &str) -> Self {
        let visitor = Self::sign_in(url, login, once).await;
        let form = [("old", once), ("new", PASSWORD), ("again", PASSWORD)];
        let got = visitor.post("/account/password", &form).await;
        assert_eq!(got.status, 303, "{}", got.words());
        // Every session but a new one ends with the old password.
        Self::sign_in(url, login, PASSWORD).await
    }

    /// A request in the making.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        if self.cookie.is_empty() { request } else { request.header(COOKIE, &self.cookie) }
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Got {
        answer(self.request(Method::GET, path)).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Got {
        answer(self.request(Method::POST, path).form(form)).await
    }

    /// The bytes of an answer as a browser gets it: compressed.
    pub async fn bytes(&self, path: &str) -> usize {
        let request = self.request(Method::GET, path).header(ACCEPT_ENCODING, "gzip");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        response.bytes().await.expect("a body").len()
    }

    /// Sends a file in the box `file`.
    pub async fn upload(&self, path: &str, name: &str, bytes: Vec<u8>) -> Got {
        let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
        answer(self.request(Method::POST, path).multipart(form)).await
    }
}

/// Sends a request.
pub async fn answer(request: RequestBuilder) -> Got {
    let response = request.send().await.expect("an answer");
    let head = |name| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let cookie = head(SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
    let (location, csp) = (head(LOCATION), head(reqwest::header::CONTENT_SECURITY_POLICY));
    let (kind, status) = (head(reqwest::header::CONTENT_TYPE), response.status().as_u16());
    let bytes = response.bytes().await.expect("a body");
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Got { status, location, csp, kind, body, cookie }
}

impl Got {
    /// Where a redirect leads, which must be one.
    pub fn to(&self) -> &str {
        assert!(!self.location.is_empty(), "{}: {}", self.status, self.words());
        &self.location
    }

    /// What a person reads between the tags of `main`, roughly.
    pub fn words(&self) -> String {
        let main = self.body.split_once("<main").map_or(self.body.as_str(), |(_, main)| main);
        let main = main.split("</main>").next().unwrap_or_default();
        let texts = main.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
