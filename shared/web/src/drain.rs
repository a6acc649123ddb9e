//! Reading the body of a refused request to its end: a file that is too large, say. A browser that is
//! still sending hears no answer: it would show a broken connection in place of the page that says
//! what is wrong.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as _, Frame, SizeHint};

/// So much is read and thrown away; who sends more loses the connection.
const DRAINED_MAX: usize = 256 * 1024 * 1024;
/// ... and who sends slower.
const DRAINED_WITHIN: Duration = Duration::from_secs(30);

/// Lets a sender finish before it hears that it was refused.
pub(crate) async fn hear_out(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(body)));
    let rest = Shared(Arc::clone(&body.0));
    let response = next.run(Request::from_parts(parts, Body::new(body))).await;
    if response.status().is_client_error() {
        // Whether it finished or not, the answer goes out.
        let _ = tokio::time::timeout(DRAINED_WITHIN, rest.throw_away()).await;
    }
    response
}

/// A body that is read by a handler, and to its end by whoever refuses it.
struct Shared(Arc<Mutex<Body>>);

type Read = Option<Result<Frame<Bytes>, axum::Error>>;

impl Shared {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Read> {
        match self.0.lock() {
            Ok(mut body) => Pin::new(&mut *body).poll_frame(context),
            Err(_) => Poll::Ready(None),
        }
    }

    async fn throw_away(self) {
        let mut left = DRAINED_MAX;
        while let Some(Ok(frame)) = poll_fn(|context| self.poll(context)).await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(read) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Read> {
        self.poll(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().is_ok_and(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().map(|body| body.size_hint()).unwrap_or_default()
    }
}
