//! What the engine asks of a store. The SQLite store and the in-memory store both implement it.
//!
//! Every call happens inside one transaction of the caller: a write that returns an error, or a
//! transaction that is not committed, leaves no trace.

mod hub;
mod ledger;
mod log;
mod node;

pub use crate::message::CustodyAct;
pub use hub::HubPort;
pub use ledger::{
    CustodyEntry, DeviceEvent, DeviceRecord, FeedKind, FeedRow, OpenRelease, Parked, PushLog,
    PushRow, WardFeed,
};
pub use log::{ChangeMeta, DocumentState, Log, Quarantined, StoredChange, Tombstone};
pub use node::{LocalRow, Membership, NodeMode, NodePort};

/// A store could not answer. The engine gives up the transaction and says nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct PortError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// What the store answers.
pub type PortResult<T> = Result<T, PortError>;
