//! How a command reaches the program: over loopback when a `serve` holds the data folder, through
//! the very same router inside this process otherwise. So every command exists once.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;
use wardbook_record::Lang;

use crate::api::events::Event;
use crate::app::App;
use crate::cli::Surroundings;
use crate::config::Config;
use crate::failure::Failure;
use crate::lines::LineCutter;
use crate::percent::percent_encoded;
use crate::{os, router};

/// The file in the data folder by which commands find a running `serve`.
const CONTROL_FILE: &str = "control.json";
/// A `serve` on this machine answers its health question at once, or it is not there.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// How a running `serve` can be asked. Only the account that runs it may read the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    /// IP address and port.
    pub(crate) address: String,
    /// The bearer token.
    pub(crate) token: String,
    /// The process, for people who look for it.
    pub(crate) pid: u32,
}

impl Control {
    /// Where the file is.
    pub(crate) fn path(data: &Path) -> PathBuf {
        data.join(CONTROL_FILE)
    }

    /// Writes the file, readable by this account alone.
    pub(crate) fn write(&self, data: &Path) -> std::io::Result<()> {
        os::write_private(&Self::path(data), &serde_json::to_vec(self)?)
    }

    /// Removes the file if it is still this process's own.
    pub(crate) fn remove(&self, data: &Path) {
        if Self::read(data).is_some_and(|there| there == *self) {
            let _ = std::fs::remove_file(Self::path(data));
        }
    }

    fn read(data: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(data)).ok()?).ok()
    }
}

/// One request to the JSON interface.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    content_type: &'static str,
    file_name: Option<String>,
    body: Vec<u8>,
}

impl Call {
    /// A question.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            content_type: "application/json",
            file_name: None,
            body: Vec::new(),
        }
    }

    /// A command with a JSON body.
    pub(crate) fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        Self { method: Method::POST, body: body.to_string().into_bytes(), ..Self::get(path) }
    }

    /// A file.
    pub(crate) fn upload(path: impl Into<String>, file_name: &str, body: Vec<u8>) -> Self {
        Self {
            method: Method::POST,
            content_type: "application/octet-stream",
            file_name: Some(percent_encoded(file_name)),
            body,
            ..Self::get(path)
        }
    }
}

/// The way in.
pub(crate) enum Door {
    /// This process holds the data.
    Here {
        /// Serves the calls.
        router: Router,
        /// Opens the JSON interface.
        token: String,
        /// The language of answers.
        lang: Lang,
    },
    /// A running `serve` holds it.
    There {
        /// The HTTP client.
        client: reqwest::Client,
        /// Where it answers.
        control: Control,
        /// The language of answers.
        lang: Lang,
    },
}

impl Door {
    /// Finds a running `serve`, or opens the data folder.
    pub(crate) async fn open(config: Config, surroundings: Surroundings) -> Result<Self, Failure> {
        let lang = config.lang;
        if let Some(there) = Self::running(&config.data, lang).await {
            return Ok(there);
        }
        let app = App::open(config, surroundings, false)
            .map_err(|error| Failure::new(error.code(), error.sentence(lang)))?;
        let token = app.control_token().to_owned();
        Ok(Self::Here { router: router::router(app), token, lang })
    }

    /// A `serve` that answers with this folder's token.
    async fn running(data: &Path, lang: Lang) -> Option<Self> {
        let control = Control::read(data)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(HEALTH_TIMEOUT)
            .build()
            .ok()?;
        let url = format!("http://{}/api/v1/health", control.address);
        let asked = client.get(url).bearer_auth(&control.token).timeout(HEALTH_TIMEOUT);
        let answer = asked.send().await.ok()?;
        answer.status().is_success().then_some(Self::There { client, control, lang })
    }

    /// Sends a call. A status of 400 or more becomes the failure that the answer names.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let answer = match self {
            Self::Here { router, token, lang } => {
                let response = router.clone().oneshot(request(call, token, *lang)).await;
                let response = response.map_err(|never| match never {})?;
                let (head, body) = response.into_parts();
                Answer { status: head.status, headers: head.headers, body: AnswerBody::Here(body) }
            }
            Self::There { client, control, lang } => {
                let response = client
                    .request(call.method, format!("http://{}{}", control.address, call.path))
                    .bearer_auth(&control.token)
                    .header(header::COOKIE, lang_cookie(*lang))
                    .header(header::CONTENT_TYPE, call.content_type)
                    .header(FILE_NAME_HEADER, call.file_name.unwrap_or_default())
                    .body(call.body)
                    .send()
                    .await
                    .map_err(|_| gone(*lang))?;
                let (status, headers) = (response.status(), response.headers().clone());
                Answer { status, headers, body: AnswerBody::There(Box::new(response), *lang) }
            }
        };
        answer.or_failure().await
    }
}

