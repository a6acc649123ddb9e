//! Answers that come as JSON lines while work goes on: one event a line, the last is the result.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

/// The content type of JSON lines.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Where the work writes its events. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Events(mpsc::UnboundedSender<Bytes>);

impl Events {
    /// Sends one event. A reader who has gone away does not stop the work.
    pub(crate) fn send(&self, event: &impl Serialize) {
        if let Ok(mut line) = serde_json::to_vec(event) {
            line.push(b'\n');
            let _ = self.0.send(line.into());
        }
    }
}

/// A writer of events and the answer that carries them.
pub(crate) fn answer_in_lines() -> (Events, Response) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let response = ([(CONTENT_TYPE, NDJSON)], Body::new(LinesBody(receiver))).into_response();
    (Events(sender), response)
}

struct LinesBody(mpsc::UnboundedReceiver<Bytes>);

impl HttpBody for LinesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
pub(crate) struct LineCutter(Vec<u8>);

impl LineCutter {
    /// Takes bytes in and gives out the lines they complete, without empty ones.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(bytes);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let whole: Vec<u8> = self.0.drain(..=end).collect();
        whole
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    /// What is left after the last line end.
    pub(crate) fn rest(self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.0).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut cutter = LineCutter::default();
        assert!(cutter.take(b"{\"a\"").is_empty());
        assert_eq!(cutter.take(b":1}\n{}\n{\"b"), ["{\"a\":1}", "{}"]);
        assert_eq!(cutter.rest().as_deref(), Some("{\"b"));
    }
}
