//! What every handler of a running node holds.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use wardbook_base::{Dice, Redacted, to_hex};
use wardbook_replica::deep::Workers;
use wardbook_replica::{End, Replica, ReplicaConfig, ReplicaError, WitnessPlace};

use crate::cli::Surroundings;
use crate::config::Config;
use crate::import_jobs::ImportJobs;
use crate::office::lan::Lan;
use crate::office::restart::Restart;
use crate::office::setup_code::SetupCode;
use crate::os;
use crate::pictures::Pictures;
use crate::print_jobs::PrintJobs;
use crate::search_keys::SearchKeys;
use crate::sync_task::Synchroniser;

/// The program's name and version, as the hub is told.
pub const APP: &str = concat!("wardbook-node ", env!("CARGO_PKG_VERSION"));

/// Worker processes that try what the hub sends on copies: one is enough for an office PC.
const CHECKED_AT_ONCE: usize = 1;

/// The state of the program. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    replica: Replica,
    sync: Arc<Synchroniser>,
    searches: SearchKeys,
    prints: PrintJobs,
    pictures: Pictures,
    imports: ImportJobs,
    lan: Lan,
    setup: SetupCode,
    restart: Restart,
    /// The recovery key of a new machine, until the first steps are done.
    recovery: Mutex<Option<Redacted<String>>>,
    dice: Arc<dyn Dice>,
    control_token: String,
    serving: bool,
}

impl App {
    /// Opens the data folder. `serving` says whether this is `serve` or a single command.
    ///
    /// # Errors
    /// When another process holds the folder or the data cannot be used.
    pub fn open(
        config: Config,
        surroundings: Surroundings,
        serving: bool,
    ) -> Result<Self, ReplicaError> {
        let Surroundings { clock, dice } = surroundings;
        let place = ReplicaConfig { dir: config.data.clone(), end: End::Node, app: APP.to_owned() };
        let replica = Replica::open(place, clock, Arc::clone(&dice))?;
        match Workers::of_this_program(CHECKED_AT_ONCE) {
            Ok(workers) => replica.set_deep_check(Arc::new(workers)),
            // What the hub sends is still checked, as far as that needs no document.
            Err(error) => tracing::error!(%error, "no worker can be started for the deep check"),
        }
        let machine = os::machine_fingerprint();
        replica.begin_node(Some(WitnessPlace { path: config.witness.clone(), machine }))?;
        let sync = Arc::new(Synchroniser::new(replica.clone(), Arc::clone(&dice)));
        let control_token = to_hex(&dice.bytes::<32>());
        let searches = SearchKeys::default();
        let (prints, pictures) = (PrintJobs::default(), Pictures::default());
        let inner = Inner {
            config,
            replica,
            sync,
            searches,
            prints,
            pictures,
            imports: ImportJobs::default(),
            lan: Lan::default(),
            setup: SetupCode::default(),
            restart: Restart::default(),
            recovery: Mutex::default(),
            dice,
            control_token,
            serving,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The door to the data.
    pub fn replica(&self) -> &Replica {
        &self.inner.replica
    }

    /// The one who talks to the hub.
    pub fn sync(&self) -> &Arc<Synchroniser> {
        &self.inner.sync
    }

    /// The word that opens the JSON interface to commands of this machine.
    pub fn control_token(&self) -> &str {
        &self.inner.control_token
    }

    /// Whether pages are being served.
    pub fn is_serving(&self) -> bool {
        self.inner.serving
    }

    /// Says that something was edited, so that it goes out soon.
    pub(crate) fn edited(&self) {
        self.inner.sync.wake();
    }

    /// A key under which a search text stands in addresses.
    pub(crate) fn search_key(&self, text: &str) -> String {
        self.inner.searches.key_of(text, &*self.inner.dice)
    }

    /// The search text of a key; empty when it is forgotten.
    pub(crate) fn search_text(&self, key: &str) -> String {
        self.inner.searches.text_of(key)
    }

    /// The imports that are being written.
    pub(crate) fn imports(&self) -> &ImportJobs {
        &self.inner.imports
    }

    /// Pictures that were chosen and wait to be cut.
    pub(crate) fn pictures(&self) -> &Pictures {
        &self.inner.pictures
    }

    /// The papers that are being prepared.
    pub(crate) fn prints(&self) -> &PrintJobs {
        &self.inner.prints
    }

    /// The listener for the office network.
    pub(crate) fn lan(&self) -> &Lan {
        &self.inner.lan
    }

    /// The one-time code of a machine without accounts.
    pub(crate) fn setup(&self) -> &SetupCode {
        &self.inner.setup
    }

    /// A restore while the program runs.
    pub(crate) fn restart(&self) -> &Restart {
        &self.inner.restart
    }

    /// The recovery key of a machine that was just set up, for the pages of the first steps alone;
    /// `None` once they are done, and on every later start.
    pub(crate) fn recovery(&self) -> Option<String> {
        let mut kept = self.inner.recovery.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            *kept = self.inner.replica.store().take_recovery_identity().map(Redacted);
        }
        kept.as_ref().map(|key| key.0.clone())
    }

    /// The first steps are done: the recovery key is not shown again.
    pub(crate) fn forget_recovery(&self) {
        self.inner.recovery.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The dice, for row ids.
    pub(crate) fn dice(&self) -> &dyn Dice {
        &*self.inner.dice
    }
}

impl FromRef<App> for Replica {
    fn from_ref(app: &App) -> Self {
        app.replica().clone()
    }
}