/// The header that carries the percent-encoded name of an uploaded file.
pub(crate) const FILE_NAME_HEADER: &str = "x-file-name";

/// The language of answers travels as it does from a browser.
fn lang_cookie(lang: Lang) -> String {
    format!("wardbook-lang={}", lang.code())
}

fn request(call: Call, token: &str, lang: Lang) -> Request<Body> {
    let mut request = Request::new(Body::from(call.body));
    *request.method_mut() = call.method;
    *request.uri_mut() = call.path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    for (name, value) in [
        (header::HOST, "127.0.0.1"),
        (header::AUTHORIZATION, &format!("Bearer {token}")),
        (header::COOKIE, &lang_cookie(lang)),
        (header::CONTENT_TYPE, call.content_type),
        (
            header::HeaderName::from_static(FILE_NAME_HEADER),
            call.file_name.as_deref().unwrap_or_default(),
        ),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    request
}

/// An answer that may still be on its way.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: AnswerBody,
}

enum AnswerBody {
    Here(Body),
    There(Box<reqwest::Response>, Lang),
}

impl Answer {
    /// A header that is plain text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The whole body.
    pub(crate) async fn bytes(mut self) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// The events of the body, each as it comes; the last one is returned too.
    pub(crate) async fn events(mut self, mut each: impl FnMut(&Event)) -> Result<Event, Failure> {
        let mut cutter = LineCutter::default();
        let mut last = None;
        while let Some(chunk) = self.chunk().await? {
            for line in cutter.take(&chunk) {
                last = Some(read_event(&line, &mut each)?);
            }
        }
        if let Some(line) = cutter.rest() {
            last = Some(read_event(&line, &mut each)?);
        }
        last.ok_or_else(unreadable)
    }

    async fn or_failure(self) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let status = self.status.as_u16();
        let problem: crate::api::problem::Problem =
            serde_json::from_slice(&self.bytes().await?).map_err(|_| unreadable())?;
        let (code, remedy) = (problem.code, problem.remedy);
        // What is wrong with single boxes, and what the rules say, each on a line of its own.
        let message = [vec![problem.detail], named(&problem.more)].concat().join("\n");
        Err(Failure { code, message, remedy, status })
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        match &mut self.body {
            AnswerBody::There(response, lang) => response.chunk().await.map_err(|_| gone(*lang)),
            AnswerBody::Here(body) => loop {
                let frame =
                    std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
                match frame {
                    None => return Ok(None),
                    Some(frame) => {
                        let frame = frame.map_err(|_| unreadable())?;
                        if let Ok(data) = frame.into_data() {
                            return Ok(Some(data));
                        }
                    }
                }
            },
        }
    }
}

fn read_event(line: &str, each: &mut impl FnMut(&Event)) -> Result<Event, Failure> {
    let event: Event = serde_json::from_str(line).map_err(|_| unreadable())?;
    if let Event::Failed { error } = event {
        return Err(error);
    }
    each(&event);
    Ok(event)
}

/// The boxes and the findings of a refused action, in words.
fn named(more: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    let all = |key: &str| more.get(key).and_then(|it| it.as_array()).cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let boxes = all("boxes").into_iter().map(|one| {
        let name = one["input"].as_str().map(|name| format!(" [{name}]")).unwrap_or_default();
        let (reason, remedy) = (text(&one["reason"]), text(&one["remedy"]));
        format!("{}{name}: {reason} {remedy}", text(&one["label"]))
    });
    let findings = all("findings").into_iter().map(|one| {
        format!("{} ({}): {}", text(&one["effect"]), text(&one["rule"]), text(&one["sentence"]))
    });
    boxes.chain(findings).collect()
}

pub(crate) fn unreadable() -> Failure {
    Failure::new(
        "bad_answer",
        "Chương trình trả lời không đọc được; hãy dùng cùng một phiên bản cho lệnh này và cho serve (the answer cannot be read; use one version for both).",
    )
}

fn gone(lang: Lang) -> Failure {
    Failure::in_words(
        "not_running",
        lang,
        "Chương trình đang giữ dữ liệu vừa dừng lại giữa chừng; hãy chạy lại lệnh này.",
        "The program that holds the data stopped meanwhile; run this command again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_of_a_control_file_removes_it() {
        let dir = tempfile::tempdir().unwrap();
        let control =
            |pid| Control { address: "127.0.0.1:1".to_owned(), token: "t".to_owned(), pid };
        control(1).write(dir.path()).unwrap();
        control(2).remove(dir.path());
        assert_eq!(Control::read(dir.path()), Some(control(1)));
        control(1).remove(dir.path());
        assert_eq!(Control::read(dir.path()), None);
    }
}
