//! A line between a node and the hub: a TCP relay on loopback that can be cut and restored.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What went over a line so far.
#[derive(Debug, Default)]
struct Traffic {
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    /// Every byte towards the hub, one entry a connection, while recording.
    recorded: Mutex<Option<Vec<Vec<u8>>>>,
}

impl Traffic {
    /// Begins a connection: where its bytes towards the hub go, when they are recorded.
    fn begin(&self) -> Option<usize> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let all = recorded.as_mut()?;
        all.push(Vec::new());
        Some(all.len() - 1)
    }

    fn record(&self, connection: Option<usize>, bytes: &[u8]) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(index), Some(all)) = (connection, recorded.as_mut()) {
            all[index].extend_from_slice(bytes);
        }
    }
}

/// A TCP relay. Cutting it closes every connection through it and refuses new ones.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    state: watch::Sender<State>,
    traffic: Arc<Traffic>,
    task: JoinHandle<()>,
}

/// Where a line leads, and whether it is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    to: SocketAddr,
    up: bool,
    /// Connections die after so many more bytes towards the node; `None` is no limit.
    down_bytes_max: Option<u64>,
}

impl Line {
    /// A line to `to`, up, on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn open(to: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, watching) = watch::channel(State { to, up: true, down_bytes_max: None });
        let traffic = Arc::new(Traffic::default());
        let task = tokio::spawn(accept(listener, watching, Arc::clone(&traffic)));
        Ok(Self { address, state, traffic, task })
    }

    /// Where a node connects to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.state.borrow().up
    }

    /// Cuts the line: open connections die, new ones are refused.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.up = false);
    }

    /// Restores the line.
    pub fn restore(&self) {
        self.state.send_modify(|state| {
            state.up = true;
            state.down_bytes_max = None;
        });
    }

    /// Lets each new connection carry only so many bytes towards the node, then cuts it.
    pub fn cut_connections_after(&self, down_bytes: u64) {
        self.state.send_modify(|state| state.down_bytes_max = Some(down_bytes));
    }

    /// Leads new connections elsewhere, such as to a hub that came back on another port.
    pub fn lead_to(&self, to: SocketAddr) {
        self.state.send_modify(|state| state.to = to);
    }

    /// Starts keeping every byte that goes towards the hub.
    ///
    /// # Panics
    /// Never: a poisoned record is still a record.
    pub fn record(&self) {
        *self.traffic.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// What went towards the hub since [`Line::record`], one entry a connection.
    pub fn recorded(&self) -> Vec<Vec<u8>> {
        self.traffic
            .recorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .unwrap_or_default()
    }

    /// Bytes carried so far: (towards the hub, towards the node, connections).
    pub fn carried(&self) -> (u64, u64, u64) {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (load(&self.traffic.up), load(&self.traffic.down), load(&self.traffic.connections))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, watching: watch::Receiver<State>, traffic: Arc<Traffic>) {
    while let Ok((near, _)) = listener.accept().await {
        let state = *watching.borrow();
        if !state.up {
            continue;
        }
        tokio::spawn(carry(near, state, watching.clone(), Arc::clone(&traffic)));
    }
}

/// Carries one connection until an end closes it, its bytes are used up or the line is cut.
async fn carry(
    near: TcpStream,
    state: State,
    mut watching: watch::Receiver<State>,
    traffic: Arc<Traffic>,
) {
    let Ok(far) = TcpStream::connect(state.to).await else { return };
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = far.into_split();
    let connection = traffic.begin();
    let keep = |bytes: &[u8]| traffic.record(connection, bytes);
    let up = pump(&mut near_read, &mut far_write, &traffic.up, None, keep);
    let down = pump(&mut far_read, &mut near_write, &traffic.down, state.down_bytes_max, |_| ());
    tokio::select! {
        _ = async { tokio::try_join!(up, down) } => {}
        _ = watching.wait_for(|now| !now.up) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    count: &AtomicU64,
    bytes_max: Option<u64>,
    keep: impl Fn(&[u8]),
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    let mut left = bytes_max.unwrap_or(u64::MAX);
    loop {
        let n = from.read(&mut buffer).await?;
        if n == 0 {
            return to.shutdown().await;
        }
        let n = n.min(usize::try_from(left).unwrap_or(usize::MAX));
        if n == 0 {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        keep(&buffer[..n]);
        to.write_all(&buffer[..n]).await?;
        left -= n as u64;
        count.fetch_add(n as u64, Ordering::Relaxed);
    }
}
