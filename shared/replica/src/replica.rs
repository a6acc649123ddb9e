//! The handle that handlers hold: opens the store, runs blocking work off the async threads.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use wardbook_base::{AuthorEpoch, Clock, Dice, DocumentId, Timestamp, UserId};
use wardbook_record::{Document, ID_KEY, PartialDate, schema};
use wardbook_store::{Store, StoreConfig};
use wardbook_sync::SyncSchema;
use wardbook_sync::ports::HubPort;

use crate::End;
use crate::deep::DeepCheck;
use crate::error::ReplicaError;
use crate::import::Previews;
use crate::node::Keeper;
use crate::passwords::PasswordGate;
use crate::settings::UNITS_AS_OF;

/// Where and as what to open.
#[derive(Debug, Clone)]
pub struct ReplicaConfig {
    /// The data folder.
    pub dir: PathBuf,
    /// Node or hub.
    pub end: End,
    /// The program's name and version, such as `wardbook-node 0.1.0`: sent to the hub.
    pub app: String,
}

/// The data of one end. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Replica {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) end: End,
    pub(crate) app: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) dice: Arc<dyn Dice>,
    pub(crate) schema: SyncSchema,
    pub(crate) passwords: PasswordGate,
    pub(crate) previews: Mutex<Previews>,
    /// When each person's record was last logged as seen by each account.
    pub(crate) views: Mutex<BTreeMap<(UserId, DocumentId), Timestamp>>,
    /// One projector at a time.
    pub(crate) projecting: Mutex<()>,
    /// One round with the hub at a time.
    pub(crate) calling: tokio::sync::Mutex<()>,
    /// Changes sent and to be sent in the run that is under way.
    pub(crate) running: Mutex<Option<(u64, u64)>>,
    /// Node: remembers outside the data folder how far the push log had come.
    pub(crate) witness: OnceLock<Keeper>,
    /// Hub: the author epoch that stood in the database when it was opened.
    pub(crate) found_epoch: Option<AuthorEpoch>,
    /// What tries foreign changes on copies; without it only the shallow checks are made.
    pub(crate) deep: OnceLock<Arc<dyn DeepCheck>>,
}

impl Replica {
    /// Opens (or makes) the store in `config.dir`; one process at a time.
    pub fn open(
        config: ReplicaConfig,
        clock: Arc<dyn Clock>,
        dice: Arc<dyn Dice>,
    ) -> Result<Self, ReplicaError> {
        let store_config = StoreConfig::new(config.dir, config.end);
        let store = Store::open(&store_config, clock.clone(), dice.clone())?;
        let found_epoch = match config.end {
            End::Node => None,
            End::Hub => Some(store.read(|tx| Ok::<_, ReplicaError>(HubPort::hub(tx)?.1))?),
        };
        let replica = Self {
            inner: Arc::new(Inner {
                store,
                end: config.end,
                app: config.app,
                clock,
                dice,
                schema: sync_schema()?,
                passwords: PasswordGate::default(),
                previews: Mutex::default(),
                views: Mutex::default(),
                projecting: Mutex::default(),
                calling: tokio::sync::Mutex::default(),
                running: Mutex::default(),
                witness: OnceLock::new(),
                found_epoch,
                deep: OnceLock::new(),
            }),
        };
        replica.reindex_if_outdated()?;
        replica.refresh_rules()?;
        Ok(replica)
    }

    /// Names what tries foreign changes on copies before they are taken in. The first one named
    /// stays.
    pub fn set_deep_check(&self, deep: Arc<dyn DeepCheck>) {
        // A second one would only do the same again.
        let _ = self.inner.deep.set(deep);
    }

    /// Runs blocking work on a thread made for it.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, ReplicaError> {
        let replica = self.clone();
        tokio::task::spawn_blocking(move || work(&replica))
            .await
            .map_err(|_| ReplicaError::Interrupted)
    }

    /// The store, for reports and backups.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Node or hub.
    pub fn end(&self) -> End {
        self.inner.end
    }

    /// The present moment by the clock given at opening.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The dice given at opening, for row ids (`wardbook_record::RowIds`) and tokens.
    pub fn dice(&self) -> &dyn Dice {
        &*self.inner.dice
    }

    /// The day as of which units and posts are meant: the city's `units_as_of`, or today.
    pub fn as_of(&self) -> Result<PartialDate, ReplicaError> {
        let day = self.inner.store.read(|tx| match self.end() {
            End::Node => Ok::<_, ReplicaError>(tx.membership()?.map(|member| member.units_as_of)),
            End::Hub => Ok(tx.get_setting(UNITS_AS_OF)?),
        })?;
        match day.as_deref() {
            None | Some("") => Ok(PartialDate::in_vietnam(self.now())),
            Some(day) => {
                PartialDate::parse_stored(day).map_err(|_| ReplicaError::Setting(UNITS_AS_OF))
            }
        }
    }
}

/// What the engine must know of records.
fn sync_schema() -> Result<SyncSchema, ReplicaError> {
    let genesis: Vec<Vec<u8>> =
        Document::genesis_chain().into_iter().map(|(_, bytes)| bytes).collect();
    SyncSchema::new(schema().version, ID_KEY, &genesis)
        .map_err(|_| ReplicaError::Setting("genesis"))
}
