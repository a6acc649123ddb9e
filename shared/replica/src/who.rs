//! Who made a change, in words: user, machine, ward.

use std::collections::BTreeMap;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, Timestamp, UserId, WardId};
use wardbook_record::units::units;
use wardbook_record::{Lang, Message};
use wardbook_store::Tx;
use wardbook_sync::ports::{DeviceRecord, Membership, StoredChange};

use crate::End;
use crate::error::{ReplicaError, pair};
use crate::settings::DEVICE_NAME;

/// What the engine writes for the ward of a document that was born before enrolment.
pub(crate) const UNENROLLED: &str = "unenrolled";

/// The author of a change as far as this end knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account, when the change names one.
    pub user: Option<UserId>,
    /// The account's name, when this end knows it; otherwise a word for it.
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

/// Turns stored changes into authors within one transaction; remembers what it looked up.
pub(crate) struct Authors<'a> {
    tx: &'a dyn Tx,
    end: End,
    lang: Lang,
    own_epoch: AuthorEpoch,
    own_name: String,
    membership: Option<Membership>,
    users: BTreeMap<UserId, String>,
    wards: BTreeMap<WardId, String>,
    devices: BTreeMap<DeviceId, Option<DeviceRecord>>,
    /// What this node wrote in the record last asked about, and when the hub acknowledged it.
    own_changes: Option<(DocumentId, BTreeMap<ChangeHash, Option<Timestamp>>)>,
}

impl<'a> Authors<'a> {
    pub(crate) fn new(tx: &'a dyn Tx, end: End, lang: Lang) -> Result<Self, ReplicaError> {
        let (membership, own_epoch) = match end {
            End::Node => (tx.membership()?, tx.author_epoch()?),
            End::Hub => (None, tx.hub()?.1),
        };
        let own_name = match tx.get_setting(DEVICE_NAME)? {
            Some(name) if !name.is_empty() => name,
            _ => pair(lang, "Máy này", "This machine"),
        };
        Ok(Self {
            tx,
            end,
            lang,
            own_epoch,
            own_name,
            membership,
            users: tx.accounts()?.into_iter().map(|account| (account.id, account.name)).collect(),
            wards: ward_names(tx, end)?,
            devices: BTreeMap::new(),
            own_changes: None,
        })
    }

    /// The author of a stored change.
    pub(crate) fn of(&mut self, change: &StoredChange) -> Result<Author, ReplicaError> {
        let message: Message = match change.meta.message.parse() {
            Ok(message) => message,
            Err(never) => match never {},
        };
        let is_own = self.is_own(change);
        let place = self.place(&change.meta.document, change.author, is_own)?;
        let received_at = self.received_at(change, is_own)?;
        Ok(Author {
            user: (message.user != UserId::default()).then_some(message.user),
            user_name: self.user_name(message.user, is_own, place.is_hub),
            device: place.device,
            device_name: place.name,
            ward_name: place.ward.as_ref().map(|ward| self.ward_name(ward)).unwrap_or_default(),
            ward: place.ward,
            at: change.meta.time,
            received_at,
        })
    }

    /// Written at this end, under whatever epoch: a restored or copied disk has had several.
    fn is_own(&self, change: &StoredChange) -> bool {
        let own_device = match (self.end, &self.membership) {
            (End::Hub, _) => Some(DeviceId::default()),
            (End::Node, member) => member.as_ref().map(|member| member.device),
        };
        own_device == Some(change.author)
            || change.meta.actor.starts_with(self.own_epoch.as_bytes())
            || (self.end == End::Node && own_device.is_none())
    }

    /// At a node, what it wrote itself is stored with the moment of writing: the hub had it when it
    /// said so.
    fn received_at(
        &mut self,
        change: &StoredChange,
        is_own: bool,
    ) -> Result<Option<Timestamp>, ReplicaError> {
        if self.end == End::Hub {
            return Ok(Some(change.received_at));
        }
        let document = change.meta.document;
        let own = match self.own_changes.take() {
            Some((known, own)) if known == document => own,
            _ => self.tx.own_changes(&document)?,
        };
        let received_at = match own.get(&change.meta.hash) {
            Some(acknowledged_at) => *acknowledged_at,
            None if is_own => None,
            None => Some(change.received_at),
        };
        self.own_changes = Some((document, own));
        Ok(received_at)
    }

