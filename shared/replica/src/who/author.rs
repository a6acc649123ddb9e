//! Who made one change, for people.

use wardbook_base::{DeviceId, Timestamp, UserId, WardId};

/// The author of a change as far as this end knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account, when the change names one.
    pub user: Option<UserId>,
    /// The account's name, when this end or the record knows it; otherwise a word for it.
    pub user_name: String,
    /// The device; `None` when unknown, all zeros for the hub itself.
    pub device: Option<DeviceId>,
    /// What people call the device ("Thành phố" for the hub).
    pub device_name: String,
    /// The ward the device belongs to; `None` for the hub or when unknown.
    pub ward: Option<WardId>,
    /// The ward's name; empty when unknown.
    pub ward_name: String,
    /// The author's clock.
    pub at: Timestamp,
    /// When the hub received it. For a node's own change: when the hub's acknowledgement came in, by
    /// the node's clock; `None` while it has not.
    pub received_at: Option<Timestamp>,
}

impl Author {
    /// The author of a change that this store does not hold.
    pub(crate) const fn unknown(user: Option<UserId>, at: Timestamp) -> Self {
        Self {
            user,
            user_name: String::new(),
            device: None,
            device_name: String::new(),
            ward: None,
            ward_name: String::new(),
            at,
            received_at: None,
        }
    }

    /// User, machine and ward in one line.
    pub fn line(&self) -> String {
        let parts = [&self.user_name, &self.device_name, &self.ward_name];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" – ")
    }
}
