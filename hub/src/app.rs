//! What every handler of the hub holds: the data, the gates and the bell of the projector.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::{Notify, Semaphore};
use wardbook_replica::deep::{DeepCheck, Workers};
use wardbook_replica::{End, Replica, ReplicaConfig};

use crate::failure::Failure;
use crate::pages::searches::Searches;
use crate::waits::Waits;

/// Requests of wards that may wait for their turn; further ones are told to come back.
const SYNC_WAITING_MAX: usize = 256;

/// The state of the hub's program. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What the clones of [`App`] share.
pub struct Shared {
    /// The data.
    pub replica: Replica,
    /// The bearer token by which commands of this machine are known; never written to a log.
    pub control_token: String,
    /// Rung when a ward brought something, so that the projector starts at once.
    pub intake: Notify,
    /// Places in the queue before the sync checks.
    pub sync_queue: Semaphore,
    /// Sync requests that are worked on at the same time.
    pub sync_turns: Semaphore,
    /// Devices that wait for news.
    pub waits: Arc<Waits>,
    /// The city's name, for titles.
    pub city: String,
    /// What people searched for, under keys that may stand in addresses.
    pub searches: Searches,
    /// Host names beside loopback under which the pages may be opened.
    pub hosts: Vec<String>,
}

impl App {
    /// The state around a hub's data.
    pub fn new(replica: Replica, city: String, hosts: Vec<String>, control_token: String) -> Self {
        let turns = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        Self(Arc::new(Shared {
            replica,
            control_token,
            intake: Notify::new(),
            sync_queue: Semaphore::new(SYNC_WAITING_MAX),
            sync_turns: Semaphore::new(turns),
            waits: Waits::new(),
            city,
            searches: Searches::default(),
            hosts,
        }))
    }
}

impl App {
    /// Runs blocking work on the data, on a thread made for it.
    ///
    /// # Errors
    /// What the work failed with.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&Replica) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Into<Failure> + Send + 'static,
    {
        self.replica.run(work).await?.map_err(Into::into)
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Replica {
    fn from_ref(app: &App) -> Self {
        app.replica.clone()
    }
}

/// The worker processes that try what the wards send. Two: each is a program with a memory of its own.
///
/// # Errors
/// When the system does not say where this program is.
pub fn workers() -> std::io::Result<Arc<dyn DeepCheck>> {
    Ok(Arc::new(Workers::of_this_program(2)?))
}

/// How the store of a hub is opened.
pub fn replica_config(data: &std::path::Path) -> ReplicaConfig {
    ReplicaConfig { dir: data.to_owned(), end: End::Hub, app: version().to_owned() }
}

/// The program's name and version.
pub const fn version() -> &'static str {
    concat!("wardbook-hub ", env!("CARGO_PKG_VERSION"))
}
