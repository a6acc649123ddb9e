//! Counts connections: so many at once in all and from one address, the rest are closed.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::net::TcpStream;
use tower::Service;

/// The places that are taken, by address.
#[derive(Debug)]
pub(super) struct Places {
    per_address: usize,
    total: usize,
    taken: Mutex<BTreeMap<IpAddr, usize>>,
}

/// One taken place; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    pub(super) fn new(per_address: usize, total: usize) -> Arc<Self> {
        Arc::new(Self { per_address, total, taken: Mutex::default() })
    }

    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.get(&address).copied().unwrap_or(0);
        if here >= self.per_address || taken.values().sum::<usize>() >= self.total {
            return None;
        }
        taken.insert(address, here + 1);
        Some(Place { places: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                taken.remove(&self.address);
            }
        }
    }
}

/// An acceptor that takes a place before the inner one begins (a TLS handshake counts too).
#[derive(Debug, Clone)]
pub(super) struct Counted<A> {
    inner: A,
    places: Arc<Places>,
}

impl<A> Counted<A> {
    pub(super) const fn new(inner: A, places: Arc<Places>) -> Self {
        Self { inner, places }
    }
}

type Accepting<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl<A, S> Accept<TcpStream, S> for Counted<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = A::Stream;
    type Service = Held<A::Service>;
    type Future = Accepting<(Self::Stream, Self::Service)>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|peer| self.places.take(peer.ip()));
        let place = match place {
            Ok(Some(place)) => Arc::new(place),
            Ok(None) => return refused(io::Error::other("too many connections")),
            Err(error) => return refused(error),
        };
        // Answers are written whole; waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            return refused(error);
        }
        let accepting = self.inner.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepting.await?;
            Ok((stream, Held { inner: service, _place: place }))
        })
    }
}

fn refused<T: Send + 'static>(error: io::Error) -> Accepting<T> {
    tracing::debug!(%error, "a connection is refused");
    Box::pin(std::future::ready(Err(error)))
}

/// The service of a connection; it lives as long as the connection and holds its place.
#[derive(Debug, Clone)]
pub(super) struct Held<S> {
    inner: S,
    _place: Arc<Place>,
}

impl<S: Service<R>, R> Service<R> for Held<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let places = Places::new(2, 3);
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        let first = places.take(address(1));
        let second = places.take(address(1));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(address(1)).is_none(), "two from one address");
        let third = places.take(address(2));
        assert!(third.is_some());
        assert!(places.take(address(3)).is_none(), "three in all");
        drop(second);
        assert!(places.take(address(3)).is_some());
    }
}
