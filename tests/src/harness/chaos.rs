//! A bad line: a TCP relay that is slow, far, loses packets, cuts bodies in the middle, and sends
//! what it carried again.
//!
//! TCP hides a lost packet behind a stall of one retransmission time, so that is what a loss is
//! here. What a transfer costs is told by counters, in round trips of the line, never by a clock.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use wardbook_base::{Dice, SeededDice};

/// Bytes of one packet.
const PACKET: usize = 1_460;
/// Requests kept for sending again.
const KEPT_MAX: usize = 256;
/// The longest request that is kept, in bytes.
const KEPT_BYTES_MAX: usize = 600 * 1024;

/// How bad a line is.
#[derive(Debug, Clone, Copy)]
pub struct Quality {
    /// Bits that it carries in a second, each way; 0: no limit.
    pub bits_per_s: u64,
    /// How long a packet and its answer take when nothing else does.
    pub round_trip: Duration,
    /// Packets of a thousand that get lost, each a stall of one retransmission time.
    pub lost_per_mille: u64,
    /// Packets of a thousand with which the connection dies.
    pub cut_per_mille: u64,
    /// Requests of a hundred that are sent twice (plain HTTP alone can be read).
    pub doubled_percent: u64,
    /// Requests of a hundred that are followed by an old one, sent again.
    pub replayed_percent: u64,
}

impl Quality {
    /// A line that does nothing bad.
    pub const GOOD: Self = Self {
        bits_per_s: 0,
        round_trip: Duration::ZERO,
        lost_per_mille: 0,
        cut_per_mille: 0,
        doubled_percent: 0,
        replayed_percent: 0,
    };
    /// The line of issue 3: 256 kbit/s, 300 ms, 2 % loss.
    pub const COUNTRY: Self = Self {
        bits_per_s: 256_000,
        round_trip: Duration::from_millis(300),
        lost_per_mille: 20,
        ..Self::GOOD
    };

    /// How long a lost packet stalls the line.
    fn retransmission(&self) -> Duration {
        self.round_trip.max(Duration::from_millis(200))
    }
}

/// What a line did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Connections.
    pub connections: u64,
    /// Bytes towards the hub.
    pub up: u64,
    /// Bytes towards the node.
    pub down: u64,
    /// How often the direction turned: two turns are one round trip.
    pub turns: u64,
    /// Packets that got lost.
    pub lost: u64,
    /// Connections that died of it.
    pub cuts: u64,
    /// Requests that were sent twice at once.
    pub doubled: u64,
    /// Old requests that were sent again.
    pub replayed: u64,
}

impl Tally {
    /// What happened since an earlier tally.
    #[must_use]
    pub const fn since(&self, before: &Self) -> Self {
        Self {
            connections: self.connections - before.connections,
            up: self.up - before.up,
            down: self.down - before.down,
            turns: self.turns - before.turns,
            lost: self.lost - before.lost,
            cuts: self.cuts - before.cuts,
            doubled: self.doubled - before.doubled,
            replayed: self.replayed - before.replayed,
        }
    }

    /// What it took on a line of this quality, in thousandths of its round trip: one for each
    /// connection's handshake, one for each two turns, the bytes by the line's rate, and the stalls.
    pub fn round_trips_milli(&self, quality: &Quality) -> u64 {
        let round_trip = u64::try_from(quality.round_trip.as_micros()).unwrap_or(u64::MAX).max(1);
        let stall = u64::try_from(quality.retransmission().as_micros()).unwrap_or(u64::MAX);
        let bits = (self.up + self.down) * 8 * 1_000_000;
        let carried = bits.checked_div(quality.bits_per_s).unwrap_or(0);
        self.connections * 1000
            + self.turns.div_ceil(2) * 1000
            + carried * 1000 / round_trip
            + self.lost * stall * 1000 / round_trip
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            connections: a.connections + b.connections,
            up: a.up + b.up,
            down: a.down + b.down,
            turns: a.turns + b.turns,
            lost: a.lost + b.lost,
            cuts: a.cuts + b.cuts,
            doubled: a.doubled + b.doubled,
            replayed: a.replayed + b.replayed,
        })
    }
}

