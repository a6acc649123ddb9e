//! Making a hub, and its wards.

use wardbook_base::WardId;
use wardbook_record::units::{Unit, units};
use wardbook_record::{PartialDate, names};
use wardbook_store::{Tx, Ward};
use wardbook_sync::ports::HubPort;
use wardbook_sync::sign::DeviceKey;

use super::{HubAddress, HubInit, HubInitialised};
use crate::accounts::NewUser;
use crate::error::{AccountError, HubError, ReplicaError};
use crate::replica::Replica;
use crate::settings::{CITY_NAME, HUB_ADDRESS, HUB_KEY, UNITS_AS_OF};
use crate::viewer::{Role, Viewer};

impl Replica {
    /// Makes this store a hub.
    pub fn hub_init(&self, init: &HubInit) -> Result<HubInitialised, HubError> {
        let units_as_of = day(&init.units_as_of)?;
        if self.hub_is_initialised()? {
            return Err(HubError::AlreadyInitialised);
        }
        let admin = NewUser {
            login: init.admin_login.clone(),
            name: init.admin_name.clone(),
            role: Role::Admin,
        };
        let (account, one_time) = self.draw_account(&admin)?;
        let recovery_identity = match self.inner.store.take_recovery_identity() {
            Some(identity) => identity,
            None => self.inner.store.renew_recovery_identity()?,
        };
        let key = DeviceKey::generate(self.dice());
        let hub = self.inner.store.write(|tx| {
            tx.put_setting(CITY_NAME, &names::normalise(&init.city_name))?;
            tx.put_setting(UNITS_AS_OF, &units_as_of)?;
            if let Some(address) = &init.address {
                put_address(tx, address)?;
            }
            tx.put_secret(HUB_KEY, &key.to_bytes())?;
            tx.put_account(&account)?;
            Ok::<_, HubError>(HubPort::hub(tx)?.0)
        })?;
        Ok(HubInitialised { hub, admin: one_time, recovery_identity })
    }

    /// Whether this store is a hub that was set up.
    pub fn hub_is_initialised(&self) -> Result<bool, ReplicaError> {
        Ok(self.inner.store.read(|tx| tx.get_setting(CITY_NAME))?.is_some())
    }

    /// The city's name, and the day its units are meant as of (empty for today).
    pub fn city(&self) -> Result<(String, String), ReplicaError> {
        let (name, day) = self.inner.store.read(|tx| {
            Ok::<_, ReplicaError>((tx.get_setting(CITY_NAME)?, tx.get_setting(UNITS_AS_OF)?))
        })?;
        Ok((name.unwrap_or_default(), day.unwrap_or_default()))
    }

    /// Remembers the address wards call.
    pub fn set_hub_address(&self, address: &HubAddress) -> Result<(), HubError> {
        if self.hub_address()?.as_ref() == Some(address) {
            return Ok(());
        }
        self.inner.store.write(|tx| put_address(tx, address))
    }

    /// The address wards call.
    pub fn hub_address(&self) -> Result<Option<HubAddress>, ReplicaError> {
        let Some(text) = self.inner.store.read(|tx| tx.get_setting(HUB_ADDRESS))? else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(|_| ReplicaError::Setting(HUB_ADDRESS))
    }

    /// Adds a ward; the id must be a unit in force on the city's day. Returns its name.
    pub fn add_ward(&self, viewer: &Viewer, ward: &WardId) -> Result<String, HubError> {
        viewer.must_administer()?;
        self.require_hub()?;
        let unit = match unit_on(ward, self.as_of()?) {
            // A ward of this hub may be merged into it, whatever day the hub is set to.
            Err(HubError::UnitNotValid { .. }) if self.is_successor(ward)? => unit_of(ward)?,
            found => found?,
        };
        let now = self.now();
        self.inner.store.write(|tx| {
            if tx.ward(ward)?.is_some() {
                return Err(HubError::WardExists(ward.to_string()));
            }
            let name = unit.name.clone();
            tx.put_ward(&Ward { id: ward.clone(), name: name.clone(), created_at: now })?;
            self.log_in(tx, viewer, "add_ward", None, ward.as_str())?;
            Ok(name)
        })
    }

    /// Adds all wards of a district that are not there yet; returns those it added.
    pub fn add_district(
        &self,
        viewer: &Viewer,
        district: &str,
    ) -> Result<Vec<(WardId, String)>, HubError> {
        let found = units().in_district_on(district, self.as_of()?);
        if found.is_empty() {
            return Err(HubError::UnknownUnit(district.to_owned()));
        }
        let mut added = Vec::new();
        for unit in found {
            let ward: WardId =
                unit.id.parse().map_err(|_| HubError::UnknownUnit(unit.id.clone()))?;
            match self.add_ward(viewer, &ward) {
                Ok(name) => added.push((ward, name)),
                Err(HubError::WardExists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }

    /// Whether a ward of this hub went to that unit, in whole or in part.
    fn is_successor(&self, unit: &WardId) -> Result<bool, ReplicaError> {
        let names = self.ward_names()?;
        Ok(names.keys().any(|ward| units().succession(ward.as_str(), unit.as_str()).is_some()))
    }

    pub(super) fn require_hub(&self) -> Result<(), HubError> {
        if self.hub_is_initialised()? { Ok(()) } else { Err(HubError::NotInitialised) }
    }
}

/// A ward's unit, which must exist on the day.
fn unit_on(ward: &WardId, day: PartialDate) -> Result<&'static Unit, HubError> {
    let unit = unit_of(ward)?;
    if unit.valid_on(day) {
        Ok(unit)
    } else {
        Err(HubError::UnitNotValid { unit: ward.to_string(), day: day.to_string() })
    }
}

fn unit_of(ward: &WardId) -> Result<&'static Unit, HubError> {
    units().find(ward.as_str()).ok_or_else(|| HubError::UnknownUnit(ward.to_string()))
}

/// A full day in its stored form; empty stays empty.
fn day(text: &str) -> Result<String, HubError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let bad = || HubError::BadDay(text.to_owned());
    let parsed = PartialDate::parse_stored(text).or_else(|_| PartialDate::parse_typed(text));
    let parsed = parsed.map_err(|_| bad())?;
    if parsed.is_full() { Ok(parsed.stored()) } else { Err(bad()) }
}

fn put_address(tx: &mut dyn Tx, address: &HubAddress) -> Result<(), HubError> {
    let text = serde_json::to_string(address).map_err(|_| ReplicaError::Setting(HUB_ADDRESS))?;
    Ok(tx.put_setting(HUB_ADDRESS, &text)?)
}

impl From<AccountError> for HubError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Other(error) => Self::Other(error),
            other => Self::Account(other),
        }
    }
}
