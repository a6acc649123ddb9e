//! The node's side of synchronising: enrolment, rounds with the hub, and what the header says.

mod anew;
mod begin;
mod by_hand;
mod chunk;
mod enrol;
mod events;
mod kept;
mod round;
mod rules;
mod state;
mod take;
mod wait;
mod waiting;
mod witness;

use std::future::Future;

use wardbook_sync::ports::Membership;

use crate::error::{ReplicaError, TransportError};
use crate::hub::HttpAnswer;
use crate::replica::Replica;

pub(crate) use enrol::stored_key;
pub(crate) use events::note as note_event;
pub(crate) use witness::Keeper;

pub use by_hand::{BUNDLE_CALLS_BYTES_MAX, BundleMade, BundleOut, BundleTaken, BundleWish};
pub use enrol::DEVICE_NAME_CHARACTERS_MAX;
pub use events::{EventCode, SyncEvent};
pub use kept::{KeptChange, KeptValue};
pub use round::SyncRound;
pub use waiting::WaitingRecord;
pub use witness::WitnessPlace;

/// Where to call, and by which key to know who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubTarget {
    /// The hub's address, such as `https://10.0.0.1:8443`.
    pub url: String,
    /// SHA-256 of the TLS `SubjectPublicKeyInfo`; `None` for plain HTTP on loopback.
    pub tls_pin: Option<[u8; 32]>,
}

/// How bytes get to the hub. The node implements it over HTTP; tests call the hub directly.
pub trait Transport: Sync {
    /// Posts `body` to `path` (such as `/sync/v1`) of the hub and returns status and body,
    /// whatever the status is.
    fn call(
        &self,
        target: &HubTarget,
        path: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<HttpAnswer, TransportError>> + Send;
}

impl Replica {
    /// The identity from enrolment, or `None` before.
    pub fn membership(&self) -> Result<Option<Membership>, ReplicaError> {
        Ok(self.inner.store.read(|tx| tx.membership().map_err(wardbook_store::StoreError::from))?)
    }
}

/// Where a member's hub is.
pub(crate) fn target_of(membership: &Membership) -> HubTarget {
    HubTarget { url: membership.hub_url.clone(), tls_pin: membership.tls_pin }
}