/// What both directions of all connections share.
struct Shared {
    dice: Mutex<SeededDice>,
    tally: Mutex<Tally>,
    /// When the line is free again: up, down.
    free: [Mutex<Option<Instant>>; 2],
    kept: Mutex<Vec<Vec<u8>>>,
    cut_next_after: AtomicU64,
    bytes_since: AtomicU64,
    armed: AtomicBool,
}

impl Shared {
    fn tally(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn one_of(&self, of: u64, chances: u64) -> bool {
        chances > 0 && self.dice.lock().unwrap_or_else(PoisonError::into_inner).below(of) < chances
    }
}

/// A bad line to a hub, on loopback.
pub struct ChaosLine {
    address: SocketAddr,
    quality: watch::Sender<(SocketAddr, Quality)>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl ChaosLine {
    /// A line to `to` on a free loopback port; what it does follows from the seed, as far as the
    /// order of packets does.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn open(to: SocketAddr, quality: Quality, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (quality, watching) = watch::channel((to, quality));
        let shared = Arc::new(Shared {
            dice: Mutex::new(SeededDice::new(seed)),
            tally: Mutex::default(),
            free: [Mutex::new(None), Mutex::new(None)],
            kept: Mutex::default(),
            cut_next_after: AtomicU64::new(0),
            bytes_since: AtomicU64::new(0),
            armed: AtomicBool::new(false),
        });
        let task = tokio::spawn(accept(listener, watching, Arc::clone(&shared)));
        Ok(Self { address, quality, shared, task })
    }

    /// Where a node connects to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the line better or worse, for connections made from now on.
    pub fn set_quality(&self, quality: Quality) {
        self.quality.send_modify(|now| now.1 = quality);
    }

    /// Leads new connections elsewhere.
    pub fn lead_to(&self, to: SocketAddr) {
        self.quality.send_modify(|now| now.0 = to);
    }

    /// Cuts the connection once, after so many more bytes towards the node.
    pub fn cut_once_after(&self, down_bytes: u64) {
        self.shared.bytes_since.store(0, Ordering::SeqCst);
        self.shared.cut_next_after.store(down_bytes, Ordering::SeqCst);
        self.shared.armed.store(true, Ordering::SeqCst);
    }

