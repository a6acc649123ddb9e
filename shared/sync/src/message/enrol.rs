//! Joining a hub.

use minicbor::{Decode, Encode};
use wardbook_base::{AuthorEpoch, DeviceId, HubId, WardId};

/// A new device asks to join (not enveloped: it proves itself by the code and its own key).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The one-time code, eight characters of Crockford base 32.
    #[n(0)]
    pub code: String,
    /// The device's Ed25519 public key, 32 bytes.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub public_key: Vec<u8>,
    /// What people call this machine.
    #[n(2)]
    pub device_name: String,
    /// The author epoch of its database.
    #[n(3)]
    pub epoch: AuthorEpoch,
    /// Version of the program.
    #[n(4)]
    pub app: String,
    /// Ed25519 by that key over the context and the fields 0 to 4 (see [`crate::sign`]).
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

/// The hub's word that a device has joined. Travels in an [`crate::message::Envelope`] signed by the hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolled {
    /// The hub.
    #[n(0)]
    pub hub: HubId,
    /// The device's id from now on.
    #[n(1)]
    pub device: DeviceId,
    /// Its ward.
    #[n(2)]
    pub ward: WardId,
    /// The ward's name for people.
    #[n(3)]
    pub ward_name: String,
    /// The Ed25519 key by which the hub signs its answers; pinned from now on.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hub_key: Vec<u8>,
    /// The age recipient to which bundles for the hub are sealed; pinned from now on.
    #[n(5)]
    pub sealing_recipient: String,
    /// The day as of which the city's units and posts are meant, `YYYY-MM-DD`; empty for today.
    #[n(6)]
    pub units_as_of: String,
    /// The author epoch of the hub's own edits.
    #[n(7)]
    pub hub_epoch: AuthorEpoch,
}
