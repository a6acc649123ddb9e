//! Who made a change, in words: user, machine, ward.

mod author;
mod kept;
mod place;

use std::collections::BTreeMap;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, DocumentId, Timestamp, UserId, WardId};
use wardbook_record::{HistoryEntry, Lang, Message, Names, read_change};
use wardbook_store::Tx;
use wardbook_sync::check::{self, RefusalCode};
use wardbook_sync::ports::{DeviceRecord, Membership, Quarantined, StoredChange};

pub use author::Author;
pub(crate) use kept::before_kept;
use place::Place;
pub use place::unit_name;
pub(crate) use place::ward_names;

use crate::End;
use crate::error::{ReplicaError, pair};
use crate::settings::DEVICE_NAME;
use crate::viewer::Viewer;

/// What the engine writes for the ward of a document that was born before enrolment.
pub(crate) const UNENROLLED: &str = "unenrolled";

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
    /// What the record last asked about tells of who wrote its changes.
    named: Option<(DocumentId, BTreeMap<ChangeHash, Names>)>,
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
            named: None,
            own_changes: None,
        })
    }

    /// Remembers what a record's history tells of who wrote it, for the changes asked about next.
    pub(crate) fn read(&mut self, document: DocumentId, history: &[HistoryEntry]) {
        let names = history.iter().map(|entry| (entry.hash, entry.names.clone()));
        self.named = Some((document, names.collect()));
    }

    /// The author of a stored change.
    pub(crate) fn of(&mut self, change: &StoredChange) -> Result<Author, ReplicaError> {
        let user = user_of(&change.meta.message);
        let names = if self.knows(change, user)? {
            Names::default()
        } else {
            self.names_in_record(&change.meta.document, &change.meta.hash)?
        };
        self.author(change, user, &names)
    }

    /// The author of a change that is in no record. Nobody, when reading it is not safe.
    pub(crate) fn of_kept(&mut self, item: &Quarantined) -> Result<Author, ReplicaError> {
        let (document, unknown) = (item.document, Author::unknown(None, item.at));
        let is_unsafe = item.code == RefusalCode::Unsafe.as_str();
        let Ok(parsed) = check::read_change(&document, &item.bytes) else { return Ok(unknown) };
        let (author, received_at) = (item.device, item.at);
        let bytes = item.bytes.clone();
        let change = StoredChange { meta: parsed.meta, bytes, author, received_at };
        let user = user_of(&change.meta.message);
        let names = if is_unsafe || self.knows(&change, user)? {
            Names::default()
        } else {
            let before = before_kept(self.tx, item)?;
            read_change(before.iter().map(Vec::as_slice), &item.bytes)
                .map(|entry| entry.names)
                .unwrap_or_default()
        };
        self.author(&change, user, &names)
    }

    /// Whether this end can name user and machine without the record.
    fn knows(&mut self, change: &StoredChange, user: UserId) -> Result<bool, ReplicaError> {
        let knows_user = user == UserId::default() || self.users.contains_key(&user);
        let by_hub = change.author == DeviceId::default();
        let knows_machine = by_hub
            || match self.end {
                End::Node => self.is_own(change),
                End::Hub => self.device(change.author)?.is_some(),
            };
        Ok(knows_user && knows_machine)
    }

    fn names_in_record(
        &mut self,
        document: &DocumentId,
        change: &ChangeHash,
    ) -> Result<Names, ReplicaError> {
        if self.named.as_ref().is_none_or(|(known, _)| known != document) {
            let loaded = self.tx.load_document(document)?;
            let history = loaded.map(|loaded| loaded.history()).unwrap_or_default();
            self.read(*document, &history);
        }
        let named = self.named.as_ref().and_then(|(_, names)| names.get(change));
        Ok(named.cloned().unwrap_or_default())
    }

    fn author(
        &mut self,
        change: &StoredChange,
        user: UserId,
        names: &Names,
    ) -> Result<Author, ReplicaError> {
        let is_own = self.is_own(change);
        let place = self.place(&change.meta.document, change.author, is_own, names)?;
        let received_at = self.received_at(change, is_own)?;
        Ok(Author {
            user: (user != UserId::default()).then_some(user),
            user_name: self.user_name(user, is_own, place.is_hub, names),
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
        names: &Names,
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
            let (unnamed, ward) = if has_moved {
                // Which of the wards that kept it wrote this, only the record can tell.
                (pair(self.lang, "Máy khác", "Another machine"), None)
            } else {
                let ward = self.membership.as_ref().map(|member| member.ward.clone());
                (pair(self.lang, "Máy khác của phường", "Another machine of the ward"), ward)
            };
            return Ok(Place::told(author, names, unnamed, ward));
        }
        // What the city has in its own books stands before what a ward wrote of itself.
        Ok(match self.device(author)? {
            Some(DeviceRecord { name, ward, .. }) => {
                Place { device: Some(author), name, ward: Some(ward), is_hub: false }
            }
            None => Place::told(author, names, author.to_string(), None),
        })
    }

    fn device(&mut self, id: DeviceId) -> Result<Option<DeviceRecord>, ReplicaError> {
        if let Some(known) = self.devices.get(&id) {
            return Ok(known.clone());
        }
        let found = self.tx.device(&id)?;
        self.devices.insert(id, found.clone());
        Ok(found)
    }

    /// Accounts of other machines are not known here: the record tells, or else the machine's name
    /// stands for them.
    fn user_name(&self, user: UserId, is_own: bool, is_hub: bool, names: &Names) -> String {
        if let Some(name) = self.users.get(&user) {
            return name.clone();
        }
        if user != UserId::default() && !names.user.is_empty() {
            return names.user.clone();
        }
        match (user == UserId::default(), is_own, is_hub) {
            (true, _, _) => pair(self.lang, "Hệ thống", "System"),
            (_, true, _) => pair(self.lang, "Tài khoản đã xóa", "A removed account"),
            (_, _, true) => pair(self.lang, "Cán bộ thành phố", "A city officer"),
            _ => String::new(),
        }
    }
}

/// Under which names a viewer writes at this end: they are put beside the changes. The city's hub is
/// known to all without a name.
pub(crate) fn own_names(tx: &dyn Tx, viewer: &Viewer) -> Result<Names, ReplicaError> {
    let user = if viewer.user == UserId::default() { "" } else { &viewer.name };
    let ward = tx.membership()?.map(|member| member.ward).unwrap_or_default();
    Ok(Names {
        user: user.to_owned(),
        machine: tx.get_setting(DEVICE_NAME)?.unwrap_or_default(),
        ward: ward.into(),
    })
}

fn user_of(message: &str) -> UserId {
    let Ok(Message { user, .. }) = message.parse();
    user
}

/// A document's changes by hash.
pub(crate) fn changes_by_hash(
    tx: &dyn Tx,
    document: &DocumentId,
) -> Result<BTreeMap<ChangeHash, StoredChange>, ReplicaError> {
    let changes = tx.changes_of(document)?;
    Ok(changes.into_iter().map(|change| (change.meta.hash, change)).collect())
}