    /// The name of a ward; its id when no name is known.
    pub(crate) fn ward_name(&self, ward: &WardId) -> String {
        match self.wards.get(ward) {
            Some(name) => name.clone(),
            None if ward.as_str() == UNENROLLED => String::new(),
            None => unit_name(ward),
        }
    }

    fn place(
        &mut self,
        document: &DocumentId,
        author: DeviceId,
        is_own: bool,
    ) -> Result<Place, ReplicaError> {
        let is_zero = author == DeviceId::default();
        if self.end == End::Node && is_own {
            let (device, ward) = match &self.membership {
                Some(member) => (Some(member.device), Some(member.ward.clone())),
                None => (None, None),
            };
            return Ok(Place { device, name: self.own_name.clone(), ward, is_hub: false });
        }
        if is_zero {
            let name = pair(self.lang, "Thành phố", "The city");
            return Ok(Place { device: Some(author), name, ward: None, is_hub: true });
        }
        if self.end == End::Node {
            let has_moved = self.tx.document(document)?.is_some_and(|s| s.custody_version > 1);
            if has_moved {
                // Which of the wards that kept it wrote this is known to the hub alone.
                let name = pair(self.lang, "Máy khác", "Another machine");
                return Ok(Place { device: Some(author), name, ward: None, is_hub: false });
            }
            let name = pair(self.lang, "Máy khác của phường", "Another machine of the ward");
            let ward = self.membership.as_ref().map(|member| member.ward.clone());
            return Ok(Place { device: Some(author), name, ward, is_hub: false });
        }
        let record = self.device(author)?;
        let name = record.as_ref().map_or_else(|| author.to_string(), |device| device.name.clone());
        Ok(Place { device: Some(author), name, ward: record.map(|d| d.ward), is_hub: false })
    }

    fn device(&mut self, id: DeviceId) -> Result<Option<DeviceRecord>, ReplicaError> {
        if let Some(known) = self.devices.get(&id) {
            return Ok(known.clone());
        }
        let found = self.tx.device(&id)?;
        self.devices.insert(id, found.clone());
        Ok(found)
    }

    /// Accounts of other machines are not known here: the machine's name stands for them.
    fn user_name(&self, user: UserId, is_own: bool, is_hub: bool) -> String {
        if let Some(name) = self.users.get(&user) {
            return name.clone();
        }
        match (user == UserId::default(), is_own, is_hub) {
            (true, _, _) => pair(self.lang, "Hệ thống", "System"),
            (_, true, _) => pair(self.lang, "Tài khoản đã xóa", "A removed account"),
            (_, _, true) => pair(self.lang, "Cán bộ thành phố", "A city officer"),
            _ => String::new(),
        }
    }
}

struct Place {
    device: Option<DeviceId>,
    name: String,
    ward: Option<WardId>,
    is_hub: bool,
}

/// The name of a unit by its id, for wards that this end knows nothing else of.
pub fn unit_name(ward: &WardId) -> String {
    units().find(ward.as_str()).map_or_else(|| ward.as_str().to_owned(), |unit| unit.name.clone())
}

/// The names of the wards an end knows.
pub(crate) fn ward_names(tx: &dyn Tx, end: End) -> Result<BTreeMap<WardId, String>, ReplicaError> {
    Ok(match end {
        End::Node => {
            tx.membership()?.into_iter().map(|member| (member.ward, member.ward_name)).collect()
        }
        End::Hub => tx.wards()?.into_iter().map(|ward| (ward.id, ward.name)).collect(),
    })
}

/// A document's changes by hash.
pub(crate) fn changes_by_hash(
    tx: &dyn Tx,
    document: &DocumentId,
) -> Result<BTreeMap<ChangeHash, StoredChange>, ReplicaError> {
    let changes = tx.changes_of(document)?;
    Ok(changes.into_iter().map(|change| (change.meta.hash, change)).collect())
}
