//! Reading the body of a refused request to its end: a file that is too large, say, or one whose sender
//! must sign in first. A browser that is still sending hears no answer: it would show a broken
//! connection in place of the page that says what is wrong.
//!
//! Nothing of it is kept, and it holds no more than the connection, of which an address has a bounded
//! number ([`crate::serve::ConnectionLimits`]); a slow body that is taken may hold it longer.

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
    if !response.status().is_success() {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::response::{IntoResponse as _, Redirect};
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    /// A body of so many pieces; what was read of it is counted.
    struct Pieces(usize, Arc<AtomicUsize>);

    impl http_body::Body for Pieces {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Read> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
            self.0 = left;
            self.1.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[7; 1024])))))
        }
    }

    #[tokio::test]
    async fn whoever_is_refused_or_sent_elsewhere_may_finish() {
        let app = Router::new()
            .route("/taken", post(|| async { "read as far as it is needed" }))
            .route("/sign-in-first", post(|| async { Redirect::to("/sign-in") }))
            .route("/too-large", post(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
            .route("/busy", post(|| async { StatusCode::SERVICE_UNAVAILABLE.into_response() }))
            .layer(from_fn(hear_out));
        for (path, pieces) in
            [("/taken", 0), ("/sign-in-first", 2_000), ("/too-large", 2_000), ("/busy", 2_000)]
        {
            let read = Arc::new(AtomicUsize::new(0));
            let body = Body::new(Pieces(2_000, Arc::clone(&read)));
            let request = Request::post(path).body(body).expect("a request");
            app.clone().oneshot(request).await.expect("infallible");
            assert_eq!(read.load(Ordering::Relaxed), pieces, "{path}");
        }
    }

    #[tokio::test]
    async fn nobody_is_heard_without_end() {
        let app = Router::new().route("/", post(|| async { StatusCode::FORBIDDEN }));
        let read = Arc::new(AtomicUsize::new(0));
        let body = Body::new(Pieces(usize::MAX, Arc::clone(&read)));
        let request = Request::post("/").body(body).expect("a request");
        let answer = app.layer(from_fn(hear_out)).oneshot(request).await.expect("infallible");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(read.load(Ordering::Relaxed), DRAINED_MAX / 1024 + 1);
    }
}