    /// What it did so far.
    pub fn tally(&self) -> Tally {
        *self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ChaosLine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    watching: watch::Receiver<(SocketAddr, Quality)>,
    shared: Arc<Shared>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let (to, quality) = *watching.borrow();
        tokio::spawn(carry(near, to, quality, Arc::clone(&shared)));
    }
}

/// Carries one connection until an end closes it or chance cuts it.
async fn carry(near: TcpStream, to: SocketAddr, quality: Quality, shared: Arc<Shared>) {
    let Ok(far) = TcpStream::connect(to).await else { return };
    shared.tally(|tally| tally.connections += 1);
    // The handshake of TCP.
    sleep(quality.round_trip).await;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let last = Arc::new(Mutex::new(None));
    let up =
        Direction { to, quality, shared: Arc::clone(&shared), up: true, last: Arc::clone(&last) };
    let down = Direction { to, quality, shared, up: false, last };
    // What broke is over both ways; what one end only stopped to send goes on the other way.
    let _ = tokio::try_join!(up.pump(near_read, far_write), down.pump(far_read, near_write));
}

/// One direction of one connection.
struct Direction {
    to: SocketAddr,
    quality: Quality,
    shared: Arc<Shared>,
    up: bool,
    /// Which way the last packet of this connection went.
    last: Arc<Mutex<Option<bool>>>,
}

impl Direction {
    /// Reads packets, gives each its time of arrival, and writes them then, until its sender closes
    /// the connection; an error when it breaks.
    async fn pump(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> std::io::Result<()> {
        let (queue, mut waiting) = mpsc::channel::<(Instant, Vec<u8>)>(64);
        let deliver = async move {
            while let Some((at, bytes)) = waiting.recv().await {
                sleep_until(at).await;
                to.write_all(&bytes).await?;
            }
            to.shutdown().await
        };
        let read = async {
            let mut requests = Requests::default();
            let mut buffer = vec![0; PACKET];
            loop {
                let n = from.read(&mut buffer).await?;
                if n == 0 {
                    // What is on its way is delivered first.
                    drop(queue);
                    return std::future::pending().await;
                }
                if self.is_cut(n) {
                    self.shared.tally(|tally| tally.cuts += 1);
                    return Err(ErrorKind::ConnectionReset.into());
                }
                let at = self.arrival(n);
                if self.up {
                    for request in requests.take(&buffer[..n]) {
                        self.mischief(request);
                    }
                }
                if queue.send((at, buffer[..n].to_vec())).await.is_err() {
                    return Err(ErrorKind::ConnectionReset.into());
                }
            }
        };
        tokio::select! {
            ended = read => ended,
            ended = deliver => ended,
        }
    }

    fn is_cut(&self, n: usize) -> bool {
        if self.shared.one_of(1000, self.quality.cut_per_mille) {
            return true;
        }
        if self.up || !self.shared.armed.load(Ordering::SeqCst) {
            return false;
        }
        let passed = self.shared.bytes_since.fetch_add(n as u64, Ordering::SeqCst) + n as u64;
        passed > self.shared.cut_next_after.load(Ordering::SeqCst)
            && self.shared.armed.swap(false, Ordering::SeqCst)
    }

    /// When a packet that leaves now arrives.
    fn arrival(&self, n: usize) -> Instant {
        let now = Instant::now();
        let mut free =
            self.shared.free[usize::from(self.up)].lock().unwrap_or_else(PoisonError::into_inner);
        let bits = n as u64 * 8;
        let micros = (bits * 1_000_000).checked_div(self.quality.bits_per_s).unwrap_or(0);
        let mut gone = free.unwrap_or(now).max(now) + Duration::from_micros(micros);
        let lost = self.shared.one_of(1000, self.quality.lost_per_mille);
        if lost {
            gone += self.quality.retransmission();
        }
        *free = Some(gone);
        let mut direction = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let turned = *direction != Some(self.up);
        *direction = Some(self.up);
        self.shared.tally(|tally| {
            *if self.up { &mut tally.up } else { &mut tally.down } += n as u64;
            tally.lost += u64::from(lost);
            tally.turns += u64::from(turned);
        });
        gone + self.quality.round_trip / 2
    }

    /// Sends a request twice, or an old one again; the answers go nowhere.
    fn mischief(&self, request: Vec<u8>) {
        if self.shared.one_of(100, self.quality.doubled_percent) {
            self.shared.tally(|tally| tally.doubled += 1);
            tokio::spawn(send_again(self.to, request.clone()));
        }
        let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_empty() && self.shared.one_of(100, self.quality.replayed_percent) {
            let dice = self.shared.dice.lock().unwrap_or_else(PoisonError::into_inner);
            let old = usize::try_from(dice.below(kept.len() as u64)).unwrap_or(0);
            self.shared.tally(|tally| tally.replayed += 1);
            tokio::spawn(send_again(self.to, kept[old].clone()));
        }
        if kept.len() < KEPT_MAX {
            kept.push(request);
        }
    }
}

async fn send_again(to: SocketAddr, request: Vec<u8>) {
    let Ok(mut stream) = TcpStream::connect(to).await else { return };
    if stream.write_all(&request).await.is_ok() {
        let mut sink = vec![0; 16 * 1024];
        let drain = async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
        let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
    }
}

/// Finds whole requests in the bytes towards the hub; over TLS it finds none.
#[derive(Default)]
struct Requests {
    bytes: Vec<u8>,
    unreadable: bool,
}

impl Requests {
    fn take(&mut self, more: &[u8]) -> Vec<Vec<u8>> {
        if self.unreadable {
            return Vec::new();
        }
        self.bytes.extend_from_slice(more);
        let mut whole = Vec::new();
        while let Some(length) = self.first() {
            let rest = self.bytes.split_off(length);
            whole.push(std::mem::replace(&mut self.bytes, rest));
        }
        self.unreadable |= !b"POST".starts_with(&self.bytes[..self.bytes.len().min(4)])
            || self.bytes.len() > KEPT_BYTES_MAX;
        whole
    }

    /// The length of the first request, when all of it is there.
    fn first(&self) -> Option<usize> {
        let head = self.bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(&self.bytes[..head]).ok()?.to_ascii_lowercase();
        let value = text.lines().find_map(|line| line.strip_prefix("content-length:"))?;
        let length = head + value.trim().parse::<usize>().ok()?;
        (self.bytes.len() >= length).then_some(length)
    }
}
