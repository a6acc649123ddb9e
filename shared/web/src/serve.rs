//! The HTTP server: bind first, then serve; slow and greedy clients are bounded; a signal stops it
//! after the requests at work are answered.

mod connections;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use wardbook_record::Lang;

use self::connections::{Counted, Places};
use crate::t_args;

pub use rustls::ServerConfig as TlsConfig;

/// How the connection is protected.
#[derive(Debug, Clone)]
pub enum Encryption {
    /// Not at all; on this machine alone.
    Plain,
    /// TLS with this certificate and these protocols.
    Tls(Arc<TlsConfig>),
}

/// Bounds on what clients can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at once from one address.
    pub per_address: usize,
    /// Connections at once in all.
    pub total: usize,
    /// A request's head must have come in by then.
    pub header_timeout: Duration,
    /// Requests at work may finish until then after the stop.
    pub grace: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            per_address: 256,
            total: 2000,
            header_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(10),
        }
    }
}

/// A bound address: clients can connect and wait from now on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    encryption: Encryption,
}

impl Listener {
    /// Takes an address (port 0: any free one). Refuses plain HTTP for other machines: cookies would
    /// be dropped there and everything could be read on the way.
    pub fn bind(address: SocketAddr, encryption: Encryption) -> Result<Self, ServeError> {
        if matches!(encryption, Encryption::Plain) && !address.ip().is_loopback() {
            return Err(ServeError::PlainForOthers(address));
        }
        let socket =
            TcpListener::bind(address).map_err(|error| ServeError::of_bind(address, &error))?;
        let failed = |_| ServeError::Stopped(address);
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, encryption })
    }

    /// The address with the port that was taken.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:8080` or `https://…`, without a slash at the end.
    pub fn url(&self) -> String {
        let scheme = if matches!(self.encryption, Encryption::Plain) { "http" } else { "https" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until `stop` ends. Handlers can ask for `ConnectInfo<SocketAddr>`.
    pub async fn serve(
        self,
        router: Router,
        limits: ConnectionLimits,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let address = self.address;
        let stopped = |error: io::Error| {
            tracing::error!(%error, %address, "the server stopped");
            ServeError::Stopped(address)
        };
        let handle = Handle::new();
        let stopping = tokio::spawn({
            let handle = handle.clone();
            async move {
                stop.await;
                handle.graceful_shutdown(Some(limits.grace));
            }
        });
        let places = Places::new(limits.per_address, limits.total);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let mut server = axum_server::from_tcp(self.socket).map_err(stopped)?.handle(handle);
        server
            .http_builder()
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout);
        let result = match self.encryption {
            Encryption::Plain => {
                server.acceptor(Counted::new(DefaultAcceptor::new(), places)).serve(service).await
            }
            Encryption::Tls(config) => {
                let tls = RustlsAcceptor::new(RustlsConfig::from_config(config));
                server.acceptor(Counted::new(tls, places)).serve(service).await
            }
        };
        stopping.abort();
        result.map_err(stopped)
    }
}

/// Ends when the program is asked to stop: Ctrl+C, or SIGTERM from a service manager.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}

/// Why the server does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServeError {
    /// Plain HTTP was asked for on an address that other machines reach.
    #[error("plain HTTP on {0} is refused")]
    PlainForOthers(SocketAddr),
    /// Somebody else has the port.
    #[error("{0} is in use")]
    PortInUse(SocketAddr),
    /// The operating system keeps the port for itself.
    #[error("{0} is not permitted")]
    Denied(SocketAddr),
    /// The machine has no such address.
    #[error("{0} is not an address of this machine")]
    NoSuchAddress(SocketAddr),
    /// It ran and stopped, or could not start for another reason.
    #[error("the server at {0} stopped")]
    Stopped(SocketAddr),
}

impl ServeError {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PlainForOthers(_) => "plain_http_refused",
            Self::PortInUse(_) => "port_in_use",
            Self::Denied(_) => "port_denied",
            Self::NoSuchAddress(_) => "no_such_address",
            Self::Stopped(_) => "server_stopped",
        }
    }

    /// What happened and what to do, for people.
    pub fn sentence(&self, lang: Lang) -> String {
        let (key, address) = match self {
            Self::PlainForOthers(address) => ("serve-plain-address", address),
            Self::PortInUse(address) => ("serve-port-in-use", address),
            Self::Denied(address) => ("serve-denied", address),
            Self::NoSuchAddress(address) => ("serve-no-address", address),
            Self::Stopped(address) => ("serve-stopped", address),
        };
        t_args(lang, key, &[("address", address.to_string())])
    }

    fn of_bind(address: SocketAddr, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse(address),
            io::ErrorKind::PermissionDenied => Self::Denied(address),
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress(address),
            _ => {
                tracing::error!(%error, %address, "binding failed");
                Self::Stopped(address)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::ConnectInfo;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;

    fn local() -> SocketAddr {
        "127.0.0.1:0".parse().expect("an address")
    }

    fn peer_router() -> Router {
        Router::new().route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
    }

    async fn get_page(address: SocketAddr) -> io::Result<String> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    #[tokio::test]
    async fn serves_what_it_bound_and_stops_when_told() {
        let listener = Listener::bind(local(), Encryption::Plain).expect("a free port");
        let address = listener.address();
        assert_eq!(listener.url(), format!("http://{address}"));
        let (stop, stopped) = oneshot::channel::<()>();
        let server =
            tokio::spawn(listener.serve(peer_router(), ConnectionLimits::default(), async {
                stopped.await.ok();
            }));
        let page = get_page(address).await.expect("an answer");
        assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("127.0.0.1"), "{page}");
        stop.send(()).expect("the server waits for it");
        assert_eq!(server.await.expect("no panic"), Ok(()));
        assert!(TcpStream::connect(address).await.is_err(), "the port is free again");
    }

    #[tokio::test]
    async fn a_greedy_address_gets_no_more_connections() {
        let listener = Listener::bind(local(), Encryption::Plain).expect("a free port");
        let address = listener.address();
        let limits = ConnectionLimits { per_address: 1, ..ConnectionLimits::default() };
        tokio::spawn(listener.serve(peer_router(), limits, std::future::pending()));
        let mut first = TcpStream::connect(address).await.expect("the first connection");
        first.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
        let mut byte = [0_u8; 1];
        first.read_exact(&mut byte).await.expect("it is served and stays open");
        let second = get_page(address).await.unwrap_or_default();
        assert_eq!(second, "", "the second connection is closed unanswered");
    }

    #[test]
    fn refusals_say_what_to_do() {
        let check = |address: &str, code: &str, words: &str| {
            let address = address.parse().expect("an address");
            let error = Listener::bind(address, Encryption::Plain).expect_err("refused");
            assert_eq!(error.code(), code);
            let sentence = error.sentence(Lang::Vi);
            assert!(sentence.contains(words) && !sentence.contains("os error"), "{sentence}");
        };
        check("0.0.0.0:0", "plain_http_refused", "HTTP không mã hóa");
        let taken = Listener::bind(local(), Encryption::Plain).expect("a free port");
        check(&taken.address().to_string(), "port_in_use", "đang dùng cổng này");
    }
}
